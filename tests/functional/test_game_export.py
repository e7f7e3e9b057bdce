"""`prom game export --checkmate`: whether it is what CheckMate reads, and the game that solve speaks of.

The three properties of the tree are computed a second time, from the exported file; with PROM_CHECKMATE in the
environment, by that program as well.
"""

import json
import math
import os
import subprocess
import unittest

from game_case import GameTest

KEYS = [
    "players", "actions", "infinitesimals", "constants", "initial_constraints", "property_constraints",
    "honest_histories", "tree",
]  # fmt: skip
PROPERTIES = ["weak_immunity", "weaker_immunity", "collusion_resilience", "practicality"]


class ExportTest(GameTest):
    def export(self, terms, *options):
        """The exported game; without --json, so that what is said beside it is seen."""
        output, self.said = self.prom("game", "export", self.file(terms), "--checkmate", *options)
        return json.loads(output)

    def honest(self, terms):
        """What each gets when all keep the rules. A sweep over one value is quicker than to solve all."""
        return self.sweep(terms, f"feerate={terms['feerate']}:{terms['feerate']}")["rows"][0]["honest"]

    @staticmethod
    def leaves(node):
        waiting = [node]
        while waiting:
            at = waiting.pop()
            if "utility" in at:
                yield at
            else:
                waiting += [edge["child"] for edge in at["children"]]

    @staticmethod
    def utilities(leaf):
        return {entry["player"]: int(entry["value"]) for entry in leaf["utility"]}

    def follow(self, game, history):
        node = game["tree"]
        for action in history:
            node = next(edge["child"] for edge in node["children"] if edge["action"] == action)
        return node


class Form(ExportTest):
    def check_node(self, game, node, actions):
        if "utility" in node:
            self.assertEqual(set(node), {"utility"})
            self.assertEqual([entry["player"] for entry in node["utility"]], game["players"])
            for entry in node["utility"]:
                self.assertEqual(set(entry), {"player", "value"})
                self.assertRegex(entry["value"], r"\A(0|-?[1-9][0-9]*)\Z")  # as text: it reads numbers in 32 bits
            return
        self.assertEqual(set(node), {"player", "children"})
        self.assertIn(node["player"], game["players"])
        names = [edge["action"] for edge in node["children"]]
        self.assertTrue(names)
        self.assertEqual(len(names), len(set(names)))
        actions.update(names)
        for edge in node["children"]:
            self.assertEqual(set(edge), {"action", "child"})
            self.check_node(game, edge["child"], actions)

    def test_it_is_what_checkmate_reads(self):
        """input.schema.json of CheckMate, and what its reader wants besides."""
        for terms in (self.example(), self.example(9), self.contract("small")):
            for options in ((), ("--paper",)):
                game = self.export(terms, *options)
                actions = set()
                self.assertEqual(list(game), KEYS)
                self.check_node(game, game["tree"], actions)
                self.assertEqual(sorted(game["actions"]), sorted(actions))
                self.assertEqual(game["infinitesimals"], [])
                self.assertEqual((game["constants"], game["initial_constraints"]), (["sat"], ["sat = 1"]))
                self.assertEqual(game["property_constraints"], {name: [] for name in PROPERTIES})
                (history,) = game["honest_histories"]
                self.assertIn("utility", self.follow(game, history))

    def test_players(self):
        terms = self.example()
        for options, players in (
            ((), ["C", "W", "V", "A", "H"]),
            (("--arbiters", "1"), ["C", "W", "V", "A", "H"]),
            (("--arbiters", "3"), ["C", "W", "V", "A"]),
        ):
            self.assertEqual(self.export(terms, *options)["players"], players)
        self.fails("game", "export", self.file(terms), "--checkmate", "--arbiters", "4", code=2,
                   says=["the contract has 3 arbiters, and 4 are to be in bloc A"])  # fmt: skip
        self.fails("game", "export", self.file(terms), "--checkmate", "--arbiters", "10", code=2, says=["from 1 to 9"])
        self.fails("game", "export", self.file(terms), code=2, says=["--checkmate is missing"])
        self.assertEqual(self.export(terms), self.export(terms, "--arbiters", "2"))

    def test_the_honest_leaf_is_what_solve_says(self):
        for terms, m in ((self.example(), 2), (self.example(9), 4), (self.contract("large"), 5)):
            game = self.export(terms, "--arbiters", str(m))
            told = self.honest(terms)
            got = self.utilities(self.follow(game, game["honest_histories"][0]))
            n = terms["n"]
            for player in "CWV":
                self.assertAlmostEqual(got[player], told[player], delta=0.501)
            self.assertAlmostEqual(got["A"], m * told["A"], delta=0.51)
            self.assertAlmostEqual(got["H"], (n - m) * told["A"], delta=0.51)

    def test_nobody_is_paid_from_nowhere(self):
        """All together never have more than they brought, but for what the result is worth."""
        terms = self.example()
        benefit = 2 * terms["c"]
        for leaf in self.leaves(self.export(terms)["tree"]):
            self.assertLessEqual(sum(self.utilities(leaf).values()), benefit)

    def test_streams(self):
        path = self.file(self.example())
        self.check_streams("game", "export", path, "--checkmate")
        self.assertEqual(self.prom("game", "export", path, "--checkmate", "--json")[1], "")


