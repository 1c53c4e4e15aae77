#!/bin/sh
# SPDX-License-Identifier: MIT
# Ways past the table that a process has from inside: plug-ins with RTLD_DEEPBIND,
# functions of libc that connect by themselves, libraries in front of ours, and
# a table of root's in a user namespace.
. "${srcdir:=.}/tests/launcher/lib.sh"

compile() {
	$cc -w -o "$@" -ldl || exit 99
}

# ---- plug-ins ---------------------------------------------------------------

# It finds its own library only by the RUNPATH of who calls dlopen().
mkdir -p "$tmp/plugins"
cat >"$tmp/plug.c" <<'END'
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

const char *plug(int fd, const struct sockaddr *sa, socklen_t len)
{
	return connect(fd, sa, len) ? strerror(errno) : "connected";
}
END
cat >"$tmp/host.c" <<'END'
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <stdio.h>
#include <sys/socket.h>

typedef const char *plug(int, const struct sockaddr *, socklen_t);

static void try(void *plugin)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
	plug *call = plugin ? (plug *)dlsym(plugin, "plug") : NULL;

	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	if (!call)
		printf("%s\n", dlerror());
	else
		printf("%s\n", call(socket(AF_INET, SOCK_STREAM, 0),
				    (void *)&to, sizeof(to)));
}

int main(void)
{
	try(dlopen("libplug.so", RTLD_NOW));
	try(dlopen("libplug2.so", RTLD_NOW | RTLD_DEEPBIND));
	try(dlmopen(LM_ID_BASE, "libplug3.so", RTLD_LAZY | RTLD_DEEPBIND));
	return 0;
}
END
for number in '' 2 3; do
	compile "$tmp/plugins/libplug$number.so" -shared -fPIC "$tmp/plug.c"
done
compile "$tmp/host" "$tmp/host.c" "-Wl,--enable-new-dtags" \
	"-Wl,-rpath,\$ORIGIN/plugins"
# bind() says EACCES where it is refused, connect() the same as nobody there:
# so the rule leads where this machine has no way to.
run_it tcp2vsock -m '127.0.0.1:9 = hvsock:/nowhere/at/all:9' "$tmp/host"
want_status 0
want_exactly "$("$tmp/host" | sed 's/.*/No route to host/')"
checks=$((checks + 1))
[ "$(wc -l <"$tmp/out")" = 3 ] || fail "wanted three plug-ins"

# ---- libc's own -------------------------------------------------------------

cat >"$tmp/rsh.c" <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	char *host = "127.0.0.1", *other = "127.0.0.1";
	int fd = rcmd(&host, argc > 1 ? 0x0900 : 0x0a00, "me", "you", "ls", 0);

	printf("rcmd: %s\n", fd < 0 ? strerror(errno) : "connected");
	fd = rexec(&other, 0x0900, "me", "you", "ls", 0);
	printf("rexec: %s\n", fd < 0 ? strerror(errno) : "connected");
	return 0;
}
END
compile "$tmp/rsh" "$tmp/rsh.c"
run_it tcp2vsock -m '127.0.0.1:9 = hvsock:/nowhere/at/all:9' "$tmp/rsh" ruled
want_status 0
want_exactly 'rcmd: Connection refused
rexec: Connection refused'
want_err '^tcp2vsock.*rcmd\(\) and rexec\(\) connect inside the C library'

cat >"$tmp/resvport.c" <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <rpc/netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int bindresvport(int fd, struct sockaddr_in *sin);

int main(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bindresvport(fd, NULL)) {
		printf("bind: %s\n", strerror(errno));
		return 77;
	}
	printf("listen: %s\n", listen(fd, 4) ? strerror(errno) : "listens");
	return 0;
}
END
sed -i '/rpc.netdb/d' "$tmp/resvport.c"
compile "$tmp/resvport" "$tmp/resvport.c"
if "$tmp/resvport" >"$tmp/out"; then
	run_it tcp2vsock -m 'listen *:* = refuse' "$tmp/resvport"
	want_exactly 'listen: Permission denied'
	run_it tcp2vsock -m 'listen *:9 = refuse' "$tmp/resvport"
	want_exactly 'listen: listens'
