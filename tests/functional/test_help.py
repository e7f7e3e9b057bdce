"""What `prom` tells of its commands: help, man pages, completion, and the command that was meant. All of it is written
from one table, which `prom help --json` prints."""

import os
import re
import shutil
import subprocess
import unittest

import framework
from framework import PROM, SOURCE

COMPLETE = """
source /dev/stdin <<<"$(prom help --completion bash)"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_prom
printf '%s\\n' "${COMPREPLY[@]}"
"""


class HelpTest(framework.PromTest):
    def setUp(self):
        super().setUp()
        self.commands = self.prom_json("help")["commands"]
        self.first = {}

    def leaves(self):
        """(the words of its name, its parameters) of each command that runs."""
        return [(told["command"].split(), told["parameters"]) for told in self.commands if not told["group"]]

    def names(self):
        return [told["command"] for told in self.commands]


class Pages(HelpTest):
    def test_every_way_to_the_help_of_a_command_is_the_same(self):
        for name in self.names():
            words = name.split()
            text, errors = self.prom("help", *words)
            self.assertEqual(errors, "")
            for arguments in ([*words, "--help"], [*words, "-h"]):
                self.assertEqual(self.prom(*arguments)[0], text)
        self.assertEqual(self.prom("compile", "x", "--help")[0], self.prom("help", "compile")[0])
        for words in ([], ["compile"], ["devnet"]):
            self.assertEqual(self.prom_json(*words, "--help"), {"commands": self.commands})
        self.assertIn("no model is given", self.prom("compile", "--", code=2)[1])
        self.assertIn("inspect: --help ", self.prom("inspect", "--", "--help", code=2)[1])

    def check_width(self, name, text, width):
        """No line is wider."""
        for line in text.splitlines():
            self.assertLessEqual(len(line), width, f"{name}, {width}: {line}")
            self.assertEqual(line, line.rstrip(), name)
        self.assertTrue(text.isascii(), name)
        self.assertNotRegex(text, r"\n\n\n", name)

    def test_lines_fit_the_terminal(self):
        for columns, width in ((None, 80), ("60", 60), ("72", 72), ("40", 40), ("9", 40), ("200", 80), ("x", 80), ("", 80)):
            if columns is not None:
                self.environment["COLUMNS"] = columns
            widest = 0
            for name in self.names():
                text, _ = self.prom("help", *name.split())
                self.check_width(name, text, width)
                widest = max(widest, *map(len, text.splitlines()))
                # It says the same in other lines.
                words = text.replace(" \\\n", " ").split()
                self.assertEqual(words, self.first.setdefault(name, words), name)
            self.assertGreater(widest, width - 3)

    def help_on(self, columns, *arguments):
        """What `prom` writes to a terminal of so many columns."""
        shown, errors = self.on_terminal(*arguments, stream="stdout", columns=columns)
        self.assertEqual(errors, b"")
        return shown.decode().replace("\r\n", "\n")

    def test_width_of_a_terminal(self):
        plain = self.prom("help", "compile")[0]
        self.assertEqual(self.help_on(0, "help", "compile"), plain)  # it does not know its own
        self.assertEqual(self.help_on(300, "help", "compile"), plain)
        self.check_width("compile", self.help_on(60, "help", "compile"), 60)
        self.check_width("compile", self.help_on(50, "compile", "--help"), 50)
        self.environment["COLUMNS"] = "80"
        self.assertEqual(self.help_on(60, "help", "compile"), plain)

    def test_examples_can_be_copied(self):
        """A line that is broken is one to a shell."""
        self.environment["COLUMNS"] = "40"
        narrow = self.prom("help", "prove")[0].partition("Examples:\n")[2]
        self.assertIn(" \\\n", narrow)
        shell = subprocess.run(["sh", "-c", "prom() { printf '%s|' \"$@\"; }\n" + narrow], capture_output=True, text=True, check=True)
        self.assertEqual(
            shell.stdout,
            "prove|digits-cnn.prom|digits-heldout-images.npy|-o|digits.proof|--output|digits-out.npy|",
        )

    def test_parts_of_a_page(self):
        for told in self.commands:
            text, _ = self.prom("help", *told["command"].split())
            name = f"prom {told['command']}".strip()
            title, rest = text.split("\n\n", 1)
            self.assertEqual(" ".join(title.split()), f"{name} - {told['summary']}")
            self.assertTrue(rest.startswith(f"usage: {name}"), text)
            for part in ("Exit codes:\n  0  ", *(() if told["group"] else ("Examples:\n  ",))):
                self.assertIn("\n" + part, text)
            for parameter in told["parameters"]:
                term = ", ".join(filter(None, (parameter["letter"], parameter["option"])))
                term = " ".join(filter(None, (term, parameter["value"])))
                self.assertRegex(text, rf"\n  {re.escape(term)}(  |\n)")
                self.assertIn(" ".join(parameter["help"].split()), " ".join(text.split()))

    def test_usage_shows_what_is_required_and_what_stands_alone(self):
        for arguments, usage in (
            (["compile"], "prom compile MODEL.onnx [--calibrate X] [-o FILE]"),
            (["compile"], "\n       prom compile --operators\n"),
            (["prove"], "prom prove PROGRAM X -o PROOF [--output Y.npy]"),
            (["contract", "tree"], "prom contract tree FILE [--json | --svg]\n"),
            (["contract"], "\n       prom contract example [--arbiters N] [--network NAME] [--json]\n"),
            (["help"], "prom help [COMMAND] [SUBCOMMAND]"),
        ):
            self.assertIn(usage, self.prom("help", *arguments)[0])
        for arguments, alone in ((["compile"], "--operators"), (["help"], "--list")):
            self.assertNotIn(f"[{alone}]", self.prom("help", *arguments)[0])

    def test_values_are_told(self):
        for arguments, sentence in (
            (["prove"], "N is 1 to 256."),
            (["contract", "example"], "N is 3 to 9."),
            (["demo"], "NAME is one of sumcheck, replay."),
        ):
            self.assertIn(sentence, " ".join(self.prom("help", *arguments)[0].split()))

    def test_list(self):
        self.assertEqual(["", *self.prom("help", "--list")[0].splitlines()], self.names())

    def test_version(self):
        with open(os.path.join(SOURCE, "CMakeLists.txt"), encoding="utf-8") as file:
            version = re.search(r"project\(prometheus VERSION (\S+)", file.read()).group(1)
        self.assertEqual(self.prom("--version")[0], f"prom {version}\n")


