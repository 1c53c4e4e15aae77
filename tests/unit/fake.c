/* SPDX-License-Identifier: MIT */
/* Real calls with AF_UNIX in the place of AF_VSOCK: see fake.h. */
#include "redirect/kernel/real.h"
#include "redirect/state/hints.h"
#include "tests/unit/fake.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

struct fake fake;

static struct real_calls table;
static const struct real_calls *kernel;

/* True: this call is the one that fails, and errno says how. */
static bool fails(enum fake_call call)
{
	if (fake.calls < FAKE_LOG)
		fake.log[fake.calls] = call;
	fake.calls++;
	if (fake.calls != fake.fail_at)
		return false;
	errno = fake.fail_error;
	return true;
}

/*
 * What any kernel with AF_VSOCK answers for any socket; and the tag's options,
 * which are only read where they could be written.
 */
static bool never_fails(int level, int name)
{
	if (level == IPPROTO_TCP)
		return name == TCP_INFO;
	return level == SOL_SOCKET &&
	       (name == SO_DOMAIN || name == SO_PROTOCOL || name == SO_ERROR ||
		name == SO_ACCEPTCONN || name == SO_MAX_PACING_RATE);
}

static int give(int error)
{
	errno = error;
	return error ? -1 : 0;
}

static int number_of(int fd, int option)
{
	int number = 0;
	socklen_t len = sizeof(number);

	kernel->getsockopt(fd, SOL_SOCKET, option, &number, &len);
	return number;
}

/* One that the program made has an option that nothing takes along. */
bool fake_is_vsock(int fd)
{
	return number_of(fd, SO_DOMAIN) == AF_UNIX &&
	       !number_of(fd, SO_PASSSEC);
}

static int fake_socket(int domain, int type, int protocol)
{
	int fd, one = 1;

	if (fails(FAKE_SOCKET))
		return -1;
	fd = kernel->socket(domain == AF_VSOCK ? AF_UNIX : domain, type,
			    protocol);
	if (domain == AF_UNIX)
		kernel->setsockopt(fd, SOL_SOCKET, SO_PASSSEC, &one,
				   sizeof(one));
	return fd;
}

static int fake_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	if (!fake_is_vsock(fd))
		return fails(FAKE_CONNECT) ? -1 : kernel->connect(fd, sa, len);
	if (len < sizeof(sa_family_t) ||
	    len > sizeof(struct sockaddr_storage) || sa->sa_family != AF_VSOCK)
		return give(EINVAL);
	if (fails(FAKE_CONNECT))
		return -1;
	memcpy(&fake.dialled, sa, sizeof(fake.dialled));
	fake.connected = fake.connect_error == 0;
	return give(fake.connect_error);
}

/* A port that another copy of this test has is as good as any other. */
static int bind_ip(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct sockaddr_storage any;
	int r = kernel->bind(fd, sa, len);

	if (!r || errno != EADDRINUSE || len > sizeof(any))
		return r;
	memcpy(&any, sa, len);
	/* It stands at the same place in sockaddr_in6. */
	((struct sockaddr_in *)&any)->sin_port = 0;
	return kernel->bind(fd, (struct sockaddr *)&any, len);
}

static int fake_bind(int fd, const struct sockaddr *sa, socklen_t len)
{
	int error = fake.bind_error;

	if (fails(FAKE_BIND))
		return -1;
	if (!fake_is_vsock(fd))
		return bind_ip(fd, sa, len);
	memcpy(&fake.bound, sa, sizeof(fake.bound));
	fake.bind_error = 0;
	return give(error);
}

static int fake_listen(int fd, int backlog)
{
	if (fails(FAKE_LISTEN))
		return -1;
	if (!fake_is_vsock(fd))
		return kernel->listen(fd, backlog);
	fake.listening = true;
	fake.backlog = backlog;
	return 0;
}

static int give_vm(const struct sockaddr_vm *vm, struct sockaddr *sa,
		   socklen_t *len)
{
	if (!sa)
		return 0;
	memcpy(sa, vm, *len < sizeof(*vm) ? *len : sizeof(*vm));
	*len = sizeof(*vm);
	return 0;
}

static int fake_accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	if (fails(FAKE_ACCEPT))
		return -1;
	if (!fake_is_vsock(fd))
		return kernel->accept4(fd, sa, len, flags);
	give_vm(&fake.peer, sa, len);
	return kernel->socket(AF_UNIX, SOCK_STREAM | flags, 0);
}

static int fake_accept(int fd, struct sockaddr *sa, socklen_t *len)
{
	return fake_accept4(fd, sa, len, 0);
}

static int fake_getsockname(int fd, struct sockaddr *sa, socklen_t *len)
{
	if (fails(FAKE_GETSOCKNAME))
		return -1;
	if (!fake_is_vsock(fd))
		return kernel->getsockname(fd, sa, len);
	return give_vm(&fake.own, sa, len);
}

static int fake_getpeername(int fd, struct sockaddr *sa, socklen_t *len)
{
	if (fails(FAKE_GETPEERNAME))
		return -1;
	if (!fake_is_vsock(fd))
		return kernel->getpeername(fd, sa, len);
	if (!fake.connected)
		return give(ENOTCONN);
	return give_vm(&fake.peer, sa, len);
}

