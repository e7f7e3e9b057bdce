"""The three properties of a game in CheckMate's JSON (github.com/apre-group/checkmate), by the solver Z3: its program z3, to
which they are given as SMT-LIB, as CheckMate's src/property.cpp defines them. Only for games whose values are numbers, or
symbols that a constraint sets equal to one.

A strategy for all players is a Boolean for each action, of those of a decision exactly one; the actions of the honest
history are taken. Each property holds if there is such a strategy for which it does.
"""

import collections
import re
import subprocess
from fractions import Fraction

SECONDS = 300  # longer than it may take
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
DEFINITION = re.compile(r"(\w+) = (\d+)")

Properties = collections.namedtuple("Properties", "weak_immunity collusion_resilience practicality")


class UnsupportedGame(ValueError):
    """The game has symbols for which no number is given."""


def symbols_of(document):
    """The numbers that symbols are set equal to."""
    symbols = {}
    for constraint in document["initial_constraints"]:
        match = DEFINITION.fullmatch(constraint)
        if match is None or match[1] in symbols or match[1] not in document["constants"]:
            raise UnsupportedGame(f"'{constraint}' says nothing of one symbol only")
        symbols[match[1]] = Fraction(match[2])
    if any(document["property_constraints"].values()):
        raise UnsupportedGame("there are constraints of single properties")
    return symbols


def number_of(value, symbols):
    if value in symbols:
        return symbols[value]
    if isinstance(value, str) and NUMBER.fullmatch(value) is None:
        raise UnsupportedGame(f"'{value}' is no number")
    return Fraction(value)


def smt(number):
    """As SMT-LIB writes it: nothing is below 0 there, but for what is subtracted."""
    text = f"{abs(number.numerator)}.0"
    if number.denominator != 1:
        text = f"(/ {text} {number.denominator}.0)"
    return f"(- {text})" if number < 0 else text


def joined(operator, parts):
    parts = list(parts)
    return parts[0] if len(parts) == 1 else f"({operator} {' '.join(parts)})"


class Game:
    """The JSON's tree as a list of nodes, children behind parents: who decides, or None; children; actions; values."""

    def __init__(self, document):
        symbols = symbols_of(document)
        self.players = sorted(document["players"])
        self.nodes = []
        waiting = [document["tree"]]
        for tree in waiting:
            children = [child["child"] for child in tree.get("children", ())]
            places = list(range(len(waiting), len(waiting) + len(children)))
            waiting += children
            actions = [child["action"] for child in tree.get("children", ())]
            values = {each["player"]: number_of(each["value"], symbols) for each in tree.get("utility", ())}
            self.nodes.append((tree.get("player"), places, actions, values))
        (self.history,) = document["honest_histories"]
        self.way = self.follow()

    def follow(self):
        """Variables of the actions of the history, and the values at its end."""
        at, taken = 0, []
        for action in self.history:
            _, children, actions, _ = self.nodes[at]
            taken.append(self.variable(at, actions.index(action)))
            at = children[actions.index(action)]
        return taken, self.nodes[at][3]

    @staticmethod
    def variable(at, action):
        return f"a{at}_{action}"

    def strategies(self):
        """What is true of every strategy that takes the history."""
        for at, (_, children, _, _) in enumerate(self.nodes):
            variables = [self.variable(at, action) for action in range(len(children))]
            yield from (f"(declare-const {variable} Bool)" for variable in variables)
            if variables:
                yield f"(assert {joined('or', variables)})"
                yield from (
                    f"(assert (not (and {one} {other})))" for i, one in enumerate(variables) for other in variables[:i]
                )
        yield from (f"(assert {variable})" for variable in self.way[0])

    def everywhere(self, is_bound, at_ending):
        """at_ending(values) at all endings that are reached when the players for whom is_bound(player) is true keep to the
        strategy, whatever others do."""
        formulas = [None] * len(self.nodes)
        for at in range(len(self.nodes) - 1, -1, -1):
            player, children, _, values = self.nodes[at]
            if player is None:
                formulas[at] = at_ending(values)
                continue
            parts = [formulas[child] for child in children]
            if is_bound(player):
                parts = [f"(=> {self.variable(at, action)} {part})" for action, part in enumerate(parts)]
            formulas[at] = joined("and", parts)
        return f"(assert {formulas[0]})"

    def weak_immunity(self):
        """Who keeps to the strategy never gets less than 0."""
        for player in self.players:
            yield self.everywhere(
                lambda other, p=player: other == p, lambda values, p=player: f"(>= {smt(values[p])} 0.0)"
            )

    def collusion_resilience(self):
        """No group but for all together gets more than by the history from those who keep to the strategy."""
        for group in range(1, 2 ** len(self.players) - 1):
            members = {player for i, player in enumerate(self.players) if group >> i & 1}

            def total(values, members=members):
                return joined("+", [smt(values[player]) for player in sorted(members)])

            yield self.everywhere(
                lambda other, m=members: other not in m,
                lambda values, total=total: f"(>= {total(self.way[1])} {total(values)})",
            )

    def practicality(self):
        """With u the values that the strategy reaches from a node on: nobody decides for an action that leads to less than
        another one."""
        yield from (f"(declare-const u{at}_{i} Real)" for at in range(len(self.nodes)) for i in range(len(self.players)))
        for at, (player, children, _, values) in enumerate(self.nodes):
            if player is None:
                yield from (f"(assert (= u{at}_{i} {smt(values[who])}))" for i, who in enumerate(self.players))
                continue
            own = self.players.index(player)
            for action, child in enumerate(children):
                taken = self.variable(at, action)
                yield from (f"(assert (=> {taken} (= u{at}_{i} u{child}_{i})))" for i in range(len(self.players)))
                yield from (f"(assert (=> {taken} (>= u{child}_{own} u{other}_{own})))" for other in children if other != child)


def is_satisfiable(lines):
    text = "\n".join([*lines, "(check-sat)", ""])
    try:
        done = subprocess.run(["z3", "-in"], input=text, capture_output=True, text=True, check=False, timeout=SECONDS)
    except FileNotFoundError as error:
        raise RuntimeError("there is no z3; run tools/deps --check") from error
    answer = done.stdout.strip()
    if answer not in ("sat", "unsat"):
        raise RuntimeError(f"z3: {answer[:500]} {done.stderr.strip()[:500]}")
    return answer == "sat"


def properties(document):
    """What holds of the game in CheckMate's JSON, as json.load gives it."""
    game = Game(document)
    strategies = list(game.strategies())
    return Properties(*(is_satisfiable([*strategies, *getattr(game, name)()]) for name in Properties._fields))
