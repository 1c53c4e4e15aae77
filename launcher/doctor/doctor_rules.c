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

/* ---- connect ----------------------------------------------------------- */

static void no_way(struct judging *j)
{
	if (j->ways.unseen)
		say(j, LEVEL_NOTE,
		    "whether a transport leads to CID %u can't be seen here",
		    j->rule.cid);
	else
		say(j, LEVEL_PROBLEM, "no transport leads to CID %u",
		    j->rule.cid);
}

static void to_itself(struct judging *j)
{
	if (j->ways.loopback) {
		say(j, LEVEL_OK, "leads to this machine itself");
		return;
	}
	if (j->ways.guest)
		say(j, LEVEL_PROBLEM,
		    "without a loopback, CID %u goes to the machine outside",
		    j->rule.cid);
	else
		no_way(j);
	remedy_module(j, MODULE_LOOPBACK);
}

/* A guest driver takes CID 2 to itself, whether it has a device or not. */
static void to_host(struct judging *j)
{
	bool taken = j->facts->modules[MODULE_VIRTIO] >= MODULE_LOADED;

	if (j->ways.guest) {
		say(j, LEVEL_OK, "leads to the machine that runs this one");
	} else if (j->ways.loopback && !taken && !j->ways.unseen) {
		say(j, LEVEL_NOTE,
		    "no machine runs this one: CID 2 leads to this machine "
		    "itself");
	} else {
		no_way(j);
		remedy(j, "see \"%s\" above",
		       j->ways.unseen ? "transport" : "guest");
	}
}

static void to_hypervisor(struct judging *j)
{
	if (!j->ways.guest) {
		no_way(j);
		remedy(j, "see \"%s\" above",
		       j->ways.unseen ? "transport" : "guest");
		return;
	}
	say(j, LEVEL_NOTE, "CID 0 is answered by few hypervisors");
	remedy(j, "the machine that runs this one is CID 2: vsock:host");
}

static void to_machine(struct judging *j)
{
	if (j->ways.host) {
		say(j, LEVEL_OK,
		    "leads to the virtual machine with CID %u, if one runs",
		    j->rule.cid);
	} else if (j->ways.guest) {
		say(j, LEVEL_NOTE,
		    "CID %u goes to the machine outside, and few pass it on "
		    "(Nitro Enclaves: the parent is CID 3)",
		    j->rule.cid);
		remedy(j, "the machine that runs this one is "
			  "CID 2: vsock:host");
	} else {
		no_way(j);
		remedy_module(j, MODULE_VHOST);
	}
}

static bool is_own(const struct judging *j)
{
	return j->rule.cid == VMADDR_CID_LOCAL ||
	       (j->rule.cid > VMADDR_CID_HOST &&
		j->rule.cid != VMADDR_CID_ANY && j->facts->cid_error == 0 &&
		j->rule.cid == j->facts->cid);
}

static void judge_connect(struct judging *j)
{
	if (is_own(j))
		to_itself(j);
	else if (j->rule.cid == VMADDR_CID_HOST)
		to_host(j);
	else if (j->rule.cid == VMADDR_CID_HYPERVISOR)
		to_hypervisor(j);
	else
		to_machine(j);
}

/* ---- listen ------------------------------------------------------------ */

static bool can_bind(const struct judging *j)
{
	if (j->rule.cid == VMADDR_CID_LOCAL)
		return j->ways.loopback;
	if (j->rule.cid == VMADDR_CID_HOST)
		return j->ways.host;
	return j->rule.cid == VMADDR_CID_ANY || is_own(j);
}

static void judge_bound_cid(struct judging *j)
{
	uint32_t cid = j->rule.cid;
	bool unknown = cid >= VMADDR_CID_HOST && j->facts->cid_error &&
		       (cid > VMADDR_CID_HOST || j->ways.unseen);

	if (can_bind(j)) {
		say(j, LEVEL_OK, "can be bound here");
	} else if (unknown) {
		say(j, LEVEL_NOTE,
		    "whether this machine is CID %u is not "
		    "known: /dev/vsock doesn't tell",
		    cid);
		remedy(j, "vsock:any needs no CID");
	} else {
		say(j, LEVEL_PROBLEM,
		    "CID %u is not this machine's, and "
		    "bind() will say so",
		    cid);
		remedy(j, "vsock:any listens on all that are");
	}
}

