"""Programs with modules as docs/programs.md has them: a second implementation of what a node's result is, its fuel and
depth included, slow and plain, beside the metering in src/module and the engine that runs what it makes.

It counts on the module as it is, and rewrites nothing. Of instructions it has those on integers, control, memory,
globals and tables, and of floats what traps; a module with another one raises KeyError. It expects modules that are
valid.
"""

import math
import struct

PAGE = 2**16
DEPTH = 4194304
OK, TRAP, FUEL, DEEP, SHAPE, LONG, OPERAND = range(7)
UNREACHABLE, MEMORY, TABLE, NULL, TYPE, DIVISION, OVERFLOW, CONVERSION = range(1, 9)

BLOCK, LOOP, IF, ELSE, END, BR, BR_IF, BR_TABLE, RETURN, CALL, INDIRECT = 2, 3, 4, 5, 11, 12, 13, 14, 15, 16, 17
GROW, COPY, FILL, SIZE_OF_TABLE = 0x40, 0xFC0A, 0xFC0B, 0xFC10
FREE = {1, BLOCK, LOOP, ELSE, END}
ENDING = {0, BLOCK, LOOP, IF, ELSE, END, BR, BR_IF, BR_TABLE, RETURN, CALL, INDIRECT, GROW, COPY, FILL}


class Failed(Exception):
    """A call that came to a status which is not ok."""

    def __init__(self, status, trap=0):
        super().__init__(status, trap)
        self.status, self.trap = status, trap


def signed(value, bits):
    return value - 2**bits if value >> (bits - 1) else value


class Reader:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def take(self, length):
        self.at += length
        return self.data[self.at - length : self.at]

    def number(self):
        value, shift = 0, 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                self.last = (byte >> 6 & 1, shift)
                return value

    def signed(self):
        value = self.number()
        negative, shift = self.last
        return value - 2**shift if negative else value

    def many(self, read):
        return [read() for _ in range(self.number())]


class Function:
    """Its instructions, where each block ends and turns, and what each run costs, by the place where it begins."""

    def __init__(self, kind, body):
        reader = Reader(body)
        self.parameters, self.results = kind
        self.locals = [count for count, _ in reader.many(lambda: (reader.number(), reader.byte()))]
        self.depth = 4 + len(self.parameters) + sum(self.locals) + len(body)
        self.code = []
        while reader.at < len(body):
            self.code.append(instruction(reader))
        self.ends, self.elses, self.runs = {}, {}, {}
        self.nest()
        self.cost()

    def nest(self):
        opened = []
        for at, (opcode, _) in enumerate(self.code):
            if opcode in (BLOCK, LOOP, IF):
                opened.append(at)
            elif opcode == ELSE:
                self.elses[opened[-1]] = at
            elif opcode == END and opened:
                begin = opened.pop()
                self.ends[begin] = at
                self.ends[self.elses.get(begin, begin)] = at

    def cost(self):
        begin = 0
        for at, (opcode, _) in enumerate(self.code):
            self.runs[begin] = self.runs.get(begin, 0) + (opcode not in FREE)
            if opcode in ENDING:
                begin = at + 1


def instruction(reader):
    opcode = reader.byte()
    if opcode == 0xFC:
        opcode = 0xFC00 + reader.number()
    if opcode in (BLOCK, LOOP, IF):
        return opcode, reader.signed()
    if opcode in (BR, BR_IF, CALL, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0xD2, SIZE_OF_TABLE):
        return opcode, reader.number()
    if opcode == BR_TABLE:
        return opcode, (reader.many(reader.number), reader.number())
    if opcode == INDIRECT:
        return opcode, (reader.number(), reader.number())
    if 0x28 <= opcode <= 0x3E:
        return opcode, (reader.number(), reader.number())[1]
    if opcode in (0x41, 0x42):
        return opcode, reader.signed() % 2 ** (32 if opcode == 0x41 else 64)
    if opcode == 0x44:
        return opcode, int.from_bytes(reader.take(8), "little")
    if opcode in (0x3F, GROW, FILL, 0xD0):
        return opcode, reader.byte()
    if opcode == COPY:
        return opcode, reader.take(2)
    if opcode in NUMERIC or opcode in (0, 1, ELSE, END, RETURN, 0x1A, 0x1B, 0xD1):
        return opcode, None
    raise KeyError(f"0x{opcode:x}")


def rotated(value, count, bits):
    return value << count % bits | value >> (bits - count % bits)


def divided(a, b, bits, sign):
    if b == 0:
        raise Failed(TRAP, DIVISION)
    if sign:
        a, b = signed(a, bits), signed(b, bits)
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        if quotient == 2 ** (bits - 1):
            raise Failed(TRAP, OVERFLOW)
        return quotient
    return a // b


