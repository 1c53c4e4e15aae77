/* SPDX-License-Identifier: MIT */
/*
 * tcp2vsock: runs a program with libtcp2vsock preloaded or, where that would not
 * reach its calls, supervised.
 *
 * The order of the steps is the point. Everything that could keep the program
 * from being redirected is looked for before it runs: the rules, the library,
 * the program itself. Then this process becomes the program, so that signals
 * and exit status are the program's own; or goes with it until it ends.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/doctor/doctor.h"
#include "launcher/explain.h"
#include "launcher/import/import.h"
#include "launcher/library.h"
#include "launcher/library_place.h"
#include "launcher/options.h"
#include "launcher/output.h"
#include "launcher/program/program.h"
#include "launcher/program/reach.h"
#include "launcher/rules.h"
#include "supervise/listener.h"
#include "supervise/supervise.h"
#include "supervise/task.h"

/* As the shell, env(1), nice(1) and stdbuf(1) have them. */
enum { EXIT_OURS = 125, EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 };

static const struct {
	enum program_flaw flaw;
	const char *what;
	const char *remedy;
} flaws[] = {
	{PROGRAM_FOREIGN, "is built for another machine than the library",
	 "use a tcp2vsock built for that machine"},
	{PROGRAM_GO, "is a Go program, which makes its own system calls",
	 "use --engine=supervise, or a bridge, doc/bridges.md"},
	{PROGRAM_PASCAL,
	 "is a Free Pascal program, which makes its own system calls",
	 "use --engine=supervise, or a bridge, doc/bridges.md"},
	{PROGRAM_STATIC, "is statically linked",
	 "use --engine=supervise, a dynamically linked build of it, or a "
	 "bridge, doc/bridges.md; if it only starts another program, as "
	 "tini-static and gosu do, put tcp2vsock behind it"},
	{PROGRAM_OTHER_LIBC, "uses another C library than tcp2vsock",
	 "use a tcp2vsock built with that C library"},
	{PROGRAM_PRIVILEGED,
	 "gets raised privileges (set-user-ID, set-group-ID or file "
	 "capabilities), so LD_PRELOAD is ignored",
	 "run a copy without them, or start it as the user it becomes"},
	{PROGRAM_UNREADABLE, "can't be read, and so not be checked",
	 "make it readable"},
};

static int out_of(int ret)
{
	if (ret == -ENOMEM)
		warnx("out of memory");
	return EXIT_OURS;
}

/* stdout may be a full disk: what is not written must not pass as printed. */
static int finish_stdout(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	warn("standard output");
	return EXIT_OURS;
}

