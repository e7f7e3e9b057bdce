#!/usr/bin/env python3
"""Writes program.json: integer programs with digests, inputs and outputs, and bytes that are no program, all made and
judged by program.py."""

import json
import math
import pathlib
import random
import struct

import program as reference

WHOLE = (1, 1, 1, 0, 0)  # a window's axis of one place


def shape_bytes(shape):
    return bytes([len(shape)]) + struct.pack(f">{len(shape)}I", *shape)


def range_bytes(bounds):
    return struct.pack(">hh", *bounds)


def rescale_bytes(rescale):
    """(shift, split, range, multipliers)"""
    shift, split, bounds, multipliers = rescale
    return bytes([shift, split]) + range_bytes(bounds), struct.pack(f">{len(multipliers)}I", *multipliers)


def layer_bytes(kind, reads, middle=b""):
    number = reference.KINDS.index(kind) + 1
    return struct.pack(f">BH{len(reads)}H", number, len(reads), *reads) + middle


def weight_bytes(biases, weights):
    return struct.pack(f">{len(biases)}i{len(weights)}b", *biases, *weights)


def dense(reads, rescale, biases, weights):
    middle = struct.pack(">I", len(biases)) + b"".join(rescale_bytes(rescale))
    return layer_bytes("dense", [reads], middle + weight_bytes(biases, weights))


def conv(reads, groups, height, width, rescale, biases, weights):
    middle = struct.pack(">II10H", len(biases), groups, *height, *width)
    return layer_bytes("conv", [reads], middle + b"".join(rescale_bytes(rescale)) + weight_bytes(biases, weights))


def max_pool(reads, height, width):
    return layer_bytes("max pool", [reads], struct.pack(">10H", *height, *width))


def average_pool(reads, height, width, rescale):
    start, multipliers = rescale_bytes(rescale)
    count = struct.pack(">I", len(rescale[3]))
    return layer_bytes("average pool", [reads], struct.pack(">10H", *height, *width) + start + count + multipliers)


def add(reads, rescale):
    return layer_bytes("add", reads, b"".join(rescale_bytes(rescale)))


def concat(reads, axis):
    return layer_bytes("concat", reads, bytes([axis]))


def reshape(reads, shape):
    return layer_bytes("reshape", [reads], shape_bytes(shape))


def transpose(reads, permutation):
    return layer_bytes("transpose", [reads], bytes(permutation))


def fitting_zero(low, high):
    """Of the zero points that a range can have, the uint8 one."""
    return -low if high - low <= 255 else 0


def program_bytes(shape, bounds, layers, output_zero, version=reference.VERSION):
    head = b"PRMI" + struct.pack(">Hffhh", version, 0.0625, 0.5, fitting_zero(*bounds), output_zero)
    return head + shape_bytes(shape) + range_bytes(bounds) + struct.pack(">H", len(layers)) + b"".join(layers)


# -- What every vector says --


def items_of(generator, shape, bounds, count):
    """All at the low end, all at the high end, all 0, and drawn ones, in which the ends are frequent."""
    size = math.prod(shape)
    span = bounds[1] - bounds[0]
    items = [bytes([0] * size), bytes([span] * size), bytes([-bounds[0]] * size)]
    for _ in range(count):
        items.append(bytes(generator.choice((0, span, generator.randint(0, span))) for _ in range(size)))
    return items


def vector(name, shape, bounds, layers, output_bounds, items):
    data = program_bytes(shape, bounds, layers, fitting_zero(*output_bounds))
    program = reference.parse(data)
    return {
        "name": name,
        "program": data.hex(),
        "digest": program.digest().hex(),
        "multiplications": program.multiplications,
        "input": b"".join(items).hex(),
        "output": b"".join(reference.run(program, item) for item in items).hex(),
        "items": len(items),
    }


def drawn(generator, count, least=-128, most=127):
    return [generator.randint(least, most) for _ in range(count)]


INT8 = (-128, 127)
UINT8 = (0, 255)


def rounding(generator):
    """Every integer of the input, halved, quartered with a multiplier of 3, and clamped."""
    every = [bytes([code]) for code in range(256)]
    for name, shift, k, bounds in (
        ("halves round up", 1, 1, INT8),
        ("three quarters", 2, 3, INT8),
        ("halves clamped to [0, 100]", 1, 1, (0, 100)),
        ("doubled, saturating at both ends", 1, 4, INT8),
        ("the largest shift without a split", 29, 6000000, (-3, 3)),
    ):
        yield vector(name, (1,), INT8, [dense(0, (shift, 0, bounds, [k]), [0], [1])], bounds, every)
        yield vector(f"add: {name}", (1,), INT8, [add([0], (shift, 0, bounds, [k]))], bounds, every)


