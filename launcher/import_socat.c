/* SPDX-License-Identifier: MIT */
/*
 * socat: a forwarder from TCP to a vsock is a connect rule for the program that
 * dialled the forwarder; one from a vsock to TCP is a listen rule for the
 * server behind it.
 */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "launcher/import.h"

enum kind { TCP_LISTEN, TCP_CONNECT, VSOCK_LISTEN, VSOCK_CONNECT, UNIX_LISTEN };

static const struct {
	const char *name;
	enum kind kind;
	int parameters;
	bool v6;
} keywords[] = {
	{"TCP-LISTEN", TCP_LISTEN, 1, false},
	{"TCP-L", TCP_LISTEN, 1, false},
	{"TCP4-LISTEN", TCP_LISTEN, 1, false},
	{"TCP4-L", TCP_LISTEN, 1, false},
	{"TCP6-LISTEN", TCP_LISTEN, 1, true},
	{"TCP6-L", TCP_LISTEN, 1, true},
	{"TCP", TCP_CONNECT, 2, false},
	{"TCP-CONNECT", TCP_CONNECT, 2, false},
	{"TCP4", TCP_CONNECT, 2, false},
	{"TCP4-CONNECT", TCP_CONNECT, 2, false},
	{"TCP6", TCP_CONNECT, 2, true},
	{"TCP6-CONNECT", TCP_CONNECT, 2, true},
	{"VSOCK-LISTEN", VSOCK_LISTEN, 1, false},
	{"VSOCK-L", VSOCK_LISTEN, 1, false},
	{"VSOCK", VSOCK_CONNECT, 2, false},
	{"VSOCK-CONNECT", VSOCK_CONNECT, 2, false},
	{"UNIX-LISTEN", UNIX_LISTEN, 1, false},
	{"UNIX-L", UNIX_LISTEN, 1, false},
};

struct address {
	enum kind kind;
	bool v6;
	char *first, *second; /* "HOST" and "PORT", "CID" and "PORT", "PORT" */
	const char *bind;     /* of bind=, or NULL */
	char *copy;	      /* what they all lie in */
};

static int refuse(const char *part, const char *why)
{
	warnx("socat: %s: %s", part, why);
	return -EINVAL;
}

/* Who may connect is what these say; a rule can't. */
static bool is_a_guard(const char *option)
{
	return strncmp(option, "range=", 6) == 0 ||
	       strncmp(option, "tcpwrap", 7) == 0;
}

static int read_options(struct address *address, char *options)
{
	char *option;

	while ((option = strsep(&options, ","))) {
		if (strncmp(option, "bind=", 5) == 0)
			address->bind = option + 5;
		else if (is_a_guard(option))
			return refuse(option, "has no equivalent: it says who "
					      "may connect");
	}
	return 0;
}

static int read_keyword(struct address *address, const char *text,
			const char *keyword)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (strcasecmp(keyword, keywords[i].name) != 0)
			continue;
		address->kind = keywords[i].kind;
		address->v6 = keywords[i].v6;
		return keywords[i].parameters;
	}
	return refuse(text, "only TCP, VSOCK and a UNIX-LISTEN for a monitor "
			    "can become rules");
}

static int read_address(struct address *address, const char *text)
{
	char *options, *rest;
	int parameters;

	memset(address, 0, sizeof(*address));
	address->copy = strdup(text);
	rest = address->copy;
	if (!rest)
		return -ENOMEM;
	options = strchr(rest, ',');
	if (options)
		*options++ = '\0';
	parameters = read_keyword(address, text, strsep(&rest, ":"));
	if (parameters < 0)
		return parameters;
	address->first = rest;
	/* An IPv6 address has colons of its own, and brackets around them. */
	address->second = rest ? strrchr(rest, ':') : NULL;
	if (parameters == 2 && address->second)
		*address->second++ = '\0';
	if (!address->first || !*address->first ||
	    (parameters == 2 && (!address->second || !*address->second)))
		return refuse(text, parameters == 2 ? "expected HOST:PORT or "
						      "CID:PORT"
						    : "expected a port");
	return read_options(address, options);
}

