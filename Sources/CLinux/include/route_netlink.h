#pragma once
#include <linux/netlink.h>
#include <sys/socket.h>
#include <linux/rtnetlink.h>

/// Gives a netlink socket an address of its own. Without one it hears no notifications of the kernel.
static inline int lc_bind_netlink(int fd)
{
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    return bind(fd, (const struct sockaddr *)&address, sizeof address);
}
