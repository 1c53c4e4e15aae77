/* SPDX-License-Identifier: MIT */
/*
 * iptables' REDIRECT and DNAT of what this machine dials. Where the packets went
 * a forwarder listened: what that one led to is the rule's target.
 */
#include <errno.h>
#include <string.h>

#include "launcher/import/endpoint.h"

struct diverted {
	struct diverted *next;
	char **argv;
	unsigned line;
	const char *source;
	const char *host, *ports, *to; /* to: the port of this machine */
};

static bool is_word(char **argv, const char *word)
{
	for (; *argv; argv++)
		if (strcmp(*argv, word) == 0)
			return true;
	return false;
}

/* The port of this machine that packets were sent to; NULL, with the reason */
static const char *destination(struct import *im, char **argv, const char *jump)
{
	const char *to = words_option(argv, "--to-ports --to-port");
	char *host, *port;

	if (strcmp(jump, "REDIRECT") == 0)
		return to ? to
			  : words_option(argv, "--dport --destination-port");
	to = words_option(argv, "--to-destination --to");
	if (!to || !import_cut(words_copy_string(to), &host, &port)) {
		import_refuse(im, to ? to : jump, "expected HOST:PORT");
		return NULL;
	}
	if (starts_with(host, "127.") || strcmp(host, "[::1]") == 0)
		return port;
	import_refuse(im, to,
		      "another machine, reached over TCP: no vsock is "
		      "in this");
	return NULL;
}

/* iptables writes 80:90 for 80-90. */
static char *ports_of(char **argv)
{
	const char *ports = words_option(argv, "--dport --destination-port "
					       "--dports --destination-ports");
	char *copy = words_copy_string(ports ? ports : "*");

	for (char *c = copy; *c; c++)
		if (*c == ':')
			*c = '-';
	return copy;
}

static const char *host_of(char **argv)
{
	const char *host = words_option(argv, "-d --destination --dst");
	size_t n = host ? strcspn(host, "/") : 0;

	if (!host || strcmp(host, "0.0.0.0/0") == 0 ||
	    strcmp(host, "::/0") == 0)
		return "*";
	if (strcmp(host + n, "/32") == 0 || strcmp(host + n, "/128") == 0)
		host = words_copy(host, n);
	if (!strchr(host, ':'))
		return host;
	n = strcspn(host, "/");
	return words_format("[%.*s]%s", (int)n, host, host + n);
}

static int check_scope(struct import *im, char **argv, const char *chain)
{
	const char *protocol = words_option(argv, "-p --protocol --proto");

	if (strcmp(chain, "OUTPUT") != 0)
		return import_refuse(im, chain,
				     "what comes from outside needs "
				     "a bridge, doc/bridges.md");
	if (protocol && strcmp(protocol, "tcp") != 0)
		return import_refuse(im, protocol,
				     "only TCP can be redirected");
	if (is_word(argv, "!"))
		return import_refuse(im, "!",
				     "has no equivalent: write the "
				     "exceptions as direct rules");
	return 0;
}

int import_iptables(struct import *im, char **argv)
{
	const char *jump = words_option(argv, "-j --jump");
	const char *chain = words_option(argv, "-A --append -I --insert");
	struct diverted *diverted;

	if (!jump || !chain ||
	    (strcmp(jump, "REDIRECT") != 0 && strcmp(jump, "DNAT") != 0))
		return 0;
	if (check_scope(im, argv, chain) < 0)
		return -EINVAL;
	diverted = words_room(sizeof(*diverted));
	*diverted = (struct diverted){im->diverted,
				      argv,
				      im->line,
				      im->source,
				      host_of(argv),
				      ports_of(argv),
				      destination(im, argv, jump)};
	if (!diverted->to)
		return -EINVAL;
	im->diverted = diverted;
	return 0;
}

static const struct forwarder *find_forwarder(const struct import *im,
					      const char *port)
{
	const struct forwarder *f = im->forwarders;

	while (f && strcmp(f->port, port) != 0)
		f = f->next;
	return f;
}

static int write_one(struct import *im, const struct diverted *d,
		     const char *ports)
{
	const struct forwarder *forwarder = find_forwarder(im, d->to);
	const char *target;

	if (forwarder && !forwarder->target)
		return import_refuse(im, d->to,
				     "its forwarder could not be "
				     "translated");
	target = forwarder ? forwarder->target
			   : words_format("vsock:host:%s", d->to);
	if (!forwarder) {
		import_remark(im,
			      "No forwarder at port %s was given along: "
			      "it is taken to lead to the",
			      d->to);
		import_remark(im, "host's port of the same number.");
	}
	return import_rule(im, "connect %s:%s = %s", d->host, ports, target);
}

static void write_all(struct import *im, const struct diverted *d)
{
	char *ports = words_copy_string(d->ports), *one;

	im->line = d->line;
	im->source = d->source;
	while ((one = strsep(&ports, ",")))
		if (write_one(im, d, one)) {
			import_refused(im, d->argv);
			return;
		}
}

/* In the order of the file. */
void import_finish_iptables(struct import *im)
{
	struct diverted *d = im->diverted, *reversed = NULL, *next;

	for (; d; d = next) {
		next = d->next;
		d->next = reversed;
		reversed = d;
	}
	for (d = reversed; d; d = d->next)
		write_all(im, d);
}
