/* Asks and quotes between two nodes, of which the second answers as the test says. */
#include "trade/pair.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "system/clock.h"
#include "trade/asker.h"

/* What the asked node does with an ask. */
enum answer { TRUE_ANSWER, OF_OTHER_NODE, FALSE_SIGNATURE, OF_OTHER_ASK, TWICE, SILENT };

struct scene {
    struct pair pair;
    prom_asker *asker;
    enum answer answer;
    unsigned asks;
    unsigned quoted;
    unsigned failed;
    prom_ask ask; /* as it was asked last */
    prom_quote quote;
    prom_ask answered;
    char why[128];
};

static void quoted(void *context, const prom_bytes32 *node, const prom_ask *ask, const prom_quote *quote)
{
    struct scene *scene = context;
    assert_memory_equal(node, pair_key(scene->pair.asked), 32);
    scene->quoted++;
    scene->answered = *ask;
    scene->quote = *quote;
}

static void failed(void *context, const prom_bytes32 *node, const prom_ask *ask, const char *why)
{
    struct scene *scene = context;
    (void)node;
    scene->failed++;
    scene->answered = *ask;
    (void)snprintf(scene->why, sizeof scene->why, "%s", why);
}

static void sign(const struct scene *scene, prom_quote *quote)
{
    static const prom_bytes32 auxiliary;
    prom_bytes32 hash;
    fixture *test = scene->pair.test;
    prom_quote_hash(&hash, quote);
    assert_ok(prom_sign(test->curve, &quote->signature, &hash, &scene->pair.asked->node->key, &auxiliary, &test->error),
              &test->error);
}

static void answer_it(void *context, uint64_t link, const prom_packet *packet)
{
    struct scene *scene = context;
    prom_net *net = prom_node_net(scene->pair.asked->node);
    prom_packet answer = {.kind = PROM_PACKET_QUOTE,
                          .as.quote = {.node = *pair_key(scene->pair.asked),
                                       .price = prom_amount_of(7000),
                                       .rates = {.macs = UINT64_MAX, .least = prom_amount_of(7000)},
                                       .machine = {.memory = UINT64_MAX},
                                       .begins = UINT32_MAX,
                                       .capacity = UINT32_MAX,
                                       .valid_until = 9}};
    assert_int_equal(packet->kind, PROM_PACKET_ASK);
    scene->asks++;
    scene->ask = packet->as.ask;
    prom_ask_hash(&answer.as.quote.ask, &packet->as.ask);
    if (scene->answer == SILENT) {
        return;
    }
    if (scene->answer == OF_OTHER_NODE) {
        answer.as.quote.node = *pair_key(scene->pair.asking);
    }
    answer.as.quote.ask.bytes[0] ^= scene->answer == OF_OTHER_ASK;
    sign(scene, &answer.as.quote);
    answer.as.quote.rates.macs -= scene->answer == FALSE_SIGNATURE;
    assert_true(prom_net_put(net, link, &answer));
    if (scene->answer == TWICE) {
        assert_true(prom_net_put(net, link, &answer));
    }
}

static void make_scene(fixture *test, struct scene *scene, uint32_t patience_ms)
{
    const prom_node_guest answerer = {.context = scene, .packet = answer_it};
    const prom_asker_events events = {scene, quoted, failed};
    *scene = (struct scene){.pair = pair_new(test, PROM_ROLE_WORKER)};
    assert_ok(prom_node_add_guest(scene->pair.asked->node, &answerer, &test->error), &test->error);
    assert_ok(prom_asker_open(&scene->asker, scene->pair.asking->node, &events, patience_ms, &test->error),
              &test->error);
}

static void end_scene(struct scene *scene)
{
    pair_free(&scene->pair);
    prom_asker_close(scene->asker);
}

static prom_ask an_ask(size_t number)
{
    return (prom_ask){.nonce = named("nonce", number),
                      .role = PROM_ROLE_WORKER,
                      .genesis = prom_chain_parameters_by_name("regtest")->genesis,
                      .p_txid = named("P", 0),
                      .scheme = 2,
                      .program_bytes = 100,
                      .input_bytes = 10,
                      .package_bytes = 100,
                      .macs = UINT64_MAX,
                      .effort = 1,
                      .memory = 1,
                      .items = 1};
}

static prom_result ask(const struct scene *scene, const prom_ask *what)
{
    return prom_asker_ask(scene->asker, pair_key(scene->pair.asked), &scene->pair.asked->options.config.address, what,
                          &scene->pair.test->error);
}

