#include "node/host.h"

#include "net/parts.h"

static void make_body(struct host *host, uint64_t channel, prom_body_kind what, const prom_bytes32 *hash,
                      char path[PATH_MAX])
{
    assert_ok(prom_node_body_path(host->node, path, channel, what, hash, &host->test->error), &host->test->error);
    FILE *body = fopen(path, "w");
    assert_non_null(body);
    assert_int_equal(fputs("input", body) >= 0, 1);
    assert_int_equal(fclose(body), 0);
}

/* A body is served to who names a contract of ours and its hash. */
static void bodies_are_served_by_contract_and_hash(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    const prom_node_channel *channel = host_with(host, PLACE_W);
    const prom_bytes32 peer = named("peer", 0);
    prom_fetch fetch = {.channel = channel->channel->facts.client, .what = PROM_BODY_INPUT, .hash = named("body", 0)};
    char path[PATH_MAX];
    prom_net_served served;
    assert_false(prom_node_serve(host->node, &peer, &fetch, &served));
    make_body(host, channel->record.number, PROM_BODY_INPUT, &fetch.hash, path);
    assert_true(prom_node_serve(host->node, &peer, &fetch, &served));
    assert_string_equal(served.path, path);
    fetch.channel = named("stranger", 0);
    assert_false(prom_node_serve(host->node, &peer, &fetch, &served));
    fetch.channel = channel->channel->facts.client;
    fetch.what = PROM_BODIES;
    assert_false(prom_node_serve(host->node, &peer, &fetch, &served));
    host_free(host);
}

/* What another channel has is not fetched again, nor what came before a crash; but a package of another channel is
 * another one. */
static void what_lies_here_is_not_fetched(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_node_channel *channel = host_with(host, PLACE_A);
    const uint64_t own = channel->record.number;
    const prom_bytes32 name = named("want", 0);
    for (prom_body_kind what = 0; what < PROM_BODIES; what++) {
        for (uint64_t number = own + 1; number >= own; number--) {
            const prom_want want = {.kind = PROM_WANT_FETCH,
                                    .as.fetch = {.what = what, .hash = named("body", 0), .length = 5, .places = 7}};
            char path[PATH_MAX];
            bool begun = false;
            make_body(host, number, what, &want.as.fetch.hash, path);
            channel->wants_due = false;
            assert_ok(prom_node_begin_fetch(host->node, channel, &begun, &want, &name, &host->test->error),
                      &host->test->error);
            assert_int_equal(channel->wants_due, what <= PROM_BODY_INPUT || number == own);
        }
    }
    host_free(host);
}

/* Where a client is its own verifier, what one of the two has the other has too, and either is served. */
static void a_package_of_our_own_verifier_is_ours(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_node_channel *client = host_with(host, PLACE_C);
    const prom_node_channel *verifier = host_give(host, PLACE_V);
    const prom_want want = {
        .kind = PROM_WANT_FETCH,
        .as.fetch = {.what = PROM_BODY_PACKAGE_A, .hash = named("body", 0), .length = 5, .places = 2}};
    const prom_fetch fetch = {
        .channel = client->channel->facts.client, .what = want.as.fetch.what, .hash = want.as.fetch.hash};
    const prom_bytes32 name = named("want", 0);
    const prom_bytes32 peer = named("peer", 0);
    char path[PATH_MAX];
    prom_net_served served;
    uint64_t length = 0;
    bool begun = false;
    make_body(host, verifier->record.number, want.as.fetch.what, &want.as.fetch.hash, path);
    assert_true(prom_node_serve(host->node, &peer, &fetch, &served));
    assert_string_equal(served.path, path);
    assert_ok(prom_node_begin_fetch(host->node, client, &begun, &want, &name, &host->test->error), &host->test->error);
    assert_false(begun || client->fetch_waits);
    assert_true(
        prom_node_has_body(host->node, client->record.number, want.as.fetch.what, &want.as.fetch.hash, &length));
    assert_int_equal(length, 5);
    host_free(host);
}

/* Nobody is reached: nothing is under way, and it is tried again. */
static void without_a_link_nothing_is_begun(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_ARBITER);
    prom_node_channel *channel = host_with(host, PLACE_A);
    const prom_want want = {.kind = PROM_WANT_FETCH,
                            .as.fetch = {.what = PROM_BODY_INPUT, .hash = named("body", 0), .length = 5, .places = 7}};
    const prom_bytes32 name = named("want", 0);
    bool begun = false;
    assert_ok(prom_node_begin_fetch(host->node, channel, &begun, &want, &name, &host->test->error), &host->test->error);
    assert_false(begun);
    assert_int_equal(host->node->fetch_count, 0);
    assert_true(channel->fetch_waits);
    host_free(host);
}

/* -- Between nodes -- */

struct meeting {
    struct host *v;
    struct host *w; /* the stranger that serves the setup */
    struct host *c;
    prom_node_channel *contract;
    prom_node_channel *setup;
    prom_want package;
    prom_want bait;
};

