#include "market/reason.h"

#include <stdio.h>
#include <string.h>

#include "base/sentence.h"
#include "base/units.h"

/* A sentence has the two numbers, needed first, or none. */
struct reason_row {
    const char *name;
    prom_unit unit;
    const char *sentence;
};

static const struct reason_row rows[PROM_REASONS_KNOWN] = {
    [PROM_REASON_SCHEME] = {"scheme", PROM_UNIT_NUMBER,
                            "the job wants proof scheme %s, and the highest that is known here is %s: take another "
                            "scheme, or a newer version"},
    [PROM_REASON_UNPROVABLE] =
        {"unprovable", PROM_UNIT_NONE,
         "the scheme cannot prove this program for so many items: take fewer items, or the scheme "
         "'replay'"},
    [PROM_REASON_SAMPLE] =
        {"sample", PROM_UNIT_BASIS_POINTS,
         "the scheme proves %s of a batch, and P has %s checked: take a P that has all checked, or a "
         "scheme that samples"},
    [PROM_REASON_PAYLOAD] = {"payload", PROM_UNIT_BYTES,
                             "program and input have %s, and at most %s are taken: split the batch into smaller parts"},
    [PROM_REASON_PACKAGE] = {"package", PROM_UNIT_BYTES,
                             "the package may have %s, and the terms allow %s: allow more, or split the batch into "
                             "smaller parts"},
    [PROM_REASON_PACKAGE_LIMIT] = {"package_limit", PROM_UNIT_BYTES,
                                   "the terms allow packages of %s, and at most %s are taken: allow less, or split the "
                                   "batch into smaller parts"},
    [PROM_REASON_DEADLINE] = {"deadline", PROM_UNIT_BLOCKS,
                              "computing, proving and delivering need a t1 of %s, and P has %s: split the batch into "
                              "smaller parts, or take a P with a longer t1"},
    [PROM_REASON_VERIFICATION] = {"verification", PROM_UNIT_SECONDS,
                                  "fetching and verifying the worst package takes %s, and the chain's rules leave %s: "
                                  "split the batch into smaller parts, or allow smaller packages"},
    [PROM_REASON_WISHED] =
        {"wished_height", PROM_UNIT_HEIGHT,
         "the result would be there at height %s, and it is wanted by %s: wish for it later, or split "
         "the batch into more parts"},
    [PROM_REASON_MEMORY_RUN] = {"memory_to_run", PROM_UNIT_BYTES,
                                "running the program takes %s of memory, and %s are there: take a machine with more"},
    [PROM_REASON_MEMORY_PROVE] =
        {"memory_to_prove", PROM_UNIT_BYTES,
         "proving takes %s of memory, and %s are there: split the batch into smaller parts, or "
         "take a machine with more"},
    [PROM_REASON_MEMORY_CHECK] =
        {"memory_to_check", PROM_UNIT_BYTES,
         "verifying takes %s of memory, and %s are there: split the batch into smaller parts, or "
         "take a machine with more"},
    [PROM_REASON_STAKE] =
        {"stake", PROM_UNIT_SAT,
         "stake, fees and the coin that is kept for fees are %s together, and the node has %s free: it needs a "
         "deposit, or the end of a contract"},
    [PROM_REASON_REWARD_MAX] =
        {"reward_max", PROM_UNIT_SAT,
         "the job is worth %s, and with the stakes of this P at most %s are safe: split the batch "
         "into smaller parts, or take a P with higher stakes"},
    [PROM_REASON_REWARD_MIN] = {"reward_min", PROM_UNIT_SAT,
                                "the price is %s, and the reward gives %s of it: offer more"},
    [PROM_REASON_STAKES_UNSAFE] =
        {"stakes_unsafe", PROM_UNIT_SAT,
         "no reward from %s on is safe with this P and retainer, of which the highest is %s: take "
         "another P, or a lower retainer"},
    [PROM_REASON_FEERATE] = {"feerate", PROM_UNIT_FEERATE,
                             "the terms have a feerate of %s, and at most %s are taken: wait until blocks are cheaper"},
    [PROM_REASON_FEES_SHARE] =
        {"fees_share", PROM_UNIT_BASIS_POINTS,
         "fees on the chain would be %s of what the part costs, and at most %s are to be: take larger "
         "parts, or wait until blocks are cheaper"},
    [PROM_REASON_CAP_JOB] = {"cap_job", PROM_UNIT_SAT,
                             "the job would cost %s more, and its cap leaves %s: raise --max-price, or `job_max` in "
                             "prom.conf, or take fewer "
                             "items"},
    [PROM_REASON_CAP_DAY] = {"cap_day", PROM_UNIT_SAT,
                             "the job would cost %s more, and today's cap leaves %s: wait until tomorrow, or raise "
                             "--max-day, or `day_max` in "
                             "prom.conf"},
    [PROM_REASON_CAP_PEER] =
        {"cap_peer", PROM_UNIT_SAT,
         "%s more would be with this peer, and the cap for one peer leaves %s: take more workers, or "
         "raise --max-peer, or `peer_max` in prom.conf"},
    [PROM_REASON_CAP_FEES] =
        {"cap_fees", PROM_UNIT_SAT,
         "fees on the chain would be %s more, and their cap leaves %s: take fewer parts, or wait until "
         "blocks are cheaper"},
    [PROM_REASON_CAP_PRICE] = {"cap_price", PROM_UNIT_SAT,
                               "a contract would cost %s, and one may cost %s: raise the cap, or ask others"},
    [PROM_REASON_CHAIN] = {"chain", PROM_UNIT_NONE, "the job is for another chain"},
    [PROM_REASON_P_UNKNOWN] = {"p_unknown", PROM_UNIT_NONE,
                               "the contract P of the job is not on this node's chain, or not deep enough in it yet"},
    [PROM_REASON_P_REFUSED] = {"p_refused", PROM_UNIT_NONE, "the owner takes other contracts P alone"},
    [PROM_REASON_THREE_ARBITERS] =
        {"three_arbiters", PROM_UNIT_SAT,
         "with three arbiters w is %s, and at most %s is taken, as two of three are cheap to own: "
         "take a P with more arbiters"},
    [PROM_REASON_FUND] =
        {"fund", PROM_UNIT_NONE,
         "the common fund F of this P may be somebody's, who then gains from every failure: take another P"},
    [PROM_REASON_PEER_DENIED] = {"peer_denied", PROM_UNIT_NONE, "the owner takes no jobs from this node"},
    [PROM_REASON_BUSY] = {"busy", PROM_UNIT_NUMBER,
                          "open contracts would be %s, and at most %s are to be: ask again later, or ask others"},
    [PROM_REASON_ROLE] = {"role", PROM_UNIT_NONE, "the node does not take this role"},
    [PROM_REASON_QUOTE_OLD] = {"quote_old", PROM_UNIT_HEIGHT,
                               "the tip is at height %s, and the quote was good until %s: ask again"},
    [PROM_REASON_QUOTE_FORGED] = {"quote_forged", PROM_UNIT_NONE,
                                  "the quote is not signed by the node that it names, or answers another question"},
    [PROM_REASON_PEER_FAILED] = {"peer_failed", PROM_UNIT_NONE, "this node has failed with the part before"},
    [PROM_REASON_ARITHMETIC] = {"arithmetic", PROM_UNIT_NONE, "the numbers are too large to be counted with"},
    [PROM_REASON_UNPLACED] = {"unplaced", PROM_UNIT_NUMBER,
                              "%s items are to be placed, and offers were found for %s: ask more nodes, or take fewer "
                              "items or fewer parts"},
    [PROM_REASON_ARBITERS] =
        {"arbiters", PROM_UNIT_NUMBER,
         "a contract needs %s arbiters, and %s offers of this P count in a draw: wait for new ones, "
         "or take another P"},
    [PROM_REASON_DISK] =
        {"disk", PROM_UNIT_BYTES,
         "the contract may bring %s to the node's disk, and %s are left of what its owner gives: split "
         "the batch into smaller parts, or ask again when a contract is over"},
    [PROM_REASON_CAP_CONTRACT_FEES] =
        {"cap_contract_fees", PROM_UNIT_SAT,
         "fees on the chain would be %s for a contract, and `fees_max` in prom.conf is %s: wait until blocks are "
         "cheaper, or raise that"},
    [PROM_REASON_PART] = {"part", PROM_UNIT_NONE, "the node has, or had, a part in this contract: ask others"},
    [PROM_REASON_TERMS] = {"terms", PROM_UNIT_NONE,
                           "the owner takes no part in contracts on such terms: take other terms, or ask others"},
    [PROM_REASON_NOT_READY] = {"not_ready", PROM_UNIT_NONE,
                               "the node begins nothing now, for a reason of its own, as that it has not caught up "
                               "with the chain: ask again later, or ask others"},
    [PROM_REASON_VAIN] = {"vain", PROM_UNIT_NUMBER,
                          "with this one %s setups of the last day could come to nothing, and the node risks %s with "
                          "strangers: ask again later, or ask others"},
};

