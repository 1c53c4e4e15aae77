/* SPDX-License-Identifier: MIT */
/* Hands on where to log and to trace: see output.h. */
#include "launcher/output.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/absolute.h"

/* Once the program runs it is late to say so. */
static int try_to_write(const char *asked_by, const char *path)
{
	int fd = open(path,
		      O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
			      O_NONBLOCK,
		      0666);

	if (fd < 0) {
		warn("%s: can't write to %s", asked_by, path);
		return -EINVAL;
	}
	close(fd);
	return 0;
}

/*
 * Made absolute, since the program may change its directory, and without links,
 * so that the library knows the file again after exec(3).
 */
static int export_file(const char *variable, const char *asked_by,
		       const char *file)
{
	char absolute[PATH_MAX], path[PATH_MAX];
	int ret = absolute_path(absolute, file);

	if (ret == 0)
		ret = try_to_write(asked_by, absolute);
	if (ret < 0)
		return ret;
	if (!realpath(absolute, path))
		strcpy(path, absolute);
	return setenv(variable, path, 1) < 0 ? -errno : 0;
}

static int export_one(const char *variable, const char *asked_by,
		      const char *to)
{
	if (!to || !*to)
		return 0;
	if (strcmp(to, "-") != 0 && strcmp(to, "stderr") != 0)
		return export_file(variable, asked_by, to);
	return setenv(variable, "-", 1) < 0 ? -errno : 0;
}

int output_export(const struct command_line *request)
{
	const char *log = getenv("TCP2VSOCK_LOG");
	const char *trace = getenv("TCP2VSOCK_TRACE");
	int ret;

	if (request->verbose && (!log || !*log))
		log = "-";
	if (request->trace)
		trace = request->trace;
	ret = export_one("TCP2VSOCK_LOG", "TCP2VSOCK_LOG", log);
	return ret ? ret
		   : export_one("TCP2VSOCK_TRACE",
				request->trace ? "--trace" : "TCP2VSOCK_TRACE",
				trace);
}
