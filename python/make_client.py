#!/usr/bin/env python3
"""Writes python/prom/node.py, the client of a node, from the table that the node answers by:

  build/prom help --rpc --json | python3 python/make_client.py > python/prom/node.py

A test compares what is committed with that.
"""

import json
import keyword
import sys
import textwrap

WIDTH = 118
TYPES = {"text": "str", "number": "int", "true or false": "bool", "object of numbers": "dict[str, int]"}

HEAD = '''"""A node that runs, asked from Python: `with Node("~/.prometheus/signet") as node: node.node_info()`.

Made by python/make_client.py from `prom help --rpc --json`: change the table in src/rpc, not this file. docs/rpc.md
explains the same.
"""

from __future__ import annotations

from typing import Any, Iterator

from ._rpc import Connection, NodeError
'''


def wrapped(text, indent, first=""):
    return textwrap.fill(text, WIDTH, initial_indent=indent + first, subsequent_indent=indent + " " * len(first))


def error_name(error):
    return f"Node{error['error'].title().replace(' ', '')}Error"


def write_error(error):
    text = wrapped(error["text"] + '"""', "    ", '"""').replace("\n       ", "\n    ")
    print(f"\n\nclass {error_name(error)}(NodeError):\n{text}\n\n    code = {error['code']}")


def python_name(name):
    return name + "_" if keyword.iskeyword(name) else name


def limits(parameter):
    """What a value must be, beyond its type."""
    if parameter["words"] is not None:
        return " One of: " + ", ".join(parameter["words"]) + "."
    if parameter["type"] in ("number", "object of numbers"):
        return f" From {parameter['min']} to {parameter['max']}."
    return ""


def signature(method, result):
    required = [it for it in method["parameters"] if it["required"]]
    optional = [it for it in method["parameters"] if not it["required"]]
    parts = ["self", *(f"{python_name(it['name'])}: {TYPES[it['type']]}" for it in required)]
    if optional:
        parts += ["*", *(f"{python_name(it['name'])}: {TYPES[it['type']]} | None = None" for it in optional)]
    name = method["name"].replace(".", "_")
    line = f"    def {name}({', '.join(parts)}) -> {result}:"
    if len(line) <= WIDTH:
        return line
    return f"    def {name}(\n" + "".join(f"        {part},\n" for part in parts) + f"    ) -> {result}:"


def docstring(method):
    lines = [wrapped(method["text"], "        ", '"""')]
    if method["parameters"]:
        lines += ["", "        Parameters:"]
        lines += [wrapped(f"{python_name(it['name'])}: {it['text']}{limits(it)}", "            ") for it in method["parameters"]]
    lines += ["", "        The result has:"]
    lines += [wrapped(f"{it['name']}: {it['text']}", "            ") for it in method["result"]]
    return "\n".join([*lines, '        """']).replace("\\", "\\\\")


def write_method(method):
    result = "Iterator[dict[str, Any]]" if method["follows"] else "dict[str, Any]"
    print("\n" + signature(method, result))
    print(docstring(method))
    if method["follows"]:
        print(f'        return self._follow("{method["name"]}")')
        return
    params = ", ".join(f'"{it["name"]}": {python_name(it["name"])}' for it in method["parameters"])
    line = f'        return self._call("{method["name"]}", {{{params}}})  # type: ignore[no-any-return]'
    if len(line) <= WIDTH + 40:
        print(line)
        return
    print("        params = {")
    for it in method["parameters"]:
        print(f'            "{it["name"]}": {python_name(it["name"])},')
    print("        }")
    print(f'        return self._call("{method["name"]}", params)  # type: ignore[no-any-return]')


def main():
    told = json.load(sys.stdin)
    print(HEAD, end="")
    for error in told["errors"]:
        write_error(error)
    names = ", ".join(error_name(error) for error in told["errors"])
    print(f"\n\nERRORS: tuple[type[NodeError], ...] = (\n{textwrap.fill(names, WIDTH, initial_indent='    ', subsequent_indent='    ')},\n)")
    print('\n\nclass Node(Connection):\n    """One connection to a node, with a method for each of its JSON-RPC. A parameter that is None is left out."""\n')
    print("    errors = {error.code: error for error in ERRORS}")
    for method in told["methods"]:
        write_method(method)


if __name__ == "__main__":
    main()
