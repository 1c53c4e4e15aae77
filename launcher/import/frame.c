/* SPDX-License-Identifier: MIT */
/*
 * A single line of another kind of file, among a script's: a setting of systemd
 * or supervisord, an instruction of a Dockerfile, a key of YAML, a line of
 * iptables-save, crontab(5) or inittab(5).
 */
#include <ctype.h>
#include <string.h>

#include "launcher/import/import.h"
#include "launcher/import/span.h"

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

static const struct frame {
	const char *start;
	const char *marks; /* one of them follows, perhaps behind blanks */
	void (*read)(struct import *im, const char *text, unsigned line);
} frames[] = {
	{"command", "=", import_ini},
	{"Exec", "=", import_ini},
	{"command", ":", import_yaml},
	{"entrypoint", ":", import_yaml},
	{"args", ":", import_yaml},
	{"CMD", " [", import_dockerfile},
	{"ENTRYPOINT", " [", import_dockerfile},
	{"-A", " ", import_iptables_save},
};

/* A value in quotes is what a script gives to a variable. */
static bool is_framed(const struct frame *frame, const char *line)
{
	const char *mark = line + strlen(frame->start);

	if (!starts_with(line, frame->start))
		return false;
	if (strcmp(frame->start, "Exec") == 0 && isupper((unsigned char)*mark))
		mark += import_name_length(mark);
	if (*frame->marks != ' ')
		mark = skip_blanks(mark);
	return *mark && strchr(frame->marks, *mark) &&
	       !strchr("'\"$", *skip_blanks(mark + 1));
}

/* id:runlevels:action:process */
static const char *inittab(const char *line)
{
	const char *levels = strchr(line, ':'), *action, *process;
	char *name;

	if (!levels || strcspn(line, " \t\"'$") < (size_t)(levels - line))
		return NULL;
	action = strchr(levels + 1, ':');
	process = action ? strchr(action + 1, ':') : NULL;
	if (!process)
		return NULL;
	name = words_copy(action + 1, (size_t)(process - action) - 1);
	if (!words_in(" respawn once wait boot bootwait sysinit askfirst "
		      "ondemand restart ",
		      name))
		return NULL;
	return skip_blanks(process + 1 + strspn(process + 1, "+-"));
}

static const char *next_field(const char *s)
{
	return skip_blanks(s + strcspn(s, " \t"));
}

/* A system's crontab has a user's name in front of the command. */
static const char *without_user(const char *command)
{
	const char *rest = next_field(command);
	char *first = words_copy(command, strcspn(command, " \t"));
	char *second = words_copy(rest, strcspn(rest, " \t"));

	return !import_knows(first) && import_knows(second) ? rest : command;
}

static const char *crontab(const char *line)
{
	const char *at = line;

	if (*line == '@' && isalpha((unsigned char)line[1]))
		return without_user(next_field(line));
	for (int fields = 0; fields < 5; fields++) {
		size_t n = strcspn(at, " \t");

		if (n == 0 || strspn(at, "0123456789*/,-MTWFSadehinortu") < n ||
		    (fields < 3 && strspn(at, "0123456789*/,-") < n))
			return NULL;
		at = next_field(at);
	}
	return *at ? without_user(at) : NULL;
}

bool import_frame(struct import *im, const char *text, unsigned number)
{
	unsigned first = 0, lines = 0;
	const char *line = import_next_line(&text, &first, &lines), *command;

	if (!line || *line == '#')
		return false;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		if (!is_framed(&frames[i], line + 2 * starts_with(line, "- ")))
			continue;
		frames[i].read(im, line, number);
		return true;
	}
	command = inittab(line);
	if (!command)
		command = crontab(line);
	if (command)
		import_shell(im, command, number);
	return command;
}
