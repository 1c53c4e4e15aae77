/* SPDX-License-Identifier: MIT */
/*
 * Each rule's target judged, by what the kernel would do with it and not by
 * trying. Which transport a CID goes to is vsock_assign_transport()'s choice
 * in net/vmw_vsock/af_vsock.c; what can be bound is vsock_find_cid()'s.
 */
#include "launcher/doctor/doctor_judge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "vsock/vm_sockets.h"

#define RESERVED 1023 /* LAST_RESERVED_PORT of af_vsock.c */

struct rule_case {
	struct doctor_report *report;
	const struct doctor_facts *facts;
	struct transports ways;
	look_at_path *look;
	struct map_rule rule;
	size_t i;
};

#define say(c, level, ...)                                                     \
	report_add((c)->report, level, "rule", (c)->i, __VA_ARGS__)

/* ---- connect ----------------------------------------------------------- */

static void no_way(struct rule_case *c)
{
	if (c->ways.unseen)
		say(c, LEVEL_NOTE,
		    "whether a transport leads to CID %u can't be seen here",
		    c->rule.cid);
	else
		say(c, LEVEL_PROBLEM, "no transport leads to CID %u",
		    c->rule.cid);
}

static void to_itself(struct rule_case *c)
{
	if (c->ways.loopback) {
		say(c, LEVEL_OK, "leads to this machine itself");
		return;
	}
	if (c->ways.guest)
		say(c, LEVEL_PROBLEM,
		    "without a loopback, CID %u goes to the machine outside",
		    c->rule.cid);
	else
		no_way(c);
	remedy_module(c->report, c->facts, MODULE_LOOPBACK);
}

/* A guest driver takes CID 2 to itself, whether it has a device or not. */
static void to_host(struct rule_case *c)
{
	bool taken = c->facts->modules[MODULE_VIRTIO] >= MODULE_LOADED;

	if (c->ways.guest) {
		say(c, LEVEL_OK, "leads to the machine that runs this one");
	} else if (c->ways.loopback && !taken && !c->ways.unseen) {
		say(c, LEVEL_NOTE,
		    "no machine runs this one: CID 2 leads to this machine "
		    "itself");
	} else {
		no_way(c);
		report_remedy(c->report, "see \"%s\" above",
			      c->ways.unseen ? "transport" : "guest");
	}
}

static void to_hypervisor(struct rule_case *c)
{
	if (!c->ways.guest) {
		no_way(c);
		report_remedy(c->report, "see \"%s\" above",
			      c->ways.unseen ? "transport" : "guest");
		return;
	}
	say(c, LEVEL_NOTE, "CID 0 is answered by few hypervisors");
	report_remedy(c->report,
		      "the machine that runs this one is CID 2: vsock:host");
}

static void to_machine(struct rule_case *c)
{
	if (c->ways.host) {
		say(c, LEVEL_OK,
		    "leads to the virtual machine with CID %u, if one runs",
		    c->rule.cid);
	} else if (c->ways.guest) {
		say(c, LEVEL_NOTE,
		    "CID %u goes to the machine outside, and few pass it on "
		    "(Nitro Enclaves: the parent is CID 3)",
		    c->rule.cid);
		report_remedy(c->report, "the machine that runs this one is "
					 "CID 2: vsock:host");
	} else {
		no_way(c);
		remedy_module(c->report, c->facts, MODULE_VHOST);
	}
}

static bool is_own(const struct rule_case *c)
{
	return c->rule.cid == VMADDR_CID_LOCAL ||
	       (c->rule.cid > VMADDR_CID_HOST &&
		c->rule.cid != VMADDR_CID_ANY && c->facts->cid_error == 0 &&
		c->rule.cid == c->facts->cid);
}

static void judge_connect(struct rule_case *c)
{
	if (is_own(c))
		to_itself(c);
	else if (c->rule.cid == VMADDR_CID_HOST)
		to_host(c);
	else if (c->rule.cid == VMADDR_CID_HYPERVISOR)
		to_hypervisor(c);
	else
		to_machine(c);
}

/* ---- listen ------------------------------------------------------------ */

static bool can_bind(const struct rule_case *c)
{
	if (c->rule.cid == VMADDR_CID_LOCAL)
		return c->ways.loopback;
	if (c->rule.cid == VMADDR_CID_HOST)
		return c->ways.host;
	return c->rule.cid == VMADDR_CID_ANY || is_own(c);
}

