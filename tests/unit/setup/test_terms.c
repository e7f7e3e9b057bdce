#include "setup/keying.h"

/* Everybody has the tree, and W does not go on: it hears nothing of digests. */
static struct setting *stop_in_agreed(fixture *test)
{
    struct setting *it = seated_new(test, 3, 3);
    seated_of(it)->deaf = setting_party(it, PROM_PARTY_W);
    seated_of(it)->deaf_to = PROM_MESSAGE_DIGEST;
    setting_draw(it);
    assert_phase(setting_party(it, PROM_PARTY_W), PROM_SETUP_AGREED);
    return it;
}

static void go_on(struct setting *it)
{
    seated_of(it)->deaf = NULL;
    setting_run(it);
}

/* The terms are the base terms, byte for byte, and the arbiters of the draw, in its order. */
static void the_terms_follow_from_the_seats(void **state)
{
    fixture *test = *state;
    struct setting *it = stop_in_agreed(test);
    const prom_channel *C = setting_party(it, PROM_PARTY_C)->channel;
    prom_span base;
    assert_ok(prom_terms_write_base(&test->arena, &base, &C->terms, &test->error), &test->error);
    assert_true(prom_span_equal(base, C->facts.kept[PROM_KEPT_BASE]));
    assert_int_equal(C->terms.arbiter_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(prom_outpoint_equal(&C->terms.arbiters[i].offer, &C->facts.setup.candidates[i].offer));
    }
    for (size_t i = 0; i < it->actor_count; i++) {
        const prom_channel *channel = it->actors[i].channel;
        assert_true(prom_span_equal(channel->facts.kept[PROM_KEPT_TERMS], C->facts.kept[PROM_KEPT_TERMS]));
        assert_true(prom_bytes32_equal(&channel->tree->digest, &C->tree->digest));
    }
    go_on(it);
    assert_given(it);
    seated_free(it);
}

static prom_message digest_message(const prom_channel *channel)
{
    return (prom_message){.kind = PROM_MESSAGE_DIGEST,
                          .as.digest = {channel->tree->contract_id, channel->tree->digest}};
}

/* Of other terms it is passed over; of another tree an arbiter's does not count, and is waited for. */
static void a_false_digest_does_not_count(void **state)
{
    struct setting *it = stop_in_agreed(*state);
    struct actor *W = setting_party(it, PROM_PARTY_W);
    struct actor *A = seated_on(it, 1);
    prom_message message = digest_message(W->channel);
    message.as.digest.digest.bytes[0] ^= 1;
    assert_int_equal(setting_say(it, &A->words.public_key, W, &message), PROM_REFUSED);
    assert_non_null(strstr(it->test->error.sentence, "arbiter 2 builds another tree"));
    message.as.digest.contract_id.bytes[0] ^= 1;
    assert_int_equal(setting_say(it, &A->words.public_key, W, &message), PROM_TAKEN);
    assert_int_equal(prom_setup_awaited(W->channel), 7);
    message = digest_message(W->channel);
    assert_int_equal(setting_say(it, &A->words.public_key, W, &message), PROM_TAKEN);
    assert_int_equal(prom_setup_awaited(W->channel), 5);
    go_on(it);
    assert_given(it);
    seated_free(it);
}

/* C or V builds another tree: nobody can go on without it. */
static void a_party_with_another_tree_ends_it(void **state)
{
    struct setting *it = stop_in_agreed(*state);
    struct actor *W = setting_party(it, PROM_PARTY_W);
    prom_message message = digest_message(W->channel);
    message.as.digest.digest.bytes[0] ^= 1;
    assert_int_equal(setting_say(it, &setting_party(it, PROM_PARTY_V)->words.public_key, W, &message), PROM_TAKEN);
    assert_phase(W, PROM_SETUP_OVER);
    assert_non_null(strstr(setting_setup(W)->reason, "the verifier builds another tree"));
    seated_free(it);
}

/* -- What the chain says -- */

static const prom_outpoint *input(const struct actor *actor, size_t index)
{
    return &actor->channel->tree->tx[PROM_TX0].tx->inputs[index].outpoint;
}

/* A coin, or an offer, that is spent. */
static void an_input_that_is_gone_ends_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        void *own = NULL;
        assert_int_equal(fixture_make(&own), 0);
        struct setting *it = stop_in_agreed(own);
        struct actor *V = setting_party(it, PROM_PARTY_V);
        seated_of(it)->missing = *input(V, i);
        setting_mine(it, 1); /* it is looked up again */
        assert_phase(V, PROM_SETUP_OVER);
        assert_non_null(strstr(setting_setup(V)->reason, "of Tx0"));
        seated_free(it);
        (void)fixture_free(&own);
    }
}

