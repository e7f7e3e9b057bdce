/* Chance, the same for the same seed with every compiler: splitmix64. */
#ifndef SIM_DICE_H
#define SIM_DICE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct sim_dice {
    uint64_t state;
} sim_dice;

static inline uint64_t sim_roll(sim_dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Dice of their own for a purpose, so that more rolls of one change nothing for another. */
static inline sim_dice sim_dice_of(uint64_t seed, uint64_t purpose)
{
    sim_dice dice = {seed * UINT64_C(0xd1342543de82ef95) + purpose};
    dice.state = sim_roll(&dice);
    return dice;
}

/* Below `count`, which is above 0. */
static inline uint32_t sim_below(sim_dice *dice, uint32_t count)
{
    return (uint32_t)((sim_roll(dice) >> 32) * count >> 32);
}

static inline bool sim_chance(sim_dice *dice, uint32_t per_mille)
{
    return sim_below(dice, 1000) < per_mille;
}

#endif
