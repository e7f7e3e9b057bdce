#include "channel/simulation.h"

enum { W = PROM_PARTY_W, V = PROM_PARTY_V, C = PROM_PARTY_C, A = FIRST_ARBITER };

/* What is said before anything is signed, between whom. */
static const struct tampering setup_messages[] = {
    {HARM_FLIP, PROM_MESSAGE_PROPOSAL, C, W, 0},       {HARM_FLIP, PROM_MESSAGE_PROPOSAL, C, V, 0},
    {HARM_FLIP, PROM_MESSAGE_PAYLOAD, C, W, 0},        {HARM_FLIP, PROM_MESSAGE_PAYLOAD, C, V, 0},
    {HARM_FLIP, PROM_MESSAGE_ACCEPTANCE, W, C, 0},     {HARM_FLIP, PROM_MESSAGE_ACCEPTANCE, V, C, 0},
    {HARM_FLIP, PROM_MESSAGE_TERMS, C, W, 0},          {HARM_FLIP, PROM_MESSAGE_TERMS, C, V, 0},
    {HARM_FLIP, PROM_MESSAGE_TERMS, C, A + 1, 0},      {HARM_FLIP, PROM_MESSAGE_DIGEST, W, C, 0},
    {HARM_FLIP, PROM_MESSAGE_DIGEST, A, C, 0},         {HARM_FLIP, PROM_MESSAGE_DIGEST, C, V, 0},
    {HARM_FLIP, PROM_MESSAGE_DIGEST, A + 2, W, 0},     {HARM_FLIP, PROM_MESSAGE_DIGEST, V, A, 0},
    {HARM_FLIP, PROM_MESSAGE_KEYGEN, C, A + 1, 0},     {HARM_FLIP, PROM_MESSAGE_KEYGEN, A + 2, C, 0},
    {HARM_FLIP, PROM_MESSAGE_NONCES, C, W, 0},         {HARM_FLIP, PROM_MESSAGE_NONCES, A, V, 0},
    {HARM_FLIP, PROM_MESSAGE_NONCES, V, A + 1, 0},     {HARM_FLIP, PROM_MESSAGE_NONCES, W, C, 0},
    {HARM_FLIP, PROM_MESSAGE_PARTIALS, C, W, 0},       {HARM_FLIP, PROM_MESSAGE_PARTIALS, A, V, 0},
    {HARM_FLIP, PROM_MESSAGE_PARTIALS, V, A + 1, 0},   {HARM_FLIP, PROM_MESSAGE_TX0_SIGNATURES, W, C, 0},
    {HARM_FLIP, PROM_MESSAGE_TX0_SIGNATURES, V, C, 0}, {HARM_FLIP, PROM_MESSAGE_TX0_SIGNATURES, A + 1, C, 0},
};

/* The proposal has places for what others will fill in; V's acceptance has W's h and k_h in it. */
static bool has_unread_bytes(const struct tampering *harmed)
{
    return harmed->kind == PROM_MESSAGE_PROPOSAL || (harmed->kind == PROM_MESSAGE_ACCEPTANCE && harmed->from == V);
}

/* Each of them, harmed in each way at many places: no contract comes to be, and the client is told why. */
static void harmed_messages_end_the_setup(void **state)
{
    static const size_t places[] = {0, 50, 120, 250, 333, 500, 640, 777, 900, 980, 1000};
    for (size_t i = 0; i < COUNT_OF(setup_messages); i++) {
        for (enum harm harm = HARM_FLIP; harm <= HARM_GROW; harm++) {
            for (size_t j = 0; j < (harm == HARM_GROW ? 1 : COUNT_OF(places)); j++) {
                struct tampering tampering = setup_messages[i];
                tampering.harm = harm;
                tampering.at = places[j];
                if (harm == HARM_CUT && tampering.at == 1000) {
                    continue; /* nothing is cut off */
                }
                struct simulation *sim = sim_started(*state, tampering);
                sim_run(sim);
                assert_true(sim->tampered >= 1);
                if (sim->tx_count > 0) { /* harm to what its receiver does not read */
                    assert_true(harm == HARM_FLIP && has_unread_bytes(&tampering));
                    assert_settled(sim);
                } else {
                    assert_setup_ended(sim);
                }
                sim_free(sim);
                assert_int_equal(fixture_free(state), 0);
                assert_int_equal(fixture_make(state), 0);
            }
        }
    }
}

