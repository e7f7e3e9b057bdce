#!/usr/bin/env python3
"""What src/equilibrium says of random small games, against every strategy tried with fractions.

PROM_GAMES is how many games of each kind; 150 where it is not set.
"""

import os
import random
import unittest

import game_mixed
import game_trees
from game_trees import CHANCE, DECISION

GAMES = int(os.environ.get("PROM_GAMES", "150"))
ENOUGH = 100  # games from which on each answer has to be found
NEAR = 1e-9
SEED = 12


def near(value, exact):
    return abs(value - float(exact)) < NEAR


def told(games):
    """Each game with what the engine says of it."""
    return zip(games, game_trees.ask([game.text() for game in games]), strict=True)


class Trees(unittest.TestCase):
    def games(self, **options):
        for number in range(GAMES):
            rng = random.Random(f"{SEED} {sorted(options.items())} {number}")
            yield game_trees.random_tree(rng, rng.randint(1, 4), **options)

    def check_honest(self, tree, said):
        for at, values in enumerate(said["honest"]):
            for value, exact in zip(values, tree.expected(tree.honest(), at)):
                self.assertTrue(near(value, exact), (at, value, exact))

    def check_optimum(self, tree, coalition, told, aim, best):
        """The value is right, the choices reach it, and they are honest where that is as good."""
        exact = game_trees.optimum(tree, coalition, aim, best)
        self.assertTrue(near(told["value"], exact), (coalition, told["value"], exact))
        choices = told["choices"]
        self.assertEqual(aim(tree.expected(choices)), exact)
        self.assertEqual(told["ending"], game_trees.follow(tree, choices))
        ahead = [0]
        while ahead:
            at = ahead.pop()
            node = tree.nodes[at]
            if node.kind == DECISION and not game_trees.is_member(coalition, node.player):
                self.assertEqual(choices[at], node.honest)
            elif node.kind == DECISION:
                values = [game_trees.optimum(tree, coalition, aim, best, child) for child in node.children]
                self.assertEqual(choices[at], game_trees.first_best(node, values, best))
            ahead += [node.children[choices[at]]] if node.kind == DECISION else node.children

    def check_backward(self, tree, said):
        choices = said["choices"]
        self.assertTrue(game_trees.is_subgame_perfect(tree, choices))
        for value, exact in zip(said["expected"], tree.expected(choices)):
            self.assertTrue(near(value, exact), (value, exact))
        for at in tree.decisions():
            node = tree.nodes[at]
            values = [tree.expected(choices, child)[node.player] for child in node.children]
            self.assertEqual(choices[at], game_trees.first_best(node, values, max))

    def check_lapses(self, tree, said):
        wanted = []
        for at in tree.decisions():
            node = tree.nodes[at]
            values = [tree.expected(tree.honest(), child)[node.player] for child in node.children]
            if max(values) > values[node.honest]:
                wanted.append((values[node.honest] - max(values), at, values.index(max(values))))
        self.assertEqual(said["count"], len(wanted))
        for told, (loss, at, better) in zip(said["listed"], sorted(wanted)):
            self.assertEqual(told[:2], [at, better])
            self.assertTrue(near(told[2], -loss))

    def test_with_chances(self):
        trees = list(self.games(profiles_max=64, chances=True))
        self.assertTrue(GAMES < ENOUGH or sum(tree.has_chances() for tree in trees) > GAMES / 3)
        for tree, said in told(trees):
            with self.subTest(tree.text()):
                self.check_honest(tree, said)
                for coalition, optima in enumerate(said["optimum"]):
                    for (aim, best), optimum in zip(game_trees.aims(tree, coalition), optima, strict=True):
                        self.check_optimum(tree, coalition, optimum, aim, best)
                self.check_backward(tree, said["backward"])
                self.check_lapses(tree, said["lapses"])
                if tree.has_chances():
                    at = next(at for at, node in enumerate(tree.nodes) if node.kind == CHANCE)
                    self.assertTrue(said["properties"].startswith(f"misuse: node {at} of the game is a chance"))

    def test_properties(self):
        """Both answers of each are frequent."""
        trees = list(self.games(profiles_max=400, chances=False))
        seen = []
        for tree, said in told(trees):
            with self.subTest(tree.text()):
                seen.append(said["properties"])
                self.assertEqual(seen[-1], game_trees.properties(tree))
                self.check_backward(tree, said["backward"])
        for answers in zip(*seen):
            self.assertTrue(GAMES < ENOUGH or 0.1 < sum(answers) / len(answers) < 0.9, answers)


class Equilibria(unittest.TestCase):
    """Of games in which all act at once."""

    def check_each(self, game, found):
        """Nobody regrets it, and what is said of it is so."""
        for equilibrium in found:
            chances = equilibrium["chance"]
            self.assertLess(game.regret(chances), NEAR)
            self.assertLess(equilibrium["regret"], NEAR)
            self.assertEqual(equilibrium["pure"], all(chance in (0, 1) for player in chances for chance in player))
            for value, exact in zip(equilibrium["expected"], game.expected(chances)):
                self.assertTrue(near(value, exact))
        pure = [equilibrium["pure"] for equilibrium in found]
        self.assertEqual(pure, sorted(pure, reverse=True))

    def check_same(self, found, wanted):
        """Those found are those wanted, each once."""
        self.assertEqual(len(found), len(wanted), (found, wanted))
        for profile in wanted:
            self.assertEqual(sum(game_mixed.is_near(profile, other, NEAR) for other in found), 1, (profile, found))

    def test_two_players(self):
        games = []
        for number in range(GAMES):
            rng = random.Random(f"{SEED} two {number}")
            actions = [rng.randint(1, 4), rng.randint(2, 4)]
            actions.insert(rng.randrange(3), 1)
            games.append(game_mixed.random_game(rng, actions))
        several = 0
        for game, said in told(games):
            with self.subTest(game.text()):
                self.check_each(game, said["equilibria"])
                found = [equilibrium["chance"] for equilibrium in said["equilibria"]]
                self.check_same(found, game.corners())
                several += len(found) > 1
        self.assertTrue(GAMES < ENOUGH or several > GAMES / 4, several)

    def test_three_players(self):
        games = [game_mixed.random_game(random.Random(f"{SEED} three {n}"), [2, 2, 2]) for n in range(GAMES)]
        all_mix = 0
        for game, said in told(games):
            with self.subTest(game.text()):
                self.check_each(game, said["equilibria"])
                found = [equilibrium["chance"] for equilibrium in said["equilibria"]]
                inner = [profile for profile in found if all(0 < player[0] < 1 for player in profile)]
                self.check_same([profile for profile in found if profile not in inner], game.corners())
                wanted = game.inner()
                if wanted is not None:
                    self.check_same(inner, wanted)
                    all_mix += len(wanted)
        self.assertTrue(GAMES < ENOUGH or all_mix > GAMES / 10, all_mix)


if __name__ == "__main__":
    unittest.main()
