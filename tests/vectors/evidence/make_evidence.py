#!/usr/bin/env python3
"""Writes evidence.json: signed statements without their signatures, and hashes, computed from docs/protocol.md in the
plainest way."""

import hashlib
import json
import pathlib

W, ARBITER = 1, 3  # places: C, W, V, then the arbiters
ROUND_A, ROUND_B, NOTICE = range(3)


def tagged(tag, *parts):
    tag_hash = hashlib.sha256(tag.encode()).digest()
    return hashlib.sha256(tag_hash + tag_hash + b"".join(parts)).digest()


def named(name, number):
    return hashlib.sha256(f"{name} {number}".encode()).digest()


def number(value, width):
    return value.to_bytes(width, "big")


def receipt(kind_of_round, hash_, height):
    return number(kind_of_round, 1) + hash_ + number(height, 4)


def attestation(kind, tag, place, body):
    content = number(kind, 1) + named("contract", 0) + number(place, 1) + body
    return {"kind": kind, "content": content.hex(), "hash": tagged(f"prometheus/{tag}", content).hex()}


def main():
    contract_id, package, block_hash = named("contract", 0), named("package", 0), named("notice", 0)
    receipts = [receipt(kind, named("held", kind), 200 + kind) for kind in (ROUND_A, ROUND_B, NOTICE)]
    nonce, decision, place = named("nonce", 0), 1, ARBITER + 4
    commitment = tagged("prometheus/vote-nonce", contract_id, number(place, 1), number(decision, 1), nonce)
    bytes_ = bytes(range(40))
    vectors = {
        "attestations": [
            attestation(1, "signed-package", W, number(ROUND_B, 1) + package),
            attestation(2, "notice", W, package + number(210, 4)),
            attestation(3, "receipt", ARBITER, receipt(NOTICE, block_hash, 208)),
            attestation(4, "answer", ARBITER + 1, number(213, 4) + number(0, 1)),
            attestation(4, "answer", ARBITER + 2, number(0xFFFFFFFF, 4) + number(3, 1) + b"".join(receipts)),
            attestation(5, "echo", ARBITER + 3, named("item", 0)),
            attestation(6, "vote-commitment", place, commitment),
            attestation(7, "vote", place, number(decision, 1) + nonce),
        ],
        "package": {
            "contract_id": contract_id.hex(),
            "round": ROUND_B,
            "bytes": bytes_.hex(),
            "hash": tagged("prometheus/package", contract_id, number(ROUND_B, 1), bytes_).hex(),
            "openings_root": tagged("prometheus/openings", bytes_).hex(),
        },
        "commitment": {
            "contract_id": contract_id.hex(),
            "h_p": named("h_p", 0).hex(),
            "root": named("root", 0).hex(),
            "commitment": tagged("prometheus/commitment", named("h_p", 0), contract_id, named("root", 0)).hex(),
        },
        "vote": {
            "contract_id": contract_id.hex(),
            "place": place,
            "decision": decision,
            "nonce": nonce.hex(),
            "commitment": commitment.hex(),
        },
        "shown_key": {
            "contract_id": contract_id.hex(),
            "h_p": named("h_p", 0).hex(),
            "hash": tagged("prometheus/shown-key", contract_id, named("h_p", 0)).hex(),
        },
    }
    file = pathlib.Path(__file__).with_name("evidence.json")
    file.write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    main()
