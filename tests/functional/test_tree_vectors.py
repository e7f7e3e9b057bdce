"""The transaction vectors of tests/vectors/tree: what the driver makes is committed, byte for byte, and a real node takes
all of it, at the bounds of every sum: payouts, change and leftovers rounded, at the dust limit, and just below it.

  test_tree_vectors.py --write     writes the vectors anew
"""

import json
import os
import re
import sys
import unittest

from framework import SOURCE
from tree_bytes import wtxid_of
from tree_case import TreeTest
from tree_contract import DUST, TERMS, WAYS, base_of, coinbase, make_contracts, pay

VECTORS = os.path.join(SOURCE, "tests", "vectors", "tree")

LARGE = {"w": 3_300_000, "v": 3_500_000, "a": 4_000_000}
LESS = {**LARGE, "w": 3_290_000}

# Terms whose payouts, change or leftovers are rounded, at the dust limit, just below it, or nothing.
ROUNDING = {
    "nothing divides": {"c": 1_000_003, "w": 2_000_003, "v": 2_500_007, "a": 3_000_011, "rho": 5003, "alpha": 3333,
                        "beta": 4001, "gamma": 1111, "delta": 2777, "epsilon": 3331, "sigma": 8999},
    "payouts of 330 sat": {"c": 330, "w": 660, "v": 660, "a": 661, "rho": 0, "feerate": 1, "sigma": 10000, "gamma": 1,
                           "epsilon": 5000},
    "330 sat are left of W's stake in scheme 1": {**LARGE, "alpha": 9999},
    "nothing is left of W's stake in scheme 1": {**LARGE, "alpha": 10000},
    "F gets 330 sat in scheme 1": {**LARGE, "alpha": 1, "rho": 0},
    "330 sat are left of V's stake in scheme 2": {"v": 3_300_000, "a": 4_000_000, "beta": 9999},
    "nothing is left of V's stake in scheme 2": {"beta": 10000},
    "330 sat are left of W's stake in scheme 4": {"delta": 9500, "c": 996_700},
    "nothing is left of W's stake in scheme 4": {"delta": 9500},
    "F gets 330 sat in scheme 4": {**LARGE, "delta": 1, "rho": 0},
    "330 sat are left of all stakes in scheme 5": {"w": 3_299_998, "v": 3_299_999, "a": 3_300_000, "epsilon": 9999},
    "whole stakes are lost": {"alpha": 10000, "beta": 10000, "gamma": 5000, "delta": 9500, "epsilon": 10000},
    "no retainer, and nothing of the worker's stake for F": {"rho": 0, "delta": 0},
    "the largest retainer": {"rho": 116_666},
    "F would get 329 sat in scheme 7": {"v": 2_000_327},
    "F gets 330 sat in scheme 7": {"v": 2_000_328},
    "301 sat would be left for C in scheme 7": {"feerate": 7},
    "344 sat are left for C in scheme 7": {"feerate": 8},
    "329 sat would be C's change": {"change": [3559, 100_000, 100_000]},
    "330 sat are C's change": {"change": [3560, 100_000, 100_000]},
    "329 sat would be W's change, V has none": {"change": [100_000, 531, 116]},
    "330 sat are V's change, W has none": {"change": [100_000, 116, 532]},
    "330 sat are W's change, 329 would be V's": {"change": [100_000, 532, 531]},
    "nobody has change": {"change": [3144, 116, 116]},
    "sixteen coins of the worker": {"coins": [1, 16, 1]},
    "sixteen coins of everybody": {"coins": [16, 16, 16]},
    "least feerate": {"feerate": 1},
    "high feerate": {"feerate": 1000, "change": [3_000_000, 200_000, 200_000]},
    "three of five arbiters decide": {"n": 5, "mu": 5500},
}  # fmt: skip
# A satoshi less than terms at the dust limit, or than coins that are just enough, and what the refusal says.
REFUSED = {
    "scheme #1 would pay C 329 sat, and at least 330": {"c": 329, "w": 660, "v": 660, "a": 661, "rho": 0, "feerate": 1,
                                                        "sigma": 10000, "gamma": 1, "epsilon": 5000},
    "scheme #1 would pay W 329 sat, and at least 330": {**LESS, "alpha": 9999},
    "scheme #1 would pay F 329 sat, and at least 330": {**LESS, "alpha": 1, "rho": 0},
    "scheme #2 would pay V 329 sat, and at least 330": {"v": 3_290_000, "a": 4_000_000, "beta": 9999},
    "scheme #4 would pay W 329 sat, and at least 330": {"delta": 9500, "c": 996_710},
    "scheme #4 would pay F 329 sat, and at least 330": {**LESS, "delta": 1, "rho": 0},
    "scheme #5 would pay W 329 sat, and at least 330": {**LESS, "epsilon": 9999},
    "the client's coins hold 1018143 sat, and at least 1018144 are needed": {"change": [3143, 116, 116]},
    "the worker's coins hold 2000115 sat, and at least 2000116 are needed": {"change": [3144, 115, 116]},
    "the verifier's coins hold 2500115 sat, and at least 2500116 are needed": {"change": [3144, 116, 115]},
}  # fmt: skip
VECTOR_REQUESTS = {
    "three.json": {"two of three arbiters decide": TERMS},
    "nine.json": {"nine of nine arbiters decide": {**TERMS, "n": 9, "mu": 10000}},
    "rounding.json": {title: {**TERMS, **changed} for title, changed in ROUNDING.items()},
}


