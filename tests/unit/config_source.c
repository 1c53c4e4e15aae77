/* SPDX-License-Identifier: MIT */
/* Where rules come from: files and the environment. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "tests/unit/config_support.h"

static char file[] = "/tmp/t2v-config-XXXXXX";

static void make_file(void)
{
	int fd = mkstemp(file);

	cr_assert_geq(fd, 0);
	close(fd);
	unsetenv("TCP2VSOCK_MAP");
	unsetenv("TCP2VSOCK_CONFIG");
}

static void remove_file(void)
{
	unlink(file);
}

TestSuite(config_source, .timeout = 20, .init = make_file, .fini = remove_file);

static void write_file(const char *text)
{
	FILE *out = fopen(file, "w");

	cr_assert(out);
	fputs(text, out);
	cr_assert_eq(fclose(out), 0);
}

static struct map_table *load_file(const char *name, struct messages *messages)
{
	struct map_source source = {name, NULL, 0};

	messages->used = 0;
	messages->text[0] = '\0';
	return map_load(&source, 1, collect, messages);
}

static void expect_refused(const char *name, const char *what)
{
	struct messages messages;

	cr_expect_null(load_file(name, &messages), "%s", name);
	cr_expect(strncmp(messages.text, "error 0:1+1 ", 12) == 0, "%s",
		  messages.text);
	cr_expect(strstr(messages.text, what), "%s", messages.text);
}

Test(config_source, file_is_read)
{
	struct messages messages;
	struct map_table *table;

	write_file("1.1.1.1:1 = vsock:2:1\n");
	table = load_file(file, &messages);
	cr_assert(table, "%s", messages.text);
	cr_expect_str_eq(ask(table, MAP_CONNECT, "1.1.1.1", 1), "vsock:2:1");
	map_free(table);
}

Test(config_source, empty_file_is_a_table_without_rules)
{
	struct messages messages;
	struct map_table *table = load_file(file, &messages);

	cr_assert(table, "%s", messages.text);
	cr_expect_eq(map_count(table), 0);
	cr_expect_str_eq(ask(table, MAP_CONNECT, "1.1.1.1", 1), "none");
	map_free(table);
}

Test(config_source, large_file_is_read_whole)
{
	struct messages messages;
	struct map_table *table;
	FILE *out = fopen(file, "w");

	cr_assert(out);
	for (int i = 0; i < 50000; i++)
		fprintf(out, "connect 10.0.%d.%d:1 = vsock:2:%d\n", i >> 8,
			i & 255, i + 1);
	fclose(out);
	table = load_file(file, &messages);
	cr_assert(table, "%s", messages.text);
	cr_expect_eq(map_count(table), 50000);
	cr_expect_str_eq(ask(table, MAP_CONNECT, "10.0.195.79", 1),
			 "vsock:2:50000");
	map_free(table);
}

Test(config_source, pipe_is_read)
{
	struct messages messages;
	struct map_table *table;
	char name[40];
	int fds[2];

	cr_assert_eq(pipe(fds), 0);
	cr_assert_eq(write(fds[1], "1.1.1.1:1=refuse", 16), 16);
	close(fds[1]);
	snprintf(name, sizeof(name), "/dev/fd/%d", fds[0]);
	table = load_file(name, &messages);
	cr_assert(table, "%s", messages.text);
	cr_expect_eq(map_count(table), 1);
	map_free(table);
	close(fds[0]);
}

Test(config_source, file_that_others_may_write_is_refused)
{
	char remedy[100];

	snprintf(remedy, sizeof(remedy), "chmod go-w %s\n", file);
	chmod(file, 0620);
	expect_refused(file, "(mode 0620)");
	expect_refused(file, remedy);
	chmod(file, 0602);
	expect_refused(file, "(mode 0602)");
}

Test(config_source, file_of_another_user_is_refused)
{
	if (chown(file, 12345, -1) < 0)
		cr_skip_test("only root can give a file away");
	expect_refused(file, "another user (uid 12345)");
	expect_refused(file, "chown ");
}

Test(config_source, what_is_no_file_is_refused)
{
	expect_refused("/nonexistent/table", "No such file");
	expect_refused("/", "not a regular file");
	expect_refused("/dev/null", "not a regular file");
}

Test(config_source, bad_file_does_not_hide_other_errors)
{
	struct map_source sources[] = {
		{"/nonexistent/table", NULL, 0},
		{"-m", "a:1=x", 5},
	};
	struct messages messages = {0};

	cr_expect_null(map_load(sources, 2, collect, &messages));
	cr_expect(strstr(messages.text, "No such file"), "%s", messages.text);
	cr_expect(strstr(messages.text, "unknown target"), "%s", messages.text);
}

/* ---- The environment ------------------------------------------------------
 */

static struct map_table *load_environment(int wanted)
{
	struct messages messages = {0};
	struct map_table *table = (struct map_table *)&messages;

	cr_expect_eq(map_load_environment(&table, collect, &messages), wanted,
		     "%s", messages.text);
	return table;
}

Test(config_source, no_variables_no_table)
{
	cr_expect_null(load_environment(0));
	setenv("TCP2VSOCK_MAP", "", 1);
	setenv("TCP2VSOCK_CONFIG", "", 1);
	cr_expect_null(load_environment(0));
}

Test(config_source, variable_comes_before_file)
{
	struct map_table *table;

	write_file("*:1 = vsock:3:1\n");
	setenv("TCP2VSOCK_MAP", "1.1.1.1:1=vsock:2:1;1.1.1.2:1=refuse", 1);
	setenv("TCP2VSOCK_CONFIG", file, 1);
	table = load_environment(0);
	cr_assert(table);
	cr_expect_eq(map_count(table), 3);
	cr_expect_str_eq(ask(table, MAP_CONNECT, "1.1.1.1", 1), "vsock:2:1");
	cr_expect_str_eq(ask(table, MAP_CONNECT, "1.1.1.3", 1), "vsock:3:1");
	map_free(table);
}

