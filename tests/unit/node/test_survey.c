#include "node/survey.h"

#include "contract/endings.h"
#include "node/asked.h"

enum { TXS_MAX = 16 };

/* Transactions of offers, for whoever looks who owns them. */
struct history {
    struct host *host;
    prom_bytes32 p_txid;
    const prom_tx *txs[TXS_MAX];
    prom_bytes32 txids[TXS_MAX];
    size_t count;
    size_t asked;
};

static prom_result find(void *context, prom_arena *arena, const prom_tx **tx, uint32_t height, const prom_bytes32 *txid,
                        prom_error *error)
{
    struct history *history = context;
    (void)arena;
    (void)height;
    (void)error;
    *tx = NULL;
    history->asked++;
    for (size_t i = 0; i < history->count; i++) {
        *tx = prom_bytes32_equal(&history->txids[i], txid) ? history->txs[i] : *tx;
    }
    return prom_ok();
}

/* An offer of somebody's, paid out of that output, in the next block. */
static prom_bytes32 offer(struct history *history, size_t key, const prom_outpoint *from)
{
    struct host *host = history->host;
    fixture *test = host->test;
    const prom_key Q = named_key(test, "offer", key);
    prom_tx *tx = NULL;
    assert_ok(prom_tx_new(&test->arena, &tx, 1, PROM_OFFER_OUTPUTS, &test->error), &test->error);
    tx->inputs[0].outpoint = *from;
    assert_ok(prom_offer_outputs(test->curve, &test->arena, tx->outputs, &history->p_txid,
                                 &host->world->session.terms.P, &Q.public_key, &test->error),
              &test->error);
    const prom_tx *txs[] = {tx};
    host_block(host, txs, 1);
    history->txs[history->count] = tx;
    history->txids[history->count] = host_outpoint(host, tx).txid;
    return history->txids[history->count++];
}

/* What spends that offer: into a contract of its P, or elsewhere. */
static void spend(struct history *history, const prom_bytes32 *txid, bool engage)
{
    struct host *host = history->host;
    fixture *test = host->test;
    const prom_key away = named_key(test, "away", 0);
    prom_tx *tx = NULL;
    assert_ok(prom_tx_new(&test->arena, &tx, 1, 1, &test->error), &test->error);
    tx->inputs[0].outpoint = (prom_outpoint){*txid, 0};
    assert_ok(engage ? prom_contract_mark(&test->arena, &tx->outputs[0].script, &history->p_txid, &test->error)
                     : prom_script_p2tr(&test->arena, &tx->outputs[0].script, &away.public_key, &test->error),
              &test->error);
    const prom_tx *txs[] = {tx};
    host_block(host, txs, 1);
}

static prom_outpoint out_of(size_t transaction, uint32_t index)
{
    return (prom_outpoint){named("funding", transaction), index};
}

static struct history begin(void **state)
{
    struct history history = {.host = host_new(*state, PROM_ROLE_CLIENT)};
    history.p_txid = asked_publish_p(history.host).terms.p_txid;
    return history;
}

static prom_survey look_at(struct history *history, size_t max)
{
    struct host *host = history->host;
    prom_survey survey;
    assert_ok(prom_survey_look_at(prom_node_index(host->node), &host->test->arena, &survey, &history->p_txid, max,
                                  &host->test->error),
              &host->test->error);
    return survey;
}

/* Offers of all fates are told apart, with their ages; a block that goes takes its own with it. */
static void a_pool_is_told_by_the_chain(void **state)
{
    struct history history = begin(state);
    struct host *host = history.host;
    prom_survey survey = look_at(&history, 100);
    assert_int_equal(survey.offer_count + survey.sum.counted + survey.oldest, 0);
    const prom_outpoint funding[] = {out_of(0, 0), out_of(1, 0), out_of(2, 0), out_of(3, 0), out_of(4, 0)};
    const prom_bytes32 first = offer(&history, 0, &funding[0]);
    const prom_bytes32 second = offer(&history, 1, &funding[1]);
    (void)offer(&history, 2, &funding[2]);
    (void)offer(&history, 2, &funding[3]); /* a key that was there before */
    spend(&history, &first, true);
    spend(&history, &second, false);
    (void)offer(&history, 3, &funding[4]); /* in the tip: too young */
    survey = look_at(&history, 100);
    assert_int_equal(survey.sum.counted, 1);
    assert_int_equal(survey.sum.waiting, 2);
    assert_int_equal(survey.sum.engaged, 1);
    assert_int_equal(survey.sum.withdrawn, 1);
    assert_int_equal(survey.sum.contracts, 1);
    assert_int_equal(survey.sum.last_contract, survey.tip - 2);
    assert_int_equal(survey.offer_count, 5);
    assert_false(survey.cut);
    assert_int_equal(survey.youngest, 5);
    assert_int_equal(survey.oldest, 5);
    assert_int_equal(survey.offers[2].age, 5);
    assert_true(survey.offers[2].counts && !survey.offers[3].counts && !survey.offers[4].counts);
    assert_int_equal(survey.offers[0].fate, PROM_OFFER_ENGAGED);
    assert_true(prom_amount_equal(survey.sum.locked, prom_amount_multiply(survey.sum.P.a, 3)));
    host_unblock(host);
    host_unblock(host);
    survey = look_at(&history, 100);
    assert_int_equal(survey.sum.withdrawn, 0);
    assert_int_equal(survey.sum.counted, 2);
    host_free(host);
}

