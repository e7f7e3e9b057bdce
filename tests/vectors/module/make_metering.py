#!/usr/bin/env python3
"""Writes metering.json: small programs whose fuel, traps and statuses are counted here by hand, from docs/programs.md.
The interpreter beside it must agree.

  make_metering.py    writes the file, or says where the interpreter does not agree
"""

import json
import pathlib
import sys

import canonical
import decoder
import instructions
import interpreter
from canonical import FUEL, LONG, OK, OPERAND, SHAPE, TOO_DEEP, TRAP, Limits
from random_code import signed_leb, vector_of
from random_modules import section

FILE = pathlib.Path(__file__).resolve().parent / "metering.json"
LIMITS = Limits(folds=0, pages=4, result_bytes=64, fold_bytes=0, fuel=100_000, fold_fuel=0)
BLOCK_TYPES = {"": b"\x40", "i32": b"\x7f", "i64": b"\x7e"}
TABLES = (instructions.NUMERIC, instructions.LOADS, instructions.STORES)


def assemble(text):
    """Instructions, each with its immediates behind it, and a ';' between two."""
    code = b""
    for line in text.replace("\n", ";").split(";"):
        name, *immediates = line.split() or ["nothing"]
        rows = [table[name] for table in TABLES if name in table]
        if name == "nothing":
            continue
        if rows:
            code += rows[0].code + (b"" if rows[0] in instructions.NUMERIC.values() else b"\0\0")
        elif name in ("block", "loop", "if"):
            code += bytes([instructions.CODES[name]]) + BLOCK_TYPES[" ".join(immediates)]
        elif name in ("i32.const", "i64.const"):
            bits = int(name[1:3])
            code += bytes([instructions.CODES[name]]) + signed_leb(int(immediates[0], 0) & (1 << bits) - 1, bits)
        elif name == "br_table":
            *labels, last = [instructions.leb(int(label)) for label in immediates]
            code += bytes([instructions.CODES[name]]) + vector_of(labels) + last
        elif name in ("memory.copy", "memory.fill"):
            code += bytes(instructions.PREFIXED[name]) + (b"\0\0" if name == "memory.copy" else b"\0")
        else:
            tail = b"\0" if name in ("memory.size", "memory.grow") else b""
            code += bytes([instructions.CODES[name]]) + b"".join(instructions.leb(int(it)) for it in immediates) + tail
    return code + b"\x0b"


TYPES = (b"\x60\1\x7f\1\x7f", b"\x60\2\x7f\x7f\1\x7e", b"\x60\4\x7f\x7f\x7f\x7f\1\x7e", b"\x60\0\0")
ALLOC, MAP, REDUCE, EXTRA = range(4)  # functions, each of the type with its number


def module(bodies, locals_=None):
    """A module with two pages, of three at most, and a table of nothing, `EXTRA`, `ALLOC`. `bodies`: texts, of these
    functions; `locals_`: how many i32 each has."""
    codes = []
    for index in sorted(bodies):
        count = (locals_ or {}).get(index, 0)
        body = (vector_of([instructions.leb(count) + b"\x7f"]) if count else b"\0") + assemble(bodies[index])
        codes.append(instructions.leb(len(body)) + body)
    indices = {function: at for at, function in enumerate(sorted(bodies))}
    names = {ALLOC: b"prom_alloc", MAP: b"map", REDUCE: b"reduce"}
    exports = [b"\6memory\2\0"]
    for function, name in names.items():
        if function in bodies:
            exports.append(instructions.leb(len(name)) + name + bytes([0, indices[function]]))
    return b"\0asm\1\0\0\0" + b"".join(
        (
            section(1, vector_of(TYPES)),
            section(3, vector_of(bytes([function]) for function in sorted(bodies))),
            section(4, b"\1\x70\0\3"),
            section(5, b"\1\1\2\3"),
            section(7, vector_of(exports)),
            section(9, vector_of([b"\0\x41\1\x0b" + vector_of([bytes([indices[max(bodies)]]), bytes([0])])])),
            section(10, vector_of(codes)),
        )
    )


