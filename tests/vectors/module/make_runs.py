#!/usr/bin/env python3
"""Writes runs.json beside it: small modules with limits and items, and what a job of them gives, to the last unit of fuel
and the last byte, as interpreter.py has it; and seeds of the fuzz target: these modules, one with all kinds of instructions, and the other
bytes that the room reads.

A metered module, run by any engine, must give the same.
"""

import json
import pathlib

import canonical
import decoder
import interpreter
from assembler import EMPTY, I32, I64, body, kind, module
from make_module import program, written_items, written_results

HERE = pathlib.Path(__file__).resolve().parent
SEEDS = HERE.parents[1] / "fuzz" / "seeds"

# Function 0 is prom_alloc, which gives places from global 0 on, 1 is map; type 4 is of a function of a number.
KINDS = [
    kind([I32], [I32]),
    kind([I32, I32], [I64]),
    kind([I32] * 4, [I64]),
    kind([], []),
]
ALLOC = (0, body("global.get 0 global.get 0 local.get 0 i32.add i32.const 7 i32.add i32.const -8 i32.and global.set 0"))
EXPORTS = [("memory", 2, 0), ("prom_alloc", 0, 0), ("map", 0, 1)]
PLACE = "local.get 0 i64.extend_i32_u i64.const 32 i64.shl"


def made(functions, exports=(), memory=(1,), table=(), data=()):
    return module(KINDS, [ALLOC, *functions], EXPORTS + list(exports), memory, [(I32, 4096)], table, data)


def sums():
    """The sum of an item's bytes, and their number; a fold adds both."""
    loop = f"""
        block {EMPTY} loop {EMPTY} local.get 2 local.get 1 i32.ge_u br_if 1
          i32.const 0 i32.const 0 i32.load 0 local.get 0 local.get 2 i32.add i32.load8_u 0 i32.add i32.store 0
          local.get 2 i32.const 1 i32.add local.set 2 br 0 end end
        i32.const 4 local.get 1 i32.store 0 i64.const 8"""
    fold = """
        i32.const 0 local.get 0 i32.load 0 local.get 2 i32.load 0 i32.add i32.store 0
        i32.const 4 local.get 0 i32.load 4 local.get 2 i32.load 4 i32.add i32.store 0 i64.const 8"""
    return made([(1, body(loop, (1, I32))), (2, body(fold))], [("reduce", 0, 2)])


def fibonacci():
    """Numbers of Fibonacci, of an item's first byte, by recursion; of 255 one without an end."""
    recursion = f"""
        local.get 0 i32.const 255 i32.eq if {I32} i32.const 255 call 2 i32.const 1 i32.add return
        else local.get 0 i32.const 2 i32.lt_u if {I32} local.get 0
        else local.get 0 i32.const 1 i32.sub call 2 local.get 0 i32.const 2 i32.sub call 2 i32.add end end"""
    start = f"i32.const 0 local.get 0 i32.load8_u 0 call 2 i32.store 0 {PLACE} drop i64.const 4"
    return made([(1, body(start)), (0, body(recursion))])


def ways():
    """What an item's first byte says: each way to fail, and some to succeed."""
    cases = [
        "i64.const 0 return",
        "unreachable",
        "i32.const 65533 i32.load 0 drop br 9",
        "i32.const 99 i32.const 6 call_indirect 0 drop br 8",
        "i32.const 99 i32.const 0 call_indirect 0 drop br 7",
        "i32.const 2 call_indirect 3 br 6",
        "i32.const 1 i32.const 0 i32.div_u drop br 5",
        "i32.const -2147483648 i32.const -1 i32.div_s drop br 4",
        "f64.nan i32.trunc_f64_s drop br 3",
        "i64.const 0x0000ffff00000002 return",
        "i64.const 2000 return",
        "i32.const 0 i32.const 7 i32.const 1 call_indirect 0 i32.store 0 i64.const 4 return",
        f"loop {EMPTY} br 0 end",
        "i32.const 3 call_indirect 3",
    ]
    opened = f"block {EMPTY} " * (len(cases) + 1)
    labels = ",".join(map(str, range(len(cases) + 1)))
    switch = f"{opened} local.get 0 i32.load8_u 0 br_table {labels} end {' end '.join(cases)} end i64.const 0"
    square = body("local.get 0 local.get 0 i32.mul")
    return made([(1, body(switch)), (0, square), (3, body("call 3"))], table=[2, 2, 3, 2])


