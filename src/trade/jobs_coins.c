/* Coins for the contracts of jobs: real ones, each taken once, for all that are under way and those that come next. A
 * contract whose client verifies itself takes four: two deposits, and two that are kept for fees. */
#include <stdio.h>
#include <string.h>

#include "node/needs.h"
#include "node/own.h"
#include "trade/jobs_parts.h"

#define MEMORY ((size_t)1 << 26)

enum {
    NEEDS_OF_ONE = 4,
    SPLITS_MAX = 8, /* of one job: prices that change with every block are no reason to pay fees for ever */
};

/* All that is needed, in order. */
struct needs {
    prom_arena arena;
    prom_coin_need *list;
    size_t count;
    size_t first; /* of what is wished; SIZE_MAX: it lacks nothing */
};

/* -- What is needed -- */

static void add_contract(struct needs *needs, const prom_terms *terms, bool own)
{
    const prom_role last = own ? PROM_ROLE_VERIFIER : PROM_ROLE_CLIENT;
    static const prom_role roles[] = {PROM_ROLE_CLIENT, PROM_ROLE_VERIFIER};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0] && (i == 0 || roles[i] == last); i++) {
        needs->list[needs->count++] = (prom_coin_need){.role = roles[i], .for_fees = true, .terms = terms};
        needs->list[needs->count++] = (prom_coin_need){.role = roles[i], .terms = terms};
    }
}

static prom_result terms_of(const prom_jobs *jobs, struct needs *needs, prom_terms **terms, const struct driven *driven,
                            const prom_attempt *attempt, prom_error *error)
{
    const prom_ordered *ordered = driven->ordered;
    PROM_TRY_NEW(*terms, &needs->arena, 1, error);
    PROM_TRY(prom_sketch_terms(*terms, jobs->options.node, &ordered->job->order, &ordered->wishes, error));
    (*terms)->c = ordered->terms[attempt->number - 1].c;
    return prom_ok();
}

static prom_result add_attempt(const prom_jobs *jobs, struct needs *needs, const struct driven *driven,
                               const prom_attempt *attempt, prom_error *error)
{
    const bool own = driven->ordered->job->order.verifier == PROM_VERIFIER_SELF;
    prom_terms *terms = NULL;
    PROM_TRY(terms_of(jobs, needs, &terms, driven, attempt, error));
    if (attempt->contract == 0) {
        add_contract(needs, terms, own);
    } else if (own) {
        needs->count +=
            prom_node_needs_of_verifier(jobs->options.node, needs->list + needs->count, attempt->contract, terms);
    }
    return prom_ok();
}

/* Those of attempts that have a contract, or that have none yet. One whose P is on the chain no more begins none, and
 * keeps no other job from it. */
static prom_result add_attempts(const prom_jobs *jobs, struct needs *needs, bool begun, const prom_attempt *but,
                                prom_error *error)
{
    for (size_t i = 0; i < jobs->open_count; i++) {
        const struct driven *driven = jobs->open[i];
        const prom_market_job *job = driven->ordered->job;
        for (size_t j = 0; j < job->attempt_count; j++) {
            const prom_attempt *attempt = &job->attempts[j];
            if (attempt != but && attempt->phase == PROM_ATTEMPT_QUEUE && !attempt->live && !attempt->given_up &&
                (attempt->contract != 0) == begun) {
                const prom_result added = add_attempt(jobs, needs, driven, attempt, error);
                PROM_TRY(added.category == PROM_CATEGORY_BAD_INPUT ? prom_ok() : added);
            }
        }
    }
    return prom_ok();
}

static prom_result add_parts(struct needs *needs, const prom_coins_wish *wish, prom_error *error)
{
    for (size_t i = 0; i < wish->count; i++) {
        prom_terms *terms = NULL;
        PROM_TRY_NEW(terms, &needs->arena, 1, error);
        *terms = *wish->terms;
        terms->c = wish->rewards[i];
        add_contract(needs, terms, wish->own);
    }
    return prom_ok();
}

/* Contracts that are being begun come first, then what is wished, or where that is more than what is promised already,
 * behind it. */
