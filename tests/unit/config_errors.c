/* SPDX-License-Identifier: MIT */
/* Wrong tables: what is said, and that all of it is said. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "tests/unit/config_support.h"

TestSuite(config_errors, .timeout = 20);

static FILE *open_rules(void)
{
	const char *srcdir = getenv("srcdir");
	char name[4096];
	FILE *in;

	snprintf(name, sizeof(name), "%s/tests/unit/wrong-rules.txt",
		 srcdir ? srcdir : ".");
	in = fopen(name, "r");
	cr_assert(in, "%s", name);
	return in;
}

/* The lines up to an empty one. */
static void read_block(FILE *in, char *block, size_t size)
{
	char line[1024];
	size_t used = 0;

	while (fgets(line, sizeof(line), in) && line[0] != '\n')
		used += snprintf(block + used, size - used, "%s", line);
}

Test(config_errors, every_wrong_rule_has_its_message)
{
	FILE *in = open_rules();
	char rule[1024], wanted[2048];
	int n = 0;

	while (fgets(rule, sizeof(rule), in)) {
		struct messages messages;

		if (rule[0] != '>')
			continue;
		rule[strcspn(rule, "\n")] = '\0';
		read_block(in, wanted, sizeof(wanted));
		cr_expect_null(load_text(rule + 2, &messages), "%s", rule);
		cr_expect_str_eq(messages.text, wanted,
				 "%s\ngot:\n%swanted:\n%s", rule, messages.text,
				 wanted);
		n++;
	}
	fclose(in);
	cr_assert_gt(n, 30);
}

static void expect_messages(const char *text, bool loads, const char *wanted)
{
	struct messages messages;
	struct map_table *table = load_text(text, &messages);

	cr_expect_eq(table != NULL, loads, "%s", text);
	cr_expect_str_eq(messages.text, wanted, "%s\ngot:\n%swanted:\n%s", text,
			 messages.text, wanted);
	map_free(table);
}

Test(config_errors, only_files_have_variables)
{
	static const char remedy[] =
		"= ${NAME} is for files of rules; elsewhere the shell puts "
		"values in: quote the rule with \"\"\n";
	char wanted[400];

	snprintf(wanted, sizeof(wanted),
		 "error 1:9+7 no value is put in for \"${HOST}\"\n%s"
		 "error 2:34+4 no value is put in for \"${X}\"\n%s",
		 remedy, remedy);
	expect_messages("connect ${HOST}:80 = vsock:3:80\n"
			"connect 1.1.1.1:80 = hvsock:/run/${X}:1",
			false, wanted);
}

Test(config_errors, all_errors_are_reported_each_at_its_place)
{
	expect_messages(
		"a:1=x; b:1=direct # c\n\n  b:2=y;b:3=z\r\n", false,
		"error 1:5+1 unknown target \"x\"\n"
		"= expected vsock:CID:PORT, hvsock:PATH:PORT, unix:PATH, "
		"direct or refuse\n"
		"error 1:12+6 a host name can't be in part "
		"\"direct\"\n"
		"= a name is looked up before the port is known: write "
		"connect NAME:* = direct\n"
		"error 3:7+1 unknown target \"y\"\n"
		"= expected vsock:CID:PORT, hvsock:PATH:PORT, unix:PATH, "
		"direct or refuse\n"
		"error 3:13+1 unknown target \"z\"\n"
		"= expected vsock:CID:PORT, hvsock:PATH:PORT, unix:PATH, "
		"direct or refuse\n");
}

static void expect_covered(const char *first, const char *second, bool covered)
{
	struct messages messages;
	char text[400];
	struct map_table *table;

	snprintf(text, sizeof(text), "%s\n%s", first, second);
	table = load_text(text, &messages);
	cr_assert(table, "%s: %s", text, messages.text);
	cr_expect_eq(strstr(messages.text, "never matches") != NULL, covered,
		     "%s: %s", text, messages.text);
	map_free(table);
}

