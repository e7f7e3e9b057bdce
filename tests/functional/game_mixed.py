"""Random games in which all act at once, of up to three players, and their equilibria, with fractions: by solving the
equations of every support."""

import itertools
from decimal import Decimal, localcontext
from fractions import Fraction

DIGITS = 60
NOTHING = Decimal(10) ** -40  # what is taken for 0 of numbers with so many digits


def is_near(left, right, distance):
    return all(abs(float(a) - float(b)) < distance for one, two in zip(left, right) for a, b in zip(one, two))


def solve(rows):
    """The one solution of equations, each a list with its right side last; None where there is none, or many."""
    rows, count = [list(row) for row in rows], len(rows[0]) - 1
    for column in range(count):
        pivot = next((i for i in range(column, len(rows)) if rows[i][column] != 0), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [Fraction(value) / rows[column][column] for value in rows[column]]
        for i, row in enumerate(rows):
            if i != column and row[column] != 0:
                rows[i] = [value - row[column] * other for value, other in zip(row, rows[column])]
    if any(row[-1] != 0 for row in rows[count:]):
        return None
    return [row[-1] for row in rows[:count]]


def subsets(count):
    return [
        chosen for size in range(1, count + 1) for chosen in itertools.combinations(range(count), size)
    ]


class Game:
    """`payoffs` are three numbers for each three actions."""

    def __init__(self, actions, payoffs):
        self.actions, self.payoffs = actions, payoffs

    def text(self):
        """As tool.game_trees reads it."""
        profiles = itertools.product(*map(range, self.actions))
        lines = [" ".join(map(str, self.payoffs[profile])) for profile in profiles]
        return "mixed " + " ".join(map(str, self.actions)) + "\n" + "\n".join(lines) + "\n"

    def worth(self, chances, player, action):
        """What the player may expect of the action."""
        total = 0
        for profile in itertools.product(*map(range, self.actions)):
            if profile[player] == action:
                weight = 1
                for other in range(3):
                    weight *= Fraction(chances[other][profile[other]]) if other != player else 1
                total += weight * self.payoffs[profile][player]
        return total

    def expected(self, chances):
        return [
            sum(Fraction(chances[player][i]) * self.worth(chances, player, i) for i in range(self.actions[player]))
            for player in range(3)
        ]

    def regret(self, chances):
        """The most that a player gains by another action."""
        expected = self.expected(chances)
        return max(
            self.worth(chances, player, action) - expected[player]
            for player in range(3)
            for action in range(self.actions[player])
        )

    def is_equilibrium(self, chances):
        """Whether everybody takes what is best only; exact."""
        for player in range(3):
            worth = [self.worth(chances, player, action) for action in range(self.actions[player])]
            if any(chances[player][action] != 0 and worth[action] < max(worth) for action in range(len(worth))):
                return False
        return True

    def replies(self, player, other, sure, action):
        """The corners of how the player may mix so that chosen actions of the other are as good as can be, where the third
        takes this action: lists of chances."""
        def payoff(own, its):
            profile = [0, 0, 0]
            profile[player], profile[other], profile[sure] = own, its, action
            return self.payoffs[tuple(profile)][other]

        own, its = self.actions[player], self.actions[other]
        found = []
        for taken in subsets(own):
            for best in subsets(its):
                # the chances of what is taken, and what the other gets
                rows = [[*(payoff(i, j) for i in taken), -1, 0] for j in best] + [[*(1 for _ in taken), 0, 1]]
                solution = solve(rows) if len(rows) > len(taken) else None
                if solution is None or any(chance < 0 for chance in solution[:-1]):
                    continue
                chances = [Fraction(0)] * own
                for i, chance in zip(taken, solution):
                    chances[i] = chance
                gets = [sum(chances[i] * payoff(i, j) for i in range(own)) for j in range(its)]
                if max(gets) == solution[-1] and chances not in found:
                    found.append(chances)
        return found

    def corners(self):
        """The equilibria in which one player takes one action, and each of the two others is at a corner of how it may
        mix."""
        alone = [player for player in range(3) if self.actions[player] == 1]
        found = []
        for sure in alone[:1] or range(3):
            first, second = (player for player in range(3) if player != sure)
            for action in range(self.actions[sure]):
                mixes = [self.replies(first, second, sure, action), self.replies(second, first, sure, action)]
                for one, two in itertools.product(*mixes):
                    chances = [None] * 3
                    chances[first], chances[second] = one, two
                    chances[sure] = [Fraction(i == action) for i in range(self.actions[sure])]
                    if self.is_equilibrium(chances) and chances not in found:
                        found.append(chances)
        return found

    def preference(self, player):
        """What the player gets more by its second action: the factors of 1, s, t and s t, the chances of the second actions
        of the players behind it, in a ring."""
        def more(s, t):
            profile = [0, 0, 0]
            profile[(player + 1) % 3], profile[(player + 2) % 3] = s, t
            first = self.payoffs[tuple(profile)][player]
            profile[player] = 1
            return Fraction(self.payoffs[tuple(profile)][player] - first)

        one, s, t, both = more(0, 0), more(1, 0), more(0, 1), more(1, 1)
        return one, s - one, t - one, both - s - t + one

    def inner(self):
        """The equilibria of 2 x 2 x 2 actions in which everybody mixes, to 40 digits; None where they are not single
        points. With p, q, r the chances of second actions, all follow from p."""
        of_qr, of_rp, of_pq = (self.preference(player) for player in range(3))
        # r = -n / d, q = -m / e
        n, d = (of_rp[0], of_rp[2]), (of_rp[1], of_rp[3])
        m, e = (of_pq[0], of_pq[1]), (of_pq[2], of_pq[3])
        square = [Fraction(0)] * 3
        for factor, left, right in ((of_qr[0], d, e), (-of_qr[1], m, d), (-of_qr[2], n, e), (of_qr[3], n, m)):
            for i, j in itertools.product(range(2), repeat=2):
                square[i + j] += factor * left[i] * right[j]
        if not any(square):
            return None
        found = []
        with localcontext() as context:
            context.prec = DIGITS
            for p in roots([decimal(value) for value in square]):
                of_p = self.complete(p, of_qr, (n, d), (m, e))
                if of_p is None:
                    return None
                if all(NOTHING < chance < 1 - NOTHING for chance in of_p):
                    found.append([[1 - chance, chance] for chance in of_p])
        return found

    @staticmethod
    def complete(p, of_qr, of_r, of_q):
        """p, q and r for this p; numbers that are no chances where there are none, None where there are many."""
        (r_above, r_below), (q_above, q_below) = (
            [decimal(form[0]) + decimal(form[1]) * p for form in forms] for forms in (of_r, of_q)
        )
        r_free, q_free = abs(r_below) < NOTHING, abs(q_below) < NOTHING
        if r_free and abs(r_above) > NOTHING or q_free and abs(q_above) > NOTHING:
            return [Decimal(-1)] * 3
        if r_free and q_free:
            return None
        one, of_one, of_other, both = (decimal(value) for value in of_qr)  # 1, q, r, q r
        if r_free or q_free:
            known = -q_above / q_below if r_free else -r_above / r_below
            own, other = (of_one, of_other) if r_free else (of_other, of_one)
            below = other + both * known
            if abs(below) < NOTHING:
                return None if abs(one + own * known) < NOTHING else [Decimal(-1)] * 3
            missing = -(one + own * known) / below
            return [p, known, missing] if r_free else [p, missing, known]
        return [p, -q_above / q_below, -r_above / r_below]


def decimal(value):
    return Decimal(value.numerator) / Decimal(value.denominator)


def roots(square):
    """Where a + b p + c p^2 is 0, each once."""
    a, b, c = square
    if c == 0:
        return [-a / b] if b != 0 else []
    inside = b * b - 4 * a * c
    if abs(inside) < NOTHING:
        return [-b / (2 * c)]
    if inside < 0:
        return []
    return [(-b + sign * inside.sqrt()) / (2 * c) for sign in (1, -1)]


def random_game(rng, actions):
    """Payoffs so small that many are equal."""
    most = rng.choice((1, 3, 9))
    payoffs = {
        profile: [rng.randint(-most, most) for _ in range(3)] for profile in itertools.product(*map(range, actions))
    }
    return Game(actions, payoffs)
