#!/usr/bin/env python3
"""Writes seal.json beside itself: keys for the verifier (E_V) and sealed rounds, as include/prometheus/crypto/seal.h has
them. A second implementation in plain Python, of secp256k1 and of XChaCha20-Poly1305 (RFC 8439 and
draft-irtf-cfrg-xchacha-03) too."""

import hashlib
import json
import pathlib
import struct

P = 2**256 - 2**32 - 977
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)


def tagged_hash(tag, message):
    prefix = hashlib.sha256(tag.encode()).digest()
    return hashlib.sha256(prefix + prefix + message).digest()


def add(a, b):
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0] and a[1] != b[1]:
        return None
    slope = 3 * a[0] ** 2 * pow(2 * a[1], -1, P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope**2 - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(scalar, point):
    product = None
    while scalar:
        if scalar & 1:
            product = add(product, point)
        point = add(point, point)
        scalar >>= 1
    return product


def compress(point):
    return bytes([2 + point[1] % 2]) + point[0].to_bytes(32, "big")


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def seal_key(h_p, contract_id, verifier):
    """E_V, from the verifier's secret, whose point with the even y is K."""
    point = multiply(verifier, G)
    lifted = (point[0], point[1] if point[1] % 2 == 0 else P - point[1])
    e = int.from_bytes(tagged_hash("prometheus/ev-scalar", h_p + contract_id), "big") % ORDER
    ephemeral = compress(multiply(e, G))
    pad = tagged_hash("prometheus/ev-pad", contract_id + ephemeral + compress(lifted) + compress(multiply(e, lifted)))
    return {"ephemeral": ephemeral.hex(), "masked": xor(h_p, pad).hex()}


def rounds(state):
    """The 20 rounds of ChaCha, without the last addition."""
    words = list(state)

    def quarter(*places):
        a, b, c, d = (words[place] for place in places)
        for first, second in ((16, 12), (8, 7)):
            a = (a + b) & 0xFFFFFFFF
            d = ((d ^ a) << first | (d ^ a) >> (32 - first)) & 0xFFFFFFFF
            c = (c + d) & 0xFFFFFFFF
            b = ((b ^ c) << second | (b ^ c) >> (32 - second)) & 0xFFFFFFFF
        for place, word in zip(places, (a, b, c, d)):
            words[place] = word

    for _ in range(10):
        for i in range(4):
            quarter(i, i + 4, i + 8, i + 12)
        for i in range(4):
            quarter(i, (i + 1) % 4 + 4, (i + 2) % 4 + 8, (i + 3) % 4 + 12)
    return words


def start(key, rest):
    return struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", key) + struct.unpack("<4I", rest)


def block(key, counter, nonce):
    state = start(key, struct.pack("<I", counter) + nonce)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(rounds(state), state)))


def poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for i in range(0, len(message), 16):
        total = (total + int.from_bytes(message[i : i + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def encrypt(key, nonce, plain, associated):
    words = rounds(start(key, nonce[:16]))
    key, nonce = struct.pack("<8I", *words[:4], *words[12:]), bytes(4) + nonce[16:]
    stream = b"".join(block(key, 1 + i, nonce) for i in range((len(plain) + 63) // 64))
    text = xor(plain, stream)
    padded = b"".join(part + bytes(-len(part) % 16) for part in (associated, text))
    return text + poly1305(block(key, 0, nonce)[:32], padded + struct.pack("<QQ", len(associated), len(text)))


def seal_round(h_p, contract_id, number, root, nonce, plain):
    key = tagged_hash("prometheus/seal", h_p + contract_id + bytes([number]) + root)
    return nonce + encrypt(key, nonce, plain, contract_id + bytes([number]))


def drawn(name, length=32):
    """Bytes that nobody chose."""
    return hashlib.shake_256(f"prometheus/seal vectors/{name}".encode()).digest(length)


def main():
    keys = []
    for i in range(8):
        h_p, contract_id = drawn(f"h_p {i}"), drawn(f"contract {i}")
        verifier = int.from_bytes(drawn(f"verifier {i}"), "big") % ORDER
        one = {"h_p": h_p.hex(), "contract_id": contract_id.hex(), "verifier": f"{verifier:064x}"}
        keys.append(one | seal_key(h_p, contract_id, verifier))
    sealed = []
    for i, length in enumerate((0, 1, 63, 64, 65, 200)):
        h_p, contract_id, root = drawn(f"h_p {i}"), drawn(f"contract {i}"), drawn(f"root {i}")
        nonce, plain, number = drawn(f"nonce {i}", 24), drawn(f"plain {i}", length), i % 2 + 254 * (i == 5)
        one = {"h_p": h_p.hex(), "contract_id": contract_id.hex(), "round": number, "root": root.hex()}
        one |= {"nonce": nonce.hex(), "plain": plain.hex()}
        sealed.append(one | {"sealed": seal_round(h_p, contract_id, number, root, nonce, plain).hex()})
    text = json.dumps({"keys": keys, "rounds": sealed}, indent=1)
    pathlib.Path(__file__).with_name("seal.json").write_text(text + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
