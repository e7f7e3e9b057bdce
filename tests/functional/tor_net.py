"""A Tor network of its own on one machine, of real `tor` processes: three directory authorities that are relays as well, more
relays, and whatever clients a test asks for, with onion services or without. Nothing outside of the machine is reached."""

import os
import shutil
import signal
import subprocess

from framework import free_port, wait_until

AUTHORITIES = 3
RELAYS = 3
READY_SECONDS = 240  # a vote takes half a minute on a quiet machine
SHARED = """
TestingTorNetwork 1
TestingDirAuthVoteExit *
TestingDirAuthVoteGuard *
TestingDirAuthVoteHSDir *
TestingMinExitFlagThreshold 0
V3AuthNIntervalsValid 2
PathsNeededToBuildCircuits 0.25
AssumeReachable 1
ShutdownWaitLength 0
Address 127.0.0.1
"""
VOTES = """
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
ContactInfo none
TestingV3AuthInitialVotingInterval 20
TestingV3AuthInitialVoteDelay 4
TestingV3AuthInitialDistDelay 4
V3AuthVotingInterval 20
V3AuthVoteDelay 4
V3AuthDistDelay 4
"""


def lacking():
    """The program that is not on this machine, or None."""
    return next((name for name in ("tor", "tor-gencert") if shutil.which(name) is None), None)


class Tor:
    """One process of it."""

    def __init__(self, folder, *lines):
        self.folder = folder
        self.process = None
        with open(os.path.join(folder, "torrc"), "w", encoding="ascii") as file:
            file.write("\n".join([f"DataDirectory {folder}", f"Log notice file {folder}/log", *lines]) + "\n")

    def start(self):
        command = ["tor", "-f", os.path.join(self.folder, "torrc")]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def log(self):
        path = os.path.join(self.folder, "log")
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8") as file:
            return file.read()

    def wait(self, again=0):
        """Until it has a way through the network, or has one once more after so many starts."""
        found = wait_until(lambda: self.log().count("Bootstrapped 100%") > again, READY_SECONDS)
        assert found, (self.folder, self.log()[-2000:])

    def kill(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


class TorNet:
    """`test` gives folders, and ends it."""

    def __init__(self, test):
        self.test = test
        self.directory = ""
        authorities = [self.authority(f"authority{i}") for i in range(AUTHORITIES)]
        relays = [self.relay_lines(f"relay{i}") for i in range(RELAYS)]
        for folder, lines in authorities + relays:
            self.run(folder, "SocksPort 0", "ExitRelay 0", *lines)

    def folder(self, name):
        path = self.test.path(f"tor-{name}")
        os.makedirs(path, 0o700)
        return path

    def run(self, folder, *lines):
        tor = Tor(folder, *lines, SHARED, self.directory)
        tor.start()
        self.test.addCleanup(tor.kill)
        return tor

    def authority(self, name):
        """Its keys, and the line by which all others know it."""
        folder = self.folder(name)
        keys = os.path.join(folder, "keys")
        os.mkdir(keys, 0o700)
        ports = [free_port(), free_port()]
        certificate = os.path.join(keys, "authority_certificate")
        subprocess.run(
            ["tor-gencert", "--create-identity-key", "--passphrase-fd", "0", "-m", "12", "-a", f"127.0.0.1:{ports[1]}", "-c", certificate,
             "-i", os.path.join(keys, "authority_identity_key"), "-s", os.path.join(keys, "authority_signing_key")],
            input="words\n", text=True, check=True, capture_output=True,
        )  # fmt: skip
        with open(certificate, encoding="ascii") as file:
            identity = next(line.split()[1] for line in file if line.startswith("fingerprint "))
        said = subprocess.run(
            ["tor", "--list-fingerprint", "--ORPort", "1", "--DataDirectory", folder, "--Nickname", name, "-f", "/dev/null",
             "--ignore-missing-torrc"], stdin=subprocess.DEVNULL, text=True, check=True, capture_output=True,
        ).stdout  # fmt: skip
        fingerprint = said.splitlines()[-1].split(" ", 1)[1].replace(" ", "")
        self.directory += f"DirAuthority {name} orport={ports[0]} v3ident={identity} 127.0.0.1:{ports[1]} {fingerprint}\n"
        return folder, (f"Nickname {name}", f"ORPort 127.0.0.1:{ports[0]}", f"DirPort 127.0.0.1:{ports[1]}", VOTES)

    def relay_lines(self, name):
        return self.folder(name), (f"Nickname {name}", f"ORPort 127.0.0.1:{free_port()}")

    def client(self, name, **services):
        """A client with a SOCKS5 proxy, and an onion service for each of `services`, NAME=PORT of the loopback interface: the
        process, the proxy's address, and the onion addresses by name."""
        folder = self.folder(name)
        proxy = f"127.0.0.1:{free_port()}"
        lines = [f"SocksPort {proxy}"]
        for service, port in services.items():
            lines += [f"HiddenServiceDir {folder}/{service}", f"HiddenServicePort 9735 127.0.0.1:{port}"]
        tor = self.run(folder, *lines)
        tor.wait()
        names = {}
        for service in services:
            with open(f"{folder}/{service}/hostname", encoding="ascii") as file:
                names[service] = f"{file.read().strip()}:9735"
        return tor, proxy, names
