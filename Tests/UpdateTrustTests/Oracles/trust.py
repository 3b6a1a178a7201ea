"""Manifests and update files as other implementations have them: pycose and cbor2, hashlib, and the raptorq wheel.

trust.py make SEED                 an envelope made here, in hexadecimal
trust.py manifest ENVELOPE KEY     what is in an envelope that the key signed, as JSON
trust.py file UPDATE KEY           checks every octet of an update file; symbol sizes must be multiples of 8
"""
import hashlib
import json
import struct
import sys

import cbor2
from pycose.algorithms import EdDSA
from pycose.headers import KID, Algorithm
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import Sign1Message


def blake2b(length, *parts):
    return hashlib.blake2b(b"".join(parts), digest_size=length).digest()


def object_id(size, symbol_size, blocks, file_hash):
    return blake2b(16, b"lcroute object 1", struct.pack(">QHB", size, symbol_size, blocks % 256), file_hash)


def verify(envelope, key):
    """The manifest of an envelope that the key signed."""
    message = Sign1Message.decode(envelope)
    assert message.uhdr[KID] == blake2b(32, key)[:8], "key id"
    message.key = OKPKey(crv=Ed25519, x=key)
    assert message.verify_signature(), "signature"
    assert cbor2.dumps(cbor2.loads(message.payload), canonical=True) == message.payload, "not deterministic"
    return cbor2.loads(message.payload)


def make(seed):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    file_hash = blake2b(32, b"a file")
    fields = {1: 1, 2: object_id(5_000_000, 1_432, 3, file_hash), 5: 70_000, 7: 5_000_000, 8: file_hash, 9: 1_432}
    fields |= {10: 3, 11: 1_164, 12: 2, 13: blake2b(16, b"a root"), 14: "größer.img"}
    message = Sign1Message(
        phdr={Algorithm: EdDSA}, uhdr={KID: blake2b(32, key)[:8]}, payload=cbor2.dumps(fields, canonical=True))
    message.key = OKPKey(crv=Ed25519, d=seed, x=key)
    return message.encode().hex()


def code(block, symbol_size):
    """The source symbols of a block and as many repair symbols."""
    from raptorq import Encoder

    count = len(block) // symbol_size
    packets = Encoder.with_defaults(block, symbol_size).get_encoded_packets(count)
    symbols = {struct.unpack(">I", packet[:4])[0]: packet[4:] for packet in packets}
    assert sorted(symbols) == list(range(2 * count)), "one block, all symbols"
    return [symbols[esi] for esi in range(2 * count)]


def check_file(path, key):
    with open(path, "rb") as file:
        data = file.read()
    assert data[:4] == b"LCU1"
    length = struct.unpack(">I", data[4:8])[0]
    fields = verify(data[8:8 + length], key)
    size, symbol_size, blocks = fields[7], fields[9], fields[10]
    total = max(-(-size // symbol_size), 1)
    larger, smaller = -(-total // blocks), total // blocks
    counts = [larger] * (total - smaller * blocks) + [smaller] * (blocks - total + smaller * blocks)
    leaves_at = 8 + length
    content = data[leaves_at + 32 * total:]
    assert len(content) == size and blake2b(32, content) == fields[8], "file"
    identity = object_id(size, symbol_size, blocks, fields[8])
    assert identity == fields[2] and fields[11] == larger and fields[12] == 2, "manifest"

    # How the leaves are cut.
    for path_length in range(40):
        per_piece = (symbol_size - 4 - 16 * path_length) // 16
        packets = sum(4 * -(-count // per_piece) for count in counts)
        if packets <= 2**path_length:
            break
    content += bytes(total * symbol_size - size)
    nodes = []
    for block, count in enumerate(counts):
        symbols = code(content[:count * symbol_size], symbol_size)
        content = content[count * symbol_size:]
        leaves = [
            blake2b(16, b"lcroute symbol 1", identity, struct.pack(">BI", block, esi), symbol)
            for esi, symbol in enumerate(symbols)
        ]
        assert data[leaves_at:leaves_at + 32 * count] == b"".join(leaves), "leaves"
        leaves_at += 32 * count
        for half in (0, 1):
            text = b"".join(leaves[half * count:(half + 1) * count])
            piece_size = 16 * per_piece
            text += bytes(-len(text) % piece_size)
            nodes += [
                blake2b(16, b"lcroute hashes 1", identity, struct.pack(">BBH", block, half, index), piece)
                for index, piece in enumerate(code(text, piece_size))
            ]
    nodes += [bytes(16)] * (2**path_length - len(nodes))
    while len(nodes) > 1:
        nodes = [blake2b(16, b"lcroute node 1", nodes[i], nodes[i + 1]) for i in range(0, len(nodes), 2)]
    assert nodes[0] == fields[13], "root"
    return f"{blocks} blocks, {packets} hash packets"


command, arguments = sys.argv[1], sys.argv[2:]
if command == "make":
    print(make(bytes.fromhex(arguments[0])))
elif command == "manifest":
    fields = verify(bytes.fromhex(arguments[0]), bytes.fromhex(arguments[1]))
    print(json.dumps({k: v.hex() if isinstance(v, bytes) else v for k, v in fields.items()}, separators=(",", ":")))
else:
    print(check_file(arguments[0], bytes.fromhex(arguments[1])))
