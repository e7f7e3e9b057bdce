"""What docs/proof.md derives from a program: the layout of an argument, and layers as linear functionals."""

import collections
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors", "program"))

# pylint: disable=wrong-import-position
from algebra import ONE, PRIME, ZERO, combination, equality_table, of_integer, require, total
from program import RESCALED, WEIGHTED, WINDOWED, indices, places_inside

NUMBER_BITS = 30
LIMB_BITS = 16
QUOTIENT_BITS_MAX = 22
PLACES_MAX = 16
CODE_BITS = 8
VARIABLES_MAX = 32
MEMORY_BASE, MEMORY_FACTOR = 2**28, 64  # of what a verifier may be asked for
STEPS_BASE, STEPS_FACTOR = 2**27, 128


def axis_bits(size):
    return (size - 1).bit_length()


# -- The layout --

Table = collections.namedtuple("Table", "activation bits low high")
Lookup = collections.namedtuple("Lookup", "table variables")
Limb = collections.namedtuple("Limb", "bits column lookup")


class Step:
    """A layer that rescales, or a max pool."""

    value = layer = variables = column = None  # column: of the value, None for the program's output
    remainder_bits = activation = None
    remainder = high = carry = ()  # limbs
    rest = low = None
    places = ()  # lookups of a max pool


