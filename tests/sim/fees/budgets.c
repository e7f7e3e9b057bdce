/* The least that an attacker spends to rob somebody by fees. */
#include <stdio.h>
#include <string.h>

#include "fees.h"

enum { STEPS = 120, PER_DOUBLING = 6 };

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
};

static const char *const kinds[FEES_ATTACKS] = {"none", "pin", "cycle", "park"};

static const fees_story *story_named(const char *name)
{
    for (size_t i = 0; i < prom_fees_story_count; i++) {
        if (strcmp(prom_fees_stories[i].name, name) == 0) {
            return &prom_fees_stories[i];
        }
    }
    return NULL;
}

/* 100 sat, then 2^(1/6) times as much for each step. */
static uint64_t spend_of(size_t step)
{
    static const uint32_t sixths[PER_DOUBLING] = {100000, 112246, 125992, 141421, 158740, 178180};
    return (uint64_t)sixths[step % PER_DOUBLING] * (UINT64_C(1) << step / PER_DOUBLING) / 1000;
}

static bool robs(fees_result *result, fees_plan *plan, size_t step)
{
    plan->attack.spend = spend_of(step);
    prom_fees_play(result, plan, NULL);
    return result->lost[plan->attack.victim] > 0;
}

/* Fills in the run at the least spend that robs. */
static bool find_least(fees_result *result, fees_plan *plan)
{
    size_t low = 0;
    size_t high = STEPS - 1;
    if (!robs(result, plan, high)) {
        return false;
    }
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (robs(result, plan, middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return robs(result, plan, high);
}

/* The cheapest attack of any kind, by what was spent. */
static fees_attack_kind find_cheapest(fees_result *best, fees_plan *plan)
{
    fees_attack_kind found = FEES_NO_ATTACK;
    for (fees_attack_kind kind = FEES_PIN; kind < FEES_ATTACKS; kind++) {
        fees_result result;
        plan->attack.kind = kind;
        if (find_least(&result, plan) && (found == FEES_NO_ATTACK || result.attacker_paid < best->attacker_paid)) {
            *best = result;
            found = kind;
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

/* One row; whether what it costs to rob is less than what is lost. */
static bool say_row(const fees_scale *scale, const fees_case *it, market_climate climate, const sim_world *world,
                    uint64_t coin)
{
    fees_result calm;
    fees_result result;
    bool cheap = false;
    fees_plan plan = {.scale = scale,
                      .story = story_named(it->story),
                      .climate = climate,
                      .coin = coin,
                      .looks = 1,
                      .seed = 1,
                      .world = world,
                      .attack = it->attack,
                      .changes = INT64_MAX / 2};
    plan.attack.kind = FEES_CYCLE;
    prom_fees_play(&calm, &plan, NULL);
    plan.changes = climate >= CLIMATE_RISE
                       ? prom_fees_worst_moment(climate, calm.target_wanted, (int64_t)world->tip + calm.Tx0_waited)
                       : plan.changes;
    (void)printf("| %s | %s | %llu |", it->name, prom_climate_name(climate), (unsigned long long)calm.at_risk);
    for (unsigned now = 0; now < 2; now++) {
        memset(&result, 0, sizeof result);
        plan.patient = now == 0;
        const fees_attack_kind kind = find_cheapest(&result, &plan);
        say_budget(kind, &result);
        cheap = kind != FEES_NO_ATTACK && result.attacker_paid < result.lost[it->attack.victim];
    }
    (void)printf("\n");
    (void)fflush(stdout);
    return cheap;
}

int prom_fees_budgets(size_t number, uint64_t coin, bool sample)
{
    static const market_climate climates[] = {CLIMATE_10, CLIMATE_RISE, CLIMATE_SPIKE};
    const fees_scale scale = prom_fees_scale(number);
    int cheap = 0;
    (void)printf(
        "\n### Attacks: %s, coins of %llu sat\n\n| kept out (victim) | climate | at risk | bids that wait | times "
        "what is at risk | bids that rise | times |\n|---|---|---|---|---|---|---|\n",
        scale.name, (unsigned long long)coin);
    for (size_t i = sample ? 2 : 0; i < sizeof climates / sizeof *climates; i++) {
        sim_terms terms;
        sim_world *world = prom_fees_world(&scale, climates[i], &terms);
        for (size_t j = 0; j < sizeof cases / sizeof *cases; j++) {
            cheap += say_row(&scale, &cases[j], climates[i], world, coin);
        }
        prom_sim_world_free(world);
    }
    return cheap;
}
