"""A node on a signet of somebody's own, whose blocks anybody makes: it follows that chain, and its folder is that chain's."""

import os
import signal
import shutil
import unittest

import chain_node
from framework import wait_until
from node_case import SECONDS, RunningTest

OP_TRUE, OP_2 = "51", "52"  # challenges that every block meets (BIP 325)
PUBLIC = (
    "512103ad5e0edad18cb1f0fc0d28a3d4f1f3e445640337489abb10404f2d1e086be430210359ef5021964fe22d6f8e05b2463c9540ce96883fe3b27"
    "8760f048f5189f2e6c452ae"
)
MINING_SECONDS = 600  # five million hashes are tried for a block


class OwnSignet(RunningTest):
    def setUp(self):
        super().setUp()
        self.folder = self.path("prom", "signet")
        self.bitcoind = chain_node.Node(self, "anybody's", f"-signetchallenge={OP_TRUE}", chain="signet")
        self.seed("signet")
        self.on(self.bitcoind, OP_TRUE)

    def on(self, bitcoind, challenge, *lines):
        """The node is to be at that bitcoind, on the signet of that challenge; None: the public one."""
        named = [f"signet_challenge = {challenge}"] if challenge is not None else []
        self.configure(f"bitcoind_url = {bitcoind.status['url']}", f"bitcoind_cookie = {bitcoind.status['cookie']}",
                       "bitcoind_poll_ms = 50", *named, *lines, network="signet")  # fmt: skip

    def mine(self, to):
        """A block: the work of a signet's first ones. Where it takes longer than a call may, bitcoind goes on with it."""
        height = self.bitcoind.height()
        try:
            self.bitcoind.rpc("generatetodescriptor", 1, to, 2**31 - 1)
        except TimeoutError:
            pass
        self.assertTrue(wait_until(lambda: self.bitcoind.height() > height, MINING_SECONDS))

    def follows(self, height):
        self.assertTrue(wait_until(lambda: self.info().get("tip") == height, SECONDS), (self.info(), self.log()))

    def test_its_chain_and_no_other(self):
        self.begin(wait=False)
        self.mine(f"raw({chain_node.ANYBODY})")
        self.follows(1)
        address = self.call("wallet.address")["result"]["address"]
        self.assertTrue(address.startswith("tb1p"), address)
        self.reload_others()
        self.mine(f"addr({address})")
        self.follows(2)
        self.assertNotIn("another signet", self.log())
        self.on(self.bitcoind, OP_TRUE)
        # From its first block on, unlike the public signet, of which nobody needs the first 320,000.
        self.assertEqual(self.prom_node("wallet", "balance", "--network", "signet")["immature"], 50 * 10**8)
        self.end()
        self.check_folder()
        # The same after a restart, and with what a crash has left.
        self.begin(wait=False)
        self.follows(2)
        self.mine(f"addr({address})")
        self.follows(3)
        self.end(how=signal.SIGKILL, code=-signal.SIGKILL)
        self.begin(wait=False)
        self.follows(3)
        self.assertEqual(self.prom_node("wallet", "balance", "--network", "signet")["immature"], 100 * 10**8)
        self.assertEqual(self.prom_node("channel", "list", "--network", "signet")["channels"], [])
        self.end()

    def reload_others(self):
        """Another signet in prom.conf, or the public one, is the next start's; what runs stays where it is."""
        for count, challenge in enumerate((OP_2, None), 1):
            self.on(self.bitcoind, challenge)
            self.node.send_signal(signal.SIGHUP)
            self.assertTrue(wait_until(lambda: self.log().count("the configuration was read again") == count, SECONDS))
            told = self.log().count("warn signet_challenge, and perhaps others, is taken with the next start")
            self.assertEqual(told, count, self.log())

    def check_folder(self):
        """Another signet's bitcoind is refused, and so is a folder of another signet, whatever else is right."""
        self.assertEqual(self.prom_node("channel", "list", "--network", "signet")["channels"], [])  # nobody runs
        self.on(self.bitcoind, None)
        self.refused("is on another signet than this node", "signet_challenge in prom.conf")
        self.on(self.bitcoind, OP_2)
        self.refused("is on another signet than this node", "whose signetchallenge is the signet_challenge of prom.conf")
        other = chain_node.Node(self, "somebody's", f"-signetchallenge={OP_2}", chain="signet")
        self.on(other, OP_TRUE)
        self.refused("is on another signet than this node")
        self.on(other, OP_2)
        self.refused("belongs to another chain, whose first block is 00000008819873e9")
        shutil.copytree(self.folder, self.path("kept"))
        self.on(other, PUBLIC)  # the public one by its challenge
        self.refused("is on another signet than this node")
        other.stop()
        self.on(other, PUBLIC)
        self.refused("belongs to another chain")
        self.on(self.bitcoind, OP_TRUE)

    def test_what_is_no_challenge(self):
        for challenge in ("5", "5g", "00" * 256):
            with self.subTest(challenge=challenge):
                self.on(self.bitcoind, challenge)
                self.refused("signet_challenge", code=2)
        self.configure(*self.lines, f"signet_challenge = {OP_TRUE}")
        self.refused("has a signet_challenge, and its network is regtest")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "prometheus.sqlite")))


if __name__ == "__main__":
    unittest.main()
