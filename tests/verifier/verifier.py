#!/usr/bin/env python3
"""Checks proofs of runs as docs/proof.md has them: a second verifier, slow and plain, that shares nothing with the one
in src/argument.

  verifier.py PROGRAM INPUTS OUTPUTS PROOF     inputs and outputs are batches; PROOF is a proof alone, or the file of one,
                                               whose header is compared; says why the proof does not hold
"""

import hashlib
import math
import pathlib
import struct
import sys

import network
from algebra import (
    ONE,
    ZERO,
    Proof,
    Refused,
    Transcript,
    combination,
    equality_at,
    equality_table,
    evaluate,
    inner_product,
    inverse_of_power_of_two,
    of_integer,
    product_sumcheck,
    fractions_sumcheck,
    require,
    total,
    zero_sumcheck,
)
from opening import PARAMETERS, Claim, verify_opening

# program.py, the second implementation of docs/program.md, reads programs.
import program as programs  # pylint: disable=wrong-import-order

PROOF_VERSION = 1
FILE_VERSION = 2
FILE_HEADER = struct.Struct(">4sIQ32s32s32s")


def number_of(limbs, values):
    """The number that limbs, the lowest first, are of."""
    number, offset = ZERO, 0
    for limb, value in zip(limbs, values):
        number = number + value.scale(2**offset)
        offset += limb.bits
    return number


