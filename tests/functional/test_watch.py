"""The watcher of src/chain before real nodes: blocks as large as consensus allows, reorganisations, nodes that die, lag,
prune, and are on another network."""

import os
import queue
import subprocess
import threading
import time
import unittest

import framework
from chain_node import Node, spend_anybody

TOOL = os.path.join(os.environ["PROM_TOOLS"], "tool.watch")
FINE, UNKNOWN, FOREIGN, PRUNED, LOST, BEHIND, DOWNLOADING, LAGGING, CATCHING_UP = range(9)
PATIENCE = 60


class Watcher:
    """tool.watch, and the chain as it has told it."""

    def __init__(self, test, node, height, *outpoints, needed="-", hashes="-", network="regtest"):
        arguments = [TOOL, network, node.status["url"], node.status["cookie"], str(height), str(needed), hashes]
        self.process = subprocess.Popen(
            [*arguments, *outpoints], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=test.environment
        )
        self.test = test
        self.node = node
        self.lines = queue.Queue()
        self.chain = {}  # height -> hash
        self.spent = {}  # outpoint -> (txid, height)
        self.sizes = {}  # height -> (transactions, witness items, longest)
        self.healths = []
        self.answers = {}
        self.connected = self.disconnected = 0
        threading.Thread(target=self.read, daemon=True).start()
        test.addCleanup(self.stop)

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.test.assertEqual(self.process.wait(PATIENCE), 0)
        self.process.stdout.close()

    def take(self, line):
        kind, *rest = line.split(" ")
        if kind == "connected":
            height = int(rest[0])
            if self.chain:
                self.test.assertEqual(height, max(self.chain) + 1, line)
            self.chain[height] = rest[1]
            self.sizes[height] = tuple(map(int, rest[2:]))
            self.connected += 1
        elif kind == "disconnected":
            height = int(rest[0])
            if self.chain:
                self.test.assertEqual(height, max(self.chain), line)
                self.test.assertEqual(self.chain.pop(height), rest[1], line)
            self.spent = {it: by for it, by in self.spent.items() if by[1] != height}
            self.disconnected += 1
        elif kind == "spent":
            self.spent[rest[0]] = (rest[2], int(rest[4]))
        elif kind == "health":
            self.healths.append((int(rest[0]), rest[1] == "1", rest[2] == "1", " ".join(rest[3:])))
        elif kind == "spend":
            self.answers[rest[0]] = tuple(rest[1:])

    def until(self, condition, seconds=PATIENCE):
        deadline = time.monotonic() + seconds
        while not condition():
            line = self.lines.get(timeout=max(0.01, deadline - time.monotonic()))
            if line is None:
                raise RuntimeError("tool.watch has ended")
            self.take(line)

    def in_sync(self):
        """Up to the node's tip, block by block."""
        height, tip = self.node.height(), self.node.rpc("getbestblockhash")
        self.until(lambda: self.chain.get(height) == tip and max(self.chain) == height)
        for it in self.chain:
            self.test.assertEqual(self.chain[it], self.node.hash(it))

    def trouble(self):
        return self.healths[-1][0] if self.healths else None

    def until_trouble(self, trouble):
        self.until(lambda: self.trouble() == trouble)

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ask(self, outpoint):
        """The quick question: ("none" | "mempool" | "chain", txid or "-")."""
        self.answers.pop(outpoint, None)
        self.say(f"spend {outpoint}")
        self.until(lambda: outpoint in self.answers)
        return self.answers[outpoint]

    def peak_memory(self):
        """MB"""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            return int(next(it for it in file if it.startswith("VmHWM")).split()[1]) / 1024


