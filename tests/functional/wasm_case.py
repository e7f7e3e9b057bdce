"""A small module of interface version 1, assembled here, whose items say what happens to them; and what tests of programs
share."""

import struct

from framework import PromTest

I32, I64 = 0x7F, 0x7E
PAGES = 32  # of memory, at first


def unsigned(number):
    """LEB128."""
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def vector(entries):
    return unsigned(len(entries)) + b"".join(entries)


def section(number, content):
    return bytes([number]) + unsigned(len(content)) + content


def function_type(parameters, results):
    return b"\x60" + vector([bytes([one]) for one in parameters]) + vector([bytes([one]) for one in results])


def export(name, kind, index):
    return unsigned(len(name)) + name.encode() + bytes([kind, index])


def body(code, i32_locals=0):
    content = vector([bytes([i32_locals, I32])] if i32_locals else []) + code + b"\x0b"
    return unsigned(len(content)) + content


def when(letter, code):
    """Where the item's first byte, local 2, is that letter."""
    return b"\x20\x02\x41" + signed(ord(letter)) + b"\x46\x04\x40" + code + b"\x0b"


def signed(number):
    """LEB128, of a small number."""
    return bytes([number & 127]) if -64 <= number < 64 else bytes([number & 127 | 128, number >> 7 & 127])


PLACE = b"\x20\x00\xad\x42\x20\x86"  # of the first operand, in the upper half
MAP = (
    b"\x20\x01\x45\x04\x40\x00\x0b"  # an item of no bytes: unreachable
    + b"\x20\x00\x2d\x00\x00\x21\x02"
    + when("d", b"\x41\x01\x41\x00\x6e\x1a")  # 1 / 0
    + when("m", b"\x41\x7f\x28\x02\x00\x1a")  # a load beyond the memory
    + when("l", b"\x03\x40\x0c\x00\x0b")  # a loop without end
    + when("r", b"\x10\x02")  # a function that calls itself
    + when("b", b"\x42\x7f\x0f")  # a result beyond the memory
    + when("x", b"\x42\x80\x80\xc0\x00\x0f")  # one of a mebibyte
    + PLACE + b"\x20\x01\xad\x84"  # else the item itself
)  # fmt: skip
# The operands lie one behind the other: the result is both.
REDUCE = PLACE + b"\x20\x01\x20\x03\x6a\xad\x84"


# What is longer than a mebibyte has the memory grow by its length.
GROW = b"\x20\x00\x41\x80\x80\xc0\x00\x4b\x04\x40\x20\x00\x41\x10\x76\x40\x00\x1a\x0b"


def module(folds=True, grows=False):
    functions = [
        body(GROW * grows + b"\x23\x00\x23\x00\x20\x00\x6a\x24\x00"),  # prom_alloc: the next place
        body(MAP, 1),
        body(b"\x10\x02"),
        body(REDUCE),
    ]
    exports = [export("memory", 2, 0), export("prom_alloc", 0, 0), export("map", 0, 1)]
    types = [((I32,), (I32,)), ((I32, I32), (I64,)), ((), ()), ((I32,) * 4, (I64,))]
    return b"".join(
        (
            b"\0asm\1\0\0\0",
            section(1, vector([function_type(*one) for one in types])),
            section(3, vector([b"\0", b"\1", b"\2", b"\3"])),
            section(5, vector([b"\0" + bytes([PAGES])])),
            section(6, vector([bytes([I32, 1]) + b"\x41\x80\x08\x0b"])),
            section(7, vector(exports + [export("reduce", 0, 3)] * folds)),
            section(10, vector(functions)),
        )
    )


SET_UP = 20000 + len(module()) + 8192 * PAGES  # fuel of each node for its instance


def results_of(content):
    """The canonical bytes of results: (status, trap, fuel, bytes) of each node."""
    (count,) = struct.unpack_from(">I", content)
    heads = [struct.unpack_from(">BBQI", content, 4 + 14 * i) for i in range(count)]
    at = 4 + 14 * count
    nodes = []
    for status, trap, fuel, length in heads:
        nodes.append((status, trap, fuel, content[at : at + length]))
        at += length
    assert at == len(content)
    return nodes


def written(nodes):
    heads = b"".join(struct.pack(">BBQI", *node[:3], len(node[3])) for node in nodes)
    return struct.pack(">I", len(nodes)) + heads + b"".join(node[3] for node in nodes)


class WasmTest(PromTest):
    def make(self, *options, name="module", folds=True):
        wasm = self.write(name + ".wasm", module(folds))
        self.prom("program", "make", wasm, *options)
        return self.path(name + ".prom")
