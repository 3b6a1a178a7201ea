#pragma once
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

/// The effective capabilities of the calling thread as a bit set (capabilities(7)); 0 if they cannot be read.
static inline uint64_t lc_effective_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    if (syscall(SYS_capget, &header, data) < 0) return 0;
    return (uint64_t)data[1].effective << 32 | data[0].effective;
}

/// Gives up all capabilities of the calling thread, for good. Other threads keep theirs.
static inline int lc_give_up_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[2] = {{0}};
    return (int)syscall(SYS_capset, &header, none);
}
