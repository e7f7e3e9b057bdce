"""Modules at the edges of docs/programs.md, where engines might differ: traps that have two causes, the ends of memory
and tables, the last unit of depth and of fuel, and what arithmetic makes of NaNs. An item's first two bytes say which step
its node takes; the result are the 16 bytes that the step stores.
"""

import struct

import canonical
import decoder
import interpreter
from shapes import I32, I64, body, kind, module, name, number, signed, vector

LIMITS = canonical.Limits(folds=0, pages=4, result_bytes=64, fold_bytes=0, fuel=2_000_000, fold_fuel=0)
DEPTH = 4194304
OUT = 64  # where a step stores
PAGES = 1  # at first
END = 65536 * PAGES
CALLED, NO_TYPE, RECURSION = 3, 3, 4  # functions behind prom_alloc, map and the steps; a type that none has


def i32(value):
    return b"\x41" + signed(value)


def i64(value):
    return b"\x42" + signed(value)


def f32(bits):
    return b"\x43" + struct.pack("<I", bits)


def f64(bits):
    return b"\x44" + struct.pack("<Q", bits)


def real(value):
    return b"\x44" + struct.pack("<d", value)


def single(value):
    return b"\x43" + struct.pack("<f", value)


def lanes(low, high):
    return b"\xfd\x0c" + struct.pack("<QQ", low, high)


def v128(opcode):
    return b"\xfd" + number(opcode)


def stored(store, value):
    return i32(OUT) + value + store + b"\x00\x00"


AS_I32, AS_I64, AS_F32, AS_F64, AS_V128 = b"\x36", b"\x37", b"\x38", b"\x39", b"\xfd\x0b"


def call_indirect(index, type_, table=0):
    return i32(index) + b"\x11" + number(type_) + number(table)


def table_steps():
    """Slots 1 and 3 of 4 have a function of type 2, the others nothing; table 1 has one slot."""
    for table, size in ((0, 4), (1, 1)):
        for index in (0, 1, 2, 3, size - 1, size, size + 1, -1, 2**31 - 1, -(2**31)):
            yield call_indirect(index, 2, table)
            yield i64(0) + call_indirect(index, NO_TYPE, table)
            yield stored(AS_I32, i32(index) + b"\x25" + number(table) + b"\xd1")
            yield i32(index) + b"\xd0\x70\x26" + number(table) + call_indirect(3, 2)


def memory_steps():
    places = (0, END - 16, END - 15, END - 8, END - 7, END - 4, END - 3, END - 1, END, END + 1, -1, -4, 2**31 - 1, -(2**31))
    for place in places:
        for offset in (0, 1, 4, 65535, 65536, 2**31, 2**32 - 1):
            at = i32(place) + b"%s"
            yield stored(AS_I32, at % b"\x28\x00" + number(offset))
            yield stored(AS_I64, at % b"\x31\x00" + number(offset))
            yield stored(AS_V128, at % b"\xfd\x00\x00" + number(offset))
            yield i32(place) + i64(-2) + b"\x37\x00" + number(offset)
            yield i32(place) + lanes(1, 2) + b"\xfd\x0b\x00" + number(offset)
    for size in (0, 1, 7, 8, 15, 16, 65535, 65536, 65537, 2**31 - 1, -1):
        for place in (0, END - 8, END, END + 1, -1):
            yield i32(place) + i32(7) + i32(size) + b"\xfc\x0b\x00"
            yield i32(place) + i32(0) + i32(size) + b"\xfc\x0a\x00\x00"
            yield i32(0) + i32(place) + i32(size) + b"\xfc\x0a\x00\x00"


def growth_steps():
    grow = b"\x40\x00"
    for first in (0, 1, 2, 3, 4, 65535, 65536, -1, 2**31 - 1):
        for second in (0, 1, 3):
            both = i32(first) + grow + b"\xad" + i64(32) + b"\x86" + i32(second) + grow + b"\xad\x84"
            yield stored(AS_I64, both) + i32(OUT + 8) + b"\x3f\x00\x36\x00\x00"
        yield i32(first) + grow + b"\x1a" + i32(END) + i32(1) + b"\x36\x00\x00"


