"""What bitcoind says of feerates, as src/chain asks it, before and after it has seen blocks to learn from."""

import os
import subprocess
import unittest

from contract import ContractTest, p2tr, sat

TOOL = os.path.join(os.environ["PROM_TOOLS"], "tool.chain")
FEERATE = 7  # sat/vB
BLOCKS = 20  # that bitcoind learns from
TOGETHER = 5  # transactions in each


class Feerates(ContractTest):
    def ask(self, blocks, code=0):
        arguments = (TOOL, "feerates", self.status["url"], self.status["cookie"], str(blocks))
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr if code else done.stdout.split()

    def pay_at(self, coin, value):
        """A payment of the whole coin at FEERATE; what it makes."""
        fee = FEERATE * self.vsize(self.pay(2, f"in:{coin}", f"out:{value}:{p2tr('payer')}"))
        txid = self.send(self.pay(2, f"in:{coin}", f"out:{value - fee}:{p2tr('payer')}"))
        return f"{txid}:0:{value - fee}:payer", value - fee

    def test_least_and_estimate(self):
        info = self.rpc("getmempoolinfo")
        relay, incremental = sat(info["mempoolminfee"]), sat(info["incrementalrelayfee"])
        self.assertEqual(self.ask(2), [str(relay), str(relay), str(incremental)])
        coins = self.coins("payer", TOGETHER)
        for _ in range(BLOCKS):
            coins = [self.pay_at(*coin) for coin in coins]
            self.mine(1)
        wanted, *least = self.ask(2)
        self.assertEqual(least, [str(relay), str(incremental), "estimated"])
        self.assertEqual(int(wanted), sat(self.rpc("estimatesmartfee", 2, "conservative")["feerate"]))
        self.assertTrue(FEERATE * 900 <= int(wanted) <= FEERATE * 1100, wanted)
        self.assertIn("estimatesmartfee: ", self.ask(1009, code=1))


if __name__ == "__main__":
    unittest.main()
