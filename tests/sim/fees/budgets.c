/* The least that an attacker spends to rob somebody by fees. */
#include <stdio.h>
#include <string.h>

#include "fees.h"

typedef struct fees_case {
    const char *name;
    const char *story;
    fees_attack attack;
} fees_case;

static const fees_case cases[] = {
    {"Tx4 (W)",
     "normal",
     {.target = PROM_BRANCH_TX4,
      .instead = PROM_BRANCH_TX1,
      .parked = PROM_BRANCH_TX1,
      .attacker = PLACE_C,
      .victim = PLACE_W}},
    {"Tx3 (W)",
     "verifier-silent",
     {.target = PROM_BRANCH_TX3,
      .instead = PROM_BRANCH_TX1,
      .parked = PROM_BRANCH_TXV0,
      .attacker = PLACE_V,
      .victim = PLACE_W}},
    {"TxV0 (V)",
     "worker-lies",
     {.target = PROM_BRANCH_TXV0,
      .instead = PROM_BRANCH_TX3,
      .parked = PROM_BRANCH_TX3,
      .attacker = PLACE_W,
      .victim = PLACE_V}},
    {"TxA (W)",
     "verifier-lies",
     {.target = PROM_BRANCH_TXA,
      .instead = PROM_BRANCH_TX5,
      .parked = PROM_BRANCH_TX5,
      .attacker = PLACE_V,
      .victim = PLACE_W}},
    {"Tx8 (W)",
     "verifier-lies",
     {.target = PROM_BRANCH_TX8,
      .instead = PROM_BRANCH_TX6,
      .parked = PROM_BRANCH_TX6,
      .attacker = PLACE_V,
      .victim = PLACE_W}},
    {"TxA, then Tx8 (W)",
     "verifier-lies",
     {.target = PROM_BRANCH_TX8,
      .instead = PROM_BRANCH_TX6,
      .parked = PROM_BRANCH_TX6,
      .before = PROM_BRANCH_TXA,
      .drains = 8,
      .attacker = PLACE_V,
      .victim = PLACE_W}},
};

static const char *const kinds[FEES_ATTACKS] = {"none", "pin", "dear pin", "cycle", "cycle", "park"};

static const fees_story *story_named(const char *name)
{
    for (size_t i = 0; i < prom_fees_story_count; i++) {
        if (strcmp(prom_fees_stories[i].name, name) == 0) {
            return &prom_fees_stories[i];
        }
    }
    return NULL;
}

/* What an attack puts up is no more than it must be, but for what it wants mined: that is tried dear, and cheaper as
 * long as it robs. */
static void try_kind(fees_result *best, fees_attack_kind *found, fees_plan *plan)
{
    static const uint32_t eighths[] = {12, 8, 4};
    bool robs = true;
    for (size_t i = 0; i < sizeof eighths / sizeof *eighths && robs; i++) {
        fees_result result;
        plan->attack.eighths = eighths[i];
        prom_fees_play(&result, plan, NULL);
        robs = result.lost[plan->attack.victim] > 0;
        if (robs && (*found == FEES_NO_ATTACK || result.attacker_paid < best->attacker_paid)) {
            *best = result;
            *found = plan->attack.kind;
        }
    }
}

/* The cheapest attack of any kind; where an earlier child is to cost the victim its coin, for any number of blocks. */
static fees_attack_kind find_cheapest(fees_result *best, const fees_plan *plan)
{
    const uint32_t most = plan->attack.drains;
    fees_plan tried = *plan;
    fees_attack_kind found = FEES_NO_ATTACK;
    for (fees_attack_kind kind = FEES_PIN; kind < FEES_ATTACKS; kind++) {
        tried.attack.kind = kind;
        for (uint32_t drains = most > 0 ? 1 : 0; drains <= most; drains++) {
            tried.attack.drains = drains;
            try_kind(best, &found, &tried);
        }
    }
    return found;
}

static void say_budget(fees_attack_kind kind, const fees_result *result)
{
    if (kind == FEES_NO_ATTACK) {
        (void)printf(" nobody is robbed | |");
        return;
    }
    const uint64_t tenths = result->at_risk == 0 ? 0 : result->attacker_paid * 10 / result->at_risk;
    (void)printf(" %s: %llu in %u blocks | %llu.%llu |", kinds[kind], (unsigned long long)result->attacker_paid,
                 (unsigned)result->attacked, (unsigned long long)tenths / 10, (unsigned long long)tenths % 10);
}

/* One row; whether it costs less than is at risk where the coin is what it must be. */
static bool say_row(const fees_scale *scale, const fees_case *it, market_climate climate, const sim_world *world)
{
    static const uint64_t coins[] = {FEES_COIN, 0};
    fees_result result;
    bool cheap = false;
    fees_plan plan = {.scale = scale,
                      .story = story_named(it->story),
                      .climate = climate,
                      .looks = 1,
                      .seed = 1,
                      .world = world,
                      .attack = it->attack,
                      .changes = INT64_MAX / 2};
    plan.attack.kind = FEES_CYCLE;
    prom_fees_play(&result, &plan, NULL);
    plan.changes = climate >= CLIMATE_RISE
                       ? prom_fees_worst_moment(climate, result.target_wanted, (int64_t)world->tip + result.Tx0_waited)
                       : plan.changes;
    (void)printf("| %s | %s | %llu |", it->name, prom_climate_name(climate), (unsigned long long)result.at_risk);
    for (size_t i = 0; i < sizeof coins / sizeof *coins; i++) {
        plan.coin = coins[i];
        memset(&result, 0, sizeof result);
        const fees_attack_kind kind = find_cheapest(&result, &plan);
        if (plan.coin == 0) {
            (void)printf(" %llu |", (unsigned long long)prom_fees_coin(world, it->attack.victim));
        }
        say_budget(kind, &result);
        cheap = kind != FEES_NO_ATTACK && result.attacker_paid < result.at_risk;
    }
    (void)printf("\n");
    (void)fflush(stdout);
    return cheap;
}

int prom_fees_budgets(size_t number, bool sample)
{
    static const market_climate climates[] = {CLIMATE_10, CLIMATE_RISE, CLIMATE_SPIKE};
    const fees_scale scale = prom_fees_scale(number);
    int cheap = 0;
    (void)printf("\n### Attacks: %s\n\n| kept out (victim) | climate | at risk | with a coin of %u sat | times what is "
                 "at risk | the victim's coin | with that | times |\n|---|---|---|---|---|---|---|---|\n",
                 scale.name, FEES_COIN);
    for (size_t i = sample ? 1 : 0; i < sizeof climates / sizeof *climates; i++) {
        sim_terms terms;
        sim_world *world = prom_fees_world(&scale, climates[i], &terms);
        for (size_t j = 0; j < sizeof cases / sizeof *cases && !(sample && cases[j].attack.drains > 0); j++) {
            cheap += say_row(&scale, &cases[j], climates[i], world);
        }
        prom_sim_world_free(world);
    }
    return cheap;
}
