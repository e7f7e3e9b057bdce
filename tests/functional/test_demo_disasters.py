"""What may befall a party of a demo beside a crash: it comes back with an old backup, its clock is set back, its disk is
full while an appeal is due. Nobody signs anything twice, and who has lost nothing but time loses no stake."""

import concurrent.futures
import os
import sqlite3
import unittest

from crash_case import AT_ONCE, CrashTest

DAY = 24 * 60 * 60
RESTORED = [  # who comes back with a backup made right after Tx0, before it has done what the story has it do; the end
    ("worker-silent", "V", "+4s 4r", 1),  # it accuses nobody any more: time ends the contract
    ("verifier-lies", "W", "+2s 1r", 4),  # it delivers nothing any more, is accused, and does not appeal
    ("one-contract", "C", "+2s 2r", 3),  # it has only to wait for its result
    ("appeal-lost", "A2", "+3s 9r", 6),  # the two others decide
]


def journal(path):
    """What a signer has promised: (channel, purpose, batch, detail) -> hash."""
    store = sqlite3.connect(path)
    columns = [row[1] for row in store.execute("PRAGMA table_info(journal)")]
    names = [name for name in ("channel", "purpose", "batch", "detail") if name in columns]
    assert len(names) == 4 and "hash" in columns, columns
    rows = store.execute(f"SELECT {', '.join(names)}, hash FROM journal").fetchall()
    store.close()
    return {row[:4]: row[4] for row in rows}


class Disasters(CrashTest):
    def test_restored(self):
        """A restored party signs nothing, whatever the others say: its signer's journal has not one line more."""
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            playing = [
                pool.submit(self.play, story, letter, plan, self.path(story), "--keep", PROM_SCHEME=str(scheme))
                for story, letter, plan, scheme in RESTORED
            ]
        for (story, letter, _, _), played in zip(RESTORED, playing):
            with self.subTest(story=story, letter=letter):
                folder = self.path(story)
                self.check_payouts(played.result()[0])
                party = os.path.join(folder, "parties", letter)
                after, lost = (journal(os.path.join(party, "prometheus.sqlite" + end)) for end in ("", ".lost"))
                self.assertGreater(len(after), 0)
                self.assertEqual(after, {what: lost[what] for what in after})
                self.down(folder)

    def test_clock_set_back(self):
        """By a day, of three parties, while a contract runs."""
        letters = {letter: plan for letter, plan in (("W", "+3a"), ("V", "+4a"), ("A1", "+20b"))}
        environment = {f"PROM_CRASH_{letter}": plan for letter, plan in letters.items()}
        environment |= {f"PROM_DATE_{letter}": str(-DAY) for letter in letters}
        told, _ = self.play("verifier-lies", "", "", None, **environment)
        self.check_payouts(told)

    def test_full_disk(self):
        """The worker's, from the accusation on: it appeals in the room that it has kept, and is paid."""
        folder = self.path("full")
        told, _ = self.play("verifier-lies", "W", "+12f", folder, "--keep")
        self.check_payouts(told)
        with open(os.path.join(folder, "parties", "W", "log"), encoding="utf-8") as file:
            self.assertIn("the disk does not take what is written", file.read())
        self.assertFalse(os.path.exists(os.path.join(folder, "parties", "W", "prometheus.sqlite.spare")))
        self.down(folder)


if __name__ == "__main__":
    unittest.main()
