"""Links between nodes fail at each named message: before it, in its middle, behind it; it is silently dropped; and the link
stays open and is dead. The contract ends as it would have. `make soak` has all of these at each of the first messages of
each kind, of contracts that end well and of those that are appealed; here is a sample, the same in every run. And a program
of many chunks comes over links that fail, to nodes of which one is killed."""

import collections
import os
import struct
import subprocess
import threading
import time
import unittest

from cut_case import HOWS, STALL, CutTest, names_of
from framework import SOURCE, wait_until
from market_case import SECONDS

NOTE = struct.Struct(">QI32s")  # behind what has come of a body: its length, how many chunks are proven, the state


class Cuts(CutTest):
    def test_sample(self):
        """The first packet of each kind that each node sends: those of one kind are cut before, those of the next one in the
        middle, and so on."""
        names = names_of(self.story)
        plan = [f"{name} {HOWS[i % len(HOWS)]} 1" for i, name in enumerate(names)]
        self.write_plan(plan)
        self.open_market()
        self.buy()
        done = self.packets()
        self.assertEqual([line for line in plan if done[tuple(line.split()[1::-1])] == 0], [])


class Bodies(CutTest):
    discovers = False
    CHUNKS = 15
    RECEIVERS = 5  # worker, verifier, three arbiters

    def job_files(self):
        return self.files

    def make_files(self):
        """A program of 15 MB, and a batch for it."""
        network, calibration, batch, program, wanted = map(self.path, ("onnx", "calibration", "batch", "program", "wanted"))
        subprocess.run([os.path.join(SOURCE, "tools", "make-model"), "vgg16", "-o", network, "--calibration", calibration,
                        "--inputs", "2", batch], check=True)  # fmt: skip
        self.prom("compile", network, "--calibrate", calibration, "-o", program)
        self.prom("infer", program, batch, "-o", wanted)
        return program, batch, wanted

    def pieces(self):
        """How often what was done to the program's chunks."""
        lines = [words for node in self.nodes for words in node.told_lines() if words[1] == "piece" and len(words) > 3]
        return collections.Counter(how for how, _, _, body, _ in lines if self.digest.startswith(body))

    def proven(self, node):
        """How many chunks of the program, which has not come yet, are proven on its disk: that is noted behind its end."""
        folder, size = os.path.join(node.folder, "bodies"), os.path.getsize(self.files[0])
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            if name.startswith("program-") and name.endswith(".part"):
                with open(os.path.join(folder, name), "rb") as file:
                    file.seek(size)
                    note = file.read(NOTE.size)
                return NOTE.unpack(note)[1] if len(note) == NOTE.size else 0
        return 0

    def kill_one(self):
        """When nobody gets more, who has most of it is killed and started again. Afterwards links fail now and then."""
        if not wait_until(lambda: self.pieces()["dead"] >= 2, 4 * SECONDS):
            return
        time.sleep(STALL)
        node = max(self.nodes, key=self.proven)
        node.kill()
        self.kept = [self.proven(one) for one in self.nodes]
        self.write_plan([f"piece {how} {number}" for how, number in (("middle", 3), ("before", 7), ("dead", 11))])
        self.before = self.pieces()
        node.start()
        self.held.clear()

    def test_large_program(self):
        """The client sends 23 chunks and no more, until who has got most of them is killed and started again; then each
        node's links fail at three pieces. What was proven does not come again: for each failure one chunk does, that was on
        its way, and one that another node was asked for as it was late."""
        self.kept = None
        self.files = self.make_files()
        self.digest = self.prom_json("inspect", self.files[0])["digest"]
        self.write_plan(["piece dead 24/1"])
        self.open_market()
        self.held.set()
        thread = threading.Thread(target=self.kill_one)
        thread.start()
        self.buy()
        thread.join()
        self.assertGreater(max(self.kept), self.CHUNKS // 3, self.kept)
        since = self.pieces() - self.before
        failed = since.total() - since["sent"]
        lacked = self.CHUNKS * self.RECEIVERS - sum(self.kept)
        self.assertGreater(min(since[how] for how in ("middle", "before", "dead")), 0, since)
        self.assertLessEqual(lacked, since["sent"], (since, self.kept))
        self.assertLessEqual(since["sent"], lacked + 2 * (failed + 1), (since, self.kept))


if __name__ == "__main__":
    unittest.main()
