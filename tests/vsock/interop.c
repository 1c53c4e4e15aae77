/* SPDX-License-Identifier: MIT */
/*
 * One end of a conversation, libvsock's; interop.go is the other, with the
 * same arguments and the same output:
 *
 *	listen        takes one connection to CID 1 on a port that it prints,
 *	              reads the question to its end, and answers
 *	dial CID PORT asks
 *	refused CID PORT
 *	              prints the errno of a dial that fails
 *	text          reads lines of CID and port, prints their forms
 */
#include "vsock/vsock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE	 (1024 * 1024)
#define QUESTION 1
#define ANSWER	 2

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void fill(unsigned char *buf, unsigned seed)
{
	for (unsigned i = 0; i < SIZE; i++)
		buf[i] = (unsigned char)(i * 31 + (i >> 8) * seed + seed);
}

static void send_all(int fd, unsigned seed)
{
	static unsigned char buf[SIZE];
	size_t done = 0;
	ssize_t n;

	fill(buf, seed);
	for (; done < SIZE; done += (size_t)n) {
		n = write(fd, buf + done, SIZE - done);
		if (n < 0)
			die("write");
	}
	if (shutdown(fd, SHUT_WR) < 0)
		die("shutdown");
}

static void expect_all(int fd, unsigned seed)
{
	static unsigned char want[SIZE], got[SIZE + 1];
	size_t done = 0;
	ssize_t n = 1;

	fill(want, seed);
	for (; n > 0 && done < sizeof(got); done += (size_t)n) {
		n = read(fd, got + done, sizeof(got) - done);
		if (n < 0)
			die("read");
	}
	printf("received %s\n",
	       done == SIZE && memcmp(got, want, SIZE) == 0 ? "all" : "WRONG");
}

static void print_addr(const char *what, const struct vsock_addr *addr)
{
	char text[VSOCK_ADDR_TEXT_SIZE];

	vsock_addr_text(addr, text, sizeof(text));
	printf("%s %s\n", what, text);
	fflush(stdout);
}

static int do_listen(void)
{
	struct vsock_addr addr, peer;
	int fd = vsock_listen_cid(VSOCK_CID_LOCAL, 0);
	int conn;

	if (fd < 0 || vsock_local_addr(fd, &addr) < 0)
		die("listen");
	print_addr("listening", &addr);
	conn = vsock_accept(fd, &peer, 0);
	if (conn < 0)
		die("accept");
	print_addr("peer", &peer);
	expect_all(conn, QUESTION);
	send_all(conn, ANSWER);
	return vsock_close(conn);
}

static int do_dial(uint32_t cid, uint32_t port)
{
	struct vsock_addr local, remote;
	int fd = vsock_dial(cid, port, 0);

	if (fd < 0 || vsock_local_addr(fd, &local) < 0 ||
	    vsock_remote_addr(fd, &remote) < 0)
		die("dial");
	print_addr("local", &local);
	print_addr("remote", &remote);
	send_all(fd, QUESTION);
	expect_all(fd, ANSWER);
	return vsock_close(fd);
}

static int do_refused(uint32_t cid, uint32_t port)
{
	printf("errno %d\n", vsock_dial(cid, port, 0) < 0 ? errno : 0);
	return 0;
}

static int do_text(void)
{
	char text[VSOCK_ADDR_TEXT_SIZE], name[VSOCK_ADDR_TEXT_SIZE];
	struct vsock_addr addr;

	while (scanf("%" SCNu32 " %" SCNu32, &addr.cid, &addr.port) == 2) {
		vsock_addr_text(&addr, text, sizeof(text));
		vsock_addr_file_name(&addr, name, sizeof(name));
		printf("%s %s %s\n", VSOCK_NETWORK, text, name);
	}
	return 0;
}

static uint32_t number(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "listen") == 0)
		return do_listen();
	if (argc == 4 && strcmp(argv[1], "dial") == 0)
		return do_dial(number(argv[2]), number(argv[3]));
	if (argc == 4 && strcmp(argv[1], "refused") == 0)
		return do_refused(number(argv[2]), number(argv[3]));
	if (argc == 2 && strcmp(argv[1], "text") == 0)
		return do_text();
	fputs("usage: interop listen | dial CID PORT | refused CID PORT"
	      " | text\n",
	      stderr);
	return 2;
}
