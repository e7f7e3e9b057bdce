"""Modules that are dear to compile for their size, one for each way that was found: docs/programs.md bounds some of them, and
prom-wasm the time and memory of all. Each function of them has about so many bytes as it is told."""

import limits
from shapes import F64, I32, I64, V128, body, kind, module, number

EMPTY_KIND = kind([])
DROP = b"\x1a"


def function(code, groups=(), params=()):
    return kind(list(params)), body(code, groups)


def repeated(size, once, before=b"", after=b"", groups=(), params=()):
    """A body of so many bytes: something over and over."""
    return function(before + once * (max(0, size - len(before) - len(after)) // len(once)) + after, groups, params)


def roots(size):
    return repeated(size, b"\x9f", b"\x44" + bytes(8), DROP)


def vector_roots(size):
    return repeated(size, b"\xfd\xef\x01", b"\xfd\x0c" + bytes(16), DROP)


def empty_ifs(size):
    return repeated(size, b"\x20\x00\x04\x40\x0b", params=[I32])


def diamonds(size):
    """Both arms set a local."""
    return repeated(size, b"\x20\x00\x04\x40\x20\x01\x21\x02\x05\x20\x02\x21\x01\x0b", groups=[(2, I32)], params=[I32])


def nested(size, opening):
    count = min(limits.BLOCKS, size // (len(opening) + 1))
    return function(opening * count + b"\x0b" * count, params=[I32])


def loops_and_locals(size, loops):
    """Nested loops, each of which is gone through again, in which as many locals change as there is room for."""
    count = max(1, min(limits.LOCALS - 1, (size - 7 * loops) // 8))
    sets = b"".join(b"\x20" + number(at) + b"\x20\x00\x6a\x21" + number(at) for at in range(1, count + 1))
    return function(b"\x03\x40" * loops + sets + b"\x20\x00\x0d\x00\x0b" * loops, [(count, I32)], [I32])


def joins_and_locals(size):
    """Locals that are read behind many places where ways join."""
    count = min(limits.LOCALS - 1, size // 8)
    reads = b"".join(b"\x20" + number(at) + DROP for at in range(1, count + 1))
    return repeated(size, b"\x20\x00\x04\x40\x0b", after=reads, groups=[(count, I32)], params=[I32])


def wide_tables(size, labels=limits.LABELS):
    labels = min(labels, size // 2)
    table = b"\x02\x40\x20\x00\x0e" + number(labels) + bytes(labels + 1) + b"\x0b"
    return repeated(size, table, params=[I32])


def scattered_tables(size):
    """br_tables to as many places as there are."""
    blocks = min(1000, size // 20)
    table = b"\x02\x40\x20\x00\x0e" + number(blocks) + b"".join(number(at) for at in range(blocks + 1)) + b"\x0b"
    opened = b"\x02\x40" * blocks
    return repeated(size, table, opened, b"\x0b" * blocks, params=[I32])


def deep_expression(size):
    count = size // 3
    return function(b"\x20\x00" * count + b"\x6a" * (count - 1) + DROP, params=[I32])


def deep_vectors(size):
    count = size // 4
    return function(b"\x20\x00" * count + b"\xfd\x51" * (count - 1) + DROP, params=[V128])


def kept_over_calls(size):
    """Numbers that lie on the stack while others are called."""
    count = size // 5
    return function(b"\x23\x00" * count + b"\x10\x00" + b"\x6a" * (count - 1) + DROP)


def chain(size):
    """Each number follows from the last one twice."""
    return repeated(size, b"\x20\x00\x20\x00\x7e\x42\x03\x7c\x21\x00", params=[I64])


def sums(size):
    return repeated(size, b"\x41\x01\x6a", b"\x20\x00", DROP, params=[I32])


def divisions(size):
    return repeated(size, b"\x20\x00\x20\x00\x6d\x1a", params=[I32])


def conversions(size):
    return repeated(size, b"\x20\x00\xaa\x1a", params=[F64])


def loads(size):
    return repeated(size, b"\x20\x00\x29\x00\x00\x1a", params=[I32])


def stores(size):
    return repeated(size, b"\x20\x00\x20\x00\x36\x00\x00", params=[I32])


def constants(size):
    return repeated(size, b"\x42\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\x70\x1a")


def vector_constants(size):
    return repeated(size, b"\xfd\x0c" + bytes(range(16)) + DROP)


def shuffles(size):
    return repeated(size, b"\x20\x00\x20\x00\xfd\x0d" + bytes(range(16)) + b"\x21\x00", params=[V128])


def calls(size):
    return repeated(size, b"\x10\x02")


def calls_of_many(size):
    """Of a function with 200 parameters (number 3)."""
    return repeated(size, b"\x20\x00" * 200 + b"\x10\x03", params=[I32])


def indirect_calls(size):
    return repeated(size, b"\x20\x00\x11\x00\x00", params=[I32])


def copies(size):
    return repeated(size, b"\x20\x00\x20\x00\x20\x00\xfc\x0a\x00\x00", params=[I32])


def growth(size):
    return repeated(size, b"\x20\x00\x40\x00\x1a", params=[I32])


def returns(size):
    """A branch out of the function, again and again."""
    return repeated(size, b"\x20\x00\x0d\x00", params=[I32])


def selects(size):
    return repeated(size, b"\x20\x00\x20\x00\x20\x00\x1b\x21\x00", params=[I32])


def many_locals(size):
    return function(b"", [(9999, V128)], [I32])


def nothing(size):
    return function(b"")


BODIES = {
    "roots": roots,
    "vector-roots": vector_roots,
    "empty-ifs": empty_ifs,
    "diamonds": diamonds,
    "nested-blocks": lambda size: nested(size, b"\x02\x40"),
    "nested-loops": lambda size: nested(size, b"\x03\x40"),
    "nested-ifs": lambda size: nested(size, b"\x20\x00\x04\x40"),
    "one-loop-of-locals": lambda size: loops_and_locals(size, 1),
    "loops-of-locals": lambda size: loops_and_locals(size, 100),
    "joins-of-locals": joins_and_locals,
    "wide-tables": wide_tables,
    "scattered-tables": scattered_tables,
    "deep-expression": deep_expression,
    "deep-vectors": deep_vectors,
    "kept-over-calls": kept_over_calls,
    "chain": chain,
    "sums": sums,
    "divisions": divisions,
    "conversions": conversions,
    "loads": loads,
    "stores": stores,
    "constants": constants,
    "vector-constants": vector_constants,
    "shuffles": shuffles,
    "calls": calls,
    "calls-of-many": calls_of_many,
    "copies": copies,
    "growth": growth,
    "returns": returns,
    "selects": selects,
    "many-locals": many_locals,
    "nothing": nothing,
}


def bomb(name, size, count=1):
    """A module with so many functions of this kind, each of so many bytes, about."""
    wide = (kind([I32] * 200), body(b""))
    global_ = I32 + b"\x01\x41\x00\x0b"
    return module([(EMPTY_KIND, body(b"")), wide, *[BODIES[name](size)] * count], globals_=[global_])