Test(config_errors, covered_rules_are_warned_of)
{
	static const char *const pairs[][2] = {
		{"1.1.1.1:1 = refuse", "1.1.1.1:1 = direct"},
		{"1.1.1.1:1 = refuse", "connect 1.1.1.1:1 = direct"},
		{"connect 1.1.1.1:1 = refuse", "connect 1.1.1.1:1 = direct"},
		{"1.1.1.0/24:1 = refuse", "1.1.1.1:1 = direct"},
		{"1.1.1.0/24:1-9 = refuse", "1.1.1.1:9 = direct"},
		{"1.1.1.0/24:1-9 = refuse", "1.1.1.128/25:2-3 = direct"},
		{"*:1-9 = refuse", "[fd00::1]:1-9 = direct"},
		{"*:1 = refuse", "*:1 = direct"},
		{"*:* = refuse", "connect *:* = direct"},
		{"*:* = refuse", "*:1-65535 = direct"},
		{"[fd00::]/8:1 = refuse", "[fd00::1]:1 = direct"},
		{"a.b:1 = refuse", "A.B.:1 = vsock:2:1"},
		{"*.b:1-5 = refuse", "a.b:5 = vsock:2:1"},
		{"*.b:1 = refuse", "*.a.b:1 = vsock:2:1"},
		{"*:1 = refuse", "a.b:1 = vsock:2:1"},
		{"*:1 = refuse", "localhost:1 = direct"},
		{"127.0.0.1:1 = refuse; [::1]:1 = refuse",
		 "localhost:1 = direct"},
		{"localhost:1 = refuse", "127.0.0.1:1 = direct"},
		{"peer vsock:3 = 10.0.0.3", "peer vsock:3 = 10.0.0.4"},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		expect_covered(pairs[i][0], pairs[i][1], true);
}

Test(config_errors, rules_that_can_match_are_not_warned_of)
{
	static const char *const pairs[][2] = {
		{"connect 1.1.1.1:1 = refuse", "listen 1.1.1.1:1 = direct"},
		{"connect 1.1.1.1:1 = refuse", "1.1.1.1:1 = direct"},
		{"1.1.1.1:1 = refuse", "1.1.1.0/24:1 = direct"},
		{"1.1.1.0/24:1-9 = refuse", "1.1.1.1:9-10 = direct"},
		{"1.1.1.1:1 = refuse", "*:1 = direct"},
		{"0.0.0.0/0:1 = refuse", "[fd00::1]:1 = direct"},
		{"[::]/0:1 = refuse", "1.1.1.1:1 = direct"},
		{"[::]/0:1 = refuse; 0.0.0.0/0:1 = refuse", "*:1 = direct"},
		{"1.1.1.1:1-65535 = refuse", "1.1.1.1:* = direct"},
		{"1.1.1.1:1-5=refuse;1.1.1.1:7-9=refuse", "1.1.1.1:1-9=direct"},
		{"connect *:1=refuse", "*:1=direct"},
		{"*.b:1 = refuse", "b:1 = vsock:2:1"},
		{"a.b:1 = refuse", "*.b:1 = vsock:2:1"},
		{"127.0.0.0/8:* = refuse", "localhost:1 = direct"},
		{"[::1]:1 = refuse", "localhost:1 = direct"},
		{"peer vsock:3 = 10.0.0.3", "peer vsock:3 = fd00::3"},
		{"peer vsock:3 = 10.0.0.3", "peer vsock:4 = 10.0.0.3"},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		expect_covered(pairs[i][0], pairs[i][1], false);
}

Test(config_errors, a_covered_localhost_is_one_warning)
{
	expect_messages("*:* = direct\nlocalhost:1=refuse", true,
			"warning 2:1+18 this rule never matches: "
			"\"localhost:1=refuse\"\n"
			"= the rule at -m:1:1 covers it: the first rule that "
			"matches wins\n");
}

Test(config_errors, covering_rule_is_named)
{
	expect_messages("listen *:* = direct;1.1.1.1:1=refuse\n"
			"connect 1.1.1.1:1=direct",
			true,
			"warning 2:1+24 this rule never matches: "
			"\"connect 1.1.1.1:1=direct\"\n"
			"= the rule at -m:1:21 covers it: the first rule that "
			"matches wins\n");
}

Test(config_errors, a_covered_list_is_one_warning)
{
	expect_messages("*:1-5 = direct\n10.0.0.1:2,5,3-4 = refuse", true,
			"warning 2:1+25 this rule never matches: "
			"\"10.0.0.1:2,5,3-4 = refuse\"\n"
			"= the rule at -m:1:1 covers it: the first rule that "
			"matches wins\n");
}

Test(config_errors, several_rules_cover_together)
{
	expect_messages("*:9=direct;a.b:1-5=refuse; a.b:6-9=refuse\n"
			"connect a.b:2-8=refuse",
			true,
			"warning 2:1+22 this rule never matches: "
			"\"connect a.b:2-8=refuse\"\n"
			"= the rule at -m:1:12 and others after it cover it: "
			"the first rule that matches wins\n");
	expect_messages("connect *:1=refuse;listen *:1=direct\n*:1=refuse",
			true,
			"warning 2:1+10 this rule never matches: "
			"\"*:1=refuse\"\n"
			"= the rule at -m:1:1 and others after it cover it: "
			"the first rule that matches wins\n");
}

Test(config_errors, late_direct_rule_of_a_name_is_an_error)
{
	expect_messages("a.b:1 = vsock:2:1\nconnect a.b:* = direct", false,
			"error 2:1+22 direct comes too late for this host "
			"name: \"connect a.b:* = direct\"\n"
			"= the name is looked up before the port is known: let "
			"this rule stand before that of -m:1, or leave it "
			"out\n");
}

Test(config_errors, address_beyond_its_prefix_is_warned_of)
{
	struct messages messages;
	struct map_table *table =
		load_text("10.1.2.3/16:80 = refuse", &messages);

	cr_assert(table);
	cr_expect_str_eq(messages.text,
			 "warning 1:1+11 the address has bits beyond its "
			 "prefix: \"10.1.2.3/16\"\n"
			 "= it is read as 10.1.0.0/16\n");
	cr_expect_str_eq(ask(table, MAP_CONNECT, "10.1.9.9", 80), "refuse");
	map_free(table);
}

/* ---- As people read it ------------------------------------------------ */

/* Loads text, and compares what map_report_to_fd() writes about it. */
static void expect_report(const char *text, size_t size, const char *wanted)
{
	struct map_source source = {"TCP2VSOCK_MAP", text, size};
	char got[4096];
	int fds[2];
	ssize_t n;

	cr_assert_eq(pipe(fds), 0);
	map_free(map_load(&source, 1, map_report_to_fd, &fds[1]));
	close(fds[1]);
	n = read(fds[0], got, sizeof(got) - 1);
	close(fds[0]);
	cr_assert_geq(n, 0);
	got[n] = '\0';
	cr_expect_str_eq(got, wanted, "got:\n%swanted:\n%s", got, wanted);
}

Test(config_errors, report_shows_the_place)
{
	static const char text[] = "connect 10.0.0.5:5432=vsok:2:5432";

	expect_report(text, strlen(text),
		      "TCP2VSOCK_MAP:1:23: unknown target \"vsok:2:5432\"\n"
		      "  connect 10.0.0.5:5432=vsok:2:5432\n"
		      "                        ^~~~~~~~~~~\n"
		      "  expected vsock:CID:PORT, hvsock:PATH:PORT, unix:PATH, "
		      "direct or "
		      "refuse\n");
}

Test(config_errors, report_escapes_and_stays_aligned)
{
	static const char text[] = "\t\303\274\033[2J.x:1 = \0y\001 # \033";

	expect_report(text, sizeof(text) - 1,
		      "TCP2VSOCK_MAP:1:2: bad host name "
		      "\"\303\274\\x1b[2J.x\"\n"
		      "  \t\303\274\\x1b[2J.x:1 = ?y\\x01 # \\x1b\n"
		      "  \t^~~~~~~~~~\n"
		      "  expected labels of 1 to 63 letters, digits, \"-\" or "
		      "\"_\" with dots between, 253 in all; \"*\" only stands "
		      "alone or as \"*.\" in front\n");
}

Test(config_errors, report_escapes_nul_bytes)
{
	static const char text[] = "1.1.1.1:1 = a\0b";

	expect_report(text, sizeof(text) - 1,
		      "TCP2VSOCK_MAP:1:13: unknown target \"a\\x00b\"\n"
		      "  1.1.1.1:1 = a?b\n"
		      "              ^~~\n"
		      "  expected vsock:CID:PORT, hvsock:PATH:PORT, unix:PATH, "
		      "direct or "
		      "refuse\n");
}

Test(config_errors, report_shows_a_part_of_a_long_line)
{
	char text[1500] = "", wanted[1500];
	struct map_source source = {"-m", text, 0};
	char got[4096];
	int fds[2];
	ssize_t n;

	memset(text, ' ', 1000);
	strcpy(text + 1000, "1.1.1.1:1 = wrong");
	source.size = strlen(text);
	cr_assert_eq(pipe(fds), 0);
	map_free(map_load(&source, 1, map_report_to_fd, &fds[1]));
	close(fds[1]);
	n = read(fds[0], got, sizeof(got) - 1);
	close(fds[0]);
	got[n > 0 ? n : 0] = '\0';
	/* 50 columns before the place, and the place. */
	snprintf(wanted, sizeof(wanted),
		 "-m:1:1013: unknown target \"wrong\"\n"
		 "  ...%38s1.1.1.1:1 = wrong\n     %50s^~~~~\n"
		 "  expected vsock:CID:PORT, hvsock:PATH:PORT, unix:PATH, "
		 "direct or "
		 "refuse\n",
		 "", "");
	cr_expect_str_eq(got, wanted, "got:\n%swanted:\n%s", got, wanted);
}