def memory():
    """Grows by an item's first number, fills from its second to its third, and copies a fourth as many bytes."""
    work = """
        i32.const 0 local.get 0 i32.load 0 memory.grow 0 i32.store 0
        i32.const 4 memory.size 0 i32.store 0
        local.get 0 i32.load 4 i32.const 0xAB local.get 0 i32.load 8 memory.fill
        i32.const 8 local.get 0 i32.load 4 local.get 0 i32.load 8 i32.const 4 i32.div_u memory.copy
        i64.const 40"""
    return made([(1, body(work))], memory=(1, 3), data=[(8, b"0123456789"), (65535, b"z")])


def features():
    """Instructions of many kinds: of vectors, floats and references."""
    parts = """
        fd0c000102030405060708090a0b0c0d0e0f fd0d000102030405060708090a0b0c0d0e0f fd1503 fdae01 fd000400 fd54000001
        fde001 2c0001 430000803f 440000000000000040 b6 92 8e fc00 fc07 d070 d1 d202 2500 2600 fc1000 1c017f
        418080808078 428080808080808080807f 42808080808000 027f410000 0b 0303 0b 0440 05 0b 0240000e02000100 0b 0f"""
    # Each behind an unreachable, where operands are of any type.
    mixed = b"\0" + b"".join(b"\0" + bytes.fromhex(part) for part in parts.split()) + b"\0\x0b"
    return made([(1, body("i64.const 0")), (3, mixed)], table=[2])


def numbers(*values):
    return b"".join(value.to_bytes(4, "little") for value in values)


def jobs():
    """Their fuel comes behind that of setting up."""
    limits = {"folds": canonical.MAPS, "pages": 2, "result_bytes": 1000, "fold_bytes": 0, "fuel": 10**6, "fold_fuel": 0}
    folding = limits | {"folds": canonical.MAPS_AND_FOLDS, "fold_bytes": 8, "fold_fuel": 1000}
    alone = folding | {"folds": canonical.FOLDS, "result_bytes": 0, "fuel": 0}
    texts = [b"", b"a", b"The quick brown fox", bytes(range(256)), b"jumps over", b"the lazy dog", b"\xff" * 100]
    yield "sums", sums(), folding, texts
    yield "sums, some out of fuel", sums(), folding | {"fuel": 1000}, texts
    yield "sums, folds out of fuel", sums(), folding | {"fold_fuel": 30}, texts[:3]
    yield "sums, folds too long", sums(), folding | {"fold_bytes": 7}, texts[:3]
    yield "sums, folded alone", sums(), alone, [numbers(n, 7 * n) for n in range(5)]
    yield "sums, folded alone and too short", sums(), alone, [b"", numbers(1, 2), b"\1"]
    yield "fibonacci", fibonacci(), limits, [bytes([n]) for n in (0, 1, 2, 5, 10, 17, 255)]
    yield "fibonacci, without a limit", fibonacci(), limits | {"fuel": 2**40}, [b"\x0a", b"\xff"]
    yield "ways", ways(), limits, [bytes([n]) for n in range(17)]
    places = [(0, 256, 64), (1, 70000, 1001), (2, 0, 0), (1, 131072, 0), (1, 131072, 1), (0, 65536, 8), (0, 60000, 5536)]
    yield "memory", memory(), limits, [numbers(*place) for place in places]
    yield "memory, to its own end", memory(), limits | {"pages": 9}, [numbers(2, 190000, 6608), numbers(3, 0, 1)]
    yield "memory, out of fuel", memory(), limits, [numbers(200, 0, 0), numbers(2**32 - 1, 0, 0), numbers(0, 0, 2**32 - 1)]


def above_setting_up(code, limits):
    more = interpreter.setting_up(decoder.Module(code))
    return limits | {name: limits[name] and limits[name] + more for name in ("fuel", "fold_fuel")}


def results_of(code, limits, items):
    return interpreter.run(decoder.Module(code), canonical.Limits(**limits), items)


def main():
    vectors = []
    for name, code, limits, items in jobs():
        limits = above_setting_up(code, limits)
        nodes = results_of(code, limits, items)
        vector = {"name": name, "module": code.hex(), **limits, "items": [item.hex() for item in items]}
        vectors.append(vector | {"results": canonical.write_results(nodes).hex()})
        (SEEDS / f"module.{name.split(',')[0]}").write_bytes(code)
    nodes = [(0, 0, 7, b"ab"), (1, 3, 0, b""), (6, 0, 0, b"")]
    others = {"features": features(), "items": written_items([b"a", b"", b"bc"]), "results": written_results(nodes)}
    for name, data in (others | {"program": program((1, 2, 3, 4, 5, 6))}).items():
        (SEEDS / f"module.{name}").write_bytes(data)
    (HERE / "runs.json").write_text(json.dumps(vectors, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
