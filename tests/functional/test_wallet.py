"""The money of a node, before a real bitcoind: addresses, payments, partially signed transactions that a second signer
signs, and what is left after a crash."""

import csv
import hashlib
import os
import subprocess
import unittest

import framework
from chain_node import Node
from psbt_signer import Psbt

TOOL = os.path.join(os.environ["PROM_TOOLS"], "tool.wallet")
SEED = hashlib.sha512(b"a wallet of a test").digest()
COIN = 100_000_000
ELSEWHERE = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
OLD = "mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r"
FEERATE = 3000  # sat for 1000 vB
HARDENED = 2**31


def sat(coins):
    return round(coins * COIN)


class Wallet(framework.PromTest):
    def setUp(self):
        super().setUp()
        self.node = Node(self, "node")
        self.node.mine(1)

    def tool(self, *arguments, code=0):
        command = (
            TOOL, self.path("party"), self.node.status["url"], self.node.status["cookie"], SEED.hex(),
            str(self.node.height()), *map(str, arguments),
        )  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def fund(self, *amounts):
        """Coins that can be spent, each of an address of its own; a coinbase is cut into them."""
        address = self.tool("address").strip()
        self.node.rpc("generatetoaddress", len(amounts), address)
        self.node.mine(100)
        return address

    def balance(self):
        names = ("free", "staked", "locked", "reserved", "pending", "immature", "total")
        return dict(zip(names, map(int, self.tool("balance").split())))

    def pay(self, how, *payees, feerate=FEERATE):
        txid, fee, vsize, change, inputs, psbt = self.tool("pay", how, *payees, feerate).splitlines()[0].split()
        return txid, int(fee), int(vsize), int(change), int(inputs), psbt

    def mempool(self):
        return self.node.rpc("getrawmempool")

    def check_mined(self, txid):
        block = self.node.mine(1)[0]
        self.assertIn(txid, self.node.rpc("getblock", block)["tx"])

    def test_payments(self):
        first = self.fund(1, 1)
        said = self.node.rpc("validateaddress", first)
        self.assertTrue(said["isvalid"] and said["witness_version"] == 1, said)
        self.assertNotEqual(self.tool("address").strip(), first)
        self.assertEqual(self.balance()["free"], 100 * COIN)
        dry = self.pay("dry", ELSEWHERE, COIN)
        self.assertEqual(self.mempool(), [])
        txid, fee, vsize, change, inputs, _ = self.pay("send", ELSEWHERE, COIN, OLD, 2 * COIN)
        self.assertGreater(vsize, dry[2])
        entry = self.node.rpc("getmempoolentry", txid)
        self.assertEqual((entry["vsize"], sat(entry["fees"]["base"])), (vsize, fee))
        self.assertEqual(fee, -(-FEERATE * vsize // 1000))
        tx = self.node.rpc("getrawtransaction", txid, 1)
        paid = {output["scriptPubKey"]["address"]: sat(output["value"]) for output in tx["vout"]}
        self.assertEqual((paid[ELSEWHERE], paid[OLD], len(paid), inputs), (COIN, 2 * COIN, 3, 1))
        balance = self.balance()
        self.assertEqual((balance["free"], balance["pending"]), (50 * COIN, change))
        self.check_mined(txid)
        self.assertEqual(self.balance()["free"], 97 * COIN - fee)
        self.assertIn("payee 1", self.tool("pay", "send", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", 1, 1000, code=1))
        self.assertIn("are free", self.tool("pay", "send", ELSEWHERE, 200 * COIN, 1000, code=1))

    def test_crash_and_sweep(self):
        """What was signed when the power was cut is sent by the next start; then all that there is goes."""
        self.fund(1, 1)
        txid, fee, _, change, _, _ = self.pay("quit", ELSEWHERE, 3 * COIN)
        self.assertEqual(self.mempool(), [])
        self.assertEqual(self.balance()["pending"], change)
        self.assertIn(txid, self.tool("send"))
        self.assertEqual(self.mempool(), [txid])
        self.check_mined(txid)
        swept = self.pay("send", ELSEWHERE, "all")
        self.assertEqual(swept[4], 2)
        self.check_mined(swept[0])
        self.assertEqual(self.balance()["total"], 0)
        rows = list(csv.DictReader(self.tool("history").splitlines()))
        self.assertEqual([row["what"] for row in rows], ["mined", "mined", "payment", "payment"])
        self.assertEqual([row["txid"] for row in rows[2:]], [txid, swept[0]])
        self.assertEqual([int(row["fee"]) for row in rows[2:]], [fee, swept[1]])
        self.assertEqual([int(row["balance"]) for row in rows], [50 * COIN, 100 * COIN, 97 * COIN - fee, 0])

    def replace(self, how, txid, feerate, command="bump"):
        txid, fee, vsize, change, inputs, _ = self.tool(command, how, txid, feerate).splitlines()[0].split()
        return txid, int(fee), int(vsize), int(change), int(inputs)

    def fates(self):
        return {line.split()[0]: line.split()[2] for line in self.tool("payments").splitlines()}

    def test_bump(self):
        """A dearer payment takes the place of the first in the mempool; a crash before it is sent changes nothing of that."""
        self.fund(1, 1)
        first, low, *_ = self.pay("send", ELSEWHERE, COIN)
        self.assertEqual(self.mempool(), [first])
        self.assertIn("already", self.tool("bump", "send", first, FEERATE, code=1))
        dry = self.replace("dry", first, 20000)
        second, fee, vsize, *_ = self.replace("send", first, 20000)
        self.assertEqual((fee, vsize), (dry[1], dry[2]))
        self.assertEqual(self.mempool(), [second])
        self.assertEqual(sat(self.node.rpc("getmempoolentry", second)["fees"]["base"]), fee)
        self.assertGreaterEqual(fee, low + vsize)
        third, fee, _, change, _ = self.replace("quit", second, 30000)  # the power is cut
        self.assertEqual(self.mempool(), [second])
        self.assertEqual(self.fates(), {first: "outbid", second: "outbid", third: "waits"})
        self.assertEqual(self.balance()["total"], 99 * COIN - fee)
        self.assertIn(third, self.tool("send"))
        self.assertEqual(self.mempool(), [third])
        self.check_mined(third)
        self.assertEqual(self.fates(), {first: "replaced", second: "replaced", third: "mined"})
        self.assertEqual(self.balance()["free"], 99 * COIN - fee)
        self.assertEqual(self.node.rpc("getrawtransaction", third, 1, self.node.rpc("getbestblockhash"))["txid"], third)

    def test_first_is_mined_nevertheless(self):
        self.fund(1)
        first, fee, *_ = self.pay("send", ELSEWHERE, COIN)
        raw = self.node.rpc("getrawtransaction", first)
        second, *_ = self.replace("send", first, 20000)
        self.assertEqual(self.mempool(), [second])
        self.node.rpc("generateblock", ELSEWHERE, [raw])  # a miner has kept the first
        self.assertEqual(self.mempool(), [])
        self.assertEqual(self.fates(), {first: "mined", second: "replaced"})
        self.assertEqual(self.balance()["total"], 49 * COIN - fee)
        self.assertIn("a block has", self.tool("bump", "send", second, 30000, code=1))
        rows = list(csv.DictReader(self.tool("history").splitlines()))
        self.assertEqual([(row["what"], row["txid"]) for row in rows[1:]], [("payment", first)])

    def test_cancel(self):
        """One that was too cheap for mempools, too: its coins come back."""
        self.fund(1)
        first, *_ = self.pay("quit", ELSEWHERE, COIN, feerate=10)  # no node takes that
        self.assertEqual(self.mempool(), [])
        second, fee, _, change, inputs = self.replace("send", first, 2000, "cancel")
        self.assertEqual(self.mempool(), [second])
        self.assertEqual((change, inputs), (50 * COIN - fee, 1))
        self.assertEqual(self.balance()["pending"], 50 * COIN - fee)
        third, fee, *_ = self.replace("send", second, 9000)
        self.assertEqual(self.mempool(), [third])
        self.check_mined(third)
        self.assertEqual(self.balance()["free"], 50 * COIN - fee)
        rows = list(csv.DictReader(self.tool("history").splitlines()))
        self.assertEqual([row["what"] for row in rows], ["mined", "cancellation"])

    def test_psbt(self):
        """Out, decoded by Core, signed by two halves, combined and finalized by Core, and back: Core's transaction is ours."""
        self.fund(1, 1)
        txid, fee, vsize, change, inputs, text = self.pay("psbt", ELSEWHERE, 60 * COIN)
        decoded = self.node.rpc("decodepsbt", text)
        self.assertEqual((decoded["tx"]["txid"], sat(decoded["fee"]), inputs), (txid, fee, 2))
        for index, its in enumerate(decoded["inputs"]):
            self.assertEqual(sat(its["witness_utxo"]["amount"]), 50 * COIN)
            self.assertEqual(its["taproot_bip32_derivs"][0]["pubkey"], its["taproot_internal_key"])
            self.assertEqual(its["taproot_bip32_derivs"][0]["path"].replace("'", "h"), "m/86h/1h/0h/0/0", index)
        place = next(i for i, output in enumerate(decoded["tx"]["vout"]) if sat(output["value"]) == change)
        derivation = decoded["outputs"][place]["taproot_bip32_derivs"][0]
        self.assertEqual(derivation["path"].replace("'", "h"), "m/86h/1h/1h/0/1")
        self.assertIn("not signed", self.tool("take", text, code=1))
        halves = []
        for index in range(inputs):
            psbt = Psbt(text)
            self.assertEqual(psbt.text(), text)
            self.assertEqual(psbt.sign(SEED, {index}), [(HARDENED + 86, HARDENED + 1, HARDENED, 0, 0)])
            halves.append(psbt.text())
        self.assertIn("not signed", self.tool("take", halves[0], code=1))
        whole = self.node.rpc("combinepsbt", halves)
        final = self.node.rpc("finalizepsbt", whole)
        self.assertTrue(final["complete"])
        kept = self.node.rpc("finalizepsbt", whole, False)["psbt"]
        self.assertIn(f"payment {txid}", self.tool("take", kept))
        self.assertEqual(self.node.rpc("getrawtransaction", txid), final["hex"])
        self.assertEqual(self.node.rpc("getmempoolentry", txid)["vsize"], vsize)
        self.check_mined(txid)
        self.assertEqual(self.balance()["free"], change)
        self.assertIn("signed already", self.tool("take", whole, code=1))

    def test_foreign_psbt(self):
        """One that never went out, and one whose outputs are others."""
        self.fund(1)
        text = self.pay("psbt", ELSEWHERE, COIN)[5]
        psbt = Psbt(text)
        coin = {"txid": psbt.coins[0][0][:32][::-1].hex(), "vout": int.from_bytes(psbt.coins[0][0][32:], "little")}
        other = self.node.rpc("createpsbt", [coin], [{OLD: 49.9}])
        self.assertIn("no such payment", self.tool("take", other, code=1))
        psbt.inputs[0][b"\x01"] = psbt.inputs[0][b"\x01"][:-1] + b"\x00"
        self.assertIn("another field 0x01 of input 0", self.tool("take", psbt.text(), code=1))


if __name__ == "__main__":
    unittest.main()
