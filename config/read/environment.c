/* SPDX-License-Identifier: MIT */
/* The table of a program's environment. */
#include <stdlib.h>
#include <string.h>

#include "config/table.h"

int map_load_environment(struct map_table **table, map_report *report,
			 void *arg)
{
	const char *map = secure_getenv("TCP2VSOCK_MAP");
	const char *file = secure_getenv("TCP2VSOCK_CONFIG");
	struct map_source sources[2];
	size_t n = 0;

	*table = NULL;
	if (map && *map)
		sources[n++] =
			(struct map_source){"TCP2VSOCK_MAP", map, strlen(map)};
	if (file && *file)
		sources[n++] = (struct map_source){.name = file};
	if (n == 0)
		return 0;
	*table = map_load(sources, n, report, arg);
	return *table ? 0 : -1;
}
