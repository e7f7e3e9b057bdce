/* Each party of a contract set back to each of its older disks, at a later moment that is drawn, while the others and
 * the coalition go on. */
#include <string.h>

#include "sim.h"

/* The contract of a seed, in which this party keeps the rules and nobody else fails beyond what is tolerated. */
static sim_plan plan_of(uint64_t seed, size_t place)
{
    const uint32_t parties = (UINT32_C(1) << PROM_PARTIES) - 1;
    sim_plan plan = prom_sim_plan(seed, SIM_SET_ANY);
    plan.features &= ~(UINT64_C(1) << SIM_RESTORE | UINT64_C(1) << SIM_AWAY);
    plan.coalition &= ~(UINT32_C(1) << place);
    if (place >= PLACE_A || plan.beyond) {
        plan.coalition &= parties;
    }
    plan.beyond = false;
    return plan;
}

static bool play(sim_run *run, const sim_plan *plan, uint32_t *persists, FILE *log)
{
    const bool held = prom_sim_play(run, plan, log);
    *persists = run->parties[plan->set_back].persists;
    prom_sim_run_free(run);
    return held;
}

bool prom_sim_backups(sim_run *run, uint64_t seed, uint64_t *runs, FILE *log)
{
    const size_t places = prom_sim_world(prom_sim_plan(seed, SIM_SET_ANY).set)->places;
    for (size_t place = 0; place < places; place++) {
        sim_plan plan = plan_of(seed, place);
        sim_dice dice = sim_dice_of(seed, 20 + place);
        uint32_t persists = 0;
        uint32_t after = 0;
        plan.set_back = place;
        bool held = play(run, &plan, &persists, log);
        for (plan.set_back_to = 1; held && plan.set_back_to <= persists; plan.set_back_to++) {
            plan.set_back_at = plan.set_back_to + 1 + sim_below(&dice, persists - plan.set_back_to + 1);
            held = play(run, &plan, &after, log);
            (*runs)++;
        }
        if (!held) {
            return false;
        }
    }
    return true;
}
