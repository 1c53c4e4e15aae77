/* SPDX-License-Identifier: MIT */
/* One end of a connection, over TCP or AF_VSOCK: see peer.h. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/peer.h"
#include "vsock/vm_sockets.h"

char data[LARGEST];

static bool is_vsock;

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_vm vm;
};

void die(const char *what)
{
	perror(what);
	exit(1);
}

bool peer_choose(const char *way)
{
	is_vsock = strcmp(way, "vsock") == 0;
	return is_vsock || strcmp(way, "tcp") == 0;
}

static socklen_t address(union address *to, unsigned int port)
{
	memset(to, 0, sizeof(*to));
	if (is_vsock) {
		to->vm.svm_family = AF_VSOCK;
		to->vm.svm_port = port;
		to->vm.svm_cid = VMADDR_CID_LOCAL;
		return sizeof(to->vm);
	}
	to->in.sin_family = AF_INET;
	to->in.sin_port = htons((uint16_t)port);
	to->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof(to->in);
}

static int new_socket(void)
{
	int fd = socket(is_vsock ? AF_VSOCK : AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

int peer_listen(unsigned int port)
{
	union address self;
	socklen_t len = address(&self, port);
	int fd = new_socket(), on = 1;

	if (!is_vsock)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &self.any, len) < 0 || listen(fd, SOMAXCONN) < 0)
		die("listen");
	return fd;
}

int peer_connect(unsigned int port)
{
	union address peer;
	socklen_t len = address(&peer, port);
	int fd = new_socket();

	if (connect(fd, &peer.any, len) < 0)
		die("connect");
	return fd;
}

int peer_dial(unsigned int port, enum purpose purpose, uint32_t size)
{
	struct {
		char what;
		uint32_t size;
	} __attribute__((packed)) hello = {(char)purpose, size};
	int fd = peer_connect(port);

	if (write_all(fd, &hello, purpose == CONNECT ? 1 : sizeof(hello)) < 0)
		die("write");
	if (purpose != CONNECT && read_all(fd, data, 1) < 0)
		die("no answer");
	return fd;
}

int read_all(int fd, void *to, size_t size)
{
	size_t got = 0;

	while (got < size) {
		ssize_t n = read(fd, (char *)to + got, size - got);

		if (n <= 0)
			return -1;
		got += (size_t)n;
	}
	return 0;
}

int write_all(int fd, const void *from, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = write(fd, (const char *)from + done, size - done);

		if (n <= 0)
			return -1;
		done += (size_t)n;
	}
	return 0;
}
