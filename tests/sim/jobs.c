/* Long work and what it is about: packages are names with properties; who has one can give it on. */
#include <string.h>

#include "sim.h"

const sim_made *prom_sim_find_made(const sim_run *run, const prom_bytes32 *hash)
{
    for (size_t i = 0; i < run->made_count; i++) {
        if (prom_bytes32_equal(&run->made[i].body.hash, hash)) {
            return &run->made[i];
        }
    }
    return NULL;
}

sim_made *prom_sim_make_package(sim_run *run, prom_body_kind kind, bool good, bool opens, bool of_coalition)
{
    if (run->made_count == SIM_BODIES_MAX) {
        return NULL;
    }
    sim_made *made = &run->made[run->made_count++];
    *made = (sim_made){.body = {.here = true, .length = 5000},
                       .kind = kind,
                       .good = good,
                       .opens = opens,
                       .of_coalition = of_coalition};
    made->body.hash = prom_sim_named("package", run->made_count);
    return made;
}

/* -- Fetching -- */

static bool holds(const sim_run *run, size_t place, const prom_want_fetch *fetch)
{
    const prom_facts *facts = &run->parties[place].disk.facts;
    const prom_body *body = &facts->batches[0].evidence.bodies[fetch->what];
    const sim_made *made = prom_sim_find_made(run, &fetch->hash);
    return (body->here && prom_bytes32_equal(&body->hash, &fetch->hash)) ||
           (!run->parties[place].honest && made != NULL && made->of_coalition);
}

void prom_sim_fetch(sim_run *run, sim_party *party, const prom_want *want)
{
    const prom_want_fetch *fetch = &want->as.fetch;
    const sim_made *made = prom_sim_find_made(run, &fetch->hash);
    prom_event event = {.kind = PROM_EVENT_FETCHED,
                        .as.fetched = {fetch->what, want->batch, {true, fetch->hash, fetch->length, {{0}}}}};
    prom_reception reception;
    bool found = false;
    for (size_t i = 0; i < run->world->places && !found; i++) {
        found = i != party->place && (fetch->places >> i & 1) != 0 && holds(run, i, fetch) &&
                (run->parties[i].honest ||
                 ((run->plan.never & SIM_NEVER_FETCH) == 0 && sim_chance(&run->adversary.dice, 500)));
    }
    if (!found) {
        return; /* asked for again after the next step */
    }
    if (made != NULL) {
        event.as.fetched.body = made->body;
    }
    if (!prom_sim_party_step(run, party, &event, &reception) && !run->failed) {
        prom_sim_party_restart(run, party);
    }
}

/* -- Jobs -- */

/* Whether the packages that a party holds pass the check. */
static bool packages_good(const sim_run *run, const sim_party *party)
{
    const prom_body *bodies = party->channel->facts.batches[0].evidence.bodies;
    bool good = bodies[PROM_BODY_PACKAGE_A].here;
    for (size_t kind = PROM_BODY_PACKAGE_A; kind <= PROM_BODY_PACKAGE_B; kind++) {
        const sim_made *made = prom_sim_find_made(run, &bodies[kind].hash);
        good = good && (!bodies[kind].here || (made != NULL && made->good));
    }
    return good;
}

static bool key_opens(const sim_run *run, const sim_party *party)
{
    const prom_body *body = &party->channel->facts.batches[0].evidence.bodies[PROM_BODY_PACKAGE_A];
    const sim_made *made = body->here ? prom_sim_find_made(run, &body->hash) : NULL;
    return made != NULL && made->opens;
}

/* Whether the party has the key that ciphertexts are opened with. */
static bool knows_key(const sim_run *run, const sim_party *party)
{
    return prom_bytes32_equal(&party->channel->facts.batches[0].money.h_p, &run->world->secrets.h_p);
}

