"""Contracts whose transactions tool.tree_driver makes, what each must look like, and the chain that they go to.

Their vectors, in tests/vectors/tree, are made here too; test_schemes.py tells how."""

import concurrent.futures
import hashlib
import json
import os
import re
import struct
import subprocess

from framework import SOURCE, rpc

DRIVER = os.path.join(os.path.abspath(os.environ["PROM_TOOLS"]), "tool.tree_driver")
VECTORS = os.path.join(SOURCE, "tests", "vectors", "tree")

ANCHOR = {"value": 240, "script": "51024e73"}  # P2A: what anybody may spend without a signature
ANCHOR_ADDRESS = "bcrt1pfeesnyr2tx"
DUST = 330  # of a P2TR output, which has 43 vB
OUTPUT_VSIZE = 43
FIRST_HEIGHT = 111  # of the block behind those of a fresh devnet
FUNDINGS = 5
FUNDING_VALUE = 1_000_000_000

# A P that is valid on regtest, no two of its locks the same; fractions in basis points. k = 2 of n = 3.
TERMS = {
    "n": 3, "c": 1_000_000, "w": 2_000_000, "v": 2_500_000, "a": 3_000_000, "rho": 5000, "feerate": 2,
    "change": [100_000] * 3, "coins": [1] * 3,
    "alpha": 5000, "beta": 5000, "gamma": 2000, "delta": 5000, "epsilon": 3000, "mu": 6000, "sigma": 9000,
    "t1": 12, "t2": 21, "t3": 30, "t4": 15,
}  # fmt: skip
COIN = 10_000  # of what each further coin of a party holds

# Blocks for which a transaction must wait, behind the one that it spends: a time of P, or one less another.
LOCKS = {"Tx1": ("t3",), "Tx3": ("t2",), "TxV0": ("t1",), "Tx5": ("t2", "t1"), "Tx6": ("t4",)}

# Signatures in the one input of a branch, everybody's joint one first, and the preimage that it shows.
SIGNATURES = {"Tx4": 2, "TxV0": 2, "Tx7": 2, "Tx8": 2}
SHOWS = {"Tx3": "h_p", "Tx4": "h_p", "Tx8": "h_p", "TxA": "k_p"}

# Branches of which everybody's signature is tried in the others: one spends by the key path, one by a leaf.
FOREIGN = ("Tx1", "TxV0")

# How the schemes without a decision are reached from O0, and whose transactions lie on the way.
WAYS = {1: ("Tx1",), 2: ("Tx3",), 3: ("Tx4",), 4: ("TxV0", "Tx5"), 5: ("TxV0", "TxA", "Tx6")}
DECISIONS = {6: "Tx7", 7: "Tx8"}  # behind TxV0 and TxA, for each S
PARENT = {"TxA": "TxV0", "Tx5": "TxV0", "Tx6": "TxA", "Tx7": "TxA", "Tx8": "TxA"}
SCHEME = {way[-1]: scheme for scheme, way in WAYS.items()}

# Terms whose payouts, change or leftovers are rounded, at the dust limit, just below it, or nothing.
ROUNDING = {
    "nothing divides": {"c": 1_000_003, "w": 2_000_003, "v": 2_500_007, "a": 3_000_011, "rho": 5003, "alpha": 3333,
                        "beta": 4001, "gamma": 1111, "delta": 2777, "epsilon": 3331, "sigma": 8999},
    "payouts of 330 sat": {"c": 330, "w": 660, "v": 660, "a": 661, "rho": 0, "feerate": 1, "sigma": 10000, "gamma": 1,
                           "epsilon": 5000},
    "whole stakes are lost": {"alpha": 10000, "beta": 10000, "gamma": 5000, "delta": 9500, "epsilon": 10000},
    "no retainer, and nothing of the worker's stake for F": {"rho": 0, "delta": 0},
    "the largest retainer": {"rho": 116_666},
    "F would get 329 sat in scheme 7": {"v": 2_000_327},
    "F gets 330 sat in scheme 7": {"v": 2_000_328},
    "301 sat would be left for C in scheme 7": {"feerate": 7},
    "344 sat are left for C in scheme 7": {"feerate": 8},
    "329 sat would be C's change": {"change": [3559, 100_000, 100_000]},
    "330 sat are C's change": {"change": [3560, 100_000, 100_000]},
    "329 sat would be W's change, V has none": {"change": [100_000, 531, 116]},
    "330 sat are V's change, W has none": {"change": [100_000, 116, 532]},
    "sixteen coins of the worker": {"coins": [1, 16, 1]},
    "sixteen coins of everybody": {"coins": [16, 16, 16]},
    "least feerate": {"feerate": 1},
    "high feerate": {"feerate": 1000, "change": [3_000_000, 200_000, 200_000]},
    "three of five arbiters decide": {"n": 5, "mu": 5500},
}  # fmt: skip
VECTOR_REQUESTS = {
    "three.json": {"two of three arbiters decide": TERMS},
    "nine.json": {"nine of nine arbiters decide": {**TERMS, "n": 9, "mu": 10000}},
    "rounding.json": {title: {**TERMS, **changed} for title, changed in ROUNDING.items()},
}