class Layout:
    def __init__(self, program, items):
        self.program = program
        self.items = items
        self.batch_bits = axis_bits(items)
        self.columns = []  # variables of each
        self.tables = []
        self.lookups = []
        self.steps = []
        self.column_of = {}  # value -> column
        for index in range(len(program.layers) + 1):
            require(self.variables(index) + self.batch_bits <= VARIABLES_MAX, "too many items")
            if index > 0:
                self.add_layer(index)
        self.table_columns = [self.add_column(table.bits) for table in self.tables]
        self.place()
        self.check_cost()

    def bits(self, index):
        return [axis_bits(size) for size in self.program.value(index).shape]

    def variables(self, index):
        """Of an item."""
        return sum(self.bits(index))

    def moved(self, index):
        return index > 0 and self.program.layers[index - 1].kind in ("concat", "reshape", "transpose")

    def add_column(self, variables):
        self.columns.append(variables)
        return len(self.columns) - 1

    def add_lookup(self, table, variables):
        if table not in self.tables:
            self.tables.append(table)
        self.lookups.append(Lookup(self.tables.index(table), variables))
        return len(self.lookups) - 1

    def add_range(self, bits, variables):
        return self.add_lookup(Table(False, bits, 0, 0), variables)

    def add_limbs(self, bits, variables):
        count = -(-bits // LIMB_BITS)
        limbs = []
        for i in range(count):
            size = (bits + count - 1 - i) // count
            limbs.append(Limb(size, self.add_column(variables), self.add_range(size, variables)))
        return limbs

    def add_layer(self, index):
        layer = self.program.layers[index - 1]
        if self.moved(index):
            return
        step = Step()
        step.value, step.layer = index, layer
        step.variables = self.variables(index) + self.batch_bits
        if index < len(self.program.layers):
            step.column = self.column_of[index] = self.add_column(step.variables)
        self.steps.append(step)
        if layer.kind in RESCALED:
            self.add_rescale(step, layer)
        else:
            count = layer.window[0].kernel * layer.window[1].kernel
            require(count <= PLACES_MAX, "a window of too many places")
            step.places = [self.add_range(CODE_BITS, step.variables) for _ in range(count)]

    def add_rescale(self, step, layer):
        step.remainder_bits = layer.shift - layer.split
        quotient_bits = NUMBER_BITS + 1 - step.remainder_bits
        require(quotient_bits <= QUOTIENT_BITS_MAX, "a quotient of too many bits")
        step.remainder = self.add_limbs(step.remainder_bits, step.variables)
        table = Table(True, quotient_bits, layer.output.low, layer.output.high)
        step.activation = self.add_lookup(table, step.variables)
        if layer.split:
            step.high = self.add_limbs(NUMBER_BITS + 1 - layer.split, step.variables)
            step.carry = self.add_limbs(NUMBER_BITS - layer.split, step.variables)
            step.rest = self.add_range(layer.split, step.variables)
            step.low = self.add_range(layer.split, step.variables)

    def place(self):
        """Where the leaves of lookups and tables begin: the larger ones first."""
        blocks = [(lookup.variables, "lookup", i) for i, lookup in enumerate(self.lookups)]
        blocks += [(table.bits, "table", i) for i, table in enumerate(self.tables)]
        self.starts = {}
        self.leaves = 0
        for variables, kind, i in sorted(blocks, key=lambda block: -block[0]):
            self.starts[kind, i] = self.leaves
            self.leaves += 2**variables
        require(sum(2**lookup.variables for lookup in self.lookups) < PRIME, "too many lookups")
        require(self.leaves <= 2**VARIABLES_MAX, "too many leaves")
        self.leaf_variables = axis_bits(self.leaves)

    def check_cost(self):
        values = self.count(0) + self.count(len(self.program.layers))
        size = len(self.program.data) + self.items * values
        cost = Cost(self)
        require(cost.memory <= MEMORY_BASE + MEMORY_FACTOR * size, "a verifier would need too much memory")
        require(cost.steps <= STEPS_BASE + STEPS_FACTOR * size, "a verifier would need too much time")

    def count(self, index):
        return math.prod(self.program.value(index).shape)


# -- What a verifier is asked for --


class Cost:
    """Bytes of memory and steps, as docs/proof.md counts them."""

    def __init__(self, layout):
        self.layout = layout
        self.program = layout.program
        self.steps = 2**20 + 512 * (len(layout.lookups) + len(layout.tables))
        self.memory = 2**22 + 2**13 * (len(self.program.layers) + 1)
        self.passing = 0
        last = len(self.program.layers)
        for step in layout.steps:
            for _ in range(2 if step.places else 1):
                self.functional(step.value)
                if step.column is None:
                    self.output(last)
            if step.places:
                self.steps += 128 * len(step.places) * step.variables
            if step.high:
                self.steps += 16 * len(step.layer.multipliers) + 768 + 128 * layout.variables(step.value)
                self.memory += 2 * (256 + 20 * step.variables)
        if layout.moved(last):
            self.functional(last)
            self.output(last)
        self.memory += self.passing + 3 * 2**20

    def codes(self, index):
        return self.layout.items * (24 + self.layout.count(index) // 2)

    def output(self, last):
        self.steps += self.codes(last) + 6 * self.layout.count(last)
        self.passing = max(self.passing, 60 * self.layout.count(last))

    def moving(self, index):
        """Steps that hand on the coefficients of a moved value."""
        each = 8 if self.program.layers[index - 1].kind == "transpose" else 6
        return each * self.layout.count(index)

    def functional(self, index):
        layout, layer = self.layout, self.program.layers[index - 1]
        committed = layout.column_of.keys()
        met = len(layer.inputs)
        read = set(layer.inputs)
        self.steps += 512 + index // 4
        for moved in range(index - 1, 0, -1):
            if moved in read and layout.moved(moved):
                inputs = self.program.layers[moved - 1].inputs
                read.remove(moved)
                read.update(inputs)
                met += len(inputs)
                self.steps += self.moving(moved)
        self.steps += 64 * met
        for value in read - {0}:
            self.steps += 768 + 128 * layout.variables(value)
            self.memory += 256 + 20 * (layout.batch_bits + layout.variables(value))
        if 0 in read:
            self.steps += self.codes(0)
        if layout.moved(index):
            made = [index]
            self.steps += self.moving(index)
        else:
            made = [value for value in layer.inputs if value not in committed]
            self.closed_form(layer)
        for value in made:
            self.steps += 8 * layout.count(value) + (self.spreading(layer) if layer.kind in WINDOWED else 0)
        coefficients = sum(layout.count(value) for value in made)
        weights = layer.weight_count if layer.kind in WEIGHTED else 0
        if layer.inputs[0] in committed:
            weights *= 3
        elif layer.kind == "conv":
            weights *= 1 + layer.groups
        passing = 20 * (3 * coefficients + weights + len(layer.multipliers or ()))
        if coefficients:
            passing += 18 * 2**10 * (min(met, index) + 1)
        self.passing = max(self.passing, passing)

    def channels(self, layer):
        return self.program.value(layer.inputs[0]).shape[0] if layer.kind == "conv" else 1

    def pairs(self, layer, axis):
        """At most so many pairs of an output and a place under its window lie inside of the image along an axis."""
        window, size = layer.window[axis], self.program.value(layer.inputs[0]).shape[1 + axis]
        inside = (size - 1) // window.dilation + 1
        return layer.output.shape[1 + axis] * (1 + min(window.kernel, inside))

    def closed_form(self, layer):
        count = len(layer.multipliers or ())
        if layer.kind in WEIGHTED:
            self.steps += count * layer.weight_count
        self.steps += 8 * (count + self.channels(layer))
        if layer.kind in WINDOWED:
            self.steps += 12 * (self.pairs(layer, 0) + self.pairs(layer, 1))

    def spreading(self, layer):
        """Steps of a window's coefficients in its image."""
        down, across, channels = self.pairs(layer, 0), self.pairs(layer, 1), self.channels(layer)
        height, width = layer.output.shape[1], self.program.value(layer.inputs[0]).shape[2]
        rows = {"conv": layer.window[0].kernel, "max pool": height + down, "average pool": height}[layer.kind]
        steps = 12 * rows * across * channels + down * width * channels
        return steps + (layer.window[0].kernel * height if layer.kind == "conv" else 0)


# -- Functionals: value -> coefficients, in row-major order, and a constant --


class Functional:
    def __init__(self, layout):
        self.layout = layout
        self.coefficients = {}
        self.constant = ZERO

    def add(self, index, coefficients):
        """Takes coefficients of any value back to those of the values that it is moved from."""
        program = self.layout.program
        if not self.layout.moved(index):
            before = self.coefficients.get(index)
            self.coefficients[index] = [a + b for a, b in zip(before, coefficients)] if before else coefficients
            return
        layer = program.layers[index - 1]
        shapes = [program.value(i).shape for i in layer.inputs]
        if layer.kind == "reshape":
            self.add(layer.inputs[0], coefficients)
            return
        by_index = dict(zip(indices(layer.output.shape), coefficients))
        start = 0
        for i, shape in zip(layer.inputs, shapes):
            if layer.kind == "concat":
                at = layer.axis
                taken = [by_index[(*x[:at], x[at] + start, *x[at + 1 :])] for x in indices(shape)]
                start += shape[at]
            else:
                taken = [by_index[tuple(x[axis] for axis in layer.permutation)] for x in indices(shape)]
            self.add(i, taken)


def axis_tables(layout, index, point):
    """eq for each axis of a value, at a point of an item."""
    tables = []
    for bits in layout.bits(index):
        tables.append(equality_table(point[:bits]))
        point = point[bits:]
    return tables


def outer(tables, shape):
    """The products of eq over all axes, in row-major order."""
    products = [ONE]
    for table, size in zip(tables, shape):
        products = [product * entry for product in products for entry in table[:size]]
    return products


def factor(multiplier, mix):
    return of_integer(multiplier) if mix is None else ONE + mix.scale(multiplier)


def channel_factors(layer, table, mix):
    return [equal * factor(k, mix) for equal, k in zip(table, layer.multipliers)]


def weighted_rows(layer, factors, channels):
    """The weights of these output channels, added up with their factors."""
    count = layer.weight_count
    rows = [layer.weights[o * count : (o + 1) * count] for o in channels]
    return [combination([factors[o] for o in channels], column) for column in zip(*rows)]


def dense_sums(made, layer, tables, mix):
    *others, last = tables
    rows = outer(others, layer.output.shape[:-1])
    factors = channel_factors(layer, last, mix)
    weights = weighted_rows(layer, factors, range(layer.channels))
    made.constant = combination(factors, layer.biases) * total(rows)
    made.add(layer.inputs[0], [row * weight for row in rows for weight in weights])


def readers(axis, size, table, outputs):
    """(image's index, kernel's place, eq of the output that reads there) along one axis."""
    return [(y, i, table[a]) for a in range(outputs) for i, y in places_inside(axis, size, a)]


def conv_sums(made, layer, tables, mix):
    channels, height, width = made.layout.program.value(layer.inputs[0]).shape
    _, rows, columns = layer.output.shape
    factors = channel_factors(layer, tables[0], mix)
    down = readers(layer.window[0], height, tables[1], rows)
    across = readers(layer.window[1], width, tables[2], columns)
    taken, group_channels = channels // layer.groups, layer.channels // layer.groups
    kernel = layer.window[0].kernel * layer.window[1].kernel
    both = [(y * width + x, i * layer.window[1].kernel + j, a * b) for y, i, a in down for x, j, b in across]
    coefficients = [ZERO] * (channels * height * width)
    for c in range(channels):
        group, inside = divmod(c, taken)
        if inside == 0:
            weights = weighted_rows(layer, factors, range(group * group_channels, (group + 1) * group_channels))
        for pixel, place, equal in both:
            at = c * height * width + pixel
            coefficients[at] = coefficients[at] + equal * weights[inside * kernel + place]
    made.constant = combination(factors, layer.biases) * total(tables[1][:rows]) * total(tables[2][:columns])
    made.add(layer.inputs[0], coefficients)


def pool_plane(made, layer, tables, weight_of):
    """Adds, for each channel, what an image's pixels count; weight_of(output place, kernel place). Gives what lies
    outside of the image counts, in all channels together."""
    channels, height, width = made.layout.program.value(layer.inputs[0]).shape
    _, rows, columns = layer.output.shape
    plane = [ZERO] * (height * width)
    outside = ZERO
    for a in range(rows):
        inside_rows = dict(places_inside(layer.window[0], height, a))
        for e in range(columns):
            inside_columns = dict(places_inside(layer.window[1], width, e))
            equal = tables[1][a] * tables[2][e]
            for i in range(layer.window[0].kernel):
                for j in range(layer.window[1].kernel):
                    weight = equal * weight_of(a * columns + e, i * layer.window[1].kernel + j)
                    if i in inside_rows and j in inside_columns:
                        at = inside_rows[i] * width + inside_columns[j]
                        plane[at] = plane[at] + weight
                    else:
                        outside = outside + weight
    made.add(layer.inputs[0], [equal * weight for equal in tables[0][:channels] for weight in plane])
    return outside * total(tables[0][:channels])


def prom_functional_of_sums(layout, index, point, mix=None):
    """Of a layer's sums, each times its multiplier, or times 1 + mix * multiplier."""
    made = Functional(layout)
    layer = layout.program.layers[index - 1]
    tables = axis_tables(layout, index, point)
    if layer.kind == "dense":
        dense_sums(made, layer, tables, mix)
    elif layer.kind == "conv":
        conv_sums(made, layer, tables, mix)
    elif layer.kind == "average pool":
        factors = [factor(k, mix) for k in layer.multipliers]
        pool_plane(made, layer, tables, lambda output, _: factors[output if len(factors) > 1 else 0])
    else:
        equal = outer(tables, layer.output.shape)
        for i, k in zip(layer.inputs, layer.multipliers):
            made.add(i, [entry.scale(k) for entry in equal])
    return made


def prom_functional_of_places(layout, index, point, weights):
    """Of what lies under a max pool's window, place i with weights[i]; outside lies the least of the range."""
    made = Functional(layout)
    layer = layout.program.layers[index - 1]
    outside = pool_plane(made, layer, axis_tables(layout, index, point), lambda _, place: weights[place])
    made.constant = outside.scale(layout.program.value(layer.inputs[0]).low)
    return made


def prom_functional_of_moved(layout, index, point):
    made = Functional(layout)
    made.add(index, outer(axis_tables(layout, index, point), layout.program.value(index).shape))
    return made


def multipliers_at(layout, index, point):
    """eq times the multiplier of each of a layer's outputs, in row-major order."""
    layer = layout.program.layers[index - 1]
    shape = layer.output.shape
    equal = outer(axis_tables(layout, index, point), shape)
    if len(layer.multipliers) == 1:
        return [entry.scale(layer.multipliers[0]) for entry in equal]
    if layer.kind == "dense":
        return [entry.scale(layer.multipliers[at % shape[-1]]) for at, entry in enumerate(equal)]
    plane = math.prod(shape[1:])
    if layer.kind == "conv":
        return [entry.scale(layer.multipliers[at // plane]) for at, entry in enumerate(equal)]
    return [entry.scale(layer.multipliers[at % plane]) for at, entry in enumerate(equal)]


def padded(layout, index, coefficients):
    """Brought to the places of the value's polynomial."""
    bits = layout.bits(index)
    values = [ZERO] * 2 ** sum(bits)
    for x, coefficient in zip(indices(layout.program.value(index).shape), coefficients):
        at = 0
        for width, place in zip(bits, x):
            at = at << width | place
        values[at] = coefficient
    return values
