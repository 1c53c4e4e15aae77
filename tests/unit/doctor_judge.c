/* SPDX-License-Identifier: MIT */
/* --doctor's judgement of made-up machines. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <criterion/criterion.h>

#include "tests/unit/doctor_support.h"
#include "vsock/vm_sockets.h"

TestSuite(doctor_judge, .timeout = 20);

/* ---- The machine --------------------------------------------------------- */

static struct doctor_facts facts;

static void make_facts(void)
{
	facts = good_facts();
}

/* The findings of a topic contain the text; "": there are none. */
static void expect_of(const char *topic, const char *text)
{
	struct doctor_report report = {0};
	const char *got;

	judge_machine(&report, &facts, true);
	cr_assert_not(report.failed);
	got = findings(&report, topic);
	cr_expect(*text ? strstr(got, text) != NULL : !*got, "%s: %s", text,
		  got);
	report_free(&report);
}

static size_t problems(bool needs_vsock)
{
	struct doctor_report report = {0};
	size_t n;

	judge_machine(&report, &facts, needs_vsock);
	n = report_count(&report, LEVEL_PROBLEM);
	report_free(&report);
	return n;
}

Test(doctor_judge, good_machine_has_no_problem, .init = make_facts)
{
	struct doctor_report report = {0};

	judge_machine(&report, &facts, true);
	cr_expect_eq(report_count(&report, LEVEL_OK), report.count);
	cr_expect_eq(report.count, 11);
	report_free(&report);
}

Test(doctor_judge, kernel, .init = make_facts)
{
	expect_of("kernel", "Linux 6.1.0-18-amd64, x86_64, in a virtual");
	strcpy(facts.container, "podman");
	expect_of("kernel", "in a container: podman");
	strcpy(facts.release, "5.15.1-Microsoft-standard-WSL2");
	expect_of("kernel", "in WSL,");
}

Test(doctor_judge, forbidden_family, .init = make_facts)
{
	facts.socket_error = -EPERM;
	facts.seccomp = 2;
	expect_of("af_vsock", "problem: AF_VSOCK sockets are forbidden");
	expect_of("af_vsock", "-> a seccomp filter forbids it");
	cr_expect_eq(problems(true), 1);
	cr_expect_eq(problems(false), 0);
	facts.socket_error = -ENOSYS;
	expect_of("af_vsock", "-> a seccomp filter forbids it");
	facts.socket_error = -EACCES;
	for (facts.seccomp = -1; facts.seccomp <= 2; facts.seccomp++)
		expect_of("af_vsock", "-> a security module forbids it");
	/* Nothing is said of transports that can't be seen. */
	expect_of("loopback", "");
	cr_expect_eq(problems(true), 1);
}

Test(doctor_judge, missing_family, .init = make_facts)
{
	facts.socket_error = -EAFNOSUPPORT;
	facts.seccomp = 2;
	expect_of("af_vsock", "seccomp filter hides it");
	facts.modules[MODULE_VSOCK] = MODULE_AVAILABLE;
	expect_of("af_vsock", "no AF_VSOCK -> as root: modprobe vsock;");
	facts.modules[MODULE_VSOCK] = MODULE_MISSING;
	expect_of("af_vsock", "-> this kernel has no vsock: install");
	strcpy(facts.container, "docker");
	expect_of("af_vsock", "-> on the container's host, as root: modprobe");
	facts.socket_error = -EMFILE;
	expect_of("af_vsock", "can't be made: Too many open files\n");
	/* Of ports that no socket can have nothing is said. */
	expect_of("ports", "");
}

Test(doctor_judge, device, .init = make_facts)
{
	expect_of("device", "ok: /dev/vsock can be read (mode 0644)");
	facts.cid_error = facts.device_error = -EACCES;
	facts.device_mode = 020600;
	expect_of("device", "note: /dev/vsock (mode 0600) can't be read");
	expect_of("device", "chmod a+r /dev/vsock");
	facts.device_error = -ENOENT;
	facts.modules[MODULE_VSOCK] = MODULE_AVAILABLE;
	expect_of("device", "No such file or directory: programs can't ask for "
			    "their CID -> as root: modprobe vsock;");
	strcpy(facts.container, "docker");
	expect_of("device", "--device /dev/vsock");
}

