/* SPDX-License-Identifier: MIT */
/*
 * io_uring's own connect, accept, bind and listen operations never pass
 * through libc. TCP2VSOCK_IO_URING=off lets the kernel answer io_uring_setup(2)
 * with ENOSYS, here and in all children, so that programs use epoll(7).
 */
#ifndef TCP2VSOCK_PRELOAD_URING_H
#define TCP2VSOCK_PRELOAD_URING_H

/* Reads the variable. In the constructor. */
void uring_init(void);

#endif
