/* SPDX-License-Identifier: MIT */
/*
 * All ways to connect() that a preloaded library does not see. As a program:
 * `ways PORT PLUGIN` says of each what came of it. As a plug-in (-DPLUGIN) it
 * is what the program loads.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef int connect_call(int fd, const struct sockaddr *sa, socklen_t len);

static struct sockaddr_in to = {.sin_family = AF_INET};

static const char *by(connect_call *call)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int error = call(fd, (void *)&to, sizeof(to)) ? errno : 0;

	close(fd);
	return error ? strerrorname_np(error) : "connected";
}

#ifdef PLUGIN

const char *dial(int port);

const char *dial(int port)
{
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons(port);
	return by(connect);
}

#else

/* No libc has a part in it. */
static int raw_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	long r;

#if defined(__x86_64__)
	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(SYS_connect), "D"(fd), "S"(sa), "d"(len)
			 : "rcx", "r11", "memory");
#else
	r = syscall(SYS_connect, fd, sa, len);
	r = r < 0 ? -errno : r;
#endif
	errno = (int)-r;
	return r ? -1 : 0;
}

static int fast_open(int fd, const struct sockaddr *sa, socklen_t len)
{
	return sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, sa, len) < 0 ? -1
									    : 0;
}

/* Where its address has no bit in common with the flags: by them it is known. */
static struct msghdr *place_of_message(void)
{
	size_t bit = MSG_FASTOPEN;
	char *room = mmap(NULL, 4 * bit, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return room == MAP_FAILED   ? NULL
	       : (size_t)room & bit ? (void *)(room + bit)
				    : (void *)room;
}

static int fast_open_message(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct msghdr *message = place_of_message();
	struct iovec part = {"x", 1};

	if (!message)
		return -1;
	*message = (struct msghdr){.msg_name = (void *)sa,
				   .msg_namelen = len,
				   .msg_iov = &part,
				   .msg_iovlen = 1};
	return sendmsg(fd, message, MSG_FASTOPEN | MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static int fast_open_messages(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct iovec part = {"x", 1};
	struct mmsghdr message = {.msg_hdr = {.msg_name = (void *)sa,
					      .msg_namelen = len,
					      .msg_iov = &part,
					      .msg_iovlen = 1}};

	return sendmmsg(fd, &message, 1, MSG_FASTOPEN | MSG_NOSIGNAL) < 0 ? -1
									  : 0;
}

static int remote_command(int fd, const struct sockaddr *sa, socklen_t len)
{
	char *host = "127.0.0.1";

	(void)fd;
	(void)sa;
	(void)len;
	return rcmd(&host, to.sin_port, "me", "you", "ls", NULL) < 0 ? -1 : 0;
}

static const char *by_plugin(void *plugin)
{
	const char *(*dial)(int port) = plugin ? dlsym(plugin, "dial") : NULL;

	return dial ? dial(ntohs(to.sin_port)) : dlerror();
}

static const char *uring(void)
{
	char params[120] = {0};

	return syscall(SYS_io_uring_setup, 1, params) < 0
		       ? strerrorname_np(errno)
		       : "there";
}

int main(int argc, char **argv)
{
	const char *plugin = argv[argc - 1];

	signal(SIGPIPE, SIG_IGN); /* rcmd() writes to whom has gone already */
	setvbuf(stdout, NULL, _IOLBF, 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons(atoi(argv[1]));
	printf("connect: %s\n", by(connect));
	printf("plug-in: %s\n", by_plugin(dlopen(plugin, RTLD_NOW)));
	printf("RTLD_DEEPBIND: %s\n",
	       by_plugin(dlopen(plugin, RTLD_NOW | RTLD_DEEPBIND)));
	printf("dlmopen: %s\n",
	       by_plugin(dlmopen(LM_ID_NEWLM, plugin, RTLD_NOW)));
	printf("dlsym: %s\n",
	       by((connect_call *)dlsym(dlopen("libc.so.6", RTLD_NOW),
					"connect")));
	printf("system call: %s\n", by(raw_connect));
	printf("fast open: %s\n", by(fast_open));
	printf("sendmsg: %s\n", by(fast_open_message));
	printf("sendmmsg: %s\n", by(fast_open_messages));
	printf("rcmd: %s\n", by(remote_command));
	printf("io_uring: %s\n", uring());
	return 0;
}

#endif