static void an_input_is_what_the_terms_say(void **state)
{
    struct setting *it = stop_in_agreed(*state);
    struct actor *V = setting_party(it, PROM_PARTY_V);
    const prom_tree_tx *tx0 = &V->channel->tree->tx[PROM_TX0];
    prom_event event = {.kind = PROM_EVENT_OUTPUT,
                        .as.output = {.outpoint = *input(V, 5),
                                      .found = true,
                                      .output = {true, tx0->spent[5], 2, false, setting_tip(V)}}};
    event.as.output.outpoint.index += 7; /* none of ours */
    (void)setting_step(it, V, &event);
    assert_phase(V, PROM_SETUP_SIGNING);
    event.as.output.outpoint.index -= 7;
    event.as.output.output.output.value = prom_amount_of(1);
    (void)setting_step(it, V, &event);
    assert_phase(V, PROM_SETUP_OVER);
    seated_free(it);
}

/* Every input, once, at every block, by C, W and V; an arbiter's node asks nothing. */
static void inputs_are_looked_up_at_every_block(void **state)
{
    struct setting *it = stop_in_agreed(*state);
    struct actor *W = setting_party(it, PROM_PARTY_W);
    struct actor *A = setting_arbiter(it, 0);
    assert_null(seated_wants(it, W, PROM_WANT_LOOK_UP));
    it->answer = NULL;
    setting_mine(it, 1);
    assert_non_null(seated_wants(it, W, PROM_WANT_LOOK_UP));
    assert_null(seated_wants(it, A, PROM_WANT_LOOK_UP));
    go_on(it);
    assert_phase(W, PROM_SETUP_AGREED); /* and nothing is signed before the answers are here */
    it->answer = seated_answer;
    setting_run(it);
    assert_given(it);
    seated_free(it);
}

static void the_snapshot_has_to_stay(void **state)
{
    struct setting *it = stop_in_agreed(*state);
    struct actor *W = setting_party(it, PROM_PARTY_W);
    setting_reorganise(it, it->block_count - W->channel->terms.snapshot_height + 1);
    for (size_t i = 0; i < it->actor_count; i++) {
        assert_phase(&it->actors[i], PROM_SETUP_OVER);
    }
    seated_free(it);
}

/* h of another contract of ours: what opens the one would open the other. Here it was seen after the seat was taken. */
static void secrets_have_to_be_new(void **state)
{
    struct actor *A = NULL;
    struct setting *it = stop_in_keying(*state, &A);
    A->seen[A->seen_count++] = setting_party(it, PROM_PARTY_W)->channel->terms.k_h;
    seated_of(it)->silent = SETTING_ACTORS_MAX;
    setting_run(it);
    assert_phase(A, PROM_SETUP_OVER);
    assert_non_null(strstr(setting_setup(A)->reason, "no good"));
    assert_true(A->channel->tree == NULL);
    seated_free(it);
}

/* Who comes to the seats again knows nothing of what was compared. */
static void who_enters_again_compares_again(void **state)
{
    struct setting *it = stop_in_agreed(*state);
    struct actor *V = setting_party(it, PROM_PARTY_V);
    struct actor *A = seated_on(it, 0);
    const prom_message enter = {.kind = PROM_MESSAGE_KEYGEN,
                                .as.keygen = {setting_setup(V)->seating, PROM_KEYGEN_ENTER, {NULL, 0}}};
    const prom_message digest = digest_message(V->channel);
    const uint16_t before = setting_setup(V)->digest_same;
    assert_int_equal(setting_say(it, &A->words.public_key, V, &enter), PROM_TAKEN);
    assert_int_equal(setting_setup(V)->digest_same, before & ~(1U << PROM_PARTIES));
    const size_t sent = it->mail_count;
    assert_int_equal(setting_say(it, &A->words.public_key, V, &digest), PROM_TAKEN);
    assert_true(it->mail_count > sent); /* our digest, and our nonces */
    assert_int_equal(setting_setup(V)->digest_same, before);
    go_on(it);
    assert_given(it);
    seated_free(it);
}

/* No input is signed for that could not be mined in time. */
static void nothing_is_signed_too_late(void **state)
{
    struct setting *it = stop_in_agreed(*state);
    const uint32_t deadline = setting_party(it, PROM_PARTY_W)->channel->terms.setup_deadline;
    while (it->block_count + prom_chain_parameters_by_name("regtest")->safety_margin <= deadline) {
        setting_mine(it, 1);
    }
    go_on(it);
    for (size_t i = 0; i < it->actor_count; i++) {
        assert_true(setting_setup(&it->actors[i])->phase < PROM_SETUP_GIVEN ||
                    setting_setup(&it->actors[i])->phase == PROM_SETUP_OVER);
    }
    setting_mine(it, 3);
    for (size_t i = 0; i < it->actor_count; i++) {
        assert_phase(&it->actors[i], PROM_SETUP_OVER);
    }
    seated_free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(the_terms_follow_from_the_seats),   FIXTURE_TEST(a_false_digest_does_not_count),
        FIXTURE_TEST(a_party_with_another_tree_ends_it), cmocka_unit_test(an_input_that_is_gone_ends_it),
        FIXTURE_TEST(an_input_is_what_the_terms_say),    FIXTURE_TEST(inputs_are_looked_up_at_every_block),
        FIXTURE_TEST(the_snapshot_has_to_stay),          FIXTURE_TEST(secrets_have_to_be_new),
        FIXTURE_TEST(who_enters_again_compares_again),   FIXTURE_TEST(nothing_is_signed_too_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
