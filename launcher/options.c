/* SPDX-License-Identifier: MIT */
/* Reads the command line: one table holds the options and their help. */
#include "launcher/options.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

struct setting {
	char letter; /* 0: none */
	const char *name;
	const char *arg; /* as --help shows it, "=X" or "[=X]"; NULL: none */
	const char *help;
	/* NULL: it sets a flag of struct command_line. */
	int (*apply)(struct command_line *request, const char *arg);
	size_t flag;
};

#define FLAG(name) offsetof(struct command_line, name)

static int complain_of_mix(const char *what, const char *arg,
			   const char *remedy)
{
	warnx("%s, and this is not: %s", what, arg);
	warnx("did you mean %s '%s'?", remedy, arg);
	return -EINVAL;
}

static int add_rule(struct command_line *request, const char *arg)
{
	if (!strchr(arg, '=') && access(arg, F_OK) == 0)
		return complain_of_mix("-m takes a rule", arg, "-f");
	request->rules[request->n_rules++] = arg;
	return 0;
}

/* Two files would need an order that nobody can guess: only one is taken. */
static int set_file(struct command_line *request, const char *arg)
{
	if (request->file) {
		warnx("-f can be given once: put all rules into one file");
		return -EINVAL;
	}
	if (!*arg) {
		warnx("-f needs the name of a file");
		return -EINVAL;
	}
	if (strchr(arg, '=') && access(arg, F_OK) < 0)
		return complain_of_mix("-f takes a file", arg, "-m");
	request->file = arg;
	return 0;
}

static int set_explain(struct command_line *request, const char *arg)
{
	request->explain = arg;
	return 0;
}

static int set_trace(struct command_line *request, const char *arg)
{
	request->trace = arg && *arg ? arg : "-";
	return 0;
}

static int set_engine(struct command_line *request, const char *arg)
{
	static const char *const names[] = {"auto", "preload", "supervise"};

	for (int i = 0; i < 3; i++) {
		if (strcmp(arg, names[i]) != 0)
			continue;
		request->engine = (enum engine)i;
		return 0;
	}
	warnx("%s: no engine: auto, preload or supervise", arg);
	return -EINVAL;
}

static int set_argv0(struct command_line *request, const char *arg)
{
	request->argv0 = arg;
	return 0;
}

static int show_version(struct command_line *request, const char *arg)
{
	(void)request;
	(void)arg;
	puts(PACKAGE_STRING);
	return 1;
}

static int show_help(struct command_line *request, const char *arg);

static const struct setting settings[] = {
	{'m', "map", "=RULE", "a rule; may be given several times", add_rule,
	 0},
	{'f', "file", "=FILE", "a file of rules, read after those of -m",
	 set_file, 0},
	{'v', "verbose", NULL, "log every redirect to standard error", NULL,
	 FLAG(verbose)},
	{0, "trace", "[=FILE]", "tell of every call, its rule and its error",
	 set_trace, 0},
	{0, "check", NULL, "run nothing: say whether the rules are right", NULL,
	 FLAG(check)},
	{0, "print", NULL, "run nothing: print the rules as understood", NULL,
	 FLAG(print)},
	{0, "hosts", NULL,
	 "run nothing: print the names of the rules for /etc/hosts", NULL,
	 FLAG(hosts)},
	{0, "explain", "=CALL",
	 "run nothing: say what becomes of 'connect 10.0.0.5:5432'",
	 set_explain, 0},
	{0, "doctor", NULL, "run nothing: say what this machine can do", NULL,
	 FLAG(doctor)},
	{0, "json", NULL, "--doctor's report for programs", NULL, FLAG(json)},
	{0, "import", NULL,
	 "run nothing: print the rules for socat's COMMAND or FILE", NULL,
	 FLAG(import)},
	{0, "strict", NULL, "--import: all of it, or nothing is printed", NULL,
	 FLAG(strict)},
	{0, "engine", "=auto|preload|supervise",
	 "with a library, or from outside", set_engine, 0},
	{0, "argv0", "=NAME", "what COMMAND is given as its own name",
	 set_argv0, 0},
	{0, "force", NULL, "only warn of a program that can't be redirected",
	 NULL, FLAG(force)},
	{'h', "help", NULL, "print this", show_help, 0},
	{'V', "version", NULL, "print the version", show_version, 0},
};

