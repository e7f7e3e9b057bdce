/* Questions to ask the game: contracts with the values that are recommended to begin with, and any others. */
#ifndef PROMETHEUS_TEST_GAME_QUESTIONS_H
#define PROMETHEUS_TEST_GAME_QUESTIONS_H

#include "prometheus/game/settlement.h"
#include "support.h"

/* Sizes like those of docs/sizes.md: no more than likely. */
static inline prom_game_sizes some_sizes(void)
{
    return (prom_game_sizes){
        .tx0 = {388, 101, 101},
        .branch = {[PROM_BRANCH_TX1] = 500,
                   [PROM_BRANCH_TX3] = 600,
                   [PROM_BRANCH_TX4] = 650,
                   [PROM_BRANCH_TXV0] = 728,
                   [PROM_BRANCH_TX5] = 500,
                   [PROM_BRANCH_TXA] = 640,
                   [PROM_BRANCH_TX6] = 500,
                   [PROM_BRANCH_TX7] = 600,
                   [PROM_BRANCH_TX8] = 650},
        .payout = 172,
    };
}

/* The small contract of docs/protocol.md, with n arbiters. */
static inline prom_game_question small_question(uint8_t n)
{
    prom_game_question it = {
        .P = {.w = prom_amount_of(200000),
              .v = prom_amount_of(200000),
              .a = prom_amount_of(250000),
              .n = n,
              .alpha = 2500,
              .beta = 7500,
              .gamma = 500,
              .delta = 5000,
              .epsilon = 2500,
              .mu = 6000,
              .sigma = 9000,
              .varsigma = 1000,
              .t1 = 144,
              .t2 = 288,
              .t3 = 432,
              .t4 = 144},
        .c = prom_amount_of(133333),
        .retainer = prom_amount_of(1500),
        .feerate = 5,
        .items = 100,
        .network = prom_chain_parameters_by_name("main"),
        .fund_is_nobodys = true,
        .samples = true,
        .sizes = some_sizes(),
    };
    it.setting = prom_game_setting_default(&it.P, it.c);
    return it;
}

static inline prom_game *build_game(fixture *test, const prom_game_question *question, uint32_t m)
{
    prom_game *game = NULL;
    assert_ok(prom_game_build(&test->arena, &game, question, m, &test->error), &test->error);
    return game;
}

static inline double sat_of(prom_amount amount)
{
    uint64_t sat = 0;
    assert_true(prom_amount_get(amount, &sat));
    return (double)sat;
}

#define assert_near(a, b) assert_true((a) - (b) < 1e-6 && (b) - (a) < 1e-6)

#endif
