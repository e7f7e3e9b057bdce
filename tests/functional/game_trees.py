"""Random game trees, what src/equilibrium says of them by tool.game_trees, and what is true of them: by trying every
strategy, with fractions. A tree here is a list of nodes, the root first, parents before children.

A strategy profile is a list with a child, from 0, for each node; at chances and endings it is 0.
"""

import itertools
import json
import os
import subprocess
from fractions import Fraction

TOOL = os.path.join(os.environ["PROM_TOOLS"], "tool.game_trees")
ENDING, DECISION, CHANCE = range(3)


class Node:
    """Its children are indices; `values` are an ending's, one for each player; `chance` is that of coming here."""

    def __init__(self, kind, parent):
        self.kind, self.parent = kind, parent
        self.player = self.honest = self.weight = 0
        self.children, self.values = [], []
        self.chance = Fraction(0)


class Tree:
    def __init__(self, players, nodes):
        self.players, self.nodes = players, nodes

    def endings(self):
        return [at for at, node in enumerate(self.nodes) if node.kind == ENDING]

    def decisions(self):
        return [at for at, node in enumerate(self.nodes) if node.kind == DECISION]

    def has_chances(self):
        return any(node.kind == CHANCE for node in self.nodes)

    def honest(self):
        return [node.honest for node in self.nodes]

    def profiles(self, free):
        """All profiles that keep the rules but for the nodes in `free`."""
        for taken in itertools.product(*(range(len(self.nodes[at].children)) for at in free)):
            profile = self.honest()
            for at, choice in zip(free, taken):
                profile[at] = choice
            yield profile

    def expected(self, profile, at=0):
        """What each player may expect from the node on, and behind them the weight."""
        node = self.nodes[at]
        if node.kind == ENDING:
            return [*node.values, node.weight]
        if node.kind == DECISION:
            return self.expected(profile, node.children[profile[at]])
        below = [(self.nodes[child].chance, self.expected(profile, child)) for child in node.children]
        return [sum(chance * values[i] for chance, values in below) for i in range(self.players + 1)]

    def history(self):
        """The nodes on the way of the rules, the ending last; without chances."""
        way = [0]
        while self.nodes[way[-1]].kind != ENDING:
            way.append(self.nodes[way[-1]].children[self.nodes[way[-1]].honest])
        return way

    def text(self):
        """As tool.game_trees reads it."""
        endings = {at: number for number, at in enumerate(self.endings())}
        lines = [f"tree {self.players} {len(self.nodes)} {len(endings)}"]
        for at, node in enumerate(self.nodes):
            first = node.children[0] if node.children else 0
            lines.append(
                f"{node.kind} {node.player} {node.honest} {len(node.children)} {first} {node.parent} {at} "
                f"{endings.get(at, 0)} {node.chance.numerator} {node.chance.denominator}"
            )
        lines += [" ".join(map(str, [*self.nodes[at].values, self.nodes[at].weight])) for at in endings]
        return "\n".join(lines) + "\n"


