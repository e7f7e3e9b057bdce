#!/usr/bin/env python3
"""Writes module.json beside it: the bytes of programs with modules, items, folds and results, as docs/programs.md has
them, in plain Python; and bytes that are none, each with a part of the sentence that refuses it."""

import hashlib
import json
import pathlib

CODE = b"\0asm\1\0\0\0"  # the smallest module there is: what is in it does not matter here
OK = 0
PAGES, RESULT, FUEL = 2**14, 2**26, 2**48


def number(value, size):
    return value.to_bytes(size, "big")


def tagged(tag, message):
    tag = hashlib.sha256(tag.encode()).digest()
    return hashlib.sha256(tag + tag + message).digest()


def manifest(limits, length, sha256, magic=b"PRMW", version=1):
    folds, pages, result, fold, fuel, fold_fuel = limits
    head = magic + number(version, 2) + number(folds, 2) + number(pages, 4) + number(result, 4) + number(fold, 4)
    return head + number(fuel, 8) + number(fold_fuel, 8) + number(length, 4) + sha256


def program(limits, code=CODE, **changes):
    return manifest(limits, len(code), hashlib.sha256(code).digest(), **changes) + code


def programs():
    for name, limits in {
        "it maps": (0, 16, 1024, 0, 10**9, 0),
        "it maps and folds": (1, 1, 0, 5, 1, 2),
        "the largest limits": (1, PAGES, RESULT, RESULT, FUEL, FUEL),
        "it folds alone": (2, 1, 0, 5, 0, 2),
    }.items():
        data = program(limits)
        keys = ("folds", "pages", "result_bytes", "fold_bytes", "fuel", "fold_fuel")
        digest = tagged("prometheus/program", data)
        yield {"name": name, **dict(zip(keys, limits)), "program": data.hex(), "digest": digest.hex()}


def refused_programs():
    good = (0, 16, 1024, 0, 10**9, 0)
    data = program(good)
    sha256 = hashlib.sha256(CODE).digest()

    def limit(at, value, base=good):
        return program(base[:at] + (value,) + base[at + 1 :])

    yield "nothing", b"", "does not begin with PRMW"
    yield "an integer program's beginning", b"PRMI" + data[4:], "does not begin with PRMW"
    yield "version 0", program(good, version=0), "interface version 0"
    yield "version 2", program(good, version=2), "interface version 2"
    yield "kind 3", limit(0, 3), "kind 3"
    yield "no pages", limit(1, 0), "pages of memory is 0"
    yield "a page too many", limit(1, PAGES + 1), "pages of memory is 16385"
    yield "a result too long", limit(2, RESULT + 1), "bytes of a result of map"
    yield "bytes of folds without folds", limit(3, 1), "bytes of a result of reduce is 1"
    yield "a fold too long", limit(3, RESULT + 1, (1, 1, 1, 1, 1, 1)), "bytes of a result of reduce"
    yield "no fuel", limit(4, 0), "fuel of an item is 0"
    yield "too much fuel", limit(4, FUEL + 1), "fuel of an item"
    yield "fuel of folds without folds", limit(5, 1), "fuel of a fold is 1"
    yield "no fuel of folds", limit(5, 0, (1, 1, 1, 1, 1, 1)), "fuel of a fold is 0"
    yield "fuel of items that are folded alone", limit(4, 1, (2, 1, 0, 5, 0, 2)), "fuel of an item is 1: 0 to 0"
    yield "results of items that are folded alone", limit(2, 1, (2, 1, 0, 5, 0, 2)), "a result of map is 1: 0 to 0"
    yield "no fuel of folds alone", limit(5, 0, (2, 1, 0, 5, 0, 2)), "fuel of a fold is 0"
    yield "too much fuel of folds", limit(5, FUEL + 1, (1, 1, 1, 1, 1, 1)), "fuel of a fold"
    yield "no module", program(good, b""), "the program's module has 0 bytes"
    yield "a module too long", manifest(good, 2**24 + 1, sha256) + CODE, "the program's module has 16,777,217 bytes"
    yield "another hash", manifest(good, len(CODE), bytes(32)) + CODE, "another SHA-256"
    yield "a byte left over", data + b"\0", "the program's module has 9 bytes, and its manifest says 8 bytes"
    yield "a byte too few", data[:-1], "the program's module has 7 bytes, and its manifest says 8 bytes"
    yield "cut off in the manifest", data[:71], "cut off in its manifest"
    yield "cut off behind its beginning", data[:4], "cut off in its manifest"