static int fail_to_run(const char *command, const char *path, int error)
{
	if (strchr(command, '/') && strcmp(command, path) != 0)
		warnx("%s: can't run %s: %s", command, path, strerror(error));
	else
		warnx("%s: %s", command, strerror(error));
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

static int report_flaws(const struct program *program, bool force)
{
	for (size_t i = 0; i < sizeof(flaws) / sizeof(flaws[0]); i++) {
		if (!(program->flaws & flaws[i].flaw))
			continue;
		warnx("%s%s %s", force ? "warning: " : "", program->path,
		      flaws[i].what);
		if (!force)
			warnx("its connections would stay on TCP: %s",
			      flaws[i].remedy);
	}
	return program->flaws && !force ? EXIT_OURS : 0;
}

/* What only keeps a library from seeing a program's calls. */
#define SUPERVISABLE                                                           \
	(PROGRAM_GO | PROGRAM_PASCAL | PROGRAM_STATIC | PROGRAM_OTHER_LIBC |   \
	 PROGRAM_UNREADABLE)

/* The flaws that are left, seen from each of the doors. */
static void judge_engine(struct command_line *request, struct program *program)
{
	if (request->engine == ENGINE_AUTO && program->flaws &&
	    !(program->flaws & ~SUPERVISABLE))
		request->engine = ENGINE_SUPERVISE;
	if (request->engine == ENGINE_SUPERVISE)
		program->flaws &= ~SUPERVISABLE;
}

static int check_program(struct command_line *request,
			 const struct library *library, struct program *program)
{
	int ret = program_find(request->command[0], library, program);

	if (ret < 0)
		return fail_to_run(request->command[0], program->path, -ret);
	judge_engine(request, program);
	return report_flaws(program, request->force);
}

/* For the programs that this one runs: preload/child.h. */
static int export_command(const struct command_line *request)
{
	char path[PATH_MAX];
	const char *engine = request->force ? "preload" : NULL;

	if (!realpath("/proc/self/exe", path))
		return 0;
	if (request->engine == ENGINE_PRELOAD)
		engine = "preload";
	if (engine && setenv("TCP2VSOCK_ENGINE", engine, 1) < 0)
		return -errno;
	return setenv("TCP2VSOCK_COMMAND", path, 1) < 0 ? -errno : 0;
}

static int set_environment(const struct command_line *request,
			   const struct rules *rules)
{
	int ret = rules_export(rules);

	if (!ret)
		ret = export_command(request);
	return ret ? ret : output_export(request);
}

/* What is run; its words begin with the name that was asked for. */
static const char *name_program(const struct command_line *request)
{
	const char *path = request->command[0];

	if (request->argv0)
		request->command[0] = (char *)request->argv0;
	return path;
}

static int run_preloaded(const struct command_line *request,
			 const char *library)
{
	int ret = library_preload(library);
	const char *path;

	if (ret < 0)
		return out_of(ret);
	path = name_program(request);
	execvp(path, request->command);
	return fail_to_run(path, path, errno);
}

static int cannot_run(const char *command, int error)
{
	return fail_to_run(command, command, error);
}

/* A library in this process would stand between the supervisor and the kernel.
 */
static int run_supervised(const struct command_line *request)
{
	int ret = library_unload();

	if (ret < 0)
		return out_of(ret);
	if (ret > 0) {
		execv("/proc/self/exe", request->argv);
		warn("can't start again without the library");
		return EXIT_OURS;
	}
	if (request->verbose)
		warnx("%s is supervised%s", request->command[0],
		      task_is_capable(getpid(), CAP_SYS_ADMIN)
			      ? ""
			      : "; what it runs gets no raised privileges "
				"(sudo)");
	return supervise_run(name_program(request), request->command,
			     cannot_run);
}

/* What is asked of the program, too, where one is named; it does not run. */
static bool is_question(const struct command_line *request)
{
	return request->check || request->explain;
}

/* --check and --explain: 0, or why the supervisor could not serve it. */
static int check_door(const struct command_line *request)
{
	bool killable;
	int r;

	if (request->engine != ENGINE_SUPERVISE)
		return 0;
	r = listener_try(&killable);
	if (!r)
		return 0;
	warnx("can't supervise %s: %s", request->command[0],
	      listener_reason(-r));
	return EXIT_OURS;
}

/* --explain: by which door. */
static int explain_door(const struct command_line *request, const char *library)
{
	const char *program = request->command[0];

	if (request->engine == ENGINE_SUPERVISE)
		printf("%s: by the supervisor\n", program);
	else
		printf("%s: by the library, %s\n", program, library);
	return finish_stdout();
}

/* Where the library is not asked for, this command's own file tells the
 * machine. */
static int find_library(const struct command_line *request,
			struct library *library)
{
	int fd, ret;

	if (request->engine != ENGINE_SUPERVISE)
		return library_find(library);
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ret = fd < 0 ? -errno : elf_read(fd, &library->facts);
	if (ret < 0)
		warnx("can't read this command's own file: %s", strerror(-ret));
	close(fd);
	return ret;
}

static int launch(struct command_line *request, const struct rules *rules)
{
	static struct library library;
	static struct program program;
	int ret;

	if (find_library(request, &library) < 0)
		return EXIT_OURS;
	if (*library.path && (request->verbose || is_question(request)))
		reach_warn(library.path);
	ret = check_program(request, &library, &program);
	if (!ret && is_question(request))
		ret = check_door(request);
	if (!ret && request->explain)
		ret = explain_door(request, program.preload);
	if (ret || is_question(request))
		return ret;
	ret = set_environment(request, rules);
	if (ret < 0)
		return out_of(ret);
	return request->engine == ENGINE_SUPERVISE
		       ? run_supervised(request)
		       : run_preloaded(request, program.preload);
}

/* Without a command, where no library need be. */
static void check_reach(const struct command_line *request)
{
	char path[PATH_MAX];

	if (!request->command[0] && library_place(path))
		reach_warn(path);
}

/* What asks of the table only. -1: nothing was asked. */
static int answer_of_table(const struct command_line *request,
			   const struct map_table *table)
{
	int ret = 0;

	if (!request->check && !request->print && !request->hosts &&
	    !request->explain)
		return -1;
	if (request->check) {
		rules_check_names(table);
		check_reach(request);
	}
	if (request->print)
		ret = rules_print(table);
	if (ret == 0 && request->hosts)
		rules_print_hosts(table);
	if (ret == 0 && request->explain)
		ret = explain(table, request->explain);
	return ret < 0 ? out_of(ret) : finish_stdout();
}

static int import(const struct command_line *request)
{
	int ret = import_command(request->command, request->strict);

	return finish_stdout() ? EXIT_OURS : ret;
}

/* The machine alone, where no rules are given. */
static int ask_doctor(const struct command_line *request,
		      const struct rules *rules)
{
	struct map_table *table = NULL;
	int ret;

	if (rules->n > 0) {
		table = rules_load(rules, NULL);
		if (!table)
			return EXIT_OURS;
	}
	ret = doctor(table, request->json);
	map_free(table);
	if (ret < 0)
		return out_of(ret);
	return finish_stdout() ? EXIT_OURS : ret;
}

static int run(struct command_line *request)
{
	static struct rules rules;
	struct map_table *table;
	int ret, settled;

	if (request->import)
		return import(request);
	ret = rules_collect(&rules, request);
	if (ret < 0)
		return out_of(ret);
	if (request->doctor)
		return ask_doctor(request, &rules);
	table = rules_load(&rules, request->command[0]);
	if (!table)
		return EXIT_OURS;
	ret = answer_of_table(request, table);
	settled = request->command[0] ? rules_settle(&rules, table) : 0;
	map_free(table);
	if (settled < 0)
		return out_of(settled);
	if (ret > 0 ||
	    (ret == 0 && !(is_question(request) && request->command[0])))
		return ret;
	if (request->command[0])
		return launch(request, &rules);
	warnx("no command to run; try 'tcp2vsock --help'");
	return EXIT_OURS;
}

int main(int argc, char **argv)
{
	static struct command_line request;
	int ret = options_read(argc, argv, &request);

	if (ret > 0)
		return finish_stdout();
	return ret < 0 ? out_of(ret) : run(&request);
}
