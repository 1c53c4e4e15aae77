/* SPDX-License-Identifier: MIT */
/* What rules may look like, and their normal form. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "tests/unit/config_support.h"

TestSuite(config_grammar, .timeout = 20);

/* { as written, in normal form }; NULL: already in it */
static const char *const spellings[][2] = {
	{"connect 10.0.0.5:5432=vsock:host:5432",
	 "connect 10.0.0.5:5432 = vsock:2:5432"},
	{"\tlisten\t*:8080\t=\tvsock:any:8080\tbuffer=4M\t",
	 "listen *:8080 = vsock:any:8080 buffer=4M"},
	{"listen *:80 = vsock::80", "listen *:80 = vsock:any:80"},
	{"listen *:80 = vsock://:80", "listen *:80 = vsock:any:80"},
	{"listen *:80 = vsock:4294967295:80", "listen *:80 = vsock:any:80"},
	{"1.2.3.4:80 = vsock:hypervisor:80", "1.2.3.4:80 = vsock:0:80"},
	{"1.2.3.4:80 = vsock:local:80", "1.2.3.4:80 = vsock:1:80"},
	{"1.2.3.4:80 = vsock:parent:80", "1.2.3.4:80 = vsock:3:80"},
	{"1.2.3.4:80 = vsock://3:80", "1.2.3.4:80 = vsock:3:80"},
	{"1.2.3.4:80 = vsock:4294967294:4294967294", NULL},
	{"1.2.3.4:80 = hvsock:///run/v.sock:5",
	 "1.2.3.4:80 = hvsock:/run/v.sock:5"},
	{"1.2.3.4:80 = hvsock:/run/a:b.sock:5", NULL},
	{"1.2.3.4:80 = unix:///run/v.sock", "1.2.3.4:80 = unix:/run/v.sock"},
	{"1.2.3.4:80 = unix:/run/a:b.sock", NULL},
	{"1.2.3.4:80 = unix:@name", NULL},
	{"connect *:* = unix:/run/%p/%%p.sock timeout=1s buffer=4K", NULL},
	{"127.0.0.1:* = vsock:1:*", NULL},
	{"127.0.0.1:* = vsock:1:1-65535", "127.0.0.1:* = vsock:1:*"},
	{"127.0.0.1:* = vsock:1:100001-165535", NULL},
	{"127.0.0.1:1-65535 = vsock:1:*",
	 "127.0.0.1:1-65535 = vsock:1:1-65535"},
	{"127.0.0.1:80 = vsock:1:*", "127.0.0.1:80 = vsock:1:80"},
	{"127.0.0.1:80-80 = vsock:1:5-5", "127.0.0.1:80 = vsock:1:5"},
	{"10.1.0.0/16:8000-8999 = vsock:16:18000-18999", NULL},
	{"10.1.0.1/32:80 = direct", "10.1.0.1:80 = direct"},
	{"0.0.0.0/0:80 = direct", NULL},
	{"[::]/0:80 = refuse", NULL},
	{"[FD00:0::5]:80 = refuse", "[fd00::5]:80 = refuse"},
	{"[fd00::]/8:80 = refuse", NULL},
	{"[::ffff:10.0.0.5]:80 = refuse", "10.0.0.5:80 = refuse"},
	{"[::ffff:10.0.0.0]/104:80 = refuse", "10.0.0.0/8:80 = refuse"},
	{"DB.Internal.:80 = refuse", "db.internal:80 = refuse"},
	{"*.Internal:80 = refuse", "*.internal:80 = refuse"},
	{"xn--bcher-kva.example:80 = refuse", NULL},
	{"b\303\274cher.example:80 = refuse", NULL},
	{"_srv.my_host:80 = refuse", NULL},
	{"localhost.example:80 = refuse", NULL},
	{"app.localhost:80 = refuse", NULL},
	{"0xyz:80 = refuse", NULL},
	{"3com.example:80 = refuse", NULL},
	{"connect db.internal:* = direct", NULL},
	{"*.db.internal:* = direct", NULL},
	{"*:* = refuse", NULL},
	{"1.1.1.1:1 = vsock:2:1 timeout=1000ms",
	 "1.1.1.1:1 = vsock:2:1 timeout=1s"},
	{"1.1.1.1:1 = vsock:2:1 timeout=90s", NULL},
	{"1.1.1.1:1 = vsock:2:1 timeout=120s",
	 "1.1.1.1:1 = vsock:2:1 timeout=2m"},
	{"1.1.1.1:1 = vsock:2:1 timeout=1193h", NULL},
	{"1.1.1.1:1 = vsock:2:1 timeout=4294967295ms", NULL},
	{"1.1.1.1:1 = vsock:2:1 buffer=65536",
	 "1.1.1.1:1 = vsock:2:1 buffer=64K"},
	{"1.1.1.1:1 = vsock:2:1 buffer=4294967295", NULL},
	{"1.1.1.1:1 = vsock:2:1 buffer=3G timeout=1s",
	 "1.1.1.1:1 = vsock:2:1 timeout=1s buffer=3G"},
	{"connect unix:/run/docker.sock = vsock:2:2375", NULL},
	{"listen unix:@/tmp/.X11-unix/X0 = vsock:any:6000 buffer=1M", NULL},
	{"connect unix:///var/run/docker.sock = vsock:host:2375",
	 "connect unix:/run/docker.sock = vsock:2:2375"},
	{"connect unix:/tmp/./a//b/../c.sock/ = hvsock:/run/v.sock:5",
	 "connect unix:/tmp/a/c.sock = hvsock:/run/v.sock:5"},
	{"connect unix:/../a:b,c*.sock = refuse",
	 "connect unix:/a:b,c*.sock = refuse"},
	{"connect unix:/var/runner.sock = direct", NULL},
	{"peer vsock:3 = 10.0.0.3", NULL},
	{"peer vsock:local = 127.0.0.1", "peer vsock:1 = 127.0.0.1"},
	{"peer vsock://3 = [fd00::3]", "peer vsock:3 = fd00::3"},
	{"peer vsock:parent = fd00::3", "peer vsock:3 = fd00::3"},
	{"peer vsock:host=fd00::3", "peer vsock:2 = fd00::3"},
};

