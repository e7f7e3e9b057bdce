"""Somebody withholds, races or stays away, on a real node: what the others can still do with what is on their own disks, and
what the attack would have won against those who do not keep their rules."""

import unittest

from contract import feerates, p2tr, tool
from tree_bytes import txid_of
from tree_case import SPENT, TreeTest
from tree_contract import Contract, fund, pay, run_driver, run_drivers, satoshi, side_by_side

C, W, V, A1, A2, A3 = PLACES = range(6)
SAFETY = 2  # s: blocks within which an honest party's transaction confirms, on regtest
COIN_VALUE = 1_000_000
LOW, HIGH = 20, 60  # sat/vB


class Attacks(TreeTest):
    def setUp(self):
        super().setUp()
        self.bumped = set()  # whose anchors are spent

    def fund(self, count, names=()):
        """So many contracts on the chain, and coins of these names for fee children: the contracts' requests."""
        terms, _ = side_by_side(3)
        funding, requests = fund(0, [terms] * count)
        paid = pay(1, [{"value": COIN_VALUE, "script": p2tr(name)} for name in names])
        self.coins = {name: f"{txid_of(paid)}:{index}:{COIN_VALUE}:{name}" for index, name in enumerate(names)}
        self.found(funding, *([paid.hex()] if names else []))
        return requests

    def publishes(self, request, place, *way):
        """The contract as one party has it, which comes back with nothing but its disk."""
        request = {**request, "publisher": place, "transactions": ["Tx0", *way]}
        return Contract(request, run_driver(request), way)

    def begin(self, request, place, *way):
        contract = self.publishes(request, place, *way)
        self.send([contract.tx["Tx0"]["signed"]])
        return contract

    def mine_to(self, tip):
        self.assertLessEqual(self.chain.height(), tip)
        self.chain.mine(tip - self.chain.height())

    def all_mined(self, *contracts):
        """The next transactions of these contracts' ways are in the next block."""
        self.chain.mine()
        for contract in contracts:
            bumped = contract.tx[contract.next()]["txid"] in self.bumped
            self.mined(contract, self.chain.height(), anchor_spent=bumped)

    def package(self, contract, name, feerate, *rivals, replaces=()):
        """A transaction of a contract comes in with a child on its anchor; the child's rival, as the tool wants it."""
        bumper = next(iter(self.coins))
        coin = self.coins.pop(bumper)
        tx = contract.tx[name]
        rates = feerates(feerate, self.chain.rpc("getmempoolinfo"))
        child = tool("bump", tx["signed"], tx["fee"], "new", coin, bumper, rates, COIN_VALUE, *rivals)[0]
        result = self.chain.rpc("submitpackage", [tx["signed"], child])
        self.assertEqual(result["package_msg"], "success", result)
        self.assertEqual(set(result["replaced-transactions"]), set(replaces))
        self.bumped.add(tx["txid"])
        child = self.chain.rpc("decoderawtransaction", child)
        entry = self.chain.rpc("getmempoolentry", child["txid"])
        rival = f"{satoshi(entry['fees']['ancestor'])}:{entry['ancestorsize']}"
        return rival, (tx["txid"], child["txid"])

    def test_everybody_holds_the_same(self):
        """Whoever publishes, from its own disk alone, it is the same transaction to the byte."""
        terms, _ = side_by_side(3)
        _, (request,) = fund(0, [terms])
        answers = run_drivers([{**request, "publisher": place} for place in PLACES])
        self.assertEqual(len(answers[0]["transactions"]), 16)
        for answer in answers[1:]:
            self.assertEqual(answer["transactions"], answers[0]["transactions"])

    def test_anybody_ends_it(self):
        """Nobody's late word is needed where time has run out, nor the worker's for a decision in its favour: each party
        brings each of these about alone, an arbiter that took no part in the decision too."""
        ways = (("Tx1",), ("TxV0", "Tx5"), ("TxV0", "TxA", "Tx6"), ("TxV0", "TxA", "Tx8[1,2]"))
        requests = self.fund(len(ways) * len(PLACES))
        kinds = [(place, way) for way in ways for place in PLACES]
        self.walk([self.publishes(request, place, *way) for request, (place, way) in zip(requests, kinds)])

    def test_worker_withholds_tx4(self):
        """The verifier has said r = 1, and the worker, which with the client would win its stake's [beta v] by Tx3, does not
        publish Tx4: the verifier, which has h_p from E_V, does, at the last tip that its rules allow, and it is mined
        before Tx3 can be. A verifier that sleeps loses; one that comes too late still has the higher fee."""
        guarded, asleep, late = self.fund(3, ["V", "W", "late"])
        guarded = [self.begin(guarded, V, "Tx4"), self.publishes(guarded, W, "Tx3")]
        asleep = self.begin(asleep, W, "Tx3")
        late = [self.begin(late, V, "Tx4"), self.publishes(late, W, "Tx3")]
        self.all_mined(guarded[0], asleep, late[0])
        deadline = self.chain.height() + guarded[0].terms["t2"]
        self.mine_to(deadline - SAFETY - 1)
        self.check_too_early(guarded[1].tx["Tx3"]["signed"], "Tx3")
        self.package(guarded[0], "Tx4", LOW)
        self.all_mined(guarded[0])
        self.mine_to(deadline - 2)
        for contract in (asleep, late[1]):
            self.check_too_early(contract.tx["Tx3"]["signed"], str(contract))
        self.mine_to(deadline - 1)
        self.check_refused(guarded[1].tx["Tx3"]["signed"], SPENT, "Tx3 behind Tx4")
        self.send([asleep.tx["Tx3"]["signed"]])
        rival, race = self.package(late[1], "Tx3", LOW)
        self.package(late[0], "Tx4", HIGH, rival, replaces=race)
        self.all_mined(asleep, late[0])
        self.check_shares(guarded[0], asleep)

    def check_shares(self, guarded, asleep):
        """What the verifier got of v: its share on top, or less what the attack takes."""
        terms = guarded.terms
        share = terms["c"] - terms["c"] * terms["sigma"] // 10000
        lost = terms["v"] * terms["beta"] // 10000
        self.assertIn((terms["v"] + share, "V"), guarded.outputs("Tx4"))
        self.assertIn((terms["v"] - lost, "V"), asleep.outputs("Tx3"))

    def test_appeal_needs_nobody(self):
        """The verifier accuses; the worker appeals at the last tip before Tx5, with its own k_p alone. Then the verifier's
        Tx5 is void, and no arbiter's stake can be taken away. A worker that stays away has lost."""
        appealed, away = self.fund(2, ["W"])
        accused = self.begin(appealed, V, "TxV0", "Tx5")
        appeal = self.publishes(appealed, W, "TxV0", "TxA", "Tx8[1,2]")
        away = [self.begin(away, V, "TxV0", "Tx5"), self.publishes(away, W, "TxV0", "TxA")]
        self.all_mined(accused, away[0])
        self.mine_to(accused.first_tip(0))
        self.send([accused.tx["TxV0"]["signed"], away[0].tx["TxV0"]["signed"]])
        self.all_mined(accused, away[0])
        appeal.heights = dict(accused.heights)
        self.mine_to(accused.first_tip(0) - 1)
        self.check_too_early(accused.tx["Tx5"]["signed"], "Tx5")
        self.package(appeal, "TxA", LOW)
        self.all_mined(appeal)
        self.check_refused(accused.tx["Tx5"]["signed"], SPENT, "Tx5 behind TxA")
        self.send([away[0].tx["Tx5"]["signed"]])
        self.all_mined(away[0])
        self.check_refused(away[1].tx["TxA"]["signed"], SPENT, "TxA behind Tx5")
        for request, first in ((appealed, appealed["first"]), (away[0].terms, away[0].terms["first"])):
            for index in range(6):  # coins and offers
                self.assertIsNone(self.chain.coin(request["funding"], first + index))
        self.send([appeal.tx["Tx8[1,2]"]["signed"]])
        self.all_mined(appeal)

    def test_verdict_that_lies_in_the_mempool(self):
        """The verifier lets TxV0 lie in the mempool at a low fee to hold the worker up. What is in no block binds nobody: Tx3
        replaces it, at the first tip, with a child at a higher fee; were it mined, Tx3 would be void."""
        held, confirmed = self.fund(2, ["V", "W"])
        accusing = self.begin(held, V, "TxV0")
        delivered = self.publishes(held, W, "Tx3")
        mined = [self.begin(confirmed, V, "TxV0"), self.publishes(confirmed, W, "Tx3")]
        self.all_mined(delivered, mined[0])
        deadline = self.chain.height() + delivered.terms["t2"]
        self.mine_to(deadline - 2)
        self.send([mined[0].tx["TxV0"]["signed"]])
        self.all_mined(mined[0])
        rival, verdict = self.package(accusing, "TxV0", LOW)
        self.check_refused(mined[1].tx["Tx3"]["signed"], SPENT, "Tx3 behind TxV0")
        self.package(delivered, "Tx3", HIGH, rival, replaces=verdict)
        self.all_mined(delivered)
        self.check_refused(accusing.tx["TxV0"]["signed"], SPENT, "TxV0 behind Tx3")


if __name__ == "__main__":
    unittest.main()
