/* SPDX-License-Identifier: MIT */
/*
 * How much of a signal handler's stack each call takes.
 *
 *	stack [MONITOR [PORT]]
 *
 * Every call is made in a handler, on an alternate stack that was painted
 * before. What it takes besides the kernel's signal frame has to fit into half
 * of the 8,192 bytes that SIGSTKSZ has been since signal stacks were thought of:
 * the frame has 440 bytes (struct rt_sigframe in arch/x86/include/asm/
 * sigframe.h), and up to 2,704 with AVX-512 and PKRU (CPUID leaf 0xd), 64 of
 * alignment; the rest is the program's. (With AMX the frame alone is larger than
 * 8,192 bytes; so is sysconf(_SC_SIGSTKSZ) there.)
 *
 * Prints a line a call, "NAME BYTES"; 1 where one takes more.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOM  (256 * 1024)
#define LIMIT 4096
#define PAINT 0x5a

static unsigned char *stack;
static void (*act)(void);
static int fd, listener, set;
static struct sockaddr_in there;
static int peer;
static unsigned first_port;

/* ---- measuring ----------------------------------------------------------- */

static void handler(int number)
{
	(void)number;
	act();
}

static void nothing(void)
{
}

static size_t depth_of(void (*what)(void))
{
	size_t untouched = 0;

	act = what;
	memset(stack, PAINT, ROOM);
	raise(SIGUSR1);
	while (untouched < ROOM && stack[untouched] == PAINT)
		untouched++;
	return ROOM - untouched;
}

static void start(void)
{
	struct sigaction action = {.sa_handler = handler,
				   .sa_flags = SA_ONSTACK};
	stack_t alternate = {.ss_size = ROOM};

	stack = mmap(NULL, ROOM, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	alternate.ss_sp = stack;
	sigaltstack(&alternate, NULL);
	sigaction(SIGUSR1, &action, NULL);
}

/* ---- sockets ------------------------------------------------------------- */

static struct sockaddr_in at(const char *ip, unsigned port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

	inet_pton(AF_INET, ip, &a.sin_addr);
	return a;
}

#define SA(a) (struct sockaddr *)&(a), sizeof(a)

static void must(int r, const char *what)
{
	if (r >= 0)
		return;
	perror(what);
	exit(99);
}

static int tcp(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

/* A number that no hook has seen. */
static int unseen(void)
{
	return (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static int new_port(void)
{
	static unsigned n;

	return (int)(first_port + n++);
}

static void a_socket(void)
{
	there = at("127.0.0.1", new_port());
	fd = tcp();
}

static void an_unseen_one(void)
{
	a_socket();
	close(fd);
	fd = unseen();
}

static void with_options(void)
{
	int one = 1;

	a_socket();
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &one, sizeof(one));
}

static int listen_at(struct sockaddr_in *a, int backlog)
{
	int on = tcp();

	must(bind(on, SA(*a)), "bind");
	must(listen(on, backlog), "listen");
	return on;
}

static void a_listener(void)
{
	a_socket();
	listener = listen_at(&there, 8);
}

static void in_sets(void)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT};

	a_listener();
	for (int i = 0; i < 3; i++)
		epoll_ctl(epoll_create1(0), EPOLL_CTL_ADD, fd, &event);
}

static void unseen_in_sets(void)
{
	struct epoll_event event = {.events = EPOLLIN};

	in_sets();
	close(fd);
	fd = unseen();
	set = epoll_create1(0);
	syscall(SYS_epoll_ctl, set, EPOLL_CTL_ADD, fd, &event);
	dup(fd);
}

static void a_copied_one(void)
{
	a_listener();
	dup(fd);
	dup(fd);
}

static void a_client(void)
{
	a_listener();
	must(connect(fd, SA(there)), "connect");
}

static void a_connection(void)
{
	a_client();
	peer = accept(listener, NULL, NULL);
	must(peer, "accept");
}

static void a_nonblocking_one(void)
{
	a_listener();
	fcntl(fd, F_SETFL, O_NONBLOCK);
}

static void a_failed_one(void)
{
	struct pollfd pollfd;

	a_socket();
	fcntl(fd, F_SETFL, O_NONBLOCK);
	connect(fd, SA(there));
	pollfd = (struct pollfd){fd, POLLOUT, 0};
	poll(&pollfd, 1, 5000);
}

/* Not ours to redirect, it is dialled through another address. */
static void a_full_queue(void)
{
	struct timeval some = {0, 50000};

	a_listener();
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &some, sizeof(some));
	syscall(SYS_listen, listener, 0);
	for (int i = 0; i < 3; i++) {
		int filler = tcp();

		fcntl(filler, F_SETFL, O_NONBLOCK);
		connect(filler, SA(there));
	}
}