Test(config_grammar, every_spelling_has_its_normal_form)
{
	for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++) {
		const char *text = spellings[i][0];
		const char *normal = spellings[i][1] ? spellings[i][1] : text;
		struct map_table *table = load_good(text);
		char rule[300];
		int n = map_format_rule(table, 0, rule, sizeof(rule));

		cr_assert_eq(map_count(table), 1);
		cr_expect_str_eq(rule, normal, "%s: %s", text, rule);
		cr_expect_eq((size_t)n, strlen(normal));
		map_free(table);
	}
}

Test(config_grammar, localhost_is_two_addresses)
{
	struct map_table *table =
		load_good("connect LocalHost.:80-81 = vsock:3:80-81; "
			  "localhost:9 = direct");
	char *text = format_table(table);

	cr_expect_str_eq(text, "connect 127.0.0.1:80-81 = vsock:3:80-81\n"
			       "connect [::1]:80-81 = vsock:3:80-81\n"
			       "127.0.0.1:9 = direct\n"
			       "[::1]:9 = direct\n");
	free(text);
	map_free(table);
}

Test(config_grammar, normal_form_is_cut_as_snprintf_cuts)
{
	struct map_table *table = load_good("1.2.3.4:80 = vsock:3:80");
	char rule[8] = "unused";

	cr_expect_eq(map_format_rule(table, 0, NULL, 0), 23);
	cr_expect_eq(map_format_rule(table, 0, rule, sizeof(rule)), 23);
	cr_expect_str_eq(rule, "1.2.3.4");
	map_free(table);
}

static void expect_count(const char *text, size_t count)
{
	struct map_table *table = load_good(text);

	cr_expect_eq(map_count(table), count, "%s", text);
	map_free(table);
}