def ask(texts):
    """What the engine says of the games of these texts."""
    done = subprocess.run([TOOL], input="".join(texts), capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise ValueError(done.stderr.strip())
    return [json.loads(line) for line in done.stdout.splitlines()]


def random_chances(rng, count):
    parts = [rng.randint(1, 4) for _ in range(count)]
    return [Fraction(part, sum(parts)) for part in parts]


def random_tree(rng, players, profiles_max, chances, nodes_max=40):
    """A tree with at most so many strategy profiles, and no new ones behind so many nodes, and values so small that many are equal. In half of the trees the
    rules lead to good values: else nothing ever speaks for them."""
    nodes, profiles, at = [Node(ENDING, 0)], 1, 0
    while at < len(nodes):
        node, count = nodes[at], rng.choice((1, 2, 2, 2, 3, 3, 4))
        chance = chances and rng.random() < 0.25
        if (chance or profiles * count <= profiles_max) and len(nodes) < nodes_max and (at < 2 or rng.random() < 0.6):
            node.kind = CHANCE if chance else DECISION
            node.children = list(range(len(nodes), len(nodes) + count))
            nodes += [Node(ENDING, at) for _ in range(count)]
            if chance:
                for child, of_child in zip(node.children, random_chances(rng, count)):
                    nodes[child].chance = of_child
            else:
                profiles *= count
                node.player, node.honest = rng.randrange(players), rng.randrange(count)
        at += 1
    tree = Tree(players, nodes)
    most, harm = rng.choice((0, 1, 3)), rng.choice((0.05, 0.2, 0.6))
    for ending in tree.endings():
        nodes[ending].values = [-rng.randint(1, 2) if rng.random() < harm else rng.randint(0, most) for _ in range(players)]
        nodes[ending].weight = rng.randint(-3, 3)
    if not chances and rng.random() < 0.5:
        nodes[tree.history()[-1]].values = [rng.randint(0, 2) for _ in range(players)]
    return tree


def is_member(coalition, player):
    return coalition >> player & 1 == 1


def aims(tree, coalition):
    """What is to be as large or small as can be, of what `expected` gives; as tool.game_trees orders them."""
    def own(values):
        return sum(values[player] for player in range(tree.players) if is_member(coalition, player))

    return [(own, max), (own, min), (lambda values: values[-1], max), (lambda values: values[-1], min)]


def optimum(tree, coalition, aim, best, at=0):
    """The best from the node on: of all that the coalition may do."""
    free = [at for at in tree.decisions() if is_member(coalition, tree.nodes[at].player)]
    return best(aim(tree.expected(profile, at)) for profile in tree.profiles(free))


def first_best(node, values, best):
    """The child that is taken of children of these values: the honest one if it is as good, else the first."""
    return node.honest if values[node.honest] == best(values) else values.index(best(values))


def follow(tree, profile, at=0):
    """The ending that is reached, the likelier child being followed at chances."""
    while tree.nodes[at].kind != ENDING:
        node = tree.nodes[at]
        if node.kind == CHANCE:
            at = max(node.children, key=lambda child: tree.nodes[child].chance)
        else:
            at = node.children[profile[at]]
    return at


def best_reply(tree, profile, player, at, found):
    """What the player gets at most from the node on, if the others keep to the profile; `found` gets it of every node
    below too."""
    node = tree.nodes[at]
    below = [best_reply(tree, profile, player, child, found) for child in node.children]
    if node.kind == ENDING:
        found[at] = node.values[player]
    elif node.kind == CHANCE:
        found[at] = sum(tree.nodes[child].chance * value for child, value in zip(node.children, below))
    else:
        found[at] = max(below) if node.player == player else below[profile[at]]
    return found[at]


def is_subgame_perfect(tree, profile):
    """Whether nobody can do better at any node by any other strategy of its own."""
    reached = [tree.expected(profile, at) for at in range(len(tree.nodes))]
    for player in range(tree.players):
        found = {}
        best_reply(tree, profile, player, 0, found)
        if any(found[at] > reached[at][player] for at in found):
            return False
    return True


def reachable(tree, profile, bound, at=0):
    """The endings that can be reached when the players for whom bound(player) is true keep to the profile."""
    node = tree.nodes[at]
    if node.kind == ENDING:
        return [at]
    taken = [node.children[profile[at]]] if bound(node.player) else node.children
    return [ending for child in taken for ending in reachable(tree, profile, bound, child)]


def is_immune(tree, profile):
    """Whether nobody who keeps to the profile can be brought below 0."""
    return all(
        tree.nodes[ending].values[player] >= 0
        for player in range(tree.players)
        for ending in reachable(tree, profile, lambda other, p=player: other == p)
    )


def is_resilient(tree, profile):
    """Whether no group but for all together can get more than by the history from those who keep to the profile."""
    honest = tree.nodes[tree.history()[-1]].values
    for group in range(1, 2**tree.players - 1):
        members = [player for player in range(tree.players) if is_member(group, player)]
        for ending in reachable(tree, profile, lambda other, m=members: other not in m):
            if sum(tree.nodes[ending].values[p] for p in members) > sum(honest[p] for p in members):
                return False
    return True


def properties(tree):
    """Weak immunity, collusion resilience, practicality, by trying every profile that takes the history."""
    history = set(tree.history())
    free = [at for at in tree.decisions() if at not in history]
    return [
        any(holds(tree, profile) for profile in tree.profiles(free))
        for holds in (is_immune, is_resilient, is_subgame_perfect)
    ]
