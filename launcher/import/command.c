/* SPDX-License-Identifier: MIT */
/*
 * One command: what stands in front of it (sudo, nohup, docker run...) is taken
 * off, and its translator called.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "launcher/import/import.h"

static const struct {
	const char *name;
	int (*translate)(struct import *im, char **argv);
} tools[] = {
	{"socat", import_socat},
	{"vsock-proxy", import_vsock_proxy},
	{"ip-to-vsock", import_marlin},
	{"vsock-to-ip", import_marlin},
	{"ip-to-vsock-transparent", import_transparent},
	{"vsock-to-ip-transparent", import_transparent},
	{"port-to-vsock-transparent", import_transparent},
	{"nc-vsock", import_nc_vsock},
	{"traffic_forwarder.py", import_traffic_forwarder},
	{"traffic-forwarder.py", import_traffic_forwarder},
	{"systemd-socket-proxyd", import_socket_proxyd},
	{"systemd-socket-activate", import_socket_activate},
	{"iptables", import_iptables},
	{"ip6tables", import_iptables},
	{"iptables-legacy", import_iptables},
	{"iptables-nft", import_iptables},
	{"ip2unix", import_ip2unix},
	{"socks4", import_proxy},
	{"socks5", import_proxy},
};

static int find_tool(const char *name)
{
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		if (strcmp(words_base(name), tools[i].name) == 0)
			return (int)i;
	return -ENOENT;
}

/* ---- what stands in front ---------------------------------------------- */

/*
 * Each with the options that take the next word, and "1" for a word of its own
 * before the command.
 */
static const char fronts[] =
	" nohup= setsid= command= builtin= $= tini-static=ep tini=ep "
	"catatonit= "
	"setpriv= unshare= busybox= chronic= exec=a time=fo sudo=CDghpRrTtUu "
	"doas=Cu env=CSu nice=n ionice=cn stdbuf=eio timeout=ks1 chroot=1 "
	"su-exec=1 gosu=1 setuidgid=1 s6-setuidgid=1 dumb-init=r runuser=ug "
	"systemd-run=pEHM nsenter=tSG strace=eopsu python=mWX python3=mWX "
	"screen=S watch=n flock=wE1 taskset=1 ";

/* "-u" of "-u NAME", and "-dmS" of "-dmS NAME"; not "-uNAME". */
static bool takes_next(const char *letters, const char *option)
{
	size_t n = strlen(option);

	return option[1] != '-' && strchr(letters, option[n - 1]) &&
	       (n == 2 || !strchr(letters, option[1]));
}

static char **after_front(const char *letters, char **argv)
{
	int words = strchr(letters, '1') != NULL;

	for (argv++; *argv; argv++) {
		const char *word = *argv;

		if (word[0] == '-' && word[1])
			argv += takes_next(letters, word) && argv[1];
		else if (!import_is_assignment(word) && words-- == 0)
			break;
	}
	return argv;
}

/* Its letters; NULL: nothing of the kind. "python3.11" is "python3" here. */
static const char *find_front(const char *name)
{
	const char *found;
	size_t n;

	name = words_base(name);
	n = strlen(starts_with(name, "python3.") ? "python3" : name);
	name = words_format(" %.*s=", (int)n, name);
	found = strstr(fronts, name);
	if (!found)
		return NULL;
	found += strlen(name);
	return words_copy(found, strcspn(found, " "));
}

static bool is_shell(const char *name)
{
	return words_in(" sh bash ash dash ksh zsh su tmux screen ",
			words_base(name));
}

char *import_image(const char *image)
{
	const char *base = words_base(image);

	return words_copy(base, strcspn(base, ":@"));
}

/*
 * docker run OPTIONS IMAGE ARGS, docker exec OPTIONS CONTAINER COMMAND: the
 * last word that is a tool, since a --name may be one, too.
 */
static char **after_docker(char **argv)
{
	char **entrypoint = NULL, **found = NULL;

	for (argv++; *argv; argv++) {
		if (strcmp(*argv, "build") == 0 || strcmp(*argv, "pull") == 0)
			return NULL;
		if (strcmp(*argv, "--entrypoint") == 0 && argv[1])
			entrypoint = argv + 1;
		if (find_tool(import_image(*argv)) >= 0 || is_shell(*argv))
			found = argv;
	}
	if (!found || !found[1])
		return NULL;
	*found = import_image(*found);
	if (found == entrypoint)
		*++found = *entrypoint;
	return found;
}

