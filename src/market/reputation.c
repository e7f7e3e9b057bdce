#include "market/reputation.h"

#include "base/sentence.h"

/* The most that each part gives, and the number at which it gives half of that. What the chain shows is worth little: a
 * stake that is locked for long costs something, and says nothing of work. */
enum {
    DONE_MAX = 400,
    DONE_HALF = 4,
    VOLUME_MAX = 100,
    VOLUME_HALF = 1000000, /* sat */
    AGE_OF_STAKE = 2,      /* the age of next to nothing is worth nothing */
    AGE_HALF = 26280,      /* blocks: half a year */
    STAKE_MAX = 50,
    STAKE_HALF = 10000000, /* sat */
    BAD_EACH = 400,
    SILENT_EACH = 150,
    SETUP_EACH = 20,
    SETUPS_MAX = 200,
    NAMED = 300,
    FORGOTTEN_HALF = 4320, /* blocks: a month; of what is not proven */
    COUNT_MAX = 1000,      /* of faults that are counted: trust is long gone */
};

static const char *const names[PROM_TRUST_PARTS] = {"base", "done",   "volume", "age",  "stake",
                                                    "bad",  "silent", "setups", "named"};
static const char *const texts[PROM_TRUST_PARTS] = {
    "to begin with",
    "for what it has done for us",
    "for the volume of that",
    "for the age of its oldest offer",
    "for the stake in its offers",
    "for packages and verdicts that are proven wrong",
    "for delivering nothing, or no verdict",
    "for setups that came to nothing",
    "because its owner is trusted by name",
};

/* -- What was seen -- */

prom_history prom_history_empty(void)
{
    return (prom_history){.volume = prom_amount_zero()};
}

static void add_fault(prom_history *history, uint32_t *count, uint32_t height)
{
    *count += *count < UINT32_MAX;
    history->last_fault = height > history->last_fault ? height : history->last_fault;
}

static void add_attempt(prom_history *history, const prom_attempt *attempt)
{
    if (attempt->has_result) {
        history->done += history->done < UINT32_MAX;
        history->volume = prom_amount_add(history->volume, attempt->cost);
        history->volume = prom_amount_is_valid(history->volume) ? history->volume : prom_amount_of(PROM_AMOUNT_MAX);
        return;
    }
    switch (attempt->loss) {
    case PROM_MISHAP_SETUP:
    case PROM_MISHAP_LATE:
    case PROM_MISHAP_WORKER_LEFT:
        add_fault(history, &history->setups, attempt->since);
        break;
    case PROM_MISHAP_SILENT:
    case PROM_MISHAP_OUTPUT:
        add_fault(history, &history->silent, attempt->since);
        break;
    case PROM_MISHAP_UNDECIDED:
        add_fault(history, &history->undecided, attempt->since);
        break;
    case PROM_MISHAP_BAD:
        history->bad += history->bad < UINT32_MAX;
        break;
    case PROM_MISHAP_NONE:
    case PROM_MISHAP_CANCELLED:
    case PROM_MISHAP_NEEDLESS:
    case PROM_MISHAP_VERIFIER_LEFT:
    case PROM_MISHAPS:
        break;
    }
}

/* What our own check finds bad the verifier has let pass, unless the contract ended without a word of it; and where the
 * arbiters found it at fault, our own check may say otherwise. */
static bool has_judged_falsely(const prom_attempt *attempt)
{
    const bool passed = attempt->end == 3 || attempt->phase != PROM_ATTEMPT_OVER;
    return attempt->loss == PROM_MISHAP_BAD ? passed : attempt->end == 7;
}

static void add_verified(prom_history *history, const prom_attempt *attempt)
{
    if (has_judged_falsely(attempt)) {
        history->bad += history->bad < UINT32_MAX;
        history->lied += history->lied < UINT32_MAX;
    } else if (attempt->loss == PROM_MISHAP_SETUP || attempt->loss == PROM_MISHAP_LATE ||
               attempt->loss == PROM_MISHAP_VERIFIER_LEFT) {
        add_fault(history, &history->setups, attempt->since);
    } else if (attempt->end == 2) {
        add_fault(history, &history->silent, attempt->since);
    } else {
        history->done += attempt->end == 3 && history->done < UINT32_MAX;
    }
}

void prom_history_add(prom_history *history, const prom_market_job *job, const prom_bytes32 *node)
{
    static const prom_bytes32 nobody; /* the verifier where it is the client itself */
    for (size_t i = 0; i < job->attempt_count; i++) {
        const prom_attempt *attempt = &job->attempts[i];
        if (prom_bytes32_equal(&attempt->worker, node)) {
            add_attempt(history, attempt);
        } else if (prom_bytes32_equal(&attempt->verifier, node) && !prom_bytes32_equal(node, &nobody)) {
            add_verified(history, attempt);
        }
    }
}

prom_chain_record prom_chain_record_empty(void)
{
    return (prom_chain_record){.stake = prom_amount_zero()};
}

