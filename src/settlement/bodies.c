/* Program, input and packages: what is fetched from whom, and what is done with it once it is here. Bodies are named by
 * hash, and whoever fetches checks that; so it does not matter who serves them. */
#include <stdio.h>
#include <string.h>

#include "prometheus/crypto/hash.h"
#include "settlement/settlement.h"

static prom_case case_of(const prom_channel *channel, uint16_t batch)
{
    return prom_batch_case(channel, batch, &channel->facts.batches[batch].evidence.statements);
}

static prom_body_kind kind_of(prom_round round)
{
    return round == PROM_ROUND_B ? PROM_BODY_PACKAGE_B : PROM_BODY_PACKAGE_A;
}

static prom_round round_of(prom_body_kind kind)
{
    return kind == PROM_BODY_PACKAGE_B ? PROM_ROUND_B : PROM_ROUND_A;
}

/* -- W's packages -- */

/* protocol 3: what W has not signed, and what it has signed two of, nobody verifies or receipts. C has paid, so it
 * tries all that W signed until one is good: else W could keep the result from it by a second signature. */
static bool is_looked_for(const prom_channel *channel, uint16_t batch, prom_round round, const prom_bytes32 *hash)
{
    const prom_case known = case_of(channel, batch);
    const prom_attestation *package = prom_case_package(&known, round);
    if (channel->facts.role == PROM_ROLE_CLIENT) {
        return prom_result_may_be(channel, batch, round, hash);
    }
    return package != NULL && prom_bytes32_equal(&package->as.package.hash, hash);
}

bool prom_package_at_hand(const prom_channel *channel, uint16_t batch, prom_round round)
{
    const prom_body *body = &channel->facts.batches[batch].evidence.bodies[kind_of(round)];
    return body->here && is_looked_for(channel, batch, round, &body->hash);
}

bool prom_packages_at_hand(const prom_channel *channel, uint16_t batch)
{
    const prom_case known = case_of(channel, batch);
    return prom_package_at_hand(channel, batch, PROM_ROUND_A) &&
           (!prom_case_samples(&known) || prom_package_at_hand(channel, batch, PROM_ROUND_B));
}

void prom_packages_subject(const prom_channel *channel, uint16_t batch, prom_bytes32 *subject)
{
    const prom_case known = case_of(channel, batch);
    const prom_body *bodies = channel->facts.batches[batch].evidence.bodies;
    uint8_t both[2 * sizeof(prom_bytes32)];
    *subject = bodies[PROM_BODY_PACKAGE_A].hash;
    if (prom_case_samples(&known)) {
        memcpy(both, subject->bytes, sizeof *subject);
        memcpy(both + sizeof *subject, bodies[PROM_BODY_PACKAGE_B].hash.bytes, sizeof *subject);
        prom_sha256(subject, prom_span_of(both, sizeof both));
    }
}

void prom_keep_reason(char *kept, size_t size, const char *reason)
{
    memset(kept, 0, size);
    (void)snprintf(kept, size, "%s", reason != NULL ? reason : "");
}

/* -- What is fetched -- */

enum { STATES_OPEN = 1 << PROM_MONEY_LOCKED | 1 << PROM_MONEY_ACCUSED | 1 << PROM_MONEY_APPEALED };

/* Who lacks what in which states of the money. */
static const struct lack {
    prom_body_kind what;
    unsigned roles;
    unsigned states;
} lacks[] = {
    {PROM_BODY_PROGRAM, ROLE_W | ROLE_V, 1 << PROM_MONEY_LOCKED}, /* had, and lost: C, W and V begin with them */
    {PROM_BODY_INPUT, ROLE_W | ROLE_V, 1 << PROM_MONEY_LOCKED},
    {PROM_BODY_PROGRAM, ROLE_A, STATES_OPEN},
    {PROM_BODY_INPUT, ROLE_A, STATES_OPEN},
    {PROM_BODY_PROGRAM, ROLE_C, 1 << PROM_MONEY_SETTLED},
    {PROM_BODY_INPUT, ROLE_C, 1 << PROM_MONEY_SETTLED},
    {PROM_BODY_PACKAGE_A, ROLE_V, 1 << PROM_MONEY_LOCKED},
    {PROM_BODY_PACKAGE_B, ROLE_V, 1 << PROM_MONEY_LOCKED},
    {PROM_BODY_PACKAGE_A, ROLE_A, STATES_OPEN},
    {PROM_BODY_PACKAGE_B, ROLE_A, STATES_OPEN},
    {PROM_BODY_PACKAGE_A, ROLE_C, STATES_OPEN | 1 << PROM_MONEY_SETTLED},
    {PROM_BODY_PACKAGE_B, ROLE_C, STATES_OPEN | 1 << PROM_MONEY_SETTLED},
};

