/* SPDX-License-Identifier: MIT */
/*
 * Calls with arguments that no program should give: pointers to nothing, to what
 * can't be written, to the last bytes before nothing; lengths of 0, -1 and huge;
 * families of others; numbers that are no sockets. Each on a descriptor in a known
 * state, and what it gives is printed with what has become of the descriptor:
 *
 *	hostile FIRST COUNT
 *
 * Each number from FIRST on is one call, always the same. On TCP and redirected
 * they give the same, but for what `documented` lists.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/parity/libc.h"

#define PAGE	4096
#define N(list) (sizeof(list) / sizeof((list)[0]))

/* ---- chance ---------------------------------------------------------------- */

static uint64_t chance;

static unsigned roll(unsigned sides)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return (unsigned)((chance * 0x2545f4914f6cdd1d) >> 33) % sides;
}

#define ONE_OF(list) ((list)[roll(N(list))])

/* ---- what is said of a call ------------------------------------------------ */

static char said[512];

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	size_t used = strlen(said);
	va_list args;

	va_start(args, format);
	vsnprintf(said + used, sizeof(said) - used, format, args);
	va_end(args);
}

/* ---- memory ---------------------------------------------------------------- */

#define SLOTS 16 /* for all pointers of one call, and more */

static struct slot {
	char writable[PAGE], fixed[PAGE], cut[PAGE], nothing[PAGE];
} * slots;
static size_t there; /* bytes of what was placed last that can be read */

/* `nothing` stays as it is. */
static void protect(struct slot *slot, int how)
{
	mprotect(slot->fixed, PAGE, how);
}

static void make_slots(void)
{
	slots = mmap(NULL, SLOTS * sizeof(*slots), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < SLOTS; i++)
		mprotect(slots[i].nothing, PAGE, PROT_NONE);
}

/*
 * `size` bytes of `from` in one of the places, or none. Most are good: a call
 * has several pointers.
 */
static void *place(const char *name, const void *from, size_t size)
{
	static unsigned used;
	struct slot *slot = &slots[used++ % SLOTS];

	there = size;
	switch (roll(10)) {
	case 0:
		say(" %s=NULL", name);
		there = 0;
		return NULL;
	case 1:
		say(" %s=nothing", name);
		there = 0;
		return slot->nothing + 64;
	case 2:
		say(" %s=read-only", name);
		protect(slot, PROT_READ | PROT_WRITE);
		memcpy(slot->fixed, from, size);
		protect(slot, PROT_READ);
		return slot->fixed;
	case 3: /* its second half is not there */
		say(" %s=cut", name);
		there = size / 2;
		return memcpy(slot->nothing - there, from, there);
	default:
		return memcpy(slot->writable, from, size);
	}
}

/* ---- descriptors ----------------------------------------------------------- */

static struct sockaddr_in listening4 = {.sin_family = AF_INET};
static struct sockaddr_in6 listening6 = {.sin6_family = AF_INET6};
static int listeners[2], peer = -1;

static int listen_at(void *sa, socklen_t len)
{
	int fd = socket(((struct sockaddr *)sa)->sa_family, SOCK_STREAM, 0);

	if (bind(fd, sa, len) || listen(fd, 64) || getsockname(fd, sa, &len)) {
		perror("listener");
		exit(99);
	}
	return fd;
}

static int port_of(int fd, int (*name)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_in6 sa = {.sin6_port = 0};
	socklen_t len = sizeof(sa);

	name(fd, (void *)&sa, &len);
	return sa.sin6_port;
}

/* Others may be in the queue still: a call has connected to it. */
static int accept_of(int listener, int client)
{
	int fd = accept(listener, NULL, NULL);

	while (port_of(fd, getpeername) != port_of(client, getsockname)) {
		close(fd);
		fd = accept(listener, NULL, NULL);
	}
	return fd;
}

static int dial(int v6)
{
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);

	if (v6 ? connect(fd, (void *)&listening6, sizeof(listening6))
	       : connect(fd, (void *)&listening4, sizeof(listening4))) {
		perror("dial");
		exit(99);
	}
	peer = accept_of(listeners[v6], fd);
	return fd;
}

