#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that are many processes, which find each other by ports that the
# kernel picks: Open MPI, MPICH, Dask with its nannies, Celery's workers with
# Redis, RPyC's servers that fork and that share threads, trio, uvicorn,
# waitress.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs mpicc.openmpi libopenmpi-dev mpirun.openmpi openmpi-bin \
	mpicc.mpich libmpich-dev mpirun.mpich mpich redis-server redis-server \
	gcc gcc python3 python3 curl curl ss iproute2

python=/usr/bin/python3
if [ -z "${RIG:-}" ]; then
	for module in distributed celery redis rpyc trio uvicorn waitress; do
		$python -c "import $module" 2>/dev/null && continue
		echo "$module is missing: apt-get install python3-$module"
		[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 1
		exit 77
	done
fi
in_rig 580
export HOME="$RIG_TMP"

# Whatever they dial and listen to is this machine's.
any_port() (
	redirected "listen *:* = vsock:any:*
		connect *:* = vsock:local:*" "$@"
)

cat >sum.c <<'END'
#include <mpi.h>
#include <stdio.h>
#include <string.h>
static char block[1 << 20];
int main(int argc, char **argv)
{
	int rank, size, all;
	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	if (rank == 0)
		memset(block, 'x', sizeof(block));
	MPI_Bcast(block, sizeof(block), MPI_CHAR, 0, MPI_COMM_WORLD);
	rank += block[sizeof(block) - 1];
	MPI_Reduce(&rank, &all, 1, MPI_INT, MPI_SUM, 0, MPI_COMM_WORLD);
	if (block[0] && rank == 'x')
		printf("%d of %d\n", all - size * 'x', size);
	MPI_Finalize();
	return 0;
}
END
check "Open MPI's compiler" mpicc.openmpi -o openmpi sum.c
same "Open MPI: 1 MiB to all, a sum back, by TCP only" "3 of 3" \
	"$(any_port timeout 100 mpirun.openmpi --allow-run-as-root \
		--oversubscribe -np 3 --mca btl tcp,self \
		--mca btl_tcp_if_include lo --mca oob_tcp_if_include lo \
		./openmpi 2>&1 | tail -n 3)"
check "MPICH's compiler" mpicc.mpich -o mpich sum.c
same "MPICH: the same" "3 of 3" "$(any_port env MPIR_CVAR_NOLOCAL=1 \
	timeout 100 mpirun.mpich -np 3 -iface lo ./mpich 2>&1 | tail -n 3)"

cat >squares.py <<'END'
from distributed import Client
if __name__ == "__main__":
    with Client(n_workers=2, threads_per_worker=1, dashboard_address=None,
                host="tcp://127.0.0.1") as client:
        print(sum(client.gather(client.map(lambda x: x * x, range(10)))))
END
same "Dask: two workers" 285 \
	"$(any_port timeout 200 $python squares.py 2>/dev/null)"

start redis 6379 redis-server --port 6379 --bind 0.0.0.0 \
	--protected-mode no --save ''
up redis 6379
cat >tasks.py <<END
from celery import Celery
app = Celery("tasks", broker="redis://$address:6379/0",
             backend="redis://$address:6379/1")
@app.task
def add(x, y):
    return x + y
END
launch celery redirected "connect $address:6379 = vsock:local:6379" \
	$python -m celery -A tasks worker -c 2 --loglevel=WARNING
same "Celery: ten tasks" 90 "$(client 6379 $python -c '
from tasks import add
tasks = [add.delay(n, n) for n in range(10)]
print(sum(task.get(timeout=100) for task in tasks))' 2>&1 | tail -n 1)"
stop "$pid"

cat >rpycd.py <<'END'
import rpyc, sys
from rpyc.utils import server
getattr(server, sys.argv[1])(rpyc.core.SlaveService,
                             port=int(sys.argv[2])).start()
END
port=7400
for kind in ForkingServer ThreadPoolServer; do
	port=$((port + 1))
	start $kind $port $python rpycd.py $kind $port
	up $kind $port
	same "RPyC, $kind" 42.0 "$(client $port $python -c "
import rpyc
print(rpyc.classic.connect('$address', $port).modules.math.sqrt(1764))" 2>&1)"
done

cat >echo.py <<END
import trio
async def serve(one):
    async for data in one:
        await one.send_all(data)
async def ask(done):
    one = await trio.open_tcp_stream("$address", 7403)
    await one.send_all(b"x" * 100000)
    await one.send_eof()
    done.append(sum([len(data) async for data in one]))
async def main():
    done = []
    async with trio.open_nursery() as servers:
        await servers.start(trio.serve_tcp, serve, 7403)
        async with trio.open_nursery() as clients:
            for _ in range(10):
                clients.start_soon(ask, done)
        servers.cancel_scope.cancel()
    print(sum(done))
trio.run(main)
END
same "trio: ten clients and their half-closes" 1000000 \
	"$(any_port $python echo.py 2>&1)"

cat >who.py <<'END'
async def asgi(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body",
                    "body": scope["client"][0].encode()})
def wsgi(env, start_response):
    start_response("200 OK", [])
    return [env["REMOTE_ADDR"].encode()]
END
fetch() { client "$1" curl -fsS --max-time 60 "http://$address:$1/"; }
start uvicorn 7404 $python -m uvicorn --host 0.0.0.0 --port 7404 --workers 2 \
	who:asgi
up uvicorn 7404
check "uvicorn's workers take the listener" wait_for \
	grep -q 'startup complete' uvicorn.log
same "... and serve" 127.0.0.1 "$(fetch 7404)"
start waitress 7405 $python -m waitress --listen='*:7405' who:wsgi
up waitress 7405
same "waitress: both families, and asyncore" 127.0.0.1 "$(fetch 7405)"
check "no TCP connection was tried" no_opens
finish
