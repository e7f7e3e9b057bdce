/* The signer of a party: keys, a journal, secret nonces in memory alone. */
#include <string.h>

#include "prometheus/crypto/chilldkg.h"
#include "prometheus/crypto/hash.h"
#include "sim.h"

/* False when another hash was signed for the purpose and detail already. */
static bool note_in_journal(sim_run *run, sim_party *party, const prom_want *want)
{
    const sim_said it = {want->as.sign.purpose, want->batch, want->as.sign.detail, want->as.sign.hash};
    for (size_t i = 0; i < party->said_count; i++) {
        const sim_said *other = &party->said[i];
        if (other->purpose == it.purpose && other->batch == it.batch &&
            prom_bytes32_equal(&other->detail, &it.detail)) {
            return prom_bytes32_equal(&other->hash, &it.hash);
        }
    }
    if (party->said_count == SIM_SAID_MAX) {
        prom_sim_fail(run, "the journal of place %zu is full", party->place);
        return false;
    }
    party->said[party->said_count++] = it;
    return true;
}

static void sign_words(sim_run *run, sim_party *party, const prom_want *want)
{
    prom_error error = {{0}};
    prom_reception reception;
    const prom_bytes32 auxiliary = {{0}};
    prom_event event = {
        .kind = PROM_EVENT_SIGNED,
        .as.signed_ = {.purpose = want->as.sign.purpose, .batch = want->batch, .hash = want->as.sign.hash}};
    if (!note_in_journal(run, party, want)) {
        if (party->honest) {
            prom_sim_fail(run, "place %zu is to sign a second, different statement", party->place);
        }
        return;
    }
    NEED(prom_sign(run->world->curve, &event.as.signed_.signature, &want->as.sign.hash,
                   &run->world->keys[party->place].words, &auxiliary, &error),
         &error);
    prom_sim_claim_signed(run, party, want);
    if (!prom_sim_party_step(run, party, &event, &reception) && !run->failed) {
        prom_sim_party_restart(run, party);
    }
}

/* -- FROST -- */

static void name_of(prom_bytes32 *name, const prom_frost_nonce *nonce)
{
    prom_sha256(name, prom_span_of(nonce->first.bytes, sizeof *nonce));
}

/* The oldest makes room. */
static void make_nonce(sim_run *run, sim_party *party, prom_frost_nonce *nonce)
{
    const prom_frost_nonce_input input = {0};
    prom_error error = {{0}};
    prom_bytes32 randomness = {{1}};
    sim_secret_nonce *slot = &party->nonces[party->nonce_count++ % SIM_NONCES_MAX];
    const uint64_t roll = sim_roll(&run->dice);
    for (size_t i = 0; i < sizeof roll; i++) {
        randomness.bytes[8 + i] = (uint8_t)(roll >> 8 * i);
    }
    randomness.bytes[1] = (uint8_t)party->place;
    NEED(prom_frost_nonce_new(run->world->curve, &slot->secret, nonce, &randomness, &input, &error), &error);
    name_of(&slot->name, nonce);
}

static prom_result make_share(sim_run *run, sim_party *party, const prom_want_sign *want, prom_bytes32 *share,
                              prom_error *error)
{
    const sim_world *world = run->world;
    prom_frost_session *session = NULL;
    prom_dkg_output output;
    prom_dkg_session dkg;
    sim_secret_nonce *secret = NULL;
    for (size_t i = 0; i < SIM_NONCES_MAX; i++) {
        secret = prom_bytes32_equal(&party->nonces[i].name, &want->detail) ? &party->nonces[i] : secret;
    }
    if (secret == NULL) {
        return prom_fail(error, PROM_CATEGORY_IO, "the nonce of a session is gone");
    }
    PROM_TRY(prom_decision_open(party->channel, &party->step, &session, want->session, error));
    PROM_TRY(prom_dkg_recover(&party->step, world->curve, &output, &dkg, &world->keys[party->place].host.secret,
                              party->channel->facts.kept[PROM_KEPT_RECOVERY], error));
    const prom_result made = prom_frost_sign(world->curve, share, &secret->secret, session,
                                             (uint32_t)(party->place - PLACE_A), &output.secret_share, error);
    memset(secret, 0, sizeof *secret);
    return made;
}

/* What is not a signature of a hash. */
static void sign_other(sim_run *run, sim_party *party, const prom_want *want)
{
    prom_frost_nonce nonce;
    prom_bytes32 made;
    prom_error error = {{0}};
    prom_reception reception;
    prom_event event = {
        .kind = PROM_EVENT_SIGNED,
        .as.signed_ = {.purpose = want->as.sign.purpose, .batch = want->batch, .hash = want->as.sign.hash}};
    if (want->as.sign.purpose == PROM_PURPOSE_FROST_NONCE) {
        make_nonce(run, party, &nonce);
        event.as.signed_.bytes = prom_span_of(nonce.first.bytes, sizeof nonce);
    } else if (want->as.sign.purpose == PROM_PURPOSE_KEY) {
        made = run->world->secrets.h_p;
        event.as.signed_.bytes = prom_span_of32(&made);
    } else if (want->as.sign.purpose == PROM_PURPOSE_VOTE_NONCE) {
        made = prom_sim_named("nonce of the vote", party->place);
        event.as.signed_.bytes = prom_span_of32(&made);
    } else {
        if (!prom_is_ok(make_share(run, party, &want->as.sign, &made, &error))) {
            prom_sim_note(run, party->place, "no share", "%s", error.sentence);
            return;
        }
        event.as.signed_.bytes = prom_span_of32(&made);
    }
    if (!prom_sim_party_step(run, party, &event, &reception) && !run->failed) {
        prom_sim_party_restart(run, party);
    }
}

void prom_sim_sign(sim_run *run, sim_party *party, const prom_want *want)
{
    const prom_purpose purpose = want->as.sign.purpose;
    if (party->honest && party->restored && purpose != PROM_PURPOSE_KEY) { /* h_p is no signature */
        prom_sim_fail(run, "place %zu was restored from a backup and is to sign for purpose %d", party->place,
                      (int)purpose);
        return;
    }
    if (purpose == PROM_PURPOSE_FROST_NONCE || purpose == PROM_PURPOSE_FROST_SHARE ||
        purpose == PROM_PURPOSE_VOTE_NONCE || purpose == PROM_PURPOSE_KEY) {
        sign_other(run, party, want);
    } else {
        sign_words(run, party, want);
    }
}
