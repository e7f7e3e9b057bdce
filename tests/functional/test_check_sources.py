#!/usr/bin/env python3
"""Breaks each rule of tools/check-sources, and sees it refused; the project's own tree passes."""

import importlib.machinery
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import types
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "tools" / "check-sources"
HEAD = "/* What this is for. */\n"
BEGIN = "PROM_DECLARATIONS_BEGIN"
END = "PROM_DECLARATIONS_END"

# Not what a git hook, if we run in one, says about another repository.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}

sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("check_sources", str(SCRIPT))
check_sources = types.ModuleType(loader.name)
loader.exec_module(check_sources)


def function(*lines):
    return "void prom_f(void)\n{\n" + "".join(f"    {line}\n" for line in lines) + "}\n"


def header_file(path, text="", directives=""):
    """A header that has the form that is asked of one."""
    guard = re.sub(r"\W", "_", re.sub(r"^(?:src|include)/", "", path)).upper()
    if path.startswith("include/") and text:
        text = f"{BEGIN}\n{text}{END}\n"
    return {path: f"{HEAD}#ifndef {guard}\n#define {guard}\n{directives}{text}#endif\n"}


def run(*arguments):
    """The script's exit status and output."""
    command = [SCRIPT, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    return done.returncode, done.stdout + done.stderr


def source(room, text, file="x"):
    """A source with the unit test that it must have."""
    return {f"src/{room}/{file}.c": text, f"tests/unit/{room}/test_{file}.c": ""}


class CheckSources(unittest.TestCase):
    def findings(self, files):
        files = {path: text if isinstance(text, bytes) else text.encode() for path, text in files.items()}
        return [f"{path}:{line}: {what}" for path, line, what in check_sources.judge(files)]

    def refused(self, files, where, what):
        """The tree has exactly one finding, there, with those words."""
        findings = self.findings(files)
        self.assertEqual(len(findings), 1, findings)
        self.assertTrue(findings[0].startswith(where + ": "), findings)
        self.assertIn(what, findings[0])

    def passes(self, files):
        self.assertEqual(self.findings(files), [])

    def test_own_tree(self):
        status, output = run()
        self.assertEqual(status, 0, output)

    def test_small_tree(self):
        """What git ignores is not checked."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "build").mkdir()
            (root / ".gitignore").write_text("/build/\n")
            (root / "build" / "x.txt").write_text("TO" "DO")
            subprocess.run(["git", "init", "-q", folder], check=True, env=ENVIRONMENT)
            self.assertEqual(run(folder), (0, "check-sources: 1 files, no findings\n"))
            (root / "x.txt").write_text("a\nTO" "DO\n")
            finding = "x.txt:2: 'TO" "DO'; do it, or leave it out\n"
            self.assertEqual(run(folder), (1, finding + "check-sources: 2 files, 1 findings\n"))

    def test_not_a_checkout(self):
        with tempfile.TemporaryDirectory() as folder:
            status, output = run(folder)
        self.assertEqual(status, 1)
        self.assertIn("is not a git checkout", output)

    def test_too_many_arguments(self):
        status, output = run("a", "b")
        self.assertEqual(status, 1)
        self.assertIn("tools/check-sources [FOLDER]", output)

    def test_floors(self):
        for room, header, what in (
            ("base", "prometheus/crypto/hash.h", "base (floor 1) includes crypto (floor 2)"),
            ("crypto", "prometheus/field/field.h", "crypto (floor 2) includes field (floor 2)"),
            ("contract", "prometheus/program/run.h", "contract (floor 4) includes program (floor 4)"),
            ("channel", "store/store.h", "channel (floor 7) includes store (floor 11)"),
            ("wallet", "prom/main.h", "wallet (floor 12) includes prom (floor 20)"),
            ("base", "prometheus/cellar/x.h", "in no known room"),
            ("crypto", "../base/x.h", "not of the form room/file.h"),
            ("crypto", "prometheus/base/deep/x.h", "not of the form room/file.h"),
            ("crypto", "private.h", "not of the form room/file.h"),
            ("crypto", "prometheus/x.h", "not of the form room/file.h"),
        ):
            with self.subTest(room=room, header=header):
                self.refused(source(room, f'/* x */\n\n#include "{header}"\n'), f"src/{room}/x.c:3", what)
        for room, header in (
            ("crypto", "prometheus/base/bytes.h"),
            ("crypto", "prometheus/crypto/hash.h"),
            ("program", "program/kernel.h"),
            ("prom", "node/node.h"),
        ):
            with self.subTest(room=room, header=header):
                self.passes(source(room, f'#include "{header}"\n'))
        self.passes(source("base", '/*\n#include "prometheus/crypto/hash.h"\n#include <time.h>\n*/\n'))

    def test_headers_keep_to_the_floors(self):
        self.refused(
            header_file("include/prometheus/base/x.h", directives='#include "prometheus/crypto/hash.h"\n'),
            "include/prometheus/base/x.h:4",
            "base (floor 1) includes crypto (floor 2)",
        )

    def test_rooms(self):
        self.refused(source("cellar", ""), "src/cellar/x.c:1", "room 'cellar' stands on no floor")
        self.refused({"src/x.c": ""}, "src/x.c:1", "lies in no room")
        self.refused(header_file("include/x.h"), "include/x.h:1", "lies in no room")
        self.refused({"src/base/deep/x.c": ""}, "src/base/deep/x.c:1", "lies in no room")
        for path in ("store/x.h", "system/x.h"):
            self.refused(
                header_file(f"include/prometheus/{path}"), f"include/prometheus/{path}:1", "is not part of the library"
            )
        self.passes(header_file("include/prometheus/system/threads.h"))

    def test_libraries(self):
        for room, header in (
            ("bitcoin", "secp256k1.h"),
            ("bitcoin", "secp256k1_schnorrsig.h"),
            ("bitcoin", "valgrind/memcheck.h"),
            ("node", "sqlite3.h"),
            ("contract", "sodium.h"),
            ("node", "curl/curl.h"),
            ("node", "openssl/ssl.h"),
            ("channel", "jansson.h"),
            ("scheme", "onnx/onnx.pb-c.h"),
            ("scheme", "protobuf-c/protobuf-c.h"),
        ):
            for include in (f"<{header}>", f'"{header}"'):
                with self.subTest(room=room, include=include):
                    self.refused(source(room, f"#include {include}\n"), f"src/{room}/x.c:1", f"<{header}> is for ")
        for room, header in (
            ("crypto", "secp256k1.h"),
            ("crypto", "valgrind/memcheck.h"),
            ("store", "sqlite3.h"),
            ("base", "sodium.h"),
            ("node", "sodium.h"),
            ("chain", "curl/curl.h"),
            ("net", "openssl/ssl.h"),
            ("node", "jansson.h"),
            ("onnx", "onnx/onnx.pb-c.h"),
            ("wire", "protobuf-c/protobuf-c.h"),
        ):
            with self.subTest(room=room, header=header):
                self.passes(source(room, f"#include <{header}>\n"))
        self.refused(
            header_file("include/prometheus/crypto/x.h", directives="#include <secp256k1.h>\n"),
            "include/prometheus/crypto/x.h:4",
            "a public header shows <secp256k1.h>",
        )

    def test_system(self):
        for header in ("time.h", "unistd.h", "sys/socket.h", "sys/stat.h", "fcntl.h", "sys/random.h", "pthread.h"):
            with self.subTest(header=header):
                self.refused(source("channel", f"#include <{header}>\n"), "src/channel/x.c:1", "below floor 10")
                self.passes(source("chain", f"#include <{header}>\n"))
        self.passes(source("channel", "#include <stdio.h>\n#include <string.h>\n"))

    def test_world(self):
        for line in (
            'fopen("x", "r");',
            "open(path, 0);",
            "x = time(NULL);",
            "clock_gettime(0, &now);",
            "rand();",
            "getrandom(x, 1, 0);",
            "randombytes_buf(x, 1);",
            "crypto_box_keypair(a, b);",
            'printf("x");',
            "x = stderr;",
            'getenv("X");',
            "exit(1);",
            "abort();",
        ):
            with self.subTest(line=line):
                self.refused(source("channel", function(line)), "src/channel/x.c:3", "below floor 10")
                if "rand" not in line:  # of which there is one source alone, see test_random
                    self.passes(source("node", function(line)))
        for line in ("snprintf(x, 1, y);", "io->read(x);", "io.open(x);", "prom_time(x);", '/* open( */ x = "time(";'):
            with self.subTest(line=line):
                self.passes(source("channel", function(line)))

    def test_random(self):
        """Of randomness there is one source."""
        lines = ("getrandom(x, 1, 0);", "randombytes_buf(x, 1);", "rand();", "srandom(1);", 'open("/dev/urandom", 0);')
        for line in lines:
            name = '"/dev/urandom"' if "/dev" in line else line[: line.index("(")]
            self.refused(source("node", function(line)), "src/node/x.c:3", f"{name} is another source of randomness")
            self.passes(source("system", function(line), "random"))
        self.passes(source("node", function("use_random(x);", "x->random(1);", "/* rand() */")))

    def test_heap(self):
        for line in ("malloc(1);", "calloc(1, 1);", "realloc(x, 1);", "free(x);", "strdup(x);"):
            with self.subTest(line=line):
                self.refused(source("bitcoin", function(line)), "src/bitcoin/x.c:3", "on floor 3; allocate from")
                self.passes(source("program", function(line)))
                self.passes(source("base", function(line), "arena"))
        self.passes(source("bitcoin", function("prom_arena_free(x);")))
        advice = "#include <sys/mman.h>\n"
        self.refused(source("base", advice), "src/base/x.c:1", "below floor 10")
        self.passes(source("base", advice, "arena"))

    def test_amount_field(self):
        line = "x = amount.private_sat;"
        self.refused(source("contract", function(line)), "src/contract/x.c:3", "private_sat is private")
        self.passes(source("base", function(line), "amount"))

    def test_amount_arithmetic(self):
        get = "if (!prom_amount_get(amount, &sat)) {"
        for line in (
            "x = sat + 1;",
            "x = sat - 1;",
            "x = sat * 2;",
            "x = 2 * sat;",
            "x = y - sat;",
            "x = 100 % sat;",
            "x = (double)sat / 2;",
            "x = 2 * (double)sat;",
            "x = sat << 1;",
            "x = sat >> 1;",
            "sat += 1;",
            "x += sat;",
            "x *= sat;",
            "sat++;",
            "x = 1 + sat; /* amount: */",
        ):
            with self.subTest(line=line):
                files = source("contract", function(get, "}", line))
                self.refused(files, "src/contract/x.c:5", "arithmetic on the amount in 'sat'")
                self.passes(source("base", function(get, "}", line), "amount"))
        for line in (
            "x = f(sat) + 1;",
            "f(&sat);",
            "x = sat > 1;",
            "x = satisfied + 1;",
            "x = y->sat + 1;",
            'f("sat + 1"); /* sat + 1 */',
            "x = sat + 1; /* amount: a weight, for the graph alone */",
        ):
            with self.subTest(line=line):
                self.passes(source("contract", function(get, "}", line)))
        self.passes(source("contract", function(get, "}") + function("x = sat + 1;")))

    def test_amount_arithmetic_elsewhere(self):
        """Through a pointer, and in a structure's field."""
        for out, line in (
            ("sat", "x = *sat + 1;"),
            ("sat", "x = 2 * *sat;"),
            ("sat", "*sat += 2;"),
            ("&out->sat", "x = out->sat + 1;"),
            ("&sats[i]", "x += sats[i];"),
        ):
            with self.subTest(out=out, line=line):
                files = source("contract", function(f"(void)prom_amount_get(amount, {out});", line))
                self.refused(files, "src/contract/x.c:4", "arithmetic on the amount")
        self.passes(source("contract", function("(void)prom_amount_get(amount, sat);", "return *sat;")))

    def test_long_functions(self):
        self.passes(source("base", function(*["x();"] * 88)))
        self.refused(source("base", function(*["x();"] * 89)), "src/base/x.c:2", "a function of 91 lines")

    def test_parameters(self):
        def declaration(count, start="prom_result prom_f", end=";"):
            return f"{start}({', '.join(f'size_t x{i}' for i in range(count))}){end}\n"

        for start in ("prom_result prom_f", "static inline void f", "const char *f", "PROM_MUST_USE prom_result prom_f"):
            for end in (";", "\n{\n}"):
                with self.subTest(start=start, end=end):
                    self.passes(source("base", declaration(7, start, end)))
                    files = source("base", "\n" + declaration(8, start, end))
                    self.refused(files, "src/base/x.c:2", "a function of 8 parameters")
        callback = "void f(size_t a, void (*g)(int b, int c, int d, int e), size_t h, size_t i, size_t j, size_t k{});\n"
        self.passes(source("base", callback.format("")))
        self.passes(source("base", callback.format(", size_t l")))
        self.refused(source("base", callback.format(", size_t l, size_t m")), "src/base/x.c:1", "8 parameters")
        self.refused(source("base", declaration(8).replace(", ", ",\n    ")), "src/base/x.c:1", "8 parameters")
        self.passes(source("base", function("f(1, 2, 3, 4, 5, 6, 7, 8, 9);")))
        self.passes({"tests/tools/x.c": declaration(8)})
        self.passes(header_file("src/program/kernel_loops.h", declaration(8)))

    def test_long_files(self):
        self.passes(source("base", "int x;\n" * 500))
        self.refused(source("base", "int x;\n" * 501), "src/base/x.c:1", "a file of 501 lines")
        for path in ("tests/unit/base/x.h", "tests/functional/test_x.py", "bench/x.c"):
            self.passes({path: "/* */\n" * 500})
            self.refused({path: "/* */\n" * 501}, path + ":1", "a file of 501 lines; split it")
        header = "include/prometheus/base/x.h"
        self.passes(header_file(header, "int x;\n" * 492))
        self.refused(header_file(header, "int x;\n" * 500), header + ":1", "lines; split it")
        self.passes({"docs/x.md": "x\n" * 501, "tests/tools/x.sh": "x\n" * 501})

    def test_header_comment(self):
        self.passes(header_file("src/base/x.h"))
        bare = {path: text.removeprefix(HEAD) for path, text in header_file("src/base/x.h").items()}
        self.refused(bare, "src/base/x.h:1", "a header without a head comment")

    def test_guards(self):
        for path, guard in (
            ("src/base/x_y.h", "BASE_X_Y_H"),
            ("include/prometheus/base/x.h", "PROMETHEUS_BASE_X_H"),
            ("include/prometheus/prometheus.h", "PROMETHEUS_PROMETHEUS_H"),
        ):
            with self.subTest(path=path):
                right = header_file(path)[path]
                self.assertIn(f"#ifndef {guard}\n", right)
                self.passes({path: right})
                for wrong in (
                    right.replace(guard, "SRC_" + guard),
                    right.replace("#ifndef", "#define X\n#ifndef"),
                    right.replace("#define " + guard, "#define X"),
                    right + "#define X\n",
                    HEAD + "#pragma once\n",
                ):
                    self.refused({path: wrong}, path + ":1", f"not guarded by {guard}")
        self.passes({"tests/unit/base/plain.h": HEAD})

    def test_include_order(self):
        for includes, line, what in (
            ('#include "prometheus/base/y.h"\n#include <stdio.h>\n', 2, "<stdio.h> after headers of the project"),
            ('#include <stdio.h>\n\n#include "base/y.h"\n\n#include <math.h>\n', 5, "<math.h> after headers"),
            ('#include <stdio.h>\n\n#include "crypto/x.h"\n', 3, '"crypto/x.h" is this file\'s own header'),
            ('#include <stdio.h>\n\n#include "prometheus/crypto/x.h"\n', 3, "include it first, before a blank line"),
        ):
            with self.subTest(includes=includes):
                self.refused(source("crypto", includes), f"src/crypto/x.c:{line}", what)
        for includes in (
            '#include "crypto/x.h"\n\n#include <stdio.h>\n\n#include "prometheus/base/y.h"\n',
            '#include "prometheus/crypto/y.h"\n\n#include <stdio.h>\n\n#include "prometheus/base/y.h"\n',
            '#include <stdio.h>\n\n#include "crypto/y.h"\n',
            '#include <stdio.h>\n\nint prom_x;\n#include "crypto/x.h"\n#include <math.h>\n',
        ):
            with self.subTest(includes=includes):
                self.passes(source("crypto", includes))
        files = header_file("src/crypto/x.h", directives='#include "crypto/y.h"\n#include <stdio.h>\n')
        self.refused(files, "src/crypto/x.h:5", "<stdio.h> after headers of the project")

    def test_declarations(self):
        path = "include/prometheus/base/x.h"
        right = header_file(path, "/* Makes it. */\nvoid prom_x(void);\n", "#include <stddef.h>\n")[path]
        self.passes({path: right})
        self.passes({path: right.replace(BEGIN, "\n/* x */\n" + BEGIN)})
        self.passes(header_file(path))
        self.passes(header_file("src/base/x.h", "void prom_x(void);\n"))
        for wrong in (
            right.replace(BEGIN + "\n", ""),
            right.replace(END + "\n", ""),
            right.replace(BEGIN, "int prom_y;\n" + BEGIN),
            right.replace(END, END + "\nint prom_y;"),
            right.replace(BEGIN, BEGIN + "\n#include <stdint.h>"),
            right.replace(BEGIN, BEGIN + "\n" + BEGIN),
            right.replace(BEGIN + "\n", "").replace(END + "\n", ""),
        ):
            with self.subTest(wrong=wrong):
                self.refused({path: wrong}, path + ":1", f"declares outside of {BEGIN} and {END}")

    def test_limits(self):
        for name in ("PROM_MOST", "PROM_LARGEST_PARTY", "MOST_PARTIES", "PROM_ROUNDS_LEAST", "SMALLEST"):
            with self.subTest(name=name):
                self.refused(source("base", f"enum {{ {name} = 1 }};\n"), "src/base/x.c:1", f"{name} says neither")
                macro = {"tests/unit/x.h": f"{HEAD}#define {name} 1\n"}
                self.refused(macro, "tests/unit/x.h:2", f"{name} says neither")
        for line in ("enum { ALMOST_ALL, UTMOST, X_MAX };", "int most_parties;", "/* MOST_X */", 'f("LEAST");'):
            with self.subTest(line=line):
                self.passes(source("base", line + "\n"))

    def test_verbs(self):
        path = "include/prometheus/base/x.h"
        for text in (
            "/* Returns 1. */\nint prom_f(void);\n",
            "/* Reads, and\n * checks. */\nint prom_f(void);\nPROM_MUST_USE const int *prom_g(int a,\n    int b);\n",
            "/* Writes it. */\nvoid prom_f(void);\nvoid prom_g(void); /* this one, too */\nvoid prom_h(void);\n",
            "/* What one says. */\ntypedef void (*prom_f)(void);\nstruct x {\n    int (*open)(void);\n};\n",
        ):
            with self.subTest(text=text):
                self.passes(header_file(path, text))
        for text, line, what in (
            ("int prom_f(void);\n", 5, "no comment"),
            ("/* Returns 1. */\n\nint prom_f(void);\n", 7, "no comment"),
            ("/* Returns 1. */\n#define X 1\nint prom_f(void);\n", 7, "no comment"),
            ("/* Returns 1. */\nstruct x {\n    int y;\n};\nint prom_f(void);\n", 9, "no comment"),
            ("/* What it is. */\nint prom_f(void);\n", 5, "begin with a verb, as in 'Returns ...': 'What it is."),
            ("/* Success when\n * it is. */\nint prom_f(void);\n", 6, "does not begin with a verb"),
            ("/* Bytes of it. */\nstatic inline int prom_f(void)\n{\n    return 1;\n}\n", 5, "not begin with a verb"),
        ):
            with self.subTest(text=text):
                for room in ("base", "quantise", "onnx", "system"):
                    public = f"include/prometheus/{room}/{'threads' if room == 'system' else 'x'}.h"
                    self.refused(header_file(public, text), f"{public}:{line}", what)
                self.refused(header_file("src/onnx/x.h", text), f"src/onnx/x.h:{line - 1}", what)
                self.passes(header_file("src/base/x.h", text))

    def test_scoped(self):
        function = "int f(void)\n{{\n    PROM_SCOPED(x_free) {};\n}}\n"
        for path in ("tests/unit/base/x.c", "bench/x.c", "tests/x.h"):
            for variable in ("struct x x", "x *x", "unsigned char x[2]", "x\n        *x"):
                with self.subTest(path=path, variable=variable):
                    wrong = {path: HEAD + function.format(variable)}
                    self.refused(wrong, path + ":4", "x is freed on every way out")
                    self.passes({path: HEAD + function.format(variable + " = {0}")})
                    self.passes({path: HEAD + function.format(variable + " = f(1)")})
        self.passes({"bench/x.c": "/* PROM_SCOPED(x_free) x y; */\n#define PROM_SCOPED(f) __attribute__((cleanup(f)))\n"})

    def test_stable(self):
        umbrella = "include/prometheus/prometheus.h"
        model = "include/prometheus/api/model.h"
        for path in (umbrella, model, "include/prometheus/base/result.h"):
            with self.subTest(path=path):
                unstable = '#include "prometheus/base/bytes.h"\n'
                rest = header_file(umbrella, directives=f'#include "{model[8:]}"\n') if path == model else {}
                self.refused(rest | header_file(path, directives=unstable), path + ":4", "a stable header shows")
                stable = '#include "prometheus/base/progress.h"\n'
                self.passes(rest | header_file(path, directives=stable))
        self.refused(header_file(umbrella) | header_file(model), model + ":1", f"is not in {umbrella}")
        self.passes(header_file("include/prometheus/base/arena.h", directives='#include "prometheus/base/bytes.h"\n'))

    def test_words(self):
        for words in ("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"):
            with self.subTest(words=words):
                self.refused({"README.md": f"a\nb {words} c\n"}, "README.md:2", f"'{words}'; do it")
        for words in ("/wo" "rk/x", "/ro" "ot/x", "/ho" "me/x", '"/ro' 'ot"', "file:///ho" "me/x"):
            with self.subTest(words=words):
                self.refused({"README.md": f"a\n{words}\n"}, "README.md:2", "a path of one machine")
        for words in ("https://artifac" "ts.example", "http://pypi.prox" "y.example", "https://crates.interna" "l/x"):
            with self.subTest(words=words):
                self.refused({"pip.conf": f"a\n{words}\n"}, "pip.conf:2", "a host of one network")
        self.refused({"Cargo.lock": 'source = "registr' 'y+https://x.example"\n'}, "Cargo.lock:1", "pin crates")
        self.passes({"Cargo.lock": 'source = "registr' 'y+https://github.com/rust-lang/crates.io-index"\n'})
        self.passes({"x.sh": "mktemp -d a.XXXXXX; cd $cache/wo" "rk/x ./wo" "rk/x; method\n"})
        self.passes({"x.onnx": b"\0 TO" b"DO"})

    def test_unit_tests(self):
        self.refused({"src/base/x.c": ""}, "src/base/x.c:1", "no tests/unit/base/test_x.c")
        self.refused(source("base", "", "y") | {"src/base/x_y.c": ""}, "src/base/x_y.c:1", "no tests/unit/base/test_x_y.c")
        self.passes(source("base", "", "x") | {"src/base/x_y.c": ""})
        self.passes({"src/prom/x.c": ""})
        test = "tests/unit/base/test_x.c"
        self.refused({test: ""}, test + ":1", "tests no source")
        for tested in ("src/base/x.h", "include/prometheus/base/x.h"):
            self.passes({test: ""} | header_file(tested))
        theme = "tests/unit/base/test_x_limits.c"
        self.passes(source("base", "", "x") | {theme: ""})
        self.refused({theme: ""}, theme + ":1", "tests no source")


if __name__ == "__main__":
    unittest.main()