static int bound(int v6)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);

	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in6.sin6_addr = in6addr_loopback;
	if (v6 ? bind(fd, (void *)&in6, sizeof(in6))
	       : bind(fd, (void *)&v4, sizeof(v4)))
		perror("bind");
	return fd;
}

static int with_data(int fd)
{
	struct pollfd pollfd = {fd, POLLIN, 0};

	if (write(peer, "0123456789", 10) != 10 || poll(&pollfd, 1, -1) != 1)
		perror("data");
	return fd;
}

static int refused(int v6)
{
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in nobody = listening4;

	nobody.sin_port = htons(1);
	if (!v6)
		connect(fd, (void *)&nobody, sizeof(nobody));
	return fd;
}

static int fresh(int v6)
{
	return socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
}

static int listening(int v6)
{
	int fd = bound(v6);

	listen(fd, 1);
	return fd;
}

static int connected(int v6)
{
	return with_data(dial(v6));
}

static int accepted(int v6)
{
	int client = dial(v6), fd = peer;

	peer = client;
	return with_data(fd);
}

static int half_shut(int v6)
{
	int fd = dial(v6);

	shutdown(fd, SHUT_WR);
	return fd;
}

static int udp(int v6)
{
	return socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
}

static int of_unix(int v6)
{
	return socket(AF_UNIX, v6 ? SOCK_DGRAM : SOCK_STREAM, 0);
}

static int pipe_end(int v6)
{
	int ends[2];

	if (pipe(ends))
		return -1;
	peer = ends[!v6];
	return ends[v6];
}

static int device(int v6)
{
	return open(v6 ? "/" : "/dev/null", v6 ? O_PATH : O_RDWR);
}

static int no_number(int v6)
{
	return v6 ? -1 : 900;
}

static const struct {
	const char *name;
	int (*make)(int v6);
} states[] = {
	{"new", fresh},		  {"bound", bound},
	{"listening", listening}, {"connected", connected},
	{"accepted", accepted},	  {"half-shut", half_shut},
	{"refused", refused},	  {"udp", udp},
	{"unix", of_unix},	  {"pipe", pipe_end},
	{"device", device},	  {"none", no_number},
};
#define OF_TCP 7 /* of them */

