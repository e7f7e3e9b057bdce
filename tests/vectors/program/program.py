#!/usr/bin/env python3
"""Integer programs as docs/program.md has them: a second implementation, slow and plain, beside the one in src/program.

  program.py PROGRAM           says that the file is a program, and its digest; or why it is none
  program.py PROGRAM BATCH     writes the batch of outputs for this batch of inputs to standard output
"""

import collections
import hashlib
import itertools
import math
import pathlib
import struct
import sys

VERSION = 2
BOUND = 2**30 - 2**24
VALUES_MAX = 2**24
LAYERS_MAX = 4096
MULTIPLICATIONS_MAX = 2**44
KINDS = ("dense", "conv", "max pool", "average pool", "add", "concat", "reshape", "transpose")  # from 1
WEIGHTED = ("dense", "conv")
WINDOWED = ("conv", "max pool", "average pool")
RESCALED = ("dense", "conv", "average pool", "add")

Value = collections.namedtuple("Value", "shape low high")
Axis = collections.namedtuple("Axis", "kernel stride dilation before after")


class Refused(Exception):
    """The bytes are no program, or no batch."""


def require(condition, why):
    if not condition:
        raise Refused(why)


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        require(count <= len(self.data) - self.at, "cut off")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, width, signed=False):
        return int.from_bytes(self.take(width), "big", signed=signed)

    def done(self):
        require(self.at == len(self.data), "bytes are left over")


class Layer:
    """What the bytes hold, `output` as a Value, and `weight_count` of one output channel."""

    kind = inputs = output = None
    channels = groups = axis = window = permutation = None
    shift = split = multipliers = biases = weights = weight_count = None


class Program:
    input_scale = output_scale = input_zero = output_zero = None
    input = layers = data = None
    multiplications = 0

    def value(self, index):
        return self.input if index == 0 else self.layers[index - 1].output

    @property
    def output(self):
        return self.layers[-1].output

    def digest(self):
        tag = hashlib.sha256(b"prometheus/program").digest()
        return hashlib.sha256(tag + tag + self.data).digest()


# -- Reading --


def read_scale(reader):
    bits = reader.number(4)
    require(bits >> 31 == 0 and 0 < bits >> 23 < 255, "a scale is not positive and normal")
    return struct.unpack(">f", bits.to_bytes(4, "big"))[0]


def read_range(reader):
    low, high = reader.number(2, signed=True), reader.number(2, signed=True)
    require(low <= 0 <= high and 1 <= high - low <= 255, "a range that is none")
    return low, high


def check_shape(shape):
    require(1 <= len(shape) <= 7, "a shape of too few or too many axes")
    require(1 <= math.prod(shape) <= VALUES_MAX, "too few or too many integers")


def read_shape(reader):
    rank = reader.number(1)
    require(1 <= rank <= 7, "a shape of too few or too many axes")
    shape = tuple(reader.number(4) for _ in range(rank))
    check_shape(shape)
    return shape