static void asks_are_carried_and_answers_come_back(void **state)
{
    fixture *test = *state;
    struct scene scene;
    make_scene(test, &scene, PROM_ASKER_PATIENCE_MS);
    const prom_ask first = an_ask(1);
    const prom_ask second = an_ask(2);
    assert_ok(ask(&scene, &first), &test->error);
    assert_int_equal(prom_asker_count(scene.asker), 1);
    assert_true(pair_until(&scene.pair, &scene.quoted));
    assert_int_equal(prom_asker_count(scene.asker), 0);
    assert_memory_equal(&scene.ask.nonce, &first.nonce, 32);
    assert_memory_equal(&scene.answered.nonce, &first.nonce, 32);
    assert_true(scene.quote.rates.macs == UINT64_MAX && scene.quote.capacity == UINT32_MAX);
    assert_ok(prom_asker_ask(scene.asker, pair_key(scene.pair.asked), NULL, &second, &test->error), &test->error);
    scene.answer = TWICE; /* the second answer answers nothing that is asked */
    assert_true(pair_until(&scene.pair, &scene.quoted));
    for (unsigned i = 0; i < 20; i++) {
        pair_turn(&scene.pair);
    }
    assert_int_equal(scene.quoted, 2);
    assert_int_equal(scene.failed, 0);
    assert_memory_equal(&scene.answered.nonce, &second.nonce, 32);
    end_scene(&scene);
}

/* A node whose hello does not say that it runs modules is not asked about one, as it would hash another ask. */
static void who_runs_no_modules_is_not_asked_for_one(void **state)
{
    fixture *test = *state;
    struct scene scene;
    prom_ask what = an_ask(1);
    make_scene(test, &scene, PROM_ASKER_PATIENCE_MS);
    what.fuel = 1;
    assert_ok(ask(&scene, &what), &test->error);
    assert_true(pair_until(&scene.pair, &scene.failed));
    assert_non_null(strstr(scene.why, "runs no programs that are modules"));
    assert_int_equal(scene.asks, 0);
    prom_net *net = prom_node_net(scene.pair.asking->node);
    prom_net_end(net, prom_net_link_of(net, pair_key(scene.pair.asked)), "the test ends it");
    prom_net_add_features(prom_node_net(scene.pair.asked->node), PROM_FEATURE_MODULES);
    assert_ok(ask(&scene, &what), &test->error);
    assert_true(pair_until(&scene.pair, &scene.quoted));
    assert_int_equal(scene.ask.fuel, 1);
    end_scene(&scene);
}

static void forged_answers_are_told_as_such(void **state)
{
    fixture *test = *state;
    static const enum answer forged[] = {OF_OTHER_NODE, FALSE_SIGNATURE};
    struct scene scene;
    make_scene(test, &scene, PROM_ASKER_PATIENCE_MS);
    for (size_t i = 0; i < COUNT_OF(forged); i++) {
        const prom_ask what = an_ask(i);
        scene.answer = forged[i];
        assert_ok(ask(&scene, &what), &test->error);
        assert_true(pair_until(&scene.pair, &scene.failed));
        assert_non_null(strstr(scene.why, "not signed by its key"));
        assert_memory_equal(&scene.answered.nonce, &what.nonce, 32);
    }
    assert_int_equal(scene.quoted, 0);
    end_scene(&scene);
}