static bool is_repeated(const prom_announcement *announced, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (prom_bytes32_equal(&announced[i].node_key, &announced[at].node_key) &&
            prom_outpoint_equal(&announced[i].offer, &announced[at].offer)) {
            return true;
        }
    }
    return false;
}

prom_chain_record prom_chain_record_of(const prom_index *index, const prom_announcement *announced, size_t count,
                                       const prom_bytes32 *node)
{
    prom_chain_record record = prom_chain_record_empty();
    for (size_t i = 0; i < count; i++) {
        const bool its = prom_bytes32_compare_vartime(&announced[i].node_key, node) == 0;
        const prom_index_record *offer =
            its ? prom_index_find(index, PROM_INDEX_OFFER, &announced[i].offer.txid) : NULL;
        if (offer == NULL || offer->offer.fate != PROM_OFFER_UNSPENT || is_repeated(announced, i)) {
            continue;
        }
        record.offers++;
        record.stake = prom_amount_add(record.stake, offer->offer.value);
        record.first = record.first == 0 || offer->height < record.first ? offer->height : record.first;
    }
    return record;
}

/* -- What follows -- */

/* Nothing of nothing, half at `half`, nearly all of much more. */
static int32_t saturate(uint32_t most, uint64_t count, uint64_t half)
{
    const uint64_t counted = count < PROM_AMOUNT_MAX ? count : PROM_AMOUNT_MAX;
    return (int32_t)(counted * most / (counted + half));
}

static int32_t less(uint32_t each, uint64_t count)
{
    return -(int32_t)(each * (count < COUNT_MAX ? count : COUNT_MAX));
}

/* What is not proven is forgotten after a while, half of it in a month. */
static int32_t fade(int32_t points, uint32_t last, uint32_t tip)
{
    const uint64_t since = tip > last ? tip - last : 0;
    return (int32_t)((int64_t)points * FORGOTTEN_HALF / (int64_t)(FORGOTTEN_HALF + since));
}

prom_reputation prom_reputation_of(const prom_history *history, const prom_chain_record *chain, bool named,
                                   uint32_t tip)
{
    prom_reputation reputation = {0};
    int32_t *points = reputation.points;
    uint64_t volume = 0;
    uint64_t stake = 0;
    const bool known = prom_amount_get(history->volume, &volume);
    const bool staked = prom_amount_get(chain->stake, &stake);
    const uint64_t age = chain->first != 0 && tip > chain->first ? tip - chain->first : 0;
    const int32_t setups = less(SETUP_EACH, history->setups);
    points[PROM_TRUST_BASE] = PROM_TRUST_UNKNOWN;
    points[PROM_TRUST_DONE] = saturate(DONE_MAX, history->done, DONE_HALF);
    points[PROM_TRUST_VOLUME] = known ? saturate(VOLUME_MAX, volume, VOLUME_HALF) : 0; /* amount: weighed, not spent */
    points[PROM_TRUST_STAKE] = staked ? saturate(STAKE_MAX, stake, STAKE_HALF) : 0;    /* weighed as well */
    points[PROM_TRUST_AGE] = saturate(AGE_OF_STAKE * (uint32_t)points[PROM_TRUST_STAKE], age, AGE_HALF);
    points[PROM_TRUST_BAD] = less(BAD_EACH, history->bad);
    points[PROM_TRUST_SILENT] =
        fade(less(SILENT_EACH, (uint64_t)history->silent + history->undecided / 2), history->last_fault, tip);
    points[PROM_TRUST_SETUPS] = fade(setups < -SETUPS_MAX ? -SETUPS_MAX : setups, history->last_fault, tip);
    points[PROM_TRUST_NAMED] = named ? NAMED : 0;
    int64_t sum = 0;
    for (unsigned part = 0; part < PROM_TRUST_PARTS; part++) {
        sum += points[part];
    }
    reputation.trust = sum < 0 ? 0 : sum > PROM_TRUST_MAX ? PROM_TRUST_MAX : (uint32_t)sum;
    return reputation;
}

const char *prom_trust_part_name(unsigned part)
{
    return part < PROM_TRUST_PARTS ? names[part] : NULL;
}

const char *prom_reputation_sentence(char text[PROM_REPUTATION_TEXT], const prom_reputation *reputation)
{
    prom_sentence sentence = {{0}, 0};
    const char *between = ": ";
    prom_sentence_add(&sentence, "trust %u of %u", (unsigned)reputation->trust, PROM_TRUST_MAX);
    for (unsigned part = 0; part < PROM_TRUST_PARTS; part++) {
        if (reputation->points[part] != 0) {
            prom_sentence_add(&sentence, "%s%s%d %s", between,
                              part != PROM_TRUST_BASE && reputation->points[part] > 0 ? "+" : "",
                              (int)reputation->points[part], texts[part]);
            between = ", ";
        }
    }
    return prom_sentence_copy(text, PROM_REPUTATION_TEXT, &sentence);
}
