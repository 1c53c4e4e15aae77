#!/bin/bash
# Entry point of an enclave.
set -eu

: "${APP_PORT:=3000}"
REGION=${AWS_REGION:-eu-central-1}
ENCLAVE_CID="${1:-16}"
SOCKS=1080

ip addr add 127.0.0.1/32 dev lo 2>/dev/null || true
ip link set dev lo up
echo "127.0.0.1 kms.${REGION}.amazonaws.com" >> /etc/hosts

# outgoing
socat TCP4-LISTEN:${SOCKS},reuseaddr,fork,bind=127.0.0.1 VSOCK-CONNECT:3:${SOCKS} &
nohup socat -d -lf /tmp/socat.log \
	TCP-LISTEN:443,bind=127.0.0.1,fork,reuseaddr \
	VSOCK-CONNECT:3:8000 >/dev/null 2>&1 &

# one forwarder a database
add_forwarder() {
	local port=$1
	shift
	socat "TCP-LISTEN:${port},fork" "VSOCK-CONNECT:3:$1" &
	echo "forwarding ${port}"
}
add_forwarder 5432 15432
add_forwarder 6379 16379

for entry in metrics:9100:19100 logs:9200:19200; do
	rest=${entry#*:}
	socat TCP-LISTEN:${rest%%:*},fork VSOCK-CONNECT:3:${rest##*:} &
done

while read -r port; do
	socat TCP-LISTEN:$port,fork VSOCK-CONNECT:3:$port &
done < /etc/ports

# incoming
if [ "${TLS:-}" ]; then
	socat VSOCK-LISTEN:8443,reuseaddr,fork TCP:127.0.0.1:${APP_PORT} &
else
	socat VSOCK-LISTEN:8080,reuseaddr,fork \
		TCP:127.0.0.1:80 & # plain
fi

cat > /etc/supervisor/app.conf <<EOF
[program:redis-out]
command=socat TCP-LISTEN:7379,fork VSOCK-CONNECT:${ENCLAVE_CID}:7379
EOF

exec /usr/bin/app --port "$APP_PORT"
