/* SPDX-License-Identifier: MIT */
/* --doctor, from the facts to the paper: doctor.h. */
#include "launcher/doctor/doctor.h"

#include <errno.h>

#include "launcher/doctor/doctor_facts.h"
#include "launcher/doctor/doctor_judge.h"
#include "launcher/doctor/doctor_report.h"

int doctor(const struct map_table *table, bool json)
{
	static struct doctor_facts facts;
	struct doctor_report report = {0};
	int ret;

	doctor_look(&facts, "");
	judge_machine(&report, &facts, !table || table_needs_vsock(table));
	if (table)
		judge_rules(&report, &facts, table, doctor_look_at);
	ret = report.failed ? -ENOMEM
			    : report_count(&report, LEVEL_PROBLEM) > 0;
	if (ret >= 0 && json)
		report_print_json(&report, &facts, table, stdout);
	else if (ret >= 0)
		report_print(&report, table, stdout);
	report_free(&report);
	return ret;
}
