#include "demo/demo.h"

#include <jansson.h>
#include <string.h>

#include "base/units.h"
#include "chain/chain.h"

enum { IDLE_BLOCKS_MAX = 50 };

/* A transaction that a party hands to the chain. */
static prom_result keep_tx(prom_demo *demo, prom_demo_tx *kept, const prom_report *report, prom_error *error)
{
    prom_span bytes;
    size_t weight = 0;
    PROM_TRY(prom_span_copy(&demo->arena, &bytes, report->bytes, error));
    PROM_TRY(prom_tx_parse(&demo->arena, &kept->tx, bytes, error));
    PROM_TRY(prom_tx_weight(&demo->arena, &weight, kept->tx, error));
    kept->txid = report->txid;
    kept->vsize = prom_vsize(weight);
    return prom_ok();
}

/* The value of the outputs that pay to a P2TR key. */
static prom_amount paid_to(const prom_tx *tx, const prom_bytes32 *output_key)
{
    prom_amount sum = prom_amount_zero();
    for (size_t i = 0; i < tx->output_count; i++) {
        const prom_span script = tx->outputs[i].script;
        if (script.length == 34 && memcmp(script.data + 2, output_key->bytes, 32) == 0) {
            sum = prom_amount_add(sum, tx->outputs[i].value);
        }
    }
    return sum;
}

static prom_result took_tx(prom_demo *demo, const prom_report *report, prom_error *error)
{
    prom_demo_party *parties = demo->cast.parties;
    const prom_tree *tree = report->node->channel->tree;
    char txid[PROM_HEX32];
    (void)prom_hex32_reversed(txid, &report->txid);
    prom_demo_show_log(&demo->show, "%s broadcasts %s, %s", report->node->name, report->text, txid);
    if (strcmp(report->text, "Tx0") == 0) {
        demo->tx0.fee = tree->tx[PROM_TX0].fee;
        prom_demo_show_phase(&demo->show, PROM_DEMO_SETUP, -1,
                             "%u parties built and compared the same tree, and signed", (unsigned)PROM_DEMO_PARTIES);
        return keep_tx(demo, &demo->tx0, report, error);
    }
    if (strcmp(report->text, "Tx4") == 0) {
        demo->tx4.fee = tree->tx[PROM_TX4].fee;
        PROM_TRY(keep_tx(demo, &demo->tx4, report, error));
        for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
            const prom_channel_config *config = &parties[i].node.config;
            demo->payouts[i] = paid_to(demo->tx4.tx, i < PROM_PARTIES ? &config->party.payout : &config->seat.payout);
        }
        demo->fund = paid_to(demo->tx4.tx, &demo->cast.P.F);
    }
    return prom_ok();
}

static void took_stage(prom_demo *demo, const prom_report *report)
{
    const prom_node *node = report->node;
    const prom_channel *channel = node->channel;
    char txid[PROM_HEX32];
    char count[PROM_UNITS];
    char bytes[PROM_UNITS];
    prom_demo_show_log(&demo->show, "%s is in the stage '%s'", node->name, report->text);
    if (channel->config->role == PROM_ROLE_CLIENT && channel->stage == PROM_STAGE_LOCKED) {
        prom_demo_show_phase(&demo->show, PROM_DEMO_LOCK, -1, "Tx0 %s is in block %u",
                             prom_hex32_reversed(txid, &demo->tx0.txid), channel->tx0_height);
    }
    if (channel->config->role == PROM_ROLE_WORKER && channel->stage == PROM_STAGE_DELIVERED) {
        prom_demo_show_phase(&demo->show, PROM_DEMO_COMPUTE, demo->job.run_seconds,
                             "to compare with: a plain run of %s", prom_units_count(count, demo->job.items, "item"));
        prom_demo_show_phase(&demo->show, PROM_DEMO_PROVE, node->deliver_seconds,
                             "the worker ran them by the scheme %s: a proof of %s, sealed under h_p in %s",
                             demo->scheme->name, prom_units_bytes(bytes, node->proof_bytes),
                             prom_units_bytes(count, channel->packages[PROM_PARTY_W].length));
    }
    if (channel->config->role == PROM_ROLE_VERIFIER && channel->stage == PROM_STAGE_JUDGED) {
        prom_demo_show_phase(&demo->show, PROM_DEMO_VERIFY, node->verify_seconds,
                             "the verifier checked the delivery by the scheme %s: r = 1", demo->scheme->name);
    }
}

