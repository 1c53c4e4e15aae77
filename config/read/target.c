/* SPDX-License-Identifier: MIT */
/* The target of a rule: where its connections go. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "config/read/read.h"
#include "config/rule_table.h"

#define VPORT_MAX (UINT32_MAX - 1) /* above: VMADDR_PORT_ANY */

static const char expected_target[] =
	"expected vsock:CID:PORT, hvsock:PATH:PORT, unix:PATH, direct or "
	"refuse";
static const char expected_vports[] =
	"expected a vsock port from 1 to 4294967294, a range, or *";

static const struct {
	const char *name;
	uint32_t cid;
} cid_names[] = {
	{"hypervisor", 0}, {"local", CID_LOCAL}, {"host", 2},
	{"parent", 3},	   {"any", CID_ANY},	 {"", CID_ANY},
};

bool read_cid(struct word w, uint32_t *cid)
{
	uint64_t n;

	for (size_t i = 0; i < sizeof(cid_names) / sizeof(*cid_names); i++)
		if (word_is(w, cid_names[i].name)) {
			*cid = cid_names[i].cid;
			return true;
		}
	if (!read_number(w, UINT32_MAX, &n))
		return false;
	*cid = n;
	return true;
}

static int check_run_length(struct loader *l, struct word w,
			    const struct rule *rule, uint64_t count)
{
	uint64_t wanted = rule->last - rule->first + 1;
	char remedy[100];

	if (count == wanted)
		return 0;
	snprintf(remedy, sizeof(remedy),
		 "ports map one to one: %llu here, %llu before the \"=\"; "
		 "\"*\" keeps the port",
		 (unsigned long long)count, (unsigned long long)wanted);
	return fault(l, w, "port ranges of unequal length:", remedy);
}

static int read_vports(struct loader *l, struct word w, struct rule *rule)
{
	uint64_t first, last;

	if (word_is(w, "*")) {
		rule->vfirst = rule->first;
		return 0;
	}
	if (!read_range(w, 1, VPORT_MAX, &first, &last))
		return fault(l, w, "bad vsock port", expected_vports);
	rule->vfirst = first;
	return check_run_length(l, w, rule, last - first + 1);
}

static int read_vsock(struct loader *l, struct word w, struct word rest,
		      struct rule *rule)
{
	const char *colon;
	struct word cid;

	word_skip(&rest, "//");
	colon = word_last(rest, ':');
	if (!colon)
		return fault(l, w, "no port in", "expected vsock:CID:PORT");
	cid = word_before(rest, colon);
	if (!read_cid(cid, &rule->cid))
		return fault(l, cid, "bad CID",
			     "expected a number up to 4294967295, hypervisor, "
			     "local, host, parent or any");
	return read_vports(l, word_after(rest, colon), rule);
}

bool is_unix_path(struct word w)
{
	return word_is_plain(w, "") && w.len > 1 &&
	       (w.at[0] == '/' || w.at[0] == '@');
}

/* The longest of its names must be one that bind(2) takes. */
static bool fits_sockaddr(const char *path, const struct rule *rule)
{
	struct map_answer answer = {
		.verdict = rule->verdict,
		.path = path,
		.port = rule->vfirst + (rule->last - rule->first),
	};
	char name[MAP_UNIX_NAME_SIZE];

	return map_unix_name(&answer, MAP_LISTEN, name) <
	       sizeof(((struct sockaddr_un *)NULL)->sun_path);
}

static int keep_path(struct loader *l, struct word path, struct rule *rule)
{
	rule->path = keep_string(l->table, path.at, path.len);
	if (!rule->path)
		return -ENOMEM;
	if (!fits_sockaddr(string_at(l->table, rule->path), rule))
		return fault(l, path, "path too long",
			     rule->verdict == MAP_HVSOCK
				     ? "a Unix socket's path, with _PORT at "
				       "its end, has 107 bytes at most"
				     : "a Unix socket's path, with the port "
				       "in the place of %p, has 107 bytes at "
				       "most");
	l->table->has_hybrid = true;
	return 0;
}

static int read_hvsock(struct loader *l, struct word w, struct word rest,
		       struct rule *rule)
{
	const char *colon;
	struct word path;
	int err;

	word_skip(&rest, "//");
	colon = word_last(rest, ':');
	if (!colon)
		return fault(l, w, "no port in", "expected hvsock:PATH:PORT");
	path = word_before(rest, colon);
	if (!is_unix_path(path) || path.at[0] != '/')
		return fault(l, path, "bad path",
			     "expected an absolute path without blanks and "
			     "then :PORT, such as hvsock:/run/v.sock:5432");
	err = read_vports(l, word_after(rest, colon), rule);
	return err ? err : keep_path(l, path, rule);
}

static int read_unix(struct loader *l, struct word w, struct word rest,
		     struct rule *rule)
{
	(void)w;
	word_skip(&rest, "//");
	if (!is_unix_path(rest))
		return fault(l, rest, "bad path",
			     "expected an absolute path without blanks, such "
			     "as unix:/run/vm/vsock_%p.sock, or @NAME");
	if (rule->first != rule->last && !has_port_mark(rest))
		return fault(l, rest, "one Unix socket for several ports:",
			     "write %p where its name has the port, as in "
			     "unix:/run/vm/port_%p, or a rule for each");
	rule->vfirst = rule->first;
	return keep_path(l, rest, rule);
}

static int read_nothing(struct loader *l, struct word w, struct word rest,
			struct rule *rule)
{
	(void)rule;
	if (rest.len)
		return fault(l, w, "unknown target", expected_target);
	return 0;
}

static const struct {
	const char *prefix;
	enum map_verdict verdict;
	int (*read)(struct loader *l, struct word w, struct word rest,
		    struct rule *rule);
} targets[] = {
	{"vsock:", MAP_VSOCK, read_vsock},
	{"hvsock:", MAP_HVSOCK, read_hvsock},
	{"unix:", MAP_UNIX, read_unix},
	{"direct", MAP_DIRECT, read_nothing},
	{"refuse", MAP_REFUSE, read_nothing},
};

int read_target(struct loader *l, struct word w, struct rule *rule)
{
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		struct word rest = w;

		if (!word_skip(&rest, targets[i].prefix))
			continue;
		rule->verdict = targets[i].verdict;
		return targets[i].read(l, w, rest, rule);
	}
	return fault(l, w, "unknown target", expected_target);
}
