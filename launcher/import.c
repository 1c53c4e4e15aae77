/* SPDX-License-Identifier: MIT */
/* Which tool a command line is for, and where it comes from: import.h. */
#include "launcher/import.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wordexp.h>

#include "config/table.h"

static const struct {
	const char *name;
	int (*import)(char **argv, FILE *to);
} tools[] = {
	{"socat", import_socat},
	{"vsock-proxy", import_vsock_proxy},
	{"ip2unix", import_ip2unix},
};

static int import_words(char **argv, FILE *to)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];

	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		if (strcmp(name, tools[i].name) == 0)
			return tools[i].import(argv, to);
	warnx("--import knows socat, vsock-proxy and ip2unix, not %s", name);
	return -EINVAL;
}

/* As the shell splits it, but it runs nothing and looks up no variable. */
static int import_line(const char *line, unsigned number, FILE *to)
{
	wordexp_t words;
	int ret = wordexp(line, &words, WRDE_NOCMD | WRDE_UNDEF);

	if (ret == WRDE_NOSPACE)
		return -ENOMEM;
	if (ret) {
		warnx("standard input:%u: not one plain command: quote what "
		      "the shell would take for itself",
		      number);
		return -EINVAL;
	}
	ret = words.we_wordc ? import_words(words.we_wordv, to) : 0;
	wordfree(&words);
	if (ret == -EINVAL)
		warnx("standard input:%u: not imported", number);
	return ret;
}

static int import_lines(FILE *to)
{
	char *line = NULL;
	size_t size = 0;
	unsigned number = 0;
	int ret = 0, first = 0;

	while (getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		number++;
		if (line[strspn(line, " \t")] == '#')
			continue;
		ret = import_line(line, number, to);
		if (ret && !first)
			first = ret;
	}
	free(line);
	return first;
}

/* What is printed is right: it has gone through --check's own door. */
static int print_checked(const char *text, size_t size)
{
	struct map_source source = {"--import", text, size};
	int fd = 2;
	struct map_table *table = map_load(&source, 1, map_report_to_fd, &fd);

	if (!table)
		return -EINVAL;
	map_free(table);
	fputs(text, stdout);
	return 0;
}

int import_command(char **command)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	int ret;

	if (!to)
		return -ENOMEM;
	ret = command[0] ? import_words(command, to) : import_lines(to);
	if (fclose(to) && ret == 0)
		ret = -ENOMEM;
	if (ret == 0 && size == 0) {
		warnx("--import: no command line, neither here nor on "
		      "standard input");
		ret = -EINVAL;
	}
	if (ret == 0)
		ret = print_checked(text, size);
	free(text);
	return ret;
}
