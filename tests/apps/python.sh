#!/bin/sh
# SPDX-License-Identifier: MIT
# Python: http.server with threads, urllib, asyncio streams at both ends.
. "$(dirname "$0")/lib.sh"
needs python3 python3 curl curl ss iproute2
in_rig 240
export PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1

mkdir www
head -c 3000000 /dev/urandom >www/file
start http 8000 python3 -m http.server --directory www 8000
http=$pid
up http 8000
client 8000 curl -sS --max-time 60 -o copy http://$address:8000/file
check "curl gets a file from http.server" cmp www/file copy
client 8000 python3 - >copy <<END
import shutil, sys, urllib.request
with urllib.request.urlopen("http://$address:8000/file", timeout=60) as page:
    shutil.copyfileobj(page, sys.stdout.buffer)
END
check "urllib gets it too, with a timeout on its socket" cmp www/file copy
check "no TCP socket was made for port 8000" no_tcp 8000
stop $http

cat >server.py <<'END'
import asyncio

async def shout(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()
    await writer.wait_closed()

async def main():
    server = await asyncio.start_server(shout, None, 8001)
    async with server:
        await server.serve_forever()

asyncio.run(main())
END
cat >client.py <<'END'
import asyncio, sys

async def talk(number):
    reader, writer = await asyncio.open_connection(sys.argv[1], 8001)
    host, port = writer.get_extra_info("peername")[:2]
    assert (host, port) == (sys.argv[1], 8001), (host, port)
    writer.write(b"".join(b"line %d of %d\n" % (i, number) for i in range(100)))
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer.count(b"OF %d\n" % number)

async def main():
    print(sum(await asyncio.gather(*(talk(n) for n in range(20)))))
    try:
        await asyncio.open_connection(sys.argv[1], 8002)
    except ConnectionRefusedError as reason:
        print(type(reason).__name__)

asyncio.run(main())
END
start asyncio 8001 python3 server.py
asyncio=$pid
up asyncio 8001
asyncio_client() (
	redirected "connect $address:8001-8002 = vsock:local:8001-8002" \
		python3 client.py $address
)
same "20 asyncio clients are answered; nobody on a port is a refusal" \
	"2000
ConnectionRefusedError" "$(asyncio_client 2>&1)"
check "no TCP socket was made for port 8001" no_tcp 8001
stop $asyncio
finish
