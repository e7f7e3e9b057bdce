#include "contract/chain.h"

#include "market/orders.h"
#include "market/reputation.h"

static prom_reputation of(const prom_history *history, const prom_chain_record *chain, uint32_t at)
{
    const prom_reputation reputation = prom_reputation_of(history, chain, false, at);
    int64_t sum = 0;
    for (unsigned part = 0; part < PROM_TRUST_PARTS; part++) {
        sum += reputation.points[part];
    }
    assert_int_equal(reputation.trust, sum < 0 ? 0 : sum > PROM_TRUST_MAX ? PROM_TRUST_MAX : sum);
    return reputation;
}

static void test_by_hand(void **state)
{
    prom_history history = prom_history_empty();
    prom_chain_record chain = prom_chain_record_empty();
    char text[PROM_REPUTATION_TEXT];
    (void)state;
    assert_int_equal(of(&history, &chain, 1000).trust, PROM_TRUST_UNKNOWN);
    history.done = 4;
    history.volume = prom_amount_of(1000000);
    assert_int_equal(of(&history, &chain, 1000).trust, 300 + 200 + 50);
    chain = (prom_chain_record){.offers = 3, .stake = prom_amount_of(10000000), .first = 1000};
    const prom_reputation known = of(&history, &chain, 1000 + 26280);
    assert_int_equal(known.trust, 550 + 25 + 25);
    assert_string_equal(prom_reputation_sentence(text, &known),
                        "trust 600 of 1000: 300 to begin with, +200 for what it has done for us, +50 for the volume of "
                        "that, +25 for the age of its oldest offer, +25 for the stake in its offers");
    history.silent = 1;
    history.last_fault = 2000;
    assert_int_equal(of(&history, &chain, 2000).points[PROM_TRUST_SILENT], -150);
    assert_int_equal(of(&history, &chain, 2000 + 4320).points[PROM_TRUST_SILENT], -75); /* a month later */
    history.bad = 1;
    assert_int_equal(of(&history, &chain, 2000 + 4320).points[PROM_TRUST_BAD], -400); /* that stays */
    assert_int_equal(of(&history, &chain, 1999).points[PROM_TRUST_SILENT], -150);
    history = prom_history_empty();
    history.setups = 100;
    assert_int_equal(of(&history, &chain, 0).points[PROM_TRUST_SETUPS], -200);
    assert_int_equal(prom_reputation_of(&history, &chain, true, 0).points[PROM_TRUST_NAMED], 300);
    for (unsigned part = 0; part < PROM_TRUST_PARTS; part++) {
        assert_non_null(prom_trust_part_name(part));
    }
    assert_null(prom_trust_part_name(PROM_TRUST_PARTS));
}

static uint32_t some(uint64_t *random)
{
    return (uint32_t)random_below(random, UINT64_C(1) << random_below(random, 20));
}

/* More that is good never makes it less, more that is bad never more; and no chain outweighs two proven lies. */
static void test_it_rises_and_falls(void **state)
{
    uint64_t random = 5;
    (void)state;
    for (size_t round = 0; round < 5000; round++) {
        prom_history history = {.done = some(&random),
                                .setups = some(&random),
                                .silent = some(&random) % 4,
                                .bad = some(&random) % 3,
                                .undecided = some(&random) % 4,
                                .volume = prom_amount_of(some(&random)),
                                .last_fault = some(&random)};
        prom_chain_record chain = {.stake = prom_amount_of(some(&random)), .first = some(&random)};
        const uint32_t at = some(&random);
        const uint32_t before = of(&history, &chain, at).trust;
        prom_history better = history;
        prom_history worse = history;
        prom_chain_record longer = chain;
        better.done += some(&random);
        better.volume = prom_amount_add(better.volume, prom_amount_of(some(&random)));
        longer.stake = prom_amount_add(longer.stake, prom_amount_of(some(&random)));
        assert_true(of(&better, &longer, at).trust >= before);
        worse.bad += some(&random) % 5;
        worse.silent += some(&random) % 5;
        worse.setups += some(&random) % 5;
        worse.undecided += some(&random) % 5;
        assert_true(of(&worse, &chain, at).trust <= before);
        history = prom_history_empty();
        history.bad = 2;
        assert_true(of(&history, &longer, at).trust < PROM_TRUST_UNKNOWN);
    }
    prom_history extreme = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, prom_amount_of(PROM_AMOUNT_MAX),
                            UINT32_MAX, UINT32_MAX};
    const prom_chain_record chain = {.offers = UINT32_MAX, .stake = prom_amount_of(PROM_AMOUNT_MAX), .first = 1};
    assert_int_equal(of(&extreme, &chain, UINT32_MAX).trust, 0);
}

