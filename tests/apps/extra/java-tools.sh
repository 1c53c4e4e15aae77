#!/bin/sh
# SPDX-License-Identifier: MIT
# Java's own protocols and libraries: a debugger that attaches (JDWP, whose
# agent is in C), JMX over RMI, which tells clients a port that the kernel
# picked, Netty with 20 clients, Derby's network server.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs java default-jdk-headless jdb default-jdk-headless ss iproute2
jars=/usr/share/java
needs_jar() {
	[ -e "$jars/$1" ] && return
	echo "$1 is missing: apt-get install $2"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 1
	exit 77
}
needs_jar netty-transport.jar libnetty-java
needs_jar derbynet.jar libderby-java
needs_jar derbyclient.jar libderbyclient-java
needs_jar derbytools.jar derby-tools
netty=$(find $jars -name 'netty-*.jar' | paste -sd :)
in_rig 500

# Any port: RMI's servers listen to one that the kernel picks.
any_port() {
	redirected "listen *:* = vsock:any:*
		connect $address:* = vsock:local:*" "$@"
}

cat >Counts.java <<'END'
public class Counts {
	static volatile int n;
	public static void main(String[] args) throws Exception {
		for (;;) {
			n++;
			Thread.sleep(100);
		}
	}
}
END
cat >Asks.java <<'END'
import javax.management.ObjectName;
import javax.management.remote.*;
public class Asks {
	public static void main(String[] args) throws Exception {
		var connector = JMXConnectorFactory.connect(new JMXServiceURL(
			"service:jmx:rmi:///jndi/rmi://" + args[0] + ":7301/jmxrmi"));
		System.out.println(connector.getMBeanServerConnection()
			.getAttribute(new ObjectName("java.lang:type=Runtime"),
				"SystemProperties") != null);
		connector.close();
	}
}
END
cat >Echoes.java <<'END'
import io.netty.bootstrap.*;
import io.netty.buffer.Unpooled;
import io.netty.channel.*;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.*;
import java.util.concurrent.*;
public class Echoes {
	public static void main(String[] args) throws Exception {
		var group = new NioEventLoopGroup(2);
		var left = new CountDownLatch(20);
		new ServerBootstrap().group(group)
			.channel(NioServerSocketChannel.class)
			.childHandler(new ChannelInitializer<SocketChannel>() {
				public void initChannel(SocketChannel one) {
					one.pipeline().addLast(new ChannelInboundHandlerAdapter() {
						public void channelRead(ChannelHandlerContext c, Object m) {
							c.writeAndFlush(m);
						}
					});
				}
			}).bind(7302).sync();
		for (int i = 0; i < 20; i++)
			new Bootstrap().group(group).channel(NioSocketChannel.class)
				.option(ChannelOption.TCP_NODELAY, true)
				.handler(new ChannelInboundHandlerAdapter() {
					public void channelActive(ChannelHandlerContext c) {
						c.writeAndFlush(Unpooled.copiedBuffer(new byte[] {1}));
					}
					public void channelRead(ChannelHandlerContext c, Object m) {
						left.countDown();
						c.close();
					}
				}).connect(args[0], 7302).sync();
		System.out.println(left.await(60, TimeUnit.SECONDS));
		System.exit(0);
	}
}
END
check "the programs" javac -cp "$netty" Counts.java Asks.java \
	Echoes.java || finish

launch counts any_port java -Xint \
	-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address='*:5005' \
	-Dcom.sun.management.jmxremote.port=7301 \
	-Dcom.sun.management.jmxremote.authenticate=false \
	-Dcom.sun.management.jmxremote.ssl=false \
	-Djava.rmi.server.hostname=$address Counts
counts=$pid
up counts 5005
up counts 7301
same "JMX by RMI, which names a second port" true \
	"$(any_port java -Xint Asks $address 2>&1)"
# jdb reads its commands when it likes: each waits for the answer before it.
mkfifo commands
launch jdb redirected "connect $address:5005 = vsock:local:5005" \
	sh -c 'exec jdb -attach "$0" <commands' $address:5005
exec 4>commands
check "jdb attaches" wait_for grep -q '^> \|Initializing' jdb.log
echo 'stop at Counts:6' >&4
check "... sets a breakpoint" wait_for grep -q 'Breakpoint hit' jdb.log
echo 'print Counts.n > 0' >&4
check "... and sees a variable" wait_for grep -q 'n > 0 = true' jdb.log
echo quit >&4
exec 4>&-
wait "$pid"
stop $counts

same "Netty: 20 clients" true \
	"$(any_port java -cp "$netty:." Echoes $address 2>&1 |
	tail -n 1)"

derby=$jars/derbynet.jar:$jars/derby.jar:$jars/derbyclient.jar
derby=$derby:$jars/derbytools.jar:$jars/derbyshared.jar
start derby 1527 java -cp "$derby" -Dderby.system.home="$PWD/db" \
	org.apache.derby.drda.NetworkServerControl start -h 0.0.0.0 -p 1527 \
	-noSecurityManager
up derby 1527
cat >sums.sql <<END
connect 'jdbc:derby://$address:1527/numbers;create=true';
create table numbers(n int);
insert into numbers values 1, 2, 39;
select sum(n) from numbers;
exit;
END
check "Derby: a sum" client 1527 java -cp "$derby" org.apache.derby.tools.ij \
	sums.sql
cp check.log sums.log
check "... that is right" grep -x '42 *' sums.log
check "no TCP connection was tried" no_opens
finish