/* All hosts have one seed: bodies come from a node, by its key. */
static void be_another(struct host *host, size_t number)
{
    const prom_bytes32 secret = named("node", number);
    assert_ok(prom_key_from_secret(host->test->curve, &host->node->key, &secret, &host->test->error),
              &host->test->error);
    host->node->net->hello.node = host->node->key.public_key;
}

static void meet(void **state, struct meeting *it)
{
    static const uint8_t text[] = "package";
    char path[PATH_MAX];
    *it = (struct meeting){.v = host_new(*state, PROM_ROLE_VERIFIER)};
    it->w = host_new(*state, PROM_ROLE_WORKER);
    it->c = host_new(*state, PROM_ROLE_CLIENT);
    it->contract = host_at(it->v, PLACE_V);
    (void)host_at(it->w, PLACE_W);
    const prom_node_channel *its = host_at(it->c, PLACE_C);
    be_another(it->w, 0);
    be_another(it->c, 1);
    it->setup = host_give(it->v, PLACE_V);
    it->setup->channel->facts.client = named("stranger", 0);
    it->setup->channel->facts.setup.phase = PROM_SETUP_ACCEPTED;
    it->contract->channel->facts.addresses[PLACE_C] = it->c->options.config.address;
    it->setup->channel->facts.addresses[PLACE_W] = it->w->options.config.address;
    prom_want_fetch *fetch = &it->package.as.fetch;
    it->package.kind = it->bait.kind = PROM_WANT_FETCH;
    *fetch = (prom_want_fetch){.what = PROM_BODY_PACKAGE_A, .length = 100, .places = 1U << PLACE_C};
    prom_body_hash(&fetch->hash, fetch->what, &it->contract->channel->tree->contract_id,
                   prom_span_of(text, sizeof text - 1));
    it->bait.as.fetch =
        (prom_want_fetch){.what = PROM_BODY_INPUT, .hash = fetch->hash, .length = 7, .places = 1U << PLACE_W};
    assert_ok(
        prom_node_body_path(it->c->node, path, its->record.number, fetch->what, &fetch->hash, &it->c->test->error),
        &it->c->test->error);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, sizeof text - 1, file), sizeof text - 1);
    assert_int_equal(fclose(file), 0);
}

static void part(struct meeting *it)
{
    host_free(it->v);
    host_free(it->w);
    host_free(it->c);
}

static bool begins(struct meeting *it, prom_node_channel *channel, const prom_want *want)
{
    prom_error *error = &it->v->test->error;
    prom_bytes32 name;
    bool begun = false;
    prom_want_name(&name, want);
    assert_ok(prom_node_begin_fetch(it->v->node, channel, &begun, want, &name, error), error);
    return begun;
}

/* Who serves it answers until the fetch has begun, and no more. */
static bool begins_from(struct meeting *it, struct host *server, prom_node_channel *channel, const prom_want *want)
{
    bool begun = false;
    for (unsigned i = 0; i < 3000 && !begun; i++) {
        begun = begins(it, channel, want);
        prom_node_mail_turn(it->v->node);
        if (!begun) {
            prom_node_mail_turn(server->node);
        }
        (void)usleep(1000);
    }
    return begun;
}

static bool comes(struct meeting *it)
{
    const prom_want_fetch *fetch = &it->package.as.fetch;
    uint64_t length = 0;
    bool begun = false;
    bool here = false;
    for (unsigned i = 0; i < 3000 && !here; i++) {
        begun = begun || begins(it, it->contract, &it->package);
        prom_node_mail_turn(it->v->node);
        prom_node_mail_turn(it->c->node);
        here = prom_node_has_body(it->v->node, it->contract->record.number, fetch->what, &fetch->hash, &length);
        (void)usleep(1000);
    }
    return here;
}

/* A stranger proposes an input of the package's hash, and brings it slowly; when its setup is over that ends its own
 * fetch. */
static void a_strangers_body_of_the_same_hash_is_another(void **state)
{
    for (int closed = 0; closed < 2; closed++) {
        struct meeting it;
        meet(state, &it);
        assert_true(begins_from(&it, it.w, it.setup, &it.bait));
        if (closed != 0) {
            assert_true(begins_from(&it, it.c, it.contract, &it.package));
            assert_int_equal(it.v->node->fetch_count, 2);
            it.setup->channel->terms.job.input_hash = it.bait.as.fetch.hash;
            it.setup->channel->facts.setup.phase = PROM_SETUP_OVER;
            prom_node_close_finished(it.v->node);
            assert_int_equal(it.v->node->channel_count, 1);
            assert_int_equal(it.v->node->fetch_count, 1);
        }
        assert_true(comes(&it));
        part(&it);
    }
}

