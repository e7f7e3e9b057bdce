#!/usr/bin/env python3
"""Links that fail at the n-th message of every kind that each node sends, in each way, for `make soak`: cut_soak.py SECONDS
FILE. A contract is a story, a way, and n; what has been played stands in FILE, so that the next run goes on from there as long
as the program and the plans are the same; the order is drawn, so that any part of it is a sample. The last line tells what was
played; the status is 1 where a contract ended otherwise than its story. Its logs are kept beside FILE, and the next run plays
it again."""

import concurrent.futures
import hashlib
import json
import os
import random
import shutil
import sys
import time

import cut_case
import market_case
from cut_case import CUT, HOWS, NUMBERS, STORIES, CutTest, plan_of

AT_ONCE = 2


class Soak(CutTest):
    discovers = False  # who does not answer once is tried again after 20 minutes (docs/discovery.md)

    def runTest(self):
        pass

    def try_one(self, story, how, number, kept):
        """How many packets of which names it happened to, and what went wrong, or None."""
        cuts, wrong = {}, None
        self.story = story
        try:
            self.setUp()
            self.write_plan(plan_of(story, how, number))
            self.open_market()
            self.buy()
        except Exception as reason:  # pylint: disable=broad-exception-caught
            wrong = f"{type(reason).__name__}: {reason}"[:500]
            shutil.copytree(self.home, kept, dirs_exist_ok=True, ignore=shutil.ignore_patterns("devnet", "bodies", "words", "rpc"))
        for (its, name), count in self.packets().items():
            if its != "sent":
                cuts[name] = cuts.get(name, 0) + count
        self.doCleanups()
        return cuts, wrong


def digest_of(*paths):
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def read_state(path, digest):
    """What was played with this program and these plans, or a new beginning."""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            state = json.load(file)
        if state["program"] == digest:
            return state
    contracts = [(story, how, number) for story in STORIES for how in HOWS for number in NUMBERS]
    random.Random(14).shuffle(contracts)
    return {"program": digest, "contracts": contracts, "done": 0, "cuts": {}, "failed": []}


def write_state(path, state):
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(state, file)
    os.replace(path + ".new", path)


def note(state, contract, cuts, wrong):
    for name, count in cuts.items():
        state["cuts"][name] = state["cuts"].get(name, 0) + count
    if wrong is None:
        state["done"] += 1
        return
    state["failed"].append([*contract, wrong])
    print(f"{' '.join(map(str, contract))}: {wrong}", file=sys.stderr, flush=True)


def play(state, path, until):
    """Contracts that failed before come first; what is under way when the time is over is played to its end."""
    state["contracts"] += [it[:3] for it in state["failed"]]
    state["failed"] = []
    under_way = {}
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        while True:
            while len(under_way) < AT_ONCE and time.monotonic() < until and state["contracts"]:
                contract = tuple(state["contracts"].pop())
                kept = f"{path}.{'-'.join(map(str, contract))}"
                shutil.rmtree(kept, ignore_errors=True)
                under_way[pool.submit(Soak().try_one, *contract, kept)] = contract
            if not under_way:
                return
            for ended in concurrent.futures.wait(under_way, return_when=concurrent.futures.FIRST_COMPLETED).done:
                note(state, under_way.pop(ended), *ended.result())
                waiting = {"contracts": state["contracts"] + list(under_way.values())}  # not lost when this is ended
                write_state(path, state | waiting)


def main(seconds, path):
    state = read_state(path, digest_of(CUT, cut_case.__file__, market_case.__file__))
    write_state(path, state)
    play(state, path, time.monotonic() + float(seconds))
    total = len(STORIES) * len(HOWS) * len(NUMBERS)
    print(
        f"cuts: {sum(state['cuts'].values())} of {len(state['cuts'])} kinds of packets in {state['done']} of {total} contracts, "
        f"{len(state['failed'])} failed"
    )
    return 1 if state["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