Test(doctor_judge, cid, .init = make_facts)
{
	expect_of("cid", "ok: this machine is CID 5\n");
	facts.cid = VMADDR_CID_HOST;
	expect_of("cid", "CID 2, a host");
	facts.cid = VMADDR_CID_ANY;
	expect_of("cid", "note: this machine has no CID");
	facts.cid_error = -ENOTTY;
	expect_of("cid", "note: /dev/vsock doesn't tell");
}

Test(doctor_judge, transports, .init = make_facts)
{
	facts.loopback_error = -EADDRNOTAVAIL;
	/* What is loaded already need not be loaded. */
	expect_of("loopback", "(Cannot assign requested address)\n");
	facts.modules[MODULE_LOOPBACK] = MODULE_AVAILABLE;
	expect_of("loopback", "note: no loopback");
	expect_of("loopback", "modprobe vsock_loopback");
	facts.modules[MODULE_VHOST] = MODULE_AVAILABLE;
	expect_of("host", "note: virtual machines of this machine can't");
	expect_of("host", "modprobe vhost_vsock");
	cr_expect_eq(problems(true), 0);

	facts.cid = VMADDR_CID_ANY;
	facts.has_driver = false;
	facts.modules[MODULE_VIRTIO] = MODULE_AVAILABLE;
	expect_of("guest", "no driver has it -> as root");
	expect_of("transport", "problem: no transport");
	cr_expect_eq(problems(true), 1);
	cr_expect_eq(problems(false), 0);
}

Test(doctor_judge, driver_is_as_good_as_a_cid, .init = make_facts)
{
	facts.cid_error = facts.device_error = -EACCES;
	facts.cid = VMADDR_CID_ANY;
	cr_expect(doctor_transports(&facts).guest);
	facts.has_driver = false;
	cr_expect_not(doctor_transports(&facts).guest);
	/* Hyper-V's transport has no CID, and counts in its machines only. */
	facts.modules[MODULE_HYPERV] = MODULE_LOADED;
	cr_expect(doctor_transports(&facts).guest);
	facts.is_vm = false;
	cr_expect_not(doctor_transports(&facts).guest);
}

/* Of what nothing tells, nothing is said to be missing. */
Test(doctor_judge, transports_out_of_sight, .init = make_facts)
{
	facts.cid_error = facts.device_error = -ENOENT;
	facts.cid = VMADDR_CID_ANY;
	facts.has_driver = facts.has_device = facts.sees_sys = false;
	cr_expect_not(doctor_transports(&facts).unseen);
	facts.modules[MODULE_VHOST] = MODULE_UNKNOWN;
	facts.modules[MODULE_VIRTIO] = MODULE_UNKNOWN;
	cr_expect(doctor_transports(&facts).unseen);
	expect_of("transport", "note: neither /dev/vsock nor /sys");
	expect_of("guest", "");
	cr_expect_eq(problems(true), 0);
	facts.sees_sys = true;
	cr_expect_not(doctor_transports(&facts).unseen);
	facts.sees_sys = false;
	facts.cid_error = 0;
	cr_expect_not(doctor_transports(&facts).unseen);
}

Test(doctor_judge, no_guest, .init = make_facts)
{
	facts.cid = VMADDR_CID_ANY;
	facts.has_driver = facts.has_device = false;
	expect_of("guest", "guest-cid=3");
	facts.is_vm = false;
	expect_of("guest", "note: not a virtual machine's side: nothing is "
			   "outside\n");
	strcpy(facts.release, "5.15.1-microsoft-standard-WSL2");
	facts.modules[MODULE_HYPERV] = MODULE_AVAILABLE;
	expect_of("guest", "Windows can't be reached -> as root: modprobe "
			   "hv_sock");
}

Test(doctor_judge, host_by_cid, .init = make_facts)
{
	facts.modules[MODULE_VHOST] = MODULE_UNKNOWN;
	facts.cid = VMADDR_CID_HOST;
	facts.has_driver = false;
	cr_expect_not(doctor_transports(&facts).guest);
	expect_of("host", "ok: virtual machines");
	facts.vhost_error = -EACCES;
	expect_of("host", "/dev/vhost-vsock, and so start no");
}

Test(doctor_judge, ports_and_uring, .init = make_facts)
{
	facts.low_ports = false;
	facts.uring_error = 0;
	expect_of("ports", "note: vsock ports below 1024");
	expect_of("io_uring", "TCP2VSOCK_IO_URING=off");
	cr_expect_eq(problems(true), 0);
}

