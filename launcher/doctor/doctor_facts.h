/* SPDX-License-Identifier: MIT */
/*
 * What --doctor sees of this machine. Looked up once, judged elsewhere: the
 * tests of the judgement make up their own.
 */
#ifndef TCP2VSOCK_LAUNCHER_DOCTOR_DOCTOR_FACTS_H
#define TCP2VSOCK_LAUNCHER_DOCTOR_DOCTOR_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "launcher/library.h"

enum module {
	MODULE_VSOCK,
	MODULE_LOOPBACK,
	MODULE_VIRTIO,
	MODULE_VHOST,
	MODULE_VMCI,
	MODULE_HYPERV,
	N_MODULES,
};

enum module_state {
	MODULE_UNKNOWN,	  /* no sign of it, and no list of modules */
	MODULE_MISSING,	  /* the list of modules lacks it */
	MODULE_AVAILABLE, /* can be loaded */
	MODULE_LOADED,
	MODULE_BUILT_IN,
};

/* Where a field is called an error, it is 0 or a negative errno. */
struct doctor_facts {
	char release[65];   /* of the kernel, uname(2) */
	char machine[65];   /* ... its architecture */
	char container[32]; /* what kind of one this is; "": none seen */
	bool is_vm;
	bool sees_sys;	 /* /sys is mounted: what it lacks is not there */
	bool has_device; /* a virtio vsock device, with or without driver */
	bool has_driver; /* ... with one */
	enum module_state modules[N_MODULES];
	int seccomp;	      /* its mode, proc(5); -1: not known */
	int socket_error;     /* of socket(AF_VSOCK) */
	int loopback_error;   /* of bind() to CID 1 */
	int device_error;     /* of open("/dev/vsock") */
	unsigned device_mode; /* st_mode of it; 0: not known */
	int cid_error;	      /* of asking it for the CID */
	uint32_t cid;	      /* VMADDR_CID_ANY: none, or not known */
	int vhost_error;      /* of access("/dev/vhost-vsock") */
	bool low_ports;	      /* ports below 1024 may be bound */
	int uring_error;      /* of io_uring_setup(2) */
	int door_error;	      /* of supervising a program: listener_try() */
	bool door_killable;   /* ... with a kernel that leaves it its calls */
	struct library library;
	struct library_fault fault;
	const char *lacks;	 /* see reach_obstacle(); NULL: nothing */
	char obstacle[PATH_MAX]; /* ... and what lacks it */
	const char *preload;	 /* LD_PRELOAD; "": not set */
};

/* A file that a rule names. */
struct path_facts {
	int error; /* of stat(2) */
	unsigned mode;
	bool may_write;
};

/*
 * Looks, and connects to nothing: a bind() to CID 1 sends nothing. root is put
 * in front of the paths in /proc, /sys, /dev, /run and /lib/modules; "" for
 * this machine's own.
 */
void doctor_look(struct doctor_facts *facts, const char *root);

void doctor_look_at(const char *path, struct path_facts *facts);

/* As modprobe(8) has it. */
const char *doctor_module_name(enum module module);

#endif
