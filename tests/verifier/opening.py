"""The commitment of docs/proof.md and the proof of claims on what it holds, for one commitment."""

import collections

from algebra import (
    DEGREE,
    ONE,
    PRIME,
    TWO_ADICITY,
    Element,
    combination,
    equality_at,
    equality_of_points,
    equality_table,
    evaluate,
    inner_product,
    line,
    require,
    root_of_unity,
    tagged_hash,
    total,
)

VERSION = 1
LOG_BLOWUP = 2
LOG_COLUMNS = 6
LOG_FOLD = 3
LOG_FINAL = 6
QUERIES = 149
KEPT = 28  # bytes of a hash below a root
PARAMETERS = [VERSION, LOG_BLOWUP, LOG_COLUMNS, LOG_FOLD, LOG_FINAL, QUERIES]

Claim = collections.namedtuple("Claim", "polynomial point value")


class Layout:
    """Where polynomials of these numbers of variables lie in the matrix."""

    def __init__(self, variables):
        self.variables = variables
        self.starts = [0] * len(variables)
        end = 0
        for at in sorted(range(len(variables)), key=lambda i: -variables[i]):  # stable: equal ones stay in order
            self.starts[at] = end
            end += 2 ** variables[at]
        self.log_rows = LOG_FINAL
        while end > 2 ** (self.log_rows + LOG_COLUMNS):
            self.log_rows += 1
        require(self.log_rows + LOG_BLOWUP <= TWO_ADICITY, "the commitment is too large for the field")
        self.columns = -(-end // 2**self.log_rows)
        self.log_columns = (self.columns - 1).bit_length()

    def weight(self, claim, point):
        """The equality polynomial of a claim on a part of the whole, at a point of the whole."""
        own = self.variables[claim.polynomial]
        front = len(point) - own
        place = self.starts[claim.polynomial] >> own
        return equality_at(point[:front], place) * equality_of_points(claim.point, point[front:])


# -- Merkle trees --


def words(numbers):
    return b"".join(number.to_bytes(4, "big") for number in numbers)


def read_leaves(proof, root, columns, log_width, queries):
    """The leaves that the queries meet: position -> numbers."""
    positions = sorted({query % 2**log_width for query in queries})
    leaves = {position: [proof.number() for _ in range(columns)] for position in positions}
    known = {position: tagged_hash("prometheus/proof/leaf", words(leaf)) for position, leaf in leaves.items()}
    for level in range(log_width - 1, -1, -1):
        half = 2**level
        parents = {}
        for parent in sorted({position % half for position in known}):
            low = known[parent][:KEPT] if parent in known else proof.take(KEPT)
            high = known[parent + half][:KEPT] if parent + half in known else proof.take(KEPT)
            parents[parent] = tagged_hash("prometheus/proof/node", low + high)
        known = parents
    require(known[0] == root, "opened values are not those under their root")
    return leaves


# -- The opening --


def check_claims(proof, layout, claims, powers):
    """The first sumcheck: the point, and the value of the whole there."""
    claim = total(power * one.value for power, one in zip(powers, claims))
    point = []
    for _ in range(layout.log_columns + layout.log_rows):
        constant, leading = proof.receive("round", 2)
        linear = claim - constant - constant - leading
        point.append(proof.transcript.challenge("round"))
        claim = constant + (linear + leading * point[-1]) * point[-1]
    (value,) = proof.receive("value at the point", 1)
    weight = total(power * layout.weight(one, point) for power, one in zip(powers, claims))
    require(weight * value == claim, "the claims do not follow from the opening")
    return point, value


Oracle = collections.namedtuple("Oracle", "root log_rows folds")


def check_folding(proof, point, value):
    """The second sumcheck, at the point of one row: the oracles, and the polynomial at the end."""
    oracles = []
    left = len(point)
    while left > LOG_FINAL:
        step = min(LOG_FOLD, left - LOG_FINAL)
        root = proof.root("oracle")
        folds = []
        for coordinate in point[len(point) - left :][:step]:
            low, high = proof.receive("fold", 2)
            require(line(low, high, coordinate) == value, "a fold does not give its claim")
            folds.append(proof.transcript.challenge("fold"))
            value = line(low, high, folds[-1])
        left -= step
        oracles.append(Oracle(root, left, folds))
    last = proof.receive("last polynomial", 2**left)
    require(evaluate(last, point[len(point) - left :]) == value, "the last polynomial is another one")
    return oracles, last


def polynomial_at(coefficients, x):
    """Coefficients in bit-reversed order: the first half are those of the even powers."""
    while len(coefficients) > 1:
        half = len(coefficients) // 2
        coefficients = [even + odd.scale(x) for even, odd in zip(coefficients[:half], coefficients[half:])]
        x = x * x % PRIME
    return coefficients[0]


def parts(leaf):
    return [Element(tuple(leaf[at : at + DEGREE])) for at in range(0, len(leaf), DEGREE)]


def check_queries(proof, layout, root, point, oracles, last):
    log_width = layout.log_rows + LOG_BLOWUP
    queries = proof.transcript.indices("queries", QUERIES, log_width)
    rows = read_leaves(proof, root, layout.columns, log_width, queries)
    opened = [
        read_leaves(proof, oracle.root, DEGREE * 2 ** len(oracle.folds), oracle.log_rows + LOG_BLOWUP, queries)
        for oracle in oracles
    ]
    proof.done()
    weights = equality_table(point[: layout.log_columns])
    fold_weights = [equality_table(oracle.folds) for oracle in oracles]
    for query in set(queries):
        x = pow(root_of_unity(log_width), query, PRIME)
        value = combination(weights, rows[query])
        for oracle, leaves, fold_weight in zip(oracles, opened, fold_weights):
            columns = parts(leaves[query % 2 ** (oracle.log_rows + LOG_BLOWUP)])
            require(polynomial_at(columns, x) == value, "codewords do not agree")
            value = inner_product(fold_weight, columns)
            x = pow(x, len(columns), PRIME)
        require(polynomial_at(last, x) == value, "a codeword is not that of the last polynomial")


def verify_opening(proof, root, variables, claims):
    """Reads the rest of the proof."""
    layout = Layout(variables)
    transcript = proof.transcript
    transcript.absorb_numbers("opening", [*PARAMETERS, 1, len(claims)])
    transcript.absorb_bytes("root", root)
    transcript.absorb_numbers("polynomials", [len(variables)])
    for count in variables:
        transcript.absorb_numbers("variables", [count])
    for claim in claims:
        transcript.absorb_numbers("claim", [0, claim.polynomial])
        transcript.absorb_elements("point", claim.point)
        transcript.absorb_elements("value", [claim.value])
    challenge = transcript.challenge("claims")
    powers = [ONE]
    while len(powers) < len(claims):
        powers.append(powers[-1] * challenge)
    point, value = check_claims(proof, layout, claims, powers)
    oracles, last = check_folding(proof, point[layout.log_columns :], value)
    check_queries(proof, layout, root, point, oracles, last)