static bool is_local(const char *host)
{
	return strcmp(host, "localhost") == 0 ||
	       strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0 ||
	       strcmp(host, "::1") == 0;
}

/* Brackets around an IPv6 address that has none. */
static void write_host(const char *host, FILE *to)
{
	fprintf(to, strchr(host, ':') && *host != '[' ? "[%s]" : "%s", host);
}

static int write_connect(const struct address *tcp, const struct address *vsock,
			 FILE *to)
{
	const char *bind = tcp->bind;

	if (!bind)
		bind = tcp->v6 ? "::1" : "127.0.0.1";
	fputs("# For the program that dialled the forwarder.\nconnect ", to);
	write_host(bind, to);
	fprintf(to, ":%s = vsock:%s:%s\n", tcp->first, vsock->first,
		vsock->second);
	return 0;
}

/* Firecracker's monitor dials PATH_PORT for a guest that dials PORT. */
static int write_monitor(const struct address *monitor,
			 const struct address *tcp, FILE *to)
{
	char *port = strrchr(monitor->first, '_');

	if (!port || strspn(port + 1, "0123456789") != strlen(port + 1) ||
	    !port[1])
		return refuse(monitor->first, "expected PATH_PORT, the file "
					      "of a monitor's guest");
	fprintf(to, "listen *:%s = hvsock:%.*s:%s\n", tcp->second,
		(int)(port - monitor->first), monitor->first, port + 1);
	return 0;
}

static int write_listen(const struct address *vsock, const struct address *tcp,
			FILE *to)
{
	if (!is_local(tcp->first))
		return refuse(tcp->first, "the server is on another machine, "
					  "which only a forwarder can reach");
	fputs("# For the server behind the forwarder.\n", to);
	if (vsock->kind == UNIX_LISTEN)
		return write_monitor(vsock, tcp, to);
	fprintf(to, "listen *:%s = vsock:%s:%s\n", tcp->second,
		vsock->bind ? vsock->bind : "any", vsock->first);
	return 0;
}

static int write_pair(const struct address *a, const struct address *b,
		      FILE *to)
{
	if (a->kind == TCP_LISTEN && b->kind == VSOCK_CONNECT)
		return write_connect(a, b, to);
	if (b->kind == TCP_LISTEN && a->kind == VSOCK_CONNECT)
		return write_connect(b, a, to);
	if ((a->kind == VSOCK_LISTEN || a->kind == UNIX_LISTEN) &&
	    b->kind == TCP_CONNECT)
		return write_listen(a, b, to);
	if ((b->kind == VSOCK_LISTEN || b->kind == UNIX_LISTEN) &&
	    a->kind == TCP_CONNECT)
		return write_listen(b, a, to);
	return refuse(a->copy, "expected TCP-LISTEN with VSOCK-CONNECT, or "
			       "VSOCK-LISTEN with TCP");
}

/* Options come first; those that are alone take the next word. */
static char **skip_options(char **argv)
{
	static const char with_word[] = "tTbLWrRS";

	for (argv++; *argv && **argv == '-' && (*argv)[1]; argv++)
		if (!(*argv)[2] && strchr(with_word, (*argv)[1]) && argv[1])
			argv++;
	return argv;
}

int import_socat(char **argv, FILE *to)
{
	struct address a = {0}, b = {0};
	char **words = skip_options(argv);
	int ret;

	if (!words[0] || !words[1] || words[2])
		return refuse("addresses", "expected two of them");
	ret = read_address(&a, words[0]);
	if (ret == 0)
		ret = read_address(&b, words[1]);
	if (ret == 0)
		ret = write_pair(&a, &b, to);
	free(a.copy);
	free(b.copy);
	return ret;
}
