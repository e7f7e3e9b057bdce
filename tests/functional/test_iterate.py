"""`prom iterate` on this machine: the examples' rounds, bit by bit as they are computed by other means; killed, and gone on with;
what is refused, and where a round fails."""

import os
import resource
import shutil
import signal
import unittest

import framework
from framework import wait_until
from iterate_case import PROM_WASM, Rounds, states_in
from program_examples import ROOM
from wasm_case import module

KILLS = (0.05, 0.3, 0.5, 0.7, 0.9)  # seconds; a round takes some 0.03


@unittest.skipUnless(os.path.exists(PROM_WASM), "this build has no prom-wasm")
class Iterate(framework.PromTest):
    def setUp(self):
        super().setUp()
        self.folder = self.path("rounds")

    def test_until_still(self):
        """The centres of k-means: those that are near are found, and then nothing moves any more."""
        rounds = Rounds(self, "kmeans")
        wanted = rounds.states(5)
        output, errors = self.prom(*rounds.given(self.folder, 20, "--until-still", "-o", self.path("found")))
        self.assertEqual(errors, "")
        self.assertRegex(output, "^round 1 of 20: fuel [0-9,]+ in ")
        self.assertRegex(output, f"(?m)^5 rounds done, the state has 104 bytes: {self.path('found')}$")
        self.assertEqual(states_in(self.folder), wanted)
        self.assertEqual(wanted[4], wanted[5])
        with open(self.path("found"), "rb") as file:
            self.assertEqual(file.read(), wanted[5])
        centres = rounds.made.next_centres(*rounds.made.read_state(wanted[5]))
        self.assertEqual(centres, [[11019, -30232], [35494, 34991], [-41517, 19868]])
        # The same again does nothing, and two more rounds leave all as it is.
        told = self.prom_json(*rounds.given(self.folder, 20, "--until-still"))
        self.assertEqual((told["rounds"], told["still"], told["ran"], told["output"]), (5, True, [], None))
        told = self.prom_json(*rounds.given(self.folder, 7))
        self.assertEqual((told["rounds"], [ran["round"] for ran in told["ran"]]), (7, [6, 7]))
        self.assertEqual(states_in(self.folder), [*wanted, wanted[5], wanted[5]])

    def test_limits_by_the_first_round(self):
        """A program whose limits were measured with the state in front computes all rounds."""
        rounds = Rounds(self, "fedavg")
        wanted = rounds.states(3)
        given = rounds.given(self.folder, 3)
        program, data, state = rounds.program, rounds.data, rounds.first
        module = str(ROOM / "fedavg" / "fedavg.wasm")
        self.fails("program", "make", module, "--state", state, "-o", program, code=2, says=["--sample"])
        made = self.prom_json("program", "make", module, "--sample", data, "--state", state, "-o", program)
        self.assertLess(made["limits"]["fuel"], 10**9)
        self.prom(*given)
        self.assertEqual(states_in(self.folder), wanted)

    def test_files_of_others(self):
        """A folder with a file that a later round would write over is left as it is."""
        rounds = Rounds(self, "kmeans")
        os.mkdir(self.folder)
        self.write("rounds/round-0001", b"precious")
        self.fails(*rounds.given(self.folder, 2), code=2, says=["round-0001", "another folder"])
        self.assertEqual(os.listdir(self.folder), ["round-0001"])

    def test_training(self):
        """The model of ten participants fits better from round to round, and is the same in every bit."""
        rounds = Rounds(self, "fedavg")
        rows, _ = rounds.fedavg()
        told = self.prom_json(*rounds.given(self.folder, 2))
        self.assertEqual((told["items"], told["rounds"], told["still"], told["job"]), (10, 2, False, None))
        self.assertEqual(told["state"], os.path.join(self.folder, "round-0002"))
        self.prom(*rounds.given(self.folder, 10))  # goes on
        states = states_in(self.folder)
        self.assertEqual(states, rounds.states(10))
        scores = [rounds.made.score(rounds.made.next_model(*rounds.made.read_state(state)), rows) for state in states]
        losses = [loss for _, loss in scores]
        self.assertEqual(losses, sorted(losses, reverse=True))
        self.assertLess(losses[10], 0.2 * losses[0])
        self.assertEqual([scores[0][0], scores[10][0]], [0.605, 0.99])

    def test_killed_and_gone_on_with(self):
        rounds = Rounds(self, "fedavg")
        begun = []
        for seconds in KILLS:
            process = self.start(*rounds.given(self.folder, 40))
            done = len(states_in(self.folder))
            wait_until(lambda: process.poll() is not None, seconds)
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=framework.COMMAND_SECONDS)
            begun.append(len(states_in(self.folder)) - done)
        self.assertGreater(max(begun[1:]), 0, "no round was done before a kill")
        self.prom(*rounds.given(self.folder, 40))
        self.assertEqual(states_in(self.folder), rounds.states(40))

    def test_two_at_once(self):
        rounds = Rounds(self, "fedavg")
        process = self.start(*rounds.given(self.folder, 100000))
        self.assertTrue(wait_until(lambda: len(states_in(self.folder)) > 2))
        self.fails(*rounds.given(self.folder, 3), code=2, says=[self.folder, "is in use by", "wait until that has ended"])
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=framework.COMMAND_SECONDS)

    def test_full_disk(self):
        """Of notes, of a state: it is said, and when there is room it goes on."""
        rounds = Rounds(self, "fedavg")
        self.prom(*rounds.given(self.folder, 1))
        for most, file in ((300, "rounds.json"), (20, "round-0002")):
            limit = lambda most=most: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
            process = self.start(*rounds.given(self.folder, 2), preexec_fn=limit)
            _, errors = process.communicate(timeout=framework.COMMAND_SECONDS)
            self.assertEqual(process.returncode, 1, errors)
            self.assertIn(f"{self.folder}/{file} cannot be written: ", errors.decode())
            self.assertEqual(self.prom_json(*rounds.given(self.folder, 1))["rounds"], 1)
        self.prom(*rounds.given(self.folder, 3))
        self.assertEqual(states_in(self.folder), rounds.states(3))

    def test_round_that_fails(self):
        """It is told by its number, with the item; what was done before stays."""
        self.write("echo.wasm", module())
        self.prom("program", "make", self.path("echo.wasm"), "-o", self.path("echo.prom"), "--fold-bytes", "64")
        self.write("first", b"a")
        self.write("data/0", b"one")
        self.write("data/1", b"two")
        given = ("iterate", self.path("echo.prom"), self.path("data"), "--state", self.path("first"), "--folder", self.folder)
        output, errors = self.prom(*given, "--rounds", "9", "-o", self.path("out"), code=1)
        self.assertIn("round 2 of 9: ", output)
        self.assertEqual(errors, "round 3 failed:\nfold 2: long: its result is longer than --fold-bytes allows\n")
        self.assertFalse(os.path.exists(self.path("out")))
        told = self.prom_json(*given, "--rounds", "9", code=1)
        self.assertEqual(told["failed"], {"round": 3, "node": 2, "status": "long", "trap": None, "file": None, "number": None})
        self.assertEqual(told["rounds"], 2)
        shutil.rmtree(self.folder)
        self.write("first", b"")
        self.write("data/1", b"")  # and so an item of four zero bytes, of which the module traps at none
        self.prom(*given, "--rounds", "1")

    def test_item_that_fails(self):
        """It is told with its place, and from standard input, too."""
        self.write("echo.wasm", module())
        self.prom("program", "make", self.path("echo.wasm"), "-o", self.path("echo.prom"), "--result-bytes", "8")
        self.write("first", b"a")
        data = self.write("data", b"one\nlonger\n")
        given = ("--items", "lines", "--state", self.path("first"), "--folder", self.folder, "--rounds", "1")
        _, errors = self.prom("iterate", self.path("echo.prom"), data, *given, code=1)
        self.assertEqual(errors, f"round 1 failed:\nitem 1 ({data}, line 2): long: its result is longer than --result-bytes allows\nfold 2: operand: an operand of it failed\n")
        told = self.prom_json("iterate", self.path("echo.prom"), data, *given, code=1)
        self.assertEqual(told["failed"], {"round": 1, "node": 1, "status": "long", "trap": None, "file": data, "number": 2})
        piped = ("sh", "-c", f'exec "$0" "$@" < {data}', framework.PROM)
        process = self.start("iterate", self.path("echo.prom"), "-", *given, command=piped)
        _, errors = process.communicate(timeout=framework.COMMAND_SECONDS)
        self.assertEqual(process.returncode, 1, errors)
        self.assertIn("item 1 (standard input, line 2): long", errors.decode())

    def test_what_cannot_be(self):
        rounds = Rounds(self, "fedavg")
        other = Rounds(self, "kmeans")
        self.prom(*rounds.given(self.folder, 1))
        before = states_in(self.folder)
        given = list(rounds.given(self.folder, 1))
        for at, path, says in ((1, other.program, "another program"), (2, other.data, "other data"), (4, other.first, "another first state")):
            changed = list(given)
            changed[at] = path
            self.fails(*changed, code=2, says=[self.folder, f"has rounds of {says}"])
        self.fails(*rounds.given(self.folder, 1, "--max-price", "5"), code=2, says=["--max-price", "--buy"])
        self.fails(*rounds.given(self.folder, 1, "--buy", "--dir", self.path("none")), code=2, says=["none"])
        self.prom("program", "make", self.write("echo.wasm", module(False)), "-o", self.path("map.prom"))
        self.fails("iterate", self.path("map.prom"), *rounds.given(self.folder, 1)[2:], code=2, says=["map.prom", "does not fold"])
        self.prom(*rounds.given(self.folder, 2))
        self.fails(*rounds.given(self.folder, 1), code=2, says=["has 2 rounds already", "round-0001"])
        for name, says in (("round-0002", "is not as round 2 left it"), ("rounds.json", "is not what 'prom iterate' writes")):
            self.write(f"rounds/{name}", "changed")
            self.fails(*rounds.given(self.folder, 3), code=2, says=[f"{self.folder}/{name}", says])
        self.assertEqual(states_in(self.folder)[:2], before)


if __name__ == "__main__":
    unittest.main()
