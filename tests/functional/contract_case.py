"""What the tests of `prom contract` share."""

import json

import framework

FRACTIONS = ("alpha", "beta", "gamma", "delta", "epsilon", "mu", "sigma", "varsigma")
TIMES = ("t1", "t2", "t3", "t4", "t5")
PARAMETERS = ("w", "v", "a", "n", "F", *FRACTIONS, *TIMES, "c", "feerate")
ONE = 10000  # basis points
NO_KEY = "00" * 31 + "05"  # no point of the curve has this x
# Who brings in what each transaction waits for: docs/protocol.md, section 7. Everybody signs the branches beforehand, and
# all but C Tx0.
COMPLETED = {
    "Tx0": "C",
    "Tx1": "",
    "Tx3": "W",
    "Tx4": "WV",
    "TxV0": "V",
    "Tx5": "",
    "TxA": "W",
    "Tx6": "",
    "Tx7": "Y",
    "Tx8": "WY",
}
WAITS = {"Tx3": ["h_p"], "Tx4": ["V", "h_p"], "TxV0": ["V"], "TxA": ["k_p"], "Tx7": ["Y"], "Tx8": ["h_p", "Y"]}
SCHEME = {"Tx1": 1, "Tx3": 2, "Tx4": 3, "Tx5": 4, "Tx6": 5, "Tx7": 6, "Tx8": 7}
DECISIONS = ("Tx7", "Tx8")
# The risks that make explain refuse a contract, unless they are named.
REFUSING = (
    "worker-robbed", "verifier-robbed", "client-robbed", "arbiter-robbed", "locked", "fund-owned", "coalition-gains",
    "stalling-pays", "arbiters-left-out", "seats-cheap",
)  # fmt: skip


def presigned(name):
    return "WVA" if name == "Tx0" else "CWVA"


def quorum(P):
    return -(-P["mu"] * P["n"] // ONE)


def reference_payouts(P):
    """(scheme, m) -> payouts, written down a second time from docs/protocol.md, section 3."""
    w, v, a, n, c = (P[name] for name in "wvanc")
    paid = a + P.get("retainer", 0)
    share_w = P["sigma"] * c // ONE
    share_v = c - share_w
    cut = lambda stake, name: stake * P[name] // ONE
    table = {
        (1, None): (c, w - cut(w, "alpha"), v, paid, paid),
        (2, None): (c - share_w + cut(v, "beta"), w + share_w, v - cut(v, "beta"), paid, paid),
        (3, None): (0, w + share_w, v + share_v, paid, paid),
        (4, None): (c, w - share_v - cut(w, "delta"), v + share_v, paid, paid),
        (5, None): (
            c + cut(w, "gamma"),
            w - cut(w, "epsilon"),
            v - cut(v, "epsilon"),
            a - cut(a, "epsilon"),
            a - cut(a, "epsilon"),
        ),
    }
    for m in range(quorum(P), n + 1):
        table[6, m] = (c, 0, v, paid + w // n, 0)
        table[7, m] = (0, w + c, 0, paid + w // n, 0)
    payouts = {}
    for (scheme, m), (C, W, V, plus, minus) in table.items():
        many = n if m is None else m
        rest = c + w + v + n * paid - C - W - V - many * plus - (n - many) * minus
        payouts[scheme, m] = {"C": C, "W": W, "V": V, "A_plus": plus, "A_minus": minus, "F": rest}
    return payouts


class ContractTest(framework.PromTest):
    def example(self, arbiters=3, network="regtest"):
        options = ("--arbiters", str(arbiters), "--network", network)
        return json.loads(self.prom("contract", "example", *options)[0])

    def parameters(self, **changes):
        """The part of the example that explain needs, with changes; a field that is changed to None is left out."""
        terms = self.example()
        chosen = {name: terms[name] for name in (*PARAMETERS, "retainer", "network")} | changes
        return {name: value for name, value in chosen.items() if value is not None}

    def file(self, terms):
        return self.write("terms.json", terms if isinstance(terms, str) else json.dumps(terms))

    def explain(self, terms, accept=REFUSING):
        """What explain tells in JSON. A change of P leaves F somebody's, and may do worse: all risks are taken."""
        options = ("--accept", ",".join(accept)) if accept else ()
        return self.prom_json("contract", "explain", self.file(terms), *options)

    def explained(self, terms, accept=REFUSING):
        """The same as text."""
        options = ("--accept", ",".join(accept)) if accept else ()
        return self.prom("contract", "explain", self.file(terms), *options)[0]

    def tree(self, terms):
        return self.prom_json("contract", "tree", self.file(terms))

    def refuses(self, terms, *says, action="explain"):
        """The contract is not valid: exit code 1, and all of `says` in the sentence."""
        return self.fails("contract", action, self.file(terms), code=1, says=says)

    def rejects(self, terms, *says, action="explain"):
        """The file cannot be used: exit code 2."""
        return self.fails("contract", action, self.file(terms), code=2, says=says)

    @staticmethod
    def at(terms, place):
        for key in place:
            terms = terms[key]
        return terms