/* Who should have the package: W, V, and arbiters by their receipts. All arbiters are asked where they may have what
 * they have no receipt for, and by C, which is told by one that gave it. */
static uint32_t package_places(const struct step *step, uint16_t batch, prom_round round, const prom_bytes32 *hash)
{
    const prom_channel *channel = step->channel;
    const prom_case known = case_of(channel, batch);
    const uint32_t parties = UINT32_C(1) << PROM_PARTY_W | UINT32_C(1) << PROM_PARTY_V;
    const bool all = channel->facts.role == PROM_ROLE_CLIENT ||
                     prom_money_state_of(&channel->facts, batch) != PROM_MONEY_LOCKED ||
                     prom_window_is_over(step, batch, PROM_DEADLINE_RECEIPT);
    return parties | (all ? prom_places_arbiters(channel) : prom_case_receipts(&known, round, hash) << PROM_PARTIES);
}

static prom_result add_fetch(struct step *step, prom_wants *wants, uint16_t batch, const prom_want_fetch *fetch)
{
    prom_want want = {.kind = PROM_WANT_FETCH, .batch = batch, .as.fetch = *fetch};
    want.as.fetch.places &= (uint16_t) ~(1U << step->channel->place);
    return prom_want_add(step, wants, &want);
}

/* C, W and V should have them; C, whose own are lost, may find W and V gone. */
static prom_result want_job_body(struct step *step, prom_wants *wants, uint16_t batch, prom_body_kind what)
{
    const prom_job *job = &step->channel->terms.job;
    const bool program = what == PROM_BODY_PROGRAM;
    const bool all = step->facts->role == PROM_ROLE_CLIENT;
    const prom_want_fetch fetch = {.what = what,
                                   .hash = program ? job->program_digest : job->input_hash,
                                   .length = program ? job->program_bytes : job->input_bytes,
                                   .places = (uint16_t)(all ? prom_places_all(step->channel) : FROM_PARTIES)};
    if (step->facts->batches[batch].evidence.bodies[what].here ||
        !prom_window_is_open(step, batch, PROM_DEADLINE_COMPUTE)) {
        return prom_ok();
    }
    return add_fetch(step, wants, batch, &fetch);
}

static prom_result want_package(struct step *step, prom_wants *wants, uint16_t batch, prom_round round)
{
    const prom_evidence *statements = &step->facts->batches[batch].evidence.statements;
    for (size_t i = 0; i < statements->count && !prom_package_at_hand(step->channel, batch, round); i++) {
        const prom_attestation *said = &statements->list[i];
        if (said->kind == PROM_ATTESTATION_PACKAGE && said->as.package.round == round &&
            is_looked_for(step->channel, batch, round, &said->as.package.hash)) {
            const prom_want_fetch fetch = {.what = kind_of(round),
                                           .hash = said->as.package.hash,
                                           .length = step->channel->terms.package_max,
                                           .places =
                                               (uint16_t)package_places(step, batch, round, &said->as.package.hash)};
            PROM_TRY(add_fetch(step, wants, batch, &fetch));
        }
    }
    return prom_ok();
}

/* Once all is settled C still needs what h_p opens, and nothing when nobody has shown h_p. */
static bool is_lacking(const struct step *step, uint16_t batch, const struct lack *lack)
{
    const prom_money_state state = prom_money_state_of(step->facts, batch);
    return (lack->roles & 1U << step->facts->role) != 0 && (lack->states & 1U << state) != 0 &&
           (state != PROM_MONEY_SETTLED || step->facts->batches[batch].money.key_known);
}

