"""Modules of extreme shapes, for what engines are asked how far they go: written as bytes, as no assembler writes them."""

I32, I64, F32, F64, V128 = b"\x7f", b"\x7e", b"\x7d", b"\x7c", b"\x7b"


def number(value):
    """LEB128, unsigned."""
    out = bytearray()
    while True:
        out.append(value & 0x7F | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return bytes(out)


def signed(value):
    out = bytearray()
    while not -64 <= value < 64:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value & 0x7F])


def vector(parts):
    parts = list(parts)
    return number(len(parts)) + b"".join(parts)


def section(kind, content):
    return bytes([kind]) + number(len(content)) + content if content else b""


def name(text):
    return number(len(text)) + text.encode()


def kind(params, results=()):
    return b"\x60" + vector(params) + vector(results)


def body(code, groups=()):
    """A function's body; groups of locals are (how many, type)."""
    whole = vector(number(count) + type_ for count, type_ in groups) + code + b"\x0b"
    return number(len(whole)) + whole


ALLOC = (kind([I32], [I32]), body(b"\x41\x08"))
MAP = (kind([I32, I32], [I64]), body(b"\x42\x00"))


def module(functions=(), exports=(), types=(), tables=b"", globals_=(), elements=(), data=(), pages=1, map_=1):
    """A module with what interface version 1 wants, and more: functions are (type, body), from number 2 on; `map` may be
    one of them."""
    functions = [ALLOC, MAP, *functions]
    kinds = list(dict.fromkeys([type_ for type_, _ in functions] + list(types)))
    place = {type_: number(index) for index, type_ in enumerate(kinds)}
    names = [name("memory") + b"\x02\x00", name("prom_alloc") + b"\x00\x00", name("map") + b"\x00" + number(map_), *exports]
    return b"\0asm\1\0\0\0" + b"".join(
        (
            section(1, vector(kinds)),
            section(3, vector(place[type_] for type_, _ in functions)),
            section(4, tables),
            section(5, b"\x01\x00" + number(pages)),
            section(6, vector(globals_) if globals_ else b""),
            section(7, vector(names)),
            section(9, vector(elements) if elements else b""),
            section(10, vector(code for _, code in functions)),
            section(11, vector(data) if data else b""),
        )
    )
