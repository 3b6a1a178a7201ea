#pragma once
#include <netinet/in.h>  // before linux/mroute6.h, whose linux/in6.h gives way to it
#include <linux/mroute6.h>
#include <sys/ioctl.h>

static inline int lc_multicast_route_counters(int fd, struct sioc_sg_req6 *request)
{
    return ioctl(fd, SIOCGETSGCNT_IN6, request);
}
