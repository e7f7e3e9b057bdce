"""The Python client of a node: that it is what the table says, and what it does with a node that runs."""

import importlib
import json
import os
import subprocess
import sys
import threading
import types
import unittest

from framework import PROM, SOURCE, rpc, wait_until
from node_case import SECONDS, RunningTest

PACKAGE = os.path.join(SOURCE, "python", "prom")


def client():
    """The module, without the package around it, which needs NumPy and the library."""
    package = types.ModuleType("prom")
    package.__path__ = [PACKAGE]
    sys.modules["prom"] = package
    return importlib.import_module("prom.node")


class Made(unittest.TestCase):
    def test_what_is_committed(self):
        table = subprocess.run([PROM, "help", "--rpc", "--json"], capture_output=True, check=True).stdout
        made = subprocess.run(
            [sys.executable, "-B", os.path.join(SOURCE, "python", "make_client.py")], input=table, capture_output=True,
            check=True,
        ).stdout.decode()  # fmt: skip
        with open(os.path.join(PACKAGE, "node.py"), encoding="utf-8") as file:
            self.assertEqual(file.read(), made, "make it anew: see python/make_client.py")
        module = client()
        for method in json.loads(table)["methods"]:
            function = getattr(module.Node, method["name"].replace(".", "_"))
            self.assertTrue(function.__doc__.startswith(method["text"].split(".")[0].split("\n")[0][:40]))
            names = {name.rstrip("_") for name in function.__code__.co_varnames}
            self.assertLessEqual({it["name"] for it in method["parameters"]}, names)
        for error in json.loads(table)["errors"]:
            self.assertTrue(issubclass(module.Node.errors[error["code"]], module.NodeError))


class Asked(RunningTest):
    def test_a_node(self):
        module = client()
        nobody = module.Node(self.folder)
        with self.assertRaises(OSError):
            nobody.node_info()
        self.begin()
        with module.Node(self.folder) as node:
            self.assertEqual(node.node_info()["pid"], self.node.pid)
            self.assertEqual(node.channel_list(limit=1)["channels"], [])
            self.assertEqual(node.log_level(level="debug"), {"level": "debug"})
            self.assertEqual(node.wallet_history(from_=0, csv=True)["next"], None)
            self.assertEqual(node.rpc_help(), self.call("rpc.help")["result"])
            with self.assertRaises(module.NodeBadInputError) as refused:
                node.channel_show("nobody")
            self.assertEqual((refused.exception.code, refused.exception.error), (-32001, "bad input"))
            self.assertIn("there is no channel nobody", str(refused.exception))
            with self.assertRaises(module.NodeParametersError):
                node.channel_list(limit=0)
            with self.assertRaises(module.NodeMethodError):
                node._call("node.inof", {})
            self.check_events(node)
            # A connection that was lost is made again; a node that is away is told of.
            self.end()
            with self.assertRaises(OSError):
                node.node_info()
            self.begin()
            self.assertEqual(node.node_info()["pid"], self.node.pid)
            self.assertEqual(node.node_stop(), {"pid": self.node.pid})
        self.assertEqual(self.node.wait(timeout=SECONDS), 0)
        self.end(how=None)

    def check_events(self, node):
        """They come until somebody has heard enough, and other calls go on meanwhile."""
        heard = []
        address = node.wallet_address()["address"]

        def listen():
            for event in node.events_follow():
                heard.append(event)
                if event["kind"] == "money":
                    return

        listener = threading.Thread(target=listen)
        listener.start()
        for _ in range(SECONDS):  # a block that comes before it listens is no news to it
            rpc(self.chain, "generatetoaddress", 1, address)
            if wait_until(lambda: heard and heard[-1]["kind"] == "money", 2):
                break
        listener.join(SECONDS)
        self.assertFalse(listener.is_alive())
        self.assertEqual(heard[-1]["money"]["what"], "mined")


if __name__ == "__main__":
    unittest.main()
