"""What the tests of `prom iterate` share: the examples' programs, data and first states as files, and the states that their
rounds must give."""

import os

import program_examples as examples
import program_rounds
from framework import PROM

PROM_WASM = os.path.join(os.path.dirname(PROM), "prom-wasm")
LIMITS = ("--fuel", "1G", "--fold-fuel", "1G", "--result-bytes", "4096", "--fold-bytes", "4096")


class Rounds:
    """Of a test `test`: the example of this name."""

    def __init__(self, test, name):
        self.made = examples.script({"kmeans": "kmeans/rounds.py", "fedavg": "fedavg/fedavg.py"}[name])
        self.program = test.path(name + ".prom")
        self.data = test.path(name + "-data")
        self.first = test.path(name + "-first")
        self.reference = examples.PROGRAMS[name]
        test.prom("program", "make", str(examples.ROOM / self.reference.module), *LIMITS, "-o", self.program)
        points, first = getattr(self, name)()
        self.items, self.state = self.made.data(points), self.made.state(first)
        os.mkdir(self.data)
        for number, item in enumerate(self.items):
            test.write(f"{name}-data/{number:04}", item)
        test.write(name + "-first", self.state)

    def table(self, path):
        return self.made.read_table((examples.ROOM / path).read_text())

    def kmeans(self):
        return self.table("kmeans/points.csv"), self.table("kmeans/centres.csv")

    def fedavg(self):
        rows = self.table("fedavg/samples.csv")
        return rows, [0] * (len(rows[0]) - 1)

    def given(self, folder, rounds, *options):
        """The arguments of `prom`."""
        return ("iterate", self.program, self.data, "--state", self.first, "--folder", folder, "--rounds", str(rounds), *options)

    def states(self, rounds):
        return program_rounds.states(self.reference, self.state, self.items, rounds)


def states_in(folder):
    """The states that a folder has, in their order."""
    found = []
    while os.path.exists(path := os.path.join(folder, f"round-{len(found):04}")):
        with open(path, "rb") as file:
            found.append(file.read())
    return found