Test(doctor_judge, supervise, .init = make_facts)
{
	facts.door_killable = true;
	expect_of("supervise", "ok: Go's and static programs can be");
	facts.door_killable = false;
	expect_of("supervise", "before Linux 6.0 a signal");
	facts.door_error = -EPERM;
	expect_of("supervise", "ptrace_scope");
	facts.door_error = -EBUSY;
	expect_of("supervise", "outer tcp2vsock");
	cr_expect_eq(problems(true), 0);
}

Test(doctor_judge, library, .init = make_facts)
{
	expect_of("library", "/libtcp2vsock.so, version 1.2.3");
	facts.lacks = "o+x";
	strcpy(facts.obstacle, "/usr/lib");
	expect_of("library", "note: other users can't read it");
	expect_of("library", "-> chmod o+x /usr/lib\n");
	strcpy(facts.fault.what, "it is broken");
	facts.fault.remedy = "mend it";
	expect_of("library", "problem: it is broken -> mend it\n");
	cr_expect_eq(problems(true), 1);
	/* Without it nothing works, with or without AF_VSOCK. */
	cr_expect_eq(problems(false), 1);
}

Test(doctor_judge, preload, .init = make_facts)
{
	facts.preload = "libasan.so:/x/libother.so";
	expect_of("preload", "note: LD_PRELOAD has libasan.so:/x/libother.so "
			     "in front of the library: rules don't count");
	facts.preload = "/usr/lib/tcp2vsock/libtcp2vsock.so";
	expect_of("preload", "");
	facts.preload = "/usr/lib/tcp2vsock/libtcp2vsock.so:/x/libother.so";
	expect_of("preload", "");
	facts.preload = "/x/a.so :/usr/lib/tcp2vsock/libtcp2vsock.so:/x/b.so";
	expect_of("preload", "note: LD_PRELOAD has /x/a.so in front");
	facts.preload = "/a.so /other/libtcp2vsock.so:/b.so";
	expect_of("preload", "problem: LD_PRELOAD has another tcp2vsock: "
			     "/other/libtcp2vsock.so ->");
}

/* ---- Rules ----------------------------------------------------------------
 */

static struct path_facts found;
static char looked_at[128];

static void look(const char *path, struct path_facts *file)
{
	snprintf(looked_at, sizeof(looked_at), "%s", path);
	*file = found;
}

/* A text with a newline at its end is all that may be said. */
static bool is_said(const char *got, const char *text)
{
	size_t n = strlen(text);

	if (n == 0 || text[n - 1] == '\n')
		return strcmp(got, text) == 0;
	return strstr(got, text);
}

static void expect_rule(const char *rule, const char *text)
{
	struct map_table *table = doctor_table(rule);
	struct doctor_report report = {0};
	const char *got;

	judge_rules(&report, &facts, table, look);
	got = findings(&report, "rule");
	cr_expect(is_said(got, text), "%s: %s: %s", rule, text, got);
	report_free(&report);
	map_free(table);
}

#define TO(cid)	  "connect 10.0.0.5:80 = vsock:" cid ":2000"
#define FROM(cid) "listen *:80 = vsock:" cid ":2000"

Test(doctor_judge, connect_on_a_good_machine, .init = make_facts)
{
	expect_rule(TO("local"), "ok: leads to this machine itself\n");
	expect_rule(TO("5"), "ok: leads to this machine itself\n");
	expect_rule(TO("host"), "ok: leads to the machine that runs this one");
	expect_rule(TO("0"), "note: CID 0 is answered by few");
	expect_rule(TO("7"), "ok: leads to the virtual machine with CID 7");
	facts.modules[MODULE_VHOST] = MODULE_MISSING;
	expect_rule(TO("3"), "note: CID 3 goes to the machine outside");
}

Test(doctor_judge, connect_from_a_guest_without_loopback, .init = make_facts)
{
	facts.loopback_error = -EADDRNOTAVAIL;
	facts.modules[MODULE_LOOPBACK] = MODULE_AVAILABLE;
	expect_rule(TO("local"), "problem: without a loopback, CID 1 goes to");
	expect_rule(TO("local"), "modprobe vsock_loopback");
	expect_rule(TO("5"), "problem: without a loopback, CID 5 goes to");
	/* Not known to be our own. */
	facts.cid_error = -EACCES;
	expect_rule(TO("5"), "ok: leads to the virtual machine");
}

