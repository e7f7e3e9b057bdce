"""`prom iterate --buy`: rounds that are bought from a stranger, one order for each, whatever is killed in the middle."""

import json
import os
import signal
import time
import unittest

from framework import wait_until
from iterate_case import PROM_WASM, Rounds, states_in
from market_case import SECONDS, MarketTest

ROUNDS = 2


@unittest.skipUnless(os.path.exists(PROM_WASM), "this build has no prom-wasm")
class IterateMarket(MarketTest):
    def setUp(self):
        super().setUp()
        self.folder = self.path("rounds")
        self.rounds = Rounds(self, "fedavg")
        self.open_arbiters()
        self.worker = self.open_node("worker", "roles = worker", "fuel_per_second = 1000000000000")
        self.client = self.open_node("client", "roles = client", "fuel_per_second = 1000000000000")
        self.fund(self.worker, coins=4)
        self.fund(self.client, coins=10)
        self.assertTrue(wait_until(self.in_step, SECONDS))
        self.keep_mining()

    def given(self, *options, node=None):
        named = f"{self.worker.key()}@{self.worker.address}"
        return self.rounds.given(self.folder, ROUNDS, "--buy", "--worker", named, "--feerate", "3", "--contract", self.p,
                                 "--dir", (node or self.client).dir, *options)  # fmt: skip

    def notes(self):
        with open(os.path.join(self.folder, "rounds.json"), encoding="utf-8") as file:
            return json.load(file)

    def jobs(self):
        try:
            return self.client.call("job.list")["jobs"]
        except (OSError, ValueError):
            return []

    def kill_with(self, process, jobs):
        """Kills the command as soon as so many rounds are ordered, and it knows that."""
        ordered = lambda: len(self.jobs()) == jobs and self.notes()["job"] == self.jobs()[-1]["job"]
        self.assertTrue(wait_until(ordered, 3 * SECONDS), self.jobs())
        process.send_signal(signal.SIGKILL)
        said = process.communicate(timeout=SECONDS)
        self.assertEqual(process.returncode, -signal.SIGKILL, said)

    def test_kills(self):
        # What is refused was not ordered, and the round may be done in any way.
        told = self.prom_json(*self.given("--reward", "abc"), code=2)
        self.assertIn("--reward: 'abc' is no amount", told["error"]["message"])
        self.assertEqual((self.notes()["ordering"], self.jobs()), (False, []))
        given = self.given()
        self.kill_with(self.start(*given), 1)
        # As if it had been killed right between the order and its note.
        notes = self.notes()
        (first,) = self.jobs()
        self.assertEqual((notes["ordering"], notes["job"], notes["rounds"]), (True, first["job"], 0))
        self.write("rounds/rounds.json", json.dumps(notes | {"job": None}))
        self.fails(*self.rounds.given(self.folder, ROUNDS), code=2, says=["round 1 was ordered from others", "--buy"])
        process = self.start(*given)
        self.assertTrue(wait_until(lambda: self.notes()["job"] == first["job"], SECONDS), self.notes())
        self.client.restart()
        self.kill_with(process, 2)
        self.assertEqual(len(states_in(self.folder)), 2)
        told = self.prom_json(*self.given("-o", self.path("model")))
        self.assertEqual(states_in(self.folder), self.rounds.states(ROUNDS))
        self.assertEqual((told["rounds"], told["job"]), (ROUNDS, None))
        jobs = self.jobs()
        self.assertEqual(len(jobs), ROUNDS, jobs)
        self.assertEqual([job["done"] for job in jobs], [len(self.rounds.items)] * ROUNDS)
        self.assertEqual([ran["job"] for ran in told["ran"]], [jobs[1]["job"]])
        self.assertNotEqual(jobs[0]["input"], jobs[1]["input"])
        with open(self.path("model"), "rb") as file:
            self.assertEqual(file.read(), self.rounds.states(ROUNDS)[-1])

    def test_order_that_comes_to_nothing(self):
        """It is not ordered again unasked, also where the note of it was lost."""
        process = self.start(*self.given())
        self.kill_with(process, 1)
        (first,) = self.jobs()
        self.client.call("job.cancel", id=first["job"])
        ended = lambda: self.jobs() and self.jobs()[0]["state"] == "ended"
        self.assertTrue(wait_until(ended, 2 * SECONDS), self.jobs())
        if self.jobs()[0]["done"] == len(self.rounds.items):
            self.skipTest("it was done before it was cancelled")
        self.write("rounds/rounds.json", json.dumps(self.notes() | {"job": None}))
        told = self.prom_json(*self.given(), code=1)["error"]["message"]
        for text in ("round 1: the job ", "has ended with 0 of 10 items", "--again"):
            self.assertIn(text, told)
        self.assertEqual(len(self.jobs()), 1)
        process = self.start(*self.given("--again"))
        self.kill_with(process, 2)
        self.assertEqual(self.notes()["given_up"], first["job"])
        # A job that the node does not know, as when it was restored from a backup: it is said at once.
        known = self.notes()
        self.write("rounds/rounds.json", json.dumps(known | {"job": "ab" * 32}))
        begun = time.monotonic()
        self.assertIn("the node has no job abababab", self.prom_json(*self.given(), code=1)["error"]["message"])
        self.assertLess(time.monotonic() - begun, 60)
        # Another node knows of none, and would order the round a second time.
        self.write("rounds/rounds.json", json.dumps(known | {"job": None}))
        told = self.prom_json(*self.given(node=self.worker), code=2)["error"]["message"]
        for key in (self.client.key(), self.worker.key()):
            self.assertIn(key[:8], told)
        # One that still runs is not taken up again once it is given up.
        (_, second) = self.jobs()
        self.assertEqual(second["state"], "running")
        self.write("rounds/rounds.json", json.dumps(known | {"job": None, "given_up": second["job"]}))
        self.kill_with(self.start(*self.given()), 3)
        self.assertEqual(self.jobs()[2]["input"], second["input"])


if __name__ == "__main__":
    unittest.main()
