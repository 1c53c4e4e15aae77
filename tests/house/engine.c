/* SPDX-License-Identifier: MIT */
/*
 * The engine by itself, with neither door: this program links redirect/, config/
 * and vsock/, and connects the socket of another process, on a duplicate of it,
 * by a rule. What a door knows is not there, so all of it is asked of the kernel.
 *
 * Run it in a test kernel: it speaks AF_VSOCK to itself.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "redirect/calls/connect.h"
#include "redirect/calls/sockname.h"
#include "redirect/kernel/newer.h"
#include "vsock/vm_sockets.h"

static int failed, passed;

static void expect(const char *what, long got, long wanted)
{
	got == wanted ? passed++ : failed++;
	if (got != wanted)
		printf("%s: %ld, expected %ld\n", what, got, wanted);
}

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, level, name, &value, &len) ? -errno : value;
}

static int listen_vsock(unsigned *port)
{
	struct sockaddr_vm sa = {.svm_family = AF_VSOCK,
				 .svm_cid = VMADDR_CID_LOCAL,
				 .svm_port = VMADDR_PORT_ANY};
	socklen_t len = sizeof(sa);
	int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) ||
	    listen(fd, 8) || getsockname(fd, (struct sockaddr *)&sa, &len)) {
		perror("AF_VSOCK loopback");
		exit(99);
	}
	*port = sa.svm_port;
	return fd;
}

/* A process that has a TCP socket, with its number in it, and waits. */
static pid_t start_owner(int *number)
{
	int told[2];
	pid_t pid;

	if (pipe(told))
		exit(99);
	pid = fork();
	if (!pid) {
		int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
		if (write(told[1], &fd, sizeof(fd)) == sizeof(fd))
			pause();
		_exit(99);
	}
	if (pid < 0 || read(told[0], number, sizeof(*number)) != sizeof(int))
		exit(99);
	close(told[0]);
	close(told[1]);
	return pid;
}

static int duplicate(pid_t pid, int number)
{
	int process = syscall(SYS_pidfd_open, pid, 0);
	int fd = syscall(SYS_pidfd_getfd, process, number, 0);

	if (fd < 0) {
		perror("pidfd_getfd");
		exit(99);
	}
	close(process);
	return fd;
}

static void check_addresses(int fd, const struct sockaddr_in *dialled)
{
	struct sockaddr_in peer = {0};
	socklen_t len = sizeof(peer);

	expect("getpeername", sockname_peer(fd, (struct sockaddr *)&peer, &len),
	       0);
	expect("the peer's family", peer.sin_family, AF_INET);
	expect("the peer's address", peer.sin_addr.s_addr,
	       dialled->sin_addr.s_addr);
	expect("the peer's port", peer.sin_port, dialled->sin_port);
}

static void check_data(int fd, int listener)
{
	int server = accept(listener, NULL, NULL);
	char byte = 0;

	expect("accept", server >= 0, 1);
	expect("send", send(fd, "x", 1, 0), 1);
	expect("recv", recv(server, &byte, 1, 0), 1);
	expect("the byte", byte, 'x');
	close(server);
}

int main(void)
{
	struct sockaddr_in dialled = {.sin_family = AF_INET,
				      .sin_port = htons(5432)};
	char rule[100];
	unsigned port;
	int listener = listen_vsock(&port), number, fd;
	pid_t owner;

	snprintf(rule, sizeof(rule), "connect 10.0.0.5:5432 = vsock:1:%u",
		 port);
	setenv("TCP2VSOCK_MAP", rule, 1);
	inet_pton(AF_INET, "10.0.0.5", &dialled.sin_addr);

	owner = start_owner(&number);
	fd = duplicate(owner, number);
	expect("connect",
	       connect_socket(fd, (struct sockaddr *)&dialled, sizeof(dialled)),
	       0);
	expect("the family now", option(fd, SOL_SOCKET, SO_DOMAIN), AF_VSOCK);
	expect("keepalive", option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	check_addresses(fd, &dialled);
	check_data(fd, listener);
	close(fd);

	/* The owner's number is its door's to exchange; the engine has not. */
	fd = duplicate(owner, number);
	expect("the owner's", option(fd, SOL_SOCKET, SO_DOMAIN), AF_INET);
	kill(owner, SIGKILL);
	waitpid(owner, NULL, 0);
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
