"""What the tests of `prom game` share."""

import csv
import io
import json
import os
import re
import subprocess

from contract_case import ContractTest
from framework import COMMAND_SECONDS, PROM, SOURCE

# What can be varied, as 'prom help game sweep' says.
OF_CONTRACT = (
    "w", "v", "a", "n", "alpha", "beta", "gamma", "delta", "epsilon", "mu", "sigma", "varsigma", "t1", "t2", "t3", "t4",
    "c", "retainer", "feerate", "items",
)  # fmt: skip
OF_SETTING = (
    "z", "y", "arbitration", "check", "benefit", "price", "interest", "q", "known", "rolls", "audit", "compute",
    "verify", "pool", "owned", "future",
)  # fmt: skip
PLAYERS = ("C", "W", "V", "A")
RANK = ("safe", "warning", "refused", "bound")


class GameTest(ContractTest):
    answers = {}  # of solve, which takes seconds under sanitizers, and of which several tests ask the same

    def solve(self, terms, *options, code=0):
        return json.loads(self.solved(terms, *options, "--json", code=code))

    def solved(self, terms, *options, code=0):
        """The same as text."""
        key = (json.dumps(terms), options, code)
        if key not in self.answers:
            output, errors = self.prom("game", "solve", self.file(terms), *options, code=code)
            self.assertEqual(errors, "")
            self.answers[key] = output
        return self.answers[key]

    def sweep(self, terms, over, *options):
        return self.prom_json("game", "sweep", self.file(terms), "--over", over, *options)

    def swept(self, terms, over, *options):
        """The same as text."""
        output, errors = self.prom("game", "sweep", self.file(terms), "--over", over, *options)
        self.assertEqual(errors, "")
        return output

    def sweep_csv(self, terms, over, *options):
        """The rows of --csv, each a dictionary of texts."""
        output = subprocess.run(
            [PROM, "game", "sweep", self.file(terms), "--over", over, "--csv", *options], env=self.environment,
            capture_output=True, check=True, timeout=COMMAND_SECONDS,
        ).stdout  # fmt: skip
        lines = output.split(b"\r\n")
        self.assertEqual(lines[-1], b"")
        self.assertNotIn(b"\n", b"".join(lines))
        rows = list(csv.reader(io.StringIO(output.decode("ascii"), newline="")))
        self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        return [dict(zip(rows[0], row)) for row in rows[1:]]

    def contract(self, name):
        """One of the contracts to begin with."""
        with open(os.path.join(SOURCE, "examples", "contracts", name + ".json"), encoding="utf-8") as file:
            return json.load(file)

    def documented(self, command):
        """The names that the help of a command gives to the members of its JSON object."""
        page = self.prom("help", "game", command)[0]
        part = page.partition("\nJSON object:\n")[2].partition("\n\n")[0]
        return set(re.findall(r"^  (\w+)", part, re.MULTILINE))

    def check_width(self, text):
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80, line)
            self.assertEqual(line, line.rstrip())
            self.assertTrue(line.isascii(), line)
        self.assertNotIn("\n\n\n", text)

    def check_streams(self, *arguments):
        """A disk that is full, and a standard output that is closed, are failures that are told."""
        for where in (">/dev/full", ">&-"):
            done = subprocess.run(
                ["/bin/sh", "-c", f'exec "$@" {where}', "sh", PROM, *arguments], env=self.environment,
                capture_output=True, check=False, timeout=COMMAND_SECONDS,
            )  # fmt: skip
            self.assertEqual(done.returncode, 1, where)
            self.assertIn(b"the output cannot be written", done.stderr)
