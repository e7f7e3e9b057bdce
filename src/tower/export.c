#include "tower/export.h"

#include <string.h>

#include "prometheus/crypto/hash.h"
#include "settlement/publish.h"

static prom_result check_round(const prom_channel *channel, const prom_case *known, prom_round round, prom_error *error)
{
    const uint32_t k = prom_channel_quorum(channel);
    const uint32_t held = prom_arbiters_count(prom_case_holders(known, round));
    const bool stated =
        round == PROM_ROUND_NOTICE ? prom_case_notice(known) != NULL : prom_case_package(known, round) != NULL;
    if (!stated || held < k) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "an appeal needs %u receipts that count of what was delivered, and there are %u: export again "
                         "when they are here, and without the package until then",
                         (unsigned)k, (unsigned)held);
    }
    return prom_ok();
}

prom_result prom_tower_may_appeal(const prom_channel *channel, uint16_t batch, prom_error *error)
{
    const prom_case known = prom_batch_case(channel, batch, &channel->facts.batches[batch].evidence.statements);
    if (channel->facts.role != PROM_ROLE_WORKER) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "only a worker appeals, and this channel is of the %s",
                         prom_role_name(channel->facts.role));
    }
    PROM_TRY(check_round(channel, &known, PROM_ROUND_A, error));
    if (prom_case_samples(&known)) {
        PROM_TRY(check_round(channel, &known, PROM_ROUND_NOTICE, error));
        PROM_TRY(check_round(channel, &known, PROM_ROUND_B, error));
    }
    return prom_ok();
}

static prom_result check_state(const prom_channel *channel, uint16_t batch, prom_error *error)
{
    if (channel->signing == NULL || channel->facts.kept[PROM_KEPT_SIGNATURES].length == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the branches of this contract are not signed yet: the setup is "
                         "'%s'",
                         prom_setup_phase_name(channel->facts.setup.phase));
    }
    if (prom_channel_lambda(channel) == PROM_LAMBDA_CLOSED) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this contract is closed%s: nothing is left to watch",
                         prom_channel_scheme(channel, batch) != 0 ? " and settled" : "");
    }
    return prom_ok();
}

/* The row of the table by which everybody, or W, publishes the branch. */
static const struct publication *row_of(prom_branch_id id)
{
    for (size_t i = 0; i < prom_publication_count; i++) {
        if (prom_publications[i].branch == id) {
            return &prom_publications[i];
        }
    }
    return NULL;
}

/* protocol 7, and the table of deadlines: counted from the block that holds what is spent. TxA waits: who is back in
 * time appeals itself, and shows h_p; the evidence ends s blocks behind TxA's block. */
static prom_result time_branch(const prom_channel *channel, uint16_t batch, prom_tower_branch *branch,
                               prom_error *error)
{
    const struct publication *row = row_of(branch->id);
    const uint32_t margin = prom_channel_margin(channel);
    prom_fee_obligation due;
    PROM_TRY(prom_publication_due(channel, batch, &due, row, 0, error));
    branch->opens = (uint32_t)due.first_tip;
    branch->closes = due.last_block == PROM_WINDOW_OPEN ? PROM_TOWER_OPEN : (uint32_t)due.last_block;
    if (branch->id == PROM_BRANCH_TXA) {
        const prom_tip_window window =
            prom_deadline_window(row->opens, &channel->terms.P, prom_channel_network(channel), 0);
        branch->opens = (uint32_t)window.latest - margin;
    }
    branch->lateness = due.lateness;
    branch->at_risk = due.at_risk;
    branch->fee = channel->tree->tx[prom_publication_tx(channel, batch, row)].fee;
    return prom_ok();
}

static prom_result add_branch(const prom_channel *channel, uint16_t batch, prom_arena *arena, prom_tower_file *file,
                              prom_branch_id id, const prom_channel_secrets *secrets, prom_error *error)
{
    prom_tower_branch *branch = &file->branches[file->branch_count++];
    const uint32_t index = prom_publication_tx(channel, batch, row_of(id));
    prom_tx *tx = NULL;
    branch->id = id;
    PROM_TRY(time_branch(channel, batch, branch, error));
    PROM_TRY(prom_channel_finish(channel, arena, &tx, batch, index, secrets, error));
    branch->spends = tx->inputs[0].outpoint;
    branch->txid = channel->tree->tx[index].txid;
    return prom_tx_serialize(arena, &branch->tx, tx, true, error);
}

