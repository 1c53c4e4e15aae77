/* SPDX-License-Identifier: MIT */
/* Translates errnos: see errors.h. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "redirect/kernel/errors.h"
#include "redirect/report/probes.h"

static int from_connect(int error)
{
	switch (error) {
	case ECONNRESET: /* nobody listens there, or a full queue */
		return ECONNREFUSED;
	case ENODEV: /* no transport reaches this CID */
	case EADDRNOTAVAIL:
		return EHOSTUNREACH;
	case EPIPE:
	case ESHUTDOWN:
	case EPROTO: /* virtio_transport_recv_connecting(): an odd answer */
		return ECONNREFUSED;
	case EOPNOTSUPP:
	case ESOCKTNOSUPPORT: /* vsock_assign_transport(): no streams */
		return ENETUNREACH;
	default:
		return error;
	}
}

static int from_socket(int error)
{
	switch (error) {
	case EAFNOSUPPORT: /* no vsock module */
	case EPERM:	   /* a seccomp profile, often a container's */
	case ENOSYS:	   /* ... or another's way to say so */
	case EACCES:
	case ENODEV:
	case ESOCKTNOSUPPORT:
	case EPROTONOSUPPORT:
		return ENETUNREACH;
	default:
		return error;
	}
}

static int from_bind(int error)
{
	switch (error) {
	case ENODEV:
		return EADDRNOTAVAIL;
	case EPERM:
		return EACCES;
	default:
		return error;
	}
}

static int from_monitor(int error)
{
	switch (error) {
	case ENOENT: /* no monitor: a machine that is switched off */
	case ENOTDIR:
	case ECONNREFUSED: /* it has ended, and its file is left */
	case ENOTSOCK:
	case EPROTOTYPE: /* something else is at the path */
	case ELOOP:
	case ENAMETOOLONG:
		return EHOSTUNREACH;
	case EPERM:
		return EACCES;
	default: /* EACCES is what TCP says of a firewall */
		return error;
	}
}

static int from_unix(int error)
{
	if (error == EAGAIN) /* its queue is full */
		return ECONNREFUSED;
	error = from_monitor(error);
	return error == EHOSTUNREACH ? ECONNREFUSED : error;
}

static int from_hybrid_bind(int error)
{
	switch (error) {
	case ENOENT: /* no such directory: not a place of this machine */
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
		return EADDRNOTAVAIL;
	case EPERM:
	case EROFS:
		return EACCES;
	default:
		return error;
	}
}

#ifdef HAVE_STRERRORNAME_NP
static const char *name_of(int error)
{
	return strerrorname_np(error);
}
#else
#define NAMED(error)                                                           \
	{                                                                      \
		error, #error                                                  \
	}

/* Those that socket calls give; other C libraries have no names for them. */
static const char *name_of(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		NAMED(EACCES),		NAMED(EADDRINUSE),
		NAMED(EADDRNOTAVAIL),	NAMED(EAFNOSUPPORT),
		NAMED(EAGAIN),		NAMED(EALREADY),
		NAMED(EBADF),		NAMED(ECONNABORTED),
		NAMED(ECONNREFUSED),	NAMED(ECONNRESET),
		NAMED(EFAULT),		NAMED(EHOSTUNREACH),
		NAMED(EINPROGRESS),	NAMED(EINTR),
		NAMED(EINVAL),		NAMED(EIO),
		NAMED(EISCONN),		NAMED(EMFILE),
		NAMED(ENAMETOOLONG),	NAMED(ENETUNREACH),
		NAMED(ENFILE),		NAMED(ENOBUFS),
		NAMED(ENODEV),		NAMED(ENOENT),
		NAMED(ENOMEM),		NAMED(ENOTCONN),
		NAMED(ENOTSOCK),	NAMED(EOPNOTSUPP),
		NAMED(EPERM),		NAMED(EPIPE),
		NAMED(EPROTONOSUPPORT), NAMED(EPROTOTYPE),
		NAMED(ESHUTDOWN),	NAMED(ESOCKTNOSUPPORT),
		NAMED(ETIMEDOUT),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].error == error)
			return names[i].name;
	return NULL;
}
#endif

/* A value, not a pointer to a caller's frame: siglongjmp(3) may leave that. */
static __thread int last_kernel;

int errors_kernel(int next)
{
	int last = last_kernel;

	last_kernel = next;
	return last;
}

static int note(int kernel, int program)
{
	if (kernel == program)
		return program;
	PROBE2(error, kernel, program);
	last_kernel = kernel;
	return program;
}

int errors_connect(int error)
{
	return note(error, from_connect(error));
}

int errors_socket(int error)
{
	return note(error, from_socket(error));
}

int errors_bind(int error)
{
	return note(error, from_bind(error));
}

int errors_monitor(int error)
{
	return note(error, from_monitor(error));
}

int errors_unix(int error)
{
	return note(error, from_unix(error));
}

int errors_hybrid_bind(int error)
{
	return note(error, from_hybrid_bind(error));
}

const char *errors_name(int error)
{
	const char *name = name_of(error);

	return name ? name : "unknown error";
}
