#include "channel/simulation.h"

enum { ANYBODY = ACTORS_MAX, W = PROM_PARTY_W, V = PROM_PARTY_V, C = PROM_PARTY_C, A = FIRST_ARBITER };

/* Terms that are valid, but not those that the worker accepted: a client that changes its mind. */
static void other_terms_end_the_setup(void **state)
{
    fixture *test = *state;
    for (size_t kind = 0; kind < 4; kind++) {
        struct simulation *sim = sim_started(test, (struct tampering){HARM_DROP, PROM_MESSAGE_TERMS, C, ANYBODY, 0});
        sim_run_until(sim, C, PROM_STAGE_AGREED);
        prom_terms terms = sim->actors[C].channel->terms;
        if (kind == 0) {
            terms.c = prom_amount_of(900000);
        } else if (kind == 1) {
            terms.h = named("another h", 0);
        } else if (kind == 2) {
            terms.parties[W].payout = named_key(test, "the client's", 0).public_key;
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
    struct simulation *sim = sim_started(test, (struct tampering){HARM_DROP, PROM_MESSAGE_TERMS, C, A, 0});
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
    arbiter_refuses(
        sim, C, &terms,
        "the height of the setup's deadline is 259, and at most 258 is allowed: the tip and the time a setup "
        "may take");

    sim = keyed_arbiter(*state, &terms); /* and not too near */
    sim->actors[A].channel->tip = terms.setup_deadline - 1;
    arbiter_refuses(sim, C, &terms,
                    "the height of the setup's deadline is 145, and at least 146 is needed: the tip and s: no time is "
                    "left to publish Tx0");

    sim = keyed_arbiter(*state, &terms);
    terms.p_txid.bytes[0] ^= 1; /* another P */
    arbiter_refuses(sim, C, &terms, "the terms hold another P than the one on the chain that we work on");

    sim = keyed_arbiter(*state, &terms);
    terms.P.epsilon++; /* worse for us than what we offered for */
    arbiter_refuses(sim, C, &terms, "the terms hold another P than the one on the chain that we work on");

    sim = keyed_arbiter(*state, &terms);
    terms.Y = named_key(*state, "the client's", 0).public_key; /* a key that the client alone could sign by */
    arbiter_refuses(sim, C, &terms, "the terms name another joint key, or other arbiters, than the key was made with");

    sim = keyed_arbiter(*state, &terms);
    terms.parties[C].key = named_key(*state, "another client", 0).public_key;
    arbiter_refuses(sim, C, &terms, "the terms name another client than their sender");

    sim = keyed_arbiter(*state, &terms); /* a stranger that copies all, and would be the client */
    const prom_key stranger = named_key(*state, "stranger", 0);
    prom_span body;
    terms.parties[C].key = stranger.public_key;
    assert_ok(prom_terms_write(&sim->test->arena, &body, &terms, &sim->test->error), &sim->test->error);
    assert_int_equal(sim_tell(sim, &stranger.public_key, A, PROM_MESSAGE_TERMS, body).category, PROM_CATEGORY_PEER);
    assert_string_equal(sim->actors[A].last_fault.sentence, "a stranger may not send a terms");
    assert_int_equal(sim->actors[A].channel->stage, PROM_STAGE_KEYED);
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

/* Terms whose proof scheme this program does not have: an arbiter could not judge the package. */
static void arbiter_has_the_scheme(void **state)
{
    prom_terms terms;
    struct simulation *sim = keyed_arbiter(*state, &terms);
    terms.job.scheme = 999;
    arbiter_refuses(sim, C, &terms, "the terms name the proof scheme number 999, which this program does not have");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(other_terms_end_the_setup),
        FIXTURE_TEST(arbiter_takes_only_its_own_offer),
        FIXTURE_TEST(arbiter_has_the_scheme),
        FIXTURE_TEST(terms_are_for_our_chain_and_purse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