def division_steps():
    for make, lowest, first, store in ((i32, -(2**31), 0x6D, AS_I32), (i64, -(2**63), 0x7F, AS_I64)):
        for opcode in range(first, first + 4):
            for dividend in (lowest, -1, 0, 7):
                for divisor in (0, -1, 1, lowest):
                    yield stored(store, make(dividend) + make(divisor) + bytes([opcode]))


INFINITE, NOT = float("inf"), 0x7FF8000000000000
EDGES = (0.0, -0.0, -0.9, -1.0, 2.0**31 - 1, 2.0**31 - 0.5, 2.0**31, -(2.0**31), -(2.0**31) - 0.5, -(2.0**31) - 1, 2.0**32 - 0.5, 2.0**32,
         2.0**63 - 1024, 2.0**63, -(2.0**63), -(2.0**63) - 2048, 2.0**64 - 2048, 2.0**64, INFINITE, -INFINITE)  # fmt: skip


def conversion_steps():
    for first, store in ((0xA8, AS_I32), (0xAE, AS_I64)):
        for value in EDGES:
            for opcode in range(4):
                yield stored(store, (single if opcode < 2 else real)(value) + bytes([first + opcode]))
        for opcode in range(4):
            yield stored(store, (f32(0xFFA00001) if opcode < 2 else f64(NOT)) + bytes([first + opcode]))
    for opcode in range(8):
        for value in EDGES:
            yield stored(AS_I32 if opcode < 4 else AS_I64, (real if opcode & 2 else single)(value) + b"\xfc" + number(opcode))


NANS_32 = (0x7FC00000, 0xFFC00000, 0x7FA00001, 0xFF800001, 0x7FFFFFFF, 0xFFFFFFFF)
NANS_64 = (0x7FF8000000000000, 0xFFF8000000000000, 0x7FF4000000000001, 0xFFF0000000000001, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF)


def nan_steps():
    for make, nans, first, store, one in (
        (f32, NANS_32, 0x8B, AS_F32, 0x3F800000),
        (f64, NANS_64, 0x99, AS_F64, 0x3FF0000000000000),
    ):
        for bits in nans:
            for opcode in range(first, first + 7):
                yield stored(store, make(bits) + bytes([opcode]))
            for opcode in range(first + 7, first + 14):
                yield stored(store, make(bits) + make(one) + bytes([opcode]))
                yield stored(store, make(one) + make(bits) + bytes([opcode]))
                yield stored(store, make(bits) + make(nans[2]) + bytes([opcode]))
    for bits in NANS_32:
        yield stored(AS_F64, f32(bits) + b"\xbb")
    for bits in NANS_64:
        yield stored(AS_F32, f64(bits) + b"\xb6")
    for zero in (0, 1 << 63):
        yield stored(AS_F64, f64(zero) + f64(zero) + b"\xa3")
        yield stored(AS_F64, f64(NANS_64[0] & ~(1 << 51)) + f64(zero) + b"\xa2")
    yield stored(AS_F64, real(-1.0) + b"\x9f")
    yield stored(AS_F64, real(INFINITE) + real(INFINITE) + b"\xa1")


# Of vectors: those with one operand, and those with two, that compute with floating point.
UNARY = (94, 95, 103, 104, 105, 106, 116, 117, 122, 148, 224, 225, 227, 236, 237, 239, *range(248, 256))
BINARY = (*range(228, 236), *range(240, 248))


def vector_steps():
    rows = [(a | b << 32, c | d << 32) for a, b, c, d in (NANS_32[:4], NANS_32[2:], (0x3F800000, *NANS_32[3:]))]
    rows += [NANS_64[0:2], NANS_64[2:4], NANS_64[4:6], (0x3FF0000000000000, NANS_64[3])]
    rows += [struct.unpack("<QQ", struct.pack("<dd", *pair)) for pair in zip(EDGES, EDGES[1:])]
    rows += [struct.unpack("<QQ", struct.pack("<4f", *four)) for four in zip(EDGES, EDGES[1:], EDGES[2:], EDGES[3:])]
    for low, high in rows:
        for opcode in UNARY:
            yield stored(AS_V128, lanes(low, high) + v128(opcode))
        for opcode in BINARY:
            other = (0x3F8000003F800000, 0x3FF0000000000000)
            yield stored(AS_V128, lanes(low, high) + lanes(*other) + v128(opcode))
            yield stored(AS_V128, lanes(*other) + lanes(low, high) + v128(opcode))