class Verifier:
    def __init__(self, program, items, inputs, outputs, data):
        self.program = program
        self.items = items
        self.inputs = inputs
        self.outputs = outputs
        self.layout = network.Layout(program, items)
        self.proof = Proof(data, Transcript("prometheus/proof", PROOF_VERSION))
        self.transcript = self.proof.transcript
        self.claims = []

    # -- What everybody knows --

    def folded_codes(self, value, codes, batch_point):
        """Each value of an item, summed over the items with weight eq(batch point, item)."""
        count = math.prod(value.shape)
        weights = [equality_at(batch_point, item) for item in range(self.items)]
        return [combination(weights, [code + value.low for code in codes[at::count]]) for at in range(count)]

    def output_at(self, point):
        batch_bits = self.layout.batch_bits
        folded = self.folded_codes(self.program.output, self.outputs, point[:batch_bits])
        index = len(self.program.layers)
        tables = network.axis_tables(self.layout, index, point[batch_bits:])
        return inner_product(folded, network.outer(tables, self.program.output.shape))

    def begin(self):
        numbers = [*PARAMETERS, self.items]
        self.transcript.absorb_numbers("parameters", numbers)
        self.transcript.absorb_bytes("program", self.program.digest())
        self.transcript.absorb_bytes("inputs", hashlib.sha256(self.inputs).digest())
        self.transcript.absorb_bytes("outputs", hashlib.sha256(self.outputs).digest())

    # -- Lookups --

    def receive_leaf(self, point):
        """What is sent at the leaf; committed columns are claimed."""
        count = sum(
            (step.column is not None)
            + len(step.places)
            + (0 if step.places else len(step.remainder) + 1)
            + (len(step.high) + len(step.carry) + 2 if step.high else 0)
            for step in self.layout.steps
        )
        sent = iter(self.proof.receive("leaf", count + len(self.layout.tables)))

        def column(number):
            value = next(sent)
            self.claim(number, point[len(point) - self.layout.columns[number] :], value)
            return value

        for step in self.layout.steps:
            at = point[len(point) - step.variables :]
            step.at = at
            step.y = self.output_at(at) if step.column is None else column(step.column)
            step.differences = [next(sent) for _ in step.places]
            if step.places:
                continue
            step.limbs = [column(limb.column) for limb in (*step.remainder, *step.high, *step.carry)]
            if step.high:
                step.sum, step.product_high = next(sent), next(sent)
            step.product = next(sent)
        return [column(number) for number in self.layout.table_columns]

    def looked_up(self, step):
        """(lookup, first, second) of all that a step looks up."""
        if step.places:
            return [(lookup, value, ZERO) for lookup, value in zip(step.places, step.differences)]
        limbs = (*step.remainder, *step.high, *step.carry)
        found = [(limb.lookup, value, ZERO) for limb, value in zip(limbs, step.limbs)]
        first, second = len(step.remainder), len(step.remainder) + len(step.high)
        dividend = step.product
        if step.high:
            raised = 2**step.layer.split
            offset = of_integer(2 ** (network.NUMBER_BITS - step.layer.split))
            high = number_of(step.high, step.limbs[first:second]) - offset
            carry = number_of(step.carry, step.limbs[second:])
            found.append((step.rest, step.sum - high.scale(raised), ZERO))
            found.append((step.low, step.product - (step.product_high + carry).scale(raised), ZERO))
            dividend = step.product_high + carry
        half = of_integer(2 ** (step.remainder_bits - 1))
        quotient = dividend + half - number_of(step.remainder, step.limbs[:first])
        quotient = quotient.scale(inverse_of_power_of_two(step.remainder_bits))
        return [*found, (step.activation, quotient, step.y)]

    def table_at(self, table, point):
        """The two columns of a table at a point."""
        place = ZERO
        for i, coordinate in enumerate(point):
            place = place + coordinate.scale(2 ** (table.bits - 1 - i))
        if not table.activation:
            return place, ZERO
        lowest = -(2 ** (table.bits - 1))
        highest = -lowest - 1
        low, high = max(table.low, lowest), min(table.high, highest)
        # Clamped is low + the number of steps between low and high that q has reached.
        clamped = of_integer(low)
        for q in range(low + 1, high + 1):
            clamped = clamped + self.from_on(point, q - lowest)
        return place + of_integer(lowest), clamped

    @staticmethod
    def from_on(point, start):
        """The sum of eq(point, x) over x from start on."""
        result, prefix = ZERO, ONE
        for i, coordinate in enumerate(point):
            taken = prefix * coordinate
            if start >> (len(point) - 1 - i) & 1:
                prefix = taken
            else:
                result = result + taken
                prefix = prefix - taken
        return result + prefix

    def check_lookups(self, alpha, beta):
        point, numerator, denominator = fractions_sumcheck(self.proof, self.layout.leaf_variables)
        multiplicities = self.receive_leaf(point)
        square = beta * beta

        def bottom(table, first, second):
            return alpha - first - beta * second - square.scale(table + 1)

        blocks = []  # (start, variables, numerator, denominator)
        for step in self.layout.steps:
            for index, first, second in self.looked_up(step):
                lookup = self.layout.lookups[index]
                start = self.layout.starts["lookup", index]
                blocks.append((start, lookup.variables, ONE, bottom(lookup.table, first, second)))
        for i, (table, multiplicity) in enumerate(zip(self.layout.tables, multiplicities)):
            first, second = self.table_at(table, point[len(point) - table.bits :])
            blocks.append((self.layout.starts["table", i], table.bits, -multiplicity, bottom(i, first, second)))
        weights = [equality_at(point[: len(point) - size], start >> size) for start, size, _, _ in blocks]
        tops = inner_product(weights, [block[2] for block in blocks])
        bottoms = inner_product(weights, [block[3] for block in blocks]) + ONE - total(weights)
        require(tops == numerator and bottoms == denominator, "what is looked up is not in the tables")

    # -- Functionals --

    def claim(self, column, point, value):
        self.claims.append(Claim(column, point, value))

    def check_functional(self, made, claim, batch_point):
        items = total(equality_table(batch_point)[: self.items])
        sum_of_parts = made.constant * items
        if 0 in made.coefficients:
            folded = self.folded_codes(self.program.input, self.inputs, batch_point)
            sum_of_parts = sum_of_parts + inner_product(made.coefficients[0], folded)
        committed = sorted(index for index in made.coefficients if index > 0)
        terms = self.proof.receive("terms", len(committed))
        require(total([sum_of_parts, *terms]) == claim, "a layer's sums are not those of its inputs")
        for index, term in zip(committed, terms):
            variables = self.layout.variables(index)
            point, product = product_sumcheck(self.proof, variables, term)
            (value,) = self.proof.receive("value", 1)
            coefficient = evaluate(network.padded(self.layout, index, made.coefficients[index]), point)
            require(coefficient * value == product, "a layer's sums do not follow from its inputs")
            self.claim(self.layout.column_of[index], [*batch_point, *point], value)

    def check_sums(self, step):
        batch_bits = self.layout.batch_bits
        batch_point, point = step.at[:batch_bits], step.at[batch_bits:]
        claim, mix = step.product, None
        if step.high:
            mix = self.transcript.challenge("mix")
            claim = step.sum + mix * step.product
        made = network.prom_functional_of_sums(self.layout, step.value, point, mix)
        self.check_functional(made, claim, batch_point)
        if step.high:
            self.check_high_part(step, batch_point, point)

    def check_high_part(self, step, batch_point, point):
        multipliers = network.multipliers_at(self.layout, step.value, point)
        offset = 2 ** (network.NUMBER_BITS - step.layer.split)
        claim = step.product_high + total(multipliers).scale(offset)
        there, product = product_sumcheck(self.proof, len(point), claim)
        limbs = self.proof.receive("limbs", len(step.high))
        multiplier = evaluate(network.padded(self.layout, step.value, multipliers), there)
        number = number_of(step.high, limbs)
        require(multiplier * number == product, "a sum's high part is not multiplied as it should be")
        for limb, value in zip(step.high, limbs):
            self.claim(limb.column, [*batch_point, *there], value)

    def check_places(self, step, at, value, differences):
        challenge = self.transcript.challenge("places")
        weights = [ONE]
        while len(weights) < len(differences):
            weights.append(weights[-1] * challenge)
        claim = inner_product(weights, [value - difference for difference in differences])
        batch_bits = self.layout.batch_bits
        made = network.prom_functional_of_places(self.layout, step.value, at[batch_bits:], weights)
        self.check_functional(made, claim, at[:batch_bits])

    def check_pool(self, step):
        self.check_places(step, step.at, step.y, step.differences)
        point, product = zero_sumcheck(self.proof, len(step.places), step.variables)
        differences = self.proof.receive("pool", len(step.places))
        together = ONE
        for difference in differences:
            together = together * difference
        require(together == product, "a pool's value is none of those under its window")
        if step.column is None:
            value = self.output_at(point)
        else:
            (value,) = self.proof.receive("value", 1)
            self.claim(step.column, point, value)
        self.check_places(step, point, value, differences)

    def check_moved_output(self):
        last = len(self.program.layers)
        if not self.layout.moved(last):
            return
        batch_bits = self.layout.batch_bits
        point = self.transcript.challenges("output", batch_bits + self.layout.variables(last))
        made = network.prom_functional_of_moved(self.layout, last, point[batch_bits:])
        self.check_functional(made, self.output_at(point), point[:batch_bits])

    # -- The whole --

    def check(self):
        for value, codes in ((self.program.input, self.inputs), (self.program.output, self.outputs)):
            require(all(code <= value.high - value.low for code in codes), "a code out of range")
        if not self.layout.columns:
            self.begin()
            self.check_moved_output()
            self.proof.done()
            return
        root = self.proof.take(32)
        self.begin()
        self.transcript.absorb_bytes("columns", root)
        self.check_lookups(self.transcript.challenge("alpha"), self.transcript.challenge("beta"))
        for step in self.layout.steps:
            (self.check_pool if step.places else self.check_sums)(step)
        self.check_moved_output()
        verify_opening(self.proof, root, self.layout.columns, self.claims)


