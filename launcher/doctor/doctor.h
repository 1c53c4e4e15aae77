/* SPDX-License-Identifier: MIT */
/*
 * --doctor: what this machine can do, and what to do about what it can't.
 *
 *	doctor_facts.c, doctor_files.c    the machine -> struct doctor_facts
 *	doctor_judge.c, doctor_rules.c    facts (and a table) -> findings
 *	doctor_report.c, doctor_json.c    findings -> text, JSON
 *
 * Map of launcher/doctor/:
 *	doctor.c         the order
 *	doctor_facts.c   facts that system calls give
 *	doctor_files.c   facts that files give
 *	doctor_json.c    the report for programs
 *	doctor_judge.c   facts -> findings
 *	doctor_report.c  findings, and the report for people
 *	doctor_rules.c   findings about rules
 */
#ifndef TCP2VSOCK_LAUNCHER_DOCTOR_DOCTOR_H
#define TCP2VSOCK_LAUNCHER_DOCTOR_DOCTOR_H

#include <stdbool.h>

#include "config/table.h"

/*
 * Prints the report on stdout. table: whose targets to judge too, or NULL.
 * 0: nothing hinders. 1: something does. -ENOMEM: nothing has been printed.
 */
int doctor(const struct map_table *table, bool json);

#endif
