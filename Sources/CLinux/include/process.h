#pragma once
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/// How lc_spawn starts a program. Descriptors of -1 mean "as the parent has it".
struct lc_spawn_options {
    int standard_input, standard_output, standard_error;
    int parent_death_signal;  ///< 0: none
    int network_namespace;    ///< a namespace descriptor to enter before exec, or -1
    int new_process_group;    ///< non-zero: the child leads a group of its own
};

/// Forks and executes `argv[0]` (searched in PATH unless it holds a slash). The child starts with no blocked signals
/// and default dispositions. Returns the pid, or -1 with errno, also when exec itself failed in the child.
pid_t lc_spawn(char *const argv[], char *const envp[], const struct lc_spawn_options *options);

extern char **environ;
static inline char **lc_environ(void) { return environ; }

static inline int lc_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

static inline int lc_exited(int status) { return WIFEXITED(status); }
static inline int lc_exit_code(int status) { return WEXITSTATUS(status); }
static inline int lc_term_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }

/// From now on pieces of memory of 1 MiB and more go back to the system as soon as they are free.
static inline void lc_return_large_memory(void) { mallopt(M_MMAP_THRESHOLD, 1 << 20); }
