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

/* ---- Unix sockets ------------------------------------------------------ */

static void judge_file(struct rule_case *c, const char *path)
{
	struct path_facts file;

	c->look(path, &file);
	if (file.error) {
		say(c, LEVEL_PROBLEM, "%s: %s", path, strerror(-file.error));
		report_remedy(c->report, "start first what listens there, such "
					 "as the virtual machine's monitor");
	} else if (!S_ISSOCK(file.mode)) {
		say(c, LEVEL_PROBLEM, "%s is not a socket", path);
		report_remedy(c->report,
			      "give the path that its listener was given");
	} else if (!file.may_write) {
		say(c, LEVEL_PROBLEM, "%s: this user may not write to it",
		    path);
		report_remedy(c->report, "run as its listener's user, or chmod "
					 "the socket");
	} else {
		say(c, LEVEL_OK, "the socket is there");
	}
}

/* Where a socket is, or will be made. */
static void judge_folder(struct rule_case *c, char *path, bool is_made)
{
	char *slash = strrchr(path, '/');
	struct path_facts file;

	slash[slash == path] = '\0';
	c->look(path, &file);
	if (file.error)
		say(c, LEVEL_PROBLEM, "%s: %s", path, strerror(-file.error));
	else if (!S_ISDIR(file.mode))
		say(c, LEVEL_PROBLEM, "%s is not a folder", path);
	else if (is_made && !file.may_write)
		say(c, LEVEL_PROBLEM, "this user may make no socket in %s",
		    path);
	else if (is_made)
		say(c, LEVEL_OK, "sockets can be made in %s", path);
	else
		say(c, LEVEL_OK, "%s is there, for a socket a port", path);
}

/* A rule's sockets are in one folder, if that has no port in its name. */
static void judge_unix(struct rule_case *c, enum map_direction direction)
{
	struct map_answer answer = {
		.verdict = c->rule.verdict,
		.path = c->rule.path,
		.port = c->rule.first,
	};
	bool is_one =
		c->rule.verdict == MAP_HVSOCK || c->rule.first == c->rule.last;
	char name[MAP_UNIX_NAME_SIZE];

	map_unix_name(&answer, direction, name);
	if (name[0] == '@')
		say(c, LEVEL_OK, "an abstract name needs no file");
	else if (direction == MAP_CONNECT && is_one)
		judge_file(c, name);
	else
		judge_folder(c, name, direction == MAP_LISTEN);
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
		judge_unix(c, MAP_CONNECT);
	if (c->rule.directions & MAP_LISTEN)
		judge_unix(c, MAP_LISTEN);
}

/* The file that the server expects to have made. */
static void judge_server(struct rule_case *c)
{
	char name[MAP_UNIX_NAME_SIZE];

	if (!c->rule.unix_name || *c->rule.unix_name == '@' ||
	    !(c->rule.directions & MAP_LISTEN))
		return;
	snprintf(name, sizeof(name), "%s", c->rule.unix_name);
	judge_folder(c, name, true);
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
		else if (map_is_hybrid(c.rule.verdict))
			judge_hybrid(&c);
		if (c.rule.verdict >= MAP_VSOCK)
			judge_server(&c);
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