static void judge_bound_ports(struct judging *j)
{
	bool all = j->rule.last <= RESERVED;

	if (j->rule.first > RESERVED || j->facts->low_ports)
		return;
	say(j, all ? LEVEL_PROBLEM : LEVEL_NOTE,
	    "vsock ports below 1024 can't be bound by this user");
	remedy(j, "lead to a port of 1024 or more, or run with "
		  "CAP_NET_BIND_SERVICE");
}

/* ---- Unix sockets ------------------------------------------------------ */

static void judge_file(struct judging *j, const char *path)
{
	struct path_facts file;

	j->look(path, &file);
	if (file.error) {
		say(j, LEVEL_PROBLEM, "%s: %s", path, strerror(-file.error));
		remedy(j, "start first what listens there, such "
			  "as the virtual machine's monitor");
	} else if (!S_ISSOCK(file.mode)) {
		say(j, LEVEL_PROBLEM, "%s is not a socket", path);
		remedy(j, "give the path that its listener was given");
	} else if (!file.may_write) {
		say(j, LEVEL_PROBLEM, "%s: this user may not write to it",
		    path);
		remedy(j, "run as its listener's user, or chmod "
			  "the socket");
	} else {
		say(j, LEVEL_OK, "the socket is there");
	}
}

/* Where a socket is, or will be made. */
static void judge_folder(struct judging *j, char *path, bool is_made)
{
	char *slash = strrchr(path, '/');
	struct path_facts file;

	slash[slash == path] = '\0';
	j->look(path, &file);
	if (file.error)
		say(j, LEVEL_PROBLEM, "%s: %s", path, strerror(-file.error));
	else if (!S_ISDIR(file.mode))
		say(j, LEVEL_PROBLEM, "%s is not a folder", path);
	else if (is_made && !file.may_write)
		say(j, LEVEL_PROBLEM, "this user may make no socket in %s",
		    path);
	else if (is_made)
		say(j, LEVEL_OK, "sockets can be made in %s", path);
	else
		say(j, LEVEL_OK, "%s is there, for a socket a port", path);
}

/* A rule's sockets are in one folder, if that has no port in its name. */
static void judge_unix(struct judging *j, enum map_direction direction)
{
	struct map_answer answer = {
		.verdict = j->rule.verdict,
		.path = j->rule.path,
		.port = j->rule.first,
	};
	bool is_one =
		j->rule.verdict == MAP_HVSOCK || j->rule.first == j->rule.last;
	char name[MAP_UNIX_NAME_SIZE];

	map_unix_name(&answer, direction, name);
	if (name[0] == '@')
		say(j, LEVEL_OK, "an abstract name needs no file");
	else if (direction == MAP_CONNECT && is_one)
		judge_file(j, name);
	else
		judge_folder(j, name, direction == MAP_LISTEN);
}

/* ---- All --------------------------------------------------------------- */

static void judge_vsock(struct judging *j)
{
	if (j->facts->socket_error) {
		say(j, LEVEL_PROBLEM, "there are no AF_VSOCK sockets here");
		remedy(j, "see \"af_vsock\" above");
		return;
	}
	if (j->rule.directions & MAP_CONNECT)
		judge_connect(j);
	if (!(j->rule.directions & MAP_LISTEN))
		return;
	judge_bound_cid(j);
	judge_bound_ports(j);
}

static void judge_hybrid(struct judging *j)
{
	if (j->rule.directions & MAP_CONNECT)
		judge_unix(j, MAP_CONNECT);
	if (j->rule.directions & MAP_LISTEN)
		judge_unix(j, MAP_LISTEN);
}

/* The file that the server expects to have made. */
static void judge_server(struct judging *j)
{
	char name[MAP_UNIX_NAME_SIZE];

	if (!j->rule.unix_name || *j->rule.unix_name == '@' ||
	    !(j->rule.directions & MAP_LISTEN))
		return;
	snprintf(name, sizeof(name), "%s", j->rule.unix_name);
	judge_folder(j, name, true);
}

void judge_rules(struct doctor_report *report, const struct doctor_facts *facts,
		 const struct map_table *table, look_at_path *look)
{
	struct judging j = {
		.report = report,
		.facts = facts,
		.ways = doctor_transports(facts),
		.look = look,
		.topic = "rule",
	};

	for (j.i = 0; j.i < map_count(table); j.i++) {
		size_t first = report->count;

		map_get_rule(table, j.i, &j.rule);
		if (j.rule.is_peer)
			continue;
		if (j.rule.verdict == MAP_VSOCK)
			judge_vsock(&j);
		else if (map_is_hybrid(j.rule.verdict))
			judge_hybrid(&j);
		if (j.rule.verdict >= MAP_VSOCK)
			judge_server(&j);
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
