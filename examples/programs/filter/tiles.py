#!/usr/bin/env python3
"""Cuts a grey picture into tiles for the filter, and puts what the filter gave together.

  tiles.py cut PICTURE.pgm FOLDER [SIDE]    tiles of SIDE x SIDE pixels (64), each with a border of one pixel, to
                                            FOLDER/00.pgm, 01.pgm, ...: row by row, from the left
  tiles.py join PICTURE.pgm RESULTS OUT.pgm [SIDE]    the picture of all results of that picture's tiles; RESULTS is
                                            the output of the job, as docs/programs.md describes it
  tiles.py draw PICTURE.pgm                 draws the picture that is committed

Beyond the edge of the picture its outermost pixels go on. Standard library only.
"""

import pathlib
import struct
import sys


def read_pgm(data):
    """The width, the height and the pixels of a binary PGM without comments."""
    kind, width, height, rest = data.split(maxsplit=3)
    most, pixels = rest.split(b"\n", 1)
    width, height = int(width), int(height)
    if kind != b"P5" or most != b"255" or len(pixels) != width * height:
        raise ValueError("no binary PGM with values up to 255")
    return width, height, pixels


def write_pgm(width, height, pixels):
    return b"P5\n%d %d\n255\n" % (width, height) + bytes(pixels)


def places(width, height, side):
    """Left, top, width and height of each tile, without its border."""
    for top in range(0, height, side):
        for left in range(0, width, side):
            yield left, top, min(side, width - left), min(side, height - top)


def cut(data, side=64):
    """The tiles of a picture, as PGM."""
    width, height, pixels = read_pgm(data)
    tiles = []
    for left, top, across, down in places(width, height, side):
        rows = [min(max(y, 0), height - 1) for y in range(top - 1, top + down + 1)]
        columns = [min(max(x, 0), width - 1) for x in range(left - 1, left + across + 1)]
        tiles.append(write_pgm(across + 2, down + 2, [pixels[y * width + x] for y in rows for x in columns]))
    return tiles


def join(data, tiles, side=64):
    """The picture of what the tiles of the picture `data` became."""
    width, height, _ = read_pgm(data)
    joined = bytearray(width * height)
    for (left, top, across, down), tile in zip(places(width, height, side), tiles, strict=True):
        if read_pgm(tile)[:2] != (across, down):
            raise ValueError(f"the tile at {left}, {top} has another size")
        pixels = read_pgm(tile)[2]
        for y in range(down):
            at = (top + y) * width + left
            joined[at : at + across] = pixels[y * across : (y + 1) * across]
    return write_pgm(width, height, joined)


def results(data):
    """The bytes of all nodes of a job's output."""
    (count,) = struct.unpack_from(">I", data)
    rows = [struct.unpack_from(">BBQI", data, 4 + 14 * node) for node in range(count)]
    at = 4 + 14 * count
    found = []
    for node, (status, _, _, length) in enumerate(rows):
        if status != 0:
            raise ValueError(f"node {node} failed")
        found.append(data[at : at + length])
        at += length
    return found


def draw():
    """A ramp, a disc and a chequered square."""
    width, height = 192, 128
    pixels = []
    for y in range(height):
        for x in range(width):
            if (x - 60) ** 2 + (y - 64) ** 2 < 40**2:
                pixels.append(220 - abs(x - 60))
            elif 112 <= x < 176 and 32 <= y < 96:
                pixels.append(30 if (x // 8 + y // 8) % 2 else 200)
            else:
                pixels.append((x + y) // 2)
    return write_pgm(width, height, pixels)


def main(arguments):
    command, paths = arguments[0] if arguments else "", [pathlib.Path(argument) for argument in arguments[1:]]
    if command == "cut" and len(paths) in (2, 3):
        paths[1].mkdir(exist_ok=True)
        for number, tile in enumerate(cut(paths[0].read_bytes(), *map(int, arguments[3:]))):
            (paths[1] / f"{number:02}.pgm").write_bytes(tile)
    elif command == "join" and len(paths) in (3, 4):
        tiles = results(paths[1].read_bytes())
        paths[2].write_bytes(join(paths[0].read_bytes(), tiles, *map(int, arguments[4:])))
    elif command == "draw" and len(paths) == 1:
        paths[0].write_bytes(draw())
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
