#include "node/asked.h"

#include "contract/signed_terms.h"
#include "node/own.h"

static prom_result count_channel(void *context, const prom_store_channel *channel, prom_error *error)
{
    (void)channel;
    (void)error;
    ++*(uint64_t *)context;
    return prom_ok();
}

/* An arbiter is invited to what its offer is for, and to nothing else. */
static void an_arbiter_is_invited(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_error *error = &host->test->error;
    const prom_bytes32 client = named("client", 0);
    prom_message message = {.kind = PROM_MESSAGE_PROPOSAL};
    const struct session *session = &host->world->session;
    const prom_base_signatures signatures = sign_base(host->test, &session->cast, &session->terms);
    const prom_span terms = signed_bytes(host->test, &session->terms, &signatures);
    assert_fails(prom_node_begin_invited(host->node, 1, &client, &message, error), PROM_CATEGORY_PEER, error,
                 "begins no contract");
    message = (prom_message){.kind = PROM_MESSAGE_INVITATION, .as.invitation.signed_terms = terms};
    assert_fails(prom_node_begin_invited(host->node, 1, &client, &message, error), PROM_CATEGORY_BAD_INPUT, error,
                 "our offer");
    const prom_outpoint offer = host_pay(host, 2);
    host_offer(host, &offer);
    /* Not from C, or not whole: nothing is spent on it. */
    const prom_span brought[] = {terms, prom_span_of(terms.data, terms.length / 2), prom_span_of(NULL, 0)};
    for (size_t i = 0; i < 2 * PROM_ASKED_MAX; i++) {
        const prom_bytes32 stranger = named("client", i);
        message.as.invitation.signed_terms = brought[i % COUNT_OF(brought)];
        assert_fails(prom_node_begin_invited(host->node, i, &stranger, &message, error), PROM_CATEGORY_PEER, error,
                     "passed over");
    }
    uint64_t count = 0;
    assert_ok(prom_store_channel_each(host->node->store, count_channel, &count, error), error);
    assert_int_equal(count, 0);
    assert_int_equal(host->node->channel_count, 0);
    assert_int_equal(host->node->reserved_count, 0);
    host_free(host);
}

/* An offer of ours for that P, with a key of the wallet's, in the next block. */
static prom_outpoint offer(struct host *host, const prom_bytes32 *p_txid, uint32_t number)
{
    fixture *test = host->test;
    prom_announcement own = {.p_txid = *p_txid, .retainer = prom_amount_zero()};
    prom_tx *tx = NULL;
    prom_key Q;
    prom_bytes32 hash;
    assert_ok(prom_wallet_coin_key(&host->node->wallet, &Q, number, &test->error), &test->error);
    assert_ok(prom_tx_new(&test->arena, &tx, 1, PROM_OFFER_OUTPUTS, &test->error), &test->error);
    tx->inputs[0].outpoint = (prom_outpoint){named("offer's coin", number), 0};
    assert_ok(prom_offer_outputs(test->curve, &test->arena, tx->outputs, p_txid, &host->world->session.terms.P,
                                 &Q.public_key, &test->error),
              &test->error);
    own.Q = Q.public_key;
    own.offer = host_outpoint(host, tx);
    own.node_key = host->node->key.public_key;
    assert_ok(prom_announcement_hash(&test->arena, &hash, &own, &test->error), &test->error);
    own.signature = sign_hash(test, &Q, &hash);
    assert_ok(prom_node_take_offers(host->node, &own, 1, &test->error), &test->error);
    const prom_tx *txs[] = {tx};
    host_block(host, txs, 1);
    return own.offer;
}

/* An invitation to a contract of this P, whose draw our chain knows. */
static prom_message invitation(struct host *host, const struct asked *asked)
{
    const struct session *session = &host->world->session;
    host_mine_to(host, asked->terms.draw_height + PROM_DRAW_DEPTH);
    const prom_base_signatures signatures = sign_base(host->test, &session->cast, &asked->terms);
    return (prom_message){.kind = PROM_MESSAGE_INVITATION,
                          .as.invitation.signed_terms = signed_bytes(host->test, &asked->terms, &signatures)};
}

static const prom_candidate *take(struct host *host, prom_node_channel *channel, const prom_message *message)
{
    const prom_bytes32 from = named("somebody", 0);
    const prom_event event = {.kind = PROM_EVENT_MESSAGE, .as.message = {&from, message}};
    prom_node_step step;
    host_take(host, channel, &step, &event);
    assert_false(step.failed);
    assert_int_equal(step.reception, PROM_TAKEN);
    const prom_facts *facts = &channel->channel->facts;
    for (size_t i = 0; i < facts->setup.candidate_count; i++) {
        if (prom_outpoint_equal(&facts->setup.candidates[i].offer, &facts->own.coins[0].outpoint)) {
            return &facts->setup.candidates[i];
        }
    }
    fail_msg("our offer is no candidate");
    return NULL;
}

/* Setups that strangers begin with a worker keep no arbiter of the same node from its seat: who invites has coins that
 * stand for it. */
