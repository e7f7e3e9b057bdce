"""A second signer of partially signed transactions, in plain Python: BIP 174 and 371, BIP 32 and 86, BIP 340 and 341, of
outputs that are spent by their key. It shares nothing with the product."""

import base64
import hashlib
import hmac
import struct

from tree_bytes import compact, sha256

P = 2**256 - 2**32 - 977
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
UNSIGNED_TX, WITNESS_UTXO, SIGHASH_TYPE, KEY_SIG, DERIVATION, INTERNAL_KEY = 0x00, 0x01, 0x03, 0x13, 0x16, 0x17


def tagged_hash(tag, message):
    prefix = sha256(tag.encode())
    return sha256(prefix + prefix + message)


def add(a, b):
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0] and a[1] != b[1]:
        return None
    slope = 3 * a[0] ** 2 * pow(2 * a[1], -1, P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope**2 - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(scalar, point=G):
    product = None
    while scalar:
        if scalar & 1:
            product = add(product, point)
        point = add(point, point)
        scalar >>= 1
    return product


def x_of(secret):
    return multiply(secret)[0].to_bytes(32, "big")


def even(secret):
    """The secret whose point has the even y."""
    return secret if multiply(secret)[1] % 2 == 0 else ORDER - secret


def derive(seed, path):
    """The secret at a path of BIP 32."""
    both = hmac.digest(b"Bitcoin seed", seed, "sha512")
    for number in path:
        secret, chain = int.from_bytes(both[:32], "big"), both[32:]
        if number >= 2**31:
            data = b"\x00" + both[:32]
        else:
            x, y = multiply(secret)
            data = bytes([2 + y % 2]) + x.to_bytes(32, "big")
        both = hmac.digest(chain, data + struct.pack(">I", number), "sha512")
        both = ((int.from_bytes(both[:32], "big") + secret) % ORDER).to_bytes(32, "big") + both[32:]
    return int.from_bytes(both[:32], "big")


def output_secret(internal):
    """BIP 86: the secret of the output key, tweaked by no script."""
    tweak = int.from_bytes(tagged_hash("TapTweak", x_of(internal)), "big")
    return (even(internal) + tweak) % ORDER


def sign(secret, message):
    """BIP 340, with auxiliary data of zeros."""
    secret = even(secret)
    mask = tagged_hash("BIP0340/aux", bytes(32))
    masked = bytes(a ^ b for a, b in zip(secret.to_bytes(32, "big"), mask))
    nonce = even(int.from_bytes(tagged_hash("BIP0340/nonce", masked + x_of(secret) + message), "big") % ORDER)
    challenge = tagged_hash("BIP0340/challenge", x_of(nonce) + x_of(secret) + message)
    return x_of(nonce) + ((nonce + int.from_bytes(challenge, "big") * secret) % ORDER).to_bytes(32, "big")


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        taken = self.data[self.at : self.at + count]
        assert len(taken) == count
        self.at += count
        return taken

    def compact(self):
        first = self.take(1)[0]
        return first if first < 253 else int.from_bytes(self.take({253: 2, 254: 4, 255: 8}[first]), "little")

    def map(self):
        found = {}
        while length := self.compact():
            key = self.take(length)
            assert key not in found
            found[key] = self.take(self.compact())
        return found


class Psbt:
    def __init__(self, text):
        reader = Reader(base64.b64decode(text, validate=True))
        assert reader.take(5) == b"psbt\xff"
        self.globals = reader.map()
        tx = Reader(self.globals[bytes([UNSIGNED_TX])])
        self.version = tx.take(4)
        self.coins = []  # outpoint and sequence of each input
        for _ in range(tx.compact()):
            outpoint, script, sequence = tx.take(36), tx.take(tx.compact()), tx.take(4)
            assert script == b""
            self.coins.append((outpoint, sequence))
        begin = tx.at + 1
        count = tx.compact()
        for _ in range(count):
            tx.take(8)
            tx.take(tx.compact())
        self.outputs = tx.data[begin : tx.at]
        self.locktime = tx.take(4)
        assert tx.at == len(tx.data) and count < 253
        self.inputs = [reader.map() for _ in self.coins]
        self.output_maps = [reader.map() for _ in range(count)]
        assert reader.at == len(reader.data)

    def text(self):
        def write(fields):
            return b"".join(compact(len(data)) + data for field in fields.items() for data in field) + b"\x00"

        maps = [self.globals, *self.inputs, *self.output_maps]
        return base64.b64encode(b"psbt\xff" + b"".join(write(fields) for fields in maps)).decode()

    def sighash(self, index):
        """BIP 341, of the type SIGHASH_DEFAULT."""
        spent = [fields[bytes([WITNESS_UTXO])] for fields in self.inputs]
        return tagged_hash(
            "TapSighash",
            b"\x00\x00"
            + self.version
            + self.locktime
            + sha256(b"".join(outpoint for outpoint, _ in self.coins))
            + sha256(b"".join(output[:8] for output in spent))
            + sha256(b"".join(output[8:] for output in spent))
            + sha256(b"".join(sequence for _, sequence in self.coins))
            + sha256(self.outputs)
            + b"\x00"
            + struct.pack("<I", index),
        )

    def sign(self, seed, only=None):
        """Signs the inputs, or some of them, with the keys that their fields tell; returns the paths."""
        paths = []
        for index, fields in enumerate(self.inputs):
            if only is not None and index not in only:
                continue
            internal = fields[bytes([INTERNAL_KEY])]
            origin = fields[bytes([DERIVATION]) + internal]
            assert origin[0] == 0 and fields[bytes([SIGHASH_TYPE])] == bytes(4)
            path = struct.unpack(f"<{(len(origin) - 5) // 4}I", origin[5:])
            secret = derive(seed, path)
            assert x_of(secret) == internal
            secret = output_secret(secret)
            assert fields[bytes([WITNESS_UTXO])][8:] == b"\x22\x51\x20" + x_of(secret)
            fields[bytes([KEY_SIG])] = sign(secret, self.sighash(index))
            paths.append(path)
        return paths
