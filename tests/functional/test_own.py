"""A node that makes transactions for its owner, on a real chain: a P, and offers made, renewed and withdrawn."""

import os
import subprocess
import unittest

from contract import ContractTest, p2tr, tool

STAKE = 3_000_000
FEERATE = 3


class Node:
    """tests/tools/own.c tells its commands."""

    def __init__(self, test):
        program = os.path.join(os.environ["PROM_TOOLS"], "tool.own")
        arguments = [program, test.status["url"], test.status["cookie"], test.path("node")]
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

    def end(self, kill=False):
        if self.process.poll() is None:
            if kill:
                self.process.kill()
            self.process.stdin.close()
            self.process.wait(timeout=20)
            self.process.stdout.close()


class Own(ContractTest):
    def setUp(self):
        super().setUp()
        self.start_node()
        coin, value = self.coins("funder", 1)[0]
        outputs = [f"out:{20_000_000}:{self.node.say('script', number)}" for number in range(3)]
        outputs.append(f"out:{value - 60_000_000 - 2000}:{p2tr('funder')}")
        self.confirm(self.pay(2, f"in:{coin}", *outputs))
        self.seen()

    def start_node(self):
        self.node = Node(self)
        self.addCleanup(self.node.end)

    def seen(self):
        """The node has taken all blocks, and published what waits."""
        return self.node.say("wait", self.rpc("getblockcount"))

    def mined(self):
        self.seen()
        self.mine(1)
        return self.seen()

    def made(self, *words):
        """What the node says of a transaction is what bitcoind finds."""
        txid, fee, locks, change, vsize = self.node.say(*words).split()
        self.seen()
        entry = self.rpc("getmempoolentry", txid)
        self.assertEqual(round(entry["fees"]["base"] * 100_000_000), int(fee))
        self.assertEqual(entry["vsize"], int(vsize))
        self.assertEqual(int(fee), FEERATE * int(vsize))
        outputs = [round(output["value"] * 100_000_000) for output in self.rpc("getrawtransaction", txid, 1)["vout"]]
        self.assertEqual(outputs[-1], int(change))
        self.assertEqual(outputs[0], int(locks) if len(outputs) == 3 else outputs[0])
        return txid

    def publish(self):
        script = tool("p")[0]
        self.assertTrue(script.startswith("6a4c4e"))
        txid = self.made("publish", script[6:], FEERATE)
        self.mined()
        return txid

    def test_offers_from_beginning_to_end(self):
        p_txid = self.publish()
        dry = self.node.say("offer", p_txid, 1500, FEERATE, "dry")
        self.assertEqual(self.node.listed("own"), [f"P {p_txid} mined {self.rpc('getblockcount')}"])
        offers = [self.made("offer", p_txid, 1500, FEERATE)]
        self.assertEqual(dry.split()[1:3], self.rpc_fee_and_stake(offers[0]))
        # Killed when it is written and not yet published: then the next one publishes it.
        offers.append(self.node.say("offer", p_txid, 1500, FEERATE).split()[0])
        self.node.end(kill=True)
        self.assertNotIn(offers[1], self.rpc("getrawmempool"))
        self.start_node()
        self.seen()
        self.assertIn(offers[1], self.rpc("getrawmempool"))
        self.assertEqual(self.node.listed("offers"), [f"{txid} waits" for txid in offers])
        self.mined()
        self.assertEqual(self.node.listed("offers"), [f"{txid} unspent" for txid in offers])
        # One is paid out of the change of P, the other by the funder: nothing shows that they are one owner's.
        self.mine(1)
        self.seen()
        block = self.rpc("getblock", self.rpc("getblockhash", self.rpc("getblockcount") - 1))["tx"]
        surveyed = [f"{txid} 2 {i}" for i, txid in enumerate(sorted(offers, key=block.index))]
        self.assertEqual(self.node.listed("survey", p_txid), ["2 0 0 0 0 2 1", *surveyed])
        renewed = self.made("renew", offers[0], p_txid, 2500, FEERATE)
        gone = self.made("withdraw", offers[1], FEERATE)
        with self.assertRaisesRegex(ValueError, "waits for a block"):
            self.node.say("withdraw", offers[1], FEERATE)
        self.assertEqual(self.node.listed("offers")[:2], [f"{txid} unspent leaving" for txid in offers])
        self.mined()
        self.assertEqual(
            self.node.listed("offers"),
            [f"{offers[0]} withdrawn", f"{offers[1]} withdrawn", f"{renewed} unspent"],
        )
        # A renewed offer is its old one's owner's.
        surveyed = self.node.listed("survey", p_txid)
        self.assertEqual(surveyed[0].split()[:5], ["0", "1", "0", "2", "0"])
        owners = {line.split()[0]: line.split()[2] for line in surveyed[1:]}
        self.assertEqual(owners[renewed], owners[offers[0]])
        self.assertNotEqual(owners[renewed], owners[offers[1]])
        # What bitcoind's blocks hold is what the index makes of them.
        blocks = [self.rpc("getblock", self.rpc("getblockhash", i), 0) for i in range(1, self.rpc("getblockcount") + 1)]
        indexed = tool("index", 1, lines=["+" + block for block in blocks])
        fates = [line.split()[3] for line in indexed if line.startswith("offer")]
        self.assertEqual(fates, ["withdrawn", "withdrawn", "unspent"])
        self.assertIn(gone, self.rpc("getblock", self.rpc("getbestblockhash"))["tx"])

    def rpc_fee_and_stake(self, txid):
        fee = self.rpc("getmempoolentry", txid)["fees"]["base"]
        return [str(round(fee * 100_000_000)), str(STAKE)]

    def test_reorganisation(self):
        """What leaves the chain comes again."""
        p_txid = self.publish()
        offer = self.made("offer", p_txid, 1500, FEERATE)
        self.mined()
        self.assertEqual(self.node.listed("offers"), [f"{offer} unspent"])
        self.rpc("invalidateblock", self.rpc("getbestblockhash"))
        self.rpc("generateblock", f"rawtr({tool('key', 'other')[0]})", [])
        self.rpc("generateblock", f"rawtr({tool('key', 'other')[0]})", [])
        self.seen()
        self.assertEqual(self.node.listed("offers"), [f"{offer} waits"])
        self.assertIn(offer, self.rpc("getrawmempool"))
        self.mined()
        self.assertEqual(self.node.listed("offers"), [f"{offer} unspent"])


if __name__ == "__main__":
    unittest.main()
