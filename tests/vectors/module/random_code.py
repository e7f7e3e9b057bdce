"""The code of random functions: what random_modules.py makes modules of. All that is written here is well typed."""

import arithmetic
import instructions
from instructions import CODES, LANES, LOADS, NUMERIC, PREFIXED, SHUFFLE, TYPES

PAGE = 65536
SCRATCH = 1024  # bytes from 0, in which tame loads and stores are
RESULT = 2048  # where results are put together
HEAP = 8192  # from where prom_alloc gives

NATURAL = {"i": "i32", "I": "i64", "f": "f32", "F": "f64", "v": "v128"}
DIVIDING = {name for name in NUMERIC if ".div_" in name or ".rem_" in name}
TRUNCATING = [name for name in NUMERIC if ".trunc_f" in name]
BY_RESULT = {
    letter: sorted(
        name
        for name, row in NUMERIC.items()
        if row.result == letter and "v" not in row.params and letter != "v" and name not in TRUNCATING
    )
    for letter in "iIfF"
}
OF_VECTORS = {
    letter: sorted(
        name for name, row in NUMERIC.items() if row.result == letter and ("v" in row.params or letter == "v")
    )
    for letter in "iIfFv"
}
FLOATS = {
    "f": (0, 0x80000000, 0x3F800000, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00001, 0x7F800001, 1, 0x7F7FFFFF),
    "F": (0, 1 << 63, 0x3FF << 52, 0x7FF << 52, 0xFFF << 52, 0x7FF8 << 48, 0xFFF8 << 48 | 1, 0x7FF << 52 | 1, 1),
}


def signed_leb(value, bits):
    """A number of so many bits as signed LEB128."""
    value = arithmetic.signed(value, bits)
    data = bytearray()
    while not -64 <= value < 64:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    data.append(value & 0x7F)
    return bytes(data)


def vector_of(parts):
    parts = list(parts)
    return instructions.leb(len(parts)) + b"".join(parts)


