"""What tests of `prom node` share: a node in a folder of its own, beside a devnet's bitcoind where it runs."""

import glob
import json
import os
import signal
import socket
import stat
import subprocess

from devnet_case import DevnetTest
from framework import PROM, SANITIZED, rpc, wait_until

WORDS = "abandon " * 23 + "art"
SECONDS = 60 if SANITIZED else 20


class NodeTest(DevnetTest):
    def setUp(self):
        super().setUp()
        self.home_dir = self.path("prom")
        self.folder = self.path("prom", "regtest")
        self.said = b""  # all that any process has written

    def configure(self, *lines, network="regtest"):
        return self.write("prom/prom.conf", "\n".join([f"network = {network}", *lines]) + "\n", 0o600)

    def seed(self, network="regtest"):
        os.makedirs(self.path("prom", network), 0o700, exist_ok=True)
        return self.write(f"prom/{network}/words", WORDS + "\n", 0o600)

    def refused(self, *says, arguments=(), code=2):
        """`prom node` ends at once with one sentence on standard error that has all of `says`, its log aside."""
        process = self.start("node", "--dir", self.home_dir, *arguments)
        output, errors = process.communicate(timeout=SECONDS)
        self.said += output + errors
        self.assertEqual(process.returncode, code, errors)
        sentence = errors.decode().splitlines()[-1]
        self.assertTrue(sentence.startswith("prom: node: "), errors)
        for text in says:
            self.assertIn(text, sentence)
        self.assertEqual(errors.decode().count(sentence.removeprefix("prom: node: ")), 1, errors)  # it is told once

    def log(self):
        with open(os.path.join(self.folder, "node.log"), encoding="utf-8") as file:
            return file.read()

    def check_no_secrets(self, *secrets):
        """None is in the log or in anything that a process has written."""
        texts = [self.said]
        for path in glob.glob(os.path.join(self.folder, "*.log*")):
            with open(path, "rb") as file:
                texts.append(file.read())
        for secret in secrets:
            for text in texts:
                self.assertNotIn(secret.encode(), text)


class RunningTest(NodeTest):
    """A node beside a devnet's bitcoind."""

    def setUp(self):
        super().setUp()
        self.chain = self.devnet("up")
        self.addCleanup(subprocess.run, [PROM, "devnet", "down", "--dir", self.dir], env=self.environment, check=False,
                        capture_output=True)  # fmt: skip
        self.lines = [f"bitcoind_url = {self.chain['url']}", f"bitcoind_cookie = {self.chain['cookie']}",
                      "bitcoind_poll_ms = 50"]  # fmt: skip
        self.configure(*self.lines)
        self.seed()
        self.node = None
        self.addCleanup(self.end, None)

    def begin(self, *arguments, wait=True):
        self.node = self.start("node", "--dir", self.home_dir, *arguments)
        if wait:
            self.assertTrue(wait_until(lambda: self.info().get("ready"), SECONDS), self.info())

    def end(self, how=signal.SIGTERM, code=0):
        """Ends the node, and takes what it has written."""
        if self.node is None:
            return
        if how is not None:
            self.node.send_signal(how)
        elif self.node.poll() is None:
            self.node.kill()
            code = -signal.SIGKILL
        self.said += b"".join(self.node.communicate(timeout=SECONDS))
        self.assertEqual(self.node.returncode, code, self.said.decode())
        self.node = None

    def ask(self, text, seconds=SECONDS):
        """The answer to one line."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(seconds)
            client.connect(os.path.join(self.folder, "rpc"))
            client.sendall(text.encode() + b"\n")
            answer = client.makefile("rb").readline()
        self.said += answer
        return json.loads(answer)

    def call(self, method, **params):
        return self.ask(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))

    def info(self):
        try:
            return self.call("node.info")["result"]
        except (OSError, ValueError):
            return {}

    def prom_node(self, *arguments, **options):
        return self.prom_json(*arguments, "--dir", self.home_dir, **options)

    def check_modes(self):
        for folder, folders, files in os.walk(self.folder):
            for name in [*folders, *files]:
                path = os.path.join(folder, name)
                self.assertEqual(os.lstat(path).st_mode & 0o077, 0, path)
        self.assertEqual(stat.S_IMODE(os.stat(self.folder).st_mode), 0o700)

    def mined(self, blocks, address):
        rpc(self.chain, "generatetoaddress", blocks, address)
        height = rpc(self.chain, "getblockcount")
        self.assertTrue(wait_until(lambda: self.info()["tip"] == height, SECONDS))
