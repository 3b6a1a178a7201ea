#pragma once
#include <pcap/pcap.h>

/// The functions of libpcap that are used, with the types that its header gives them.
struct lc_pcap {
    __typeof__(&pcap_activate) activate;
    __typeof__(&pcap_close) close;
    __typeof__(&pcap_compile) compile;
    __typeof__(&pcap_create) create;
    __typeof__(&pcap_datalink) datalink;
    __typeof__(&pcap_datalink_val_to_name) datalink_val_to_name;
    __typeof__(&pcap_fopen_offline_with_tstamp_precision) fopen_offline_with_tstamp_precision;
    __typeof__(&pcap_freecode) freecode;
    __typeof__(&pcap_get_selectable_fd) get_selectable_fd;
    __typeof__(&pcap_geterr) geterr;
    __typeof__(&pcap_next_ex) next_ex;
    __typeof__(&pcap_set_buffer_size) set_buffer_size;
    __typeof__(&pcap_set_immediate_mode) set_immediate_mode;
    __typeof__(&pcap_set_promisc) set_promisc;
    __typeof__(&pcap_set_snaplen) set_snaplen;
    __typeof__(&pcap_setdirection) setdirection;
    __typeof__(&pcap_setfilter) setfilter;
    __typeof__(&pcap_setnonblock) setnonblock;
    __typeof__(&pcap_stats) stats;
};

/// Loads libpcap on the first call and keeps it. It brings a dozen libraries along (D-Bus, systemd, gcrypt, …), a megabyte
/// that an agent on raw sockets never needs; so the program is not linked with it. From one thread at a time.
/// Returns NULL if it is not installed or lacks a function; then *missing says what.
const struct lc_pcap *lc_pcap_load(const char **missing);
