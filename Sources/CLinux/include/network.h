#pragma once
#include <netinet/in.h>
#include <net/if.h>
#include <linux/sock_diag.h>
