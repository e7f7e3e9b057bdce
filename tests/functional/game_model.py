"""The numbers of the settlement game, written down a second time from docs/game.md and docs/protocol.md: sizes,
payouts, blocks, costs, and the tree of all plays. Who may do what is in game_plays. Nothing is taken from src/game. All
numbers are exact.
"""

import dataclasses
from fractions import Fraction

ONE = 10000  # basis points
YEAR = 52560  # blocks
ANCHOR = 240  # sat
DUST = 330  # sat, the least that an output may hold
PLAYERS = "CWVAHF"
BLOCS = "AH"
# Endings beyond the seven of the table: coins that nobody can spend, and what arbiters decide on a challenge.
LOCKED, GOOD, BAD, WORKER, UNDECIDED = 0, 8, 9, 10, 11
DECISIONS = (6, 7, GOOD, BAD, WORKER)

# s, vt, e and p of docs/protocol.md, section 1.
NETWORKS = {
    "main": (6, 22, 3, 6), "testnet4": (6, 22, 3, 6), "signet": (6, 22, 3, 6), "regtest": (2, 1, 1, 1),
}  # fmt: skip

# Bytes of what the transactions of docs/protocol.md, section 7, are made of. A byte has four weight units, one of a
# witness has one.
FRAME = 4 + 1 + 41 + 1 + 4  # version, counts, an input without its witness, lock time
PAYOUT = 43  # a P2TR output
ANCHOR_OUTPUT = 13
SIGNATURE = 64
SECRET = 32
PUSH_KEY_CHECK = 34
HASH_CHECK = 39
# Of each branch: what it shows besides the signature of ALL, the bytes of its leaf, and how deep that is in its tree.
LEAVES = {
    "Tx1": None,
    "Tx3": ((SECRET,), HASH_CHECK + PUSH_KEY_CHECK, 2),
    "Tx4": ((SIGNATURE, SECRET), HASH_CHECK + 2 * PUSH_KEY_CHECK, 1),
    "TxV0": ((SIGNATURE,), 2 * PUSH_KEY_CHECK, 2),
    "Tx5": None,
    "TxA": ((SECRET,), HASH_CHECK + PUSH_KEY_CHECK, 0),
    "Tx6": None,
    "Tx7": ((SIGNATURE,), 2 * PUSH_KEY_CHECK, 1),
    "Tx8": ((SIGNATURE, SECRET), HASH_CHECK + 2 * PUSH_KEY_CHECK, 1),
}
# How each ending is reached; the paper has no TxV0, and in an audit window what Tx4 makes is spent once more.
WAYS = {
    1: ("Tx1",), 2: ("Tx3",), 3: ("Tx4",), 4: ("TxV0", "Tx5"), 5: ("TxV0", "TxA", "Tx6"), 6: ("TxV0", "TxA", "Tx7"),
    7: ("TxV0", "TxA", "Tx8"),
}  # fmt: skip
AUDITED = {3: "Tx1", GOOD: "Tx7", BAD: "Tx7", WORKER: "Tx7", UNDECIDED: "Tx6"}


