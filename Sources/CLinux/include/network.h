#pragma once
#include <netinet/in.h>
#include <net/if.h>
