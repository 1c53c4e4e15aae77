/* SPDX-License-Identifier: MIT */
/*
 * A program in a state that is hard for a supervisor: tree WAY HOST PORT. It gets
 * into it, connects, and prints what the other side says.
 *
 *	plain		none
 *	undumpable	may not be looked at (prctl(2), PR_SET_DUMPABLE)
 *	filter		has a seccomp(2) filter of its own, too
 *	forbidding	one that forbids connect(), which is stronger
 *	supervisor	wants a supervisor of its own; prints what it gets
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* For one call EPERM, and all others allowed. */
static long forbid(unsigned nr, unsigned long flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {4, code};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static void get_into(const char *way)
{
	if (!strcmp(way, "undumpable") && prctl(PR_SET_DUMPABLE, 0))
		perror(way);
	else if (!strcmp(way, "filter") && forbid(SYS_socketpair, 0))
		perror(way);
	else if (!strcmp(way, "forbidding") && forbid(SYS_connect, 0))
		perror(way);
	else if (!strcmp(way, "supervisor") &&
		 forbid(SYS_socketpair, SECCOMP_FILTER_FLAG_NEW_LISTENER) < 0)
		printf("%s; ", strerror(errno));
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char text[100];
	ssize_t n;

	if (argc != 4 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1)
		return 2;
	to.sin_port = htons((in_port_t)atoi(argv[3]));
	get_into(argv[1]);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		printf("%s\n", strerror(errno));
		return 1;
	}
	n = read(fd, text, sizeof(text));
	printf("%.*s", n > 0 ? (int)n : 0, text);
	return 0;
}