static void never_wait(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* ---- arguments ------------------------------------------------------------- */

static const socklen_t lengths[] = {
	0,  1,	2,  3,	 8,   15,  16,	 16,	     16,	 17,
	27, 28, 28, 110, 128, 129, 4096, 0x7fffffff, 0x80000000, (socklen_t)-1,
};

static socklen_t some_length(const char *name)
{
	socklen_t length = ONE_OF(lengths);

	say(" %s=%d", name, (int)length);
	return length;
}

static int some_bits(const char *name)
{
	static const int bits[] = {0, 0, 0, 1, 2, 3, 4, -1, -2, 0x7fffffff};
	int value = ONE_OF(bits);

	say(" %s=%d", name, value);
	return value;
}

/* An address that is odd in one way at most. */
static void *some_address(void)
{
	static const sa_family_t families[] = {
		AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, 40, 255, 0xffff};
	union {
		struct sockaddr sa;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		char all[128];
	} address = {.all = {0}};
	int v6 = roll(2);

	if (v6)
		address.v6 = listening6;
	else
		address.v4 = listening4;
	say(" to=v%d", v6 ? 6 : 4);
	if (roll(3) == 0) {
		address.sa.sa_family = ONE_OF(families);
		say(" family=%d", address.sa.sa_family);
	}
	switch (roll(6)) {
	case 0:
		address.v4.sin_port = 0;
		say(" port=0");
		break;
	case 1:
		address.v4.sin_port = htons(1);
		say(" port=1");
	}
	return place("sa", &address,
		     v6 ? sizeof(address.v6) : sizeof(address.v4));
}

static const int plain_flags[] = {
	0,	    0,		 0,	      MSG_DONTWAIT, MSG_NOSIGNAL,
	MSG_PEEK,   MSG_TRUNC,	 MSG_WAITALL, MSG_MORE,	    MSG_RST,
	MSG_CTRUNC, MSG_CONFIRM, MSG_EOR,     MSG_FASTOPEN, MSG_DONTROUTE,
	0x40000000,
};

static int some_flags(void)
{
	int flags = ONE_OF(plain_flags);

	if (roll(4) == 0)
		flags |= ONE_OF(plain_flags);
	say(" flags=%x", flags);
	return flags | MSG_NOSIGNAL;
}

/* ---- calls ----------------------------------------------------------------- */

/* What becomes of the socket is looked at when the attempt has ended. */
static long call_connect(int fd)
{
	void *sa = some_address();
	int r = connect(fd, sa, some_length("len")), error = errno;
	struct pollfd pollfd = {fd, POLLOUT, 0};

	if (r < 0 && error == EINPROGRESS)
		poll(&pollfd, 1, -1);
	errno = error;
	return r;
}

static long call_bind(int fd)
{
	void *sa = some_address();

	return bind(fd, sa, some_length("len"));
}

static long call_listen(int fd)
{
	return listen(fd, some_bits("backlog"));
}

static long call_shutdown(int fd)
{
	return shutdown(fd, some_bits("how"));
}

/* What a call that gives a name has done to its room. */
static long say_name(long r, const char *name, size_t size,
		     const socklen_t *length)
{
	int saved = errno;
	size_t changed = 0;

	for (size_t i = 0; r >= 0 && name && i < size; i++)
		if (name[i] != 0x5a)
			changed = i + 1;
	if (r >= 0 && name && length)
		say(" length=%d changed=%zu", (int)*length, changed);
	errno = saved;
	return r;
}

static long with_name(int fd, int (*call)(int, struct sockaddr *, socklen_t *))
{
	char filled[200];
	socklen_t length = some_length("len"), *at;
	size_t size;
	void *name;

	memset(filled, 0x5a, sizeof(filled));
	name = place("name", filled, sizeof(filled));
	size = there;
	at = place("lenp", &length, sizeof(length));
	return say_name(call(fd, name, at), name, size, at);
}

static long call_getsockname(int fd)
{
	return with_name(fd, getsockname);
}

static long call_getpeername(int fd)
{
	return with_name(fd, getpeername);
}

static int waiting_client = -1;

static void add_client(int fd)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	int on = 0;
	struct pollfd pollfd = {fd, POLLIN, 0};

	len = sizeof(on);
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) || !on)
		return;
	len = sizeof(sa);
	getsockname(fd, (void *)&sa, &len);
	waiting_client = socket(sa.ss_family, SOCK_STREAM, 0);
	if (connect(waiting_client, (void *)&sa, len) ||
	    poll(&pollfd, 1, -1) != 1)
		perror("client");
}

static int accept_plain(int fd, struct sockaddr *sa, socklen_t *len)
{
	return accept(fd, sa, len);
}

static int accept_flagged(int fd, struct sockaddr *sa, socklen_t *len)
{
	return accept4(fd, sa, len, some_bits("flags") ? SOCK_NONBLOCK : 0);
}

static int accept_odd(int fd, struct sockaddr *sa, socklen_t *len)
{
	return accept4(fd, sa, len, some_bits("flags"));
}

static long accepting(int fd, int (*call)(int, struct sockaddr *, socklen_t *))
{
	int r;

	add_client(fd);
	r = (int)with_name(fd, call);
	if (r < 0)
		return r;
	close(r);
	say(" taken");
	return 0;
}

static long call_accept(int fd)
{
	return accepting(fd, accept_plain);
}

static long call_accept4(int fd)
{
	return accepting(fd, roll(2) ? accept_flagged : accept_odd);
}