Test(config_source, wrong_variable_is_no_table)
{
	setenv("TCP2VSOCK_MAP", "1.1.1.1:1=vsok:2:1", 1);
	cr_expect_null(load_environment(-1));
}

Test(config_source, loading_leaves_no_descriptor_open)
{
	struct messages messages;
	int before = dup(0), after;

	close(before);
	map_free(load_file(file, &messages));
	expect_refused("/", "not a regular file");
	after = dup(0);
	close(after);
	cr_expect_eq(before, after);
}

/* ---- ${NAME} -------------------------------------------------------------- */

Test(config_source, variables_of_a_file_are_the_environment_s)
{
	struct messages messages;
	struct map_table *table;

	setenv("T2V_CID", "7", 1);
	setenv("T2V_RULE", "timeout=5s", 1);
	write_file("# ${T2V_NONE}\n"
		   "1.1.1.1:1 = vsock:${T2V_CID}:${T2V_CID}${T2V_CID} # ${X\n"
		   "\n1.1.1.2:1 = vsock:3:$1 ${T2V_RULE}");
	cr_expect_null(load_file(file, &messages));
	cr_expect_str_eq(messages.text,
			 "error 4:21+2 bad vsock port \"$1\"\n= expected a "
			 "vsock port from 1 to 4294967294, a range, or *\n");
	write_file("# ${T2V_NONE}\n"
		   "1.1.1.1:1 = vsock:${T2V_CID}:${T2V_CID}${T2V_CID} # ${X\n"
		   "\nconnect 1.1.1.2:1 = vsock:3:1 ${T2V_RULE}");
	table = load_file(file, &messages);
	cr_assert(table, "%s", messages.text);
	cr_expect_str_eq(ask(table, MAP_CONNECT, "1.1.1.1", 1), "vsock:7:77");
	cr_expect_str_eq(map_expanded_source(table, 0),
			 "\n1.1.1.1:1 = vsock:7:77 \n"
			 "\nconnect 1.1.1.2:1 = vsock:3:1 timeout=5s\n");
	cr_expect_null(map_expanded_source(table, 1));
	map_free(table);
}

Test(config_source, files_without_variables_are_not_kept)
{
	struct messages messages;
	struct map_table *table;

	write_file("# $HOME and {HOME}\n1.1.1.1:1 = vsock:2:1\n");
	table = load_file(file, &messages);
	cr_assert(table, "%s", messages.text);
	cr_expect_null(map_expanded_source(table, 0));
	map_free(table);
}

/* One line and what is said of it: other lines' errors are said, too. */
static void expect_bad_variable(const char *line, const char *what)
{
	char text[200];
	struct messages messages;

	snprintf(text, sizeof(text), "\n%s\n1.1.1.1:1 = ${T2V_NONE}\n", line);
	write_file(text);
	cr_expect_null(load_file(file, &messages), "%s", line);
	cr_expect(strncmp(messages.text, what, strlen(what)) == 0, "%s: %s",
		  line, messages.text);
	cr_expect(strstr(messages.text,
			 "error 3:13+11 the environment has no "
			 "\"${T2V_NONE}\"\n= give it one where tcp2vsock is "
			 "started: T2V_NONE=VALUE tcp2vsock ..., or export "
			 "T2V_NONE\n"),
		  "%s: %s", line, messages.text);
}

Test(config_source, a_missing_value_hides_no_other_error)
{
	struct messages messages;

	write_file("1.1.1.1:1 = vsock:${T2V_NONE}:1\n1.1.1.1:1 = x\n"
		   "1.1.1.1:2 = vsock:3:2\n1.1.1.1:0 = direct\n");
	cr_expect_null(load_file(file, &messages));
	cr_expect(strstr(messages.text, "error 1:19+11 the environment "), "%s",
		  messages.text);
	cr_expect(strstr(messages.text, "error 2:13+1 unknown target"), "%s",
		  messages.text);
	cr_expect(strstr(messages.text, "error 4:9+1 bad port"), "%s",
		  messages.text);
}

Test(config_source, variables_have_to_be_a_part_of_a_word)
{
	static const char *const values[] = {"a b", "a\tb", "a\nb", "a;b",
					     "a#b", " ",    "a\177"};

	setenv("T2V_CID", "", 1);
	expect_bad_variable("1.1.1.1:1 = vsock:${T2V_CID}:1",
			    "error 2:19+10 empty is \"${T2V_CID}\"\n");
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		setenv("T2V_CID", values[i], 1);
		expect_bad_variable("1.1.1.1:1 = vsock:${T2V_CID}:1",
				    "error 2:19+10 no part of a word is the "
				    "value of \"${T2V_CID}\"\n");
	}
	/* Nothing in a value is a variable. */
	setenv("T2V_CID", "${T2V_NONE}", 1);
	write_file("1.1.1.1:1 = vsock:${T2V_CID}:1");
	cr_expect_null(load_file(file, &(struct messages){0}));
}

Test(config_source, variables_have_names)
{
	static const char *const names[] = {"${}",    "${1A}",	 "${A-B}",
					    "${A B}", "${A:-3}", "${ A}"};
	char wanted[100];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(wanted, sizeof(wanted),
			 "error 2:1+%zu bad name of a variable in \"%s\"\n",
			 strlen(names[i]), names[i]);
		expect_bad_variable(names[i], wanted);
	}
	expect_bad_variable("1.1.1.1:1 = ${A # }",
			    "error 2:13+4 no \"}\" in \"${A \"\n");
}
