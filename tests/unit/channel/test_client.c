#include "channel/simulation.h"
#include "prometheus/program/run.h"

enum { W = PROM_PARTY_W, V = PROM_PARTY_V, C = PROM_PARTY_C, A = FIRST_ARBITER };

static void refuses(struct simulation *sim, size_t from, prom_message_kind kind, prom_span body, const char *sentence)
{
    assert_int_equal(sim_tell_as(sim, from, C, kind, body).category, PROM_CATEGORY_PEER);
    if (strstr(sim->actors[C].last_fault.sentence, sentence) == NULL) {
        fail_msg("wanted '...%s...'; got '%s'", sentence, sim->actors[C].last_fault.sentence);
    }
}

static void propose_what_can_not_be_proven(struct simulation *sim)
{
    fixture *test = sim->test;
    prom_channel_config *config = &sim->actors[C].config;
    const prom_program *program = NULL;
    config->job_bytes = random_job_with(test, &program, UNPROVABLE_SHIFT, 1);
    config->proposal.job = open_job(test, prom_scheme_by_name("replay"), &config->job_bytes)->named;
    config->proposal.job.scheme = PROM_SCHEME_SUMCHECK;
}

/* A client that would break its own bounds does not begin. */
static void bad_proposals_are_not_made(void **state)
{
    static const char *const sentences[] = {
        "the proposal is for a chain that is not known", "alpha is 0 basis points, and at least 1 is needed",
        "c is 0 sat, and at least 1 is needed", "program and input are not the ones that the job names",
        "the scheme 'sumcheck' cannot prove this job"};
    for (size_t i = 0; i < COUNT_OF(sentences); i++) {
        struct simulation *sim = sim_new(*state, 3, 0);
        prom_terms *proposal = &sim->actors[C].config.proposal;
        if (i == 0) {
            proposal->genesis.bytes[0] ^= 1;
        } else if (i == 1) {
            proposal->P.alpha = 0;
        } else if (i == 2) {
            proposal->c = prom_amount_zero();
        } else if (i == 3) {
            proposal->job.items++;
        } else {
            propose_what_can_not_be_proven(sim);
        }
        sim_start(sim);
        sim_run(sim);
        assert_int_equal(sim->actors[C].channel->stage, PROM_STAGE_FAILED);
        assert_int_equal(sim->actors[W].channel->stage, PROM_STAGE_NEW);
        assert_int_equal(sim->actors[C].sent[PROM_MESSAGE_PROPOSAL], 0);
        if (strstr(sim->actors[C].reason, sentences[i]) == NULL) {
            fail_msg("wanted '...%s...'; got '%s'", sentences[i], sim->actors[C].reason);
        }
        sim_free(sim);
    }
}

