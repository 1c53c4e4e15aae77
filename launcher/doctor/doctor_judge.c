/* SPDX-License-Identifier: MIT */
/* The machine's facts -> findings; doctor_rules.c has those about rules. */
#include "launcher/doctor/doctor_judge.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "supervise/listener.h"
#include "vsock/vm_sockets.h"

/* A finding about the machine. */
#define add(report, level, topic, ...)                                         \
	report_add(report, level, topic, ABOUT_MACHINE, __VA_ARGS__)

static bool is_there(const struct doctor_facts *facts, enum module module)
{
	return facts->modules[module] >= MODULE_LOADED;
}

static bool has_cid(const struct doctor_facts *facts)
{
	return facts->cid_error == 0 && facts->cid != VMADDR_CID_ANY;
}

static bool is_wsl(const struct doctor_facts *facts)
{
	return strcasestr(facts->release, "microsoft");
}

/*
 * The CID is a guest's where there is a guest transport, and else the host's:
 * vsock_dev_do_ioctl() in net/vmw_vsock/af_vsock.c. Hyper-V has no CIDs.
 */
struct transports doctor_transports(const struct doctor_facts *facts)
{
	bool numbered = has_cid(facts) && facts->cid > VMADDR_CID_HOST;
	bool hyperv = is_there(facts, MODULE_HYPERV) &&
		      (facts->is_vm || is_wsl(facts));
	struct transports ways = {false, false, false, false};

	if (facts->socket_error)
		return ways;
	ways.loopback = facts->loopback_error == 0;
	ways.guest = numbered || facts->has_driver || hyperv;
	ways.host = is_there(facts, MODULE_VHOST) ||
		    (has_cid(facts) && facts->cid == VMADDR_CID_HOST);
	ways.unseen = facts->cid_error && !facts->sees_sys && !ways.guest &&
		      !ways.host;
	return ways;
}

void remedy_module(struct doctor_report *report,
		   const struct doctor_facts *facts, enum module module)
{
	const char *name = doctor_module_name(module);

	if (facts->container[0])
		report_remedy(report,
			      "on the container's host, as root: "
			      "modprobe %s",
			      name);
	else if (facts->modules[module] == MODULE_MISSING)
		report_remedy(report,
			      "this kernel has no %s: install its "
			      "full set of modules, or another kernel",
			      name);
	else if (facts->modules[module] < MODULE_LOADED)
		report_remedy(report,
			      "as root: modprobe %s; a line in "
			      "/etc/modules-load.d/ makes it last",
			      name);
}

/* ---- The kernel -------------------------------------------------------- */

static void judge_kernel(struct doctor_report *report,
			 const struct doctor_facts *facts)
{
	add(report, LEVEL_OK, "kernel", "Linux %s, %s%s%s%s", facts->release,
	    facts->machine,
	    is_wsl(facts)  ? ", in WSL"
	    : facts->is_vm ? ", in a virtual machine"
			   : "",
	    facts->container[0] ? ", in a container: " : "", facts->container);
}

/* A security module says EACCES, also where a container has a filter, too. */
static void remedy_forbidden(struct doctor_report *report,
			     const struct doctor_facts *facts)
{
	if (facts->seccomp == 2 && facts->socket_error != -EACCES)
		report_remedy(report,
			      "a seccomp filter forbids it: run the container "
			      "with a profile that allows AF_VSOCK (docker "
			      "run --security-opt seccomp=FILE)");
	else
		report_remedy(report, "a security module forbids it: see the "
				      "audit log of SELinux or AppArmor");
}

/* The kernel has vsock, and says that it has not: somebody else says it. */
static void remedy_no_family(struct doctor_report *report,
			     const struct doctor_facts *facts)
{
	if (is_there(facts, MODULE_VSOCK) && facts->seccomp == 2)
		report_remedy(report,
			      "the kernel has it, a seccomp filter hides it: "
			      "run with a profile that allows AF_VSOCK");
	else
		remedy_module(report, facts, MODULE_VSOCK);
}

static void judge_family(struct doctor_report *report,
			 const struct doctor_facts *facts, enum level bad)
{
	int error = -facts->socket_error;

	if (!error) {
		add(report, LEVEL_OK, "af_vsock",
		    "AF_VSOCK sockets can be made");
	} else if (error == EPERM || error == EACCES || error == ENOSYS) {
		add(report, bad, "af_vsock",
		    "AF_VSOCK sockets are forbidden here: %s", strerror(error));
		remedy_forbidden(report, facts);
	} else if (error == EAFNOSUPPORT) {
		add(report, bad, "af_vsock", "the kernel has no AF_VSOCK");
		remedy_no_family(report, facts);
	} else {
		add(report, bad, "af_vsock",
		    "AF_VSOCK sockets can't be made: %s", strerror(error));
	}
}

