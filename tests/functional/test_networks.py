#!/usr/bin/env python3
"""bitcoind itself says what its networks are: tests/vectors/networks.json, which the unit tests compare with the
program's table. Each chain is started alone, without peers, in a folder of its own."""

import json
import os
import re
import subprocess
import unittest

from framework import SOURCE, PromTest, free_port, real_bitcoind, rpc, wait_until


def networks():
    with open(os.path.join(SOURCE, "tests", "vectors", "networks.json"), encoding="utf-8") as file:
        return json.load(file)


class NetworksTest(PromTest):
    def start_chain(self, chain):
        folder = self.path(chain)
        os.makedirs(folder)
        port = free_port()
        process = subprocess.Popen(
            [real_bitcoind(), f"-chain={chain}", f"-datadir={folder}", f"-rpcport={port}", "-connect=0", "-listen=0",
             "-printtoconsole=0"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # of main it says how large it is
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        cookie = os.path.join(folder, "" if chain == "main" else chain, ".cookie")
        node = {"url": f"http://127.0.0.1:{port}/", "cookie": cookie}

        def answers():
            try:
                rpc(node, "getblockcount")
            except (OSError, RuntimeError):
                return False
            return True

        self.assertTrue(wait_until(answers, 60), f"bitcoind did not start on {chain}")
        return node

    def test_bitcoind_has_these_networks(self):
        for network in networks():
            with self.subTest(chain=network["chain"]):
                node = self.start_chain(network["chain"])
                info = rpc(node, "getblockchaininfo")
                self.assertEqual(info["chain"], network["chain"])
                self.assertEqual(rpc(node, "getblockhash", 0), network["genesis"])
                self.assertEqual(info.get("signet_challenge"), network.get("signet_challenge"))
                key = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0"
                checksum = rpc(node, "getdescriptorinfo", f"rawtr({key})")["descriptor"]
                (address,) = rpc(node, "deriveaddresses", checksum)
                self.assertEqual(address.split("1")[0], network["address_prefix"])

    def test_bitcoind_listens_there(self):
        help_text = subprocess.run([real_bitcoind(), "-help"], capture_output=True, text=True, check=True).stdout
        line = re.search(r"-rpcport=<port>\n(.*?)\n\n", help_text, re.DOTALL).group(1)
        ports = {int(port) for port in re.findall(r"\b\d{4,5}\b", line)}
        self.assertLessEqual({network["rpc_port"] for network in networks()}, ports)


if __name__ == "__main__":
    unittest.main()
