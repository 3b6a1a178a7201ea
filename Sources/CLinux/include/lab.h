#pragma once
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

/// Asks for the kernel's receive time (CLOCK_REALTIME) with every packet.
static inline int lc_lab_timestamps(int fd)
{
    const int on = 1;
    return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

/// One received datagram beside its octets.
struct lc_lab_datagram {
    uint64_t realtime;  ///< nanoseconds, CLOCK_REALTIME; 0: the kernel gave none
    struct in6_addr source;
};

/// recvmsg without waiting; the length (of the datagram, though only `capacity` octets are kept), or -1.
static inline ssize_t lc_lab_receive(int fd, void *octets, size_t capacity, struct lc_lab_datagram *result)
{
    struct sockaddr_in6 from;
    _Alignas(struct cmsghdr) char control[128];
    struct iovec piece = {octets, capacity};
    struct msghdr message = {
        .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &piece, .msg_iovlen = 1,
        .msg_control = control, .msg_controllen = sizeof control};
    memset(&from, 0, sizeof from);
    const ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT | MSG_TRUNC);
    if (length < 0) return -1;
    memset(result, 0, sizeof *result);
    result->source = from.sin6_addr;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
        struct timespec t;
        memcpy(&t, CMSG_DATA(c), sizeof t);
        result->realtime = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    }
    return length;
}

/// A UDP socket bound to an address; -1 with errno.
static inline int lc_bound_udp_socket(const struct in6_addr *address, uint16_t port, int reuse_address)
{
    const struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = *address};
    const int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse_address, sizeof reuse_address) < 0 ||
        bind(fd, (const struct sockaddr *)&name, sizeof name) < 0) {
        const int e = errno;
        close(fd);
        errno = e;
        return -1;
    }
    return fd;
}

static inline ssize_t lc_lab_send(int fd, const void *octets, size_t length, const struct sockaddr_in6 *to)
{
    return sendto(fd, octets, length, 0, (const struct sockaddr *)to, sizeof *to);
}
