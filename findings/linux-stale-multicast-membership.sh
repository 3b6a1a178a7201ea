#!/bin/bash
# Linux: a socket whose IPv6 multicast membership went with the interface's IPv6 takes away the membership of another
# socket when it closes.
#
# When the MTU of an interface falls below 1,280 octets, the kernel takes IPv6 off it, and with it all memberships, without a
# word to the sockets. When the MTU is back, a socket that is still open is no member any more but cannot join again
# (EADDRINUSE), which is a surprise already. Another socket joins the group: that works. Then the first one closes, and the second
# one, which is in order, is deaf: the interface has left the group.
#
# Needs iproute2 and python3 (Debian's), and root or a user namespace: unshare --user --map-root-user --net.
# Exit: 0 the behaviour is as described, 1 it is another.
set -euo pipefail
if [[ ${1:-} != inside ]]; then exec unshare --net "$0" inside; fi

echo "kernel $(uname -r), $(ip -V), $(python3 --version)"
ip link add va type veth peer name vb
ip link set va up
ip link set vb up

python3 - <<'EOF'
import errno, socket, struct, subprocess, sys

GROUP = "ff3e::8000:42"

def mtu(octets):
    subprocess.run(["ip", "link", "set", "vb", "mtu", str(octets)], check=True)

def join():
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request())
    return s

def request():
    return socket.inet_pton(socket.AF_INET6, GROUP) + struct.pack("I", socket.if_nametoindex("vb"))

def is_member():
    wanted = socket.inet_pton(socket.AF_INET6, GROUP).hex()
    return any(line.split()[1:3] == ["vb", wanted] for line in open("/proc/net/igmp6"))

seen = []
def check(what, expected, found):
    print(f"{what}: one would expect {expected}, it is {found}")
    seen.append(found)

old = join()
assert is_member()
mtu(1000)
mtu(1500)
check("member after the MTU was 1000 for a moment and is 1500 again", True, is_member())
try:
    old.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request())
    check("the same socket joins again", "success", "success")
except OSError as error:
    check("the same socket joins again", "success", errno.errorcode[error.errno])
new = join()
check("another socket joins: member", True, is_member())
old.close()
check("the first socket is closed, the other one is open: member", True, is_member())

sys.exit(0 if seen == [False, "EADDRINUSE", True, False] else 1)
EOF
