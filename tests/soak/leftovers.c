/* SPDX-License-Identifier: MIT */
/* What may be left over: descriptors, memory, TCP connections. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/soak/soak.h"

int leftovers_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

struct memory leftovers_memory(void)
{
	FILE *in = fopen("/proc/self/status", "re");
	struct memory memory = {0, 0};
	char line[256];

	while (in && fgets(line, sizeof(line), in)) {
		sscanf(line, "VmData: %ld", &memory.mapped);
		sscanf(line, "RssAnon: %ld", &memory.used);
	}
	if (in)
		fclose(in);
	return memory;
}

/* Its lines come in pairs: names, then numbers. */
long leftovers_tcp_opens(void)
{
	FILE *in = fopen("/proc/net/snmp", "re");
	long active = 0, passive = 0;
	char line[1024];

	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "Tcp: %*d %*d %*d %*d %ld %ld", &active,
			   &passive) == 2)
			break;
	if (in)
		fclose(in);
	return active + passive;
}