static const char *const unit_names[PROM_UNITS_KNOWN] = {
    [PROM_UNIT_NONE] = "",         [PROM_UNIT_NUMBER] = "number",  [PROM_UNIT_BYTES] = "bytes",
    [PROM_UNIT_BLOCKS] = "blocks", [PROM_UNIT_HEIGHT] = "height",  [PROM_UNIT_SECONDS] = "seconds",
    [PROM_UNIT_SAT] = "sat",       [PROM_UNIT_FEERATE] = "sat/vB", [PROM_UNIT_BASIS_POINTS] = "basis points",
};

const char *prom_reason_name(unsigned code)
{
    return code < PROM_REASONS_KNOWN ? rows[code].name : NULL;
}

prom_unit prom_reason_unit(unsigned code)
{
    return code < PROM_REASONS_KNOWN ? rows[code].unit : PROM_UNIT_NONE;
}

const char *prom_unit_name(unsigned unit)
{
    return unit < PROM_UNITS_KNOWN ? unit_names[unit] : "";
}

/* -- Lists -- */

const prom_quote_reason *prom_reasons_find(const prom_reasons *reasons, prom_reason_code code)
{
    for (size_t i = 0; i < reasons->count; i++) {
        if (reasons->list[i].code == code) {
            return &reasons->list[i];
        }
    }
    return NULL;
}