static void it_begins_once(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    const prom_event start = {.kind = PROM_EVENT_START};
    prom_actions actions;
    sim_start(sim);
    sim_run_until(sim, C, PROM_STAGE_PROPOSED);
    assert_fails(prom_channel_step(sim->actors[C].channel, &start, &actions, &sim->test->error), PROM_CATEGORY_MISUSE,
                 &sim->test->error, "the client has started already");
    assert_int_equal(actions.count, 0);
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

/* Strangers may announce what they like: the setup goes on without them. */
static void bad_announcements_end_nothing(void **state)
{
    fixture *test = *state;
    struct simulation *sim = sim_new(test, 3, 0);
    const prom_key key = named_key(test, "stranger", 0);
    const uint8_t rubbish[] = {1, 2, 3};
    prom_channel_config honest = sim->actors[A].config;
    prom_channel_config lie = honest;
    sim_start(sim);
    const prom_span early = sim_announcement(sim, &lie); /* before the client has begun */
    assert_int_equal(sim_tell(sim, &key.public_key, C, PROM_MESSAGE_ANNOUNCEMENT, early).category, PROM_CATEGORY_PEER);
    assert_true(prom_is_ok(sim_tell(sim, &key.public_key, C, PROM_MESSAGE_DIGEST, prom_span_of(rubbish, 3))));
    sim_run_until(sim, C, PROM_STAGE_PROPOSED);
    static const char not_for_us[] = "an announced offer is not for this contract";
    static const char malformed[] = "these bytes are not an announcement with its arbiter's keys";
    const prom_span whole = sim_announcement(sim, &honest);
    honest.announcement.node_key = key.public_key; /* its own node, its own part: what else is wrong? */
    lie.announcement = honest.announcement;
    lie.seat.key = key.public_key;
    lie.seat.offer.index++; /* another output than the one announced */
    const prom_span other_output = sim_announcement(sim, &lie);
    lie.seat = honest.seat;
    lie.seat.key = key.public_key;
    lie.seat.offer_key = key.public_key; /* another Q */
    const prom_span other_key = sim_announcement(sim, &lie);
    lie.seat.offer_key = honest.seat.offer_key;
    lie.announcement.p_txid.bytes[0] ^= 1;
    const prom_span other_parameters = sim_announcement(sim, &lie);
    lie.announcement = honest.announcement;
    lie.announcement.retainer = prom_amount_add(lie.announcement.retainer, prom_amount_of(1));
    const prom_span too_dear = sim_announcement(sim, &lie);
    lie.announcement = honest.announcement; /* its signature is the arbiter's, of another address */
    lie.announcement.address = prom_span_of(rubbish, sizeof rubbish);
    const prom_span not_signed = sim_announcement(sim, &lie);
    lie.announcement = honest.announcement;
    const prom_bytes32 *const own[] = {&lie.seat.key, &lie.seat.joint_key, &lie.seat.offer_key, &lie.seat.payout};
    prom_span host[COUNT_OF(own)];
    for (size_t i = 0; i < COUNT_OF(own); i++) {
        lie.host_key = *own[i];
        host[i] = sim_announcement(sim, &lie);
    }
    static const char two_uses[] = "an arbiter's key for the key generation is one of its other keys, too";
    const struct {
        prom_span body;
        const char *sentence;
    } cases[] = {
        {host[0], two_uses},
        {host[1], two_uses},
        {host[2], two_uses},
        {host[3], two_uses},
        {prom_span_of(rubbish, sizeof rubbish), malformed},
        {prom_span_of(whole.data, whole.length - 1), malformed},
        {whole, not_for_us}, /* another sender than its seat's */
        {other_output, not_for_us},
        {other_key, not_for_us},
        {other_parameters, not_for_us},
        {too_dear, "an arbiter asks for more than our retainer"},
        {not_signed, "not signed"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(sim_tell(sim, &key.public_key, C, PROM_MESSAGE_ANNOUNCEMENT, cases[i].body).category,
                         PROM_CATEGORY_PEER);
        if (strstr(sim->actors[C].last_fault.sentence, cases[i].sentence) == NULL) {
            fail_msg("%zu: wanted '%s'; got '%s'", i, cases[i].sentence, sim->actors[C].last_fault.sentence);
        }
    }
    assert_int_equal(sim->actors[C].channel->candidate_count, 3); /* the honest ones */
    lie = honest;
    lie.seat.key = key.public_key;
    lie.seat.offer.index = lie.announcement.offer.index = 5; /* not there: looked up, and forgotten */
    sim_sign_announcement(sim, &lie.announcement, sim->actors[A].coin);
    assert_true(prom_is_ok(sim_tell(sim, &key.public_key, C, PROM_MESSAGE_ANNOUNCEMENT, sim_announcement(sim, &lie))));
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

static void offers_are_announced_once(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim_start(sim);
    sim_run_until(sim, C, PROM_STAGE_PROPOSED);
    while (sim->actors[C].channel->candidate_count < 2) {
        assert_true(sim_step(sim));
    }
    const prom_key stranger = named_key(*state, "stranger", 0);
    prom_channel_config again = sim->actors[A].config;
    assert_true(prom_is_ok(sim_tell_as(sim, A, C, PROM_MESSAGE_ANNOUNCEMENT, sim_announcement(sim, &again))));
    again.seat.offer.index = again.announcement.offer.index = 7; /* a second one of the same node */
    sim_sign_announcement(sim, &again.announcement, sim->actors[A].coin);
    refuses(sim, A, PROM_MESSAGE_ANNOUNCEMENT, sim_announcement(sim, &again), "an offer is announced twice");
    again = sim->actors[A].config;
    again.seat.key = again.announcement.node_key =
        stranger.public_key; /* its owner names two nodes: the first is seated */
    sim_sign_announcement(sim, &again.announcement, sim->actors[A].coin);
    const prom_span second = sim_announcement(sim, &again);
    assert_true(prom_is_ok(sim_tell(sim, &stranger.public_key, C, PROM_MESSAGE_ANNOUNCEMENT, second)));
    while (!sim->actors[C].channel->candidates[0].confirmed) {
        assert_true(sim_step(sim));
    }
    assert_int_equal(sim_tell(sim, &stranger.public_key, C, PROM_MESSAGE_ANNOUNCEMENT, second).category,
                     PROM_CATEGORY_PEER);
    assert_string_equal(sim->actors[C].last_fault.sentence, "an offer is announced twice");
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

/* An arbiter of nowhere: its own keys, and an offer that the chain does not know, signed by itself. */
static prom_channel_config false_arbiter(struct simulation *sim, size_t index)
{
    const prom_key Q = named_key(sim->test, "false Q", index);
    prom_channel_config config = sim->actors[A].config;
    config.seat.key = config.announcement.node_key = named_key(sim->test, "false arbiter", index).public_key;
    config.seat.offer_key = config.announcement.Q = Q.public_key;
    config.seat.offer.txid = config.announcement.offer.txid = named("false offer", index);
    sim_sign_announcement(sim, &config.announcement, &Q);
    return config;
}

/* However many offers are announced that are not there, and be it in one breath before the chain has answered for the
 * first, the honest ones that come then have their seats. */
static void false_offers_take_no_seats(void **state)
{
    static const size_t counts[] = {PROM_ARBITERS_MAX, 1000, PROM_CANDIDATES_MAX + 10};
    for (size_t round = 0; round < COUNT_OF(counts); round++) {
        struct simulation *sim = sim_new(*state, 3, 0);
        sim_start(sim);
        prom_actions actions; /* their look-ups get no answer at all */
        for (size_t i = 0; i < counts[round]; i++) {
            const prom_channel_config config = false_arbiter(sim, i);
            const prom_event event = {.kind = PROM_EVENT_MESSAGE,
                                      .from = config.seat.key,
                                      .message = {PROM_MESSAGE_ANNOUNCEMENT, sim_announcement(sim, &config)}};
            assert_ok(prom_channel_step(sim->actors[C].channel, &event, &actions, &sim->test->error),
                      &sim->test->error);
        }
        const size_t used = sim->actors[C].arena.used;
        assert_true(used < (size_t)4 * PROM_CANDIDATES_MAX * sizeof(prom_candidate));
        sim_run(sim);
        assert_settled(sim);
        sim_free(sim);
    }
}

/* An offer is whose the chain says: not the first one's who claims it, nor who tells another's announcement as its own.
 */
static void offers_cannot_be_squatted(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    const prom_key Q = named_key(*state, "false Q", 0);
    prom_channel_config thief = false_arbiter(sim, 0);
    sim_start(sim);
    thief.seat.offer = thief.announcement.offer = sim->actors[A].config.seat.offer;
    sim_sign_announcement(sim, &thief.announcement, &Q);
    assert_true(
        prom_is_ok(sim_tell(sim, &thief.seat.key, C, PROM_MESSAGE_ANNOUNCEMENT, sim_announcement(sim, &thief))));
    prom_channel_config copy = sim->actors[A].config;
    copy.seat.key = thief.seat.key;
    assert_int_equal(
        sim_tell(sim, &thief.seat.key, C, PROM_MESSAGE_ANNOUNCEMENT, sim_announcement(sim, &copy)).category,
        PROM_CATEGORY_PEER);
    assert_string_equal(sim->actors[C].last_fault.sentence, "an announced offer is not for this contract");
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

/* Five arbiters for three seats: the first three whose offers the chain confirms. */
static void more_offers_than_seats(void **state)
{
    struct simulation *sim = sim_new(*state, 5, 0);
    prom_parameters P = sim->actors[C].config.proposal.P;
    P.n = 3;
    sim_set_parameters(sim, &P);
    sim->unseen_coin = 1 + FIRST_ARBITER; /* the first arbiter's is not there, and the next one's is too young */
    sim->coins[FIRST_ARBITER + 1].height = sim->actors[C].config.proposal.snapshot_height;
    sim_start(sim);
    sim_run_until(sim, C, PROM_STAGE_AGREED);
    sim_run(sim);
    size_t closed = 0;
    for (size_t i = A; i < sim->actor_count; i++) {
        closed += sim->actors[i].channel->stage == PROM_STAGE_CLOSED;
    }
    assert_int_equal(closed, 3);
    assert_int_equal(sim->actors[A].channel->stage, PROM_STAGE_NEW);
    assert_int_equal(sim->actors[A + 1].channel->stage, PROM_STAGE_NEW);
    assert_true(prom_span_equal(sim->actors[C].delivered, sim->output));
    sim_free(sim);
}

static void second_acceptance_is_refused(void **state)
{
    fixture *test = *state;
    struct simulation *sim = sim_new(test, 3, 0);
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span body;
    sim_start(sim);
    while (!sim->actors[C].channel->accepted[W]) {
        assert_true(sim_step(sim));
    }
    prom_party_terms_write(&writer, &sim->actors[W].config.party);
    prom_write_bytes32(&writer, &sim->cast.h_p); /* another h */
    prom_write_bytes32(&writer, &sim->cast.k_p);
    assert_ok(prom_writer_finish(&writer, &body, &test->error), &test->error);
    assert_int_equal(sim_tell_as(sim, W, C, PROM_MESSAGE_ACCEPTANCE, body).category, PROM_CATEGORY_PEER);
    sim_run(sim);
    assert_setup_ended(sim);
    assert_non_null(strstr(sim->actors[C].reason, "the acceptance of the worker is not well formed"));
    sim_free(sim);
}

static void acceptance_under_another_key_is_refused(void **state)
{
    fixture *test = *state;
    struct simulation *sim = sim_new(test, 3, 0);
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span body;
    sim_start(sim);
    sim_run_until(sim, C, PROM_STAGE_PROPOSED);
    prom_party_terms_write(&writer, &sim->actors[V].config.party);
    prom_write_bytes32(&writer, &sim->cast.h_p);
    prom_write_bytes32(&writer, &sim->cast.k_p);
    assert_ok(prom_writer_finish(&writer, &body, &test->error), &test->error);
    refuses(sim, W, PROM_MESSAGE_ACCEPTANCE, body, "the acceptance of the worker is not well formed");
    assert_true(sim->actors[C].closed);
    sim_free(sim);
}

/* What W and V bring is checked before full terms are proposed. */
static void party_without_enough_coins_ends_the_setup(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->actors[V].config.party.coins[0].value = prom_amount_of(1000);
    sim_start(sim);
    sim_run(sim);
    assert_setup_ended(sim);
    assert_non_null(strstr(sim->actors[C].reason, "the coins of the verifier"));
    assert_non_null(strstr(sim->actors[W].reason, "the client refused: what the coins of the verifier hold"));
    sim_free(sim);
}

/* A worker that brings an h of another contract of ours: what opens the one would open the other. */
static void twin_of_another_contract_is_refused(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    prom_bytes32 seen;
    prom_sha256(&seen, prom_span_of32(&sim->cast.h_p));
    sim->actors[C].config.seen = &seen;
    sim->actors[C].config.seen_count = 1;
    sim_start(sim);
    sim_run(sim);
    assert_setup_ended(sim);
    assert_non_null(strstr(sim->actors[C].reason, "h stands in another contract already"));
    assert_int_equal(sim->actors[C].sent[PROM_MESSAGE_TERMS], 0);
    sim_free(sim);
}

/* A signature of Tx0 is checked when it comes, and names who sent it; nothing but 64 bytes for each input is one. */
static void signatures_of_tx0_are_checked(void **state)
{
    static const enum harm harms[] = {HARM_FLIP, HARM_CUT, HARM_GROW};
    for (size_t i = 0; i < COUNT_OF(harms); i++) {
        struct simulation *sim = sim_new(*state, 3, 0);
        sim->tampering = (struct tampering){harms[i], PROM_MESSAGE_TX0_SIGNATURES, A, C, 600};
        sim_start(sim);
        sim_run(sim);
        assert_setup_ended(sim);
        assert_non_null(strstr(sim->actors[C].reason, "arbiter 1"));
        sim_free(sim);
    }
}

/* The first package of each sender counts; rubbish is dropped, whenever it comes. */
static void packages_after_the_first_are_ignored(void **state)
{
    const uint8_t rubbish[] = {1, 2, 3};
    struct simulation *sim = sim_new(*state, 3, 0);
    sim_start(sim);
    sim_run_until(sim, C, PROM_STAGE_LOCKED);
    refuses(sim, W, PROM_MESSAGE_PACKAGE, prom_span_of(rubbish, sizeof rubbish), "these bytes are not a package");
    assert_int_equal(sim->actors[C].channel->stage, PROM_STAGE_LOCKED);
    sim_run_until(sim, C, PROM_STAGE_DELIVERED);
    const prom_span package = sim->actors[C].channel->packages[W];
    assert_true(package.length > 0);
    assert_true(prom_is_ok(sim_tell_as(sim, W, C, PROM_MESSAGE_PACKAGE, prom_span_of(rubbish, sizeof rubbish))));
    assert_ptr_equal(sim->actors[C].channel->packages[W].data, package.data);
    refuses(sim, A, PROM_MESSAGE_PACKAGE, package, "may not send a package");
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

/* The client reads the result from V's copy when W's is harmed or lost, and from W's when V's is. */
static void result_is_read_from_any_good_package(void **state)
{
    static const size_t senders[] = {W, V};
    for (size_t i = 0; i < COUNT_OF(senders); i++) {
        struct simulation *sim = sim_new(*state, 3, 0);
        sim->tampering = (struct tampering){HARM_FLIP, PROM_MESSAGE_PACKAGE, senders[i], C, 800};
        sim_start(sim);
        sim_run(sim);
        assert_int_equal(sim->tampered, 1);
        assert_settled(sim);
        sim_free(sim);
    }
    for (size_t i = 0; i < COUNT_OF(senders); i++) {
        struct simulation *sim = sim_new(*state, 3, 0);
        sim->tampering = (struct tampering){HARM_DROP, PROM_MESSAGE_PACKAGE, senders[i], C, 0};
        sim_start(sim);
        sim_run(sim);
        assert_settled(sim);
        sim_free(sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(bad_proposals_are_not_made),
        FIXTURE_TEST(it_begins_once),
        FIXTURE_TEST(bad_announcements_end_nothing),
        FIXTURE_TEST(offers_are_announced_once),
        FIXTURE_TEST(false_offers_take_no_seats),
        FIXTURE_TEST(offers_cannot_be_squatted),
        FIXTURE_TEST(more_offers_than_seats),
        FIXTURE_TEST(second_acceptance_is_refused),
        FIXTURE_TEST(acceptance_under_another_key_is_refused),
        FIXTURE_TEST(party_without_enough_coins_ends_the_setup),
        FIXTURE_TEST(twin_of_another_contract_is_refused),
        FIXTURE_TEST(signatures_of_tx0_are_checked),
        FIXTURE_TEST(packages_after_the_first_are_ignored),
        FIXTURE_TEST(result_is_read_from_any_good_package),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
