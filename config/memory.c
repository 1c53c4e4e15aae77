/* SPDX-License-Identifier: MIT */
/* Memory of the table: strings that live as long as it, growing lists. */

#include <stdlib.h>
#include <string.h>

#include "config/internal.h"

struct chunk {
	struct chunk *next;
	size_t used, size;
	char bytes[];
};

static struct chunk *chunk_for(struct map_table *table, size_t n)
{
	size_t size = n > 4000 ? n : 4000;
	struct chunk *chunk = table->strings;

	if (chunk && chunk->size - chunk->used >= n)
		return chunk;
	chunk = malloc(sizeof(*chunk) + size);
	if (!chunk)
		return NULL;
	chunk->next = table->strings;
	chunk->used = 0;
	chunk->size = size;
	table->strings = chunk;
	return chunk;
}

char *keep(struct map_table *table, const char *at, size_t n)
{
	struct chunk *chunk = chunk_for(table, n + 1);
	char *copy;

	if (!chunk)
		return NULL;
	copy = chunk->bytes + chunk->used;
	chunk->used += n + 1;
	memcpy(copy, at, n);
	copy[n] = '\0';
	return copy;
}

void free_strings(struct map_table *table)
{
	while (table->strings) {
		struct chunk *chunk = table->strings;

		table->strings = chunk->next;
		free(chunk);
	}
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
