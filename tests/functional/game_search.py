"""What players can get in a tree of game_model, by trying every plan of a group, one after another."""

import dataclasses
import itertools
from fractions import Fraction

from game_model import PLAYERS, Chance, Decision, Ending

PLANS_MAX = 5000  # of a group, that are tried; where there are more, the best is looked for from the endings


def honest(node):
    """player -> what it may expect when all keep the rules."""
    while isinstance(node, Decision):
        node = node.children[node.rule]
    if isinstance(node, Ending):
        return node.utility
    first, second = (honest(child) for child in node.children)
    p = node.probability
    return {who: p * first[who] + (1 - p) * second[who] for who in PLAYERS}


def open_to(node, group):
    """What a group can do at a decision: of others, the rules choose."""
    return node.children if node.player in group else (node.children[node.rule],)


def plan_count(node, group):
    """How many plans a group has. A plan says what it does wherever it may come to by its own plan, whatever chance
    does: plans that differ only elsewhere are one."""
    if isinstance(node, Ending):
        return 1
    if isinstance(node, Chance):
        return plan_count(node.children[0], group) * plan_count(node.children[1], group)
    return sum(plan_count(child, group) for child in open_to(node, group))


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a plan leads to: what may be expected, as a tuple; the schemes in which it ends where the likelier happens at
    every chance; and the chance of the likeliest ending of all, and its scheme. Of several as likely all schemes."""

    expected: tuple
    followed: frozenset
    chance: Fraction
    likeliest: frozenset


def mixed(p, one, two):
    """The plan that is `one` with the chance p, and else `two`."""
    expected = tuple(p * first + (1 - p) * second for first, second in zip(one.expected, two.expected))
    followed = one.followed | two.followed if 2 * p == 1 else one.followed if 2 * p > 1 else two.followed
    shares = (p * one.chance, (1 - p) * two.chance)
    likeliest = frozenset().union(*(plan.likeliest for plan, share in zip((one, two), shares) if share == max(shares)))
    return Plan(expected, followed, max(shares), likeliest)


def plans(node, group, worth):
    """Every plan of the group. worth(ending) is a tuple of what the ending is worth."""
    if isinstance(node, Ending):
        end = frozenset({node.scheme})
        yield Plan(worth(node), end, Fraction(1), end)
    elif isinstance(node, Chance):
        tried = [list(plans(child, group, worth)) for child in node.children]
        for one, two in itertools.product(*tried):
            yield mixed(node.probability, one, two)
    else:
        for child in open_to(node, group):
            yield from plans(child, group, worth)


def most(node, group, worth, sign=1):
    """The most, or with the sign -1 the least, that a group can expect of a number, from the endings up."""
    if isinstance(node, Ending):
        return worth(node)
    children = node.children if isinstance(node, Chance) else open_to(node, group)
    worths = [most(child, group, worth, sign) for child in children]
    if isinstance(node, Chance):
        return node.probability * worths[0] + (1 - node.probability) * worths[1]
    return max(worths, key=lambda it: sign * it)


class Best:
    """The best that a group can do for itself, and the worst that it can do to each player's money."""

    def __init__(self, node, group, plans_max=PLANS_MAX):
        self.plans = plan_count(node, group)
        self.all_tried = self.plans <= plans_max
        own = lambda ending: sum(ending.utility[who] for who in group)
        if not self.all_tried:
            self.most = best_of(node, group)
            self.worst = {who: worst_money(node, group, who) for who in PLAYERS}
            self.schemes = None
            return
        worth = lambda ending: (own(ending), *(ending.money[who] for who in PLAYERS))
        tried = list(plans(node, group, worth))
        self.most = max(plan.expected[0] for plan in tried)
        self.worst = {who: min(plan.expected[i + 1] for plan in tried) for i, who in enumerate(PLAYERS)}
        near = [plan.followed for plan in tried if plan.expected[0] > self.most - Fraction(1, 10**6)]
        self.schemes = set().union(*near)


def best_of(node, group):
    """The most that a group can expect for itself."""
    return most(node, group, lambda ending: sum(ending.utility[who] for who in group))


def worst_money(node, group, who):
    """The least money that a group can bring a player to expect."""
    return most(node, group, lambda ending: ending.money[who], -1)


def honest_money(node):
    """player -> the money that it may expect when all keep the rules."""
    plan = next(plans(node, frozenset(), lambda ending: tuple(ending.money[who] for who in PLAYERS)))
    return dict(zip(PLAYERS, plan.expected))


def outcomes(node, group):
    """(utility, money, schemes of the likeliest ending) of every plan of a group, player -> what it may expect."""
    worth = lambda ending: tuple(ending.utility[who] for who in PLAYERS) + tuple(ending.money[who] for who in PLAYERS)
    for plan in plans(node, group, worth):
        utility, money = plan.expected[: len(PLAYERS)], plan.expected[len(PLAYERS) :]
        yield dict(zip(PLAYERS, utility)), dict(zip(PLAYERS, money)), plan.likeliest


def solved(node, fixed):
    """player -> what it may expect when each does what is best for itself, and, of what is as good, what the rules say.
    Where fixed(decision) is an index that is taken instead."""
    if isinstance(node, Ending):
        return node.utility
    if isinstance(node, Decision) and fixed(node) is not None:
        return solved(node.children[fixed(node)], fixed)
    values = [solved(child, fixed) for child in node.children]
    if isinstance(node, Chance):
        p = node.probability
        return {who: p * values[0][who] + (1 - p) * values[1][who] for who in PLAYERS}
    best = max(values, key=lambda value: value[node.player])
    kept = values[node.rule]
    return kept if kept[node.player] == best[node.player] else best


NEVER = -(10**18)  # sat: less than anybody can have


def stalled(node, parties):
    """What a group wins by its arbiters when these do all but decide, against its arbiters keeping the rules, at the
    best once the worker has delivered what it has, they have given their receipts, and chance has drawn: the parties do
    what is best either way. What a lost name costs does not count."""
    if isinstance(node, Decision) and "computes" in node.options:
        begun = node.children if "W" in parties else (node.children[node.rule],)
        return max(stalled(child, parties) for child in begun)
    if isinstance(node, Decision) and node.options[0].startswith("receipts"):
        return stalled(node.children[node.rule], parties)
    if isinstance(node, Chance):
        return max(stalled(child, parties) for child in node.children)
    group = parties | {"A"}
    own = lambda ending: sum(ending.utility[who] + ending.names[who] for who in group)
    undecided = lambda ending: NEVER if "A" in ending.facts.signers else own(ending)
    return most(node, group, undecided) - most(node, parties, own)


def lapses(node):
    """(player, gain) of every decision at which another action is better for who decides, while all others, and itself
    later on, keep the rules."""
    if isinstance(node, Ending):
        return
    if isinstance(node, Decision):
        kept = honest(node)[node.player]
        gain = max(honest(child)[node.player] for child in node.children) - kept
        if gain > 0:
            yield node.player, gain
    for child in node.children:
        yield from lapses(child)
