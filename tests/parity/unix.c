/* SPDX-License-Identifier: MIT */
/*
 * Unix stream sockets: on a real one, and redirected by a rule for its name.
 * All checks have the same few names, so one runs after the other.
 */
#include "parity.h"

#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/un.h>

#undef unix /* gcc says that it is one */

#define FOLDER	"/tmp/parity-unix"
#define A	FOLDER "/a" /* these lead to vsock */
#define B	FOLDER "/b"
#define NOBODY	FOLDER "/nobody"
#define REFUSED FOLDER "/refused" /* connect() is refused */
#define DIRECT	FOLDER "/direct"
#define OTHER	FOLDER "/other" /* in no rule */

static struct addr unix_at(const char *path)
{
	struct addr a = {0};
	struct sockaddr_un *un = (struct sockaddr_un *)&a.ss;

	un->sun_family = AF_UNIX;
	strcpy(un->sun_path, path);
	a.len = offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1;
	if (path[0] == '@') {
		un->sun_path[0] = '\0';
		a.len--;
	}
	return a;
}

static void say_unix(const char *label, const struct addr *a)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)&a->ss;
	int n = (int)a->len - (int)offsetof(struct sockaddr_un, sun_path);

	say("%s: family %d, length %u, %c%.*s", label, un->sun_family, a->len,
	    n > 0 && un->sun_path[0] ? un->sun_path[0] : '-', n > 1 ? n - 1 : 0,
	    un->sun_path + 1);
}

static void say_own(const char *label, int fd)
{
	struct addr a = nowhere();

	if (!TRY(getsockname(fd, SA_OUT(a))))
		say_unix(label, &a);
}

static void say_peer(const char *label, int fd)
{
	struct addr a = nowhere();

	if (!TRY(getpeername(fd, SA_OUT(a))))
		say_unix(label, &a);
}

/* The folder is empty, and ours until the process ends. */
static void begin(void)
{
	static const char *const files[] = {
		A, B, NOBODY, REFUSED, DIRECT, OTHER, FOLDER "/file"};
	int lock;

	mkdir(FOLDER, 0755);
	lock = open(FOLDER "/lock", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (lock < 0 || dup2(lock, 190) < 0 || flock(190, LOCK_EX))
		give_up("lock");
	close(lock);
	fcntl(190, F_SETFD, FD_CLOEXEC);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(files[i]);
}

static int unix_socket(int flags)
{
	int fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM | flags, 0));

	return fd;
}

static int unix_listen(const char *path)
{
	struct addr a = unix_at(path);
	int fd = unix_socket(0);

	MUST(bind(fd, SA(a)));
	MUST(listen(fd, 5));
	return fd;
}

static struct trio unix_trio(const char *path)
{
	struct trio t = {.addr = unix_at(path)};

	begin();
	t.listener = unix_listen(path);
	t.client = unix_socket(0);
	MUST(connect(t.client, SA(t.addr)));
	t.server = (int)MUST(accept(t.listener, NULL, NULL));
	expect_redirected(t.listener);
	expect_redirected(t.client);
	return t;
}

/* ---- names --------------------------------------------------------------- */

static void names(const char *path)
{
	struct addr a = unix_at(path), from = nowhere();
	int listener, client, server;

	begin();
	listener = unix_socket(0);
	say_own("fresh", listener);
	TRY(bind(listener, SA(a)));
	say_own("bound", listener);
	TRY(listen(listener, 5));
	client = unix_socket(0);
	say_peer("fresh", client);
	TRY(connect(client, SA(a)));
	server = TRYFD(accept(listener, SA_OUT(from)));
	say_unix("from", &from);
	say_own("listener", listener);
	say_own("client", client);
	say_peer("client", client);
	say_own("server", server);
	say_peer("server", server);
	say_ping(client, server);
	say_ping(server, client);
}

CHECK(unix, names)
{
	names(A);
}

CHECK(unix, names_abstract)
{
	names("@parity-unix");
}

/* Each of its bytes counts, and zeros are bytes. */
CHECK(unix, names_abstract_with_zeros)
{
	struct addr a = unix_at("@parity-unix"), longer = a, padded = a;
	int fd = unix_socket(0), listener = unix_socket(0);

	begin();
	longer.len += 2;
	padded.len = sizeof(struct sockaddr_un);
	TRY(bind(listener, SA(a)));
	TRY(listen(listener, 5));
	TRY(connect(fd, SA(longer)));
	TRY(connect(fd, SA(padded)));
	TRY(connect(fd, SA(a)));
	expect_redirected(fd);
	listener = unix_socket(0);
	longer = unix_at("@parity-unix-z");
	longer.len++;
	TRY(bind(listener, SA(longer)));
	TRY(listen(listener, 5));
	say_own("longer", listener);
	fd = unix_socket(0);
	TRY(connect(fd, SA(longer)));
	expect_redirected(fd);
	say_peer("longer", fd);
}