def run_driver(request):
    done = subprocess.run([DRIVER], input=json.dumps(request), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{request}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def run_drivers(requests):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(run_driver, requests))


def quorum(terms):
    return -(-terms["n"] * terms["mu"] // 10000)


def decided(name, deciders):
    return f"{name}[{','.join(map(str, deciders))}]"


def deciders_of(name):
    return [int(number) for number in re.findall(r"\d+", name.partition("[")[2])]


def scheme_of(name):
    """The scheme by which a transaction settles, or None."""
    if "[" in name:
        return {base: scheme for scheme, base in DECISIONS.items()}[name.partition("[")[0]]
    return SCHEME.get(name)


def satoshi(coins):
    """An amount as bitcoind gives it, in whole satoshi."""
    return round(coins * 100_000_000)


# Bytes of transactions.


def sha256_twice(data):
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def compact(number):
    return bytes([number]) if number < 253 else b"\xfd" + struct.pack("<H", number)


def txid_of(raw):
    return sha256_twice(raw)[::-1].hex()


def wtxid_of(signed):
    return txid_of(bytes.fromhex(signed))


def plain_tx(outpoint, script_sig, sequence, outputs):
    """A transaction of one input and no witness."""
    raw = struct.pack("<I", 2) + b"\x01" + outpoint + compact(len(script_sig)) + script_sig
    raw += struct.pack("<I", sequence) + compact(len(outputs))
    for output in outputs:
        script = bytes.fromhex(output["script"])
        raw += struct.pack("<Q", output["value"]) + compact(len(script)) + script
    return raw + bytes(4)


def coinbase():
    """The coinbase of the block at FIRST_HEIGHT: the same on every chain, and so are all transactions behind it."""
    height = bytes([1, FIRST_HEIGHT])  # BIP 34
    outputs = [{**ANCHOR, "value": FUNDING_VALUE}] * FUNDINGS
    return plain_tx(bytes(32) + b"\xff" * 4, height, 0xFFFFFFFF, outputs)


def pay(number, outputs):
    """Pays outputs from output `number` of the coinbase; what is left is anybody's."""
    fee = 50 * (100 + OUTPUT_VSIZE * len(outputs))
    rest = {**ANCHOR, "value": FUNDING_VALUE - fee - sum(output["value"] for output in outputs)}
    return plain_tx(sha256_twice(coinbase()) + struct.pack("<I", number), b"", 0xFFFFFFFD, [*outputs, rest])


def fund(number, requests):
    """Funds contracts from output `number` of the coinbase: the transaction, and the requests that name it."""
    needs = [answer["funding"] for answer in run_drivers(requests)]
    raw = pay(number, [output for need in needs for output in need])
    funded = []
    first = 0
    for request, need in zip(requests, needs):
        funded.append({**request, "funding": txid_of(raw), "first": first})
        first += len(need)
    return raw.hex(), funded


class Cursor:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self):
        first = self.take(1)[0]
        return first if first < 253 else struct.unpack("<H", self.take(2))[0]


def split(signed):
    """A transaction's bytes before its witnesses, the stack of each input, and the bytes behind."""
    cursor = Cursor(bytes.fromhex(signed))
    cursor.take(6)
    inputs = cursor.number()
    for _ in range(inputs):
        cursor.take(36)
        cursor.take(cursor.number() + 4)
    for _ in range(cursor.number()):
        cursor.take(8)
        cursor.take(cursor.number())
    head = cursor.data[: cursor.at]
    stacks = [[cursor.take(cursor.number()) for _ in range(cursor.number())] for _ in range(inputs)]
    return head, stacks, cursor.data[cursor.at :]


def join(head, stacks, tail):
    for stack in stacks:
        head += compact(len(stack)) + b"".join(compact(len(element)) + element for element in stack)
    return (head + tail).hex()


def witnesses_of(signed):
    """For each input, how many signatures its witness holds, and the other elements before script and control block."""
    witnesses = []
    for stack in split(signed)[1]:
        elements = stack[:-2] or stack
        others = [element.hex() for element in elements if len(element) != 64]
        witnesses.append((len(elements) - len(others), others))
    return witnesses


def flipped(element):
    return bytes([element[0] ^ 1]) + element[1:]


