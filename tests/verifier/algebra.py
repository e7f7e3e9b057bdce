"""The parts of docs/proof.md that know nothing of networks: the field, the transcript, what is read from a proof, and
the three sumchecks. Plain and slow, of Python's standard library."""

import hashlib

PRIME = 2**31 - 2**24 + 1
GENERATOR = 3
TWO_ADICITY = 24
DEGREE = 5
ELEMENT_BYTES = 4


class Refused(Exception):
    """The proof does not hold."""


def require(condition, why):
    if not condition:
        raise Refused(why)


# -- The field --


class Element:
    """An element of the extension: the coefficients of 1, X, ..., X^4, where X^5 = 1 - X^2."""

    __slots__ = ("coefficients",)

    def __init__(self, coefficients):
        self.coefficients = coefficients

    def __eq__(self, other):
        return self.coefficients == other.coefficients

    def __hash__(self):
        return hash(self.coefficients)

    def __bool__(self):
        return any(self.coefficients)

    def __add__(self, other):
        return Element(tuple((a + b) % PRIME for a, b in zip(self.coefficients, other.coefficients)))

    def __sub__(self, other):
        return Element(tuple((a - b) % PRIME for a, b in zip(self.coefficients, other.coefficients)))

    def __neg__(self):
        return Element(tuple(-a % PRIME for a in self.coefficients))

    def scale(self, number):
        return Element(tuple(a * number % PRIME for a in self.coefficients))

    def __mul__(self, other):
        product = [0] * (2 * DEGREE - 1)
        for i, a in enumerate(self.coefficients):
            if a:
                for j, b in enumerate(other.coefficients):
                    product[i + j] += a * b
        for power in range(2 * DEGREE - 2, DEGREE - 1, -1):
            product[power - 5] += product[power]
            product[power - 3] -= product[power]
        return Element(tuple(a % PRIME for a in product[:DEGREE]))


def of_integer(number):
    return Element((number % PRIME, 0, 0, 0, 0))


ZERO, ONE = of_integer(0), of_integer(1)


def total(elements):
    columns = zip(*(element.coefficients for element in elements))
    sums = tuple(sum(column) % PRIME for column in columns)
    return Element(sums) if sums else ZERO


def combination(weights, numbers):
    """The sum of weight times integer."""
    sums = [0] * DEGREE
    for weight, number in zip(weights, numbers):
        if number:
            for i, a in enumerate(weight.coefficients):
                sums[i] += a * number
    return Element(tuple(a % PRIME for a in sums))


def inner_product(left, right):
    return total(a * b for a, b in zip(left, right))


def inverse_of_power_of_two(bits):
    return pow(2, -bits, PRIME)


def root_of_unity(log_order):
    return pow(GENERATOR, (PRIME - 1) >> log_order, PRIME)


# -- Multilinear polynomials: vectors of their values, the first variable the highest bit of the index --


def line(low, high, at):
    return low + (high - low) * at


def equality(point, bits):
    """eq at a place that is given by its bits, the first one first."""
    product = ONE
    for coordinate, bit in zip(point, bits):
        product = product * (coordinate if bit else ONE - coordinate)
    return product


def equality_at(point, index):
    return equality(point, [index >> (len(point) - 1 - i) & 1 for i in range(len(point))])


def equality_of_points(left, right):
    product = ONE
    for a, b in zip(left, right):
        both = a * b
        product = product * (ONE - a - b + both + both)
    return product


def equality_table(point):
    table = [ONE]
    for coordinate in point:
        table = [part for entry in table for part in (entry - entry * coordinate, entry * coordinate)]
    return table


def evaluate(values, point):
    for coordinate in point:
        half = len(values) // 2
        values = [line(low, high, coordinate) for low, high in zip(values[:half], values[half:])]
    return values[0]


# -- The transcript --

BYTES, NUMBERS, ELEMENTS, EXTENSIONS, EXTENSION_CHALLENGE, ELEMENT_CHALLENGE, INDEX_CHALLENGE = range(1, 8)


def tagged_hash(tag, data):
    tag = hashlib.sha256(tag.encode()).digest()
    return hashlib.sha256(tag + tag + data).digest()


def element_bytes(element):
    return b"".join(a.to_bytes(ELEMENT_BYTES, "big") for a in element.coefficients)