static int listen_at(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%.100s", path);
    assert_true(descriptor >= 0);
    assert_int_equal(bind(descriptor, (const struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(descriptor, 8), 0);
    return descriptor;
}

static void nobody_is_waited_for_longer_than_patience_is(void **state)
{
    fixture *test = *state;
    struct scene scene;
    make_scene(test, &scene, 300);
    prom_address nowhere = {.length = 0};
    nowhere.length = (uint8_t)snprintf((char *)nowhere.bytes, sizeof nowhere.bytes, "%s/deaf",
                                       scene.pair.asking->folder); /* who listens, and takes nobody */
    const int deaf = listen_at((const char *)nowhere.bytes);
    const prom_ask what = an_ask(1);
    const prom_ask other = an_ask(2);
    const int64_t begun = prom_clock_milliseconds();
    const prom_bytes32 *node = pair_key(scene.pair.asked);
    assert_ok(prom_asker_ask(scene.asker, node, &nowhere, &what, &test->error), &test->error);
    assert_true(pair_until(&scene.pair, &scene.failed));
    assert_non_null(strstr(scene.why, "not reached in time"));
    assert_true(prom_clock_milliseconds() - begun >= 300);
    assert_int_equal(scene.asks, 0);
    for (size_t i = 0; i < 2; i++) {
        scene.answer = i == 0 ? SILENT : OF_OTHER_ASK;
        assert_ok(ask(&scene, &other), &test->error);
        assert_true(pair_until(&scene.pair, &scene.failed));
        assert_non_null(strstr(scene.why, "has not answered in time"));
    }
    assert_int_equal(scene.asks, 2);
    assert_int_equal(scene.quoted, 0);
    assert_int_equal(close(deaf), 0);
    end_scene(&scene);
}

/* Where nobody listens is known at once, also when it was known before; and who is back is asked. */
static void who_is_away_is_told_at_once(void **state)
{
    fixture *test = *state;
    struct scene scene;
    make_scene(test, &scene, 600 * 1000);
    prom_address address = {.length = 0};
    address.length =
        (uint8_t)snprintf((char *)address.bytes, sizeof address.bytes, "%s/nobody", scene.pair.asked->folder);
    const prom_bytes32 *node = pair_key(scene.pair.asked);
    for (size_t i = 0; i < 8; i++) { /* tries that nobody asks for would be ever rarer */
        const prom_ask what = an_ask(i);
        assert_ok(prom_asker_ask(scene.asker, node, &address, &what, &test->error), &test->error);
        assert_true(pair_until(&scene.pair, &scene.failed));
        assert_non_null(strstr(scene.why, "it cannot be reached: No such file"));
    }
    const prom_ask what = an_ask(100);
    assert_ok(prom_net_listen(prom_node_net(scene.pair.asked->node), &address, &test->error), &test->error);
    assert_ok(prom_asker_ask(scene.asker, node, &address, &what, &test->error), &test->error);
    assert_true(pair_until(&scene.pair, &scene.quoted));
    end_scene(&scene);
}

/* A link that ends between ask and answer is opened again, and the node asked again. */
static void a_lost_link_loses_no_ask(void **state)
{
    fixture *test = *state;
    struct scene scene;
    make_scene(test, &scene, PROM_ASKER_PATIENCE_MS);
    const prom_ask what = an_ask(1);
    prom_net *net = prom_node_net(scene.pair.asking->node);
    scene.answer = SILENT;
    assert_ok(ask(&scene, &what), &test->error);
    assert_true(pair_until(&scene.pair, &scene.asks));
    scene.answer = TRUE_ANSWER;
    prom_net_end(net, prom_net_link_of(net, pair_key(scene.pair.asked)), "the test ends it");
    assert_true(pair_until(&scene.pair, &scene.quoted));
    assert_int_equal(scene.asks, 2);
    end_scene(&scene);
}

static void what_cannot_be_asked_is_refused(void **state)
{
    fixture *test = *state;
    struct scene scene;
    make_scene(test, &scene, PROM_ASKER_PATIENCE_MS);
    prom_ask what = an_ask(1);
    const prom_bytes32 *node = pair_key(scene.pair.asked);
    assert_fails(prom_asker_ask(scene.asker, pair_key(scene.pair.asking), NULL, &what, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "does not ask itself");
    assert_fails(prom_asker_ask(scene.asker, node, NULL, &what, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "no link to that node");
    static const prom_bytes32 nobody;
    assert_fails(prom_asker_ask(scene.asker, &nobody, NULL, &what, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the key of no node");
    assert_ok(ask(&scene, &what), &test->error);
    assert_fails(ask(&scene, &what), PROM_CATEGORY_BAD_INPUT, &test->error, "being asked just this");
    what.role = PROM_ROLE_ARBITER;
    assert_fails(ask(&scene, &what), PROM_CATEGORY_BAD_INPUT, &test->error, "a worker or a verifier");
    what = an_ask(2);
    what.items = 0;
    assert_fails(ask(&scene, &what), PROM_CATEGORY_BAD_INPUT, &test->error, "one item at least");
    what = an_ask(2);
    what.package_bytes = PROM_PAYLOAD_MAX + 1;
    assert_fails(ask(&scene, &what), PROM_CATEGORY_BAD_INPUT, &test->error, "of sizes up to");
    for (size_t i = 2; i <= PROM_ASKER_MAX; i++) {
        what = an_ask(i);
        assert_ok(ask(&scene, &what), &test->error);
    }
    what = an_ask(PROM_ASKER_MAX + 1);
    assert_fails(ask(&scene, &what), PROM_CATEGORY_BAD_INPUT, &test->error, "128 asks are under way");
    while (prom_asker_count(scene.asker) > 0) {
        assert_true(pair_until(&scene.pair, &scene.quoted));
    }
    assert_int_equal(scene.quoted, PROM_ASKER_MAX);
    end_scene(&scene);
}

static void a_node_that_is_full_has_no_asker(void **state)
{
    fixture *test = *state;
    struct host *host = host_new(test, PROM_ROLE_CLIENT);
    const prom_node_guest guest = {0};
    const prom_asker_events events = {NULL, quoted, failed};
    prom_asker *asker = NULL;
    for (unsigned i = 0; i < PROM_NODE_GUESTS_MAX; i++) {
        assert_ok(prom_node_add_guest(host->node, &guest, &test->error), &test->error);
    }
    assert_fails(prom_asker_open(&asker, host->node, &events, 1, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "guests at most");
    assert_null(asker);
    prom_asker_close(NULL);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(asks_are_carried_and_answers_come_back),
        FIXTURE_TEST(who_runs_no_modules_is_not_asked_for_one),
        FIXTURE_TEST(forged_answers_are_told_as_such),
        FIXTURE_TEST(nobody_is_waited_for_longer_than_patience_is),
        FIXTURE_TEST(who_is_away_is_told_at_once),
        FIXTURE_TEST(a_lost_link_loses_no_ask),
        FIXTURE_TEST(what_cannot_be_asked_is_refused),
        FIXTURE_TEST(a_node_that_is_full_has_no_asker),
    };
    return cmocka_run_group_tests_name("trade/asker", tests, NULL, NULL);
}
