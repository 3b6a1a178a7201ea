#!/usr/bin/env python3
"""Sends a datagram every 0.1 s to a group while somebody listens: trigger.py GROUP PORT ADDRESS-OF-THIS-HOST"""
import json, os, select, socket, sys

group, port, address = sys.argv[1], int(sys.argv[2]), sys.argv[3]
agent = socket.socket(socket.AF_UNIX)
agent.connect(os.environ.get("LCROUTE_CONTROL", "/run/lcroute/control"))
call = {"method": "io.lcroute.Router.WatchChannel", "parameters": {"group_address": group}, "more": True}
agent.sendall(json.dumps(call).encode() + b"\0")

out = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
out.bind((address, 0))  # the sender's link has no address of its own
out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 64)
out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)  # nobody listens on the link itself
sending, received = False, b""
while True:
    if select.select([agent], [], [], 0.1 if sending else None)[0]:
        octets = agent.recv(65536) or sys.exit("the agent has gone")
        *replies, received = (received + octets).split(b"\0")
        for reply in map(json.loads, replies):
            channel = reply["parameters"] if "error" not in reply else sys.exit(reply)
            sending = channel["state"] in ("sending", "holding")
            print(channel["sequence"], channel["state"], channel["interfaces"], flush=True)
            if channel["send_interface"]:
                link = socket.if_nametoindex(channel["send_interface"])
                out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, link)
    if sending:
        out.sendto(b"somebody listens\n", (group, port))
