"""What a branch waits for, missing or wrong in every way: a real node refuses it, under its default policy, and says why.
Locks are over when this is tried: no refusal is one of time."""

import struct
import unittest

import tree_bytes
from tree_case import TreeTest
from tree_contract import DECISIONS, ELEMENTS, base_of, decided, make_contracts, side_by_side

SCHNORR = "Invalid Schnorr signature"
FAILED = "script-verify-flag-failed ({})"
NO_SIGNATURE_THERE = "Script failed an OP_CHECKSIGVERIFY operation"
NO_SIGNATURE_AT_LAST = "Script evaluated without error but finished with a false/empty top stack element"
WRONG_PREIMAGE = "Script failed an OP_EQUALVERIFY operation"
TOO_FEW = "Operation not valid with the current stack size"
TOO_MANY = "Stack size must be exactly one after execution"
NOTHING = "Witness program was passed an empty witness"
NOT_OF_THE_OUTPUT = "Witness program hash mismatch"

# The transactions by which an output can be spent, one for each leaf and key path.
OUTPUTS = (("Tx1", "Tx3", "Tx4", "TxV0"), ("Tx5", "TxA"), ("Tx6", "Tx7", "Tx8"))


def siblings(name):
    """The other branches of the same output."""
    return next([base for base in bases if base != base_of(name)] for bases in OUTPUTS if base_of(name) in bases)


def flipped(element):
    return bytes([element[0] ^ 1]) + element[1:]


class Witness:
    """The one input's witness of a signed branch: its elements by kind, then script and control block, if any."""

    def __init__(self, name, signed):
        self.head, stacks, self.tail = tree_bytes.split(signed)
        self.kinds = ELEMENTS.get(base_of(name), ("ALL",))
        self.by_leaf = base_of(name) in ELEMENTS
        self.elements = dict(zip(self.kinds, stacks[0]))
        self.opening = stacks[0][len(self.kinds) :]

    def tx(self, elements=None, opening=None, behind=(), head=None):
        """The transaction with another witness; elements without a value are left out."""
        kept = [it for it in (self.elements if elements is None else elements).values() if it is not None]
        stack = [*kept, *(self.opening if opening is None else opening), *behind]
        return tree_bytes.join(self.head if head is None else head, [stack], self.tail)

    def with_element(self, kind, value):
        return self.tx({**self.elements, kind: value})


def bad_signatures(witness, kind):
    """(what, transaction, reason): a signature that is none."""
    good = witness.elements[kind]
    last = kind == "ALL"
    empty = "Invalid Schnorr signature size" if not witness.by_leaf else NO_SIGNATURE_AT_LAST
    yield "wrong", witness.with_element(kind, flipped(good)), SCHNORR
    yield "empty", witness.with_element(kind, b""), empty if last else NO_SIGNATURE_THERE
    yield "shortened", witness.with_element(kind, good[:-1]), "Invalid Schnorr signature size"
    yield "with the default type spelt out", witness.with_element(kind, good + b"\0"), "Invalid Schnorr signature hash type"
    yield "said to leave out the outputs", witness.with_element(kind, good + b"\2"), SCHNORR
    if not witness.by_leaf:
        yield "left out", witness.with_element(kind, None), NOTHING
    elif last:
        yield "left out", witness.with_element(kind, None), TOO_FEW
    else:
        yield "left out", witness.with_element(kind, None), SCHNORR  # another's stands in its place


def bad_preimages(witness, kind, other):
    good = witness.elements[kind]
    yield "wrong", witness.with_element(kind, flipped(good)), WRONG_PREIMAGE
    yield "the other secret", witness.with_element(kind, other), WRONG_PREIMAGE
    yield "hashed", witness.with_element(kind, tree_bytes.sha256(good)), WRONG_PREIMAGE
    yield "empty", witness.with_element(kind, b""), WRONG_PREIMAGE
    yield "shortened", witness.with_element(kind, good[:-1]), WRONG_PREIMAGE
    yield "longer", witness.with_element(kind, good + b"\0"), WRONG_PREIMAGE
    yield "left out", witness.with_element(kind, None), WRONG_PREIMAGE  # a signature stands in its place


def bad_elements(contract, name, witness):
    """(what, transaction, reason): every element missing or wrong; one more; the order of two changed."""
    secrets = contract.answer["secrets"]
    for kind in witness.kinds:
        if kind.endswith("_p"):
            other = bytes.fromhex(secrets["k_p" if kind == "h_p" else "h_p"])
            bad = bad_preimages(witness, kind, other)
        else:
            bad = bad_signatures(witness, kind)
        for what, tx, reason in bad:
            yield f"{kind} {what}", tx, reason
    if witness.by_leaf:
        yield "one element more", witness.tx({"more": b"\1", **witness.elements}), TOO_MANY
    if len(witness.kinds) > 1:
        yield "another order", witness.tx(dict(reversed(witness.elements.items()))), (
            WRONG_PREIMAGE if witness.kinds[-1].endswith("_p") else SCHNORR
        )


def foreign_signatures(contract, name, witness):
    """Good signatures of the same transaction by somebody else, and by the right ones of every other branch."""
    tx = contract.tx[name]
    for forged in tx["forged"]:
        yield f"{forged['by']} for {forged['of']}", witness.with_element(
            forged["of"], bytes.fromhex(forged["signature"])
        ), SCHNORR
    for other, it in contract.tx.items():
        for kind in set(it.get("signatures", {})) & set(witness.kinds):
            if other != name:
                signature = bytes.fromhex(it["signatures"][kind])
                yield f"{kind}'s signature of {other}", witness.with_element(kind, signature), SCHNORR


