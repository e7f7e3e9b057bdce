#!/usr/bin/env python3
"""Makes what `prom iterate` needs for k-means, and shows what it found.

  rounds.py data POINTS.csv FOLDER [COUNT]       the points, COUNT of them in each item (100), to FOLDER/0000, 0001, ...
  rounds.py first CENTRES.csv STATE              the first state, whose centres have no points yet
  rounds.py centres STATE                        prints the centres that follow from a state: the mean of each one's points

A row of either table is a point: integers, with a comma between. Standard library only.
"""

import pathlib
import struct
import sys


def read_table(text):
    return [[int(number) for number in row.split(",")] for row in text.split()]


def data(points, count=100):
    """The items: some of the points in each."""
    axes = len(points[0])
    return [
        b"".join(struct.pack(f"<{axes}i", *row) for row in points[at : at + count])
        for at in range(0, len(points), count)
    ]


def state(centres, sums=None):
    """A state: the centres of a round, and of each how many points it has, and their sum on each axis."""
    axes = len(centres[0])
    sums = sums or [[0] * (1 + axes) for _ in centres]
    rows = [struct.pack(f"<{axes}i", *row) for row in centres] + [struct.pack(f"<{1 + axes}q", *row) for row in sums]
    return struct.pack("<II", len(centres), axes) + b"".join(rows)


def read_state(content):
    """The centres of the round, and the sums."""
    count, axes = struct.unpack_from("<II", content)
    at = 8 + 4 * count * axes
    centres = [list(row) for row in struct.iter_unpack(f"<{axes}i", content[8:at])]
    return centres, [list(row) for row in struct.iter_unpack(f"<{1 + axes}q", content[at:])]


def next_centres(centres, sums):
    """The mean of each centre's points, each axis rounded to the nearest integer; a centre without points stays."""
    return [
        [(2 * total + row[0]) // (2 * row[0]) for total in row[1:]] if row[0] else centre
        for centre, row in zip(centres, sums, strict=True)
    ]


def main(arguments):
    command, paths = arguments[0] if arguments else "", [pathlib.Path(argument) for argument in arguments[1:]]
    if command == "data" and len(paths) in (2, 3):
        paths[1].mkdir(exist_ok=True)
        for number, item in enumerate(data(read_table(paths[0].read_text()), *map(int, arguments[3:]))):
            (paths[1] / f"{number:04}").write_bytes(item)
    elif command == "first" and len(paths) == 2:
        paths[1].write_bytes(state(read_table(paths[0].read_text())))
    elif command == "centres" and len(paths) == 1:
        print("\n".join(",".join(map(str, row)) for row in next_centres(*read_state(paths[0].read_bytes()))))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