def remainder(a, b, bits, sign):
    if b == 0:
        raise Failed(TRAP, DIVISION)
    if sign:
        a, b = signed(a, bits), signed(b, bits)
        return abs(a) % abs(b) * (-1 if a < 0 else 1)
    return a % b


def truncated(bits):
    value = struct.unpack("<d", struct.pack("<Q", bits))[0]
    if math.isnan(value):
        raise Failed(TRAP, CONVERSION)
    if not -(2**31) - 1 < value < 2**31:
        raise Failed(TRAP, OVERFLOW)
    return int(value)


def numeric():
    """Of each opcode: how many operands it takes, how many bits its result has, and what it computes."""
    table = {}

    def add(opcode, operands, bits, function):
        table[opcode] = operands, bits, function

    for bits, tests, arithmetic in ((32, 0x45, 0x67), (64, 0x50, 0x79)):
        s = lambda value, bits=bits: signed(value, bits)
        add(tests, 1, 32, lambda a: a == 0)
        for number, compare in enumerate(
            (
                lambda a, b: a == b,
                lambda a, b: a != b,
                lambda a, b, s=s: s(a) < s(b),
                lambda a, b: a < b,
                lambda a, b, s=s: s(a) > s(b),
                lambda a, b: a > b,
                lambda a, b, s=s: s(a) <= s(b),
                lambda a, b: a <= b,
                lambda a, b, s=s: s(a) >= s(b),
                lambda a, b: a >= b,
            )
        ):
            add(tests + 1 + number, 2, 32, compare)
        add(arithmetic, 1, bits, lambda a, n=bits: n - a.bit_length())
        add(arithmetic + 1, 1, bits, lambda a, n=bits: (a & -a).bit_length() - 1 if a else n)
        add(arithmetic + 2, 1, bits, lambda a: bin(a).count("1"))
        for number, compute in enumerate(
            (
                lambda a, b: a + b,
                lambda a, b: a - b,
                lambda a, b: a * b,
                lambda a, b, n=bits: divided(a, b, n, True),
                lambda a, b, n=bits: divided(a, b, n, False),
                lambda a, b, n=bits: remainder(a, b, n, True),
                lambda a, b, n=bits: remainder(a, b, n, False),
                lambda a, b: a & b,
                lambda a, b: a | b,
                lambda a, b: a ^ b,
                lambda a, b, n=bits: a << b % n,
                lambda a, b, n=bits, s=s: s(a) >> b % n,
                lambda a, b, n=bits: a >> b % n,
                lambda a, b, n=bits: rotated(a, b, n),
                lambda a, b, n=bits: rotated(a, -b, n),
            )
        ):
            add(arithmetic + 3 + number, 2, bits, compute)
    add(0xA7, 1, 32, lambda a: a)
    add(0xAA, 1, 32, truncated)
    add(0xAC, 1, 64, lambda a: signed(a, 32))
    add(0xAD, 1, 64, lambda a: a)
    for opcode, bits, of in ((0xC0, 32, 8), (0xC1, 32, 16), (0xC2, 64, 8), (0xC3, 64, 16), (0xC4, 64, 32)):
        add(opcode, 1, bits, lambda a, of=of: signed(a % 2**of, of))
    return table


NUMERIC = numeric()
LOADS = {  # bytes, whether they have a sign, bits of the value
    **{0x28: (4, 0, 32), 0x29: (8, 0, 64), 0x2C: (1, 1, 32), 0x2D: (1, 0, 32), 0x2E: (2, 1, 32), 0x2F: (2, 0, 32)},
    **{0x30: (1, 1, 64), 0x31: (1, 0, 64), 0x32: (2, 1, 64), 0x33: (2, 0, 64), 0x34: (4, 1, 64), 0x35: (4, 0, 64)},
}
STORES = {0x36: 4, 0x37: 8, 0x3A: 1, 0x3B: 2, 0x3C: 1, 0x3D: 2, 0x3E: 4}


