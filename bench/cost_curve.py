#!/usr/bin/env python3
"""Measures a proof's cost over the batch and over the model's size; writes docs/cost-curve.md and its picture.

  bench/cost_curve.py [PROM]

PROM is the program, build/prom by default. Runs `prom bench prove` for batches of 1 to 256 of the digits' convolutional
network, and for one item of networks of 1,000 to 15 million parameters, which it makes and compiles in a folder of its
own. Takes a minute or two. Needs Python alone.
"""

import math
import pathlib
import sys
import tempfile

from proofs import ROOT, compile_all, machine, measure

BATCH_MODEL = "digits-cnn"
BATCHES = [2**i for i in range(9)]

# The picture: four panels, each a list of series over x, on logarithmic axes.

WIDTH, HEIGHT, LEFT, TOP, GAP_X, GAP_Y = 330, 210, 62, 34, 92, 78
STYLE = """
  svg { background: #ffffff; } text { font: 12px sans-serif; fill: #222222; } .title { font-weight: bold; }
  .grid { stroke: #dddddd; } .frame { stroke: #888888; fill: none; }
  polyline { fill: none; stroke-width: 2; } circle { stroke: none; }
  .a { stroke: #0b62a8; fill: #0b62a8; } .b { stroke: #b3470f; fill: #b3470f; } .c { stroke: #3f7d20; fill: #3f7d20; }
  polyline.a, polyline.b, polyline.c { fill: none; } text.a, text.b, text.c { stroke: none; }
  @media (prefers-color-scheme: dark) {
    svg { background: #16181c; } text { fill: #e4e4e4; } .grid { stroke: #3a3d44; } .frame { stroke: #8a8d94; }
    .a { stroke: #6db8f2; fill: #6db8f2; } .b { stroke: #f2a06d; fill: #f2a06d; } .c { stroke: #93d36f; fill: #93d36f; }
  }
"""


def label(value):
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}" if value >= 1e-2 else f"{value * 1e3:g}m" if value >= 1e-3 else f"{value * 1e6:g}µ"


def panel(at, title, x_title, xs, series):
    """`series` are (name, class, values)."""
    left, top = LEFT + at[0] * (WIDTH + GAP_X), TOP + at[1] * (HEIGHT + GAP_Y)
    everything = [value for _, _, values in series for value in values]
    x_range = (math.log10(min(xs)), math.log10(max(xs)))
    y_range = (math.floor(math.log10(min(everything))), math.ceil(math.log10(max(everything))))

    def x_of(value):
        return left + WIDTH * (math.log10(value) - x_range[0]) / (x_range[1] - x_range[0])

    def y_of(value):
        return top + HEIGHT * (1 - (math.log10(value) - y_range[0]) / (y_range[1] - y_range[0]))

    drawn = [f'<text class="title" x="{left}" y="{top - 12}">{title}</text>']
    for power in range(y_range[0], y_range[1] + 1):
        y = y_of(10.0**power)
        drawn.append(f'<line class="grid" x1="{left}" y1="{y:.1f}" x2="{left + WIDTH}" y2="{y:.1f}"/>')
        drawn.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{label(10.0**power)}</text>')
    decades = range(math.ceil(x_range[0]), math.floor(x_range[1]) + 1)
    for value in [10.0**power for power in decades] if len(decades) > 3 else xs[::2]:
        x = x_of(value)
        drawn.append(f'<line class="grid" x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{top + HEIGHT}"/>')
        drawn.append(f'<text x="{x:.1f}" y="{top + HEIGHT + 16}" text-anchor="middle">{label(value)}</text>')
    drawn.append(f'<rect class="frame" x="{left}" y="{top}" width="{WIDTH}" height="{HEIGHT}"/>')
    drawn.append(f'<text x="{left + WIDTH / 2}" y="{top + HEIGHT + 34}" text-anchor="middle">{x_title}</text>')
    for row, (name, kind, values) in enumerate(series):
        points = [(x_of(x), y_of(y)) for x, y in zip(xs, values)]
        drawn.append(f'<polyline class="{kind}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>')
        drawn += [f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points]
        drawn.append(f'<text class="{kind}" x="{left + 8}" y="{top + 16 + 15 * row}">{name}</text>')
    return drawn


