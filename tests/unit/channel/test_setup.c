#include "channel/simulation.h"

enum { ANYBODY = ACTORS_MAX, W = PROM_PARTY_W, V = PROM_PARTY_V, C = PROM_PARTY_C, A = FIRST_ARBITER };

static struct simulation *started(fixture *test, struct tampering tampering)
{
    struct simulation *sim = sim_new(test, 3, 0);
    sim->tampering = tampering;
    sim_start(sim);
    return sim;
}

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
                struct simulation *sim = started(*state, tampering);
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
        struct simulation *sim = started(*state, tampering);
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
    const prom_bytes32 other = named_key(*state, "somebody else", 0).public_key;
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

    sim = sim_new(*state, 3, 0);
    sim_start(sim);
    sim_run_until(sim, C, PROM_STAGE_PROPOSED);
    prom_span body;
    const prom_terms proposed = sim->actors[C].channel->terms;
    prom_terms terms = proposed;
    terms.parties[C].key = other; /* as whom we speak from here on: nobody whom an answer would harm */
    terms.parties[W].key = other;
    assert_ok(prom_terms_write_base(&sim->test->arena, &body, &terms, &sim->test->error), &sim->test->error);
    assert_int_equal(sim_tell(sim, &other, W, PROM_MESSAGE_PROPOSAL, body).category, PROM_CATEGORY_PEER);
    assert_string_equal(sim->actors[W].last_fault.sentence, "the proposal is for somebody else");
    assert_ok(prom_terms_write_base(&sim->test->arena, &body, &proposed, &sim->test->error), &sim->test->error);
    assert_int_equal(sim_tell(sim, &other, V, PROM_MESSAGE_PROPOSAL, body).category, PROM_CATEGORY_PEER);
    assert_string_equal(sim->actors[V].last_fault.sentence, "the proposal names another client than its sender");
    terms = proposed;
    terms.parties[C].key = other;
    terms.genesis.bytes[0] ^= 1;
    assert_ok(prom_terms_write_base(&sim->test->arena, &body, &terms, &sim->test->error), &sim->test->error);
    assert_int_equal(sim_tell(sim, &other, W, PROM_MESSAGE_PROPOSAL, body).category, PROM_CATEGORY_PEER);
    assert_non_null(strstr(sim->actors[W].last_fault.sentence, "a chain that this program does not know"));
    terms = proposed;
    terms.parties[C].key = other;
    terms.P.t1 = 0;
    assert_ok(prom_terms_write_base(&sim->test->arena, &body, &terms, &sim->test->error), &sim->test->error);
    assert_int_equal(sim_tell(sim, &other, W, PROM_MESSAGE_PROPOSAL, body).category, PROM_CATEGORY_PEER);
    assert_non_null(strstr(sim->actors[W].last_fault.sentence, "t1 is 0"));
    terms = proposed;
    terms.parties[C].key = other;
    terms.c = terms.P.w;
    assert_ok(prom_terms_write_base(&sim->test->arena, &body, &terms, &sim->test->error), &sim->test->error);
    assert_int_equal(sim_tell(sim, &other, W, PROM_MESSAGE_PROPOSAL, body).category, PROM_CATEGORY_PEER);
    assert_non_null(strstr(sim->actors[W].last_fault.sentence, "c is 2000000 sat"));
    assert_int_equal(sim->actors[W].channel->stage, PROM_STAGE_NEW); /* none of it has ended anything */
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
        ends_because(sim, C, "is spent, unconfirmed, or not what");
    }
}

