#pragma once
#include <netinet/in.h>
#include <stdint.h>

/// Preallocated room for a batch of received datagrams.
struct lc_udp_inbox;

/// `slots` datagrams of up to `slot_size` octets each; NULL with errno when there is no memory.
struct lc_udp_inbox *lc_udp_inbox_create(int slots, int slot_size);
void lc_udp_inbox_destroy(struct lc_udp_inbox *inbox);

/// Receives what is there without waiting, at most one batch. The number of datagrams, or -1 with errno.
int lc_udp_receive(int fd, struct lc_udp_inbox *inbox);

/// One message of the last batch: a datagram, or several in a row of one sender that the kernel put together (UDP_GRO).
/// `octets` is valid until the next batch.
struct lc_udp_datagram {
    const uint8_t *octets;
    int length;
    int piece;      ///< length of each datagram but the last one, which may be shorter; `length` if there is one
    int truncated;  ///< longer than a slot
    struct sockaddr_in6 source;
    struct in6_addr destination;  ///< :: if the kernel did not say
    uint32_t interface;
};
struct lc_udp_datagram lc_udp_datagram(const struct lc_udp_inbox *inbox, int index);

/// Sends datagrams that lie one behind the other, `segment` octets each but the last, which may be shorter, to an
/// address. With `segmentation` they go to the kernel as one (UDP_SEGMENT), all or none; without, as many as it takes of the
/// first 64. The octets that went, or -1 with errno; EINVAL and EIO with segmentation may mean that it is not to be had.
int64_t lc_udp_send_segments(int fd, const struct in6_addr *address, uint16_t port, uint32_t scope,
                             const void *octets, int64_t size, int segment, int segmentation);

/// Octets of the largest IPv6 packet that an interface carries, or -1 with errno.
int lc_interface_mtu(int fd, const char *interface);

/// A non-blocking IPv6 UDP socket, or -1 with errno.
int lc_udp_socket(void);

/// Joins a group on an interface; with a source (not NULL, not ::) only what that source sends.
int lc_udp_join(int fd, uint32_t interface, const struct in6_addr *group, const struct in6_addr *source);
int lc_udp_leave(int fd, uint32_t interface, const struct in6_addr *group, const struct in6_addr *source);

/// bind and connect; `scope` is an interface number, which link-local addresses need.
int lc_udp_bind(int fd, const struct in6_addr *address, uint16_t port, uint32_t scope);
int lc_udp_connect(int fd, const struct in6_addr *address, uint16_t port, uint32_t scope);

extern const int lc_udp_gro;
extern const int lc_ipv6_multicast_all;
extern const int lc_ipv6_mtu_discover_interface;
