/* SPDX-License-Identifier: MIT */
/*
 * Three processes, each the child of the one before:
 *
 *	the launcher	is what the caller has started and waits for. It passes
 *			signals on, stops when the program stops and ends as it
 *			ends. It leaves the program's process group, so that a
 *			signal to that does not come twice.
 *	the supervisor	has to be an ancestor of what it looks at (Yama), and a
 *			subreaper, so that daemons stay below it. It ends with
 *			the last of them. Where the launcher is killed, it kills
 *			the program; where it is killed itself, the kernel does.
 *	the program	in the caller's process group and session.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "redirect/calls/attempt.h"
#include "redirect/kernel/newer.h"
#include "redirect/kernel/usermem.h"
#include "redirect/report/report.h"
#include "redirect/report/sink.h"
#include "redirect/state/remembered.h"
#include "redirect/state/table.h"
#include "supervise/filter.h"
#include "supervise/keep_only.h"
#include "supervise/known.h"
#include "supervise/listener.h"
#include "supervise/notice.h"
#include "supervise/others.h"
#include "supervise/parked.h"
#include "supervise/put.h"
#include "supervise/resolver.h"
#include "supervise/serve.h"
#include "supervise/supervise.h"
#include "supervise/task.h"
#include "supervise/visit.h"

#define EXIT_OURS  125
#define REFUSAL_MS 20

/* From the supervisor to the launcher. */
struct news {
	enum { NEWS_STARTED, NEWS_ENDED } kind;
	pid_t program;
	int status; /* of wait(2) */
};

static int pair(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

/* ---- the program ----------------------------------------------------------
 */

struct start {
	const char *path;
	char **command;
	int (*cannot)(const char *path, int error);
	sigset_t mask;	       /* as the caller had it */
	void (*on_child)(int); /* so, too: ignored, nobody can be waited for */
	int gate[2];	       /* between program and supervisor */
	int life[2];	       /* between supervisor and launcher */
	pid_t launcher;
};

/* The supervisor takes the listener before anything can be asked of it. */
static void become_program(const struct start *start, pid_t supervisor)
{
	struct listener_news news;
	char go;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != supervisor)
		_exit(EXIT_OURS);
	news.listener = filter_install(&news.killable);
	if (write(start->gate[1], &news, sizeof(news)) != sizeof(news) ||
	    read(start->gate[1], &go, 1) != 1)
		_exit(EXIT_OURS);
	close(news.listener);
	signal(SIGCHLD, start->on_child);
	sigprocmask(SIG_SETMASK, &start->mask, NULL);
	execvp(start->path, start->command);
	_exit(start->cannot(start->path, errno));
}

/* ---- the supervisor -------------------------------------------------------
 */

static void send_news(int life, int kind, pid_t program, int status)
{
	struct news news = {kind, program, status};

	if (send(life, &news, sizeof(news), MSG_NOSIGNAL) < 0)
		return; /* the launcher is gone; that is seen elsewhere */
}

/*
 * A descriptor that the program was started with: nothing is known of what was
 * done to it.
 */
static void note_inherited(int number, void *arg)
{
	pid_t program = *(pid_t *)arg;
	int fd = task_descriptor(program, number);
	uint64_t cookie = fd < 0 ? 0 : remembered_cookie(fd);

	if (cookie)
		known_put(cookie, KNOWN_INHERITED);
	if (task_has_set(program, number))
		sets_note(number);
	if (fd >= 0)
		close(fd);
}

/*
 * The supervisor makes many duplicates of the program's descriptors: it keeps
 * three of its own, not even the standard streams, which are the program's, and
 * raises its limit.
 */
static void free_descriptors(int life, int gate, int listener)
{
	const int ours[] = {life, gate, listener};
	struct rlimit limit;

	keep_only(ours, 3);
	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int begin_to_serve(const struct start *start, pid_t program)
{
	struct listener_news news = {-ENOSYS, false};
	int listener;

	if (read(start->gate[0], &news, sizeof(news)) != sizeof(news))
		return -ENOSYS;
	listener = listener_take(program, &news);
	if (listener < 0)
		return listener;
	free_descriptors(start->life[1], start->gate[0], listener);
	notice_begin(listener);
	table_get();
	usermem_init();
	sink_note_stderr();
	sink_speaker_from(visit_speaker, visit_is_first);
	report_init(false);
	resolver_begin();
	attempt_show_refusals(REFUSAL_MS, resolver_refused);
	put_begin();
	others_begin();
	task_each_number(program, note_inherited, &program);
	return parked_begin(news.killable, serve_visit) ? -EAGAIN : listener;
}

/* Whoever reads what the program has written waits for its end, not for ours.
 */
static void leave_streams(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDERR_FILENO);
	close(null);
}

/*
 * False: the program has ended. The launcher is stopped from here, and not by
 * itself when it hears of it: so it can't stop after what continues it. Of a
 * program that is continued and ends at once only the end is told.
 */
static bool hear_of_child(const struct start *start, pid_t program, int status)
{
	kill(start->launcher, WIFSTOPPED(status) ? SIGSTOP : SIGCONT);
	if (WIFSTOPPED(status) || WIFCONTINUED(status))
		return true;
	send_news(start->life[1], NEWS_ENDED, program, status);
	leave_streams();
	return false;
}

static void reap(const struct start *start, pid_t *program)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) >
	       0)
		if (pid == *program && !hear_of_child(start, pid, status))
			*program = 0;
}

static void drain(int fd)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) > 0)
		;
}

