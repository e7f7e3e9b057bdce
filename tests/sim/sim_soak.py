#!/usr/bin/env python3
"""A million contracts and a tenth as many setups in the simulator, for `make soak`: sim_soak.py PROGRAM SECONDS FILE.

They are played in pieces on one core; what has been played stands in FILE, and the next run goes on from there, unless
PROGRAM is another one by now. The last line tells how many of how many are done, and how fast; the status is 1 where a
run broke a claim, or all are done and one of the goals was never reached."""

import hashlib
import json
import os
import re
import subprocess
import sys
import time

RUNS, PIECE, SETUPS_EACH = 1_000_000, 1000, 100  # each piece has so many runs, and so many setups
BLOCKS_A_YEAR = 144 * 365.25
# glibc: the memory of one run serves the next; given back and asked for anew, it would cost a fifth of the time.
KEEPING = {"MALLOC_MMAP_THRESHOLD_": "100000000", "MALLOC_TRIM_THRESHOLD_": "1000000000", "MALLOC_TOP_PAD_": "10000000"}
COUNT = re.compile(r"^ *(\d+)  (?!of )(.*)$", re.MULTILINE)
RUNS_LINE = re.compile(r"^(\d+) runs, \d+ failed, (\d+) steps, (\d+) blocks", re.MULTILINE)
SETUPS_LINE = re.compile(r"^(\d+) setups, \d+ failed", re.MULTILINE)


def play(program, *options):
    """What the program prints, and the seconds of processor time."""
    process = subprocess.Popen([program, *options], env=os.environ | KEEPING, stdout=subprocess.PIPE, text=True)
    text = process.stdout.read()
    _, _, usage = os.wait4(process.pid, 0)
    return text, usage.ru_utime + usage.ru_stime


def digest_of(program):
    with open(program, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def read_state(path, digest):
    """What was played by this program, or None."""
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        state = json.load(file)
    return state if state["program"] == digest else None


def count(state, text):
    """Adds what was reached. Of pairs a piece names those that it has not reached, and no others."""
    pairs = set()
    for number, name in COUNT.findall(text):
        if " was given " in name:
            pairs.add(name)
        else:
            state["goals"][name] = state["goals"].get(name, 0) + int(number)
    return pairs


def play_piece(state, program):
    seed = 1 + state["pieces"] * PIECE
    text, seconds = play(program, "--keep-going", "--seed", str(seed), "--runs", str(PIECE))
    played = RUNS_LINE.search(text)
    missing = count(state, text)
    state["pairs"] = sorted(missing if state["pairs"] is None else missing & set(state["pairs"]))
    more, _ = play(program, "--setup", "--keep-going", "--seed", str(1 + state["pieces"] * SETUPS_EACH), "--runs", str(SETUPS_EACH))
    count(state, more)
    broken = re.findall(r"^FAILED .*$", text + more, re.MULTILINE)
    if played is None or int(played.group(1)) != PIECE or SETUPS_LINE.search(more) is None:
        broken.append(f"FAILED the simulator ended within the piece of seed {seed}")
    else:
        state["steps"] += int(played.group(2))
        state["blocks"] += int(played.group(3))
        state["seconds"] += seconds
    state["failed"] += broken
    state["pieces"] += 1


def never_reached(state):
    """Goals that no run has reached; those marked as never to be reached, where one has; and pairs."""
    goals = [name for name, number in state["goals"].items() if (number == 0) != ("(never: " in name)]
    return goals + (state["pairs"] or [])


def main(program, seconds, path):
    digest = digest_of(program)
    state = read_state(path, digest) or {
        "program": digest, "pieces": 0, "steps": 0, "blocks": 0, "seconds": 0.0, "goals": {}, "pairs": None, "failed": [],
    }  # fmt: skip
    until = time.monotonic() + float(seconds)
    while state["pieces"] * PIECE < RUNS and time.monotonic() < until:
        play_piece(state, program)
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(state, file)
        os.replace(path + ".new", path)
    missing = never_reached(state)
    for line in state["failed"] + missing:
        print(line, file=sys.stderr)
    runs, used = state["pieces"] * PIECE, state["seconds"] or 1.0
    print(
        f"sim: {runs} of {RUNS} runs, {state['pieces'] * SETUPS_EACH} setups, {len(state['failed'])} failed, "
        f"{len(missing)} goals not reached; {used:.0f} s, {runs / used:.0f} runs and "
        f"{state['blocks'] / BLOCKS_A_YEAR / used:.2f} years of contracts a second of one core"
    )
    return 1 if state["failed"] or (missing and runs >= RUNS) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
