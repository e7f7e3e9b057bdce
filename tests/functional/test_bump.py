"""Fee bumps against bitcoind's default policy: a child on the anchor, its replacement, other people's children and
other people's parents outbid."""

import unittest

import contract
from contract import ANCHOR_SAT, ANCHOR_SCRIPT, ContractTest, feerates, p2tr, sat, tool

CHILD_VSIZE = 153
RICH = 1_000_000_000  # more at risk than any coin here holds


class Bump(ContractTest):
    def setUp(self):
        super().setUp()
        self.parents = self.coins("parent", 1)
        self.own = self.coins("own", 1)
        self.others = self.coins("other", 1)
        # What a child pays on top of what it replaces: for its own bytes, rounded up.
        self.incremental = -(-sat(self.rpc("getmempoolinfo")["incrementalrelayfee"]) * CHILD_VSIZE // 1000)

    def parent(self, fee, name="payee"):
        """A transaction of the contract's form that pays `fee`: an output for somebody, and an anchor."""
        coin, value = self.parents[0]
        outputs = (f"out:{value - fee - ANCHOR_SAT}:{p2tr(name)}", f"out:{ANCHOR_SAT}:{ANCHOR_SCRIPT}")
        return self.pay(3, f"in:{coin}", *outputs)

    def bump(self, parent, fee, waits, feerate, *rivals, at_risk=RICH):
        """Our child for a parent that pays `fee`."""
        state = "waits" if waits else "new"
        asked = feerates(feerate, self.rpc("getmempoolinfo"))
        return tool("bump", parent, fee, state, self.own[0][0], "change", asked, at_risk, *rivals)[0]

    def fee_of(self, child):
        """Of a child of ours."""
        return self.own[0][1] + ANCHOR_SAT - sat(self.rpc("decoderawtransaction", child)["vout"][0]["value"])

    def submit(self, *txs):
        """Hands the package to bitcoind, which must take all of it; the txids that it replaced."""
        result = self.rpc("submitpackage", txs)
        self.assertEqual(result["package_msg"], "success", result)
        for tx in txs:
            self.assertIn(self.txid(tx), self.rpc("getrawmempool"))
        return result["replaced-transactions"]

    def is_refused(self, *txs, why):
        result = self.rpc("submitpackage", txs)
        self.assertNotEqual(result["package_msg"], "success")
        self.assertRegex(str(result), why)

    def pin(self, parent, fee, outputs):
        """Somebody else's child on the anchor, as large as its outputs are many."""
        coin, value = self.others[0]
        each = 1000
        rest = value + ANCHOR_SAT - fee - each * (outputs - 1)
        spends = (f"in:{self.txid(parent)}:1:{ANCHOR_SAT}:anchor", f"in:{coin}")
        return self.pay(3, *spends, f"out:{rest}:{p2tr('other')}", *[f"out:{each}:{p2tr('other')}"] * (outputs - 1))

    def mined(self, *txs):
        block = self.rpc("getblock", self.mine(1)[0])["tx"]
        for tx in txs:
            self.assertIn(self.txid(tx), block)

    def test_package_pays_the_feerate(self):
        fee = self.vsize(self.parent(0))  # 1 sat/vB
        parent = self.parent(fee)
        child = self.bump(parent, fee, False, 20)
        self.assertEqual(self.vsize(child), CHILD_VSIZE)
        self.assertEqual(fee + self.fee_of(child), 20 * (self.vsize(parent) + CHILD_VSIZE))
        self.assertEqual(self.submit(parent, child), [])
        entry = self.rpc("getmempoolentry", self.txid(child))
        self.assertEqual(sat(entry["fees"]["ancestor"]), 20 * entry["ancestorsize"])
        self.mined(parent, child)

    def test_parent_below_the_minimum(self):
        parent = self.parent(0)
        self.assertEqual(self.refusal(parent), "min relay fee not met")
        child = self.bump(parent, 0, False, 1)
        self.submit(parent, child)
        self.mined(parent, child)

    def test_own_child_is_replaced(self):
        fee = 200
        parent = self.parent(fee)
        first = self.bump(parent, fee, False, 5)
        self.submit(parent, first)
        rival = f"{self.fee_of(first)}:{CHILD_VSIZE}"
        # A higher feerate without room for what the replacement costs, and the same once more.
        self.is_refused(parent, self.bump(parent, fee, True, 5, at_risk=self.fee_of(first) - 1), why="insufficient fee")
        for feerate in (5, 10, 20):
            child = self.bump(parent, fee, True, feerate, rival)
            self.assertGreaterEqual(self.fee_of(child), int(rival.split(":", maxsplit=1)[0]) + self.incremental)
            self.assertEqual(len(self.submit(parent, child)), 1)
            rival = f"{self.fee_of(child)}:{CHILD_VSIZE}"
        self.mined(parent, child)

    def outbid(self, parent, fee, pinning, pin_fee):
        """Our child takes the place of another one; without knowing of it, it would not."""
        self.submit(parent, pinning)
        self.is_refused(parent, self.bump(parent, fee, True, 2), why="insufficient fee")
        rival = f"{pin_fee}:{self.vsize(pinning)}"
        child = self.bump(parent, fee, True, 2, rival)
        self.assertEqual(self.submit(parent, child), [self.txid(pinning)])
        self.mined(parent, child)
        return self.fee_of(child)

    def test_pinning_child_is_outbid(self):
        parent = self.parent(200)
        pinning = self.pin(parent, 50_000, 20)
        self.assertTrue(950 < self.vsize(pinning) <= 1000)
        self.assertEqual(self.outbid(parent, 200, pinning, 50_000), 50_000 + self.incremental)

    def test_small_child_is_outbid(self):
        """Smaller than ours, it has a better feerate at the same fee."""
        parent = self.parent(200)
        coin, value = self.others[0]
        spends = (f"in:{self.txid(parent)}:1:{ANCHOR_SAT}:anchor", f"in:{coin}")
        pinning = self.pay(3, *spends, f"out:{value + ANCHOR_SAT - 50_000}:{ANCHOR_SCRIPT}")
        size = self.vsize(pinning)
        self.assertLess(size, CHILD_VSIZE)
        self.submit(parent, pinning)
        richer = self.bump(parent, 200, True, 2, f"50000:{CHILD_VSIZE}")
        self.assertEqual(self.fee_of(richer), 50_000 + self.incremental)
        self.is_refused(parent, richer, why="feerate")
        fee = self.outbid(parent, 200, pinning, 50_000)
        self.assertEqual(fee, 50_000 * CHILD_VSIZE // size + 1)

    def test_sibling_is_outbid(self):
        """A child on another output of the parent keeps the anchor from being spent just as well."""
        parent = self.parent(200)
        value = self.parents[0][1] - 200 - ANCHOR_SAT
        pinning = self.pay(3, f"in:{self.txid(parent)}:0:{value}:payee", f"out:{value - 30_000}:{p2tr('other')}")
        self.outbid(parent, 200, pinning, 30_000)

    def test_other_parent_is_outbid(self):
        """Another transaction that spends the same output, with a child: ours replace both together."""
        other = self.parent(300, "another payee")
        other_child = self.pin(other, 20_000, 1)
        self.submit(other, other_child)
        parent = self.parent(200)
        self.is_refused(parent, self.bump(parent, 200, False, 2), why="insufficient")
        rival = f"{300 + 20_000}:{self.vsize(other) + self.vsize(other_child)}"
        child = self.bump(parent, 200, False, 2, rival)
        self.assertEqual(set(self.submit(parent, child)), {self.txid(other), self.txid(other_child)})
        self.mined(parent, child)

    def test_no_more_than_is_at_risk(self):
        parent = self.parent(200)
        child = self.bump(parent, 200, False, 1000, at_risk=4321)
        self.assertEqual(self.fee_of(child), 4321)
        least = 50_000 + self.incremental
        with self.assertRaisesRegex(ValueError, f"at least {least} sat, more than the {least - 1} that are at risk"):
            self.bump(parent, 200, True, 2, "50000:1000", at_risk=least - 1)


if __name__ == "__main__":
    unittest.main()
