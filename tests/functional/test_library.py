#!/usr/bin/env python3
"""What the built libraries show: what include/ declares is exported, all of it and nothing else."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
SOURCE = pathlib.Path(os.environ["PROM_SOURCE"])
SHARED = pathlib.Path(os.environ["PROM_SHARED"])
STATIC = pathlib.Path(os.environ["PROM_STATIC"])
COMPILER = os.environ["PROM_CC"]

BODY = re.compile(r"\{[^{}]*\}")
FUNCTION = re.compile(r"\b(prom_\w+)\s*\(")
OBJECT = re.compile(r"\bextern\b.*?\b(prom_\w+)\s*(?:\[[^\]]*\]\s*)*$", re.DOTALL)


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def symbols(*options):
    """The names that nm lists."""
    lines = output("nm", "--defined-only", "--format=posix", *options).split("\n")
    return {line.split()[0].split("@")[0] for line in lines if line and not line.endswith(":")}


def declared_in(text):
    """The functions and objects that preprocessed C declares and does not define itself."""
    text = re.sub(r"^#.*$", "", text, flags=re.MULTILINE)
    while BODY.search(text):
        text = BODY.sub(" @;", text)  # leaves a mark on what had a body
    names = set()
    for declaration in text.split(";"):
        if re.match(r"\s*typedef\b", declaration) or declaration.rstrip().endswith("@"):
            continue
        found = FUNCTION.search(declaration) or OBJECT.search(declaration)
        if found:
            names.add(found.group(1))
    return names


def headers():
    return sorted(path.relative_to(SOURCE / "include") for path in (SOURCE / "include").rglob("*.h"))


def declared():
    """What the public headers declare on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        everything = pathlib.Path(folder) / "everything.c"
        everything.write_text("".join(f'#include "{header}"\n' for header in headers()))
        return declared_in(output(COMPILER, "-std=c17", "-E", "-P", "-I", str(SOURCE / "include"), str(everything)))


def misnamed(names):
    return sorted(name for name in names if not name.startswith("prom_"))


class Declarations(unittest.TestCase):
    def test_reads_declarations(self):
        self.assertEqual(
            declared_in(
                "typedef struct prom_a { int (*prom_member)(int); } prom_a;\n"
                "typedef void (*prom_callback)(void);\n"
                "#pragma GCC visibility push(default)\n"
                "prom_a prom_function(void (*callback)(int));\n"
                "__attribute__((warn_unused_result)) prom_a\n  prom_marked(void) __attribute__((format(printf, 3, 4)));\n"
                "static inline int prom_inline(void) { if (1) { prom_called(); } return 0; }\n"
                "enum { PROM_X = 1 };\n"
                "extern const struct prom_a prom_object;\n"
                "extern const prom_a prom_table[4][2];\n"
                "int other(void);\n"
            ),
            {"prom_function", "prom_marked", "prom_object", "prom_table"},
        )


class Library(unittest.TestCase):
    def test_shared_exports_what_is_declared(self):
        exported, public = symbols("--dynamic", str(SHARED)), declared()
        self.assertGreater(len(public), 100)
        self.assertEqual(misnamed(exported), [], "exported without prom_; hide them")
        self.assertEqual(sorted(exported - public), [], "exported, and in no public header; declare or hide them")
        self.assertEqual(sorted(public - exported), [], "declared in include/, and not exported; define or remove them")

    def test_static_keeps_to_its_prefix(self):
        names = symbols("--extern-only", str(STATIC))
        self.assertEqual(misnamed(names), [], "global in the static library without prom_; a program may have the same")
        self.assertEqual(sorted(declared() - names), [], "declared in include/, and not in the static library")

    def test_soname(self):
        """A program starts only with a library that has not changed what is stable, see version.h."""
        version = (SOURCE / "include/prometheus/base/version.h").read_text()
        major, minor = (re.search(rf"VERSION_{part} (\d+)$", version, re.MULTILINE).group(1) for part in ("MAJOR", "MINOR"))
        name = f"libprometheus.so.{major if major != '0' else '0.' + minor}"
        dynamic = output("readelf", "--dynamic", str(SHARED))
        self.assertRegex(dynamic, rf"\(SONAME\).*\[{re.escape(name)}\]")


if __name__ == "__main__":
    unittest.main()
