"""Every transaction of the tree on a real node, under its default policy: all ways to all seven settlement schemes,
a fee bump of each transaction, and the transaction vectors of tests/vectors/tree.

  test_schemes.py --write     writes the vectors anew
"""

import os
import sys
import unittest

import framework
from contract import feerates, p2tr, tool
from schemes import (
    ANCHOR,
    DECISIONS,
    FOREIGN,
    SCHEME,
    TERMS,
    VECTORS,
    WAYS,
    Chain,
    corruptions,
    decided,
    make_contracts,
    make_vectors,
    pay,
    satoshi,
    signatures_of,
    txid_of,
    witnesses_of,
    write_vectors,
)

COIN_VALUE = 1_000_000  # of what pays for fee bumps
BUMPED_FEERATES = (10, 20)  # of a package with its first child, and with the one that replaces it


class Schemes(framework.PromTest):
    def setUp(self):
        super().setUp()
        self.folder = self.path("devnet")
        self.chain = Chain(self.prom_json("devnet", "up", "--dir", self.folder))
        self.addCleanup(self.prom, "devnet", "down", "--dir", self.folder)
        self.chain.submit_coinbase()

    def send(self, transactions):
        for transaction in transactions:
            self.chain.rpc("sendrawtransaction", transaction)

    def check_refused(self, signed, reason, what):
        judged = self.chain.judge(signed)
        self.assertFalse(judged["allowed"], what)
        self.assertIn(reason, judged["reject-reason"], what)

    def check_accepted(self, tx, what):
        """The node takes it, and measures what was estimated: never more, at most 2 vB less."""
        judged = self.chain.judge(tx["signed"])
        self.assertTrue(judged["allowed"], f"{what}: {judged}")
        self.assertIn(-(-tx["weight"] // 4) - judged["vsize"], (0, 1, 2), what)
        self.assertEqual(satoshi(judged["fees"]["base"]), tx["fee"], what)

    def check_corruptions(self, contract, name, what):
        foreign = {it: signatures_of(contract.tx[it]["signed"])[0] for it in FOREIGN if it != name}
        for change, corrupted in corruptions(contract.tx[name]["signed"], foreign):
            self.check_refused(corrupted, "script-verify-flag-failed", f"{what}: {change}")

    def check_coins(self, contract, name):
        """Every output of a transaction just mined is there, with the right sum, for the right one, and no other is."""
        outputs = contract.outputs(name)
        for index, (sat, payee) in enumerate(outputs):
            coin = self.chain.coin(contract.tx[name]["txid"], index)
            what = f"{contract}: {name}, output {index} for {payee}"
            if sat == 0:  # OP_RETURN
                self.assertIsNone(coin, what)
            else:
                self.assertEqual(coin, (sat, contract.script(payee) or coin[1]), what)
        self.assertIsNone(self.chain.coin(contract.tx[name]["txid"], len(outputs)))

    def step(self, contract, tip):
        """Tries the next transaction of a contract's way as the chain stands; True when it was sent."""
        name = contract.next()
        tx = contract.tx[name]
        what = f"{contract}: {name}"
        if tip == contract.first_tip(tip) - 1:
            self.check_refused(tx["signed"], "non-BIP68-final", what)
        if tip < contract.first_tip(tip):
            return False
        self.assertEqual(witnesses_of(tx["signed"]), contract.witnesses(name), what)
        self.check_corruptions(contract, name, what)
        self.check_accepted(tx, what)
        self.send([tx["signed"]])
        return True

    def walk(self, contracts):
        """All contracts go their ways, block by block, side by side."""
        pending = contracts
        while pending:
            tip = self.chain.height()
            sent = [contract for contract in pending if self.step(contract, tip)]
            self.chain.mine()
            for contract in sent:
                name = contract.next()
                contract.heights[name] = tip + 1
                self.check_coins(contract, name)
            pending = [contract for contract in pending if contract.next()]

    def test_every_way_to_every_scheme(self):
        """All S for three arbiters of whom two decide; the smallest, one between and the largest for five of nine."""
        three = list(WAYS.values())
        three += [
            ("TxV0", "TxA", decided(name, S))
            for name in DECISIONS.values()
            for S in ((1, 2), (1, 3), (2, 3), (1, 2, 3))
        ]
        nine = [
            ("TxV0", "TxA", decided(name, S))
            for name in DECISIONS.values()
            for S in ((1, 2, 3, 4, 5), (1, 3, 4, 6, 7, 8, 9), (1, 2, 3, 4, 5, 6, 7, 8, 9))
        ]
        requests = [
            {**TERMS, **size, "joint_key": "generated", "transactions": ["Tx0", *way, *FOREIGN]}
            for size, ways in (({"n": 3, "mu": 6000}, three), ({"n": 9, "mu": 5500}, nine))
            for way in ways
        ]
        funding, contracts = make_contracts(0, requests, three + nine)
        self.send([funding])
        self.chain.mine()
        self.walk(contracts)

    def submit_child(self, tx, child, what):
        """Hands the node a transaction with a child on its anchor; what the mempool says of the child."""
        result = self.chain.rpc("submitpackage", [tx["signed"], child])
        self.assertEqual(result["package_msg"], "success", f"{what}: {result}")
        decoded = self.chain.rpc("decoderawtransaction", child)
        entry = self.chain.rpc("getmempoolentry", decoded["txid"])
        self.assertEqual(entry["depends"], [tx["txid"]], what)
        self.assertNotIn("txinwitness", decoded["vin"][0], what)
        return {
            "spends": (decoded["vin"][0]["txid"], decoded["vin"][0]["vout"]),
            "txid": decoded["txid"],
            "signed": child,
            "left": satoshi(decoded["vout"][0]["value"]),
            "fee": satoshi(entry["fees"]["base"]),
            "vsize": entry["vsize"],
            "package": (satoshi(entry["fees"]["ancestor"]), entry["ancestorsize"]),
            "replaced": result["replaced-transactions"],
        }

    def bump(self, contract, coin):
        """Publishes the next transaction of a contract's way with a child, and replaces the child: the new one."""
        name = contract.next()
        tx = contract.tx[name]
        anchor = (tx["txid"], contract.outputs(name).index((ANCHOR["value"], "anchor")))
        state, rivals, old = "new", (), None
        for feerate in BUMPED_FEERATES:
            what = f"{contract}: {name}, {feerate} sat/vB"
            asked = feerates(feerate, self.chain.rpc("getmempoolinfo"))
            made = tool("bump", tx["signed"], tx["fee"], state, coin, "coin", asked, COIN_VALUE, *rivals)[0]
            child = self.submit_child(tx, made, what)
            self.assertEqual(child["spends"], anchor, what)
            fees, vsize = child["package"]
            self.assertEqual(fees, feerate * vsize, what)
            self.assertEqual(child["replaced"], [old["txid"]] if old else [], what)
            if old:
                self.assertNotIn(old["txid"], self.chain.rpc("getrawmempool"), what)
            state, rivals, old = "waits", (f"{child['fee']}:{child['vsize']}",), child
        return child

    def reorganise(self, block):
        """Takes a block out of the chain: all that it held waits again, each transaction with its child."""
        held = self.chain.rpc("getblock", block)["tx"][1:]
        self.chain.rpc("invalidateblock", block)
        for txid in held:
            self.assertIn(txid, self.chain.rpc("getrawmempool"))

    def submit_again(self, children):
        """A node that has forgotten what waited is given each transaction and its child as a package, and takes them."""
        self.chain.rpc("stop")
        self.assertTrue(framework.wait_until(lambda: not framework.processes(self.folder)))
        os.remove(os.path.join(self.folder, "bitcoin", "regtest", "mempool.dat"))
        self.chain = Chain(self.prom_json("devnet", "up", "--dir", self.folder))
        self.assertEqual(self.chain.rpc("getrawmempool"), [])
        for contract, child in children.items():
            self.submit_child(contract.tx[contract.next()], child["signed"], f"{contract}: again")

    def test_every_transaction_is_bumped(self):
        """A child on each anchor, and its replacement: one contract for each way, one S for each decision. The block that
        holds them is reorganised out; they wait, are taken once more by a node without mempool, and mined again. What a
        child leaves pays for the next one."""
        ways = list(WAYS.values())
        ways += [("TxV0", "TxA", decided(name, (1, 2))) for name in DECISIONS.values()]
        requests = [{**TERMS, "joint_key": "generated", "transactions": ["Tx0", *way]} for way in ways]
        funding, contracts = make_contracts(0, requests, ways)
        paid = pay(1, [{"value": COIN_VALUE, "script": p2tr("coin")}] * len(contracts))
        coins = {contract: f"{txid_of(paid)}:{index}:{COIN_VALUE}:coin" for index, contract in enumerate(contracts)}
        self.send([funding, paid.hex()])
        self.chain.mine()
        bumped = set()
        pending = contracts
        while pending:
            tip = self.chain.height()
            children = {it: self.bump(it, coins[it]) for it in pending if tip >= it.first_tip(tip)}
            self.reorganise(self.chain.mine()[0])
            self.submit_again(children)
            other = self.chain.rpc("generatetodescriptor", 1, "raw(51)")[0]  # not the block that is invalid now
            mined = self.chain.rpc("getblock", other)["tx"]
            for contract, child in children.items():
                name = contract.next()
                self.assertIn(contract.tx[name]["txid"], mined, f"{contract}: {name}")
                self.assertIn(child["txid"], mined, f"{contract}: child of {name}")
                contract.heights[name] = tip + 1
                coins[contract] = f"{child['txid']}:0:{child['left']}:coin"
                bumped.add(name.partition("[")[0])
            pending = [contract for contract in pending if contract.next()]
        self.assertEqual(bumped, {"Tx0", "TxV0", "TxA", "Tx7", "Tx8", *SCHEME})

    def test_vectors(self):
        """The driver makes what is committed, byte for byte, and the node takes all of it."""
        contracts = []
        for name, (text, funding, made) in make_vectors().items():
            with open(os.path.join(VECTORS, name), encoding="utf-8") as file:
                self.assertEqual(file.read(), text, f"{name}; if it is to change, see the head of {__file__}")
            self.send([funding])
            contracts += made
        self.chain.mine()
        self.replay(contracts)

    def check_branch(self, contracts, names):
        for contract in contracts:
            for name, tx in contract.tx.items():
                if name.partition("[")[0] in names:
                    self.check_accepted(tx, f"{contract.terms}: {name}")

    def mine_all(self, contracts, name):
        """A block of one transaction of each contract, whose outputs are looked at."""
        block = self.chain.mine_only([contract.tx[name]["signed"] for contract in contracts])
        for contract in contracts:
            self.check_coins(contract, name)
        return block

    def replay(self, contracts):
        """All transactions of all contracts, each when its lock is over."""
        t1, t2, t3, t4 = (TERMS[name] for name in ("t1", "t2", "t3", "t4"))
        self.send(contract.tx["Tx0"]["signed"] for contract in contracts)
        self.mine_all(contracts, "Tx0")
        self.chain.mine(t3 - 1)
        self.check_branch(contracts, ("Tx1", "Tx3", "Tx4", "TxV0"))
        self.mine_all(contracts, "TxV0")
        self.chain.mine(t2 - t1 - 1)
        self.check_branch(contracts, ("Tx5", "TxA"))
        self.mine_all(contracts, "TxA")
        self.chain.mine(t4 - 1)
        self.check_branch(contracts, ("Tx6", "Tx7", "Tx8"))


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write_vectors()
    else:
        unittest.main()