def read_batch(data, value):
    """(items, codes) of a batch of such values."""
    reader = programs.Reader(data)
    items, width = reader.number(4), reader.number(4)
    require(items > 0 and width == math.prod(value.shape), "a batch of other items")
    codes = reader.take(items * width)
    reader.done()
    return items, codes


def verify(program, inputs, outputs, proof):
    """Of bytes: refuses with Refused, of this module or of program.py."""
    program = programs.parse(program)
    items, input_codes = read_batch(inputs, program.input)
    output_items, output_codes = read_batch(outputs, program.output)
    require(items == output_items, "as many outputs as inputs are needed")
    Verifier(program, items, input_codes, output_codes, proof).check()


def read_file(data):
    """The header of a file of a proof, by name, and the proof."""
    require(data[:4] == b"PRMP", "this is no file of a proof")
    require(len(data) >= FILE_HEADER.size, "the header is cut off")
    _, version, *fields = FILE_HEADER.unpack(data[: FILE_HEADER.size])
    require(version == FILE_VERSION, "a file of another version")
    return dict(zip(("items", "program", "inputs", "outputs"), fields)), data[FILE_HEADER.size :]


def header_of(program, inputs, outputs):
    """What a file of a proof of this statement says; arguments as of verify."""
    parsed = programs.parse(program)
    items, input_codes = read_batch(inputs, parsed.input)
    digests = [hashlib.sha256(codes).digest() for codes in (input_codes, read_batch(outputs, parsed.output)[1])]
    return {"items": items, "program": parsed.digest(), "inputs": digests[0], "outputs": digests[1]}


def verify_file(program, inputs, outputs, data):
    header, proof = read_file(data)
    for name, value in header_of(program, inputs, outputs).items():
        require(header[name] == value, f"the proof is of other {name}")
    verify(program, inputs, outputs, proof)


def main(arguments):
    if len(arguments) != 4:
        sys.exit(__doc__)
    try:
        parts = [pathlib.Path(argument).read_bytes() for argument in arguments]
        (verify_file if parts[3][:4] == b"PRMP" else verify)(*parts)
    except (Refused, programs.Refused) as refused:
        sys.exit(f"verifier.py: {refused}")


if __name__ == "__main__":
    main(sys.argv[1:])
