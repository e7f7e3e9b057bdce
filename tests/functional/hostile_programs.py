"""Integer programs made to cost a verifier as much as they can for their bytes, written byte by byte from
docs/program.md. Standard library only."""

import collections
import math
import struct

KINDS = {name: number for number, name in enumerate(
    ("dense", "conv", "max pool", "average pool", "add", "concat", "reshape", "transpose"), 1)}  # fmt: skip
ONE_PLACE = (1, 1, 1, 0, 0)
SHIFT = 16

Range = collections.namedtuple("Range", "low high")


def axis(kernel=1, stride=1, dilation=1, before=0, after=0):
    return (kernel, stride, dilation, before, after)


class Builder:
    """A program, layer by layer. Values are numbered from 0, the input; each layer returns its own number."""

    def __init__(self, *shape, high=1):
        self.shapes = [shape]
        self.high = high
        self.layers = []

    def layer(self, kind, inputs, shape, fields=b""):
        self.layers.append(struct.pack(f">BH{len(inputs)}H", KINDS[kind], len(inputs), *inputs) + fields)
        self.shapes.append(tuple(shape))
        return len(self.layers)

    def rescale(self, multipliers, high=255, shift=SHIFT, counted=False, low=0):
        fields = struct.pack(">BBhh", shift, 0, low, high)
        fields += struct.pack(">I", len(multipliers)) if counted else b""
        return fields + struct.pack(f">{len(multipliers)}I", *multipliers)

    def window(self, value, down, across):
        _, *sizes = self.shapes[value]
        return [(size + axis[3] + axis[4] - axis[2] * (axis[0] - 1) - 1) // axis[1] + 1
                for size, axis in zip(sizes, (down, across))]  # fmt: skip

    def dense(self, value, outputs):
        *rows, inputs = self.shapes[value]
        fields = struct.pack(">I", outputs) + self.rescale([1] * outputs)
        return self.layer("dense", [value], (*rows, outputs), fields + bytes(4 * outputs) + bytes(outputs * inputs))

    def conv(self, value, outputs, down=ONE_PLACE, across=ONE_PLACE, groups=1, high=255):
        taken = self.shapes[value][0] // groups
        fields = struct.pack(">II10H", outputs, groups, *down, *across) + self.rescale([1] * outputs, high)
        fields += bytes(4 * outputs) + bytes(outputs * taken * down[0] * across[0])
        return self.layer("conv", [value], (outputs, *self.window(value, down, across)), fields)

    def average(self, value, down=ONE_PLACE, across=ONE_PLACE, multipliers=1, high=255):
        fields = struct.pack(">10H", *down, *across) + self.rescale([1] * multipliers, high, counted=True)
        return self.layer("average pool", [value], (self.shapes[value][0], *self.window(value, down, across)), fields)

    def maximum(self, value, down=ONE_PLACE, across=ONE_PLACE):
        fields = struct.pack(">10H", *down, *across)
        return self.layer("max pool", [value], (self.shapes[value][0], *self.window(value, down, across)), fields)

    def add(self, *values, high=255, shift=SHIFT, low=0):
        fields = self.rescale([1] * len(values), high, shift, low=low)
        return self.layer("add", values, self.shapes[values[0]], fields)

    def concat(self, values, along):
        shape = list(self.shapes[values[0]])
        shape[along] = sum(self.shapes[value][along] for value in values)
        return self.layer("concat", values, shape, bytes([along]))

    def doubled(self, value, along, times):
        for _ in range(times):
            value = self.concat([value, value], along)
        return value

    def transpose(self, value, *permutation):
        shape = [self.shapes[value][place] for place in permutation]
        return self.layer("transpose", [value], shape, bytes(permutation))

    def reshape(self, value, *shape):
        fields = struct.pack(f">B{len(shape)}I", len(shape), *shape)
        return self.layer("reshape", [value], shape, fields)

    def joined(self, values, along=0):
        """Reads all of these, as a last layer has to."""
        return self.add(self.concat(values, along))

    def bytes(self):
        shape = self.shapes[0]
        head = b"PRMI" + struct.pack(">HffhhB", 2, 1, 1, 0, 0, len(shape)) + struct.pack(f">{len(shape)}I", *shape)
        return head + struct.pack(">hhH", 0, self.high, len(self.layers)) + b"".join(self.layers)

    def input_shape(self):
        return self.shapes[0]


