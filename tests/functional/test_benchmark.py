"""prom benchmark: what it measures, and what it does to prom.conf."""

import json
import os
import shutil
import signal
import stat
import time
import unittest

import framework
from model_files import model

SPEEDS = ("macs_per_second", "effort_per_second", "steps_per_second")
PRICES = ("price_macs", "price_bytes", "price_effort", "price_steps")
FUEL = ("fuel_per_second", "price_fuel")
CODES = ["integers", "divisions", "loads"]
PROM_WASM = os.path.join(os.path.dirname(framework.PROM), "prom-wasm")
HAS_WASM = os.path.exists(PROM_WASM)


class Benchmark(framework.PromTest):
    def setUp(self):
        super().setUp()
        self.home_dir = self.path("prom")
        self.conf = os.path.join(self.home_dir, "prom.conf")

    def benchmark(self, *arguments, seconds="1", **options):
        return self.prom_json("benchmark", "--dir", self.home_dir, "--seconds", seconds, *arguments, **options)

    def lines(self):
        with open(self.conf, encoding="utf-8") as file:
            return file.read().split("\n")

    def said(self):
        """What the file says, comments aside."""
        return dict(line.split(" = ") for line in self.lines() if line and not line.startswith("#"))

    def test_a_new_file(self):
        told = self.benchmark()
        self.assertEqual([its["program"] for its in told["programs"]], ["convolutional", "dense"])
        for speed in SPEEDS:
            slowest = min(its[speed] for its in told["programs"])
            self.assertTrue(0.9 * slowest <= told["settings"][speed] <= slowest, told)
        self.assertTrue(told["written"])
        self.assertEqual(told["file"], self.conf)
        self.assertEqual(stat.S_IMODE(os.stat(self.conf).st_mode), 0o600)
        self.assertEqual(self.said(), {"network": "signet"} | {name: str(n) for name, n in told["settings"].items()})
        explained = self.prom("node", "--write-config", "--config", "-")[0].split("\n")
        self.assertEqual([line for line in self.lines() if line in explained], explained)  # all of it is still there
        # Prices earn 100 sat in an hour, rounded up to a msat for a million.
        for price, speed in (("price_effort", "effort_per_second"), ("price_steps", "steps_per_second")):
            millions = 3600 * told["settings"][speed] / 10**6
            self.assertLess(100_000 / millions, told["settings"][price])
            self.assertLess(told["settings"][price] - 1, 100_000 / millions)
        self.assertEqual(told["settings"]["price_bytes"], 28)  # of a line of a million bytes a second

    @unittest.skipUnless(HAS_WASM, "this build has no prom-wasm")
    def test_fuel(self):
        """The slowest code counts, and the one in the middle is priced: an hour of it is what is said."""
        told = self.benchmark("--hour", "1000", seconds="2")
        codes = told["fuel"]["codes"]
        self.assertIsNone(told["no_fuel"])
        self.assertEqual([its["code"] for its in codes], CODES)
        slowest = min(its["fuel_per_second"] for its in codes)
        self.assertGreater(slowest, 10**6)  # any machine that this runs on
        self.assertGreater(min(its["rounds"] for its in codes), 0)
        self.assertGreater(told["fuel"]["page_ns"], 0)
        settings = told["settings"]
        self.assertTrue(0.9 * slowest <= settings["fuel_per_second"] <= slowest, told)
        self.assertEqual(settings["price_fuel"], -(-(10**6 * 10**6) // (3600 * sorted(its["fuel_per_second"] for its in codes)[1])))
        said = self.said()
        self.assertEqual([said[name] for name in FUEL], [str(settings[name]) for name in FUEL])
        text = self.prom("benchmark", "--dir", self.home_dir, "--seconds", "1", "--dry-run")[0]
        for says in (*CODES, "units of fuel a second", "that are new to a module", *FUEL):
            self.assertIn(says, text)

    def left_out(self, *arguments, command=(framework.PROM,)):
        """The owner's lines about fuel stay, and a measurement says why; that."""
        before = [f"{name} = 7" for name in FUEL]
        self.write("prom/prom.conf", "\n".join(["network = regtest", *before]) + "\n")
        told, text = [
            self.start("benchmark", "--dir", self.home_dir, "--seconds", "1", *arguments, *form, command=command)
            .communicate(timeout=framework.COMMAND_SECONDS)[0].decode() for form in (("--json",), ("--dry-run",))
        ]  # fmt: skip
        told = json.loads(told)
        self.assertIsNone(told["fuel"])
        self.assertEqual(set(told["settings"]) & set(FUEL), set())
        self.assertEqual(self.lines()[1:3], before)
        self.assertIn(f"is not measured: {told['no_fuel']}", text)
        return told["no_fuel"]

    def test_without_prom_wasm(self):
        os.mkdir(self.path("alone"))
        alone = shutil.copy(framework.PROM, self.path("alone"))
        self.environment["PATH"] = ""
        self.assertIn("there is no prom-wasm", self.left_out(command=(alone,)))

    def test_program_without_fuel(self):
        program = self.path("digits.prom")
        self.prom("compile", model("digits-cnn.onnx"), "--calibrate", model("digits-calibration.npy"), "-o", program)
        self.assertIn("a program was given", self.left_out("--program", program))

    def test_prom_wasm_that_cannot_run(self):
        """Another program in its place is no engine; one that is not there is a fault of prom.conf."""
        self.write("prom/prom.conf", "network = regtest\nwasm_program = /bin/true\n")
        told = self.benchmark()
        self.assertIn("ended with code 0", told["no_fuel"])
        self.write("prom/prom.conf", "network = regtest\nwasm_program = /nowhere/prom-wasm\n")
        self.fails("benchmark", "--dir", self.home_dir, "--seconds", "1", code=2, says=["`wasm_program`", "/nowhere/prom-wasm"])

    def test_the_owners_lines_stay(self):
        before = ["# my node", "network = regtest", "price_effort = 7   ", "", "#threads are good = 4", "threads = 2",
                  "bytes_per_second = 500000", "   # the end"]  # fmt: skip
        self.write("prom/prom.conf", "\n".join(before), 0o640)
        dry = self.benchmark("--dry-run")
        self.assertFalse(dry["written"])
        self.assertEqual(self.lines(), before)
        told = self.benchmark("--hour", "1000")
        settings = told["settings"]
        self.assertEqual(settings["price_bytes"], -(-(10**6) // 1800))
        after = self.lines()
        self.assertEqual(after[2], f"price_effort = {settings['price_effort']}")
        self.assertEqual(after[:2] + after[3:8], before[:2] + before[3:8])
        self.assertEqual(stat.S_IMODE(os.stat(self.conf).st_mode), 0o640)
        self.assertEqual(len(after), len(before) + len(settings) - 1 + 1)  # one was there; the last line ends now
        again = self.benchmark("--hour", "1000")
        self.assertEqual([line.split(" = ")[0] for line in self.lines()], [line.split(" = ")[0] for line in after])
        self.assertEqual(set(again["settings"]), set(settings))

    def test_what_cannot_be_written_loses_nothing(self):
        self.write("prom/prom.conf", "network = regtest\nnonsense\n")
        self.fails("benchmark", "--dir", self.home_dir, code=2, says=["line 2: neither a comment"])
        self.assertEqual(self.lines(), ["network = regtest", "nonsense", ""])
        os.unlink(self.conf)
        os.mkdir(self.conf)
        self.fails("benchmark", "--dir", self.home_dir, code=2, says=["prom.conf"])
        os.rmdir(self.conf)
        self.fails("benchmark", "--dir", self.home_dir, "--program", self.write("none", "x" * 100), code=2, says=["none"])
        self.assertFalse(os.path.exists(self.conf))
        # Killed while it measures.
        self.write("prom/prom.conf", "network = regtest\n")
        process = self.start("benchmark", "--dir", self.home_dir, "--seconds", "60")
        time.sleep(0.5)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=20)
        self.assertEqual(self.lines(), ["network = regtest", ""])
        self.assertEqual(os.listdir(self.home_dir), ["prom.conf"])

    def test_a_link_stays_one(self):
        self.write("elsewhere.conf", "network = regtest\n")
        os.makedirs(self.home_dir)
        os.symlink(self.path("elsewhere.conf"), self.conf)
        self.benchmark()
        self.assertTrue(os.path.islink(self.conf))
        self.assertIn("price_effort", self.said())

    def test_text(self):
        text = self.prom("benchmark", "--dir", self.home_dir, "--seconds", "1", "--dry-run")[0]
        for says in ("convolutional", "dense", "memory", "fuel", f"lines for {self.conf}", *SPEEDS, *PRICES, "prover_memory_mb"):
            self.assertIn(says, text)
        self.assertFalse(os.path.exists(self.home_dir))


if __name__ == "__main__":
    unittest.main()
