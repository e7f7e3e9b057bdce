#include "node/asked.h"
#include "node/host.h"

#include "channel/world_moves.h"
#include "node/deal.h"

static prom_deal look(struct host *host, const char *name)
{
    prom_deal deal;
    assert_ok(prom_node_deal(host->node, &deal, name, &host->test->error), &host->test->error);
    return deal;
}

static uint64_t sat(prom_amount amount)
{
    uint64_t value = 0;
    assert_true(prom_amount_get(amount, &value));
    return value;
}

/* From nothing to a contract that is settled: what the chain says, and where the money went. */
static void a_contract_is_followed(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    assert_int_equal(look(host, "given 0").state, PROM_DEAL_NONE);
    const prom_node_channel *channel = host_with(host, PLACE_C);
    prom_deal deal = look(host, "given 0");
    assert_int_equal(deal.state, PROM_DEAL_LIVE);
    assert_int_equal(deal.channel, channel->record.number);
    assert_int_equal(deal.tx0_height, 0);
    assert_int_equal(look(host, "given 1").state, PROM_DEAL_NONE);
    host_mine_tx(host, PROM_TX0);
    deal = look(host, "given 0");
    assert_int_equal(deal.tx0_height, host->node->best_tip);
    assert_true(deal.compute_from >= deal.tx0_height && deal.deliver_by > deal.compute_from);
    assert_false(deal.delivered || deal.result);
    host_mine_tx(host, PROM_TX4);
    deal = look(host, "given 0");
    assert_int_equal(deal.state, PROM_DEAL_LIVE); /* a block more makes it deep */
    assert_int_equal(deal.scheme, 3);
    host_block(host, NULL, 0);
    deal = look(host, "given 0");
    const prom_terms *terms = &host->world->session.terms;
    assert_int_equal(deal.state, PROM_DEAL_SETTLED);
    assert_int_equal(deal.loss, PROM_DEAL_LOSS_NONE);
    assert_int_equal(sat(deal.paid), sat(prom_terms_deposit(terms, PROM_PARTY_C)));
    assert_int_equal(sat(deal.gained), 0);
    assert_true(sat(deal.fees) > 0 && sat(deal.fees) < 100000);
    assert_true(prom_bytes32_equal(&deal.settled_by, &channel->channel->tree->tx[PROM_TX4].txid));
    host_unblock(host);
    assert_int_equal(look(host, "given 0").state, PROM_DEAL_LIVE); /* facts alone say it */
    host_free(host);
}

static void a_silent_worker_is_a_loss(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    (void)host_with(host, PLACE_C);
    host_mine_tx(host, PROM_TX0);
    host_mine_tx(host, PROM_TX1);
    assert_int_equal(look(host, "given 0").loss, PROM_DEAL_LOSS_NONE);
    host_block(host, NULL, 0);
    const prom_deal deal = look(host, "given 0");
    assert_int_equal(deal.state, PROM_DEAL_SETTLED);
    assert_int_equal(deal.scheme, 1);
    assert_int_equal(deal.loss, PROM_DEAL_LOSS_SILENT);
    const prom_terms *terms = &host->world->session.terms;
    assert_int_equal(sat(deal.paid), sat(prom_amount_multiply(terms->retainer, terms->P.n))); /* the rest comes back */
    assert_int_equal(sat(deal.gained), 0);
    assert_int_equal(sat(deal.got[PROM_PAYEE_C]), sat(terms->c));
    host_free(host);
}

/* Who was accused and did not appeal may have delivered nothing, something wrong, or something good that a bribed
 * verifier has accused: it is proven wrong where our own check says so, and not because a package is here.
 */
static void without_an_appeal_nothing_is_proven_by_a_package(void **state)
{
    enum { NOTHING, UNKNOWN, BAD, CASES };
    for (int delivered = 0; delivered < CASES; delivered++) {
        struct host *host = host_new(*state, PROM_ROLE_CLIENT);
        prom_node_channel *channel = host_with(host, PLACE_C);
        host_mine_tx(host, PROM_TX0);
        host_mine_tx(host, PROM_TXV0);
        host_mine_tx(host, PROM_TX5);
        host_block(host, NULL, 0);
        channel->channel->facts.batches[0].evidence.bodies[PROM_BODY_PACKAGE_A].here = delivered != NOTHING;
        channel->channel->facts.batches[0].evidence.result = delivered == BAD ? PROM_CHECKED_BAD : PROM_CHECKED_UNKNOWN;
        const prom_deal deal = look(host, "given 0");
        assert_int_equal(deal.scheme, 4);
        assert_int_equal(deal.loss, delivered == BAD ? PROM_DEAL_LOSS_BAD : PROM_DEAL_LOSS_SILENT);
        host_free(host);
    }
}

