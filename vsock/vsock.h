/* SPDX-License-Identifier: MIT */
/*
 * AF_VSOCK by itself: addresses and their text, dial, listen, accept.
 *
 * The C counterpart of Go's vsock package (github.com/mdlayher/vsock): equal
 * addresses have equal text in both, and the calls mean the same.
 *
 * Unless a function says otherwise it returns -1 and sets errno when it fails,
 * leaves errno alone when it succeeds, and is safe from any number of threads.
 * Every descriptor that it returns is blocking, has FD_CLOEXEC and belongs to
 * the caller, who closes it. Data is read and written with read(2) and
 * write(2); shutdown(2) closes one direction.
 *
 * The rules behind it are those of vsock(7) and of Linux's
 * net/vmw_vsock/af_vsock.c.
 */
#ifndef VSOCK_H
#define VSOCK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The name of the network, as Go's Addr.Network() has it. */
#define VSOCK_NETWORK "vsock"

/*
 * Context identifiers (CIDs), the same as VMADDR_CID_* of
 * <linux/vm_sockets.h>. Every other one is a virtual machine's.
 */
#define VSOCK_CID_HYPERVISOR UINT32_C(0) /* the hypervisor itself */
#define VSOCK_CID_LOCAL	     UINT32_C(1) /* this machine: loopback */
#define VSOCK_CID_HOST	     UINT32_C(2) /* the machine under this one */
#define VSOCK_CID_ANY	     UINT32_MAX	 /* listen on all of ours */

/* VMADDR_PORT_ANY: the kernel chooses. Ports below 1024 are privileged. */
#define VSOCK_PORT_ANY UINT32_MAX

/* The address of one end. Both numbers are in host byte order. */
struct vsock_addr {
	uint32_t cid;
	uint32_t port;
};

/* ---- Text ---------------------------------------------------------- */

/*
 * These four allocate nothing, use no stdio and no locale, make no system call
 * and are async-signal-safe.
 */

/* Bytes that hold every text below, the final NUL among them. */
#define VSOCK_ADDR_TEXT_SIZE 32

/*
 * The form for people, the one of Go's Addr.String():
 *
 *	hypervisor(0):1024  local(1):1024  host(2):1024  vm(7):1024
 *
 * CID any is vm(4294967295), as in Go.
 *
 * @addr: the address
 * @buf:  takes the text and a NUL, cut off where it is too short; may be NULL
 *        when @size is 0
 * @size: bytes in @buf
 *
 * Returns the length of the whole text without the NUL, as snprintf(3) does.
 * It can't fail.
 */
int vsock_addr_text(const struct vsock_addr *addr, char *buf, size_t size);

/*
 * The form for mapping tables and command lines: vsock:2:1024, and
 * vsock:any:1024 for CID any. Otherwise as vsock_addr_text().
 */
int vsock_addr_rule_text(const struct vsock_addr *addr, char *buf, size_t size);

/*
 * The form that Go gives to the files of its sockets: "vsock:" and the form for
 * people, vsock:host(2):1024. Otherwise as vsock_addr_text().
 */
int vsock_addr_file_name(const struct vsock_addr *addr, char *buf, size_t size);

/*
 * Reads any of
 *
 *	host(2):1024         the form for people
 *	vsock:host(2):1024   the file name
 *	vsock:2:1024         the rule
 *	vsock://2:1024       the same as a URL
 *
 * In the last two the CID may be one of the words hypervisor, local, host and
 * any, and nothing at all is any. In the first two word and number must agree:
 * host(3) is an error. Numbers are decimal, without sign or leading zeros.
 *
 * @text: the whole of it is read, up to the NUL
 * @addr: set on success only
 *
 * Returns 0, or -1 and errno: EINVAL (none of the forms), ERANGE (a number of
 * more than 32 bits).
 */
int vsock_addr_parse(const char *text, struct vsock_addr *addr);

/* ---- Connections --------------------------------------------------- */