static void strangers_keep_no_arbiter_from_its_seat(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_error *error = &host->test->error;
    const struct asked asked = asked_publish_p(host);
    host->node->roles |= PROM_ROLE_BIT(PROM_ROLE_WORKER);
    (void)offer(host, &asked.terms.p_txid, 10);
    (void)host_pay(host, 4);
    for (size_t i = 0; i < PROM_ASKED_MAX; i++) {
        assert_true(asked_for(host, 10 + i, i, PROM_ROLE_WORKER, &asked));
    }
    const prom_message message = invitation(host, &asked);
    assert_ok(prom_node_begin_invited(host->node, 1, &asked.terms.parties[PROM_PARTY_C].key, &message, error), error);
    assert_int_equal(host->node->channel_count, PROM_ASKED_MAX + 1);
    assert_int_equal(host->node->channels[PROM_ASKED_MAX]->channel->facts.role, PROM_ROLE_ARBITER);
    host_free(host);
}

/* Whose offers are drawn more than once takes one seat, and says no to the others: also after a restart. */
static void one_seat_in_a_contract(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_error *error = &host->test->error;
    const struct asked asked = asked_publish_p(host);
    const prom_bytes32 client = asked.terms.parties[PROM_PARTY_C].key;
    for (uint32_t i = 0; i < 3; i++) {
        (void)offer(host, &asked.terms.p_txid, 10 + i);
    }
    (void)host_pay(host, 4); /* for fees */
    const prom_message message = invitation(host, &asked);
    assert_ok(prom_node_begin_invited(host->node, 1, &client, &message, error), error);
    assert_int_equal(host->node->channel_count, 3);
    assert_ok(prom_node_begin_invited(host->node, 1, &client, &message, error), error);
    assert_int_equal(host->node->channel_count, 3); /* they are there */
    size_t yes = 0;
    for (size_t i = 0; i < 3; i++) {
        const prom_candidate *own = take(host, host->node->channels[i], &message);
        assert_true(own->answered);
        yes += own->seat.yes;
        assert_true(own->seat.yes ||
                    strstr(host->node->channels[i]->channel->facts.setup.reason, "has a part in this contract"));
    }
    assert_int_equal(yes, 1);
    host_free(host);
}

/* Who did not hear how a setup ended brings its invitation again, be that after our channel of it was closed. */
static void no_second_seat_after_the_first(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_error *error = &host->test->error;
    const struct asked asked = asked_publish_p(host);
    const prom_bytes32 client = asked.terms.parties[PROM_PARTY_C].key;
    (void)offer(host, &asked.terms.p_txid, 10);
    (void)host_pay(host, 1);
    const prom_message message = invitation(host, &asked);
    assert_ok(prom_node_begin_invited(host->node, 1, &client, &message, error), error);
    (void)take(host, host->node->channels[0], &message);
    host->node->channels[0]->channel->facts.setup.phase = PROM_SETUP_OVER;
    prom_node_close_finished(host->node);
    assert_int_equal(host->node->channel_count, 0);
    assert_fails(prom_node_begin_invited(host->node, 1, &client, &message, error), PROM_CATEGORY_PEER, error,
                 "is over: it is not begun again");
    assert_int_equal(host->node->channel_count, 0);
    host_free(host);
}

/* However many of them are drawn: a no takes no coin for fees. */
static void a_no_takes_no_coin(void **state)
{
    enum { OFFERS = 8 };
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_error *error = &host->test->error;
    const struct asked asked = asked_publish_p(host);
    const prom_bytes32 client = asked.terms.parties[PROM_PARTY_C].key;
    for (uint32_t i = 0; i < OFFERS; i++) {
        (void)offer(host, &asked.terms.p_txid, 10 + i);
    }
    (void)host_pay(host, 1);
    const prom_message message = invitation(host, &asked);
    assert_ok(prom_node_begin_invited(host->node, 1, &client, &message, error), error);
    assert_int_equal(host->node->channel_count, OFFERS);
    assert_int_equal(host->node->reserved_count, 1);
    assert_non_null(prom_node_coin_of(host->node, host->node->channels[0]->record.number));
    host_free(host);
}

/* A worker whose own offer is drawn refuses the seat. */
static void no_seat_beside_another_part(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_error *error = &host->test->error;
    const struct asked asked = asked_publish_p(host);
    const prom_bytes32 client = asked.terms.parties[PROM_PARTY_C].key;
    (void)offer(host, &asked.terms.p_txid, 10);
    (void)host_pay(host, 6);
    prom_node_channel *worker = host_give(host, PLACE_W);
    worker->channel->facts.client = client;
    worker->channel->terms = asked.terms;
    const prom_message message = invitation(host, &asked);
    worker->channel->facts.client = client;
    worker->channel->terms = asked.terms;
    assert_ok(prom_node_begin_invited(host->node, 1, &client, &message, error), error);
    assert_int_equal(host->node->channel_count, 2);
    assert_false(take(host, host->node->channels[1], &message)->seat.yes);
    host_free(host);
}