NOTHING = "i64.const 0"  # as a result: no bytes, from place 0
# Where a program says no more, prom_alloc is `i32.const 1024`: fuel 1. So a map of n instructions takes n + 1. All fuel
# here, of limits and results, comes behind that of setting up, which is added to it.
CASES = []  # (name, program, items, results)


def set_up(whole):
    """What a node has taken before anything is executed: of a module with two pages and three slots."""
    return 20_000 + len(whole) + 3 + 2 * 8192


def add(name, limits, whole, items, results):
    more = set_up(whole)
    allowed = limits._replace(fuel=limits.fuel + more, fold_fuel=limits.folds * (limits.fold_fuel + more))
    counted = [(status, trap, fuel + more * (status == OK), given) for status, trap, fuel, given in results]
    CASES.append((name, allowed, whole, items, counted))


def case(name, code, result, items=(b"",), alloc="i32.const 1024", extra=None, locals_=None, **limits):
    """A program that maps, with one item or several of the same result."""
    bodies = {ALLOC: alloc, MAP: code} | ({EXTRA: extra} if extra is not None else {})
    whole = module(bodies, locals_)
    add(name, LIMITS._replace(**limits), whole, list(items), [result] * len(items))


def taken(fuel, given=b""):
    return (OK, 0, fuel, given)


def trapped(trap):
    return (TRAP, trap, 0, b"")


OUT_OF_FUEL, DEEP, MISSHAPED, TOO_LONG, SKIPPED = (
    (status, 0, 0, b"") for status in (FUEL, TOO_DEEP, SHAPE, LONG, OPERAND)
)

