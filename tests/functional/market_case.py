"""A market on one machine: nodes, each a `prom node` of its own over sockets of the loopback interface, on one devnet."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import threading
import time

from contract import key, tool
from devnet_case import DevnetTest
from framework import PROM, SANITIZED, free_port, rpc, wait_until
from model_files import model

SECONDS = 120 if SANITIZED else 60
STAKE = 3_000_000  # of an arbiter, in the P of tool.contract
COIN = 20_000_000
FEERATE = 3
OWN = os.path.join(os.environ["PROM_TOOLS"], "tool.own")
LIAR = os.path.join(os.environ["PROM_TOOLS"], "tool.liar")


class Node:
    """One `prom node`, with words, a configuration and an address of its own."""

    command = (PROM,)
    environment = ()

    def __init__(self, test, name, *lines):
        self.test = test
        self.name = name
        self.dir = test.path(name)
        self.folder = os.path.join(self.dir, "regtest")
        self.address = f"127.0.0.1:{free_port()}"
        self.chain_url = test.chain["url"]
        self.lines = lines
        self.listens = True
        self.lie = None  # as in tests/tools/liar.c
        self.process = None
        os.makedirs(self.folder, 0o700)
        test.prom("seed", "make", os.path.join(self.folder, "words"))
        test.addCleanup(self.kill)

    def configure(self, *lines):
        settings = [
            "network = regtest",
            f"bitcoind_url = {self.chain_url}",
            f"bitcoind_cookie = {self.test.chain['cookie']}",
            "bitcoind_poll_ms = 50",
            *([f"listen = {self.address}"] if self.listens else []),
            "any_pool = yes",
            "any_fund = yes",
            "three_arbiters_max = 100000000",
            "effort_per_second = 50000000",
            "steps_per_second = 50000000",
            "quote_blocks = 100",
            "bytes_per_second = 100000000",
            "answer_seconds = 20",
            "log_level = debug",
            "log_stderr = no",
            *self.lines,
            *lines,
        ]
        self.test.write(f"{self.name}/prom.conf", "\n".join(settings) + "\n", 0o600)

    def seed(self):
        with open(os.path.join(self.folder, "words"), encoding="ascii") as file:
            return hashlib.pbkdf2_hmac("sha512", file.read().strip().encode(), b"mnemonic", 2048)

    def start(self):
        command = (LIAR,) if self.lie else self.command
        environment = {**dict(self.environment), **({"PROM_LIE": self.lie} if self.lie else {})}
        self.process = self.test.start("node", "--dir", self.dir, command=command, environment=environment)
        ready = wait_until(lambda: self.info().get("ready") or self.process.poll() is not None, SECONDS)
        if not ready or self.process.poll() is not None:
            self.process.kill()
            self.test.fail((self.name, self.info(), self.process.communicate()))

    def kill(self):
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGKILL)
            self.process.communicate(timeout=SECONDS)
            self.process = None

    def restart(self):
        """Killed and started again, before the next block."""
        self.test.held.set()
        self.kill()
        self.start()
        self.test.held.clear()

    def reload(self, *lines):
        """It takes these settings beside its own, while it runs."""
        begun = len(self.log())
        self.configure(*lines)
        self.process.send_signal(signal.SIGHUP)
        self.test.assertTrue(wait_until(lambda: "was read again" in self.log()[begun:], SECONDS), self.log()[begun:])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        output, errors = self.process.communicate(timeout=SECONDS)
        self.test.assertEqual(self.process.returncode, 0, output + errors)
        self.process = None

    def call(self, method, **params):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(SECONDS)
            client.connect(os.path.join(self.folder, "rpc"))
            request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            client.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(client.makefile("rb").readline())
        if "error" in answer:
            raise ValueError(answer["error"]["message"])
        return answer["result"]

    def info(self):
        try:
            return self.call("node.info")
        except (OSError, ValueError):
            return {}

    def key(self):
        return self.info()["key"]

    def log(self):
        with open(os.path.join(self.folder, "node.log"), encoding="utf-8") as file:
            return file.read()


class Own:
    """tests/tools/own.c: a node of an arbiter, before `prom node` runs it, makes its offers."""

    def __init__(self, node):
        arguments = [OWN, node.test.chain["url"], node.test.chain["cookie"], node.folder, node.seed().hex(), node.address]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def say(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer.startswith("error: "):
            raise ValueError(answer.removeprefix("error: "))
        return answer

    def listed(self, *words):
        answers = [self.say(*words)]
        while answers[-1]:
            answers.append(self.process.stdout.readline().strip())
        return answers[:-1]

    def end(self):
        self.process.stdin.close()
        self.process.wait(timeout=SECONDS)
        self.process.stdout.close()


class MarketTest(DevnetTest):
    ARBITERS = 3
    OFFERS = 5  # of each arbiter: so many contracts can be open at once
    P = ("p",)  # of tool.contract
    NODE = Node
    WAITS_FOR_MODULES = False

    def setUp(self):
        super().setUp()
        self.chain = self.devnet("up")
        self.addCleanup(subprocess.run, [PROM, "devnet", "down", "--dir", self.dir], env=self.environment, check=False,
                        capture_output=True)  # fmt: skip
        self.nodes = []
        self.mining = threading.Event()
        self.held = threading.Event()
        self.announcements = self.path("announcements")

    # -- The chain --

    def rpc(self, method, *params):
        return rpc(self.chain, method, *params)

    def mine(self, blocks=1):
        return self.rpc("generatetodescriptor", blocks, f"rawtr({key('nobody')})")

    def computes(self, node):
        """Whether a process runs a module for it."""
        try:
            for task in os.listdir(f"/proc/{node.process.pid}/task"):
                with open(f"/proc/{node.process.pid}/task/{task}/children", encoding="ascii") as file:
                    if file.read().strip():
                        return True
        except (OSError, AttributeError):  # it was killed
            pass
        return False

    def in_step(self):
        """Blocks wait for whoever computes, where the class says so: here they come in a fraction of a second."""
        height = self.rpc("getblockcount")
        follow = all(node.process is None or node.info().get("tip") == height for node in self.nodes)
        return follow and not (self.WAITS_FOR_MODULES and any(self.computes(node) for node in self.nodes))

    def wait_in_step(self):
        end = time.monotonic() + SECONDS
        while not self.in_step():
            self.assertLess(time.monotonic(), end, "a node does not follow the chain")
            time.sleep(0.1)

    def said(self):
        """How much all nodes that run have written to their logs."""
        return sum(os.path.getsize(os.path.join(node.folder, "node.log")) for node in self.nodes if node.process)

    def quiet(self):
        """Nobody has anything to say to the last block any more, or at least not for some time."""
        last, since, begun = -1, time.monotonic(), time.monotonic()
        while self.mining.is_set() and (time.monotonic() - begun < 30 or self.held.is_set()):
            said = self.said()
            if said != last or not self.in_step() or self.held.is_set():
                last, since = said, time.monotonic()
            if time.monotonic() - since > 0.5:
                return
            time.sleep(0.1)

    def keep_mining(self):
        """A block whenever all nodes have done what follows from the last one, until the test ends."""

        def loop():
            while self.mining.is_set():
                self.quiet()
                self.mine()

        self.mining.set()
        thread = threading.Thread(target=loop, daemon=True)
        thread.start()

        def end():
            self.mining.clear()
            thread.join()

        self.addCleanup(end)
        return end

    def fund(self, *nodes, coins):
        """So many coins for each, out of coinbases, as a wallet without one would have them."""
        for node in nodes:
            self.wait_in_step()
            self.rpc("generatetoaddress", coins, node.call("wallet.address")["address"])
        self.mine(101)

    # -- Nodes --

    def node(self, name, *lines):
        node = self.NODE(self, name, *lines)
        self.nodes.append(node)
        return node

    def open_arbiters(self):
        """P, and offers for it: the arbiters' nodes run, and all announcements are in a file for others."""
        self.arbiters = [self.node(f"arbiter-{i}", "roles = arbiter") for i in range(1, self.ARBITERS + 1)]
        owns = [Own(arbiter) for arbiter in self.arbiters]
        scripts = [own.say("script", 1)[4:] for own in owns]
        for script in scripts:
            for _ in range(self.OFFERS + 8):
                self.rpc("generatetodescriptor", 1, f"rawtr({script})")
        self.mine(101)
        for own in owns:
            own.say("wait", self.rpc("getblockcount"))
        self.p = owns[0].say("publish", tool(*self.P)[0][6:], FEERATE).split()[0]
        owns[0].say("wait", self.rpc("getblockcount"))
        self.mine(2)
        for _ in range(self.OFFERS):
            for own in owns:
                own.say("wait", self.rpc("getblockcount"))
                own.say("offer", self.p, 1500, FEERATE)
                own.say("wait", self.rpc("getblockcount"))
            self.mine()
        for own in owns:
            own.say("wait", self.rpc("getblockcount"))
        with open(self.announcements, "w", encoding="ascii") as file:
            for own in owns:
                file.write("\n".join(own.listed("announce")) + "\n")
        for own in owns:
            own.end()
        self.mine(3)
        for arbiter in self.arbiters:
            arbiter.configure(f"offers = {self.announcements}")
            arbiter.start()

    def open_node(self, name, *lines, lie=None, listens=True):
        node = self.node(name, *lines)
        node.lie, node.listens = lie, listens
        node.configure(f"offers = {self.announcements}")
        node.start()
        return node

    # -- Files --

    def digits(self, items):
        """The program of the digits, and so many held-out images of it."""
        program = self.path("digits.prom")
        self.prom("compile", model("digits-cnn.onnx"), "--calibrate", model("digits-calibration.npy"), "-o", program)
        from model_files import read_npy, write_npy  # pylint: disable=import-outside-toplevel

        descr, shape, data = read_npy(model("digits-heldout-images.npy"))
        size = len(data) // shape[0]
        batch = write_npy(self.path("batch.npy"), descr, (items, *shape[1:]), data[: size * items])
        wanted = self.path("wanted.npy")
        self.prom("infer", program, batch, "-o", wanted)
        return program, batch, wanted
