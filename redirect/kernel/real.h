/* SPDX-License-Identifier: MIT */
/* The calls that the hooks stand in front of: the next definitions after ours.
 *
 * Map of redirect/kernel/:
 *	ask.c          questions about one descriptor
 *	descriptors.c  the numbers that a process has
 *	diag.c         whether anybody listens at a vsock port
 *	elsewhere.c    sockets of other processes
 *	errors.c       AF_VSOCK's errors as TCP's
 *	own.c          descriptors that are ours for a moment
 *	real.c         the calls behind the hooks
 *	room.c         room that is on nobody's stack
 *	sandbox.c      whether the program has a seccomp filter
 *	usermem.c      bad pointers, found without touching them
 *	vsock_call.c   the calls that take a vsock address
 *	wait.c         poll(2), with SA_RESTART as connect(2) has it
 */
#ifndef TCP2VSOCK_REDIRECT_KERNEL_REAL_H
#define TCP2VSOCK_REDIRECT_KERNEL_REAL_H

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>

/*
 * Calls that we make for ourselves must not end a thread where POSIX does not
 * list the program's call as a cancellation point, nor leave a descriptor
 * behind: so close() and poll() here, and those with _now, are none. Those with
 * _point are libc's, and so are connect(), recv() and the other calls that
 * programs make by these names.
 *
 * Signatures and error conventions are libc's (-1 and errno). A test may point
 * `real` at a table of its own; nothing under the hooks calls libc's socket
 * functions in another way.
 */
