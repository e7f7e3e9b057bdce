#!/usr/bin/env python3
"""Writes draw.json: draws of arbiters and samples of items, computed from docs/protocol.md in the plainest way."""

import hashlib
import json
import pathlib


def tagged(tag, *parts):
    tag_hash = hashlib.sha256(tag.encode()).digest()
    return hashlib.sha256(tag_hash + tag_hash + b"".join(parts)).digest()


def named(name, number):
    return hashlib.sha256(f"{name} {number}".encode()).digest()


def number(value, width):
    return value.to_bytes(width, "big")


def below(seed, start, end):
    """A number below `end`, and the number of the next draw."""
    while True:
        drawn = int.from_bytes(tagged("prometheus/sample", seed, number(start, 8))[:4], "big")
        start += 1
        if drawn < 2**32 // end * end:
            return drawn % end, start


def sample(seed, items, varsigma):
    count = min(items, max(1, -(-items * varsigma // 10000)))
    chosen = set()
    start = 0
    for last in range(items - count, items):
        drawn, start = below(seed, start, last + 1)
        chosen.add(last if drawn in chosen else drawn)
    return {"seed": seed.hex(), "items": items, "varsigma": varsigma, "positions": sorted(chosen), "draws": start}


def large_sample(seed, items, varsigma):
    """SHA-256 of the positions, 4 bytes each. In a range that is not small beside 2^32 numbers are drawn again."""
    vector = sample(seed, items, varsigma)
    positions = vector.pop("positions")
    assert vector["draws"] > len(positions)
    vector["hash"] = hashlib.sha256(b"".join(number(position, 4) for position in positions)).hexdigest()
    return vector


def sampling_seed(case):
    contract_id, package_hash, block = (named(name, case) for name in ("contract", "package", "block"))
    return {
        "contract_id": contract_id.hex(),
        "package_hash": package_hash.hex(),
        "block": block.hex(),
        "seed": tagged("prometheus/sampling", contract_id, package_hash, block).hex(),
    }


def draw(case, count):
    setup_id = named("setup", case)
    block = named("block", case)
    # Two offers of one transaction among them: the index decides.
    outpoints = sorted((named("offer", i - (i == 1)), 7 * (i == 1)) for i in range(count))
    offers = [txid + number(index, 4) for txid, index in outpoints]
    seed = tagged("prometheus/draw", setup_id, block)
    return {
        "setup_id": setup_id.hex(),
        "block": block.hex(),
        "offers": [offer.hex() for offer in offers],
        "seed": seed.hex(),
        "order": [offer.hex() for offer in sorted(offers, key=lambda offer: tagged("prometheus/draw-order", seed, offer))],
    }


def main():
    vectors = {
        "draws": [draw(count, count) for count in (1, 3, 20)],
        "seeds": [sampling_seed(0), sampling_seed(1)],
        "samples": [
            sample(named("seed", case), items, varsigma)
            for case, (items, varsigma) in enumerate(
                ((1, 1), (1, 10000), (2, 1), (10, 2500), (10, 2501), (37, 10000), (1000, 500))
            )
        ],
        "large_samples": [large_sample(named("seed", 100), 100000000, 1)],
    }
    file = pathlib.Path(__file__).with_name("draw.json")
    file.write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    main()
