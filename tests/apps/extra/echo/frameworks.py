# SPDX-License-Identifier: MIT
"""Network libraries of Python: echo.

frameworks.py LIBRARY server    serves port 9100
frameworks.py LIBRARY client    30 clients at once, "answered" if all were

The client knows the server by a name that only a rule has.
"""
import asyncio
import sys

HOST, PORT = 'server.internal', 9100
CLIENTS = 30
DATA = b'x' * 200000


# ---- asyncio, and what replaces its loop -----------------------------------

async def asyncio_echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def asyncio_server():
    """With no host: for both families."""
    server = await asyncio.start_server(asyncio_echo, None, PORT)
    await server.serve_forever()


async def asyncio_ask():
    reader, writer = await asyncio.open_connection(HOST, PORT)

    async def send():
        writer.write(DATA)
        await writer.drain()
        writer.write_eof()

    sending = asyncio.create_task(send())
    answer = await reader.read(-1)
    await sending
    writer.close()
    await writer.wait_closed()
    return len(answer)


async def all_of(ask):
    return await asyncio.gather(*[ask() for _ in range(CLIENTS)])


def asyncio_client():
    return asyncio.run(all_of(asyncio_ask))


def uvloop_server():
    import uvloop
    uvloop.install()
    asyncio.run(asyncio_server())


def uvloop_client():
    import uvloop
    uvloop.install()
    return asyncio_client()


# ---- aiohttp: HTTP and a web socket -----------------------------------------

def aiohttp_server():
    from aiohttp import web

    async def post(request):
        if request.remote != '127.0.0.1':
            raise web.HTTPForbidden()
        return web.Response(body=await request.read())

    async def socket(request):
        answer = web.WebSocketResponse()
        await answer.prepare(request)
        async for message in answer:
            await answer.send_str(message.data)
        return answer

    app = web.Application()
    app.router.add_post('/', post)
    app.router.add_get('/socket', socket)
    web.run_app(app, port=PORT)


def aiohttp_client():
    from aiohttp import ClientSession

    async def ask():
        async with session.post(url, data=DATA) as response:
            return len(await response.read())

    async def talk():
        async with session.ws_connect(url + '/socket') as socket:
            for i in range(50):
                await socket.send_str(str(i))
                assert (await socket.receive()).data == str(i)

    async def client():
        nonlocal session
        async with ClientSession() as session:
            await talk()
            return await all_of(ask)

    session, url = None, f'http://{HOST}:{PORT}'
    return asyncio.run(client())


# ---- tornado -------------------------------------------------------------------

def tornado_server():
    from tornado.iostream import StreamClosedError
    from tornado.tcpserver import TCPServer

    class Echo(TCPServer):
        async def handle_stream(self, stream, address):
            try:
                while True:
                    await stream.write(
                        await stream.read_bytes(65536, partial=True))
            except StreamClosedError:
                pass

    async def serve():
        Echo().listen(PORT)
        await asyncio.Event().wait()

    asyncio.run(serve())


def tornado_client():
    from tornado.tcpclient import TCPClient

    async def ask():
        stream = await TCPClient().connect(HOST, PORT)
        stream.write(DATA)
        answer = await stream.read_bytes(len(DATA))
        stream.close()
        return len(answer)

    return asyncio.run(all_of(ask))


# ---- twisted -------------------------------------------------------------------

def twisted_server():
    from twisted.internet import protocol, reactor

    class Echo(protocol.Protocol):
        def dataReceived(self, data):
            self.transport.write(data)

    reactor.listenTCP(PORT, protocol.Factory.forProtocol(Echo))
    reactor.run()