class Transcript:
    def __init__(self, protocol, version):
        self.state = bytes(32)
        self.absorb_numbers(protocol, [version])

    def absorb(self, kind, label, count, data):
        label = label.encode()
        head = self.state + bytes([kind, len(label)]) + label + count.to_bytes(8, "big")
        self.state = tagged_hash("prometheus/transcript", head + data)

    def absorb_bytes(self, label, data):
        self.absorb(BYTES, label, len(data), data)

    def absorb_numbers(self, label, numbers):
        self.absorb(NUMBERS, label, len(numbers), b"".join(number.to_bytes(8, "big") for number in numbers))

    def absorb_elements(self, label, elements):
        self.absorb(EXTENSIONS, label, len(elements), b"".join(element_bytes(element) for element in elements))

    def words(self):
        counter = 0
        while True:
            block = tagged_hash("prometheus/transcript/challenge", self.state + counter.to_bytes(8, "big"))
            for at in range(0, 32, 4):
                yield int.from_bytes(block[at : at + 4], "big")
            counter += 1

    def challenge(self, label):
        self.absorb(EXTENSION_CHALLENGE, label, 1, b"")
        numbers = (word % 2**31 for word in self.words())
        accepted = (number for number in numbers if number < PRIME)
        return Element(tuple(next(accepted) for _ in range(DEGREE)))

    def challenges(self, label, count):
        return [self.challenge(label) for _ in range(count)]

    def indices(self, label, count, bits):
        self.absorb(INDEX_CHALLENGE, label, count, b"")
        words = self.words()
        return [next(words) % 2**bits for _ in range(count)]


class Proof:
    """The bytes of a proof, and the transcript that absorbs what is sent as it is read."""

    def __init__(self, data, transcript):
        self.data = data
        self.at = 0
        self.transcript = transcript

    def take(self, count):
        require(count <= len(self.data) - self.at, "the proof is cut off")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self):
        number = int.from_bytes(self.take(ELEMENT_BYTES), "big")
        require(number < PRIME, "a number is not below p")
        return number

    def receive(self, label, count):
        elements = [Element(tuple(self.number() for _ in range(DEGREE))) for _ in range(count)]
        self.transcript.absorb_elements(label, elements)
        return elements

    def root(self, label):
        root = self.take(32)
        self.transcript.absorb_bytes(label, root)
        return root

    def done(self):
        require(self.at == len(self.data), "bytes are left over")


# -- Sumchecks --


def product_sumcheck(proof, variables, claim):
    """The point, and what X(point) * Y(point) has to be."""
    proof.transcript.absorb_numbers("product variables", [variables])
    proof.transcript.absorb_elements("product claim", [claim])
    point = []
    for _ in range(variables):
        constant, leading = proof.receive("product round", 2)
        linear = claim - constant - constant - leading
        point.append(proof.transcript.challenge("product point"))
        claim = constant + (linear + leading * point[-1]) * point[-1]
    return point, claim


def fractions_sumcheck(proof, variables):
    """The point, and what numerator and denominator have to be there."""
    proof.transcript.absorb_numbers("fractions variables", [variables])
    (denominator,) = proof.receive("fractions root", 1)
    require(denominator, "a denominator of zero")
    numerator = ZERO
    point = []
    for layer in range(variables):
        mix = proof.transcript.challenge("fractions combination")
        claim = numerator + mix * denominator
        below = []
        for coordinate in point:
            rise, leading = proof.receive("fractions round", 2)
            at = proof.transcript.challenge("fractions point")
            claim = claim - coordinate * rise + (rise - leading + leading * at) * at
            below.append(at)
        p0, p1, q0, q1 = proof.receive("fractions children", 4)
        require(claim == p0 * q1 + p1 * q0 + mix * q0 * q1, f"layer {layer} of the fractions does not add up")
        at = proof.transcript.challenge("fractions point")
        point = [at, *below]
        numerator, denominator = line(p0, p1, at), line(q0, q1, at)
    return point, numerator, denominator


def zero_sumcheck(proof, factors, variables):
    """The point, and what the product of the factors has to be there."""
    proof.transcript.absorb_numbers("zero factors and variables", [factors, variables])
    place = proof.transcript.challenges("zero place", variables)
    claim = ZERO
    point = []
    for coordinate in place:
        sent = proof.receive("zero round", factors)
        at = proof.transcript.challenge("zero point")
        constant = claim - coordinate * total(sent)
        value = ZERO
        for coefficient in reversed(sent):
            value = (value + coefficient) * at
        claim = constant + value
        point.append(at)
    return point, claim