enum { DEPOSITS = 20000, REWARD = 100000 };

/* A contract by that offer, and what becomes of its deposits: the branches up to `last`; PROM_BRANCHES: none. */
static void play(struct history *history, const prom_bytes32 *offered, prom_branch_id last)
{
    struct host *host = history->host;
    fixture *test = host->test;
    const prom_parameters *P = &host->world->session.terms.P;
    const prom_bytes32 all = named("ALL of an ending", 0);
    const prom_tree_output spends = last < PROM_BRANCHES ? prom_branch_of(last)->spends : PROM_OUTPUT_O0;
    prom_tx *tx = NULL;
    assert_ok(prom_tx_new(&test->arena, &tx, 1, 2, &test->error), &test->error);
    tx->inputs[0].outpoint = (prom_outpoint){*offered, 0};
    tx->outputs[0] = (prom_tx_output){prom_amount_of(DEPOSITS), p2tr_script(test, &all)};
    assert_ok(prom_contract_mark(&test->arena, &tx->outputs[1].script, &history->p_txid, &test->error), &test->error);
    const prom_tx *txs[4] = {tx};
    size_t count = 1;
    for (prom_tree_output at = PROM_OUTPUT_O0; last < PROM_BRANCHES && at <= spends; at++) {
        const prom_branch_id id = at == spends ? last : at == PROM_OUTPUT_O0 ? PROM_BRANCH_TXV0 : PROM_BRANCH_TXA;
        const prom_bytes32 from = host_outpoint(host, txs[count - 1]).txid;
        txs[count++] = ending_of(test, P, &from, id, prom_amount_of(REWARD));
    }
    for (size_t i = 0; i < count; i++) { /* a block for each, so that an end has a height of its own */
        host_block(host, &txs[i], 1);
    }
}

static void assert_sat(prom_amount amount, uint64_t sat)
{
    uint64_t is = 0;
    assert_true(prom_amount_get(amount, &is));
    assert_int_equal(is, sat);
}

static void assert_endings(struct history *history, const prom_survey_endings *wanted, size_t paid)
{
    prom_survey_sum *list = NULL;
    size_t count = 0;
    bool cut = false;
    fixture *test = history->host->test;
    const prom_survey survey = look_at(history, 100);
    assert_ok(
        prom_survey_list(prom_node_index(history->host->node), &test->arena, 10, &list, &count, &cut, &test->error),
        &test->error);
    const prom_survey_endings *told[] = {&survey.sum.endings, &list[0].endings};
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        assert_memory_equal(told[i]->schemes, wanted->schemes, sizeof wanted->schemes);
        assert_int_equal(told[i]->open, wanted->open);
        assert_int_equal(told[i]->accused, wanted->accused);
        assert_int_equal(told[i]->appealed, wanted->appealed);
        assert_sat(told[i]->paid, paid * REWARD);
        assert_sat(told[i]->deposits, survey.sum.contracts * DEPOSITS);
    }
}

/* Each contract is counted by how it ended, from memory, from the disk, and after blocks that went and came. */
static void contracts_are_told_by_their_ends(void **state)
{
    static const prom_branch_id ends[] = {PROM_BRANCH_TX4,  PROM_BRANCH_TX1, PROM_BRANCH_TX3, PROM_BRANCH_TX5,
                                          PROM_BRANCH_TX6,  PROM_BRANCH_TX7, PROM_BRANCH_TX8, PROM_BRANCHES,
                                          PROM_BRANCH_TXV0, PROM_BRANCH_TXA, PROM_BRANCH_TX4};
    struct history history = begin(state);
    struct host *host = history.host;
    prom_bytes32 offers[COUNT_OF(ends)];
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        const prom_outpoint funding = out_of(i, 0);
        offers[i] = offer(&history, i, &funding);
    }
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        play(&history, &offers[i], ends[i]);
    }
    const prom_survey_endings all = {.schemes = {0, 1, 1, 2, 1, 1, 1, 1}, .open = 3, .accused = 1, .appealed = 1};
    const prom_survey_endings before_the_last = {
        .schemes = {0, 1, 1, 1, 1, 1, 1, 1}, .open = 4, .accused = 1, .appealed = 1};
    static const char *const seats[] = {"#3", "#1", "#2", "#4", "#5", "#6", "#7", "open", "open", "open", "#3"};
    const prom_survey survey = look_at(&history, 100);
    for (size_t i = 0; i < COUNT_OF(seats); i++) {
        assert_string_equal(survey.offers[i].contract, seats[i]);
    }
    assert_endings(&history, &all, 2);
    host_reopen(host);
    assert_endings(&history, &all, 2);
    host_unblock(host);
    assert_endings(&history, &before_the_last, 1);
    host_reopen(host);
    assert_endings(&history, &before_the_last, 1);
    host_unblock(host); /* Tx0 of the last one */
    host_unblock(host); /* TxA: what is left of its contract is accused */
    const prom_survey_endings before_the_appeal = {.schemes = {0, 1, 1, 1, 1, 1, 1, 1}, .open = 3, .accused = 2};
    assert_endings(&history, &before_the_appeal, 1);
    host_reopen(host);
    assert_endings(&history, &before_the_appeal, 1);
    host_free(host);
}