/* ---- /dev/vsock -------------------------------------------------------- */

static void judge_no_device(struct doctor_report *report,
			    const struct doctor_facts *facts)
{
	int error = -facts->device_error;

	if (error == EACCES || error == EPERM) {
		add(report, LEVEL_NOTE, "device",
		    "/dev/vsock (mode %04o) can't be read by this user: "
		    "programs can't ask for their CID",
		    facts->device_mode & 07777);
		report_remedy(report,
			      "as root: chmod a+r /dev/vsock; to make "
			      "it last, a udev rule: KERNEL==\"vsock\", "
			      "MODE=\"0644\"");
		return;
	}
	add(report, LEVEL_NOTE, "device",
	    "/dev/vsock: %s: programs can't ask for their CID",
	    strerror(error));
	if (facts->container[0])
		report_remedy(report,
			      "give it to the container: --device /dev/vsock");
	else
		remedy_module(report, facts, MODULE_VSOCK);
}

static void judge_cid(struct doctor_report *report,
		      const struct doctor_facts *facts)
{
	if (facts->cid_error)
		add(report, LEVEL_NOTE, "cid",
		    "/dev/vsock doesn't tell the "
		    "CID: %s",
		    strerror(-facts->cid_error));
	else if (facts->cid == VMADDR_CID_ANY)
		add(report, LEVEL_NOTE, "cid",
		    "this machine has no CID: no "
		    "transport leads to another machine");
	else
		add(report, LEVEL_OK, "cid", "this machine is CID %u%s",
		    facts->cid,
		    facts->cid == VMADDR_CID_HOST ? ", a host" : "");
}

static void judge_device(struct doctor_report *report,
			 const struct doctor_facts *facts)
{
	if (facts->device_error) {
		judge_no_device(report, facts);
		return;
	}
	add(report, LEVEL_OK, "device", "/dev/vsock can be read (mode %04o)",
	    facts->device_mode & 07777);
	judge_cid(report, facts);
}

/* ---- Transports -------------------------------------------------------- */

static void judge_loopback(struct doctor_report *report,
			   const struct doctor_facts *facts, bool is_ready)
{
	if (is_ready) {
		add(report, LEVEL_OK, "loopback",
		    "CID 1 is this machine itself");
		return;
	}
	add(report, LEVEL_NOTE, "loopback",
	    "no loopback: CID 1 doesn't lead to this machine itself (%s)",
	    strerror(-facts->loopback_error));
	remedy_module(report, facts, MODULE_LOOPBACK);
}

static void judge_no_guest(struct doctor_report *report,
			   const struct doctor_facts *facts)
{
	if (facts->has_device) {
		add(report, LEVEL_NOTE, "guest",
		    "this virtual machine has a vsock device, and no driver "
		    "has it");
		remedy_module(report, facts, MODULE_VIRTIO);
	} else if (is_wsl(facts)) {
		add(report, LEVEL_NOTE, "guest", "Windows can't be reached");
		remedy_module(report, facts, MODULE_HYPERV);
	} else if (facts->is_vm) {
		add(report, LEVEL_NOTE, "guest",
		    "this virtual machine has no vsock device that is seen");
		report_remedy(report, "ask for one where it is started (QEMU: "
				      "-device vhost-vsock-pci,guest-cid=3)");
	} else {
		add(report, LEVEL_NOTE, "guest",
		    "not a virtual machine's side: nothing is outside");
	}
}

static void judge_guest(struct doctor_report *report,
			const struct doctor_facts *facts, bool is_ready)
{
	if (!is_ready)
		judge_no_guest(report, facts);
	else
		add(report, LEVEL_OK, "guest",
		    "CID 2 is the machine that runs this one");
}

static void judge_host(struct doctor_report *report,
		       const struct doctor_facts *facts, bool is_ready)
{
	if (!is_ready) {
		add(report, LEVEL_NOTE, "host",
		    "virtual machines of this machine can't be reached");
		remedy_module(report, facts, MODULE_VHOST);
		return;
	}
	add(report, LEVEL_OK, "host",
	    "virtual machines of this machine can be reached by their CIDs");
	if (facts->vhost_error == -EACCES || facts->vhost_error == -EPERM) {
		add(report, LEVEL_NOTE, "host",
		    "this user may not use /dev/vhost-vsock, and so start no "
		    "virtual machine that has vsock");
		report_remedy(report, "join the group that has it (often kvm)");
	}
}

/* Without /dev/vsock and /sys, as some containers have it. */
static void judge_unseen(struct doctor_report *report)
{
	add(report, LEVEL_NOTE, "transport",
	    "neither /dev/vsock nor /sys can be seen here: whether there is a "
	    "guest or host transport is not known");
}