def count(shape):
    return math.prod(shape)


# -- The programs: each returns a Builder and how many items are proven --


def wide_average(kernel=2048, padding=7):
    """An average over many places, nearly all of them padding."""
    made = Builder(1, 1, 1)
    side = axis(kernel, 1, 1, kernel - 1, padding)
    made.average(0, side, side)
    return made, 1


def wide_convolution(kernel=8192):
    """A row of weights over a row of values."""
    made = Builder(1, 1, kernel)
    made.conv(0, 1, across=axis(kernel, 1, 1, kernel - 1, 0))
    return made, 1


def only_moves(sizes=(9, 9, 9, 9, 9, 9, 3)):
    """Nothing is proven; axes are padded to twice their size."""
    made = Builder(*sizes)
    made.reshape(0, *sizes)
    return made, 1


def doublings(times=18, kind="add"):
    """A value beside itself, again and again."""
    made = Builder(1, 1, 64)
    value = made.doubled(0, 2, times)
    made.add(value) if kind == "add" else made.maximum(value, across=axis(16, 16))
    return made, 1


def readers_of_the_input(layers=1000, size=4096):
    """Layers that all read the program's input."""
    made = Builder(1, 1, size)
    made.joined([made.average(0, across=axis(1, size)) for _ in range(layers)])
    return made, 1


def readers_of_a_concat(parts=500, layers=500):
    """One concat of many values, which many layers read."""
    made = Builder(1)
    value = made.concat([made.add(0) for _ in range(parts)], 0)
    made.joined([made.dense(value, 1) for _ in range(layers)])
    return made, 1


def readers_of_the_input_joined(parts=2000, layers=500):
    """One concat of the input alone, which many layers read, without a weight."""
    made = Builder(1, 1, 1)
    value = made.concat([0] * parts, 2)
    made.joined([made.average(value, across=axis(1, parts)) for _ in range(layers)])
    return made, 1


def readers_of_narrow_rows(rows=100000, parts=2, layers=30):
    """Rows of one value, joined to rows of a few, and layers that read them: each row has to be begun anew."""
    made = Builder(rows, 1)
    value = made.concat([made.add(0)] * parts, 1) if parts > 1 else made.reshape(made.add(0), rows, 1)
    made.joined([made.dense(value, 1) for _ in range(layers)])
    return made, 1


def readers_of_moved_parts(parts=500, layers=200):
    """The same, where each part is a value of its own: coefficients are kept for all of them at once."""
    made = Builder(1, 1, 1)
    value = made.concat([made.reshape(0, 1, 1, 1) for _ in range(parts)], 2)
    made.joined([made.average(value, across=axis(1, parts)) for _ in range(layers)])
    return made, 1


