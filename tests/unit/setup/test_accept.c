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

static size_t mail_of(const struct setting *it, size_t from, prom_message_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < it->mail_count; i++) {
        count += it->mail[i].from == from && it->mail[i].message.kind == kind;
    }
    return count;
}

/* -- The proposal -- */

/* That W, or V, takes no such contract, and says so. */
static void assert_not_taken(struct setting *it, struct actor *actor, const char *why)
{
    setting_propose(it);
    assert_phase(actor, PROM_SETUP_OVER);
    if (strstr(setting_setup(actor)->reason, why) == NULL) {
        fail_msg("the reason is: %s", setting_setup(actor)->reason);
    }
    assert_true(mail_of(it, actor->number, PROM_MESSAGE_REFUSAL) >= 1);
    assert_int_equal(mail_of(it, actor->number, PROM_MESSAGE_ACCEPTANCE), 0);
    assert_phase(C(it), PROM_SETUP_OVER);
    assert_non_null(strstr(setting_setup(C(it))->reason, why)); /* it is told */
    assert_int_equal(setting_setup(C(it))->refused_by, 1U << actor->channel->place);
    setting_free(it);
}

static void what_does_not_suit_is_not_taken(void **state)
{
    for (prom_party party = PROM_PARTY_W; party <= PROM_PARTY_V; party++) {
        struct setting *it = setting_new(*state, 3, 5);
        it->actors[party].view.may_begin = false;
        assert_not_taken(it, &it->actors[party], "no new contracts");

        it = setting_new(*state, 3, 5);
        it->actors[party].view.coins_gone = true;
        assert_not_taken(it, &it->actors[party], "other contracts");

        it = setting_new(*state, 3, 5);
        it->actors[party].config.genesis = prom_chain_parameters_by_name("main")->genesis;
        assert_not_taken(it, &it->actors[party], "another chain");

        it = setting_new(*state, 3, 5);
        it->actors[party].config.limits.feerate = 1;
        assert_not_taken(it, &it->actors[party], "feerate");

        it = setting_new(*state, 3, 5);
        it->actors[party].config.limits.package_bytes = 100;
        assert_not_taken(it, &it->actors[party], "package");

        it = setting_new(*state, 3, 5);
        it->actors[party].config.limits.payload_bytes = 100;
        assert_not_taken(it, &it->actors[party], "program and input");

        it = setting_new(*state, 3, 5);
        it->actors[party].config.reward_min = prom_amount_of(900001);
        assert_not_taken(it, &it->actors[party], "reward");

        it = setting_new(*state, 3, 5);
        it->actors[party].config.any_pool = false;
        assert_not_taken(it, &it->actors[party], "a fifth of the offers");

        it = setting_new(*state, 3, 5);
        it->actors[party].config.aborted_max = 0;
        it->actors[party].aborted[it->actors[party].aborted_count++] = (prom_aborted_draw){.aborted_height = 10};
        assert_not_taken(it, &it->actors[party], "too many draws");
    }
    struct setting *it = setting_new(*state, 3, 5);
    W(it)->config.time.compute_seconds = 4000;
    assert_not_taken(it, W(it), "t1");
    it = setting_new(*state, 3, 5);
    V(it)->config.time.verify_seconds = 400;
    assert_not_taken(it, V(it), "verify");
    it = setting_new(*state, 3, 5); /* work that is under way, and may be due at the same time */
    W(it)->view.work_ahead = 66;
    assert_not_taken(it, W(it), "t1");
    it = setting_new(*state, 3, 5);
    V(it)->view.work_ahead = 6;
    assert_not_taken(it, V(it), "verify");
}

static void its_reward_is_what_each_gets(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    W(it)->config.reward_min = prom_amount_of(900000); /* of sigma c */
    V(it)->config.reward_min = prom_amount_of(100000);
    setting_propose(it);
    assert_parties(it, PROM_SETUP_HELD);
    setting_free(it);
}