def largest_multiplier(least, largest, shift, split):
    low, high = 0, 2**30 - 1
    while low < high:
        middle = (low + high + 1) // 2
        if reference.within_bounds(middle, least, largest, shift, split):
            low = middle
        else:
            high = middle - 1
    return low


def bounds_and_splits(generator):
    """Dense layers whose multipliers are as large as the bounds let them be: (accepted, refused by one)."""
    for split in (0, 1, 7, 8, 14, 15):
        for shift in (split + 1, split + 15, split + 29):
            for bias in (0, reference.BOUND - 200000, 200000 - reference.BOUND):
                weights = drawn(generator, 4)
                positive, negative = sum(w for w in weights if w > 0), sum(w for w in weights if w < 0)
                least = bias - 128 * positive + 127 * negative
                largest = bias + 127 * positive - 128 * negative
                k = largest_multiplier(least, largest, shift, split)
                if not 0 < k < 2**30 - 1:
                    continue

                def layers(multiplier):
                    return [dense(0, (shift, split, INT8, [multiplier]), [bias], weights)]

                name = f"shift {shift}, split {split}, bias {bias}: the largest multiplier, {k}"
                items = items_of(generator, (4,), INT8, 1)
                yield vector(name, (4,), INT8, layers(k), INT8, items), program_bytes((4,), INT8, layers(k + 1), 128)