class Chances(ExportTest):
    def test_options_that_lead_to_chances_are_left_out(self):
        terms = self.example()
        with_sample = terms | {"varsigma": 1000}
        game = self.export(with_sample)
        self.assertIn("left out, as a chance follows: W skips one item and delivers (1 time)", self.said)
        self.assertIn("rounded to whole sat", self.said)
        self.assertNotIn("skips one item and delivers", game["actions"])
        whole = self.export(terms)
        self.assertNotIn("left out", self.said)
        self.assertIn("skips one item and delivers", whole["actions"])  # all items are checked: that is no chance

    def test_a_chance_that_is_none(self):
        """Answers to all items were known: a wrong one shows for sure. The rules take the second option here."""
        items = self.sweep(self.parameters(), "items")["over"][0]["values"][2]
        terms = self.parameters() | {"game": {"known": items}}
        game = self.export(terms)
        self.assertNotIn("left out", self.said)
        self.assertEqual(game["honest_histories"][0][-1], "does not check the result")
        got = self.utilities(self.follow(game, game["honest_histories"][0]))
        self.assertAlmostEqual(got["C"], self.honest(terms)["C"], delta=0.501)
        game = self.export(self.parameters() | {"game": {"audit": 40}})
        self.assertIn("does not challenge TxQ", game["honest_histories"][0])

    def test_a_chance_that_the_rules_lead_to(self):
        terms = self.parameters() | {"game": {"q": 5000}}
        self.fails("game", "export", self.file(terms), "--checkmate", code=2,
                   says=["the rules themselves lead to", "set q to 0 or 10000"])  # fmt: skip
        self.assertIsNone(self.solve(terms)["checkmate"])
        for q in (0, 10000):
            self.export(terms | {"game": {"q": q}})


class Properties(ExportTest):
    def worst(self, node, player):
        """The least that a player can be sure of by some strategy, whatever all others do."""
        if "utility" in node:
            return self.utilities(node)[player]
        values = [self.worst(edge["child"], player) for edge in node["children"]]
        return max(values) if node["player"] == player else min(values)

    def is_weakly_immune(self, game):
        """No player that keeps to the history while it lasts, and does its best beside it, gets less than 0."""
        for player in game["players"]:
            node = game["tree"]
            for action in game["honest_histories"][0]:
                children = {edge["action"]: edge["child"] for edge in node["children"]}
                for other, child in children.items():
                    if node["player"] != player and other != action and self.worst(child, player) < 0:
                        return False
                node = children[action]
            if self.utilities(node)[player] < 0:
                return False
        return True

    def equilibria(self, node):
        """All that subgame-perfect play can give below a node: one vector of utilities, or several where some tie."""
        if "utility" in node:
            return {tuple(sorted(self.utilities(node).items()))}
        options = {edge["action"]: self.equilibria(edge["child"]) for edge in node["children"]}
        value = lambda vector: dict(vector)[node["player"]]
        found = set()
        for action, vectors in options.items():
            # The others may be answered by the equilibrium that is worst for who would go there.
            bar = max((min(map(value, others)) for name, others in options.items() if name != action), default=-math.inf)
            found |= {vector for vector in vectors if value(vector) >= bar}
        return found

    def is_practical(self, game):
        """There is a subgame-perfect equilibrium with the history."""
        node = game["tree"]
        steps = []
        for action in game["honest_histories"][0]:
            children = {edge["action"]: edge["child"] for edge in node["children"]}
            steps.append((node["player"], [child for name, child in children.items() if name != action]))
            node = children[action]
        got = self.utilities(node)
        for player, others in steps:
            for other in others:
                values = [dict(vector)[player] for vector in self.equilibria(other)]
                if min(values) > got[player]:
                    return False
        return True

    def cases(self):
        """Contracts that are different enough for properties to hold in one and not in another. No player of these
        is weakly immune: whoever else acts as one person may spend what it likes."""
        P = self.parameters()
        free = {"z": 0, "y": 0, "arbitration": 0, "check": 0, "interest": 0}
        yield P, ()
        yield P | {"game": free}, ()
        yield P | {"game": free | {"future": 100_000}}, ("--paper",)

    def test_they_are_computed_twice(self):
        seen = []
        for terms, options in self.cases():
            process = self.start("game", "solve", self.file(terms), "--json", *options)
            told = json.loads(process.communicate(timeout=60)[0])["checkmate"]
            game = self.export(terms, *options)
            self.assertEqual(told["weak_immunity"], self.is_weakly_immune(game))
            self.assertEqual(told["practicality"], self.is_practical(game))
            seen.append(told)
        for name in ("collusion_resilience", "practicality"):
            self.assertEqual({told[name] for told in seen}, {True, False}, name)

    @unittest.skipUnless("PROM_CHECKMATE" in os.environ, "PROM_CHECKMATE names no program")
    def test_checkmate_says_the_same(self):
        for terms, options in self.cases():
            process = self.start("game", "solve", self.file(terms), "--json", *options)
            told = json.loads(process.communicate(timeout=60)[0])["checkmate"]
            path = self.write("game.json", json.dumps(self.export(terms, *options)))
            said = subprocess.run([os.environ["PROM_CHECKMATE"], path], capture_output=True, text=True, check=True).stdout
            for name, words in (("weak_immunity", "weak immune"), ("collusion_resilience", "collusion resilient"),
                                ("practicality", "practical")):  # fmt: skip
                yes, no = f"YES, it is {words}." in said, f"NO, it is not {words}." in said
                self.assertNotEqual(yes, no, said)
                self.assertEqual(told[name], yes, name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
