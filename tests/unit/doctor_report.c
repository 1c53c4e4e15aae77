/* SPDX-License-Identifier: MIT */
/* The two forms of --doctor's report. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "tests/unit/doctor_support.h"
#include "vsock/vm_sockets.h"

TestSuite(doctor_report, .timeout = 20);

static char *json_of(const struct doctor_report *report,
		     const struct doctor_facts *facts,
		     const struct map_table *table)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	report_print_json(report, facts, table, to);
	fclose(to);
	return text;
}

static void expect_string(const char *text, const char *json)
{
	struct doctor_facts facts = good_facts();
	struct doctor_report report = {0};
	char wanted[128], *got;

	report_add(&report, LEVEL_OK, "x", ABOUT_MACHINE, "%s", text);
	got = json_of(&report, &facts, NULL);
	snprintf(wanted, sizeof(wanted), "\"what\": \"%s\", \"remedy\": null",
		 json);
	cr_expect(strstr(got, wanted), "%s: %s", wanted, got);
	free(got);
	report_free(&report);
}

Test(doctor_report, json_strings)
{
	expect_string("plain", "plain");
	expect_string("a\"b\\c/d", "a\\\"b\\\\c/d");
	expect_string("\n\t\x01\x1f\x7f",
		      "\\u000a\\u0009\\u0001\\u001f\\u007f");
	expect_string("\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7",
		      "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7");
	/* Cut short, overlong, a surrogate, beyond U+10FFFF, a stray byte. */
	expect_string("\xc3", "\\ufffd");
	expect_string("\xe2\x82", "\\ufffd\\ufffd");
	expect_string("\xc0\xaf", "\\ufffd\\ufffd");
	expect_string("\xe0\x80\x80", "\\ufffd\\ufffd\\ufffd");
	expect_string("\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd");
	expect_string("\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd");
	expect_string("\xff!", "\\ufffd!");
}

static void expect_in_json(const struct doctor_facts *facts, const char *text)
{
	struct doctor_report report = {0};
	char *got = json_of(&report, facts, NULL);

	cr_expect(strstr(got, text), "%s: %s", text, got);
	free(got);
}

Test(doctor_report, json_facts)
{
	struct doctor_facts facts = good_facts();

	expect_in_json(&facts, "\"cid\": 5,");
	expect_in_json(&facts, "\"socket_error\": null,");
	expect_in_json(&facts, "\"container\": null,");
	expect_in_json(&facts, "\"loopback\": true, \"guest\": true, \"host\": "
			       "true}");
	expect_in_json(&facts, "\"hv_sock\": \"missing\"}");
	facts.cid = VMADDR_CID_ANY;
	facts.socket_error = -EPERM;
	facts.seccomp = -1;
	strcpy(facts.container, "docker");
	expect_in_json(&facts, "\"cid\": null,");
	expect_in_json(&facts, "\"seccomp\": null, \"socket_error\": "
			       "\"EPERM\",");
	expect_in_json(&facts, "\"container\": \"docker\",");
	facts.socket_error = -ELOOP;
	expect_in_json(&facts, "\"socket_error\": \"ELOOP\",");
	expect_in_json(&facts, "\"guest\": false");
}

Test(doctor_report, json_tells_what_hinders)
{
	struct doctor_facts facts = good_facts();
	struct map_table *table = doctor_table("connect *:1 = vsock:2:1");
	struct doctor_report report = {0};
	char *got;

	report_add(&report, LEVEL_NOTE, "x", ABOUT_MACHINE, "y");
	got = json_of(&report, &facts, table);
	cr_expect(strstr(got, "\"usable\": true"));
	cr_expect_null(strstr(got, "\"rule\""));
	free(got);
	report_add(&report, LEVEL_PROBLEM, "x", 0, "y");
	report_remedy(&report, "do %s", "this");
	got = json_of(&report, &facts, table);
	cr_expect(strstr(got, "\"usable\": false"));
	cr_expect(strstr(got, "\"rule\": {\"source\": \"-m\", \"line\": 1, "
			      "\"text\": \"connect *:1 = vsock:2:1\"}"));
	cr_expect(strstr(got, "\"remedy\": \"do this\"}"));
	free(got);
	report_free(&report);
	map_free(table);
}

Test(doctor_report, text_fits_a_screen)
{
	static const char wanted[] =
		"problem  x          one two three four five six seven eight "
		"nine ten eleven\n"
		"                    twelve\n"
		"                    -> "
		"/a/path/that/is/longer/than/a/line/of/the/screen/can/ever/be\n"
		"                       remedy\n"
		"\n1 problem above: ";
	struct doctor_report report = {0};
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	report_add(&report, LEVEL_PROBLEM, "x", ABOUT_MACHINE,
		   "one two three four five six seven eight nine ten eleven "
		   "twelve");
	report_remedy(&report, "/a/path/that/is/longer/than/a/line/of/the/"
			       "screen/can/ever/be remedy");
	report_print(&report, NULL, to);
	fclose(to);
	cr_expect(strncmp(text, wanted, strlen(wanted)) == 0, "%s", text);
	free(text);
	report_free(&report);
}

Test(doctor_report, many_findings)
{
	struct doctor_report report = {0};

	for (int i = 0; i < 1000; i++)
		report_add(&report, LEVEL_OK, "x", ABOUT_MACHINE, "%d", i);
	cr_assert_eq(report.count, 1000);
	cr_expect_str_eq(report.list[999].what, "999");
	report_free(&report);
}
