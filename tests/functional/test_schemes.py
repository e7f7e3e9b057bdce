"""Every ending of the contract on a real node, under its default policy: all ways to all seven settlement schemes, each
transaction refused until its lock is over and taken from then on, who gets how much, and the sizes."""

import unittest

from tree_case import SPENT, TreeTest
from tree_contract import DECISIONS, WAYS, base_of, decided, make_contracts, side_by_side

# vB at most, n = 3 and n = 9, with every output that a scheme has, and one coin of each party.
SIZES = {
    "Tx0": (588, 933), "Tx1": (382, 640), "Tx3": (391, 649), "Tx4": (407, 665), "TxV0": (182, 182), "Tx5": (382, 640),
    "TxA": (160, 160), "Tx6": (382, 640), "Tx7": (346, 604), "Tx8": (364, 622),
}  # fmt: skip


class Schemes(TreeTest):
    def check_sizes(self, contracts, column):
        """As bitcoind measures them, and as they are paid for, none is larger than it may be; and the largest of each
        kind is that large, to the byte."""
        largest = dict.fromkeys(SIZES, 0)
        for contract in contracts:
            for name, tx in contract.tx.items():
                measured = self.chain.rpc("decoderawtransaction", tx["signed"])["weight"]
                self.assertIn(tx["weight"] - measured, range(9), f"{contract}: {name}")
                largest[base_of(name)] = max(largest[base_of(name)], -(-tx["weight"] // 4))
        self.assertEqual(largest, {name: sizes[column] for name, sizes in SIZES.items()})

    def test_every_way_to_every_scheme(self):
        """All S for three arbiters of whom two decide; the smallest, one between and the largest for five of nine."""
        requests, ways = [], []
        for n in (3, 9):
            terms, all_ways = side_by_side(n)
            requests += [{**terms, "transactions": ["Tx0", *way]} for way in all_ways]
            ways += all_ways
        funding, contracts = make_contracts(0, requests, ways)
        self.check_sizes([it for it in contracts if it.terms["n"] == 3], 0)
        self.check_sizes([it for it in contracts if it.terms["n"] == 9], 1)
        self.found(funding)
        self.walk(contracts)

    def test_everything_again_on_another_chain(self):
        """A long reorganisation takes Tx0 and all behind it out of the chain, and bitcoind's mempool, which forgets what
        was more than ten blocks deep, has none of it. All is published again; locks run anew from Tx0's new block, and
        every way ends as before."""
        terms, _ = side_by_side(3)
        ways = [*WAYS.values(), *(("TxV0", "TxA", decided(name, (1, 2))) for name in DECISIONS.values())]
        requests = [{**terms, "transactions": ["Tx0", *way]} for way in ways]
        funding, contracts = make_contracts(0, requests, ways)
        self.found(funding)
        self.walk(contracts)
        self.chain.rpc("invalidateblock", self.chain.rpc("getblockhash", contracts[0].heights["Tx0"]))
        self.chain.payee = "raw(51)"  # not the block that is invalid now
        self.chain.mine(2)
        for contract in contracts:
            self.check_refused(contract.tx[contract.way[-1]]["signed"], SPENT, str(contract))
            contract.heights = {}
        self.walk(contracts)


if __name__ == "__main__":
    unittest.main()
