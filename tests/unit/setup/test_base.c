#include "setup/setting.h"

static struct actor *C(struct setting *it)
{
    return setting_party(it, PROM_PARTY_C);
}

static struct actor *W(struct setting *it)
{
    return setting_party(it, PROM_PARTY_W);
}

static struct actor *V(struct setting *it)
{
    return setting_party(it, PROM_PARTY_V);
}

static void three_sign_and_hold(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    setting_propose(it);
    assert_parties(it, PROM_SETUP_HELD);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        const prom_facts *facts = &setting_party(it, party)->channel->facts;
        prom_terms terms;
        prom_base_signatures signatures;
        assert_ok(prom_terms_read_signed(&terms, &signatures, facts->kept[PROM_KEPT_SIGNED_BASE], &it->test->error),
                  &it->test->error);
        assert_ok(prom_terms_signed(it->test->curve, &terms, &signatures, &it->test->error), &it->test->error);
        assert_int_equal(facts->setup.held_tip, 12);
        assert_int_equal(setting_party(it, party)->seen_told, 1);
        assert_true(prom_span_equal(facts->kept[PROM_KEPT_BASE], C(it)->channel->facts.kept[PROM_KEPT_BASE]));
        for (size_t i = 0; i < PROM_PARTIES; i++) {
            assert_true(prom_bytes32_equal(&facts->nodes[i].key, &it->actors[i].node.public_key));
            assert_int_equal(facts->addresses[i].length, it->actors[i].config.address.length);
        }
    }
    setting_free(it);
}

/* Whose signature comes when block g is known has seen it. */
static void who_signs_after_the_block_makes_a_void_setup(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    W(it)->signs_not = true;
    setting_propose(it);
    assert_phase(W(it), PROM_SETUP_BASE);
    const uint32_t g = C(it)->channel->terms.draw_height;
    setting_mine(it, g - 1 - C(it)->own_tip);
    assert_parties(it, PROM_SETUP_BASE);
    setting_mine(it, 1);
    assert_parties(it, PROM_SETUP_OVER);
    W(it)->signs_not = false;
    setting_run(it);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        assert_int_equal(setting_party(it, party)->remembered, 0);
    }
    setting_free(it);
}

static void the_last_block_before_is_in_time(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    W(it)->signs_not = true;
    setting_propose(it);
    setting_mine(it, C(it)->channel->terms.draw_height - 1 - C(it)->own_tip);
    W(it)->signs_not = false;
    setting_run(it);
    assert_parties(it, PROM_SETUP_HELD);
    setting_free(it);
}

static bool signature_of_w_to_v(struct setting *it, const struct parcel *parcel)
{
    (void)it;
    return parcel->message.kind == PROM_MESSAGE_BASE_SIGNATURE && parcel->from == PROM_PARTY_W &&
           parcel->to == PROM_PARTY_V;
}

/* What one has not heard changes nothing for the others; it has no setup. */
static void who_lacks_a_signature_has_no_setup(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    it->lost = signature_of_w_to_v;
    setting_propose(it);
    assert_phase(C(it), PROM_SETUP_HELD);
    assert_phase(W(it), PROM_SETUP_HELD);
    assert_phase(V(it), PROM_SETUP_BASE);
    setting_mine(it, C(it)->channel->terms.draw_height - C(it)->own_tip);
    assert_phase(C(it), PROM_SETUP_HELD);
    assert_phase(V(it), PROM_SETUP_OVER);
    it->lost = NULL;
    setting_run(it); /* it comes now, and is passed over */
    assert_phase(V(it), PROM_SETUP_OVER);
    assert_int_equal(V(it)->remembered, 0);
    setting_free(it);
}

static void a_bad_signature_is_refused(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    W(it)->signs_not = true;
    setting_propose(it);
    const prom_bytes32 other = named("another setup", 0);
    const prom_message message = {.kind = PROM_MESSAGE_BASE_SIGNATURE,
                                  .as.signature = sign_hash(it->test, &W(it)->words, &other)};
    assert_int_equal(setting_say(it, &W(it)->words.public_key, C(it), &message), PROM_REFUSED);
    /* nor is one that somebody else brings as its own */
    const prom_message right = {.kind = PROM_MESSAGE_BASE_SIGNATURE,
                                .as.signature = C(it)->channel->facts.setup.base_signatures.by[PROM_PARTY_V]};
    assert_int_equal(setting_say(it, &W(it)->words.public_key, C(it), &right), PROM_REFUSED);
    const prom_bytes32 stranger = named_key(it->test, "stranger", 0).public_key;
    assert_int_equal(setting_say(it, &stranger, C(it), &right), PROM_REFUSED);
    assert_int_equal(C(it)->channel->facts.setup.base_signed, 1 << PROM_PARTY_C | 1 << PROM_PARTY_V);
    setting_free(it);
}

