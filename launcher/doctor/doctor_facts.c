/* SPDX-License-Identifier: MIT */
/* The facts that system calls give; doctor_files.c reads those of files. */
#include "launcher/doctor/doctor_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "launcher/doctor/doctor_files.h"
#include "launcher/program/reach.h"
#include "redirect/kernel/newer.h"
#include "supervise/listener.h"
#include "vsock/vm_sockets.h"

/* The error of what returned ret, and of what has not been done. */
static int error_of(int ret)
{
	return ret < 0 ? -errno : 0;
}

/*
 * vsock_find_cid() in net/vmw_vsock/af_vsock.c: CID 1 can be bound just where
 * the loopback transport is.
 */
static void look_at_sockets(struct doctor_facts *facts)
{
	struct sockaddr_vm local = {
		.svm_family = AF_VSOCK,
		.svm_cid = VMADDR_CID_LOCAL,
		.svm_port = VMADDR_PORT_ANY,
	};
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

	facts->loopback_error = facts->socket_error = error_of(fd);
	if (fd < 0)
		return;
	facts->loopback_error =
		error_of(bind(fd, (struct sockaddr *)&local, sizeof(local)));
	close(fd);
}

static void look_at_device(struct doctor_facts *facts, const char *root)
{
	char path[PATH_MAX];
	struct stat st;
	unsigned cid;
	int fd;

	snprintf(path, sizeof(path), "%s/dev/vsock", root);
	facts->device_mode = stat(path, &st) == 0 ? st.st_mode : 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	facts->cid = VMADDR_CID_ANY;
	facts->cid_error = facts->device_error = error_of(fd);
	if (fd < 0)
		return;
	facts->cid_error =
		error_of(ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid));
	if (facts->cid_error == 0)
		facts->cid = cid;
	close(fd);
}

/* Not open(2): that loads the module, where the device file is static. */
static void look_at_vhost(struct doctor_facts *facts, const char *root)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/dev/vhost-vsock", root);
	facts->vhost_error = error_of(access(path, R_OK | W_OK));
}

/* Without parameters it fails, with EFAULT where it could have worked. */
static void look_at_uring(struct doctor_facts *facts)
{
	int error = error_of((int)syscall(SYS_io_uring_setup, 0, NULL));

	facts->uring_error = error == -EFAULT || error == -EINVAL ? 0 : error;
}

static void look_at_door(struct doctor_facts *facts)
{
	facts->door_error = listener_try(&facts->door_killable);
}

static void look_at_library(struct doctor_facts *facts)
{
	const char *preload = getenv("LD_PRELOAD");

	facts->preload = preload ? preload : "";
	library_look(&facts->library, &facts->fault);
	facts->lacks = reach_obstacle(facts->library.path, facts->obstacle);
}

void doctor_look(struct doctor_facts *facts, const char *root)
{
	struct utsname name;

	memset(facts, 0, sizeof(*facts));
	uname(&name);
	snprintf(facts->release, sizeof(facts->release), "%s", name.release);
	snprintf(facts->machine, sizeof(facts->machine), "%s", name.machine);
	/* First: it loads vsock where the kernel may do that by itself. */
	look_at_sockets(facts);
	look_at_device(facts, root);
	look_at_vhost(facts, root);
	look_at_uring(facts);
	look_at_door(facts);
	look_at_library(facts);
	doctor_read_files(facts, root);
}

void doctor_look_at(const char *path, struct path_facts *facts)
{
	struct stat st;

	memset(facts, 0, sizeof(*facts));
	facts->error = error_of(stat(path, &st));
	if (facts->error)
		return;
	facts->mode = st.st_mode;
	facts->may_write = access(path, W_OK) == 0;
}
