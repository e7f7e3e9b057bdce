/* Transactions that channels want in a block: looked at in the watcher's thread at every new tip, whenever the list
 * changes, and now and then. */
#include <stdlib.h>
#include <string.h>

#include "chain/broadcast.h"
#include "node/beginning.h"
#include "node/payments.h"
#include "prometheus/bitcoin/script.h"
#include "system/clock.h"
#include "system/random.h"

enum {
    AGAIN_MILLISECONDS = 30000, /* our own mempool may have lost it */
    ABANDON_VSIZE = 111,        /* one P2TR input by its key, one P2TR output */
};

/* One transaction of one round. */
struct publication {
    uint64_t channel;
    char name[PROM_TREE_NAME];
    prom_span tx; /* owned */
    prom_amount fee;
    prom_fee_obligation due;
    bool has_coin;
    prom_bump_coin coin;
    prom_key coin_key;
    prom_broadcast_report report;
};

struct publications {
    prom_fee_estimates estimates;
    struct publication *list;
    size_t count;
    int64_t tip;
    bool asked; /* bitcoind answered */
    prom_error reason;
};

/* -- The list of a channel -- */

static void drop_publication(prom_node_publication *publication)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): our copy, which a span shows as const */
    free((void *)(uintptr_t)publication->tx.data);
    prom_wipe(publication, sizeof *publication);
}

void prom_node_publications_drop(prom_node_channel *channel)
{
    for (size_t i = 0; i < channel->publication_count; i++) {
        drop_publication(&channel->publications[i]);
    }
    channel->publication_count = 0;
}

/* The bid rises with what was waited for in vain (prom_fee_feerate): that is counted from when we wanted it. What is
 * new is published at once, and what was there at its time: peers do not choose how often bitcoind is asked. */
static void count_from_now_on(prom_node *node, const prom_node_channel *channel, prom_node_publication *publication)
{
    bool is_new = true;
    publication->wanted_tip = node->best_tip;
    for (size_t i = 0; i < channel->since_count; i++) {
        if (strcmp(channel->since[i].name, publication->name) == 0) {
            publication->wanted_tip = channel->since[i].tip;
            is_new = false;
        }
    }
    node->publications_due = node->publications_due || is_new;
    if (publication->due.first_tip < publication->wanted_tip) {
        publication->due.first_tip = publication->wanted_tip;
    }
}

