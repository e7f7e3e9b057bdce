"""Two partial signatures under one nonce give a secret key away: no program that copies secret nonces of MuSig2, or writes
them down, compiles. That a nonce signs once is tested in unit.crypto.musig."""

import os
import pathlib
import re
import subprocess
import unittest

INCLUDE = pathlib.Path(os.environ["PROM_SOURCE"]) / "include"
LANGUAGES = {
    "c": (os.environ["PROM_CC"], "-std=c17", "-xc"),
    "c++": (os.environ["PROM_CXX"], "-std=c++17", "-xc++"),
}
HEAD = "#include <stdio.h>\n#include <string.h>\n#include <prometheus/crypto/musig.h>\n"
TAKEN = "prom_musig_nonces"


def compile_function(language, body, parameter=f"{TAKEN} *nonces"):
    """What the compiler says of a function with this body, to which secret nonces are given; nothing when all is well."""
    text = f"{HEAD}void function({parameter});\nvoid function({parameter})\n{{\n{body}\n}}\n"
    command = [*LANGUAGES[language], "-fsyntax-only", "-I", str(INCLUDE), "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode != 0 else ""


class Nonces(unittest.TestCase):
    def test_compiles(self):
        """What is meant to be done with them."""
        for language in LANGUAGES:
            self.assertEqual(compile_function(language, "prom_musig_nonces_wipe(nonces);"), "")

    def test_no_copies(self):
        copies = {
            "by assignment": f"{TAKEN} copy = *nonces; (void)&copy;",
            "of the size": "char copy[1000]; memcpy(copy, nonces, sizeof *nonces);",
            "into an array": f"static {TAKEN} copies[2]; copies[0] = *nonces;",
            "inside of another object": f"struct outer {{ {TAKEN} inner; }} outer = {{*nonces}}; (void)&outer;",
            "to a file": f"fwrite(nonces, sizeof({TAKEN}), 1, stdout);",
            "of what is inside": "printf(\"%p\", (void *)nonces->nonces);",
            "of the next one": "nonces++; nonces[0];",
        }
        for language in LANGUAGES:
            for what, body in copies.items():
                with self.subTest(what=what, language=language):
                    self.assertRegex(compile_function(language, body), "incomplete|undefined|forward declaration|invalid use")
            with self.subTest("by value", language=language):
                self.assertRegex(compile_function(language, "", f"{TAKEN} nonces"), "incomplete")

    def test_no_function_gives_them_out(self):
        """The public functions that take them make, use or wipe them; none reads them or makes them from bytes."""
        users = set()
        for header in INCLUDE.rglob("*.h"):
            text = re.sub(r"/\*.*?\*/", " ", header.read_text(), flags=re.DOTALL)
            for declaration in text.split(";"):
                if re.search(rf"\b{TAKEN} \*", declaration):
                    users |= set(re.findall(r"\b(prom_\w+)\(", declaration))
        self.assertEqual(users, {"prom_musig_nonces_new", "prom_musig_nonces_wipe", "prom_musig_sign"})


if __name__ == "__main__":
    unittest.main()