struct real_calls {
	int (*socket)(int domain, int type, int protocol);
	int (*socketpair)(int domain, int type, int protocol, int fds[2]);
	int (*connect)(int fd, const struct sockaddr *sa, socklen_t len);
	int (*connect_now)(int fd, const struct sockaddr *sa, socklen_t len);
	int (*bind)(int fd, const struct sockaddr *sa, socklen_t len);
	int (*listen)(int fd, int backlog);
	int (*accept)(int fd, struct sockaddr *sa, socklen_t *len);
	int (*accept4)(int fd, struct sockaddr *sa, socklen_t *len, int flags);
	int (*getsockname)(int fd, struct sockaddr *sa, socklen_t *len);
	int (*getpeername)(int fd, struct sockaddr *sa, socklen_t *len);
	int (*getsockopt)(int fd, int level, int name, void *value,
			  socklen_t *len);
	int (*setsockopt)(int fd, int level, int name, const void *value,
			  socklen_t len);
	int (*shutdown)(int fd, int how);
	char *(*getcwd)(char *buf, size_t size);
	ssize_t (*send)(int fd, const void *buf, size_t size, int flags);
	ssize_t (*sendto)(int fd, const void *buf, size_t size, int flags,
			  const struct sockaddr *sa, socklen_t len);
	ssize_t (*sendmsg)(int fd, const struct msghdr *msg, int flags);
	int (*sendmmsg)(int fd, struct mmsghdr *vec, unsigned n, int flags);
	ssize_t (*recv)(int fd, void *buf, size_t size, int flags);
	ssize_t (*recv_now)(int fd, void *buf, size_t size, int flags);
	ssize_t (*recvfrom)(int fd, void *buf, size_t size, int flags,
			    struct sockaddr *sa, socklen_t *len);
	ssize_t (*recvmsg)(int fd, struct msghdr *msg, int flags);
	int (*recvmmsg)(int fd, struct mmsghdr *vec, unsigned n, int flags,
			struct timespec *timeout);
	int (*epoll_ctl)(int epfd, int op, int fd, struct epoll_event *event);
	int (*epoll_wait)(int epfd, struct epoll_event *events, int max,
			  int timeout);
	int (*epoll_pwait)(int epfd, struct epoll_event *events, int max,
			   int timeout, const sigset_t *mask);
	int (*epoll_pwait2)(int epfd, struct epoll_event *events, int max,
			    const struct timespec *timeout,
			    const sigset_t *mask);
	int (*poll)(struct pollfd *fds, nfds_t n, int timeout);
	int (*poll_point)(struct pollfd *fds, nfds_t n, int timeout);
	int (*ppoll)(struct pollfd *fds, nfds_t n,
		     const struct timespec *timeout, const sigset_t *mask);
	int (*dup)(int fd);
	int (*dup2)(int fd, int to);
	int (*dup3)(int fd, int to, int flags);
	int (*close)(int fd);
	int (*close_point)(int fd);
	pid_t (*vfork)(void);
	int (*clone)(int (*run)(void *arg), void *stack, int flags, void *arg,
		     ...);
	void (*closefrom)(int first);
	pid_t (*_Fork)(void);
	int (*rename)(const char *from, const char *to);
	int (*renameat)(int from_folder, const char *from, int to_folder,
			const char *to);
	int (*renameat2)(int from_folder, const char *from, int to_folder,
			 const char *to, unsigned flags);
	int (*link)(const char *from, const char *to);
	int (*linkat)(int from_folder, const char *from, int to_folder,
		      const char *to, int flags);
	int (*fcntl)(int fd, int cmd, ...);
	int (*prctl)(int option, ...);
	int (*ioctl)(int fd, unsigned long request, ...);
	int (*sigaction)(int signum, const struct sigaction *act,
			 struct sigaction *old);
	void (*(*signal)(int signum, void (*handler)(int)))(int);
	void (*(*sysv_signal)(int signum, void (*handler)(int)))(int);
	void (*(*sigset)(int signum, void (*handler)(int)))(int);
	int (*siginterrupt)(int signum, int flag);
	long (*syscall)(long number, ...);
	int (*execve)(const char *path, char *const argv[], char *const envp[]);
	int (*execv)(const char *path, char *const argv[]);
	int (*execvp)(const char *file, char *const argv[]);
	int (*execvpe)(const char *file, char *const argv[],
		       char *const envp[]);
	int (*fexecve)(int fd, char *const argv[], char *const envp[]);
	int (*posix_spawn)(pid_t *pid, const char *path,
			   const posix_spawn_file_actions_t *actions,
			   const posix_spawnattr_t *attributes,
			   char *const argv[], char *const envp[]);
	int (*posix_spawnp)(pid_t *pid, const char *file,
			    const posix_spawn_file_actions_t *actions,
			    const posix_spawnattr_t *attributes,
			    char *const argv[], char *const envp[]);
	int (*posix_spawn_file_actions_addchdir_np)(
		posix_spawn_file_actions_t *actions, const char *path);
	int (*posix_spawn_file_actions_addfchdir_np)(
		posix_spawn_file_actions_t *actions, int fd);
	int (*getaddrinfo)(const char *node, const char *service,
			   const struct addrinfo *hints,
			   struct addrinfo **result);
#ifdef __GLIBC__
	int (*getaddrinfo_a)(int mode, struct gaicb *list[], int n,
			     struct sigevent *notify);
#endif
#ifdef __GLIBC__
	void *(*dlopen)(const char *file, int flags);
	void *(*dlmopen)(long namespace, const char *file, int flags);
	int (*bindresvport)(int fd, struct sockaddr_in *sin);
	int (*rresvport)(int *port);
	int (*rresvport_af)(int *port, sa_family_t family);
	int (*rcmd_af)(char **host, unsigned short port, const char *user,
		       const char *remote_user, const char *command, int *fd2,
		       sa_family_t family);
	int (*rexec_af)(char **host, int port, const char *user,
			const char *password, const char *command, int *fd2,
			sa_family_t family);
#endif
	int (*getnameinfo)(const struct sockaddr *sa, socklen_t len, char *host,
			   socklen_t host_size, char *service,
			   socklen_t service_size, int flags);
	struct hostent *(*gethostbyname)(const char *name);
	struct hostent *(*gethostbyname2)(const char *name, int family);
	struct hostent *(*gethostbyaddr)(const void *addr, socklen_t len,
					 int family);
	int (*gethostbyname_r)(const char *name, struct hostent *host,
			       char *buf, size_t size, struct hostent **result,
			       int *error);
	int (*gethostbyname2_r)(const char *name, int family,
				struct hostent *host, char *buf, size_t size,
				struct hostent **result, int *error);
	int (*gethostbyaddr_r)(const void *addr, socklen_t len, int family,
			       struct hostent *host, char *buf, size_t size,
			       struct hostent **result, int *error);
};

extern const struct real_calls *real_table;

/*
 * Looks the calls up, once. Safe to call again; not async-signal-safe
 * (dlsym(3)), so the constructor does it.
 */
const struct real_calls *real_resolve(void);

/* The table, looked up at the first use. Leaves errno alone. */
static inline const struct real_calls *real(void)
{
	const struct real_calls *table =
		__atomic_load_n(&real_table, __ATOMIC_ACQUIRE);

	return table ? table : real_resolve();
}

/*
 * The same, with what no signal handler may call besides: the resolver's calls,
 * and those that are made of others. They are looked up at the first use,
 * since few programs make them, and every one has to start.
 */
const struct real_calls *real_late(void);

#endif