Test(doctor_judge, connect_from_no_guest, .init = make_facts)
{
	facts.has_driver = false;
	facts.cid = VMADDR_CID_ANY;
	facts.modules[MODULE_VHOST] = MODULE_AVAILABLE;
	expect_rule(TO("host"), "problem: no transport leads to CID 2");
	expect_rule(TO("0"), "problem: no transport leads to CID 0");
	expect_rule(TO("7"), "problem: no transport leads to CID 7 -> as root: "
			     "modprobe vhost_vsock");
	/* Without a guest driver, the loopback takes CID 2. */
	facts.modules[MODULE_VIRTIO] = MODULE_AVAILABLE;
	expect_rule(TO("host"), "note: no machine runs this one");
	facts.loopback_error = -EADDRNOTAVAIL;
	expect_rule(TO("host"), "problem: no transport leads to CID 2");
	expect_rule(TO("local"), "problem: no transport leads to CID 1");
}

Test(doctor_judge, rules_out_of_sight, .init = make_facts)
{
	facts.cid_error = facts.device_error = -ENOENT;
	facts.cid = VMADDR_CID_ANY;
	facts.has_driver = facts.has_device = facts.sees_sys = false;
	facts.modules[MODULE_VHOST] = MODULE_UNKNOWN;
	facts.modules[MODULE_VIRTIO] = MODULE_UNKNOWN;
	expect_rule(TO("host"),
		    "note: whether a transport leads to CID 2 can't "
		    "be seen here -> see \"transport\" above\n");
	expect_rule(TO("0"), "note: whether a transport leads to CID 0");
	expect_rule(TO("7"), "note: whether a transport leads to CID 7");
	expect_rule(FROM("host"), "note: whether this machine is CID 2");
	expect_rule(TO("local"), "ok: leads to this machine itself\n");
}

Test(doctor_judge, listen, .init = make_facts)
{
	expect_rule(FROM("any"), "ok: can be bound");
	expect_rule(FROM("local"), "ok: can be bound");
	expect_rule(FROM("host"), "ok: can be bound");
	expect_rule(FROM("5"), "ok: can be bound");
	expect_rule(FROM("6"), "problem: CID 6 is not this machine's");
	expect_rule(FROM("0"), "problem: CID 0 is not this machine's");
	facts.cid_error = -EACCES;
	expect_rule(FROM("6"), "note: whether this machine is CID 6");
	expect_rule(FROM("0"), "problem: CID 0 is not this machine's");
	facts.loopback_error = -EADDRNOTAVAIL;
	facts.modules[MODULE_VHOST] = MODULE_MISSING;
	expect_rule(FROM("local"), "problem: CID 1 is not");
	expect_rule(FROM("host"), "problem: CID 2 is not");
}

Test(doctor_judge, low_ports, .init = make_facts)
{
	expect_rule("listen *:80 = vsock:any:80", "ok: can be bound here\n");
	facts.low_ports = false;
	expect_rule("listen *:80 = vsock:any:80", "problem: vsock ports below");
	expect_rule("listen *:1023 = vsock:any:*", "problem: vsock ports");
	expect_rule("listen *:1000-1100 = vsock:any:*", "note: vsock ports");
	expect_rule("listen *:80 = vsock:any:1024", "ok: can be bound here\n");
	expect_rule("connect *:80 = vsock:host:80", "ok: leads to");
	expect_rule("*:80 = vsock:local:80", "problem: vsock ports below");
}

Test(doctor_judge, one_rule_one_verdict, .init = make_facts)
{
	expect_rule("*:2000 = vsock:local:*",
		    "ok: leads to this machine itself; can be bound here\n");
	facts.loopback_error = -EADDRNOTAVAIL;
	facts.modules[MODULE_LOOPBACK] = MODULE_AVAILABLE;
	expect_rule("*:2000 = vsock:local:*",
		    "problem: without a loopback, CID 1 goes to the machine "
		    "outside; CID 1 is not this machine's, and bind() will say "
		    "so -> as root: modprobe vsock_loopback; a line in "
		    "/etc/modules-load.d/ makes it last\n");
	facts.low_ports = false;
	expect_rule("listen *:80 = vsock:6:80",
		    "problem: CID 6 is not this machine's, and bind() will say "
		    "so; vsock ports below 1024 can't be bound by this user "
		    "-> vsock:any listens on all that are\n");
}