fi

# ---- in front of us ---------------------------------------------------------

cat >"$tmp/front.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <sys/socket.h>

#ifdef PASSES
#define LIBC RTLD_NEXT
#else
#define LIBC dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD)
#endif

#ifdef NAMES
int getaddrinfo(const char *node, const char *service,
		const struct addrinfo *hints, struct addrinfo **result)
{
	int (*next)() = dlsym(LIBC, "getaddrinfo");

	return next(node, service, hints, result);
}
#else
int connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	int (*next)() = dlsym(LIBC, "connect");

	return next(fd, sa, len);
}
#endif
END
compile "$tmp/takes.so" -shared -fPIC "$tmp/front.c"
compile "$tmp/passes.so" -shared -fPIC -DPASSES "$tmp/front.c"
compile "$tmp/names.so" -shared -fPIC -DNAMES "$tmp/front.c"
compile "$tmp/passes-names.so" -shared -fPIC -DNAMES -DPASSES "$tmp/front.c"

# in_front LIBRARY RULE: preloaded by hand, behind it.
in_front() {
	run_it env LD_PRELOAD="$tmp/$1:$TCP2VSOCK_LIBRARY" TCP2VSOCK_MAP="$2" \
		sh -c 'echo ran'
}

in_front takes.so "$rule"
want_status 125
want_err 'takes.so is in front of libtcp2vsock.so .*connect\(\)'
in_front passes.so "$rule"
want_status 0
want_quiet
in_front names.so "$rule"
want_status 0
in_front names.so 'connect db.internal:1 = vsock:2:1'
want_status 125
want_err 'names.so is in front .*getaddrinfo\(\)'
in_front passes-names.so 'connect db.internal:1 = vsock:2:1'
want_status 0
want_quiet

# Behind us it is as good as any: the launcher sees to that.
LD_PRELOAD=$tmp/takes.so run_it tcp2vsock -m "$rule" sh -c 'echo ran'
want_status 0
want_exactly ran

# A function of the program's own that has the name is let alone.
cat >"$tmp/own.c" <<'END'
#include <stdio.h>
#include <stdlib.h>

int connect(const char *what)
{
	abort();
}

int main(void)
{
	puts("ran");
	return 0;
}
END
compile "$tmp/own" -rdynamic "$tmp/own.c"
run_it tcp2vsock -m "$rule" "$tmp/own"
want_status 0
want_exactly ran

# ---- root's table -----------------------------------------------------------

echo "$rule" >"$tmp/rules"
if [ "$(id -u)" = 0 ] && as_user="setpriv --reuid 1000 --regid 1000 --clear-groups" &&
	$as_user unshare -r true 2>/dev/null; then
	# A build tree may lie where he can't look; the library is in $tmp already.
	cp launcher/tcp2vsock "$tmp/tcp2vsock" && chmod 755 "$tmp/tcp2vsock" ||
		exit 99
	# shellcheck disable=SC2086
	run_it $as_user "$tmp/tcp2vsock" -f "$tmp/rules" -- \
		unshare -r sh -c 'echo ran'
	want_status 0
	want_exactly ran
	# shellcheck disable=SC2086
	run_it $as_user unshare -r "$tmp/tcp2vsock" -f "$tmp/rules" -- \
		sh -c 'echo ran'
	want_status 0
	want_exactly ran
	chmod 666 "$tmp/rules"
	# shellcheck disable=SC2086
	refused 'others than the owner' $as_user unshare -r \
		"$tmp/tcp2vsock" -f "$tmp/rules" -- touch "$tmp/ran"
	chmod 644 "$tmp/rules"
	chown 1001 "$tmp/rules"
	# shellcheck disable=SC2086
	refused 'another user' $as_user "$tmp/tcp2vsock" -f "$tmp/rules" \
		-- touch "$tmp/ran"
else
	cannot "root's table in a user namespace: only root can try, where such are allowed"
fi
finish
