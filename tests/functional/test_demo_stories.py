"""Every story of `prom demo`: it ends as it should, and everybody gets what docs/protocol.md, section 3, says."""

import concurrent.futures
import hashlib
import os
import unittest

from contract import tool
from demo_case import ANCHOR, PARTIES, REWARD, STORIES, DemoTest
from framework import processes, rpc

PATHS = {  # the transactions, in the order of the chain
    1: ["Tx0", "Tx1"], 2: ["Tx0", "Tx3"], 3: ["Tx0", "Tx4"], 4: ["Tx0", "TxV0", "Tx5"], 5: ["Tx0", "TxV0", "TxA", "Tx6"],
    6: ["Tx0", "TxV0", "TxA", "Tx7"], 7: ["Tx0", "TxV0", "TxA", "Tx8"],
}  # fmt: skip
AT_ONCE = 2


def plain(name):
    """Tx7[2] is the Tx7 of the second set of arbiters."""
    return name.split("[")[0]


class Stories(DemoTest):
    def check_index(self, told):
        """Whoever reads the chain alone sees by which transaction the contract ended, and of #3 what it paid."""
        height = rpc(told["rpc"], "getblockcount")
        blocks = [rpc(told["rpc"], "getblock", rpc(told["rpc"], "getblockhash", at), 0) for at in range(1, height + 1)]
        reward = REWARD if told["scheme"] == 3 else 0
        end = f"end {told['transactions'][0]['txid']} {PATHS[told['scheme']][-1]} {reward}"
        lines = tool("index", 1, lines=["+" + block for block in blocks])
        self.assertEqual([line for line in lines if line.startswith("end ")], [end])

    def play(self, name):
        folder = self.path(name)
        told = self.story(name, "--keep", folder=folder)
        try:
            self.assertEqual((told["story"], told["scheme"]), (name, STORIES[name]))
            self.assertEqual([plain(tx["name"]) for tx in told["transactions"]], PATHS[told["scheme"]])
            self.check_payouts(told)
            self.check_chain(told)
            self.check_index(told)
            self.assertEqual(set(told["why"]), {*PARTIES, "F"})
            self.assertTrue(all(isinstance(why, str) and len(why) > 10 for why in told["why"].values()), told["why"])
            self.assertEqual(os.path.exists(told["output"] or "none"), STORIES[name] in (2, 3, 7))
        finally:
            self.down(folder)
        self.assertEqual(processes(folder), {})
        return told

    def test_all(self):
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            playing = {name: pool.submit(self.play, name) for name in STORIES}
            for name, story in playing.items():
                with self.subTest(story=name):
                    story.result()


if __name__ == "__main__":
    unittest.main()