CHECK(unix, names_cut)
{
	struct trio t = unix_trio(A);
	struct addr a = nowhere();

	memset(&a.ss, '?', sizeof(a.ss));
	for (a.len = 0; a.len < 12; a.len += 5) {
		socklen_t room = a.len;

		TRY(getpeername(t.client, &a.sa, &a.len));
		say("%u of %u: %.10s", room, a.len, a.sa.sa_data);
		a.len = room;
	}
	TRY(getpeername(t.client, NULL, &a.len));
	TRY(getsockname(t.client, &a.sa, NULL));
}

CHECK(unix, names_after_shutdown)
{
	struct trio t = unix_trio(A);

	TRY(shutdown(t.client, SHUT_RDWR));
	say_peer("client", t.client);
	say_own("client", t.client);
	TRY(shutdown(t.server, SHUT_WR));
	say_peer("server", t.server);
	close(t.client);
	say_peer("left", t.server);
	TRY(shutdown(t.server, SHUT_RDWR));
	TRY(shutdown(t.server, SHUT_RDWR));
	TRY(shutdown(t.server, 7));
}

/* As the program wrote it, on a real one. */
CHECK(unix, relative)
{
	struct addr a = unix_at("./a"), whole = unix_at(A);
	struct addr around = unix_at("../parity-unix//a");
	int fd = unix_socket(0), listener = unix_socket(0), none;

	begin();
	MUST(chdir(FOLDER));
	TRY(bind(listener, SA(a)));
	TRY(listen(listener, 5));
	TRY(connect(fd, SA(around)));
	fd = unix_socket(0);
	TRY(connect(fd, SA(whole)));
	expect_redirected(fd);
	MUST(chdir("/"));
	none = unix_socket(0);
	TRY(connect(none, SA(a)));
	say_own("listener", listener);
}

/* ---- the file ------------------------------------------------------------ */

static void say_file(const char *path)
{
	struct stat st;

	if (TRY(lstat(path, &st)) == 0)
		say("mode %o", st.st_mode);
}

CHECK(unix, file_by_umask)
{
	struct addr a = unix_at(A);
	int fd = unix_socket(0);

	begin();
	umask(027);
	TRY(bind(fd, SA(a)));
	say_file(A);
	TRY(chmod(A, 0600));
	say_file(A);
	close(fd);
	say_file(A);
	fd = unix_socket(0);
	TRY(bind(fd, SA(a)));
	TRY(unlink(A));
	TRY(bind(fd, SA(a)));
	TRY(bind(fd, SA(a)));
	say_file(A);
	say_own("bound", fd);
}

/* fchmod() of a fresh socket is a mode for the file, too. */
CHECK(unix, file_by_fchmod)
{
	struct addr a = unix_at(A);
	int fd = unix_socket(0);

	begin();
	umask(0);
	TRY(fchmod(fd, 0640));
	TRY(bind(fd, SA(a)));
	say_file(A);
}

CHECK(unix, file_of_another_user)
{
	struct addr a = unix_at(A);
	int fd = unix_socket(0);
	struct stat st;

	if (hybrid_run())
		skip("the monitor's folder is not that user's");
	begin();
	MUST(chmod(FOLDER, 0777));
	setfsgid(1);
	setfsuid(1);
	TRY(bind(fd, SA(a)));
	expect_redirected(fd);
	setfsuid(0);
	setfsgid(0);
	MUST(lstat(A, &st));
	say("user %d, group %d", (int)st.st_uid, (int)st.st_gid);
	chmod(FOLDER, 0755);
}

static void say_moved(int (*move)(const char *from, const char *to),
		      bool listens)
{
	struct addr temporary = unix_at(OTHER), a = unix_at(A);
	int listener = unix_socket(0), fd = unix_socket(0);

	begin();
	TRY(bind(listener, SA(temporary)));
	if (listens)
		TRY(listen(listener, 5));
	TRY(move(OTHER, A));
	if (!listens)
		TRY(listen(listener, 5));
	expect_redirected(listener);
	TRY(connect(fd, SA(a)));
	expect_redirected(fd);
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
	say_peer("client", fd);
	say_file(A);
	say_file(OTHER);
}

/* The name appears when the server is ready. */
CHECK(unix, file_moved)
{
	say_moved(rename, false);
}

CHECK(unix, file_moved_when_listening)
{
	say_moved(rename, true);
}

CHECK(unix, file_linked)
{
	say_moved(link, true);
}

static int move_from_here(const char *from, const char *to)
{
	int folder = open(FOLDER, O_RDONLY | O_DIRECTORY);

	(void)from;
	(void)to;
	MUST(chdir("/tmp"));
	return renameat(AT_FDCWD, "parity-unix/other", folder, "./a");
}

CHECK(unix, file_moved_by_relative_names)
{
	say_moved(move_from_here, false);
}

CHECK(unix, file_moved_elsewhere)
{
	struct addr other = unix_at(OTHER);
	int listener, fd = unix_socket(0);

	begin();
	TRY(rename(NOBODY, A));
	listener = unix_listen(OTHER);
	TRY(rename(NOBODY, A));
	TRY(connect(fd, SA(other)));
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
	MUST(creat(FOLDER "/file", 0600));
	TRY(rename(FOLDER "/file", A));
	say("vsock: %d", is_vsock(listener) && !hybrid_run());
	say_own("listener", listener);
}