/* A proposal to somebody else, of somebody else, or at a node that has not said so. */
static void a_proposal_is_its_senders_to_us(void **state)
{
    for (unsigned twist = 0; twist < 4; twist++) {
        struct setting *it = setting_new(*state, 3, 5);
        assert_int_equal(setting_begin(it), PROM_TAKEN);
        prom_message message = it->mail[0].message;
        prom_terms terms;
        assert_ok(prom_terms_read_base(&terms, message.as.proposal.terms, &it->test->error), &it->test->error);
        if (twist == 0) {
            terms.parties[PROM_PARTY_W].key = V(it)->words.public_key;
        } else if (twist == 1) {
            terms.parties[PROM_PARTY_C].key = named_key(it->test, "another C", 0).public_key;
        } else if (twist == 2) {
            message.as.proposal.node = setting_node_word(it->test, V(it));
        } else {
            memset(&terms.parties[PROM_PARTY_V], 0, sizeof terms.parties[PROM_PARTY_V]);
        }
        assert_ok(prom_terms_write_base(&it->test->arena, &message.as.proposal.terms, &terms, &it->test->error),
                  &it->test->error);
        assert_int_equal(setting_say(it, &C(it)->words.public_key, W(it), &message), PROM_TAKEN);
        assert_phase(W(it), PROM_SETUP_OVER);
        setting_free(it);
    }
}

static void strangers_and_junk_change_nothing(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    const prom_bytes32 stranger = named_key(it->test, "stranger", 0).public_key;
    assert_int_equal(setting_begin(it), PROM_TAKEN);
    prom_message message = it->mail[0].message;
    assert_int_equal(setting_say(it, &stranger, W(it), &message), PROM_REFUSED);
    message.as.proposal.terms.length--;
    assert_int_equal(setting_say(it, &C(it)->words.public_key, W(it), &message), PROM_REFUSED);
    assert_phase(W(it), PROM_SETUP_NEW);
    setting_run(it);
    assert_parties(it, PROM_SETUP_HELD);
    setting_free(it);
}

/* -- The job -- */

static void our_part_is_given_once_the_job_is_open(void **state)
{
    struct setting *it = setting_new(*state, 3, 5);
    W(it)->job = PROM_CHECKED_UNKNOWN;
    setting_propose(it);
    assert_phase(W(it), PROM_SETUP_ACCEPTED);
    assert_phase(V(it), PROM_SETUP_ACCEPTED);
    assert_int_equal(mail_of(it, PROM_PARTY_W, PROM_MESSAGE_ACCEPTANCE), 0);
    assert_int_equal(mail_of(it, PROM_PARTY_V, PROM_MESSAGE_ACCEPTANCE), 1);
    /* a fault of our own says nothing, nor does the answer about another job */
    prom_event event = {.kind = PROM_EVENT_DONE,
                        .as.done = {.job = PROM_JOB_OPEN_JOB,
                                    .subject = it->proposal.job.input_hash,
                                    .checked = PROM_CHECKED_BAD,
                                    .unable = true}};
    assert_int_equal(setting_step(it, W(it), &event), PROM_TAKEN);
    event.as.done.unable = false;
    event.as.done.subject = named("another job", 0);
    assert_int_equal(setting_step(it, W(it), &event), PROM_TAKEN);
    assert_phase(W(it), PROM_SETUP_ACCEPTED);
    W(it)->job = PROM_CHECKED_GOOD;
    setting_run(it);
    assert_parties(it, PROM_SETUP_HELD);
    assert_int_equal(mail_of(it, PROM_PARTY_W, PROM_MESSAGE_ACCEPTANCE), 1);
    setting_free(it);
}

static void what_is_no_job_is_refused(void **state)
{
    for (prom_party party = PROM_PARTY_W; party <= PROM_PARTY_V; party++) {
        struct setting *it = setting_new(*state, 3, 5);
        it->actors[party].job = PROM_CHECKED_BAD;
        assert_not_taken(it, &it->actors[party], "the program is none");
    }
}