static const struct {
	int level, name;
} options[] = {
	{SOL_SOCKET, SO_TYPE},
	{SOL_SOCKET, SO_ERROR},
	{SOL_SOCKET, SO_DOMAIN},
	{SOL_SOCKET, SO_PROTOCOL},
	{SOL_SOCKET, SO_KEEPALIVE},
	{SOL_SOCKET, SO_REUSEADDR},
	{SOL_SOCKET, SO_LINGER},
	{SOL_SOCKET, SO_RCVTIMEO},
	{SOL_SOCKET, SO_SNDTIMEO},
	{SOL_SOCKET, SO_ACCEPTCONN},
	{SOL_SOCKET, SO_RCVLOWAT},
	{SOL_SOCKET, SO_BINDTODEVICE},
	{SOL_SOCKET, SO_PRIORITY},
	{SOL_SOCKET, SO_OOBINLINE},
	{SOL_SOCKET, 9999},
	{IPPROTO_TCP, TCP_NODELAY},
	{IPPROTO_TCP, TCP_KEEPIDLE},
	{IPPROTO_TCP, TCP_USER_TIMEOUT},
	{IPPROTO_TCP, TCP_CORK},
	{IPPROTO_TCP, TCP_QUICKACK},
	{IPPROTO_TCP, TCP_CONGESTION},
	{IPPROTO_TCP, TCP_MAXSEG},
	{IPPROTO_TCP, 9999},
	{IPPROTO_IP, IP_TOS},
	{IPPROTO_IP, IP_TTL},
	{IPPROTO_IP, IP_MTU_DISCOVER},
	{IPPROTO_IP, IP_FREEBIND},
	{IPPROTO_IP, 9999},
	{IPPROTO_IPV6, IPV6_V6ONLY},
	{IPPROTO_IPV6, IPV6_TCLASS},
	{IPPROTO_IPV6, IPV6_UNICAST_HOPS},
	{40, 0},
	{40, 6},
	{-1, -1},
	{9999, 1},
};

static long call_getsockopt(int fd)
{
	char filled[200];
	socklen_t length = some_length("len"), *at;
	unsigned i = roll(N(options));
	size_t size;
	void *value;
	long r;

	say(" %d/%d", options[i].level, options[i].name);
	memset(filled, 0x5a, sizeof(filled));
	value = place("value", filled, sizeof(filled));
	size = there;
	at = place("lenp", &length, sizeof(length));
	r = getsockopt(fd, options[i].level, options[i].name, value, at);
	return say_name(r, value, size, at);
}

static long call_setsockopt(int fd)
{
	static const int values[] = {0, 1, 1, 2, 5, 255, 256, -1, 0x7fffffff};
	int value[50] = {ONE_OF(values)};
	unsigned i = roll(N(options));
	void *at;

	say(" %d/%d=%d", options[i].level, options[i].name, value[0]);
	at = place("value", value, sizeof(value));
	return setsockopt(fd, options[i].level, options[i].name, at,
			  some_length("len"));
}

static const size_t sizes[] = {0, 1, 5, 10, 11, 100, 100};

static size_t some_size(void)
{
	size_t size = ONE_OF(sizes);

	say(" size=%zu", size);
	return size;
}

static long call_sendto(int fd)
{
	char data[200] = "some data";
	void *at = place("data", data, sizeof(data));
	size_t size = some_size();
	int flags = some_flags();
	void *sa = roll(2) ? some_address() : NULL;

	return sendto(fd, at, size, flags, sa, sa ? some_length("len") : 0);
}

static long call_recvfrom(int fd)
{
	char filled[200];
	socklen_t length = some_length("len"), *len = NULL;
	void *data, *name = NULL;
	size_t size = some_size(), name_size = 0;
	int flags = some_flags();
	long r;

	memset(filled, 0x5a, sizeof(filled));
	data = place("data", filled, sizeof(filled));
	if (roll(2)) {
		name = place("name", filled, sizeof(filled));
		name_size = there;
		len = place("lenp", &length, sizeof(length));
	}
	r = recvfrom(fd, data, size, flags, name, len);
	return say_name(r, name, name_size, len);
}