/* start-stop-daemon --exec PROGRAM ... -- ARGS; ip netns exec NAME PROGRAM. */
static char **after_other(char **argv)
{
	for (char **word = argv + 1; *word; word++) {
		if (find_tool(*word) < 0)
			continue;
		for (char **end = word; *end; end++) {
			if (strcmp(*end, "--") == 0) {
				*end = *word;
				return end;
			}
		}
		return word;
	}
	return NULL;
}

static const struct {
	const char *name;
	char **(*after)(char **argv);
} others[] = {
	{"docker", after_docker},  {"podman", after_docker},
	{"nerdctl", after_docker}, {"start-stop-daemon", after_other},
	{"daemon", after_other},   {"ip", after_other},
	{"kubectl", after_other},
};

static char **after(char **argv)
{
	const char *front = find_front(argv[0]);

	if (front)
		return after_front(front, argv);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(words_base(argv[0]), others[i].name) == 0)
			return others[i].after(argv);
	return NULL;
}

/* ---- shells -------------------------------------------------------------- */

/* sh -c TEXT, bash -ec TEXT, su USER -c TEXT */
static const char *script_of(char **argv)
{
	size_t n = 0;

	if (!argv[1])
		return strchr(argv[0], ' ') ? argv[0] : NULL;
	if (!is_shell(argv[0]))
		return NULL;
	for (argv++; *argv; argv++) {
		n = strlen(*argv);
		if (n > 1 && **argv == '-' && (*argv)[n - 1] == 'c')
			return argv[1];
		if (strchr(*argv, ' '))
			return *argv;
	}
	return NULL;
}

/* ---- what is not known -----------------------------------------------------
 */

static bool has_word(char **argv, const char *const *list)
{
	for (; *argv; argv++)
		for (const char *const *word = list; *word; word++)
			if (starts_with(*argv, *word))
				return true;
	return false;
}

/* It carries connections, and its command line is one of many. */
static bool is_like_a_forwarder(char **argv)
{
	static const char *const netcat[] = {"-l", "--vsock", "--listen", NULL};
	static const char *const ssh[] = {"-L", "-R", "-D", NULL};
	const char *name = words_base(argv[0]);

	if (words_in(" nc ncat netcat ", name))
		return has_word(argv, netcat);
	if (words_in(" ssh autossh ", name))
		return has_word(argv, ssh);
	return strstr(name, "vsock") ||
	       words_in(" rinetd redir simpleproxy gvproxy gvforwarder "
			"tcpproxy stunnel ",
			name);
}

bool import_knows(const char *name)
{
	return find_tool(name) >= 0 || find_front(name) || is_shell(name) ||
	       words_in(" docker podman ", words_base(name));
}

/* Where an image's entrypoint is socat, its addresses are all that is said. */
static char **with_socat(char **argv)
{
	static const char *const starts[] = {"TCP", "VSOCK-"};
	struct words words = {NULL, 0};

	for (size_t i = 0; argv && argv[0] && argv[1] && i < 2; i++) {
		if (strncasecmp(argv[0], starts[i], strlen(starts[i])) != 0 ||
		    !strchr(argv[0], ':'))
			continue;
		words_add(&words, words_copy_string("socat"));
		words_add_all(&words, argv);
		return words.v;
	}
	return argv;
}

/* A script that asks whether there is a socat, or which, forwards nothing. */
static bool has_arguments(char **argv)
{
	for (argv++; *argv; argv++)
		if (**argv != '-' || strchr(*argv, '='))
			return true;
	return false;
}

bool import_words(struct import *im, char **argv)
{
	const char *script;
	int tool;

	argv = with_socat(argv);
	while (argv && *argv && (tool = find_tool(argv[0])) < 0) {
		char **rest = after(argv);

		script = script_of(argv);
		if (script) {
			im->script(im, script, im->line);
			return true;
		}
		if (!rest && is_like_a_forwarder(argv)) {
			import_refuse(im, words_base(argv[0]),
				      "none of the forwarders that --import "
				      "knows");
			import_refused(im, argv);
			return true;
		}
		argv = rest;
	}
	if (!argv || !*argv || (im->line && !has_arguments(argv)))
		return false;
	if (tools[tool].translate(im, argv) < 0)
		import_refused(im, argv);
	return true;
}
