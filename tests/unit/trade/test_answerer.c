/* What a node with a part in the market answers, and what it takes when it is proposed. */
#include "trade/pair.h"

#include "market/fees.h"
#include "market/jobs.h"
#include "node/asked.h"
#include "system/clock.h"
#include "trade/answerer.h"
#include "trade/asker.h"

struct scene {
    struct pair pair;
    struct asked published; /* P on the asked node's chain */
    prom_answerer *answerer;
    prom_asker *asker;
    prom_selling selling;
    prom_work work;
    size_t asks;
    unsigned quoted;
    prom_quote quote;
};

static void quoted(void *context, const prom_bytes32 *node, const prom_ask *ask, const prom_quote *quote)
{
    struct scene *scene = context;
    (void)node;
    (void)ask;
    scene->quoted++;
    scene->quote = *quote;
}

static void failed(void *context, const prom_bytes32 *node, const prom_ask *ask, const char *why)
{
    (void)context;
    (void)node;
    (void)ask;
    fail_msg("an ask has failed: %s", why);
}

/* A worker with coins, and P deep enough in its chain. */
static void make_scene(fixture *test, struct scene *scene)
{
    *scene = (struct scene){.pair = pair_new(test, PROM_ROLE_WORKER), .work = plain_work(10)};
    struct host *host = scene->pair.asked;
    const prom_asker_events events = {scene, quoted, failed};
    scene->published = asked_publish_p(host);
    host->node->channels_max = 8;
    (void)host_pay(host, 4);
    host_mine_to(host, VALID_TIP);
    scene->selling = (prom_selling){.machine = plain_machine(), .quote_blocks = 6};
    scene->selling.rates[PROM_ROLE_WORKER] = plain_rates();
    scene->selling.rates[PROM_ROLE_VERIFIER] = plain_rates();
    assert_ok(prom_answerer_open(&scene->answerer, host->node, &scene->selling, &test->error), &test->error);
    assert_ok(prom_asker_open(&scene->asker, scene->pair.asking->node, &events, 60000, &test->error), &test->error);
}

static void end_scene(struct scene *scene)
{
    pair_free(&scene->pair);
    prom_asker_close(scene->asker);
    prom_answerer_close(scene->answerer);
}

static prom_ask ask_for(struct scene *scene, prom_role role)
{
    prom_ask ask = {.nonce = named("nonce", scene->asks++),
                    .role = role,
                    .genesis = scene->pair.asked->network.genesis,
                    .p_txid = scene->published.terms.p_txid};
    prom_work_sketch(&ask, &scene->work);
    return ask;
}

static prom_quote answer_to(struct scene *scene, const prom_ask *ask)
{
    fixture *test = scene->pair.test;
    assert_ok(prom_asker_ask(scene->asker, pair_key(scene->pair.asked), &scene->pair.asked->options.config.address, ask,
                             &test->error),
              &test->error);
    assert_true(pair_until(&scene->pair, &scene->quoted));
    return scene->quote;
}

static prom_quote answer(struct scene *scene, prom_role role)
{
    const prom_ask ask = ask_for(scene, role);
    return answer_to(scene, &ask);
}

static void assert_refuses_for(struct scene *scene, prom_role role, prom_reason_code code)
{
    const prom_quote quote = answer(scene, role);
    if (quote.reason_count != 1 || quote.reasons[0].code != code) {
        fail_msg("%zu reasons, the first of which is %u, and not %u alone", quote.reason_count,
                 (unsigned)quote.reasons[0].code, (unsigned)code);
    }
    assert_true(prom_amount_is_zero(quote.price));
}

static void set(struct scene *scene)
{
    assert_ok(prom_answerer_set(scene->answerer, &scene->selling, &scene->pair.test->error), &scene->pair.test->error);
}

static void a_price_is_what_the_rates_make_it(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    const prom_ask ask = ask_for(&scene, PROM_ROLE_WORKER);
    const prom_quote quote = answer_to(&scene, &ask);
    const prom_parameters *P = &scene.published.terms.P;
    const prom_contract_fees fees = prom_contract_fees_of(PROM_ROLE_WORKER, P->n, 1, 1);
    const prom_rates rates = plain_rates();
    assert_int_equal(quote.reason_count, 0);
    assert_int_equal(sat_of(quote.price), sat_of(prom_price_of_ask(&rates, &ask, P, fees.normal)));
    assert_memory_equal(&quote.rates, &rates, sizeof rates);
    assert_int_equal(quote.machine.memory, plain_machine().memory);
    assert_int_equal(quote.capacity, 8);
    assert_int_equal(quote.begins, VALID_TIP);
    assert_int_equal(quote.valid_until, VALID_TIP + 6);
    assert_refuses_for(&scene, PROM_ROLE_VERIFIER, PROM_REASON_ROLE);
    const prom_answerer_told told = prom_answerer_tell(scene.answerer);
    assert_true(told.asks == 2 && told.quoted == 1 && told.refused == 1 && told.unanswered == 0);
    for (unsigned code = 0; code < PROM_REASONS_KNOWN; code++) {
        assert_int_equal(told.reasons[code], code == PROM_REASON_ROLE);
    }
    end_scene(&scene);
}

