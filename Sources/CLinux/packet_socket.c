#include "CLinux.h"
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

int lc_bind_packet(int fd, uint16_t protocol, int interface)
{
    const struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = interface};
    return bind(fd, (const struct sockaddr *)&address, sizeof address);
}

uint64_t lc_message_timestamp(struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
        struct timespec time;
        memcpy(&time, CMSG_DATA(c), sizeof time);
        return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
    }
    return 0;
}

int lc_attach_filter_for_own(int fd, const void *instructions, uint16_t count)
{
    const struct sock_filter own[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OTHERHOST, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const size_t before = sizeof own / sizeof *own;
    if (before + count > BPF_MAXINSNS) {
        errno = E2BIG;
        return -1;
    }
    struct sock_filter filter[BPF_MAXINSNS];
    memcpy(filter, own, sizeof own);
    memcpy(filter + before, instructions, count * sizeof *filter);
    const struct sock_fprog program = {.len = (uint16_t)(before + count), .filter = filter};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}
