"""Another implementation of RFC 6330, the raptorq package of PyPI, for comparison. Packets are SBN, ESI (24 bits), symbol.

oracle.py encode OBJECT SYMBOL_SIZE REPAIR PACKETS    all source packets of the object, and REPAIR more for each block
oracle.py decode PACKETS SYMBOL_SIZE LENGTH OBJECT    the object, or a failure
"""
import sys

from raptorq import Decoder, Encoder

command, source, symbol_size, number, target = sys.argv[1:]
symbol_size, number = int(symbol_size), int(number)
with open(source, "rb") as file:
    octets = file.read()
if command == "encode":
    # What it calls the transmission unit is the size of a symbol.
    result = b"".join(Encoder.with_defaults(octets, symbol_size).get_encoded_packets(number))
else:
    decoder = Decoder.with_defaults(number, symbol_size)
    result = None
    for start in range(0, len(octets), symbol_size + 4):
        result = decoder.decode(octets[start : start + symbol_size + 4])
        if result is not None:
            break
    if result is None:
        sys.exit("the packets do not suffice")
with open(target, "wb") as file:
    file.write(result)
