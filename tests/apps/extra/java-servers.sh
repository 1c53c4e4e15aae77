#!/bin/sh
# SPDX-License-Identifier: MIT
# Servers in Java: Tomcat with ten clients at once, ZooKeeper with its own
# client.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs java default-jdk-headless curl curl ab apache2-utils ss iproute2
jars=/usr/share/java
[ -e /usr/share/tomcat10/bin/bootstrap.jar ] || needs tomcat10 tomcat10
[ -e $jars/zookeeper.jar ] || needs zookeeper zookeeper
in_rig 400

# Where a system call is dear, compiling for long is, too.
jvm='java -Xmx200m -XX:+UseSerialGC -XX:TieredStopAtLevel=1'

mkdir -p base/webapps/ROOT base/temp base/logs base/work
cp -r /etc/tomcat10 base/conf
rm -rf base/conf/Catalina
echo '<%= 6 * 7 %>' >base/webapps/ROOT/index.jsp
head -c 2000000 /dev/urandom >base/webapps/ROOT/file
# shellcheck disable=SC2086
start tomcat 8080 $jvm -Dcatalina.home=/usr/share/tomcat10 \
	-Dcatalina.base="$PWD/base" -Djava.io.tmpdir="$PWD/base/temp" \
	-cp /usr/share/tomcat10/bin/bootstrap.jar:/usr/share/tomcat10/bin/tomcat-juli.jar \
	org.apache.catalina.startup.Bootstrap start

mkdir data
cat >zoo.cfg <<END
dataDir=$PWD/data
clientPort=2181
admin.enableServer=false
END
zookeeper=$(echo $jars/zookeeper*.jar $jars/*log4j*1.2*.jar \
	$jars/slf4j-api.jar $jars/slf4j-simple.jar $jars/netty*.jar \
	$jars/jline.jar $jars/audience*.jar $jars/commons-*.jar | tr ' ' ':')
# shellcheck disable=SC2086
start zookeeper 2181 $jvm -cp "$zookeeper" \
	org.apache.zookeeper.server.quorum.QuorumPeerMain zoo.cfg

zoo() {
	# shellcheck disable=SC2086
	client 2181 timeout 120 $jvm -cp "$zookeeper" \
		org.apache.zookeeper.ZooKeeperMain -server $address:2181 "$@" \
		>zoo.log 2>&1
}

up tomcat 8080
check "a page" client 8080 curl -sSf -m 120 -o page "http://$address:8080/"
check "... made by it" grep -q 42 page
check "a file" client 8080 curl -sSf -m 60 -o file "http://$address:8080/file"
check "... whole" cmp file base/webapps/ROOT/file
check "10 clients" client 8080 ab -q -n 50 -c 10 "http://$address:8080/file"
up zookeeper 2181
check "a node" zoo create /node value
check "... read" zoo get /node
check "... as it was written" grep -q value zoo.log
for port in 8080 2181; do
	check "no TCP socket was made for port $port" no_tcp $port
done
check "no TCP connection was tried" no_opens
finish
