#include "setup/keying.h"

static void each_of_the_three_sees_who_is_silent(void **state)
{
    struct actor *silent = NULL;
    struct setting *it = stop_in_keying(*state, &silent);
    seated_of(it)->silent = SETTING_ACTORS_MAX; /* it was slow */
    setting_run(it);
    assert_given(it);
    seated_free(it);
}

static bool proves(struct setting *it, struct actor *actor, prom_loss_kind kind, size_t seat, prom_span proof)
{
    fixture *test = it->test;
    const prom_channel_view view = setting_view(it, actor);
    const prom_setup_session *setup = setting_setup(actor);
    struct step step = {actor->channel, &actor->channel->facts, &view, &test->arena, NULL, &test->error};
    const struct accused accused = {kind, setup->seats, setup->seat_count, seat, proof};
    bool proven = false;
    assert_ok(prom_setup_prove(&step, &proven, &accused), &test->error);
    return proven;
}

/* Nothing that an honest dealer has said, or that others make of it, proves it at fault. */
static void nothing_is_proven_of_who_is_honest(void **state)
{
    fixture *test = *state;
    struct actor *silent = NULL;
    struct setting *it = stop_in_keying(test, &silent);
    struct actor *W = setting_party(it, PROM_PARTY_W);
    struct actor *A = seated_on(it, 1);
    const prom_span deal = W->channel->facts.kept[PROM_KEPT_KEYGEN + 1];
    const uint8_t junk[PROM_DKG_COMPLAINT_BYTES] = {2};
    uint8_t *other = exact_copy(deal.data, deal.length);
    other[70] ^= 1; /* not signed for */
    const prom_keygen_proof proofs[] = {
        {.deal = deal, .complainer = PROM_ARBITERS_MAX},
        {.deal = deal, .other = deal, .complainer = PROM_ARBITERS_MAX},
        {.deal = deal, .other = prom_span_of(other, deal.length), .complainer = PROM_ARBITERS_MAX},
        {.deal = prom_span_of(other, deal.length), .complainer = PROM_ARBITERS_MAX},
        {.deal = deal, .complainer = 2, .complaint = prom_span_of(junk, sizeof junk)},
        {.deal = deal, .complainer = 1, .complaint = prom_span_of(junk, sizeof junk)},
        {.deal = deal, .complainer = 7, .complaint = prom_span_of(junk, sizeof junk)},
        {.complainer = 2},
    };
    for (size_t i = 0; i < COUNT_OF(proofs); i++) {
        prom_span bytes;
        assert_ok(prom_keygen_write_proof(&test->arena, &bytes, &proofs[i], &test->error), &test->error);
        assert_false(proves(it, W, PROM_LOSS_KEYGEN, 1, bytes));
        assert_false(proves(it, W, PROM_LOSS_KEYGEN, 0, bytes));
        bytes.length--;
        assert_false(proves(it, W, PROM_LOSS_KEYGEN, 1, bytes));
    }
    const prom_keygen_proof bad = {.deal = changed_deal(it, A, deal, 0), .complainer = PROM_ARBITERS_MAX};
    prom_span bytes;
    assert_ok(prom_keygen_write_proof(&test->arena, &bytes, &bad, &test->error), &test->error);
    assert_true(proves(it, W, PROM_LOSS_KEYGEN, 1, bytes));
    assert_false(proves(it, W, PROM_LOSS_KEYGEN, 2, bytes)); /* it is not that one's */
    assert_false(proves(it, W, PROM_LOSS_SIGNING, 1, bytes));
    free(other);
    seated_free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(each_of_the_three_sees_who_is_silent),
        FIXTURE_TEST(nothing_is_proven_of_who_is_honest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
