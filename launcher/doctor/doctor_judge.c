/* SPDX-License-Identifier: MIT */
/* The machine's facts -> findings; doctor_rules.c has those about rules. */
#include "launcher/doctor/doctor_judge.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "supervise/listener.h"
#include "vsock/vm_sockets.h"

static bool is_loaded(const struct doctor_facts *facts, enum module module)
{
	return facts->modules[module] >= MODULE_LOADED;
}

static bool is_wsl(const struct doctor_facts *facts)
{
	return strcasestr(facts->release, "microsoft");
}

static bool is_forbidden(int error)
{
	return error == -EACCES || error == -EPERM;
}

/*
 * The CID is a guest's where there is a guest transport, and else the host's:
 * vsock_dev_do_ioctl() in net/vmw_vsock/af_vsock.c. Hyper-V has no CIDs.
 */
struct transports doctor_transports(const struct doctor_facts *facts)
{
	bool has_cid = facts->cid_error == 0 && facts->cid != VMADDR_CID_ANY;
	bool hyperv = is_loaded(facts, MODULE_HYPERV) &&
		      (facts->is_vm || is_wsl(facts));
	struct transports ways = {false, false, false, false};

	if (facts->socket_error)
		return ways;
	ways.loopback = facts->loopback_error == 0;
	ways.guest = (has_cid && facts->cid > VMADDR_CID_HOST) ||
		     facts->has_driver || hyperv;
	ways.host = is_loaded(facts, MODULE_VHOST) ||
		    (has_cid && facts->cid == VMADDR_CID_HOST);
	ways.unseen = facts->cid_error && !facts->sees_sys && !ways.guest &&
		      !ways.host;
	return ways;
}

void remedy_module(const struct judging *j, enum module module)
{
	const char *name = doctor_module_name(module);

	if (j->facts->container[0])
		remedy(j, "on the container's host, as root: modprobe %s",
		       name);
	else if (j->facts->modules[module] == MODULE_MISSING)
		remedy(j,
		       "this kernel has no %s: install its full set of "
		       "modules, or another kernel",
		       name);
	else if (j->facts->modules[module] < MODULE_LOADED)
		remedy(j,
		       "as root: modprobe %s; a line in /etc/modules-load.d/ "
		       "makes it last",
		       name);
}

/* ---- The kernel -------------------------------------------------------- */

static void judge_kernel(const struct judging *j)
{
	const struct doctor_facts *facts = j->facts;

	say(j, LEVEL_OK, "Linux %s, %s%s%s%s", facts->release, facts->machine,
	    is_wsl(facts)  ? ", in WSL"
	    : facts->is_vm ? ", in a virtual machine"
			   : "",
	    facts->container[0] ? ", in a container: " : "", facts->container);
}

/* A security module says EACCES, also where a container has a filter, too. */
static void remedy_forbidden(const struct judging *j)
{
	if (j->facts->seccomp == 2 && j->facts->socket_error != -EACCES)
		remedy(j, "a seccomp filter forbids it: run the container with "
			  "a profile that allows AF_VSOCK (docker run "
			  "--security-opt seccomp=FILE)");
	else
		remedy(j, "a security module forbids it: see the audit log of "
			  "SELinux or AppArmor");
}

/* The kernel has vsock, and says that it has not: somebody else says it. */
static void remedy_no_family(const struct judging *j)
{
	if (is_loaded(j->facts, MODULE_VSOCK) && j->facts->seccomp == 2)
		remedy(j, "the kernel has it, a seccomp filter hides it: run "
			  "with a profile that allows AF_VSOCK");
	else
		remedy_module(j, MODULE_VSOCK);
}

static void judge_family(const struct judging *j)
{
	int error = j->facts->socket_error;

	if (!error) {
		say(j, LEVEL_OK, "AF_VSOCK sockets can be made");
	} else if (is_forbidden(error) || error == -ENOSYS) {
		say(j, j->bad, "AF_VSOCK sockets are forbidden here: %s",
		    strerror(-error));
		remedy_forbidden(j);
	} else if (error == -EAFNOSUPPORT) {
		say(j, j->bad, "the kernel has no AF_VSOCK");
		remedy_no_family(j);
	} else {
		say(j, j->bad, "AF_VSOCK sockets can't be made: %s",
		    strerror(-error));
	}
}