static prom_result took_output(prom_demo *demo, prom_span output, prom_error *error)
{
    char txid[PROM_HEX32];
    PROM_TRY(prom_demo_job_save(&demo->arena, &demo->accuracy, &demo->job, output, demo->output_path, error));
    prom_demo_show_phase(&demo->show, PROM_DEMO_SETTLE, -1, "Tx4 %s paid everybody and showed the client h_p",
                         prom_hex32_reversed(txid, &demo->tx4.txid));
    return prom_ok();
}

static prom_result took(prom_demo *demo, const prom_report *report, prom_error *error)
{
    const bool worker = report->node->channel->config->role == PROM_ROLE_WORKER;
    switch (report->kind) {
    case PROM_REPORT_STAGE:
        took_stage(demo, report);
        return prom_ok();
    case PROM_REPORT_SENT:
        prom_demo_show_log(&demo->show, "%s sends %s, %zu bytes", report->node->name, report->text,
                           report->bytes.length);
        return prom_ok();
    case PROM_REPORT_BROADCAST:
        return took_tx(demo, report, error);
    case PROM_REPORT_WORKING:
        prom_demo_show_progress(&demo->show, worker ? "prove" : "verify", report->done, report->total);
        return prom_ok();
    case PROM_REPORT_DELIVERED:
        return took_output(demo, report->bytes, error);
    case PROM_REPORT_CLOSED:
        prom_demo_show_log(&demo->show, "%s has closed%s%s", report->node->name, report->text[0] == '\0' ? "" : ": ",
                           report->text);
        if (report->text[0] != '\0' && demo->reason[0] == '\0') {
            (void)snprintf(demo->reason, sizeof demo->reason, "the %s: %s", report->node->name, report->text);
        }
        return prom_ok();
    case PROM_REPORT_FAULT:
        prom_demo_show_log(&demo->show, "%s refuses: %s", report->node->name, report->text);
        return prom_ok();
    }
    return prom_ok();
}

static void observe(void *context, const prom_report *report)
{
    prom_demo *demo = context;
    if (prom_is_ok(demo->failed)) {
        demo->failed = took(demo, report, &demo->failure);
    }
}

/* Events until all have closed; when nothing is left to do, time passes: a block is mined. */
static prom_result run_to_the_end(prom_demo *demo, prom_error *error)
{
    unsigned idle_blocks = 0;
    while (!prom_hub_all_closed(&demo->hub)) {
        bool idle = false;
        PROM_TRY(prom_hub_run(&demo->hub, &idle, error));
        if (!prom_is_ok(demo->failed)) {
            return prom_fail(error, demo->failed.category, "%s", demo->failure.sentence);
        }
        if (demo->reason[0] != '\0') {
            return prom_fail(error, PROM_CATEGORY_PEER, "the contract ended without agreement: %s", demo->reason);
        }
        if (!idle || prom_hub_all_closed(&demo->hub)) {
            continue;
        }
        if (++idle_blocks > IDLE_BLOCKS_MAX) {
            return prom_fail(error, PROM_CATEGORY_BROKEN, "the contract did not close within %u blocks",
                             (unsigned)IDLE_BLOCKS_MAX);
        }
        PROM_TRY(prom_demo_mine(&demo->cast, 1, error));
    }
    return prom_ok();
}