def swapped_leaves(contract, name, witness):
    """By another leaf of the output, or by its key path, with all that is asked for there; by two leaves mixed."""
    for base in siblings(name):
        other = next(it for it in contract.tx if base_of(it) == base)
        there = Witness(other, contract.tx[other]["signed"])
        elements = {kind: witness.elements.get(kind, there.elements[kind]) for kind in there.kinds}
        yield f"as {other} is spent", witness.tx(elements, there.opening), SCHNORR
        if there.by_leaf and witness.by_leaf:
            yield f"script of {other}", witness.tx(opening=[there.opening[0], witness.opening[1]]), NOT_OF_THE_OUTPUT
            yield f"path of {other}", witness.tx(opening=[witness.opening[0], there.opening[1]]), NOT_OF_THE_OUTPUT


def changed_transactions(contract, name, witness):
    """ALL's signature holds lock, payees and amounts; a longer witness is no way round that."""
    head = witness.head
    sequence = 6 + 1 + 36 + 1  # behind version, marker and flag: count, outpoint and an empty script
    first = sequence + 4 + 1  # output
    value = struct.unpack("<Q", head[first : first + 8])[0]
    script = first + 8 + 1
    for what, changed in (
        ("no lock", head[:sequence] + struct.pack("<I", 0xFFFFFFFD) + head[sequence + 4 :]),
        ("one satoshi less", head[:first] + struct.pack("<Q", value - 1) + head[first + 8 :]),
        ("another payee", head[: script + 33] + bytes([head[script + 33] ^ 1]) + head[script + 34 :]),
    ):
        if changed != head:
            yield what, witness.tx(head=changed), SCHNORR
    if witness.by_leaf:
        leaf, path = witness.opening
        yield "a flipped control block", witness.tx(opening=[leaf, path[:-1] + flipped(path[-1:])]), NOT_OF_THE_OUTPUT
        yield "a flipped script", witness.tx(opening=[flipped(leaf), path]), NOT_OF_THE_OUTPUT
    yield "an annex", witness.tx(behind=[b"\x50"]), "bad-witness-nonstandard"


class Refusals(TreeTest):
    def check_all_refused(self, contract, name):
        """The transaction, whose lock is over, is good, and stays good; every change of it is refused."""
        witness = Witness(name, contract.tx[name]["signed"])
        self.assertEqual(witness.tx(), contract.tx[name]["signed"])
        kinds = (bad_elements, foreign_signatures, swapped_leaves, changed_transactions)
        for number, kind in enumerate(kinds):
            count = 0
            for what, changed, reason in kind(contract, name, witness):
                expected = reason if reason.startswith("bad-") else FAILED.format(reason)
                self.check_refused(changed, expected, f"{contract}: {name}: {what}")
                count += 1
            self.assertGreater(count, 0, f"{name}: {kinds[number].__name__}")
        self.check_witness(contract, name)
        self.check_accepted(contract, name)

    def check_tx0_refused(self, contract):
        """Tx0 wants the signature of every input, by the key of its coin: by nobody else, and of nothing else."""
        signed = contract.tx["Tx0"]["signed"]
        head, stacks, tail = tree_bytes.split(signed)
        for number, (signature,) in enumerate(stacks):
            for what, changed, reason in (
                ("wrong", [flipped(signature)], SCHNORR),
                ("another's", stacks[number - 1], SCHNORR),
                ("empty", [b""], "Invalid Schnorr signature size"),
                ("left out", [], NOTHING),
                ("with an annex", [signature, b"\x50"], "bad-witness-nonstandard"),
            ):
                changed = tree_bytes.join(head, [*stacks[:number], changed, *stacks[number + 1 :]], tail)
                expected = reason if reason.startswith("bad-") else FAILED.format(reason)
                self.check_refused(changed, expected, f"{contract}: Tx0, input {number}: {what}")
        self.check_accepted(contract, "Tx0")

    def refuse_all(self, contract):
        """Each branch of the contract when its lock is over; the longest way, so that all outputs are there."""
        for parent, after in zip(("Tx0", "TxV0", "TxA"), OUTPUTS):
            self.send([contract.tx[parent]["signed"]])
            self.chain.mine()
            names = [name for name in contract.tx if base_of(name) in after]
            self.chain.mine(max(contract.lock(name) for name in names) - 1)
            for name in names:
                self.check_all_refused(contract, name)

    def check(self, n, deciders):
        """All branches but the decisions, and those of these deciders."""
        terms, ways = side_by_side(n)
        names = {name for way in ways for name in way if "[" not in name}
        names |= {decided(name, S) for name in DECISIONS.values() for S in deciders}
        request = {**terms, "forge": True, "transactions": ["Tx0", *sorted(names)]}
        funding, (contract,) = make_contracts(0, [request], [()])
        self.assertEqual(len(contract.tx), 1 + len(names))
        self.found(funding)
        self.check_tx0_refused(contract)
        self.refuse_all(contract)

    def test_three_arbiters(self):
        self.check(3, ((1, 2), (1, 3), (2, 3), (1, 2, 3)))

    def test_nine_arbiters(self):
        self.check(9, ((1, 2, 3, 4, 5), (1, 3, 4, 6, 7, 8, 9), tuple(range(1, 10))))


if __name__ == "__main__":
    unittest.main()