static prom_result list_needs(const prom_jobs *jobs, struct needs *needs, const prom_coins_wish *wish,
                              prom_error *error)
{
    size_t room = wish->count + 1;
    for (size_t i = 0; i < jobs->open_count; i++) {
        room += jobs->open[i]->ordered->job->attempt_count;
    }
    PROM_TRY_NEW(needs->list, &needs->arena, NEEDS_OF_ONE * room, error);
    PROM_TRY(add_attempts(jobs, needs, true, wish->attempt, error));
    if (wish->attempt != NULL) {
        needs->first = needs->count;
        PROM_TRY(add_attempt(jobs, needs, wish->driven, wish->attempt, error));
        needs->first = needs->count > needs->first ? needs->first : SIZE_MAX;
        return add_attempts(jobs, needs, false, wish->attempt, error);
    }
    PROM_TRY(add_attempts(jobs, needs, false, NULL, error));
    needs->first = needs->count;
    return add_parts(needs, wish, error);
}

/* -- What was found -- */

static bool tell_found(const struct needs *needs, const prom_coins_wish *wish)
{
    size_t at = needs->first;
    const size_t contracts = wish->attempt != NULL ? 1 : wish->count;
    bool ready = true;
    for (size_t i = 0; i < contracts; i++) {
        prom_contract_coins found = {.ready = true};
        const prom_terms *terms = at < needs->count ? needs->list[at].terms : NULL;
        for (; at < needs->count && needs->list[at].terms == terms; at++) {
            const prom_coin_need *need = &needs->list[at];
            uint32_t *coins = need->role == PROM_ROLE_CLIENT ? &found.client : &found.verifier;
            found.ready = found.ready && need->met;
            *coins += need->for_fees ? 0 : need->coins;
        }
        wish->found[i] = found;
        ready = ready && found.ready;
    }
    return ready;
}

/* -- Splitting -- */

const char *prom_jobs_split_reference(char text[PROM_NODE_REFERENCE_MAX + 1], const prom_bytes32 *job)
{
    char hex[PROM_HEX32];
    (void)snprintf(text, PROM_NODE_REFERENCE_MAX + 1, "coins of job %.32s, ", prom_hex32(hex, job));
    return text;
}

prom_result prom_jobs_splits(const prom_jobs *jobs, const prom_bytes32 *job, prom_split_sums *sums, prom_error *error)
{
    char reference[PROM_NODE_REFERENCE_MAX + 1];
    return prom_node_splits_of(jobs->options.node, sums, prom_jobs_split_reference(reference, job), error);
}

static prom_amount smaller(prom_amount a, prom_amount b)
{
    return !prom_amount_is_valid(b) ? prom_amount_zero() : prom_amount_above(a, b) ? b : a;
}

/* The greatest fee that all caps leave, with what is to be placed. */
static prom_amount fee_left(const prom_jobs *jobs, const prom_coins_wish *wish, const prom_spent *spent)
{
    const prom_caps *caps = &wish->driven->ordered->job->order.caps;
    const prom_standing_caps standing = prom_jobs_standing(jobs);
    const prom_amount wished = prom_amount_add(wish->cost, wish->fees);
    const prom_amount job = prom_amount_add(spent->job, wished);
    const prom_amount day = prom_amount_add(spent->day, wished);
    const struct {
        prom_amount cap;
        prom_amount before;
        bool holds;
    } all[] = {{caps->fees, prom_amount_add(spent->fees, wish->fees), true},
               {caps->job, job, true},
               {caps->day, day, true},
               {standing.job, job, !prom_amount_is_zero(standing.job)},
               {standing.day, day, !prom_amount_is_zero(standing.day)}};
    prom_amount most = prom_amount_of(PROM_PAY_FEE_MAX_SAT);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        most = all[i].holds ? smaller(most, prom_amount_subtract(all[i].cap, all[i].before)) : most;
    }
    return most;
}

static prom_result pay(prom_jobs *jobs, prom_arena *arena, prom_node_paid *paid, const prom_split_order *order,
                       const prom_coins_wish *wish, prom_error *error)
{
    char reference[PROM_NODE_REFERENCE_MAX + 1];
    const prom_bytes32 *job = &wish->driven->ordered->job->order.id;
    prom_split_sums before;
    prom_spent spent;
    PROM_TRY(prom_jobs_splits(jobs, job, &before, error));
    PROM_TRY(prom_jobs_spent(jobs, wish->driven, &spent, error));
    if (before.made >= SPLITS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "coins were split for this job %u times", SPLITS_MAX);
    }
    (void)prom_jobs_split_reference(reference, job);
    const size_t length = strlen(reference);
    (void)snprintf(reference + length, sizeof reference - length, "%zu", before.made + 1);
    prom_split_order named = *order;
    named.reference = reference;
    named.how.fee_max = fee_left(jobs, wish, &spent);
    named.how.mode = PROM_PAY_SEND;
    return prom_node_split_for(jobs->options.node, arena, paid, &named, error);
}

