/* SPDX-License-Identifier: MIT */
/* The parity program: finds the checks, runs each in a process of its own. */
#include "parity.h"

#include <getopt.h>
#include <sys/mman.h>
#include <time.h>

enum {
	MAX_JOBS = 16,
	DEFAULT_LIMIT = 20, /* seconds for one check */
};

struct job {
	struct check *check;
	pid_t pid;
	int transcript;
	bool done;
};

static struct check *checks;
static struct helper *helpers;
static const char *only_group;
static char **only_names;

unsigned parity_index; /* which check this process runs */

static int by_name(const struct check *a, const struct check *b)
{
	int order = strcmp(a->group, b->group);

	return order ? order : strcmp(a->name, b->name);
}

void check_register(struct check *check)
{
	struct check **at = &checks;

	while (*at && by_name(*at, check) < 0)
		at = &(*at)->next;
	check->next = *at;
	*at = check;
}

void helper_register(struct helper *helper)
{
	helper->next = helpers;
	helpers = helper;
}

static void number_checks(void)
{
	unsigned index = 0;

	for (struct check *c = checks; c; c = c->next)
		c->index = index++;
}

static const char *full_name(const struct check *check)
{
	static char text[128];

	snprintf(text, sizeof(text), "%s/%s", check->group, check->name);
	for (char *c = text; *c; c++)
		if (*c == '_')
			*c = '-';
	return text;
}

static bool is_wanted(const struct check *check)
{
	if (only_group && strcmp(only_group, check->group) != 0)
		return false;
	if (!*only_names)
		return true;
	for (char **name = only_names; *name; name++)
		if (strcmp(*name, full_name(check)) == 0)
			return true;
	return false;
}

static unsigned limit_seconds(void)
{
	const char *text = getenv("PARITY_LIMIT");

	return text ? (unsigned)atoi(text) : DEFAULT_LIMIT;
}

/*
 * A timer of the process that kills it: no check can mask it, and none sends
 * SIGKILL to itself.
 */
static void set_limit(void)
{
	struct sigevent kill_me = {.sigev_notify = SIGEV_SIGNAL,
				   .sigev_signo = SIGKILL};
	struct itimerspec in = {.it_value.tv_sec = limit_seconds()};
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &kill_me, &timer) < 0 ||
	    timer_settime(timer, 0, &in, NULL) < 0)
		give_up("timer");
}

static void run_check(struct check *check, int transcript)
{
	char index[16];

	setpgid(0, 0);
	if (transcript != TRANSCRIPT_FD) {
		dup2(transcript, TRANSCRIPT_FD);
		close(transcript);
	}
	parity_index = check->index;
	snprintf(index, sizeof(index), "%u", check->index);
	setenv("PARITY_INDEX", index, 1);
	set_limit();
	check->run();
	_exit(0);
}

static void start(struct job *job, struct check *check)
{
	job->check = check;
	job->done = false;
	job->transcript = memfd_create("transcript", 0);
	fcntl(job->transcript, F_SETFL, O_APPEND);
	job->pid = fork();
	if (job->pid == 0)
		run_check(check, job->transcript);
	if (job->pid < 0 || job->transcript < 0) {
		perror("parity: cannot start a check");
		exit(1);
	}
	setpgid(job->pid, job->pid);
}

static void copy_transcript(int fd)
{
	char buf[4096];
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		fwrite(buf, 1, (size_t)n, stdout);
	close(fd);
}