# The vectors.


def make_vectors():
    """File name -> content, and the funding and the contracts that it is made of: two whole, and what many settle to."""
    vectors = {}
    for number, (name, requests) in enumerate(VECTOR_REQUESTS.items(), 1):
        funding, contracts = make_contracts(number, list(requests.values()), [()] * len(requests))
        show = whole if len(requests) == 1 else summary
        shown = {title: show(contract) for title, contract in zip(requests, contracts)}
        content = {"coinbase": coinbase().hex(), "funding": funding, "contracts": shown}
        vectors[name] = (vector_text(content), funding, contracts)
    return vectors


def whole(contract):
    return {"request": contract.terms, **contract.answer}


def summary(contract):
    """A contract as a row of the matrix: the outputs of its transactions, and their whole bytes by hash."""
    rows = {}
    for name, tx in contract.tx.items():
        outputs = [[sat, payee or "-"] for sat, payee in contract.outputs(name)]
        rows[name] = {"txid": tx["txid"], "wtxid": wtxid_of(tx["signed"]), "fee": tx["fee"], "outputs": outputs}
    return {"request": contract.terms, "reserve": contract.answer["reserve"], "transactions": rows}


def vector_text(content):
    """JSON, one line for each transaction and each request."""
    text = json.dumps(content, indent=1)
    return re.sub(r"\n {5,}|\n {4,}(?=[\]}])", " ", text) + "\n"


def write_vectors():
    for name, (text, _, _) in make_vectors().items():
        with open(os.path.join(VECTORS, name), "w", encoding="utf-8") as file:
            file.write(text)


class Vectors(TreeTest):
    def test_vectors(self):
        """The driver makes what is committed, byte for byte, and the node takes all of it."""
        contracts = []
        for name, (text, funding, made) in make_vectors().items():
            with open(os.path.join(VECTORS, name), encoding="utf-8") as file:
                self.assertEqual(file.read(), text, f"{name}; if it is to change, see the head of {__file__}")
            self.send([funding])
            contracts += made
        self.chain.mine()
        for contract in contracts:
            self.check_fees(contract)
        self.replay(contracts)

    def check_fees(self, contract):
        """The reserve is what the dearest path takes; worker and verifier pay for what they bring."""
        self.assertEqual(contract.answer["reserve"], contract.dearest_path(), contract.terms)
        fees = [contract.own_part(party)[0] for party in (1, 2)]
        self.assertEqual(contract.answer["tx0_fees"][1:], fees, contract.terms)
        for name, tx in contract.tx.items():
            self.assertGreaterEqual(tx["fee"], contract.fee(name), name)

    def check_branch(self, contracts, names):
        for contract in contracts:
            for name in contract.tx:
                if base_of(name) in names:
                    self.check_accepted(contract, name)

    def mine_all(self, contracts, name):
        """A block of one transaction of each contract, whose outputs are looked at."""
        self.chain.mine_only([contract.tx[name]["signed"] for contract in contracts])
        for contract in contracts:
            self.check_coins(contract, name)

    def replay(self, contracts):
        """All transactions of all contracts, each when its lock is over."""
        t1, t2, t3, t4 = (TERMS[name] for name in ("t1", "t2", "t3", "t4"))
        self.check_branch(contracts, ("Tx0",))
        self.mine_all(contracts, "Tx0")
        self.chain.mine(t3 - 1)
        self.check_branch(contracts, ("Tx1", "Tx3", "Tx4", "TxV0"))
        self.settle(contracts, WAYS[1], WAYS[2], WAYS[3])
        self.mine_all(contracts, "TxV0")
        self.chain.mine(t2 - t1 - 1)
        self.check_branch(contracts, ("Tx5", "TxA"))
        self.settle(contracts, ("Tx5",))
        self.mine_all(contracts, "TxA")
        self.chain.mine(t4 - 1)
        self.check_branch(contracts, ("Tx6", "Tx7", "Tx8"))
        decisions = {name for contract in contracts for name in contract.tx if "[" in name}
        self.settle(contracts, ("Tx6",), *((name,) for name in sorted(decisions)))

    def settle(self, contracts, *ways):
        """Each settlement is mined, and its outputs are looked at; then the block is taken back for the next one."""
        for (name,) in ways:
            held = [contract for contract in contracts if name in contract.tx]
            block = self.chain.mine_only([contract.tx[name]["signed"] for contract in held])
            for contract in held:
                self.check_coins(contract, name)
            self.chain.rpc("invalidateblock", block)

    def test_one_satoshi_less(self):
        """Terms with a payout of dust, and coins that are short, make no contract; bitcoind would relay none either."""
        for sentence, changed in REFUSED.items():
            with self.assertRaisesRegex(RuntimeError, re.escape(sentence)):
                make_contracts(0, [{**TERMS, **changed}], [()])
        script = "5120" + "02" * 31 + "03"
        self.check_refused(pay(0, [{"value": DUST - 1, "script": script}]).hex(), "dust", "329 sat")
        self.assertTrue(self.chain.judge(pay(0, [{"value": DUST, "script": script}]).hex())["allowed"])


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write_vectors()
    else:
        unittest.main()