/* Until nobody is left to serve. */
static void watch_over(const struct start *start, pid_t program, int listener)
{
	struct pollfd fds[] = {
		{.events = POLLIN}, {.fd = start->life[1]}, {.fd = listener}};
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	fds[0].fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	for (;;) {
		if (poll(fds, 3, -1) < 0)
			continue;
		if (fds[0].revents)
			drain(fds[0].fd);
		reap(start, &program);
		if (fds[1].revents & (POLLHUP | POLLERR)) {
			if (program)
				kill(program, SIGKILL);
			fds[1].fd = -1;
		}
		if (fds[2].revents & (POLLHUP | POLLERR) && !program)
			_exit(0);
	}
}

/* The launcher has blocked all signals: none can end the supervisor now. */
static void become_supervisor(struct start *start)
{
	pid_t me = getpid(), program;
	int listener;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	close(start->life[0]);
	if (pair(start->gate))
		err(EXIT_OURS, "can't supervise");
	program = fork();
	if (program == 0)
		become_program(start, me);
	close(start->gate[1]);
	listener = program < 0 ? -errno : begin_to_serve(start, program);
	if (listener < 0) {
		warnx("can't supervise %s: %s", start->path,
		      listener_reason(-listener));
		_exit(EXIT_OURS);
	}
	setpgid(0, 0);
	send_news(start->life[1], NEWS_STARTED, program, 0);
	if (write(start->gate[0], "", 1) != 1)
		_exit(EXIT_OURS);
	close(start->gate[0]);
	watch_over(start, program, listener);
}

/* ---- the launcher ---------------------------------------------------------
 */

struct launcher {
	pid_t supervisor;
	pid_t program; /* 0: none yet */
	int pidfd;     /* the program's */
	int signals, life;
	bool shares_group; /* with the program: we could not leave it */
};

/* As it ended; a second core file is not wanted. */
static int end_like(int status)
{
	struct rlimit none = {0, 0};
	sigset_t all;

	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &none);
	signal(WTERMSIG(status), SIG_DFL);
	sigfillset(&all);
	kill(getpid(), WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	return 128 + WTERMSIG(status);
}

/* What comes from the terminal comes to the whole group, and so to both. */
static void pass_on(const struct launcher *launcher,
		    const struct signalfd_siginfo *info)
{
	int number = (int)info->ssi_signo;

	if (number == SIGCHLD)
		return;
	if (info->ssi_code == SI_KERNEL && launcher->shares_group)
		return;
	if (number == SIGCONT && (pid_t)info->ssi_pid == launcher->supervisor)
		return;
	syscall(SYS_pidfd_send_signal, launcher->pidfd, number, NULL, 0);
}

static void hear_signals(const struct launcher *launcher)
{
	struct signalfd_siginfo info;

	while (read(launcher->signals, &info, sizeof(info)) == sizeof(info))
		pass_on(launcher, &info);
}

/* The supervisor was killed: what it served can do nothing any more. */
static int end_all(void)
{
	char list[4096];
	int status = 0;

	for (;;) {
		int fd = open("/proc/thread-self/children",
			      O_RDONLY | O_CLOEXEC);
		ssize_t n = fd < 0 ? 0 : read(fd, list, sizeof(list) - 1);

		if (fd >= 0)
			close(fd);
		list[n > 0 ? n : 0] = '\0';
		for (char *at = list, *end; strtol(at, &end, 10) > 0; at = end)
			kill((pid_t)strtol(at, NULL, 10), SIGKILL);
		if (waitpid(-1, &status, 0) < 0 && errno == ECHILD)
			break;
	}
	warnx("the supervisor has been killed, and the program with it");
	return EXIT_OURS;
}

static int supervisor_is_gone(const struct launcher *launcher)
{
	int status;

	if (launcher->program)
		return end_all();
	if (waitpid(launcher->supervisor, &status, 0) < 0)
		return EXIT_OURS;
	return EXIT_OURS;
}

static void hear_start(struct launcher *launcher, const struct news *news)
{
	launcher->program = news->program;
	launcher->pidfd = (int)syscall(SYS_pidfd_open, news->program, 0);
	launcher->shares_group = setpgid(0, launcher->supervisor) < 0;
}

/* -1: it goes on. Else how this process is to end. */
static int hear_news(struct launcher *launcher)
{
	struct news news;

	if (recv(launcher->life, &news, sizeof(news), 0) != sizeof(news))
		return supervisor_is_gone(launcher);
	if (news.kind == NEWS_ENDED)
		return end_like(news.status);
	hear_start(launcher, &news);
	return -1;
}

static int accompany(struct launcher *launcher)
{
	struct pollfd fds[] = {{.events = POLLIN},
			       {.fd = launcher->life, .events = POLLIN}};
	int ret = -1;

	while (ret < 0) {
		/* Kept until there is somebody to pass them on to. */
		fds[0].fd = launcher->program ? launcher->signals : -1;
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents)
			hear_signals(launcher);
		if (fds[1].revents)
			ret = hear_news(launcher);
	}
	return ret;
}

/* Our own descriptors stand above the streams; the program's stay closed. */
static void fill_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	close(fd);
}

int supervise_run(const char *path, char **command,
		  int (*cannot)(const char *path, int error))
{
	struct start start = {.path = path,
			      .command = command,
			      .cannot = cannot,
			      .launcher = getpid()};
	struct launcher launcher = {.pidfd = -1};
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &start.mask);
	start.on_child = signal(SIGCHLD, SIG_DFL);
	fill_streams();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (pair(start.life))
		err(EXIT_OURS, "can't supervise");
	launcher.supervisor = fork();
	if (launcher.supervisor == 0)
		become_supervisor(&start);
	if (launcher.supervisor < 0)
		err(EXIT_OURS, "can't supervise");
	close(start.life[1]);
	launcher.life = start.life[0];
	launcher.signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	keep_only((const int[]){launcher.life, launcher.signals}, 2);
	return accompany(&launcher);
}