/*
 * Listens for connections to this machine's own CID, as vsock_local_cid() has
 * it; without a transport to another machine that is VSOCK_CID_ANY.
 * vsock_listen_cid(VSOCK_CID_ANY, port) does without /dev/vsock, and is
 * reached over loopback (CID 1) too.
 *
 * @port: 0 or VSOCK_PORT_ANY: the kernel chooses one of 1024 or more, and
 *        vsock_local_addr() tells which
 *
 * The backlog is SOMAXCONN: a vsock listener resets clients beyond it at once,
 * where a TCP one lets them wait.
 *
 * Returns a descriptor, or -1 and errno: those of vsock_local_cid() and of
 * vsock_listen_cid(). Async-signal-safe.
 */
int vsock_listen(uint32_t port);

/*
 * Listens for connections to one CID of this machine, or to VSOCK_CID_ANY of
 * them; otherwise as vsock_listen().
 *
 * Returns a descriptor, or -1 and errno: EACCES (port below 1024 without
 * CAP_NET_BIND_SERVICE), EADDRINUSE, EADDRNOTAVAIL (not a CID of this machine,
 * or no port is free), EAFNOSUPPORT (a kernel without AF_VSOCK), EMFILE,
 * ENFILE, ENOMEM. Async-signal-safe.
 */
int vsock_listen_cid(uint32_t cid, uint32_t port);

/*
 * Takes the next connection of a listener, waiting for one unless the listener
 * has O_NONBLOCK.
 *
 * @fd:    a listener
 * @peer:  set on success to the address of the other end; may be NULL
 * @flags: 0, or SOCK_NONBLOCK for a connection with O_NONBLOCK
 *
 * Returns a descriptor, or -1 and errno: EAGAIN (O_NONBLOCK and nobody waits),
 * EINTR (a signal handler without SA_RESTART ran), EINVAL (not a listener, or
 * other flags), EBADF, ENOTSOCK, EOPNOTSUPP, EMFILE, ENFILE, ENOMEM.
 * Async-signal-safe, and a cancellation point.
 */
int vsock_accept(int fd, struct vsock_addr *peer, int flags);

/*
 * Connects to a listener and waits until that is done.
 *
 * @cid:        where to
 * @port:       where to
 * @timeout_ms: how long to wait, in milliseconds; 0: the kernel's own limit,
 *              2 seconds, which is the limit in Go too. Signals that are
 *              handled meanwhile neither end the waiting nor prolong it
 *
 * Returns a descriptor, or -1 and errno: ECONNRESET (nobody listens there, or
 * the listener's backlog is full: vsock has no ECONNREFUSED), ETIMEDOUT,
 * ENODEV (no transport leads to that CID), ENETUNREACH (the transport doesn't
 * allow it), EINVAL (timeout_ms < 0), EAFNOSUPPORT (a kernel without AF_VSOCK),
 * EMFILE, ENFILE, ENOMEM. Async-signal-safe.
 */
int vsock_dial(uint32_t cid, uint32_t port, int timeout_ms);

/*
 * Closes a descriptor. It is gone whatever is returned: an EINTR from close(2)
 * is not passed on, since nothing is left to be tried again.
 *
 * Returns 0, or -1 and errno: EBADF. Async-signal-safe.
 */
int vsock_close(int fd);

/* ---- Who is who ---------------------------------------------------- */

/*
 * The CID of this machine, from /dev/vsock: a virtual machine's own, else
 * VSOCK_CID_HOST where it can be a host, else VSOCK_CID_ANY.
 *
 * @cid: set on success only
 *
 * Returns 0, or -1 and errno: those of open(2) (ENOENT: no AF_VSOCK, or a
 * container without the device; EACCES), those of ioctl(2). Async-signal-safe.
 */
int vsock_local_cid(uint32_t *cid);

/*
 * The address of this end: of a listener the one that it is bound to, port
 * found; of an accepted connection the one that was dialled; of a dialled one
 * the port and CID any, since the kernel doesn't set it (nor does Go).
 *
 * @fd:   an AF_VSOCK socket
 * @addr: set on success only
 *
 * Returns 0, or -1 and errno: EAFNOSUPPORT (a socket of another family), EBADF,
 * ENOTSOCK. Async-signal-safe.
 */
int vsock_local_addr(int fd, struct vsock_addr *addr);

/*
 * The address of the other end of a connection; otherwise as
 * vsock_local_addr(). ENOTCONN: there is none (any more).
 */
int vsock_remote_addr(int fd, struct vsock_addr *addr);

#ifdef __cplusplus
}
#endif

#endif