def average_with_multipliers(side=64, kernel=60):
    """A multiplier for each place, and windows over most of the image."""
    made = Builder(1, side, side)
    window = axis(kernel, 1, 1, kernel // 2, kernel - 1 - kernel // 2)
    value = made.average(0, window, window, multipliers=side * side)
    made.average(value, window, window, multipliers=side * side)
    return made, 1


def padded_kernels(layers=1000, kernel=65535):
    """The largest kernels there are, over one value: few of their places are inside."""
    made = Builder(1, 1, 1)
    value = 0
    for _ in range(layers):
        value = made.average(value, axis(), axis(kernel, 1, 1, kernel - 1, 0), high=1)
    return made, 1


def dilated_kernels(layers=500, size=4096):
    """Kernels whose places lie far apart."""
    made = Builder(1, 1, size)
    value = 0
    for _ in range(layers):
        value = made.conv(value, 1, across=axis(64, 1, 64, 64 * 63 // 2, 64 * 63 // 2), high=1)
    return made, 1


def tables(layers=240):
    """Ranges that all differ: each layer has a table of its own."""
    made = Builder(1)
    value = 0
    for number in range(layers):
        value = made.add(value, low=-(number // 200), high=1 + number % 200, shift=29)
    made.add(value, shift=29)
    return made, 1


def many_items(items=100000):
    """Very many items of one value."""
    made = Builder(1)
    value = made.add(0)
    made.joined([made.add(value), made.add(0)])
    return made, items


def long_axis(size=1 << 20):
    """One axis, as long as an axis can be."""
    made = Builder(size)
    value = made.concat([0, 0, 0], 0)
    made.dense(value, 1)
    return made, 1


def transposes(times=200, size=64):
    """A deep chain of moves, all of them behind one layer."""
    made = Builder(size, size)
    value = made.add(0)
    for _ in range(times):
        value = made.transpose(value, 1, 0)
    made.add(value)
    return made, 1


def tall_transposes(times=6, doubled=8):
    """Seven axes, of which the moved coefficients are turned in the most costly order."""
    made = Builder(*[2] * 7)
    value = made.add(0)
    value = made.doubled(value, 6, doubled)
    for _ in range(times):
        value = made.transpose(value, 6, 5, 4, 3, 2, 1, 0)
    made.add(value)
    return made, 1


def large_pools(doubled=10):
    """Max pools of 16 places over large moved images."""
    made = Builder(1, 64, 64)
    value = made.doubled(0, 1, doubled)
    made.maximum(value, axis(4, 64), axis(4, 4))
    return made, 1


def overlapping_pools(layers=30, side=64):
    """Max pools of 16 places over moved images, each place read 16 times."""
    made = Builder(1, side, side)
    value = made.add(0)
    for _ in range(layers):
        value = made.transpose(made.maximum(value, axis(4, 1, 1, 1, 2), axis(4, 1, 1, 1, 2)), 0, 2, 1)
    made.add(value)
    return made, 1


def many_layers(layers=4000):
    """As many layers as there can be, of one value."""
    made = Builder(1)
    value = 0
    for _ in range(layers):
        value = made.add(value)
    return made, 1


def many_groups(channels=1024, kernel=512):
    """A depthwise convolution of a moved value: each channel has weights of its own."""
    made = Builder(channels, 1, 1)
    value = made.reshape(made.add(0), channels, 1, 1)
    made.conv(value, channels, across=axis(kernel, 1, 1, kernel - 1, 0), groups=channels)
    return made, 1


def sums_of_moved(doubled=18):
    """A sum of two moved values, all of whose coefficients are there at once."""
    made = Builder(64)
    first = made.doubled(0, 0, doubled)
    second = made.doubled(made.add(0), 0, doubled)
    made.dense(made.add(first, second), 1)
    return made, 1


def direct_and_moved(side=24):
    """What a layer reads directly, it reads moved as well: both are added up."""
    made = Builder(side, side)
    value = made.add(0)
    for _ in range(3):
        value = made.add(value, made.transpose(value, 1, 0))
    made.add(value, made.transpose(0, 1, 0))
    return made, 3


def concats_of_every_layer(layers=60, size=512):
    """Each layer reads all that were before it, as in DenseNet, but joined anew."""
    made = Builder(1, size)
    values = [made.add(0)]
    for _ in range(layers):
        joined = made.concat(values, 0) if len(values) > 1 else values[0]
        rows = len(values)
        value = made.dense(made.reshape(joined, rows * size), size // 8)
        values.append(made.reshape(made.concat([value] * 8, 0), 1, size))
    made.add(values[-1])
    return made, 1


# -- Layers that read very much at once: what a prover's memory is made of --


def wide_dense(inputs=1 << 19, outputs=1, rows=1, committed=False):
    """A dense layer that reads hundreds of thousands of values for each of few outputs."""
    made = Builder(rows, inputs) if rows > 1 else Builder(inputs)
    made.dense(made.add(0) if committed else 0, outputs)
    return made, 1


def wide_window(channels=256, kernel=65):
    """A convolution whose window is far larger than its image."""
    made = Builder(channels, 1, 1)
    side = axis(kernel, 1, 1, kernel // 2, kernel // 2)
    made.conv(0, 4, side, side)
    return made, 1


def wide_join(parts=200, size=1 << 11):
    """A dense layer over a concat of very many values."""
    made = Builder(size)
    made.dense(made.concat([made.add(0) for _ in range(parts)], 0), 1)
    return made, 1


# -- Networks that people have, with weights of zero: what the limits have to leave room for --


def dense_network(blocks=(6, 12, 24, 16), growth=32, side=56):
    """DenseNet-121 behind its first pool: each layer joins its output to all before, one by one."""
    made = Builder(3, 4 * side, 4 * side)
    value = made.conv(0, 2 * growth, axis(7, 2, 1, 3, 3), axis(7, 2, 1, 3, 3))
    value = made.maximum(value, axis(3, 2, 1, 1, 1), axis(3, 2, 1, 1, 1))
    for number, layers in enumerate(blocks):
        for _ in range(layers):
            scaled = made.conv(value, made.shapes[value][0], groups=made.shapes[value][0])
            narrow = made.conv(scaled, 4 * growth)
            value = made.concat([value, made.conv(narrow, growth, axis(3, 1, 1, 1, 1), axis(3, 1, 1, 1, 1))], 0)
        if number + 1 < len(blocks):
            value = made.conv(value, made.shapes[value][0] // 2)
            value = made.average(value, axis(2, 2), axis(2, 2))
    _, height, width = made.shapes[value]
    value = made.average(value, axis(height), axis(width))
    made.dense(made.reshape(value, made.shapes[value][0]), 1000)
    return made, 1


def inception_network(modules=9, side=28):
    """Four paths beside each other, joined; as in GoogLeNet."""
    made = Builder(3, 8 * side, 8 * side)
    value = made.conv(0, 64, axis(7, 2, 1, 3, 3), axis(7, 2, 1, 3, 3))
    value = made.maximum(value, axis(4, 4), axis(4, 4))
    same, wide = axis(3, 1, 1, 1, 1), axis(5, 1, 1, 2, 2)
    for _ in range(modules):
        paths = [made.conv(value, 128), made.conv(made.conv(value, 96), 192, same, same),
                 made.conv(made.conv(value, 16), 96, wide, wide), made.conv(made.maximum(value, same, same), 64)]  # fmt: skip
        value = made.concat(paths, 0)
    _, height, width = made.shapes[value]
    value = made.average(value, axis(height), axis(width))
    made.dense(made.reshape(value, made.shapes[value][0]), 1000)
    return made, 1


def u_network(channels=16, side=256, depth=4):
    """Images become small and large again; what was there at each size is joined."""
    made = Builder(3, side, side)
    same = axis(3, 1, 1, 1, 1)
    value, left = 0, []
    for level in range(depth):
        value = made.conv(value, channels << level, same, same)
        left.append(value)
        value = made.maximum(value, axis(2, 2), axis(2, 2))
    for level in reversed(range(depth)):
        # Larger again by nearest neighbours: each row and each column beside itself.
        rows = made.shapes[value]
        value = made.reshape(value, rows[0], rows[1], 1, rows[2], 1)
        value = made.concat([value, value], 2)
        value = made.concat([value, value], 4)
        value = made.reshape(value, rows[0], 2 * rows[1], 2 * rows[2])
        value = made.conv(made.concat([value, left[level]], 0), channels << level, same, same)
    made.conv(value, 1)
    return made, 1