def least_whole(over, under):
    return -(-over // under)


def frame_weight(branch):
    """Of a transaction, without payouts: TxV0 and TxA have one other output."""
    made = PAYOUT if branch in ("TxV0", "TxA") else 0
    leaf = LEAVES[branch]
    items = (SIGNATURE,)
    if leaf is not None:
        shown, script, depth = leaf
        items = (SIGNATURE, *shown, script, 33 + 32 * depth)
    witness = 2 + 1 + sum(1 + size for size in items)
    return 4 * (FRAME + made + ANCHOR_OUTPUT) + witness


def tx0_sizes(n, coins=(1, 1, 1), change=(True, True, True)):
    """vB that C, W and V pay of Tx0. It spends their coins and n offers, and has O0, the mark of P, change, an anchor."""
    inputs = sum(coins) + n
    bytes_ = 4 + 1 + 41 * inputs + 1 + PAYOUT + (8 + 1 + 38) + PAYOUT * sum(change) + ANCHOR_OUTPUT + 4
    whole = least_whole(4 * bytes_ + 2 + 66 * inputs, 4)
    w, v = (least_whole(230 * coins[i] + 172 * change[i], 4) for i in (1, 2))
    return (whole - w - v, w, v)


@dataclasses.dataclass(frozen=True)
class Contract:
    """What is asked: P, reward and retainer, the network's times, what the players think. sat, basis points, blocks."""

    network: str
    w: int
    v: int
    a: int
    n: int
    alpha: int
    beta: int
    gamma: int
    delta: int
    epsilon: int
    mu: int
    sigma: int
    varsigma: int
    t1: int
    t2: int
    t3: int
    t4: int
    c: int
    retainer: int
    feerate: int
    items: int
    samples: bool
    z: int
    y: int
    arbitration: int
    check: int
    benefit: int
    interest: int
    q: int
    known: int
    rolls: int
    audit: int
    compute: int
    verify: int
    future: int
    tx0: tuple
    paper: bool = False

    @property
    def k(self):
        return least_whole(self.mu * self.n, ONE)

    @property
    def rho(self):
        return 0 if self.paper else self.retainer

    @property
    def bond(self):
        return self.cut("epsilon", "w") if self.audit else 0

    @property
    def share_w(self):
        return self.sigma * self.c // ONE

    @property
    def share_v(self):
        return self.c - self.share_w

    def cut(self, fraction, stake):
        return getattr(self, fraction) * getattr(self, stake) // ONE

    def profits(self):
        """Of one contract, which nobody who has none loses with its name. Of an arbiter: of one."""
        found = {"W": self.share_w - self.z, "V": self.share_v - self.y, "A": self.rho, "H": self.rho}
        return {who: max(0, profit) for who, profit in found.items()}

    def deposits(self):
        """Of C, W, V and of one arbiter."""
        return {"C": self.c + self.n * self.rho + self.bond, "W": self.w, "V": self.v, "A": self.a}

    def found_by_sample(self):
        """The chance that the sample has the one item that is wrong, in every roll."""
        sample = max(1, least_whole(self.varsigma * self.items, ONE))
        return Fraction(sample, self.items) ** max(1, self.rolls)

    def payouts(self, scheme, deciders):
        """(C, W, V, each of A+, each of A-, F) by section 3 of docs/protocol.md, and 1.4 and 1.5 of docs/game.md."""
        w, v, a, c, n = self.w, self.v, self.a, self.c, self.n
        cut = self.cut
        paid = a + self.rho
        fallen = a - cut("epsilon", "a")
        decided = Fraction(w, deciders or 1) + a if self.paper else paid + w // n
        audited = paid + self.bond // n
        double = cut("gamma", "w") if self.paper else 0
        accepted = (w + self.share_w, v + self.share_v)
        C, W, V, plus, minus = {
            1: (c, w - cut("alpha", "w"), v, paid, paid),
            2: (c - self.share_w + cut("beta", "v"), w + self.share_w, v - cut("beta", "v"), paid, paid),
            3: (0, *accepted, paid, paid),
            4: (c, w - self.share_v - cut("delta", "w"), v + self.share_v, paid, paid),
            5: (c + cut("gamma", "w"), w - cut("epsilon", "w") - double, v - cut("epsilon", "v"), fallen, fallen),
            6: (c, 0, v, decided, 0),
            7: (0, w + c, 0, decided, 0),
            GOOD: (0, *accepted, audited, 0),
            BAD: (c + self.bond, 0, 0, audited, 0),
            WORKER: (c + self.bond, 0, v, audited, 0),
            UNDECIDED: (c, w - cut("epsilon", "w"), v - cut("epsilon", "v"), fallen, fallen),
        }[scheme]
        if scheme <= 7:
            C += self.bond
        rest = c + self.bond + w + v + n * paid - C - W - V - deciders * plus - (n - deciders) * minus
        return C, W, V, plus, minus, rest

    def moments(self, delivered):
        """In which block each branch can be first, counted from Tx0's: docs/protocol.md, section 11. What is broadcast
        at a tip is in the next block."""
        s, vt, e, p = NETWORKS[self.network]
        verdict = self.compute + self.verify + 1 if delivered else 0
        decided = s + e * (self.n - self.k + 1) + vt + 2 * p + 1
        accepted = max(1 if self.paper else s, verdict)
        accused = max(self.t1 + 1 + 1, verdict)
        appealed = accepted if self.paper else accused + 1
        return {
            "Tx4": accepted,
            "TxV0": accused,
            "Tx3": self.t2,
            "Tx1": self.t3,
            "TxA": appealed,
            "Tx5": max(self.t1, verdict) if self.paper else accused + self.t2 - self.t1,
            "decision": appealed + decided,
            "Tx6": appealed + self.t4,
            "TxQ": accepted + 1,
            "TxP": accepted + self.audit,
            "challenge": accepted + 1 + decided,
            "TxU": accepted + 1 + self.t4,
        }

    def blocks(self, facts):
        """From Tx0's block to the one that settles, or that makes what is locked."""
        last = {
            LOCKED: "TxA", 1: "Tx1", 2: "Tx3", 3: "TxP" if self.audit else "Tx4", 4: "Tx5", 5: "Tx6", 6: "decision",
            7: "decision", GOOD: "challenge", BAD: "challenge", WORKER: "challenge", UNDECIDED: "TxU",
        }  # fmt: skip
        if facts.scheme == LOCKED and not facts.appealed:
            return 0
        return self.moments(facts.delivered)[last[facts.scheme]]

    def weights(self, scheme, deciders, appealed):
        """Of all that stands behind Tx0, with an output for C in the last."""
        if scheme == LOCKED:
            return [frame_weight("TxA")] * appealed
        C, W, V, plus, minus, F = self.payouts(scheme, deciders)
        if scheme in DECISIONS and F < DUST:
            F = 0
        outputs = 1 + sum(value > 0 for value in (W, V, F))
        outputs += deciders * (plus > 0) + (self.n - deciders) * (minus > 0)
        made = 4 * PAYOUT * outputs
        if self.audit and scheme in AUDITED:
            between = [] if scheme == 3 else [frame_weight("TxA")]
            return [frame_weight("Tx4") + 4 * PAYOUT, *between, frame_weight(AUDITED[scheme]) + made]
        way = [branch for branch in WAYS[scheme] if not (self.paper and branch == "TxV0")]
        *before, last = (frame_weight(branch) for branch in way)
        return [*before, last + made]

    def fees(self, scheme, deciders, appealed):
        """What C pays behind Tx0, with Tx0's anchor."""
        weights = self.weights(scheme, deciders, appealed)
        return (1 + len(weights)) * ANCHOR + self.feerate * sum(least_whole(weight, 4) for weight in weights)


@dataclasses.dataclass
class Facts:
    """What has happened in a play."""

    work: Fraction = Fraction(0)  # of z, that the worker paid
    passes: bool = False  # the package, when it is checked
    delivered: bool = False  # the verifier has it
    good: bool = False  # it passes, and was delivered
    right: bool = False  # the result is, and was delivered
    held: bool = False  # k arbiters receipted it in time
    denied: bool = False  # A gives no receipts, and without it there are not k
    verified: bool = False
    signed: bool = False  # r = 1
    given: bool = False  # h_p, to the client by the verifier
    shown: bool = False  # h_p, to the arbiters
    checked: bool = False  # by the client
    seen: bool = False  # that the result is wrong
    voted: dict = dataclasses.field(default_factory=dict)  # bloc -> whether it paid for arbitration
    signers: frozenset = frozenset()  # blocs in S
    appealed: bool = False  # TxA is on the chain
    scheme: int = 0


@dataclasses.dataclass(frozen=True)
class Ending:
    scheme: int
    money: dict  # player -> sat beyond its deposit
    utility: dict  # player -> sat
    names: dict  # player -> sat that its lost name costs, which utility counts
    facts: Facts


def at_fault(facts, sizes):
    """Who has lost its name."""
    scheme = facts.scheme
    found = set()
    if scheme in (1, 4, 6, BAD, WORKER) or facts.seen:
        found.add("W")
    if scheme in (2, 7, BAD) or (facts.seen and not facts.good):
        found.add("V")
    if scheme in DECISIONS:
        found |= {bloc for bloc in BLOCS if sizes[bloc]} - facts.signers
    return found


def money_of(it, facts, sizes):
    """player -> what the closing transaction pays it beyond its deposit."""
    scheme, deposits = facts.scheme, it.deposits()
    if scheme == LOCKED:
        lost = {bloc: sizes[bloc] * it.a if facts.appealed else 0 for bloc in BLOCS}
        return {who: -lost.get(who, deposits.get(who, 0)) for who in PLAYERS}
    deciding = scheme in DECISIONS
    deciders = sum(sizes[bloc] for bloc in facts.signers) if deciding else it.n
    C, W, V, plus, minus, F = it.payouts(scheme, deciders)
    blocs = {bloc: sizes[bloc] * ((plus if not deciding or bloc in facts.signers else minus) - it.a) for bloc in BLOCS}
    return {"C": C - deposits["C"], "W": W - it.w, "V": V - it.v, **blocs, "F": F}


def ending_of(it, facts, sizes):
    scheme, deposits = facts.scheme, it.deposits()
    deciders = sum(sizes[bloc] for bloc in facts.signers) if scheme in DECISIONS else it.n
    money = money_of(it, facts, sizes)
    interest = Fraction(it.interest * it.blocks(facts), ONE * YEAR)
    lost = at_fault(facts, sizes)
    name = {who: Fraction(it.future, ONE) * (who in lost) * profit for who, profit in it.profits().items()}
    has_key = scheme not in (LOCKED, 1, 4, 5, 6) or facts.given
    fees = it.fees(scheme, deciders, facts.appealed)
    benefit = it.benefit * (facts.right and has_key)
    cost = {
        "C": fees + it.feerate * it.tx0[0] + interest * deposits["C"] + it.check * facts.checked - benefit,
        "W": it.z * facts.work + it.feerate * it.tx0[1] + interest * it.w + name["W"],
        "V": it.y * facts.verified + it.feerate * it.tx0[2] + interest * it.v + name["V"],
        "F": 0,
    }
    for bloc in BLOCS:
        cost[bloc] = sizes[bloc] * (it.arbitration * facts.voted.get(bloc, False) + interest * it.a + name[bloc])
    names = {who: sizes.get(who, 1) * name.get(who, 0) for who in PLAYERS}
    return Ending(scheme, money, {who: money[who] - cost[who] for who in PLAYERS}, names, facts)


@dataclasses.dataclass(frozen=True)
class Decision:
    player: str
    options: tuple
    rule: int  # index of the option that the rules take
    children: tuple


@dataclasses.dataclass(frozen=True)
class Chance:
    probability: Fraction  # of the first of the two children
    children: tuple


class Open(Exception):
    """A question to which the script of a play has no answer."""


class Table:
    """Where a play is played: it answers questions from a script, or, where all keep the rules, by these."""

    def __init__(self, script, by_the_rules=False):
        self.answers, self.by_the_rules = iter(script), by_the_rules

    def ask(self, player, options, rule):
        """Returns one of the options."""
        if self.by_the_rules:
            return rule
        index = next(self.answers, None)
        if index is None:
            raise Open("decision", player, tuple(options), options.index(rule))
        return options[index]

    def yes(self, player, what, rule):
        """Returns whether the player does it; `rule` is whether the rules would."""
        options = (f"{what}: yes", f"{what}: no")
        return self.ask(player, options, options[not rule]) == options[0]

    def chance(self, probability):
        """Returns whether it happened."""
        if probability in (0, 1):
            return bool(probability)
        index = next(self.answers, None)
        if index is None:
            raise Open("chance", Fraction(probability))
        return index == 0


def tree_of(it, play, m, whole=False, by_the_rules=False):
    """The game with m arbiters in A, and the others in H, who choose only in the whole game. It is played once for
    every way to answer its questions. By the rules it has chances alone."""
    sizes = {"A": m, "H": it.n - m}

    def node(script):
        try:
            return ending_of(it, play(it, Table(script, by_the_rules), sizes, whole), sizes)
        except Open as question:
            kind, *what = question.args
        if kind == "chance":
            return Chance(what[0], (node((*script, 0)), node((*script, 1))))
        return Decision(*what, tuple(node((*script, index)) for index in range(len(what[1]))))

    return node(())