static void whom_and_what_the_owner_takes(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    const prom_bytes32 other = named("another", 0);
    const prom_bytes32 peer = *pair_key(scene.pair.asking);
    const prom_key_list others = {&other, 1};
    const prom_key_list peers = {&peer, 1};
    scene.selling.denied = peers;
    set(&scene);
    assert_refuses_for(&scene, PROM_ROLE_WORKER, PROM_REASON_PEER_DENIED);
    scene.selling.denied = (prom_key_list){NULL, 0};
    scene.selling.allowed = others;
    set(&scene);
    assert_refuses_for(&scene, PROM_ROLE_WORKER, PROM_REASON_PEER_DENIED);
    scene.selling.allowed = peers;
    scene.selling.accepted = others;
    set(&scene);
    assert_refuses_for(&scene, PROM_ROLE_WORKER, PROM_REASON_P_REFUSED);
    scene.selling.accepted = (prom_key_list){&scene.published.terms.p_txid, 1};
    set(&scene);
    assert_int_equal(answer(&scene, PROM_ROLE_WORKER).reason_count, 0);
    scene.selling.accepted = (prom_key_list){NULL, 0};
    set(&scene);
    prom_ask ask = ask_for(&scene, PROM_ROLE_WORKER);
    ask.p_txid = other;
    assert_int_equal(answer_to(&scene, &ask).reasons[0].code, PROM_REASON_P_UNKNOWN);
    ask = ask_for(&scene, PROM_ROLE_WORKER);
    ask.genesis = other;
    assert_int_equal(answer_to(&scene, &ask).reasons[0].code, PROM_REASON_CHAIN);
    end_scene(&scene);
}

/* All of it as it is at the moment of the question. */
static void capacity_follows_from_channels(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    prom_node *node = scene.pair.asked->node;
    node->policies[PROM_ROLE_WORKER].channels_max = 1;
    assert_int_equal(answer(&scene, PROM_ROLE_WORKER).capacity, 1);
    (void)host_give(scene.pair.asked, PLACE_W);
    assert_refuses_for(&scene, PROM_ROLE_WORKER, PROM_REASON_BUSY);
    assert_int_equal(scene.quote.reasons[0].needed, 2);
    assert_int_equal(scene.quote.reasons[0].there, 1);
    assert_int_equal(scene.quote.capacity, 0);
    node->policies[PROM_ROLE_WORKER].channels_max = 3;
    assert_int_equal(answer(&scene, PROM_ROLE_WORKER).capacity, 2);
    assert_int_equal(scene.quote.reason_count, 0);
    node->health.may_begin = false;
    assert_refuses_for(&scene, PROM_ROLE_WORKER, PROM_REASON_BUSY);
    end_scene(&scene);
}

static void a_machine_that_is_too_small_says_so(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    scene.selling.machine.effort_per_second = 1;
    set(&scene);
    assert_refuses_for(&scene, PROM_ROLE_WORKER, PROM_REASON_DEADLINE);
    scene.selling.machine = plain_machine();
    scene.selling.machine.memory = 1000;
    set(&scene);
    assert_refuses_for(&scene, PROM_ROLE_WORKER, PROM_REASON_MEMORY_PROVE);
    assert_int_equal(scene.quote.reasons[0].needed, scene.work.prove_memory);
    assert_int_equal(scene.quote.reasons[0].there, 1000);
    end_scene(&scene);
}

/* Nobody is told how much there is. */
static void coins_must_be_there(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    for (unsigned i = 0; i < 2; i++) { /* each takes a coin for its stake, and one for fees */
        assert_int_equal(answer(&scene, PROM_ROLE_WORKER).reason_count, 0);
        (void)host_give(scene.pair.asked, PLACE_W);
    }
    prom_node *node = scene.pair.asked->node;
    while (node->reserved_count < 4) { /* as other contracts would */
        node->reserved[node->reserved_count] = node->reserved[0];
        size_t count = 0;
        const prom_wallet_coin *list = prom_coins_list(node->fold->coins, &count);
        for (size_t i = 0; i < count; i++) {
            node->reserved[node->reserved_count].outpoint = prom_node_is_free(node, &list[i])
                                                                ? list[i].coin.outpoint
                                                                : node->reserved[node->reserved_count].outpoint;
        }
        node->reserved_count++;
    }
    assert_refuses_for(&scene, PROM_ROLE_WORKER, PROM_REASON_STAKE);
    assert_true(scene.quote.reasons[0].needed > 0);
    assert_int_equal(scene.quote.reasons[0].there, 0);
    end_scene(&scene);
}

