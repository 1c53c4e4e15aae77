#!/bin/sh
# SPDX-License-Identifier: MIT
#
# "*." where there is no resolver and no network card: all names have one
# address, and yet no request goes to another host's connection.
#
#	anyname-inside.sh HERE LIBRARY [inside]
set -u
[ "${3-}" = inside ] || {
	root=
	[ "$(id -u)" = 0 ] || root=-r
	exec unshare $root -m "$0" "$@" inside
}
here=$1 library=$2
. "$here/lib.sh"
: >"$work/nothing"
for file in hosts resolv.conf nsswitch.conf; do
	[ ! -e "/etc/$file" ] || mount --bind "$work/nothing" "/etc/$file" ||
		exit 99
done

rules='connect *.:80 = vsock:local:8080
connect *.:443 = vsock:local:8443
listen *:8080,8443 = vsock:any:*'

# It says which name a connection is for, and which the request.
server()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
		-nodes -subj /CN=a.example -days 9 \
		-addext subjectAltName=DNS:a.example,DNS:b.example \
		-keyout "$work/key" -out "$work/crt" 2>/dev/null || exit 99
	cat >"$work/nginx.conf" <<-END
	daemon off; master_process off; pid $work/nginx.pid;
	error_log stderr;
	events { }
	http {
		access_log off;
		client_body_temp_path $work/n1; proxy_temp_path $work/n2;
		fastcgi_temp_path $work/n3; uwsgi_temp_path $work/n4;
		scgi_temp_path $work/n5;
		server {
			listen 8080; listen 8443 ssl http2;
			ssl_certificate $work/crt; ssl_certificate_key $work/key;
			location / {
				return 200 "\$ssl_server_name for \$host by \$server_protocol\n";
			}
		}
	}
	END
	mapped nginx -c "$work/nginx.conf" >"$work/nginx.log" 2>&1 </dev/null &
	until_ready web http://ready.test/
}

web()
{
	mapped curl -s -S --max-time 30 --cacert "$work/crt" "$@"
}

# sorted COMMAND...: how often each line came.
sorted()
{
	"$@" | sort | uniq -c | tr -s ' \n' ' '
}

server
gives '^ for who.knows.where by' 'curl: any name' web http://who.knows.where/
gives '^ for host by' 'curl: one label' web http://host/
gives '^a.example for a.example by HTTP/2' 'curl: HTTP/2' \
	web --http2 https://a.example/
refuses 'refused|Failed to connect' 'curl: a port that no rule has' \
	web http://a.example:81/
# The server tells one from the other, and so does this test.
gives '^a.example for b.example' 'a request on the other connection' \
	web --http2 -H 'Host: b.example' https://a.example/
for version in --http2 --http1.1; do
	gives '^ 20 a.example for a.example [^ ]* [^ ]* 20 b.example for b.example [^ ]* [^ ]* $' \
		"curl: 40 requests to two names at once, $version" sorted \
		web $version --parallel --parallel-immediate \
		'https://a.example/[1-20]' 'https://b.example/[1-20]'
done
gives '^a.example for a.example' 'python3: TLS by name' \
	mapped python3 -c 'import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[1])
for name in "b.example", "a.example":
    print(urllib.request.urlopen(f"https://{name}/", context=context)
          .read().decode())' "$work/crt"
if have_extra node; then
	gives '^a.example for a.example.*b.example for b.example' \
		'node: two names over HTTP/2' mapped node -e '
	const http2 = require("http2"), ca = require("fs").readFileSync(process.argv[1]);
	const ask = name => new Promise(done => {
		const session = http2.connect("https://" + name, {ca});
		let text = "";
		session.request({":path": "/"}).on("data", part => text += part)
			.on("end", () => { session.close(); done(text.trim()); });
	});
	Promise.all(["a.example", "b.example"].map(ask))
		.then(all => console.log(all.join(" and ")));' "$work/crt"
fi
if have_extra java; then
	gives '^ for any.name by' 'java: any name' \
		mapped java -Xint "$here/Ask.java" http://any.name/
fi
finish