static void two_sharers(void)
{
	int one = 1;

	there = at("127.0.0.1", new_port());
	listener = tcp();
	setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	must(bind(listener, SA(there)), "bind");
	must(listen(listener, 8), "listen");
	fd = tcp();
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
}

static void two_listeners(void)
{
	two_sharers();
	must(bind(fd, SA(there)), "bind");
	must(listen(fd, 8), "listen");
}

static void many_bytes(void)
{
	static char bytes[100000];

	a_connection();
	send(peer, bytes, sizeof(bytes), MSG_DONTWAIT);
}

static void refused_address(void)
{
	fd = tcp();
	there = at("127.0.0.9", 80);
}

static void plain_address(void)
{
	fd = tcp();
	there = at("127.0.0.1", 7999);
}

/* Says that everybody is there, but at the port 81 nobody. */
static void answer_as_monitor(int from)
{
	for (;;) {
		int guest = accept(from, NULL, NULL);
		char line[32];
		ssize_t n = read(guest, line, sizeof(line));

		if (n > 2 && line[n - 2] != '1')
			n = write(guest, "OK 1\n", 5);
		if (n < 0 || line[n - 2] == '1')
			close(guest);
	}
}

static pid_t start_monitor(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int from = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t child;

	strcpy(un.sun_path, path);
	must(bind(from, SA(un)), path);
	must(listen(from, 8), "listen");
	child = fork();
	if (!child)
		answer_as_monitor(from);
	close(from);
	return child;
}

static void a_guest(void)
{
	fd = tcp();
	there = at("127.0.0.2", 80);
}

static void a_missing_guest(void)
{
	fd = tcp();
	there = at("127.0.0.2", 81);
}

static void a_stale_file(void)
{
	int before = tcp();

	there = at("127.0.0.2", 82);
	must(bind(before, SA(there)), "bind");
	close(before);
	fd = tcp();
}

/* ---- calls ---------------------------------------------------------------- */

static char buf[8];
static struct iovec iov = {buf, sizeof(buf)};
static struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
static struct sockaddr_storage name;
static socklen_t len;
static int number;
static struct sockaddr nobody = {.sa_family = AF_UNSPEC};
static struct pollfd watched;
static struct epoll_event event;

#define DO(call) static void do_##call

