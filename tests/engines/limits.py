"""Modules as large as the table of docs/programs.md allows, one for each of its rows: every engine must take what the page takes."""

from shapes import I32, I64, V128, body, kind, module, name, number, vector

MANY = 65536
LOCALS = 10000
LABELS = 32768
PARAMETERS = 200
BLOCKS = 1024
BODY = 1 << 17
TABLES = 16
EMPTY = (kind([]), body(b""))
ITEM_AND_LENGTH = 2  # parameters of map, which count as locals


def types():
    """Different ones, beside those of prom_alloc and map."""
    rows = [kind([bytes([0x7C + (at >> 2 * place & 3)]) for place in range(8)]) for at in range(MANY - 2)]
    return module(types=rows)


def exports():
    return module(exports=[name(f"e{at}") + b"\x00\x00" for at in range(MANY - 3)])


def elements():
    segments = [b"\x00\x41\x00\x0b\x01\x00"] * MANY
    return module(tables=vector([b"\x70\x00" + number(MANY)]), elements=segments)


def one_element_segment():
    return module(tables=vector([b"\x70\x00" + number(MANY)]), elements=[b"\x00\x41\x00\x0b" + number(MANY) + bytes(MANY)])


def locals_of(type_):
    return module([(kind([]), body(b"", [(LOCALS, type_)]))])


def locals_used():
    sets = b"".join(b"\x20" + number(at) + b"\x42\x01\x7c\x21" + number(at) for at in range(LOCALS))
    return module([(kind([]), body(b"\x03\x40" + sets + b"\x0b", [(LOCALS, I64)]))])


def parameters():
    pushed = b"".join(b"\x20" + number(at) for at in range(PARAMETERS))
    return module([(kind([V128] * PARAMETERS), body(pushed + b"\x10\x02"))])


def nested(opening):
    return module([(kind([]), body(opening * BLOCKS + b"\x0b" * BLOCKS))])


def nested_ifs():
    code = b"\x20\x00\x04\x7f" * BLOCKS + b"\x41\x00" + b"\x05\x41\x01\x0b" * BLOCKS
    return module([(kind([I32], [I32]), body(code))])


def wide_table():
    """br_table has as many labels as may be."""
    count = LABELS
    return module([(kind([I32]), body(b"\x02\x40\x20\x00\x0e" + number(count) + bytes(count + 1) + b"\x0b"))])


MODULES = {
    "types": types,
    "functions": lambda: module([EMPTY] * (MANY - 2)),
    "globals": lambda: module(globals_=[I32 + b"\x01\x41\x00\x0b"] * MANY),
    "exports": exports,
    "element-segments": elements,
    "elements": one_element_segment,
    "data-segments": lambda: module(data=[b"\x00\x41\x00\x0b\x01x"] * MANY),
    "tables": lambda: module(tables=vector([b"\x70\x00" + number(MANY // TABLES)] * TABLES)),
    "name": lambda: module(exports=[name("x" * MANY) + b"\x00\x00"]),
    "parameters": parameters,
    "locals": lambda: locals_of(I64),
    "vectors-as-locals": lambda: locals_of(V128),
    "locals-in-a-loop": locals_used,
    "blocks": lambda: nested(b"\x02\x40"),
    "loops": lambda: nested(b"\x03\x40"),
    "ifs": nested_ifs,
    "body": lambda: module([(kind([]), body(b"\x01" * (BODY - 2)))]),
    "br_table": wide_table,
}