class Watch(framework.PromTest):
    def test_reorganisations(self):
        node = Node(self, "node", "-txospenderindex=1")
        node.mine(130)
        watcher = Watcher(self, node, 0)
        watcher.in_sync()
        self.assertEqual((watcher.connected, watcher.disconnected), (130, 0))
        for depth, count in ((1, 2), (6, 7), (100, 101), (3, 3), (2, 1)):
            before = watcher.connected, watcher.disconnected
            node.reorganise(depth, count)
            watcher.in_sync()
            self.assertEqual((watcher.connected - before[0], watcher.disconnected - before[1]), (count, depth))
        watcher.until_trouble(FINE)

    def test_reorganised_while_away(self):
        """A start with three hashes, of blocks of which the node has left a hundred."""
        node = Node(self, "node")
        node.mine(120)
        hashes = ",".join(node.hash(height) for height in (120, 119, 118))
        node.reorganise(100, 103)
        node.stop()
        node.start()
        watcher = Watcher(self, node, 120, hashes=hashes)
        watcher.in_sync()
        self.assertEqual((watcher.connected, watcher.disconnected), (103, 100))

    def check_spends(self, watcher, outpoints, mempool):
        """What polling saw and what the quick question says are the same."""
        for outpoint in outpoints:
            where, txid = watcher.ask(outpoint)
            with self.subTest(outpoint=outpoint):
                if outpoint in mempool:
                    self.assertEqual((where, txid), ("mempool", mempool[outpoint]))
                elif outpoint in watcher.spent:
                    self.assertEqual(where, "chain")
                    self.assertIn(txid, (watcher.spent[outpoint][0], "-"))
                    self.assertEqual(txid == "-", "-txospenderindex=1" not in watcher.node.options)
                else:
                    self.assertEqual((where, txid), ("none", "-"))

    def compare_quick_question(self, *options):
        node = Node(self, "node", *options)
        blocks = node.mine(4)
        node.mine(100)
        coins = [node.coinbase_of(block) for block in blocks]
        outpoints = [f"{txid}:0" for txid, _ in coins]
        pays = [spend_anybody(txid, 0, sat - 1000, ()) for txid, sat in coins]
        watcher = Watcher(self, node, 0, *outpoints)
        watcher.in_sync()
        self.check_spends(watcher, outpoints, {})
        node.mine_only(pays[0][0])
        node.rpc("sendrawtransaction", pays[1][0])
        watcher.in_sync()
        self.check_spends(watcher, outpoints, {outpoints[1]: pays[1][1]})
        node.mine()
        node.mine_only(pays[2][0])
        watcher.in_sync()
        self.assertEqual(len(watcher.spent), 3)
        self.check_spends(watcher, outpoints, {})
        node.reorganise(2, 3)  # what they held waits again
        watcher.in_sync()
        self.assertEqual(len(watcher.spent), 1)
        self.check_spends(watcher, outpoints, {outpoints[1]: pays[1][1], outpoints[2]: pays[2][1]})

    def test_quick_question_with_the_index(self):
        self.compare_quick_question("-txospenderindex=1")

    def test_quick_question_without_it(self):
        self.compare_quick_question()

    def test_killed_and_started_again(self):
        node = Node(self, "node")
        node.mine(10)
        watcher = Watcher(self, node, 0)
        watcher.in_sync()
        watcher.until_trouble(FINE)
        node.kill()
        watcher.until_trouble(UNKNOWN)
        self.assertRegex(watcher.healths[-1][3], "is bitcoind running|did not answer")
        time.sleep(1)  # twenty polls more
        node.start()
        node.mine(max(0, 10 - node.height()) + 5)
        watcher.until_trouble(FINE)
        watcher.in_sync()
        troubles = [health[0] for health in watcher.healths]
        self.assertEqual(troubles.count(UNKNOWN), 1, watcher.healths)
        self.assertFalse(any(begin or step for trouble, step, begin, _ in watcher.healths if trouble == UNKNOWN))

    def test_other_network(self):
        node = Node(self, "node", chain="testnet4")
        watcher = Watcher(self, node, 0)
        watcher.until_trouble(FOREIGN)
        self.assertIn("'testnet4'", watcher.healths[-1][3])
        self.assertEqual(watcher.chain, {})

    def test_another_chain_of_the_network(self):
        """A node that never saw what was processed."""
        node, other = Node(self, "node"), Node(self, "other")
        node.mine(10)
        other.mine_empty(20)
        hashes = ",".join(node.hash(height) for height in (10, 9))
        watcher = Watcher(self, other, 10, hashes=hashes)
        watcher.until_trouble(LOST)
        self.assertEqual((watcher.connected, watcher.disconnected), (0, 1))
        self.assertFalse(watcher.healths[-1][2])

    def test_lagging(self):
        """It has headers of blocks that nobody gives it; and one that has not even them."""
        ahead, node = Node(self, "ahead"), Node(self, "node")
        for block in ahead.mine(10):
            node.rpc("submitblock", ahead.rpc("getblock", block, 0))
        watcher = Watcher(self, node, 0)
        watcher.in_sync()
        watcher.until_trouble(FINE)
        blocks = ahead.mine(5)
        for block in blocks:
            node.rpc("submitheader", ahead.rpc("getblockheader", block, False))
        watcher.until_trouble(LAGGING)
        self.assertRegex(watcher.healths[-1][3], "has block 10 and knows of 1[1-5]")  # headers come one by one
        self.assertFalse(watcher.healths[-1][1] or watcher.healths[-1][2])
        for block in blocks:
            node.rpc("submitblock", ahead.rpc("getblock", block, 0))
        watcher.until_trouble(FINE)
        watcher.in_sync()

    def test_chain_that_ends_early(self):
        """A node that begins anew: what was processed stands, and once it is there again, it goes on."""
        node, again = Node(self, "node"), Node(self, "again")
        node.mine(12)
        blocks = [node.rpc("getblock", node.hash(height), 0) for height in range(1, 13)]
        hashes = ",".join(node.hash(height) for height in range(12, 6, -1))
        for block in blocks[:8]:
            again.rpc("submitblock", block)
        watcher = Watcher(self, again, 12, hashes=hashes)
        watcher.until_trouble(BEHIND)
        for block in blocks[8:]:
            again.rpc("submitblock", block)
        watcher.until_trouble(FINE)
        self.assertEqual((watcher.connected, watcher.disconnected), (0, 0))
        again.mine(1)
        watcher.in_sync()

    def test_pruned(self):
        node = Node(self, "node", "-prune=1", "-fastprune")
        node.mine(600)
        node.rpc("pruneblockchain", 310)
        info = node.rpc("getblockchaininfo")
        self.assertGreater(info["pruneheight"], 100)
        watcher = Watcher(self, node, 599, needed=info["pruneheight"])
        watcher.in_sync()
        watcher.until_trouble(FINE)
        watcher = Watcher(self, node, 599, needed=info["pruneheight"] - 1)
        watcher.until_trouble(PRUNED)
        self.assertIn(f"those from {info['pruneheight'] - 1} on are needed", watcher.healths[-1][3])
        self.assertFalse(watcher.healths[-1][2])
        node.mine(1)  # it goes on all the same
        watcher.in_sync()
        deep = Watcher(self, node, 10)
        deep.until_trouble(PRUNED)
        self.assertEqual(deep.chain, {})

    def test_largest_blocks(self):
        """Witnesses that no policy would relay and every miner may include."""
        node = Node(self, "node")
        blocks = node.mine(6)
        node.mine(100)
        coins = iter([node.coinbase_of(block) for block in blocks])
        watcher = Watcher(self, node, node.height())
        report = []
        for what, witness in (
            ("one item of 34 kB", [bytes(34_000)]),
            ("500,000 empty items", [b""] * 500_000),
            ("500,000 items of one byte", [b"\x01"] * 500_000),
            ("3,990,000 empty items", [b""] * 3_990_000),
            ("one item of 3.99 MB", [bytes(3_990_000)]),
        ):
            txid, sat = next(coins)
            signed, _ = spend_anybody(txid, 0, sat, witness)
            node.mine_only(signed)
            began = time.monotonic()
            watcher.say("look")
            watcher.in_sync()
            took = time.monotonic() - began
            report.append(f"{what}: {took:.2f} s, {watcher.peak_memory():.0f} MB at most so far")
            longest = max(map(len, witness))
            self.assertEqual(watcher.sizes[node.height()], (2, len(witness) + 1, max(longest, 32)), what)
            self.assertLess(took, 30, what)
        if not framework.SANITIZED:  # which keeps what was freed for a while
            self.assertLess(watcher.peak_memory(), 256, report)
        print("; ".join(report))


if __name__ == "__main__":
    unittest.main()