CHECK(unix, file_can_not_be_made)
{
	struct addr none = unix_at(FOLDER "/none/a");
	struct addr in_file = unix_at(FOLDER "/file/a");
	struct addr a = unix_at(A);
	int fd = unix_socket(0);

	begin();
	MUST(creat(FOLDER "/file", 0600));
	TRY(bind(fd, SA(none)));
	TRY(bind(fd, SA(in_file)));
	TRY(bind(fd, SA(a)));
	expect_redirected(fd);
	TRY(listen(fd, 1));
}

CHECK(unix, two_names_of_one_server)
{
	struct addr path = unix_at(B), name = unix_at("@parity-unix-b");
	int one = unix_socket(0), two = unix_socket(0), client = unix_socket(0);
	char c;

	begin();
	TRY(bind(one, SA(name)));
	TRY(listen(one, 5));
	TRY(bind(two, SA(path)));
	TRY(listen(two, 5));
	TRY(connect(client, SA(name)));
	two = TRYFD(accept(one, NULL, NULL));
	TRY(write(client, "x", 1));
	TRY(read(two, &c, 1));
	client = unix_socket(0);
	TRY(bind(client, SA(name)));
}

/* ---- connect ------------------------------------------------------------- */

CHECK(unix, connect_to_nobody)
{
	struct addr a = unix_at(A);
	int listener = unix_socket(0), fd = unix_socket(0);

	begin();
	MUST(bind(listener, SA(a)));
	TRY(connect(fd, SA(a)));
	say_so_error(fd);
	say_own("after", fd);
	SAY_OPTION(fd, SOL_SOCKET, SO_DOMAIN);
	TRY(listen(listener, 5));
	TRY(connect(fd, SA(a)));
	TRY(connect(fd, SA(a)));
	say_peer("at last", fd);
}

CHECK(unix, connect_without_a_file)
{
	struct addr a = unix_at(NOBODY);
	int fd = unix_socket(0);

	begin();
	TRY(connect(fd, SA(a)));
}

/* As syslog() finds out what kind of socket /dev/log is. */
CHECK(unix, connect_by_another_type)
{
	struct addr a = unix_at(A), in = unix_at(A "/"),
		    none = unix_at("@none");
	int fd = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), listener;

	begin();
	TRY(connect(fd, SA(none)));
	listener = unix_listen(A);
	TRY(connect(fd, SA(a)));
	fd = unix_socket(0);
	TRY(connect(fd, SA(in)));
	TRY(connect(fd, SA(a)));
	expect_redirected(fd);
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
}

CHECK(unix, connect_by_packets)
{
	struct addr a = unix_at(A);
	int fd = (int)MUST(socket(AF_UNIX, SOCK_SEQPACKET, 0));

	begin();
	unix_listen(A);
	TRY(connect(fd, SA(a)));
}

CHECK(unix, connect_refused_by_rule)
{
	struct addr a = unix_at(REFUSED);
	int listener = unix_socket(0), fd = unix_socket(0);

	begin();
	MUST(bind(listener, SA(a)));
	TRY(connect(fd, SA(a)));
}

CHECK(unix, connect_direct)
{
	struct addr a = unix_at(DIRECT);
	int listener, fd = unix_socket(0);

	begin();
	listener = unix_listen(DIRECT);
	TRY(connect(fd, SA(a)));
	say("vsock: %d", is_vsock(fd) && !hybrid_run());
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
}

/* Done when it returns, with no EINPROGRESS. */
CHECK(unix, connect_nonblocking)
{
	struct addr a = unix_at(A);
	int listener, fd = unix_socket(SOCK_NONBLOCK);

	begin();
	listener = unix_listen(A);
	TRY(connect(fd, SA(a)));
	say("flags %x", fcntl(fd, F_GETFL) & O_NONBLOCK);
	say_peer("client", fd);
	TRY(connect(fd, SA(a)));
	say_so_error(fd);
	say_poll("client", fd, POLLIN | POLLOUT, 0);
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
}

