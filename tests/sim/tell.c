/* Plays a story, and looks at how it ended. */
#include "stories.h"

const sim_story *prom_sim_story(size_t index)
{
    if (index < prom_sim_finding_count) {
        return &prom_sim_findings[index];
    }
    const size_t behind = index - prom_sim_finding_count;
    return behind < prom_sim_last_moment_count ? &prom_sim_last_moments[behind] : NULL;
}

/* What has settled it, or NULL. */
static const prom_tree_tx *settlement(const sim_run *run)
{
    for (size_t i = 0; i < run->chain.tx_count; i++) {
        const sim_tx *tx = &run->chain.txs[i];
        if (tx->height != 0 && tx->index != PROM_TREE_OTHER && run->world->tree->tx[tx->index].scheme != 0) {
            return &run->world->tree->tx[tx->index];
        }
    }
    return NULL;
}

unsigned prom_sim_scheme(const sim_run *run)
{
    const prom_tree_tx *settled = settlement(run);
    return settled == NULL ? 0 : settled->scheme;
}

uint32_t prom_sim_deciders(const sim_run *run)
{
    const prom_tree_tx *settled = settlement(run);
    return settled == NULL ? 0 : settled->deciders;
}

bool prom_sim_tell(sim_run *run, const sim_story *story, uint64_t seed, FILE *log)
{
    sim_plan plan = {.seed = seed,
                     .set = story->set,
                     .coalition = story->coalition,
                     .features = story->features,
                     .never = story->never,
                     .moves_max = 0,
                     .blocks_faulty = UINT32_MAX,
                     .story = story};
    plan.beyond = prom_arbiters_count(story->coalition >> PLACE_A) >
                  prom_parameters_tolerated(&prom_sim_world(story->set)->terms.P);
    plan.message_blocks = prom_sim_sets[story->set].open ? 1 : 0;
    for (sim_feature feature = 0; feature < SIM_FEATURES; feature++) {
        plan.rate[feature] = 1000;
    }
    plan.rate[SIM_STUCK] = 1; /* an odd rate: a machine that is stuck can still open the key */
    if (prom_sim_play(run, &plan, log)) {
        const unsigned scheme = prom_sim_scheme(run);
        if (scheme != story->must && (story->schemes >> scheme & 1) == 0) {
            prom_sim_fail(run, "the story %s ended by #%u", story->name, scheme);
        } else if (story->holds != NULL && !story->holds(run)) {
            prom_sim_fail(run, "the story %s ended by #%u, but not as it must", story->name, scheme);
        }
    }
    return !run->failed;
}
