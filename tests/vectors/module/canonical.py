"""The bytes of programs with modules, of items and of results, as docs/programs.md has them."""

import collections
import hashlib
import struct

OK, TRAP, FUEL, TOO_DEEP, SHAPE, LONG, OPERAND = range(7)
MAPS, MAPS_AND_FOLDS, FOLDS = range(3)  # what `folds` of the limits says
Limits = collections.namedtuple("Limits", "folds pages result_bytes fold_bytes fuel fold_fuel")
Node = collections.namedtuple("Node", "status trap fuel bytes")


def folds(count):
    """The pairs of nodes that are folded, node `count` first."""
    level = list(range(count))
    pairs = []
    while len(level) > 1:
        above = []
        for left, right in zip(level[::2], level[1::2]):
            above.append(count + len(pairs))
            pairs.append((left, right))
        level = above + level[len(level) // 2 * 2 :]
    return pairs


MANIFEST = ">4sHHIIIQQI32s"


def write_program(limits, code):
    return struct.pack(MANIFEST, b"PRMW", 1, *limits, len(code), hashlib.sha256(code).digest()) + code


def read_program(data):
    """(limits, code)."""
    head, code = data[: struct.calcsize(MANIFEST)], data[struct.calcsize(MANIFEST) :]
    magic, version, *limits, length, digest = struct.unpack(MANIFEST, head)
    if (magic, version, length, digest) != (b"PRMW", 1, len(code), hashlib.sha256(code).digest()):
        raise ValueError("no program with a module")
    return Limits(*limits), code


def write_items(items):
    return struct.pack(f">{1 + len(items)}I", len(items), *map(len, items)) + b"".join(items)


def read_items(data):
    (count,) = struct.unpack_from(">I", data)
    items, at = [], 4 + 4 * count
    for length in struct.unpack_from(f">{count}I", data, 4):
        items.append(data[at : at + length])
        at += length
    if at != len(data):
        raise ValueError("no list of items")
    return items


def write_results(nodes):
    rows = (struct.pack(">BBQI", node.status, node.trap, node.fuel, len(node.bytes)) for node in nodes)
    return struct.pack(">I", len(nodes)) + b"".join(rows) + b"".join(node.bytes for node in nodes)
