/* SPDX-License-Identifier: MIT */
/*
 * socat: a forwarder from TCP to a vsock is a connect rule for the program that
 * dialled the forwarder; one from a vsock to TCP is a listen rule for the
 * server behind it. So are those to and from a Unix socket, which may stand on
 * either side of a rule.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "launcher/import/endpoint.h"

/* In pairs: what listens is the one before. */
enum kind {
	TCP_LISTEN,
	TCP_CONNECT,
	VSOCK_LISTEN,
	VSOCK_CONNECT,
	UNIX_LISTEN,
	UNIX_CONNECT
};

enum form { PLAIN, V6, ABSTRACT };

/* By itself, and with -CONNECT or -CLIENT, it dials; else -LISTEN or -L. */
static const struct {
	const char *name;
	enum kind kind;
	enum form form;
} families[] = {
	{"TCP", TCP_CONNECT, PLAIN},   {"TCP4", TCP_CONNECT, PLAIN},
	{"TCP6", TCP_CONNECT, V6},     {"VSOCK", VSOCK_CONNECT, PLAIN},
	{"UNIX", UNIX_CONNECT, PLAIN}, {"ABSTRACT", UNIX_CONNECT, ABSTRACT},
};

struct address {
	enum kind kind;
	enum form form;
	char *first, *second; /* "HOST" and "PORT", "CID" and "PORT", "PORT" */
	const char *bind;     /* of bind=, or NULL */
};

/* Who may connect is what these say; a rule can't. */
static bool is_a_guard(const char *option)
{
	return starts_with(option, "range=") || starts_with(option, "tcpwrap");
}

static int read_options(struct import *im, struct address *address,
			char *options)
{
	char *option;

	while ((option = strsep(&options, ","))) {
		if (starts_with(option, "bind="))
			address->bind = option + 5;
		else if (starts_with(option, "pf="))
			address->form = strchr(option, '6') ? V6 : PLAIN;
		else if (is_a_guard(option))
			return import_refuse(im, option,
					     "has no equivalent: it says who "
					     "may connect");
	}
	return 0;
}

static bool is_keyword(struct address *address, const char *keyword)
{
	size_t n = strcspn(keyword, "-");
	bool listens = strcasecmp(keyword + n, "-LISTEN") == 0 ||
		       strcasecmp(keyword + n, "-L") == 0;

	if (keyword[n] && !listens && strcasecmp(keyword + n, "-CONNECT") &&
	    strcasecmp(keyword + n, "-CLIENT"))
		return false;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (strlen(families[i].name) != n ||
		    strncasecmp(keyword, families[i].name, n) != 0)
			continue;
		address->kind = families[i].kind - listens;
		address->form = families[i].form;
		return true;
	}
	return false;
}

static int refuse_keyword(struct import *im, const char *text)
{
	if (strcmp(text, "-") == 0 || strncasecmp(text, "STDIO", 5) == 0)
		return import_refuse(im, text,
				     "what it carries is no TCP of a program");
	return import_refuse(im, text,
			     "only TCP, VSOCK and UNIX can become "
			     "rules");
}

static int read_end(struct import *im, struct address *address,
		    const char *text)
{
	char *rest = words_copy_string(text), *options;
	bool has_two;

	memset(address, 0, sizeof(*address));
	options = strchr(rest, ',');
	if (options)
		*options++ = '\0';
	if (!is_keyword(address, strsep(&rest, ":")))
		return refuse_keyword(im, text);
	has_two =
		address->kind == TCP_CONNECT || address->kind == VSOCK_CONNECT;
	address->first = rest;
	if (!rest || !*rest)
		return import_refuse(im, text,
				     has_two ? "expected HOST:PORT or CID:PORT"
					     : "expected a port or a path");
	/* An IPv6 address has colons of its own, and brackets around them. */
	if (has_two && !import_cut(rest, &address->first, &address->second))
		return import_refuse(im, text,
				     "expected HOST:PORT or "
				     "CID:PORT");
	return read_options(im, address, options);
}

