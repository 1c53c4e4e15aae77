/* SPDX-License-Identifier: MIT */
/* unix:PATH and unix:@NAME of a rule: a Unix socket that a program uses. */
#include <errno.h>
#include <sys/un.h>

#include "config/fold.h"
#include "config/read/read.h"
#include "config/rule_table.h"

static const char expected_path[] =
	"expected an absolute path, such as unix:/run/app.sock, or unix:@NAME "
	"for an abstract name";

static int keep_unix_name(struct loader *l, struct word name, struct rule *rule)
{
	rule->host = (struct host){.kind = HOST_UNIX, .bits = 128};
	rule->first = rule->last = MAP_UNIX_PORT;
	rule->unix_name = keep_string(l->table, name.at, name.len);
	return rule->unix_name ? 0 : -ENOMEM;
}

/* A path ends in a zero. */
static size_t longest(struct word name)
{
	size_t room = sizeof(((struct sockaddr_un *)0)->sun_path);

	return name.len && name.at[0] == '@' ? room : room - 1;
}

int read_unix_name(struct loader *l, struct word w, struct rule *rule)
{
	char folded[UNIX_NAME_SIZE];
	struct word name = w;

	word_skip(&name, "//"); /* unix:///run/app.sock */
	if (name.len > longest(name))
		return fault(l, w, "path too long:",
			     "a Unix socket's name has 107 bytes at most");
	if (!is_unix_path(name))
		return fault(l, w, "bad name of a Unix socket:", expected_path);
	if (name.at[0] == '/') {
		name.len = unix_fold(NULL, name, folded);
		name.at = folded;
	}
	if (!name.len)
		return fault(l, w, "bad name of a Unix socket:", expected_path);
	return keep_unix_name(l, name, rule);
}
