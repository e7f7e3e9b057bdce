"""The contracts in examples/contracts: recommended, so they have to be sound, and to be what the page beside them says."""

import json
import os
import re
import unittest

from contract_case import PARAMETERS, ContractTest, quorum
from framework import SOURCE

FOLDER = os.path.join(SOURCE, "examples", "contracts")
SIZES = {"small": 3, "medium": 5, "large": 9}
WARNINGS = {"lazy-verifier", "slow-accuser", "worker-is-verifier", "lazy-arbiter"}


class Examples(ContractTest):
    def terms(self, size):
        with open(os.path.join(FOLDER, f"{size}.json"), encoding="utf-8") as file:
            return json.load(file)

    def test_they_are_all(self):
        files = {name for name in os.listdir(FOLDER) if name.endswith(".json") and "." not in name[:-5]}
        self.assertEqual(files, {f"{size}.json" for size in SIZES})

    def test_they_are_what_the_example_has(self):
        for size, arbiters in SIZES.items():
            example, terms = self.example(arbiters, "mainnet"), self.terms(size)
            names = (*PARAMETERS, "retainer")
            self.assertEqual({name: terms[name] for name in names}, {name: example[name] for name in names})
            self.assertEqual(set(terms) - set(names), {"comment", "network", "game"})
            self.assertIn("assumed", terms["game"]["comment"])

    def test_they_are_safe(self):
        for size in SIZES:
            path = os.path.join(FOLDER, f"{size}.json")
            told = self.prom_json("contract", "explain", path)
            self.assertEqual(told["game"]["verdict"], "safe")
            self.assertTrue(told["fund_is_nobodys"])
            self.assertEqual({it["name"] for it in told["game"]["findings"]}, WARNINGS)
            given = self.terms(size)["game"]
            self.assertEqual({name: told["game"]["setting"][name] for name in given if name != "comment"},
                             {name: value for name, value in given.items() if name != "comment"})
            self.assertIn("Verdict: safe.", self.prom("contract", "explain", path)[0])

    def test_the_page_names_what_it_warns_of(self):
        with open(os.path.join(FOLDER, "README.md"), encoding="utf-8") as file:
            self.assertEqual(set(re.findall(r"\(`([a-z]+-[a-z-]+)`\)", file.read())), WARNINGS)

    def test_the_page_tells_their_numbers(self):
        with open(os.path.join(FOLDER, "README.md"), encoding="utf-8") as file:
            rows = [line.strip("| \n").split(" | ") for line in file if line.startswith("| ") and "|---" not in line]
        for column, size in enumerate(SIZES):
            terms = self.terms(size)
            told = [[int(number.replace(",", "")) for number in re.findall(r"[\d,]+", row[column + 1])] for row in rows[1:]]
            (c, most), stake, arbiter, number, time, owned = told
            self.assertEqual((c, stake, time), (terms["c"], [terms["w"]], [terms["t1"]]))
            self.assertEqual((terms["v"], arbiter), (terms["w"], [terms["a"], terms["retainer"]]))
            self.assertEqual(number, [terms["n"], quorum(terms)])
            self.explain(terms | {"c": most}, accept=())
            self.refuses(terms | {"c": most + 1}, "[beta v]")
            self.assertEqual((terms["game"]["pool"], [terms["game"]["owned"]]), (100, owned))
            self.refuses(terms | {"game": terms["game"] | {"owned": owned[0] + 1}}, "seats-cheap: ", "--accept seats-cheap")


if __name__ == "__main__":
    unittest.main()
