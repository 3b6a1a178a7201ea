#!/bin/bash
# GStreamer 1.22 (Debian 12), `udpsrc uri=udp://[ff3e::…]:PORT?multicast-source=SOURCE`: expected is a source-specific join,
# as the parameter asks for, or an error. What it does: the parameter is ignored without a word and the join is one of any
# source, which no router may serve in ff3x::/32 (RFC 4604 §2.2.1), so the pipeline plays and nothing ever arrives.
# Ends with 0 if that is so, with 1 if it has changed. Needs root, and packages of Debian.
set -euo pipefail

if ! command -v gst-launch-1.0 >/dev/null || ! command -v strace >/dev/null; then
    apt-get install -y -qq --no-install-recommends gstreamer1.0-tools gstreamer1.0-plugins-good strace >/dev/null
fi
dpkg-query -W -f '${Package} ${Version}\n' gstreamer1.0-tools gstreamer1.0-plugins-good

namespace=finding-$$
trace=$(mktemp)
trap 'ip netns delete "$namespace"; rm -f "$trace"' EXIT
ip netns add "$namespace"
ip -n "$namespace" link set lo up
ip -n "$namespace" link add eth0 type veth peer name eth1
ip -n "$namespace" link set eth0 up
ip -n "$namespace" link set eth1 up

timeout 5 ip netns exec "$namespace" strace -f -e trace=setsockopt -o "$trace" gst-launch-1.0 -q \
    udpsrc uri='udp://[ff3e::8000:42]:5000?multicast-source=2001:db8::1' multicast-iface=eth0 ! fakesink || true

echo "expected: MCAST_JOIN_SOURCE_GROUP of ff3e::8000:42 from 2001:db8::1, or an error"
echo "seen:"
grep -E 'MEMBERSHIP|MCAST_|SOURCE' "$trace" | sed 's/^[0-9]* */  /' || true
if grep -q 'IPV6_ADD_MEMBERSHIP.*ff3e::8000:42' "$trace" && ! grep -q 'SOURCE_GROUP' "$trace"; then
    exit 0
fi
echo "the behaviour has changed"
exit 1
