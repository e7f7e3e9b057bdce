#!/usr/bin/env python3
"""Makes random programs that are WebAssembly modules: valid ones of interface version 1 (docs/programs.md), and items
for them. A seed gives the same bytes everywhere. interpreter.py says what their results are.

  random_modules.py FOLDER COUNT [FIRST]    writes FIRST.prom and FIRST.items, ... to FOLDER, for seeds from FIRST (0)

Most nodes of most modules end well; the rest meets all traps, and runs out of fuel or depth. Standard library only.
"""

import pathlib
import random
import sys

import instructions
from canonical import Limits, write_items, write_program
from instructions import TYPES
from random_code import HEAP, SCRATCH, signed_leb, vector_of
from random_functions import Body

LIMITS = Limits(folds=1, pages=40, result_bytes=4096, fold_bytes=3072, fuel=1_500_000, fold_fuel=1_200_000)
# What a module may meet, if it has drawn it; a module without any ends well, or nearly always.
HAZARDS = (
    "memory",  # loads and stores anywhere
    "divide",  # by whatever comes
    "convert",  # to an integer, what may be none
    "table",  # calls through any slot, and changes of them
    "stop",  # unreachable
    "loop",  # without an end
    "depth",  # a recursion of a million calls
    "size",  # of what is copied, filled, or grown
    "place",  # of operands and results
)


def section(number, content):
    return bytes([number]) + instructions.leb(len(content)) + content


class Function:
    def __init__(self, params, result, role="random"):
        self.params, self.result, self.role = params, result, role
        self.index = self.rank = self.type = None
        self.counted = False  # its first parameter says how often it may still call itself
        self.body = b""


class Shape:
    """What all functions of a module see."""

    def __init__(self, rng, simd, references):
        self.rng = rng
        self.letters = "iIfF" + ("v" if simd else "")
        self.references = references
        self.hazards = set(rng.sample(HAZARDS, rng.choice((0, 0, 1, 1, 2))))
        self.wildness = rng.choice((0.05, 0.2, 0.6))  # how often they are met where they may be
        self.pages = rng.choice((1, 1, 2, 3))
        self.pages_max = rng.choice((None, None, self.pages, self.pages + 2, 39, 100))
        self.globals = [(letter, rng.random() < 0.8) for letter in rng.choices(self.letters, k=rng.randint(1, 6))]
        self.bump = len(self.globals)  # the global that says where the heap goes on
        self.types = []
        self.functions = self.make_functions()
        leaves = [it for it in self.functions if it.role == "leaf"]
        self.slots = [
            self.filled(leaves if table == 0 else self.functions) for table in range(rng.choice((1, 1, 1, 2)))
        ]
        # What ref.func names must stand in a segment.
        self.in_table = [it for it in leaves if any(it in row for row in self.slots)]

    def make_functions(self):
        rng = self.rng
        functions = [Function("i", "i", "alloc"), Function("ii", "I", "map"), Function("iiii", "I", "reduce")]
        count = rng.randint(2, 7)
        for number in range(count):
            params = "".join(rng.choices(self.letters, k=rng.choice((0, 1, 1, 2, 2, 3, 6))))
            function = Function(params, rng.choice(self.letters + "i"), "leaf" if number >= count // 2 else "random")
            if rng.random() < 0.1:
                function.result = ""
            if rng.random() < 0.25 and function.role == "random":
                function.params, function.counted = "i" + params, True
            functions.append(function)
        functions.append(Function("i", "i", "deep"))
        for rank, function in enumerate(functions):
            function.rank = rank
        order = list(functions)
        rng.shuffle(order)
        for index, function in enumerate(order):
            function.index = index
        for function in order:
            function.type = self.type_index(function.params, function.result)
        self.type_index("", "")
        return order

    def filled(self, functions):
        """A table's slots: functions, or None."""
        rng = self.rng
        return [rng.choice(functions) if rng.random() < 0.7 else None for _ in range(rng.choice((1, 4, 8, 16)))]

    def type_index(self, params, result):
        """The index of a type, which may stand there several times."""
        found = [number for number, have in enumerate(self.types) if have == (params, result)]
        if not found or self.rng.random() < 0.1:
            self.types.append((params, result))
            return len(self.types) - 1
        return self.rng.choice(found)


def constant(body_of, letter):
    """A constant expression."""
    body_of.code = bytearray()
    body_of.const(letter)
    return bytes(body_of.code) + b"\x0b"


def element_segments(shape):
    """Active segments that fill the tables as they are to be, each in one of the forms that there are."""
    segments = []
    for table, slots in enumerate(shape.slots):
        at = 0
        while at < len(slots):
            end = at
            while end < len(slots) and slots[end] is not None:
                end += 1
            place = b"\x41" + signed_leb(at, 32) + b"\x0b"
            indices = [slot.index for slot in slots[at:end]]
            plain = vector_of(instructions.leb(index) for index in indices)
            if table > 0:
                segments.append(b"\2" + instructions.leb(table) + place + b"\0" + plain)
            elif shape.references and shape.rng.random() < 0.3:
                expressions = (b"\xd2" + instructions.leb(index) + b"\x0b" for index in indices)
                segments.append(b"\4" + place + vector_of(expressions))
            else:
                segments.append(b"\0" + place + plain)
            at = end + 1
    return segments


def data_segments(shape):
    rng = shape.rng
    segments = []
    for _ in range(rng.randrange(3)):
        content = bytes(rng.choices((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)), k=rng.randrange(100)))
        place = b"\x41" + signed_leb(rng.randrange(2 * SCRATCH), 32) + b"\x0b"
        head = b"\2\0" if rng.random() < 0.2 else b"\0"
        segments.append(head + place + instructions.leb(len(content)) + content)
    return segments


