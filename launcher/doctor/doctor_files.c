/* SPDX-License-Identifier: MIT */
/* The facts that /proc, /sys and /lib/modules give. */
#include "launcher/doctor/doctor_files.h"

#include <dirent.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VIRTIO_VSOCK 19 /* VIRTIO_ID_VSOCK of <linux/virtio_ids.h> */

static const char *const module_names[N_MODULES] = {
	[MODULE_VSOCK] = "vsock",
	[MODULE_LOOPBACK] = "vsock_loopback",
	[MODULE_VIRTIO] = "vmw_vsock_virtio_transport",
	[MODULE_VHOST] = "vhost_vsock",
	[MODULE_VMCI] = "vmw_vsock_vmci_transport",
	[MODULE_HYPERV] = "hv_sock",
};

const char *doctor_module_name(enum module module)
{
	return module_names[module];
}

/* ---- Files ------------------------------------------------------------ */

static bool exists(const char *root, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root, name);
	return access(path, F_OK) == 0;
}

/* Calls found() with each line until it says true. Whether it did. */
static bool any_line(const char *root, const char *name,
		     bool (*found)(const char *line, void *arg), void *arg)
{
	char path[PATH_MAX], *line = NULL;
	size_t size = 0;
	bool yes = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", root, name);
	file = fopen(path, "re");
	while (file && !yes && getline(&line, &size, file) > 0)
		yes = found(line, arg);
	free(line);
	if (file)
		fclose(file);
	return yes;
}

/* ---- Modules ---------------------------------------------------------- */

/* A line of /proc/modules. */
static bool is_module(const char *line, void *name)
{
	size_t n = strlen(name);

	return strncmp(line, name, n) == 0 && line[n] == ' ';
}

/* A line of modules.dep or modules.builtin: what comes before the colon. */
static bool is_file_of(const char *line, void *name)
{
	size_t n = strcspn(line, ":\n");
	char wanted[64];
	const char *at;

	snprintf(wanted, sizeof(wanted), "/%s.ko", (char *)name);
	at = strstr(line, wanted);
	return at && (size_t)(at - line) < n;
}

static enum module_state listed(const char *root, const char *release,
				char *name)
{
	char list[128];

	snprintf(list, sizeof(list), "/lib/modules/%s/modules.builtin",
		 release);
	if (any_line(root, list, is_file_of, name))
		return MODULE_BUILT_IN;
	snprintf(list, sizeof(list), "/lib/modules/%s/modules.dep", release);
	if (any_line(root, list, is_file_of, name))
		return MODULE_AVAILABLE;
	return exists(root, list) ? MODULE_MISSING : MODULE_UNKNOWN;
}

static enum module_state state_of(const char *root, const char *release,
				  enum module module)
{
	char name[64], folder[128];

	snprintf(name, sizeof(name), "%s", module_names[module]);
	snprintf(folder, sizeof(folder), "/sys/module/%s", name);
	if (any_line(root, "/proc/modules", is_module, name))
		return MODULE_LOADED;
	if (exists(root, folder))
		return MODULE_BUILT_IN;
	return listed(root, release, name);
}

/* ---- Devices ---------------------------------------------------------- */

static bool has_id(const char *line, void *id)
{
	return strtoul(line, NULL, 16) == *(unsigned long *)id;
}

/* sysfs: /sys/bus/virtio/devices/virtioN/device is the kind of the device. */
static void look_at_virtio(struct doctor_facts *facts, const char *root,
			   const char *device)
{
	unsigned long vsock = VIRTIO_VSOCK;
	char path[sizeof("/sys/bus/virtio/devices//device") + NAME_MAX];

	snprintf(path, sizeof(path), "/sys/bus/virtio/devices/%s/device",
		 device);
	facts->is_vm = true;
	if (!any_line(root, path, has_id, &vsock))
		return;
	facts->has_device = true;
	snprintf(path, sizeof(path), "/sys/bus/virtio/devices/%s/driver",
		 device);
	if (exists(root, path))
		facts->has_driver = true;
}

static void look_at_bus(struct doctor_facts *facts, const char *root)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/sys/bus/virtio/devices", root);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			look_at_virtio(facts, root, entry->d_name);
	if (dir)
		closedir(dir);
}

static bool is_under_hypervisor(const char *line, void *unused)
{
	(void)unused;
	return strncmp(line, "flags", 5) == 0 && strstr(line, " hypervisor");
}

/* ---- This process ----------------------------------------------------- */

struct status {
	int seccomp;
	unsigned long long capabilities;
};

static bool read_status(const char *line, void *arg)
{
	struct status *status = arg;

	if (strncmp(line, "Seccomp:", 8) == 0)
		status->seccomp = atoi(line + 8);
	if (strncmp(line, "CapEff:", 7) == 0)
		status->capabilities = strtoull(line + 7, NULL, 16);
	return false;
}

static bool holds_all(const char *line, void *unused)
{
	unsigned long inside, outside, count;

	(void)unused;
	return sscanf(line, "%lu %lu %lu", &inside, &outside, &count) == 3 &&
	       inside == 0 && outside == 0 && count == 4294967295;
}

/*
 * __vsock_bind_connectible() in net/vmw_vsock/af_vsock.c asks capable(): the
 * capability counts in the first user namespace only.
 */
static void look_at_process(struct doctor_facts *facts, const char *root)
{
	struct status status = {.seccomp = -1};

	any_line(root, "/proc/self/status", read_status, &status);
	facts->seccomp = status.seccomp;
	facts->low_ports =
		(status.capabilities >> CAP_NET_BIND_SERVICE & 1) &&
		any_line(root, "/proc/self/uid_map", holds_all, NULL);
}

/* ---- What runs it ----------------------------------------------------- */

static bool copy_word(const char *line, void *to)
{
	snprintf(to, sizeof(((struct doctor_facts *)0)->container), "%.*s",
		 (int)strcspn(line, " \n"), line);
	return true;
}

static void look_for_container(struct doctor_facts *facts, const char *root)
{
	const char *kind = NULL;

	if (exists(root, "/.dockerenv"))
		kind = "docker";
	else if (exists(root, "/run/.containerenv"))
		kind = "podman";
	else if (getenv("KUBERNETES_SERVICE_HOST"))
		kind = "kubernetes";
	if (kind)
		copy_word(kind, facts->container);
	else
		any_line(root, "/run/systemd/container", copy_word,
			 facts->container);
}

void doctor_read_files(struct doctor_facts *facts, const char *root)
{
	for (int i = 0; i < N_MODULES; i++)
		facts->modules[i] =
			state_of(root, facts->release, (enum module)i);
	facts->sees_sys = exists(root, "/sys/bus");
	look_at_bus(facts, root);
	look_at_process(facts, root);
	look_for_container(facts, root);
	if (any_line(root, "/proc/cpuinfo", is_under_hypervisor, NULL))
		facts->is_vm = true;
}