/* As socat has the name: a path, or an abstract name without its NUL. */
static const char *unix_target(const struct address *address)
{
	return words_format("unix:%s%s", address->form == ABSTRACT ? "@" : "",
			    address->first);
}

static int from_tcp(struct import *im, const struct address *tcp,
		    const struct address *to)
{
	const char *bind = tcp->bind;

	if (!bind)
		bind = tcp->form == V6 ? "::1" : "127.0.0.1";
	import_remark(im, "For the program that dialled the forwarder.");
	if (to->kind == UNIX_CONNECT)
		return import_dial(im, bind, tcp->first, unix_target(to));
	return import_connect(im, bind, tcp->first, to->first, to->second);
}

static int to_tcp(struct import *im, const struct address *vsock,
		  const struct address *tcp)
{
	return import_listen(im, vsock->bind ? vsock->bind : "", vsock->first,
			     tcp->first, tcp->second);
}

/* Firecracker's monitor dials PATH_PORT for a guest that dials PORT. */
static const char *listening_target(const struct address *address)
{
	const char *port = strrchr(address->first, '_');

	if (address->form == ABSTRACT || !port || !port[1] ||
	    strspn(port + 1, "0123456789") != strlen(port + 1))
		return unix_target(address);
	return words_format("hvsock:%.*s:%s", (int)(port - address->first),
			    address->first, port + 1);
}

static int unix_to_tcp(struct import *im, const struct address *from,
		       const struct address *tcp)
{
	return import_serve(im, tcp->first, tcp->second,
			    listening_target(from));
}

static int dialled_unix(struct import *im, const struct address *from,
			const struct address *vsock)
{
	import_remark(im, "For the program that dialled the forwarder.");
	return import_unix(im, "connect", unix_target(from), vsock->first,
			   vsock->second);
}

static int served_unix(struct import *im, const struct address *vsock,
		       const struct address *to)
{
	import_remark(im, "For the server behind the forwarder.");
	return import_unix(im, "listen", unix_target(to),
			   vsock->bind ? vsock->bind : "", vsock->first);
}

static const struct {
	enum kind from, to;
	int (*write)(struct import *im, const struct address *from,
		     const struct address *to);
} pairs[] = {
	{TCP_LISTEN, VSOCK_CONNECT, from_tcp},
	{VSOCK_LISTEN, TCP_CONNECT, to_tcp},
	{TCP_LISTEN, UNIX_CONNECT, from_tcp},
	{UNIX_LISTEN, TCP_CONNECT, unix_to_tcp},
	{UNIX_LISTEN, VSOCK_CONNECT, dialled_unix},
	{VSOCK_LISTEN, UNIX_CONNECT, served_unix},
};

/* Which of the two comes first is the same to socat. */
static int write_pair(struct import *im, const struct address *a,
		      const struct address *b)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i].from == a->kind && pairs[i].to == b->kind)
			return pairs[i].write(im, a, b);
		if (pairs[i].from == b->kind && pairs[i].to == a->kind)
			return pairs[i].write(im, b, a);
	}
	return import_refuse(im, "socat",
			     "expected TCP-LISTEN with VSOCK-CONNECT or "
			     "UNIX-CONNECT, TCP with VSOCK-LISTEN or "
			     "UNIX-LISTEN, or UNIX with VSOCK, one of them "
			     "LISTEN");
}

/* Options come first; those that are alone take the next word. */
static char **skip_options(char **argv)
{
	for (argv++; *argv && **argv == '-' && (*argv)[1]; argv++)
		if (words_in(" -t -T -b -L -W -r -R -S -lf -lp -lm ", *argv) &&
		    argv[1])
			argv++;
	return argv;
}

int import_socat(struct import *im, char **argv)
{
	struct address a, b;
	char **words = skip_options(argv);
	int ret;

	if (!words[0] || !words[1] || words[2])
		return import_refuse(im, "socat", "expected two addresses");
	ret = read_end(im, &a, words[0]);
	if (ret == 0)
		ret = read_end(im, &b, words[1]);
	if (ret == 0)
		ret = write_pair(im, &a, &b);
	return ret;
}
