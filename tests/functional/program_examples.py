"""What the programs in examples/programs/ must give, computed here by other means: their items as the examples' inputs
have them, `map` and `reduce` of each in Python, and the canonical bytes of items and results (docs/programs.md).

None stands for a refusal, of an item that is none. Standard library only.
"""

import collections
import functools
import hashlib
import importlib.util
import math
import pathlib
import re
import struct

import program_rounds as rounds

ROOM = pathlib.Path(__file__).resolve().parents[2] / "examples" / "programs"
OK, TRAP, OPERAND = 0, 1, 6
UNREACHABLE = 1


def script(path):
    """A script of the examples, as a module."""
    spec = importlib.util.spec_from_file_location(pathlib.Path(path).stem, ROOM / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_items(items):
    head = struct.pack(f">{1 + len(items)}I", len(items), *map(len, items))
    return head + b"".join(items)


def read_results(data):
    """A list of (status, trap, fuel, bytes)."""
    (count,) = struct.unpack_from(">I", data)
    rows = [struct.unpack_from(">BBQI", data, 4 + 14 * node) for node in range(count)]
    at = 4 + 14 * count
    results = []
    for status, trap, fuel, length in rows:
        results.append((status, trap, fuel, data[at : at + length]))
        at += length
    if at != len(data):
        raise ValueError("bytes behind the results")
    return results


def folds(count):
    """The pairs of nodes that are folded, node `count` first."""
    level = list(range(count))
    pairs = []
    while len(level) > 1:
        above = []
        for at in range(0, len(level) - 1, 2):
            above.append(count + len(pairs))
            pairs.append((level[at], level[at + 1]))
        level = above + level[len(level) // 2 * 2 :]
    return pairs


def run(program, items):
    """(status, trap, bytes) of all nodes."""

    def node(given):
        return (TRAP, UNREACHABLE, b"") if given is None else (OK, 0, given)

    nodes = [node(program.map(item)) for item in items]
    if program.reduce is not None:
        for left, right in folds(len(items)):
            failed = nodes[left][0] != OK or nodes[right][0] != OK
            nodes.append((OPERAND, 0, b"") if failed else node(program.reduce(nodes[left][2], nodes[right][2])))
    return nodes


# -- wordcount --

WORD = re.compile(rb"[0-9a-z\x80-\xff]+(?:'[0-9a-z\x80-\xff]+)*")


def table(counts):
    return b"".join(b"%s %d\n" % (word, counts[word]) for word in sorted(counts))


def count_words(text):
    return table(collections.Counter(WORD.findall(text.lower())))


def merge_words(first, second):
    counts = collections.Counter()
    for row in (first + second).splitlines():
        word, count = row.split(b" ")
        counts[word] += int(count)
    return table(counts)


# -- montecarlo --

MASK = 2**64 - 1
TWO_NUMBERS = re.compile(rb"(\d+) (\d+)\n?")


def random_bits(state):
    bits = state
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9 & MASK
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB & MASK
    return bits ^ bits >> 31


def two_numbers(line):
    found = TWO_NUMBERS.fullmatch(line)
    if found is None or any(int(number) > MASK for number in found.groups()):
        return None
    return [int(number) for number in found.groups()]


def estimate(line):
    numbers = two_numbers(line)
    if numbers is None or numbers[1] > 2**31:
        return None
    state, samples = numbers
    total = 0
    for _ in range(samples):
        state = state + 0x9E3779B97F4A7C15 & MASK
        x = (random_bits(state) >> 11) * 2.0**-53
        total += int(4.0 * math.sqrt(1.0 - x * x) * 2.0**30)
    return b"%d %d\n" % (total, samples)


def add_estimates(first, second):
    numbers = [two_numbers(line) for line in (first, second)]
    if None in numbers:
        return None
    total, samples = map(sum, zip(*numbers))
    return b"%d %d\n" % (total & MASK, samples) if samples <= 2**31 else None


# -- filter --


def edges(tile):
    head = re.match(rb"P5\n(\d+)[ \n](\d+)[ \n]255[ \n]", tile)
    if head is None:
        return None
    width, height, pixels = int(head[1]), int(head[2]), tile[head.end() :]
    if not 3 <= width <= 32768 or not 3 <= height <= 32768 or len(pixels) != width * height:
        return None
    result = bytearray()
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            at = [[pixels[(y + b) * width + x + a] for a in (-1, 0, 1)] for b in (-1, 0, 1)]
            across = sum(k * (row[2] - row[0]) for k, row in zip((1, 2, 1), at))
            down = sum(k * (at[2][a] - at[0][a]) for k, a in zip((1, 2, 1), (0, 1, 2)))
            result.append(min(255, abs(across) + abs(down)))
    return b"P5\n%d %d\n255\n" % (width - 2, height - 2) + result


# -- search --

RANGE = re.compile(rb"((?:[0-9a-f]{2}){0,1024}) (\d+) (\d+) (\d+)\n?")


def search(line):
    found = RANGE.fullmatch(line)
    if found is None:
        return None
    header = bytes.fromhex(found[1].decode())
    zeros, first, count = (int(number) for number in found.groups()[1:])
    if zeros > 256 or first + count > MASK:
        return None
    for number in range(first, first + count):
        digest = hashlib.sha256(header + number.to_bytes(8, "big")).digest()
        if int.from_bytes(digest, "big") >> 256 - zeros == 0:
            return b"%d %s\n" % (number, digest.hex().encode())
    return b"none\n"


def first_hit(first, second):
    hits = [line for line in (first, second) if line != b"none\n"]
    return min(hits, key=lambda line: int(line.split()[0]), default=b"none\n")


# -- All --

Program = collections.namedtuple("Program", "module map reduce inputs hostile")


def lines(path):
    return (ROOM / path).read_bytes().splitlines()


def texts():
    return [path.read_bytes() for path in sorted((ROOM / "wordcount" / "text").iterdir())]


def tiles():
    return script("filter/tiles.py").cut((ROOM / "filter" / "picture.pgm").read_bytes())


def points():
    """The first round's."""
    made = script("kmeans/rounds.py")
    table_of = (made.read_table((ROOM / "kmeans" / f"{name}.csv").read_text()) for name in ("points", "centres"))
    rows, centres = table_of
    return [rounds.item_of(made.state(centres), item) for item in made.data(rows)]


def participants():
    """A later round's: of a model that was trained before."""
    made = script("fedavg/fedavg.py")
    data = made.data(made.read_table((ROOM / "fedavg" / "samples.csv").read_text()))
    return [rounds.item_of(made.state([1000, -2000, 3000, -4000, 5], 3, [3001, -6002, 9000, -12001, 17]), item) for item in data]


def centres(*numbers, sums=()):
    """Centres on one axis, without points where there are no sums."""
    return rounds.write_centres([[number] for number in numbers], sums or [[0, 0] for _ in numbers])


def model(*weights, samples=0, sums=()):
    return rounds.write_model(list(weights), samples, list(sums) or [0] * len(weights))


WORDS = functools.partial(
    Program,
    map=count_words,
    reduce=merge_words,
    inputs=texts,
    hostile=[
        b"",
        b"'",
        b"a",
        b"don't 'quote' it''s rock'",
        b"caf\xc3\xa9 CAF\xc3\x89 \xff\x80 0 00",
        b"\0a\0",
        b" ".join(b"%d" % number for number in range(3000)),
    ],
)

PROGRAMS = {
    "wordcount": WORDS("wordcount/wordcount.wasm"),
    "wordcount-rust": WORDS("wordcount-rust/wordcount-rust.wasm"),
    "montecarlo": Program(
        "montecarlo/montecarlo.wasm",
        estimate,
        add_estimates,
        lambda: lines("montecarlo/seeds.txt"),
        [
            b"18446744073709551615 10",
            b"18446744073709551616 10",
            b"1 0\n",
            b"1 2147483649",
            b"1 10 ",
            b"1",
            b"",
            b"-1 5",
        ],
    ),
    "filter": Program(
        "filter/filter.wasm",
        edges,
        None,
        tiles,
        [
            b"P5\n3 3\n255\n123456789",
            b"P5\n2 3\n255\n123456",
            b"P5\n3 3\n254\n123456789",
            b"P5\n3 3\n255\n",
            b"P6\n",
            b"",
        ],
    ),
    "search": Program(
        "search/search.wasm",
        search,
        first_hit,
        lambda: lines("search/ranges.txt"),
        [
            b" 0 5 3",
            b" 256 0 10",
            b"ab" * 47 + b" 8 0 1000",  # its number and padding fill a block
            b"ab" * 48 + b" 8 0 1000",
            b"ab" * 64 + b" 9 0 1000\n",
            b"ab" * 119 + b" 8 7 1000",
            b"ab" * 1024 + b" 33 0 10",
            b"ab" * 1025 + b" 1 0 10",
            b"abc 1 0 10",
            b"AB 1 0 10",
            b"ab 257 0 10",
            b"ab 1 18446744073709551615 1",
        ],
    ),
    "kmeans": Program(
        "kmeans/kmeans.wasm",
        rounds.nearest_sums,
        rounds.add_sums,
        points,
        [
            b"",
            b"\0\0\0",
            struct.pack("<Iii", 2**32 - 1, 1, 1),
            rounds.item_of(centres(4, 6), struct.pack("<4i", 5, 5, -(2**24), 2**24)),  # ties go to the first centre
            rounds.item_of(centres(4, 6), b""),
            rounds.item_of(centres(4, 6)[:-1], b""),
            rounds.item_of(centres(0), struct.pack("<i", 2**24 + 1)),
            rounds.item_of(centres(2**24 + 1), b""),
            rounds.item_of(centres(0), b"\0\0\0"),
            rounds.item_of(centres(0, 9, sums=[[2, -5], [0, 0]]), struct.pack("<i", 3)),
            rounds.item_of(centres(0, sums=[[3, -4]]), struct.pack("<i", 3)),
            rounds.item_of(centres(0, sums=[[1, 2**24 + 1]]), b""),
            rounds.item_of(centres(0, sums=[[-1, 0]]), b""),
            rounds.item_of(centres(0, sums=[[2**32 + 1, 0]]), b""),
            rounds.item_of(struct.pack("<II", 0, 1), b""),
            rounds.item_of(struct.pack("<II", 2**31, 2**31), b""),
        ],
    ),
    "fedavg": Program(
        "fedavg/fedavg.wasm",
        rounds.train,
        rounds.add_models,
        participants,
        [
            b"",
            rounds.item_of(model(0, 0), b""),
            rounds.item_of(model(0, 0), struct.pack("<ii", 2**20, 1)),
            rounds.item_of(model(0, 0), struct.pack("<ii", -(2**20) - 1, 1)),
            rounds.item_of(model(0, 0), struct.pack("<ii", 5, 2)),
            rounds.item_of(model(0, 0), struct.pack("<i", 5)),
            rounds.item_of(model(2**24, -(2**24)), struct.pack("<ii", -(2**20), 1) * 3),  # a weight at its bound
            rounds.item_of(model(2**24 + 1, 0), b""),
            rounds.item_of(model(0, 0, samples=2, sums=[-3, 2**25]), struct.pack("<ii", 7, 0)),
            rounds.item_of(model(0, 0, samples=2, sums=[-3, 2**25 + 1]), b""),
            rounds.item_of(model(0, 0, samples=-1), b""),
            rounds.item_of(model(0, 0)[:-1], b""),
            rounds.item_of(struct.pack("<I", 0), b""),
            rounds.item_of(struct.pack("<I", 2**32 - 1), b""),
        ],
    ),
}
