#include "node/asked.h"

#include "contract/signed_terms.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(an_arbiter_is_invited),
        FIXTURE_TEST(one_seat_in_a_contract),
        FIXTURE_TEST(no_seat_beside_another_part),
    };
    return cmocka_run_group_tests_name("node/invited", tests, NULL, NULL);
}
