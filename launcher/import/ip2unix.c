/* SPDX-License-Identifier: MIT */
/*
 * ip2unix: its -r rules, in order; the first that matches wins there, too.
 */
#include <string.h>

#include "launcher/import/import.h"

/* A rule's parts: each is the value behind "=", "" for a word, or NULL. */
enum part {
	ADDRESS,
	ADDR,
	PORT,
	PATH,
	REJECT,
	IGNORE,
	IN,
	OUT,
	TCP,
	UDP,
	PARTS
};

static int keep_part(struct import *im, char *text, char *parts[PARTS])
{
	static const char *const names[] = {
		"address=", "addr=", "port=", "path=", "reject",
		"ignore",   "in",    "out",   "tcp",   "udp"};

	for (int i = 0; i < PARTS; i++) {
		size_t n = strlen(names[i]);

		if (strncmp(text, names[i], n) != 0 || (i >= REJECT && text[n]))
			continue;
		parts[i] = text + n;
		return 0;
	}
	return import_refuse(im, text,
			     starts_with(text, "reject=")
				     ? "the error can't be chosen: connect() "
				       "says ECONNREFUSED, bind() EACCES"
				     : "has no equivalent");
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

static int write_direction(struct import *im, char *const parts[PARTS],
			   bool listen)
{
	const char *address = parts[ADDRESS] ? parts[ADDRESS] : parts[ADDR];
	const char *port = parts[PORT] ? parts[PORT] : "*";
	const char *target = parts[IGNORE] ? "direct" : "refuse";

	if (parts[PATH])
		target = words_format("unix:%s", parts[PATH]);
	if (!address)
		address = "*";
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
		      char *const parts[PARTS])
{
	bool both = !parts[IN] == !parts[OUT];
	int ret = 0;

	if (parts[UDP] && !parts[TCP])
		return import_refuse(im, text,
				     "UDP stays as it is: AF_VSOCK "
				     "has no datagrams");
	if (!parts[PATH] && !parts[REJECT] && !parts[IGNORE])
		return import_refuse(im, text,
				     "names no socket: expected "
				     "path=, reject or ignore");
	if (has_other_mark(parts[PATH]))
		return import_refuse(im, parts[PATH],
				     "only %p has an equivalent");
	if (both || parts[IN])
		ret = write_direction(im, parts, true);
	if (ret == 0 && (both || parts[OUT]))
		ret = write_direction(im, parts, false);
	return ret;
}

static int import_one(struct import *im, const char *text)
{
	char *rest = words_copy_string(text), *part, *parts[PARTS] = {NULL};
	int ret = 0;

	while (ret == 0 && (part = next_part(&rest)))
		ret = keep_part(im, part, parts);
	return ret ? ret : write_rule(im, text, parts);
}

int import_ip2unix(struct import *im, char **argv)
{
	int ret = 0, n = 0;

	for (argv++; *argv && **argv == '-' && ret == 0; argv++) {
		char *word[] = {"", *argv, argv[1], NULL};
		const char *rule = words_option(word, "-r --rule");

		if (starts_with(*argv, "-f") || starts_with(*argv, "-F") ||
		    starts_with(*argv, "--rules"))
			return import_refuse(im, *argv,
					     "YAML is not read: give the "
					     "rules with -r");
		if (!rule)
			continue;
		n++;
		ret = import_one(im, rule);
		argv += rule == argv[1];
	}
	if (ret == 0 && n == 0)
		return import_refuse(im, "-r", "no rule is given");
	return ret;
}
