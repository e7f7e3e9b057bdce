"""`prom game solve FILE --json` of random contracts against an enumeration that is written a second time from the
documents: game_model, game_plays, game_search.

A fifth of PROM_GAMES is how many contracts are tried; 6 where it is not set.
"""

import dataclasses
import itertools
import json
import os
import random
import unittest

import game_plays
from contract_case import ContractTest
from game_contracts import FRACTIONS, G, RULES, broken_bounds, fund_of, random_contract
from game_model import ONE, tree_of
from game_search import best_of, honest, honest_money, lapses, outcomes, plan_count, solved
from game_search import stalled, worst_money

GAMES = int(os.environ.get("PROM_GAMES", "30")) // 5
PLAY = {"contract": game_plays.contract, "audit": game_plays.contract, "paper": game_plays.paper}
TOLERANCE = 1e-6
PLANS_MAX = 2000  # of a group whose attack is looked for
SETTING = (
    "z", "y", "arbitration", "check", "benefit", "interest", "q", "known", "rolls", "audit", "compute", "verify", "future",
)  # fmt: skip
SOMEBODYS = f"{G[0]:064x}"  # whose secret key is 1

CLAIMS = {
    "the worker keeps the rules": "W", "the verifier keeps the rules": "V", "the client keeps the rules": "C",
    "client and verifier together keep the rules": "CV", "client and worker together keep the rules": "CW",
    "worker and verifier together keep the rules": "WV",
}  # fmt: skip

WORK = {
    "computes and delivers": "computes", "computes, delivers too late for receipts": "late",
    "skips one item and delivers": "skips", "computes nothing, delivers garbage": "garbage",
    "computes, delivers nothing": "withholds", "computes nothing, delivers nothing": "nothing",
}  # fmt: skip
VERDICTS = {
    "verifies": {},
    "signs blindly": {"verify": "no", "r = 1": "yes"},
    "accuses blindly": {"verify": "no", "r = 1": "no", "TxV0": "yes"},
    "is silent": {"verify": "no", "r = 1": "no", "TxV0": "no"},
}


def defaults(it):
    """What a file that says nothing means: include/prometheus/game/question.h."""
    z = it.share_w // 2
    return {
        "z": z, "y": z // 50, "arbitration": z // 50, "check": z // 50, "benefit": 2 * it.c, "interest": 500, "q": 0,
        "known": 0, "rolls": 1, "audit": 0, "compute": it.t1 // 4, "verify": 1, "future": 0,
    }  # fmt: skip


def shown(number):
    """How far what is shown may be from a number: three digits behind the point, none from 100,000 sat on."""
    return 0.0006 if abs(number) < 100_000 else 0.6


class Reference:
    """What game_model says of a contract, for all numbers of arbiters in one hand."""

    def __init__(self, it, rules, fund_is_somebodys):
        self.it, self.rules, self.owned = it, rules, fund_is_somebodys
        self.trees = {m: tree_of(it, PLAY[rules], m) for m in range(it.n + 1)}
        self.found = {}

    def groups(self, m):
        players = "CWVF" if self.owned else "CWV"
        for size in range(len(players) + 1):
            for some in itertools.combinations(players, size):
                group = frozenset(some) | (frozenset("A") if m else frozenset())
                if group:
                    yield group

    def gain(self, group, m):
        if (group, m) not in self.found:
            kept = honest(self.trees[m])
            self.found[group, m] = best_of(self.trees[m], group) - sum(kept[who] for who in group)
        return self.found[group, m]

    def promised(self, m):
        """Money beyond the deposit that nobody who keeps the rules goes below: docs/protocol.md."""
        it = self.it
        return {"C": -it.c - it.n * it.rho, "W": it.share_w, "V": 0, "H": (it.n - m) * it.rho}

    def robs(self, group, m):
        """Who can be brought below that by a group."""
        outside = set("CWVH" if m < self.it.n else "CWV") - group
        return {who for who in outside if worst_money(self.trees[m], group, who) < self.promised(m)[who]}

    def small(self):
        """All groups of at most n - k arbiters, and their number of arbiters."""
        return [(group, m) for m in range(self.it.n - self.it.k + 1) for group in self.groups(m)]


