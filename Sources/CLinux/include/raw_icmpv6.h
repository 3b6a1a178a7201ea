#pragma once
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

/// Lets only these ICMPv6 types through to a raw socket; a count of 0 lets nothing through.
int lc_icmpv6_pass_only(int fd, const uint8_t *types, int count);

/// The ancillary data of one message from a raw IPv6 socket; what was not there is zero, or -1 for the hop limit.
struct lc_icmpv6_ancillary {
    struct in6_addr destination;
    int interface;
    int hop_limit;
    const void *hop_by_hop;  ///< the whole header, inside the control buffer, or NULL
    size_t hop_by_hop_length;
    uint32_t drops;  ///< of the socket, when the message came, if SO_RXQ_OVFL is on; wraps
};

struct lc_icmpv6_ancillary lc_icmpv6_ancillary(struct msghdr *message);

/// Sends one ICMPv6 message out of an interface. A source of `::` leaves the choice to the kernel.
ssize_t lc_icmpv6_send(int fd, const void *octets, size_t length, const struct in6_addr *destination,
                       const struct in6_addr *source, int interface);
