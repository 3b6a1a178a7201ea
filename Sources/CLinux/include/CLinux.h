// What Swift cannot import from the Linux headers by itself: function-like macros, variadic calls, fork.
#pragma once
#include "process.h"
#include "network.h"
#include "udp.h"
#include "raw_icmpv6.h"
#include "multicast_routing.h"
#include "packet_socket.h"
#include "route_netlink.h"
#include "capability.h"
#include "lab.h"