/* -- Setups apart from each other -- */

/* Another setup of ours, with other keys and coins but where the test says so. */
static prom_signed_setup *other_setup(struct setting *it, struct actor *actor)
{
    static prom_signed_setup setup;
    static prom_terms terms;
    const struct cast cast = make_cast(it->test);
    terms = valid_terms(it->test, &cast, 3);
    terms.setup_deadline = actor->own_tip + 10;
    setup = (prom_signed_setup){.terms = &terms, .node_keys = {named("a node", 0), named("a node", 1)}};
    actor->view.setups = &setup;
    actor->view.setup_count = 1;
    return &setup;
}

static void twins_are_not_signed(void **state)
{
    for (size_t who = 0; who < PROM_PARTIES; who++) {
        for (unsigned twist = 0; twist < 6; twist++) {
            struct setting *it = setting_new(*state, 3, 5);
            struct actor *actor = &it->actors[who];
            prom_signed_setup *other = other_setup(it, actor);
            prom_terms *terms = malloc(sizeof *terms);
            assert_non_null(terms);
            *terms = *other->terms;
            other->terms = terms;
            if (twist == 1 || twist > 2) { /* a node that takes part here too */
                other->node_keys[1] = it->actors[(who + 1) % PROM_PARTIES].node.public_key;
            }
            if (twist == 2) { /* an input of our own */
                terms->parties[PROM_PARTY_W].coins[0] = actor->channel->facts.own.coins[0];
            }
            other->ended = twist == 3;
            if (twist == 4) {
                terms->setup_deadline = actor->own_tip - 1;
            }
            if (twist == 5) { /* an arbiter's: it has signed nothing */
                other->offer = setting_arbiter(it, 0)->config.announcement.offer;
            }
            setting_propose(it);
            assert_phase(actor, twist == 1 || twist == 2 ? PROM_SETUP_OVER : PROM_SETUP_HELD);
            assert_int_equal(actor->channel->facts.setup.base_signed >> who & 1, twist != 1 && twist != 2);
            free(terms);
            setting_free(it);
        }
    }
}

/* C is its own V: its node has both channels, with the same terms. */
static void the_same_terms_are_no_twin(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    V(it)->node = C(it)->node;
    setting_open(it, V(it));
    setting_open(it, C(it));
    for (size_t i = PROM_PARTIES; i < it->actor_count; i++) {
        setting_open(it, &it->actors[i]);
    }
    setting_open(it, W(it));
    V(it)->signs_not = true;
    setting_propose(it);
    prom_signed_setup setup;
    assert_phase(V(it), PROM_SETUP_BASE);
    assert_true(prom_channel_signed_setup(C(it)->channel, &setup));
    const prom_bytes32 none = {{0}};
    assert_true(prom_bytes32_equal(&setup.node_keys[0], &W(it)->node.public_key));
    assert_true(prom_bytes32_equal(&setup.node_keys[1], &none));
    assert_false(setup.ended);
    setting_open(it, V(it)); /* V begins anew, and sees C's */
    V(it)->view.setups = &setup;
    V(it)->view.setup_count = 1;
    V(it)->signs_not = false;
    it->mail_read = it->mail_count = 0;
    const prom_facts *facts = &C(it)->channel->facts;
    const prom_message proposal = {
        .kind = PROM_MESSAGE_PROPOSAL,
        .as.proposal = {facts->kept[PROM_KEPT_PROPOSAL], facts->addresses[0], facts->nodes[0]}};
    assert_int_equal(setting_say(it, &C(it)->words.public_key, V(it), &proposal), PROM_TAKEN);
    while (setting_serve(it, V(it))) {
    }
    prom_message base = {.kind = PROM_MESSAGE_BASE_TERMS,
                         .as.base_terms = {.terms = facts->kept[PROM_KEPT_BASE],
                                           .signature = facts->setup.base_signatures.by[PROM_PARTY_C]}};
    memcpy(base.as.base_terms.nodes, facts->nodes, sizeof base.as.base_terms.nodes);
    assert_int_equal(setting_say(it, &C(it)->words.public_key, V(it), &base), PROM_TAKEN);
    assert_phase(V(it), PROM_SETUP_BASE);
    setting_free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(three_sign_and_hold),
        FIXTURE_TEST(who_signs_after_the_block_makes_a_void_setup),
        FIXTURE_TEST(the_last_block_before_is_in_time),
        FIXTURE_TEST(who_lacks_a_signature_has_no_setup),
        FIXTURE_TEST(a_bad_signature_is_refused),
        FIXTURE_TEST(twins_are_not_signed),
        FIXTURE_TEST(the_same_terms_are_no_twin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