static void judge_bound_cid(struct rule_case *c)
{
	uint32_t cid = c->rule.cid;
	bool unknown = cid >= VMADDR_CID_HOST && c->facts->cid_error &&
		       (cid > VMADDR_CID_HOST || c->ways.unseen);

	if (can_bind(c)) {
		say(c, LEVEL_OK, "can be bound here");
	} else if (unknown) {
		say(c, LEVEL_NOTE,
		    "whether this machine is CID %u is not "
		    "known: /dev/vsock doesn't tell",
		    cid);
		report_remedy(c->report, "vsock:any needs no CID");
	} else {
		say(c, LEVEL_PROBLEM,
		    "CID %u is not this machine's, and "
		    "bind() will say so",
		    cid);
		report_remedy(c->report, "vsock:any listens on all that are");
	}
}

static void judge_bound_ports(struct rule_case *c)
{
	bool all = c->rule.last <= RESERVED;

	if (c->rule.first > RESERVED || c->facts->low_ports)
		return;
	say(c, all ? LEVEL_PROBLEM : LEVEL_NOTE,
	    "vsock ports below 1024 can't be bound by this user");
	report_remedy(c->report, "lead to a port of 1024 or more, or run with "
				 "CAP_NET_BIND_SERVICE");
}

static void judge_listen(struct rule_case *c)
{
	judge_bound_cid(c);
	judge_bound_ports(c);
}

/* ---- hvsock ------------------------------------------------------------ */

static void judge_monitor(struct rule_case *c)
{
	const char *path = c->rule.path;
	struct path_facts file;

	c->look(path, &file);
	if (file.error) {
		say(c, LEVEL_PROBLEM, "%s: %s", path, strerror(-file.error));
		report_remedy(c->report, "start the monitor first, with its "
					 "vsock socket at this path");
	} else if (!S_ISSOCK(file.mode)) {
		say(c, LEVEL_PROBLEM, "%s is not a socket", path);
		report_remedy(c->report,
			      "give the path that the monitor was given");
	} else if (!file.may_write) {
		say(c, LEVEL_PROBLEM, "%s: this user may not write to it",
		    path);
		report_remedy(c->report, "run as the monitor's user, or chmod "
					 "the socket");
	} else {
		say(c, LEVEL_OK, "the monitor's socket is there");
	}
}

/* A listener makes PATH_PORT. */
static void judge_folder(struct rule_case *c)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *slash;
	struct path_facts file;

	snprintf(folder, sizeof(folder), "%s", c->rule.path);
	slash = strrchr(folder, '/');
	slash[slash == folder] = '\0';
	c->look(folder, &file);
	if (file.error)
		say(c, LEVEL_PROBLEM, "%s: %s", folder, strerror(-file.error));
	else if (!S_ISDIR(file.mode))
		say(c, LEVEL_PROBLEM, "%s is not a folder", folder);
	else if (!file.may_write)
		say(c, LEVEL_PROBLEM, "this user may make no socket in %s",
		    folder);
	else
		say(c, LEVEL_OK, "%s_PORT can be made", c->rule.path);
}

/* ---- All --------------------------------------------------------------- */

static void judge_vsock(struct rule_case *c)
{
	if (c->facts->socket_error) {
		say(c, LEVEL_PROBLEM, "there are no AF_VSOCK sockets here");
		report_remedy(c->report, "see \"af_vsock\" above");
		return;
	}
	if (c->rule.directions & MAP_CONNECT)
		judge_connect(c);
	if (c->rule.directions & MAP_LISTEN)
		judge_listen(c);
}

static void judge_hybrid(struct rule_case *c)
{
	if (c->rule.directions & MAP_CONNECT)
		judge_monitor(c);
	if (c->rule.directions & MAP_LISTEN)
		judge_folder(c);
}

void judge_rules(struct doctor_report *report, const struct doctor_facts *facts,
		 const struct map_table *table, look_at_path *look)
{
	struct rule_case c = {
		.report = report,
		.facts = facts,
		.ways = doctor_transports(facts),
		.look = look,
	};

	for (c.i = 0; c.i < map_count(table); c.i++) {
		size_t first = report->count;

		map_get_rule(table, c.i, &c.rule);
		if (c.rule.is_peer)
			continue;
		if (c.rule.verdict == MAP_VSOCK)
			judge_vsock(&c);
		else if (c.rule.verdict == MAP_HVSOCK)
			judge_hybrid(&c);
		report_merge(report, first);
	}
}

bool table_needs_vsock(const struct map_table *table)
{
	struct map_rule rule;

	for (size_t i = 0; i < map_count(table); i++) {
		map_get_rule(table, i, &rule);
		if (!rule.is_peer && rule.verdict == MAP_VSOCK)
			return true;
	}
	return false;
}
