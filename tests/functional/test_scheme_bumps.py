"""A fee child on the anchor of every transaction of the contract, and the child of another party that replaces it, on a real
node: under the rules for version 3 (BIP 431), by packages, below the mempool's minimum, and after reorganisations."""

import struct
import time
import unittest

import tree_node
from contract import feerates, p2tr, tool
from tree_bytes import plain_tx, txid_of
from tree_case import NOT_YET, Chain, TreeTest
from tree_contract import ANCHOR, DECISIONS, SCHEME, WAYS, base_of, decided, make_contracts, pay, satoshi, side_by_side

COIN_VALUE = 1_000_000  # of what pays for fee bumps
FEERATES = (20, 40)  # of a package with its first child, and with the one that replaces it
BUMPERS = ("bumper", "other")  # whose children these are
STRANGER = "stranger"  # whose children break the rules
TRUC = "TRUC-violation"
FORTNIGHT = 15 * 24 * 3600  # a mempool forgets what has waited for two weeks

CRUMBS, CRUMB = 20, 1000  # how many outputs of how many sat, for transactions that only come in

MEMPOOL = 5  # MB, the least that bitcoind may be given
FILLERS = 100
FILLER_OUTPUTS = 2000  # 26,000 vB
FILLER_FEE = 300_000  # some 11 sat/vB
EVERY_KIND = {"Tx0", "TxV0", "TxA", "Tx7", "Tx8", *SCHEME}


def coin_text(txid, index, value, name):
    return f"{txid}:{index}:{value}:{name}"


def spending(tx, index, outputs):
    """Spends anybody's output of a transaction."""
    outpoint = bytes.fromhex(txid_of(tx))[::-1] + struct.pack("<I", index)
    return plain_tx(outpoint, b"", 0xFFFFFFFD, outputs)