/* ---- messages -------------------------------------------------------------- */

static struct iovec *some_parts(struct msghdr *head, char filling)
{
	static const size_t counts[] = {0, 1, 1, 2, 2, 1025, -1};
	struct iovec parts[2];
	char filled[200];

	memset(filled, filling, sizeof(filled));
	for (int i = 0; i < 2; i++) {
		parts[i].iov_len = some_size();
		parts[i].iov_base = place("part", filled, sizeof(filled));
	}
	head->msg_iovlen = ONE_OF(counts);
	say(" parts=%zd", head->msg_iovlen);
	return place("iov", parts, sizeof(parts));
}

static void some_control(struct msghdr *head)
{
	static const size_t control_sizes[] = {0, 0, 1, 15, 16, 17, 20, 24, -1};
	struct {
		struct cmsghdr head;
		int number;
	} control = {{ONE_OF(control_sizes), SOL_SOCKET, SCM_RIGHTS}, 1};

	if (roll(3))
		return;
	head->msg_control = place("control", &control, sizeof(control));
	head->msg_controllen = ONE_OF(control_sizes);
	say(" of=%zd controllen=%zd", control.head.cmsg_len,
	    head->msg_controllen);
}

static struct msghdr some_head(char filling, int name)
{
	struct msghdr head = {.msg_name = NULL};

	head.msg_iov = some_parts(&head, filling);
	if (name && roll(2)) {
		head.msg_name = some_address();
		head.msg_namelen = some_length("len");
	}
	some_control(&head);
	return head;
}

static long call_sendmsg(int fd)
{
	struct msghdr head = some_head('d', 1);
	void *at = place("head", &head, sizeof(head));

	return sendmsg(fd, at, some_flags());
}

static long call_recvmsg(int fd)
{
	struct msghdr head = some_head(0x5a, 0);
	void *at = place("head", &head, sizeof(head));

	return recvmsg(fd, at, some_flags());
}

static void *some_heads(char filling, unsigned *n)
{
	static const unsigned counts[] = {0, 1, 1, 2, 2, 2};
	struct mmsghdr heads[2] = {{.msg_len = 77}, {.msg_len = 77}};

	heads[0].msg_hdr = some_head(filling, filling == 'd');
	heads[1].msg_hdr = some_head(filling, filling == 'd');
	*n = ONE_OF(counts);
	say(" n=%d", (int)*n);
	return place("heads", heads, sizeof(heads));
}

static long call_sendmmsg(int fd)
{
	unsigned n;
	void *heads = some_heads('d', &n);

	return sendmmsg(fd, heads, n, some_flags());
}

static long call_recvmmsg(int fd)
{
	unsigned n;
	void *heads = some_heads(0x5a, &n);

	return recvmmsg(fd, heads, n, some_flags(), NULL);
}

/* ---- the rest -------------------------------------------------------------- */

static long call_ioctl(int fd)
{
	static const unsigned long requests[] = {FIONREAD, SIOCATMARK, SIOCOUTQ,
						 FIONBIO};
	unsigned long request = ONE_OF(requests);
	int value = 1;

	say(" request=%lx", request);
	return ioctl(fd, request, place("value", &value, sizeof(value)));
}

static long call_fcntl(int fd)
{
	static const int commands[] = {F_DUPFD,	 F_DUPFD_CLOEXEC, F_SETOWN,
				       F_SETSIG, F_GETFD,	  9999};
	static const int values[] = {0, -1, 100, 0x7fffffff, 1024};
	int command = ONE_OF(commands), value = ONE_OF(values), r;

	say(" command=%d value=%d", command, value);
	r = fcntl(fd, command, value);
	if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
		close(r);
	return r < 0 ? r : 0;
}

static long call_dup2(int fd)
{
	static const int numbers[] = {-1, 100, 0x7fffffff, 1024 * 1024};
	int to = ONE_OF(numbers), r;

	say(" to=%d", to);
	r = roll(2) ? dup2(fd, to) : dup3(fd, to, some_bits("flags"));
	if (r >= 0)
		close(to);
	return r < 0 ? r : 0;
}

