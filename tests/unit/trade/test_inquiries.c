#include "trade/pair.h"

#include "trade/inquiries.h"

struct scene {
    struct pair pair;
    prom_inquiries *inquiries;
    bool forged;
    unsigned asks;
};

static void answer_it(void *context, uint64_t link, const prom_packet *packet)
{
    struct scene *scene = context;
    fixture *test = scene->pair.test;
    prom_bytes32 hash;
    prom_packet answer = {.kind = PROM_PACKET_QUOTE,
                          .as.quote = {.node = *pair_key(scene->pair.asked), .price = prom_amount_of(70)}};
    if (packet->kind != PROM_PACKET_ASK) {
        return;
    }
    scene->asks++;
    prom_ask_hash(&answer.as.quote.ask, &packet->as.ask);
    prom_quote_hash(&hash, &answer.as.quote);
    assert_ok(prom_node_sign_as_itself(scene->pair.asked->node, &answer.as.quote.signature, &hash, &test->error),
              &test->error);
    answer.as.quote.capacity += scene->forged;
    assert_true(prom_net_put(prom_node_net(scene->pair.asked->node), link, &answer));
}

static void make_scene(fixture *test, struct scene *scene)
{
    const prom_node_guest guest = {.context = scene, .packet = answer_it};
    *scene = (struct scene){.pair = pair_new(test, PROM_ROLE_WORKER)};
    assert_ok(prom_node_add_guest(scene->pair.asked->node, &guest, &test->error), &test->error);
    assert_ok(prom_inquiries_open(&scene->inquiries, scene->pair.asking->node, &test->error), &test->error);
}

static void end_scene(struct scene *scene)
{
    pair_free(&scene->pair);
    prom_inquiries_close(scene->inquiries);
}

static const prom_ask ASKED = {.role = PROM_ROLE_VERIFIER, .program_bytes = 1, .input_bytes = 1, .items = 3};

static prom_result ask(const struct scene *scene, prom_bytes32 *id)
{
    return prom_inquiries_ask(scene->inquiries, id, pair_key(scene->pair.asked),
                              &scene->pair.asked->options.config.address, &ASKED, &scene->pair.test->error);
}

/* The answer, or what was wrong with it. */
static const prom_inquiry *wait_for(const struct scene *scene, const prom_bytes32 *id)
{
    const prom_inquiry *found = prom_inquiries_find(scene->inquiries, id);
    for (unsigned i = 0; i < PAIR_TURNS && found->state == PROM_INQUIRY_WAITS; i++) {
        pair_turn(&scene->pair);
        found = prom_inquiries_find(scene->inquiries, id);
    }
    return found;
}

static void answers_are_kept_for_who_comes_back(void **state)
{
    fixture *test = *state;
    struct scene scene;
    prom_bytes32 ids[2];
    make_scene(test, &scene);
    for (size_t i = 0; i < 2; i++) {
        assert_ok(ask(&scene, &ids[i]), &test->error);
        assert_int_equal(prom_inquiries_find(scene.inquiries, &ids[i])->state, PROM_INQUIRY_WAITS);
    }
    assert_memory_not_equal(&ids[0], &ids[1], 32); /* each has a nonce of its own */
    for (size_t i = 0; i < 2; i++) {
        const prom_inquiry *found = wait_for(&scene, &ids[i]);
        assert_int_equal(found->state, PROM_INQUIRY_QUOTED);
        assert_true(prom_amount_equal(found->quote.price, prom_amount_of(70)));
        assert_memory_equal(&found->node, pair_key(scene.pair.asked), 32);
        assert_memory_equal(&found->ask.genesis, &scene.pair.asking->network.genesis, 32);
        assert_int_equal(found->ask.items, 3);
    }
    scene.forged = true;
    assert_ok(ask(&scene, &ids[0]), &test->error);
    const prom_inquiry *found = wait_for(&scene, &ids[0]);
    assert_int_equal(found->state, PROM_INQUIRY_FAILED);
    assert_non_null(strstr(found->why, "not signed"));
    end_scene(&scene);
}

static void the_oldest_make_room(void **state)
{
    fixture *test = *state;
    struct scene scene;
    prom_bytes32 first;
    prom_bytes32 id;
    make_scene(test, &scene);
    assert_ok(ask(&scene, &first), &test->error);
    for (unsigned i = 1; i < PROM_INQUIRIES_MAX; i++) {
        assert_ok(ask(&scene, &id), &test->error);
    }
    assert_non_null(prom_inquiries_find(scene.inquiries, &first));
    assert_ok(ask(&scene, &id), &test->error);
    assert_null(prom_inquiries_find(scene.inquiries, &first));
    assert_int_equal(wait_for(&scene, &id)->state, PROM_INQUIRY_QUOTED); /* what answers the first one is nobody's */
    assert_int_equal(scene.asks, PROM_INQUIRIES_MAX + 1);
    end_scene(&scene);
}

static void what_is_no_address_is_said(void **state)
{
    fixture *test = *state;
    static const prom_address none = {.length = 7, .bytes = "nowhere"};
    struct scene scene;
    prom_bytes32 id;
    make_scene(test, &scene);
    assert_fails(prom_inquiries_ask(scene.inquiries, &id, pair_key(scene.pair.asked), &none, &ASKED, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "it has no port");
    assert_fails(prom_inquiries_ask(scene.inquiries, &id, pair_key(scene.pair.asked), NULL, &ASKED, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "no link to that node");
    assert_null(prom_inquiries_find(scene.inquiries, pair_key(scene.pair.asked)));
    prom_inquiries_close(NULL);
    end_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(answers_are_kept_for_who_comes_back),
        FIXTURE_TEST(the_oldest_make_room),
        FIXTURE_TEST(what_is_no_address_is_said),
    };
    return cmocka_run_group_tests_name("trade/inquiries", tests, NULL, NULL);
}
