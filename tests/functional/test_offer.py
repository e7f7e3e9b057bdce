"""An arbitration offer on a real chain: published, engaged, withdrawn; and what the index makes of the blocks."""

import unittest

import contract
from contract import ContractTest, p2tr, tool

FEE = 1000
EXPIRY = 10  # E


class Offer(ContractTest):
    def publish_p(self):
        """P on the chain; its txid."""
        coin, value = self.coins("funder", 1)[0]
        script = tool("p")[0]
        return self.confirm(self.pay(2, f"in:{coin}", f"out:0:{script}", f"out:{value - FEE}:{p2tr('change')}"))

    def publish(self, arbiter, p_txid):
        """An offer on the chain: what the tool calls it, and its txid."""
        offer = (p_txid, arbiter, f"x of {arbiter}", EXPIRY, f"payout of {arbiter}")
        coin, value = self.coins(arbiter, 1)[0]
        stake, mark = tool("offer", *offer)
        change = value - 3_000_000 - FEE
        tx = self.pay(2, f"in:{coin}", f"out:3000000:{stake}", f"out:0:{mark}", f"out:{change}:{p2tr('change')}")
        return offer, self.confirm(tx)

    def indexed(self, first=1):
        """What the index holds after the best chain's blocks."""
        height = self.rpc("getblockcount")
        blocks = [self.rpc("getblock", self.rpc("getblockhash", i), 0) for i in range(first, height + 1)]
        return tool("index", first, lines=["+" + block for block in blocks])

    def test_withdrawal_waits(self):
        offer, txid = self.publish("arbiter", self.publish_p())
        withdrawal = tool("withdraw", *offer, txid, 1, "arbiter")[0]
        decoded = self.rpc("decoderawtransaction", withdrawal)
        self.assertEqual(decoded["vin"][0]["sequence"], EXPIRY)
        self.assertEqual(contract.sat(decoded["vout"][0]["value"]), 3_000_000 - decoded["vsize"])
        # The offer has one confirmation: the withdrawal may stand EXPIRY blocks behind it.
        self.mine(EXPIRY - 2)
        self.assertEqual(self.refusal(withdrawal), "non-BIP68-final")
        with self.assertRaisesRegex(RuntimeError, "bad-txns-nonfinal"):  # nor is it valid in a block
            self.rpc("generateblock", f"rawtr({contract.key('nobody')})", [withdrawal])
        self.mine(1)
        self.assertIn("Invalid Schnorr signature", self.refusal(tool("withdraw", *offer, txid, 1, "thief")[0]))
        # A shorter wait than the script's: what the sequence says is not what the signature and the script want.
        hasty = withdrawal.replace(f"00{EXPIRY:02x}00000001", f"00{EXPIRY - 1:02x}00000001", 1)
        self.assertNotEqual(hasty, withdrawal)
        self.assertIn("script-verify", self.refusal(hasty))
        self.assertIsNone(self.refusal(withdrawal))
        self.confirm(withdrawal)
        self.assertIn(f"offer {txid} {self.rpc('getblockcount') - EXPIRY} withdrawn", self.indexed())

    def test_engaging_takes_key_and_x(self):
        p_txid = self.publish_p()
        offer, txid = self.publish("arbiter", p_txid)
        offered_at = self.rpc("getblockcount")
        wrong_x = tool("engage", *offer, txid, "arbiter", "x of somebody")[0]
        self.assertIn("OP_EQUALVERIFY", self.refusal(wrong_x))
        wrong_key = tool("engage", *offer, txid, "thief", offer[2])[0]
        self.assertIn("Invalid Schnorr signature", self.refusal(wrong_key))
        tx0 = self.confirm(tool("engage", *offer, txid, "arbiter", offer[2])[0])
        self.assertEqual(
            self.indexed()[1:],
            [
                f"P {p_txid} {offered_at - 102}",
                f"offer {txid} {offered_at} engaged",
                f"Tx0 {tx0} {offered_at + 1} 1",
            ],
        )

    def test_reorganisation(self):
        """The index goes with the best chain: disconnected and connected as bitcoind was, or read from the start."""
        first = self.rpc("getblockcount") + 1
        offer, txid = self.publish("arbiter", self.publish_p())
        tx0 = tool("engage", *offer, txid, "arbiter", offer[2])[0]
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