static long call_epoll(int fd)
{
	int r = roll(2) ? epoll_create(some_bits("size"))
			: epoll_create1(some_bits("flags"));
	struct epoll_event event = {.events = EPOLLIN};

	if (r < 0)
		return r;
	say(" add=%d", epoll_ctl(r, EPOLL_CTL_ADD, fd, &event));
	close(r);
	return 0;
}

static const struct {
	const char *name;
	long (*call)(int fd);
} calls[] = {
	{"connect", call_connect},
	{"bind", call_bind},
	{"listen", call_listen},
	{"shutdown", call_shutdown},
	{"getsockname", call_getsockname},
	{"getpeername", call_getpeername},
	{"accept", call_accept},
	{"accept4", call_accept4},
	{"getsockopt", call_getsockopt},
	{"setsockopt", call_setsockopt},
	{"sendto", call_sendto},
	{"recvfrom", call_recvfrom},
	{"sendmsg", call_sendmsg},
	{"recvmsg", call_recvmsg},
	{"sendmmsg", call_sendmmsg},
	{"recvmmsg", call_recvmmsg},
	{"ioctl", call_ioctl},
	{"fcntl", call_fcntl},
	{"dup", call_dup2},
	{"epoll", call_epoll},
};

/* ---- one of them ----------------------------------------------------------- */

static sigjmp_buf crashed;

static void on_crash(int number)
{
	(void)number;
	siglongjmp(crashed, 1);
}

/* What is asked in a way that nobody does wrong. */
static void say_what_became(int fd)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(int);
	int on = -1, r = getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len);

	say("; ");
	if (r && (errno == EBADF || errno == ENOTSOCK))
		return;
	len = sizeof(sa);
	say("%s %s", on ? "listens" : "",
	    getpeername(fd, (void *)&sa, &len) ? strerrorname_np(errno)
					       : "connected");
	len = sizeof(sa);
	sa.ss_family = 0;
	getsockname(fd, (void *)&sa, &len);
	say(" family %d", sa.ss_family);
}

static void make_call(unsigned number)
{
	static unsigned state, which;
	static int fd, error, v6;
	static long r;

	chance = number * 0x9e3779b97f4a7c15 + 1;
	for (int i = 0; i < 8; i++)
		roll(2);
	said[0] = '\0';
	state = roll(roll(4) ? OF_TCP : N(states));
	which = roll(N(calls));
	v6 = roll(3) == 0;
	fd = states[state].make(v6);
	never_wait(fd);
	say("%u %s(%s%s)", number, calls[which].name, states[state].name,
	    v6 ? "6" : "");
	if (sigsetjmp(crashed, 1)) {
		say(": crashed");
	} else {
		errno = 0;
		r = calls[which].call(fd);
		error = errno;
		say(": %ld %s", r, r < 0 ? strerrorname_np(error) : "");
	}
	say_what_became(fd);
	puts(said);
	if (fd >= 0)
		close(fd);
	if (peer >= 0)
		close(peer);
	if (waiting_client >= 0)
		close(waiting_client);
	peer = waiting_client = -1;
}

int main(int argc, char **argv)
{
	struct sigaction crash = {.sa_handler = on_crash,
				  .sa_flags = SA_NODEFER};
	unsigned first, count;

	if (argc != 3)
		return 2;
	first = (unsigned)atoi(argv[1]);
	count = (unsigned)atoi(argv[2]);
	make_slots();
	sigaction(SIGSEGV, &crash, NULL);
	sigaction(SIGBUS, &crash, NULL);
	signal(SIGPIPE, SIG_IGN);
	listening4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listening6.sin6_addr = in6addr_loopback;
	listeners[0] = listen_at(&listening4, sizeof(listening4));
	listeners[1] = listen_at(&listening6, sizeof(listening6));
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (count--)
		make_call(first++);
	return 0;
}