def splits(generator):
    """Every split, with the largest multiplier, and the shift with which the output just fills its range."""
    for split in range(1, 16):
        weights = drawn(generator, 8)
        most = 128 * sum(abs(w) for w in weights)
        k = largest_multiplier(-most, most, split + 20, split)
        shift = max(split + 1, min(split + 29, (k * most // 128).bit_length()))
        k = largest_multiplier(-most, most, shift, split)
        yield vector(
            f"split {split}, shift {shift}, multiplier {k}",
            (8,),
            INT8,
            [dense(0, (shift, split, INT8, [k, max(1, k // 3)]), [0, 77], weights[:8] + weights[::-1])],
            INT8,
            items_of(generator, (8,), INT8, 20),
        )


def windows(generator):
    shape = (4, 5, 6)
    bounds = (-3, 252)
    down, right = (3, 2, 1, 1, 1), (2, 1, 2, 0, 2)
    items = items_of(generator, shape, bounds, 3)

    def convolved(name, shape, groups, channels, down, right, out, k, shift):
        places = down[0] * right[0] * (shape[0] // groups)
        yield vector(
            name,
            shape,
            bounds,
            [
                conv(
                    0,
                    groups,
                    down,
                    right,
                    (shift, 0, out, [k + o for o in range(channels)]),
                    drawn(generator, channels, -4000, 4000),
                    drawn(generator, channels * places),
                )
            ],
            out,
            items_of(generator, shape, bounds, 3),
        )

    yield from convolved("conv: strides, dilation, paddings", shape, 1, 3, down, right, INT8, 900, 20)
    yield from convolved("conv: two groups", shape, 2, 6, down, right, (0, 255), 1100, 20)
    three = (3, 1, 1, 1, 1)
    yield from convolved("conv: depthwise, two channels for each", shape, 4, 8, three, three, INT8, 3000, 20)
    yield from convolved("conv: 1x1", (3, 2, 2), 1, 2, WHOLE, WHOLE, (-255, 0), 5000, 20)
    padded = ((2, 3, 1, 4, 4), (1, 2, 1, 3, 2))
    yield from convolved("conv: windows that lie in the padding alone", (1, 1, 2), 1, 3, *padded, INT8, 5000, 20)
    negative = (-255, 0)
    yield vector(
        "max pool: the padding, of code 0 or not, never wins",
        shape,
        negative,
        [max_pool(0, (3, 1, 1, 1, 1), (2, 2, 3, 2, 1))],
        negative,
        items_of(generator, shape, negative, 3),
    )
    pool = [max_pool(0, down, (2, 1, 2, 2, 2))]
    yield vector("max pool: a range with both signs", shape, bounds, pool, bounds, items)
    yield vector(
        "average pool: one multiplier, the padding counts",
        shape,
        bounds,
        [average_pool(0, three, three, (16, 0, bounds, [2**16 // 9]))],
        bounds,
        items,
    )
    counts = [a * e for a in (2, 3, 3, 3, 2) for e in (2, 3, 3, 3, 3, 2)]
    yield vector(
        "average pool: a multiplier for each place, the padding does not count, split",
        shape,
        bounds,
        [average_pool(0, three, three, (24, 6, bounds, [(2**24 + n // 2) // n for n in counts]))],
        bounds,
        items,
    )
    yield vector(
        "average pool: of all, and windows in the padding alone",
        (2, 3, 3),
        INT8,
        [average_pool(0, (3, 4, 1, 4, 0), (3, 1, 1, 0, 0), (10, 0, (-100, 100), [114]))],
        (-100, 100),
        items_of(generator, (2, 3, 3), INT8, 4),
    )


def moves(generator):
    shape = (2, 3, 2)
    for axis in range(3):
        larger = list(shape)
        larger[axis] *= 3
        yield vector(
            f"concat along axis {axis}, of one value twice and of another",
            shape,
            INT8,
            [transpose(0, [2, 1, 0]), transpose(1, [2, 1, 0]), concat([0, 2, 0], axis)],
            INT8,
            items_of(generator, shape, INT8, 2),
        )
    yield vector(
        "concat of different sizes",
        (2, 6),
        UINT8,
        [reshape(0, (3, 4)), reshape(0, (1, 4, 3)), reshape(2, (3, 4)), concat([1, 3, 1], 0), concat([4, 1], 0)],
        UINT8,
        items_of(generator, (2, 6), UINT8, 2),
    )
    yield vector(
        "concat of three ranges",
        (2, 2),
        (-20, 5),
        [
            add([0], (1, 0, (0, 100), [9])),
            add([0], (2, 0, (-155, 0), [80])),
            concat([0, 1, 0, 2], 1),
            reshape(3, (1, 2, 8)),
            max_pool(4, WHOLE, (2, 1, 1, 0, 0)),
        ],
        (-155, 100),
        items_of(generator, (2, 2), (-20, 5), 6),
    )
    for permutation in ([3, 0, 2, 1], [1, 2, 3, 0], [0, 1, 2, 3], [2, 3, 1, 0]):
        yield vector(
            f"transpose {permutation}",
            (2, 3, 1, 4),
            (-7, 9),
            [transpose(0, permutation)],
            (-7, 9),
            items_of(generator, (2, 3, 1, 4), (-7, 9), 2),
        )
    yield vector(
        "reshape and transpose of seven axes",
        (2, 1, 2, 3, 1, 2, 2),
        UINT8,
        [transpose(0, [6, 5, 4, 3, 2, 1, 0]), reshape(1, (48,)), reshape(2, (3, 16))],
        UINT8,
        items_of(generator, (2, 1, 2, 3, 1, 2, 2), UINT8, 2),
    )


def graphs(generator):
    """The last axis of a value with others before it; two branches that meet again."""
    weights = drawn(generator, 5 * 4)
    yield vector(
        "dense over the last of three axes",
        (2, 3, 4),
        (-100, 155),
        [dense(0, (20, 0, (-20, 60), [300, 301, 302, 303, 304]), drawn(generator, 5, -9999, 9999), weights)],
        (-20, 60),
        items_of(generator, (2, 3, 4), (-100, 155), 4),
    )
    yield vector(
        "add of two ranges",
        (9,),
        INT8,
        [
            add([0], (7, 0, (0, 200), [250])),
            add([0, 1], (12, 0, (-150, 100), [3000, 2100])),
            add([2, 2], (1, 0, (-255, 0), [1, 2])),
        ],
        (-255, 0),
        items_of(generator, (9,), INT8, 12),
    )
    yield vector(
        "ranges of two integers",
        (6,),
        (0, 1),
        [
            dense(0, (1, 0, (-1, 0), [1] * 6), [-1, 0, 1, 0, -1, 0], drawn(generator, 36, -2, 1)),
            dense(0, (1, 0, (-1, 0), [2] * 6), [0, 0, 0, -1, -1, 0], drawn(generator, 36, -2, 1)),
            add([0, 1], (2, 0, (0, 1), [3, 2])),
            concat([1, 2], 0),
            dense(4, (3, 0, (-1, 0), [3, 1]), [1, -4], drawn(generator, 24, -2, 2)),
            dense(3, (1, 0, (-1, 0), [1] * 3), [0, 1, 0], drawn(generator, 18, -2, 2)),
            add([6, 6], (1, 0, (-1, 0), [1, 1])),
            concat([7, 5], 0),
        ],
        (-1, 0),
        items_of(generator, (6,), (0, 1), 8),
    )
    shape = (2, 6, 6)
    three = (3, 1, 1, 1, 1)
    halved = (2, 2, 1, 0, 0)
    relu = (0, 255)
    yield vector(
        "a small residual network",
        shape,
        INT8,
        [
            conv(0, 1, three, three, (21, 0, relu, [700] * 4), drawn(generator, 4, -999, 999), drawn(generator, 72)),
            conv(1, 4, three, three, (22, 3, INT8, [9000] * 4), drawn(generator, 4, -999, 999), drawn(generator, 36)),
            conv(2, 1, WHOLE, WHOLE, (20, 0, INT8, [3000, 3100, 3200, 3300]), [0] * 4, drawn(generator, 16)),
            add([1, 3], (16, 0, relu, [40000, 50000])),
            max_pool(4, halved, halved),
            average_pool(5, (3, 1, 1, 0, 0), (3, 1, 1, 0, 0), (16, 0, relu, [7282])),
            reshape(6, (4,)),
            dense(7, (22, 4, INT8, [20000, 21000, 22000]), drawn(generator, 3, -9999, 9999), drawn(generator, 12)),
        ],
        INT8,
        items_of(generator, shape, INT8, 3),
    )


def refused(generator):
    """One thing wrong each."""
    one = (1, 0, INT8, [1])
    good = [dense(0, one, [0], [1])]
    image = (1, 3, 3)

    def bad(name, layers, shape=(1,), bounds=INT8, zero=128, version=reference.VERSION):
        data = program_bytes(shape, bounds, layers, zero, version)
        try:
            reference.parse(data)
        except reference.Refused:
            return {"name": name, "program": data.hex()}
        raise AssertionError(f"'{name}' is a program")

    yield bad("another version", good, version=1)
    yield bad("a layer that nothing reads", good * 2)
    yield bad("a range without 0", good, bounds=(1, 100))
    yield bad("a range of 257 integers", good, bounds=(-128, 128))
    yield bad("a range of one integer", good, bounds=(0, 0))
    yield bad("an output zero that fits no byte", good, zero=127)
    yield bad("a shape of no axes", good, shape=())
    yield bad("a size of 0", good, shape=(1, 0))
    yield bad("a shift of 30 without a split", [dense(0, (30, 0, INT8, [1]), [0], [1])])
    yield bad("a split as large as the shift", [dense(0, (4, 4, INT8, [1]), [0], [1])])
    yield bad("a split of 16", [dense(0, (20, 16, INT8, [1]), [0], [1])])
    yield bad("an add with a split", [add([0], (4, 1, INT8, [1]))])
    yield bad("a multiplier of 0", [dense(0, (1, 0, INT8, [0]), [0], [1])])
    yield bad("a multiplier of 2^30", [dense(0, (1, 0, INT8, [2**30]), [0], [0])])
    yield bad("it reads itself", [dense(1, one, [0], [1])])
    yield bad("max pool: the first window in the padding", [max_pool(0, (2, 1, 1, 2, 0), WHOLE)], image)
    yield bad("max pool: the last window in the padding", [max_pool(0, (2, 1, 1, 0, 2), WHOLE)], image)
    yield bad("max pool: the window steps over the image", [max_pool(0, (2, 1, 4, 2, 2), WHOLE)], image)
    yield bad("a window that does not fit", [max_pool(0, (4, 1, 1, 0, 0), WHOLE)], image)
    yield bad("a stride of 0", [max_pool(0, (1, 0, 1, 0, 0), WHOLE)], image)
    yield bad("a window over what is no image", [max_pool(0, WHOLE, WHOLE)], (3, 3))
    two = (1, 0, INT8, [1, 1])
    yield bad("average pool: multipliers for other places", [average_pool(0, WHOLE, WHOLE, two)], image)
    yield bad("conv: groups that do not divide the channels", [conv(0, 2, WHOLE, WHOLE, two, [0, 0], [1, 1])], image)
    yield bad("add of two shapes", [reshape(0, (1, 2)), add([0, 1], two)], (2, 1))
    yield bad("concat: together 257 integers", [add([0], (1, 0, (0, 128), [1])), concat([0, 1], 0)], (2,))
    yield bad("concat along an axis that is none", [concat([0, 0], 1)], (2,))
    yield bad("concat of one", [concat([0], 0)], (2,))
    yield bad("reshape to another number", [reshape(0, (3,))], (2,))
    yield bad("a permutation with an axis twice", [transpose(0, [0, 0])], (2, 2))
    yield bad("an unknown kind", [b"\x09" + good[0][1:]])
    yield bad("bytes left over", [good[0] + b"\0"])
    yield bad("cut off", [good[0][:-1]])


def main():
    generator = random.Random(2009)
    edges = list(bounds_and_splits(generator))
    vectors = {
        "programs": [
            *rounding(generator),
            *windows(generator),
            *moves(generator),
            *graphs(generator),
            *splits(generator),
            *(accepted for accepted, _ in edges),
        ],
        "refused": [
            *refused(generator),
            *({"name": f"one more than {accepted['name']}", "program": data.hex()} for accepted, data in edges),
        ],
    }
    for _, data in edges:
        try:
            reference.parse(data)
        except reference.Refused:
            continue
        raise AssertionError("a multiplier beyond the largest is accepted")
    file = pathlib.Path(__file__).with_name("program.json")
    file.write_text(json.dumps(vectors, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
