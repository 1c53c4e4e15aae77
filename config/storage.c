/* SPDX-License-Identifier: MIT */
/* Memory of the table: its strings, growing lists. */
#include <stdlib.h>
#include <string.h>

#include "config/rule_table.h"

static bool room_for_string(struct map_table *table, size_t n)
{
	size_t room = table->strings_room ? table->strings_room : 4096;
	char *strings;

	while (room - table->nstrings <= n)
		room *= 2;
	if (room == table->strings_room)
		return true;
	if (room > UINT32_MAX)
		return false;
	strings = realloc(table->strings, room);
	if (!strings)
		return false;
	table->strings = strings;
	table->strings_room = room;
	return true;
}

uint32_t keep_string(struct map_table *table, const char *at, size_t n)
{
	uint32_t kept;

	/* 0 is no string. */
	if (!room_for_string(table, n + 1))
		return 0;
	if (table->nstrings == 0)
		table->strings[table->nstrings++] = '\0';
	kept = table->nstrings;
	memcpy(table->strings + kept, at, n);
	table->strings[kept + n] = '\0';
	table->nstrings += n + 1;
	return kept;
}

void *grow(void *list, uint32_t count, uint32_t *room, size_t size)
{
	uint32_t more = *room ? *room * 2 : 16;

	if (count < *room)
		return list;
	if (more < *room)
		return NULL;
	list = realloc(list, more * size);
	if (list)
		*room = more;
	return list;
}
