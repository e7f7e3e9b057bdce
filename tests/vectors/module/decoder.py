"""Reads a WebAssembly module of interface version 1 (docs/programs.md) into what interpreter.py executes. The module
must be valid."""

import collections

import arithmetic
import instructions

MASK32, MASK64 = (1 << 32) - 1, (1 << 64) - 1


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def take(self, count):
        self.at += count
        return self.data[self.at - count : self.at]

    def unsigned(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def signed(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value - (1 << shift) if byte & 0x40 else value

    def list(self, read):
        return [read() for _ in range(self.unsigned())]

    def name(self):
        return self.take(self.unsigned()).decode()

    def limits(self):
        """The least and the greatest size, or None."""
        flag = self.byte()
        return self.unsigned(), self.unsigned() if flag & 1 else None


Type = collections.namedtuple("Type", "params results")
Function = collections.namedtuple("Function", "type locals code cost")  # locals: letters, the parameters' too


class Module:
    def __init__(self, data):
        reader = Reader(data)
        self.length = len(data)
        if reader.take(8) != b"\0asm\1\0\0\0":
            raise ValueError("no WebAssembly module")
        self.types, self.type_of, self.functions, self.tables, self.memories = [], [], [], [], []
        self.globals, self.exports, self.elements, self.data = [], {}, [], []
        self.read = {
            1: lambda part: self.types.extend(part.list(lambda: read_type(part))),
            3: lambda part: self.type_of.extend(part.list(part.unsigned)),
            4: lambda part: self.tables.extend(part.list(lambda: (part.byte(), part.limits())[1])),
            5: lambda part: self.memories.extend(part.list(part.limits)),
            6: lambda part: self.globals.extend(part.list(lambda: (part.take(2), self.constant(part))[1])),
            7: lambda part: part.list(lambda: self.exports.update({part.name(): (part.byte(), part.unsigned())})),
            9: lambda part: part.list(lambda: self.read_element(part)),
            10: lambda part: part.list(lambda: self.read_function(part)),
            11: lambda part: part.list(lambda: self.read_data(part)),
        }
        while reader.at < len(data):
            section, length = reader.byte(), reader.unsigned()
            part = Reader(reader.take(length))
            if section in self.read:
                self.read[section](part)

    def constant(self, reader):
        """The value of a constant expression."""
        code = reader.byte()
        if code in (0x41, 0x42):
            value = reader.signed() & (MASK32 if code == 0x41 else MASK64)
        elif code in (0x43, 0x44):
            value = int.from_bytes(reader.take(4 if code == 0x43 else 8), "little")
        elif code == 0xFD:
            reader.unsigned()
            value = int.from_bytes(reader.take(16), "little")
        elif code == 0xD0:
            reader.byte()
            value = None
        elif code == 0xD2:
            value = reader.unsigned()
        else:
            value = self.globals[reader.unsigned()]
        if reader.byte() != 0x0B:
            raise ValueError("a constant expression of more than one instruction")
        return value

    def read_element(self, reader):
        """Active segments only: (table, place, functions). Others cannot be used, without table.init."""
        flags = reader.unsigned()
        active = not flags & 1
        table = reader.unsigned() if flags & 3 == 2 else 0
        place = self.constant(reader) if active else None
        if flags & 3:
            reader.byte()  # the kind, or the type
        functions = reader.list((lambda: self.constant(reader)) if flags & 4 else reader.unsigned)
        if active:
            self.elements.append((table, place, functions))

    def read_data(self, reader):
        flags = reader.unsigned()
        if flags == 2:
            reader.unsigned()
        place = self.constant(reader) if flags != 1 else None
        content = reader.take(reader.unsigned())
        if flags != 1:
            self.data.append((place, content))

    def read_function(self, reader):
        size = reader.unsigned()
        body = Reader(reader.take(size))
        function_type = self.types[self.type_of[len(self.functions)]]
        letters = list(function_type.params)
        for count, byte in body.list(lambda: (body.unsigned(), body.byte())):
            letters += [instructions.TYPE_OF[byte]] * count
        code = read_code(self, body)
        self.functions.append(Function(function_type, letters, code, 4 + len(letters) + size))


def read_type(reader):
    reader.byte()
    letters = ("".join(instructions.TYPE_OF[byte] for byte in reader.list(reader.byte)) for _ in range(2))
    return Type(*letters)


# What is executed: tuples of a name, which is the instruction's, or "compute", "const", "load" or "store", and of what
# it needs, decoded.

BY_CODE = {
    row.code: row
    for table in (instructions.NUMERIC, instructions.LOADS, instructions.STORES, instructions.LANES)
    for row in table.values()
}
NAME_OF = {code: name for name, code in instructions.CODES.items()}
PLAIN = {"unreachable", "nop", "return", "drop", "select", "ref.is_null"}
INDEXED = {"br", "br_if", "call", "local.get", "local.set", "local.tee", "global.get", "global.set"}
INDEXED |= {"table.get", "table.set"}


def computing(compute, operands):
    """A step on the stack."""
    if operands == 1:

        def step(stack):
            stack[-1] = compute(stack[-1])
    elif operands == 2:

        def step(stack):
            right = stack.pop()
            stack[-1] = compute(stack[-1], right)
    else:

        def step(stack):
            values = stack[-operands:]
            del stack[-operands:]
            stack.append(compute(*values))

    return step


def read_simple(module, reader, code):
    """An instruction that opens or closes no block."""
    name = NAME_OF.get(code)
    if name in PLAIN:
        return (name,)
    if name in INDEXED:
        return (name, reader.unsigned())
    if name == "select t":
        reader.list(reader.byte)
        return ("select",)
    if name == "br_table":
        return ("br_table", reader.list(reader.unsigned), reader.unsigned())
    if name == "call_indirect":
        wanted = module.types[reader.unsigned()]
        return ("call_indirect", wanted, reader.unsigned())
    if name in ("memory.size", "memory.grow"):
        reader.byte()
        return (name,)
    if name in ("i32.const", "i64.const"):
        return ("const", reader.signed() & (MASK32 if name == "i32.const" else MASK64))
    if name in ("f32.const", "f64.const"):
        return ("const", int.from_bytes(reader.take(4 if name == "f32.const" else 8), "little"))
    if name == "ref.null":
        reader.byte()
        return ("const", None)
    if name == "ref.func":
        return ("const", reader.unsigned())
    return read_from_tables(reader, code)


def read_from_tables(reader, code):
    key = bytes([code])
    if code in (0xFC, 0xFD):
        number = reader.unsigned()
        key += instructions.leb(number)
        if (code, number) == instructions.PREFIXED["memory.copy"]:
            reader.take(2)
            return ("memory.copy",)
        if (code, number) == instructions.PREFIXED["memory.fill"]:
            reader.byte()
            return ("memory.fill",)
        if (code, number) == instructions.PREFIXED["table.size"]:
            return ("table.size", reader.unsigned())
        if (code, number) == instructions.PREFIXED["v128.const"]:
            return ("const", int.from_bytes(reader.take(16), "little"))
        if (code, number) == instructions.SHUFFLE:
            places = reader.take(16)
            return ("compute", computing(lambda left, right: arithmetic.shuffle(places, left, right), 2))
    if key not in BY_CODE:
        raise ValueError(f"instruction {key.hex()} is not interpreted")
    row = BY_CODE[key]
    if isinstance(row, instructions.Numeric):
        return ("compute", computing(row.compute, len(row.params)))
    if isinstance(row, instructions.Lane):
        lane = reader.byte()
        return ("compute", computing(lambda *values: row.compute(lane, *values), len(row.params)))
    reader.unsigned()  # the alignment, a mere hint
    offset = reader.unsigned()
    if isinstance(row, instructions.Load):
        return ("load", offset, row.width, row.make)
    return ("store", offset, row.width, (1 << 8 * row.width) - 1)


def read_block_type(module, reader):
    """How many results the block has."""
    value = reader.signed()
    if value >= 0:
        return len(module.types[value].results)
    return 0 if value == -64 else 1


def read_code(module, reader):
    """The instructions of a function. Of a block there stand (name, results, place of its `end`, place of its `else` or
    None), of an `else` the place of the `end`."""
    code = []
    opened = []  # places of blocks without an end
    while True:
        byte = reader.byte()
        name = NAME_OF.get(byte)
        if name in ("block", "loop", "if"):
            opened.append(len(code))
            code.append([name, read_block_type(module, reader), None, None])
        elif name == "else":
            code[opened[-1]][3] = len(code)
            code.append(["else", None])
        elif name == "end":
            if opened:
                begin = code[opened.pop()]
                begin[2] = len(code)
                if begin[3] is not None:
                    code[begin[3]][1] = len(code)
            code.append(("end",))
            if reader.at == len(reader.data):
                return code
        else:
            code.append(read_simple(module, reader, byte))