case("one instruction, and one of prom_alloc", NOTHING, taken(2), [b"", b"abc"])
case("fuel to be set up, and nothing more", NOTHING, trapped(1), alloc="unreachable", fuel=0)
case("too little to be set up, seen where prom_alloc begins", NOTHING, OUT_OF_FUEL, alloc="unreachable", fuel=-1)
case("far too little to be set up", NOTHING, OUT_OF_FUEL, fuel=-30_000)
case("just enough fuel", NOTHING, taken(2), fuel=2)
case("one too few, seen behind the call", NOTHING, OUT_OF_FUEL, fuel=1)
NOWHERE = "i32.const 131072; i32.const 1; i32.add"
case("seen behind prom_alloc, before its place is", NOTHING, OUT_OF_FUEL, alloc=NOWHERE, fuel=2)
case("no place for an item", NOTHING, MISSHAPED, alloc=NOWHERE, fuel=3)
case("what costs nothing", f"nop; block; nop; end; {NOTHING}", taken(2))
case("a loop that nothing is in", f"loop; end; {NOTHING}", taken(3))
case("if, not taken", f"i32.const 0; if; i32.const 1; drop; end; {NOTHING}", taken(4))
case("if, taken", f"i32.const 1; if; i32.const 1; drop; end; {NOTHING}", taken(6))
case("else is free", f"i32.const 1; if i64; {NOTHING}; else; i64.const 1; i64.const 2; i64.add; end", taken(4))
case("else taken", f"i32.const 0; if i64; {NOTHING}; else; i64.const 1; i64.const -1; i64.add; end", taken(6))
case("behind a branch nothing is charged", f"block; br 0; i32.const 1; drop; end; {NOTHING}", taken(3))
case("br_if, not taken", f"block; i32.const 0; br_if 0; i32.const 1; drop; end; {NOTHING}", taken(6))
case("br_if, taken", f"block; i32.const 1; br_if 0; i32.const 1; drop; end; {NOTHING}", taken(4))
case("br_table", f"block; block; i32.const 1; br_table 0 1 0; end; nop; end; {NOTHING}", taken(4))
case("return", f"block; {NOTHING}; return; end; unreachable", taken(3))
case("a branch out of the function", f"{NOTHING}; br 0", taken(3))
case("dead code", f"{NOTHING}; return; i32.add; drop; unreachable", taken(3))
COUNT = "local.get 1; i32.const 1; i32.sub; local.tee 1; br_if 0"
case("a loop of three rounds", f"loop; {COUNT}; end; {NOTHING}", taken(18), [b"abc"])
case("a loop, fuel for all rounds", f"loop; {COUNT}; end; {NOTHING}", taken(18), [b"abc"], fuel=18)
case("a loop that ends in debt", f"loop; {COUNT}; end; {NOTHING}", OUT_OF_FUEL, [b"abc"], fuel=17)
case("a loop without an end", f"loop; br 0; end; {NOTHING}", OUT_OF_FUEL)
case("a debt is seen where a loop begins", f"i32.const 1; drop; loop; unreachable; end; {NOTHING}", OUT_OF_FUEL, fuel=3)
case("no debt yet where a loop begins", f"i32.const 1; drop; loop; unreachable; end; {NOTHING}", trapped(1), fuel=4)
case("a trap in debt is a trap", f"i32.const 1; i32.const 0; i32.div_u; drop; {NOTHING}", trapped(6), fuel=1)
case("a call", f"call {EXTRA - 1}; {NOTHING}", taken(5), extra="i32.const 1; drop")
case("a debt is seen where a function begins", f"call {EXTRA - 1}; {NOTHING}", OUT_OF_FUEL, extra="unreachable", fuel=1)
case("no debt where a function begins", f"call {EXTRA - 1}; {NOTHING}", trapped(1), extra="unreachable", fuel=2)
INDIRECT = f"i32.const {{}}; call_indirect {{}} 0; {NOTHING}"
case("an indirect call", INDIRECT.format(1, EXTRA), taken(4), extra="nop")
case("an indirect call of nothing", INDIRECT.format(0, EXTRA), trapped(4), extra="nop")
case("an indirect call of another type", INDIRECT.format(2, EXTRA), trapped(5), extra="nop")
case("an indirect call behind the table", INDIRECT.format(3, EXTRA), trapped(3), extra="nop")
FILL = f"i32.const 0; i32.const 0; i32.const {{}}; memory.fill; {NOTHING}"
for size, fuel in ((0, 6), (7, 6), (8, 7), (17, 8), (131072, 6 + 16384)):
    case(f"a fill of {size} bytes", FILL.format(size), taken(fuel))
    case(f"a copy of {size} bytes", FILL.format(size).replace("fill", "copy"), taken(fuel))
