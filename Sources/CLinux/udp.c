#include "CLinux.h"
#include <errno.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

const int lc_ipv6_multicast_all = 29;           // not in every glibc's headers
const int lc_ipv6_mtu_discover_interface = 4;

const int lc_udp_gro = 104;                     // UDP_GRO

enum { control_size = CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int)) + 64, most_sent = 64 };

struct lc_udp_inbox {
    int slots, slot_size;
    uint8_t *octets, *control;
    struct sockaddr_in6 *sources;
    struct iovec *pieces;
    struct mmsghdr *messages;
};

struct lc_udp_inbox *lc_udp_inbox_create(int slots, int slot_size)
{
    struct lc_udp_inbox *inbox = calloc(1, sizeof *inbox);
    if (!inbox) return NULL;
    inbox->slots = slots;
    inbox->slot_size = slot_size;
    inbox->octets = calloc(slots, slot_size);
    inbox->control = calloc(slots, control_size);
    inbox->sources = calloc(slots, sizeof *inbox->sources);
    inbox->pieces = calloc(slots, sizeof *inbox->pieces);
    inbox->messages = calloc(slots, sizeof *inbox->messages);
    if (!inbox->octets || !inbox->control || !inbox->sources || !inbox->pieces || !inbox->messages) {
        lc_udp_inbox_destroy(inbox);
        errno = ENOMEM;
        return NULL;
    }
    for (int i = 0; i < slots; i++) {
        inbox->pieces[i].iov_base = inbox->octets + (size_t)i * slot_size;
        inbox->pieces[i].iov_len = slot_size;
        struct msghdr *m = &inbox->messages[i].msg_hdr;
        m->msg_name = &inbox->sources[i];
        m->msg_iov = &inbox->pieces[i];
        m->msg_iovlen = 1;
        m->msg_control = inbox->control + (size_t)i * control_size;
    }
    return inbox;
}

void lc_udp_inbox_destroy(struct lc_udp_inbox *inbox)
{
    if (!inbox) return;
    free(inbox->octets);
    free(inbox->control);
    free(inbox->sources);
    free(inbox->pieces);
    free(inbox->messages);
    free(inbox);
}

int lc_udp_receive(int fd, struct lc_udp_inbox *inbox)
{
    for (int i = 0; i < inbox->slots; i++) {  // the kernel has overwritten these
        inbox->messages[i].msg_hdr.msg_namelen = sizeof *inbox->sources;
        inbox->messages[i].msg_hdr.msg_controllen = control_size;
    }
    return recvmmsg(fd, inbox->messages, inbox->slots, MSG_DONTWAIT, NULL);
}

struct lc_udp_datagram lc_udp_datagram(const struct lc_udp_inbox *inbox, int index)
{
    struct msghdr *m = &inbox->messages[index].msg_hdr;
    struct lc_udp_datagram d = {
        .octets = inbox->octets + (size_t)index * inbox->slot_size,
        .length = (int)inbox->messages[index].msg_len,
        .truncated = (m->msg_flags & MSG_TRUNC) != 0,
        .source = inbox->sources[index],
    };
    d.piece = d.length;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == lc_udp_gro) {
            int piece;
            memcpy(&piece, CMSG_DATA(c), sizeof piece);
            if (piece > 0 && piece < d.length) d.piece = piece;
            continue;
        }
        if (c->cmsg_level != IPPROTO_IPV6 || c->cmsg_type != IPV6_PKTINFO) continue;
        struct in6_pktinfo info;
        memcpy(&info, CMSG_DATA(c), sizeof info);
        d.destination = info.ipi6_addr;
        d.interface = info.ipi6_ifindex;
    }
    return d;
}

static struct sockaddr_in6 place(const struct in6_addr *address, uint16_t port, uint32_t scope)
{
    return (struct sockaddr_in6){
        .sin6_family = AF_INET6, .sin6_addr = *address, .sin6_port = htons(port), .sin6_scope_id = scope};
}

