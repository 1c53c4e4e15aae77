/* SPDX-License-Identifier: MIT */
/*
 * The targets that this process has bound, to tell whether a second bind() to
 * one of them would have succeeded on TCP. A hint: an entry counts only while
 * the kernel confirms that its descriptor still has that name.
 * Async-signal-safe: fixed memory, and an entry that another thread is busy
 * with counts as none.
 */
#ifndef TCP2VSOCK_REDIRECT_STATE_LISTENERS_H
#define TCP2VSOCK_REDIRECT_STATE_LISTENERS_H

#include <stdbool.h>
#include <stdint.h>

#include "redirect/state/tag.h"

struct listener {
	int fd;
	uint32_t cid, port;
	const char *path;     /* in place of cid, for a Unix socket */
	struct endpoint name; /* what bind() was told */
	int tag;	      /* its flags then (tag.h) */
	bool reuse_port;
};

/*
 * Of a bound socket, what its tag and the table tell: all but reuse_port, which
 * is not set. Its tag, or -ENOENT.
 */
int listeners_read(int fd, struct listener *listener);

/* What was known of the same number before is forgotten. */
void listeners_add(const struct listener *listener);

/* The number `copy` is one of this listener's, too, if it is one. */
void listeners_copied(int fd, int copy);

/* The number stands for another socket. */
void listeners_forget(int fd);

/* The same of a number that has been found to have this tag and name. */
void listeners_note(int fd, int tag, const struct endpoint *name);

/* What was known of it stays, but for its tag. */
void listeners_set_tag(int fd, int tag);

/*
 * What is remembered of a number that the hooks have seen become a listener,
 * and nothing else since. No system call, so a hint. False: nothing.
 */
bool listeners_recall(int fd, struct listener *listener);

/* Whether the names are the same. */
bool listeners_same_name(const struct endpoint *a, const struct endpoint *b);

/* Adds those that are not known, of all descriptors but one. */
void listeners_find(int except);

/*
 * True when the process holds the port, and TCP would let this one have it too:
 * other addresses, or SO_REUSEPORT on both.
 */
bool listeners_may_share(const struct listener *listener);

/*
 * Calls visit() for each that is still there, with its tag as it is now, of the
 * numbers first to last. A system call for each.
 */
void listeners_each(unsigned first, unsigned last,
		    void (*visit)(const struct listener *listener, void *arg),
		    void *arg);

/*
 * Whether the kernel has a file for its name: who makes that has the name, and
 * who had it before keeps his socket (unix_bind_bsd() in net/unix/af_unix.c).
 */
bool listeners_has_file(const struct listener *listener);

/* Whether both are for one vsock port, which can be had once. */
bool listeners_same_target(const struct listener *a, const struct listener *b);

/* Whether there may be a quiet one (TAG_QUIET) in this process. */
extern bool listeners_any_quiet __attribute__((visibility("hidden")));

/* Whether SO_REUSEPORT is set on a TCP socket. */
bool listeners_reuse_port(int fd);

#endif
