/* SPDX-License-Identifier: MIT */
/*
 * --import: the table that does what other tools' files and command lines do.
 * Nothing is run and no variable is looked up in the environment.
 *
 * Map of launcher/import:
 *	import.c         what is asked, and what is printed
 *	kind.c           which kind of file a text is, and its reader
 *	shell.c          reader: words, quotes, redirections of a script
 *	control.c        its loops, functions, conditions, assignments
 *	ini.c            reader: supervisord's sections, systemd's units
 *	container.c      reader: Dockerfiles; what a container runs
 *	yaml.c           reader: compose and its kin, vsock-proxy's allowlist
 *	proxychains.c    reader: proxychains.conf
 *	iptables_save.c  reader: iptables-save
 *	frame.c          one line of such a file, among those of a script
 *	value.c          $VAR, ${VAR:-x}, $1: what is known of them
 *	command.c        what stands before a command, and its translator
 *	socat.c          a translator, as the three below are
 *	forwarders.c     those with a command line of their own
 *	iptables.c       REDIRECT and DNAT
 *	ip2unix.c        rules for Unix sockets
 *	endpoint.c       a TCP address and a vsock one: the rule for the pair
 *	output.c         rules, remarks, and what could not be translated
 *	span.c           where a quote, a bracket, a line ends
 *	words.c          text and lists of words
 */
#ifndef TCP2VSOCK_LAUNCHER_IMPORT_IMPORT_H
#define TCP2VSOCK_LAUNCHER_IMPORT_IMPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "launcher/import/words.h"

struct variable;
struct function;
struct forwarder;
struct diverted;

/* Exit statuses. */
enum import_status { IMPORT_DONE = 0, IMPORT_IN_PART = 1, IMPORT_FAILED = 125 };

/*
 * Prints, on stdout, the table for a command, for the files that command names,
 * or, with no word in it, for standard input. What can't be translated becomes
 * a comment with the reason, which stderr has, too: IMPORT_IN_PART. If strict,
 * nothing is printed then: IMPORT_FAILED, as when there is nothing at all.
 */
int import_command(char **command, bool strict);

/* Stands in a word for what is only known when the script runs. */
#define UNKNOWN	     '\001'
#define UNKNOWN_TEXT "\001"

struct import {
	/* The readers, for those that they stand on: a script in a command, a
	 * document in a script. */
	void (*script)(struct import *im, const char *text, unsigned line);
	void (*document)(struct import *im, const char *text, unsigned line);
	bool (*frame)(struct import *im, const char *text, unsigned line);
	const char *source; /* a file, or "standard input" */
	unsigned line;	    /* of the command in it; 0: there is only one */
	struct text table;
	const char *reason;	 /* why the last thing was not translated */
	const char *unknown;	 /* what the last UNKNOWN was */
	struct text remark;	 /* for the next rule */
	const char *last_remark; /* is not said again */
	unsigned n_rules, n_refused;
	struct variable *variables; /* value.c */
	struct function *functions; /* control.c */
	unsigned depth;		    /* of scripts in scripts, and functions */
	unsigned steps;		    /* of them, and of loops, so far */
	unsigned changing;	    /* loops and functions around this place */
	struct forwarder *forwarders; /* endpoint.c */
	struct diverted *diverted;    /* iptables.c */
	struct words listening;	      /* "vsock:CID:PORT" of .socket units */
	struct words proxied;	      /* what systemd-socket-proxyd dials */
	unsigned n_allowed;	      /* hosts of vsock-proxy's allowlists */
};

/* ---- output.c ------------------------------------------------------- */

