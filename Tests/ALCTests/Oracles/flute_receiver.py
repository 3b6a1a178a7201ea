"""Gives ALC packets to flute-alc, a FLUTE receiver of others.

Usage: flute_receiver.py DIRECTORY < packets

Standard input is the payloads of UDP datagrams, each behind its length (32 bits, network order). Files that are received
whole go to DIRECTORY.
"""

import struct
import sys

from flute import receiver

writer = receiver.ObjectWriterBuilder(sys.argv[1])
endpoint = receiver.UDPEndpoint("ff3e::1234", 4242)
flute = receiver.MultiReceiver(writer, receiver.Config())
refused = 0
while head := sys.stdin.buffer.read(4):
    packet = sys.stdin.buffer.read(*struct.unpack(">I", head))
    try:
        flute.push(endpoint, packet)
    except Exception as error:
        print(f"refused: {error}", file=sys.stderr)
        refused += 1
sys.exit(1 if refused else 0)
