/* The stories under the climates: what each costs, who pays, and whether anything came too late. */
#include <stdio.h>
#include <string.h>

#include "fees.h"

enum { RISE_BLOCKS = 12 };

int64_t prom_fees_worst_moment(market_climate climate, int64_t wanted, int64_t H0)
{
    const int64_t moment = climate == CLIMATE_RISE ? wanted - RISE_BLOCKS : wanted - 1;
    return moment > H0 ? moment : H0;
}

/* The same for Tx0. */
static void play_Tx0(fees_result *result, fees_plan *plan)
{
    plan->changes =
        plan->climate >= CLIMATE_RISE ? prom_fees_worst_moment(plan->climate, plan->world->tip, 0) : INT64_MAX / 2;
    prom_fees_play(result, plan, NULL);
}

/* Plays once to see when the first branch is wanted, and again with the change of the climate at the worst moment. */
static void play(fees_result *result, fees_plan *plan)
{
    plan->changes = INT64_MAX / 2;
    prom_fees_play(result, plan, NULL);
    if (plan->climate >= CLIMATE_RISE && result->first_wanted != 0) {
        plan->changes =
            prom_fees_worst_moment(plan->climate, result->first_wanted, (int64_t)plan->world->tip + result->Tx0_waited);
        prom_fees_play(result, plan, NULL);
    }
}

static uint64_t lost_in_all(const fees_result *result)
{
    uint64_t lost = 0;
    for (size_t i = 0; i < PROM_PLACES_MAX; i++) {
        lost += result->lost[i];
    }
    return lost;
}

static uint64_t of_arbiters(const fees_result *result)
{
    uint64_t paid = 0;
    for (size_t i = PLACE_A; i < PROM_PLACES_MAX; i++) {
        paid += result->payers[i];
    }
    return paid;
}

/* A cell of the first table: sat, and a mark where it did not end in time. */
static void say_cell(const fees_result *result, const fees_story *story)
{
    const char *mark = result->Tx0_waited == UINT32_MAX  ? " (none begins)"
                       : result->scheme == 0             ? " (waits)"
                       : result->scheme != story->scheme ? " (late)"
                                                         : "";
    (void)printf(" %llu%s |", (unsigned long long)result->total, mark);
}

static bool is_right(const fees_result *result, const fees_story *story)
{
    return !result->broken && (result->scheme == story->scheme || result->scheme == 0);
}

static void say_risk(const fees_result *result)
{
    const uint64_t per_mille = result->largest_risk == 0 ? 0 : result->largest * 1000 / result->largest_risk;
    (void)printf(" %llu | %llu.%llu %% |", (unsigned long long)result->largest, (unsigned long long)per_mille / 10,
                 (unsigned long long)per_mille % 10);
}

/* The second table: under each climate the story with the dearest child, and what was lost. */
static void say_climate(market_climate climate, const fees_result results[], uint32_t slowest)
{
    size_t dearest = 0;
    uint64_t lost = 0;
    for (size_t i = 0; i < prom_fees_story_count; i++) {
        dearest = results[i].largest > results[dearest].largest ? i : dearest;
        lost += lost_in_all(&results[i]);
    }
    const fees_result *it = &results[dearest];
    (void)printf("| %s | %s | %llu | %llu | %llu | %llu |", prom_climate_name(climate),
                 it->largest == 0 ? "no child" : prom_fees_stories[dearest].name,
                 (unsigned long long)it->payers[PLACE_C], (unsigned long long)it->payers[PLACE_W],
                 (unsigned long long)it->payers[PLACE_V], (unsigned long long)of_arbiters(it));
    say_risk(it);
    (void)printf(" %u | %llu |\n", (unsigned)slowest, (unsigned long long)lost);
}

static uint32_t slowest_of(const fees_result results[], const fees_result calm[])
{
    uint32_t slowest = 0;
    for (size_t i = 0; i < prom_fees_story_count; i++) {
        const bool both = results[i].scheme != 0 && results[i].blocks > calm[i].blocks;
        const uint32_t later = both ? results[i].blocks - calm[i].blocks : 0;
        slowest = later > slowest ? later : slowest;
    }
    return slowest;
}

static int say_scale(const fees_scale *scale)
{
    static fees_result results[CLIMATES][16];
    static fees_result of_Tx0[CLIMATES];
    int wrong = 0;
    for (market_climate climate = 0; climate < CLIMATES; climate++) {
        sim_terms terms;
        sim_world *world = prom_fees_world(scale, climate, &terms);
        for (size_t i = 0; i < prom_fees_story_count; i++) {
            fees_plan plan = {.scale = scale,
                              .story = &prom_fees_stories[i],
                              .climate = climate,
                              .looks = 1,
                              .seed = 1,
                              .world = world};
            play(&results[climate][i], &plan);
            if (!is_right(&results[climate][i], plan.story)) {
                (void)fprintf(stderr, "%s, %s, %s: scheme %u, %s\n", scale->name, prom_climate_name(climate),
                              plan.story->name, results[climate][i].scheme, results[climate][i].failure);
                wrong = 1;
            }
        }
        fees_plan plan = {
            .scale = scale, .story = &prom_fees_stories[0], .climate = climate, .looks = 1, .seed = 1, .world = world};
        play_Tx0(&of_Tx0[climate], &plan);
        prom_sim_world_free(world);
    }
    (void)printf("\n### %s\n\n| story | flat 1 | flat 10 | flat 100 | rise | spike |\n|---|---|---|---|---|---|\n",
                 scale->name);
    for (size_t i = 0; i < prom_fees_story_count; i++) {
        (void)printf("| %s |", prom_fees_stories[i].name);
        for (market_climate climate = 0; climate < CLIMATES; climate++) {
            say_cell(&results[climate][i], &prom_fees_stories[i]);
        }
        (void)printf("\n");
    }
    (void)printf("| normal, the change before Tx0 |");
    for (market_climate climate = 0; climate < CLIMATES; climate++) {
        say_cell(&of_Tx0[climate], &prom_fees_stories[0]);
    }
    (void)printf(
        "\n\n| climate | dearest child in | C | W | V | arbiters | that child | of what is at risk | blocks later |"
        " lost |\n|---|---|---|---|---|---|---|---|---|---|\n");
    for (market_climate climate = 0; climate < CLIMATES; climate++) {
        say_climate(climate, results[climate], slowest_of(results[climate], results[CLIMATE_1]));
    }
    return wrong;
}

int prom_fees_tables(size_t first, size_t count)
{
    int wrong = 0;
    for (size_t i = first; i < first + count; i++) {
        const fees_scale scale = prom_fees_scale(i);
        wrong |= say_scale(&scale);
    }
    return wrong;
}