/* -- Proposals -- */

static void begins_are_judged_as_asks_are(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    struct host *host = scene.pair.asked;
    const prom_bytes32 peer = *pair_key(scene.pair.asking);
    (void)answer(&scene, PROM_ROLE_WORKER); /* there is a link now */
    const uint64_t link = prom_net_link_of(host->node->net, &peer);
    scene.selling.denied = (prom_key_list){&peer, 1};
    set(&scene);
    assert_false(asked_for(host, link, 1, PROM_ROLE_WORKER, &scene.published));
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "peer_denied"));
    const prom_bytes32 other = named("another", 0);
    scene.selling.denied = (prom_key_list){NULL, 0};
    scene.selling.accepted = (prom_key_list){&other, 1};
    set(&scene);
    assert_false(asked_for(host, link, 1, PROM_ROLE_WORKER, &scene.published));
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "p_refused"));
    scene.selling.accepted = (prom_key_list){NULL, 0};
    scene.selling.standing.peer = prom_amount_subtract(scene.published.terms.P.w, prom_amount_of(1));
    set(&scene);
    assert_false(asked_for(host, link, 1, PROM_ROLE_WORKER, &scene.published));
    assert_non_null(strstr(host->last[PROM_REPORT_REFUSED], "cap_peer"));
    assert_int_equal(answer(&scene, PROM_ROLE_WORKER).reasons[0].code, PROM_REASON_CAP_PEER);
    scene.selling.standing.peer = scene.published.terms.P.w; /* just so much */
    set(&scene);
    assert_true(asked_for(host, link, 1, PROM_ROLE_WORKER, &scene.published));
    end_scene(&scene);
}

/* Terms with a t1 in which the plain work fits. */
static void make_job(struct scene *scene)
{
    fixture *test = scene->pair.test;
    prom_terms *terms = &scene->published.terms;
    terms->P.t1 = 30;
    terms->job.items = 10;
    assert_ok(prom_parameters_fund(test->curve, &terms->P.F, &terms->P, &test->error), &test->error);
}

/* What the node asks its judge about a job. */
static prom_result judge(struct scene *scene, bool own)
{
    const prom_node_judge *judge = &scene->pair.asked->node->judge;
    const prom_node_asked asked = {
        .role = PROM_ROLE_WORKER, .peer = pair_key(scene->pair.asking), .terms = &scene->published.terms, .own = own};
    return judge->job(judge->context, &asked, &scene->work, &scene->pair.test->error);
}

static void jobs_are_judged_by_what_they_are(void **state)
{
    fixture *test = *state;
    struct scene scene;
    make_scene(test, &scene);
    make_job(&scene);
    assert_ok(judge(&scene, false), &test->error);
    scene.work.prove_effort = UINT64_C(10000000000000);
    assert_fails(judge(&scene, false), PROM_CATEGORY_PEER, &test->error, " > 30 blocks");
    assert_non_null(strstr(test->error.sentence, "deadline "));
    assert_non_null(strstr(test->error.sentence, "reward_min "));
    assert_fails(judge(&scene, true), PROM_CATEGORY_PEER, &test->error, "deadline "); /* also for ourselves */
    assert_null(strstr(test->error.sentence, "reward_min "));
    scene.work = plain_work(10);
    scene.work.prove_memory = (UINT64_C(8) << 30) + 1;
    assert_fails(judge(&scene, false), PROM_CATEGORY_PEER, &test->error,
                 "memory_to_prove 8589934593 > 8589934592 bytes");
    scene.work = plain_work(10);
    scene.work.run_memory = UINT64_MAX;
    assert_fails(judge(&scene, false), PROM_CATEGORY_PEER, &test->error, "memory_to_run ");
    scene.work = plain_work(10);
    scene.published.terms.c = prom_amount_of(500);
    assert_fails(judge(&scene, false), PROM_CATEGORY_PEER, &test->error, "reward_min ");
    end_scene(&scene);
}

