#include "discovery/exchange.h"

_Static_assert(PROM_POINTER_MAX <= PROM_POINTER_CARRIED_MAX, "a pointer fits a packet");

prom_exchange prom_exchange_begin(int64_t now, uint64_t random)
{
    return (prom_exchange){.next_at = now, .turn = (size_t)(random % PROM_DIRECTORY_SHELVES_MAX), .earned_at = now};
}

int64_t prom_exchange_due(const prom_exchange *exchange)
{
    return exchange->next_at;
}

bool prom_exchange_ask(prom_exchange *exchange, prom_get_pointers *question, const prom_directory *directory,
                       int64_t now, uint64_t random)
{
    const size_t followed = prom_directory_followed(directory);
    if (now < exchange->next_at || followed == 0) {
        return false;
    }
    prom_directory_followed_at(directory, exchange->turn % followed, &exchange->p_txid, &exchange->role);
    exchange->turn = (exchange->turn + 1) % followed;
    exchange->waits = true;
    exchange->next_at = now + PROM_EXCHANGE_PERIOD_MS + (int64_t)(random % (uint64_t)PROM_EXCHANGE_PERIOD_MS);
    *question = (prom_get_pointers){exchange->p_txid, exchange->role, PROM_POINTERS_MAX};
    return true;
}

/* Whether one more answer is earned. */
static bool may_answer(prom_exchange *exchange, int64_t now)
{
    const int64_t passed = now > exchange->earned_at ? now - exchange->earned_at : 0;
    exchange->answered = exchange->answered > passed ? exchange->answered - passed : 0;
    exchange->earned_at = now;
    if (exchange->answered > (int64_t)(PROM_EXCHANGE_ANSWERS_MAX - 1) * PROM_EXCHANGE_ANSWER_MS) {
        return false;
    }
    exchange->answered += PROM_EXCHANGE_ANSWER_MS;
    return true;
}

bool prom_exchange_answer(prom_exchange *exchange, prom_arena *arena, prom_pointers *answer,
                          const prom_get_pointers *question, const prom_directory *directory,
                          const prom_bytes32 *random, int64_t now)
{
    prom_directory_entry entries[PROM_POINTERS_MAX];
    void *memory = NULL;
    const size_t most = question->most < PROM_POINTERS_MAX ? question->most : PROM_POINTERS_MAX;
    if (!may_answer(exchange, now)) {
        return false;
    }
    const size_t count = prom_directory_pick(directory, &question->p_txid, question->role, random, entries, most);
    if (!prom_is_ok(prom_arena_alloc(arena, &memory, count, sizeof(prom_span), NULL))) {
        return false;
    }
    prom_span *items = memory;
    for (size_t i = 0; i < count; i++) {
        items[i] = entries[i].bytes;
    }
    *answer = (prom_pointers){question->p_txid, question->role, {items, count}};
    return true;
}

prom_result prom_exchange_take(prom_exchange *exchange, const prom_pointers *answer, prom_directory *directory,
                               const prom_source *source, uint32_t height, size_t *fresh, prom_error *error)
{
    *fresh = 0;
    if (!exchange->waits || answer->role != exchange->role || !prom_bytes32_equal(&answer->p_txid, &exchange->p_txid)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "a peer sent pointers that nobody asked it for");
    }
    exchange->waits = false;
    for (size_t i = 0; i < answer->pointers.count; i++) {
        const prom_taken taken = prom_directory_take(directory, answer->pointers.items[i], source, height);
        if (taken == PROM_TAKEN_REFUSED) {
            return prom_fail(error, PROM_CATEGORY_PEER,
                             "a peer sent %zu bytes for a pointer that are none, or unsigned",
                             answer->pointers.items[i].length);
        }
        *fresh += taken == PROM_TAKEN_NEW || taken == PROM_TAKEN_NEWER;
    }
    return prom_ok();
}