prom_result prom_demo_run(prom_demo *demo, prom_error *error)
{
    const prom_observer observer = {observe, demo};
    prom_chain_info info;
    PROM_TRY(prom_hub_init(&demo->hub, demo->devnet->rpc, observer, error));
    PROM_TRY(prom_demo_start(&demo->cast, &demo->hub, error));
    PROM_TRY(run_to_the_end(demo, error));
    const prom_channel *worker = demo->cast.parties[PROM_PARTY_W].node.channel;
    const prom_case known = {&worker->terms, worker->tx0_height, &worker->evidence};
    demo->receipts = prom_arbiters_count(prom_case_holders(&known, PROM_ROUND_A));
    PROM_TRY(prom_chain_get_info(demo->devnet->rpc, &info, error));
    demo->last_height = info.height;
    return prom_ok();
}

/* What a party put into the outputs of Tx0: its deposit; for the client the reserve, too. */
static prom_amount locked_by(const prom_demo *demo, size_t party)
{
    const prom_channel *client = demo->cast.parties[PROM_PARTY_C].node.channel;
    if (party >= PROM_PARTIES) {
        return demo->cast.P.a;
    }
    const prom_amount deposit = prom_terms_deposit(&client->terms, (prom_party)party);
    return party == PROM_PARTY_C ? prom_amount_add(deposit, client->tree->reserve) : deposit;
}

static void print_row(const char *name, prom_amount locked, prom_amount got)
{
    char first[PROM_AMOUNT_GROUPED];
    char second[PROM_AMOUNT_GROUPED];
    char third[PROM_AMOUNT_GROUPED];
    const bool gained = prom_amount_at_least(got, locked);
    const prom_amount change = gained ? prom_amount_subtract(got, locked) : prom_amount_subtract(locked, got);
    (void)printf("  %-10s %12s %12s   %c%s\n", name, prom_amount_grouped(first, locked),
                 prom_amount_grouped(second, got), prom_amount_is_zero(change) ? ' ' : (gained ? '+' : '-'),
                 prom_amount_grouped(third, change));
}

static void print_tx(const char *name, const prom_demo_tx *tx)
{
    char txid[PROM_HEX32];
    char fee[PROM_AMOUNT_GROUPED];
    (void)printf("  %-10s %s  %4zu vB, fee %s sat\n", name, prom_hex32_reversed(txid, &tx->txid), tx->vsize,
                 prom_amount_grouped(fee, tx->fee));
}

/* What proving and checking cost beside the plain run. */
static void print_times(const prom_demo *demo)
{
    char bytes[PROM_UNITS];
    char compute[PROM_UNITS];
    char prove[PROM_UNITS];
    char verify[PROM_UNITS];
    const double *seconds = demo->show.seconds;
    const double plain = seconds[PROM_DEMO_COMPUTE];
    (void)printf("\n  scheme   %s: compute %s, prove %s (%.1f times as long), verify %s (%.1f times)\n",
                 demo->scheme->name, prom_units_seconds(compute, plain),
                 prom_units_seconds(prove, seconds[PROM_DEMO_PROVE]), seconds[PROM_DEMO_PROVE] / plain,
                 prom_units_seconds(verify, seconds[PROM_DEMO_VERIFY]), seconds[PROM_DEMO_VERIFY] / plain);
    if (demo->scheme->open_sample == NULL && seconds[PROM_DEMO_VERIFY] > plain) {
        (void)printf("           Checking a proof takes longer than running a network this small again: it costs some\n"
                     "           milliseconds whatever the network, and grows more slowly than the network does.\n");
    }
    (void)printf("  proof    %s; %zu of %d arbiters gave a receipt for the package\n",
                 prom_units_bytes(bytes, demo->cast.parties[PROM_PARTY_W].node.proof_bytes), demo->receipts,
                 PROM_DEMO_ARBITERS);
}

