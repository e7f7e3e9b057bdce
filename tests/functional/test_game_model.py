"""The settlement game against an enumeration that is written a second time from the documents: game_model has the
numbers, game_plays who may do what, game_search tries all plans. Random contracts, valid ones and ones that are a little
off, by the protocol, with an audit window, and by the paper: the same trees, and the same numbers, within TOLERANCE.

PROM_GAMES is how many contracts are tried of each kind; 14 where it is not set.
"""

import dataclasses
import itertools
import os
import random
import unittest

import game_plays
from contract_case import ContractTest
from game_contracts import RULES, Driver, random_contract, random_setting, with_times_that_meet
from game_model import ANCHOR, DUST, LEAVES, PAYOUT, PLAYERS, WAYS, Chance, Contract, Decision, Ending
from game_model import frame_weight, tree_of, tx0_sizes
from game_search import Best, honest, lapses

TOLERANCE = 1e-6  # sat, and of a double's precision where there are more than 4 bitcoin
PRECISION = 2.0**-48
GAMES = int(os.environ.get("PROM_GAMES", "14"))
PLANS_MAX = 20_000
PLAY = {"contract": game_plays.contract, "audit": game_plays.contract, "paper": game_plays.paper}


def near(told, exact, scale):
    return abs(told - float(exact)) <= max(TOLERANCE, scale * PRECISION)


class Told:
    """A game as tool.settlement_game tells it."""

    def __init__(self, answer, scale):
        self.nodes, self.endings, self.scale = answer["nodes"], answer["endings"], scale

    def same(self, index, node):
        """Whether the game from a node on is that of game_model, whatever the order of actions."""
        player, rule, _, _, first, count = self.nodes[index]
        if count == 0:
            return isinstance(node, Ending) and self.same_ending(self.endings[first], node)
        children = [i for i in range(first, first + count) if player or self.nodes[i][2] > 0]
        if len(children) == 1:
            return self.same(children[0], node)
        if player:
            return isinstance(node, Decision) and player == node.player and self.same_choice(children, rule, node)
        return isinstance(node, Chance) and self.same_chance(children, node)

    def same_ending(self, told, ending):
        scheme, utility, money = told
        return scheme == ending.scheme and all(
            near(utility[i], ending.utility[who], self.scale) and near(money[i], ending.money[who], self.scale)
            for i, who in enumerate(PLAYERS)
        )

    def same_choice(self, children, rule, node):
        if len(children) != len(node.children) or not self.same(children[rule], node.children[node.rule]):
            return False
        left = [child for i, child in enumerate(node.children) if i != node.rule]
        for index in (child for i, child in enumerate(children) if i != rule):
            found = next((i for i, child in enumerate(left) if self.same(index, child)), None)
            if found is None:
                return False
            del left[found]
        return True

    def same_chance(self, children, node):
        p, (first, second) = float(node.probability), node.children
        return any(
            abs(self.nodes[one][2] - p) < 1e-12 and self.same(one, first) and self.same(two, second)
            for one, two in itertools.permutations(children)
        )


def groups_of(m):
    players = [set(some) | ({"A"} if m else set()) for size in range(4) for some in itertools.combinations("CWV", size)]
    return [group for group in players if group]