/* A setup is given up as long as nothing is at stake, and a live contract never. */
static void setups_are_given_up(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_node_channel *channel = NULL;
    prom_facts facts = {.role = PROM_ROLE_CLIENT, .batch_count = 1};
    const prom_node_channel *live = host_with(host, PLACE_C);
    (void)host_pay(host, 4);
    assert_ok(host_add(host, &channel, "job-1", &facts), &host->test->error);
    const uint64_t number = channel->record.number;
    host->node->pending[0].channel = number;
    assert_int_equal(look(host, "job-1").state, PROM_DEAL_NEW);
    assert_true(look(host, "job-1").asking);
    for (size_t i = 1; i < PROM_PENDING_MAX; i++) {
        assert_true(prom_node_can_propose(host->node));
        host->node->pending[i].channel = number + i;
    }
    assert_false(prom_node_can_propose(host->node));
    assert_ok(prom_node_give_up(host->node, number, &host->test->error), &host->test->error);
    assert_true(prom_node_can_propose(host->node));
    assert_int_equal(look(host, "job-1").state, PROM_DEAL_ENDED);
    assert_non_null(strstr(look(host, "job-1").reason, "given it up"));
    assert_ok(prom_node_give_up(host->node, live->record.number, &host->test->error), &host->test->error);
    assert_int_equal(look(host, "given 0").state, PROM_DEAL_LIVE);
    assert_false(live->channel->facts.given_up);
    assert_ok(prom_node_give_up(host->node, 12345, &host->test->error), &host->test->error);
    host_free(host);
}

static void retainers_suit_most(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    const prom_bytes32 p = named("P", 0);
    prom_announcement announced[20];
    assert_false(prom_amount_is_valid(prom_node_retainer(host->node, &p)));
    for (size_t i = 0; i < COUNT_OF(announced); i++) {
        announced[i] =
            (prom_announcement){.p_txid = named("P", i < 10 ? 0 : 1), .retainer = prom_amount_of(100 * (10 - i % 10))};
    }
    host->node->announced = announced;
    host->node->announced_count = 3; /* 1000, 900, 800 */
    assert_int_equal(sat(prom_node_retainer(host->node, &p)), 1000);
    host->node->announced_count = COUNT_OF(announced);
    assert_int_equal(sat(prom_node_retainer(host->node, &p)), 900);
    host->node->config.retainer_max = prom_amount_of(500); /* who asks for more counts for nothing: 100 to 500 */
    assert_int_equal(sat(prom_node_retainer(host->node, &p)), 500);
    host->node->config.retainer_max = prom_amount_of(499);
    assert_int_equal(sat(prom_node_retainer(host->node, &p)), 400);
    host->node->config.retainer_max = prom_amount_of(99);
    assert_false(prom_amount_is_valid(prom_node_retainer(host->node, &p)));
    host->node->config.retainer_max = prom_amount_zero();
    assert_int_equal(sat(prom_node_retainer(host->node, &p)), 900);
    host->node->announced_count = 0;
    host->node->estimates.soon = 1001;
    assert_int_equal(prom_node_feerate(host->node), 2);
    host_free(host);
}

/* Each offer of an arbiter's waits while one of them is in a setup: so it is arbiters that are counted. */
static void arbiters_with_several_offers_count_once(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    const prom_bytes32 p = named("P", 0);
    prom_announcement announced[12];
    for (size_t i = 0; i < COUNT_OF(announced); i++) {
        announced[i] = (prom_announcement){.p_txid = named("P", i < 9 ? 0 : 1),
                                           .node_key = named("arbiter", (uint8_t)(i < 9 ? i / 3 : 4))};
    }
    host->node->announced = announced;
    host->node->announced_count = COUNT_OF(announced);
    assert_true(prom_node_knows_arbiters(host->node, &p, 3));
    assert_false(prom_node_knows_arbiters(host->node, &p, 4));
    host->node->announced_count = 0;
    assert_true(prom_node_knows_arbiters(host->node, &p, 0));
    assert_false(prom_node_knows_arbiters(host->node, &p, 1));
    host_free(host);
}

/* Whoever asks for more than P has room for gets no contract, and keeps nobody else's from being made. */
static void retainers_are_such_as_P_allows(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    const struct asked asked = asked_publish_p(host);
    prom_announcement announced[5];
    for (size_t i = 0; i < COUNT_OF(announced); i++) {
        announced[i] = (prom_announcement){.p_txid = asked.terms.p_txid,
                                           .retainer = i < 3 ? prom_amount_of(1000 + i) : asked.terms.P.w};
    }
    host->node->announced = announced;
    host->node->announced_count = COUNT_OF(announced);
    assert_int_equal(sat(prom_node_retainer(host->node, &asked.terms.p_txid)), 1002);
    host->node->announced_count = 2;
    assert_int_equal(sat(prom_node_retainer(host->node, &asked.terms.p_txid)), 1001);
    for (size_t i = 0; i < COUNT_OF(announced); i++) {
        announced[i].retainer = asked.terms.P.w;
    }
    assert_false(prom_amount_is_valid(prom_node_retainer(host->node, &asked.terms.p_txid)));
    host->node->announced_count = 0;
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_contract_is_followed),
        FIXTURE_TEST(a_silent_worker_is_a_loss),
        FIXTURE_TEST(without_an_appeal_nothing_is_proven_by_a_package),
        FIXTURE_TEST(setups_are_given_up),
        FIXTURE_TEST(retainers_suit_most),
        FIXTURE_TEST(arbiters_with_several_offers_count_once),
        FIXTURE_TEST(retainers_are_such_as_P_allows),
    };
    return cmocka_run_group_tests_name("node/deal", tests, NULL, NULL);
}