static void judge_transports(struct doctor_report *report,
			     const struct doctor_facts *facts, enum level bad)
{
	struct transports ways = doctor_transports(facts);

	if (facts->socket_error)
		return;
	judge_loopback(report, facts, ways.loopback);
	if (ways.unseen) {
		judge_unseen(report);
		return;
	}
	judge_guest(report, facts, ways.guest);
	judge_host(report, facts, ways.host);
	if (ways.loopback || ways.guest || ways.host)
		return;
	add(report, bad, "transport",
	    "no transport: no vsock address can be reached");
	report_remedy(report, "one of the remedies for loopback (this machine "
			      "itself), guest or host");
}

static void judge_ports(struct doctor_report *report,
			const struct doctor_facts *facts)
{
	if (facts->socket_error)
		return;
	if (facts->low_ports) {
		add(report, LEVEL_OK, "ports", "every vsock port can be bound");
		return;
	}
	add(report, LEVEL_NOTE, "ports",
	    "vsock ports below 1024 can't be bound by this user");
	report_remedy(report, "lead to a port of 1024 or more, or run with "
			      "CAP_NET_BIND_SERVICE (not in a user namespace)");
}

/* ---- The library ------------------------------------------------------- */

static void judge_library(struct doctor_report *report,
			  const struct doctor_facts *facts)
{
	if (facts->fault.what[0]) {
		add(report, LEVEL_PROBLEM, "library", "%s", facts->fault.what);
		report_remedy(report, "%s", facts->fault.remedy);
		return;
	}
	add(report, LEVEL_OK, "library", "%s, version %s", facts->library.path,
	    facts->library.version);
	if (!facts->lacks)
		return;
	add(report, LEVEL_NOTE, "library",
	    "other users can't read it: what a server starts as another user "
	    "would run on TCP");
	report_remedy(report, "chmod %s %s", facts->lacks, facts->obstacle);
}

static void judge_others(struct doctor_report *report, const char *list,
			 size_t length)
{
	while (length > 0 && strchr(" :", list[length - 1]))
		length--;
	if (length == 0)
		return;
	add(report, LEVEL_NOTE, "preload",
	    "LD_PRELOAD has %.*s in front of the library: rules don't count "
	    "for calls that are answered there",
	    (int)length, list);
	report_remedy(report,
		      "sanitizers and proxychains hand them on; torsocks, "
		      "socket_wrapper and nss_wrapper don't: leave those out");
}

static void judge_preload(struct doctor_report *report,
			  const struct doctor_facts *facts)
{
	const char *list = facts->preload, *entry = NULL;
	size_t length;
	int ret = library_look_in(facts->library.path, list, &entry, &length);

	if (ret == 0) {
		judge_others(report, list, strlen(list));
	} else if (ret > 0) {
		judge_others(report, list, (size_t)(entry - list));
	} else {
		add(report, LEVEL_PROBLEM, "preload",
		    "LD_PRELOAD has another tcp2vsock: %.*s", (int)length,
		    entry);
		report_remedy(report, "take it out, or run the command that "
				      "belongs to it");
	}
}

static void judge_uring(struct doctor_report *report,
			const struct doctor_facts *facts)
{
	if (facts->uring_error) {
		add(report, LEVEL_OK, "io_uring",
		    "no io_uring (%s): no call can go past the library by it",
		    strerror(-facts->uring_error));
		return;
	}
	add(report, LEVEL_NOTE, "io_uring",
	    "programs that connect by io_uring are not redirected");
	report_remedy(report, "for such a program: TCP2VSOCK_IO_URING=off");
}

/* For programs that no library reaches. */
static void judge_door(struct doctor_report *report,
		       const struct doctor_facts *facts)
{
	if (facts->door_error) {
		add(report, LEVEL_NOTE, "supervise",
		    "Go's and static programs are refused: %s",
		    listener_reason(-facts->door_error));
		return;
	}
	add(report, LEVEL_OK, "supervise",
	    "Go's and static programs can be supervised%s",
	    facts->door_killable
		    ? ""
		    : "; before Linux 6.0 a signal that is handled "
		      "interrupts their socket calls");
}

void judge_machine(struct doctor_report *report,
		   const struct doctor_facts *facts, bool needs_vsock)
{
	enum level bad = needs_vsock ? LEVEL_PROBLEM : LEVEL_NOTE;

	judge_kernel(report, facts);
	judge_family(report, facts, bad);
	judge_device(report, facts);
	judge_transports(report, facts, bad);
	judge_ports(report, facts);
	judge_library(report, facts);
	judge_preload(report, facts);
	judge_uring(report, facts);
	judge_door(report, facts);
}
