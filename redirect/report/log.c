/* SPDX-License-Identifier: MIT */
/* The log: see log.h. */
#include <unistd.h>

#include "redirect/hybrid/hybrid.h"
#include "redirect/kernel/errors.h"
#include "redirect/report/line.h"
#include "redirect/report/log.h"
#include "redirect/report/probes.h"
#include "redirect/state/tag.h"

static struct sink sink;

void log_init(void)
{
	sink_init(&sink, "TCP2VSOCK_LOG");
}

static void start(struct line *line)
{
	line->len = 0;
	line_add(line, "tcp2vsock[");
	line_add_number(line, getpid());
	line_add(line, "]: ");
}

static void start_accept(struct line *line, const struct endpoint *own)
{
	start(line);
	line_add(line, "accept ");
	line_add_name(line, own);
	line_add(line, " <- ");
}

static void write_call(const char *what, const struct endpoint *to,
		       const struct map_answer *answer, int r)
{
	struct line line;

	if (sink.kind == SINK_NOWHERE)
		return;
	start(&line);
	line_add(&line, what);
	line_add_name(&line, to);
	line_add(&line, " -> ");
	line_add_target(&line, answer);
	line_add(&line, " ");
	line_add(&line, r ? errors_name(-r) : "ok");
	sink_write(&sink, &line);
}

void log_connect(const struct endpoint *to, const struct map_answer *answer,
		 int r)
{
	PROBE4(connect, to->port, answer->cid, answer->port, -r);
	write_call("connect ", to, answer, r);
}

void log_bind(const struct endpoint *to, const struct map_answer *answer, int r)
{
	PROBE4(bind, to->port, answer->cid, answer->port, -r);
	write_call("bind ", to, answer, r);
}

void log_accept(const struct endpoint *own, uint32_t cid, uint32_t port)
{
	struct line line;

	PROBE3(accept, own->port, cid, port);
	if (sink.kind == SINK_NOWHERE)
		return;
	start_accept(&line, own);
	line_add_vsock(&line, cid, port);
	line_add(&line, " ok");
	sink_write(&sink, &line);
}

void log_accept_hybrid(const struct endpoint *own, int fd)
{
	struct hybrid_target target;
	struct map_answer answer = {.verdict = MAP_HVSOCK};
	struct line line;

	if (sink.kind == SINK_NOWHERE)
		return;
	hybrid_target(fd, &target);
	answer.path = target.path;
	answer.port = target.port;
	start_accept(&line, own);
	line_add_target(&line, &answer);
	line_add(&line, " ok");
	sink_write(&sink, &line);
}

void log_complain(bool *said, const char *text)
{
	struct line line;

	if (__atomic_test_and_set(said, __ATOMIC_RELAXED))
		return;
	start(&line);
	line_add(&line, text);
	sink_write_stderr(&line);
}
