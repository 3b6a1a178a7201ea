#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

/// In the child, between fork and exec: async-signal-safe calls only.
static void become(char *const argv[], char *const envp[], const struct lc_spawn_options *o, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    for (int s = 1; s < NSIG; s++) signal(s, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (o->new_process_group && setpgid(0, 0) < 0) return;
    if (o->parent_death_signal) {
        if (prctl(PR_SET_PDEATHSIG, o->parent_death_signal) < 0) return;
        if (getppid() != parent) _exit(127);  // the parent died before the signal was armed
    }
    if (o->network_namespace >= 0 && setns(o->network_namespace, CLONE_NEWNET) < 0) return;
    const int given[3] = {o->standard_input, o->standard_output, o->standard_error};
    for (int fd = 0; fd < 3; fd++) {
        if (given[fd] < 0 || given[fd] == fd) continue;
        if (dup2(given[fd], fd) < 0) return;
    }
    execvpe(argv[0], argv, envp);
}

pid_t lc_spawn(char *const argv[], char *const envp[], const struct lc_spawn_options *options)
{
    int report[2];  // the child writes errno here if it cannot become the program; exec closes it
    if (pipe2(report, O_CLOEXEC) < 0) return -1;
    sigset_t all, old;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);  // no handler of the parent may run in the child
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid == 0) {
        become(argv, envp, options, parent);
        const int e = errno;
        ssize_t ignored = write(report[1], &e, sizeof e);
        (void)ignored;
        _exit(127);
    }
    const int fork_errno = errno;
    sigprocmask(SIG_SETMASK, &old, NULL);
    close(report[1]);
    int e = pid < 0 ? fork_errno : 0;
    if (pid > 0) {
        ssize_t n;
        do n = read(report[0], &e, sizeof e); while (n < 0 && errno == EINTR);
        if (n == sizeof e) waitpid(pid, NULL, 0);
        else e = 0;
    }
    close(report[0]);
    if (e) { errno = e; return -1; }
    return pid;
}
