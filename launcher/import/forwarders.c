/* SPDX-License-Identifier: MIT */
/*
 * The forwarders that have a command line of their own: the vsock-proxy of the
 * Nitro Enclaves CLI and evervault's, Marlin's ip-to-vsock and vsock-to-ip,
 * nc-vsock, the traffic forwarder of Amazon's samples, systemd-socket-proxyd;
 * and proxychains' proxies.
 */
#include <string.h>

#include "launcher/import/endpoint.h"

/* A number, or a variable that will be one. */
static bool is_port(const char *text)
{
	return *text == '$' || *text == UNKNOWN ||
	       (*text && strspn(text, "0123456789") == strlen(text));
}

/* HOST:PORT and CID:PORT; programs dialled the first, or listened there. */
static int join(struct import *im, const char *tcp, const char *vsock,
		bool dialled)
{
	char *host, *port, *cid, *vport;

	if (!import_cut(words_copy_string(tcp), &host, &port))
		return import_refuse(im, tcp, "expected HOST:PORT");
	if (!import_cut(words_copy_string(vsock), &cid, &vport))
		return import_refuse(im, vsock, "expected CID:PORT");
	return dialled ? import_dialled(im, host, port, cid, vport)
		       : import_listen(im, cid, vport, host, port);
}

/* ---- vsock-proxy ------------------------------------------------------- */

static int nitro_proxy(struct import *im, char **argv)
{
	struct words words = {NULL, 0};

	for (argv++; *argv; argv++) {
		if (**argv != '-')
			words_add(&words, *argv);
		else if (words_in(" --config -w --num_workers ", *argv) &&
			 argv[1])
			argv++;
	}
	if (words.n != 3 || !is_port(words.v[0]) || !is_port(words.v[2]))
		return import_refuse(im, "vsock-proxy",
				     "expected LOCAL_PORT REMOTE_ADDR "
				     "REMOTE_PORT");
	import_remark(im, "In the enclave, in place of a forwarder there. "
			  "vsock-proxy stays as it is:");
	import_remark(im, "it is the parent that can reach %s.", words.v[1]);
	return import_connect(im, words.v[1], words.v[2], "3", words.v[0]);
}

/* evervault's has the same name, and an option for each end. */
int import_vsock_proxy(struct import *im, char **argv)
{
	const char *tcp = words_option(argv, "--tcp-source");
	const char *vsock = words_option(argv, "--vsock-source");
	const char *to_tcp = words_option(argv, "--tcp-dest");
	const char *to = words_option(argv, "--vsock-dest");

	if (tcp && to)
		return join(im, tcp, to, true);
	if (vsock && to_tcp)
		return join(im, to_tcp, vsock, false);
	if (tcp || vsock || to_tcp || to)
		return import_refuse(im, "vsock-proxy",
				     "expected TCP at one end and a vsock at "
				     "the other");
	return nitro_proxy(im, argv);
}

/* ---- Marlin's ip-to-vsock and vsock-to-ip -------------------------------- */

int import_marlin(struct import *im, char **argv)
{
	const char *tcp = words_option(argv, "-i --ip-addr");
	const char *vsock = words_option(argv, "-v --vsock-addr");
	const char *name = words_base(argv[0]);

	if (!tcp || !vsock)
		return import_refuse(im, name,
				     "expected --ip-addr and --vsock-addr");
	return join(im, tcp, vsock, starts_with(name, "ip"));
}

/* They tell the other side the address that was dialled, ahead of the data. */
int import_transparent(struct import *im, char **argv)
{
	return import_refuse(im, words_base(argv[0]),
			     "carries many addresses over one port, each ahead "
			     "of its data: keep both ends, or give each "
			     "address a rule and a port");
}

/* ---- nc-vsock ---------------------------------------------------------- */

/* -l PORT -t HOST PORT; and -s PORT -c CID PORT. */
static char **find_option(char **argv, const char *option)
{
	for (argv++; *argv; argv++)
		if (strcmp(*argv, option) == 0)
			return argv;
	return NULL;
}

