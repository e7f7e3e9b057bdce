#!/usr/bin/env python3
"""Runs programs that are WebAssembly modules as docs/programs.md has them: a second implementation, slow and plain,
which interprets a module as it is and counts fuel and depth while it does so. It says which numbers the metering, which
rewrites modules, must come to.

  interpreter.py PROGRAM ITEMS    writes the results of all nodes to standard output; both files are canonical bytes

The page charges instructions by runs, at the beginning of each. Here each is charged where it is executed, which comes
to the same: whatever looks at the fuel, or leaves a run, is the last instruction of its run, and of a run that a trap
cuts off nobody sees the fuel.

A module must be valid, and be none that interface version 1 refuses; neither is looked for here. Standard library only.
"""

import pathlib
import sys

import arithmetic
import decoder
from arithmetic import MEMORY, NULL, TABLE, TYPE, Trap
from canonical import (
    FOLDS,
    FUEL,
    LONG,
    OK,
    OPERAND,
    SHAPE,
    TOO_DEEP,
    TRAP,
    Node,
    folds,
    read_items,
    read_program,
    write_results,
)
from decoder import MASK32

PAGE = 65536
DEPTH = 4194304
INSTANCE = 20000  # of fuel
FREE = {"block", "else", "end", "nop"}  # what costs no fuel
ENDING = {  # what ends a run of instructions
    *("block", "loop", "if", "else", "end", "br", "br_if", "br_table", "return", "unreachable"),
    *("call", "call_indirect", "memory.grow", "memory.copy", "memory.fill"),
}


class OutOfFuel(Exception):
    """Fuel was below 0 where it is looked at."""


class OutOfDepth(Exception):
    """Calls are nested too deeply."""


def setting_up(module):
    """The fuel that an instance takes before anything is executed."""
    slots = sum(least for least, _ in module.tables)
    return INSTANCE + module.length + slots + 8192 * module.memories[0][0]