DO(socket)(void)
{
	close(tcp());
}
DO(connect)(void)
{
	connect(fd, SA(there));
}
DO(connect_twice)(void)
{
	connect(fd, SA(there));
	connect(fd, SA(there));
}
DO(connect_later)(void)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
	connect(fd, SA(there));
	connect(fd, SA(there));
}
DO(disconnect)(void)
{
	connect(fd, &nobody, sizeof(nobody));
}
DO(bind)(void)
{
	bind(fd, SA(there));
}
DO(bind_any)(void)
{
	there.sin_port = 0;
	bind(fd, SA(there));
}
DO(listen)(void)
{
	listen(fd, 4);
}
DO(accept)(void)
{
	len = sizeof(name);
	peer = accept(listener, (struct sockaddr *)&name, &len);
}
DO(shut_listener)(void)
{
	shutdown(listener, SHUT_RDWR);
}
DO(shut_read)(void)
{
	shutdown(fd, SHUT_RD);
}
DO(shut_write)(void)
{
	shutdown(fd, SHUT_WR);
}
DO(getsockname)(void)
{
	len = sizeof(name);
	getsockname(fd, (struct sockaddr *)&name, &len);
}
DO(getpeername)(void)
{
	len = sizeof(name);
	getpeername(fd, (struct sockaddr *)&name, &len);
}
DO(option)(void)
{
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &number, (number = 9, 4));
}
DO(ask_option)(void)
{
	len = 4;
	getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &number, &len);
}
DO(ask_error)(void)
{
	len = 4;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &len);
}
DO(send)(void)
{
	send(fd, "x", 1, MSG_NOSIGNAL);
}
DO(send_nothing)(void)
{
	send(fd, "", 0, MSG_NOSIGNAL);
}
DO(sendto)(void)
{
	sendto(fd, "x", 1, MSG_NOSIGNAL, SA(there));
}
DO(sendmsg)(void)
{
	sendmsg(fd, &msg, MSG_NOSIGNAL);
}
DO(fast_open)(void)
{
	sendto(fd, "x", 1, MSG_FASTOPEN, SA(there));
}
DO(recv)(void)
{
	recv(fd, buf, 8, MSG_DONTWAIT);
}
DO(recv_nothing)(void)
{
	recv(fd, buf, 0, MSG_DONTWAIT);
}
DO(recv_bad)(void)
{
	recv(fd, (void *)8, 8, MSG_DONTWAIT);
}
DO(recvmsg)(void)
{
	recvmsg(fd, &msg, MSG_DONTWAIT | MSG_TRUNC);
}
DO(readable)(void)
{
	ioctl(fd, FIONREAD, &number);
}
DO(poll)(void)
{
	watched = (struct pollfd){fd, POLLOUT, 0};
	poll(&watched, 1, 0);
}
DO(epoll_ctl)(void)
{
	epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}
DO(epoll_wait)(void)
{
	epoll_wait(set, &event, 1, 0);
}
DO(dup)(void)
{
	close(dup(fd));
}
DO(dup2)(void)
{
	dup2(0, listener);
}
DO(close)(void)
{
	close(fd);
}
DO(close_listener)(void)
{
	close(listener);
}
DO(close_range)(void)
{
	close_range(listener, listener, 0);
}
DO(fcntl)(void)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
}
DO(fork)(void)
{
	if (!fork())
		_exit(0);
	wait(NULL);
}
DO(execve)(void)
{
	char *const none[] = {NULL};
	execve("/nowhere", none, none);
}

