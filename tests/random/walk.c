/* SPDX-License-Identifier: MIT */
/*
 * Random walks: see walk.h.
 *
 *	walk FIRST COUNT [STEP...]
 *
 * One walk for each seed from FIRST on; with steps named, only those are done
 * of each plan.
 */
#include "walk.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

enum {
	WORLD_FD = 900, /* out of the way of the program's numbers */
	LIMIT_SECONDS = 60,
	BLOCKED_MS = 20, /* a call that lasts longer sleeps for good */
	PATIENCE_MS = 5000,
	FAR_NUMBERS = 100000,
};

static struct step steps[STEPS_MAX];
static unsigned n_steps;
static bool wanted[STEPS_MAX];
static char **arguments;

__attribute__((noreturn)) static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- calls that may block ---------------------------------------------------
 */

static void woken(int sig)
{
	(void)sig;
}

static void set_timer(int ms)
{
	struct timeval time = {ms / 1000, ms % 1000 * 1000};
	struct itimerval value = {time, time};

	setitimer(ITIMER_REAL, &value, NULL);
}

void limit_begin(bool is_there)
{
	set_timer(is_there ? PATIENCE_MS : BLOCKED_MS);
}

bool does_not_wait(int slot)
{
	return fcntl(slots[slot].fd, F_GETFL) & O_NONBLOCK;
}

void limit_end(void)
{
	int saved = errno;

	set_timer(0);
	errno = saved;
}

/* No SA_RESTART: the call ends. */
static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = woken};

	sigaction(SIGALRM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* The kernel's threads on this CPU go first, whatever they have to do. */
static void go_last(void)
{
	struct sched_param none = {0};
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	if (sched_setaffinity(0, sizeof(one), &one) ||
	    sched_setscheduler(0, SCHED_IDLE, &none))
		die("walk: SCHED_IDLE");
}

/* ---- one walk ----------------------------------------------------- */

static void share_world(int fd)
{
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED,
		     fd, 0);
	if (world == MAP_FAILED)
		die("walk: mmap");
}

/* A child that has done its steps: what it had is closed. */
static void end_child(void)
{
	for (int i = 0; i < SLOTS; i++)
		if (slots[i].fd >= 0)
			slot_emptied(i);
	_exit(0);
}

int count_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* What the program has is closed; what is left then was not its own. */
static void say_end(void)
{
	int n;

	for (int i = 0; i < SLOTS; i++)
		if (slots[i].fd >= 0)
			close(slots[i].fd);
	n = count_descriptors();
	say("%d descriptors\n", n);
}

static void go_on(void)
{
	for (; world->step < n_steps; world->step++) {
		if (!wanted[world->step])
			continue;
		if (world->n_files >= FILES - 4)
			break;
		if (steps_left_to_child && !--steps_left_to_child)
			end_child();
		step_run(&steps[world->step]);
	}
	if (steps_left_to_child)
		end_child();
	say_end();
	_exit(0);
}

void walk_exec(void)
{
	char seed[32], resume[] = "--resume";
	char *args[STEPS_MAX + 4] = {arguments[0], resume, seed};

	sprintf(seed, "%llu", (unsigned long long)world->seed);
	for (int i = 3; arguments[i]; i++)
		args[i] = arguments[i];
	memcpy(world->slots, slots, sizeof(slots));
	world->step++;
	execv("/proc/self/exe", args);
	die("walk: exec");
}

static void say_survivors(void)
{
	for (int i = 0; i < SLOTS; i++) {
		if (slots[i].fd >= 0 && fcntl(slots[i].fd, F_GETFD) < 0)
			slot_emptied(i);
		if (slots[i].fd >= 0)
			say("  %s is still there\n", slot_text(i));
	}
}

static int resume(char **argv)
{
	share_world(WORLD_FD);
	memcpy(slots, world->slots, sizeof(slots));
	ran_exec = true;
	n_steps = plan_make(strtoull(argv[2], NULL, 10), steps);
	catch_signals();
	say_survivors();
	go_on();
	return 0;
}

/* What a child of storm.c still has after exec. */
void walk_count(void)
{
	char count[] = "--count";
	char *args[] = {arguments[0], count, count, NULL};

	execv("/proc/self/exe", args);
	_exit(1);
}

static void begin(uint64_t seed)
{
	memset(world, 0, sizeof(*world));
	world->seed = seed;
	for (int i = 0; i < SLOTS; i++)
		slots[i].fd = -1;
	for (int i = 0; i < SETS; i++)
		world->epoll[i] = epoll_create1(0);
	n_steps = plan_make(seed, steps);
	catch_signals();
}

static void say_death(int status)
{
	if (WIFSIGNALED(status))
		say("died: SIG%s\n", sigabbrev_np(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		say("exit %d\n", WEXITSTATUS(status));
}

static void wait_for_end(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		kill(-pid, SIGKILL);
	say_death(status);
}

static void walk(uint64_t seed)
{
	pid_t pid;

	world->text_len = 0;
	pid = fork();
	if (pid < 0)
		die("walk: fork");
	if (pid == 0) {
		setpgid(0, 0);
		begin(seed);
		go_on();
	}
	alarm(LIMIT_SECONDS);
	wait_for_end(pid);
	alarm(0);
	printf("== %llu\n%.*s", (unsigned long long)seed, (int)world->text_len,
	       world->text);
	fflush(stdout);
}

static void want(char **argv)
{
	memset(wanted, !argv[3], sizeof(wanted));
	for (int i = 3; argv[3] && argv[i]; i++)
		wanted[atoi(argv[i]) % STEPS_MAX] = true;
}

/* Who may not has no copies there, on TCP either. */
static void allow_far_numbers(void)
{
	struct rlimit limit = {FAR_NUMBERS, FAR_NUMBERS};

	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	uint64_t first;
	int fd;

	arguments = argv;
	if (argc < 3)
		return 2;
	if (strcmp(argv[1], "--count") == 0) {
		share_world(WORLD_FD);
		world->child_has = count_descriptors();
		return 0;
	}
	want(argv);
	if (strcmp(argv[1], "--resume") == 0)
		return resume(argv);
	fd = memfd_create("world", 0);
	if (fd < 0 || ftruncate(fd, sizeof(*world)) || dup2(fd, WORLD_FD) < 0)
		die("walk: memfd");
	close(fd);
	share_world(WORLD_FD);
	catch_signals();
	allow_far_numbers();
	go_last();
	first = strtoull(argv[1], NULL, 10);
	for (uint64_t i = 0; i < strtoull(argv[2], NULL, 10); i++)
		walk(first + i);
	return 0;
}
