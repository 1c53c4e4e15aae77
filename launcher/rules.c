/* SPDX-License-Identifier: MIT */
/* Collects the rules, checks them, and hands them on to the program. */
#include "launcher/rules.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/absolute.h"

#define MAP	    "TCP2VSOCK_MAP"
#define CONFIG	    "TCP2VSOCK_CONFIG"

#define SYSTEM_FILE SYSCONFDIR "/tcp2vsock.conf"

static void add_text(struct rules *rules, const char *name, const char *text)
{
	struct map_source *source = &rules->sources[rules->n++];

	source->name = name;
	source->text = text;
	source->size = strlen(text);
	rules->n_inline = rules->n;
}

/* A newline, unlike ';', also ends a comment. NULL: no memory. */
static char *join_lines(const char *const *lines, size_t n)
{
	size_t length = 1;
	char *text, *end;

	for (size_t i = 0; i < n; i++)
		length += strlen(lines[i]) + 1;
	text = malloc(length);
	if (!text)
		return NULL;
	end = text;
	for (size_t i = 0; i < n; i++)
		end = stpcpy(stpcpy(end, i ? "\n" : ""), lines[i]);
	*end = '\0';
	return text;
}

/* One text, so that a message tells by the line's number which -m it means. */
static int add_options(struct rules *rules, const struct command_line *request)
{
	char *text;

	if (request->n_rules == 0)
		return 0;
	text = join_lines(request->rules, request->n_rules);
	if (!text)
		return -ENOMEM;
	add_text(rules, "-m", text);
	return 0;
}

/* ---- The file -------------------------------------------------------- */

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* proc(5): such a name is another file in each process, or in each shell. */
static bool is_of_one_process(const char *name)
{
	return strcmp(name, "/dev/stdin") == 0 ||
	       has_prefix(name, "/dev/fd/") ||
	       has_prefix(name, "/proc/self/") ||
	       has_prefix(name, "/proc/thread-self/");
}

static int refuse_file(const char *name, const char *what)
{
	warnx("%s: %s, and the program has to read it again", name, what);
	warnx("write the rules to a file, or give them with -m");
	return -EINVAL;
}

/*
 * Every process of the program reads the file anew: a pipe would be empty, and
 * the program's own standard input is no table.
 */
static int settle_file(char file[PATH_MAX])
{
	char name[PATH_MAX];
	struct stat st;

	if (stat(file, &st) < 0)
		return 0;
	if (!S_ISREG(st.st_mode))
		return refuse_file(file, "not a regular file");
	if (!is_of_one_process(file))
		return 0;
	if (!realpath(file, name))
		return refuse_file(file, "a file without a name");
	memcpy(file, name, sizeof(name));
	return 0;
}

static int add_file(struct rules *rules, const char *name, bool will_run)
{
	struct map_source *source = &rules->sources[rules->n];
	int ret = absolute_path(rules->file, name);

	if (ret == 0 && will_run)
		ret = settle_file(rules->file);
	if (ret < 0)
		return ret;
	source->name = rules->file;
	rules->n++;
	return 0;
}

/* ---- The variable ---------------------------------------------------- */

/* The kernel's MAX_ARG_STRLEN, see execve(2). */
static int check_length(size_t length, const char *remedy)
{
	size_t most = 32 * (size_t)sysconf(_SC_PAGESIZE) - sizeof(MAP "=");

	if (length <= most)
		return 0;
	warnx("%zu bytes of rules are too many for an environment variable "
	      "(%zu): %s",
	      length, most, remedy);
	return -EINVAL;
}

static int join_rules(struct rules *rules)
{
	const char *texts[SOURCES_MAX];

	if (rules->n_inline == 0)
		return 0;
	for (size_t i = 0; i < rules->n_inline; i++)
		texts[i] = rules->sources[i].text;
	rules->text = join_lines(texts, rules->n_inline);
	if (!rules->text)
		return -ENOMEM;
	return check_length(strlen(rules->text),
			    "put them into a file and give it with -f");
}

/* Only where no other rules are given: who gives some wants these alone. */
static const char *system_file(bool verbose)
{
	if (access(SYSTEM_FILE, F_OK) < 0)
		return NULL;
	if (verbose)
		warnx("rules from %s", SYSTEM_FILE);
	return SYSTEM_FILE;
}

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