class Games(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.driver = Driver()
        cls.addClassCleanup(cls.driver.close)

    def game(self, it, m, groups, whole=False):
        answer = self.driver.game(it, m, groups, whole)
        self.assertNotIn("error", answer)
        scale = sum(abs(amount) for amount in (it.c, it.w, it.v, it.n * it.a, it.benefit, it.n * it.retainer))
        return answer, scale * (1 + it.future / 10000)

    def check_numbers(self, answer, scale, tree, groups):
        for told, who in zip(answer["honest"], PLAYERS):
            self.assertTrue(near(told, honest(tree)[who], scale), f"{who} honest")
        for (most, scheme, worst), group in zip(answer["groups"], groups):
            best = Best(tree, group, PLANS_MAX)
            self.assertTrue(near(most, best.most, scale), f"{group}: {most} or {float(best.most)}")
            for told, who in zip(worst, PLAYERS):
                self.assertTrue(near(told, best.worst[who], scale), f"{group} against {who}: {told}, {best.worst[who]}")
            if best.all_tried:
                self.assertIn(scheme, best.schemes, group)
        found = sorted((who, float(gain)) for who, gain in lapses(tree) if gain > max(TOLERANCE, scale * PRECISION))
        told = sorted((who, gain) for who, gain in answer["lapses"] if gain > max(TOLERANCE, scale * PRECISION))
        self.assertEqual([who for who, _ in told], [who for who, _ in found])
        for (_, gain), (who, exact) in zip(told, found):
            self.assertTrue(near(gain, exact, scale), f"lapse of {who}: {gain}, {exact}")

    def check_case(self, rules, seed):
        it = random_contract(seed, rules)
        m = random.Random(seed).randint(0, it.n)
        with self.subTest(rules=rules, seed=seed, m=m, contract=it):
            groups = groups_of(m)
            answer, scale = self.game(it, m, groups)
            tree = tree_of(it, PLAY[rules], m)
            self.assertTrue(Told(answer, scale).same(0, tree), "the trees differ")
            self.check_numbers(answer, scale, tree, groups)

    def test_trees_and_numbers(self):
        for rules in RULES:
            for seed in range(GAMES):
                self.check_case(rules, seed)

    def check_tree(self, it, rules, m, whole):
        with self.subTest(rules=rules, m=m, contract=it):
            answer, scale = self.game(it, m, [], whole)
            self.assertTrue(Told(answer, scale).same(0, tree_of(it, PLAY[rules], m, whole)))

    def test_whole_games(self):
        """In which all arbiters may choose."""
        for rules, seed in itertools.product(RULES, range(max(1, GAMES // 10))):
            it = random_contract(f"whole {seed}", rules)
            self.check_tree(it, rules, random.Random(seed).randint(0, it.n), True)

    def test_times_that_meet(self):
        for rules, seed in itertools.product(RULES, range(max(4, GAMES // 10))):
            it = with_times_that_meet(random_contract(f"meet {seed}", rules), random.Random(seed))
            self.check_tree(it, rules, random.Random(seed).randint(0, it.n), False)


class Sizes(ContractTest):
    """What docs/game.md says of sizes and fees, against the transactions that are signed."""

    def test_the_game_measures_what_the_protocol_says(self):
        driver = Driver()
        self.addCleanup(driver.close)
        for network in ("main", "regtest"):
            for n in range(3, 10):
                told = driver.measured(network, n)
                weights = [frame_weight(branch) for branch in LEAVES]
                self.assertEqual(told, [list(tx0_sizes(n)), weights, 4 * PAYOUT])

    def example_with(self, arbiters, **changes):
        """The example's terms, and the contract that they are."""
        terms = self.example(arbiters) | changes
        names = {field.name for field in dataclasses.fields(Contract)} & set(terms)
        setting = random_setting(random.Random(1), terms, "contract") | {name: terms[name] for name in names}
        return terms, Contract(**setting)

    def check_closing(self, it, transaction, path, reserve):
        """A transaction that settles, by the way on which it lies."""
        scheme = transaction["scheme"]
        deciders = transaction["name"].count(",") + 1 if scheme in (6, 7) else it.n
        weights = it.weights(scheme, deciders, False)
        left = it.payouts(scheme, deciders)[0] + reserve - (it.fees(scheme, deciders, False) - ANCHOR)
        paid = [output["value"] for output in transaction["outputs"] if output["role"] == "C"]
        self.assertEqual([path[name]["weight"] for name in WAYS[scheme][:-1]], weights[:-1])
        if paid:
            self.assertEqual(paid[0], left)
        else:
            self.assertLess(left, DUST)
        self.assertEqual(transaction["weight"], weights[-1] - 4 * PAYOUT * (not paid))

    def test_transactions_are_what_the_game_counts(self):
        """Of every ending; with payouts that are nothing, and F's that is dust."""
        for arbiters in (3, 5):
            for changes in (
                {},
                {"alpha": 10000},
                {"retainer": 0, "delta": 0, "mu": 6000},
                {"w": 1999999, "v": 1999999, "sigma": 10000, "beta": 10000},
                {"feerate": 20},
            ):
                terms, it = self.example_with(arbiters, **changes)
                told = self.tree(terms)
                path = {transaction["name"]: transaction for transaction in told["transactions"]}
                closing = [transaction for transaction in told["transactions"] if transaction["scheme"]]
                self.assertEqual({transaction["scheme"] for transaction in closing}, set(range(1, 8)))
                for transaction in closing:
                    with self.subTest(arbiters=arbiters, changes=changes, name=transaction["name"]):
                        self.check_closing(it, transaction, path, told["reserve"])
                vsizes = {name: -(-transaction["weight"] // 4) for name, transaction in path.items()}
                self.assertEqual(vsizes["Tx0"], sum(it.tx0))


if __name__ == "__main__":
    unittest.main()