/* That of the job's own terms, whatever others pay that are listed too; in sat for 1000 vB. */
static uint32_t feerate_of(const struct needs *needs, const prom_coins_wish *wish)
{
    const size_t at = needs->first < needs->count ? needs->first : 0;
    return (wish->terms != NULL ? wish->terms : needs->list[at].terms)->feerate * 1000;
}

/* Of a quote only what it would cost is said. */
static void split(prom_jobs *jobs, const struct needs *needs, const prom_coins_wish *wish, char *text)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_split_order order = {
        .needs = needs->list,
        .count = needs->count,
        .how = {.feerate = feerate_of(needs, wish), .fee_max = prom_amount_of(PROM_PAY_FEE_MAX_SAT)}};
    const bool dry = wish->driven == NULL;
    char fee[PROM_AMOUNT_GROUPED];
    char txid[PROM_HEX32];
    prom_node_paid paid;
    prom_error reason;
    prom_arena_init(&arena, MEMORY);
    const prom_result made = dry ? prom_node_split_for(jobs->options.node, &arena, &paid, &order, &reason)
                                 : pay(jobs, &arena, &paid, &order, wish, &reason);
    if (!prom_is_ok(made)) {
        (void)snprintf(text, PROM_COINS_TEXT, "the wallet's coins are too few, and cannot be split: %.240s",
                       reason.sentence);
    } else if (dry) {
        (void)snprintf(
            text, PROM_COINS_TEXT,
            "the wallet's coins are too few for so many contracts, and enough in all: 'prom run' splits them "
            "first, by a payment to this wallet with a fee of %s sat, and waits for it",
            prom_amount_grouped(fee, paid.fee));
    } else {
        (void)snprintf(text, PROM_COINS_TEXT,
                       "the wallet's coins are too few, and are split by the payment %s, with a fee of %s sat; it is "
                       "waited for",
                       prom_hex32_reversed(txid, &paid.txid), prom_amount_grouped(fee, paid.fee));
    }
}

static void act_on(prom_jobs *jobs, const prom_needs *found, const struct needs *needs, const prom_coins_wish *wish,
                   char *text)
{
    char amounts[3][PROM_AMOUNT_GROUPED];
    char txid[PROM_HEX32];
    switch (found->state) {
    case PROM_NEEDS_MET:
        break;
    case PROM_NEEDS_YOUNG:
        (void)snprintf(text, PROM_COINS_TEXT, "the coins for it are young: arbiters take them from block %u on",
                       found->height);
        break;
    case PROM_NEEDS_PAYING:
        (void)snprintf(
            text, PROM_COINS_TEXT,
            "the coins for it come from the payment %s, which splits others, with a fee of %s sat, and waits "
            "for a block: 'prom wallet bump' has it pay more",
            prom_hex32_reversed(txid, &found->txid), prom_amount_grouped(amounts[0], found->fee));
        break;
    case PROM_NEEDS_SPLIT:
        split(jobs, needs, wish, text);
        break;
    case PROM_NEEDS_SHORT:
        (void)snprintf(
            text, PROM_COINS_TEXT,
            "%s sat are missing: the next contract takes %s sat, stakes and what is kept for fees counted in, "
            "and %s sat are free: pay so much to this wallet ('prom wallet address'), or wait until another "
            "contract has ended",
            prom_amount_grouped(amounts[0], found->missing), prom_amount_grouped(amounts[1], found->needed),
            prom_amount_grouped(amounts[2], found->there));
        break;
    }
}

static prom_result find(prom_jobs *jobs, struct needs *needs, const prom_coins_wish *wish, char *text,
                        prom_error *error)
{
    prom_needs found = {.state = PROM_NEEDS_MET};
    PROM_TRY(list_needs(jobs, needs, wish, error));
    if (needs->count > 0) {
        PROM_TRY(prom_node_find_needs(jobs->options.node, &found, needs->list, needs->count, feerate_of(needs, wish),
                                      error));
    }
    if (!tell_found(needs, wish)) {
        act_on(jobs, &found, needs, wish, text);
    }
    return prom_ok();
}

prom_result prom_jobs_find_coins(prom_jobs *jobs, const prom_coins_wish *wish, char *text, prom_error *error)
{
    struct needs needs = {.count = 0};
    text[0] = '\0';
    prom_arena_init(&needs.arena, MEMORY);
    const prom_result found = find(jobs, &needs, wish, text, error);
    prom_arena_free(&needs.arena);
    return found;
}