static prom_result want_bodies(struct step *step, prom_wants *wants, uint16_t batch)
{
    for (size_t i = 0; i < sizeof lacks / sizeof lacks[0]; i++) {
        const prom_body_kind what = lacks[i].what;
        if (is_lacking(step, batch, &lacks[i])) {
            PROM_TRY(what <= PROM_BODY_INPUT ? want_job_body(step, wants, batch, what)
                                             : want_package(step, wants, batch, round_of(what)));
        }
    }
    return prom_ok();
}

prom_result prom_want_bodies(struct step *step, prom_wants *wants)
{
    for (size_t batch = 0; batch < step->facts->batch_count; batch++) {
        PROM_TRY(want_bodies(step, wants, (uint16_t)batch));
    }
    return prom_ok();
}

prom_result prom_want_add_job(struct step *step, prom_wants *wants, uint16_t batch, prom_job_kind job,
                              const prom_bytes32 *subject)
{
    const prom_want want = {.kind = PROM_WANT_JOB, .batch = batch, .as.job = {.job = job, .subject = *subject}};
    return prom_want_add(step, wants, &want);
}

/* -- What has come -- */

/* Whether a body of that name is one that we lack. Before the full terms there is a job by the base terms alone. */
static bool is_asked_for(const prom_channel *channel, uint16_t batch, prom_body_kind what, const prom_bytes32 *hash)
{
    const prom_job *job = &channel->terms.job;
    if (channel->facts.batches[batch].evidence.bodies[what].here && what <= PROM_BODY_INPUT) {
        return false;
    }
    if (what <= PROM_BODY_INPUT) {
        return prom_bytes32_equal(hash, what == PROM_BODY_PROGRAM ? &job->program_digest : &job->input_hash);
    }
    const prom_round round = round_of(what);
    return !prom_package_at_hand(channel, batch, round) && is_looked_for(channel, batch, round, hash);
}

/* protocol 3: W signs one package, ever, and computed again it would be another one. So the fact of one that it has
 * made stays: the alarm is all that there is to do. */
prom_result prom_body_lost(struct step *step, const prom_event *event)
{
    static const char *const names[PROM_BODIES] = {"program", "input", "package", "openings"};
    const prom_done_event *done = &event->as.done;
    const prom_lost_body *lost = &done->lost;
    const char *reason = done->reason != NULL ? done->reason : "";
    if (done->batch >= PROM_BATCHES_MAX || lost->what >= PROM_BODIES) {
        return prom_fail(step->error, PROM_CATEGORY_MISUSE, "a body of no kind, or of no batch, that a channel has");
    }
    prom_body *body = &step->facts->batches[done->batch].evidence.bodies[lost->what];
    if (!body->here || !prom_bytes32_equal(&body->hash, &lost->hash)) {
        return prom_ok();
    }
    if (step->facts->role == PROM_ROLE_WORKER && lost->what >= PROM_BODY_PACKAGE_A) {
        return prom_alarm(step, "the %s that we made is lost, and nobody can make it again: put its file back: %s",
                          names[lost->what], reason);
    }
    body->here = false;
    return prom_alarm(step, "the %s is lost, and is fetched again: %s", names[lost->what], reason);
}

prom_result prom_body_fetched(struct step *step, const prom_event *event)
{
    const prom_fetched_event *fetched = &event->as.fetched;
    if (fetched->batch >= PROM_BATCHES_MAX || fetched->what >= PROM_BODIES) {
        return prom_fail(step->error, PROM_CATEGORY_MISUSE, "a body of no kind, or of no batch, that a channel has");
    }
    if (is_asked_for(step->channel, fetched->batch, fetched->what, &fetched->body.hash)) {
        prom_body *body = &step->facts->batches[fetched->batch].evidence.bodies[fetched->what];
        *body = fetched->body;
        body->here = true;
    }
    return prom_ok();
}
