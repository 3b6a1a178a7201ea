#pragma once
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <linux/rtnetlink.h>

/// Gives a netlink socket an address of its own. Without one it hears no notifications of the kernel.
static inline int lc_bind_netlink(int fd)
{
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    return bind(fd, (const struct sockaddr *)&address, sizeof address);
}

/// Asks for the unicast route to an address (RTM_GETROUTE). When this returns, the kernel's answer is in the socket.
static inline int lc_request_route(int fd, const struct in6_addr *address, uint32_t sequence, uint32_t flags)
{
    const struct {
        struct nlmsghdr header;
        struct rtmsg route;
        struct rtattr attribute;
        struct in6_addr destination;
    } request = {
        .header = {sizeof request, RTM_GETROUTE, NLM_F_REQUEST, sequence, 0},
        .route = {.rtm_family = AF_INET6, .rtm_dst_len = 128, .rtm_flags = flags},
        .attribute = {sizeof request.attribute + sizeof request.destination, RTA_DST},
        .destination = *address};
    return send(fd, &request, sizeof request, 0) < 0 ? -1 : 0;
}
