/* What the files of the signing session share. */
#ifndef CONTRACT_SIGNING_PARTS_H
#define CONTRACT_SIGNING_PARTS_H

#include <string.h>

#include "prometheus/contract/signing.h"

/* What one branch is signed by. */
struct branch {
    const prom_tree_tx *tx;
    const prom_musig_key *key; /* ALL, or ALL with the tweak of the output */
    prom_bytes32 hash;
};

/* A signed message, as its bytes say. Spans point into the message. */
struct word {
    size_t place;
    prom_signing_kind kind;
    prom_span message;
    uint32_t attempt;
    prom_span content; /* between the attempt and the signature */
    prom_bytes32 digest;
    prom_signature signature;
};

struct prom_signing {
    const prom_curve *curve;
    const prom_terms *terms;
    const prom_tree *tree;
    prom_arena *arena;
    size_t place;
    size_t places;
    size_t count;
    struct branch *branches;      /* [count] */
    uint32_t attempt;             /* 0: not begun */
    bool asked;                   /* others need it, though it is complete */
    prom_musig_nonces *secret;    /* NULL: not made yet, or destroyed */
    struct word *nonces;          /* [places], of this attempt; message.length 0: it is not there */
    struct word *partials;        /* likewise */
    struct word disputed;         /* what ended the session beside them, if that was a message */
    prom_musig_session *sessions; /* [count]; NULL until our first partial signatures are made */
    prom_span signatures;         /* of all branches, when it is complete */
    bool complete;
    bool over; /* no attempt goes on */
    size_t culprit;
};

/* One digest of nonces that a message of partial signatures names, with its place's signature. */
struct vouched {
    prom_bytes32 digest;
    prom_signature signature;
};

/* The signature at `index` of many, one behind the other. */
static inline prom_signature prom_signature_at(prom_span signatures, size_t index)
{
    prom_signature signature;
    memcpy(signature.bytes, signatures.data + index * sizeof signature, sizeof signature);
    return signature;
}

static inline size_t prom_signing_places(const prom_terms *terms)
{
    return PROM_PARTIES + terms->arbiter_count;
}

/* Makes the branches of a tree, as they are signed. */
PROM_MUST_USE prom_result prom_signing_branches(prom_arena *arena, struct branch **branches, const prom_tree *tree,
                                                prom_error *error);

/* Reads a message; false when it is too short to be signed. */
PROM_MUST_USE bool prom_word_read(struct word *word, size_t place, prom_signing_kind kind, prom_span message);
/* Returns whether the word is signed by its place. */
bool prom_word_signed(const struct word *word, const prom_curve *curve, const prom_terms *terms,
                      const prom_bytes32 *contract_id);
/* Returns whether length and attempt are those of such a word of the tree. */
bool prom_word_well_formed(const struct word *word, size_t places, size_t branches);
/* The nonces that a well formed word of partial signatures names of a place, and whether that place has signed them. */
struct vouched prom_word_vouched(const struct word *word, size_t place);
bool prom_word_vouches(const struct word *word, size_t place, const prom_curve *curve, const prom_terms *terms,
                       const prom_bytes32 *contract_id);
/* The nonce, or the partial signature, of a branch in a well formed word. */
prom_musig_nonce prom_word_nonce(const struct word *word, size_t branch);
prom_musig_partial prom_word_partial(const struct word *word, size_t places, size_t branch);

#endif
