"""A node that takes asks, a process of its own, for tests that ask or trouble it."""

import json
import os
import signal
import socket

from framework import SANITIZED, wait_until

WORDS = ("abandon " * 23 + "art", "legal winner thank year wave sausage worth useful legal winner thank year wave sausage "
         "worth useful legal winner thank year wave sausage worth title", "letter advice cage absurd amount doctor "
         "acoustic avoid letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor "
         "acoustic bless")  # fmt: skip
SECONDS = 60 if SANITIZED else 20


class Node:
    """A process of `prom node` with a folder of its own."""

    def __init__(self, test, number, **settings):
        self.test = test
        self.name = f"node{number}"
        self.socket = test.path(self.name, "links")
        self.settings = {
            "network": "regtest", "bitcoind_url": test.status["url"], "bitcoind_cookie": test.status["cookie"],
            "bitcoind_poll_ms": 50, "listen": self.socket, "three_arbiters_max": 10**9, "any_fund": "yes",
        } | settings  # fmt: skip
        os.makedirs(test.path(self.name, "regtest"), 0o700)
        test.write(f"{self.name}/regtest/words", WORDS[number] + "\n", 0o600)
        self.configure()
        self.process = None

    def configure(self, **settings):
        self.settings |= settings
        text = "".join(f"{name} = {value}\n" for name, value in self.settings.items())
        self.test.write(f"{self.name}/prom.conf", text, 0o600)

    def start(self):
        self.process = self.test.start("node", "--dir", self.test.path(self.name))
        self.test.addCleanup(self.end)
        self.test.assertTrue(wait_until(self.ready, SECONDS), self.name)
        return self

    def end(self):
        if self.process is not None:
            self.process.terminate()
            self.process.communicate(timeout=SECONDS)
            self.process = None

    def say(self, method, **params):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(SECONDS)
            client.connect(self.test.path(self.name, "regtest", "rpc"))
            client.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n")
            return json.loads(client.makefile("rb").readline())

    def call(self, method, **params):
        answer = self.say(method, **params)
        self.test.assertIn("result", answer, answer)
        return answer["result"]

    def ready(self):
        try:
            info = self.call("node.info")
        except (OSError, ValueError):
            return False
        return info["ready"] and info["tip"] == self.test.rpc("getblockcount")

    def reload(self, **settings):
        """New settings, as SIGHUP takes them; returns what the log says of it."""
        self.configure(**settings)
        return self.take()

    def take(self):
        """Has the node read its file again."""
        where = self.test.path(self.name, "regtest", "node.log")
        begun = os.path.getsize(where)
        self.process.send_signal(signal.SIGHUP)

        def said():
            with open(where, encoding="utf-8") as file:
                file.seek(begun)
                return [line for line in file if "configuration" in line]

        self.test.assertTrue(wait_until(said, SECONDS))
        return said()[0]

    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
