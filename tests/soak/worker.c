/* SPDX-License-Identifier: MIT */
/* One process: a listener, servers, clients, and the trouble that it has. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "tests/soak/soak.h"

static int listener, number;

pthread_rwlock_t soak_limit = PTHREAD_RWLOCK_INITIALIZER;

/* Which processes run out of descriptors. */
static bool is_limited(void)
{
	return number == 1 || number == 2;
}

static void *run_server(void *arg)
{
	chance_seed((uintptr_t)arg);
	serve(listener);
	return NULL;
}

static void *run_client(void *arg)
{
	chance_seed((uintptr_t)arg);
	while (account->listeners < PROCESSES)
		sched_yield();
	while (!account->clients_stop)
		client(!is_limited());
	account->clients--;
	return NULL;
}

/* In the middle of any call, and calls hooked ones itself. */
static void on_signal(int signum)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	int saved = errno;

	(void)signum;
	getsockname(listener, (struct sockaddr *)&sa, &len);
	getpeername(listener + 1, (struct sockaddr *)&sa, &len);
	errno = saved;
}

/* With SA_RESTART in every second process. */
static void start_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct itimerval every = {{0, 15000 + 1000 * number}, {0, 15000}};

	action.sa_flags = number % 2 ? SA_RESTART : 0;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
}

/* From this thread: the others are to have them. */
static void keep_signals_away(void)
{
	sigset_t alarms;

	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarms, NULL);
}

static void stop_signals(void)
{
	struct itimerval never = {0};

	setitimer(ITIMER_REAL, &never, NULL);
}

static bool start_listening(void)
{
	struct sockaddr_storage sa;
	int one = 1;

	soak_address(&sa, number, AF_INET);
	listener = soak_socket(AF_INET, 0);
	return listener >= 0 &&
	       !setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one,
			   sizeof(one)) &&
	       !bind(listener, (struct sockaddr *)&sa, soak_length(&sa)) &&
	       !listen(listener, 5);
}

static void set_limit(rlim_t most)
{
	struct rlimit limit;

	pthread_rwlock_wrlock(&soak_limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	pthread_rwlock_unlock(&soak_limit);
}

/* Until all clients of all processes are done; then servers may stop. */
static struct memory watch(void)
{
	struct timespec time = {0, 20000000};
	struct memory memory = {0, 0};

	for (unsigned i = 0; !account->servers_stop; i++) {
		nanosleep(&time, NULL);
		if (is_limited())
			set_limit(i % 4 ? 6 + chance() % 20 : 1024);
		if (!memory.used && account->kinds[0] > 100)
			memory = leftovers_memory();
	}
	set_limit(1024);
	return memory;
}

static void start_all(pthread_t threads[SERVERS + CLIENTS])
{
	for (int i = 0; i < SERVERS + CLIENTS; i++) {
		uintptr_t seed = number * 100 + i + 1;

		if (pthread_create(&threads[i], NULL,
				   i < SERVERS ? run_server : run_client,
				   (void *)seed)) {
			complain("a thread");
			_exit(1);
		}
	}
}

/*
 * What the allocator and the kernel keep varies a little. The library has
 * tables of fixed size, which take part of RssAnon as they are filled.
 */
static void check_memory(const struct memory *early)
{
	struct memory now = leftovers_memory();
	long mapped = now.mapped - early->mapped;
	long used = now.used - early->used;

	if (!early->used || (mapped <= 1024 && used <= 4096))
		return;
	fprintf(stderr, "process %d: %ld KiB more are mapped, %ld used\n",
		number, mapped, used);
	complain("memory has grown");
}

static int check(int before, const struct memory *early)
{
	errno = 0;
	if (leftovers_descriptors() != before)
		complain("descriptors are left over");
	check_memory(early);
	return 0;
}

int worker(int process)
{
	pthread_t threads[SERVERS + CLIENTS];
	int before = leftovers_descriptors();
	struct memory early;

	number = process;
	chance_seed(process + 1);
	if (!start_listening()) {
		complain("a listener");
		return 1;
	}
	start_signals();
	account->listeners++;
	start_all(threads);
	keep_signals_away();
	early = watch();
	/* shutdown(2) of a listener wakes who waits in accept() */
	while (shutdown(listener, SHUT_RDWR) < 0 && errno == EINTR)
		;
	for (int i = 0; i < SERVERS + CLIENTS; i++)
		pthread_join(threads[i], NULL);
	stop_signals();
	soak_close(listener);
	return check(before, &early);
}
