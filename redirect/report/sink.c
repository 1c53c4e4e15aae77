/* SPDX-License-Identifier: MIT */
/* Writes lines where they do no harm: see sink.h. */
#define _FILE_OFFSET_BITS 64 /* fstat() of any file, in 32-bit programs too */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "redirect/kernel/ask.h"
#include "redirect/kernel/errors.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/sandbox.h"
#include "redirect/report/sink.h"
#include "redirect/state/tag.h"

static struct sink_file standard_error = {.fd = -1};
static bool is_noted;

/* ---- which file ---------------------------------------------------------- */

static void note_file(struct sink_file *file, int fd)
{
	struct stat st;

	file->fd = -1;
	if (fstat(fd, &st))
		return;
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	file->kind = st.st_mode & S_IFMT;
	file->fd = fd;
}

static bool is_same_file(const struct sink_file *file)
{
	struct stat st;

	return file->fd >= 0 && !fstat(file->fd, &st) &&
	       st.st_dev == file->dev && st.st_ino == file->ino &&
	       (st.st_mode & S_IFMT) == file->kind;
}

/* What inetd(8) starts has one at 2. Unix sockets are the journal's, but one
 * that stands for a connection. */
static bool is_network(const struct sink_file *file)
{
	return file->kind == S_IFSOCK &&
	       (ask_option(file->fd, SOL_SOCKET, SO_DOMAIN) != AF_UNIX ||
		tag_read(file->fd) >= 0);
}

void sink_note_stderr(void)
{
	int saved = errno;

	note_file(&standard_error, STDERR_FILENO);
	if (standard_error.fd >= 0 && is_network(&standard_error))
		standard_error.fd = -1;
	__atomic_store_n(&is_noted, true, __ATOMIC_RELEASE);
	errno = saved;
}

/* ---- writing ------------------------------------------------------------- */