class Table(HelpTest):
    """The parser knows the options that are told, and no others."""

    def test_every_option_is_known(self):
        for words, parameters in self.leaves():
            for parameter in parameters:
                for name in filter(None, (parameter["option"], parameter["letter"])):
                    with self.subTest(words=words, name=name):
                        if parameter["value"] is None:
                            self.fails(*words, name + "=x", code=2, says=[f"{parameter['option']} takes no value"])
                        else:
                            self.fails(*words, name + "=", code=2, says=[f"{name} needs a value"])

    def test_an_option_beside_it_is_not(self):
        options = {parameter["option"] for told in self.commands for parameter in told["parameters"]}
        for words, parameters in self.leaves():
            known = {parameter["option"] for parameter in parameters}
            for option in options - known - {"--help", None}:
                errors = self.prom(*words, option, "x", code=2)[1]
                self.assertRegex(errors, f"unknown option '{option}'|{option} is an option of ")

    def test_operands_are_counted(self):
        for words, parameters in self.leaves():
            operands = [parameter for parameter in parameters if parameter["option"] is None]
            if words == ["devnet", "mine"] or any(it["value"].endswith("...") for it in operands):
                continue  # its operand is a number; it takes as many as there are
            too_many = ["x"] * len(operands) + ["more"]
            self.fails(*words, *too_many, code=2, says=["'more' is one argument too many", f"'prom help {' '.join(words)}'"])
            if any(parameter["required"] for parameter in operands):
                self.fails(*words, code=2, says=["no ", " is given"])

    def test_what_excludes_each_other(self):
        told = self.prom_json("contract", "tree", "x", "--svg", code=2)
        self.assertIn("--json and --svg exclude each other", told["error"]["message"])
        for more in (["prove"], ["--man"], ["--completion", "bash"]):
            self.fails("help", "--list", *more, code=2, says=["stands alone"])

    def test_what_help_cannot_tell(self):
        self.fails("help", "nothing", code=2, says=["help: unknown command 'nothing'; 'prom --help' lists the commands"])
        self.fails("help", "contract", "tere", code=2, says=["none of contract's commands", "did you mean 'tree'?"])
        self.fails("help", "prove", "more", code=2, says=["prove has no commands of its own, and no 'more'"])
        self.fails("help", "--completion", "csh", code=2, says=["no completion for 'csh'", "bash, zsh, fish"])


