/* SPDX-License-Identifier: MIT */
/*
 * Names of the table for programs that ask a name server by themselves, as Go's
 * and musl's do, at port 53. Such a socket is exchanged for one in a
 * network of our own, where every address is this machine and we are the
 * server: so an answer comes from the address that the program asked. What is
 * not the table's goes on to the server that it was for.
 *
 * Two processes: one in that network, which makes the sockets (it can't come
 * back out), and one outside, which answers and asks on.
 */
#ifndef TCP2VSOCK_SUPERVISE_RESOLVER_H
#define TCP2VSOCK_SUPERVISE_RESOLVER_H

/*
 * Starts them where the table has names. Once, before there are threads. They
 * end with the calling process.
 */
void resolver_begin(void);

/*
 * A socket of this family and type in that network, close-on-exec. Its number;
 * -ENOSYS where the table has no names or this machine lets us have no such
 * network. Any thread.
 */
int resolver_socket(int family, int type);

/*
 * A TCP socket of this family in that network, non-blocking and close-on-exec, whose
 * connect() was refused, as poll(2), SO_ERROR, read(2) and write(2) tell. Its
 * number or -errno. Any thread.
 */
int resolver_refused(int family);

#endif
