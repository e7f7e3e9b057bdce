#!/usr/bin/env python3
"""Makes what `prom iterate` needs for federated averaging, and shows what was learnt.

  fedavg.py samples                     prints the table that samples.csv is: made up, the same each time
  fedavg.py data SAMPLES.csv FOLDER     the samples of each participant to FOLDER/00, 01, ...
  fedavg.py first SAMPLES.csv STATE     the first state: a model of zeros
  fedavg.py score SAMPLES.csv STATE     prints the model that follows from a state, and how well it fits all samples

A row of the table is a sample: the participant's number, the features in units of 2^-16, and the class, 0 or 1.
Standard library only.
"""

import math
import pathlib
import struct
import sys

ONE = 1 << 16
PARTICIPANTS, SAMPLES, FEATURES = 10, 40, 4
TRUTH = (1.5, -2.0, 1.0, 0.75, -0.5)  # the bias stands behind


def numbers(state=1):
    """Numbers from 0 to 1, by SplitMix64."""
    mask = 2**64 - 1
    while True:
        state = state + 0x9E3779B97F4A7C15 & mask
        bits = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & mask
        bits = (bits ^ bits >> 27) * 0x94D049BB133111EB & mask
        yield ((bits ^ bits >> 31) >> 11) * 2.0**-53


def samples():
    """Rows: those of each participant lie around a place of its own, so that none of them has seen it all."""
    drawn = numbers()
    rows = []
    for participant in range(PARTICIPANTS):
        centre = [2 * next(drawn) - 1 for _ in range(FEATURES)]
        for _ in range(SAMPLES):
            values = [middle + 4 * next(drawn) - 2 for middle in centre]
            score = sum(weight * value for weight, value in zip(TRUTH, values)) + TRUTH[-1]
            label = int(score + 0.5 * (next(drawn) - 0.5) > 0)
            rows.append([participant, *(int(value * ONE) for value in values), label])
    return rows


def read_table(text):
    return [[int(number) for number in row.split(",")] for row in text.split()]


def data(rows):
    """The items: the samples of each participant."""
    items = {}
    for participant, *sample in rows:
        items[participant] = items.get(participant, b"") + struct.pack(f"<{len(sample)}i", *sample)
    return [items[participant] for participant in sorted(items)]


def state(model, trained=0, sums=None):
    """A state: the model that a round began with, the samples that it was trained on, and the sums of what came of it."""
    sums = sums or [0] * len(model)
    return struct.pack(f"<I{len(model)}iq{len(sums)}q", len(model) - 1, *model, trained, *sums)


def read_state(content):
    weights = struct.unpack_from("<I", content)[0] + 1
    _, *values = struct.unpack(f"<I{weights}iq{weights}q", content)
    return values[:weights], values[weights], values[weights + 1 :]


def next_model(model, trained, sums):
    """The mean of the models that were trained; the model itself where there is none yet."""
    return [total // trained for total in sums] if trained else model


def score(model, rows):
    """The share of samples that are classified rightly, and the mean logarithmic loss."""
    right, loss = 0, 0.0
    for _, *values, label in rows:
        z = sum(weight * value for weight, value in zip(model, values)) / ONE**2 + model[-1] / ONE
        right += (z > 0) == (label == 1)
        loss += math.log1p(math.exp(-abs(z))) + max(0.0, -z if label else z)
    return right / len(rows), loss / len(rows)


def main(arguments):
    command, paths = arguments[0] if arguments else "", [pathlib.Path(argument) for argument in arguments[1:]]
    rows = read_table(paths[0].read_text()) if paths else []
    if command == "samples" and not paths:
        print("\n".join(",".join(map(str, row)) for row in samples()))
    elif command == "data" and len(paths) == 2:
        paths[1].mkdir(exist_ok=True)
        for number, item in enumerate(data(rows)):
            (paths[1] / f"{number:02}").write_bytes(item)
    elif command == "first" and len(paths) == 2:
        paths[1].write_bytes(state([0] * (len(rows[0]) - 1)))
    elif command == "score" and len(paths) == 2:
        model = next_model(*read_state(paths[1].read_bytes()))
        right, loss = score(model, rows)
        print(f"weights {' '.join(f'{weight / ONE:.4f}' for weight in model)}")
        print(f"{100 * right:.2f} % right, loss {loss:.4f}")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