/* -- The base terms -- */

/* C's base terms as they came to W, changed and signed anew. */
struct changed {
    prom_terms terms;
    prom_message message;
};

static struct changed *hold_back(struct setting *it)
{
    void *memory = NULL;
    assert_ok(prom_arena_alloc(&it->test->arena, &memory, 1, sizeof(struct changed), &it->test->error),
              &it->test->error);
    struct changed *changed = memory;
    W(it)->away = true; /* from when its part is given */
    for (size_t i = 0; i < it->mail_count; i++) {
        const struct parcel *parcel = &it->mail[i];
        if (parcel->to == PROM_PARTY_W && parcel->message.kind == PROM_MESSAGE_BASE_TERMS) {
            changed->message = parcel->message;
        }
    }
    assert_int_equal(changed->message.kind, PROM_MESSAGE_BASE_TERMS);
    assert_ok(prom_terms_read_base(&changed->terms, changed->message.as.base_terms.terms, &it->test->error),
              &it->test->error);
    return changed;
}

static bool base_terms(struct setting *it, const struct parcel *parcel)
{
    (void)it;
    return parcel->message.kind == PROM_MESSAGE_BASE_TERMS && parcel->to == PROM_PARTY_W;
}

static struct setting *come_to_base_terms(void **state, struct changed **changed)
{
    struct setting *it = setting_new(*state, 3, 5);
    it->lost = base_terms;
    setting_propose(it);
    assert_phase(W(it), PROM_SETUP_ACCEPTED);
    *changed = hold_back(it);
    return it;
}

static prom_reception say_base(struct setting *it, struct changed *changed)
{
    prom_bytes32 id;
    prom_base_terms_message *base = &changed->message.as.base_terms;
    assert_ok(prom_terms_write_base(&it->test->arena, &base->terms, &changed->terms, &it->test->error),
              &it->test->error);
    assert_ok(prom_terms_setup_id(&it->test->arena, &id, &changed->terms, &it->test->error), &it->test->error);
    base->signature = sign_hash(it->test, &C(it)->words, &id);
    return setting_say(it, &C(it)->words.public_key, W(it), &changed->message);
}

static void assert_base_refused(struct setting *it, struct changed *changed, const char *why)
{
    assert_int_equal(say_base(it, changed), PROM_TAKEN);
    assert_phase(W(it), PROM_SETUP_OVER);
    if (strstr(setting_setup(W(it))->reason, why) == NULL) {
        fail_msg("wanted %s, the reason is: %s", why, setting_setup(W(it))->reason);
    }
    assert_int_equal(setting_setup(W(it))->base_signed, 0);
    assert_int_equal(W(it)->seen_told, 0);
    setting_free(it);
}

static void base_terms_are_what_was_proposed(void **state)
{
    struct changed *changed = NULL;
    struct setting *it = come_to_base_terms(state, &changed);
    changed->terms.c = prom_amount_of(999999);
    assert_base_refused(it, changed, "were proposed");

    it = come_to_base_terms(state, &changed);
    changed->terms.retention++;
    assert_base_refused(it, changed, "were proposed");

    it = come_to_base_terms(state, &changed);
    changed->terms.parties[PROM_PARTY_C].payout = named_key(it->test, "elsewhere", 0).public_key;
    assert_base_refused(it, changed, "were proposed");

    it = come_to_base_terms(state, &changed);
    changed->terms.parties[PROM_PARTY_W].payout = named_key(it->test, "elsewhere", 0).public_key;
    assert_base_refused(it, changed, "were proposed");

    it = come_to_base_terms(state, &changed);
    changed->terms.h = named("another h", 0);
    assert_base_refused(it, changed, "were proposed");

    it = come_to_base_terms(state, &changed);
    changed->terms.k_h = named("another k_h", 0);
    assert_base_refused(it, changed, "were proposed");

    it = come_to_base_terms(state, &changed);
    changed->terms.parties[PROM_PARTY_V].key = named_key(it->test, "another V", 0).public_key;
    assert_base_refused(it, changed, "another verifier");

    it = come_to_base_terms(state, &changed);
    changed->terms.parties[PROM_PARTY_V].joint_key = changed->terms.parties[PROM_PARTY_C].joint_key;
    assert_base_refused(it, changed, "are the same");

    it = come_to_base_terms(state, &changed);
    changed->message.as.base_terms.nodes[PROM_PARTY_V].key = W(it)->node.public_key;
    assert_base_refused(it, changed, "at which nodes");

    it = come_to_base_terms(state, &changed);
    changed->message.as.base_terms.nodes[PROM_PARTY_C] = changed->message.as.base_terms.nodes[PROM_PARTY_V];
    assert_base_refused(it, changed, "at which nodes");
}

