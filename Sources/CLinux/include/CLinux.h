// What Swift cannot import from the Linux headers by itself: function-like macros, variadic calls, fork.
#pragma once
#include "process.h"
#include "network.h"
#include "lab.h"