class Solve(ContractTest):
    def file_of(self, it, rng, fund):
        """A file of the contract, in which some of what is the default is left out; and the contract as it then is."""
        names = ("network", "w", "v", "a", "n", *FRACTIONS, "t1", "t2", "t3", "t4", "c", "retainer", "feerate")
        told = {name: getattr(it, name) for name in names} | {"F": fund, "t5": 0}
        told["network"] = told["network"].replace("main", "mainnet")
        left_out = [name for name in SETTING if name != "audit" and rng.random() < 0.2]
        it = dataclasses.replace(it, **{name: defaults(it)[name] for name in left_out}, items=100, samples=True)
        it = dataclasses.replace(it, known=min(it.known, 100))
        told["game"] = {name: getattr(it, name) for name in SETTING if name not in left_out}
        return told, it

    def check_near(self, told, exact, what):
        self.assertLessEqual(abs(told - float(exact)), shown(exact), f"{what}: {told}, and {float(exact)} expected")

    def check_honest(self, told, reference):
        kept = honest(reference.trees[1])
        for who in "CWVA":
            row = told["honest"][who]
            self.check_near(row["result"], kept[who], who)
            parts = [row[name] for name in ("paid", "benefit", "work", "fees", "interest")]
            self.assertLessEqual(abs(sum(parts) - row["result"]), sum(map(shown, parts)) + shown(row["result"]))
            self.assertEqual(row["promised"], {**reference.promised(1), "A": reference.it.rho}[who])

    def check_groups(self, told, reference):
        it, gains = reference.it, {}
        for row in told["groups"]:
            m = row["arbiters"]
            gains[frozenset(row["players"]) | frozenset("A" if m else ""), m] = row["gain"]
        sizes = {0, 1, it.n - it.k, it.n - it.k + 1, it.k}
        self.assertEqual(set(gains), {(group, m) for m in sizes for group in reference.groups(m)})
        for (group, m), gain in gains.items():
            self.check_near(gain, reference.gain(group, m), (sorted(group), m))

    def check_properties(self, told, reference):
        alone = [reference.gain(frozenset(who), 0) for who in "CWV"] + [reference.gain(frozenset("A"), 1)]
        gains = [reference.gain(group, m) for group, m in reference.small()]
        robbed = set().union(*(reference.robs(group, m) for group, m in reference.small()))
        expected = {
            "nash": max(alone) <= TOLERANCE,
            "subgame_perfect": not any(gain > TOLERANCE for _, gain in lapses(reference.trees[1])),
            "coalition_proof": max(gains) <= TOLERANCE,
            "immune": not robbed,
        }
        self.assertEqual(told["properties"], expected)
        names = {finding["name"] for finding in told["findings"]}
        robberies = {"C": "client-robbed", "W": "worker-robbed", "V": "verifier-robbed", "H": "arbiter-robbed"}
        self.assertEqual({who for who, name in robberies.items() if name in names}, robbed)
        kept = honest(reference.trees[1])
        unpaid = {"C": "client-unpaid", "W": "worker-unpaid", "V": "verifier-unpaid", "A": "arbiter-unpaid"}
        for who, name in unpaid.items():
            self.assertEqual(name in names, kept[who] < 0, (name, kept[who]))

    def check_stalling(self, told, reference):
        """Whether n - k + 1 arbiters in one hand with some of C, W and V pay by keeping a decision from being made."""
        it = reference.it
        parties = [frozenset(some) for size in (1, 2, 3) for some in itertools.combinations("CWV", size)]
        tree = reference.trees[it.n - it.k + 1]
        most = max(stalled(tree, some) for some in parties)
        amounts = [finding["amount"] for finding in told["findings"] if finding["name"] == "stalling-pays"]
        self.assertEqual(len(amounts), most > TOLERANCE, float(most))
        for amount in amounts:
            self.assertLessEqual(abs(amount - float(most)), 0.6)

    def check_conditions(self, told, reference):
        """A claim holds where all its forms are at least 0."""
        least = {}
        for row in told["conditions"]:
            form = sum(factor * told["symbols"].get(name, 1) for name, factor in row["factors"].items())
            self.assertLessEqual(abs(form - row["value"]), 1 + abs(form) * 1e-4, row)
            least[row["claim"]] = min(row["value"], least.get(row["claim"], 0))
        for claim, group in CLAIMS.items():
            self.assertEqual(least.get(claim, 0) < 0, reference.gain(frozenset(group), 0) > TOLERANCE, claim)
        kept = honest(reference.trees[1])
        for who, claim in zip("CWVA", ("a client comes", "a worker comes", "a verifier comes", "an arbiter comes")):
            self.assertEqual(least.get(claim, 0) < 0, kept[who] < 0, claim)

    def check_choices(self, told, reference):
        """What worker, verifier and client get by what they do first, none of whom sees what the others do."""
        for row in told["choices"]:
            work = WORK[row["W"]]
            came = work in ("computes", "late", "skips", "garbage")
            verdicts = VERDICTS[row["V"]] if came else {}

            def fixed(node):
                what, _, _ = node.options[0].partition(": ")
                if node.player == "W" and "computes" in node.options:
                    return node.options.index(work)
                if node.player == "C" and what == "check":
                    return node.options.index(f"check: {'yes' if row['C'] == 'checks' else 'no'}")
                if what in ("TxQ", "Tx4"):  # C knows what it has seen, and W does not know whether C means to look
                    return node.rule
                if node.player == "V" and what in ("verify", "r = 1", "TxV0"):
                    return node.options.index(f"{what}: {verdicts[what]}") if what in verdicts else node.rule
                return None

            exact = solved(reference.trees[0], fixed)
            for value, who in zip(row["get"], "WVC"):
                self.check_near(value, exact[who], row)

    def is_attack(self, row, group, reference):
        """Whether a group has a plan that ends as is told: it gains so much, while the victim loses so much against what
        it is promised, or against what it gets when all keep the rules. Who merely waits longer is no victim."""
        m, victim = row["arbiters"], row["victim"]
        tree, promised = reference.trees[m], reference.promised(m)
        kept, kept_money = honest(tree), honest_money(tree)
        for utility, money, schemes in outcomes(tree, group):
            gain = sum(utility[who] - kept[who] for who in group)
            if abs(float(gain) - row["gain"]) > shown(row["gain"]) or row["scheme"] not in schemes:
                continue
            losses = {who: float(kept[who] - utility[who]) for who in promised if who not in group}
            if victim is None and all(loss < 0.001 or money[who] >= kept_money[who] for who, loss in losses.items()):
                return True
            if victim is not None:
                robbed = float(promised[victim] - money[victim])
                if min(abs(loss - row["loss"]) for loss in (losses[victim], robbed)) <= shown(row["loss"]):
                    return True
        return False

    def check_attacks(self, told, reference):
        for row in told["groups"] + told["griefs"]:
            group = frozenset(row["players"]) | frozenset("A" if row["arbiters"] else "")
            if plan_count(reference.trees[row["arbiters"]], group) <= PLANS_MAX:
                self.assertTrue(self.is_attack(row, group, reference), row)
            if row.get("factor") is not None:
                self.assertLess(abs(row["factor"] + row["loss"] / row["gain"]), 0.001 + 0.001 * row["factor"], row)

    def kept(self, it, rules, **changes):
        return honest(tree_of(dataclasses.replace(it, **changes), PLAY[rules], 1, by_the_rules=True))

    def check_least(self, told, it, rules):
        """What would be enough for a client, for arbiters, and for worker and verifier to come; and one less is not."""
        enough = {
            "benefit": lambda kept: kept["C"] >= 0,
            "retainer": lambda kept: kept["A"] >= 0,
            "c": lambda kept: kept["W"] >= 0 and kept["V"] >= 0,
        }
        for name, is_enough in enough.items():
            least = told["least"][name]
            if least is None or (name == "retainer" and it.paper):
                continue
            self.assertTrue(is_enough(self.kept(it, rules, **{name: least})), (name, least))
            if least > 1:
                self.assertFalse(is_enough(self.kept(it, rules, **{name: least - 1})), (name, least))

    def check_case(self, rules, seed):
        rng = random.Random(f"solve {rules} {seed}")
        it = random_contract(f"solve {seed}", rules)
        owned = rng.random() < 0.3
        terms, it = self.file_of(it, rng, SOMEBODYS if owned else fund_of(it))
        with self.subTest(rules=rules, seed=seed, owned=owned, contract=it):
            options = ["--paper"] if rules == "paper" else []
            output, _ = self.prom_any("game", "solve", self.file(terms), "--json", *options)
            reference = Reference(it, rules, owned)
            broken = set() if it.paper else broken_bounds(it)  # the paper has no such bounds
            self.assertEqual(output["bound"] is not None, bool(broken), broken)
            self.check_honest(output, reference)
            self.check_groups(output, reference)
            self.check_properties(output, reference)
            self.check_attacks(output, reference)
            self.check_stalling(output, reference)
            self.check_conditions(output, reference)
            if not it.paper:
                self.check_choices(output, reference)
            self.check_least(output, it, rules)

    def prom_any(self, *arguments):
        """What `prom` prints, as JSON, and its exit code: 0, or 1 where the contract is refused."""
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=120)
        self.assertIn(process.returncode, (0, 1), errors)
        told = json.loads(output)
        self.assertNotIn("error", told)
        self.assertEqual(process.returncode, told["verdict"] in ("refused", "bound"))
        return told, process.returncode

    def test_random_contracts(self):
        for seed in range(GAMES):
            self.check_case(RULES[seed % len(RULES)], seed)


if __name__ == "__main__":
    unittest.main()