/* Whatever is lost, nothing of anybody's is locked. */
static void lost_messages_lock_nothing(void **state)
{
    for (size_t i = 0; i < COUNT_OF(setup_messages); i++) {
        struct tampering tampering = setup_messages[i];
        tampering.harm = HARM_DROP;
        struct simulation *sim = sim_started(*state, tampering);
        sim_run(sim);
        assert_true(sim->tampered >= 1);
        assert_int_equal(sim->tx_count, 0);
        sim_free(sim);
        assert_int_equal(fixture_free(state), 0);
        assert_int_equal(fixture_make(state), 0);
    }
}

/* Runs to the end of a setup that fails at `actor` for this reason. */
static void ends_because(struct simulation *sim, size_t actor, const char *reason)
{
    sim_run(sim);
    assert_setup_ended(sim);
    if (strstr(sim->actors[actor].reason, reason) == NULL) {
        fail_msg("wanted '...%s...'; got '%s'", reason, sim->actors[actor].reason);
    }
    sim_free(sim);
}

static void proposals_that_do_not_fit_are_refused(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->actors[W].config.reward_min = prom_amount_of(900001); /* its share is 900,000 */
    sim_start(sim);
    ends_because(sim, C, "the worker refused: the reward is less than we work for");

    sim = sim_new_by(*state, 3, 0, PROM_SCHEME_SUMCHECK);
    sim->actors[W].config.memory_max = 1000;
    sim_start(sim);
    ends_because(sim, C, "the worker refused: proving the job may take ");

    sim = sim_new(*state, 3, 0);
    sim->actors[W].config.reward_min = prom_amount_of(900000);
    sim->actors[V].config.reward_min = prom_amount_of(100001);
    sim_start(sim);
    ends_because(sim, C, "the verifier refused: the reward is less than we work for");
}

/* What C proposes, before anybody has heard it. */
static struct simulation *proposing(fixture *test, prom_terms *terms)
{
    struct simulation *sim = sim_new(test, 3, 0);
    sim_start(sim);
    sim_run_until(sim, C, PROM_STAGE_PROPOSED);
    assert_int_equal(sim->actors[W].channel->stage, PROM_STAGE_NEW);
    *terms = sim->actors[C].channel->terms;
    return sim;
}

/* The party gets this proposal from the client, refuses it for that reason, and says so. */
static void party_refuses(struct simulation *sim, size_t party, const prom_terms *terms, const char *reason)
{
    fixture *test = sim->test;
    const struct actor *actor = &sim->actors[party];
    prom_span body;
    assert_ok(prom_terms_write_base(&test->arena, &body, terms, &test->error), &test->error);
    assert_int_equal(sim_tell_as(sim, C, party, PROM_MESSAGE_PROPOSAL, body).category, PROM_CATEGORY_PEER);
    if (strstr(actor->last_fault.sentence, reason) == NULL) {
        fail_msg("wanted '...%s...'; got '%s'", reason, actor->last_fault.sentence);
    }
    assert_int_equal(actor->channel->stage, PROM_STAGE_FAILED);
    assert_int_equal(actor->sent[PROM_MESSAGE_REFUSAL], 1); /* to the client; others it does not know */
    sim_run(sim);
    assert_setup_ended(sim);
    sim_free(sim);
}

static void bad_proposals_are_refused(void **state)
{
    const prom_bytes32 other = named_key(*state, "somebody else", 0).public_key;
    prom_terms terms;
    struct simulation *sim = proposing(*state, &terms);
    terms.parties[W].key = other;
    party_refuses(sim, W, &terms, "the proposal is for somebody else");

    sim = proposing(*state, &terms);
    terms.parties[C].key = other;
    party_refuses(sim, V, &terms, "the proposal names another client than its sender");

    sim = proposing(*state, &terms);
    terms.genesis.bytes[0] ^= 1;
    party_refuses(sim, W, &terms, "a chain that this program does not know");

    sim = proposing(*state, &terms);
    terms.P.t1 = 0;
    party_refuses(sim, W, &terms, "t1 is 0");

    sim = proposing(*state, &terms);
    terms.c = terms.P.w;
    party_refuses(sim, V, &terms, "c is 2000000 sat");

    sim = proposing(*state, &terms);
    terms.job.scheme = 0;
    party_refuses(sim, V, &terms, "the terms name the proof scheme number 0, which this program does not have");
}

