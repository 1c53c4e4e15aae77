#!/bin/sh
# SPDX-License-Identifier: MIT
# RabbitMQ, with Erlang's own port mapper and distribution redirected as well;
# a queue by pika.
#
# Setting: none for the broker. pika makes itself a pair of TCP sockets on
# 127.0.0.1, which no rule of the client names.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
broker=/usr/lib/rabbitmq/bin/rabbitmq-server
needs $broker rabbitmq-server epmd erlang-base ss iproute2
python3 -c 'import pika' 2>/dev/null || needs pika python3-pika
in_rig 400

mkdir home
export HOME="$PWD/home" RABBITMQ_MNESIA_BASE="$PWD/home" \
	RABBITMQ_LOG_BASE="$PWD/home" RABBITMQ_LOGS=- \
	RABBITMQ_NODENAME=rabbit@localhost RABBITMQ_CONFIG_FILE="$PWD/rabbit" \
	RABBITMQ_ENABLED_PLUGINS_FILE="$PWD/home/plugins" \
	RABBITMQ_PID_FILE="$PWD/home/pid"
echo '[].' >home/plugins
echo 'listeners.tcp.default = 5672' >rabbit.conf
cat >queue.py <<END
import pika
broker = pika.ConnectionParameters('$address', 5672, socket_timeout=60,
                                   stack_timeout=120)
with pika.BlockingConnection(broker) as connection:
    channel = connection.channel()
    channel.queue_declare('queue')
    for i in range(100):
        channel.basic_publish('', 'queue', b'message %d' % i)
    for i, (_, _, body) in enumerate(
            channel.consume('queue', auto_ack=True, inactivity_timeout=60)):
        assert body == b'message %d' % i
        if i == 99:
            break
END

launch rabbitmq redirected '127.0.0.1:* = vsock:local:*
	listen *:* = vsock:any:*' $broker
# Its start may take more than the minute that up waits.
wait_for listens 5672
up rabbitmq 5672
check "no TCP connection was tried" no_opens
check "epmd is on vsock" listens 4369
check "100 messages" client 5672 timeout 200 python3 queue.py
for port in 4369 5672 25672; do
	check "no TCP socket was made for port $port" no_tcp $port
done
finish
