"""Nodes of a test's own that stop, start again and hear of each other, for tests of src/chain; and a chain of blocks that
hold anything which consensus allows."""

import os
import signal
import struct
import subprocess

import framework
from framework import free_port
from tree_bytes import sha256_twice

ANYBODY = "51024e73"  # P2A: consensus lets whatever witness spend it
COINBASE_MATURITY = 100


def compact(number):
    for limit, form in ((253, "<B"), (0x10000, "<BH"), (0x100000000, "<BI")):
        if number < limit:
            marker = () if form == "<B" else ({"<BH": 253, "<BI": 254}[form],)
            return struct.pack(form, *marker, number)
    raise ValueError(number)


def spend_anybody(txid, index, value, witness):
    """Spends a P2A output, with a witness, to a P2WSH one that holds `value`; the transaction and its txid."""
    stack = compact(len(witness)) + b"".join(compact(len(item)) + item for item in witness)
    outputs = b"\x01" + struct.pack("<Q", value) + b"\x22\x00\x20" + bytes(32)
    inputs = b"\x01" + bytes.fromhex(txid)[::-1] + struct.pack("<I", index) + b"\x00" + b"\xff" * 4
    version = struct.pack("<I", 2)
    plain = version + inputs + outputs + bytes(4)
    raw = version + b"\x00\x01" + inputs + outputs + stack + bytes(4) if witness else plain
    return raw.hex(), sha256_twice(plain)[::-1].hex()


class Node:
    """A bitcoind, on regtest unless an option names another chain; ends with the test."""

    def __init__(self, test, name, *options, chain="regtest"):
        self.test = test
        self.folder = test.path(name)
        self.chain = chain
        self.options = options
        self.process = None
        self.salt = 0
        self.port, self.p2p = free_port(), free_port()
        cookie = os.path.join(self.folder, chain, ".cookie")
        self.status = {"url": f"http://127.0.0.1:{self.port}", "cookie": cookie}
        os.makedirs(self.folder)
        test.addCleanup(self.stop)
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [framework.real_bitcoind(), f"-chain={self.chain}",
             f"-datadir={self.folder}", "-server", f"-bind=127.0.0.1:{self.p2p}", "-listen=1", "-connect=0", "-dnsseed=0",
             "-disablewallet", "-printtoconsole=0", "-rpcbind=127.0.0.1", "-rpcallowip=127.0.0.1",
             f"-rpcport={self.port}", *self.options],
            env=self.test.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        if not framework.wait_until(lambda: self.process.poll() is not None or self.answers(), 60):
            raise RuntimeError("bitcoind does not answer")
        if self.process.poll() is not None:
            raise RuntimeError(f"bitcoind {' '.join(self.options)} ended")

    def answers(self):
        try:
            return self.rpc("getblockcount") >= 0
        except (OSError, RuntimeError):
            return False

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(60)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def rpc(self, method, *params):
        return framework.rpc(self.status, method, *params)

    def height(self):
        return self.rpc("getblockcount")

    def hash(self, height):
        return self.rpc("getblockhash", height)

    def mine(self, count=1):
        return self.rpc("generatetodescriptor", count, f"raw({ANYBODY})")

    def mine_only(self, *transactions):
        return self.rpc("generateblock", f"raw({ANYBODY})", list(transactions))["hash"]

    def mine_empty(self, count):
        """Other blocks than any before: nothing of the mempool, another payee."""
        self.salt += 1
        return [self.rpc("generateblock", f"raw(03{self.salt:06x}51)", [])["hash"] for _ in range(count)]

    def reorganise(self, depth, count):
        """Leaves `depth` blocks for `count` others."""
        self.rpc("invalidateblock", self.hash(self.height() - depth + 1))
        return self.mine_empty(count)

    def coinbase_of(self, block):
        """(txid, sat) of its first output."""
        coinbase = self.rpc("getblock", block, 2)["tx"][0]
        return coinbase["txid"], round(coinbase["vout"][0]["value"] * 100_000_000)
