/* SPDX-License-Identifier: MIT */
/* --import: what is asked, and what is printed. The folder's map: import.h. */
#include "launcher/import/import.h"

#include <err.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/import/shell.h"

/* All of a file; a byte that could be taken for UNKNOWN is none of a text. */
static const char *read_all(FILE *file)
{
	struct text text = {NULL, 0};
	int c;

	while ((c = getc(file)) != EOF) {
		char byte = (char)c;

		if (byte != '\0' && byte != UNKNOWN)
			text_add(&text, &byte, 1);
	}
	return text_take(&text);
}

static int read_file(struct import *im, const char *name, FILE *file)
{
	const char *text;

	if (!file) {
		warn("%s", name);
		return -errno;
	}
	text = read_all(file);
	if (ferror(file))
		warn("%s", name);
	im->source = name;
	im->functions = NULL;
	import_text(im, text, 1);
	control_finish(im);
	return ferror(file) ? -EIO : 0;
}

static bool is_a_file(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 && !S_ISDIR(st.st_mode) &&
	       (!(st.st_mode & 0111) || !import_knows(name));
}

/* Says why what is meant for a file's name is none that can be read. */
static int check_name(const char *name)
{
	struct stat st;
	int error = EISDIR;

	/* An address of socat's has a colon. */
	if (import_knows(name) || strchr(name, ':'))
		return 0;
	if (stat(name, &st) < 0)
		error = strpbrk(name, "/.") ? errno : 0;
	else if (!S_ISDIR(st.st_mode))
		error = 0;
	if (error)
		warnx("%s: %s", name, strerror(error));
	return -error;
}

static int read_files(struct import *im, char **names)
{
	int ret = 0;

	for (; *names && ret == 0; names++) {
		FILE *file = fopen(*names, "re");

		ret = read_file(im, *names, file);
		if (file)
			fclose(file);
	}
	return ret;
}

static int read_command(struct import *im, char **command)
{
	im->source = "--import";
	for (char **word = command; *word; word++)
		*word = import_expand(im, *word);
	if (!import_words(im, command) && !im->n_refused) {
		import_refuse(im, words_base(command[0]),
			      "none of the forwarders that --import knows");
		import_refused(im, command);
	}
	return 0;
}

static int read_what_is_asked(struct import *im, char **command)
{
	int ret;

	if (!command[0])
		return read_file(im, "standard input", stdin);
	if (is_a_file(command[0]))
		return read_files(im, command);
	ret = check_name(command[0]);
	return ret < 0 ? ret : read_command(im, command);
}

static int print(const struct import *im, bool strict)
{
	if (im->n_rules + im->n_refused == 0) {
		warnx("%s: no forwarder was found", im->source);
		return IMPORT_FAILED;
	}
	if (strict && im->n_refused)
		return IMPORT_FAILED;
	fputs(im->table.s, stdout);
	return im->n_refused ? IMPORT_IN_PART : IMPORT_DONE;
}

int import_command(char **command, bool strict)
{
	struct import im = {IMPORT_READERS};
	int ret = IMPORT_FAILED;

	if (read_what_is_asked(&im, command) == 0) {
		import_finish_iptables(&im);
		import_finish_sockets(&im);
		ret = print(&im, strict);
	}
	words_release();
	return ret;
}