CHECK(unix, connect_nonblocking_to_nobody)
{
	struct addr a = unix_at(A);
	int bound = unix_socket(0), fd = unix_socket(SOCK_NONBLOCK);

	begin();
	MUST(bind(bound, SA(a)));
	TRY(connect(fd, SA(a)));
	say_so_error(fd);
	TRY(connect(fd, SA(a)));
	say("flags %x", fcntl(fd, F_GETFL) & O_NONBLOCK);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* Signals as fast as they come. */
CHECK(unix, connect_nonblocking_among_signals)
{
	struct itimerspec often = {{0, 500000}, {0, 500000}};
	struct sigaction action = {.sa_handler = on_alarm};
	struct addr a = unix_at(A);
	int failed = 0, listener;
	timer_t timer;

	begin();
	listener = unix_listen(A);
	sigaction(SIGALRM, &action, NULL);
	timer_create(CLOCK_MONOTONIC, NULL, &timer);
	timer_settime(timer, 0, &often, NULL);
	for (int i = 0; i < 30; i++) {
		int fd = unix_socket(SOCK_NONBLOCK), server;

		if (connect(fd, SA(a)))
			failed++;
		do
			server = accept(listener, NULL, NULL);
		while (server < 0 && errno == EINTR);
		close(server);
		close(fd);
	}
	say("failed %d", failed);
}

CHECK(unix, connect_to_odd_addresses)
{
	struct addr a = unix_at(A), ip = at("127.0.0.1", port(0)), odd;
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int fd = unix_socket(0), listener;

	begin();
	listener = unix_listen(A);
	TRY(connect(fd, SA(ip)));
	TRY(connect(fd, &none, sizeof(none)));
	TRY(connect(fd, &a.sa, 2));
	TRY(connect(fd, &a.sa, 200));
	TRY(connect(fd, NULL, a.len));
	odd = a; /* without the zero at its end, and with more of them */
	odd.len--;
	TRY(connect(fd, SA(odd)));
	fd = unix_socket(0);
	odd.len = sizeof(struct sockaddr_un);
	TRY(connect(fd, SA(odd)));
	expect_redirected(fd);
	TRY(connect(fd, SA(ip)));
	TRY(connect(fd, &none, sizeof(none)));
	say_peer("client", fd);
	TRY(connect(listener, SA(a)));
	TRY(bind(listener, SA(a)));
	TRY(bind(listener, SA(ip)));
}

CHECK(unix, connect_when_bound)
{
	struct addr a = unix_at(A), b = unix_at(OTHER);
	int listener, fd = unix_socket(0);

	begin();
	listener = unix_listen(A);
	TRY(bind(fd, SA(b)));
	TRY(connect(fd, SA(a)));
	expect_redirected(fd);
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
	say_file(OTHER);
}

/* The name of a client, and one that it gets later. */
CHECK(unix, connect_and_bind)
{
	struct addr a = unix_at(A), b = unix_at(OTHER), other = unix_at(DIRECT);
	int listener, fd = unix_socket(0), server;
	struct addr from = nowhere();

	begin();
	listener = unix_listen(A);
	TRY(bind(fd, SA(b)));
	TRY(connect(fd, SA(a)));
	say_own("client", fd);
	server = TRYFD(accept(listener, SA_OUT(from)));
	say_unix("from", &from);
	fd = unix_socket(0);
	TRY(connect(fd, SA(a)));
	TRY(bind(fd, SA(other)));
	say_own("client", fd);
	TRY(bind(server, SA(other)));
}

CHECK(unix, connect_with_copies)
{
	struct addr a = unix_at(A);
	int listener, fd = unix_socket(0), copy = dup(fd), server;

	begin();
	listener = unix_listen(A);
	TRY(connect(copy, SA(a)));
	expect_redirected(fd);
	server = TRYFD(accept(listener, NULL, NULL));
	say_ping(fd, server);
	say_ping(copy, server);
	say_peer("copy", copy);
}

CHECK(unix, connect_in_epoll)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = 7};
	struct addr a = unix_at(A);
	int listener, fd = unix_socket(SOCK_NONBLOCK), set = epoll_create1(0);

	begin();
	listener = unix_listen(A);
	TRY(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
	TRY(connect(fd, SA(a)));
	MUST(send((int)MUST(accept(listener, NULL, NULL)), "x", 1, 0));
	TRY(epoll_wait(set, &event, 1, PATIENCE));
	say("events %x, data %u", event.events, event.data.u32);
	TRY(epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL));
}

/* ---- options ------------------------------------------------------------- */

static void say_options(int fd)
{
	SAY_OPTION(fd, SOL_SOCKET, SO_DOMAIN);
	SAY_OPTION(fd, SOL_SOCKET, SO_TYPE);
	SAY_OPTION(fd, SOL_SOCKET, SO_PROTOCOL);
	SAY_OPTION(fd, SOL_SOCKET, SO_ACCEPTCONN);
	SAY_OPTION(fd, SOL_SOCKET, SO_REUSEADDR);
	SAY_OPTION(fd, SOL_SOCKET, SO_KEEPALIVE);
	SAY_OPTION(fd, SOL_SOCKET, SO_PASSCRED);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_NODELAY);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_INFO);
	SAY_OPTION(fd, IPPROTO_IP, IP_TOS);
	SAY_OPTION(fd, AF_VSOCK, 0);
}

CHECK(unix, options)
{
	struct trio t = unix_trio(A);

	say_options(t.listener);
	say_options(t.client);
	say_options(t.server);
	TRY(set_int(t.client, IPPROTO_TCP, TCP_NODELAY, 1));
	TRY(set_int(t.client, IPPROTO_IP, IP_TOS, 4));
	TRY(set_int(t.client, AF_VSOCK, 0, 4));
	TRY(set_int(t.client, SOL_SOCKET, SO_KEEPALIVE, 1));
	TRY(set_int(t.client, SOL_SOCKET, SO_REUSEADDR, 1));
	TRY(set_int(t.client, SOL_SOCKET, SO_PASSCRED, 1));
	say_options(t.client);
}

