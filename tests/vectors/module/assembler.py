"""Modules out of text, as far as make_module.py needs them: what a function does is a list of instructions, each with its
numbers behind it."""

I32, I64, FUNCREF = 0x7F, 0x7E, 0x70
EMPTY = 0x40

PLAIN = {
    **{"unreachable": 0, "nop": 1, "else": 5, "end": 11, "return": 15, "drop": 26, "select": 27},
    **{"i32.eqz": 0x45, "i32.eq": 0x46, "i32.lt_u": 0x49, "i32.ge_u": 0x4F, "i32.add": 0x6A, "i32.sub": 0x6B},
    **{"i32.mul": 0x6C, "i32.div_s": 0x6D, "i32.div_u": 0x6E, "i32.and": 0x71, "i32.xor": 0x73, "i32.rotl": 0x77},
    **{"i64.add": 0x7C, "i64.mul": 0x7E, "i64.or": 0x84, "i64.shl": 0x86, "i32.wrap_i64": 0xA7},
    **{"i64.extend_i32_u": 0xAD, "i32.trunc_f64_s": 0xAA},
}
NUMBERED = {
    **{"block": 2, "loop": 3, "if": 4, "br": 12, "br_if": 13, "call": 16, "local.get": 32, "local.set": 33},
    **{"local.tee": 34, "global.get": 35, "global.set": 36, "memory.size": 0x3F, "memory.grow": 0x40},
}
MEMORY = {"i32.load": (0x28, 2), "i32.load8_u": (0x2D, 0), "i64.load": (0x29, 3), "i32.store": (0x36, 2)}
MEMORY |= {"i64.store": (0x37, 3), "i32.store8": (0x3A, 0)}
CONSTANTS = {"i32.const": 0x41, "i64.const": 0x42}
BULK = {"memory.copy": b"\xfc\x0a\0\0", "memory.fill": b"\xfc\x0b\0", "f64.nan": b"\x44" + bytes(6) + b"\xf8\x7f"}


def unsigned(value):
    data = b""
    while value > 127:
        data += bytes([value & 127 | 128])
        value >>= 7
    return data + bytes([value])


def signed(value):
    data = b""
    while not -64 <= value < 64:
        data += bytes([value & 127 | 128])
        value >>= 7
    return data + bytes([value & 127])


def vector(entries):
    return unsigned(len(entries)) + b"".join(entries)


def sized(data):
    return unsigned(len(data)) + data


def code(text):
    words = text.split()
    data = b""
    while words:
        word = words.pop(0)
        if word in PLAIN:
            data += bytes([PLAIN[word]])
        elif word in NUMBERED:
            data += bytes([NUMBERED[word]]) + unsigned(int(words.pop(0), 0))
        elif word in CONSTANTS:
            data += bytes([CONSTANTS[word]]) + signed(int(words.pop(0), 0))
        elif word in MEMORY:
            opcode, alignment = MEMORY[word]
            data += bytes([opcode, alignment]) + unsigned(int(words.pop(0)))
        elif word in BULK:
            data += BULK[word]
        elif word == "call_indirect":  # a type, of table 0
            data += b"\x11" + unsigned(int(words.pop(0))) + b"\0"
        elif word == "br_table":  # labels with commas between them, the last one for all other numbers
            labels = [unsigned(int(label)) for label in words.pop(0).split(",")]
            data += b"\x0e" + vector(labels[:-1]) + labels[-1]
        else:
            raise ValueError(word)
    return data


def body(text, *locals_):
    """Of a function with so many locals of these types, as (count, type)."""
    groups = [unsigned(count) + bytes([kind]) for count, kind in locals_]
    return vector(groups) + code(text) + b"\x0b"


def section(number, entries):
    return bytes([number]) + sized(vector(entries)) if entries else b""


def kind(parameters, results):
    return b"\x60" + vector([bytes([p]) for p in parameters]) + vector([bytes([r]) for r in results])


def module(kinds, functions, exports, memory, globals_=(), table=(), data=()):
    """Functions as (type, body), exports as (name, kind, index), memory as its pages, globals as (type, value), the
    table as functions from slot 1 on, with one empty slot behind them, data as (place, bytes)."""
    slots = [unsigned(function) for function in table]
    tables = [bytes([FUNCREF, 0]) + unsigned(len(table) + 2)] if table else []
    elements = [b"\0" + code("i32.const 1") + b"\x0b" + vector(slots)] if table else []
    limits = bytes([len(memory) - 1]) + b"".join(map(unsigned, memory))
    return b"\0asm\1\0\0\0" + b"".join(
        (
            section(1, kinds),
            section(3, [unsigned(number) for number, _ in functions]),
            section(4, tables),
            section(5, [limits]),
            section(6, [bytes([t, 1]) + code(f"i{32 if t == I32 else 64}.const {v}") + b"\x0b" for t, v in globals_]),
            section(7, [sized(name.encode()) + bytes([what]) + unsigned(index) for name, what, index in exports]),
            section(9, elements),
            section(10, [sized(data) for _, data in functions]),
            section(11, [b"\0" + code(f"i32.const {place}") + b"\x0b" + sized(bytes_) for place, bytes_ in data]),
        )
    )