def windowed_shape(layer, image, channels):
    require(len(image) == 3, "a window over what is no image")
    sizes = []
    for axis, size in zip(layer.window, image[1:]):
        require(axis.kernel and axis.stride and axis.dilation, "a kernel, stride or dilation of 0")
        reach = axis.dilation * (axis.kernel - 1)
        left = size + axis.before + axis.after - reach - 1
        require(left >= 0, "the window does not fit")
        sizes.append(left // axis.stride + 1)
        if layer.kind == "max pool":
            require(axis.before <= reach and axis.dilation <= size, "a window in the padding")
            require((sizes[-1] - 1) * axis.stride < size + axis.before, "a window in the padding")
    return (channels, *sizes)


def output_shape(layer, inputs, reshaped):
    """And, on the way, how many weights a channel has."""
    shape = inputs[0].shape
    if layer.kind == "dense":
        layer.weight_count = shape[-1]
        return (*shape[:-1], layer.channels)
    if layer.kind == "conv":
        made = windowed_shape(layer, shape, layer.channels)
        require(layer.groups > 0 and shape[0] % layer.groups == 0 and layer.channels % layer.groups == 0, "groups")
        layer.weight_count = shape[0] // layer.groups * layer.window[0].kernel * layer.window[1].kernel
        return made
    if layer.kind in WINDOWED:
        return windowed_shape(layer, shape, shape[0])
    if layer.kind == "add":
        require(all(value.shape == shape for value in inputs), "an add of two shapes")
        return shape
    if layer.kind == "concat":
        at = layer.axis
        require(at < len(shape), "no such axis")
        for value in inputs:
            require(len(value.shape) == len(shape), "a concat of different ranks")
            require(value.shape[:at] == shape[:at] and value.shape[at + 1 :] == shape[at + 1 :], "a concat of shapes")
        return (*shape[:at], sum(value.shape[at] for value in inputs), *shape[at + 1 :])
    if layer.kind == "reshape":
        require(math.prod(reshaped) == math.prod(shape), "a reshape to another number of integers")
        return reshaped
    require(sorted(layer.permutation) == list(range(len(shape))), "a permutation that is none")
    return tuple(shape[axis] for axis in layer.permutation)


def places_inside(axis, size, at):
    """What of the image lies under the window at output `at`: pairs of the kernel's place and the image's index."""
    places = ((i, at * axis.stride + i * axis.dilation - axis.before) for i in range(axis.kernel))
    return [(i, index) for i, index in places if 0 <= index < size]


def sum_ranges(layer, inputs):
    """(multiplier, least, largest) for each."""
    low, high = inputs[0].low, inputs[0].high
    if layer.kind == "add":
        pairs = list(zip(layer.multipliers, inputs))
        return [(1, sum(k * value.low for k, value in pairs), sum(k * value.high for k, value in pairs))]
    if layer.kind == "average pool":
        height, width = layer.window
        counts = [height.kernel * width.kernel]
        if len(layer.multipliers) > 1:
            _, rows, columns = inputs[0].shape
            counts = [
                len(places_inside(height, rows, a)) * len(places_inside(width, columns, e))
                for a in range(layer.output.shape[1])
                for e in range(layer.output.shape[2])
            ]
        return [(k, count * low, count * high) for k, count in zip(layer.multipliers, counts)]
    ranges = []
    for o in range(layer.channels):
        weights = layer.weights[o * layer.weight_count : (o + 1) * layer.weight_count]
        positive, negative = sum(w for w in weights if w > 0), sum(w for w in weights if w < 0)
        ranges.append(
            (
                layer.multipliers[o],
                layer.biases[o] + low * positive + high * negative,
                layer.biases[o] + high * positive + low * negative,
            )
        )
    return ranges


def within_bounds(k, least, largest, shift, split):
    most = max(-least, largest)
    if most >= BOUND:
        return False
    if split == 0:
        return k * most + 2 ** (shift - 1) < BOUND
    return k * (2**split - 1) < BOUND and k * (most // 2**split + 1) + 2 ** (shift - split - 1) < BOUND


def multiplications(layer):
    made = math.prod(layer.output.shape)
    if layer.kind in WEIGHTED:
        return made * layer.weight_count
    if layer.kind in WINDOWED:
        return made * layer.window[0].kernel * layer.window[1].kernel
    return made * len(layer.inputs) if layer.kind == "add" else 0


def read_rescale(reader, layer, shape):
    layer.shift, layer.split = reader.number(1), reader.number(1)
    low, high = read_range(reader)
    require(layer.split <= 15 and 1 <= layer.shift - layer.split <= 29, "a shift and split that do not go together")
    require(layer.kind != "add" or layer.split == 0, "an add with a split")
    count = len(layer.inputs) if layer.kind == "add" else layer.channels
    if layer.kind == "average pool":
        count = reader.number(4)
        require(count in (1, shape[1] * shape[2]), "multipliers for other places")
    layer.multipliers = list(struct.unpack(f">{count}I", reader.take(4 * count)))
    require(all(1 <= k < 2**30 for k in layer.multipliers), "a multiplier that is 0 or too large")
    return low, high


def read_layer(reader, program):
    layer = Layer()
    number = reader.number(1)
    require(1 <= number <= len(KINDS), "an unknown kind")
    kind = layer.kind = KINDS[number - 1]
    count = reader.number(2)
    least, most = {"add": (1, 2), "concat": (2, 65535)}.get(kind, (1, 1))
    require(least <= count <= most, "too few or too many inputs")
    layer.inputs = list(struct.unpack(f">{count}H", reader.take(2 * count)))
    require(all(index <= len(program.layers) for index in layer.inputs), "it reads what is not there yet")
    inputs = [program.value(index) for index in layer.inputs]
    layer.channels = reader.number(4) if kind in WEIGHTED else None
    layer.groups = reader.number(4) if kind == "conv" else None
    layer.axis = reader.number(1) if kind == "concat" else None
    if kind in WINDOWED:
        numbers = struct.unpack(">10H", reader.take(20))
        layer.window = (Axis(*numbers[:5]), Axis(*numbers[5:]))
    if kind == "transpose":
        layer.permutation = list(reader.take(len(inputs[0].shape)))
    shape = output_shape(layer, inputs, read_shape(reader) if kind == "reshape" else None)
    check_shape(shape)
    if kind in RESCALED:
        low, high = read_rescale(reader, layer, shape)
    else:
        low, high = min(value.low for value in inputs), max(value.high for value in inputs)
        require(high - low <= 255, "a concat of ranges that are too wide together")
    layer.output = Value(shape, low, high)
    if kind in WEIGHTED:
        count = layer.channels * layer.weight_count
        layer.biases = list(struct.unpack(f">{layer.channels}i", reader.take(4 * layer.channels)))
        layer.weights = struct.unpack(f">{count}b", reader.take(count))
    program.multiplications += multiplications(layer)
    require(program.multiplications <= MULTIPLICATIONS_MAX, "too many multiplications")
    if kind in RESCALED:
        for bounds in sum_ranges(layer, inputs):
            require(within_bounds(*bounds, layer.shift, layer.split), "out of bounds")
    return layer


def check_zero(zero, value):
    least, most = value.low + zero, value.high + zero
    require(0 <= least and most <= 255 or -128 <= least and most <= 127, "a zero point that fits no byte")


def parse(data):
    program = Program()
    reader = Reader(data)
    program.data = data
    require(reader.take(4) == b"PRMI", "no program")
    require(reader.number(2) == VERSION, "another version")
    program.input_scale, program.output_scale = read_scale(reader), read_scale(reader)
    program.input_zero, program.output_zero = reader.number(2, signed=True), reader.number(2, signed=True)
    program.input = Value(read_shape(reader), *read_range(reader))
    count = reader.number(2)
    require(1 <= count <= LAYERS_MAX, "too few or too many layers")
    program.layers = []
    for _ in range(count):
        program.layers.append(read_layer(reader, program))
    reader.done()
    used = {index for layer in program.layers for index in layer.inputs}
    require(all(i + 1 in used for i in range(count - 1)), "a layer that nothing reads")
    check_zero(program.input_zero, program.input)
    check_zero(program.output_zero, program.output)
    return program


# -- Running: a value is a dictionary from index to integer --


def indices(shape):
    return itertools.product(*(range(size) for size in shape))


def rescaled(layer, k, total):
    q = (k * total + 2 ** (layer.shift - 1)) // 2**layer.shift
    return min(layer.output.high, max(layer.output.low, q))


def dense(layer, values):
    (u,) = values
    made = {}
    for index in indices(layer.output.shape):
        *others, o = index
        weights = layer.weights[o * layer.weight_count : (o + 1) * layer.weight_count]
        total = layer.biases[o] + sum(w * u[(*others, i)] for i, w in enumerate(weights))
        made[index] = rescaled(layer, layer.multipliers[o], total)
    return made


def conv(layer, values, image):
    (u,) = values
    height, width = layer.window
    taken = image[0] // layer.groups
    made = {}
    for o, a, e in indices(layer.output.shape):
        first = o // (layer.channels // layer.groups) * taken
        total = layer.biases[o]
        for c in range(taken):
            for i, y in places_inside(height, image[1], a):
                for j, x in places_inside(width, image[2], e):
                    weight = layer.weights[((o * taken + c) * height.kernel + i) * width.kernel + j]
                    total += weight * u[first + c, y, x]
        made[o, a, e] = rescaled(layer, layer.multipliers[o], total)
    return made


def pool(layer, values, image):
    (u,) = values
    made = {}
    for c, a, e in indices(layer.output.shape):
        rows, columns = places_inside(layer.window[0], image[1], a), places_inside(layer.window[1], image[2], e)
        under = [u[c, y, x] for _, y in rows for _, x in columns]
        if layer.kind == "max pool":
            made[c, a, e] = max(under)
        else:
            at = a * layer.output.shape[2] + e if len(layer.multipliers) > 1 else 0
            made[c, a, e] = rescaled(layer, layer.multipliers[at], sum(under))
    return made


def concat(layer, values, shapes):
    made = {}
    start = 0
    for value, shape in zip(values, shapes):
        for index, x in value.items():
            made[(*index[: layer.axis], index[layer.axis] + start, *index[layer.axis + 1 :])] = x
        start += shape[layer.axis]
    return made


def run_layer(layer, values, shapes):
    if layer.kind == "dense":
        return dense(layer, values)
    if layer.kind == "conv":
        return conv(layer, values, shapes[0])
    if layer.kind in WINDOWED:
        return pool(layer, values, shapes[0])
    if layer.kind == "add":
        totals = {i: sum(k * u[i] for k, u in zip(layer.multipliers, values)) for i in values[0]}
        return {i: rescaled(layer, 1, total) for i, total in totals.items()}
    if layer.kind == "concat":
        return concat(layer, values, shapes)
    if layer.kind == "reshape":
        return dict(zip(indices(layer.output.shape), (values[0][i] for i in indices(shapes[0]))))
    return {tuple(index[axis] for axis in layer.permutation): x for index, x in values[0].items()}


def run(program, codes):
    """The codes of one item's output."""
    require(len(codes) == math.prod(program.input.shape), "an item of another size")
    require(all(code <= program.input.high - program.input.low for code in codes), "a code out of range")
    made = [dict(zip(indices(program.input.shape), (code + program.input.low for code in codes)))]
    for layer in program.layers:
        shapes = [program.value(index).shape for index in layer.inputs]
        made.append(run_layer(layer, [made[index] for index in layer.inputs], shapes))
    return bytes(made[-1][index] - program.output.low for index in indices(program.output.shape))


def run_batch(program, batch):
    reader = Reader(batch)
    items, width = reader.number(4), reader.number(4)
    require(items > 0 and width > 0, "an empty batch")
    made = [run(program, reader.take(width)) for _ in range(items)]
    reader.done()
    return struct.pack(">II", items, len(made[0])) + b"".join(made)


def main(arguments):
    if len(arguments) not in (1, 2):
        sys.exit(__doc__)
    try:
        program = parse(pathlib.Path(arguments[0]).read_bytes())
        if len(arguments) == 1:
            print(program.digest().hex())
        else:
            sys.stdout.buffer.write(run_batch(program, pathlib.Path(arguments[1]).read_bytes()))
    except Refused as refused:
        sys.exit(f"program.py: {refused}")


if __name__ == "__main__":
    main(sys.argv[1:])
