/* What became of a story, for people and for programs. */
#include <stdio.h>

#include "base/units.h"
#include "demo/demo.h"
#include "demo/words.h"
#include "prometheus/contract/payout.h"

/* What the party put into the contract. */
static prom_amount locked_by(const prom_demo *demo, size_t party)
{
    const prom_demo_cast *cast = &demo->cast;
    const prom_amount retainers = prom_amount_multiply(cast->retainer, cast->P.n);
    const prom_amount deposits[PROM_PARTIES] = {prom_amount_add(cast->c, retainers), cast->P.w, cast->P.v};
    return party < PROM_PARTIES ? deposits[party] : party < PROM_DEMO_PARTIES ? cast->P.a : prom_amount_zero();
}

/* Why: of an arbiter that a decision left without its stake it is another sentence. */
static const char *why_of(const prom_demo *demo, size_t party)
{
    const prom_demo_story *story = demo->play.story;
    if (party < PROM_PARTIES) {
        return story->why[party]; /* C, W, V stand first in both */
    }
    if (party == PROM_DEMO_PARTIES) {
        return story->why[PROM_PAYEE_F];
    }
    const bool lost = prom_amount_is_zero(prom_demo_paid(&demo->play, party)) && story->why[PROM_PAYEE_A_MINUS] != NULL;
    return story->why[lost ? PROM_PAYEE_A_MINUS : PROM_PAYEE_A_PLUS];
}

static const char *name_of(const prom_demo *demo, size_t party)
{
    return party < PROM_DEMO_PARTIES ? demo->cast.parties[party].name : "fund";
}

static const char *letter_of(const prom_demo *demo, size_t party)
{
    return party < PROM_DEMO_PARTIES ? demo->cast.parties[party].letter : "F";
}

static void print_row(const prom_demo *demo, size_t party)
{
    char first[PROM_AMOUNT_GROUPED];
    char second[PROM_AMOUNT_GROUPED];
    char third[PROM_DEMO_CHANGE];
    const prom_amount locked = locked_by(demo, party);
    const prom_amount got = prom_demo_paid(&demo->play, party);
    (void)printf("  %-10s %12s %12s %12s  %s\n", name_of(demo, party), prom_amount_grouped(first, locked),
                 prom_amount_grouped(second, got), prom_demo_words_change(third, locked, got), why_of(demo, party));
}

void prom_demo_story_print(const prom_demo *demo)
{
    const prom_demo_play *play = &demo->play;
    (void)printf("\nSettled by scheme #%u: %s.\n", play->scheme, play->story->summary);
    prom_demo_words_print(play->scheme == 3);
    (void)printf("\n  %-10s %12s %12s %12s\n", "sat", "locked", "got", "change");
    for (size_t i = 0; i <= PROM_DEMO_PARTIES; i++) {
        print_row(demo, i);
    }
    (void)printf("\n");
    for (size_t i = 0; i < play->tx_count; i++) {
        char txid[PROM_HEX32];
        (void)printf("  %-10s %s  %4zu vB, block %u\n", play->txs[i].name,
                     prom_hex32_reversed(txid, &play->txs[i].txid), play->txs[i].vsize, play->txs[i].height);
    }
}

static json_t *json_amount(prom_amount amount)
{
    uint64_t sat = 0;
    return prom_amount_get(amount, &sat) ? json_integer((json_int_t)sat) : json_null();
}

static json_t *json_transactions(const prom_demo_play *play)
{
    json_t *list = json_array();
    for (size_t i = 0; i < play->tx_count; i++) {
        char txid[PROM_HEX32];
        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:s, s:I, s:i}", "name", play->txs[i].name, "txid",
                                              prom_hex32_reversed(txid, &play->txs[i].txid), "vsize",
                                              (json_int_t)play->txs[i].vsize, "height", (int)play->txs[i].height));
    }
    return list;
}

/* By the paper's names: C, W, V, A1 to A3 and F. */
static json_t *json_parties(const prom_demo *demo, json_t *(*value)(const prom_demo *demo, size_t party))
{
    json_t *object = json_object();
    for (size_t i = 0; i <= PROM_DEMO_PARTIES; i++) {
        (void)json_object_set_new(object, letter_of(demo, i), value(demo, i));
    }
    return object;
}

static json_t *json_locked(const prom_demo *demo, size_t party)
{
    return json_amount(locked_by(demo, party));
}

static json_t *json_payout(const prom_demo *demo, size_t party)
{
    return json_amount(prom_demo_paid(&demo->play, party));
}

static json_t *json_why(const prom_demo *demo, size_t party)
{
    return json_string(why_of(demo, party));
}

/* The one contract, as of a market. */
static json_t *json_contracts(const prom_demo *demo)
{
    const prom_demo_play *play = &demo->play;
    const prom_demo_tx *last = &play->txs[play->tx_count - 1];
    char tx0[PROM_HEX32];
    char settled[PROM_HEX32];
    char hash[PROM_HEX32];
    char key[PROM_HEX32];
    prom_bytes32 h;
    prom_bytes32 h_p;
    const bool shown = prom_demo_key_shown(last->tx, &h, &h_p);
    (void)prom_hex32_reversed(tx0, &play->txs[0].txid);
    (void)prom_hex32_reversed(settled, &last->txid);
    return json_pack("[{s:i, s:I, s:s, s:o, s:i, s:s, s:s?, s:s, s:s?, s:s?, s:o}]", "first", 0, "items",
                     (json_int_t)demo->job.items, "worker", demo->cast.parties[PROM_PARTY_W].letter, "reward",
                     json_amount(demo->cast.c), "scheme", (int)play->scheme, "tx0", tx0, "tx4",
                     play->scheme == 3 ? settled : NULL, "settled_by", settled, "h",
                     shown ? prom_hex32(hash, &h) : NULL, "h_p", shown ? prom_hex32(key, &h_p) : NULL, "payouts",
                     json_parties(demo, json_payout));
}

json_t *prom_demo_story_json(const prom_demo *demo)
{
    return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o}", "scheme", (int)demo->play.scheme, "transactions",
                     json_transactions(&demo->play), "locked", json_parties(demo, json_locked), "payouts",
                     json_parties(demo, json_payout), "why", json_parties(demo, json_why), "contracts",
                     json_contracts(demo));
}