/* What AF_UNIX would give away, or knows nothing of. */
static bool own_option(int fd, int level, int name, int *number)
{
	if (level != SOL_SOCKET || !fake_is_vsock(fd))
		return false;
	switch (name) {
	case SO_DOMAIN:
		*number = AF_VSOCK;
		return true;
	case SO_ERROR:
		*number = fake.so_error;
		fake.so_error = 0;
		return true;
	case SO_ACCEPTCONN:
		*number = fake.listening;
		return true;
	default:
		return false;
	}
}

/* Those of AF_VSOCK, where what is kept of them lies; else NULL. */
static void *own_value(int level, int name, socklen_t *size)
{
	if (level != AF_VSOCK)
		return NULL;
	switch (name) {
	case SO_VM_SOCKETS_CONNECT_TIMEOUT:
		*size = sizeof(fake.timeout);
		return &fake.timeout;
	case SO_VM_SOCKETS_BUFFER_SIZE:
		*size = sizeof(fake.window);
		return &fake.window;
	default:
		return NULL;
	}
}

static int fake_getsockopt(int fd, int level, int name, void *value,
			   socklen_t *len)
{
	socklen_t size;
	void *kept = own_value(level, name, &size);
	int number;

	fake.v6_asked += level == IPPROTO_IPV6;
	if (!never_fails(level, name) && fails(FAKE_GETSOCKOPT))
		return -1;
	if (kept && *len >= size) {
		memcpy(value, kept, size);
		*len = size;
		return 0;
	}
	if (!own_option(fd, level, name, &number))
		return kernel->getsockopt(fd, level, name, value, len);
	if (*len > sizeof(number))
		*len = sizeof(number);
	memcpy(value, &number, *len);
	return 0;
}

static int fake_setsockopt(int fd, int level, int name, const void *value,
			   socklen_t len)
{
	socklen_t size;
	void *kept = own_value(level, name, &size);

	if (fails(FAKE_SETSOCKOPT))
		return -1;
	if (!kept)
		return kernel->setsockopt(fd, level, name, value, len);
	if (len != size || !fake_is_vsock(fd))
		return give(EINVAL);
	memcpy(kept, value, size);
	return 0;
}

static int fake_shutdown(int fd, int how)
{
	if (fails(FAKE_SHUTDOWN))
		return -1;
	if (!fake_is_vsock(fd))
		return kernel->shutdown(fd, how);
	return give(fake.connected ? 0 : ENOTCONN);
}

static ssize_t fake_recv(int fd, void *buf, size_t size, int flags)
{
	if (fails(FAKE_RECV))
		return -1;
	return kernel->recv(fd, buf, size, flags);
}

static int fake_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	if (fails(FAKE_EPOLL_CTL))
		return -1;
	return kernel->epoll_ctl(epfd, op, fd, event);
}

static int fake_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	if (fails(FAKE_POLL))
		return -1;
	if (n != 1 || !fake_is_vsock(fds->fd))
		return kernel->poll(fds, n, timeout);
	fds->revents = fake.connecting ? 0 : fds->events & POLLOUT;
	if (!fake.connecting && !fake.so_error)
		fake.connected = true;
	return fds->revents ? 1 : 0;
}

static int fake_dup3(int fd, int to, int flags)
{
	return fails(FAKE_DUP3) ? -1 : kernel->dup3(fd, to, flags);
}

/* Whatever close(2) says, the number is free after it. */
static int fake_close(int fd)
{
	int r = kernel->close(fd);

	return fails(FAKE_CLOSE) ? -1 : r;
}

static int fake_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	return fails(FAKE_IOCTL) ? -1 : kernel->ioctl(fd, request, arg);
}

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.own.svm_family = fake.peer.svm_family = AF_VSOCK;
	fake.own.svm_cid = VMADDR_CID_ANY;
	fake.own.svm_port = 0x12345678;
	fake.peer.svm_cid = 2;
	fake.peer.svm_port = 5432;
}

void fake_start(const char *map)
{
	setenv("TCP2VSOCK_MAP", map, 1);
	unsetenv("TCP2VSOCK_CONFIG");
	real_resolve();
	kernel = real_late();
	table = *kernel;
	table.socket = fake_socket;
	table.connect = fake_connect;
	table.connect_now = fake_connect;
	table.bind = fake_bind;
	table.listen = fake_listen;
	table.accept = fake_accept;
	table.accept4 = fake_accept4;
	table.getsockname = fake_getsockname;
	table.getpeername = fake_getpeername;
	table.getsockopt = fake_getsockopt;
	table.setsockopt = fake_setsockopt;
	table.shutdown = fake_shutdown;
	table.recv = fake_recv;
	table.recv_now = fake_recv;
	table.epoll_ctl = fake_epoll_ctl;
	table.poll = fake_poll;
	table.poll_point = fake_poll;
	table.dup3 = fake_dup3;
	table.close = fake_close;
	table.ioctl = fake_ioctl;
	real_table = &table;
	fake_reset();
}

int fake_tcp(int family, int type)
{
	int fd = kernel->socket(family, SOCK_STREAM | type, 0);

	hint_reset(fd, family == AF_INET6 ? HINT_BORN | HINT_V6 : HINT_BORN);
	return fd;
}
