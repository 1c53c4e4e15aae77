/* SPDX-License-Identifier: MIT */
/*
 * soak PORT SECONDS [tcp | unix]
 *
 * PORT and some behind it must lead to this machine. Says what was done; the
 * last line counts what had to be so at the end. "tcp": not redirected, so TCP
 * connections are no failure.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/soak/soak.h"

/* Before the first malloc(), which may be the library's. */
static struct account none;
struct account *account = &none;

#define MEMORY_FD 99

/* ---- what all of them use ------------------------------------------------ */

static __thread uint64_t state = 1;

uint64_t chance(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> 16;
}

void chance_seed(uint64_t seed)
{
	state = seed * 0x9e3779b97f4a7c15u | 1;
	chance();
}

__thread int doing = -1;

void complain(const char *what)
{
	char line[200];
	int n = snprintf(line, sizeof(line), "soak[%d] (%d): %s: %s\n",
			 getpid(), doing, what, strerror(errno));

	if (account->failures++ < 20 && write(STDERR_FILENO, line, n) < 0)
		_exit(99);
}

/* ---- time ---------------------------------------------------------------- */

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/* Nothing at all for so long is a hang, on the slowest machine. */
#define HANG 180

static pid_t children[PROCESSES];

static void end_all(void)
{
	for (int i = 0; i < PROCESSES; i++)
		kill(children[i], SIGKILL);
	_exit(1);
}

static void watch_progress(void)
{
	static unsigned long long last;
	static long since;

	if (!since || account->progress != last) {
		last = account->progress;
		since = now();
	} else if (now() - since > HANG) {
		complain("nothing moves any more");
		end_all();
	}
	usleep(50000);
}

static void run_for(long seconds)
{
	long end = now() + seconds;

	while (now() < end)
		watch_progress();
	account->clients_stop = true;
	while (account->clients > 0)
		watch_progress();
	account->servers_stop = true;
}

/* ---- processes ----------------------------------------------------------- */

static void start_processes(void)
{
	/* The last one is chaos, and has no clients to wait for. */
	account->clients = (PROCESSES - 1) * CLIENTS;
	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		if (children[i] < 0) {
			complain("fork()");
			end_all();
		}
		if (!children[i] && !prctl(PR_SET_PDEATHSIG, SIGKILL))
			exit(i < PROCESSES - 1 ? worker(i) : chaos(i));
	}
}

static void wait_for_processes(void)
{
	int status;

	for (int i = 0; i < PROCESSES; i++) {
		while (waitpid(children[i], &status, WNOHANG) == 0)
			watch_progress();
		errno = 0;
		if (status)
			complain("a process failed");
	}
	if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
		complain("a child is left");
}

/* ---- the end ------------------------------------------------------------- */

static int passed, failed;

static void verdict(bool good, const char *what)
{
	printf("%s: %s\n", good ? "ok" : "FAIL", what);
	good ? passed++ : failed++;
}

static void print_account(void)
{
	printf("connections made: %llu, accepted: %llu\n", account->connected,
	       account->accepted);
	printf("bytes sent: %llu, received: %llu; cut off: %llu, %llu\n",
	       account->sent, account->received, account->cut_sent,
	       account->cut_received);
	printf("without a descriptor: %llu, interrupted: %llu, without memory: "
	       "%llu, chaos: %llu\n",
	       account->no_descriptor, account->interrupted, account->no_memory,
	       account->chaos);
	printf("connections of each kind:");
	for (int i = 0; i < KINDS && account->kinds[i]; i++)
		printf(" %llu", account->kinds[i]);
	printf("\n");
}

static void check_all(long opens)
{
	verdict(!account->failures, "nothing unexpected happened");
	verdict(account->sent == account->received,
		"every byte that was sent was received");
	verdict(account->cut_received <= account->cut_sent,
		"none was received that was not sent");
	verdict(account->connected > 0 && account->no_descriptor > 0 &&
			account->interrupted > 0 && account->chaos > 0,
		"there was trouble of each kind");
	verdict(account->no_memory == 0, "no hook asked for memory");
	if (!account->tcp)
		verdict(leftovers_tcp_opens() == opens,
			"no connection went over TCP");
}

/* Started programs find it under this number, whatever else they close. */
static bool share_account(void)
{
	int fd = memfd_create("account", 0);

	if (fd < 0 || ftruncate(fd, sizeof(none)) < 0)
		return false;
	account = mmap(NULL, sizeof(none), PROT_READ | PROT_WRITE, MAP_SHARED,
		       fd, 0);
	if (account == MAP_FAILED || dup2(fd, MEMORY_FD) < 0)
		return false;
	return !close(fd);
}

static int start_child(int fd)
{
	void *shared = mmap(NULL, sizeof(none), PROT_READ | PROT_WRITE,
			    MAP_SHARED, MEMORY_FD, 0);

	if (shared == MAP_FAILED)
		return 1;
	account = shared;
	chance_seed(getpid());
	signal(SIGPIPE, SIG_IGN);
	return child_main(fd);
}

int main(int argc, char **argv)
{
	bool tcp = argc == 4 && !strcmp(argv[3], "tcp");
	bool unix_targets = argc == 4 && !strcmp(argv[3], "unix");
	long opens = leftovers_tcp_opens();

	if (argc == 3 && !strcmp(argv[1], "--child"))
		return start_child(atoi(argv[2]));
	if ((argc != 3 && !tcp && !unix_targets) || !share_account())
		return 2;
	account->first_port = atoi(argv[1]);
	account->tcp = tcp;
	account->unix_targets = unix_targets;
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	start_processes();
	run_for(atoi(argv[2]));
	wait_for_processes();
	print_account();
	check_all(opens);
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0;
}