class Instance:
    """A module with memory, tables and globals of its own, and what is left of fuel and depth."""

    def __init__(self, module, pages, fuel):
        self.module = module
        least, most = module.memories[0]
        self.memory = bytearray(least * PAGE)
        self.pages_max = min(pages, most if most is not None else PAGE)
        self.globals = list(module.globals)
        self.tables = [[None] * least for least, _ in module.tables]
        for table, place, functions in module.elements:
            if place + len(functions) > len(self.tables[table]):
                raise Trap(TABLE)
            self.tables[table][place : place + len(functions)] = functions
        for place, content in module.data:
            self.check(place, len(content))
            self.memory[place : place + len(content)] = content
        self.fuel = fuel - setting_up(module)
        self.depth = DEPTH

    def check(self, place, count):
        if place + count > len(self.memory):
            raise Trap(MEMORY)

    def charge(self, fuel):
        """Takes fuel, and looks at what is left."""
        self.fuel -= fuel
        if self.fuel < 0:
            raise OutOfFuel

    def grow(self, count):
        self.charge(8192 * count)
        old = len(self.memory) // PAGE
        if old + count > self.pages_max:
            return MASK32
        self.memory.extend(bytes(count * PAGE))
        return old

    def copy(self, to, source, count):
        self.charge(count // 8)
        self.check(source, count)
        self.check(to, count)
        self.memory[to : to + count] = self.memory[source : source + count]

    def fill(self, to, value, count):
        self.charge(count // 8)
        self.check(to, count)
        self.memory[to : to + count] = bytes([value & 0xFF]) * count

    def slot(self, table, index):
        if index >= len(self.tables[table]):
            raise Trap(TABLE)
        return self.tables[table][index]

    def looked_up(self, wanted, table, index):
        """The function that an indirect call is of."""
        function = self.slot(table, index)
        if function is None:
            raise Trap(NULL)
        if self.module.functions[function].type != wanted:
            raise Trap(TYPE)
        return function

    def call(self, name, *operands):
        """The result of an exported function, or None where it has none."""
        stack = list(operands)
        frame = self.entered(self.module.exports[name][1], stack, None)
        while frame is not None:  # calls within do not recurse here
            step = frame.code[frame.at]
            frame.at += 1
            if step[0] not in FREE:
                self.fuel -= 1
            if frame.for_locals and (frame.at == 1 or frame.code[frame.at - 2][0] in ENDING):
                self.fuel -= frame.for_locals  # a run begins
            frame = STEPS[step[0]](self, frame, step)
        return stack.pop() if stack else None

    def entered(self, index, stack, caller):
        """The frame of a function that is called, its operands taken from the stack."""
        function = self.module.functions[index]
        self.depth -= function.cost
        if self.depth < 0:
            raise OutOfDepth
        if self.fuel < 0:
            raise OutOfFuel
        return Frame(function, stack, caller)


class Frame:
    """A call that has not returned. A label is (where a branch to it goes on, the stack's height, how many results,
    whether it is a loop's)."""

    __slots__ = ("function", "code", "at", "stack", "labels", "places", "caller", "caller_stack", "for_locals")

    def __init__(self, function, caller_stack, caller):
        self.function, self.code, self.at = function, function.code, 0
        self.stack, self.labels = [], []
        self.for_locals = max(len(function.locals) - 64, 0) // 16  # fuel of each run
        self.caller, self.caller_stack = caller, caller_stack
        self.places = [None if letter == "r" else 0 for letter in function.locals]
        count = len(function.type.params)
        if count:
            self.places[:count] = caller_stack[-count:]
            del caller_stack[-count:]


# -- Steps: of an instance, a frame and what stands in its code; each returns the frame that goes on --

STEPS = {}


def step_of(name):
    def register(function):
        STEPS[name] = function
        return function

    return register


def stack_step(name):
    """A step that uses no more of its frame than the stack."""

    def register(function):
        def step(instance, frame, immediates):
            function(instance, frame.stack, *immediates[1:])
            return frame

        STEPS[name] = step
        return function

    return register


@step_of("compute")
def compute_step(_, frame, step):
    step[1](frame.stack)
    return frame


@step_of("local.get")
def local_get(_, frame, step):
    frame.stack.append(frame.places[step[1]])
    return frame


@step_of("local.set")
def local_set(_, frame, step):
    frame.places[step[1]] = frame.stack.pop()
    return frame


@step_of("local.tee")
def local_tee(_, frame, step):
    frame.places[step[1]] = frame.stack[-1]
    return frame


@step_of("nop")
def nop(_, frame, __):
    return frame


@step_of("block")
def block(_, frame, step):
    frame.labels.append((step[2] + 1, len(frame.stack), step[1], False))
    return frame


@step_of("loop")
def loop(instance, frame, _):
    instance.charge(0)
    frame.labels.append((frame.at, len(frame.stack), 0, True))
    return frame


@step_of("if")
def if_step(instance, frame, step):
    taken = frame.stack.pop()
    block(instance, frame, step)
    if not taken and step[3] is None:
        frame.labels.pop()
        frame.at = step[2] + 1
    elif not taken:
        frame.at = step[3] + 1
    return frame


@step_of("else")
def else_step(_, frame, step):
    frame.labels.pop()
    frame.at = step[1] + 1
    return frame


@step_of("end")
def end(instance, frame, _):
    if not frame.labels:
        return branch(instance, frame, 0)
    frame.labels.pop()
    return frame


def branch(instance, frame, depth):
    """Goes to a label; the outermost one, behind all of a function, returns from it."""
    labels, stack = frame.labels, frame.stack
    if depth < len(labels):
        del labels[len(labels) - depth :]
        frame.at, height, count, is_loop = labels[-1]
        del stack[height : len(stack) - count]
        if is_loop:
            instance.charge(0)
        else:
            labels.pop()
        return frame
    instance.depth += frame.function.cost
    frame.caller_stack.extend(stack[len(stack) - len(frame.function.type.results) :])
    return frame.caller


@step_of("br")
def br(instance, frame, step):
    return branch(instance, frame, step[1])


@step_of("br_if")
def br_if(instance, frame, step):
    return branch(instance, frame, step[1]) if frame.stack.pop() else frame


@step_of("br_table")
def br_table(instance, frame, step):
    chosen = frame.stack.pop()
    return branch(instance, frame, step[1][chosen] if chosen < len(step[1]) else step[2])


@step_of("return")
def return_step(instance, frame, _):
    return branch(instance, frame, len(frame.labels))


@step_of("call")
def call(instance, frame, step):
    return instance.entered(step[1], frame.stack, frame)


@step_of("call_indirect")
def call_indirect(instance, frame, step):
    return instance.entered(instance.looked_up(step[1], step[2], frame.stack.pop()), frame.stack, frame)


@stack_step("unreachable")
def unreachable(_, __):
    raise Trap(arithmetic.UNREACHABLE)


@stack_step("const")
def const(_, stack, value):
    stack.append(value)


@stack_step("drop")
def drop(_, stack):
    stack.pop()


@stack_step("select")
def select(_, stack):
    chosen, second = stack.pop(), stack.pop()
    if not chosen:
        stack[-1] = second


@stack_step("global.get")
def global_get(instance, stack, index):
    stack.append(instance.globals[index])


@stack_step("global.set")
def global_set(instance, stack, index):
    instance.globals[index] = stack.pop()


@stack_step("load")
def load(instance, stack, offset, width, make):
    place = stack.pop() + offset
    instance.check(place, width)
    stack.append(make(int.from_bytes(instance.memory[place : place + width], "little")))


@stack_step("store")
def store(instance, stack, offset, width, mask):
    value = stack.pop()
    place = stack.pop() + offset
    instance.check(place, width)
    instance.memory[place : place + width] = (value & mask).to_bytes(width, "little")


@stack_step("memory.size")
def memory_size(instance, stack):
    stack.append(len(instance.memory) // PAGE)


@stack_step("memory.grow")
def memory_grow(instance, stack):
    stack.append(instance.grow(stack.pop()))


@stack_step("memory.copy")
def memory_copy(instance, stack):
    count, source, to = stack.pop(), stack.pop(), stack.pop()
    instance.copy(to, source, count)


@stack_step("memory.fill")
def memory_fill(instance, stack):
    count, value, to = stack.pop(), stack.pop(), stack.pop()
    instance.fill(to, value, count)


@stack_step("table.get")
def table_get(instance, stack, table):
    stack.append(instance.slot(table, stack.pop()))


@stack_step("table.set")
def table_set(instance, stack, table):
    value, index = stack.pop(), stack.pop()
    instance.slot(table, index)
    instance.tables[table][index] = value


@stack_step("table.size")
def table_size(instance, stack, table):
    stack.append(len(instance.tables[table]))


@stack_step("ref.is_null")
def is_null(_, stack):
    stack.append(int(stack.pop() is None))


# -- Programs --


class Stopped(Exception):
    """The node has this status."""


def looked_at(instance, name, *operands):
    """The result of a call, after which fuel is looked at."""
    result = instance.call(name, *operands)
    if instance.fuel < 0:
        raise OutOfFuel
    return result


def answer(instance, name, operands, longest):
    """The bytes that `name` gives for the operands."""
    places = []
    for operand in operands:
        place = looked_at(instance, "prom_alloc", len(operand))
        if place + len(operand) > len(instance.memory):
            raise Stopped(SHAPE)
        instance.memory[place : place + len(operand)] = operand
        places += [place, len(operand)]
    packed = looked_at(instance, name, *places)
    place, length = packed >> 32, packed & MASK32
    if place + length > len(instance.memory):
        raise Stopped(SHAPE)
    if length > longest:
        raise Stopped(LONG)
    return bytes(instance.memory[place : place + length])


def compute(module, limits, operands):
    """The result of a node: an item is one operand, a fold has two."""
    fuel, longest = (limits.fuel, limits.result_bytes) if len(operands) == 1 else (limits.fold_fuel, limits.fold_bytes)
    try:
        instance = Instance(module, limits.pages, fuel)
        given = answer(instance, "map" if len(operands) == 1 else "reduce", operands, longest)
    except Trap as trap:
        return Node(TRAP, trap.args[0], 0, b"")
    except OutOfFuel:
        return Node(FUEL, 0, 0, b"")
    except OutOfDepth:
        return Node(TOO_DEEP, 0, 0, b"")
    except Stopped as stopped:
        return Node(stopped.args[0], 0, 0, b"")
    return Node(OK, 0, fuel - instance.fuel, given)


def run(module, limits, items):
    """The results of all nodes."""
    alone = limits.folds == FOLDS
    nodes = [Node(OK, 0, 0, item) if alone else compute(module, limits, [item]) for item in items]
    for left, right in folds(len(items)) if limits.folds else []:
        if nodes[left].status == OK and nodes[right].status == OK:
            nodes.append(compute(module, limits, [nodes[left].bytes, nodes[right].bytes]))
        else:
            nodes.append(Node(OPERAND, 0, 0, b""))
    return nodes


def main(arguments):
    if len(arguments) != 2:
        sys.exit(__doc__)
    program, items = (pathlib.Path(path).read_bytes() for path in arguments)
    limits, code = read_program(program)
    sys.stdout.buffer.write(write_results(run(decoder.Module(code), limits, read_items(items))))


if __name__ == "__main__":
    main(sys.argv[1:])
