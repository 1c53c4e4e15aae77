/* SPDX-License-Identifier: MIT */
/* The kernel's AT_SECURE rules, asked beforehand. */
#include "launcher/program/privilege.h"

#include <endian.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* mnt_may_suid() in fs/namespace.c */
static bool mount_allows(const char *path)
{
	struct statvfs fs;

	return statvfs(path, &fs) < 0 || !(fs.f_flag & ST_NOSUID);
}

/*
 * bprm_fill_uid() in fs/exec.c. Differing IDs are enough, whoever made them
 * differ; a set-group-ID bit counts only with the group's execute bit.
 */
static bool ids_differ(const struct stat *st, bool bits_count)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (bits_count && (st->st_mode & S_ISUID))
		uid = st->st_uid;
	if (bits_count && (st->st_mode & S_ISGID) && (st->st_mode & S_IXGRP))
		gid = st->st_gid;
	return uid != getuid() || gid != getgid();
}

/* This process's own sets, see capabilities(7). */
struct sets {
	uint64_t permitted;
	uint64_t inheritable;
	uint64_t bounding;
};

static void read_sets(struct sets *sets)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	memset(data, 0, sizeof(data));
	syscall(SYS_capget, &header, data);
	sets->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	sets->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable
							  << 32;
	sets->bounding = 0;
	for (unsigned long cap = 0; cap < 64; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			sets->bounding |= UINT64_C(1) << cap;
}

/* Whether the file's capabilities would count for a user who is not root. */
static bool gives_capabilities(const char *path, bool bound)
{
	struct vfs_ns_cap_data cap;
	struct sets own;
	uint64_t permitted, inheritable;
	ssize_t n;

	memset(&cap, 0, sizeof(cap));
	n = getxattr(path, "security.capability", &cap, sizeof(cap));
	if (n < (ssize_t)XATTR_CAPS_SZ_1)
		return false;
	permitted = le32toh(cap.data[0].permitted) |
		    (uint64_t)le32toh(cap.data[1].permitted) << 32;
	inheritable = le32toh(cap.data[0].inheritable) |
		      (uint64_t)le32toh(cap.data[1].inheritable) << 32;
	read_sets(&own);
	permitted =
		(permitted & own.bounding) | (inheritable & own.inheritable);
	if (bound)
		permitted &= own.permitted;
	return (le32toh(cap.magic_etc) & VFS_CAP_FLAGS_EFFECTIVE) || permitted;
}

bool privilege_is_raised(const char *path, const struct stat *st)
{
	bool allowed = mount_allows(path);
	bool bound = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;

	if (ids_differ(st, allowed && !bound))
		return true;
	return getuid() != 0 && allowed && gives_capabilities(path, bound);
}
