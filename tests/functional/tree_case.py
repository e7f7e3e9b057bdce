"""What the tests of the tree's transactions share: a chain, and contracts that go their ways on it."""

import struct

import framework
from framework import rpc
from tree_bytes import sha256_twice, stacks_of
from tree_contract import ANCHOR, ELEMENTS, FIRST_HEIGHT, base_of, coinbase, satoshi

NOT_YET = "non-BIP68-final"
NOT_YET_IN_A_BLOCK = "bad-txns-nonfinal"
SPENT = "missing-inputs"  # or never there


class Chain:
    """A devnet's bitcoind, and what the tests ask of it."""

    def __init__(self, status):
        self.status = status
        self.payee = f"raw({ANCHOR['script']})"  # of blocks

    def rpc(self, method, *params):
        return rpc(self.status, method, *params)

    def height(self):
        return self.rpc("getblockcount")

    def mine(self, count=1):
        return self.rpc("generatetodescriptor", count, self.payee)

    def mine_only(self, transactions):
        """One block of these transactions."""
        return self.rpc("generateblock", self.payee, transactions)["hash"]

    def submit_coinbase(self):
        """The block whose coinbase funds everything, and as many as it needs to be spent."""
        best = self.rpc("getblockheader", self.rpc("getbestblockhash"))
        merkle_root = sha256_twice(coinbase())
        for nonce in range(1000):
            header = struct.pack("<I", 0x20000000) + bytes.fromhex(best["hash"])[::-1] + merkle_root
            header += struct.pack("<III", best["time"] + 1, 0x207FFFFF, nonce)
            if sha256_twice(header)[31] < 0x7F:  # regtest's target: every second nonce will do
                break
        refused = self.rpc("submitblock", (header + b"\x01" + coinbase()).hex())
        if refused is not None or self.height() != FIRST_HEIGHT:
            raise RuntimeError(f"the coinbase is refused: {refused}")
        self.mine(100)

    def judge(self, transaction):
        """What the mempool would say of a transaction."""
        return self.rpc("testmempoolaccept", [transaction])[0]

    def coin(self, txid, index):
        """(sat, script) of an unspent output, or None."""
        coin = self.rpc("gettxout", txid, index, False)
        return coin and (satoshi(coin["value"]), coin["scriptPubKey"]["hex"])


class TreeTest(framework.PromTest):
    def setUp(self):
        super().setUp()
        self.chain = Chain(self.start_node())
        self.chain.submit_coinbase()

    def start_node(self):
        """A bitcoind with 110 blocks: its url and cookie."""
        folder = self.path("devnet")
        status = self.prom_json("devnet", "up", "--dir", folder)
        self.addCleanup(self.prom, "devnet", "down", "--dir", folder)
        return status

    def send(self, transactions):
        for transaction in transactions:
            self.chain.rpc("sendrawtransaction", transaction)

    def check_refused(self, signed, reason, what):
        judged = self.chain.judge(signed)
        self.assertFalse(judged["allowed"], what)
        self.assertIn(reason, judged["reject-reason"], what)

    def check_too_early(self, signed, what):
        """Neither the mempool takes it, nor could a miner put it into the next block."""
        self.check_refused(signed, NOT_YET, what)
        with self.assertRaisesRegex(RuntimeError, NOT_YET_IN_A_BLOCK, msg=what):
            self.chain.mine_only([signed])

    def check_accepted(self, contract, name):
        """The node takes it, and measures what was estimated: never more, at most 2 vB less."""
        what = f"{contract}: {name}"
        tx = contract.tx[name]
        judged = self.chain.judge(tx["signed"])
        self.assertTrue(judged["allowed"], f"{what}: {judged}")
        self.assertIn(-(-tx["weight"] // 4) - judged["vsize"], (0, 1, 2), what)
        self.assertEqual(satoshi(judged["fees"]["base"]), tx["fee"], what)

    def check_witness(self, contract, name):
        """It holds what the branch waits for, and ALL's one signature, and nothing else."""
        for stack in stacks_of(contract.tx[name]["signed"]):
            elements = stack[:-2] or stack
            kinds = ELEMENTS.get(base_of(name), ("ALL",))
            self.assertEqual([len(it) for it in elements], [32 if kind.endswith("_p") else 64 for kind in kinds])
            for kind, element in zip(kinds, elements):
                if kind.endswith("_p"):
                    self.assertEqual(element.hex(), contract.answer["secrets"][kind], f"{contract}: {name}")

    def check_coins(self, contract, name, anchor_spent=False):
        """Every output of a transaction just mined is there, with the right sum, for the right one, and no other is; with
        the fee they are all that was spent."""
        outputs = contract.outputs(name)
        tx = contract.tx[name]
        for index, (sat, payee) in enumerate(outputs):
            coin = self.chain.coin(tx["txid"], index)
            what = f"{contract}: {name}, output {index} for {payee}"
            if sat == 0 or payee == "anchor" and anchor_spent:  # sat 0: OP_RETURN
                self.assertIsNone(coin, what)
            else:
                self.assertEqual(coin, (sat, contract.script(payee) or coin and coin[1]), what)
        self.assertIsNone(self.chain.coin(tx["txid"], len(outputs)))
        self.assertEqual(sum(sat for sat, _ in outputs) + tx["fee"], contract.value_in(name), f"{contract}: {name}")

    def mined(self, contract, height, anchor_spent=False):
        """The next transaction of a contract's way is in the block at `height`."""
        name = contract.next()
        before = contract.heights[contract.way[len(contract.heights) - 1]] if contract.heights else 0
        self.assertGreaterEqual(height - before, contract.lock(name), f"{contract}: {name}")
        contract.heights[name] = height
        self.check_coins(contract, name, anchor_spent)

    def step(self, contract, tip):
        """Tries the next transaction of a contract's way as the chain stands; True when it was sent."""
        name = contract.next()
        signed = contract.tx[name]["signed"]
        if tip == contract.first_tip(tip) - 1:
            self.check_too_early(signed, f"{contract}: {name}")
        if tip < contract.first_tip(tip):
            return False
        self.check_witness(contract, name)
        self.check_accepted(contract, name)
        self.send([signed])
        return True

    def walk(self, contracts):
        """All contracts go their ways, block by block, side by side."""
        pending = [contract for contract in contracts if contract.next()]
        while pending:
            tip = self.chain.height()
            sent = [contract for contract in pending if self.step(contract, tip)]
            self.chain.mine()
            for contract in sent:
                self.mined(contract, tip + 1)
            pending = [contract for contract in pending if contract.next()]

    def found(self, *fundings):
        """The coins that contracts are funded from are in a block."""
        self.send(fundings)
        self.chain.mine()