static void say_end(int fd, int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		dprintf(fd, "timed out\n");
	else if (WIFSIGNALED(status))
		dprintf(fd, "died: SIG%s\n", sigabbrev_np(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		dprintf(fd, "exit %d\n", WEXITSTATUS(status));
}

/* TCP connections made and taken in this network namespace since it began. */
static long tcp_opens(void)
{
	FILE *snmp = fopen("/proc/net/snmp", "re");
	char line[1024];
	long active = 0, passive = 0;

	while (snmp && fgets(line, sizeof(line), snmp))
		if (sscanf(line, "Tcp: %*d %*d %*d %*d %ld %ld", &active,
			   &passive) == 2)
			break;
	if (snmp)
		fclose(snmp);
	return active + passive;
}

/* In a redirected run no check may have used TCP behind the table's back. */
static void audit(const struct job *job, long opens_before)
{
	long opens = tcp_opens() - opens_before;

	if (opens && !(job->check->flags & CHECK_DIRECT))
		dprintf(job->transcript, "TCP was used: %ld opens\n", opens);
}

static void finish(struct job *job, int status)
{
	kill(-job->pid, SIGKILL);
	say_end(job->transcript, status);
	job->done = true;
}

static void print(struct job *job)
{
	printf("== %s\n", full_name(job->check));
	copy_transcript(job->transcript);
	fflush(stdout);
	job->check = NULL;
}

static void wait_for_one(struct job *jobs, int n)
{
	int status;
	pid_t pid = waitpid(-1, &status, 0);

	for (int i = 0; i < n; i++)
		if (jobs[i].check && !jobs[i].done && jobs[i].pid == pid)
			finish(&jobs[i], status);
}

static struct check *next_wanted(struct check *check)
{
	while (check && !is_wanted(check))
		check = check->next;
	return check;
}

/* One after the other, so that every TCP connection has one check to blame. */
static void run_serially(void)
{
	struct job job = {0};

	for (struct check *c = next_wanted(checks); c;
	     c = next_wanted(c->next)) {
		long opens = redirected_run() ? tcp_opens() : 0;

		start(&job, c);
		while (!job.done)
			wait_for_one(&job, 1);
		if (redirected_run())
			audit(&job, opens);
		print(&job);
	}
}

/* The slots are a ring: transcripts come out in the order of the list. */
static void run_in_parallel(int n)
{
	struct job jobs[MAX_JOBS] = {0};
	struct check *next = next_wanted(checks);
	int head = 0, tail = 0;

	while (next || jobs[head].check) {
		if (next && !jobs[tail].check) {
			start(&jobs[tail], next);
			tail = (tail + 1) % n;
			next = next_wanted(next->next);
		} else if (jobs[head].done) {
			print(&jobs[head]);
			head = (head + 1) % n;
		} else {
			wait_for_one(jobs, n);
		}
	}
}

static int list(void)
{
	for (struct check *c = next_wanted(checks); c; c = next_wanted(c->next))
		puts(full_name(c));
	return 0;
}

static int run_helper(char **argv)
{
	const char *index = getenv("PARITY_INDEX");
	int argc = 0;

	if (!index)
		return 2;
	parity_index = (unsigned)atoi(index);
	while (argv[argc])
		argc++;
	for (struct helper *h = helpers; h; h = h->next)
		if (argc && strcmp(h->name, argv[0]) == 0)
			return h->run(argc, argv);
	return 127;
}

static int usage(FILE *out)
{
	fputs("usage: parity [--list] [--group GROUP] [--jobs N] [NAME...]\n",
	      out);
	return out == stderr ? 2 : 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"list", no_argument, NULL, 'l'},
		{"group", required_argument, NULL, 'g'},
		{"jobs", required_argument, NULL, 'j'},
		{"helper", no_argument, NULL, 'H'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option, jobs = 1;
	bool only_list = false;

	number_checks();
	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (option == 'H')
			return run_helper(argv + optind);
		else if (option == 'l')
			only_list = true;
		else if (option == 'g')
			only_group = optarg;
		else if (option == 'j')
			jobs = atoi(optarg);
		else
			return usage(option == 'h' ? stdout : stderr);
	}
	only_names = argv + optind;
	if (only_list)
		return list();
	if (jobs > 1)
		run_in_parallel(jobs < MAX_JOBS ? jobs : MAX_JOBS);
	else
		run_serially();
	return 0;
}
