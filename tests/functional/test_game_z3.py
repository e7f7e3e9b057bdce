#!/usr/bin/env python3
"""CheckMate's three properties against Z3: what src/equilibrium says of random trees, up to a few hundred nodes, and
what `prom game solve` says of random contracts, whose games `prom game export` writes.

PROM_GAMES is how many trees are tried; 30 where it is not set; and a tenth as many contracts.
"""

import dataclasses
import json
import os
import random
import unittest

import game_trees
import game_z3
from contract_case import FRACTIONS
from framework import COMMAND_SECONDS
from game_case import OF_SETTING, GameTest
from game_contracts import RULES, fund_of, random_contract

GAMES = int(os.environ.get("PROM_GAMES", "30"))
ENOUGH = 30  # trees from which on each answer has to be found
OF_FILE = ("w", "v", "a", "n", *FRACTIONS, "t1", "t2", "t3", "t4", "c", "retainer", "feerate")


def utility(player, value):
    """CheckMate reads numbers below 0 as text only."""
    return {"player": f"p{player}", "value": value if value >= 0 else str(value)}


def subtree(tree, at):
    node = tree.nodes[at]
    if node.kind == game_trees.ENDING:
        return {"utility": [utility(player, value) for player, value in enumerate(node.values)]}
    children = [{"action": f"a{i}", "child": subtree(tree, child)} for i, child in enumerate(node.children)]
    return {"player": f"p{node.player}", "children": children}


def checkmate(tree):
    """The tree, without chances, in CheckMate's JSON."""
    return {
        "players": [f"p{player}" for player in range(tree.players)],
        "actions": sorted({f"a{i}" for node in tree.nodes for i in range(len(node.children))}),
        "infinitesimals": [],
        "constants": ["unused"],  # without any CheckMate fails
        "initial_constraints": [],
        "property_constraints": {
            name: [] for name in ("weak_immunity", "weaker_immunity", "collusion_resilience", "practicality")
        },
        "honest_histories": [[f"a{tree.nodes[at].honest}" for at in tree.history()[:-1]]],
        "tree": subtree(tree, 0),
    }


def trees():
    for number in range(GAMES):
        rng = random.Random(f"z3 {number}")
        nodes = rng.choice((10, 20, 40, 80, 160))
        yield game_trees.random_tree(rng, rng.randint(2, 6), profiles_max=10**99, chances=False, nodes_max=nodes)


class PropertiesByZ3(unittest.TestCase):
    def test_random_trees(self):
        """Both answers of each property are found."""
        games = list(trees())
        seen = []
        told = game_trees.ask([tree.text() for tree in games])
        for number, (tree, said) in enumerate(zip(games, told, strict=True)):
            with self.subTest(number):
                seen.append(said["properties"])
                self.assertEqual(list(game_z3.properties(checkmate(tree))), said["properties"])
        for answers in zip(*seen):
            self.assertTrue(GAMES < ENOUGH or 0.05 < sum(answers) / len(answers) < 0.95, answers)

    def test_what_is_not_read(self):
        """Symbols, and constraints on them, which these games have none of."""
        game = checkmate(next(trees()))
        for constraints in (
            {"initial_constraints": ["unused > 0"]},
            {"initial_constraints": ["unused = 1", "unused = 2"]},
            {"initial_constraints": ["other = 1"]},
            {"property_constraints": game["property_constraints"] | {"practicality": ["unused > 0"]}},
        ):
            with self.assertRaises(game_z3.UnsupportedGame):
                game_z3.properties(game | constraints)
        game["tree"] = {"utility": [{"player": "p0", "value": "a"}]}
        with self.assertRaises(game_z3.UnsupportedGame):
            game_z3.properties(game)
        game["players"] = ["p0"]
        game["honest_histories"] = [[]]
        self.assertEqual(game_z3.properties(game | {"constants": ["a"], "initial_constraints": ["a = 0"]}), (True,) * 3)


class ContractsByZ3(GameTest):
    def terms(self, number):
        """A random contract in which nothing is left to chance that the rules lead to."""
        rules = RULES[number % len(RULES)]
        it = random_contract(f"z3 {number}", rules)
        it = dataclasses.replace(it, q=random.Random(number).choice((0, 10000)), known=min(it.known, 100))
        terms = {name: getattr(it, name) for name in OF_FILE}
        setting = {name: getattr(it, name) for name in OF_SETTING if hasattr(it, name)}
        network = it.network.replace("main", "mainnet")
        options = ["--paper"] if rules == "paper" else []
        return terms | {"network": network, "F": fund_of(it), "t5": 0, "game": setting}, options

    def told(self, *arguments):
        """What `prom game` prints as JSON, also where the contract is refused."""
        process = self.start("game", *arguments, "--json")
        output, errors = process.communicate(timeout=COMMAND_SECONDS)
        self.assertIn(process.returncode, (0, 1), errors)
        return json.loads(output)

    def test_random_contracts(self):
        for number in range(max(3, GAMES // 10)):
            terms, options = self.terms(number)
            with self.subTest(number, terms=terms):
                said = self.told("solve", self.file(terms), *options)["checkmate"]
                game = self.told("export", self.file(terms), "--checkmate", *options)
                self.assertEqual(game_z3.properties(game)._asdict(), said)


if __name__ == "__main__":
    unittest.main()