CHECK(unix, options_before)
{
	struct addr a = unix_at(A);
	struct linger linger = {1, 5};
	int listener, fd = unix_socket(0);
	socklen_t len = sizeof(linger);

	begin();
	listener = unix_listen(A);
	TRY(set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1));
	TRY(set_int(fd, SOL_SOCKET, SO_PASSCRED, 1));
	TRY(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	TRY(connect(fd, SA(a)));
	say_options(fd);
	TRY(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &len));
	say("linger %d %d", linger.l_onoff, linger.l_linger);
	say_options(TRYFD(accept(listener, NULL, NULL)));
}

struct credentials {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

/* Who is at the other end is not known of another machine. */
CHECK(unix, options_peer_credentials)
{
	struct trio t = unix_trio(A);
	struct credentials who = {1, 1, 1};
	socklen_t len = sizeof(who);

	TRY(getsockopt(t.server, SOL_SOCKET, SO_PEERCRED, &who, &len));
	say("pid %d, user %d, group %d", who.pid ? 1 : 0, (int)who.uid,
	    (int)who.gid);
	t.client = unix_socket(0);
	TRY(getsockopt(t.client, SOL_SOCKET, SO_PEERCRED, &who, &len));
	say("pid %d, user %d, group %d", who.pid ? 1 : 0, (int)who.uid,
	    (int)who.gid);
}

/* SO_PEERGROUPS */
CHECK(unix, options_peer_groups)
{
	struct trio t = unix_trio(A);
	gid_t groups[64];
	socklen_t len = sizeof(groups);

	TRY(getsockopt(t.server, SOL_SOCKET, 59, groups, &len));
	len = 0;
	TRY(getsockopt(t.server, SOL_SOCKET, 59, groups, &len));
}

/* ---- data ---------------------------------------------------------------- */

CHECK(unix, data_ends)
{
	struct trio t = unix_trio(A);
	char c[8];
	int n;

	TRY(send(t.client, "hello", 5, 0));
	MUST(wait_for(t.server, POLLIN));
	TRY(ioctl(t.server, FIONREAD, &n));
	say("readable %d", n);
	TRY(shutdown(t.client, SHUT_WR));
	TRY(send(t.client, "x", 1, MSG_NOSIGNAL));
	TRY(recv(t.server, c, sizeof(c), MSG_WAITALL));
	TRY(recv(t.server, c, sizeof(c), 0));
	TRY(send(t.server, "back", 4, 0));
	close(t.server);
	TRY(recv(t.client, c, sizeof(c), 0));
	TRY(recv(t.client, c, sizeof(c), 0));
	TRY(send(t.client, "x", 1, MSG_NOSIGNAL));
}

CHECK(unix, data_after_the_peer_reads_no_more)
{
	struct trio t = unix_trio(A);

	TRY(shutdown(t.server, SHUT_RD));
	while (send(t.client, "x", 1, MSG_NOSIGNAL) == 1)
		poll(NULL, 0, 1);
	TRY(send(t.client, "x", 1, MSG_NOSIGNAL));
	TRY(send(t.server, "x", 1, MSG_NOSIGNAL));
}

CHECK(unix, data_with_an_address)
{
	struct trio t = unix_trio(A);
	struct addr a = unix_at(A);
	char c;

	TRY(sendto(t.client, "x", 1, 0, SA(a)));
	TRY(send(t.listener, "x", 1, 0));
	TRY(recv(t.listener, &c, 1, 0));
	TRY(recv(t.client, &c, 1, MSG_DONTWAIT));
}

static ssize_t send_with(int fd, int type, const void *value, size_t size)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(struct credentials))];
	} control = {{0}};
	struct iovec iov = {(void *)"x", 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = CMSG_SPACE(size)};

	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = type;
	control.head.cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(&control.head), value, size);
	return sendmsg(fd, &msg, MSG_NOSIGNAL);
}

CHECK(unix, data_with_descriptors)
{
	struct trio t = unix_trio(A);
	struct credentials me = {getpid(), getuid(), getgid()};
	char c;

	TRY(send_with(t.client, SCM_RIGHTS, &t.client, sizeof(int)));
	TRY(send_with(t.client, SCM_CREDENTIALS, &me, sizeof(me)));
	TRY(send(t.client, "y", 1, 0));
	TRY(recv(t.server, &c, 1, MSG_WAITALL));
}

CHECK(unix, data_with_a_bad_descriptor)
{
	struct trio t = unix_trio(A);
	int none = 9999, n = -1;

	TRY(send_with(t.client, SCM_RIGHTS, &none, sizeof(int)));
	TRY(ioctl(t.client, TIOCOUTQ, &n));
	say("unsent: %d", n);
}

CHECK(unix, data_of_several_with_descriptors)
{
	struct trio t = unix_trio(A);
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {{0}};
	struct iovec iov = {(void *)"x", 1};
	struct mmsghdr two[2] = {
		{.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}}};
	char c[8];

	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.head), &t.client, sizeof(int));
	two[1] = two[0];
	two[1].msg_hdr.msg_control = &control;
	two[1].msg_hdr.msg_controllen = sizeof(control);
	TRY(sendmmsg(t.client, two, 2, MSG_NOSIGNAL));
	TRY(sendmmsg(t.client, two + 1, 1, MSG_NOSIGNAL));
	TRY(send(t.client, "y", 1, 0));
	MUST(shutdown(t.client, SHUT_WR));
	TRY(recv(t.server, c, 1, MSG_WAITALL));
}