/* ---- /dev/vsock -------------------------------------------------------- */

static void judge_device(const struct judging *j)
{
	int error = j->facts->device_error;
	unsigned mode = j->facts->device_mode & 07777;

	if (!error) {
		say(j, LEVEL_OK, "/dev/vsock can be read (mode %04o)", mode);
	} else if (is_forbidden(error)) {
		say(j, LEVEL_NOTE,
		    "/dev/vsock (mode %04o) can't be read by this user: "
		    "programs can't ask for their CID",
		    mode);
		remedy(j, "as root: chmod a+r /dev/vsock; to make it last, a "
			  "udev rule: KERNEL==\"vsock\", MODE=\"0644\"");
	} else {
		say(j, LEVEL_NOTE,
		    "/dev/vsock: %s: programs can't ask for their CID",
		    strerror(-error));
		if (j->facts->container[0])
			remedy(j, "give it to the container: --device "
				  "/dev/vsock");
		else
			remedy_module(j, MODULE_VSOCK);
	}
}

static void judge_cid(const struct judging *j)
{
	if (j->facts->device_error)
		return;
	if (j->facts->cid_error)
		say(j, LEVEL_NOTE, "/dev/vsock doesn't tell the CID: %s",
		    strerror(-j->facts->cid_error));
	else if (j->facts->cid == VMADDR_CID_ANY)
		say(j, LEVEL_NOTE,
		    "this machine has no CID: no transport leads to another "
		    "machine");
	else
		say(j, LEVEL_OK, "this machine is CID %u%s", j->facts->cid,
		    j->facts->cid == VMADDR_CID_HOST ? ", a host" : "");
}

/* ---- Transports -------------------------------------------------------- */

static void judge_loopback(const struct judging *j)
{
	if (j->facts->socket_error)
		return;
	if (j->ways.loopback) {
		say(j, LEVEL_OK, "CID 1 is this machine itself");
		return;
	}
	say(j, LEVEL_NOTE,
	    "no loopback: CID 1 doesn't lead to this machine itself (%s)",
	    strerror(-j->facts->loopback_error));
	remedy_module(j, MODULE_LOOPBACK);
}

static void judge_guest(const struct judging *j)
{
	const struct doctor_facts *facts = j->facts;

	if (facts->socket_error || j->ways.unseen)
		return;
	if (j->ways.guest) {
		say(j, LEVEL_OK, "CID 2 is the machine that runs this one");
	} else if (facts->has_device) {
		say(j, LEVEL_NOTE,
		    "this virtual machine has a vsock device, and no driver "
		    "has it");
		remedy_module(j, MODULE_VIRTIO);
	} else if (is_wsl(facts)) {
		say(j, LEVEL_NOTE, "Windows can't be reached");
		remedy_module(j, MODULE_HYPERV);
	} else if (facts->is_vm) {
		say(j, LEVEL_NOTE,
		    "this virtual machine has no vsock device that is seen");
		remedy(j, "ask for one where it is started (QEMU: -device "
			  "vhost-vsock-pci,guest-cid=3)");
	} else {
		say(j, LEVEL_NOTE,
		    "not a virtual machine's side: nothing is outside");
	}
}

static void judge_host(const struct judging *j)
{
	if (j->facts->socket_error || j->ways.unseen)
		return;
	if (!j->ways.host) {
		say(j, LEVEL_NOTE,
		    "virtual machines of this machine can't be reached");
		remedy_module(j, MODULE_VHOST);
		return;
	}
	say(j, LEVEL_OK,
	    "virtual machines of this machine can be reached by their CIDs");
	if (is_forbidden(j->facts->vhost_error)) {
		say(j, LEVEL_NOTE,
		    "this user may not use /dev/vhost-vsock, and so start no "
		    "virtual machine that has vsock");
		remedy(j, "join the group that has it (often kvm)");
	}
}

/* Without /dev/vsock and /sys, as some containers have it, it is not known. */
static void judge_transports(const struct judging *j)
{
	if (j->facts->socket_error)
		return;
	if (j->ways.unseen) {
		say(j, LEVEL_NOTE,
		    "neither /dev/vsock nor /sys can be seen here: whether "
		    "there is a guest or host transport is not known");
	} else if (!j->ways.loopback && !j->ways.guest && !j->ways.host) {
		say(j, j->bad, "no transport: no vsock address can be reached");
		remedy(j, "one of the remedies for loopback (this machine "
			  "itself), guest or host");
	}
}