/* Who was told lower rates gets them as long as the quote is good. */
static void prices_that_were_told_hold_for_a_while(void **state)
{
    fixture *test = *state;
    struct scene scene;
    make_scene(test, &scene);
    make_job(&scene);
    prom_rates *rates = &scene.selling.rates[PROM_ROLE_WORKER];
    assert_ok(judge(&scene, false), &test->error);
    for (unsigned i = 1; i <= PROM_ANSWERER_EARLIER_MAX; i++) {
        rates->least = prom_amount_of(UINT64_C(1000000000) * i);
        set(&scene);
        assert_ok(judge(&scene, false), &test->error);
    }
    assert_int_equal(sat_of(answer(&scene, PROM_ROLE_WORKER).price), UINT64_C(1000000000) * PROM_ANSWERER_EARLIER_MAX);
    host_mine_to(scene.pair.asked, VALID_TIP + 6);
    assert_ok(judge(&scene, false), &test->error);
    host_mine_to(scene.pair.asked, VALID_TIP + 7);
    assert_fails(judge(&scene, false), PROM_CATEGORY_PEER, &test->error, "reward_min ");
    rates->least = prom_amount_of(1000);
    set(&scene);
    assert_ok(judge(&scene, false), &test->error);
    end_scene(&scene);
}

/* With a judge the node does not guess how long work takes. */
static void time_is_left_to_the_judge(void **state)
{
    fixture *test = *state;
    struct scene scene;
    make_scene(test, &scene);
    const prom_channel_config *config = NULL;
    const prom_newcomer worker = {.role = PROM_ROLE_WORKER};
    const prom_newcomer arbiter = {.role = PROM_ROLE_ARBITER};
    scene.pair.asked->node->config.time.verify_seconds = 9;
    assert_ok(prom_node_config_for(scene.pair.asked->node, &worker, &test->arena, &config, &test->error), &test->error);
    assert_int_equal(config->time.verify_seconds, 0);
    assert_ok(prom_node_config_for(scene.pair.asked->node, &arbiter, &test->arena, &config, &test->error),
              &test->error);
    assert_int_equal(config->time.verify_seconds, 9);
    end_scene(&scene);
}

/* -- Floods -- */

/* As many asks as its link carries: few are answered, and another node has its answer meanwhile. */
static void a_flood_keeps_nobody_from_an_answer(void **state)
{
    enum { ASKS = 2000 };
    fixture *test = *state;
    struct scene scene;
    make_scene(test, &scene);
    struct host *flooding = host_listening(test, PROM_ROLE_CLIENT, 5);
    prom_net *net = prom_node_net(flooding->node);
    uint64_t link = 0;
    for (unsigned i = 0; i < PAIR_TURNS && link == 0; i++) {
        link = prom_net_link_to(net, &scene.pair.asked->options.config.address, pair_key(scene.pair.asked));
        prom_node_mail_turn(flooding->node);
        pair_turn(&scene.pair);
    }
    assert_int_not_equal(link, 0);
    const prom_packet packet = {.kind = PROM_PACKET_ASK, .as.ask = ask_for(&scene, PROM_ROLE_WORKER)};
    double took = 0;
    for (unsigned i = 0; i < ASKS; i++) {
        (void)!prom_net_put(net, link, &packet);
        prom_node_mail_turn(flooding->node);
        const double begun = prom_clock_seconds();
        prom_node_mail_turn(scene.pair.asked->node);
        prom_node_guests_turn(scene.pair.asked->node);
        took += prom_clock_seconds() - begun;
    }
    const prom_answerer_told flooded = prom_answerer_tell(scene.answerer);
    assert_true(flooded.asks >= ASKS / 2);
    assert_in_range(flooded.quoted, 1, 60);
    assert_int_equal(flooded.unanswered + flooded.quoted, flooded.asks);
    const double begun = prom_clock_seconds();
    assert_int_equal(answer(&scene, PROM_ROLE_WORKER).reason_count, 0);
    print_message("%u asks of one link: %llu answered, %.1f us each on average; another node's answer took %.1f ms\n",
                  (unsigned)flooded.asks, (unsigned long long)flooded.quoted, took / (double)flooded.asks * 1e6,
                  (prom_clock_seconds() - begun) * 1e3);
    host_free(flooding);
    end_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_price_is_what_the_rates_make_it),
        FIXTURE_TEST(whom_and_what_the_owner_takes),
        FIXTURE_TEST(capacity_follows_from_channels),
        FIXTURE_TEST(a_machine_that_is_too_small_says_so),
        FIXTURE_TEST(coins_must_be_there),
        FIXTURE_TEST(begins_are_judged_as_asks_are),
        FIXTURE_TEST(jobs_are_judged_by_what_they_are),
        FIXTURE_TEST(prices_that_were_told_hold_for_a_while),
        FIXTURE_TEST(time_is_left_to_the_judge),
        FIXTURE_TEST(a_flood_keeps_nobody_from_an_answer),
    };
    return cmocka_run_group_tests_name("trade/answerer", tests, NULL, NULL);
}
