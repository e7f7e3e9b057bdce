"""What the tests of `prom demo` share: the demo in a folder of its own, a batch that is quickly computed, and of stories that
parties play what docs/protocol.md, section 3, says that everybody gets."""

import os
import struct
import subprocess

import framework
from framework import rpc
from model_files import model, read_npy, write_npy

STORIES = {  # that parties play, and how each ends
    "one-contract": 3, "self-verified": 3, "worker-silent": 4, "nobody-moves": 1, "worker-lies": 4, "worker-vanishes": 3,
    "verifier-silent": 2, "verifier-lies": 7, "worker-away": 7, "appeal-lost": 6, "no-decision": 5, "reorg": 3,
}  # fmt: skip
PARTIES = ["C", "W", "V", "A1", "A2", "A3"]
ARBITERS = PARTIES[3:]
ABSENT = {"self-verified": {"V"}}  # who has no node of its own
ANCHOR = "51024e73"

# The demo's terms: sat, and shares of 10,000.
REWARD, RETAINER, W, V, A, N = 1_000_000, 1_500, 2_000_000, 2_500_000, 3_000_000, 3
ALPHA, BETA, GAMMA, DELTA, EPSILON, SIGMA = 5_000, 5_000, 2_000, 5_000, 3_000, 9_000
DECIDERS_MIN = 2  # 0.6 of three, rounded up
LOCKED = {"C": REWARD + N * RETAINER, "W": W, "V": V, "A1": A, "A2": A, "A3": A, "F": 0}


def part(share, amount):
    return share * amount // 10_000


def table(scheme, deciders, reward=REWARD):
    """The row of section 3, by party; `deciders` are the letters of A+."""
    share_w = part(SIGMA, reward)
    share_v = reward - share_w
    undecided = A - part(EPSILON, A)
    rows = {
        1: (reward, W - part(ALPHA, W), V),
        2: (reward - share_w + part(BETA, V), W + share_w, V - part(BETA, V)),
        3: (0, W + share_w, V + share_v),
        4: (reward, W - share_v - part(DELTA, W), V + share_v),
        5: (reward + part(GAMMA, W), W - part(EPSILON, W), V - part(EPSILON, V)),
        6: (reward, 0, V),
        7: (0, W + reward, 0),
    }
    paid = dict(zip("CWV", rows[scheme]))
    for arbiter in ARBITERS:
        paid[arbiter] = A + RETAINER if scheme < 5 else undecided
        if scheme > 5:
            paid[arbiter] = A + RETAINER + W // N if arbiter in deciders else 0
    paid["F"] = sum(LOCKED.values()) - REWARD + reward - sum(paid.values())
    return paid


def dust(paid):
    """What F would get, where that is so little that no node relays it: it is left to the fee."""
    return paid["F"] if paid["F"] < 330 else 0


def sat(amount):
    return round(amount * 100_000_000)


class DemoTest(framework.PromTest):
    """Each demo plays in the folder self.dir, unless it is given another."""

    def setUp(self):
        super().setUp()
        self.dir = self.path("demo")
        self.log = self.dir + ".log"
        self.environment["PATH"] = os.pathsep.join(
            folder for folder in self.environment["PATH"].split(os.pathsep)
            if not os.path.exists(os.path.join(folder, "bitcoind"))
        )  # fmt: skip

    def own_files(self, **changed):
        files = {
            "model": model("digits-mlp.onnx"),
            "calibrate": model("digits-calibration.npy"),
            "input": model("digits-heldout-images.npy"),
            **changed,
        }
        return [part for name, path in files.items() for part in ("--" + name, path)]

    def few_images(self):
        """Arguments for a batch of two, which is computed and proven at once."""
        path = self.path("few.npy")
        if not os.path.exists(path):
            descr, shape, data = read_npy(model("digits-heldout-images.npy"))
            write_npy(path, descr, (2, *shape[1:]), data[: 2 * len(data) // shape[0]])
        return self.own_files(input=path)

    def demo(self, *arguments, code=0):
        """What the demo tells of the story that is quickest played."""
        return self.prom_json("demo", "--story", "one-contract", "--dir", self.dir, *arguments, code=code)

    def story(self, name, *arguments, folder=None):
        """What the demo tells of a story, of the batch of two."""
        return self.prom_json("demo", "--dir", folder or self.dir, "--story", name, *self.few_images(), *arguments)

    def down(self, folder=None):
        folder = folder or self.dir
        self.assertTrue(self.prom_json("devnet", "down", "--dir", folder)["stopped"])
        self.assertFalse(os.path.exists(folder))

    def check_payouts(self, told):
        """All but C's, which the fees come from, to the satoshi, and C's not below what the table says."""
        payouts = told["payouts"]
        deciders = [arbiter for arbiter in ARBITERS if payouts[arbiter] > 0]
        if told["scheme"] > 5:
            self.assertGreaterEqual(len(deciders), DECIDERS_MIN)
        self.assertEqual(told["locked"], LOCKED)
        expected = table(told["scheme"], deciders)
        expected["F"] -= dust(expected)
        self.assertGreaterEqual(payouts["C"], expected["C"])
        self.assertEqual(payouts | {"C": expected["C"]}, expected, told["story"])

    def check_chain(self, told):
        """What the demo tells is in the chain of its bitcoind, which was kept; C's payout to the satoshi."""
        told_txs = told["transactions"]
        txs = [rpc(told["rpc"], "getrawtransaction", tx["txid"], 2) for tx in told_txs]
        for tx, its in zip(told_txs, txs):
            self.assertEqual(tx["vsize"], its["vsize"])
            self.assertEqual(rpc(told["rpc"], "getblockhash", tx["height"]), its["blockhash"])
            self.assertEqual(its["version"], 3)
        for before, after in zip(txs, txs[1:]):
            self.assertEqual([(coin["txid"], coin["vout"]) for coin in after["vin"]], [(before["txid"], 0)])
        settled = [sat(output["value"]) for output in txs[-1]["vout"]]
        anchors = [output for output in txs[-1]["vout"] if output["scriptPubKey"]["hex"] == ANCHOR]
        self.assertEqual(len(anchors), 1)
        self.assertEqual(sum(told["payouts"].values()), sum(settled) - sat(anchors[0]["value"]))
        # What the transactions cost is taken from the reserve, which is in Tx0 beside what is locked, and is C's.
        cost = sat(txs[0]["vout"][0]["value"]) - sum(told["payouts"].values())
        reserve = sat(txs[0]["vout"][0]["value"]) - sum(LOCKED.values())
        expected = table(told["scheme"], [arbiter for arbiter in ARBITERS if told["payouts"][arbiter] > 0])
        self.assertEqual(told["payouts"]["C"], expected["C"] + reserve - (cost - dust(expected)))
        self.assertLess(reserve, 10_000)

    def run_as(self, program, *arguments, seconds=framework.COMMAND_SECONDS, **environment):
        """Another program in place of `prom`: (exit code, standard output, standard error)."""
        done = subprocess.run(
            [program, *arguments], env=self.environment | environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=seconds, start_new_session=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr
