"""The object `game` of a file of terms, and the verdict of `prom contract explain`."""

import json
import os
import re
import unittest

from contract_case import PARAMETERS, REFUSING, ContractTest
from framework import SOURCE

COSTS = ("z", "y", "arbitration", "check", "benefit")
FIELDS = (
    *COSTS, "price", "interest", "q", "known", "rolls", "audit", "compute", "verify", "pool", "owned", "future",
)  # fmt: skip
MOST = {name: 2_100_000_000_000_000 for name in COSTS} | {"price": 2**64 - 1}
FINDING = ["amount", "gain", "group", "loss", "meaning", "name", "scheme", "severity", "victim"]


class Setting(ContractTest):
    def game(self, **fields):
        return self.parameters(game=fields)

    def setting(self, **fields):
        return self.explain(self.game(**fields))["game"]["setting"]

    def test_defaults(self):
        P = self.parameters()
        share_w = P["sigma"] * P["c"] // 10000
        z = share_w // 2
        expected = dict.fromkeys(FIELDS, 0) | {
            "z": z, "y": z // 50, "arbitration": z // 50, "check": z // 50, "benefit": 2 * P["c"], "price": 100_000,
            "interest": 500, "rolls": 1, "compute": P["t1"] // 4, "verify": 1,
        }  # fmt: skip
        self.assertEqual(self.explain(P)["game"]["setting"], expected)
        self.assertEqual(self.setting(), expected)
        self.assertEqual(self.setting(comment="as nobody knows better"), expected)

    def test_each_field_is_taken(self):
        given = {name: 11 + i for i, name in enumerate(FIELDS)} | {"pool": 99}
        self.assertEqual(self.setting(**given), given)
        for name in FIELDS:
            told = self.setting(**{"pool": 50, name: 12})
            self.assertEqual((told[name], told["pool"]), (12, 12 if name == "pool" else 50))

    def test_whole_terms_and_tree(self):
        """The tree has no use for it, but does not mind; a wrong one it does."""
        terms = self.example()
        given = terms | {"game": {"z": 12345}}
        self.assertEqual(self.explain(given)["game"]["setting"]["z"], 12345)
        self.assertEqual(self.tree(given), self.tree(terms))
        self.rejects(terms | {"game": {"zz": 1}}, "game: unknown field 'zz'", action="tree")

    def test_wrong_types(self):
        for value in ([], "z", 5, None, True, 1.5):
            with self.subTest(value=value):
                self.rejects(self.game() | {"game": value}, "'game' must be an object")
        for name in FIELDS:
            for value in ("12", 1.5, 1.0, True, None, [], {}):
                with self.subTest(name=name, value=value):
                    self.rejects(self.game(**{name: value}), f"game: '{name}' must be a whole number")
        self.rejects(self.game(comment=5), "game: 'comment' must be text")
        self.rejects(self.game(zeta=5), "game: unknown field 'zeta'")
        self.rejects(self.game(w=5), "game: unknown field 'w'")
        self.rejects(self.game(**{"\x1b[31m": 5}), "game: unknown field '?[31m'")
        self.rejects(json.dumps(self.game()).replace('"game": {}', '"game": {"z": 1, "z": 2}'), "duplicate object key")

    def test_numbers_without_room(self):
        """Nothing that the contract could help: the file cannot be used."""
        for name in FIELDS:
            most = MOST.get(name, 2**32 - 1)
            for value in (-1, -(2**63), 2**63 - 1, most + 1):
                if value < 2**63 and not 0 <= value <= most:
                    with self.subTest(name=name, value=value):
                        self.rejects(self.game(**{name: value}), f"game: {name} is {value}, and 0 to {most} can be written")

    def test_numbers_that_make_no_question(self):
        t1, t2 = (self.parameters()[name] for name in ("t1", "t2"))
        for fields, says in (
            ({"q": 10001}, "the game: q is 10001, and 0 to 10000 can be"),
            ({"interest": 100001}, "interest is 100001, and 0 to 100000"),
            ({"known": 101}, "known is 101, and 0 to 100"),
            ({"rolls": 0}, "rolls is 0, and 1 to"),
            ({"future": 10_000_001}, "future is 10000001"),
            ({"audit": 65536}, "audit is 65536"),
            ({"compute": 0}, "compute is 0, and 1 to"),
            ({"compute": t1 - 1}, f"compute is {t1 - 1}, and 1 to {t1 - 2}"),
            ({"verify": 0}, "verify is 0"),
            ({"verify": t2 - t1 + 1}, f"verify is {t2 - t1 + 1}"),
            ({"owned": 1}, "owned is 1, and 0 to 0"),
            ({"pool": 10, "owned": 11}, "owned is 11, and 0 to 10"),
            ({"pool": 2}, "pool is 2, and 3 to"),
        ):
            with self.subTest(fields):
                self.rejects(self.game(**fields), says)
        # An audit window is a part of P that is not there yet: its bound is P's.
        self.refuses(self.game(audit=6), "the audit window is 6, and at least 7 is needed: vt + 2s + 2")
        self.setting(q=10000, interest=100000, known=100, future=10_000_000, compute=t1 - 2, verify=t2 - t1, pool=3, owned=3)


