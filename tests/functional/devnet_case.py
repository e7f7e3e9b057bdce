"""What the tests of `prom devnet` share."""

import json
import os

import framework
from framework import port_open, processes


class DevnetTest(framework.PromTest):
    def setUp(self):
        super().setUp()
        self.dir = self.path("devnet")

    def devnet(self, *arguments, code=0):
        return self.prom_json("devnet", *arguments, "--dir", self.dir, code=code)

    def devnet_fails(self, *arguments, code, says):
        return self.fails("devnet", *arguments, "--dir", self.dir, code=code, says=says)

    def check_gone(self, port=None):
        self.assertEqual(processes(self.dir), {})
        self.assertFalse(os.path.exists(self.dir))
        if port is not None:
            self.assertFalse(port_open(port))

    def down(self):
        """Stops the devnet, which must be up; nothing may be left."""
        status = self.devnet("status")
        self.assertTrue(self.devnet("down")["stopped"])
        self.check_gone(port_of(status))

    def state(self):
        with open(os.path.join(self.dir, "devnet.json"), encoding="utf-8") as file:
            return json.load(file)

    def fake_bitcoind(self, name, body, version="v31.0.0"):
        """A program that calls itself Bitcoin Core and runs `body` instead of a node."""
        return self.write(
            name,
            "#!/bin/sh\n"
            f'if [ "$1" = --version ]; then echo "Bitcoin Core daemon version {version} bitcoind"; exit 0; fi\n'
            f"{body}\n",
            0o755,
        )


def port_of(status):
    return int(status["url"].rsplit(":", 1)[1])
