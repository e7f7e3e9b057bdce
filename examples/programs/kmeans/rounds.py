#!/usr/bin/env python3
"""Makes the items of a round of k-means, and from its result the centres of the next.

  rounds.py items POINTS.csv CENTRES.csv FOLDER [COUNT]    items of COUNT points each (100) to FOLDER/0000, 0001, ...
  rounds.py centres CENTRES.csv RESULTS          prints the next round's centres; CENTRES.csv are those that the items
                                                 had, RESULTS is the output of the job, as docs/programs.md describes it

A row of either table is a point: integers, with a comma between. Standard library only.
"""

import pathlib
import struct
import sys


def read_table(text):
    return [[int(number) for number in row.split(",")] for row in text.split()]


def items(points, centres, count=100):
    """The items of a round: each has the centres, and some of the points."""
    axes = len(centres[0])
    head = struct.pack("<II", len(centres), axes) + b"".join(struct.pack(f"<{axes}i", *row) for row in centres)
    return [
        head + b"".join(struct.pack(f"<{axes}i", *row) for row in points[at : at + count])
        for at in range(0, len(points), count)
    ]


def next_centres(centres, result):
    """The mean of each centre's points, each axis rounded to the nearest integer; a centre without points stays."""
    axes = len(centres[0])
    moved = []
    for centre, row in zip(centres, struct.iter_unpack(f"<{1 + axes}q", result), strict=True):
        count, sums = row[0], row[1:]
        moved.append([(2 * total + count) // (2 * count) for total in sums] if count else centre)
    return moved


def last_result(data):
    """The bytes of the last node of a job's output."""
    (count,) = struct.unpack_from(">I", data)
    status, _, _, length = struct.unpack_from(">BBQI", data, 4 + 14 * (count - 1))
    if status != 0:
        raise ValueError("the last node failed")
    return data[len(data) - length :]


def main(arguments):
    command, paths = arguments[0] if arguments else "", [pathlib.Path(argument) for argument in arguments[1:]]
    if command == "items" and len(paths) in (3, 4):
        points, centres = read_table(paths[0].read_text()), read_table(paths[1].read_text())
        paths[2].mkdir(exist_ok=True)
        for number, item in enumerate(items(points, centres, *map(int, arguments[4:]))):
            (paths[2] / f"{number:04}").write_bytes(item)
    elif command == "centres" and len(paths) == 2:
        moved = next_centres(read_table(paths[0].read_text()), last_result(paths[1].read_bytes()))
        print("\n".join(",".join(map(str, row)) for row in moved))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