def chosen(steps):
    """`map`: the step that the item names."""
    code = b"\x20\x00\x2f\x00\x00\x21\x02"
    for at, step in enumerate(steps):
        code += b"\x20\x02" + i32(at) + b"\x46\x04\x40" + step + b"\x0b"
    return kind([I32, I32], [I64]), body(code + i64(OUT << 32 | 16), [(1, I32)])


def of_steps(steps):
    """A module, with an item for each step."""
    steps = list(steps)
    tables = vector([b"\x70\x00\x04", b"\x70\x00\x01"])
    elements = [b"\x00" + i32(place) + b"\x0b\x01" + number(CALLED) for place in (1, 3)]
    functions = [chosen(steps), (kind([]), body(b""))]
    code = module(functions, types=[kind([I64])], tables=tables, elements=elements, pages=PAGES, map_=2)
    return code, [struct.pack("<H", at) for at in range(len(steps))]


def select_edge():
    """`i32.const 0, call, local.get, i32.eqz, select`: wasmi 2.0.0 chooses the other one."""
    chosen_ = (kind([I32, I32], [I64]), body(i32(OUT) + i32(0) + b"\x10\x03\x20\x01\x45\x1b\x36\x00\x00" + i64(OUT << 32 | 4)))
    return module([chosen_, (kind([], [I32]), body(i32(7)))], map_=2), [b"", b"1"]


def depth_edge():
    """A recursion as often as the item says, whose last call takes the last unit of depth; and one call more."""
    recursion = b"\x20\x00\x04\x40\x20\x00" + i32(1) + b"\x6b\x10\x03\x0b"
    calling = (kind([I32, I32], [I64]), body(b"\x20\x00\x28\x00\x00\x10\x03" + i64(OUT << 32 | 16)))
    left = DEPTH - cost_of(calling[1], 2)
    spare = next(spare for spare in range(100, 1000) if left % cost_of(body(recursion, [(spare, I32)]), 1 + spare) == 0)
    deep = (kind([I32]), body(recursion, [(spare, I32)]))
    calls = left // cost_of(deep[1], 1 + spare)
    items = [struct.pack("<I", calls - 1 + more) for more in (-1, 0, 1)]
    return module([calling, deep], map_=2), items


def cost_of(whole, places):
    code = len(whole) - (1 if whole[0] < 0x80 else 2)
    return 4 + places + code


def fuel_edges():
    """A loop, with one unit of fuel less than it takes, just so much, and one more."""
    loop = b"\x03\x40\x20\x02" + i32(1) + b"\x6a\x22\x02" + i32(1000) + b"\x48\x0d\x00\x0b"
    grow = i32(1) + b"\x40\x00\x1a"
    for label, code in (("loop", loop), ("grow", grow), ("straight", b"\x41\x00\x1a" * 50)):
        whole = module([(kind([I32, I32], [I64]), body(code + i64(OUT << 32 | 16), [(1, I32)]))], map_=2)
        (node,) = interpreter.run(decoder.Module(whole), LIMITS, [b""])
        for more in (-2, -1, 0, 1):
            yield f"fuel.{label}{more:+}", LIMITS._replace(fuel=node.fuel + more), whole, [b""]


def all_edges():
    """Rows of a name, limits, a module and items."""
    groups = (table_steps, memory_steps, growth_steps, division_steps, conversion_steps, nan_steps, vector_steps)
    for steps in groups:
        yield steps.__name__.removesuffix("_steps"), LIMITS, *of_steps(steps())
    yield "select", LIMITS, *select_edge()
    yield "depth", LIMITS, *depth_edge()
    yield from fuel_edges()
