"""Contracts at random for the tests of the game, and the program that builds their games."""

import dataclasses
import hashlib
import json
import os
import random
import struct
import subprocess

from game_model import DUST, LEAVES, NETWORKS, ONE, PAYOUT, PLAYERS, Contract, frame_weight, least_whole, tx0_sizes

TIMES_MAX = 65535
RULES = ("contract", "audit", "paper")
FRACTIONS = ("alpha", "beta", "gamma", "delta", "epsilon", "mu", "sigma", "varsigma")
SPOILED = ("w", "v", "a", "c", "retainer", "t1", "t2", "t3", "t4", *FRACTIONS[:5], "sigma")


def broken_times(it):
    s, vt, e, p = NETWORKS[it.network]
    return {
        "t1": it.t1 < 3 * s + 1,
        "t2": it.t2 - it.t1 < 2 * s + vt + 2,
        "t3": it.t3 - it.t2 < 4 * s,
        "t4": it.t4 < e * (it.n - it.k + 1) + 2 * s + vt + 3 * p + 1,
        "T": it.t3 + 2 * (it.t2 - it.t1) > TIMES_MAX,
    }


def broken_stakes(it):
    """docs/protocol.md, section 2: the bounds of c and the retainer."""
    cut = it.cut
    b, retainers = it.n - it.k + 1, it.n * it.retainer
    stalled = b * cut("epsilon", "a")
    paid = [value for scheme in range(1, 6) for value in it.payouts(scheme, it.n)]
    for deciders in range(it.k, it.n + 1):
        paid += [value for scheme in (6, 7) for value in it.payouts(scheme, deciders)[:5]]
    return {
        "c": not 0 < it.c < it.w,
        "accused": cut("delta", "w") + it.share_v > it.w,
        "silent": cut("beta", "v") < it.share_w + retainers,
        "stalling": cut("epsilon", "v") - cut("gamma", "w") + stalled < it.share_w,
        "guilty": cut("epsilon", "w") - cut("gamma", "w") + stalled < cut("delta", "w") + it.share_v,
        "retainers": retainers > min(cut("alpha", "w"), cut("delta", "w")),
        "dust": any(0 < value < DUST for value in paid),
    }


def broken_bounds(it):
    """Names of the bounds of docs/protocol.md, section 2, that a contract breaks."""
    it = dataclasses.replace(it, paper=False, audit=0)
    basic = {
        "w": it.w <= 0, "v": it.v < it.w, "a": it.a <= it.v, "gamma": not 0 < it.gamma < it.epsilon <= ONE,
        "one": not all(0 < getattr(it, name) <= ONE for name in ("alpha", "beta", "sigma", "varsigma")),
        "delta": it.delta > ONE, "mu": not ONE < 2 * it.mu <= 2 * ONE,
    }  # fmt: skip
    found = basic | broken_times(it)
    if not any(basic.values()):
        found |= broken_stakes(it)
    return {name for name, broken in found.items() if broken}


