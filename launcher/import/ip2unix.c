/* SPDX-License-Identifier: MIT */
/*
 * ip2unix: its -r rules, in order; the first that matches wins there, too.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "launcher/import/import.h"

struct unix_rule {
	char *address, *port, *path;
	int in, out, tcp, udp, reject, ignore;
};

/* The part "NAME=VALUE", and its value. */
static int has_value(char *part, const char *name, char **value)
{
	size_t n = strlen(name);

	if (strncmp(part, name, n) != 0 || part[n] != '=')
		return 0;
	*value = part + n + 1;
	return 1;
}

static int read_flag(struct import *im, const char *part,
		     struct unix_rule *rule)
{
	static const struct {
		const char *name;
		size_t offset;
	} flags[] = {
		{"in", offsetof(struct unix_rule, in)},
		{"out", offsetof(struct unix_rule, out)},
		{"tcp", offsetof(struct unix_rule, tcp)},
		{"udp", offsetof(struct unix_rule, udp)},
		{"reject", offsetof(struct unix_rule, reject)},
		{"ignore", offsetof(struct unix_rule, ignore)},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(part, flags[i].name) == 0) {
			*(int *)((char *)rule + flags[i].offset) = 1;
			return 0;
		}
	}
	return import_refuse(im, part, "has no equivalent");
}

static int read_rule_part(struct import *im, char *part, struct unix_rule *rule)
{
	char *error;

	if (has_value(part, "addr", &rule->address) ||
	    has_value(part, "address", &rule->address) ||
	    has_value(part, "port", &rule->port) ||
	    has_value(part, "path", &rule->path))
		return 0;
	if (has_value(part, "reject", &error))
		return import_refuse(im, part,
				     "the error can't be chosen: connect() "
				     "says ECONNREFUSED, bind() EACCES");
	return read_flag(im, part, rule);
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

static int write_direction(struct import *im, const struct unix_rule *rule,
			   bool listen)
{
	const char *address = rule->address ? rule->address : "*";
	const char *port = rule->port ? rule->port : "*";
	const char *target = rule->ignore ? "direct" : "refuse";

	if (rule->path)
		target = words_format("unix:%s", rule->path);
	return import_rule(
		im, strchr(address, ':') ? "%s [%s]:%s = %s" : "%s %s:%s = %s",
		listen ? "listen" : "connect", address, port, target);
}

/* "%p" is the port in both; "%a" the address, "%t" the type of socket. */
static bool has_other_mark(const char *path)
{
	const char *mark = path ? strchr(path, '%') : NULL;

	while (mark && mark[1] == 'p')
		mark = strchr(mark + 1, '%');
	return mark;
}

static int write_rule(struct import *im, const char *text,
		      const struct unix_rule *rule)
{
	int both = rule->in == rule->out, ret = 0;

	if (rule->udp && !rule->tcp)
		return import_refuse(im, text,
				     "UDP stays as it is: AF_VSOCK "
				     "has no datagrams");
	if (!rule->path && !rule->reject && !rule->ignore)
		return import_refuse(im, text,
				     "names no socket: expected "
				     "path=, reject or ignore");
	if (has_other_mark(rule->path))
		return import_refuse(im, rule->path,
				     "only %p has an equivalent");
	if (both || rule->in)
		ret = write_direction(im, rule, true);
	if (ret == 0 && (both || rule->out))
		ret = write_direction(im, rule, false);
	return ret;
}

static int import_one(struct import *im, const char *text)
{
	char *rest = words_copy(text, strlen(text)), *part;
	struct unix_rule rule = {NULL};
	int ret = 0;

	while (ret == 0 && (part = next_part(&rest)))
		ret = read_rule_part(im, part, &rule);
	return ret ? ret : write_rule(im, text, &rule);
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

int import_ip2unix(struct import *im, char **argv)
{
	int ret = 0, n = 0;

	for (argv++; *argv && **argv == '-' && ret == 0; argv++) {
		const char *rule = rule_of(&argv);

		if (strncmp(*argv, "-f", 2) == 0 ||
		    strncmp(*argv, "-F", 2) == 0 ||
		    strncmp(*argv, "--rules", 7) == 0)
			return import_refuse(im, *argv,
					     "YAML is not read: give the "
					     "rules with -r");
		if (!rule)
			continue;
		n++;
		ret = import_one(im, rule);
	}
	if (ret == 0 && n == 0)
		return import_refuse(im, "-r", "no rule is given");
	return ret;
}
