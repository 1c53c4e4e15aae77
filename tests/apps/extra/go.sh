#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs in Go, which make their own system calls: Caddy, which serves files
# and stands in front of another server, over TLS, too; Prometheus' node exporter;
# Hugo's server; the Docker registry, to which skopeo, in Go as well, brings an
# image and gets it back.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs caddy caddy prometheus-node-exporter prometheus-node-exporter \
	hugo hugo docker-registry docker-registry skopeo skopeo curl curl \
	ss iproute2
in_rig 400
export HOME="$PWD" XDG_CONFIG_HOME="$PWD/config" XDG_DATA_HOME="$PWD/data"

# fetch PORT PATH [OPTION...]: what a server says.
fetch() {
	port=$1 path=$2
	shift 2
	client "$port" curl -sS --max-time 120 "$@" "http://$address:$port$path"
}

# Caddy is a client, too: its upstream is the exporter.
mkdir files && head -c 3000000 /dev/urandom >files/large || exit 99
echo "from caddy" >files/index.html
cat >Caddyfile <<END3
{
	admin off
	auto_https off
}
http://:7201 {
	handle /metrics {
		reverse_proxy $address:7202
	}
	handle {
		root * files
		file_server
	}
}
https://:7205 {
	tls cert.pem key.pem
	respond "by TLS"
}
END3
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
	-days 2 -subj /CN=$address -addext subjectAltName=IP:$address \
	2>/dev/null || exit 99
launch caddy redirected "listen *:7201 = vsock:any:7201
	listen *:7205 = vsock:any:7205
	connect $address:7202 = vsock:local:7202" \
	caddy run --config Caddyfile
up caddy 7201
up caddy 7205
start exporter 7202 prometheus-node-exporter --web.listen-address=:7202
up exporter 7202
same "a page of Caddy's" "from caddy" "$(fetch 7201 /)"
check "3 MB of it" fetch 7201 /large -o large
check "... the same" cmp large files/large
same "a range" "$(head -c 110 files/large | tail -c 10 | od -An -tx1)" \
	"$(fetch 7201 /large -r 100-109 | od -An -tx1)"
same "two on one connection" "from caddyfrom caddy" \
	"$(client 7201 curl -sS "http://$address:7201/" "http://$address:7201/" |
		tr -d '\n')"
same "over TLS, HTTP/2" "by TLS 2" "$(client 7205 curl -sS --cacert cert.pem \
	-w ' %{http_version}' "https://$address:7205/")"
fetch 7202 /metrics >metrics
check "the exporter's figures" grep -q '^node_cpu_seconds_total' metrics
fetch 7201 /metrics >metrics
check "... through Caddy" grep -q '^node_cpu_seconds_total' metrics
# shellcheck disable=SC2016 # another shell's
same "20 clients at once" 20 "$(client 7201 sh -c 'for i in $(seq 20); do
	curl -sS --max-time 120 "$0" & done; wait' "http://$address:7201/" |
	grep -c 'from caddy')"

hugo new site site >/dev/null || exit 99
mkdir -p site/layouts && echo 'made by {{ .Site.Title }}' \
	>site/layouts/index.html
start hugo 7203 hugo server --source site --bind 0.0.0.0 --port 7203 \
	--baseURL "http://$address:7203/" --watch=false
up hugo 7203
same "a page of Hugo's" 1 "$(fetch 7203 / | grep -c 'made by My New Hugo Site')"

cat >registry.yml <<END3
version: 0.1
storage:
  filesystem:
    rootdirectory: $PWD/registry
http:
  addr: :7204
END3
start registry 7204 docker-registry serve registry.yml
up registry 7204

# blob FILE: into the image; prints what a manifest says of it.
blob() {
	sum=$(sha256sum "$1" | cut -d ' ' -f 1)
	cp "$1" "image/blobs/sha256/$sum"
	echo "\"digest\":\"sha256:$sum\",\"size\":$(stat -c %s "$1")"
}

type=application/vnd.oci.image
mkdir -p image/blobs/sha256 && tar -cf layer.tar files || exit 99
echo '{"imageLayoutVersion":"1.0.0"}' >image/oci-layout
layer=$(blob layer.tar)
sum=$(sha256sum layer.tar | cut -d ' ' -f 1)
echo '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":' \
	"\"layers\",\"diff_ids\":[\"sha256:$sum\"]}}" >config.json
echo "{\"schemaVersion\":2,\"mediaType\":\"$type.manifest.v1+json\"," \
	"\"config\":{\"mediaType\":\"$type.config.v1+json\",$(blob config.json)}," \
	"\"layers\":[{\"mediaType\":\"$type.layer.v1.tar\",$layer}]}" >manifest.json
echo "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":" \
	"\"$type.manifest.v1+json\",$(blob manifest.json)}]}" >image/index.json
copy="skopeo --insecure-policy copy --preserve-digests \
	--src-tls-verify=false --dest-tls-verify=false"
# shellcheck disable=SC2086 # words
{
	check "an image is brought" client 7204 $copy oci:image \
		docker://$address:7204/image:1
	check "... and got" client 7204 $copy docker://$address:7204/image:1 \
		oci:got
}
check "... the same" cmp layer.tar "got/blobs/sha256/$sum"
same "the registry's list" '{"repositories":["image"]}' \
	"$(fetch 7204 /v2/_catalog)"
for port in 7201 7202 7203 7204 7205; do
	check "no TCP socket was made for port $port" no_tcp $port
done
check "no TCP connection was tried" no_opens
finish