class BumpCase(TreeTest):
    def setUp(self):
        super().setUp()
        terms, _ = side_by_side(3)
        ways = [*WAYS.values(), *(("TxV0", "TxA", decided(name, (1, 2))) for name in DECISIONS.values())]
        requests = [{**terms, "transactions": ["Tx0", *way]} for way in ways]
        self.funding, self.contracts = make_contracts(0, requests, ways)
        names = [name for name in (*BUMPERS, STRANGER) for _ in self.contracts]
        crumbs = [{**ANCHOR, "value": CRUMB}] * CRUMBS
        paid = pay(1, [{"value": COIN_VALUE, "script": p2tr(name)} for name in names] + crumbs)
        self.crumbs = iter(spending(paid, len(names) + index, [ANCHOR] * 2) for index in range(CRUMBS))
        coins = [coin_text(txid_of(paid), index, COIN_VALUE, name) for index, name in enumerate(names)]
        count = len(self.contracts)
        self.coins = {it: {name: coins[count * at + number] for at, name in enumerate((*BUMPERS, STRANGER))}
                      for number, it in enumerate(self.contracts)}  # fmt: skip
        self.found(self.funding, paid.hex())
        self.bumped = set()

    def vsize(self, signed):
        return self.chain.rpc("decoderawtransaction", signed)["vsize"]

    def make_child(self, contract, bumper, feerate, rivals):
        """A party's child for the next transaction of a contract's way, by the library."""
        tx = contract.tx[contract.next()]
        asked = feerates(feerate, self.chain.rpc("getmempoolinfo"))
        state = "waits" if rivals else "new"
        return tool("bump", tx["signed"], tx["fee"], state, self.coins[contract][bumper], bumper, asked, COIN_VALUE,
                    *rivals)[0]  # fmt: skip

    def submit(self, contract, child, what):
        """Hands the node a transaction with a child on its anchor; what the mempool says of the child."""
        name = contract.next()
        tx = contract.tx[name]
        anchor = contract.outputs(name).index((ANCHOR["value"], "anchor"))
        result = self.chain.rpc("submitpackage", [tx["signed"], child])
        self.assertEqual(result["package_msg"], "success", f"{what}: {result}")
        decoded = self.chain.rpc("decoderawtransaction", child)
        spent = decoded["vin"][0]
        entry = self.chain.rpc("getmempoolentry", decoded["txid"])
        self.assertEqual(entry["depends"], [tx["txid"]], what)
        self.assertEqual((spent["txid"], spent["vout"]), (tx["txid"], anchor), what)
        self.assertNotIn("txinwitness", spent, what)
        return {
            "signed": child,
            "txid": decoded["txid"],
            "left": satoshi(decoded["vout"][0]["value"]),
            "fee": satoshi(entry["fees"]["base"]),
            "vsize": entry["vsize"],
            "package": (satoshi(entry["fees"]["ancestor"]), entry["ancestorsize"]),
            "replaced": result["replaced-transactions"],
        }

    def bump(self, contract):
        """Publishes the next transaction of a contract's way with one party's child, which another's replaces."""
        rivals, old = (), None
        for bumper, feerate in zip(BUMPERS, FEERATES):
            what = f"{contract}: {contract.next()}, {feerate} sat/vB"
            child = self.submit(contract, self.make_child(contract, bumper, feerate, rivals), what)
            fees, vsize = child["package"]
            self.assertEqual(fees, feerate * vsize, what)
            self.assertEqual(child["replaced"], [old["txid"]] if old else [], what)
            if old:
                self.assertGreater(child["fee"], old["fee"], what)
                self.assertNotIn(old["txid"], self.chain.rpc("getrawmempool"), what)
            rivals, old = (f"{child['fee']}:{child['vsize']}",), child
        return child

    def child_mined(self, contract, height, child):
        """What the last child leaves pays for its owner's next one."""
        self.mined(contract, height, anchor_spent=True)
        self.coins[contract][BUMPERS[-1]] = coin_text(child["txid"], 0, child["left"], BUMPERS[-1])
        self.bumped.add(base_of(contract.way[len(contract.heights) - 1]))

    def walk_bumped(self):
        """All contracts go their ways, each transaction taken in with its child."""
        pending = self.contracts
        while pending:
            tip = self.chain.height()
            for contract in pending:
                if tip == contract.first_tip(tip) - 1:
                    self.check_package_too_early(contract)
            children = {it: self.publish(it) for it in pending if tip >= it.first_tip(tip)}
            block = self.mine_children(children)
            for contract, child in children.items():
                self.assertIn(child["txid"], block, f"{contract}: child of {contract.next()}")
                self.child_mined(contract, tip + 1, child)
            pending = [contract for contract in pending if contract.next()]
        self.assertEqual(self.bumped, EVERY_KIND)

    def check_package_too_early(self, contract):
        signed = contract.tx[contract.next()]["signed"]
        what = f"{contract}: {contract.next()}"
        result = self.chain.rpc("submitpackage", [signed, self.make_child(contract, BUMPERS[0], FEERATES[0], ())])
        self.assertNotEqual(result["package_msg"], "success", what)
        self.assertIn(NOT_YET, str(result["tx-results"]), what)

    def publish(self, contract):
        return self.bump(contract)

    def mine_children(self, children):
        """A block; the transactions in it."""
        return self.chain.rpc("getblock", self.chain.mine()[0])["tx"]


