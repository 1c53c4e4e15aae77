/* SPDX-License-Identifier: MIT */
/*
 * ip2unix: its -r rules, in order; the first that matches wins there, too. A
 * Unix socket has no CID: what it was is said in a comment.
 */
#include <err.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/import.h"

struct rule {
	char *address, *port, *path;
	int in, out, tcp, udp, reject, ignore;
};

static int refuse(const char *part, const char *why)
{
	warnx("ip2unix: %s: %s", part, why);
	return -EINVAL;
}

/* The part "NAME=VALUE", and its value. */
static int has_value(char *part, const char *name, char **value)
{
	size_t n = strlen(name);

	if (strncmp(part, name, n) != 0 || part[n] != '=')
		return 0;
	*value = part + n + 1;
	return 1;
}

static int read_flag(const char *part, struct rule *rule)
{
	static const struct {
		const char *name;
		size_t offset;
	} flags[] = {
		{"in", offsetof(struct rule, in)},
		{"out", offsetof(struct rule, out)},
		{"tcp", offsetof(struct rule, tcp)},
		{"udp", offsetof(struct rule, udp)},
		{"reject", offsetof(struct rule, reject)},
		{"ignore", offsetof(struct rule, ignore)},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(part, flags[i].name) == 0) {
			*(int *)((char *)rule + flags[i].offset) = 1;
			return 0;
		}
	}
	return refuse(part, "has no equivalent");
}

static int read_part(char *part, struct rule *rule)
{
	char *error;

	if (has_value(part, "addr", &rule->address) ||
	    has_value(part, "address", &rule->address) ||
	    has_value(part, "port", &rule->port) ||
	    has_value(part, "path", &rule->path))
		return 0;
	if (has_value(part, "reject", &error))
		return refuse(part, "the error can't be chosen: connect() "
				    "says ECONNREFUSED, bind() EACCES");
	return read_flag(part, rule);
}

/* Cuts the text at its commas; "\," is a comma, "\\" a backslash. */
static char *next_part(char **text)
{
	char *part = *text, *from = part, *to = part;

	if (!part)
		return NULL;
	for (; *from && *from != ','; from++) {
		if (*from == '\\' && from[1])
			from++;
		*to++ = *from;
	}
	*text = *from ? from + 1 : NULL;
	*to = '\0';
	return part;
}

static void write_address(const struct rule *rule, FILE *to)
{
	const char *address = rule->address ? rule->address : "*";

	fprintf(to, strchr(address, ':') ? " [%s]:%s = " : " %s:%s = ", address,
		rule->port ? rule->port : "*");
}

static void write_direction(const struct rule *rule, int listen, FILE *to)
{
	const char *port = rule->port ? rule->port : "*";

	fputs(listen ? "listen" : "connect", to);
	write_address(rule, to);
	if (rule->ignore)
		fputs("direct\n", to);
	else if (rule->reject)
		fputs("refuse\n", to);
	else
		fprintf(to, "vsock:%s:%s\n", listen ? "any" : "host", port);
}

static int write_rule(const char *text, const struct rule *rule, FILE *to)
{
	int both = rule->in == rule->out;

	if (rule->udp && !rule->tcp)
		return refuse(text, "UDP stays as it is: AF_VSOCK has no "
				    "datagrams");
	if (!rule->path && !rule->reject && !rule->ignore)
		return refuse(text, "names no socket: expected path=, reject "
				    "or ignore");
	if (rule->path)
		fprintf(to, "# Was %s; %s.\n", rule->path,
			rule->in && !rule->out
				? "every CID may dial it"
				: "the server is taken to be on the host");
	if (both || rule->in)
		write_direction(rule, 1, to);
	if (both || rule->out)
		write_direction(rule, 0, to);
	return 0;
}

static int import_rule(const char *text, FILE *to)
{
	char *copy = strdup(text), *rest = copy, *part;
	struct rule rule = {0};
	int ret = copy ? 0 : -ENOMEM;

	while (ret == 0 && (part = next_part(&rest)))
		ret = read_part(part, &rule);
	if (ret == 0)
		ret = write_rule(text, &rule, to);
	free(copy);
	return ret;
}

/* -rRULE, -r RULE, --rule=RULE, --rule RULE. NULL: another option. */
static const char *rule_of(char ***argv)
{
	const char *word = **argv;

	if (strncmp(word, "--rule=", 7) == 0)
		return word + 7;
	if (strncmp(word, "-r", 2) == 0 && word[2])
		return word + 2;
	if (strcmp(word, "-r") != 0 && strcmp(word, "--rule") != 0)
		return NULL;
	if ((*argv)[1])
		++*argv;
	return **argv;
}

int import_ip2unix(char **argv, FILE *to)
{
	int ret = 0, n = 0;

	for (argv++; *argv && **argv == '-' && ret == 0; argv++) {
		const char *rule = rule_of(&argv);

		if (strncmp(*argv, "-f", 2) == 0 ||
		    strncmp(*argv, "-F", 2) == 0 ||
		    strncmp(*argv, "--rules", 7) == 0)
			return refuse(*argv, "YAML is not read: give the "
					     "rules with -r");
		if (!rule)
			continue;
		n++;
		ret = import_rule(rule, to);
	}
	if (ret == 0 && n == 0)
		return refuse("-r", "no rule is given");
	return ret;
}
