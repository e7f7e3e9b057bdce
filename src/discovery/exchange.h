/* What peers ask each other of their directories, with what that may cost kept bounded. Pure: time and randomness come
 * in, packets (wire/packet.h) go out as values. One prom_exchange for each link. */
#ifndef DISCOVERY_EXCHANGE_H
#define DISCOVERY_EXCHANGE_H

#include "discovery/directory.h"
#include "wire/packet.h"

/* Milliseconds between two questions of ours to a peer, and as many more by chance. */
#define PROM_EXCHANGE_PERIOD_MS INT64_C(120000)
/* A peer is answered once in so many milliseconds, and so many times at once. */
#define PROM_EXCHANGE_ANSWER_MS INT64_C(10000)
#define PROM_EXCHANGE_ANSWERS_MAX 8U

typedef struct prom_exchange {
    bool waits; /* for an answer, about: */
    prom_bytes32 p_txid;
    prom_role role;
    int64_t next_at;   /* when we ask again */
    size_t turn;       /* of what is followed, the one that is asked next */
    int64_t answered;  /* answers of ours that are still to be earned, in milliseconds */
    int64_t earned_at; /* up to this time */
} prom_exchange;

/* Returns the exchange of a link that came up now. `random`: any bits, so that not all peers are asked at once. */
prom_exchange prom_exchange_begin(int64_t now, uint64_t random);

/* Returns whether something is to be asked now, and writes what. */
PROM_MUST_USE bool prom_exchange_ask(prom_exchange *exchange, prom_get_pointers *question,
                                     const prom_directory *directory, int64_t now, uint64_t random);
/* Returns when prom_exchange_ask is to be called again. */
int64_t prom_exchange_due(const prom_exchange *exchange);

/* Writes the answer to a question, in the arena. False: no answer now, the peer asks too often. */
PROM_MUST_USE bool prom_exchange_answer(prom_exchange *exchange, prom_arena *arena, prom_pointers *answer,
                                        const prom_get_pointers *question, const prom_directory *directory,
                                        const prom_bytes32 *random, int64_t now);

/* Takes an answer from a peer at this address. PROM_CATEGORY_PEER, with the reason, when the peer is to be left:
 * nothing was asked, it is about something else, or it has what is no pointer or not signed; what stood before that is
 * taken. `fresh`: how many of them the directory did not have. */
PROM_MUST_USE prom_result prom_exchange_take(prom_exchange *exchange, const prom_pointers *answer,
                                             prom_directory *directory, const prom_source *source, uint32_t height,
                                             size_t *fresh, prom_error *error);

#endif