Test(config_grammar, rules_end_with_newlines_and_semicolons)
{
	expect_count("", 0);
	expect_count("\n\n;;\n ; \t;\r\n", 0);
	expect_count("# nothing", 0);
	expect_count("#nothing; 1.1.1.1:1 = refuse", 0);
	expect_count("1.1.1.1:1 = refuse#; 1.1.1.2:1 = refuse", 1);
	expect_count("1.1.1.1:1 = refuse # why\n1.1.1.2:1 = refuse", 2);
	expect_count("1.1.1.1:1 = refuse\r\n1.1.1.2:1 = refuse\r\n", 2);
	expect_count("1.1.1.1:1 = refuse\r", 1);
	expect_count("1.1.1.1:1 = refuse;1.1.1.2:1 = refuse;", 2);
	expect_count("\357\273\2771.1.1.1:1 = refuse", 1);
}

Test(config_grammar, hybrid_path_may_fill_a_unix_address)
{
	char text[200], path[110];
	struct map_table *table;

	/* With "_80" and the NUL: all 108 bytes. */
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[104] = '\0';
	snprintf(text, sizeof(text), "1.1.1.1:80 = hvsock:%s:80", path);
	table = load_good(text);
	map_free(table);
	snprintf(text, sizeof(text), "1.1.1.1:80 = hvsock:%s:800", path);
	cr_expect_null(load_text(text, NULL));
}

/* 107 bytes with a port of five digits, which is what the rule may need. */
Test(config_grammar, unix_path_has_room_for_the_longest_port)
{
	char text[200], path[110];
	struct map_table *table;

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	snprintf(path + 102, sizeof(path) - 102, "%%p");
	snprintf(text, sizeof(text), "*:1-65535 = unix:%s", path);
	table = load_good(text);
	cr_expect_eq(strlen(ask(table, MAP_CONNECT, "10.0.0.5", 65535)),
		     strlen("unix:") + 107);
	map_free(table);
	snprintf(text, sizeof(text), "*:1-65535 = unix:%s%%p", path);
	cr_expect_null(load_text(text, NULL));
}

Test(config_grammar, example_table_loads)
{
	struct messages messages = {0};
	const char *srcdir = getenv("srcdir");
	char name[4096], text[8192];
	struct map_source source = {name, text, 0};
	struct map_table *table;
	FILE *file;

	snprintf(name, sizeof(name), "%s/doc/example.conf",
		 srcdir ? srcdir : ".");
	file = fopen(name, "r"); /* the tree may be anybody's */
	cr_assert(file, "%s", name);
	source.size = fread(text, 1, sizeof(text), file);
	fclose(file);
	table = map_load(&source, 1, collect, &messages);
	cr_assert(table, "%s", messages.text);
	cr_expect_str_empty(messages.text);
	cr_expect(map_count(table) >= 9);
	map_free(table);
}

/* A list of ports is a rule for each part of it. */
static void expect_rules(const char *text, const char *wanted)
{
	struct map_table *table = load_good(text);
	char *got = format_table(table);

	cr_expect_str_eq(got, wanted, "%s", text);
	free(got);
	map_free(table);
}

Test(config_grammar, lists_of_ports_are_several_rules)
{
	expect_rules("connect db.x:80,443,8000-8999 = vsock:parent:* buffer=4M",
		     "connect db.x:80 = vsock:3:80 buffer=4M\n"
		     "connect db.x:443 = vsock:3:443 buffer=4M\n"
		     "connect db.x:8000-8999 = vsock:3:8000-8999 buffer=4M\n");
	expect_rules("[fd00::1]:1,2 = hvsock:/a:*",
		     "[fd00::1]:1 = hvsock:/a:1\n[fd00::1]:2 = hvsock:/a:2\n");
	expect_rules("connect 10.0.0.5:80,90-99 = unix:/v_%p",
		     "connect 10.0.0.5:80 = unix:/v_%p\n"
		     "connect 10.0.0.5:90-99 = unix:/v_%p\n");
	expect_rules("localhost:1,2 = refuse",
		     "127.0.0.1:1 = refuse\n[::1]:1 = refuse\n"
		     "127.0.0.1:2 = refuse\n[::1]:2 = refuse\n");
	/* Some of it matches. */
	expect_rules("*:1 = refuse; 10.0.0.1:2,1,2 = direct",
		     "*:1 = refuse\n10.0.0.1:2 = direct\n"
		     "10.0.0.1:1 = direct\n10.0.0.1:2 = direct\n");
}
