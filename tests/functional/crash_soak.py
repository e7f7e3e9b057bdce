#!/usr/bin/env python3
"""`kill -9` of every party of every story of the demo, right before and right after each of its commits, for `make soak`:
crash_soak.py SECONDS FILE. What has been played stands in FILE, so that the next run goes on from there; the order is
drawn, so that any part of it is a sample. The last line tells how many of how many are done; the status is 1 where one
ended otherwise than the story, which is then played again by the next run."""

import concurrent.futures
import json
import os
import random
import shutil
import sys
import time

from crash_case import AT_ONCE, PLACES, CrashTest
from demo_case import STORIES

FIRST = 100  # commits: those before are blocks that come before the contract


class Soak(CrashTest):
    def runTest(self):
        pass

    def commits(self, story):
        """Of a party that is not killed: how many there are."""
        _, ends = self.play(story, "", "", self.path("counted-" + story))
        return {letter: commits for letter, how, commits in ends if how == "ended"}

    def try_one(self, story, letter, plan):
        """What went wrong, or None."""
        folder = self.path(f"{story}-{letter}-{plan}")
        try:
            told, _ = self.play(story, letter, plan, folder)
            self.check_payouts(told)
        except AssertionError as wrong:
            return str(wrong)
        for end in (".log", ".counts", "-output.npy"):
            if os.path.exists(folder + end):
                os.remove(folder + end)
        return None


def all_moments(soak):
    """Drawn from the stories' own counts, which differ a little from run to run."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        counted = list(zip(STORIES, pool.map(soak.commits, STORIES)))
    moments = [
        (story, letter, f"{number}{place}")
        for story, counts in counted
        for letter, commits in counts.items()
        for number in range(FIRST, commits + 1)
        for place in PLACES
    ]
    random.Random(13).shuffle(moments)
    return moments


def main(seconds, path):
    soak = Soak()
    soak.setUp()
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            state = json.load(file)
    else:
        state = {"done": 0, "moments": all_moments(soak), "failed": []}
    until = time.monotonic() + float(seconds)  # counting, once, comes before
    again, state["failed"] = [it[:3] for it in state["failed"]], []
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        while (again or state["done"] < len(state["moments"])) and time.monotonic() < until:
            fresh = [] if again else state["moments"][state["done"] : state["done"] + AT_ONCE]
            tried, again = again or fresh, []
            for moment, wrong in zip(tried, pool.map(lambda moment: soak.try_one(*moment), tried)):
                if wrong is not None:
                    state["failed"].append([*moment, wrong])
                    print(f"{' '.join(moment)}: {wrong}", file=sys.stderr)
            state["done"] += len(fresh)
            with open(path + ".new", "w", encoding="utf-8") as file:
                json.dump(state, file)
            os.replace(path + ".new", path)
    shutil.rmtree(soak.home, ignore_errors=True)
    print(f"crashes: {state['done']} of {len(state['moments'])}, {len(state['failed'])} failed")
    return 1 if state["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