/* Who says that it does not have it is asked again, later and later, and with the next block. */
static void what_nobody_gave_is_asked_for_again_later(void **state)
{
    struct meeting it;
    meet(state, &it);
    prom_node_channel *channel = it.contract;
    const prom_want_fetch *fetch = &it.package.as.fetch;
    const prom_net_order order = {.channel = channel->channel->facts.client, .what = fetch->what, .hash = fetch->hash};
    for (uint32_t pause = 1000; pause <= 4000; pause *= 2) {
        assert_true(begins_from(&it, it.c, channel, &it.package));
        prom_net_fetch_stop(it.v->node->net, &order.channel, order.what, &order.hash);
        prom_node_fetched(it.v->node, &order, "the peer does not have it");
        assert_int_equal(channel->fetch_pause, pause);
        assert_false(begins(&it, channel, &it.package));
        assert_true(channel->fetch_waits); /* until the next tick */
        if (pause == 2000) {
            host_block(it.v, NULL, 0);
        } else {
            channel->fetch_from -= pause;
        }
    }
    assert_true(comes(&it));
    assert_int_equal(channel->fetch_pause, 0);
    part(&it);
}

/* However many bodies strangers' setups want: a contract's comes before theirs, and theirs not before it. */
static void a_contract_goes_before_setups(void **state)
{
    struct meeting it;
    meet(state, &it);
    assert_true(begins_from(&it, it.w, it.setup, &it.bait));
    prom_node *node = it.v->node;
    while (node->fetch_count < PROM_NODE_FETCHES_MAX) {
        prom_node_fetch *more = &node->fetches[node->fetch_count];
        *more = node->fetches[0];
        more->channel = it.contract->record.number;
        more->want.hash = named("another", node->fetch_count++);
    }
    assert_true(comes(&it));
    assert_int_equal(node->fetch_count, PROM_NODE_FETCHES_MAX - 1);
    for (size_t i = 0; i < node->fetch_count; i++) {
        assert_int_equal(node->fetches[i].channel, it.contract->record.number);
    }
    node->fetches[node->fetch_count++] = (prom_node_fetch){.channel = it.contract->record.number};
    it.setup->fetch_waits = false;
    assert_false(begins(&it, it.setup, &it.bait));
    assert_true(it.setup->fetch_waits);
    assert_int_equal(node->fetch_count, PROM_NODE_FETCHES_MAX);
    part(&it);
}

static bool asks(struct meeting *it)
{
    const struct transfer *transfer = &it->v->node->net->transfers[0];
    bool begun = false;
    for (unsigned i = 0; i < 300 && !transfer->used; i++) {
        begun = begun || begins(it, it->contract, &it->package);
        prom_node_mail_turn(it->v->node);
        prom_node_mail_turn(it->c->node);
        (void)usleep(1000);
    }
    return transfer->used;
}

/* Whoever has sent something else is not asked for that body again, and its owner is told who it was. */
static void who_has_lied_is_not_asked_again(void **state)
{
    struct meeting it;
    char hex[PROM_HEX32];
    meet(state, &it);
    assert_true(asks(&it));
    struct host *v = it.v;
    const prom_net_order order = v->node->net->transfers[0].order;
    const prom_bytes32 *liar = &it.c->node->key.public_key;
    prom_node_lied(v->node, &order, liar);
    assert_non_null(strstr(v->last[PROM_REPORT_NOTE], prom_hex32(hex, liar)));
    prom_node_fetch_no_more(v->node, it.contract->record.number);
    assert_false(asks(&it));
    assert_true(it.contract->fetch_waits);
    it.package.as.fetch.hash = named("another body", 0);
    assert_true(asks(&it));
    part(&it);
}

/* A link that comes up while a body is fetched leads to another source. */
static void who_comes_later_is_asked_too(void **state)
{
    struct meeting it;
    meet(state, &it);
    it.package.as.fetch.places = 1U << PLACE_C | 1U << PLACE_W;
    assert_true(asks(&it));
    const struct transfer *transfer = &it.v->node->net->transfers[0];
    assert_false(transfer->sources[1].used);
    it.contract->channel->facts.addresses[PLACE_W] = it.w->options.config.address;
    it.setup->channel->facts.addresses[PLACE_C] = it.w->options.config.address;
    prom_node_fetch_from_more(it.v->node); /* dials it */
    for (unsigned i = 0; i < 3000 && transfer->used && !transfer->sources[1].used; i++) {
        prom_node_mail_turn(it.v->node);
        prom_node_mail_turn(it.w->node);
        (void)usleep(1000);
    }
    assert_true(transfer->sources[1].used);
    assert_true(prom_bytes32_equal(&transfer->sources[1].node, &it.w->node->key.public_key));
    part(&it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(bodies_are_served_by_contract_and_hash),
        FIXTURE_TEST(what_lies_here_is_not_fetched),
        FIXTURE_TEST(a_package_of_our_own_verifier_is_ours),
        FIXTURE_TEST(without_a_link_nothing_is_begun),
        FIXTURE_TEST(a_strangers_body_of_the_same_hash_is_another),
        FIXTURE_TEST(what_nobody_gave_is_asked_for_again_later),
        FIXTURE_TEST(a_contract_goes_before_setups),
        FIXTURE_TEST(who_has_lied_is_not_asked_again),
        FIXTURE_TEST(who_comes_later_is_asked_too),
    };
    return cmocka_run_group_tests_name("node/fetch", tests, NULL, NULL);
}