static void test_own_history(void **state)
{
    fixture *test = *state;
    prom_order order = plain_order(40);
    order.failures_max = 8;
    order.search_blocks = 1000;
    prom_market_job *job = new_job(test, &order);
    static const prom_mishap mishaps[] = {PROM_MISHAP_SILENT, PROM_MISHAP_BAD, PROM_MISHAP_UNDECIDED,
                                          PROM_MISHAP_OUTPUT};
    (void)take(test, job, tip(1500));
    for (uint32_t i = 0; i < 6; i++) { /* one worker, several parts */
        (void)take(test, job, placed(i * 5, 5, 1));
        (void)take(test, job, about(PROM_JOB_EVENT_LIVE, i + 1));
        if (i < COUNT_OF(mishaps)) {
            (void)take(test, job, lost(i + 1, mishaps[i]));
        } else {
            (void)take(test, job, result(i + 1));
        }
    }
    (void)take(test, job, placed(30, 5, 1));
    (void)take(test, job, closed(7, PROM_ATTEMPT_UNSIGNED));
    (void)take(test, job, placed(30, 10, 2)); /* another worker */
    (void)take(test, job, about(PROM_JOB_EVENT_CANCEL, 0));
    (void)take(test, job, closed(8, PROM_ATTEMPT_UNSIGNED));
    prom_history history = prom_history_empty();
    prom_history_add(&history, job, &job->attempts[0].worker);
    assert_int_equal(history.done, 2);
    assert_int_equal(history.silent, 2);
    assert_int_equal(history.bad, 1);
    assert_int_equal(history.lied, 0); /* a package is no verdict */
    assert_int_equal(history.undecided, 1);
    assert_int_equal(history.setups, 1);
    assert_int_equal(history.last_fault, 1500);
    assert_int_equal(sat_of(history.volume), 2000);
    history = prom_history_empty();
    prom_history_add(&history, job, &job->attempts[7].worker); /* that was cancelled: nobody's fault */
    assert_int_equal(history.done + history.setups + history.silent + history.bad, 0);
    history.volume = prom_amount_of(PROM_AMOUNT_MAX);
    prom_history_add(&history, job, &job->attempts[0].worker);
    assert_true(prom_amount_is_valid(history.volume));
}

/* Of a third party that verifies: what our own check finds bad it has let pass; the arbiters may find it at fault, and
 * be wrong themselves; it may say nothing. */
