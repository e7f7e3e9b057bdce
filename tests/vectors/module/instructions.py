"""WebAssembly's instructions as tables: what modules are generated from (random_modules.py) and interpreted by
(interpreter.py).

A type is a letter: i and I are i32 and i64, f and F f32 and f64, v v128, r funcref. arithmetic.py says what values are.
What stands in no table here: lanes of a vector loaded and stored one by one, saturating, averaging and widening
arithmetic of lanes, and all that interface version 1 refuses.
"""

import collections
import math

from arithmetic import (
    divide,
    dot,
    from_float,
    from_integer,
    greatest,
    join,
    lanewise,
    leading,
    least,
    mask_of,
    narrowed,
    quotient,
    remainder,
    root,
    rotated,
    rounded,
    shifted,
    sign_extended,
    signed,
    split,
    swizzle,
    to_float,
    trailing,
    truncated,
    unsigned_division,
    widened,
)

TYPES = {"i": 0x7F, "I": 0x7E, "f": 0x7D, "F": 0x7C, "v": 0x7B, "r": 0x70}
TYPE_OF = {byte: letter for letter, byte in TYPES.items()}

# -- The tables --

# code: bytes of the opcode; params, result: letters, "" for none; compute: of the operands.
Numeric = collections.namedtuple("Numeric", "code params result compute")
# width: bytes in memory; make: the value of the integer that lies there.
Load = collections.namedtuple("Load", "code result width make")
Store = collections.namedtuple("Store", "code operand width")
# lanes: how many the immediate may name; compute: of the lane and the operands.
Lane = collections.namedtuple("Lane", "code params result lanes compute")

NUMERIC = {}
LOADS = {}
STORES = {}
LANES = {}

CODES = {
    "unreachable": 0x00,
    "nop": 0x01,
    "block": 0x02,
    "loop": 0x03,
    "if": 0x04,
    "else": 0x05,
    "end": 0x0B,
    "br": 0x0C,
    "br_if": 0x0D,
    "br_table": 0x0E,
    "return": 0x0F,
    "call": 0x10,
    "call_indirect": 0x11,
    "drop": 0x1A,
    "select": 0x1B,
    "select t": 0x1C,
    "local.get": 0x20,
    "local.set": 0x21,
    "local.tee": 0x22,
    "global.get": 0x23,
    "global.set": 0x24,
    "table.get": 0x25,
    "table.set": 0x26,
    "memory.size": 0x3F,
    "memory.grow": 0x40,
    "i32.const": 0x41,
    "i64.const": 0x42,
    "f32.const": 0x43,
    "f64.const": 0x44,
    "ref.null": 0xD0,
    "ref.is_null": 0xD1,
    "ref.func": 0xD2,
}
PREFIXED = {"memory.copy": (0xFC, 10), "memory.fill": (0xFC, 11), "table.size": (0xFC, 16), "v128.const": (0xFD, 12)}
SHUFFLE = (0xFD, 13)


def leb(value):
    """An unsigned number as LEB128."""
    data = bytearray()
    while value >= 0x80:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    data.append(value)
    return bytes(data)


def numeric(name, code, params, result, compute):
    NUMERIC[name] = Numeric(bytes([code]) if isinstance(code, int) else bytes([code[0]]) + leb(code[1]), params, result,
                            compute)  # fmt: skip