case("a fill is paid for first", FILL.format(131073), OUT_OF_FUEL, fuel=5 + 16383)
case("a fill, paid for, out of bounds", FILL.format(131073), trapped(2), fuel=5 + 16384)
case("a copy of 2^32 - 1 bytes", FILL.format(-1).replace("fill", "copy"), trapped(2), fuel=2**30)
case(
    "nothing copied behind the memory", f"i32.const 131072; i32.const 0; i32.const 0; memory.copy; {NOTHING}", taken(6)
)
case("nothing filled out of bounds", f"i32.const 131073; i32.const 0; i32.const 0; memory.fill; {NOTHING}", trapped(2))
GROW = f"i32.const {{}}; memory.grow; drop; {NOTHING}"
case("growth by nothing", GROW.format(0), taken(5))
case("growth by a page", GROW.format(1), taken(5 + 8192))
case("growth that fails costs as much", GROW.format(2), taken(5 + 16384))
case("growth is paid for first", GROW.format(1), OUT_OF_FUEL, fuel=3 + 8191)
case("growth by 2^32 - 1 pages", GROW.format(-1), taken(5 + 8192 * (2**32 - 1)), fuel=2**47)
ANSWER = "i32.const 0; {}; i32.store; i64.const 4"
GROWN = ANSWER.format("i32.const 1; memory.grow")
case("growth to the module's limit", GROWN, taken(6 + 8192, b"\2\0\0\0"))
case("growth beyond the program's limit", GROWN, taken(6 + 8192, b"\xff\xff\xff\xff"), pages=2)
case("a result behind the memory", f"i64.const {131072 << 32 | 1:#x}", MISSHAPED)
case("an empty result at the memory's end", f"i64.const {131072 << 32:#x}", taken(2))
case("a result that is too long", "i64.const 65", TOO_LONG)
case("a result as long as may be", "i64.const 64", taken(2, bytes(64)))
case("too long, and behind the memory", f"i64.const {131072 << 32 | 65:#x}", MISSHAPED)
# A call of EXTRA costs 4 units, its locals, and its body's bytes: 3 or 4 for a group of 10 or 200 (1; 1 or 2; 1),
# 2 for `call`, 1 for `end`. A map with a body of 6 bytes (1; 2 for `call`; 2 for its result; 1) costs 4 + 2 + 6 = 12.
# When the call that fits last is entered, that of prom_alloc was executed, the map's call, and a call of all others, each
# a run, which costs (200 - 64) / 16 more of so many locals.
for count, cost, run in ((10, 4 + 10 + 6, 1), (200, 4 + 200 + 7, 1 + 8)):
    fits, left = divmod(4194304 - 12, cost)
    taken_then = 2 + (fits - 1) * run
    # A nop adds one to what the map costs: with `left` of them nothing is left behind the last call that fits.
    for spare in (0, left):
        code = "nop; " * spare + f"call {EXTRA - 1}; {NOTHING}"
        recursion = {"extra": f"call {EXTRA - 1}", "locals_": {EXTRA: count}}
        where = f"with {count} locals and {spare} nops"
        case(f"too deep, which is seen before a debt, {where}", code, DEEP, fuel=taken_then, **recursion)
        case(f"in debt where the last call fits, {where}", code, OUT_OF_FUEL, fuel=taken_then - 1, **recursion)


def folding(name, items, results, alloc="i32.const 1024", reduce="i64.const 2", **limits):
    """A program that folds: its map gives one byte where the item has any bytes, and traps where it has none."""
    code = "local.get 1; i32.eqz; if; unreachable; end; i64.const 1"
    whole = module({ALLOC: alloc, MAP: code, REDUCE: reduce})
    allowed = LIMITS._replace(folds=1, fold_bytes=32, fold_fuel=50_000)._replace(**limits)
    add(name, allowed, whole, items, results)


ONE, TWO = taken(5, bytes(1)), taken(3, bytes(2))
folding("one item has no fold", [b"a"], [ONE])
folding("five items", [b"a"] * 5, [ONE] * 5 + [TWO] * 4)
folding("an operand that failed", [b"a", b"", b"a"], [ONE, trapped(1), ONE, SKIPPED, SKIPPED])
folding("the left one carried up", [b"", b"a", b"a"], [trapped(1), ONE, ONE, SKIPPED, SKIPPED])
folding("a fold that is too long", [b"a"] * 2, [ONE] * 2 + [TOO_LONG], fold_bytes=1)
folding("a fold without fuel", [b"a"] * 2, [ONE] * 2 + [OUT_OF_FUEL], fold_fuel=2)
folding("no place for operands", [b"a", b""], [MISSHAPED, trapped(1), SKIPPED], alloc="i32.const 131072")


def main():
    rows, wrong = [], 0
    for name, limits, whole, items, results in CASES:
        got = [tuple(node) for node in interpreter.run(decoder.Module(whole), limits, items)]
        if got != results:
            wrong += 1
            print(f"{name}: {got}, by hand {results}", file=sys.stderr)
        rows.append(
            {
                "name": name,
                "program": canonical.write_program(limits, whole).hex(),
                "items": canonical.write_items(items).hex(),
                "results": canonical.write_results([canonical.Node(*result) for result in results]).hex(),
            }
        )
    if wrong:
        return 1
    FILE.write_text(json.dumps(rows, indent=1) + "\n", encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