/* A line of comment for the next rule; forgotten if that is refused. */
void import_remark(struct import *im, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A rule, if it is one and not there yet. 0, or -EINVAL: import_refuse(). */
int import_rule(struct import *im, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Why a part of what is being translated can't be. -EINVAL. */
int import_refuse(struct import *im, const char *part, const char *why);

/* Writes down that these words were refused, with the reason. */
void import_refused(struct import *im, char *const *words);

/* ---- the readers ---------------------------------------------------- */

/* A text of any kind; line is its first one's number. */
void import_text(struct import *im, const char *text, unsigned line);

/* The same, of a text in a script: only if it is plain that it is a file. */
void import_document(struct import *im, const char *text, unsigned line);

void import_shell(struct import *im, const char *text, unsigned line);
void import_ini(struct import *im, const char *text, unsigned line);
void import_dockerfile(struct import *im, const char *text, unsigned line);
void import_yaml(struct import *im, const char *text, unsigned line);
void import_proxychains(struct import *im, const char *text, unsigned line);
void import_iptables_save(struct import *im, const char *text, unsigned line);

/* The words of one line, quotes taken off and variables expanded. */
char **import_split(struct import *im, const char *text);

/* Whether a line of a script is one of another kind of file; then it is read. */
bool import_frame(struct import *im, const char *text, unsigned line);

/* What every struct import starts with. */
#define IMPORT_READERS                                                         \
	.script = import_shell, .document = import_document,                   \
	.frame = import_frame

/* ["a", "b"]: its words; false if text is no such list. */
bool import_read_list(struct import *im, const char *text, struct words *to);

/* What starts in a container: any of them may be missing. */
struct container {
	const char *image;
	struct words entrypoint, command;
	unsigned line;
};

void import_container(struct import *im, struct container *container);

/* ---- control.c: what words of a script mean -------------------------- */

/* Carries out an assignment "NAME=value", if the word is one. */
bool import_assign(struct import *im, const char *word, bool for_certain);

/* ---- value.c ---------------------------------------------------------- */

/* The text with every variable put in or made ${NAME} or UNKNOWN. */
char *import_expand(struct import *im, const char *text);

/*
 * value NULL: the file can't tell; origin is what it says, to be shown where
 * the table has ${NAME}. Forgets what was known.
 */
void import_set(struct import *im, const char *name, const char *value,
		const char *origin);

/* The value; NULL: not known. The origin; NULL: nothing is said of it. */
const char *import_get(const struct import *im, const char *name);
const char *import_origin(const struct import *im, const char *name);

/* How long the name at the start of text is; 0: there is none. */
size_t import_name_length(const char *text);

/* NAME=... */
bool import_is_assignment(const char *word);

/* ---- command.c -------------------------------------------------------- */

/* Translates a command, if it is a forwarder; false: it is something else. */
bool import_words(struct import *im, char **argv);

/* Whether a command of this name would be looked at. */
bool import_knows(const char *name);

/* The tool of an image: "socat" of "docker.io/alpine/socat:1.8". */
char *import_image(const char *image);

/* ---- translators: argv[0] is the tool. 0, or -EINVAL: import_refuse() --- */

int import_socat(struct import *im, char **argv);
int import_vsock_proxy(struct import *im, char **argv);
int import_marlin(struct import *im, char **argv);
int import_transparent(struct import *im, char **argv);
int import_nc_vsock(struct import *im, char **argv);
int import_traffic_forwarder(struct import *im, char **argv);
int import_socket_proxyd(struct import *im, char **argv);
int import_socket_activate(struct import *im, char **argv);
int import_iptables(struct import *im, char **argv);
int import_ip2unix(struct import *im, char **argv);
int import_proxy(struct import *im, char **argv);

/* What needed more than one file or line; after the last of them. */
void import_finish_iptables(struct import *im);
void import_finish_sockets(struct import *im);

/* ---- endpoint.c --------------------------------------------------------- */

/* Cuts "HOST:PORT", "[HOST]:PORT" or "CID:PORT" in two; false: it is neither.
 */
bool import_cut(char *text, char **host, char **port);

/*
 * The rule for the program that dialled a forwarder which listened at host:port
 * of TCP, and for the server behind one that dialled it. v6 and a NULL host:
 * at every address of IPv6.
 */
int import_connect(struct import *im, const char *host, const char *port,
		   const char *cid, const char *vport);
/* import_connect(), and a remark that says whom it is for. */
int import_dialled(struct import *im, const char *host, const char *port,
		   const char *cid, const char *vport);
int import_listen(struct import *im, const char *cid, const char *vport,
		  const char *host, const char *port);

#endif