/* ---- events -------------------------------------------------------------- */

/* What a Unix socket tells of its peer's end to who asks for these events. */
static void say_end(short events)
{
	struct trio t = unix_trio(A);

	say_poll("idle", t.client, events, 0);
	close(t.server);
	if (events & POLLOUT) /* poll() does not wait for the end */
		MUST(wait_for(t.client, POLLIN));
	say_poll("gone", t.client, events, PATIENCE);
	say_poll("still", t.client, events, 0);
}

CHECK(unix, events_of_the_end_none)
{
	say_end(0);
}

CHECK(unix, events_of_the_end_out)
{
	say_end(POLLOUT);
}

CHECK(unix, events_of_the_end_in)
{
	say_end(POLLIN);
}

CHECK(unix, events_of_the_end_all)
{
	say_end(POLLIN | POLLOUT | POLLRDHUP | POLLPRI);
}

static int waited_for;

static void *wait_for_end(void *fd)
{
	struct pollfd p = {.fd = *(int *)fd};

	__atomic_store_n(&waited_for, gettid(), __ATOMIC_RELEASE);
	poll(&p, 1, PATIENCE);
	say("events %x", p.events);
	return (void *)(long)p.revents;
}

static void wait_for_sleeper(void)
{
	while (!__atomic_load_n(&waited_for, __ATOMIC_ACQUIRE))
		sched_yield();
	wait_until_blocked(getpid(), waited_for);
}

/* One waits already when the peer goes; of an accepted socket. */
CHECK(unix, events_of_the_end_wake)
{
	struct trio t = unix_trio(A);
	pthread_t thread = thread_start(wait_for_end, &t.server);
	void *result;

	wait_for_sleeper();
	close(t.client);
	pthread_join(thread, &result);
	say("events %lx", (long)result);
}

/* That the peer has no more to say is no hang-up. */
CHECK(unix, events_of_half_an_end)
{
	struct trio t = unix_trio(A);

	if (monitor_run())
		skip("a monitor ends both directions");
	shutdown(t.server, SHUT_WR);
	MUST(wait_for(t.client, POLLIN));
	say_poll("none", t.client, 0, 0);
	say_poll("in", t.client, POLLIN, 0);
	say_poll("out", t.client, POLLOUT, 0);
	say_poll("end", t.client, POLLRDHUP, 0);
	shutdown(t.client, SHUT_WR);
	say_poll("none", t.client, 0, PATIENCE);
}

static void say_event(const char *label, int set, int timeout)
{
	struct epoll_event event = {0};
	int n = epoll_wait(set, &event, 1, timeout);

	say("%s: %d, events %x, data %llx", label, n, n > 0 ? event.events : 0,
	    n > 0 ? (unsigned long long)event.data.u64 : 0);
}

static void say_end_in_set(uint32_t events)
{
	struct epoll_event event = {.events = events, .data.u64 = 0x123456789};
	struct trio t = unix_trio(A);
	int set = epoll_create1(0);

	TRY(epoll_ctl(set, EPOLL_CTL_ADD, t.server, &event));
	say_event("idle", set, 0);
	close(t.client);
	if (events & EPOLLOUT)
		MUST(wait_for(t.server, POLLIN));
	say_event("gone", set, PATIENCE);
	say_event("still", set, 0);
}

CHECK(unix, events_of_the_end_in_epoll)
{
	say_end_in_set(EPOLLHUP);
}

CHECK(unix, events_of_the_end_in_epoll_none)
{
	say_end_in_set(0);
}

CHECK(unix, events_of_the_end_in_epoll_out)
{
	say_end_in_set(EPOLLOUT | EPOLLET);
}

CHECK(unix, events_of_the_end_in_epoll_once)
{
	say_end_in_set(EPOLLONESHOT);
}

CHECK(unix, events_of_the_end_in_epoll_exclusive)
{
	say_end_in_set(EPOLLOUT | EPOLLEXCLUSIVE);
}

