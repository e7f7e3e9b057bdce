#include "node/letters.h"

/* A client that is its own verifier: what its channels say to each other needs no link, and is as good as all else. */
static void channels_of_one_node_need_no_link(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    const prom_error *error = &host->test->error;
    (void)host_pay(host, 8);
    host_mine_to(host, VALID_TIP);
    prom_node_channel *from = host_give(host, PLACE_C);
    prom_node_channel *to = host_give(host, PLACE_V);
    from->words_key = *words_key_of(&host->world->session.cast, PLACE_C);
    to->words_key = *words_key_of(&host->world->session.cast, PLACE_V);
    send_question(host, from, PLACE_V);
    send_question(host, from, PLACE_V);
    for (unsigned i = 0; i < 3; i++) {
        prom_node_mail_turn(host->node);
    }
    assert_int_equal(host->reports[PROM_REPORT_REFUSED], 2);
    assert_int_equal(from->peers[0].outgoing.acknowledged, 2);
    assert_int_equal(prom_net_link_count(host->node->net), 0);
    prom_store_seen seen;
    assert_ok(prom_store_inbox_get(host->node->store, &seen, to->record.number, &from->channel->facts.own.words,
                                   &host->test->error),
              error);
    assert_int_equal(seen.number, 2);
    send_question(host, to, PLACE_C); /* and on, after a restart */
    host_reopen(host);
    from = host->node->channels[0];
    to = host->node->channels[1];
    from->words_key = *words_key_of(&host->world->session.cast, PLACE_C);
    to->words_key = *words_key_of(&host->world->session.cast, PLACE_V);
    for (unsigned i = 0; i < 3; i++) {
        prom_node_mail_turn(host->node);
    }
    assert_int_equal(host->reports[PROM_REPORT_REFUSED], 3);
    assert_int_equal(to->peers[0].outgoing.acknowledged, 1);
    host_free(host);
}

/* What an arbiter asks at our own node, as another offer of ours is drawn, it does not ask itself. */
static void nobody_asks_itself(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    const prom_message question = {.kind = PROM_MESSAGE_QUESTION};
    prom_node_channel *from = host_with(host, PLACE_A);
    from->words_key = *words_key_of(&host->world->session.cast, PLACE_A);
    struct letter letter = {from, host->node->key.public_key, question};
    assert_ok(prom_node_transact(host->node, letter_post, &letter, &host->test->error), &host->test->error);
    prom_node_mail_turn(host->node);
    assert_int_equal(from->peer_count, 1); /* the node, and nobody with its own words */
    assert_int_equal(from->peers[0].outgoing.sent, 1);
    host_free(host);
}

/* Who listens nowhere calls on those it has a contract with, with nothing to say: they may have something for it. */
static void who_cannot_be_reached_comes(void **state)
{
    for (int listens = 0; listens < 2; listens++) {
        struct host *host = host_new(*state, PROM_ROLE_CLIENT);
        if (listens != 0) {
            host_listen(host, 7);
        }
        prom_node_channel *channel = host_with(host, PLACE_C);
        prom_facts *facts = &channel->channel->facts;
        prom_address *nobody = &facts->addresses[PLACE_W];
        nobody->length = (uint8_t)snprintf((char *)nobody->bytes, sizeof nobody->bytes, "%s/nobody", host->folder);
        assert_non_null(
            prom_node_peer_of(host->node, channel, prom_place_key(&host->world->session.terms, PLACE_W), true));
        const size_t before = host->reports[PROM_REPORT_NOTE];
        for (unsigned i = 0; i < 50; i++) {
            prom_node_mail_turn(host->node);
            (void)usleep(1000);
        }
        assert_int_equal(host->reports[PROM_REPORT_NOTE] > before, listens == 0); /* it is not reached */
        host_free(host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(channels_of_one_node_need_no_link),
        FIXTURE_TEST(nobody_asks_itself),
        FIXTURE_TEST(who_cannot_be_reached_comes),
    };
    return cmocka_run_group_tests_name("node/send", tests, NULL, NULL);
}