static void judge_ports(const struct judging *j)
{
	if (j->facts->socket_error)
		return;
	if (j->facts->low_ports) {
		say(j, LEVEL_OK, "every vsock port can be bound");
		return;
	}
	say(j, LEVEL_NOTE,
	    "vsock ports below 1024 can't be bound by this user");
	remedy(j, "lead to a port of 1024 or more, or run with "
		  "CAP_NET_BIND_SERVICE (not in a user namespace)");
}

/* ---- The library ------------------------------------------------------- */

static void judge_library(const struct judging *j)
{
	const struct doctor_facts *facts = j->facts;

	if (facts->fault.what[0]) {
		say(j, LEVEL_PROBLEM, "%s", facts->fault.what);
		remedy(j, "%s", facts->fault.remedy);
		return;
	}
	say(j, LEVEL_OK, "%s, version %s", facts->library.path,
	    facts->library.version);
	if (!facts->lacks)
		return;
	say(j, LEVEL_NOTE,
	    "other users can't read it: what a server starts as another user "
	    "would run on TCP");
	remedy(j, "chmod %s %s", facts->lacks, facts->obstacle);
}

static void judge_others(const struct judging *j, size_t length)
{
	const char *list = j->facts->preload;

	while (length > 0 && strchr(" :", list[length - 1]))
		length--;
	if (length == 0)
		return;
	say(j, LEVEL_NOTE,
	    "LD_PRELOAD has %.*s in front of the library: rules don't count "
	    "for calls that are answered there",
	    (int)length, list);
	remedy(j, "sanitizers and proxychains hand them on; torsocks, "
		  "socket_wrapper and nss_wrapper don't: leave those out");
}

static void judge_preload(const struct judging *j)
{
	const char *list = j->facts->preload, *entry = NULL;
	size_t length;
	int ret =
		library_look_in(j->facts->library.path, list, &entry, &length);

	if (ret >= 0) {
		judge_others(j, ret ? (size_t)(entry - list) : strlen(list));
		return;
	}
	say(j, LEVEL_PROBLEM, "LD_PRELOAD has another tcp2vsock: %.*s",
	    (int)length, entry);
	remedy(j, "take it out, or run the command that belongs to it");
}

static void judge_uring(const struct judging *j)
{
	if (j->facts->uring_error) {
		say(j, LEVEL_OK,
		    "no io_uring (%s): no call can go past the library by it",
		    strerror(-j->facts->uring_error));
		return;
	}
	say(j, LEVEL_NOTE,
	    "programs that connect by io_uring are not redirected");
	remedy(j, "for such a program: TCP2VSOCK_IO_URING=off");
}

/* For programs that no library reaches. */
static void judge_door(const struct judging *j)
{
	if (j->facts->door_error)
		say(j, LEVEL_NOTE, "Go's and static programs are refused: %s",
		    listener_reason(-j->facts->door_error));
	else
		say(j, LEVEL_OK, "Go's and static programs can be supervised%s",
		    j->facts->door_killable
			    ? ""
			    : "; before Linux 6.0 a signal that is handled "
			      "interrupts their socket calls");
}

static const struct {
	const char *topic;
	void (*judge)(const struct judging *j);
} topics[] = {
	{"kernel", judge_kernel},     {"af_vsock", judge_family},
	{"device", judge_device},     {"cid", judge_cid},
	{"loopback", judge_loopback}, {"guest", judge_guest},
	{"host", judge_host},	      {"transport", judge_transports},
	{"ports", judge_ports},	      {"library", judge_library},
	{"preload", judge_preload},   {"io_uring", judge_uring},
	{"supervise", judge_door},
};

void judge_machine(struct doctor_report *report,
		   const struct doctor_facts *facts, bool needs_vsock)
{
	struct judging j = {
		.report = report,
		.facts = facts,
		.ways = doctor_transports(facts),
		.bad = needs_vsock ? LEVEL_PROBLEM : LEVEL_NOTE,
		.i = ABOUT_MACHINE,
	};

	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		j.topic = topics[i].topic;
		topics[i].judge(&j);
	}
}