static void make_package(sim_run *run, sim_party *party, const prom_want *want, prom_done_event *done)
{
    const bool openings = want->as.job.job == PROM_JOB_OPENINGS;
    const bool garbage = !party->honest && prom_sim_is_on(run, SIM_GARBAGE, &run->adversary.dice);
    const bool opens = !garbage || sim_chance(&run->adversary.dice, 500);
    sim_made *made = prom_sim_make_package(run, openings ? PROM_BODY_PACKAGE_B : PROM_BODY_PACKAGE_A, !garbage, opens,
                                           !party->honest);
    if (made == NULL) {
        done->unable = true;
        return;
    }
    made->body.block = want->as.job.block;
    done->body = made->body;
    done->checked = PROM_CHECKED_GOOD;
}

static void finish(sim_run *run, sim_party *party, const prom_want *want, prom_done_event *done)
{
    const bool flip = !party->honest && prom_sim_is_on(run, SIM_GARBAGE, &run->adversary.dice);
    switch (want->as.job.job) {
    case PROM_JOB_OPEN_JOB:
        done->checked = PROM_CHECKED_GOOD;
        break;
    case PROM_JOB_COMPUTE:
    case PROM_JOB_OPENINGS:
        make_package(run, party, want, done);
        break;
    case PROM_JOB_OPEN_KEY:
        done->checked = key_opens(run, party) ? PROM_CHECKED_GOOD : PROM_CHECKED_BAD;
        if (done->checked == PROM_CHECKED_GOOD) {
            done->h_p = run->world->secrets.h_p;
        }
        break;
    case PROM_JOB_CHECK:
        done->checked = packages_good(run, party) && key_opens(run, party) && knows_key(run, party) ? PROM_CHECKED_GOOD
                                                                                                    : PROM_CHECKED_BAD;
        if (flip) {
            done->checked = done->checked == PROM_CHECKED_GOOD ? PROM_CHECKED_BAD : PROM_CHECKED_GOOD;
        }
        break;
    case PROM_JOB_RESULT:
        done->checked = packages_good(run, party) ? PROM_CHECKED_GOOD : PROM_CHECKED_BAD;
        break;
    case PROM_JOB_KEYGEN:
    case PROM_JOBS:
        break;
    }
}

/* A machine that cannot check at all, and as often cannot open the key either. */
bool prom_sim_is_stuck(const sim_run *run, const sim_party *party, prom_job_kind job)
{
    return (run->plan.features >> SIM_STUCK & 1) != 0 && party->honest && party->place == PLACE_V &&
           (job == PROM_JOB_CHECK || (job == PROM_JOB_OPEN_KEY && run->plan.rate[SIM_STUCK] % 2 == 0));
}

void prom_sim_job(sim_run *run, sim_party *party, const prom_want *want)
{
    prom_event event = {.kind = PROM_EVENT_DONE,
                        .as.done = {.job = want->as.job.job,
                                    .batch = want->batch,
                                    .subject = want->as.job.subject,
                                    .culprit = PROM_ARBITERS_MAX,
                                    .reason = "as the simulator has it"}};
    prom_reception reception;
    const bool again = party->unable && prom_bytes32_equal(&party->job_subject, &want->as.job.subject);
    party->unable = !again && party->job_latest > run->chain.tip->height && prom_sim_is_on(run, SIM_UNABLE, &run->dice);
    if (prom_sim_is_stuck(run, party, want->as.job.job)) {
        event.as.done.unable = true;
    } else if (party->unable) {
        prom_sim_goal(run, SIM_GOAL_UNABLE);
        event.as.done.unable = true;
        party->job_subject = want->as.job.subject;
    } else {
        finish(run, party, want, &event.as.done);
    }
    prom_sim_note(run, party->place, "job", "%d is %s", (int)want->as.job.job,
                  event.as.done.unable ? "not possible now" : "done");
    if (!prom_sim_party_step(run, party, &event, &reception) && !run->failed) {
        prom_sim_party_restart(run, party);
    }
}