def integer_operations(bits, letter, name, first):
    """The arithmetic of one width: `first` is the opcode of clz."""
    mask = (1 << bits) - 1

    def shift(by):
        return by % bits

    operations = (
        ("clz", 1, lambda a: leading(a, bits)),
        ("ctz", 1, lambda a: trailing(a, bits)),
        ("popcnt", 1, lambda a: a.bit_count()),
        ("add", 2, lambda a, b: a + b & mask),
        ("sub", 2, lambda a, b: a - b & mask),
        ("mul", 2, lambda a, b: a * b & mask),
        ("div_s", 2, lambda a, b: quotient(a, b, bits) & mask),
        ("div_u", 2, unsigned_division(lambda a, b: a // b)),
        ("rem_s", 2, lambda a, b: remainder(a, b, bits) & mask),
        ("rem_u", 2, unsigned_division(lambda a, b: a % b)),
        ("and", 2, lambda a, b: a & b),
        ("or", 2, lambda a, b: a | b),
        ("xor", 2, lambda a, b: a ^ b),
        ("shl", 2, lambda a, b: a << shift(b) & mask),
        ("shr_s", 2, lambda a, b: signed(a, bits) >> shift(b) & mask),
        ("shr_u", 2, lambda a, b: a >> shift(b)),
        ("rotl", 2, lambda a, b: rotated(a, b, bits)),
        ("rotr", 2, lambda a, b: rotated(a, bits - b % bits, bits)),
    )
    for number, (operation, operands, compute) in enumerate(operations):
        numeric(f"{name}.{operation}", first + number, letter * operands, letter, compute)


COMPARISONS = (
    ("eq", lambda a, b: a == b),
    ("ne", lambda a, b: a != b),
    ("lt", lambda a, b: a < b),
    ("gt", lambda a, b: a > b),
    ("le", lambda a, b: a <= b),
    ("ge", lambda a, b: a >= b),
)


def comparisons(bits):
    """(name, of bits) in the order of the opcodes, for integers."""
    for name, compare in COMPARISONS:
        if name in ("eq", "ne"):
            yield name, compare
        else:
            yield name + "_s", lambda a, b, compare=compare: compare(signed(a, bits), signed(b, bits))
            yield name + "_u", compare


def integer_comparisons(bits, letter, name, first):
    numeric(f"{name}.eqz", first, letter, "i", lambda a: int(a == 0))
    for number, (operation, compare) in enumerate(comparisons(bits), 1):
        numeric(
            f"{name}.{operation}", first + number, letter * 2, "i", lambda a, b, compare=compare: int(compare(a, b))
        )


def of_floats(function, bits):
    """The function on bits that a function on floats is."""
    return lambda *values: from_float(function(*(to_float(value, bits) for value in values)), bits)


def float_comparison(compare, bits):
    return lambda a, b: int(compare(to_float(a, bits), to_float(b, bits)))


def float_operations(bits):
    """(name, operands, of bits) of what scalars and lanes have alike."""
    sign = 1 << bits - 1
    return {
        "abs": (1, lambda a: a & ~sign),
        "neg": (1, lambda a: a ^ sign),
        "ceil": (1, of_floats(rounded(math.ceil), bits)),
        "floor": (1, of_floats(rounded(math.floor), bits)),
        "trunc": (1, of_floats(rounded(math.trunc), bits)),
        "nearest": (1, of_floats(rounded(round), bits)),
        "sqrt": (1, of_floats(root, bits)),
        "add": (2, of_floats(lambda a, b: a + b, bits)),
        "sub": (2, of_floats(lambda a, b: a - b, bits)),
        "mul": (2, of_floats(lambda a, b: a * b, bits)),
        "div": (2, of_floats(divide, bits)),
        "min": (2, of_floats(least, bits)),
        "max": (2, of_floats(greatest, bits)),
        "copysign": (2, lambda a, b: a & ~sign | b & sign),
    }


def scalar_floats(bits, letter, name, first, first_comparison):
    for number, (operation, (operands, compute)) in enumerate(float_operations(bits).items()):
        numeric(f"{name}.{operation}", first + number, letter * operands, letter, compute)
    for number, (operation, compare) in enumerate(COMPARISONS):
        numeric(f"{name}.{operation}", first_comparison + number, letter * 2, "i", float_comparison(compare, bits))


NAMES = {"i": ("i32", 32), "I": ("i64", 64), "f": ("f32", 32), "F": ("f64", 64)}


def truncation(to, source, is_signed, saturates):
    """From a float to an integer."""
    bits, from_bits = NAMES[to][1], NAMES[source][1]
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if is_signed else (0, (1 << bits) - 1)
    return lambda a: truncated(a, from_bits, low, high, saturates) & ((1 << bits) - 1)


def conversion(to, source, is_signed):
    """From an integer to a float."""
    bits, from_bits = NAMES[to][1], NAMES[source][1]
    return lambda a: from_integer(signed(a, from_bits) if is_signed else a, bits)


def conversions():
    numeric("i32.wrap_i64", 0xA7, "I", "i", lambda a: a & 0xFFFFFFFF)
    numeric("i64.extend_i32_s", 0xAC, "i", "I", lambda a: signed(a, 32) & (1 << 64) - 1)
    numeric("i64.extend_i32_u", 0xAD, "i", "I", lambda a: a)
    for to, source, code, saturating in (
        ("i", "f", 0xA8, 0),
        ("i", "F", 0xAA, 2),
        ("I", "f", 0xAE, 4),
        ("I", "F", 0xB0, 6),
    ):
        for number, sign in enumerate("su"):
            name = f"{NAMES[to][0]}.trunc{{}}_{NAMES[source][0]}_{sign}"
            numeric(name.format(""), code + number, source, to, truncation(to, source, sign == "s", False))
            code_saturating = (0xFC, saturating + number)
            numeric(name.format("_sat"), code_saturating, source, to, truncation(to, source, sign == "s", True))
    for to, source, code in (("f", "i", 0xB2), ("f", "I", 0xB4), ("F", "i", 0xB7), ("F", "I", 0xB9)):
        for number, sign in enumerate("su"):
            name = f"{NAMES[to][0]}.convert_{NAMES[source][0]}_{sign}"
            numeric(name, code + number, source, to, conversion(to, source, sign == "s"))
    numeric("f32.demote_f64", 0xB6, "F", "f", lambda a: from_float(to_float(a, 64), 32))
    numeric("f64.promote_f32", 0xBB, "f", "F", lambda a: from_float(to_float(a, 32), 64))
    for to, source, code in (("i", "f", 0xBC), ("I", "F", 0xBD), ("f", "i", 0xBE), ("F", "I", 0xBF)):
        numeric(f"{NAMES[to][0]}.reinterpret_{NAMES[source][0]}", code, source, to, lambda a: a)
    for number, (letter, bits) in enumerate((("i", 8), ("i", 16), ("I", 8), ("I", 16), ("I", 32))):
        name, width = NAMES[letter]
        extend = lambda a, bits=bits, width=width: signed(a & (1 << bits) - 1, bits) & (1 << width) - 1  # noqa: E731
        numeric(f"{name}.extend{bits}_s", 0xC0 + number, letter, letter, extend)


def memory_instructions():
    same = lambda a: a  # noqa: E731
    loads = (
        ("i32.load", "i", 4, same),
        ("i64.load", "I", 8, same),
        ("f32.load", "f", 4, same),
        ("f64.load", "F", 8, same),
        ("i32.load8_s", "i", 1, sign_extended(1, 32)),
        ("i32.load8_u", "i", 1, same),
        ("i32.load16_s", "i", 2, sign_extended(2, 32)),
        ("i32.load16_u", "i", 2, same),
        ("i64.load8_s", "I", 1, sign_extended(1, 64)),
        ("i64.load8_u", "I", 1, same),
        ("i64.load16_s", "I", 2, sign_extended(2, 64)),
        ("i64.load16_u", "I", 2, same),
        ("i64.load32_s", "I", 4, sign_extended(4, 64)),
        ("i64.load32_u", "I", 4, same),
    )
    for number, (name, result, width, make) in enumerate(loads):
        LOADS[name] = Load(bytes([0x28 + number]), result, width, make)
    stores = "i32.store i 4,i64.store I 8,f32.store f 4,f64.store F 8,i32.store8 i 1,i32.store16 i 2,i64.store8 I 1,"
    stores += "i64.store16 I 2,i64.store32 I 4"
    for number, row in enumerate(stores.split(",")):
        name, operand, width = row.split()
        STORES[name] = Store(bytes([0x36 + number]), operand, int(width))
    LOADS["v128.load"] = Load(bytes([0xFD, 0]), "v", 16, same)
    STORES["v128.store"] = Store(bytes([0xFD, 11]), "v", 16)
    for number, (bits, sign) in enumerate(((8, "s"), (8, "u"), (16, "s"), (16, "u"), (32, "s"), (32, "u")), 1):
        name = f"v128.load{bits}x{64 // bits}_{sign}"
        LOADS[name] = Load(bytes([0xFD, number]), "v", 8, widened(bits, sign == "s"))
    for number, bits in enumerate((8, 16, 32, 64), 7):
        make = lambda a, bits=bits: join([a] * (128 // bits), bits)  # noqa: E731
        LOADS[f"v128.load{bits}_splat"] = Load(bytes([0xFD, number]), "v", bits // 8, make)
    LOADS["v128.load32_zero"] = Load(bytes([0xFD, 92]), "v", 4, same)
    LOADS["v128.load64_zero"] = Load(bytes([0xFD, 93]), "v", 8, same)


SHAPES = {
    "i8x16": (8, "i"),
    "i16x8": (16, "i"),
    "i32x4": (32, "i"),
    "i64x2": (64, "I"),
    "f32x4": (32, "f"),
    "f64x2": (64, "F"),
}


def vector(name, code, params, compute, result="v"):
    numeric(name, (0xFD, code), params, result, compute)


def lane_access():
    code = 21
    for number, (shape, (bits, letter)) in enumerate(SHAPES.items()):
        count = 128 // bits
        vector(f"{shape}.splat", 15 + number, letter, lambda a, bits=bits, count=count: join([a] * count, bits))
        signs = "su" if bits < 32 else " "
        for sign in signs:
            width = 32 if sign == "s" else 0
            extract = lambda lane, v, bits=bits, width=width: (  # noqa: E731
                signed(split(v, bits)[lane], bits) & (1 << width) - 1 if width else split(v, bits)[lane]
            )
            name = f"{shape}.extract_lane" + f"_{sign}".rstrip("_ ")
            LANES[name] = Lane(bytes([0xFD, code]), "v", letter, count, extract)
            code += 1
        replace = lambda lane, v, a, bits=bits: join(  # noqa: E731
            [a if at == lane else old for at, old in enumerate(split(v, bits))], bits
        )
        LANES[f"{shape}.replace_lane"] = Lane(bytes([0xFD, code]), "v" + letter, "v", count, replace)
        code += 1


def vector_integers():
    for shape, first, first_comparison in (
        ("i8x16", 96, 35),
        ("i16x8", 128, 45),
        ("i32x4", 160, 55),
        ("i64x2", 192, 214),
    ):
        bits = SHAPES[shape][0]
        operations = {
            "abs": (0, "v", lanewise(lambda a, bits=bits: abs(signed(a, bits)), bits)),
            "neg": (1, "v", lanewise(lambda a: -a, bits)),
            "shl": (11, "vi", shifted(lambda a, by: a << by, bits)),
            "shr_s": (12, "vi", shifted(lambda a, by, bits=bits: signed(a, bits) >> by, bits)),
            "shr_u": (13, "vi", shifted(lambda a, by: a >> by, bits)),
            "add": (14, "vv", lanewise(lambda a, b: a + b, bits)),
            "sub": (17, "vv", lanewise(lambda a, b: a - b, bits)),
        }
        if shape != "i8x16":
            operations["mul"] = (21, "vv", lanewise(lambda a, b: a * b, bits))
        if shape != "i64x2":
            for number, operation in enumerate(("min", "max")):
                best = min if operation == "min" else max
                of_signed = lambda a, b, best=best, bits=bits: best(signed(a, bits), signed(b, bits))  # noqa: E731
                operations[operation + "_s"] = (22 + 2 * number, "vv", lanewise(of_signed, bits))
                operations[operation + "_u"] = (23 + 2 * number, "vv", lanewise(best, bits))
        for operation, (code, params, compute) in operations.items():
            vector(f"{shape}.{operation}", first + code, params, compute)
        all_true = lambda v, bits=bits: int(all(split(v, bits)))  # noqa: E731
        bitmask = lambda v, bits=bits: sum(a >> bits - 1 << at for at, a in enumerate(split(v, bits)))  # noqa: E731
        vector(f"{shape}.all_true", first + 3, "v", all_true, "i")
        vector(f"{shape}.bitmask", first + 4, "v", bitmask, "i")
        compares = [
            (name, compare) for name, compare in comparisons(bits) if shape != "i64x2" or not name.endswith("_u")
        ]
        for number, (operation, compare) in enumerate(compares):
            vector(f"{shape}.{operation}", first_comparison + number, "vv", mask_of(compare, bits))
    vector("i8x16.popcnt", 98, "v", lanewise(lambda a: a.bit_count(), 8))


def vector_floats():
    codes = {"f32x4": (224, 65, (103, 104, 105, 106)), "f64x2": (236, 71, (116, 117, 122, 148))}
    for shape, (first, first_comparison, rounding) in codes.items():
        bits = SHAPES[shape][0]
        operations = float_operations(bits)
        names = ("abs", "neg", None, "sqrt", "add", "sub", "mul", "div", "min", "max")
        for number, operation in enumerate(names):
            if operation:
                operands, compute = operations[operation]
                vector(f"{shape}.{operation}", first + number, "v" * operands, lanewise(compute, bits))
        for code, operation in zip(rounding, ("ceil", "floor", "trunc", "nearest")):
            vector(f"{shape}.{operation}", code, "v", lanewise(operations[operation][1], bits))
        for number, (operation, compare) in enumerate(COMPARISONS):
            vector(
                f"{shape}.{operation}", first_comparison + number, "vv", mask_of(float_comparison(compare, bits), bits)
            )
        below = float_comparison(lambda a, b: a < b, bits)
        pick_less = lambda a, b, below=below: b if below(b, a) else a  # noqa: E731
        pick_greater = lambda a, b, below=below: b if below(a, b) else a  # noqa: E731
        vector(f"{shape}.pmin", first + 10, "vv", lanewise(pick_less, bits))
        vector(f"{shape}.pmax", first + 11, "vv", lanewise(pick_greater, bits))


def vector_conversions():
    for number, sign in enumerate("su"):
        truncate = truncation("i", "f", sign == "s", True)
        vector(f"i32x4.trunc_sat_f32x4_{sign}", 248 + number, "v", lanewise(truncate, 32))
        convert = conversion("f", "i", sign == "s")
        vector(f"f32x4.convert_i32x4_{sign}", 250 + number, "v", lanewise(convert, 32))
        narrow = truncation("i", "F", sign == "s", True)
        to_two = lambda v, narrow=narrow: join([narrow(lane) for lane in split(v, 64)], 32)  # noqa: E731
        vector(f"i32x4.trunc_sat_f64x2_{sign}_zero", 252 + number, "v", to_two)
        widen = conversion("F", "i", sign == "s")
        from_two = lambda v, widen=widen: join([widen(lane) for lane in split(v, 32)[:2]], 64)  # noqa: E731
        vector(f"f64x2.convert_low_i32x4_{sign}", 254 + number, "v", from_two)
        low, high = (-128, 127) if sign == "s" else (0, 255)
        pack8 = lambda a, b, low=low, high=high: narrowed((a, b), 16, low, high)  # noqa: E731
        vector(f"i8x16.narrow_i16x8_{sign}", 101 + number, "vv", pack8)
        low, high = (-32768, 32767) if sign == "s" else (0, 65535)
        pack16 = lambda a, b, low=low, high=high: narrowed((a, b), 32, low, high)  # noqa: E731
        vector(f"i16x8.narrow_i32x4_{sign}", 133 + number, "vv", pack16)
    demote, promote = NUMERIC["f32.demote_f64"].compute, NUMERIC["f64.promote_f32"].compute
    vector("f32x4.demote_f64x2_zero", 94, "v", lambda v: join([demote(lane) for lane in split(v, 64)], 32))
    vector("f64x2.promote_low_f32x4", 95, "v", lambda v: join([promote(lane) for lane in split(v, 32)[:2]], 64))


def vector_bits():
    ones = (1 << 128) - 1
    vector("v128.not", 77, "v", lambda a: a ^ ones)
    vector("v128.and", 78, "vv", lambda a, b: a & b)
    vector("v128.andnot", 79, "vv", lambda a, b: a & (b ^ ones))
    vector("v128.or", 80, "vv", lambda a, b: a | b)
    vector("v128.xor", 81, "vv", lambda a, b: a ^ b)
    vector("v128.bitselect", 82, "vvv", lambda a, b, c: a & c | b & (c ^ ones))
    vector("v128.any_true", 83, "v", lambda a: int(a != 0), "i")
    vector("i8x16.swizzle", 14, "vv", swizzle)
    vector("i32x4.dot_i16x8_s", 186, "vv", dot)


integer_comparisons(32, "i", "i32", 0x45)
integer_comparisons(64, "I", "i64", 0x50)
integer_operations(32, "i", "i32", 0x67)
integer_operations(64, "I", "i64", 0x79)
scalar_floats(32, "f", "f32", 0x8B, 0x5B)
scalar_floats(64, "F", "f64", 0x99, 0x61)
conversions()
memory_instructions()
lane_access()
vector_integers()
vector_floats()
vector_conversions()
vector_bits()
