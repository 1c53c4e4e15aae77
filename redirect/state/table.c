/* SPDX-License-Identifier: MIT */
/* Loads the mapping table, once. */
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "redirect/state/table.h"

bool table_is_read;
const struct map_table *table_read;

/* Warnings are the launcher's to show: here they would come with every fork. */
static void report_errors(const struct map_message *message, void *fd)
{
	if (message->is_error)
		map_report_to_fd(message, fd);
}

static void load(void)
{
	struct map_table *table = NULL;
	int fd = STDERR_FILENO;

	if (map_load_environment(&table, report_errors, &fd) < 0)
		_exit(125);
	table_read = table;
	__atomic_store_n(&table_is_read, true, __ATOMIC_RELEASE);
}

const struct map_table *table_wait(void)
{
	static bool is_reading;
	int saved = errno;

	if (!__atomic_exchange_n(&is_reading, true, __ATOMIC_ACQ_REL))
		load();
	while (!__atomic_load_n(&table_is_read, __ATOMIC_ACQUIRE))
		sched_yield();
	errno = saved;
	return table_read;
}

bool table_has_hybrid(void)
{
	const struct map_table *table = table_get();

	return table && map_has_hybrid(table);
}

bool table_has_unix(void)
{
	const struct map_table *table = table_get();

	return table && map_has_unix(table);
}
