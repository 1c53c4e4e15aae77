/* SPDX-License-Identifier: MIT */
/*
 * What a vsock socket shows of the ways in which its peer can end a connection:
 * one line each, equal where nothing tells them apart. For doc/resets.md.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/vm_sockets_diag.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vsock/vm_sockets.h"
#include "tests/must.h"

enum way { CLOSED, UNREAD, LINGER_0, KILLED, SHUT, WAYS };

static const char *const names[] = {"close()", "close() with data unread",
				    "close() with SO_LINGER 0", "a SIGKILL",
				    "shutdown() and close()"};

static void kill_holder(int fd, int client)
{
	pid_t holder = must(fork(), "fork");

	if (!holder) {
		close(client);
		pause();
		_exit(0);
	}
	close(fd);
	must(kill(holder, SIGKILL), "kill");
	must(waitpid(holder, NULL, 0), "waitpid");
}

static void end(int fd, int client, enum way way)
{
	struct linger reset = {1, 0};

	if (way == KILLED) {
		kill_holder(fd, client);
		return;
	}
	if (way == UNREAD)
		must(send(client, "x", 1, 0), "send");
	if (way == LINGER_0)
		must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset,
				sizeof(reset)),
		     "SO_LINGER");
	if (way == SHUT)
		must(shutdown(fd, SHUT_RDWR), "shutdown");
	close(fd);
}

/* sock_diag(7)'s word on the socket that is bound to the port. */
static void say_diag(unsigned port)
{
	struct {
		struct nlmsghdr header;
		struct vsock_diag_req request;
	} ask = {{sizeof(ask), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP,
		  1, 0},
		 {.sdiag_family = AF_VSOCK, .vdiag_states = ~0u}};
	static char answer[65536] __attribute__((aligned(8)));
	int fd = must(socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG), "diag");
	int n;

	must(send(fd, &ask, sizeof(ask), 0), "diag");
	while ((n = recv(fd, answer, sizeof(answer), 0)) > 0) {
		struct nlmsghdr *at = (struct nlmsghdr *)answer;

		for (; NLMSG_OK(at, (unsigned)n); at = NLMSG_NEXT(at, n)) {
			struct vsock_diag_msg *m = NLMSG_DATA(at);

			if (at->nlmsg_type != SOCK_DIAG_BY_FAMILY) {
				close(fd);
				return;
			}
			if (m->vdiag_src_port == port)
				printf(" state %d, shutdown %#x;",
				       m->vdiag_state, m->vdiag_shutdown);
		}
	}
	close(fd);
}

static void say_result(const char *what, ssize_t r)
{
	printf(" %s %s;", what, r < 0 ? strerror(errno) : r ? "some" : "0");
}

static void look(int fd)
{
	struct pollfd p = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
	struct pollfd gone = {fd, POLLRDHUP, 0};
	struct sockaddr_vm vm;
	socklen_t len = sizeof(vm);
	int error = 0;
	char c;

	must(poll(&gone, 1, 20000) - 1, "the end");
	must(poll(&p, 1, 0), "poll");
	must(getsockname(fd, (struct sockaddr *)&vm, &len), "getsockname");
	printf(" poll %#x;", p.revents);
	say_diag(vm.svm_port);
	len = sizeof(error);
	must(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len), "SO_ERROR");
	printf(" SO_ERROR %d;", error);
	len = sizeof(vm);
	say_result("getpeername()",
		   getpeername(fd, (struct sockaddr *)&vm, &len));
	say_result("recv()", recv(fd, &c, 1, MSG_DONTWAIT));
	say_result("its error queue",
		   recv(fd, &c, 1, MSG_DONTWAIT | MSG_ERRQUEUE));
	say_result("send()", send(fd, "x", 1, MSG_NOSIGNAL));
	putchar('\n');
}

int main(void)
{
	struct sockaddr_vm at = {.svm_family = AF_VSOCK,
				 .svm_cid = VMADDR_CID_LOCAL,
				 .svm_port = 5555};
	int listener = must(socket(AF_VSOCK, SOCK_STREAM, 0), "socket");

	setvbuf(stdout, NULL, _IONBF, 0);
	must(bind(listener, (struct sockaddr *)&at, sizeof(at)), "bind");
	must(listen(listener, 4), "listen");
	for (int way = 0; way < WAYS; way++) {
		int fd = must(socket(AF_VSOCK, SOCK_STREAM, 0), "socket");

		must(connect(fd, (struct sockaddr *)&at, sizeof(at)),
		     "connect");
		printf("%s:", names[way]);
		end(must(accept(listener, NULL, NULL), "accept"), fd, way);
		look(fd);
		close(fd);
	}
	return 0;
}
