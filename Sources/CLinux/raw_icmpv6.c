#include "CLinux.h"
#include <netinet/icmp6.h>
#include <string.h>
#include <sys/socket.h>

int lc_icmpv6_pass_only(int fd, const uint8_t *types, int count)
{
    struct icmp6_filter filter;
    ICMP6_FILTER_SETBLOCKALL(&filter);
    for (int i = 0; i < count; i++) ICMP6_FILTER_SETPASS(types[i], &filter);
    return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter);
}

struct lc_icmpv6_ancillary lc_icmpv6_ancillary(struct msghdr *message)
{
    struct lc_icmpv6_ancillary out = {.hop_limit = -1};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        const size_t length = c->cmsg_len - CMSG_LEN(0);
        if (c->cmsg_len < CMSG_LEN(0)) continue;
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL && length >= sizeof out.drops)
            memcpy(&out.drops, CMSG_DATA(c), sizeof out.drops);
        if (c->cmsg_level != IPPROTO_IPV6) continue;
        if (c->cmsg_type == IPV6_PKTINFO && length >= sizeof(struct in6_pktinfo)) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            out.destination = info.ipi6_addr;
            out.interface = (int)info.ipi6_ifindex;
        } else if (c->cmsg_type == IPV6_HOPLIMIT && length >= sizeof(int)) {
            memcpy(&out.hop_limit, CMSG_DATA(c), sizeof(int));
        } else if (c->cmsg_type == IPV6_HOPOPTS) {
            out.hop_by_hop = CMSG_DATA(c);
            out.hop_by_hop_length = length;
        }
    }
    return out;
}

ssize_t lc_icmpv6_send(int fd, const void *octets, size_t length, const struct in6_addr *destination,
                       const struct in6_addr *source, int interface)
{
    struct sockaddr_in6 to = {
        .sin6_family = AF_INET6, .sin6_addr = *destination, .sin6_scope_id = (uint32_t)interface};
    struct iovec part = {.iov_base = (void *)octets, .iov_len = length};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = {0};
    struct msghdr message = {.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &part, .msg_iovlen = 1,
                             .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = IPPROTO_IPV6;
    c->cmsg_type = IPV6_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof(struct in6_pktinfo));
    const struct in6_pktinfo info = {.ipi6_addr = *source, .ipi6_ifindex = (unsigned)interface};
    memcpy(CMSG_DATA(c), &info, sizeof info);
    return sendmsg(fd, &message, MSG_DONTWAIT);
}