int import_nc_vsock(struct import *im, char **argv)
{
	char **l = find_option(argv, "-l"), **t = find_option(argv, "-t");
	char **s = find_option(argv, "-s"), **c = find_option(argv, "-c");

	if (l && l[1] && t && t[1] && t[2])
		return import_listen(im, "", l[1], t[1], t[2]);
	if (s && s[1] && c && c[1] && c[2])
		return import_dialled(im, "127.0.0.1", s[1], c[1], c[2]);
	return import_refuse(im, words_base(argv[0]),
			     "what it carries is no TCP of a program: expected "
			     "-l PORT -t HOST PORT, or -s PORT -c CID PORT");
}

/* ---- the samples' traffic forwarder: IP PORT CID PORT ------------------ */

int import_traffic_forwarder(struct import *im, char **argv)
{
	const char *port = words_option(argv, "--local-port");
	const char *cid = words_option(argv, "--remote-cid");
	const char *vport = words_option(argv, "--remote-port");
	size_t n = 0;

	if (port && cid && vport)
		return import_dialled(im, "127.0.0.1", port, cid, vport);
	while (argv[n])
		n++;
	if (n == 5)
		return import_dialled(im, argv[1], argv[2], argv[3], argv[4]);
	return import_refuse(im, words_base(argv[0]),
			     "expected IP PORT CID PORT");
}

/* ---- a line of proxychains.conf: TYPE HOST PORT ------------------------- */

int import_proxy(struct import *im, char **argv)
{
	if (!argv[1] || !argv[2])
		return import_refuse(im, argv[0], "expected TYPE HOST PORT");
	import_remark(im, "For proxychains: tcp2vsock -f RULES proxychains4 "
			  "COMMAND. The proxy is taken to be on the host;");
	import_remark(im, "in a Nitro enclave, make host parent.");
	return import_connect(im, argv[1], argv[2], "host", argv[2]);
}

/* ---- systemd-socket-proxyd --------------------------------------------- */

/* What it listens at is in the .socket unit. */
int import_socket_proxyd(struct import *im, char **argv)
{
	char *target = NULL;

	for (argv++; *argv; argv++) {
		if (strcmp(*argv, "-c") == 0 && argv[1])
			argv++;
		else if (**argv != '-')
			target = *argv;
	}
	if (!target)
		return import_refuse(im, "systemd-socket-proxyd",
				     "expected HOST:PORT");
	if (!strchr(target, ':'))
		return import_refuse(im, target,
				     "a Unix socket is no TCP of a "
				     "program");
	words_add(&im->proxied, target);
	return 0;
}

/* systemd-socket-activate -l vsock::80 PROGRAM... does without units. */
int import_socket_activate(struct import *im, char **argv)
{
	const char *at = words_option(argv, "-l --listen");

	while (*argv && strcmp(words_base(*argv), "systemd-socket-proxyd") != 0)
		argv++;
	if (!at || !*argv || !starts_with(at, "vsock:"))
		return import_refuse(im, "systemd-socket-activate",
				     "expected -l vsock:CID:PORT and "
				     "systemd-socket-proxyd");
	words_add(&im->listening, words_copy_string(at));
	return import_socket_proxyd(im, argv);
}

static void refuse_alone(struct import *im, char *what, const char *why)
{
	char *words[] = {what, NULL};

	im->line = 0;
	import_refuse(im, what, why);
	import_refused(im, words);
}

/* The units come in the same order. */
void import_finish_sockets(struct import *im)
{
	size_t i = 0;

	for (; i < im->listening.n && i < im->proxied.n; i++)
		if (join(im, im->proxied.v[i],
			 im->listening.v[i] + strlen("vsock:"), false))
			import_refused(im, im->proxied.v + i);
	for (; i < im->listening.n; i++)
		refuse_alone(im, im->listening.v[i],
			     "systemd listens here by itself, for a service "
			     "that needs no rule");
	for (; i < im->proxied.n; i++)
		refuse_alone(im, im->proxied.v[i],
			     "give systemd-socket-proxyd's .socket unit along, "
			     "with its ListenStream=vsock:");
}
