#include "discovery/exchange.h"

_Static_assert(PROM_POINTER_MAX <= PROM_POINTER_CARRIED_MAX, "a pointer fits a packet");

prom_exchange prom_exchange_begin(int64_t now)
{
    return (prom_exchange){.questions = {0, now}, .answers = {0, now}};
}

bool prom_exchange_quota_take(prom_exchange_quota *quota, int64_t now)
{
    const int64_t passed = now > quota->at ? now - quota->at : 0;
    quota->owed = quota->owed > passed ? quota->owed - passed : 0;
    quota->at = now;
    if (quota->owed > (int64_t)(PROM_EXCHANGE_ANSWERS_MAX - 1) * PROM_EXCHANGE_ANSWER_MS) {
        return false;
    }
    quota->owed += PROM_EXCHANGE_ANSWER_MS;
    return true;
}

bool prom_exchange_may_ask(prom_exchange *exchange, int64_t now)
{
    const bool waits = exchange->waits && now - exchange->asked_at < PROM_EXCHANGE_PATIENCE_MS;
    return !waits && prom_exchange_quota_take(&exchange->questions, now);
}

void prom_exchange_asked(prom_exchange *exchange, const prom_bytes32 *p_txid, prom_role role, int64_t now)
{
    exchange->waits = true;
    exchange->p_txid = *p_txid;
    exchange->role = role;
    exchange->asked_at = now;
}

bool prom_exchange_answered(prom_exchange *exchange, const prom_bytes32 *p_txid, prom_role role)
{
    if (!exchange->waits || role != exchange->role || !prom_bytes32_equal(p_txid, &exchange->p_txid)) {
        return false;
    }
    exchange->waits = false;
    return true;
}

bool prom_exchange_ask(prom_exchange *exchange, prom_get_pointers *question, const prom_bytes32 *p_txid, prom_role role,
                       int64_t now)
{
    if (!prom_exchange_may_ask(exchange, now)) {
        return false;
    }
    prom_exchange_asked(exchange, p_txid, role, now);
    *question = (prom_get_pointers){*p_txid, role, PROM_POINTERS_MAX};
    return true;
}

bool prom_exchange_answer(prom_exchange *exchange, prom_arena *arena, prom_pointers *answer,
                          const prom_get_pointers *question, const prom_directory *directory,
                          const prom_bytes32 *random, int64_t now)
{
    prom_directory_entry entries[PROM_POINTERS_MAX];
    void *memory = NULL;
    const size_t most = question->most < PROM_POINTERS_MAX ? question->most : PROM_POINTERS_MAX;
    if (!prom_exchange_quota_take(&exchange->answers, now)) {
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
    if (!prom_exchange_answered(exchange, &answer->p_txid, answer->role)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "a peer sent pointers that nobody asked it for");
    }
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
