#!/usr/bin/env python3
"""Every public header compiles alone, in C and in C++, and all of them together do in either order."""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
INCLUDE = pathlib.Path(os.environ["PROM_SOURCE"]) / "include"
WARNINGS = ("-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror")
LANGUAGES = {
    "c": (os.environ["PROM_CC"], "-std=c17", "-xc", "-Wstrict-prototypes"),
    "c++": (os.environ["PROM_CXX"], "-std=c++17", "-xc++"),
}


def headers(folder):
    return [f"{path.relative_to(folder)}" for path in sorted(folder.rglob("*.h"))]


def compile_headers(language, included, *folders):
    """What the compiler says of a file that includes these headers; nothing when all is well."""
    text = "".join(f'#include "{header}"\n' for header in included)
    places = [option for folder in folders for option in ("-I", str(folder))]
    command = [*LANGUAGES[language], *WARNINGS, "-fsyntax-only", *places, "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode != 0 else ""


class Headers(unittest.TestCase):
    def test_each_alone(self):
        self.assertGreater(len(headers(INCLUDE)), 50)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for language in LANGUAGES:
                said = pool.map(lambda header, l=language: compile_headers(l, [header], INCLUDE), headers(INCLUDE))
                for header, errors in zip(headers(INCLUDE), said):
                    with self.subTest(header=header, language=language):
                        self.assertEqual(errors, "")

    def test_all_together(self):
        for language in LANGUAGES:
            for included in (headers(INCLUDE), headers(INCLUDE)[::-1]):
                self.assertEqual(compile_headers(language, included, INCLUDE), "")

    def test_macros(self):
        """What the headers offer as macros works where these are read, in programs that others analyse too."""
        tried = "static inline prom_result prom_x(prom_error *error)\n{\n    PROM_TRY(prom_ok());\n"
        tried += '    return prom_fail(error, PROM_CATEGORY_IO, "x");\n}\n'
        new = "static inline prom_result prom_y(prom_arena *arena, int **x)\n{\n"
        new += "    PROM_TRY_NEW(*x, arena, 1, NULL);\n    return prom_ok();\n}\n"
        new = f"#ifndef __cplusplus\n{new}#elif defined PROM_TRY_NEW\n#error it is for C\n#endif\n"
        new += "#ifdef prom_fail\n#error it is for our own analysis\n#endif\n"
        for start in ("", "#define __clang_analyzer__ 1\n"):
            for language in LANGUAGES:
                with self.subTest(start=start, language=language), tempfile.TemporaryDirectory() as folder:
                    includes = '#include "prometheus/base/arena.h"\n#include "prometheus/base/result.h"\n'
                    (pathlib.Path(folder) / "x.h").write_text(start + includes + tried + new)
                    self.assertEqual(compile_headers(language, ["x.h"], folder, INCLUDE), "")

    def test_what_is_refused(self):
        """C++ is what refuses, and a header that leans on another is seen."""
        for text, language in (
            ("void prom_x(int new);\n", "c++"),
            ("static inline char *prom_x(void *x) { return x; }\n", "c++"),
            ("prom_span prom_x(void);\n", "c"),
            ("prom_span prom_x(void);\n", "c++"),
        ):
            with self.subTest(text=text, language=language), tempfile.TemporaryDirectory() as folder:
                (pathlib.Path(folder) / "x.h").write_text(text)
                self.assertIn("error", compile_headers(language, ["x.h"], folder, INCLUDE))


if __name__ == "__main__":
    unittest.main()