Test(doctor_judge, monitor, .init = make_facts)
{
	const char *rule = "connect 10.0.0.5:80 = hvsock:/run/v.sock:80";

	found = (struct path_facts){.error = -ENOENT};
	expect_rule(rule, "problem: /run/v.sock: No such file");
	cr_expect_str_eq(looked_at, "/run/v.sock");
	found = (struct path_facts){.mode = S_IFREG, .may_write = true};
	expect_rule(rule, "problem: /run/v.sock is not a socket");
	found = (struct path_facts){.mode = S_IFSOCK};
	expect_rule(rule, "problem: /run/v.sock: this user may not write");
	found = (struct path_facts){.mode = S_IFSOCK, .may_write = true};
	expect_rule(rule, "ok: the socket is there");
}

Test(doctor_judge, monitors_folder, .init = make_facts)
{
	const char *rule = "listen *:80 = hvsock:/run/v.sock:80";

	found = (struct path_facts){.error = -ENOENT};
	expect_rule(rule, "problem: /run: No such file");
	cr_expect_str_eq(looked_at, "/run");
	found = (struct path_facts){.mode = S_IFREG};
	expect_rule(rule, "problem: /run is not a folder");
	found = (struct path_facts){.mode = S_IFDIR};
	expect_rule(rule, "problem: this user may make no socket in /run");
	found = (struct path_facts){.mode = S_IFDIR, .may_write = true};
	expect_rule(rule, "ok: sockets can be made in /run");
	expect_rule("listen *:80 = hvsock:/v.sock:80", "ok");
	cr_expect_str_eq(looked_at, "/");
}

Test(doctor_judge, servers_folder, .init = make_facts)
{
	found = (struct path_facts){.error = -ENOENT};
	expect_rule("listen unix:/run/app.sock = vsock:any:2000",
		    "/run: No such file");
	expect_rule("listen unix:@app = vsock:any:2000",
		    "ok: can be bound here\n");
	expect_rule("connect unix:/run/app.sock = vsock:local:2000",
		    "ok: leads to this machine itself\n");
	found = (struct path_facts){.mode = S_IFDIR, .may_write = true};
	expect_rule("listen unix:/run/app.sock = vsock:any:2000",
		    "sockets can be made in /run");
}

Test(doctor_judge, unix_sockets, .init = make_facts)
{
	found = (struct path_facts){.mode = S_IFSOCK, .may_write = true};
	expect_rule("connect *:80 = unix:/run/v_%p", "ok: the socket is there");
	cr_expect_str_eq(looked_at, "/run/v_80");
	found = (struct path_facts){.error = -ENOENT};
	expect_rule("connect *:80 = unix:/run/v",
		    "problem: /run/v: No such file");
	expect_rule("connect *:* = unix:/run/v_%p",
		    "problem: /run: No such file");
	found = (struct path_facts){.mode = S_IFDIR};
	expect_rule("connect *:* = unix:/run/v_%p", "ok: /run is there");
	expect_rule("listen *:* = unix:/run/v_%p",
		    "problem: this user may make no socket in /run");
	expect_rule("listen *:80 = unix:@v", "ok: an abstract name");
}

Test(doctor_judge, rules_without_a_socket, .init = make_facts)
{
	expect_rule("connect *:80 = refuse; connect *:81 = direct", "");
	expect_rule("peer vsock:3 = 10.0.0.3", "");
	facts.socket_error = -EAFNOSUPPORT;
	expect_rule(TO("host"), "problem: there are no AF_VSOCK sockets here");
	expect_rule(FROM("any"), "problem: there are no AF_VSOCK sockets here");
	found = (struct path_facts){.mode = S_IFSOCK, .may_write = true};
	expect_rule("connect *:80 = hvsock:/run/v:80", "ok: the socket");
}

Test(doctor_judge, need_of_vsock)
{
	static const struct {
		const char *rules;
		bool needs;
	} rows[] = {
		{"connect *:80 = hvsock:/run/v:80", false},
		{"connect *:80 = refuse; peer vsock:3 = 10.0.0.3", false},
		{"connect *:80 = refuse; " FROM("any"), true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct map_table *table = doctor_table(rows[i].rules);

		cr_expect_eq(table_needs_vsock(table), rows[i].needs);
		map_free(table);
	}
}
