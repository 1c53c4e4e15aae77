/* SPDX-License-Identifier: MIT */
/* Loads the mapping table, once. */
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "preload/table.h"

enum { UNREAD, READING, READ };

static int state;
static struct map_table *table;

/* Warnings are the launcher's to show: here they would come with every fork. */
static void report_errors(const struct map_message *message, void *fd)
{
	if (message->is_error)
		map_report_to_fd(message, fd);
}

static void load(void)
{
	int fd = STDERR_FILENO;

	if (map_load_environment(&table, report_errors, &fd) < 0)
		_exit(125);
	__atomic_store_n(&state, READ, __ATOMIC_RELEASE);
}

const struct map_table *table_get(void)
{
	int expected = UNREAD;
	int saved = errno;

	if (__atomic_load_n(&state, __ATOMIC_ACQUIRE) == READ)
		return table;
	if (__atomic_compare_exchange_n(&state, &expected, READING, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		load();
	while (__atomic_load_n(&state, __ATOMIC_ACQUIRE) != READ)
		sched_yield();
	errno = saved;
	return table;
}