static int64_t send_at_once(int fd, struct sockaddr_in6 *to, const void *octets, int64_t size, int segment)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))] = {0};
    struct iovec piece = {(void *)octets, (size_t)size};
    struct msghdr message = {.msg_name = to, .msg_namelen = sizeof *to, .msg_iov = &piece, .msg_iovlen = 1};
    if (size > segment) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        const uint16_t length = (uint16_t)segment;
        c->cmsg_level = IPPROTO_UDP;
        c->cmsg_type = UDP_SEGMENT;
        c->cmsg_len = CMSG_LEN(sizeof length);
        memcpy(CMSG_DATA(c), &length, sizeof length);
    }
    return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int64_t lc_udp_send_segments(int fd, const struct in6_addr *address, uint16_t port, uint32_t scope,
                             const void *octets, int64_t size, int segment, int segmentation)
{
    struct sockaddr_in6 to = place(address, port, scope);
    if (segmentation || size <= segment) return send_at_once(fd, &to, octets, size, segment);
    struct mmsghdr messages[most_sent];
    struct iovec pieces[most_sent];
    memset(messages, 0, sizeof messages);
    int count = 0;
    for (int64_t offset = 0; offset < size && count < most_sent; offset += segment, count++) {
        const int64_t left = size - offset;
        pieces[count] = (struct iovec){(char *)octets + offset, (size_t)(left < segment ? left : segment)};
        messages[count].msg_hdr.msg_name = &to;
        messages[count].msg_hdr.msg_namelen = sizeof to;
        messages[count].msg_hdr.msg_iov = &pieces[count];
        messages[count].msg_hdr.msg_iovlen = 1;
    }
    const int sent = sendmmsg(fd, messages, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return -1;
    const int64_t octets_sent = (int64_t)sent * segment;
    return octets_sent < size ? octets_sent : size;
}

int lc_interface_mtu(int fd, const char *interface)
{
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, interface, sizeof request.ifr_name - 1);
    return ioctl(fd, SIOCGIFMTU, &request) < 0 ? -1 : request.ifr_mtu;
}

int lc_udp_socket(void) { return socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

static int change_membership(int fd, uint32_t interface, const struct in6_addr *group, const struct in6_addr *source,
                             int any_source, int one_source)
{
    const struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = *group};
    if (!source || IN6_IS_ADDR_UNSPECIFIED(source)) {
        struct group_req request = {.gr_interface = interface};
        memcpy(&request.gr_group, &to, sizeof to);
        return setsockopt(fd, IPPROTO_IPV6, any_source, &request, sizeof request);
    }
    const struct sockaddr_in6 from = {.sin6_family = AF_INET6, .sin6_addr = *source};
    struct group_source_req request = {.gsr_interface = interface};
    memcpy(&request.gsr_group, &to, sizeof to);
    memcpy(&request.gsr_source, &from, sizeof from);
    return setsockopt(fd, IPPROTO_IPV6, one_source, &request, sizeof request);
}

int lc_udp_join(int fd, uint32_t interface, const struct in6_addr *group, const struct in6_addr *source)
{
    return change_membership(fd, interface, group, source, MCAST_JOIN_GROUP, MCAST_JOIN_SOURCE_GROUP);
}

int lc_udp_leave(int fd, uint32_t interface, const struct in6_addr *group, const struct in6_addr *source)
{
    return change_membership(fd, interface, group, source, MCAST_LEAVE_GROUP, MCAST_LEAVE_SOURCE_GROUP);
}

int lc_udp_bind(int fd, const struct in6_addr *address, uint16_t port, uint32_t scope)
{
    const struct sockaddr_in6 at = place(address, port, scope);
    return bind(fd, (const struct sockaddr *)&at, sizeof at);
}

int lc_udp_connect(int fd, const struct in6_addr *address, uint16_t port, uint32_t scope)
{
    const struct sockaddr_in6 to = place(address, port, scope);
    return connect(fd, (const struct sockaddr *)&to, sizeof to);
}
