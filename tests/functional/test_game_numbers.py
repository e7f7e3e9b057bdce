"""`prom game solve`: verdicts, and whether its numbers are right."""

import json
import unittest

from contract_case import REFUSING
from game_case import OF_CONTRACT, OF_SETTING, GameTest

BLOCKS_A_YEAR = 52560


class Verdicts(GameTest):
    def test_warnings_are_no_failure(self):
        told = self.solve(self.example())
        self.assertEqual((told["verdict"], told["bound"], told["accepted"]), ("warning", None, []))
        self.assertEqual({finding["severity"] for finding in told["findings"]}, {"warning"})
        names = [finding["name"] for finding in told["findings"]]
        self.assertIn("worker-is-verifier", names)
        self.assertIn("lazy-verifier", names)
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(told["weakest"], names[0])

    def test_a_fund_that_is_somebodys(self):
        terms = self.parameters(w=2_100_000, F="79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
        told = self.solve(terms, code=1)
        self.assertEqual((told["verdict"], told["weakest"]), ("refused", "fund-owned"))
        self.assertIn("F", {player for row in told["groups"] for player in row["players"]})
        names = ",".join(finding["name"] for finding in told["findings"] if finding["severity"] == "refused")
        text = " ".join(self.solved(terms, "--accept", names).split())
        self.assertIn("Verdict: NOT SAFE, and accepted, with ", text)
        self.assertIn("'fund-owned' takes 2 of them.", text)  # nobody is robbed by less, and it does not say so
        self.assertNotIn("Honest players can be robbed", text)
        self.assertIn("refused, accepted: fund-owned. ", text)
        self.assertIn(" W+F ", text)

    def test_a_bound_is_never_lifted(self):
        terms = self.parameters(w=3_000_000)  # above v
        told = self.solve(terms, code=1)
        self.assertEqual((told["verdict"], told["weakest"]), ("bound", "bound"))
        self.assertIn("w", told["bound"])
        for mu in (0, 20000):  # nor is there a game then
            broken = self.parameters(mu=mu)
            told = self.solve(broken, code=1)
            self.assertEqual(told["verdict"], "bound")
            self.assertEqual(set(told), self.documented("solve"))
            self.assertIsNone(told["honest"])
            self.fails("game", "solve", self.file(broken), "--paper", code=2, says=["3 arbiters decide"])
            self.fails("game", "export", self.file(broken), "--checkmate", code=2, says=["3 arbiters decide"])
            self.fails("game", "certificate", self.file(broken), code=2, says=["no game to certify: mu"])
            self.assertIn("NOT VALID. " + told["bound"], " ".join(self.solved(broken, code=1).split()))
        self.fails("game", "solve", self.file(terms), "--accept", "bound", code=2, says=["bounds are never lifted"])

    def test_the_paper(self):
        told = self.sweep(self.example(), "z=1:1", "--paper")
        self.assertEqual([row["verdict"] for row in told["rows"]], ["refused"])


class Numbers(GameTest):
    def changed(self):
        """Nearly all costs are other than by default, and the client checks with a chance of a quarter."""
        game = {"z": 600_000, "y": 30_000, "interest": 900, "compute": 20, "verify": 3, "benefit": 5_000_000, "q": 2500,
                "check": 8000, "pool": 50}  # fmt: skip
        return self.parameters() | {"game": game}

    def test_assumptions(self):
        P = self.parameters()
        numbers = self.solve(P)["assumptions"]
        self.assertTrue(all(numbers[name]["default"] for name in OF_SETTING))
        self.assertEqual(numbers["z"]["value"], P["sigma"] * P["c"] // 10000 // 2)
        numbers = self.solve(self.changed())["assumptions"]
        self.assertEqual([numbers[name]["value"] for name in ("z", "pool", "interest")], [600_000, 50, 900])
        self.assertEqual([numbers[name]["default"] for name in ("z", "pool", "price", "owned")], [False, False, True, True])
        for name in OF_CONTRACT:
            if name in P:
                self.assertEqual(numbers[name], numbers[name] | {"value": P[name], "of_setting": False})

    def test_what_each_gets(self):
        """By the table of payouts, the costs, and interest for the blocks up to Tx4."""
        for P in (self.parameters(), self.changed()):
            told = self.solve(P)
            of = {name: number["value"] for name, number in told["assumptions"].items()}
            share_w = P["sigma"] * P["c"] // 10000
            rho = P["retainer"]
            expected = {
                "C": (-P["c"] - P["n"] * rho, of["benefit"], -of["check"] * of["q"] / 10000, P["c"] + P["n"] * rho),
                "W": (share_w, 0, -of["z"], P["w"]),
                "V": (P["c"] - share_w, 0, -of["y"], P["v"]),
                "A": (rho, 0, 0, P["a"]),
            }  # fmt: skip
            blocks = of["compute"] + of["verify"] + 1
            for player, (paid, benefit, work, deposit) in expected.items():
                got = told["honest"][player]
                self.assertEqual((got["paid"], got["benefit"], got["work"]), (paid, benefit, work))
                interest = -deposit * of["interest"] / 10000 * blocks / BLOCKS_A_YEAR
                self.assertAlmostEqual(got["interest"], interest, delta=0.001)
                parts = sum(got[name] for name in ("paid", "benefit", "work", "fees", "interest"))
                self.assertAlmostEqual(got["result"], parts, delta=1)
                self.assertEqual(got["promised"], 0 if player == "V" else paid)  # V is promised its stake
            self.assertEqual(told["honest"]["A"]["fees"], 0)

    def test_the_fees_are_those_of_the_tree(self):
        terms = self.example()
        told = self.solve(terms)
        tree = {tx["name"]: tx for tx in self.tree(terms)["transactions"]}
        explained = self.explain(terms)["fees"]
        client = told["honest"]["C"]["fees"]
        others = told["honest"]["W"]["fees"] + told["honest"]["V"]["fees"]
        tx0 = explained["tx0"] + tree["Tx4"]["fee"] + 2 * 240
        self.assertAlmostEqual(-client - others, tx0, delta=terms["feerate"])

    def test_groups_and_findings_agree(self):
        told = self.solve(self.parameters())
        gains = {(frozenset(row["players"]), row["arbiters"]): row for row in told["groups"]}
        found = {finding["name"]: finding for finding in told["findings"]}
        pair = gains[frozenset("WV"), 0]
        finding = found["worker-is-verifier"]
        for name in ("gain", "victim", "loss", "scheme", "deviations"):
            self.assertEqual(pair[name], finding[name])
        z_and_y = sum(told["assumptions"][name]["value"] for name in "zy")
        self.assertEqual((pair["victim"], pair["scheme"]), ("C", 3))
        self.assertAlmostEqual(pair["gain"], z_and_y, delta=1000)  # it can end sooner, for less interest
        self.assertEqual([step["player"] for step in pair["deviations"]], ["W", "V"])
        self.assertEqual(gains[frozenset("V"), 0]["gain"], told["assumptions"]["y"]["value"])
        self.assertEqual(len(gains), 8 * 3 - 1)  # no group has all arbiters

    def test_equilibria_are_of_the_choices(self):
        """Nobody gains by another action, the others' chances given."""
        told = self.solve(self.parameters())
        payoffs = {(row["W"], row["V"], row["C"]): row["get"] for row in told["choices"]}
        self.assertTrue(told["equilibria"])
        for play in told["equilibria"]:
            for at, player in enumerate("WVC"):
                self.assertAlmostEqual(sum(play[player].values()), 1)
                for action in play[player]:
                    mixed = {p: ({action: 1} if p == player else play[p]) for p in "WVC"}
                    value = sum(
                        payoffs[w, v, c][at] * mixed["W"][w] * mixed["V"][v] * mixed["C"][c] for (w, v, c) in payoffs
                        if all(key in mixed[p] for p, key in zip("WVC", (w, v, c)))
                    )  # fmt: skip
                    self.assertLessEqual(value, play["expected"][player] + 1)

    def test_conditions_are_worth_what_they_say(self):
        for terms in (self.parameters(), self.changed()):
            told = self.solve(terms)
            self.assertTrue(told["conditions"])
            for row in told["conditions"]:
                value = sum(factor * told["symbols"].get(symbol, 1) for symbol, factor in row["factors"].items())
                self.assertAlmostEqual(row["value"], value, delta=max(1, abs(value) * 1e-6), msg=row)
                if row["claim"] == "a worker comes":
                    self.assertAlmostEqual(row["value"], told["honest"]["W"]["result"], delta=1)

    def test_the_client_as_its_own_verifier(self):
        """The worker has stake and share, whatever both do with n - k arbiters; what they gain is the group's row."""
        for P in (self.parameters(), self.changed()):
            told = self.solve(P)
            both = told["client_as_verifier"]
            share_w = P["sigma"] * P["c"] // 10000
            self.assertEqual(both["locked"], P["c"] + P["n"] * P["retainer"] + P["v"])
            self.assertEqual(both["promised"], P["w"] + share_w)
            self.assertAlmostEqual(both["honest"], sum(told["honest"][p]["result"] for p in "CV"), delta=1)
            self.assertEqual([(play["players"], play["arbiters"]) for play in both["against"]], [(["C", "V"], 0), (["C", "V"], 1)])
            for play in both["against"]:
                self.assertEqual(play["worker"], both["promised"])
                row = {name: value for name, value in play.items() if name != "worker"}
                self.assertIn(row, told["groups"])

    def findings_with(self, terms, name, value):
        """The names of the findings when one number is another. Numbers of P but c, retainer and feerate change F."""
        if name in OF_SETTING:
            terms = terms | {"game": terms.get("game", {}) | {name: value}}
        else:
            terms = terms | {name: value}
        process = self.start("contract", "explain", self.file(terms), "--json", "--accept", ",".join(REFUSING))
        output, _ = process.communicate(timeout=60)
        told = json.loads(output)  # a bound is never accepted
        return {"bound"} if "error" in told else {finding["name"] for finding in told["game"]["findings"]}

    def test_margins_flip_what_they_say(self):
        terms = self.parameters()
        told = self.solve(terms)
        before = {finding["name"] for finding in told["findings"]}
        changes = [abs(row["change"]) for row in told["margins"] if row["change"] is not None]
        self.assertEqual(changes, sorted(changes))
        self.assertEqual({row["parameter"] for row in told["margins"]}, {*OF_CONTRACT, *OF_SETTING})
        tried = 0
        for row in told["margins"]:
            name = row["parameter"]
            if row["change"] is None or name in ("price", "items") or name in OF_CONTRACT[:16]:
                continue
            tried += 1
            nearer = row["value"] + (1 if row["value"] < row["now"] else -1)
            with self.subTest(row=row):
                self.assertEqual(row["now"], told["assumptions"][name]["value"])
                self.assertAlmostEqual(row["value"], row["now"] * (1 + row["change"]), delta=1)
                after = self.findings_with(terms, name, row["value"])
                self.assertEqual(row["risk"] in after, row["comes"])
                self.assertNotEqual(row["risk"] in before, row["comes"])
                self.assertEqual(self.findings_with(terms, name, nearer), before)
        self.assertGreaterEqual(tried, 3)

    def test_least_values_are_the_least(self):
        terms = self.parameters()
        least = self.solve(terms)["least"]
        for name, risk in (("retainer", "arbiter-unpaid"), ("benefit", "client-unpaid")):
            value = least[name]
            self.assertIsNotNone(value)
            at = -int(-value // 1)
            self.assertNotIn(risk, self.findings_with(terms, name, at))
            if at > 1:
                self.assertIn(risk, self.findings_with(terms, name, at - 2))


if __name__ == "__main__":
    unittest.main(verbosity=2)