def signatures_of(signed):
    """In a branch everybody's stands first."""
    return [element for stack in split(signed)[1] for element in stack if len(element) == 64]


def corruptions(signed, foreign):
    """(what was done, transaction): each signature wrong, missing, of another signer, of another transaction (`foreign`
    has such); each preimage wrong, missing."""
    head, stacks, tail = split(signed)
    signatures = [element for stack in stacks for element in stack if len(element) == 64]
    for number, stack in enumerate(stacks):
        for at, element in enumerate(stack[:-2] or stack):
            others = [it for it in stack if it in signatures and it != element]
            others += [it for it in signatures if it != element]
            changes = {"wrong": [flipped(element)], "empty": [b""]}
            if len(element) != 64:
                changes["left out"] = []
            else:
                changes |= {f"that of {name}": [signature] for name, signature in foreign.items()}
                changes |= {"another's": [other] for other in others[:1]}
            for what, change in changes.items():
                changed = list(stacks)
                changed[number] = stack[:at] + change + stack[at + 1 :]
                yield f"input {number}, element {at}, {what}", join(head, changed, tail)


# Who gets what.


def payouts(terms, scheme, deciders):
    """The payees of a scheme in their order, before the reserve: the paper's table 2, as docs/protocol.md has it."""
    c, w, v, a, n, rho = (terms[name] for name in ("c", "w", "v", "a", "n", "rho"))

    def part(amount, fraction):
        return amount * terms[fraction] // 10000

    share_w = part(c, "sigma")
    share_v = c - share_w
    paid = a + rho
    bounty = paid + w // n
    C, W, V, plus, minus = {
        1: (c, w - part(w, "alpha"), v, paid, paid),
        2: (c - share_w + part(v, "beta"), w + share_w, v - part(v, "beta"), paid, paid),
        3: (0, w + share_w, v + share_v, paid, paid),
        4: (c, w - share_v - part(w, "delta"), v + share_v, paid, paid),
        5: (c + part(w, "gamma"), w - part(w, "epsilon"), v - part(v, "epsilon"), 0, a - part(a, "epsilon")),
        6: (c, 0, v, bounty, 0),
        7: (0, w + c, 0, bounty, 0),
    }[scheme]
    pays = {"C": C, "W": W, "V": V, **{f"A{i}": plus if i in deciders else minus for i in range(1, n + 1)}}
    pays["F"] = c + w + v + n * paid - sum(pays.values())
    return pays


