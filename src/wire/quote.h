/* What is asked and answered before there is a contract: a client asks a node what a job would cost, and the node says
 * it, or why it does not take the job. Neither binds anybody: what is signed in the end are terms. */
#ifndef WIRE_QUOTE_H
#define WIRE_QUOTE_H

#include "prometheus/channel/facts.h"
#include "prometheus/crypto/hash.h"
#include "wire/fields.h"

/* The job as its client sketches it. What follows from the program are the client's own words: who takes the job finds
 * them out once it holds the program. */
typedef struct prom_ask {
    prom_bytes32 nonce; /* new in every ask: a quote answers one */
    prom_role role;     /* worker or verifier: what the asked node is wanted for */
    prom_bytes32 genesis;
    prom_bytes32 p_txid;
    uint16_t scheme;
    prom_bytes32 program_digest;
    uint64_t program_bytes;
    uint64_t input_bytes;
    uint64_t package_bytes; /* at most */
    uint64_t macs;          /* of one item */
    uint64_t effort;        /* of the proof (prom_statement_proving_effort); V: steps of its check */
    uint64_t memory;        /* that this takes, in bytes */
    uint32_t items;         /* at least 1 */
    uint32_t deadline;      /* height at which the result is wanted; 0: any */
    uint64_t fuel;          /* of a module, the most that all of its nodes take; 0: the program is of integers */
} prom_ask;

/* Why not: a code of market/reason.h, and two numbers of a unit. Of a later version both may be unknown. */
typedef struct prom_quote_reason {
    uint16_t code;
    uint8_t unit;
    uint64_t needed;
    uint64_t there;
} prom_quote_reason;
#define PROM_QUOTE_REASONS_MAX 16U

/* What a node asks for, in msat for a million of each, and never less than `least`; as a policy has it. */
typedef struct prom_rates {
    uint64_t macs;   /* multiplications that it runs */
    uint64_t bytes;  /* that go over its line */
    uint64_t effort; /* of making the proof, or of checking it */
    prom_amount least;
    uint64_t fuel; /* that a module takes, at most */
} prom_rates;

/* What the node's machine does, as it says. */
typedef struct prom_machine {
    uint64_t macs_per_second;
    uint64_t effort_per_second;
    uint64_t steps_per_second; /* of checking a proof */
    uint64_t bytes_per_second; /* of its line */
    uint64_t memory;           /* bytes */
    uint64_t fuel_per_second;  /* of modules */
} prom_machine;

typedef struct prom_quote {
    prom_bytes32 ask; /* prom_ask_hash of what it answers */
    prom_bytes32 node;
    prom_amount price;    /* of the whole job as asked; 0 where there are reasons */
    prom_rates rates;     /* by which the price of any part follows */
    prom_machine machine; /* by which it follows whether a part fits */
    uint32_t begins;      /* height from which on it could begin */
    uint32_t capacity;    /* contracts that it could begin then */
    uint32_t valid_until; /* height */
    prom_quote_reason reasons[PROM_QUOTE_REASONS_MAX];
    size_t reason_count; /* 0: it takes the job */
    prom_signature signature;
} prom_quote;

/* Computes the tagged hash `prometheus/ask` of: nonce, role (u8), genesis, P's txid, scheme (u16), program's digest,
 * bytes of program, input and package, MACs, effort, memory (u64 each), items, deadline (u32 each); and of a module its
 * fuel (u64). */
void prom_ask_hash(prom_bytes32 *hash, const prom_ask *ask);

/* Computes the tagged hash `prometheus/quote`, which the node signs, of: the ask's hash, node, price (u64), rates:
 * MACs, bytes, effort, least (u64 each), machine: MACs, effort, steps, bytes per second, memory (u64 each), begins,
 * capacity, valid_until (u32 each), number of reasons (u8), of each code (u16), unit (u8), needed, there (u64 each);
 * and where one of both is not 0 the rate of fuel and the fuel per second (u64 each). */
void prom_quote_hash(prom_bytes32 *hash, const prom_quote *quote);
/* Returns whether the node that the quote names has signed it. */
PROM_MUST_USE bool prom_quote_signed(const prom_curve *curve, const prom_quote *quote);

/* The walks over the packets' fields (packet.c). */
void prom_walk_ask(struct walk *walk, void *fields, prom_ask *ask);
void prom_walk_quote(struct walk *walk, void *fields, prom_quote *quote);
/* That over the bytes of one reason, whose code is not 0. */
void prom_walk_reason(struct walk *walk, ProtobufCBinaryData *field, prom_quote_reason *reason);

#endif