class Module:
    def __init__(self, code):
        assert code[:8] == b"\0asm\1\0\0\0"
        self.types, self.tables, self.globals, self.exports = [], [], [], {}
        self.elements, self.data, self.functions, kinds = [], [], [], []
        self.pages = self.pages_max = 0
        reader = Reader(code, 8)
        while reader.at < len(code):
            number = reader.byte()
            body = Reader(reader.take(reader.number()))
            if number == 1:
                self.types = body.many(lambda: (body.byte(), body.many(body.byte), body.many(body.byte))[1:])
            elif number == 3:
                kinds = body.many(body.number)
            elif number == 4:
                self.tables = body.many(lambda: (body.byte(), self.limits(body))[1][0])
            elif number == 5:
                self.pages, self.pages_max = body.many(lambda: self.limits(body))[0]
            elif number == 6:
                self.globals = body.many(lambda: (body.byte(), body.byte(), self.constant(body))[2])
            elif number == 7:
                exports = body.many(lambda: (body.take(body.number()), body.byte(), body.number()))
                self.exports = {name.decode(): index for name, _, index in exports}
            elif number == 9:
                self.elements = body.many(lambda: self.element(body))
            elif number == 10:
                bodies = body.many(lambda: body.take(body.number()))
                self.functions = [Function(self.types[kind], data) for kind, data in zip(kinds, bodies)]
                self.kinds = kinds
            elif number == 11:
                self.data = body.many(lambda: self.segment(body))

    @staticmethod
    def limits(reader):
        flag = reader.byte()
        return reader.number(), reader.number() if flag else 2**16

    @staticmethod
    def constant(reader):
        _, value = instruction(reader)
        assert reader.byte() == END
        return value

    def element(self, reader):
        assert reader.byte() == 0
        return self.constant(reader), reader.many(reader.number)

    def segment(self, reader):
        assert reader.byte() == 0
        return self.constant(reader), reader.take(reader.number())


class Frame:
    def __init__(self, function, arguments):
        self.function, self.at = function, 0
        self.locals = arguments + [0] * sum(function.locals)
        self.stack = []
        self.labels = []  # of each open block: where it begins, and the values below it


