/* SPDX-License-Identifier: MIT */
/*
 * Room for what the kernel answers at length: a signal handler's stack may have
 * 8,192 bytes in all (SIGSTKSZ), and the kernel's own frame takes 3,200 of them.
 */
#ifndef TCP2VSOCK_REDIRECT_KERNEL_ROOM_H
#define TCP2VSOCK_REDIRECT_KERNEL_ROOM_H

#define ROOM_SIZE 8192

/*
 * ROOM_SIZE bytes, which are the caller's until room_give(); NULL where there
 * is no memory. No system call while few have one. What a jump has left stays
 * taken. Async-signal-safe.
 */
void *room_take(void);
void room_give(void *room);

#endif