int rules_collect(struct rules *rules, const struct command_line *request)
{
	const char *map = variable(MAP);
	const char *file = request->file ? request->file : variable(CONFIG);
	int ret;

	memset(rules, 0, sizeof(*rules));
	ret = add_options(rules, request);
	if (map)
		add_text(rules, MAP, map);
	if (!file && rules->n == 0)
		file = system_file(request->verbose);
	rules->by_variable = file && file == variable(CONFIG);
	if (ret == 0 && file)
		ret = add_file(rules, file, request->command[0]);
	if (ret == 0)
		ret = join_rules(rules);
	unsetenv(MAP);
	unsetenv(CONFIG);
	return ret;
}

/* ---- The table ------------------------------------------------------- */

/* What stands behind the command is the command's own. */
static void complain_of_none(const struct rules *rules, const char *command)
{
	if (rules->file[0] && command)
		warnx("no rules in %s, and none by -m RULE before '%s'",
		      rules->file, command);
	else if (rules->file[0])
		warnx("no rules in %s: give some there or with -m RULE",
		      rules->file);
	else if (command)
		warnx("no rules: give them with -m RULE or -f FILE, before "
		      "the command '%s', or in %s",
		      command, SYSTEM_FILE);
	else
		warnx("no rules: give them with -m RULE or -f FILE, or in %s",
		      SYSTEM_FILE);
}

struct map_table *rules_load(const struct rules *rules, const char *command)
{
	int fd = STDERR_FILENO;
	struct map_table *table =
		map_load(rules->sources, rules->n, map_report_to_fd, &fd);

	if (table && map_count(table) > 0)
		return table;
	if (!table) {
		if (rules->by_variable && access(rules->file, R_OK) < 0)
			warnx(CONFIG " names %s: correct that, or unset it",
			      rules->file);
		return NULL;
	}
	map_free(table);
	complain_of_none(rules, command);
	return NULL;
}

int rules_settle(struct rules *rules, const struct map_table *table)
{
	const char *expanded = map_expanded_source(table, rules->n - 1);
	const char *texts[] = {rules->text, expanded};
	size_t first = rules->text ? 0 : 1;
	char *text;

	if (!expanded)
		return 0;
	text = join_lines(texts + first, 2 - first);
	if (!text)
		return -ENOMEM;
	free(rules->text);
	rules->text = text;
	rules->file[0] = '\0';
	return check_length(strlen(text), "a file with ${NAME} has to fit");
}

int rules_export(const struct rules *rules)
{
	if (rules->text && setenv(MAP, rules->text, 1) < 0)
		return -errno;
	if (rules->file[0] && setenv(CONFIG, rules->file, 1) < 0)
		return -errno;
	return 0;
}

static int print_rule(const struct map_table *table, size_t i)
{
	char *line = map_rule_text(table, i);

	if (!line)
		return -ENOMEM;
	puts(line);
	free(line);
	return 0;
}

int rules_print(const struct map_table *table)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < map_count(table); i++)
		ret = print_rule(table, i);
	return ret;
}

static void print_host(const struct map_table *table, const char *name,
		       int family)
{
	char text[INET6_ADDRSTRLEN];
	struct map_addr addr;

	if (map_name_address(table, name, family, &addr) &&
	    inet_ntop(family, &addr.ip, text, sizeof(text)))
		printf("%s\t%s\n", text, name);
}

void rules_print_hosts(const struct map_table *table)
{
	struct map_name name;

	for (size_t i = 0; map_get_name(table, i, &name); i++) {
		if (*name.text == '*') {
			printf("# %s: a pattern has no line here\n", name.text);
			continue;
		}
		print_host(table, name.text, AF_INET);
		print_host(table, name.text, AF_INET6);
	}
}

void rules_check_names(const struct map_table *table)
{
	struct map_name name;

	for (size_t i = 0; map_get_name(table, i, &name); i++)
		if (name.in_the_way)
			warnx("warning: the addresses of %s and %s are hashes "
			      "that are the same: the second takes the next "
			      "one, and another order of rules swaps them",
			      name.in_the_way, name.text);
}