void prom_demo_print(const prom_demo *demo)
{
    const prom_channel *client = demo->cast.parties[PROM_PARTY_C].node.channel;
    char text[PROM_HEX32];
    (void)printf("\nSettled by scheme #3: the transaction that paid the worker showed the client the key.\n\n"
                 "  %-10s %12s %12s   %s\n",
                 "sat", "locked", "got", "change");
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        print_row(demo->cast.parties[i].node.name, locked_by(demo, i), demo->payouts[i]);
    }
    print_row("fund", prom_amount_zero(), demo->fund);
    (void)printf("\n");
    print_tx("Tx0", &demo->tx0);
    print_tx("Tx4", &demo->tx4);
    (void)printf("  %-10s %s, in the witness of Tx4\n", "h_p", prom_hex32(text, &client->h_p));
    (void)printf("  %-10s %s = SHA-256(h_p), in the leaf it satisfies\n", "h", prom_hex32(text, &client->terms.h));
    print_times(demo);
    if (demo->accuracy >= 0) {
        (void)printf("  accuracy %.2f %% of %zu items, as integers; %.2f %% as the float model\n", 100 * demo->accuracy,
                     demo->job.items, 100 * demo->job.float_accuracy);
    }
    (void)printf("  result   %s\n", demo->output_path);
}

static json_t *json_amount(prom_amount amount)
{
    uint64_t sat = 0;
    return prom_amount_get(amount, &sat) ? json_integer((json_int_t)sat) : NULL;
}

static json_t *json_tx(const prom_demo_tx *tx)
{
    char txid[PROM_HEX32];
    return json_pack("{s:s, s:I, s:o}", "txid", prom_hex32_reversed(txid, &tx->txid), "vsize", (json_int_t)tx->vsize,
                     "fee", json_amount(tx->fee));
}

/* Amounts by the paper's names: C, W, V, A1 to A3 and F. */
static json_t *json_parties(const prom_demo *demo, bool payouts)
{
    static const char *const names[PROM_DEMO_PARTIES] = {"C", "W", "V", "A1", "A2", "A3"};
    json_t *object = json_object();
    for (size_t i = 0; i < PROM_DEMO_PARTIES; i++) {
        (void)json_object_set_new(object, names[i], json_amount(payouts ? demo->payouts[i] : locked_by(demo, i)));
    }
    if (payouts) {
        (void)json_object_set_new(object, "F", json_amount(demo->fund));
    }
    return object;
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
    const prom_channel *client = demo->cast.parties[PROM_PARTY_C].node.channel;
    char h[PROM_HEX32];
    char h_p[PROM_HEX32];
    char contract[PROM_HEX32];
    char program[PROM_HEX32];
    return json_pack("{s:i, s:s, s:I, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:{s:s, s:s}, s:s, s:s, s:I, "
                     "s:I, s:I, s:I, s:s, s:o}",
                     "scheme", (int)client->settled_scheme,                                //
                     "proof", demo->scheme->name,                                          //
                     "proof_bytes",                                                        //
                     (json_int_t)demo->cast.parties[PROM_PARTY_W].node.proof_bytes,        //
                     "tx0", json_tx(&demo->tx0),                                           //
                     "tx4", json_tx(&demo->tx4),                                           //
                     "h", prom_hex32(h, &client->terms.h),                                 //
                     "h_p", prom_hex32(h_p, &client->h_p),                                 //
                     "accuracy", json_share(demo->accuracy),                               //
                     "accuracy_float", json_share(demo->job.float_accuracy),               //
                     "locked", json_parties(demo, false),                                  //
                     "payouts", json_parties(demo, true),                                  //
                     "seconds", json_seconds(demo),                                        //
                     "output", demo->output_path,                                          //
                     "rpc", "url", demo->devnet->url, "cookie", demo->devnet->cookie_file, //
                     "contract", prom_hex32(contract, &client->tree->contract_id),         //
                     "program", prom_hex32(program, &client->terms.job.program_digest),    //
                     "items", (json_int_t)demo->job.items,                                 //
                     "clamped", (json_int_t)demo->job.clamped,                             //
                     "receipts", (json_int_t)demo->receipts,                               //
                     "height", (json_int_t)demo->last_height,                              //
                     "log", demo->show.log_path,                                           //
                     "warnings", json_warnings(&demo->job));
}