class Bumps(BumpCase):
    def check_truc(self, contract, child):
        """Nothing takes the child's place but a child of version 3, of at most 1000 vB, at a higher fee."""
        name = contract.next()
        txid, index = contract.tx[name]["txid"], contract.outputs(name).index((ANCHOR["value"], "anchor"))
        coin = self.coins[contract][STRANGER]
        spends = [f"in:{txid}:{index}:{ANCHOR['value']}:anchor", f"in:{coin}"]
        all_in = COIN_VALUE + ANCHOR["value"]
        high = 500_000
        small = 153  # vB of a child

        def out(value, outputs=1):
            each = 1000
            rest = [f"out:{value - each * (outputs - 1)}:{p2tr(STRANGER)}"]
            return rest + [f"out:{each}:{p2tr(STRANGER)}"] * (outputs - 1)

        behind = f"in:{coin_text(child['txid'], 0, child['left'], BUMPERS[-1])}"
        for what, changed, reason in (
            ("version 2", tool("pay", 2, *spends, *out(all_in - high)), TRUC),
            ("1016 vB", tool("pay", 3, *spends, *out(all_in - high, 21)), TRUC),
            ("a grandchild", tool("pay", 3, behind, *out(child["left"] - 10_000)), TRUC),
            ("no higher a fee", tool("pay", 3, *spends, *out(all_in - child["fee"])), "insufficient fee"),
            ("too little more", tool("pay", 3, *spends, *out(all_in - child["fee"] - 15)), "insufficient fee"),
        ):
            self.check_refused(changed[0], reason, f"{contract}: {name}: {what}")
        best = tool("pay", 3, *spends, *out(all_in - child["fee"] - small))[0]
        self.assertTrue(self.chain.judge(best)["allowed"], f"{contract}: {name}")
        self.assertEqual(self.vsize(best), small)

    def publish(self, contract):
        child = self.bump(contract)
        self.check_truc(contract, child)
        return child

    def test_every_transaction_is_bumped(self):
        """One contract for each way, one S for each decision."""
        self.walk_bumped()


class Reorganised(BumpCase):
    def setUp(self):
        super().setUp()
        self.clock = int(time.time())

    def forget_mempool(self):
        """Two weeks pass; the next transaction that comes in drives out what has waited for so long."""
        self.clock += FORTNIGHT
        self.chain.rpc("setmocktime", self.clock)
        crumb = next(self.crumbs)
        self.send([crumb.hex()])
        self.assertEqual(self.chain.rpc("getrawmempool"), [txid_of(crumb)])

    def test_reorganised_and_taken_in_again(self):
        """Each block that holds some of it is taken out of the chain: what it held waits in the mempool again, each
        transaction with its child. Two weeks later the mempool has forgotten them; both are taken in again as a package,
        and mined."""
        self.walk_bumped()

    def mine_children(self, children):
        if not children:
            return super().mine_children(children)
        block = self.chain.mine()[0]
        held = self.chain.rpc("getblock", block)["tx"][1:]
        self.chain.rpc("invalidateblock", block)
        self.assertEqual(set(self.chain.rpc("getrawmempool")), set(held))
        self.assertLessEqual({child["txid"] for child in children.values()}, set(held))
        self.forget_mempool()
        for contract, child in children.items():
            again = self.submit(contract, child["signed"], f"{contract}: {contract.next()}, again")
            self.assertEqual(again["package"], child["package"])
        return super().mine_children(children)


class BelowTheMinimum(BumpCase):
    """A full mempool asks more than the contract's feerate."""

    def start_node(self):
        status = tree_node.start(self, f"-maxmempool={MEMPOOL}")
        Chain(status).mine(110)
        return status

    def setUp(self):
        super().setUp()
        outputs = [ANCHOR] * FILLER_OUTPUTS
        funding = pay(2, [{**ANCHOR, "value": FILLER_FEE + 240 * FILLER_OUTPUTS}] * FILLERS)
        self.found(funding.hex())
        for index in range(FILLERS):
            if self.minimum() > 5:
                break
            self.send([spending(funding, index, outputs).hex()])
        self.assertGreater(self.minimum(), 5)

    def minimum(self):
        """sat/vB"""
        return satoshi(self.chain.rpc("getmempoolinfo")["mempoolminfee"]) / 1000

    def publish(self, contract):
        """Alone it is refused."""
        tx = contract.tx[contract.next()]
        what = f"{contract}: {contract.next()}"
        self.assertLess(contract.terms["feerate"], self.minimum(), what)
        self.check_refused(tx["signed"], "mempool min fee not met", what)
        return self.bump(contract)

    def test_every_transaction_comes_in_with_its_child(self):
        self.walk_bumped()


if __name__ == "__main__":
    unittest.main()
