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
