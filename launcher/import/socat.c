/* SPDX-License-Identifier: MIT */
/*
 * socat: a forwarder from TCP to a vsock is a connect rule for the program that
 * dialled the forwarder; one from a vsock to TCP is a listen rule for the
 * server behind it. So are those to and from a Unix socket.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "launcher/import/endpoint.h"

enum kind {
	TCP_LISTEN,
	TCP_CONNECT,
	VSOCK_LISTEN,
	VSOCK_CONNECT,
	UNIX_LISTEN,
	UNIX_CONNECT
};

enum form { PLAIN, V6, ABSTRACT };

static const struct {
	const char *name;
	enum kind kind;
	int parameters;
	enum form form;
} keywords[] = {
	{"TCP-LISTEN", TCP_LISTEN, 1, PLAIN},
	{"TCP-L", TCP_LISTEN, 1, PLAIN},
	{"TCP4-LISTEN", TCP_LISTEN, 1, PLAIN},
	{"TCP4-L", TCP_LISTEN, 1, PLAIN},
	{"TCP6-LISTEN", TCP_LISTEN, 1, V6},
	{"TCP6-L", TCP_LISTEN, 1, V6},
	{"TCP", TCP_CONNECT, 2, PLAIN},
	{"TCP-CONNECT", TCP_CONNECT, 2, PLAIN},
	{"TCP4", TCP_CONNECT, 2, PLAIN},
	{"TCP4-CONNECT", TCP_CONNECT, 2, PLAIN},
	{"TCP6", TCP_CONNECT, 2, V6},
	{"TCP6-CONNECT", TCP_CONNECT, 2, V6},
	{"VSOCK-LISTEN", VSOCK_LISTEN, 1, PLAIN},
	{"VSOCK-L", VSOCK_LISTEN, 1, PLAIN},
	{"VSOCK", VSOCK_CONNECT, 2, PLAIN},
	{"VSOCK-CONNECT", VSOCK_CONNECT, 2, PLAIN},
	{"UNIX-LISTEN", UNIX_LISTEN, 1, PLAIN},
	{"UNIX-L", UNIX_LISTEN, 1, PLAIN},
	{"UNIX-CONNECT", UNIX_CONNECT, 1, PLAIN},
	{"UNIX-CLIENT", UNIX_CONNECT, 1, PLAIN},
	{"UNIX", UNIX_CONNECT, 1, PLAIN},
	{"ABSTRACT-LISTEN", UNIX_LISTEN, 1, ABSTRACT},
	{"ABSTRACT-L", UNIX_LISTEN, 1, ABSTRACT},
	{"ABSTRACT-CONNECT", UNIX_CONNECT, 1, ABSTRACT},
	{"ABSTRACT-CLIENT", UNIX_CONNECT, 1, ABSTRACT},
	{"ABSTRACT", UNIX_CONNECT, 1, ABSTRACT},
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

static int read_keyword(struct import *im, struct address *address,
			const char *text, const char *keyword)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (strcasecmp(keyword, keywords[i].name) != 0)
			continue;
		address->kind = keywords[i].kind;
		address->form = keywords[i].form;
		return keywords[i].parameters;
	}
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
	char *rest = words_copy(text, strlen(text)), *options;
	int parameters;

	memset(address, 0, sizeof(*address));
	options = strchr(rest, ',');
	if (options)
		*options++ = '\0';
	parameters = read_keyword(im, address, text, strsep(&rest, ":"));
	if (parameters < 0)
		return parameters;
	address->first = rest;
	if (!rest || !*rest)
		return import_refuse(im, text,
				     parameters == 2
					     ? "expected HOST:PORT or CID:PORT"
					     : "expected a port or a path");
	/* An IPv6 address has colons of its own, and brackets around them. */
	if (parameters == 2 &&
	    !import_cut(rest, &address->first, &address->second))
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

static const struct {
	enum kind from, to;
	int (*write)(struct import *im, const struct address *from,
		     const struct address *to);
} pairs[] = {
	{TCP_LISTEN, VSOCK_CONNECT, from_tcp},
	{VSOCK_LISTEN, TCP_CONNECT, to_tcp},
	{TCP_LISTEN, UNIX_CONNECT, from_tcp},
	{UNIX_LISTEN, TCP_CONNECT, unix_to_tcp},
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
			     "UNIX-CONNECT, or TCP with VSOCK-LISTEN or "
			     "UNIX-LISTEN");
}

/* Options come first; those that are alone take the next word. */
static char **skip_options(char **argv)
{
	static const char *const with_word[] = {"-t",  "-T",  "-b",  "-L",
						"-W",  "-r",  "-R",  "-S",
						"-lf", "-lp", "-lm", NULL};

	for (argv++; *argv && **argv == '-' && (*argv)[1]; argv++)
		for (size_t i = 0; with_word[i]; i++)
			if (strcmp(*argv, with_word[i]) == 0 && argv[1]) {
				argv++;
				break;
			}
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
