"""Bytes of transactions, for the tests of the contract's tree: made, taken apart, put together again."""

import hashlib
import struct


def sha256(data):
    return hashlib.sha256(data).digest()


def sha256_twice(data):
    return sha256(sha256(data))


def compact(number):
    return bytes([number]) if number < 253 else b"\xfd" + struct.pack("<H", number)


def txid_of(raw):
    return sha256_twice(raw)[::-1].hex()


def wtxid_of(signed):
    return txid_of(bytes.fromhex(signed))


def plain_tx(outpoint, script_sig, sequence, outputs):
    """A transaction of one input and no witness."""
    raw = struct.pack("<I", 2) + b"\x01" + outpoint + compact(len(script_sig)) + script_sig
    raw += struct.pack("<I", sequence) + compact(len(outputs))
    for output in outputs:
        script = bytes.fromhex(output["script"])
        raw += struct.pack("<Q", output["value"]) + compact(len(script)) + script
    return raw + bytes(4)


class Cursor:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self):
        first = self.take(1)[0]
        return first if first < 253 else struct.unpack("<H", self.take(2))[0]


def split(signed):
    """A transaction's bytes before its witnesses, the stack of each input, and the bytes behind."""
    cursor = Cursor(bytes.fromhex(signed))
    cursor.take(6)
    inputs = cursor.number()
    for _ in range(inputs):
        cursor.take(36)
        cursor.take(cursor.number() + 4)
    for _ in range(cursor.number()):
        cursor.take(8)
        cursor.take(cursor.number())
    head = cursor.data[: cursor.at]
    stacks = [[cursor.take(cursor.number()) for _ in range(cursor.number())] for _ in range(inputs)]
    return head, stacks, cursor.data[cursor.at :]


def stacks_of(signed):
    return split(signed)[1]


def join(head, stacks, tail):
    """The transaction with these witnesses; without any it has no marker and flag either."""
    if not any(stacks):
        return (head[:4] + head[6:] + tail).hex()
    for stack in stacks:
        head += compact(len(stack)) + b"".join(compact(len(element)) + element for element in stack)
    return (head + tail).hex()
