/* SPDX-License-Identifier: MIT */
/*
 * The report for programs: one object. Names are only ever added to it.
 * A path may hold any byte and JSON only UTF-8: what is none becomes U+FFFD.
 */
#include "launcher/doctor/doctor_report.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "launcher/doctor/doctor_judge.h"
#include "redirect/kernel/errors.h"
#include "vsock/vm_sockets.h"

/* ---- Strings ----------------------------------------------------------- */

/*
 * The length of the well-formed sequence at s, or 0: table 3-7 of the Unicode
 * standard.
 */
static size_t utf8_length(const unsigned char *s)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (*s < 0x80)
		return 1;
	if (*s < 0xc2 || *s > 0xf4)
		return 0;
	n = *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4;
	if (*s == 0xe0)
		low = 0xa0;
	else if (*s == 0xf0)
		low = 0x90;
	else if (*s == 0xed)
		high = 0x9f;
	else if (*s == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static const unsigned char *put_character(const unsigned char *s, FILE *to)
{
	size_t n = utf8_length(s);

	if (n == 0) {
		fputs("\\ufffd", to);
		return s + 1;
	}
	if (*s == '"' || *s == '\\')
		fprintf(to, "\\%c", *s);
	else if (*s < 0x20 || *s == 0x7f)
		fprintf(to, "\\u%04x", *s);
	else
		fwrite(s, 1, n, to);
	return s + n;
}

static void put_string(const char *text, FILE *to)
{
	const unsigned char *s = (const unsigned char *)text;

	if (!text) {
		fputs("null", to);
		return;
	}
	putc('"', to);
	while (*s)
		s = put_character(s, to);
	putc('"', to);
}

/* "name": of a member that is not the first. */
static void put_name(const char *name, FILE *to)
{
	fprintf(to, ", \"%s\": ", name);
}

static void put_member(const char *name, const char *text, FILE *to)
{
	put_name(name, to);
	put_string(text, to);
}

static void put_bool(const char *name, bool value, FILE *to)
{
	put_name(name, to);
	fputs(value ? "true" : "false", to);
}

/* The name of an errno; null for none. */
static void put_error(const char *name, int error, FILE *to)
{
	put_member(name, error ? errors_name(-error) : NULL, to);
}

/* ---- Facts -------------------------------------------------------------- */

static void put_modules(const struct doctor_facts *facts, FILE *to)
{
	static const char *const states[] = {"unknown", "missing", "available",
					     "loaded", "built-in"};

	put_name("modules", to);
	for (int i = 0; i < N_MODULES; i++)
		fprintf(to, "%s\"%s\": \"%s\"", i ? ", " : "{",
			doctor_module_name((enum module)i),
			states[facts->modules[i]]);
	putc('}', to);
}

static void put_transports(const struct doctor_facts *facts, FILE *to)
{
	struct transports ways = doctor_transports(facts);

	put_name("transports", to);
	fprintf(to, "{\"loopback\": %s, \"guest\": %s, \"host\": %s}",
		ways.loopback ? "true" : "false", ways.guest ? "true" : "false",
		ways.host ? "true" : "false");
}

static void put_cid(const struct doctor_facts *facts, FILE *to)
{
	put_name("cid", to);
	if (facts->cid_error || facts->cid == VMADDR_CID_ANY)
		fputs("null", to);
	else
		fprintf(to, "%u", facts->cid);
}

static void put_library(const struct doctor_facts *facts, FILE *to)
{
	const char *version = facts->library.version;

	put_name("library", to);
	fputs("{\"path\": ", to);
	put_string(facts->library.path, to);
	put_member("version", *version ? version : NULL, to);
	put_bool("usable", !facts->fault.what[0], to);
	put_bool("public", !facts->lacks, to);
	putc('}', to);
}

static void put_facts(const struct doctor_facts *facts, FILE *to)
{
	fputs("{\"kernel\": ", to);
	put_string(facts->release, to);
	put_member("machine", facts->machine, to);
	put_bool("virtual_machine", facts->is_vm, to);
	put_member("container", facts->container[0] ? facts->container : NULL,
		   to);
	put_name("seccomp", to);
	if (facts->seccomp < 0)
		fputs("null", to);
	else
		fprintf(to, "%d", facts->seccomp);
	put_error("socket_error", facts->socket_error, to);
	put_error("device_error", facts->device_error, to);
	put_cid(facts, to);
	put_transports(facts, to);
	put_modules(facts, to);
	put_bool("low_ports", facts->low_ports, to);
	put_bool("io_uring", facts->uring_error == 0, to);
	put_error("supervise_error", facts->door_error, to);
	put_library(facts, to);
	put_member("preload", facts->preload, to);
	putc('}', to);
}

/* ---- Findings ------------------------------------------------------------ */

static void put_rule(const struct map_table *table, size_t i, FILE *to)
{
	char *text = map_rule_text(table, i);
	struct map_rule rule;

	map_get_rule(table, i, &rule);
	put_name("rule", to);
	fputs("{\"source\": ", to);
	put_string(rule.source, to);
	fprintf(to, ", \"line\": %u", rule.line);
	put_member("text", text, to);
	putc('}', to);
	free(text);
}

static void put_finding(const struct finding *finding,
			const struct map_table *table, FILE *to)
{
	fprintf(to, "{\"level\": \"%s\"", level_name(finding->level));
	put_member("topic", finding->topic, to);
	if (finding->rule != ABOUT_MACHINE)
		put_rule(table, finding->rule, to);
	put_member("what", finding->what, to);
	put_member("remedy", finding->remedy, to);
	putc('}', to);
}

void report_print_json(const struct doctor_report *report,
		       const struct doctor_facts *facts,
		       const struct map_table *table, FILE *to)
{
	bool usable = report_count(report, LEVEL_PROBLEM) == 0;

	fprintf(to, "{\"version\": \"%s\"", PACKAGE_VERSION);
	put_bool("usable", usable, to);
	fputs(",\n \"facts\": ", to);
	put_facts(facts, to);
	fputs(",\n \"findings\": [", to);
	for (size_t i = 0; i < report->count; i++) {
		fputs(i ? ",\n  " : "\n  ", to);
		put_finding(&report->list[i], table, to);
	}
	fputs("]}\n", to);
}
