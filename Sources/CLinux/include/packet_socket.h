#pragma once
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdint.h>
#include <sys/socket.h>

/// Binds a packet socket to an interface and an Ethernet protocol in host order (ETH_P_ALL; 0: receive nothing).
int lc_bind_packet(int fd, uint16_t protocol, int interface);

/// The kernel's time stamp (SO_TIMESTAMPNS) of a message, nanoseconds of CLOCK_REALTIME; 0 if it has none.
uint64_t lc_message_timestamp(struct msghdr *message);

/// Attaches a filter of so many instructions (struct sock_filter, or bpf_insn of libpcap) that frames to other hosts do not
/// come to. -1 with errno if that fails.
int lc_attach_filter_for_own(int fd, const void *instructions, uint16_t count);
