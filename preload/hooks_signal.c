/* SPDX-License-Identifier: MIT */
/* Exported: setting signal handlers. They only take note: see wait.h. */
#include <signal.h>

#include "preload/hooks.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/wait.h"

typedef void handler_function(int number);

int __sigaction(int number, const struct sigaction *action,
		struct sigaction *old);
handler_function *bsd_signal(int number, handler_function *handler);
handler_function *__sysv_signal(int number, handler_function *handler);

EXPORT int sigaction(int number, const struct sigaction *action,
		     struct sigaction *old)
{
	int r = real()->sigaction(number, action, old);

	if (action)
		wait_handlers_changed();
	return r;
}

EXPORT int __sigaction(int number, const struct sigaction *action,
		       struct sigaction *old)
{
	return sigaction(number, action, old);
}

EXPORT handler_function *signal(int number, handler_function *handler)
{
	handler_function *old = real()->signal(number, handler);

	wait_handlers_changed();
	return old;
}

EXPORT handler_function *bsd_signal(int number, handler_function *handler)
{
	return signal(number, handler);
}

EXPORT handler_function *ssignal(int number, handler_function *handler)
{
	return signal(number, handler);
}

EXPORT handler_function *sysv_signal(int number, handler_function *handler)
{
	handler_function *old = real()->sysv_signal(number, handler);

	wait_handlers_changed();
	return old;
}

EXPORT handler_function *__sysv_signal(int number, handler_function *handler)
{
	return sysv_signal(number, handler);
}

EXPORT handler_function *sigset(int number, handler_function *handler)
{
	handler_function *old = real()->sigset(number, handler);

	wait_handlers_changed();
	return old;
}

EXPORT int siginterrupt(int number, int flag)
{
	int r = real()->siginterrupt(number, flag);

	wait_handlers_changed();
	return r;
}
