"""What the examples of `prom iterate`, kmeans and fedavg, must give: `map` and `reduce` of each in Python, and rounds of them.

None stands for a refusal. Standard library only.
"""

import struct


def item_of(state, data):
    """An item of a round (docs/programs.md)."""
    return struct.pack("<I", len(state)) + state + data


def split(item):
    """The state and the data of an item; None: it has not so many bytes as it says."""
    if len(item) < 4:
        return None
    (length,) = struct.unpack_from("<I", item)
    return (item[4 : 4 + length], item[4 + length :]) if len(item) >= 4 + length else None


# -- kmeans --

COORDINATE = 2**24


def centres_of(state):
    """Centres, and count and sums of each."""
    if len(state) < 8:
        return None
    count, axes = struct.unpack_from("<II", state)
    if not 1 <= count <= 4096 or not 1 <= axes <= 1024 or len(state) != 8 + count * (4 * axes + 8 * (axes + 1)):
        return None
    at = 8 + 4 * count * axes
    centres = [list(row) for row in struct.iter_unpack(f"<{axes}i", state[8:at])]
    sums = [list(row) for row in struct.iter_unpack(f"<{1 + axes}q", state[at:])]
    if any(abs(number) > COORDINATE for row in centres for number in row):
        return None
    return centres, sums


def write_centres(centres, sums):
    axes = len(centres[0])
    rows = [struct.pack(f"<{axes}i", *row) for row in centres]
    rows += [struct.pack(f"<{1 + axes}q", *row) for row in sums]
    return struct.pack("<II", len(centres), axes) + b"".join(rows)


def moved(centres, sums):
    """Centres where their points' means are, halves rounded up; None: they have not come of points."""
    for (points, *totals) in sums:
        if not 0 <= points <= 2**32 or any(abs(total) > points * COORDINATE for total in totals):
            return None
    return [
        [(2 * total + row[0]) // (2 * row[0]) for total in row[1:]] if row[0] else centre
        for centre, row in zip(centres, sums)
    ]


def nearest_sums(item):
    parts = split(item)
    found = centres_of(parts[0]) if parts else None
    centres = moved(*found) if found else None
    if centres is None or len(parts[1]) % (4 * len(centres[0])) != 0:
        return None
    axes = len(centres[0])
    sums = [[0] * (1 + axes) for _ in centres]
    for point in struct.iter_unpack(f"<{axes}i", parts[1]):
        if any(abs(number) > COORDINATE for number in point):
            return None
        distances = [sum((a - b) ** 2 for a, b in zip(centre, point)) for centre in centres]
        row = sums[distances.index(min(distances))]
        row[:] = [row[0] + 1] + [total + number for total, number in zip(row[1:], point)]
    return write_centres(centres, sums)


def add_sums(first, second):
    one, other = centres_of(first), centres_of(second)
    if one is None or other is None or one[0] != other[0]:
        return None
    return write_centres(one[0], [[a + b for a, b in zip(*rows)] for rows in zip(one[1], other[1])])


# -- fedavg --

ONE = 1 << 16
WEIGHT, VALUE, SAMPLES = 256 * ONE, 16 * ONE, 2**32


def model_of(state):
    """The model, the samples that it was trained on, the sums of what came of it."""
    if len(state) < 4:
        return None
    weights = struct.unpack_from("<I", state)[0] + 1
    if not 2 <= weights <= 1025 or len(state) != 4 + 4 * weights + 8 + 8 * weights:
        return None
    _, *values = struct.unpack(f"<I{weights}iq{weights}q", state)
    model, samples, sums = values[:weights], values[weights], values[weights + 1 :]
    if any(abs(weight) > WEIGHT for weight in model) or not 0 <= samples <= SAMPLES:
        return None
    return None if any(abs(total) > samples * WEIGHT for total in sums) else (model, samples, sums)


def write_model(model, samples, sums):
    return struct.pack(f"<I{len(model)}iq{len(sums)}q", len(model) - 1, *model, samples, *sums)


def trained(model, rows):
    """Two epochs, a step on each sample."""
    for *values, label in rows * 2:
        values.append(ONE)
        half = ONE // 2 + sum(weight * value for weight, value in zip(model, values)) // ONE // 4
        error = min(max(half, 0), ONE) - label * ONE
        model = [min(max(w - error * value // (8 * ONE), -WEIGHT), WEIGHT) for w, value in zip(model, values)]
    return model


def train(item):
    parts = split(item)
    found = model_of(parts[0]) if parts else None
    if found is None or len(parts[1]) % (4 * len(found[0])) != 0:
        return None
    model, samples, sums = found
    model = [total // samples for total in sums] if samples else model
    rows = list(struct.iter_unpack(f"<{len(model)}i", parts[1]))
    if any(abs(value) > VALUE for row in rows for value in row[:-1]) or any(row[-1] not in (0, 1) for row in rows):
        return None
    return write_model(model, len(rows), [len(rows) * weight for weight in trained(model, rows)])


def add_models(first, second):
    one, other = model_of(first), model_of(second)
    if one is None or other is None or one[0] != other[0] or one[1] + other[1] > SAMPLES:
        return None
    return write_model(one[0], one[1] + other[1], [a + b for a, b in zip(one[2], other[2])])


# -- Rounds --


def states(program, state, data, rounds):
    """The states of so many rounds, the first one's before them."""
    found = [state]
    for _ in range(rounds):
        level = [program.map(item_of(found[-1], item)) for item in data]
        while len(level) > 1:
            pairs = [program.reduce(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
            level = pairs + level[len(level) // 2 * 2 :]
        found.append(level[0])
    return found