/* However many setups an arbiter has a seat in, a no is said to another; to so many that were told no, none. */
static void seats_keep_nobody_from_a_no(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_error *error = &host->test->error;
    const struct asked asked = asked_publish_p(host);
    const prom_bytes32 client = asked.terms.parties[PROM_PARTY_C].key;
    const prom_outpoint drawn = offer(host, &asked.terms.p_txid, 10);
    prom_candidate own[PROM_DECLINED_MAX];
    (void)host_pay(host, 6);
    prom_node_channel *worker = host_give(host, PLACE_W);
    const prom_message message = invitation(host, &asked);
    worker->channel->facts.client = client;
    worker->channel->terms = asked.terms;
    for (size_t i = 0; i < PROM_DECLINED_MAX; i++) {
        char name[16];
        prom_facts facts = {.role = PROM_ROLE_ARBITER, .batch_count = 1};
        prom_node_channel *channel = NULL;
        (void)snprintf(name, sizeof name, "seat %zu", i);
        assert_ok(host_add(host, &channel, name, &facts), error);
        prom_facts *others = &channel->channel->facts;
        others->own.coins[0].outpoint = (prom_outpoint){named("seat", i), 0};
        others->own.coin_count = 1;
        own[i] = (prom_candidate){.offer = others->own.coins[0].outpoint, .answered = true};
        others->setup.phase = PROM_SETUP_SEATING;
        others->setup.candidates = &own[i];
        others->setup.candidate_count = 1;
    }
    assert_fails(prom_node_begin_invited(host->node, 1, &client, &message, error), PROM_CATEGORY_PEER, error,
                 "no answer to an invitation that does not suit");
    own[0].seat.yes = true;
    assert_ok(prom_node_begin_invited(host->node, 1, &client, &message, error), error);
    const prom_node_channel *begun = host->node->channels[host->node->channel_count - 1];
    assert_true(prom_outpoint_equal(&begun->channel->facts.own.coins[0].outpoint, &drawn));
    host_free(host);
}

/* A payment that spends the offer and waits for a block, as prom_node_withdraw_offer makes one. */
static void leave(struct host *host, const prom_outpoint *leaving)
{
    fixture *test = host->test;
    prom_tx *tx = host_payment(host, 40, 1000);
    prom_store_payment payment = {.purpose = PROM_OWN_WITHDRAWAL, .state = PROM_PAYMENT_OPEN, .fee = 1000};
    tx->inputs[0].outpoint = *leaving;
    payment.txid = host_outpoint(host, tx).txid;
    assert_ok(prom_tx_serialize(&test->arena, &payment.bytes, tx, true, &test->error), &test->error);
    assert_ok(prom_node_keep_payment(host->node, &payment, &test->error), &test->error);
}

/* Whose withdrawal is signed says no more yes, be it in no block yet; its owner's other offers do. */
static void no_seat_for_an_offer_that_leaves(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_error *error = &host->test->error;
    const struct asked asked = asked_publish_p(host);
    const prom_bytes32 client = asked.terms.parties[PROM_PARTY_C].key;
    const prom_outpoint leaving = offer(host, &asked.terms.p_txid, 10);
    (void)host_pay(host, 4); /* for fees */
    const prom_message message = invitation(host, &asked);
    leave(host, &leaving);
    assert_fails(prom_node_begin_invited(host->node, 1, &client, &message, error), PROM_CATEGORY_BAD_INPUT, error,
                 "is spent or about to be");
    assert_int_equal(host->node->channel_count, 0);
    host_reopen(host);
    asked_limits(host, &asked);
    assert_fails(prom_node_begin_invited(host->node, 1, &client, &message, error), PROM_CATEGORY_BAD_INPUT, error,
                 "is spent or about to be");
    host_free(host);
}

/* What has said yes stays where it was promised to be. */
static void an_offer_with_a_seat_stays(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_error *error = &host->test->error;
    const struct asked asked = asked_publish_p(host);
    const prom_bytes32 client = asked.terms.parties[PROM_PARTY_C].key;
    const prom_outpoint own = offer(host, &asked.terms.p_txid, 10);
    const prom_pay_options wish = {.feerate = 2000, .fee_max = prom_amount_of(100000), .mode = PROM_PAY_SEND};
    prom_node_paid made;
    (void)host_pay(host, 4); /* for fees */
    const prom_message message = invitation(host, &asked);
    assert_ok(prom_node_begin_invited(host->node, 1, &client, &message, error), error);
    assert_fails(prom_node_withdraw_offer(host->node, &host->test->arena, &made, &own, &wish, error),
                 PROM_CATEGORY_BAD_INPUT, error, "takes part in a setup");
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(an_arbiter_is_invited),       FIXTURE_TEST(strangers_keep_no_arbiter_from_its_seat),
        FIXTURE_TEST(one_seat_in_a_contract),      FIXTURE_TEST(no_second_seat_after_the_first),
        FIXTURE_TEST(a_no_takes_no_coin),          FIXTURE_TEST(no_seat_beside_another_part),
        FIXTURE_TEST(seats_keep_nobody_from_a_no), FIXTURE_TEST(no_seat_for_an_offer_that_leaves),
        FIXTURE_TEST(an_offer_with_a_seat_stays),
    };
    return cmocka_run_group_tests_name("node/invited", tests, NULL, NULL);
}