def random_terms(rng):
    """P, c and retainer that may well be valid."""
    network = rng.choice(list(NETWORKS))
    s, vt, e, p = NETWORKS[network]
    n = rng.randint(3, 9)
    mu = rng.choice((5001, 5500, 6000, 6667, 8000, ONE, rng.randint(5001, ONE)))
    k = least_whole(mu * n, ONE)
    w = rng.randint(3, 10 ** rng.randint(1, 6)) * 10 ** rng.randint(3, 5) + rng.choice((0, rng.randint(0, 9999)))
    v = w + rng.choice((0, rng.randint(0, w)))
    t1 = 3 * s + 1 + rng.randint(0, 300)
    t2 = t1 + 2 * s + vt + 2 + rng.randint(0, 300)
    gamma = rng.randint(1, 3000)
    part = lambda low=1: rng.choice((ONE, rng.randint(low, ONE)))
    return {
        "network": network, "w": w, "v": v, "a": v + rng.randint(1, v), "n": n, "alpha": part(), "beta": part(4000),
        "gamma": gamma, "delta": rng.choice((0, rng.randint(0, ONE))), "epsilon": rng.randint(gamma + 1, ONE), "mu": mu,
        "sigma": part(1000), "varsigma": rng.choice((ONE, rng.randint(1, ONE))), "t1": t1, "t2": t2,
        "t3": t2 + 4 * s + rng.randint(0, 300), "t4": e * (n - k + 1) + 2 * s + vt + 3 * p + 1 + rng.randint(0, 200),
        "c": rng.randint(1, w), "retainer": rng.choice((0, rng.randint(0, w // (2 * n)))),
        "feerate": rng.choice((1, 5, rng.randint(1, 200))),
    }  # fmt: skip


def random_setting(rng, terms, rules):
    """What the players think."""
    s, vt, _, _ = NETWORKS[terms["network"]]
    share_w = terms["sigma"] * terms["c"] // ONE
    items = rng.choice((1, 2, 10, 100, rng.randint(1, 1000)))
    z = rng.randint(0, rng.choice((share_w, 2 * share_w)))
    small = lambda: rng.choice((0, rng.randint(0, z // 10)))
    return {
        "items": items, "samples": rng.random() < 0.7, "z": z, "y": small(), "arbitration": small(), "check": small(),
        "benefit": rng.choice((0, 2 * terms["c"], rng.randint(0, 4 * terms["c"]))),
        "interest": rng.choice((0, 500, rng.randint(0, ONE))), "q": rng.choice((0, 0, ONE, rng.randint(0, ONE))),
        "known": rng.choice((0, 0, rng.randint(0, items))), "rolls": rng.choice((1, 1, 2, rng.randint(1, 20))),
        "audit": rng.randint(vt + 2 * s + 2, 300) if rules == "audit" else 0, "paper": rules == "paper",
        "compute": rng.randint(1, max(1, terms["t1"] - s)), "verify": rng.randint(1, max(1, terms["t2"] - terms["t1"])),
        "future": rng.choice((0, 0, ONE, rng.randint(0, 20 * ONE))), "tx0": tx0_sizes(terms["n"]),
    }  # fmt: skip


def random_contract(seed, rules="contract"):
    """A valid contract, or, of three, one that is a little off."""
    rng = random.Random(f"{rules} {seed}")
    while True:
        terms = random_terms(rng)
        it = Contract(**terms, **random_setting(rng, terms, rules))
        if not broken_bounds(it):
            break
    if rng.random() < 1 / 3:
        name = rng.choice(SPOILED)
        spoiled = max(1, int(terms[name] * rng.uniform(0.5, 1.5)))
        terms[name] = min(spoiled, ONE if name in FRACTIONS else spoiled)
        terms["t2"] = max(terms["t2"], terms["t1"] + 1)
        terms["t3"] = max(terms["t3"], terms["t2"])
        it = Contract(**terms, **random_setting(rng, terms, rules))
    return it


def with_times_that_meet(it, rng):
    """The contract with branches that can be in the same block, or in the wrong order: all of these break bounds."""
    s, vt, e, p = NETWORKS[it.network]
    t2 = it.t1 + rng.choice((1, 2, 3, 20, 60))
    decided = s + e * (it.n - it.k + 1) + vt + 2 * p + 1
    times = {"t2": t2, "t3": t2 + rng.choice((0, 1, 2, 30)), "t4": decided + rng.choice((-1, 0, 1, 30))}
    return dataclasses.replace(it, **times, verify=rng.randint(1, t2 - it.t1))


CURVE = 2**256 - 2**32 - 977  # the field of secp256k1
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
NO_LOGARITHM = 0x50929B74C1A04954B78B4B6035E97A5E078A5A0F28EC96D547BFEE9ACE803AC0  # BIP 341


def added(one, two):
    """The sum of two points of the curve; None is the point at infinity."""
    if one is None or two is None:
        return two if one is None else one
    if one[0] == two[0] and (one[1] + two[1]) % CURVE == 0:
        return None
    rise, run = (3 * one[0] ** 2, 2 * one[1]) if one == two else (two[1] - one[1], two[0] - one[0])
    slope = rise * pow(run, -1, CURVE)
    x = (slope**2 - one[0] - two[0]) % CURVE
    return x, (slope * (one[0] - x) - one[1]) % CURVE


def fund_of(it):
    """The F that nobody has the key of: docs/protocol.md, section 2."""
    amounts = b"".join(getattr(it, name).to_bytes(5, "big") for name in "wva")
    numbers = struct.pack(">13H", *(getattr(it, name) for name in FRACTIONS), it.t1, it.t2, it.t3, it.t4, 0)
    tag = hashlib.sha256(b"prometheus/fund").digest()
    r = int.from_bytes(hashlib.sha256(tag * 2 + amounts + bytes([it.n]) + numbers).digest(), "big")
    y = pow(NO_LOGARITHM**3 + 7, (CURVE + 1) // 4, CURVE)
    point, step = (NO_LOGARITHM, y if y % 2 == 0 else CURVE - y), G
    while r:
        point = added(point, step) if r & 1 else point
        step, r = added(step, step), r >> 1
    return f"{point[0]:064x}"


class Driver:
    """The program that builds games: tests/tools/settlement_game.c."""

    def __init__(self):
        path = os.path.join(os.path.abspath(os.environ["PROM_TOOLS"]), "tool.settlement_game")
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        if self.process.wait() != 0:
            raise RuntimeError(f"tool.settlement_game: exit status {self.process.returncode}")

    def answer(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def game(self, it, m, groups, whole=False):
        """The game of a contract. A group is a set of players."""
        question = dataclasses.asdict(it)
        question["rules"] = int(question.pop("paper"))
        bits = [sum(1 << PLAYERS.index(who) for who in group) for group in groups]
        weights = [frame_weight(branch) for branch in LEAVES]
        return self.answer(question | {"m": m, "whole": whole, "groups": bits, "branch": weights, "payout": 4 * PAYOUT})

    def measured(self, network, n):
        return self.answer({"measure": network, "n": n})