void prom_reasons_add(prom_reasons *reasons, prom_reason_code code, uint64_t needed, uint64_t there)
{
    if (reasons->count < PROM_REASONS_MAX && prom_reasons_find(reasons, code) == NULL) {
        const prom_unit unit = prom_reason_unit(code);
        const bool plain = unit == PROM_UNIT_NONE;
        reasons->list[reasons->count++] =
            (prom_quote_reason){(uint16_t)code, (uint8_t)unit, plain ? 0 : needed, plain ? 0 : there};
    }
}

void prom_reasons_need(prom_reasons *reasons, prom_reason_code code, uint64_t needed, uint64_t there)
{
    if (needed > there) {
        prom_reasons_add(reasons, code, needed, there);
    }
}

void prom_reasons_need_amount(prom_reasons *reasons, prom_reason_code code, prom_amount needed, prom_amount there)
{
    uint64_t need = 0;
    uint64_t have = 0;
    const bool valid = prom_amount_get(needed, &need);
    const bool has = prom_amount_get(there, &have);
    if (!has || !prom_amount_at_least(there, needed)) {
        prom_reasons_add(reasons, code, valid ? need : PROM_AMOUNT_MAX, have);
    }
}

/* -- Words -- */

static const char *number_text(char text[PROM_UNITS], unsigned unit, uint64_t number)
{
    char plain[PROM_UNITS];
    switch (unit) {
    case PROM_UNIT_BYTES:
        return prom_units_bytes(text, number);
    case PROM_UNIT_SECONDS:
        (void)snprintf(text, PROM_UNITS, "%s s", prom_units_number(plain, number));
        return text;
    case PROM_UNIT_BLOCKS:
        return prom_units_count(text, number, "block");
    case PROM_UNIT_BASIS_POINTS:
        (void)snprintf(text, PROM_UNITS, "%llu.%02llu %%", (unsigned long long)(number / 100),
                       (unsigned long long)(number % 100));
        return text;
    case PROM_UNIT_SAT:
    case PROM_UNIT_FEERATE:
        (void)snprintf(text, PROM_UNITS, "%s %s", prom_units_number(plain, number), unit_names[unit]);
        return text;
    default: /* numbers, heights, and units of a later version */
        return prom_units_number(text, number);
    }
}

const char *prom_reason_sentence(char text[PROM_REASON_SENTENCE], const prom_quote_reason *reason)
{
    char needed[PROM_UNITS];
    char there[PROM_UNITS];
    (void)number_text(needed, reason->unit, reason->needed);
    (void)number_text(there, reason->unit, reason->there);
    if (prom_reason_name(reason->code) == NULL) {
        (void)snprintf(text, PROM_REASON_SENTENCE,
                       "for reason %u, which this version does not know: %s is needed, and %s is there", reason->code,
                       needed, there);
        return text;
    }
    const struct reason_row *row = &rows[reason->code];
    if (row->unit == PROM_UNIT_NONE) {
        (void)snprintf(text, PROM_REASON_SENTENCE, "%s", row->sentence);
        return text;
    }
    prom_sentence sentence = {{0}, 0};
    const char *at = row->sentence;
    for (size_t i = 0; i < 2; i++) {
        const char *place = strstr(at, "%s");
        prom_sentence_add(&sentence, "%.*s%s", (int)(place - at), at, i == 0 ? needed : there);
        at = place + 2;
    }
    prom_sentence_add(&sentence, "%s", at);
    return prom_sentence_copy(text, PROM_REASON_SENTENCE, &sentence);
}

static void brief(char *text, size_t room, const prom_quote_reason *reason)
{
    char code[24];
    const char *name = prom_reason_name(reason->code);
    (void)snprintf(code, sizeof code, "%u", (unsigned)reason->code);
    if (prom_reason_unit(reason->code) == PROM_UNIT_NONE && name != NULL) {
        (void)snprintf(text, room, "%s", name);
        return;
    }
    (void)snprintf(text, room, "%s %llu > %llu%s%s", name != NULL ? name : code, (unsigned long long)reason->needed,
                   (unsigned long long)reason->there, prom_unit_name(reason->unit)[0] != '\0' ? " " : "",
                   prom_unit_name(reason->unit));
}

const char *prom_reasons_brief(char *text, size_t room, const prom_reasons *reasons)
{
    enum { EACH = 96, MORE = sizeof " (16 more)" };
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < reasons->count; i++) {
        char one[EACH];
        brief(one, sizeof one, &reasons->list[i]);
        const size_t length = strlen(one) + (i == 0 ? 0 : 2);
        if (at + length + MORE > room) {
            (void)snprintf(text + at, room - at, " (%zu more)", reasons->count - i);
            return text;
        }
        at += (size_t)snprintf(text + at, room - at, "%s%s", i == 0 ? "" : ", ", one);
    }
    return text;
}