class Code:
    """The code of one function. What `expression` and `statement` write is balanced: it leaves a value, or nothing."""

    def __init__(self, shape, function):
        self.shape, self.rng, self.function = shape, shape.rng, function
        self.locals = list(function.params)
        self.kept = {0} if function.counted or function.role == "deep" else set()  # not to be changed at random
        self.labels = []  # (result, whether a branch may go there), the innermost last
        self.budget = self.rng.choice((20, 60, 150, 300))
        self.code = bytearray()

    # -- Writing --

    def op(self, name, *immediates):
        code = CODES.get(name)
        self.code += bytes([code]) if code is not None else bytes(PREFIXED[name])
        for immediate in immediates:
            self.code += immediate if isinstance(immediate, bytes) else self.number(immediate)

    def number(self, value):
        """An index, at times longer than it need be, as linkers write them."""
        data = instructions.leb(value)
        if self.rng.random() < 0.03 and len(data) < 5:
            return data[:-1] + bytes([data[-1] | 0x80]) + b"\x80" * (4 - len(data)) + b"\0"
        return data

    def const(self, letter, value=None):
        rng = self.rng
        if letter in "iI":
            bits = 32 if letter == "i" else 64
            if value is None:
                edge = (0, 1, (1 << bits) - 1, 1 << bits - 1, (1 << bits - 1) - 1)
                value = rng.choice((*edge, rng.randrange(256), rng.randrange(65536), rng.getrandbits(bits)))
            self.op("i32.const" if letter == "i" else "i64.const", signed_leb(value, bits))
        elif letter in "fF":
            width = 4 if letter == "f" else 8
            value = rng.choice(FLOATS[letter]) if rng.random() < 0.6 else rng.getrandbits(8 * width)
            self.op("f32.const" if letter == "f" else "f64.const", value.to_bytes(width, "little"))
        elif letter == "v":
            self.op("v128.const", rng.getrandbits(128).to_bytes(16, "little"))
        else:
            self.op("ref.null", b"\x70")

    def new_local(self, letter, kept=False):
        self.locals.append(letter)
        if kept:
            self.kept.add(len(self.locals) - 1)
        return len(self.locals) - 1

    def wild(self, hazard):
        """Whether what a tame module takes care to prevent may happen here."""
        return hazard in self.shape.hazards and self.rng.random() < self.shape.wildness

    def block_type(self, result):
        rng = self.rng
        indices = [number for number, have in enumerate(self.shape.types) if have == ("", result)]
        if indices and rng.random() < 0.2:
            return signed_leb(rng.choice(indices), 64)
        return bytes([TYPES[result]]) if result else b"\x40"

    # -- Expressions --

    def expression(self, letter, deep=4):
        self.budget -= 1
        if deep <= 0 or self.budget <= 0:
            self.simple(letter)
            return
        if letter == "r":
            self.reference()
            return
        ways = (
            (self.operation, 10),
            (self.simple, 4),
            (self.load, 2),
            (self.tee, 1),
            (self.select, 1),
            (self.block, 1),
            (self.if_else, 1),
            (self.call, 2),
            (self.call_indirect, 1),
            (self.special, 1),
        )
        self.rng.choices([way for way, _ in ways], [weight for _, weight in ways])[0](letter, deep - 1)

    def simple(self, letter, _=0):
        rng = self.rng
        places = [number for number, have in enumerate(self.locals) if have == letter]
        globals_ = [number for number, (have, _) in enumerate(self.shape.globals) if have == letter]
        roll = rng.random()
        if places and roll < 0.6:
            self.op("local.get", rng.choice(places))
        elif globals_ and roll < 0.75:
            self.op("global.get", rng.choice(globals_))
        else:
            self.const(letter)

    def operation(self, letter, deep):
        rng = self.rng
        if "v" in self.shape.letters and (letter == "v" or rng.random() < 0.2):
            self.vector_operation(letter, deep)
            return
        name = rng.choice(BY_RESULT[letter])
        if letter in "iI" and self.wild("convert"):
            name = rng.choice([it for it in TRUNCATING if NUMERIC[it].result == letter])
        if letter in "iI" and self.wild("divide"):
            name = f"{NATURAL[letter]}.{rng.choice(('div_s', 'div_u', 'rem_s', 'rem_u'))}"
        for operand in NUMERIC[name].params:
            self.expression(operand, deep)
        if name in DIVIDING and not self.wild("divide"):
            self.const(letter, 1)
            self.code += NUMERIC[f"{NATURAL[letter]}.or"].code
        self.code += NUMERIC[name].code

    def vector_operation(self, letter, deep):
        rng = self.rng
        lanes = sorted(name for name, row in LANES.items() if row.result == letter)
        if letter == "v" and rng.random() < 0.08:
            self.expression("v", deep)
            self.expression("v", deep)
            self.code += bytes(SHUFFLE) + bytes(rng.randrange(32) for _ in range(16))
        elif lanes and (letter not in "iv" or rng.random() < 0.2):
            row = LANES[rng.choice(lanes)]
            for operand in row.params:
                self.expression(operand, deep)
            self.code += row.code + bytes([rng.randrange(row.lanes)])
        else:
            row = NUMERIC[rng.choice(OF_VECTORS[letter])]
            for operand in row.params:
                self.expression(operand, deep)
            self.code += row.code

    def address(self, deep, width=1):
        """A place for so many bytes, in scratch memory unless it is a wild one."""
        rng = self.rng
        if not self.wild("memory"):
            self.expression("i", deep)
            self.const("i", SCRATCH - 1)
            self.code += NUMERIC["i32.and"].code
        elif rng.random() < 0.7:
            self.const("i", self.shape.pages * PAGE - width + rng.choice((-1, 0, 0, 1, 2, 16)))
        else:
            self.expression("i", deep)

    def immediate(self, width):
        """Alignment and offset."""
        rng = self.rng
        offset = rng.choice((0, 0, 1, 7, 64)) if not self.wild("memory") else rng.choice((PAGE, 2**31, 2**32 - 1))
        return bytes([rng.randrange(width.bit_length())]) + self.number(offset)

    def load(self, letter, deep):
        row = LOADS[self.rng.choice(sorted(name for name, row in LOADS.items() if row.result == letter))]
        self.address(deep, row.width)
        self.code += row.code + self.immediate(row.width)

    def tee(self, letter, deep):
        places = [at for at, have in enumerate(self.locals) if have == letter and at not in self.kept]
        self.expression(letter, deep)
        if places or len(self.locals) < 30:
            self.op("local.tee", self.rng.choice(places) if places else self.new_local(letter))

    def select(self, letter, deep):
        self.expression(letter, deep)
        self.expression(letter, deep)
        self.expression("i", deep)
        if letter == "r" or (self.shape.references and self.rng.random() < 0.3):
            self.op("select t", b"\1" + bytes([TYPES[letter]]))
        else:
            self.op("select")

    def block(self, letter, deep):
        self.op("block", self.block_type(letter))
        self.labels.append((letter, True))
        self.statements(self.rng.randrange(3), deep)
        self.expression(letter, deep)
        self.labels.pop()
        self.op("end")

    def if_else(self, letter, deep):
        self.expression("i", deep)
        self.op("if", self.block_type(letter))
        self.labels.append((letter, True))
        self.statements(self.rng.randrange(2), deep)
        self.expression(letter, deep)
        self.op("else")
        self.statements(self.rng.randrange(2), deep)
        self.expression(letter, deep)
        self.labels.pop()
        self.op("end")

    def callable(self, result):
        """Functions that may be called from here, of this result or (None) of any: later ones by rank, so that nothing
        calls in circles."""
        after = max(self.function.rank, 2)
        return [it for it in self.shape.functions if it.rank > after and result in (None, it.result)]

    def arguments(self, function, deep):
        for number, operand in enumerate(function.params):
            self.expression(operand, deep)
            if number == 0 and (function.counted or function.role == "deep"):
                mask = 0xFFFFF if self.wild("depth") else 3 if function.counted else 15
                self.const("i", mask)
                self.code += NUMERIC["i32.and"].code

    def call(self, letter, deep):
        functions = self.callable(letter)
        if self.function.counted and self.function.result == letter and self.rng.random() < 0.5:
            self.op("local.get", 0)
            self.const("i", 1)
            self.code += NUMERIC["i32.sub"].code
            for operand in self.function.params[1:]:
                self.expression(operand, deep)
            self.op("call", self.function.index)
        elif functions:
            function = self.rng.choice(functions)
            self.arguments(function, deep)
            self.op("call", function.index)
        elif letter:
            self.simple(letter)

    def call_indirect(self, letter, deep):
        """Of a leaf, from what is none: so nothing calls in circles, unless it is a wild call."""
        rng, shape = self.rng, self.shape
        slots = [(at, it) for at, it in enumerate(shape.slots[0]) if it is not None and it.result == letter]
        functions = [it for it in shape.functions if it.rank > 2 and it.result == letter and it.role != "deep"]
        if functions and self.wild("table"):
            function = rng.choice(functions)
            self.arguments(function, deep)
            self.const("i", rng.randrange(len(shape.slots[0]) + 2))
        elif slots and self.function.role != "leaf":
            at, function = rng.choice(slots)
            self.arguments(function, deep)
            self.const("i", at)
        else:
            self.call(letter, deep)
            return
        self.op("call_indirect", shape.type_index(function.params, function.result), 0)

    def special(self, letter, deep):
        rng = self.rng
        if letter != "i":
            self.operation(letter, deep)
            return
        roll = rng.randrange(5)
        if roll == 0:
            self.expression("i", deep)
            if not self.wild("size"):
                self.const("i", rng.randrange(2))
                self.code += NUMERIC["i32.and"].code
            self.op("memory.grow", b"\0")
        elif roll == 1 and self.shape.references:
            self.expression("r", deep)
            self.op("ref.is_null")
        elif roll == 2 and self.shape.references:
            self.op("table.size", rng.randrange(len(self.shape.slots)))
        else:
            self.op("memory.size", b"\0")

    def reference(self):
        rng, shape = self.rng, self.shape
        if shape.in_table and rng.random() < 0.4:
            self.op("ref.func", rng.choice(shape.in_table).index)
        elif rng.random() < 0.6:
            table = rng.randrange(len(shape.slots))
            self.const("i", rng.randrange(len(shape.slots[table]) + self.wild("table")))
            self.op("table.get", table)
        else:
            self.const("r")