static prom_result add(prom_node *node, prom_node_channel *channel, prom_node_publication *publication,
                       const prom_tx *tx, prom_arena *arena, prom_error *error)
{
    prom_span bytes;
    count_from_now_on(node, channel, publication);
    if (channel->publication_count == PROM_NODE_PUBLICATIONS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a channel wants more transactions in a block than it has");
    }
    PROM_TRY(prom_tx_serialize(arena, &bytes, tx, true, error));
    uint8_t *copy = malloc(bytes.length);
    if (copy == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    memcpy(copy, bytes.data, bytes.length);
    publication->tx = prom_span_of(copy, bytes.length);
    channel->publications[channel->publication_count++] = *publication;
    return prom_ok();
}

static prom_result add_branch(prom_node *node, prom_node_channel *channel, prom_arena *arena, const prom_want *want,
                              prom_error *error)
{
    const prom_channel *its = channel->channel;
    const prom_tree_tx *branch = &its->tree->tx[want->as.publish.tx];
    prom_node_publication publication = {.fee = branch->fee, .due = want->as.publish.due};
    prom_channel_secrets secrets;
    prom_tx *tx = NULL;
    const bool worker = its->facts.role == PROM_ROLE_WORKER;
    if (worker) {
        PROM_TRY(
            prom_wallet_secret_of(&node->wallet, &secrets.h_p, its->facts.number, PROM_WALLET_H_P, want->batch, error));
        PROM_TRY(
            prom_wallet_secret_of(&node->wallet, &secrets.k_p, its->facts.number, PROM_WALLET_K_P, want->batch, error));
    }
    (void)snprintf(publication.name, sizeof publication.name, "%s", branch->name);
    const prom_result finished =
        prom_channel_finish(its, arena, &tx, want->batch, want->as.publish.tx, worker ? &secrets : NULL, error);
    prom_wipe(&secrets, sizeof secrets);
    PROM_TRY(finished);
    return add(node, channel, &publication, tx, arena, error);
}

static prom_result add_tx0(prom_node *node, prom_node_channel *channel, prom_arena *arena, const prom_want *want,
                           prom_error *error)
{
    const prom_channel *its = channel->channel;
    prom_node_publication publication = {
        .name = "Tx0", .fee = its->tree->tx[PROM_TX0].fee, .due = want->as.publish.due};
    prom_tx *tx = NULL;
    PROM_TRY(prom_tx_parse(arena, &tx, its->facts.kept[PROM_KEPT_TX0], error));
    return add(node, channel, &publication, tx, arena, error);
}

/* What replaces Tx0 in mempools pays more than it does in all (BIP 125). */
static uint64_t abandon_feerate(const prom_node *node, const prom_channel *channel, const prom_fee_obligation *due)
{
    const prom_amount tx0_fee = channel->tree->tx[PROM_TX0].fee;
    uint64_t feerate = prom_fee_feerate(due, node->best_tip, &node->estimates) / 1000 + 1;
    while (!prom_amount_above(prom_fee(feerate, ABANDON_VSIZE), tx0_fee)) {
        feerate++;
    }
    return feerate;
}

/* An own input of Tx0, spent to ourselves: what it pays must outbid a Tx0 that lies in mempools. */
static prom_result add_abandon(prom_node *node, prom_node_channel *channel, prom_arena *arena, const prom_want *want,
                               prom_error *error)
{
    const prom_channel *its = channel->channel;
    const prom_coin *coin = &want->as.abandon.coin;
    prom_node_publication publication = {.name = "Abandon", .due = want->as.abandon.due};
    PROM_SCOPED(prom_key_wipe) prom_key key = {0};
    prom_tx_output spent = {.value = coin->value};
    const prom_bytes32 auxiliary = prom_random_bytes32();
    prom_tx *tx = NULL;
    if (channel->record.restored) {
        return prom_ok(); /* what was agreed since the backup is not known: nothing new is signed */
    }
    PROM_TRY(prom_coins_key(node->fold->coins, &node->wallet, &key, &coin->key, error));
    PROM_TRY(prom_tx_new(arena, &tx, 1, 1, error));
    tx->inputs[0].outpoint = coin->outpoint;
    tx->inputs[0].sequence = PROM_SEQUENCE_PLAIN;
    PROM_TRY(prom_script_p2tr(arena, &tx->outputs[0].script, &its->facts.own.payout, error));
    PROM_TRY(prom_script_p2tr(arena, &spent.script, &coin->key, error));
    const prom_payment payment = {tx, &spent, &key, 0, abandon_feerate(node, its, &want->as.abandon.due)};
    PROM_TRY(prom_wallet_pay(node->curve, arena, &payment, &auxiliary, error));
    publication.fee = prom_amount_subtract(coin->value, tx->outputs[0].value);
    return add(node, channel, &publication, tx, arena, error);
}

void prom_node_publications_begin(prom_node_channel *channel)
{
    channel->since_count = channel->publication_count;
    for (size_t i = 0; i < channel->since_count; i++) {
        (void)snprintf(channel->since[i].name, sizeof channel->since[i].name, "%s", channel->publications[i].name);
        channel->since[i].tip = channel->publications[i].wanted_tip;
    }
    prom_node_publications_drop(channel);
}

prom_result prom_node_publication_add(prom_node *node, prom_node_channel *channel, prom_arena *arena,
                                      const prom_want *want, prom_error *error)
{
    switch (want->kind) {
    case PROM_WANT_PUBLISH:
        return add_branch(node, channel, arena, want, error);
    case PROM_WANT_PUBLISH_TX0:
        return add_tx0(node, channel, arena, want, error);
    case PROM_WANT_ABANDON:
        return add_abandon(node, channel, arena, want, error);
    case PROM_WANT_SIGN:
    case PROM_WANT_FETCH:
    case PROM_WANT_JOB:
    case PROM_WANT_LOOK_UP:
    case PROM_WANT_TRY:
        break;
    }
    return prom_fail(error, PROM_CATEGORY_MISUSE, "a want that is no transaction");
}

/* -- A round, in the watcher's thread -- */

struct bumper {
    const struct publication *publication;
    const prom_curve *curve;
};

static prom_result make_child(void *context, prom_arena *arena, prom_tx **child, const prom_bump *bump,
                              prom_error *error)
{
    const struct bumper *bumper = context;
    const prom_bytes32 auxiliary = prom_random_bytes32();
    return prom_bump_child(bumper->curve, arena, child, bump, &bumper->publication->coin_key, &auxiliary, error);
}

static void run_round(void *context, prom_rpc *rpc)
{
    struct publications *round = context;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    const prom_bytes32 randomness = prom_random_bytes32();
    prom_curve *curve = NULL;
    prom_fee_climate climate;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    round->asked = prom_is_ok(prom_fee_climate_get(rpc, &climate, &round->reason)) &&
                   prom_is_ok(prom_curve_new(&arena, &curve, &randomness, &round->reason));
    round->estimates = climate.estimates;
    for (size_t i = 0; i < round->count && round->asked; i++) {
        struct publication *its = &round->list[i];
        struct bumper bumper = {its, curve};
        const prom_child_signer signer = {&bumper, make_child};
        const prom_broadcast_want want = {its->tx, its->fee, its->due, its->has_coin ? &its->coin : NULL};
        prom_broadcast(rpc, &its->report, &want, round->tip, &climate, &signer);
    }
}

static void free_round(void *context)
{
    struct publications *round = context;
    for (size_t i = 0; i < round->count; i++) {
        /* NOLINTNEXTLINE(performance-no-int-to-ptr): as above */
        free((void *)(uintptr_t)round->list[i].tx.data);
        prom_wipe(&round->list[i], sizeof round->list[i]);
    }
    free(round->list);
    free(round);
}

static prom_result copy_publication(prom_node *node, struct publication *copy, const prom_node_channel *channel,
                                    const prom_node_publication *its, prom_error *error)
{
    uint8_t *bytes = malloc(its->tx.length);
    if (bytes == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    memcpy(bytes, its->tx.data, its->tx.length);
    copy->channel = channel->record.number;
    (void)snprintf(copy->name, sizeof copy->name, "%s", its->name);
    copy->tx = prom_span_of(bytes, its->tx.length);
    copy->fee = its->fee;
    copy->due = its->due;
    return prom_node_reserved_coin(node, channel, &copy->has_coin, &copy->coin, &copy->coin_key, error);
}

/* What our owner wants for itself alone pays its own fee, and has no child. */
static prom_result copy_payment(const prom_node *node, struct publication *copy, const prom_node_payment *own,
                                prom_error *error)
{
    uint8_t *bytes = malloc(own->bytes.length);
    if (bytes == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    memcpy(bytes, own->bytes.data, own->bytes.length);
    (void)snprintf(copy->name, sizeof copy->name, "%s", prom_own_name(own->purpose));
    copy->tx = prom_span_of(bytes, own->bytes.length);
    copy->fee = own->fee;
    copy->due = (prom_fee_obligation){.first_tip = node->best_tip,
                                      .last_block = PROM_WINDOW_OPEN,
                                      .at_risk = own->fee,
                                      .lateness = PROM_LATE_COSTS_TIME,
                                      .vsize = 1,
                                      .safety_margin = node->network->safety_margin};
    return prom_ok();
}

/* Those that no block has, as far as our chain goes. */
static prom_result add_payments(const prom_node *node, struct publications *round, prom_error *error)
{
    for (size_t i = 0; i < node->payment_count; i++) {
        uint32_t height;
        if (prom_node_fate_of(node, &node->payments[i], &height) == PROM_PAYMENT_WAITS) {
            PROM_TRY(copy_payment(node, &round->list[round->count++], &node->payments[i], error));
        }
    }
    return prom_ok();
}

static prom_result make_round(prom_node *node, struct publications **round, prom_error *error)
{
    size_t count = node->payment_count;
    struct publications *made = calloc(1, sizeof *made);
    prom_result result = prom_ok();
    for (size_t i = 0; i < node->channel_count; i++) {
        count += node->channels[i]->publication_count;
    }
    if (made == NULL || (made->list = calloc(count + 1, sizeof *made->list)) == NULL) {
        free(made);
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    made->tip = node->best_tip;
    for (size_t i = 0; i < node->channel_count && prom_is_ok(result); i++) {
        const prom_node_channel *channel = node->channels[i];
        for (size_t j = 0; j < channel->publication_count && prom_is_ok(result); j++) {
            result = copy_publication(node, &made->list[made->count++], channel, &channel->publications[j], error);
        }
    }
    if (prom_is_ok(result)) {
        result = add_payments(node, made, error);
    }
    if (!prom_is_ok(result)) {
        free_round(made);
        return result;
    }
    *round = made;
    return prom_ok();
}

void prom_node_publish(prom_node *node)
{
    const int64_t now = prom_clock_milliseconds();
    const bool due =
        node->publications_due || node->published_tip != node->best_tip || now - node->published > AGAIN_MILLISECONDS;
    struct publications *round = NULL;
    prom_error reason;
    if (node->publishing || !due) {
        return;
    }
    prom_node_end_payments(node);
    prom_result result = make_round(node, &round, &reason);
    if (prom_is_ok(result) && round->count > 0) {
        result =
            prom_watcher_thread_ask(node->follower.thread, &(prom_watcher_job){run_round, free_round, round}, &reason);
        node->publishing = prom_is_ok(result);
    }
    if (!node->publishing && round != NULL) {
        free_round(round);
    }
    if (!prom_is_ok(result)) {
        prom_node_report(node, PROM_REPORT_FAULT, 0, "transactions wait to be published: %s", reason.sentence);
    }
    node->publications_due = !prom_is_ok(result);
    node->published_tip = node->best_tip;
    node->published = now;
}

bool prom_node_is_round(const prom_watcher_job *job)
{
    return job->run == run_round;
}

static const char *txid_of(char text[PROM_HEX32], const struct publication *its)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_bytes32 txid = {{0}};
    prom_tx *tx = NULL;
    prom_arena_init(&arena, PROM_NODE_STEP_MEMORY);
    const bool known =
        prom_is_ok(prom_tx_parse(&arena, &tx, its->tx, NULL)) && prom_is_ok(prom_tx_id(&arena, &txid, tx, NULL));
    return known ? prom_hex32_reversed(text, &txid) : "";
}

static void tell_publication(prom_node *node, const struct publication *its)
{
    char txid[PROM_HEX32];
    if (its->report.state == PROM_BROADCAST_SENT) {
        prom_node_report(node, PROM_REPORT_PUBLISHED, its->channel, "%s %s%s", its->name, txid_of(txid, its),
                         its->report.has_child ? " with a child for its fee" : "");
    } else if (its->report.told.sentence[0] != '\0') {
        prom_node_report(node, PROM_REPORT_NOTE, its->channel, "%s is not in our mempool: %s", its->name,
                         its->report.told.sentence);
    }
}

void prom_node_round_over(prom_node *node, const prom_watcher_job *job)
{
    struct publications *round = job->context;
    node->publishing = false;
    if (!round->asked) {
        prom_node_report(node, PROM_REPORT_FAULT, 0, "transactions wait to be published: %s", round->reason.sentence);
        node->publications_due = true;
    }
    node->estimates = round->asked ? round->estimates : node->estimates;
    for (size_t i = 0; i < round->count && round->asked; i++) {
        tell_publication(node, &round->list[i]);
    }
    free_round(round);
}