def picture(batches, sizes):
    def of(rows, key, divisor=1):
        return [row[key] / divisor for row in rows]

    def times(rows):
        return [("prove", "a", of(rows, "prove_seconds")), ("verify", "b", of(rows, "verify_seconds")),
                ("plain inference", "c", of(rows, "inference_seconds"))]  # fmt: skip

    def bytes_(rows):
        return [("memory, MB", "a", of(rows, "memory_bytes", 1e6)), ("proof, MB", "b", of(rows, "proof_bytes", 1e6))]

    items, work = of(batches, "items"), of(sizes, "multiplications")
    over_batch, over_size = f"items of {BATCH_MODEL}", "multiplications of the network, one item"
    width, height = LEFT + 2 * WIDTH + GAP_X + 24, TOP + 2 * HEIGHT + GAP_Y + 48
    drawn = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">', f"<style>{STYLE}</style>"]
    drawn += panel((0, 0), "seconds over the batch", over_batch, items, times(batches))
    drawn += panel((1, 0), "seconds over the model", over_size, work, times(sizes))
    drawn += panel((0, 1), "memory and proof over the batch", over_batch, items, bytes_(batches))
    drawn += panel((1, 1), "memory and proof over the model", over_size, work, bytes_(sizes))
    return "\n".join([*drawn, "</svg>", ""])


def table(rows):
    lines = ["| model | parameters | items | plain inference | prove | times | verify | times | proof | memory |",
             "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"]  # fmt: skip
    for row in rows:
        lines.append(
            f"| {row['name']} | {row['parameters']:,} | {row['items']} | {row['inference_seconds'] * 1e3:.3f} ms "
            f"| {row['prove_seconds'] * 1e3:.1f} ms | {row['prove_times_inference']:.0f} "
            f"| {row['verify_seconds'] * 1e3:.1f} ms | {row['verify_times_inference']:.1f} "
            f"| {row['proof_bytes'] / 1e3:.0f} kB | {row['memory_bytes'] / 1e6:.0f} MB |"
        )
    return lines


def page(batches, sizes):
    first = batches[0]
    return "\n".join([
        "# What a proof costs, over the batch and over the model",
        "",
        "Written by `bench/cost_curve.py`, which runs `prom bench prove` and draws the picture; do not edit.",
        "",
        f"Machine: {machine()}; proofs with {first['threads']} threads, "
        "plain inference and",
        f"verification with one. Kernels of inference: {first['kernels']}. Each time is the median of {first['rounds']} "
        "rounds; memory is the",
        "most that the process had. \"times\" is: so many times plain inference.",
        "",
        "![Times, memory and proof](cost-curve.svg)",
        "",
        f"## Over the batch: {BATCH_MODEL}",
        "",
        *table(batches),
        "",
        "## Over the model: one item",
        "",
        *table(sizes),
        "",
    ])  # fmt: skip


def main():
    if len(sys.argv) > 2 or any(argument.startswith("-") for argument in sys.argv[1:]):
        sys.exit(__doc__)
    prom = pathlib.Path(sys.argv[1] if len(sys.argv) == 2 else ROOT / "build/prom").resolve()
    with tempfile.TemporaryDirectory() as folder:
        programs = compile_all(prom, pathlib.Path(folder))
        batches = [measure(prom, programs[BATCH_MODEL], batch) | {"name": BATCH_MODEL} for batch in BATCHES]
        sizes = [measure(prom, program, 1) | {"name": name} for name, program in programs.items()]
    sizes.sort(key=lambda row: row["multiplications"])
    (ROOT / "docs/cost-curve.md").write_text(page(batches, sizes), encoding="utf-8")
    (ROOT / "docs/cost-curve.svg").write_text(picture(batches, sizes), encoding="utf-8")


if __name__ == "__main__":
    main()