class Meant(HelpTest):
    """The nearest word is named, where one is near."""

    def test_commands(self):
        for told in self.commands[1:]:
            *group, name = told["command"].split()
            for wrong in (name[1:] + "x", name[1] + name[0] + name[2:], name + "s", name[:-1]):
                if len(name) < 3 or len(wrong) < 3 or any([*group, wrong] == other.split() for other in self.names()):
                    continue
                with self.subTest(wrong=[*group, wrong]):
                    says = f"(did you mean '{name}'?)"
                    if wrong[:-1] == name[1:]:  # two edits, which a short word does not have
                        says = says if len(name) >= 6 else ""
                    self.fails(*group, wrong, code=2, says=[f"'{wrong}'", says])

    def test_options(self):
        for wrong, right in (("--thread", "--threads"), ("--porof", "--proof"), ("--ouptut=x", "--output"), ("--jsn", "--json")):
            self.fails("prove", wrong, code=2, says=[f"unknown option '{wrong.split('=')[0]}' (did you mean '{right}'?)"])
        for wrong, right in (("--verison", "--version"), ("--hlep", "--help"), ("version", "--version"), ("verison", "--version")):
            self.fails(wrong, code=2, says=[f"'{wrong}' (did you mean '{right}'?)"])
        for words in (["devnet"], ["compile"], ["devnet", "up"]):
            self.fails(*words, "--hlep", code=2, says=["'--hlep'", "(did you mean '--help'?)", f"prom help {' '.join(words)}"])

    def test_an_option_given_twice(self):
        """Which value is meant cannot be known; a flag says the same both times."""
        for words, parameters in self.leaves():
            for option in (parameter for parameter in parameters if parameter["option"] and parameter["value"]):
                if option["option"] in ("--dir", "--output", "--bitcoind", "--threads", "--rpc-port"):
                    name = option["letter"] or option["option"]
                    self.fails(*words, option["option"], "1", name, "2", code=2, says=[f"{name} is given twice"])
        self.fails("prove", "p", "x", "-o", "a", "-ob", code=2, says=["-o is given twice"])
        self.prom("inspect", "--json", "--json", "nosuch", code=2)

    def test_a_value_joined_to_its_letter(self):
        self.fails("infer", "p", "x", "-o/nosuch/y.npy", code=1, says=["/nosuch/y.npy cannot be written"])
        for wrong in ("-output", "-output=y"):
            self.fails("infer", "p", "x", wrong, code=2, says=["unknown option '-output' (did you mean '--output'?)"])

    def test_nothing_is_near(self):
        for arguments in (["buy"], ["x" * 5000], [""], ["prove", "--everything"], ["contract", "sign"]):
            self.assertNotIn("did you mean", self.fails(*arguments, code=2))

    def test_an_option_of_a_sibling(self):
        self.fails("devnet", "down", "--rpc-port", "1", code=2, says=["--rpc-port is an option of up, not of down"])
        self.fails("contract", "explain", "--svg", code=2, says=["--svg is an option of tree, not of explain"])


class ManPages(HelpTest):
    def test_scdoc_takes_every_page(self):
        self.assertIsNotNone(shutil.which("scdoc"), "scdoc is not installed: run 'make deps'")
        for told in self.commands:
            name = told["command"]
            source, _ = self.prom("help", "--man", *name.split())
            made = subprocess.run(["scdoc"], input=source, capture_output=True, text=True, check=False)
            self.assertEqual((made.returncode, made.stderr), (0, ""), source)
            page = "-".join(["prom", *name.split()])
            self.assertIn(f'.TH "{page}" "1" ', made.stdout)
            plain = made.stdout.replace("\\fB", "").replace("\\fI", "").replace("\\fR", "").replace("\\&", "")
            self.assertIn(f"{page} - {told['summary']}", plain)
            for parameter in told["parameters"]:
                self.assertIn(parameter["help"], plain)

    def test_pages_see_those_near_them(self):
        """The groups that a command is in, the others of its group, and those below it."""
        self.assertEqual(
            self.prom("help", "--man", "contract", "tree")[0].rpartition("# SEE ALSO\n\n")[2],
            "*prom*(1), *prom-contract*(1), *prom-contract-explain*(1), *prom-contract-example*(1), "
            "*prom-contract-publish*(1), *prom-contract-list*(1), *prom-contract-show*(1)\n",
        )
        names = {"-".join(["prom", *name.split()]) for name in self.names()}
        for name in self.names():
            own = "-".join(["prom", *name.split()])
            seen = re.findall(r"\*([\w-]+)\*\(1\)", self.prom("help", "--man", *name.split())[0].rpartition("# SEE ALSO\n")[2])
            above = own.rpartition("-")[0]
            near = {
                other for other in names - {own}
                if other.startswith(own + "-") or own.startswith(other + "-") or (above and other.rpartition("-")[0] == above)
            }  # fmt: skip
            self.assertEqual(sorted(seen), sorted(near), own)

    def test_pages_that_are_installed(self):
        folder = self.path("share")
        subprocess.run([os.path.join(SOURCE, "tools", "pages"), PROM, folder, "scdoc"], env=self.environment, check=True)
        made = {os.path.relpath(os.path.join(place, name), folder) for place, _, names in os.walk(folder) for name in names}
        pages = {"man/man1/" + "-".join(["prom", *name.split()]) + ".1" for name in self.names()}
        completion = {
            "bash-completion/completions/prom",
            "zsh/site-functions/_prom",
            "fish/vendor_completions.d/prom.fish",
        }
        self.assertEqual(made, pages | completion)


