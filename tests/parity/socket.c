/* SPDX-License-Identifier: MIT */
/* Sockets that a check starts from, and the bytes that it sends. */
#include "parity.h"

#include <dirent.h>
#include <dlfcn.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

int tcp_socket(int family, int flags)
{
	return (int)MUST(socket(family, SOCK_STREAM | flags, 0));
}

int set_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

int listen_at(struct addr a, int backlog)
{
	int fd = tcp_socket(a.sa.sa_family, SOCK_CLOEXEC);

	MUST(set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	MUST(bind(fd, SA(a)));
	MUST(listen(fd, backlog));
	expect_redirected(fd);
	return fd;
}

int connect_to(struct addr a)
{
	int fd = tcp_socket(a.sa.sa_family, SOCK_CLOEXEC);

	MUST(connect(fd, SA(a)));
	expect_redirected(fd);
	return fd;
}

struct trio trio_at(const char *ip)
{
	struct trio t = {.addr = at(ip, port(0))};

	t.listener = listen_at(t.addr, 16);
	t.client = connect_to(t.addr);
	t.server = (int)MUST(accept(t.listener, NULL, NULL));
	expect_redirected(t.server);
	return t;
}

bool wait_for(int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};

	return poll(&p, 1, PATIENCE) == 1;
}

#ifdef PARITY_STATIC

/* Nobody can stand before the functions of a static program. */
const struct libc *libc(void)
{
	static const struct libc table = {
		.bind = bind,
		.listen = listen,
		.connect = connect,
		.accept = accept,
		.close = close,
		.dup = dup,
		.getsockopt = getsockopt,
		.getsockname = getsockname,
		.socket = socket,
	};

	return &table;
}

#else

const struct libc *libc(void)
{
	static struct libc table;
	void *lib;

	if (table.socket)
		return &table;
	lib = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	if (!lib)
		give_up("dlopen");
	*(void **)&table.bind = dlsym(lib, "bind");
	*(void **)&table.listen = dlsym(lib, "listen");
	*(void **)&table.connect = dlsym(lib, "connect");
	*(void **)&table.accept = dlsym(lib, "accept");
	*(void **)&table.close = dlsym(lib, "close");
	*(void **)&table.dup = dlsym(lib, "dup");
	*(void **)&table.getsockname = dlsym(lib, "getsockname");
	*(void **)&table.getsockopt = dlsym(lib, "getsockopt");
	*(void **)&table.socket = dlsym(lib, "socket");
	return &table;
}

#endif

static bool is_run(const char *wanted)
{
	const char *how = getenv("PARITY_REDIRECTED");

	return how && !strcmp(how, wanted);
}

bool monitor_run(void)
{
	return is_run("hvsock");
}

bool hybrid_run(void)
{
	return is_run("hvsock") || is_run("unix");
}

/* The name that the kernel gives a socket's protocol: nobody redirects that. */
bool is_vsock(int fd)
{
	const char *wanted = hybrid_run() ? "UNIX" : "AF_VSOCK";
	char name[64] = "";

	return fgetxattr(fd, "system.sockprotoname", name, sizeof(name) - 1) >
		       0 &&
	       !strncmp(name, wanted, strlen(wanted));
}

bool redirected_run(void)
{
	return getenv("PARITY_REDIRECTED") != NULL;
}

/* Of another network than ours: the supervisor shows a refusal by such a one. */
static bool is_elsewhere(int fd)
{
	int network = ioctl(fd, SIOCGSKNS);
	struct stat its, ours;
	bool is = network >= 0 && !fstat(network, &its) &&
		  !stat("/proc/self/ns/net", &ours) &&
		  its.st_ino != ours.st_ino;

	if (network >= 0)
		close(network);
	return is;
}

void expect_redirected(int fd)
{
	if (redirected_run() && !is_vsock(fd) && !is_elsewhere(fd))
		say("this socket is not on vsock");
}

int count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	if (!dir)
		give_up("/proc/self/fd");
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

void pattern(unsigned char *buf, size_t n, unsigned seed)
{
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1103515245 + 12345;
		buf[i] = (unsigned char)(seed >> 16);
	}
}

unsigned long checksum(unsigned long sum, const unsigned char *buf, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum = (sum * 31 + buf[i]) & 0xffffffff;
	return sum;
}

ssize_t write_all(int fd, const void *buf, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = write(fd, (const char *)buf + done, n - done);

		if (r <= 0)
			return -1;
		done += (size_t)r;
	}
	return (ssize_t)done;
}

ssize_t read_all(int fd, void *buf, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = read(fd, (char *)buf + done, n - done);

		if (r < 0)
			return -1;
		if (r == 0)
			break;
		done += (size_t)r;
	}
	return (ssize_t)done;
}