/* However many there are, no more than asked for are listed, and all are counted. */
static void lists_have_an_end(void **state)
{
    struct history history = begin(state);
    struct host *host = history.host;
    prom_survey_sum *list = NULL;
    size_t count = 0;
    bool cut = false;
    for (size_t i = 0; i < 4; i++) {
        const prom_outpoint funding = out_of(i, 0);
        (void)offer(&history, i, &funding);
    }
    host_block(host, NULL, 0);
    const prom_survey survey = look_at(&history, 3);
    assert_int_equal(survey.offer_count, 3);
    assert_true(survey.cut);
    assert_int_equal(survey.sum.counted, 4);
    (void)asked_publish_p(host); /* another P */
    prom_error *error = &host->test->error;
    const prom_index *index = prom_node_index(host->node);
    assert_ok(prom_survey_list(index, &host->test->arena, 10, &list, &count, &cut, error), error);
    assert_int_equal(count, 2);
    assert_false(cut);
    assert_int_equal(list[0].counted, 4);
    assert_int_equal(list[1].counted + list[1].waiting, 0);
    assert_ok(prom_survey_list(index, &host->test->arena, 1, &list, &count, &cut, error), error);
    assert_int_equal(count, 1);
    assert_true(cut);
    const prom_bytes32 none = named("no P", 0);
    prom_survey unknown;
    assert_fails(prom_survey_look_at(index, &host->test->arena, &unknown, &none, 3, error), PROM_CATEGORY_BAD_INPUT,
                 error, "has no P");
    host_free(host);
}

/* More offers than so many are needed to have k of n seats more often than not, and no fewer. */
static void seats_have_a_price(void **state)
{
    struct history history = begin(state);
    struct host *host = history.host;
    for (size_t i = 0; i < 6; i++) {
        const prom_outpoint funding = out_of(i, 0);
        (void)offer(&history, i, &funding);
    }
    host_block(host, NULL, 0);
    const prom_survey survey = look_at(&history, 10);
    const prom_parameters *P = &survey.sum.P;
    const uint32_t k = prom_parameters_quorum(P);
    const size_t price = survey.quorum.offers;
    assert_true(price >= k);
    assert_true(prom_pool_chance(P->n, k, price, 6 + price) >= 0.5);
    assert_true(prom_pool_chance(P->n, k, price - 1, 6 + price - 1) < 0.5);
    assert_true(prom_amount_equal(survey.quorum.stake, prom_amount_multiply(P->a, price)));
    assert_false(survey.pool_suits);
    host_free(host);
}

/* Those paid out of one transaction, and those paid out of each other, may be one owner's. */
static void owners_are_told_by_what_pays_them(void **state)
{
    struct history history = begin(state);
    struct host *host = history.host;
    const prom_outpoint funding[] = {out_of(0, 0), out_of(0, 1), out_of(1, 0), out_of(2, 0)};
    const prom_bytes32 first = offer(&history, 0, &funding[0]);
    (void)offer(&history, 1, &funding[1]);
    (void)offer(&history, 2, &funding[2]);
    const prom_outpoint change = {first, 2};
    (void)offer(&history, 3, &change);
    (void)offer(&history, 4, &funding[3]);
    host_block(host, NULL, 0);
    prom_survey survey = look_at(&history, 10);
    assert_int_equal(survey.owners, 0);
    assert_ok(prom_survey_owners(&survey, &host->test->arena, find, &history, &host->test->error), &host->test->error);
    assert_int_equal(history.asked, 5);
    assert_int_equal(survey.owners, 3);
    assert_int_equal(survey.largest, 3);
    static const size_t owners[] = {0, 0, 2, 0, 4};
    for (size_t i = 0; i < COUNT_OF(owners); i++) {
        assert_int_equal(survey.offers[i].owner, owners[i]);
    }
    const prom_parameters *P = &survey.sum.P;
    assert_true(survey.largest_quorum == prom_pool_chance(P->n, prom_parameters_quorum(P), 3, 5));
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_pool_is_told_by_the_chain),
        FIXTURE_TEST(contracts_are_told_by_their_ends),
        FIXTURE_TEST(lists_have_an_end),
        FIXTURE_TEST(seats_have_a_price),
        FIXTURE_TEST(owners_are_told_by_what_pays_them),
    };
    return cmocka_run_group_tests_name("node/survey", tests, NULL, NULL);
}
