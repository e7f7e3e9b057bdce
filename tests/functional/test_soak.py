#!/usr/bin/env python3
"""What tools/soak writes: the rows of the targets that there are, and which have none or ran for less than an hour."""

import importlib.machinery
import pathlib
import sys
import tempfile
import types
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent.parent.parent / "tools" / "soak"

sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("soak", str(SCRIPT))
soak = types.ModuleType(loader.name)
soak.__file__ = str(SCRIPT)
loader.exec_module(soak)


def row(what, seconds):
    return f"| {what} | 2026-11-28 | 0123abc | {seconds} | 1,000 | none |"


RAN = {"b": 3600, "c": 100, "every_byte": 197, "game": 9}  # seconds of processor time


class Report(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        soak.REPORT = pathlib.Path(folder.name) / "soak.md"

    def written(self, rows, targets):
        soak.report({what: row(what, seconds) for what, seconds in rows.items()}, targets)
        return soak.REPORT.read_text(encoding="utf-8")

    def test_sections_stay(self):
        section = "\n## By hand\n\nA run of one night.\n"
        soak.REPORT.write_text("# The last soak\n" + section, encoding="utf-8")
        self.assertTrue(self.written(RAN, ["b"]).endswith(section))
        self.assertTrue(self.written(RAN, ["b"]).endswith(section))

    def test_what_was_not_run_is_said(self):
        text = self.written(RAN | {"gone": 5}, ["a", "b", "c", "d", "every_byte", "game", "aarch64"])
        self.assertIn(row("b", 3600), text)
        self.assertNotIn("gone", text)
        self.assertIn("\nNot run yet: a, aarch64, d.\n", text)
        self.assertIn("\nNot run for an hour yet, or a kind of message for 5 minutes: c.\n", text)
        before = soak.rows_before()
        self.assertEqual([before[what] for what in RAN], [row(what, seconds) for what, seconds in RAN.items()])

    def test_nothing_is_said_when_all_were(self):
        text = self.written({"a": 3601, "every_byte": 1}, ["a", "every_byte"])
        self.assertNotIn("Not run", text)
        self.assertTrue(text.endswith(row("every_byte", 1) + "\n"))


if __name__ == "__main__":
    unittest.main()
