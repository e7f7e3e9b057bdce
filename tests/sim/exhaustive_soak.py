#!/usr/bin/env python3
"""Every behaviour of every coalition with a bounded number of moves in the simulator, for `make soak`:
exhaustive_soak.py PROGRAM SECONDS FILE.

A piece is one coalition; which have been played stands in FILE, and the next run goes on from there, unless PROGRAM is
another one by now. The last line tells how many of how many are done; the status is 1 where a claim was broken."""

import json
import os
import re
import sys
import time

from sim_soak import digest_of, play, read_state

PLACES, ARBITERS, TOLERATED = 6, 3, 1  # n = 3, k = 2
COALITIONS = [bits for bits in range(1, 1 << PLACES) if (bits >> (PLACES - ARBITERS)).bit_count() <= TOLERATED]
# One move by every coalition, with either form of delivery; two by each party alone, and by each two of C, W and V.
PIECES = [(1, name, bits) for name in ("tight", "sampled") for bits in COALITIONS]
PIECES += [(2, "tight", bits) for bits in (1, 2, 4, 8, 3, 5, 6)]
PLAYED = re.compile(r"^(\d+) runs, (\d+) states, \d+ blocks at most, ([\d.]+) s$", re.MULTILINE)


def play_piece(state, program):
    depth, name, bits = PIECES[state["pieces"]]
    text, _ = play(program, "--exhaustive", str(depth), "--set", name, "--coalition", str(bits))
    played = PLAYED.search(text)
    if played is None or "FAILED" in text:
        state["failed"].append(f"{depth} moves, {name}, coalition {bits}: {text}")
    if played is not None:
        state["runs"] += int(played.group(1))
        state["states"] += int(played.group(2))
        state["seconds"] += float(played.group(3))
    state["pieces"] += 1


def main(program, seconds, path):
    digest = digest_of(program)
    state = read_state(path, digest) or {"program": digest, "pieces": 0, "runs": 0, "states": 0, "seconds": 0.0, "failed": []}
    until = time.monotonic() + float(seconds)
    while state["pieces"] < len(PIECES) and time.monotonic() < until:
        play_piece(state, program)
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(state, file)
        os.replace(path + ".new", path)
    for line in state["failed"]:
        print(line, file=sys.stderr)
    print(
        f"exhaustive: {state['pieces']} of {len(PIECES)} coalitions, {state['runs']} runs, {len(state['failed'])} failed; "
        f"{state['seconds']:.0f} s, {state['states']} states"
    )
    return 1 if state["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