/* For programs, SIGPIPE is the news that nobody reads what they write. */
static void write_without_signal(int fd, const struct line *line)
{
	static const struct timespec now;
	sigset_t pipe, before, pending;
	ssize_t written;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigemptyset(&pending);
	pthread_sigmask(SIG_BLOCK, &pipe, &before);
	sigpending(&pending);
	written = write(fd, line->text, line->len);
	if (written < 0 && errno == EPIPE && !sigismember(&pending, SIGPIPE))
		sigtimedwait(&pipe, NULL, &now);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void write_if_writable(int fd, const struct line *line)
{
	struct pollfd pollfd = {fd, POLLOUT, 0};

	if (real()->poll(&pollfd, 1, 0) == 1)
		write_without_signal(fd, line);
}

/*
 * O_NONBLOCK belongs to all who have the pipe or the terminal, so the same is
 * opened once more with it. Without /proc, or where the pipe is somebody
 * else's, two who find room for one line may still meet in it, and one waits.
 */
static void write_without_waiting(const struct line *line)
{
	int again = open("/proc/self/fd/2",
			 O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (again < 0) {
		write_if_writable(STDERR_FILENO, line);
		return;
	}
	write_without_signal(again, line);
	real()->close(again);
}

static void write_to_stderr(const struct line *line)
{
	if (!__atomic_load_n(&is_noted, __ATOMIC_ACQUIRE))
		sink_note_stderr();
	if (!is_same_file(&standard_error))
		return;
	if (standard_error.kind == S_IFREG)
		write_without_signal(STDERR_FILENO, line);
	else if (standard_error.kind == S_IFSOCK)
		real()->send(STDERR_FILENO, line->text, line->len,
			     MSG_NOSIGNAL | MSG_DONTWAIT);
	else
		write_without_waiting(line);
}

/* A FIFO's reader may have left, or not read. */
static int try_open(const char *path, int flags)
{
	return open(path,
		    flags | O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY |
			    O_NONBLOCK,
		    0666);
}

/*
 * First without O_CREAT, with which root may not open another user's file in
 * /tmp (fs.protected_regular in proc(5)).
 */
static int open_for_lines(const char *path)
{
	int fd = try_open(path, 0);

	return fd < 0 && errno == ENOENT ? try_open(path, O_CREAT) : fd;
}

/* The name may be that of nothing, or of something else, behind chroot(2). */
static void write_to_file(const struct sink *sink, const struct line *line)
{
	int fd = try_open(sink->path, 0);

	if (fd < 0 && is_same_file(&sink->held)) {
		write_without_signal(sink->held.fd, line);
		return;
	}
	if (fd < 0)
		fd = try_open(sink->path, O_CREAT);
	if (fd < 0)
		return;
	write_without_signal(fd, line);
	real()->close(fd);
}

void sink_write(const struct sink *sink, struct line *line)
{
	int saved = errno, cancel;

	if (sandbox_is_on())
		return;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	line->text[line->len++] = '\n';
	if (!sink || sink->kind == SINK_STDERR)
		write_to_stderr(line);
	else if (sink->kind == SINK_FILE)
		write_to_file(sink, line);
	pthread_setcancelstate(cancel, NULL);
	errno = saved;
}

/* ---- beginning ----------------------------------------------------------- */

/* Whether the process before exec(3) held the same file at this number. */
static bool is_inherited(const char *file, int number)
{
	struct line link = {.len = 0};
	char path[PATH_MAX];
	ssize_t len;

	line_add(&link, "/proc/self/fd/");
	line_add_number(&link, number);
	link.text[link.len] = '\0';
	len = readlink(link.text, path, sizeof(path));
	return len == (ssize_t)strlen(file) && !memcmp(path, file, len);
}

/* At this number or not at all: the next program looks for it there. */
static void hold(struct sink *sink, int fd, int number)
{
	int high = -1;

	if (!is_inherited(sink->path, number))
		high = real()->fcntl(fd, F_DUPFD, number);
	if (high < 0 || high == number)
		note_file(&sink->held, number);
	else
		real()->close(high);
}

static void complain_of(const char *file, const char *variable, int error)
{
	struct line line = {.len = 0};
	bool said = false;

	line_add(&line, variable);
	line_add(&line, ": can't write to ");
	line_add(&line, file);
	line_add(&line, ": ");
	line_add(&line, errors_name(error));
	line.text[line.len] = '\0';
	sink_complain(&said, line.text);
}

static void open_sink(struct sink *sink, const char *variable, int number)
{
	int fd = open_for_lines(sink->path);

	if (fd >= 0) {
		hold(sink, fd, number);
		real()->close(fd);
	} else if (is_inherited(sink->path, number)) {
		note_file(&sink->held, number);
	} else {
		complain_of(sink->path, variable, errno);
	}
}

void sink_init(struct sink *sink, const char *variable, int number)
{
	const char *value = secure_getenv(variable);

	if (!value || !*value || strlen(value) >= sizeof(sink->path))
		return;
	sink->held.fd = -1;
	strcpy(sink->path, value);
	sink->kind = SINK_STDERR;
	if (!strcmp(value, "-") || !strcmp(value, "stderr"))
		return;
	sink->kind = SINK_FILE;
	open_sink(sink, variable, number);
}

bool sink_is_terminal(const struct sink *sink)
{
	return sink->kind == SINK_STDERR && isatty(STDERR_FILENO);
}

static void this_thread(struct sink_speaker *speaker, int fd)
{
	speaker->pid = getpid();
	speaker->tid = real()->syscall(SYS_gettid);
	speaker->name = program_invocation_short_name;
	speaker->number = fd;
}

static bool is_first_here(int line)
{
	static unsigned told;
	unsigned bit = 1U << line;

	return !(__atomic_fetch_or(&told, bit, __ATOMIC_RELAXED) & bit);
}

static void (*who_speaks)(struct sink_speaker *speaker, int fd) = this_thread;
static bool (*is_first_line)(int line) = is_first_here;

void sink_speaker_from(void (*who)(struct sink_speaker *speaker, int fd),
		       bool (*is_first)(int line))
{
	who_speaks = who;
	is_first_line = is_first;
}

bool sink_is_first(int line)
{
	return is_first_line(line);
}

void sink_speaker(struct sink_speaker *speaker, int fd)
{
	who_speaks(speaker, fd);
}

void sink_start(struct line *line)
{
	struct sink_speaker speaker;

	sink_speaker(&speaker, -1);
	line->len = 0;
	line_add(line, "tcp2vsock[");
	line_add_number(line, speaker.pid);
	line_add(line, "]: ");
}

void sink_complain(bool *said, const char *text)
{
	struct line line;

	if (__atomic_test_and_set(said, __ATOMIC_RELAXED))
		return;
	sink_start(&line);
	line_add(&line, text);
	sink_write(NULL, &line);
}
