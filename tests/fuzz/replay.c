/* SPDX-License-Identifier: MIT */
/*
 * Gives each file of a corpus to a fuzz target once, without libFuzzer: of the
 * folders that are named, or else of CORPUS in the source tree.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay_file(const char *folder, const char *name)
{
	static uint8_t data[1 << 20];
	char path[4096];
	FILE *in;
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	in = fopen(path, "rb");
	if (!in) {
		perror(path);
		exit(1);
	}
	size = fread(data, 1, sizeof(data), in);
	fclose(in);
	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
}

static int replay_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int n = 0;

	if (!dir) {
		perror(folder);
		exit(1);
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.') {
			replay_file(folder, entry->d_name);
			n++;
		}
	closedir(dir);
	return n;
}

int main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	char folder[4096];
	int n = 0;

	snprintf(folder, sizeof(folder), "%s/" CORPUS, srcdir ? srcdir : ".");
	if (argc < 2)
		n = replay_folder(folder);
	for (int i = 1; i < argc; i++)
		n += replay_folder(argv[i]);
	printf("%d inputs\n", n);
	/* An empty corpus would prove nothing. */
	return n == 0;
}