/* What a package must be: the one that W has signed. */
static prom_result check_package(const prom_channel *channel, const prom_case *known, prom_round round,
                                 prom_span package, prom_error *error)
{
    const prom_attestation *signed_package = prom_case_package(known, round);
    prom_bytes32 hash;
    prom_package_hash(&hash, &channel->tree->contract_id, round, package);
    return signed_package != NULL && prom_bytes32_equal(&hash, &signed_package->as.package.hash)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the package on the disk is not the one that was signed");
}

/* Who is brought the evidence when W itself is away. */
static void add_arbiters(const prom_channel *channel, prom_tower_appeal *appeal)
{
    appeal->client = channel->facts.client;
    appeal->quorum = (uint8_t)prom_channel_quorum(channel);
    appeal->arbiter_count = channel->terms.P.n;
    for (size_t i = 0; i < appeal->arbiter_count; i++) {
        const prom_address *address = prom_channel_address_of(channel, &channel->terms.arbiters[i].key);
        appeal->arbiters[i].words = channel->terms.arbiters[i].key;
        if (address != NULL) {
            appeal->arbiters[i].address = *address;
        }
    }
}

static prom_result add_appeal(const prom_channel *channel, uint16_t batch, prom_arena *arena, prom_tower_file *file,
                              const prom_tower_gift *gift, prom_error *error)
{
    const prom_evidence *statements = &channel->facts.batches[batch].evidence.statements;
    const prom_case known = prom_batch_case(channel, batch, statements);
    prom_bytes32 h;
    PROM_TRY(check_package(channel, &known, PROM_ROUND_A, gift->packages[0], error));
    if (prom_case_samples(&known)) {
        PROM_TRY(check_package(channel, &known, PROM_ROUND_B, gift->packages[1], error));
    }
    prom_sha256(&h, prom_span_of32(&gift->secrets.h_p));
    if (!prom_bytes32_equal(&h, &channel->terms.h)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the seed is not the one of this contract: its words or its passphrase are others");
    }
    file->appeal.there = true;
    add_arbiters(channel, &file->appeal);
    file->appeal.h_p = gift->secrets.h_p;
    file->appeal.packages[0] = gift->packages[0];
    file->appeal.packages[1] = gift->packages[1];
    PROM_TRY(prom_evidence_new(arena, &file->appeal.evidence, statements->count, error));
    for (size_t i = 0; i < statements->count; i++) {
        if (statements->list[i].kind != PROM_ATTESTATION_ANSWER) {
            file->appeal.evidence.list[file->appeal.evidence.count++] = statements->list[i];
        }
    }
    return prom_ok();
}

/* A file names a chain by its first block, which all signets have in common: a tower would watch the public one. */
static prom_result check_network(const prom_channel *channel, prom_error *error)
{
    return channel->terms.signet_challenge.length == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "this contract is on a signet of somebody's own, which watchtowers do not know: keep the "
                           "node itself running until the contract is over");
}

prom_result prom_tower_export(const prom_channel *channel, uint16_t batch, prom_arena *arena, prom_tower_file *file,
                              const prom_tower_gift *gift, prom_error *error)
{
    static const prom_branch_id order[] = {PROM_BRANCH_TX1, PROM_BRANCH_TXA, PROM_BRANCH_TX5, PROM_BRANCH_TX6};
    memset(file, 0, sizeof *file);
    PROM_TRY(check_network(channel, error));
    PROM_TRY(check_state(channel, batch, error));
    if (gift != NULL) {
        PROM_TRY(prom_tower_may_appeal(channel, batch, error));
        PROM_TRY(add_appeal(channel, batch, arena, file, gift, error));
    }
    file->genesis = channel->terms.genesis;
    file->contract_id = channel->tree->contract_id;
    file->first_block = channel->terms.snapshot_height + 1; /* Tx0 comes later than its terms */
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (order[i] != PROM_BRANCH_TXA || gift != NULL) {
            PROM_TRY(add_branch(channel, batch, arena, file, order[i], gift != NULL ? &gift->secrets : NULL, error));
        }
    }
    return prom_ok();
}
