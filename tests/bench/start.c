/* SPDX-License-Identifier: MIT */
/*
 * How long a command takes with the library and without it, in turns.
 *
 *	start LIBRARY TABLE TURNS COMMAND [ARGUMENT]...
 *
 * prints for each turn the microseconds without and with it: "WITHOUT,WITH".
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double run(char **command, char **environment)
{
	double begin = now_us();
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, *command, NULL, NULL, command, environment) ||
	    waitpid(pid, &status, 0) < 0 || status != 0) {
		fprintf(stderr, "%s failed\n", *command);
		exit(1);
	}
	return now_us() - begin;
}

int main(int argc, char **argv)
{
	static char preload[4200], config[4200];
	char *without[] = {"PATH=/usr/bin:/bin", NULL};
	char *with[] = {without[0], preload, config, NULL};

	if (argc < 5)
		return 2;
	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", argv[1]);
	snprintf(config, sizeof(config), "TCP2VSOCK_CONFIG=%s", argv[2]);
	for (int i = atoi(argv[3]); i > 0; i--) {
		double plain = run(argv + 4, without);

		printf("%.0f,%.0f\n", plain, run(argv + 4, with));
	}
	return 0;
}
