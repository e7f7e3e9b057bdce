"""prom benchmark: what it measures, and what it does to prom.conf."""

import os
import signal
import stat
import time
import unittest

import framework

SPEEDS = ("macs_per_second", "effort_per_second", "steps_per_second")
PRICES = ("price_macs", "price_bytes", "price_effort", "price_steps")


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
        for says in ("convolutional", "dense", "memory", f"lines for {self.conf}", *SPEEDS, *PRICES, "prover_memory_mb"):
            self.assertIn(says, text)
        self.assertFalse(os.path.exists(self.home_dir))


if __name__ == "__main__":
    unittest.main()
