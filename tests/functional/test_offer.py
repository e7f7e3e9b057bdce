"""An arbitration offer on a real chain: published, engaged, withdrawn; and what the index makes of the blocks."""

import unittest

import contract
from contract import ContractTest, p2tr, tool

FEE = 1000
STAKE = 3_000_000


class Offer(ContractTest):
    def publish_p(self):
        """P on the chain; its txid."""
        coin, value = self.coins("funder", 1)[0]
        script = tool("p")[0]
        return self.confirm(self.pay(2, f"in:{coin}", f"out:0:{script}", f"out:{value - FEE}:{p2tr('change')}"))

    def publish(self, arbiter, p_txid):
        """An offer on the chain: its txid, which is all that its owner needs to spend it."""
        coin, value = self.coins(arbiter, 1)[0]
        stake, mark = tool("offer", p_txid, arbiter)
        change = value - STAKE - FEE
        tx = self.pay(2, f"in:{coin}", f"out:{STAKE}:{stake}", f"out:0:{mark}", f"out:{change}:{p2tr('change')}")
        return self.confirm(tx)

    def engage(self, p_txid, offer, name):
        """A transaction that is marked as a Tx0 and spends an offer, signed by a named key."""
        value = STAKE - FEE
        outputs = (f"out:{value}:{p2tr('everybody')}", f"out:0:{tool('mark', p_txid)[0]}")
        return self.pay(3, f"in:{offer}:0:{STAKE}:{name}", *outputs)

    def indexed(self, first=1):
        """What the index holds after the best chain's blocks."""
        height = self.rpc("getblockcount")
        blocks = [self.rpc("getblock", self.rpc("getblockhash", i), 0) for i in range(first, height + 1)]
        return tool("index", first, lines=["+" + block for block in blocks])

    def test_spending_elsewhere_withdraws(self):
        txid = self.publish("arbiter", self.publish_p())
        offered_at = self.rpc("getblockcount")
        self.assertIn(f"offer {txid} {offered_at} unspent", self.indexed())
        out = f"out:{STAKE - FEE}:{p2tr('payout')}"
        self.assertIn("Invalid Schnorr signature", self.refusal(self.pay(2, f"in:{txid}:0:{STAKE}:thief", out)))
        self.confirm(self.pay(2, f"in:{txid}:0:{STAKE}:arbiter", out))
        self.assertIn(f"offer {txid} {offered_at} withdrawn", self.indexed())

    def test_tx0_of_its_p_engages(self):
        p_txid = self.publish_p()
        txid = self.publish("arbiter", p_txid)
        offered_at = self.rpc("getblockcount")
        self.assertIn("Invalid Schnorr signature", self.refusal(self.engage(p_txid, txid, "thief")))
        tx0 = self.confirm(self.engage(p_txid, txid, "arbiter"))
        self.assertEqual(
            self.indexed()[1:],
            [
                f"P {p_txid} {offered_at - 102}",
                f"offer {txid} {offered_at} engaged",
                f"Tx0 {tx0} {offered_at + 1} 1",
                f"end {tx0} open 0",
            ],
        )

    def test_tx0_of_another_p_withdraws(self):
        p_txid, other = self.publish_p(), self.publish_p()
        txid = self.publish("arbiter", p_txid)
        offered_at = self.rpc("getblockcount")
        tx0 = self.confirm(self.engage(other, txid, "arbiter"))
        self.assertIn(f"offer {txid} {offered_at} withdrawn", self.indexed())
        self.assertNotIn(tx0, " ".join(self.indexed()))

    def test_reorganisation(self):
        """The index goes with the best chain: disconnected and connected as bitcoind was, or read from the start."""
        first = self.rpc("getblockcount") + 1
        p_txid = self.publish_p()
        txid = self.publish("arbiter", p_txid)
        tx0 = self.engage(p_txid, txid, "arbiter")
        offered_at = self.rpc("getblockcount")
        lines = ["+" + self.rpc("getblock", self.rpc("getblockhash", i), 0) for i in range(first, offered_at + 1)]
        self.confirm(tx0)
        old_tip = self.rpc("getbestblockhash")
        lines.append("+" + self.rpc("getblock", old_tip, 0))
        self.assertIn(f"offer {txid} {offered_at} engaged", tool("index", first, lines=lines))

        # A longer chain without Tx0: the offer is there again.
        self.rpc("invalidateblock", old_tip)
        output = f"rawtr({contract.key('nobody')})"
        new = [self.rpc("generateblock", output, [])["hash"] for _ in range(2)]
        lines += ["-"] + ["+" + self.rpc("getblock", block, 0) for block in new]
        after = tool("index", first, lines=lines)
        self.assertEqual(after[2:], [f"offer {txid} {offered_at} unspent"])
        self.assertEqual(after, self.indexed(first))

        # A block that does not stand on the tip is refused.
        with self.assertRaisesRegex(ValueError, "the chain was reorganised"):
            tool("index", first, lines=lines + lines[-1:])


if __name__ == "__main__":
    unittest.main()