def custom(rng):
    name = rng.choice((b"name", b"x", b"producers"))
    content = b"" if name == b"name" else bytes(rng.choices(range(256), k=rng.randrange(20)))
    return section(0, instructions.leb(len(name)) + name + content)


def exports(shape):
    rng = shape.rng
    rows = [(b"memory", 2, 0)]
    names = {"alloc": b"prom_alloc", "map": b"map", "reduce": b"reduce"}
    for function in shape.functions:
        if function.role in names:
            rows.append((names[function.role], 0, function.index))
        elif rng.random() < 0.2:
            rows.append((b"f%d" % function.index, 0, function.index))
    if rng.random() < 0.3:
        rows += [(b"table", 1, 0), (b"\xc3\xa9", 3, 0)]
    rng.shuffle(rows)
    return vector_of(
        instructions.leb(len(name)) + name + bytes([kind]) + instructions.leb(at) for name, kind, at in rows
    )


def module(seed, simd=None, references=None):
    """A module. Without a word on it, a third has vectors, and a fifth references in locals and expressions."""
    rng = random.Random(seed)
    simd = rng.random() < 0.33 if simd is None else simd
    references = rng.random() < 0.2 if references is None else references
    shape = Shape(rng, simd, references)
    bodies = [Body(shape, function).write() for function in shape.functions]
    types = vector_of(
        b"\x60" + vector_of(bytes([TYPES[it]]) for it in params) + vector_of(bytes([TYPES[it]]) for it in result)
        for params, result in shape.types
    )
    spare = Body(shape, shape.functions[0])
    global_rows = [bytes([TYPES[it], mutable]) + constant(spare, it) for it, mutable in shape.globals]
    global_rows.append(b"\x7f\1\x41" + signed_leb(HEAP, 32) + b"\x0b")
    memory = instructions.leb(shape.pages)
    memory = b"\0" + memory if shape.pages_max is None else b"\1" + memory + instructions.leb(shape.pages_max)
    data = data_segments(shape)
    sections = [
        section(1, types),
        section(3, vector_of(instructions.leb(function.type) for function in shape.functions)),
        section(4, vector_of(b"\x70\0" + instructions.leb(len(row)) for row in shape.slots)),
        section(5, vector_of([memory])),
        section(6, vector_of(global_rows)),
        section(7, exports(shape)),
        section(9, vector_of(element_segments(shape))),
        section(12, instructions.leb(len(data))) if rng.random() < 0.2 else b"",
        section(10, vector_of(instructions.leb(len(body)) + body for body in bodies)),
        section(11, vector_of(data)) if data or rng.random() < 0.5 else b"",
    ]
    if sections[7] and not sections[9]:
        sections[7] = b""
    for place in sorted(rng.sample(range(len(sections) + 1), rng.choice((0, 0, 1, 2))), reverse=True):
        sections.insert(place, custom(rng))
    return b"\0asm\1\0\0\0" + b"".join(sections)


def items(seed):
    """Items for the module of that seed."""
    rng = random.Random(f"items {seed}")
    return [
        bytes(rng.choices((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)), k=rng.choice((0, 1, 8, 31, 64, 300))))
        for _ in range(rng.choice((1, 2, 3, 5)))
    ]


def main(arguments):
    if len(arguments) not in (2, 3):
        sys.exit(__doc__)
    folder, count, first = pathlib.Path(arguments[0]), int(arguments[1]), int(arguments[2]) if arguments[2:] else 0
    folder.mkdir(exist_ok=True)
    for seed in range(first, first + count):
        (folder / f"{seed}.prom").write_bytes(write_program(LIMITS, module(seed)))
        (folder / f"{seed}.items").write_bytes(write_items(items(seed)))


if __name__ == "__main__":
    main(sys.argv[1:])
