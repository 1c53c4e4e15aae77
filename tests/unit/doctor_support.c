/* SPDX-License-Identifier: MIT */
#include "tests/unit/doctor_support.h"

#include <string.h>

#include <criterion/criterion.h>

struct doctor_facts good_facts(void)
{
	struct doctor_facts facts = {
		.release = "6.1.0-18-amd64",
		.machine = "x86_64",
		.sees_sys = true,
		.has_device = true,
		.has_driver = true,
		.is_vm = true,
		.device_mode = 0100644,
		.cid = 5,
		.low_ports = true,
		.uring_error = -38,
		.preload = "",
		.library = {.path = "/usr/lib/tcp2vsock/libtcp2vsock.so",
			    .version = "1.2.3"},
	};

	for (int i = 0; i < N_MODULES; i++)
		facts.modules[i] = MODULE_LOADED;
	facts.modules[MODULE_HYPERV] = MODULE_MISSING;
	return facts;
}

const char *findings(const struct doctor_report *report, const char *topic)
{
	static char text[8192];
	FILE *to = fmemopen(text, sizeof(text), "w");

	for (size_t i = 0; i < report->count; i++) {
		const struct finding *f = &report->list[i];

		if (strcmp(f->topic, topic) != 0)
			continue;
		fprintf(to, "%s: %s", level_name(f->level), f->what);
		fprintf(to, f->remedy ? " -> %s\n" : "\n", f->remedy);
	}
	putc('\0', to);
	fclose(to);
	return text;
}

struct map_table *doctor_table(const char *text)
{
	struct map_source source = {"-m", text, strlen(text)};
	int fd = 2;
	struct map_table *table = map_load(&source, 1, map_report_to_fd, &fd);

	cr_assert(table, "%s", text);
	return table;
}