static void test_own_history_of_verifiers(void **state)
{
    static const struct {
        prom_mishap loss;
        uint8_t end;
        uint32_t done, silent, bad, setups;
    } cases[] = {
        {PROM_MISHAP_SETUP, 0, 0, 0, 0, 1},         {PROM_MISHAP_LATE, 0, 0, 0, 0, 1},
        {PROM_MISHAP_VERIFIER_LEFT, 0, 0, 0, 0, 1}, {PROM_MISHAP_WORKER_LEFT, 0, 0, 0, 0, 0},
        {PROM_MISHAP_NONE, 3, 1, 0, 0, 0},          {PROM_MISHAP_BAD, 3, 0, 0, 1, 0},
        {PROM_MISHAP_NONE, 2, 0, 1, 0, 0},          {PROM_MISHAP_BAD, 2, 0, 1, 0, 0},
        {PROM_MISHAP_NONE, 7, 0, 0, 1, 0},          {PROM_MISHAP_BAD, 7, 0, 0, 0, 0},
        {PROM_MISHAP_BAD, 6, 0, 0, 0, 0},           {PROM_MISHAP_SILENT, 4, 0, 0, 0, 0},
        {PROM_MISHAP_BAD, UINT8_MAX, 0, 0, 1, 0},
    };
    fixture *test = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prom_order order = plain_order(10);
        prom_job_event with = placed(0, 10, 1);
        prom_history history = prom_history_empty();
        order.verifier = PROM_VERIFIER_MARKET;
        with.as.placed.verifier = named("verifier", 1);
        prom_market_job *job = new_job(test, &order);
        (void)take(test, job, with);
        (void)take(test, job, about(PROM_JOB_EVENT_LIVE, 1));
        if (cases[i].loss != PROM_MISHAP_NONE) {
            (void)take(test, job, lost(1, cases[i].loss));
        }
        if (cases[i].end != UINT8_MAX) { /* else it is not over */
            (void)take(test, job, closed(1, cases[i].end));
        }
        prom_history_add(&history, job, &with.as.placed.verifier);
        assert_int_equal(history.done, cases[i].done);
        assert_int_equal(history.silent, cases[i].silent);
        assert_int_equal(history.bad, cases[i].bad);
        assert_int_equal(history.lied, cases[i].bad);
        assert_int_equal(history.setups, cases[i].setups);
    }
}

/* An announcement of that offer, of a node's. Its signature was looked at before. */
static prom_announcement announced(const prom_bytes32 *offer, size_t node)
{
    return (prom_announcement){.offer = {*offer, 0}, .node_key = named("node", node)};
}

/* Unspent offers whose announcements name the node count, each once; spent ones, those of others and what the chain
 * does not have do not. */
static void test_the_chain(void **state)
{
    struct world world = new_world(*state);
    const prom_bytes32 p_txid = named("P", 0);
    const prom_tx *offers[4];
    prom_bytes32 ids[4];
    for (size_t i = 0; i < 4; i++) {
        offers[i] = make_offer(&world, &p_txid, prom_amount_of(1000 + i));
        ids[i] = id_of(&world, offers[i]);
    }
    connect_empty(&world, 3);
    connect(&world, offers, 3);
    connect_one(&world, offers[3]);
    connect_one(&world, make_tx0(&world, &p_txid, &ids[0], 1));
    const prom_bytes32 nowhere = named("nothing", 0);
    const prom_announcement all[] = {announced(&ids[0], 1), announced(&ids[1], 1), announced(&ids[1], 1),
                                     announced(&ids[2], 2), announced(&ids[3], 1), announced(&nowhere, 1)};
    const prom_bytes32 node = named("node", 1);
    prom_chain_record record = prom_chain_record_of(world.index, all, COUNT_OF(all), &node);
    assert_int_equal(record.offers, 2);
    assert_int_equal(record.first, 4);
    assert_true(prom_amount_equal(record.stake, prom_amount_of(1001 + 1003)));
    disconnect(&world);
    record = prom_chain_record_of(world.index, all, COUNT_OF(all), &node);
    assert_int_equal(record.offers, 3);
    const prom_bytes32 nobody = named("node", 3);
    record = prom_chain_record_of(world.index, all, COUNT_OF(all), &nobody);
    assert_int_equal(record.offers + record.first, 0);
    assert_true(prom_amount_is_zero(record.stake));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand), cmocka_unit_test(test_it_rises_and_falls),
        FIXTURE_TEST(test_own_history), FIXTURE_TEST(test_own_history_of_verifiers),
        FIXTURE_TEST(test_the_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