def twisted_client():
    from twisted.internet import protocol, reactor

    got = []

    class Ask(protocol.Protocol):
        def connectionMade(self):
            self.size = 0
            self.transport.setTcpNoDelay(1)
            self.transport.setTcpKeepAlive(1)
            self.transport.write(DATA)

        def dataReceived(self, data):
            self.size += len(data)
            if self.size >= len(DATA):
                self.transport.loseConnection()

        def connectionLost(self, reason):
            ended(self.size)

    class Asking(protocol.ClientFactory):
        protocol = Ask

        def clientConnectionFailed(self, connector, reason):
            ended(reason)

    def ended(result):
        got.append(result)
        if len(got) == CLIENTS:
            reactor.stop()

    for _ in range(CLIENTS):
        reactor.connectTCP(HOST, PORT, Asking())
    reactor.run()
    return got


# ---- gevent and eventlet: blocking code that doesn't block ----------------------

def echo(connection, _address):
    while data := connection.recv(65536):
        connection.sendall(data)


def ask_with(connection, spawn):
    size = 0
    spawn(lambda: (connection.sendall(DATA), connection.shutdown(1)))
    while data := connection.recv(65536):
        size += len(data)
    return size


def gevent_server():
    from gevent.server import StreamServer
    StreamServer(('0.0.0.0', PORT), echo).serve_forever()


def gevent_client():
    from gevent import monkey
    monkey.patch_all()
    import socket
    import gevent

    def ask():
        return ask_with(socket.create_connection((HOST, PORT)), gevent.spawn)

    all_asking = [gevent.spawn(ask) for _ in range(CLIENTS)]
    gevent.joinall(all_asking, raise_error=True)
    return [asking.value for asking in all_asking]


def eventlet_server():
    import eventlet
    eventlet.serve(eventlet.listen(('0.0.0.0', PORT)), echo)


def eventlet_client():
    import eventlet

    # Its own resolver asks no function of libc.
    def ask(_):
        return ask_with(eventlet.connect(('10.0.0.5', PORT)), eventlet.spawn)

    return list(eventlet.GreenPool().imap(ask, range(CLIENTS)))


# ---- gRPC ----------------------------------------------------------------------

def grpc_server():
    from concurrent.futures import ThreadPoolExecutor
    import grpc

    def stream(request, _context):
        for _ in range(10):
            yield request

    class Echo(grpc.GenericRpcHandler):
        def service(self, call):
            if call.method == '/echo/one':
                return grpc.unary_unary_rpc_method_handler(
                    lambda request, _context: request)
            return grpc.unary_stream_rpc_method_handler(stream)

    server = grpc.server(ThreadPoolExecutor(4), handlers=[Echo()])
    server.add_insecure_port(f'[::]:{PORT}')
    server.start()
    server.wait_for_termination()


def grpc_client():
    import grpc

    channel = grpc.insecure_channel(f'{HOST}:{PORT}')
    one = channel.unary_unary('/echo/one')
    answers = [one.future(DATA, timeout=120) for _ in range(CLIENTS)]
    parts = list(channel.unary_stream('/echo/many')(DATA, timeout=120))
    assert parts == [DATA] * 10
    return [len(answer.result()) for answer in answers]


# ---- ZeroMQ --------------------------------------------------------------------

def zmq_server():
    import zmq

    answers = zmq.Context.instance().socket(zmq.REP)
    answers.bind(f'tcp://*:{PORT}')
    while True:
        answers.send(answers.recv())


def zmq_client():
    import zmq

    all_asking = [zmq.Context.instance().socket(zmq.REQ)
                  for _ in range(CLIENTS)]
    for asking in all_asking:
        asking.setsockopt(zmq.RCVTIMEO, 120000)
        asking.connect(f'tcp://{HOST}:{PORT}')
        asking.send(DATA)
    return [len(asking.recv()) for asking in all_asking]


def main():
    library, role = sys.argv[1:]
    if role == 'server':
        if library == 'asyncio':
            asyncio.run(asyncio_server())
        else:
            globals()[library + '_server']()
        return
    sizes = globals()[library + '_client']()
    print('answered' if sizes == [len(DATA)] * CLIENTS else sizes)


main()
