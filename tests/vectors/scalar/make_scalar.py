#!/usr/bin/env python3
"""Writes scalar.json: arithmetic modulo the order of secp256k1, as Python's integers have it."""

import json
import pathlib
import random

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
EDGES = (0, 1, 2, 3, ORDER - 1, ORDER - 2, ORDER // 2, ORDER // 2 + 1, 2**32 - 1, 2**128 - 1, 2**255, 2**256 - ORDER)
BEYOND = (ORDER, ORDER + 1, 2**256 - 2, 2**256 - 1)


def text(number):
    return f"{number:064x}"


def pair(a, b):
    return {
        "a": text(a),
        "b": text(b),
        "sum": text((a + b) % ORDER),
        "difference": text((a - b) % ORDER),
        "product": text(a * b % ORDER),
    }


def single(a):
    return {"a": text(a), "negated": text(-a % ORDER), "inverse": text(pow(a, ORDER - 2, ORDER))}


def draw(generator, count):
    return [generator.randrange(1, ORDER) for _ in range(count)]


def main():
    generator = random.Random(1)
    # Products a little above 2^256 modulo the order: with these the last folding of a product carries.
    near = [(a, (2**256 - ORDER + i) * pow(a, -1, ORDER) % ORDER) for i, a in enumerate(draw(generator, 16))]
    drawn = draw(generator, 64)
    vectors = {
        "pairs": [
            pair(a, b)
            for a, b in (*((a, b) for a in EDGES for b in EDGES), *zip(drawn[::2], drawn[1::2]), *near)
        ],
        "singles": [single(a) for a in (*EDGES, *drawn[:8])],
        "reduced": [{"bytes": text(a), "number": text(a % ORDER), "below": a < ORDER} for a in (*EDGES, *BEYOND)],
    }
    path = pathlib.Path(__file__).with_name("scalar.json")
    path.write_text(json.dumps(vectors, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
