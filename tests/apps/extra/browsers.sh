#!/bin/sh
# SPDX-License-Identifier: MIT
# Chromium, without a screen: a page with a script and a picture.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs chromium chromium python3 python3 ss iproute2
in_rig 580
chmod 777 .

mkdir root
cat >root/index.html <<'END'
<html><body>hello <script>document.write(6 * 7)</script>
<img src=picture.svg></body></html>
END
echo '<svg xmlns="http://www.w3.org/2000/svg"/>' >root/picture.svg
start web 8000 python3 -m http.server -d root 8000
up web 8000

mkdir home
client 8000 env HOME="$PWD/home" timeout 400 chromium --headless --disable-gpu \
	--no-sandbox --no-zygote --user-data-dir="$PWD/home/data" \
	--dump-dom "http://$address:8000/" >dom 2>chromium.log ||
	tail -n 5 chromium.log
check "Chromium: the page, its script run" grep 'hello.*42' dom
check "... and the picture" grep 'GET /picture.svg .* 200' web.log
check "no TCP connection was tried" no_opens
finish
