/* SPDX-License-Identifier: MIT */
/* Facts -> findings. Nothing here looks at the machine. */
#ifndef TCP2VSOCK_LAUNCHER_DOCTOR_DOCTOR_JUDGE_H
#define TCP2VSOCK_LAUNCHER_DOCTOR_DOCTOR_JUDGE_H

#include "launcher/doctor/doctor_report.h"

/* Which ways lead out of a socket, vsock(7). */
struct transports {
	bool loopback; /* to CID 1 */
	bool guest;    /* to the machine that runs this virtual machine */
	bool host;     /* to virtual machines of this machine */
	bool unseen;   /* the last two may be there: nothing here tells */
};

struct transports doctor_transports(const struct doctor_facts *facts);

/*
 * The machine. needs_vsock: without AF_VSOCK nothing works, which is not so
 * for a table that leads to Unix sockets only.
 */
void judge_machine(struct doctor_report *report,
		   const struct doctor_facts *facts, bool needs_vsock);

typedef void look_at_path(const char *path, struct path_facts *facts);

/* Each rule's target. look tells of the files that rules name. */
void judge_rules(struct doctor_report *report, const struct doctor_facts *facts,
		 const struct map_table *table, look_at_path *look);

/* Whether a rule leads to an AF_VSOCK socket. */
bool table_needs_vsock(const struct map_table *table);

/* What is judged, for the two files of it. */
struct judging {
	struct doctor_report *report;
	const struct doctor_facts *facts;
	struct transports ways;
	const char *topic; /* of its findings */
	enum level bad;	   /* how bad a machine without AF_VSOCK is */
	size_t i;	   /* which rule; ABOUT_MACHINE: none */
	struct map_rule rule;
	look_at_path *look;
};

#define say(j, level, ...)                                                     \
	report_add((j)->report, level, (j)->topic, (j)->i, __VA_ARGS__)
#define remedy(j, ...) report_remedy((j)->report, __VA_ARGS__)

/*
 * Adds what loads a module: a command, or where to get it, for this kind of
 * machine.
 */
void remedy_module(const struct judging *j, enum module module);

#endif
