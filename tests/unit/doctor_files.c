/* SPDX-License-Identifier: MIT */
/* --doctor's reading of /proc, /sys and /lib/modules, in a tree of our own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "launcher/doctor/doctor_files.h"

static char root[] = "/tmp/t2v-doctor-XXXXXX";
static struct doctor_facts facts;

static void make_root(void)
{
	cr_assert(mkdtemp(root));
	unsetenv("KUBERNETES_SERVICE_HOST");
	memset(&facts, 0, sizeof(facts));
	strcpy(facts.release, "6.1.0");
}

static void remove_root(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	cr_assert_eq(system(command), 0);
}

TestSuite(doctor_files, .timeout = 20, .init = make_root, .fini = remove_root);

/* A file in the tree, with the folders above it. */
static void put(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", root, name);
	for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')); at++) {
		*at = '\0';
		mkdir(path, 0755);
		*at = '/';
	}
	file = fopen(path, "w");
	cr_assert(file, "%s", path);
	fputs(text, file);
	fclose(file);
}

static void look(void)
{
	facts.is_vm = facts.has_device = facts.has_driver = false;
	facts.container[0] = '\0';
	doctor_read_files(&facts, root);
}

Test(doctor_files, nothing_is_there)
{
	look();
	for (int i = 0; i < N_MODULES; i++)
		cr_expect_eq(facts.modules[i], MODULE_UNKNOWN);
	cr_expect_eq(facts.seccomp, -1);
	cr_expect_not(facts.low_ports);
	cr_expect_not(facts.is_vm);
	cr_expect_not(facts.sees_sys);
	cr_expect_str_empty(facts.container);
}

Test(doctor_files, modules)
{
	put("/proc/modules", "vsock_loopback 16384 0 - Live 0x0\n"
			     "vhost_vsock_not 1 0 - Live 0x0\n");
	put("/sys/module/vsock/version", "1");
	put("/lib/modules/6.1.0/modules.builtin",
	    "kernel/net/vmw_vsock/hv_sock.ko\n");
	put("/lib/modules/6.1.0/modules.dep",
	    "kernel/x/vmw_vsock_virtio_transport.ko.xz: kernel/net/vsock.ko\n"
	    "kernel/x/other.ko: kernel/drivers/vhost/vhost_vsock.ko\n");
	look();
	cr_expect_eq(facts.modules[MODULE_LOOPBACK], MODULE_LOADED);
	cr_expect_eq(facts.modules[MODULE_VSOCK], MODULE_BUILT_IN);
	cr_expect_eq(facts.modules[MODULE_HYPERV], MODULE_BUILT_IN);
	cr_expect_eq(facts.modules[MODULE_VIRTIO], MODULE_AVAILABLE);
	/* What another module needs is no line of its own. */
	cr_expect_eq(facts.modules[MODULE_VHOST], MODULE_MISSING);
	cr_expect_eq(facts.modules[MODULE_VMCI], MODULE_MISSING);
}

Test(doctor_files, virtio_device)
{
	put("/sys/bus/virtio/devices/virtio0/device", "0x0001\n");
	look();
	cr_expect(facts.is_vm);
	cr_expect(facts.sees_sys);
	cr_expect_not(facts.has_device);
	put("/sys/bus/virtio/devices/virtio1/device", "0x0013\n");
	look();
	cr_expect(facts.has_device);
	cr_expect_not(facts.has_driver);
	put("/sys/bus/virtio/devices/virtio0/driver/x", "");
	look();
	cr_expect_not(facts.has_driver);
	put("/sys/bus/virtio/devices/virtio1/driver/x", "");
	look();
	cr_expect(facts.has_driver);
}

Test(doctor_files, hypervisor_flag)
{
	put("/proc/cpuinfo", "model name : hypervisor\nflags : fpu\n");
	look();
	cr_expect_not(facts.is_vm);
	put("/proc/cpuinfo", "flags\t\t: fpu hypervisor lahf_lm\n");
	look();
	cr_expect(facts.is_vm);
}

Test(doctor_files, low_ports)
{
	static const struct {
		const char *status, *map;
		bool may;
	} rows[] = {
		{"CapEff:\t0000000000000400\n", "0 0 4294967295\n", true},
		{"CapEff:\t000001ffffffffff\n", "0 0 4294967295\n", true},
		{"CapEff:\t000001fffffffbff\n", "0 0 4294967295\n", false},
		{"CapEff:\t0000000000000400\n", "0 1000 1\n", false},
		{"CapEff:\t0000000000000400\n", "0 0 1000\n", false},
		{"CapEff:\t0000000000000400\n", "5 0 4294967295\n", false},
		{"CapPrm:\t0000000000000400\n", "0 0 4294967295\n", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put("/proc/self/status", rows[i].status);
		put("/proc/self/uid_map", rows[i].map);
		look();
		cr_expect_eq(facts.low_ports, rows[i].may, "row %zu", i);
	}
}

Test(doctor_files, seccomp)
{
	put("/proc/self/status", "Seccomp:\t2\nSeccomp_filters:\t7\n");
	look();
	cr_expect_eq(facts.seccomp, 2);
}

Test(doctor_files, container)
{
	put("/run/systemd/container", "systemd-nspawn\n");
	look();
	cr_expect_str_eq(facts.container, "systemd-nspawn");
	setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
	look();
	cr_expect_str_eq(facts.container, "kubernetes");
	put("/run/.containerenv", "");
	look();
	cr_expect_str_eq(facts.container, "podman");
	put("/.dockerenv", "");
	look();
	cr_expect_str_eq(facts.container, "docker");
}

Test(doctor_files, files_that_rules_name)
{
	struct path_facts file;

	doctor_look_at(root, &file);
	cr_expect_eq(file.error, 0);
	cr_expect(S_ISDIR(file.mode));
	cr_expect(file.may_write);
	doctor_look_at("/no/such/file", &file);
	cr_expect_lt(file.error, 0);
}