class Completion(HelpTest):
    def setUp(self):
        super().setUp()
        self.environment["PATH"] = os.path.dirname(PROM) + os.pathsep + self.environment["PATH"]
        for name in ("a b.npy", "c.npy", "d.onnx", "e.prom", "f.json", "g.txt"):
            self.write(name, "")
        os.mkdir(self.path("folder"))

    def complete(self, *words):
        """What bash offers for the last of the words after `prom`."""
        run = subprocess.run(
            ["bash", "--norc", "-c", COMPLETE, "complete", "prom", *words],
            cwd=self.home, env=self.environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        self.assertEqual(run.stderr, "")
        return sorted(filter(None, run.stdout.split("\n")))

    def test_commands(self):
        groups = {}
        for name in self.names()[1:]:
            *group, last = name.split()
            groups.setdefault(tuple(group), []).append(last)
        self.assertIn(("contract",), groups)
        for group, names in groups.items():
            self.assertEqual(self.complete(*group, ""), sorted(names))
            self.assertEqual(self.complete("help", *group, ""), sorted(names))
        self.assertEqual(self.complete("comp"), ["compile"])
        self.assertEqual(self.complete("contract", "ex"), ["example", "explain"])
        self.assertEqual(self.complete("nothing", ""), [])

    def test_options(self):
        for words, parameters in self.leaves():
            options = {parameter["option"] for parameter in parameters} - {None}
            self.assertEqual(self.complete(*words, "-"), sorted(options | {"--help"}))
        self.assertEqual(self.complete("prove", "e.prom", "--pr"), ["--proof"])
        self.assertEqual(self.complete("--"), ["--help", "--version"])

    def test_values(self):
        arrays = ["a b.npy", "c.npy", "folder"]
        every = sorted([*arrays, "d.onnx", "e.prom", "f.json", "g.txt"])
        for words, offered in (
            (["compile", ""], ["d.onnx", "folder"]),
            (["compile", "d.onnx", "--calibrate", ""], arrays),
            (["compile", "--calibrate", "c.npy", ""], ["d.onnx", "folder"]),
            (["compile", "--calibrate", "=", ""], arrays),
            (["compile", "--calibrate", "="], arrays),
            (["compile", "--calibrate", "=", "c"], ["c.npy"]),
            (["compile", "--calibrate", "=", "c.npy", ""], ["d.onnx", "folder"]),
            (["compile", "--resize", ""], ["d.onnx", "folder"]),
            (["inspect", ""], ["d.onnx", "e.prom", "folder"]),
            (["prove", ""], ["e.prom", "folder"]),
            (["prove", "e.prom", ""], arrays),
            (["prove", "e.prom", "c.npy", ""], []),
            (["prove", "-o", ""], every),
            (["prove", "-o", "x.proof", "e.prom", "a"], ["a b.npy"]),
            (["contract", "explain", ""], ["f.json", "folder"]),
            (["contract", "explain", "--accept", "f"], ["fund-owned"]),
            (["devnet", "up", "--dir", ""], ["folder"]),
            (["devnet", "mine", ""], []),
            (["prove", "--threads", ""], []),
            (["demo", "--scheme", ""], ["replay", "sumcheck"]),
            (["demo", "--scheme", "=", "re"], ["replay"]),
            (["help", "--completion", ""], ["bash", "fish", "zsh"]),
        ):
            with self.subTest(words=words):
                self.assertEqual(self.complete(*words), offered)

    def test_kernels_are_those_that_there_are(self):
        errors = self.fails("infer", "--kernels", "none", "e.prom", "c.npy", code=2)
        there = re.search(r"there are ([\w, ]+)", errors.split("; ")[-1]).group(1).split(", ")
        self.assertEqual(self.complete("infer", "--kernels", ""), sorted(there))


if __name__ == "__main__":
    unittest.main()
