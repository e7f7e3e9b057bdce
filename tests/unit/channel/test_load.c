/* A channel that is loaded is the one that was written: after every crash it goes on from there. */
#include "channel/loading.h"

static void assert_same_parts(const struct parts *a, const struct parts *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_true(prom_span_equal(a->list[i].bytes, b->list[i].bytes));
    }
}

static void assert_loaded(fixture *test, const struct world *world, size_t place, const prom_tree *tree)
{
    prom_channel *channel = NULL;
    prom_arena arena;
    prom_arena_init(&arena, (size_t)1 << 24);
    const struct parts written = parts_of(test, &world->parties[place].channel->facts);
    assert_ok(load(test, &arena, &channel, &written, tree), &test->error);
    const struct parts again = parts_of(test, &channel->facts);
    assert_same_parts(&written, &again);
    assert_int_equal(channel->place, place);
    assert_int_equal(prom_place_count(channel), PROM_PARTIES + world->session.terms.arbiter_count);
    assert_true(prom_bytes32_equal(&channel->tree->digest, &world->session.tree->digest));
    assert_true((channel->tree == tree) == (tree != NULL));
    assert_true(prom_signing_is_complete(channel->signing));
    assert_true(prom_bytes32_equal(&channel->terms.h, &world->session.terms.h));
    prom_channel_wipe(channel);
    prom_arena_free(&arena);
}

static void test_every_place_is_loaded(void **state)
{
    fixture *test = *state;
    struct world *world = world_new(test);
    for (size_t place = 0; place < WORLD_PLACES; place++) {
        assert_loaded(test, world, place, NULL);
        assert_loaded(test, world, place, world->session.tree);
    }
    world_free(world);
}

/* The tree of another contract is not taken, whatever the node hands in. */
static void test_a_tree_of_another_contract_is_not_shared(void **state)
{
    fixture *test = *state;
    struct world *world = world_new(test);
    prom_tree other = *world->session.tree;
    prom_channel *channel = NULL;
    const struct parts written = parts_of(test, world_facts(world, PLACE_W));
    other.contract_id.bytes[0] ^= 1;
    assert_ok(load(test, &test->arena, &channel, &written, &other), &test->error);
    assert_ptr_not_equal(channel->tree, &other);
    assert_true(prom_bytes32_equal(&channel->tree->digest, &world->session.tree->digest));
    world_free(world);
}

static void test_a_new_channel_is_loaded_too(void **state)
{
    fixture *test = *state;
    prom_channel *channel = NULL;
    prom_channel *loaded = NULL;
    const prom_facts facts = {.number = 7, .role = PROM_ROLE_CLIENT, .own.words = named("words", 0)};
    assert_ok(prom_channel_new(test->curve, &test->arena, &channel, &facts, &test->error), &test->error);
    assert_int_equal(channel->place, PROM_PARTY_C);
    assert_int_equal(channel->facts.setup.held_tip, UINT32_MAX);
    assert_int_equal(channel->facts.batch_count, 1);
    assert_true(prom_bytes32_equal(&channel->facts.client, &facts.own.words));
    assert_null(channel->tree);
    const struct parts written = parts_of(test, &channel->facts);
    assert_ok(load(test, &test->arena, &loaded, &written, NULL), &test->error);
    const struct parts again = parts_of(test, &loaded->facts);
    assert_same_parts(&written, &again);
    prom_channel_wipe(loaded);
}

static void test_what_is_not_whole_is_broken(void **state)
{
    fixture *test = *state;
    prom_channel *channel = NULL;
    struct parts none = {.count = 0};
    assert_fails(load(test, &test->arena, &channel, &none, NULL), PROM_CATEGORY_BROKEN, &test->error, "lacks the part");
    struct parts empty = {.list = {{PROM_PART_CHANNEL, 0, {0}}}, .count = 1};
    assert_fails(load(test, &test->arena, &channel, &empty, NULL), PROM_CATEGORY_BROKEN, &test->error,
                 "lacks the part");
}

/* What 500 open channels take each: the facts, what follows from them, and the bytes that were kept. The tree is shared
 * by all channels of a contract. */
static void report_memory(fixture *test, uint8_t n)
{
    struct session session;
    prom_channel *channel = NULL;
    prom_arena arena;
    begin_session(test, &session, n);
    sign_tree(test, &session);
    prom_facts facts = {.role = PROM_ROLE_WORKER, .batch_count = 1, .setup.phase = PROM_SETUP_GIVEN};
    facts.own.words = session.terms.parties[PROM_PARTY_W].key;
    facts.client = session.terms.parties[PROM_PARTY_C].key;
    assert_ok(prom_terms_write_base(&test->arena, &facts.kept[PROM_KEPT_BASE], &session.terms, &test->error),
              &test->error);
    assert_ok(prom_terms_write(&test->arena, &facts.kept[PROM_KEPT_TERMS], &session.terms, &test->error), &test->error);
    assert_ok(
        prom_signing_write(&test->arena, &facts.kept[PROM_KEPT_SIGNATURES], session.at[PROM_PARTY_W], &test->error),
        &test->error);
    prom_arena_init(&arena, (size_t)1 << 24);
    const struct parts written = parts_of(test, &facts);
    assert_ok(load(test, &arena, &channel, &written, session.tree), &test->error);
    print_message("n = %u: channel %zu bytes, of them facts %zu; all in its arena %zu\n", n, sizeof *channel,
                  sizeof channel->facts, arena.used);
    prom_arena_free(&arena);
    close_session(&session);
}

static void test_the_memory_of_a_channel(void **state)
{
    report_memory(*state, 3);
    report_memory(*state, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_every_place_is_loaded),       FIXTURE_TEST(test_a_tree_of_another_contract_is_not_shared),
        FIXTURE_TEST(test_a_new_channel_is_loaded_too), FIXTURE_TEST(test_what_is_not_whole_is_broken),
        FIXTURE_TEST(test_the_memory_of_a_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
