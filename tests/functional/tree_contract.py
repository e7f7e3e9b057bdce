"""The contract's tree, for the tests of its transactions: terms, the program that makes and signs all of it, who must get
how much, and a coinbase that funds the contracts on every chain alike."""

import concurrent.futures
import json
import os
import re
import struct
import subprocess

from tree_bytes import plain_tx, sha256_twice, txid_of

DRIVER = os.path.join(os.path.abspath(os.environ["PROM_TOOLS"]), "tool.tree_driver")

ANCHOR = {"value": 240, "script": "51024e73"}  # P2A: what anybody may spend without a signature
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

# What the witness of a branch holds before script and control block, from the bottom of the stack; ALL alone, by the key
# path, where there is nothing here.
ELEMENTS = {
    "Tx3": ("ALL", "h_p"), "Tx4": ("ALL", "V", "h_p"), "TxV0": ("ALL", "V"), "TxA": ("ALL", "k_p"),
    "Tx7": ("ALL", "Y"), "Tx8": ("ALL", "Y", "h_p"),
}  # fmt: skip

# How the schemes without a decision are reached from O0, and whose transactions lie on the way.
WAYS = {1: ("Tx1",), 2: ("Tx3",), 3: ("Tx4",), 4: ("TxV0", "Tx5"), 5: ("TxV0", "TxA", "Tx6")}
DECISIONS = {6: "Tx7", 7: "Tx8"}  # behind TxV0 and TxA, for each S
PARENT = {"TxA": "TxV0", "Tx5": "TxV0", "Tx6": "TxA", "Tx7": "TxA", "Tx8": "TxA"}
SCHEME = {way[-1]: scheme for scheme, way in WAYS.items()}


def run_driver(request):
    done = subprocess.run([DRIVER], input=json.dumps(request), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{request}: exit status {done.returncode}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def run_drivers(requests):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(run_driver, requests))


def base_of(name):
    return name.partition("[")[0]


def decided(name, deciders):
    return f"{name}[{','.join(map(str, deciders))}]"


def deciders_of(name):
    return [int(number) for number in re.findall(r"\d+", name.partition("[")[2])]


def scheme_of(name):
    """The scheme by which a transaction settles, or None."""
    if "[" in name:
        return {base: scheme for scheme, base in DECISIONS.items()}[base_of(name)]
    return SCHEME.get(name)


def satoshi(coins):
    """An amount as bitcoind gives it, in whole satoshi."""
    return round(coins * 100_000_000)


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


def side_by_side(n, joint_key="generated"):
    """Terms for n arbiters, and all ways to all settlements, of which each contract can go one."""
    sizes = {3: ({"n": 3, "mu": 6000}, ((1, 2), (1, 3), (2, 3), (1, 2, 3)))}
    sizes[9] = ({"n": 9, "mu": 5500}, ((1, 2, 3, 4, 5), (1, 3, 4, 6, 7, 8, 9), tuple(range(1, 10))))
    size, quorums = sizes[n]
    ways = [*WAYS.values(), *(("TxV0", "TxA", decided(name, S)) for name in DECISIONS.values() for S in quorums)]
    return {**TERMS, **size, "joint_key": joint_key}, ways


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

    def next(self):
        """The transaction of the way that is to come, or None."""
        return self.way[len(self.heights)] if len(self.heights) < len(self.way) else None

    def lock(self, name):
        """The blocks for which a transaction waits behind the one that it spends."""
        times = [self.terms[time] for time in LOCKS.get(base_of(name), ())]
        return times[0] - sum(times[1:]) if times else 0

    def first_tip(self, tip):
        """From when on the next transaction is final: under a lock of L blocks it spends an output of block b from tip
        b + L - 1 on. The first one is final now, at `tip`; one without a lock as if it had one of one block."""
        if not self.heights:
            return tip
        return self.heights[self.way[len(self.heights) - 1]] + max(self.lock(self.next()), 1) - 1

    def fee(self, name):
        return self.terms["feerate"] * -(-self.tx[name]["weight"] // 4)

    def value_spent(self, name):
        """What a branch spends: what all before it left of the deposits and the reserve."""
        parent = PARENT.get(base_of(name))
        return self.moved(parent) if parent else self.deposits() + self.answer["reserve"]

    def deposits(self):
        c, w, v, a, n, rho = (self.terms[it] for it in ("c", "w", "v", "a", "n", "rho"))
        return c + w + v + n * (a + rho)

    def value_in(self, name):
        """All that a transaction spends."""
        if name != "Tx0":
            return self.value_spent(name)
        return self.deposits() + sum(self.terms["change"]) + COIN * sum(count - 1 for count in self.terms["coins"])

    def pays_client(self, name):
        return self.script("C") in self.tx[name]["unsigned"]

    def dearest_path(self):
        """What the reserve must be, when all transactions are known: an anchor and the fee of each on the dearest path,
        with an output for C."""

        def cost(name):
            counted = self.tx[name]["weight"] + (0 if scheme_of(name) is None or self.pays_client(name) else 172)
            rest = cost(PARENT[base_of(name)]) if base_of(name) in PARENT else 0
            return rest + ANCHOR["value"] + self.terms["feerate"] * -(-counted // 4)

        return max(cost(name) for name in self.tx if name != "Tx0")

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
