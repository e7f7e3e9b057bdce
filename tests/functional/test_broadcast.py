"""Transactions of a contract's form are broadcast by src/chain before real nodes: alone, as packages, at rising fees, against
what others have in the mempool."""

import collections
import os
import subprocess
import unittest

import framework
from chain_node import Node
from contract import ANCHOR_SAT, ANCHOR_SCRIPT, ContractTest, p2tr, sat

TOOL = os.path.join(os.environ["PROM_TOOLS"], "tool.broadcast")
CHILD_VSIZE = 153
MARGIN = 6
RICH = 1_000_000_000
Report = collections.namedtuple("Report", "state wanted pays child fee words")


class BroadcastCase(ContractTest):
    options = ()

    def setUp(self):
        framework.PromTest.setUp(self)
        self.node = Node(self, "node", *self.options)
        self.status = self.node.status
        self.parents = self.coins("parent", 2)
        self.own = self.coins("own", 1)
        self.others = self.coins("other", 2)
        self.incremental = -(-sat(self.rpc("getmempoolinfo")["incrementalrelayfee"]) * CHILD_VSIZE // 1000)

    def parent(self, fee, name="payee", number=0):
        """A transaction of the contract's form that pays `fee`: an output for somebody, and an anchor."""
        coin, value = self.parents[number]
        outputs = (f"out:{value - fee - ANCHOR_SAT}:{p2tr(name)}", f"out:{ANCHOR_SAT}:{ANCHOR_SCRIPT}")
        return self.pay(3, f"in:{coin}", *outputs)

    def parent_at(self, feerate):
        """The same at so many sat/vB, and its fee."""
        fee = feerate * self.vsize(self.parent(0))
        return self.parent(fee), fee

    def child_of_others(self, parent, fee, outputs=1, coin=0):
        """Somebody else's child on the anchor, as large as its outputs are many."""
        coin, value = self.others[coin]
        each = 1000
        rest = value + ANCHOR_SAT - fee - each * (outputs - 1)
        spends = (f"in:{self.txid(parent)}:1:{ANCHOR_SAT}:anchor", f"in:{coin}")
        return self.pay(3, *spends, f"out:{rest}:{p2tr('other')}", *[f"out:{each}:{p2tr('other')}"] * (outputs - 1))

    def submit(self, *txs):
        result = self.rpc("submitpackage", txs)
        self.assertEqual(result["package_msg"], "success", result)

    def look(self, parent, fee, *, left=100, at_risk=RICH, kind="money", coin=None, soon=0, waited=0):
        """Looks once: so many blocks are left, so many have been waited for; `soon` in sat/vB, 0 for the node's word."""
        tip = self.rpc("getblockcount")
        last = tip + left if left is not None else "-"
        estimates = [f"{1000 * soon}:{1000 * soon}"] if soon else []
        arguments = (
            TOOL, self.status["url"], self.status["cookie"], str(tip), parent, str(fee), kind, str(tip - waited), str(last),
            str(at_risk), str(MARGIN), self.own[0][0] if coin is None else coin, *estimates,
        )  # fmt: skip
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        state, wanted, pays, child, paid, words = done.stdout.rstrip("\n").split(" ", 5)
        return Report(state, int(wanted), int(pays), child, int(paid), words)

    def mempool(self):
        return set(self.rpc("getrawmempool"))

    def check_sent(self, parent, report, *gone):
        """Parent and child are in the mempool at the feerate that was wanted, and nothing else is; a block takes them."""
        self.assertEqual(report.state, "sent", report)
        txid = self.txid(parent)
        self.assertEqual(self.mempool(), {txid} | ({report.child} - {"-"}), report)
        entry = self.rpc("getmempoolentry", txid)
        together = sat(entry["fees"]["descendant"]) * 1000 // entry["descendantsize"]
        self.assertEqual(report.pays, together)
        for other in gone:
            self.assertNotIn(self.txid(other), self.mempool())

    def check_mined(self, parent):
        self.assertIn(self.txid(parent), self.rpc("getblock", self.mine(1)[0])["tx"])


class Broadcast(BroadcastCase):
    def test_alone_when_its_fee_is_enough(self):
        parent, fee = self.parent_at(5)
        report = self.look(parent, fee, soon=5)
        self.check_sent(parent, report)
        self.assertEqual((report.child, report.pays), ("-", 5000))
        self.assertEqual(self.look(parent, fee, soon=5).state, "waits")
        self.check_mined(parent)
        self.assertEqual(self.look(parent, fee, soon=5).state, "mined")

    def test_with_a_child_that_rises_block_by_block(self):
        """What is at risk is paid in the last block and not before, and never more."""
        parent, fee = self.parent_at(1)
        at_risk = 200_000
        paid = []
        for left in (6, 5, 4, 3, 2, 1, 0):
            report = self.look(parent, fee, left=left, at_risk=at_risk, soon=3)
            self.assertGreaterEqual(report.pays, report.wanted)
            self.assertEqual(report.state, "waits" if left in (5, 0) else "sent")  # a 256th of it is less than 3 sat/vB
            if report.state == "sent":
                self.check_sent(parent, report)
                paid.append(report.fee)
        size = self.vsize(parent) + CHILD_VSIZE
        self.assertEqual(paid[0], 3 * size - fee)
        self.assertEqual(paid, sorted(paid))
        self.assertLess(paid[-2], at_risk // 3)
        self.assertTrue(at_risk - fee - size // 1000 - 2 <= paid[-1] <= at_risk - fee, paid)
        self.check_mined(parent)

    def test_what_the_mempool_loses_is_sent_again(self):
        parent, fee = self.parent_at(1)
        self.check_sent(parent, self.look(parent, fee, soon=10))
        self.node.stop()
        os.remove(os.path.join(self.node.folder, "regtest", "mempool.dat"))
        self.node.start()
        self.assertEqual(self.mempool(), set())
        self.check_sent(parent, self.look(parent, fee, soon=10))
        self.assertEqual(self.look(parent, fee, soon=10).state, "waits")

    def test_time_is_worth_a_share(self):
        parent, fee = self.parent_at(1)
        at_risk = 40_000  # 2,000 of it
        size = self.vsize(parent) + CHILD_VSIZE
        report = self.look(parent, fee, kind="time", left=None, at_risk=at_risk, soon=100)
        self.assertEqual(report.wanted, 2000 * 1000 // size)
        self.check_sent(parent, report)
        self.assertLessEqual(report.fee, 2000)
        self.assertEqual(self.look(parent, fee, kind="time", left=None, at_risk=at_risk, soon=100, waited=600).state, "waits")

    def test_child_of_others_that_pays_enough_is_left_alone(self):
        parent, fee = self.parent_at(1)
        self.submit(parent, self.child_of_others(parent, 20 * 300))
        before = self.mempool()
        self.assertEqual(self.look(parent, fee, soon=10).state, "waits")
        self.assertEqual(self.mempool(), before)

    def test_child_of_others_is_replaced(self):
        parent, fee = self.parent_at(1)
        child = self.child_of_others(parent, 500)
        self.submit(parent, child)
        self.check_sent(parent, self.look(parent, fee, soon=10), child)
        self.check_mined(parent)

    def test_large_cheap_child_is_replaced(self):
        """A pin: 1000 vB at less than is wanted, whose whole fee must be outbid."""
        parent, fee = self.parent_at(1)
        pin = self.child_of_others(parent, 9000, 20)
        self.assertTrue(950 < self.vsize(pin) <= 1000)
        self.submit(parent, pin)
        report = self.look(parent, fee, soon=10)
        self.assertEqual(report.fee, 9000 + self.incremental)
        self.check_sent(parent, report, pin)
        self.check_mined(parent)

    def test_pin_is_not_worth_more_than_is_at_risk(self):
        parent, fee = self.parent_at(1)
        self.submit(parent, self.child_of_others(parent, 9000, 20))
        before = self.mempool()
        report = self.look(parent, fee, soon=10, at_risk=9000 + self.incremental - 1)
        self.assertEqual(report.state, "cheap", report)
        self.assertIn("that are at risk", report.words)
        self.assertEqual(self.mempool(), before)

    def test_child_on_another_output_is_evicted(self):
        parent, fee = self.parent_at(1)
        value = self.parents[0][1] - fee - ANCHOR_SAT
        sibling = self.pay(3, f"in:{self.txid(parent)}:0:{value}:payee", f"out:{value - 700}:{p2tr('other')}")
        self.submit(parent, sibling)
        self.check_sent(parent, self.look(parent, fee, soon=10), sibling)
        self.check_mined(parent)

    def test_other_spender_is_replaced_with_its_child(self):
        """Somebody else's transaction of the same output, alone and with a child."""
        for fees in ((300,), (300, 20_000)):
            other = self.parent(fees[0], f"payee {len(fees)}")
            children = [self.child_of_others(other, it) for it in fees[1:]]
            (self.submit if children else self.send)(other, *children)
            parent, fee = self.parent_at(1)
            self.check_sent(parent, self.look(parent, fee, soon=3), other, *children)
            self.node.stop()  # the next one finds an empty mempool
            os.remove(os.path.join(self.node.folder, "regtest", "mempool.dat"))
            self.node.start()

    def test_other_spender_worth_more_than_is_at_risk(self):
        other = self.parent(50_000, "another payee")
        self.send(other)
        parent, fee = self.parent_at(1)
        report = self.look(parent, fee, soon=3, at_risk=49_000)
        self.assertEqual(report.state, "refused", report)
        self.assertIn("that are at risk", report.words)
        self.assertEqual(self.mempool(), {self.txid(other)})

    def test_coin_that_pays_for_an_earlier_child(self):
        """The reserved coin is spent, in the mempool, by our child of what another transaction has driven out since."""
        first, fee = self.parent_at(1)
        self.assertEqual(self.look(first, fee, soon=3).state, "sent")
        second = self.parent(2 * fee, "another payee")
        report = self.look(second, 2 * fee, soon=10)
        self.check_sent(second, report, first)
        self.check_mined(second)

    def test_coin_that_pays_for_a_child_of_something_else(self):
        """The child that it pays for has to go, and what that was for stays behind without it."""
        first, fee = self.parent_at(1)
        earlier = self.look(first, fee, soon=30)
        self.assertEqual(earlier.state, "sent")
        second = self.parent(fee, number=1)
        report = self.look(second, fee, soon=10)
        self.assertEqual(report.state, "sent", report)
        self.assertGreater(report.fee, earlier.fee)
        self.assertEqual(self.mempool(), {self.txid(first), self.txid(second), report.child})

    def test_without_a_coin(self):
        parent, fee = self.parent_at(1)
        report = self.look(parent, fee, soon=10, coin="-")
        self.assertEqual((report.state, report.pays), ("cheap", 1000))
        self.assertIn("no coin is reserved", report.words)
        self.assertEqual(self.mempool(), {self.txid(parent)})

    def test_coin_that_is_not_there(self):
        parent, fee = self.parent_at(1)
        coin, value = self.others[0]
        payment = self.pay(2, f"in:{coin}", f"out:{value - 10_000}:{p2tr('own')}")
        self.send(payment)
        report = self.look(parent, fee, soon=10, coin=f"{self.txid(payment)}:0:{value - 10_000}:own")
        self.assertEqual(report.state, "cheap")
        self.assertIn("in no block, or spent", report.words)

    def test_without_an_anchor(self):
        coin, value = self.parents[0]
        plain = self.pay(3, f"in:{coin}", f"out:{value - 500}:{p2tr('payee')}")
        self.assertEqual(self.look(plain, 500, soon=100).state, "sent")
        self.assertEqual(self.look(plain, 500, soon=100).state, "cheap")
        self.assertEqual(self.look(plain, 500, soon=1).state, "waits")

    def test_what_cannot_be_mined_yet_or_any_more(self):
        lone, fee = self.parent_at(1)
        spent = self.pay(3, f"in:{self.parents[0][0]}", f"out:{10**8}:{p2tr('payee')}")
        self.rpc("sendrawtransaction", spent, 0)
        self.mine(1)
        report = self.look(lone, fee, soon=1)
        self.assertEqual((report.state, report.child), ("refused", "-"))
        self.assertIn("missing", report.words)
        report = self.look(lone, fee, soon=10)
        self.assertEqual((report.state, report.child), ("refused", "-"))
        self.assertIn("missing", report.words)

    def test_silence(self):
        parent, fee = self.parent_at(1)
        garbage = self.look("00" * 20, fee, soon=1)
        self.assertEqual(garbage.state, "unknown")
        self.assertIn("Bitcoin transaction", garbage.words)
        self.node.kill()
        arguments = (TOOL, self.status["url"], self.status["cookie"], "1", parent, str(fee), "money", "1", "-", "1", "6", "-")
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is bitcoind running", done.stderr)


class AboveTheFee(BroadcastCase):
    """A node that asks more of any transaction than the contract's feerate."""

    options = ("-minrelaytxfee=0.00005", "-incrementalrelayfee=0.00002")

    def test_package_below_the_minimum(self):
        parent, fee = self.parent_at(2)
        self.assertEqual(self.refusal(parent), "min relay fee not met")
        report = self.look(parent, fee, soon=1)  # too low an estimate: what the node asks for is paid all the same
        self.check_sent(parent, report)
        self.assertGreaterEqual(report.pays, 5000)
        self.check_mined(parent)

    def test_no_child_for_it(self):
        parent, fee = self.parent_at(2)
        report = self.look(parent, fee, soon=10, coin="-")
        self.assertEqual((report.state, report.pays), ("refused", 0))
        self.assertIn("min relay fee not met", report.words)
        self.assertIn("no coin is reserved", report.words)
        for kind, at_risk in (("money", 100), ("time", 2000)):
            report = self.look(parent, fee, soon=10, at_risk=at_risk, kind=kind)
            self.assertEqual(report.state, "refused")
            self.assertIn("more than the 100 that are at risk", report.words)


if __name__ == "__main__":
    unittest.main()
