#!/usr/bin/env python3
"""`kill -9` of every party of every story of the demo, right before and right after each of its commits, for `make soak`:
crash_soak.py SECONDS FILE. In each demo all parties are killed again and again, as crash_case.py plans it. What has been
played stands in FILE, so that the next run goes on from there as long as the program and the plans are the same; the order
is drawn, so that any part of it is a sample. The last line tells what was played, and how many of all moments were killed
at; the status is 1 where a demo ended otherwise than its story. Its log is kept beside FILE, and the next run plays it
again."""

import concurrent.futures
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time

import crash_case
from crash_case import AT_ONCE, CRASH, PLACES, PLANS, CrashTest
from demo_case import PARTIES, STORIES

ANY = "any"  # story: until Tx0 they are the same


class Soak(CrashTest):
    def runTest(self):
        pass

    def count(self, story):
        """The commits of a demo in which nobody is killed, and those of parties that end of themselves."""
        _, lines = self.play(story, "", "", self.path("counted-" + story))
        return [[letter, moment] for letter, _, _, moment in lines]

    def try_one(self, story, number, kept):
        """The moments of the kills, and what went wrong, or None."""
        folder = self.path(f"{story}-{number}")
        try:
            died, wrong = self.play_kills(story, number, folder), None
        except (AssertionError, subprocess.TimeoutExpired) as reason:
            died, wrong = [], str(reason)
            shutil.copyfile(folder + ".log", f"{kept}.{story}-{number}.log")
        for end in (".log", ".counts", "-output.npy"):
            if os.path.exists(folder + end):
                os.remove(folder + end)
        return [[letter, moment] for letter, _, _, moment in died], wrong


def digest_of(*paths):
    """Of the program and the plans."""
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def split(moment):
    """"*17b" -> ("*", 17, "b")"""
    mark, number, place = re.fullmatch(r"([*+]?)(\d+)([ba]?)", moment).groups()
    return mark, int(number), place


def key_of(story, letter, mark):
    return f"{story if mark == '+' else ANY} {letter} {mark}".strip()


def new_state(soak, digest):
    demos = [(story, number) for story in STORIES for number in range(PLANS)]
    random.Random(13).shuffle(demos)
    state = {"program": digest, "demos": demos, "done": 0, "kills": 0, "last": {}, "killed": {}, "failed": []}
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for story, counted in zip(STORIES, pool.map(soak.count, STORIES)):
            for letter, moment in counted:
                mark, number, _ = split(moment)
                key = key_of(story, letter, mark)
                state["last"][key] = max(number, state["last"].get(key, 0))
    return state


def read_state(path, digest):
    """What was played with this program and these plans, or None."""
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        state = json.load(file)
    return state if state["program"] == digest else None


def write_state(path, state):
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(state, file)
    os.replace(path + ".new", path)


def note(state, demo, died, wrong):
    """Writes down how a demo ended."""
    story, number = demo
    state["done"] += 1
    state["kills"] += len(died)
    state["failed"] = [it for it in state["failed"] if tuple(it[:2]) != demo]
    if wrong is not None:
        state["done"] -= 1
        state["failed"].append([*demo, wrong])
        print(f"{story} {number}: {wrong}", file=sys.stderr, flush=True)
    for letter, moment in died:
        mark, at, place = split(moment)
        numbers = state["killed"].setdefault(f"{key_of(story, letter, mark)} {place}", [])
        if at not in numbers:
            numbers.append(at)


def coverage(state):
    """How many moments were killed at, of how many there are in demos in which nobody is killed. Of a party that the story
    itself kills, and which tells no count therefore, as many as any demo has come to."""
    covered = total = 0
    for story in (ANY, *STORIES):
        for letter in PARTIES:
            for mark in ("+",) if story != ANY else ("", "*"):
                key = key_of(story, letter, mark)
                killed = [state["killed"].get(f"{key} {place}", []) for place in PLACES]
                last = state["last"].get(key) or max(map(max, filter(None, killed)), default=0)
                total += len(PLACES) * last
                covered += sum(number <= last for numbers in killed for number in numbers)
    return covered, total


def play(soak, state, path, until):
    """Demos that failed before come first; what is under way when the time is over is played to its end."""
    again, under_way = [tuple(it[:2]) for it in state["failed"]], {}
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        while True:
            while len(under_way) < AT_ONCE and time.monotonic() < until and (again or state["demos"]):
                demo = tuple(again.pop() if again else state["demos"].pop())
                under_way[pool.submit(soak.try_one, *demo, path)] = demo
            if not under_way:
                return
            for ended in concurrent.futures.wait(under_way, return_when=concurrent.futures.FIRST_COMPLETED).done:
                note(state, under_way.pop(ended), *ended.result())
                waiting = {"demos": state["demos"] + list(under_way.values())}  # they are not lost when this is ended
                write_state(path, state | waiting)


def main(seconds, path):
    soak = Soak()
    soak.setUp()
    digest = digest_of(CRASH, crash_case.__file__)
    soak.few_images()
    state = read_state(path, digest) or new_state(soak, digest)
    write_state(path, state)
    play(soak, state, path, time.monotonic() + float(seconds))  # counting, once, comes before
    shutil.rmtree(soak.home, ignore_errors=True)
    covered, total = coverage(state)
    print(
        f"crashes: {state['kills']} in {state['done']} of {len(STORIES) * PLANS} demos, "
        f"at {covered} of {total} moments, {len(state['failed'])} failed"
    )
    return 1 if state["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