/* A proposal counts from the client with whom the channel was begun: nobody else can take its place. */
static void only_the_client_proposes(void **state)
{
    fixture *test = *state;
    const prom_key stranger = named_key(test, "stranger", 0);
    prom_terms terms;
    prom_span body;
    struct simulation *sim = proposing(test, &terms);
    terms.parties[C].key = stranger.public_key;
    assert_ok(prom_terms_write_base(&test->arena, &body, &terms, &test->error), &test->error);
    for (size_t party = W; party <= V; party++) {
        const struct actor *actor = &sim->actors[party];
        assert_int_equal(sim_tell(sim, &stranger.public_key, party, PROM_MESSAGE_PROPOSAL, body).category,
                         PROM_CATEGORY_PEER);
        assert_string_equal(actor->last_fault.sentence, "a stranger may not send a proposal");
        assert_int_equal(actor->sent[PROM_MESSAGE_REFUSAL], 0);
    }
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

/* A worker that could not compute would lose its stake: it refuses what it cannot run. */
static void job_that_cannot_be_run_is_refused(void **state)
{
    fixture *test = *state;
    struct simulation *sim = sim_new(test, 3, 0);
    const uint8_t values[] = {1, 2};
    const prom_batch narrow = {2, 1, values};
    struct actor *client = &sim->actors[C];
    prom_job_bytes job_bytes = sim->job_bytes;
    assert_ok(prom_batch_write(&test->arena, &job_bytes.input, &narrow, &test->error), &test->error);
    sim_start(sim);
    sim_run_until(sim, C, PROM_STAGE_PROPOSED);
    for (size_t i = 0; i < sim->pending_count; i++) { /* a client that has looked after its own payload only */
        free(sim->pending[i].bytes);
    }
    sim->pending_count = 0;
    prom_terms terms = client->channel->terms;
    prom_sha256(&terms.job.input_hash, job_bytes.input);
    terms.job.input_bytes = job_bytes.input.length;
    terms.job.items = 2;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span body;
    prom_span payload;
    assert_ok(prom_terms_write_base(&test->arena, &body, &terms, &test->error), &test->error);
    prom_write_u64(&writer, job_bytes.program.length);
    prom_write_span(&writer, job_bytes.program);
    prom_write_span(&writer, job_bytes.input);
    assert_ok(prom_writer_finish(&writer, &payload, &test->error), &test->error);
    assert_true(prom_is_ok(sim_tell_as(sim, C, W, PROM_MESSAGE_PROPOSAL, body)));
    assert_int_equal(sim_tell_as(sim, C, W, PROM_MESSAGE_PAYLOAD, payload).category, PROM_CATEGORY_PEER);
    assert_non_null(strstr(sim->actors[W].reason, "the input's items have 1 values"));
    sim_free(sim);
}

/* An input that the chain does not confirm, or denies: of each party and of an arbiter. */
static void unconfirmed_inputs_end_the_setup(void **state)
{
    for (size_t coin = 0; coin < 6; coin++) {
        struct simulation *sim = sim_new(*state, 3, 0);
        sim_start(sim);
        sim_run_until(sim, C, PROM_STAGE_AGREED); /* the client has counted the offers before */
        sim->unseen_coin = 1 + coin;
        ends_because(sim, C, "is spent, or in no block");
    }
}

static void coins_that_are_not_as_agreed_end_the_setup(void **state)
{
    fixture *test = *state;
    for (int kind = 0; kind < 4; kind++) {
        struct simulation *sim = sim_new(test, 3, 0);
        const uint32_t snapshot = sim->actors[C].config.proposal.snapshot_height;
        struct chain_coin *coin = &sim->coins[W];
        sim->coins[C].height = snapshot - 1; /* as young as it may be */
        sim->coins[A].height = snapshot - 1;
        if (kind == 0) {
            coin->output.value = prom_amount_subtract(coin->output.value, prom_amount_of(1));
        } else if (kind == 1) {
            coin->output.script = p2tr_script(test, &sim->cast.coin[C].public_key);
        } else {
            coin->height = kind == 2 ? FIRST_HEIGHT + 1 /* no confirmation yet */ : snapshot;
        }
        sim_start(sim);
        ends_because(sim, C, "input 1 of Tx0");
    }
}

static void other_trees_end_the_setup(void **state)
{
    static const size_t receivers[] = {C, W, V};
    for (size_t i = 0; i < COUNT_OF(receivers); i++) {
        struct simulation *sim =
            sim_started(*state, (struct tampering){HARM_FLIP, PROM_MESSAGE_DIGEST, A + 1, receivers[i], 1000});
        ends_because(sim, receivers[i], "has other terms or builds another tree than we");
    }
}

/* A proposal whose time is over, or not yet come, or that would wait for its Tx0 too long. */
static void proposals_have_their_time(void **state)
{
    static const struct {
        int32_t snapshot;
        int32_t draw;
        int32_t deadline;
        const char *reason; /* NULL: it is taken */
    } cases[] = {
        {-1, 3, 30, NULL},
        {0, 3, 30, "the tip is 115, and at least 116 is needed"},
        {-1, 2, 30, "the height of the draw's block is 117, and at least 118 is needed"},
        {-1, 3, 5, "the height of the setup's deadline is 120, and at least 121 is needed"},
        {-1, 3, 145, "the height of the setup's deadline is 260, and at most 259"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct simulation *sim = sim_new(*state, 3, 0);
        prom_terms *proposal = &sim->actors[C].config.proposal;
        proposal->snapshot_height = (uint32_t)(FIRST_HEIGHT + cases[i].snapshot);
        proposal->draw_height = (uint32_t)(FIRST_HEIGHT + cases[i].draw);
        proposal->setup_deadline = (uint32_t)(FIRST_HEIGHT + cases[i].deadline);
        sim_start(sim);
        sim_run_until(sim, W, PROM_STAGE_NEW);
        const prom_terms *own = &sim->actors[C].config.proposal;
        prom_terms terms = *own;
        prom_span body;
        terms.parties[C] = sim->actors[C].config.party;
        terms.parties[W].key = sim->actors[W].key->public_key;
        terms.parties[V].key = sim->actors[V].key->public_key;
        assert_ok(prom_terms_write_base(&sim->test->arena, &body, &terms, &sim->test->error), &sim->test->error);
        const prom_result taken = sim_tell_as(sim, C, W, PROM_MESSAGE_PROPOSAL, body);
        assert_int_equal(taken.category, cases[i].reason == NULL ? PROM_CATEGORY_OK : PROM_CATEGORY_PEER);
        if (cases[i].reason != NULL) {
            if (strstr(sim->actors[W].last_fault.sentence, cases[i].reason) == NULL) {
                fail_msg("wanted '%s'; got '%s'", cases[i].reason, sim->actors[W].last_fault.sentence);
            }
            sim_run(sim); /* the client does not begin with it, either */
            assert_non_null(strstr(sim->actors[C].reason, cases[i].reason));
            assert_int_equal(sim->actors[C].sent[PROM_MESSAGE_PROPOSAL], 0);
        }
        sim_free(sim);
        assert_int_equal(fixture_free(state), 0);
        assert_int_equal(fixture_make(state), 0);
    }
}

/* A package that the terms do not allow could never be delivered: nobody takes such a job. */
static void package_must_fit_the_terms(void **state)
{
    struct simulation *sim = sim_new(*state, 3, 0);
    sim->actors[C].config.proposal.package_max = 200;
    sim_start(sim);
    sim_run(sim);
    assert_setup_ended(sim);
    assert_non_null(strstr(sim->actors[C].reason, "the package may have"));
    sim_free(sim);
}

/* A setup that is not through by its deadline is over for all who have not signed Tx0. */
static void setup_ends_at_its_deadline(void **state)
{
    struct simulation *sim = sim_started(*state, (struct tampering){HARM_DROP, PROM_MESSAGE_TERMS, C, V, 0});
    sim_run_until(sim, C, PROM_STAGE_AGREED);
    sim_run(sim);
    assert_setup_ended(sim);
    assert_non_null(strstr(sim->actors[C].reason, "by its deadline"));
    sim_free(sim);
}

/* As many coins and arbiters as there can be: all that one step asks for has room. */
static void largest_contract_has_room(void **state)
{
    fixture *test = *state;
    struct simulation *sim = sim_new(test, PROM_ARBITERS_MAX, 0);
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        prom_party_terms *terms = &sim->actors[party].config.party;
        terms->coin_count = PROM_COINS_MAX;
        for (size_t i = 1; i < PROM_COINS_MAX; i++) {
            terms->coins[i] = terms->coins[0];
            terms->coins[i].outpoint.index += (uint32_t)(100 * i);
            const prom_tx_output output = {terms->coins[i].value, p2tr_script(test, &terms->coins[i].key)};
            sim_add_coin(sim, &terms->coins[i].outpoint, &output, COIN_HEIGHT);
        }
    }
    sim_start(sim);
    sim_run(sim);
    assert_settled(sim);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(harmed_messages_end_the_setup),
        FIXTURE_TEST(lost_messages_lock_nothing),
        FIXTURE_TEST(proposals_that_do_not_fit_are_refused),
        FIXTURE_TEST(bad_proposals_are_refused),
        FIXTURE_TEST(only_the_client_proposes),
        FIXTURE_TEST(job_that_cannot_be_run_is_refused),
        FIXTURE_TEST(unconfirmed_inputs_end_the_setup),
        FIXTURE_TEST(coins_that_are_not_as_agreed_end_the_setup),
        FIXTURE_TEST(other_trees_end_the_setup),
        FIXTURE_TEST(proposals_have_their_time),
        FIXTURE_TEST(package_must_fit_the_terms),
        FIXTURE_TEST(setup_ends_at_its_deadline),
        FIXTURE_TEST(largest_contract_has_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
