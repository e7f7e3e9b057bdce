"""What functional tests share: `prom` in a home of its own, JSON-RPC to its bitcoind, and a look for what was left behind.

The environment: PROM, the program; PROM_SOURCE, the source folder; PROM_BITCOIND, where the tests should use another
bitcoind than tools/deps finds. Standard library only.
"""

import base64
import fcntl
import functools
import json
import os
import pty
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import time
import unittest
import urllib.error
import urllib.request

PROM = os.path.abspath(os.environ["PROM"])
SOURCE = os.path.abspath(os.environ["PROM_SOURCE"])
with open(PROM, "rb") as program_file:
    SANITIZED = b"__asan_init" in program_file.read()
COMMAND_SECONDS = 120  # longer than any command may take


@functools.lru_cache(maxsize=None)
def real_bitcoind():
    """The bitcoind that the project uses on this machine: looked for before HOME is replaced."""
    given = os.environ.get("PROM_BITCOIND")
    if given:
        return given
    found = subprocess.run(
        [os.path.join(SOURCE, "tools", "deps"), "--bitcoind"], capture_output=True, text=True, check=True
    )
    return found.stdout.strip()


def processes(text):
    """pid -> arguments of the running processes with `text` in an argument. A zombie has no arguments."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                arguments = file.read().decode(errors="surrogateescape").split("\0")[:-1]
        except OSError:
            continue
        if any(text in argument for argument in arguments):
            found[int(name)] = arguments
    return found


HELD_PORTS = []  # sockets


def free_port(kind=socket.SOCK_STREAM):
    """A port of the loopback address for a test: a TCP port is kept from everybody who asks for any, and from outgoing
    connections, until the test's process ends; who is told its number may listen there, as often as it starts anew."""
    held = socket.socket(socket.AF_INET, kind)
    if kind == socket.SOCK_STREAM:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port = held.getsockname()[1]
    if kind == socket.SOCK_STREAM:
        HELD_PORTS.append(held)
    else:  # two sockets of UDP would both hear
        held.close()
    return port


def port_open(port):
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def listening(pid):
    """The addresses, in the kernel's hex, at which the process listens over TCP."""
    sockets = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        target = os.readlink(f"/proc/{pid}/fd/{name}")
        if target.startswith("socket:["):
            sockets.add(target[len("socket:[") : -1])
    addresses = []
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{table}", encoding="ascii") as file:
            for line in file.readlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and fields[9] in sockets:
                    addresses.append(fields[1])
    return addresses


def wait_until(condition, seconds=10):
    """Whether the condition became true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def rpc(status, method, *params):
    """Calls bitcoind as `prom devnet status --json` describes it; returns the result."""
    with open(status["cookie"], "rb") as file:
        credentials = base64.b64encode(file.read()).decode()
    request = urllib.request.Request(
        status["url"],
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode(),
        {"Authorization": "Basic " + credentials, "Content-Type": "application/json"},
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(request, timeout=30) as reply:
        answer = json.load(reply)
    if "error" in answer:
        raise RuntimeError(f"{method}: {answer['error']}")
    return answer["result"]


class PromTest(unittest.TestCase):
    """Each test has a home folder of its own, and fails when a process that works in it is left at the end."""

    def setUp(self):
        self.home = os.path.realpath(tempfile.mkdtemp(prefix="prom-test-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.addCleanup(self.check_nothing_runs)
        self.environment = {
            "HOME": self.home,
            "PATH": os.environ.get("PATH", ""),
            "PROM_BITCOIND": real_bitcoind(),
            "LC_ALL": "C",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def check_nothing_runs(self):
        left = processes(self.home)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        self.assertEqual(left, {}, "processes were left running")

    def path(self, *names):
        return os.path.join(self.home, *names)

    def write(self, name, content, mode=0o644):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path, mode)
        return path

    def start(self, *arguments, command=(PROM,), environment=(), **options):
        """`prom` with these arguments, running; its group is its own. `command`: what stands before them, where a test
        tool is the program, or something else starts it; `environment`: more of it."""
        return subprocess.Popen(
            [*command, *arguments],
            env=self.environment | dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            **options,
        )

    def prom(self, *arguments, code=0):
        """Runs `prom`, checks its exit code, returns (standard output, standard error)."""
        process = self.start(*arguments)
        try:
            output, errors = (text.decode() for text in process.communicate(timeout=COMMAND_SECONDS))
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        self.assertEqual(process.returncode, code, f"prom {arguments}\n{output}{errors}")
        return output, errors

    def on_terminal(self, *arguments, stream="stderr", columns=80, code=0):
        """(standard output, standard error), bytes, of `prom` whose `stream` is a terminal of so many columns."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        streams = {name: theirs if name == stream else subprocess.PIPE for name in ("stdout", "stderr")}
        shown = b""
        with subprocess.Popen([PROM, *arguments], env=self.environment, stdin=subprocess.DEVNULL, **streams) as process:
            os.close(theirs)
            try:
                while piece := os.read(ours, 65536):
                    shown += piece
            except OSError:  # Linux' sign that the other end is closed
                pass
            os.close(ours)
            other = process.stdout.read() if stream == "stderr" else process.stderr.read()
        self.assertEqual(process.returncode, code, f"prom {arguments}\n{other}{shown}")
        return (other, shown) if stream == "stderr" else (shown, other)

    def prom_json(self, *arguments, code=0):
        """Runs `prom ... --json`, returns the one object that it prints; nothing may stand on standard error."""
        output, errors = self.prom(*arguments, "--json", code=code)
        self.assertEqual(errors, "")
        return json.loads(output)

    def fails(self, *arguments, code, says=()):
        """`prom` fails with this exit code and one sentence that has all of `says`; with --json, the same in JSON."""
        output, errors = self.prom(*arguments, code=code)
        self.assertEqual(output, "")
        self.assertTrue(errors.startswith("prom: ") and errors.count("\n") == 1, errors)
        told = self.prom_json(*arguments, code=code)
        for text in says:
            self.assertIn(text, errors)
            self.assertIn(text, told["error"]["message"])
        return errors
