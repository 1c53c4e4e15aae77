/* SPDX-License-Identifier: MIT */
/* What the tests of --doctor share. */
#ifndef TESTS_UNIT_DOCTOR_SUPPORT_H
#define TESTS_UNIT_DOCTOR_SUPPORT_H

#include "launcher/doctor/doctor_judge.h"

/* A machine that has everything: loopback, CID 5, virtual machines. */
struct doctor_facts good_facts(void);

/*
 * The findings of a topic, "level: what -> remedy\n" each. The text is good
 * until the next call.
 */
const char *findings(const struct doctor_report *report, const char *topic);

/* The table of a text that must be right. */
struct map_table *doctor_table(const char *text);

#endif