static void coins_that_are_not_as_agreed_end_the_setup(void **state)
{
    fixture *test = *state;
    for (int kind = 0; kind < 3; kind++) {
        struct simulation *sim = sim_new(test, 3, 0);
        struct chain_coin *coin = &sim->coins[W];
        if (kind == 0) {
            coin->output.value = prom_amount_subtract(coin->output.value, prom_amount_of(1));
        } else if (kind == 1) {
            coin->output.script = p2tr_script(test, &sim->cast.coin[C].public_key);
        } else {
            coin->height = FIRST_HEIGHT + 1; /* no confirmation yet */
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
            started(*state, (struct tampering){HARM_FLIP, PROM_MESSAGE_DIGEST, A + 1, receivers[i], 1000});
        ends_because(sim, receivers[i], "has other terms or builds another tree than we");
    }
}

/* Terms that are valid, but not those that the worker accepted: a client that changes its mind. */
static void other_terms_end_the_setup(void **state)
{
    fixture *test = *state;
    for (size_t kind = 0; kind < 4; kind++) {
        struct simulation *sim = started(test, (struct tampering){HARM_DROP, PROM_MESSAGE_TERMS, C, ANYBODY, 0});
        sim_run_until(sim, C, PROM_STAGE_AGREED);
        prom_terms terms = sim->actors[C].channel->terms;
        if (kind == 0) {
            terms.c = prom_amount_of(900000);
        } else if (kind == 1) {
            terms.h = named("another h", 0);
        } else if (kind == 2) {
            terms.parties[W].payout = sim->cast.party[C].public_key;
        } else {
            terms.parties[V].key = named_key(test, "another verifier", 0).public_key;
        }
        prom_span body;
        assert_ok(prom_terms_write(&test->arena, &body, &terms, &test->error), &test->error);
        sim_run_until(sim, W, PROM_STAGE_ACCEPTED);
        assert_int_equal(sim_tell_as(sim, C, W, PROM_MESSAGE_TERMS, body).category, PROM_CATEGORY_PEER);
        assert_string_equal(sim->actors[W].reason, "the full terms are not those that we accepted");
        sim_free(sim);
    }
}

/* An arbiter whose key generation is done and whose terms were lost; the client's terms are `terms`. */
static struct simulation *keyed_arbiter(fixture *test, prom_terms *terms)
{
    struct simulation *sim = started(test, (struct tampering){HARM_DROP, PROM_MESSAGE_TERMS, C, A, 0});
    sim_run_until(sim, A, PROM_STAGE_KEYED);
    sim_run_until(sim, C, PROM_STAGE_AGREED);
    *terms = sim->actors[C].channel->terms;
    return sim;
}

/* The arbiter is told these terms by `from`, and refuses them for that reason. */
static void arbiter_refuses(struct simulation *sim, size_t from, const prom_terms *terms, const char *reason)
{
    fixture *test = sim->test;
    prom_span body;
    assert_ok(prom_terms_write(&test->arena, &body, terms, &test->error), &test->error);
    assert_int_equal(sim_tell_as(sim, from, A, PROM_MESSAGE_TERMS, body).category, PROM_CATEGORY_PEER);
    assert_string_equal(sim->actors[A].last_fault.sentence, reason);
    assert_true(sim->actors[A].sent[PROM_MESSAGE_REFUSAL] > 0);
    sim_free(sim);
}

static void arbiter_takes_only_its_own_offer(void **state)
{
    static const char *const not_ours = "the terms do not hold our offer and our keys as we announced them";
    prom_terms terms;
    size_t own = 0;
    struct simulation *sim = keyed_arbiter(*state, &terms);
    while (own < 2 && !prom_bytes32_equal(&terms.arbiters[own].key, &sim->cast.arbiter[0].public_key)) {
        own++; /* offers are seated by outpoint */
    }
    terms.arbiters[own].payout = named_key(*state, "the client's", 0).public_key; /* it would keep the stake */
    arbiter_refuses(sim, C, &terms, not_ours);

    sim = keyed_arbiter(*state, &terms);
    terms.arbiters[own].joint_key = named_key(*state, "the client's", 0).public_key; /* into ALL in our place */
    arbiter_refuses(sim, C, &terms, not_ours);

    sim = keyed_arbiter(*state, &terms);
    terms.retainer = prom_amount_subtract(terms.retainer, prom_amount_of(1));
    arbiter_refuses(sim, C, &terms, "the retainer is 4999 sat, and we asked for at least 5000");

    sim = keyed_arbiter(*state, &terms);
    terms.setup_deadline = FIRST_HEIGHT + 144; /* the farthest */
    sim->actors[A].channel->tip = FIRST_HEIGHT - 1;
    arbiter_refuses(sim, C, &terms, "the setup's deadline is height 259, and at most 258 is taken: the tip and 144");

    sim = keyed_arbiter(*state, &terms);
    terms.p_txid.bytes[0] ^= 1; /* another P */
    arbiter_refuses(sim, C, &terms, not_ours);

    sim = keyed_arbiter(*state, &terms);
    terms.P.epsilon++; /* worse for us than what we offered for */
    arbiter_refuses(sim, C, &terms, "the terms hold another P than our offer was made for");

    sim = keyed_arbiter(*state, &terms);
    terms.Y = named_key(*state, "the client's", 0).public_key; /* a key that the client alone could sign by */
    arbiter_refuses(sim, C, &terms, "the terms name another joint key, or other arbiters, than the key was made with");

    sim = keyed_arbiter(*state, &terms);
    arbiter_refuses(sim, W, &terms, "the terms name another client than their sender");

    sim = keyed_arbiter(*state, &terms); /* a stranger that copies all, and would be the client */
    const prom_key stranger = named_key(*state, "stranger", 0);
    prom_span body;
    terms.parties[C].key = stranger.public_key;
    assert_ok(prom_terms_write(&sim->test->arena, &body, &terms, &sim->test->error), &sim->test->error);
    assert_int_equal(sim_tell(sim, &stranger.public_key, A, PROM_MESSAGE_TERMS, body).category, PROM_CATEGORY_PEER);
    assert_string_equal(sim->actors[A].last_fault.sentence, "the terms do not come from who led the key generation");
    assert_int_equal(sim->actors[A].channel->stage, PROM_STAGE_KEYED);
    sim_free(sim);
}

/* The first bytes of a key generation: k, n and the arbiters' keys. */
static prom_span session_body(struct simulation *sim, uint8_t k, uint8_t n, size_t last)
{
    fixture *test = sim->test;
    prom_writer writer = prom_writer_in(&test->arena);
    prom_span body;
    prom_write_u8(&writer, PROM_KEYGEN_SESSION);
    prom_write_u8(&writer, k);
    prom_write_u8(&writer, n);
    for (size_t i = 0; i < n; i++) {
        const size_t seat = i + 1 < n ? i : last;
        prom_write_bytes32(&writer, &sim->actors[FIRST_ARBITER + seat].host.public_key);
    }
    assert_ok(prom_writer_finish(&writer, &body, &test->error), &test->error);
    return body;
}

/* Whoever leads the key generation cannot choose how many, or who, hold the key; and each step comes once, in turn. */
static void arbiter_takes_part_in_its_own_key_alone(void **state)
{
    const uint8_t certificate[] = {PROM_KEYGEN_CERTIFICATE};
    struct simulation *sim = started(*state, (struct tampering){HARM_DROP, PROM_MESSAGE_KEYGEN, C, ANYBODY, 0});
    const uint8_t k = (uint8_t)prom_parameters_quorum(&sim->actors[A].config.P);
    const prom_span wrong[] = {
        session_body(sim, (uint8_t)(k - 1), 3, 2), session_body(sim, k, 2, 1),
        session_body(sim, k, 3, 0), /* the one in the last seat is not in it */
    };
    const size_t last[] = {A, A, A + 2};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(sim_tell_as(sim, C, last[i], PROM_MESSAGE_KEYGEN, wrong[i]).category, PROM_CATEGORY_PEER);
        assert_string_equal(sim->actors[last[i]].last_fault.sentence,
                            "a key generation is not for the k and n of our P, and us");
    }
    assert_true(prom_is_ok(sim_tell_as(sim, C, A, PROM_MESSAGE_KEYGEN, session_body(sim, k, 3, 2))));
    while (sim_step(sim)) { /* its own step */
    }
    assert_int_equal(
        sim_tell_as(sim, C, A, PROM_MESSAGE_KEYGEN, prom_span_of(certificate, sizeof certificate)).category,
        PROM_CATEGORY_PEER);
    assert_string_equal(sim->actors[A].last_fault.sentence, "a message of the key generation came out of turn");
    sim_free(sim);
}