static void in_a_set(void)
{
	a_failed_one();
	event.events = EPOLLOUT;
	set = epoll_create1(0);
	epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

static void an_empty_set(void)
{
	a_connection();
	set = epoll_create1(0);
}

/* What is prepared on the large stack, and what is called on the small one. */
static const struct {
	const char *name;
	void (*prepare)(void);
	void (*call)(void);
	int needs; /* 0: only a table; 1: AF_VSOCK; 2: a monitor */
} calls[] = {
	{"socket", a_socket, do_socket, 0},
	{"connect/no-rule", plain_address, do_connect, 0},
	{"connect/refused", refused_address, do_connect, 0},
	{"close", a_socket, do_close, 0},
	{"dup", a_socket, do_dup, 0},
	{"fcntl", a_socket, do_fcntl, 0},
	{"fork", a_socket, do_fork, 0},
	{"execve", a_socket, do_execve, 0},
	{"connect/nobody", a_socket, do_connect, 1},
	{"connect/unseen", an_unseen_one, do_connect, 1},
	{"connect/options", with_options, do_connect, 1},
	{"connect", a_listener, do_connect, 1},
	{"connect/in-sets", in_sets, do_connect, 1},
	{"connect/unseen-in-sets", unseen_in_sets, do_connect, 1},
	{"connect/copied", a_copied_one, do_connect, 1},
	{"connect/nonblocking", a_nonblocking_one, do_connect_twice, 1},
	{"connect/failed", a_failed_one, do_connect, 1},
	{"connect/connected", a_client, do_connect, 1},
	{"connect/full", a_full_queue, do_connect, 1},
	{"connect/unspec", a_connection, do_disconnect, 1},
	{"fast-open", a_listener, do_fast_open, 1},
	{"bind", a_socket, do_bind, 1},
	{"bind/unseen", an_unseen_one, do_bind, 1},
	{"bind/any", a_socket, do_bind_any, 1},
	{"bind/in-use", a_listener, do_bind, 1},
	{"bind/quiet", two_sharers, do_bind, 1},
	{"listen", a_socket, do_listen, 1},
	{"listen/again", two_listeners, do_listen, 1},
	{"accept", a_client, do_accept, 1},
	{"shutdown/listener", a_listener, do_shut_listener, 1},
	{"shutdown/read", a_connection, do_shut_read, 1},
	{"shutdown/write", a_connection, do_shut_write, 1},
	{"getsockname", a_connection, do_getsockname, 1},
	{"getpeername", a_connection, do_getpeername, 1},
	{"setsockopt", a_connection, do_option, 1},
	{"getsockopt", a_connection, do_ask_option, 1},
	{"so_error", a_failed_one, do_ask_error, 1},
	{"send", a_connection, do_send, 1},
	{"send/failed", a_failed_one, do_send, 1},
	{"send/nothing", a_failed_one, do_send_nothing, 1},
	{"sendto", a_connection, do_sendto, 1},
	{"sendmsg", a_connection, do_sendmsg, 1},
	{"recv", a_connection, do_recv, 1},
	{"recv/nothing", many_bytes, do_recv_nothing, 1},
	{"recv/bad", many_bytes, do_recv_bad, 1},
	{"recvmsg", many_bytes, do_recvmsg, 1},
	{"fionread", many_bytes, do_readable, 1},
	{"poll/error", a_failed_one, do_poll, 1},
	{"epoll_ctl", an_empty_set, do_epoll_ctl, 1},
	{"epoll_wait/error", in_a_set, do_epoll_wait, 1},
	{"dup2/listener", two_listeners, do_dup2, 1},
	{"close/listener", two_listeners, do_close_listener, 1},
	{"close_range/listener", two_listeners, do_close_range, 1},
	{"hybrid/connect", a_guest, do_connect, 2},
	{"hybrid/nobody", a_missing_guest, do_connect, 2},
	{"hybrid/nobody-yet", a_missing_guest, do_connect_later, 2},
	{"hybrid/bind", a_guest, do_bind, 2},
	{"hybrid/bind-in-use", a_guest, do_bind, 2},
	{"hybrid/bind-stale", a_stale_file, do_bind, 2},
};

#define COUNT (sizeof(calls) / sizeof(*calls))

static bool try_call(unsigned i, size_t frame)
{
	size_t depth;

	calls[i].prepare();
	depth = depth_of(calls[i].call) - frame;
	printf("%s %zu\n", calls[i].name, depth);
	return depth <= LIMIT;
}

int main(int argc, char **argv)
{
	pid_t monitor = argc > 1 ? start_monitor(argv[1]) : 0;
	bool good = true, has_vsock = argc > 2;
	size_t frame;

	first_port = has_vsock ? atoi(argv[2]) : 0;
	start();
	frame = depth_of(nothing);
	for (unsigned i = 0; i < COUNT; i++)
		if (!calls[i].needs || (calls[i].needs == 1 && has_vsock) ||
		    (calls[i].needs == 2 && monitor))
			good &= try_call(i, frame);
	printf("frame %zu\n", frame);
	if (monitor)
		kill(monitor, SIGKILL);
	return !good;
}