/* It was there before connect(), and is changed after. */
CHECK(unix, events_of_the_end_in_epoll_from_before)
{
	struct epoll_event event = {.events = 0, .data.u64 = 5};
	struct addr a = unix_at(A);
	int set = epoll_create1(0), fd = unix_socket(0), listener, server;

	begin();
	listener = unix_listen(A);
	event.events = EPOLLIN;
	TRY(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
	TRY(epoll_wait(set, &event, 1, 0)); /* a fresh one is hung up */
	TRY(connect(fd, SA(a)));
	server = TRYFD(accept(listener, NULL, NULL));
	event = (struct epoll_event){.events = 0, .data.u64 = 6};
	TRY(epoll_ctl(set, EPOLL_CTL_MOD, fd, &event));
	close(server);
	say_event("gone", set, PATIENCE);
}

/* ---- the listener -------------------------------------------------------- */

static pid_t accepting;
static int accepted;

static void *accept_one(void *listener)
{
	__atomic_store_n(&accepting, gettid(), __ATOMIC_RELEASE);
	accepted = accept(*(int *)listener, NULL, NULL) < 0 ? errno : 0;
	return NULL;
}

CHECK(unix, listener_shut_down)
{
	struct addr a = unix_at(A);
	int listener, fd = unix_socket(0);
	pthread_t thread;

	begin();
	listener = unix_listen(A);
	thread = thread_start(accept_one, &listener);
	while (!__atomic_load_n(&accepting, __ATOMIC_ACQUIRE))
		sched_yield();
	wait_until_blocked(getpid(), accepting);
	TRY(shutdown(listener, SHUT_RDWR));
	thread_join(thread);
	say("the sleeper: %s", errno_text(accepted));
	TRY(accept(listener, NULL, NULL));
	TRY(connect(fd, SA(a)));
	TRY(shutdown(listener, SHUT_RDWR));
	say_own("listener", listener);
}

/* Its name is a new server's, and its queue its own. */
CHECK(unix, listener_with_a_successor)
{
	struct timeval fifth = {.tv_usec = 200000};
	struct addr a = unix_at(A);
	int old, new, fd = unix_socket(0);

	begin();
	old = unix_listen(A);
	MUST(unlink(A));
	new = unix_socket(0);
	TRY(bind(new, SA(a)));
	TRY(listen(new, 5));
	TRY(connect(fd, SA(a)));
	expect_redirected(new);
	say_poll("old", old, POLLIN, 0);
	MUST(setsockopt(old, SOL_SOCKET, SO_RCVTIMEO, &fifth, sizeof(fifth)));
	TRY(accept(old, NULL, NULL));
	say_ping(fd, TRYFD(accept(new, NULL, NULL)));
	say_own("old", old);
	close(old);
	fd = unix_socket(0);
	TRY(connect(fd, SA(a)));
	say_ping(fd, TRYFD(accept(new, NULL, NULL)));
}

/* It says when it listens, and serves one. */
static void succeed(int ready)
{
	struct addr a = unix_at(A);
	int listener = unix_socket(0), fd;

	MUST(unlink(A));
	TRY(bind(listener, SA(a)));
	TRY(listen(listener, 5));
	expect_redirected(listener);
	MUST(write(ready, "", 1));
	fd = TRYFD(accept(listener, NULL, NULL));
	TRY(write(fd, "n", 1));
}

HELPER(unix_successor)
{
	(void)argc;
	(void)argv;
	succeed(33);
	return 0;
}

/* One that finds the file there is none, and the first one serves on. */
HELPER(unix_rival)
{
	struct addr a = unix_at(A);
	int fd = unix_socket(SOCK_NONBLOCK);

	(void)argc;
	(void)argv;
	TRY(bind(fd, SA(a)));
	return 0;
}

CHECK(unix, listener_with_a_rival)
{
	struct addr a = unix_at(A);
	int listener, fd = unix_socket(0);

	begin();
	listener = unix_listen(A);
	fcntl(listener, F_SETFD, FD_CLOEXEC);
	say_child(helper_start("unix_rival", WITH_LIBRARY, NULL));
	say("flags %x", fcntl(listener, F_GETFL) & O_NONBLOCK);
	TRY(connect(fd, SA(a)));
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
}

static void succeed_in_child(void *ready)
{
	succeed(((int *)ready)[1]);
}

/* The old server ends when the new one listens. */
static void say_successor(int old, pid_t child, int ready)
{
	struct addr a = unix_at(A);
	int fd = unix_socket(0);
	char c;

	MUST(read(ready, &c, 1));
	close(old);
	MUST(connect(fd, SA(a)));
	expect_redirected(fd);
	MUST(read(fd, &c, 1));
	say_child(child);
	say("answer %c", c);
}

CHECK(unix, listener_with_a_successor_in_a_child)
{
	int ready[2], old;

	begin();
	MUST(pipe(ready));
	old = unix_listen(A);
	say_successor(old, child_start(succeed_in_child, ready), ready[0]);
}

CHECK(unix, listener_with_a_successor_elsewhere)
{
	int ready[2], old;

	if (hybrid_run())
		skip("the monitor's socket is another process's");
	begin();
	MUST(pipe(ready));
	MUST(dup2(ready[1], 33));
	old = unix_listen(A);
	fcntl(old, F_SETFD, FD_CLOEXEC);
	say_successor(old, helper_start("unix_successor", WITH_LIBRARY, NULL),
		      ready[0]);
}

static void say_shut(int how)
{
	struct addr a = unix_at(A);
	int listener, fd = unix_socket(0);

	begin();
	listener = unix_listen(A);
	fcntl(listener, F_SETFL, O_NONBLOCK);
	TRY(shutdown(listener, how));
	TRY(accept(listener, NULL, NULL));
	say_poll("shut", listener, 0, 0);
	TRY(connect(fd, SA(a)));
	TRY(listen(listener, 5));
	fd = unix_socket(0);
	TRY(connect(fd, SA(a)));
	TRY(accept(listener, NULL, NULL));
	say_own("listener", listener);
}

CHECK(unix, listener_shut_for_reading)
{
	say_shut(SHUT_RD);
}

CHECK(unix, listener_shut_for_writing)
{
	say_shut(SHUT_WR);
}

CHECK(unix, listener_shut_for_good)
{
	say_shut(SHUT_RDWR);
}

CHECK(unix, bound_is_shut)
{
	struct addr a = unix_at(A);
	int listener = unix_socket(SOCK_NONBLOCK), fd = unix_socket(0);

	begin();
	TRY(bind(listener, SA(a)));
	TRY(shutdown(listener, SHUT_RD));
	TRY(listen(listener, 5));
	TRY(accept(listener, NULL, NULL));
	TRY(connect(fd, SA(a)));
}

CHECK(unix, listener_without_a_name)
{
	int fd = unix_socket(0);

	begin();
	TRY(listen(fd, 1));
	TRY(accept(fd, NULL, NULL));
	TRY(shutdown(fd, SHUT_RDWR));
}

CHECK(unix, listener_closes_with_somebody_in_its_queue)
{
	struct addr a = unix_at(A);
	int listener, fd = unix_socket(0);
	char c;

	begin();
	listener = unix_listen(A);
	TRY(connect(fd, SA(a)));
	close(listener);
	MUST(wait_for(fd, POLLIN));
	say("ended %d", recv(fd, &c, 1, 0) <= 0);
}

/* ---- other processes ----------------------------------------------------- */

static void in_child(void *arg)
{
	struct trio *t = arg;
	struct addr a = unix_at(A);
	int fd = unix_socket(0);

	say_own("child's listener", t->listener);
	say_peer("child's client", t->client);
	TRY(connect(fd, SA(a)));
	TRY(write(fd, "c", 1));
}

CHECK(unix, fork)
{
	struct trio t = unix_trio(A);
	int server;
	char c;

	say_child(child_start(in_child, &t));
	server = TRYFD(accept(t.listener, NULL, NULL));
	TRY(read(server, &c, 1));
}

HELPER(unix_names)
{
	(void)argc;
	(void)argv;
	say_own("helper's listener", 30);
	say_peer("helper's client", 31);
	say_peer("helper's server", 32);
	SAY_OPTION(31, SOL_SOCKET, SO_DOMAIN);
	return 0;
}

CHECK(unix, exec)
{
	struct trio t = unix_trio(A);

	MUST(dup2(t.listener, 30));
	MUST(dup2(t.client, 31));
	MUST(dup2(t.server, 32));
	say_child(helper_start("unix_names", WITH_LIBRARY, NULL));
}

CHECK(unix, passed_on)
{
	struct trio t = unix_trio(A);
	int pair[2], fd;

	TRY(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	send_fd(pair[0], t.client);
	close(t.client);
	fd = receive_fd(pair[1]);
	say_peer("received", fd);
	SAY_OPTION(fd, SOL_SOCKET, SO_DOMAIN);
	say_ping(fd, t.server);
}

/* ---- what is not touched ------------------------------------------------- */

static void other_type(int type)
{
	struct addr a = unix_at(A), from = nowhere();
	int one = (int)MUST(socket(AF_UNIX, type, 0));
	int two = (int)MUST(socket(AF_UNIX, type, 0));
	char c;

	begin();
	TRY(bind(one, SA(a)));
	if (type == SOCK_SEQPACKET)
		TRY(listen(one, 1));
	TRY(connect(two, SA(a)));
	TRY(send(two, "x", 1, 0));
	if (type == SOCK_SEQPACKET)
		one = TRYFD(accept(one, SA_OUT(from)));
	TRY(recv(one, &c, 1, 0));
	say_own("bound", one);
	say_peer("other", two);
}

CHECK(unix, untouched_datagrams)
{
	other_type(SOCK_DGRAM);
}

CHECK(unix, untouched_packets)
{
	other_type(SOCK_SEQPACKET);
}

CHECK(unix, untouched_pair)
{
	int pair[2];

	TRY(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	say_ping(pair[0], pair[1]);
	say_own("pair", pair[0]);
	say_peer("pair", pair[0]);
	send_fd(pair[0], 2);
	say("received %d", receive_fd(pair[1]) >= 0);
}

/* A stream socket had each number before. */
CHECK(unix, untouched_pair_of_datagrams)
{
	int was[] = {unix_socket(0), unix_socket(0)}, pair[2];
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	struct addr a = unix_at(A);

	begin();
	unix_listen(A);
	MUST(close(was[0]));
	MUST(close(was[1]));
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	for (int i = 0; i < 2; i++) {
		say("same number: %d", pair[i] == was[i]);
		MUST(connect(pair[i], &none, sizeof(none)));
		TRY(connect(pair[i], SA(a)));
	}
}

CHECK(unix, untouched_other_names)
{
	struct addr a = unix_at(OTHER);
	int listener, fd = unix_socket(0);

	begin();
	TRY(connect(fd, SA(a)));
	listener = unix_listen(OTHER);
	TRY(connect(fd, SA(a)));
	say("vsock: %d", is_vsock(fd) && !hybrid_run());
	say_peer("other", fd);
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
}