class Contract:
    """A contract that the driver made; the way of one of its settlements on the chain."""

    def __init__(self, request, answer, way=()):
        self.terms = request
        self.answer = answer
        self.way = ["Tx0", *way]
        self.tx = {it["name"]: it for it in answer["transactions"]}
        self.heights = {}  # of the blocks that the transactions are in

    def __str__(self):
        return f"n={self.terms['n']} {' '.join(self.way)}"

    def witnesses(self, name):
        """For each input, how many signatures its witness must hold, and which preimages."""
        base = name.partition("[")[0]
        if base == "Tx0":
            return [(1, [])] * (sum(self.terms["coins"]) + self.terms["n"])
        preimages = [self.answer["secrets"][SHOWS[base]]] if base in SHOWS else []
        return [(SIGNATURES.get(base, 1), preimages)]

    def next(self):
        """The transaction of the way that is to come, or None."""
        return self.way[len(self.heights)] if len(self.heights) < len(self.way) else None

    def first_tip(self, tip):
        """From when on the next transaction is final: under a lock of L blocks it spends an output of block b from tip
        b + L - 1 on. The first one, which has no lock, is final now, at `tip`."""
        if not self.heights:
            return tip
        times = [self.terms[name] for name in LOCKS.get(self.next(), ())]
        lock = times[0] - sum(times[1:]) if times else 1  # without a lock, as if it were one block
        return self.heights[self.way[len(self.heights) - 1]] + lock - 1

    def fee(self, name):
        return self.terms["feerate"] * -(-self.tx[name]["weight"] // 4)

    def value_spent(self, name):
        """What a branch spends: what all before it left of the deposits and the reserve."""
        parent = PARENT.get(name.partition("[")[0])
        if parent:
            return self.moved(parent)
        c, w, v, a, n, rho = (self.terms[it] for it in ("c", "w", "v", "a", "n", "rho"))
        return c + w + v + n * (a + rho) + self.answer["reserve"]

    def moved(self, name):
        """The one output of TxV0 or TxA."""
        return self.value_spent(name) - ANCHOR["value"] - self.fee(name)

    def left_for_client(self, name, payee, left):
        """What an output of C holds: `left` where that pays for its bytes and is above dust, else nothing."""
        present = self.answer["payees"][payee] in self.tx[name]["unsigned"]
        if not present:
            left -= self.terms["feerate"] * OUTPUT_VSIZE
        if present != (left >= DUST):
            raise AssertionError(f"{self}: {name} has {'an' if present else 'no'} output of {left} sat for C")
        return left if present else 0

    def own_part(self, party):
        """What W or V pays of Tx0's fee, for its inputs and its change, and that change."""
        inputs = 230 * self.terms["coins"][party]
        extra = self.terms["change"][party] + COIN * (self.terms["coins"][party] - 1)
        fee = self.terms["feerate"] * -(-(inputs + 172) // 4)
        if extra - fee >= DUST:
            return fee, extra - fee
        return self.terms["feerate"] * -(-inputs // 4), 0

    def outputs_of_tx0(self):
        """(sat, who) of each output; what nobody is paid by is None."""
        (fee_w, change_w), (fee_v, change_v) = self.own_part(1), self.own_part(2)
        left = self.terms["change"][0] + COIN * (self.terms["coins"][0] - 1)
        left -= self.answer["reserve"] + ANCHOR["value"] + self.fee("Tx0") - fee_w - fee_v
        change = {
            "change of C": self.left_for_client("Tx0", "change of C", left),
            "change of W": change_w,
            "change of V": change_v,
        }
        return [
            (self.value_spent("Tx1"), None),
            (0, None),
            *((sat, payee) for payee, sat in change.items() if sat),
        ]

    def outputs_of_settlement(self, name):
        """C also gets what the reserve has left; F's dust of #6 and #7 goes to the fee."""
        pays = payouts(self.terms, scheme_of(name), deciders_of(name))
        left = self.value_spent(name) - sum(pays.values()) - ANCHOR["value"] - self.fee(name)
        if scheme_of(name) > 5 and pays["F"] < DUST:
            pays["F"] = 0
        pays["C"] = self.left_for_client(name, "C", pays["C"] + left)
        return [(sat, payee) for payee, sat in pays.items() if sat]

    def outputs(self, name):
        if name == "Tx0":
            outputs = self.outputs_of_tx0()
        elif scheme_of(name) is None:
            outputs = [(self.moved(name), None)]
        else:
            outputs = self.outputs_of_settlement(name)
        return outputs + [(ANCHOR["value"], "anchor")]

    def script(self, payee):
        return ANCHOR["script"] if payee == "anchor" else self.answer["payees"].get(payee)


def make_contracts(number, requests, ways):
    """The transaction that funds contracts with these requests, and the contracts."""
    funding, funded = fund(number, requests)
    return funding, [Contract(*it) for it in zip(funded, run_drivers(funded), ways)]


class Chain:
    """A devnet's bitcoind, and what the tests ask of it."""

    def __init__(self, status):
        self.status = status

    def rpc(self, method, *params):
        return rpc(self.status, method, *params)

    def height(self):
        return self.rpc("getblockcount")

    def mine(self, count=1):
        return self.rpc("generatetoaddress", count, ANCHOR_ADDRESS)

    def mine_only(self, transactions):
        """One block of these transactions."""
        return self.rpc("generateblock", ANCHOR_ADDRESS, transactions)["hash"]

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


# The vectors.


def make_vectors():
    """File name -> content, and the funding and the contracts that it is made of: two whole, and what many settle to."""
    vectors = {}
    for number, (name, requests) in enumerate(VECTOR_REQUESTS.items(), 1):
        funding, contracts = make_contracts(number, list(requests.values()), [()] * len(requests))
        show = whole if len(requests) == 1 else summary
        shown = {title: show(contract) for title, contract in zip(requests, contracts)}
        content = {"coinbase": coinbase().hex(), "funding": funding, "contracts": shown}
        vectors[name] = (vector_text(content), funding, contracts)
    return vectors


def whole(contract):
    return {"request": contract.terms, **contract.answer}


def summary(contract):
    """A contract as a row of the matrix: the outputs of its transactions, and their whole bytes by hash."""
    rows = {}
    for name, tx in contract.tx.items():
        outputs = [[sat, payee or "-"] for sat, payee in contract.outputs(name)]
        rows[name] = {"txid": tx["txid"], "wtxid": wtxid_of(tx["signed"]), "fee": tx["fee"], "outputs": outputs}
    return {"request": contract.terms, "reserve": contract.answer["reserve"], "transactions": rows}


def vector_text(content):
    """JSON, one line for each transaction and each request."""
    text = json.dumps(content, indent=1)
    return re.sub(r"\n {5,}|\n {4,}(?=[\]}])", " ", text) + "\n"


def write_vectors():
    for name, (text, _, _) in make_vectors().items():
        with open(os.path.join(VECTORS, name), "w", encoding="utf-8") as file:
            file.write(text)
