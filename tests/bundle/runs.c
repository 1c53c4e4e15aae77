/* SPDX-License-Identifier: MIT */
/* runs COMMAND...: for a parent that is of another C library than its child. */
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	pid_t child = fork();
	int status = 1;

	if (child == 0) {
		execv(argv[1], argv + 1);
		_exit(127);
	}
	waitpid(child, &status, 0);
	return argc < 2 || status != 0;
}
