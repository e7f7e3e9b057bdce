"""The fattest frames that were found, for what docs/programs.md says of depth: a unit stands for 16 bytes of stack, more than
any frame takes. `f` of each calls itself for ever. Two bytes of code, `call`, make a vector that has to be kept over the
recursion (16 bytes) and is an argument of a call behind it (16 more), for two units; the rest of a frame is less than what 4
units and the call itself stand for."""

from shapes import V128, body, kind, module, name, number

CALL_F, CALL_MAKER, CALL_TAKER = b"\x10\x02", b"\x10\x03", b"\x10\x04"
A_VECTOR = b"\x7b\x01\xfd\x0c" + bytes(16) + b"\x0b"  # a global


def pushing(count, recursion):
    maker = (kind([], [V128]), body(b"\x23\x00"))
    taker = (kind([V128] * count), body(b""))
    f = (kind([]), body(CALL_MAKER * count + recursion + CALL_TAKER))
    return module([f, maker, taker], exports=[name("f") + b"\x00" + number(2)], globals_=[A_VECTOR])


MODULES = {
    "smallest": lambda: module([(kind([]), body(CALL_F))], exports=[name("f") + b"\x00" + number(2)]),
    "pushing-10": lambda: pushing(10, CALL_F),
    "pushing-200": lambda: pushing(200, CALL_F),
    "pushing-in-a-loop": lambda: pushing(1000, b"\x03\x40" + CALL_F + b"\x0b"),
}