static void base_terms_suit_the_chain(void **state)
{
    struct changed *changed = NULL;
    struct setting *it = come_to_base_terms(state, &changed);
    changed->terms.snapshot_hash = named("no block", 0);
    assert_base_refused(it, changed, "the snapshot is block");

    it = come_to_base_terms(state, &changed);
    changed->terms.draw_height = W(it)->own_tip + 2; /* its hash may be known */
    assert_base_refused(it, changed, "draw's block");

    it = come_to_base_terms(state, &changed);
    changed->terms.setup_deadline = W(it)->own_tip + 145;
    assert_base_refused(it, changed, "deadline");

    it = come_to_base_terms(state, &changed);
    changed->terms.snapshot_height = 1; /* P is no block deep there, nor any offer */
    assert_true(prom_index_block_hash(C(it)->index, &changed->terms.snapshot_hash, 1));
    assert_base_refused(it, changed, "P and the blocks");

    it = come_to_base_terms(state, &changed);
    W(it)->seen[W(it)->seen_count++] = W(it)->channel->facts.own.h;
    assert_base_refused(it, changed, "another contract already");
}

static void what_comes_before_its_time_waits(void **state)
{
    struct changed *changed = NULL;
    struct setting *it = come_to_base_terms(state, &changed);
    changed->terms.snapshot_height = W(it)->own_tip; /* C is a block ahead of us, as far as we know */
    changed->terms.snapshot_hash = named("a block to come", 0);
    assert_int_equal(say_base(it, changed), PROM_TOO_EARLY);
    assert_phase(W(it), PROM_SETUP_ACCEPTED);
    setting_free(it);
}

static void base_terms_that_c_has_not_signed_change_nothing(void **state)
{
    struct changed *changed = NULL;
    struct setting *it = come_to_base_terms(state, &changed);
    changed->message.as.base_terms.signature.bytes[5] ^= 1;
    assert_int_equal(setting_say(it, &C(it)->words.public_key, W(it), &changed->message), PROM_REFUSED);
    assert_phase(W(it), PROM_SETUP_ACCEPTED);
    assert_int_equal(say_base(it, changed), PROM_TAKEN);
    assert_phase(W(it), PROM_SETUP_BASE);
    setting_free(it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_does_not_suit_is_not_taken),
        FIXTURE_TEST(its_reward_is_what_each_gets),
        FIXTURE_TEST(a_proposal_is_its_senders_to_us),
        FIXTURE_TEST(strangers_and_junk_change_nothing),
        FIXTURE_TEST(our_part_is_given_once_the_job_is_open),
        FIXTURE_TEST(what_is_no_job_is_refused),
        FIXTURE_TEST(base_terms_are_what_was_proposed),
        FIXTURE_TEST(base_terms_suit_the_chain),
        FIXTURE_TEST(what_comes_before_its_time_waits),
        FIXTURE_TEST(base_terms_that_c_has_not_signed_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