def written_items(items):
    return number(len(items), 4) + b"".join(number(len(item), 4) for item in items) + b"".join(items)


def refused_items():
    data = written_items([b"ab", b"", b"c"])
    yield "nothing", b"", "the items are cut off"
    yield "no items", number(0, 4), "the input has 0 items"
    yield "an item too many", number(2**20 + 1, 4), "the input has 1,048,577 items"
    yield "lengths cut off", data[:15], "the items are cut off"
    yield "bytes cut off", data[:-1], "the items are cut off"
    yield "a byte left over", data + b"\0", "the items are followed by 1 byte"
    yield "an item too long", number(1, 4) + number(2**30 + 1, 4), "more than 1073741824 bytes in all"
    yield "too long together", number(2, 4) + number(2**29, 4) + number(2**29 + 1, 4), "more than 1073741824 bytes"


def folds(count):
    """Pairs of each level, from the left; a last one without a partner goes up as it is."""
    made, level = [], list(range(count))
    while len(level) > 1:
        above = []
        for pair in zip(level[::2], level[1::2]):
            above.append(count + len(made))
            made.append(pair)
        level = above + level[len(level) // 2 * 2 :]
    return made


def head(status, trap, fuel):
    return bytes([status, trap]) + number(fuel, 8)


def written_results(nodes):
    heads = [head(*node[:3]) + number(len(node[3]), 4) for node in nodes]
    return number(len(nodes), 4) + b"".join(heads) + b"".join(node[3] for node in nodes)


def results():
    """Each status and each trap."""
    every = [(OK, 0, 7, b"ab"), (OK, 0, FUEL, b""), *((1, trap, 0, b"") for trap in range(1, 9))]
    nodes = every + [(status, 0, 0, b"") for status in range(2, 7)]
    leaves = [tagged("prometheus/leaf", head(*node[:3]) + node[3]) for node in nodes]
    return {"bytes": written_results(nodes).hex(), "leaves": [leaf.hex() for leaf in leaves]}


def refused_results():
    data = written_results([(OK, 0, 7, b"ab"), (1, 3, 0, b"")])
    yield "nothing", b"", "the results are cut off"
    yield "no nodes", number(0, 4), "the output has 0 nodes"
    yield "a node too many", number(2**21, 4), "the output has 2,097,152 nodes"
    yield "heads cut off", data[:31], "the results are cut off"
    yield "bytes cut off", data[:-1], "the results are cut off"
    yield "a byte left over", data + b"\0", "the results are followed by 1 byte"
    for name, node, part in (
        ("a status that there is not", (7, 0, 0, b""), "has a status that there is not"),
        ("a trap that there is not", (1, 9, 0, b""), "has a trap that does not go with its status"),
        ("a trap of nothing", (1, 0, 0, b""), "has a trap that does not go with its status"),
        ("a trap of what is ok", (OK, 1, 0, b""), "has a trap that does not go with its status"),
        ("a trap of what ran out of fuel", (2, 1, 0, b""), "has a trap that does not go with its status"),
        ("fuel of what failed", (1, 1, 1, b""), "has fuel though it failed"),
        ("bytes of what failed", (3, 0, 0, b"a"), "has bytes though it failed"),
        ("too much fuel", (OK, 0, FUEL + 1, b""), "more fuel than any program allows"),
    ):
        yield name, written_results([(OK, 0, 1, b""), node]), f"node 1 {part}" if part.startswith("has") else part
    too_long = number(1, 4) + head(OK, 0, 1) + number(RESULT + 1, 4)
    yield "too many bytes", too_long, "more bytes than any program allows"


def refused(cases):
    return [{"name": name, "bytes": data.hex(), "part": part} for name, data, part in cases]


def main():
    items = [[b""], [b"a", b"", b"bcd"], [bytes([n]) * n for n in range(40)]]
    vectors = {
        "programs": list(programs()),
        "refused programs": refused(refused_programs()),
        "items": [{"items": [item.hex() for item in list_], "bytes": written_items(list_).hex()} for list_ in items],
        "refused items": refused(refused_items()),
        "folds": [{"items": count, "folds": folds(count)} for count in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 21)],
        "results": results(),
        "refused results": refused(refused_results()),
    }
    file = pathlib.Path(__file__).with_name("module.json")
    file.write_text(json.dumps(vectors, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
