"""The arithmetic of WebAssembly's values. A value is an integer: an i32 or i64 as unsigned, a float as its bits, a
vector as 128 bits, lane 0 the lowest. NaNs that arithmetic makes are canonical, as docs/programs.md wants them."""

import math
import struct

UNREACHABLE, MEMORY, TABLE, NULL, TYPE, DIVISION, OVERFLOW, CONVERSION = range(1, 9)


class Trap(Exception):
    """An instruction trapped; the argument is docs/programs.md's number for it."""


# -- Numbers --

CANONICAL = {32: 0x7FC00000, 64: 0x7FF8000000000000}
INFINITY = {32: 0x7F800000, 64: 0x7FF0000000000000}
FORMATS = {32: ("<I", "<f"), 64: ("<Q", "<d")}


def signed(value, bits):
    return value - (1 << bits) if value >> (bits - 1) else value


def to_float(value, bits):
    integer, floating = FORMATS[bits]
    return struct.unpack(floating, struct.pack(integer, value))[0]


def from_float(number, bits):
    """The bits of the nearest float; of a NaN the canonical one's."""
    if number != number:
        return CANONICAL[bits]
    integer, floating = FORMATS[bits]
    try:
        return struct.unpack(integer, struct.pack(floating, number))[0]
    except OverflowError:
        return INFINITY[bits] | (1 << bits - 1 if number < 0 else 0)


def from_integer(number, bits):
    """The bits of the float that is nearest to an integer: rounded once."""
    if bits == 32 and abs(number).bit_length() > 53:
        # To 53 bits a number may be cut where a bit that was lost stays in the last place: float32 needs 26 of them.
        spare = abs(number).bit_length() - 50
        cut = abs(number) >> spare | (abs(number) & ((1 << spare) - 1) != 0)
        return from_float(math.copysign(math.ldexp(cut, spare), number), 32)
    return from_float(float(number), bits)


def divide(left, right):
    if right == 0:
        return math.nan if left == 0 or left != left else math.copysign(math.inf, left) * math.copysign(1, right)
    return left / right


def least(left, right):
    if left != left or right != right:
        return math.nan
    return min(left, right, key=lambda number: (number, math.copysign(1, number)))


def greatest(left, right):
    return -least(-left, -right)


def rounded(function):
    """A function to whole numbers, for floats: what is whole already, or none, stays; zeros keep their sign."""

    def apply(number):
        if number != number or abs(number) >= 2.0**52:
            return number
        return math.copysign(float(function(number)), number)

    return apply


def root(number):
    return math.nan if number < 0 else math.sqrt(number)


def truncated(value, bits, low, high, saturates):
    number = to_float(value, bits)
    if number != number:
        if saturates:
            return 0
        raise Trap(CONVERSION)
    if math.isinf(number):
        whole = low - 1 if number < 0 else high + 1
    else:
        whole = math.trunc(number)
    if not low <= whole <= high and not saturates:
        raise Trap(OVERFLOW)
    return min(max(whole, low), high)


def quotient(left, right, bits):
    """Signed division, towards zero."""
    left, right = signed(left, bits), signed(right, bits)
    if right == 0:
        raise Trap(DIVISION)
    found = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
    if found == 1 << bits - 1:
        raise Trap(OVERFLOW)
    return found


def remainder(left, right, bits):
    left, right = signed(left, bits), signed(right, bits)
    if right == 0:
        raise Trap(DIVISION)
    return abs(left) % abs(right) * (-1 if left < 0 else 1)


def unsigned_division(operation):
    def apply(left, right):
        if right == 0:
            raise Trap(DIVISION)
        return operation(left, right)

    return apply


def leading(value, bits):
    return bits - value.bit_length()


def trailing(value, bits):
    return (value & -value).bit_length() - 1 if value else bits


def rotated(value, by, bits):
    by %= bits
    return (value << by | value >> bits - by) & ((1 << bits) - 1)


def sign_extended(width, bits):
    return lambda a: signed(a, 8 * width) & (1 << bits) - 1


# -- Vectors --


def split(vector, bits):
    return [vector >> at & (1 << bits) - 1 for at in range(0, 128, bits)]


def join(lanes, bits):
    return sum((lane & (1 << bits) - 1) << at * bits for at, lane in enumerate(lanes))


def widened(bits, is_signed):
    """What a vector's half is with lanes twice as wide."""
    make = (lambda a: signed(a, bits)) if is_signed else (lambda a: a)
    return lambda half: join([make(lane) for lane in split(half, bits)[: 64 // bits]], 2 * bits)


def lanewise(function, bits):
    return lambda *vectors: join(
        [function(*lanes) for lanes in zip(*(split(vector, bits) for vector in vectors))], bits
    )


def mask_of(compare, bits):
    """A comparison that gives all ones, or zeros, in each lane."""
    return lanewise(lambda a, b: -1 if compare(a, b) else 0, bits)


def shifted(function, bits):
    return lambda vector, by: join([function(lane, by % bits) for lane in split(vector, bits)], bits)


def swizzle(vector, places):
    lanes = split(vector, 8)
    return join([lanes[place] if place < 16 else 0 for place in split(places, 8)], 8)


def shuffle(places, left, right):
    lanes = split(left, 8) + split(right, 8)
    return join([lanes[place] for place in places], 8)


def narrowed(vectors, bits, low, high):
    """Lanes of both vectors, made half as wide, as far as they fit."""
    lanes = [signed(lane, bits) for v in vectors for lane in split(v, bits)]
    return join([min(max(lane, low), high) for lane in lanes], bits // 2)


def dot(left, right):
    products = [signed(a, 16) * signed(b, 16) for a, b in zip(split(left, 16), split(right, 16))]
    return join([products[at] + products[at + 1] for at in range(0, 8, 2)], 32)