class Instance:
    def __init__(self, module, pages, fuel):
        self.module, self.fuel, self.depth = module, fuel, DEPTH
        self.memory = bytearray(module.pages * PAGE)
        self.pages_max = min(pages, module.pages_max)
        self.globals = list(module.globals)
        self.tables = [[None] * size for size in module.tables]
        for offset, functions in module.elements:
            self.tables[0][offset : offset + len(functions)] = functions
        for offset, data in module.data:
            self.memory[offset : offset + len(data)] = data

    def look(self):
        if self.fuel < 0:
            raise Failed(FUEL)

    def enter(self, index, arguments):
        function = self.module.functions[index]
        self.depth -= function.depth
        if self.depth < 0:
            raise Failed(DEEP)
        self.look()
        self.fuel -= function.runs.get(0, 0)
        return Frame(function, arguments)

    def call(self, index, *arguments):
        frames = [self.enter(index, list(arguments))]
        while True:
            value = self.step(frames)
            if value is not None:
                frame = frames.pop()
                self.depth += frame.function.depth
                if not frames:
                    self.look()
                    return value[0] if value else None
                frames[-1].stack += value
                self.fuel -= frames[-1].function.runs.get(frames[-1].at, 0)

    def place(self, address, length):
        if address + length > len(self.memory):
            raise Failed(TRAP, MEMORY)
        return slice(address, address + length)

    def branch(self, frame, label):
        """Goes on behind the block, or at the loop's beginning; returns what the function gives when it ends there."""
        code, function = frame.function.code, frame.function
        if label == len(frame.labels):
            return frame.stack[len(frame.stack) - len(function.results) :]
        begin, height = frame.labels[-1 - label]
        del frame.labels[len(frame.labels) - label :]
        if code[begin][0] == LOOP:
            del frame.stack[height:]
            frame.at = begin + 1
            self.look()
        else:
            if code[begin][1] != -64 and (code[begin][1] < 0 or self.module.types[code[begin][1]][1]):
                frame.stack[height:] = frame.stack[-1:]
            else:
                del frame.stack[height:]
            frame.labels.pop()
            frame.at = function.ends[begin] + 1
        return None

    def step(self, frames):
        """One instruction; returns the values that the last frame's function gives, or None where it goes on."""
        frame = frames[-1]
        opcode, what = frame.function.code[frame.at]
        here, stack = frame.at, frame.stack
        frame.at += 1
        if opcode in NUMERIC:
            operands, bits, compute = NUMERIC[opcode]
            values = stack[-operands:]
            del stack[-operands:]
            stack.append(int(compute(*values)) % 2**bits)
        elif opcode in (CALL, INDIRECT):
            self.begin_call(frames, opcode, what)
        elif opcode in ENDING:
            value = self.control(frame, opcode, what, here)
            if value is not None:
                return value
            self.fuel -= frame.function.runs.get(frame.at, 0)
        else:
            self.plain(frame, opcode, what)
        return None

    def begin_call(self, frames, opcode, what):
        stack = frames[-1].stack
        if opcode == INDIRECT:
            kind, table = what
            slot = stack.pop()
            if slot >= len(self.tables[table]):
                raise Failed(TRAP, TABLE)
            target = self.tables[table][slot]
            if target is None:
                raise Failed(TRAP, NULL)
            if self.module.types[kind] != self.module.types[self.module.kinds[target]]:
                raise Failed(TRAP, TYPE)
            what = target
        count = len(self.module.functions[what].parameters)
        arguments = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        frames.append(self.enter(what, arguments))

    def control(self, frame, opcode, what, here):
        stack = frame.stack
        if opcode == 0:
            raise Failed(TRAP, UNREACHABLE)
        if opcode == END:
            if not frame.labels:
                return stack[len(stack) - len(frame.function.results) :]
            frame.labels.pop()
        elif opcode == ELSE:
            frame.labels.pop()
            frame.at = frame.function.ends[here] + 1
        elif opcode in (BLOCK, LOOP):
            frame.labels.append((here, len(stack)))
            if opcode == LOOP:
                self.look()
        elif opcode == IF:
            taken = stack.pop()
            frame.labels.append((here, len(stack)))
            if not taken and here in frame.function.elses:
                frame.at = frame.function.elses[here] + 1
            elif not taken:
                frame.labels.pop()
                frame.at = frame.function.ends[here] + 1
        elif opcode == RETURN:
            return self.branch(frame, len(frame.labels))
        elif opcode == BR:
            return self.branch(frame, what)
        elif opcode == BR_IF:
            return self.branch(frame, what) if stack.pop() else None
        elif opcode == BR_TABLE:
            labels, other = what
            number = stack.pop()
            return self.branch(frame, labels[number] if number < len(labels) else other)
        else:
            self.bulk(stack, opcode)
        return None

    def bulk(self, stack, opcode):
        count = stack.pop()
        self.fuel -= 8192 * count if opcode == GROW else count // 8
        self.look()
        if opcode == GROW:
            before = len(self.memory) // PAGE
            if before + count <= self.pages_max:
                self.memory += bytes(count * PAGE)
            stack.append(before if before + count <= self.pages_max else 2**32 - 1)
            return
        source = stack.pop()
        target = self.place(stack.pop(), count)
        self.memory[target] = self.memory[self.place(source, count)] if opcode == COPY else bytes([source % 256]) * count

    def plain(self, frame, opcode, what):
        stack = frame.stack
        if opcode in LOADS:
            length, sign, bits = LOADS[opcode]
            data = self.memory[self.place(stack.pop() + what, length)]
            stack.append(int.from_bytes(data, "little", signed=bool(sign)) % 2**bits)
        elif opcode in STORES:
            value = stack.pop() % 2 ** (8 * STORES[opcode])
            place = self.place(stack.pop() + what, STORES[opcode])
            self.memory[place] = value.to_bytes(STORES[opcode], "little")
        elif opcode in (0x41, 0x42, 0x44):
            stack.append(what)
        elif opcode == 0x20:
            stack.append(frame.locals[what])
        elif opcode == 0x21:
            frame.locals[what] = stack.pop()
        elif opcode == 0x22:
            frame.locals[what] = stack[-1]
        elif opcode == 0x23:
            stack.append(self.globals[what])
        elif opcode == 0x24:
            self.globals[what] = stack.pop()
        elif opcode == 0x1A:
            stack.pop()
        elif opcode == 0x1B:
            taken, second = stack.pop(), stack.pop()
            stack[-1] = stack[-1] if taken else second
        elif opcode == 0x3F:
            stack.append(len(self.memory) // PAGE)
        elif opcode == SIZE_OF_TABLE:
            stack.append(len(self.tables[what]))
        elif opcode != 1:
            raise KeyError(f"0x{opcode:x}")


def compute(module, name, operands, pages, fuel, most):
    """A node's result, as (status, trap, fuel, bytes)."""
    instance = Instance(module, pages, fuel)
    arguments = []
    try:
        for operand in operands:
            place = instance.call(module.exports["prom_alloc"], len(operand))
            if place + len(operand) > len(instance.memory):
                raise Failed(SHAPE)
            instance.memory[place : place + len(operand)] = operand
            arguments += [place, len(operand)]
        result = instance.call(module.exports[name], *arguments)
        place, length = result >> 32, result % 2**32
        if place + length > len(instance.memory):
            raise Failed(SHAPE)
        if length > most:
            raise Failed(LONG)
        return OK, 0, fuel - instance.fuel, bytes(instance.memory[place : place + length])
    except Failed as failed:
        return failed.status, failed.trap, 0, b""