#define N_SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* What getopt_long() says for it: above every letter where it has none. */
static int key_of(const struct setting *s)
{
	return s->letter ? s->letter : 256 + (int)(s - settings);
}

static int takes_argument(const struct setting *s)
{
	if (!s->arg)
		return no_argument;
	return s->arg[0] == '[' ? optional_argument : required_argument;
}

static void show_setting(const struct setting *s)
{
	char left[64];

	snprintf(left, sizeof(left), s->letter ? "-%c, --%s%s" : "%c   --%s%s",
		 s->letter ? s->letter : ' ', s->name, s->arg ? s->arg : "");
	printf("  %-20s %s\n", left, s->help);
}

static int show_help(struct command_line *request, const char *arg)
{
	(void)request;
	(void)arg;
	puts("usage: tcp2vsock [-m RULE]... [-f FILE] [-v] [--] COMMAND "
	     "[ARG]...\n"
	     "Run COMMAND with its TCP connections taken to AF_VSOCK by "
	     "rules.\n");
	for (size_t i = 0; i < N_SETTINGS; i++)
		show_setting(&settings[i]);
	puts("\nA rule, and the first one that matches wins:\n"
	     "  connect 10.0.0.5:5432 = vsock:host:5432     listen *:8080 = "
	     "vsock:any:8080\n"
	     "Exit status: COMMAND's own; 125 to 127 as for env(1). See "
	     "tcp2vsock(1).");
	return 1;
}

/* getopt_long() wants the same options in two forms of its own. */
struct getopt_form {
	char letters[2 + 2 * N_SETTINGS];
	struct option names[N_SETTINGS + 1];
};

static void make_getopt_form(struct getopt_form *form)
{
	char *letter = form->letters;

	memset(form, 0, sizeof(*form));
	*letter++ = '+';
	for (size_t i = 0; i < N_SETTINGS; i++) {
		const struct setting *s = &settings[i];

		form->names[i].name = s->name;
		form->names[i].has_arg = takes_argument(s);
		form->names[i].val = key_of(s);
		if (!s->letter)
			continue;
		*letter++ = s->letter;
		if (s->arg)
			*letter++ = ':';
	}
}

static int apply(struct command_line *request, int key)
{
	const struct setting *s = settings;

	while (s < settings + N_SETTINGS && key_of(s) != key)
		s++;
	if (s == settings + N_SETTINGS) {
		warnx("try 'tcp2vsock --help'");
		return -EINVAL;
	}
	if (s->apply)
		return s->apply(request, optarg);
	*(bool *)((char *)request + s->flag) = true;
	return 0;
}

static int complain(const char *what)
{
	warnx("%s; try 'tcp2vsock --help'", what);
	return -EINVAL;
}

/* What would go unheard otherwise. */
static int check_together(const struct command_line *request)
{
	if (request->json && !request->doctor)
		return complain("--json goes with --doctor");
	if (request->strict && !request->import)
		return complain("--strict goes with --import");
	if (request->doctor && request->command[0])
		return complain("--doctor runs no command; to ask about one: "
				"--check COMMAND");
	return 0;
}

int options_read(int argc, char **argv, struct command_line *request)
{
	struct getopt_form form;
	const char *engine;
	int key, ret;

	memset(request, 0, sizeof(*request));
	request->rules = calloc((size_t)argc + 1, sizeof(*request->rules));
	if (!request->rules)
		return -ENOMEM;
	request->argv = argv;
	engine = getenv("TCP2VSOCK_ENGINE");
	if (engine && *engine && set_engine(request, engine))
		return -EINVAL;
	make_getopt_form(&form);
	while ((key = getopt_long(argc, argv, form.letters, form.names,
				  NULL)) != -1) {
		ret = apply(request, key);
		if (ret)
			return ret;
	}
	request->command = argv + optind;
	return check_together(request);
}
