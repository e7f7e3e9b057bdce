#include "demo/demo.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"
#include "demo/party.h"
#include "prometheus/contract/payout.h"
#include "system/file.h"

/* -- The client's files -- */

static prom_result write_payload(const prom_demo *demo, char path[PATH_MAX], const char *name, prom_span bytes,
                                 prom_error *error)
{
    (void)snprintf(path, PATH_MAX, "%.4000s/%s", demo->cast.parties[PROM_PARTY_C].folder, name);
    return prom_file_write(path, bytes, error);
}

static prom_result write_parties(prom_demo *demo, const char *result, prom_error *error)
{
    const prom_demo_story *story = demo->play.story;
    char program[PATH_MAX];
    char input[PATH_MAX];
    PROM_TRY(write_payload(demo, program, "program", demo->job.bytes.program, error));
    PROM_TRY(write_payload(demo, input, "input", demo->job.bytes.input, error));
    const prom_demo_wish wish = {&demo->job.named, program, input, result};
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        const prom_falsification falsify = i == PROM_PARTY_W   ? story->worker
                                           : i == PROM_PARTY_V ? story->verifier
                                                               : PROM_FALSIFY_NOTHING;
        if (prom_demo_is_there(&demo->cast, i)) {
            PROM_TRY(prom_demo_party_write(&demo->cast, i, falsify, i == PROM_PARTY_C ? &wish : NULL, error));
        }
    }
    return prom_ok();
}

static prom_result save_result(prom_demo *demo, const char *result, prom_error *error)
{
    prom_span output;
    demo->has_result = access(result, R_OK) == 0;
    demo->accuracy = -1;
    if (!demo->has_result) {
        return prom_ok();
    }
    PROM_TRY(prom_file_load(&demo->arena, &output, result, PROM_PAYLOAD_MAX, error));
    return prom_demo_job_save(&demo->arena, &demo->accuracy, &demo->job, output, demo->output_path, error);
}

prom_result prom_demo_run(prom_demo *demo, prom_error *error)
{
    char result[PATH_MAX];
    (void)snprintf(result, sizeof result, "%.4000s/result", demo->cast.parties[PROM_PARTY_C].folder);
    demo->play.cast = &demo->cast;
    demo->play.show = &demo->show;
    demo->play.height = demo->cast.height;
    PROM_TRY(write_parties(demo, result, error));
    const prom_result played = prom_demo_play_story(&demo->play, error);
    prom_demo_play_end(&demo->play);
    PROM_TRY(played);
    prom_demo_show_phase(&demo->show, PROM_DEMO_PLAY, -1, "%s", demo->play.story->summary);
    return save_result(demo, result, error);
}

/* -- What became of it -- */

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
    char third[PROM_AMOUNT_GROUPED];
    const prom_amount locked = locked_by(demo, party);
    const prom_amount got = prom_demo_paid(&demo->play, party);
    const bool gained = prom_amount_at_least(got, locked);
    const prom_amount change = gained ? prom_amount_subtract(got, locked) : prom_amount_subtract(locked, got);
    (void)printf("  %-10s %12s %12s   %c%-10s  %s\n", name_of(demo, party), prom_amount_grouped(first, locked),
                 prom_amount_grouped(second, got), prom_amount_is_zero(change) ? ' ' : (gained ? '+' : '-'),
                 prom_amount_grouped(third, change), why_of(demo, party));
}

void prom_demo_print(const prom_demo *demo)
{
    const prom_demo_play *play = &demo->play;
    (void)printf("\nSettled by scheme #%u: %s.\n\n  %-10s %12s %12s   %s\n", play->scheme, play->story->summary, "sat",
                 "locked", "got", "change");
    for (size_t i = 0; i <= PROM_DEMO_PARTIES; i++) {
        print_row(demo, i);
    }
    (void)printf("\n");
    for (size_t i = 0; i < play->tx_count; i++) {
        char txid[PROM_HEX32];
        (void)printf("  %-10s %s  %4zu vB, block %u\n", play->txs[i].name,
                     prom_hex32_reversed(txid, &play->txs[i].txid), play->txs[i].vsize, play->txs[i].height);
    }
    if (demo->has_result) {
        (void)printf("\n  result     %s\n", demo->output_path);
    }
    if (demo->accuracy >= 0) {
        (void)printf("  accuracy   %.2f %% of %zu items, as integers; %.2f %% as the float model\n",
                     100 * demo->accuracy, demo->job.items, 100 * demo->job.float_accuracy);
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

static json_t *json_seconds(const prom_demo *demo)
{
    json_t *object = json_object();
    double total = 0;
    for (size_t i = 0; i < PROM_DEMO_PHASES; i++) {
        (void)json_object_set_new(object, prom_demo_phase_name((prom_demo_phase)i),
                                  json_real(prom_units_measured(demo->show.seconds[i])));
        total += demo->show.seconds[i];
    }
    (void)json_object_set_new(object, "total", json_real(prom_units_measured(total)));
    return object;
}

static json_t *json_share(double share)
{
    return share >= 0 ? json_real(share) : json_null();
}

static json_t *json_warnings(const prom_demo_job *job)
{
    json_t *list = json_array();
    for (size_t i = 0; i < job->warnings.count; i++) {
        (void)json_array_append_new(list, json_string(job->warnings.sentences[i]));
    }
    return list;
}

json_t *prom_demo_json(const prom_demo *demo)
{
    char program[PROM_HEX32];
    return json_pack(
        "{s:s, s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:s, s:s}, s:s, s:I, s:I, s:i, s:s, s:o}", //
        "story", demo->play.story->name,                                                                       //
        "scheme", (int)demo->play.scheme,                                                                      //
        "proof", demo->scheme->name,                                                                           //
        "transactions", json_transactions(&demo->play),                                                        //
        "locked", json_parties(demo, json_locked),                                                             //
        "payouts", json_parties(demo, json_payout),                                                            //
        "why", json_parties(demo, json_why),                                                                   //
        "accuracy", json_share(demo->has_result ? demo->accuracy : -1),                                        //
        "accuracy_float", json_share(demo->job.float_accuracy),                                                //
        "seconds", json_seconds(demo),                                                                         //
        "output", demo->has_result ? json_string(demo->output_path) : json_null(),                             //
        "rpc", "url", demo->devnet->url, "cookie", demo->devnet->cookie_file,                                  //
        "program", prom_hex32(program, &demo->job.named.program_digest),                                       //
        "items", (json_int_t)demo->job.items,                                                                  //
        "clamped", (json_int_t)demo->job.clamped,                                                              //
        "height", (int)demo->play.height,                                                                      //
        "log", demo->show.log_path,                                                                            //
        "warnings", json_warnings(&demo->job));
}
