"""What others pay to a node and no block has yet: shown as incoming, never counted or spent, and gone when it leaves the
mempool. Before a real bitcoind."""

import signal
import struct
import unittest

from chain_node import ANYBODY
from framework import rpc, wait_until
from node_case import SECONDS, RunningTest
from tree_bytes import plain_tx

PAID = 70_000
FEE = 5_000
ELSEWHERE = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"


class Incoming(RunningTest):
    def setUp(self):
        super().setUp()
        self.configure(*self.lines, "mempool_poll_ms = 100")
        # Coins that anybody spends: a stranger's.
        blocks = rpc(self.chain, "generatetodescriptor", 3, f"raw({ANYBODY})")
        rpc(self.chain, "generatetoaddress", 100, ELSEWHERE)
        self.coins = [rpc(self.chain, "getblock", block, 2)["tx"][0] for block in blocks]

    def stranger_pays(self, coin, sat, address, fee=FEE):
        """A transaction of one of the stranger's coins that may be replaced; what is left is the stranger's again."""
        value = round(self.coins[coin]["vout"][0]["value"] * 10**8)
        script = rpc(self.chain, "validateaddress", address)["scriptPubKey"]
        outputs = [{"value": sat, "script": script}, {"value": value - sat - fee, "script": ANYBODY}]
        spent = bytes.fromhex(self.coins[coin]["txid"])[::-1] + struct.pack("<I", 0)
        return rpc(self.chain, "sendrawtransaction", plain_tx(spent, b"", 0xFFFFFFFD, outputs).hex())

    def balance(self):
        return self.call("wallet.balance")["result"]

    def shows(self, *txids, sat=PAID):
        """The balance, once these are all that is incoming."""
        wanted = sorted(({"txid": txid, "sat": sat} for txid in txids), key=lambda it: it["txid"])
        seen = lambda: sorted(self.balance()["incoming_payments"], key=lambda it: it["txid"])
        self.assertTrue(wait_until(lambda: seen() == wanted, SECONDS), (self.balance(), wanted))
        balance = self.balance()
        self.assertEqual(balance["incoming"], len(txids) * sat)
        return balance

    def test_until_a_block_has_it(self):
        self.begin()
        address = self.call("wallet.address")["result"]["address"]
        paid = self.stranger_pays(0, PAID, address)
        balance = self.shows(paid)
        self.assertEqual((balance["total"], balance["free"], balance["pending"]), (0, 0, 0))
        said = self.prom("wallet", "balance", "--dir", self.home_dir)[0]
        self.assertRegex(said, r"\nincoming +70,000 sat, not yours before a block has it\n")
        said = self.prom("wallet", "history", "--dir", self.home_dir)[0]
        self.assertIn(f"{paid}  incoming", said)
        told = self.prom_node("wallet", "history")
        self.assertEqual((told["rows"], told["incoming"]), ([], [{"txid": paid, "sat": PAID}]))
        self.fails("wallet", "withdraw", ELSEWHERE, "10000", "--feerate", "2", "--dir", self.home_dir, code=2, says=["sat"])
        # Another one, which takes its place in the mempool, pays somebody else.
        self.stranger_pays(0, PAID, ELSEWHERE, fee=4 * FEE)
        self.shows()
        # Two of them, and a node that is killed: they are found again.
        both = [self.stranger_pays(coin, PAID, address, fee=(2 - coin) * 8 * FEE) for coin in (0, 1)]
        self.shows(*both)
        self.end(how=signal.SIGKILL, code=-signal.SIGKILL)
        self.begin()
        self.shows(*both)
        self.block_and_back(both)

    def block_and_back(self, both):
        """A block takes both, and a reorganisation gives them back; then one of them is spent, which is no news."""
        (block,) = rpc(self.chain, "generatetoaddress", 1, ELSEWHERE)
        balance = self.shows()
        self.assertEqual((balance["free"], balance["total"]), (2 * PAID, 2 * PAID))
        rpc(self.chain, "invalidateblock", block)
        self.assertTrue(wait_until(lambda: set(both) <= set(rpc(self.chain, "getrawmempool")), SECONDS))
        rpc(self.chain, "generateblock", ELSEWHERE, [])  # an empty one in its place
        self.assertEqual(self.shows(*both)["total"], 0)
        rpc(self.chain, "generatetoaddress", 1, ELSEWHERE)
        self.assertEqual(self.shows()["free"], 2 * PAID)
        # The change of a payment of ours is pending, and not incoming, while a stranger's that came after it is seen.
        self.prom_node("wallet", "withdraw", ELSEWHERE, "10000", "--feerate", "2")
        self.assertTrue(wait_until(lambda: rpc(self.chain, "getrawmempool") != [], SECONDS))
        address = self.call("wallet.address")["result"]["address"]
        self.assertGreater(self.shows(self.stranger_pays(2, PAID, address))["pending"], 0)
        self.end()

    def test_nobody_looks(self):
        self.configure(*self.lines, "mempool_poll_ms = 0")
        self.begin()
        address = self.call("wallet.address")["result"]["address"]
        self.stranger_pays(0, PAID, address)
        rpc(self.chain, "generateblock", ELSEWHERE, [])
        tip = rpc(self.chain, "getblockcount")
        self.assertTrue(wait_until(lambda: self.info()["tip"] == tip, SECONDS))
        self.assertEqual(self.balance()["incoming"], 0)
        rpc(self.chain, "generatetoaddress", 1, ELSEWHERE)
        self.assertTrue(wait_until(lambda: self.balance()["free"] == PAID, SECONDS))
        self.end()


if __name__ == "__main__":
    unittest.main()