class Verdict(ContractTest):
    def test_safe(self):
        for arbiters, network in ((3, "regtest"), (5, "mainnet"), (9, "mainnet")):
            terms = self.example(arbiters, network)
            game = self.explain(terms, accept=())["game"]
            self.assertEqual(sorted(game), ["accepted", "findings", "setting", "verdict", "weakest"])
            self.assertEqual((game["verdict"], game["accepted"]), ("safe", []))
            self.assertEqual(game["weakest"], game["findings"][0]["name"])
            for finding in game["findings"]:
                self.assertEqual(sorted(finding), FINDING)
                self.assertEqual(finding["severity"], "warning")
            names = [finding["name"] for finding in game["findings"]]
            self.assertEqual(len(set(names)), len(names))
            # While there is no audit window: E17 and E25.
            self.assertLessEqual({"lazy-verifier", "worker-is-verifier"}, set(names))

    def test_text_begins_with_it(self):
        words = " ".join(self.explained(self.parameters(), accept=()).split())
        game = self.explain(self.parameters(), accept=())["game"]
        at = [words.index(text) for text in (
            "A contract on regtest with n = 3 arbiters, of whom k = 2 decide Verdict: safe.",
            "as long as no more than 1 of the 3 arbiters",
            f"Weakest point: {game['weakest']}.",
            "Warnings: " + ", ".join(finding["name"] for finding in game["findings"]),
            "This takes it that computing costs the worker 450,000 sat",
            "interest is 5.00 % a year",
            "The worst for each",
        )]  # fmt: skip
        self.assertEqual(at, sorted(at))

    def test_an_audit_window_is_not_there_yet(self):
        words = " ".join(self.explained(self.parameters(game={"audit": 50})).split())
        self.assertIn("an audit window of 50 blocks, which is designed, but which no contract can have yet", words)
        self.assertNotIn("an audit window of", self.explained(self.parameters()))

    def test_fund_of_somebody(self):
        """Refused with the name, with who gains what, and with what to do; taken when it is named."""
        P = self.parameters(F=self.example()["client"]["key"])
        nobodys = self.parameters()["F"]
        says = self.refuses(P, "fund-owned: ", "the owner of F", " sat", f"The key that nobody has is, for this P, {nobodys}",
                            "--accept ")
        names = says.split("--accept ")[1].strip().split(",")
        self.assertIn("fund-owned", names)
        self.assertLessEqual(set(names), set(REFUSING))
        for accept in (names, REFUSING):
            told = self.explain(P, accept=accept)
            self.assertEqual(told["nobodys_fund"], nobodys)
            game = told["game"]
            self.assertEqual((game["verdict"], game["accepted"]), ("accepted", names))
            self.assertIn(game["weakest"], names)
            self.assertEqual([it["name"] for it in game["findings"] if it["severity"] == "refused"], names)
            fund = next(it for it in game["findings"] if it["name"] == "fund-owned")
            self.assertIn("F", fund["group"]["players"])
            self.assertGreater(fund["gain"], 0)
        words = " ".join(self.explained(P, accept=names).split())
        self.assertIn(f"Verdict: NOT SAFE, and shown because --accept takes {','.join(names)}.", words)
        self.assertIn("Weakest point: fund-owned.", words)
        # To take another risk is not to take this one.
        others = ",".join(name for name in REFUSING if name != "fund-owned")
        path = self.file(P)
        self.fails("contract", "explain", path, "--accept", others, code=1, says=["fund-owned: "])
        self.explain(P | {"F": nobodys}, accept=())

    def test_bounds_are_never_lifted(self):
        for changes, bound in (({"w": 0}, "w is 0 sat"), ({"beta": 3719}, "[beta v] is 929750 sat")):
            path = self.file(self.parameters(**changes))
            self.fails("contract", "explain", path, "--accept", ",".join(REFUSING), code=1, says=[bound])
        path = self.file(self.parameters())
        for names in ("bound", "locked,bound", "bound,locked"):
            says = "'bound' cannot be accepted: bounds are never lifted"
            self.fails("contract", "explain", path, "--accept", names, code=2, says=[says])

    def test_names(self):
        path = self.file(self.parameters())
        for names, says in (
            ("nothing", "there is no risk 'nothing'; --accept takes " + ", ".join(REFUSING)),
            ("fund-ownde", "there is no risk 'fund-ownde' (did you mean 'fund-owned'?)"),
            ("locked,", "there is no risk ''"),
            (",", "there is no risk ''"),
            ("locked, fund-owned", "there is no risk ' fund-owned' (did you mean 'fund-owned'?)"),
            ("locked;fund-owned", "there is no risk 'locked;fund-owned'"),
            ("x" * 5000, "there is no risk 'xxx"),
        ):
            with self.subTest(names=names[:30]):
                self.fails("contract", "explain", path, "--accept", names, code=2, says=[says])
        self.fails("contract", "tree", path, "--accept", "locked", code=2, says=["--accept is an option of explain"])
        self.fails("contract", "explain", path, "--accept", "locked", "--accept", "locked", code=2, says=["given twice"])
        # A warning may be named too, and a name twice.
        warning = self.explain(self.parameters(), accept=("lazy-verifier", "locked", "locked"))["game"]
        self.assertEqual((warning["verdict"], warning["accepted"]), ("safe", []))

    def test_help_has_all_names(self):
        page = self.prom("help", "contract", "explain")[0]
        option = " ".join(page.split("\nOptions:\n")[1].split("--json")[0].split())
        self.assertIn(f"NAME is one of {', '.join(REFUSING)}.", option)
        risks = page.split("\nRisks:\n")[1].split("\nJSON object:")[0]
        told = set(re.findall(r"^  ([a-z-]+)  ", risks, re.MULTILINE))
        found = self.explain(self.parameters(F=self.example()["client"]["key"]))["game"]["findings"]
        self.assertLessEqual({it["name"] for it in found} | set(REFUSING), told)
        for it in found:
            self.assertIn(f" {it['name']} {it['meaning']}", " ".join(risks.split()))
        general = self.prom("help", "contract")[0]
        for name in FIELDS:
            self.assertRegex(general.split("\nGame:\n")[1], rf"(?m)^  {name}  ")


if __name__ == "__main__":
    unittest.main()