/* Terms that are honest and not for us: of W and V by the proposal, of an arbiter by the full terms. */
static void terms_are_for_our_chain_and_purse(void **state)
{
    static const char *const reasons[] = {"the terms are for another chain than ours",
                                          "the feerate in sat/vB is 2, and at most 1 is allowed",
                                          "a contract with varsigma below 1 is not yet supported",
                                          "and at most 100 is allowed",
                                          "is 1048576, and at most 1048575 is allowed",
                                          "stands in another contract already"};
    static const size_t who[] = {W, V, A + 1};
    for (size_t i = 0; i < COUNT_OF(reasons) * COUNT_OF(who); i++) {
        struct simulation *sim = sim_new(*state, 3, 0);
        struct actor *actor = &sim->actors[who[i % COUNT_OF(who)]];
        prom_channel_config *client = &sim->actors[C].config;
        prom_parameters P = client->proposal.P;
        prom_bytes32 seen[] = {named("elsewhere", 0), named("elsewhere", 1)};
        prom_sha256(&seen[1], prom_span_of32(i % 2 == 0 ? &sim->cast.h_p : &sim->cast.k_p));
        switch (i / COUNT_OF(who)) {
        case 0:
            actor->config.genesis = prom_chain_parameters_by_name("main")->genesis;
            break;
        case 1:
            actor->config.limits.feerate = client->proposal.feerate - 1;
            break;
        case 2:
            P.varsigma = 5000;
            sim_set_parameters(sim, &P);
            break;
        case 3:
            actor->config.limits.payload_bytes = 100;
            break;
        case 4:
            actor->config.limits.package_bytes = client->proposal.package_max - 1;
            break;
        default:
            actor->config.seen = seen;
            actor->config.seen_count = COUNT_OF(seen);
        }
        sim_start(sim);
        sim_run(sim);
        assert_setup_ended(sim);
        if (strstr(sim->actors[C].reason, reasons[i / COUNT_OF(who)]) == NULL) {
            fail_msg("wanted '...%s...'; got '%s'", reasons[i / COUNT_OF(who)], sim->actors[C].reason);
        }
        sim_free(sim);
        assert_int_equal(fixture_free(state), 0);
        assert_int_equal(fixture_make(state), 0);
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

/* Terms whose proof scheme this program does not have: nobody takes them, whoever else has. */
static void unknown_schemes_are_refused(void **state)
{
    fixture *test = *state;
    prom_terms terms;
    struct simulation *sim = keyed_arbiter(test, &terms);
    terms.job.scheme = 999;
    arbiter_refuses(sim, C, &terms, "the terms name the proof scheme number 999, which this program does not have");
    sim = sim_new(test, 3, 0);
    sim_start(sim);
    sim_run_until(sim, C, PROM_STAGE_PROPOSED);
    prom_span body;
    terms = sim->actors[C].channel->terms;
    terms.job.scheme = 0;
    assert_ok(prom_terms_write_base(&test->arena, &body, &terms, &test->error), &test->error);
    assert_int_equal(sim_tell_as(sim, C, V, PROM_MESSAGE_PROPOSAL, body).category, PROM_CATEGORY_PEER);
    assert_non_null(strstr(sim->actors[V].last_fault.sentence, "the proof scheme number 0"));
    sim_free(sim);
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
    struct simulation *sim = started(*state, (struct tampering){HARM_DROP, PROM_MESSAGE_TERMS, C, V, 0});
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
            sim_add_coin(sim, &terms->coins[i].outpoint, &output, FIRST_HEIGHT);
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
        FIXTURE_TEST(job_that_cannot_be_run_is_refused),
        FIXTURE_TEST(unconfirmed_inputs_end_the_setup),
        FIXTURE_TEST(coins_that_are_not_as_agreed_end_the_setup),
        FIXTURE_TEST(other_trees_end_the_setup),
        FIXTURE_TEST(other_terms_end_the_setup),
        FIXTURE_TEST(arbiter_takes_only_its_own_offer),
        FIXTURE_TEST(arbiter_takes_part_in_its_own_key_alone),
        FIXTURE_TEST(terms_are_for_our_chain_and_purse),
        FIXTURE_TEST(proposals_have_their_time),
        FIXTURE_TEST(unknown_schemes_are_refused),
        FIXTURE_TEST(package_must_fit_the_terms),
        FIXTURE_TEST(setup_ends_at_its_deadline),
        FIXTURE_TEST(largest_contract_has_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
