#include "CLibPcap.h"
#include <dlfcn.h>
#include <stddef.h>

static const struct {
    const char *name;
    size_t offset;
} functions[] = {
#define FUNCTION(name) {"pcap_" #name, offsetof(struct lc_pcap, name)}
    FUNCTION(activate),
    FUNCTION(close),
    FUNCTION(compile),
    FUNCTION(create),
    FUNCTION(datalink),
    FUNCTION(datalink_val_to_name),
    FUNCTION(fopen_offline_with_tstamp_precision),
    FUNCTION(freecode),
    FUNCTION(get_selectable_fd),
    FUNCTION(geterr),
    FUNCTION(next_ex),
    FUNCTION(set_buffer_size),
    FUNCTION(set_immediate_mode),
    FUNCTION(set_promisc),
    FUNCTION(set_snaplen),
    FUNCTION(setdirection),
    FUNCTION(setfilter),
    FUNCTION(setnonblock),
    FUNCTION(stats),
#undef FUNCTION
};

const struct lc_pcap *lc_pcap_load(const char **missing)
{
    static struct lc_pcap library;
    static int loaded;
    if (loaded) return &library;
    void *handle = dlopen("libpcap.so.0.8", RTLD_NOW | RTLD_LOCAL);  // Debian's name
    if (!handle) handle = dlopen("libpcap.so.1", RTLD_NOW | RTLD_LOCAL);  // everybody else's
    if (!handle) {
        *missing = "libpcap.so";
        return NULL;
    }
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *function = dlsym(handle, functions[i].name);
        if (!function) {
            *missing = functions[i].name;
            dlclose(handle);
            return NULL;
        }
        *(void **)((char *)&library + functions[i].offset) = function;
    }
    loaded = 1;
    return &library;
}
