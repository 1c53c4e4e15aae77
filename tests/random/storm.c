/* SPDX-License-Identifier: MIT */
/*
 * What comes in the middle of a step: signals, whose handlers look at the
 * walk's descriptors and copy them; or a child of another thread, which has to
 * have just what the program gave it.
 */
#include "walk.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { STRIKES_MAX = 12 };

/* ---- signals ------------------------------------------------------ */

static struct {
	bool on, copies;
	timer_t timer;
	unsigned count;
	int look_at;
} strikes;

static void look(int fd)
{
	struct addr addr = {.len = sizeof(addr.ss)};
	int copied;

	getsockname(fd, &addr.sa, &addr.len);
	copied = strikes.copies ? fcntl(fd, F_DUPFD_CLOEXEC, 300) : -1;
	if (copied >= 0)
		close(copied);
}

static void strike(int sig)
{
	static const struct itimerspec never;
	int saved = errno;

	(void)sig;
	if (++strikes.count == STRIKES_MAX)
		timer_settime(strikes.timer, 0, &never, NULL);
	if (strikes.look_at >= 0)
		look(strikes.look_at);
	errno = saved;
}

static long delay_of(unsigned r)
{
	return (1 + r % 40) * 25000L;
}

/* To this thread alone. */
static void start_timer(unsigned r)
{
	struct itimerspec often = {.it_interval.tv_nsec = 200 * 1000,
				   .it_value.tv_nsec = delay_of(r)};
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID,
				 .sigev_signo = SIGUSR1};

	event._sigev_un._tid = gettid();
	if (timer_create(CLOCK_MONOTONIC, &event, &strikes.timer))
		return;
	strikes.on = true;
	timer_settime(strikes.timer, 0, &often, NULL);
}

/* Through the supervisor any call may be EINTR without SA_RESTART. */
static void strike_often(const struct step *step, unsigned r)
{
	bool restarts = (r & 1) || getenv("WALK_RESTARTS");
	struct sigaction action = {.sa_handler = strike,
				   .sa_flags = restarts ? SA_RESTART : 0};

	memset(&strikes, 0, sizeof(strikes));
	strikes.copies = r >> 1 & 1;
	strikes.look_at = slots[step->r[2] % SLOTS].fd;
	sigaction(SIGUSR1, &action, NULL);
	start_timer(r >> 2);
}

/* ---- a child ------------------------------------------------------ */

static struct {
	bool on, executes;
	long delay;
	int expected, status;
	pthread_t thread;
} forker;

static int count_kept(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++) {
		int flags = fcntl(fd, F_GETFD);

		n += flags >= 0 && !(flags & FD_CLOEXEC);
	}
	return n;
}

static void in_child(void)
{
	if (forker.executes)
		walk_count();
	world->child_has = count_descriptors();
	_exit(0);
}

/* It goes before the thread that does the step, where that is allowed. */
static void *fork_soon(void *arg)
{
	struct timespec delay = {.tv_nsec = forker.delay};
	struct sched_param none = {0};
	sigset_t all;
	pid_t pid;

	(void)arg;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	sched_setscheduler(0, SCHED_OTHER, &none);
	nanosleep(&delay, NULL);
	pid = fork();
	if (pid == 0)
		in_child();
	waitpid(pid, &forker.status, 0);
	return NULL;
}

static void fork_in_the_middle(unsigned r)
{
	forker.executes = r & 1;
	forker.delay = delay_of(r >> 1);
	forker.expected = forker.executes ? count_kept() : count_descriptors();
	forker.on = !pthread_create(&forker.thread, NULL, fork_soon, NULL);
}

static void say_child(void)
{
	join_undisturbed(forker.thread);
	forker.on = false;
	if (forker.status || world->child_has != forker.expected)
		say("  a child in the middle has %d descriptors for %d, status "
		    "%#x\n",
		    world->child_has, forker.expected, forker.status);
}

/* ---- both --------------------------------------------------------- */

/* One step in six. */
void storm_begin(const struct step *step, unsigned what)
{
	unsigned r = step->r[4] ^ step->r[5] << 3 ^ step->r[0] << 7;

	if (r % 6)
		return;
	if (what & FORKS && r >> 3 & 1)
		fork_in_the_middle(r >> 4);
	else
		strike_often(step, r >> 4);
}

void storm_end(void)
{
	if (strikes.on) {
		timer_delete(strikes.timer);
		signal(SIGUSR1, SIG_IGN);
		strikes.on = false;
	}
	if (forker.on)
		say_child();
}
