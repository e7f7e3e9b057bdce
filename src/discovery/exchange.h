/* What peers ask each other of their directories, with what that may cost kept bounded. Pure: time and randomness come
 * in, packets (wire/packet.h) go out as values. One prom_exchange for each link and kind of question. */
#ifndef DISCOVERY_EXCHANGE_H
#define DISCOVERY_EXCHANGE_H

#include "discovery/directory.h"
#include "wire/packet.h"

/* A peer is answered once in so many milliseconds, and so many times at once; and asked no more often than that. */
#define PROM_EXCHANGE_ANSWER_MS INT64_C(10000)
#define PROM_EXCHANGE_ANSWERS_MAX 8U
/* Milliseconds after which an answer is not waited for any more. */
#define PROM_EXCHANGE_PATIENCE_MS INT64_C(30000)

/* What one side may take of another. */
typedef struct prom_exchange_quota {
    int64_t owed; /* milliseconds that must pass until all that was taken is earned */
    int64_t at;   /* up to this time */
} prom_exchange_quota;

typedef struct prom_exchange {
    bool waits; /* for an answer, about: */
    prom_bytes32 p_txid;
    prom_role role;
    int64_t asked_at;
    prom_exchange_quota questions; /* of ours */
    prom_exchange_quota answers;   /* of ours */
} prom_exchange;

/* Returns the exchange of a link that came up now. */
prom_exchange prom_exchange_begin(int64_t now);

/* Takes one of PROM_EXCHANGE_ANSWERS_MAX, of which each is earned in PROM_EXCHANGE_ANSWER_MS. False: there is none. */
PROM_MUST_USE bool prom_exchange_quota_take(prom_exchange_quota *quota, int64_t now);

/* Returns whether the peer can be asked now, and counts that as a question. False: an answer is waited for, or the peer
 * was asked as often as it answers. */
PROM_MUST_USE bool prom_exchange_may_ask(prom_exchange *exchange, int64_t now);
/* Notes that the peer was asked about them: an answer is waited for. */
void prom_exchange_asked(prom_exchange *exchange, const prom_bytes32 *p_txid, prom_role role, int64_t now);
/* Returns whether that answer was waited for; then no other is. */
PROM_MUST_USE bool prom_exchange_answered(prom_exchange *exchange, const prom_bytes32 *p_txid, prom_role role);

/* Asks about them where the peer can be asked now (prom_exchange_may_ask), and writes the question. */
PROM_MUST_USE bool prom_exchange_ask(prom_exchange *exchange, prom_get_pointers *question, const prom_bytes32 *p_txid,
                                     prom_role role, int64_t now);

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
