#include "prometheus/game/odds.h"

#include <math.h>

enum { BASIS = 10000, BLOCKS_A_YEAR = 52560 };

#define SURE 1e-18 /* a chance that no sum of 53 bits sees beside 1 */

uint32_t prom_odds_sample(uint32_t items, uint32_t varsigma)
{
    const uint64_t sample = ((uint64_t)items * varsigma + BASIS - 1) / BASIS;
    if (sample >= items) {
        return items;
    }
    return sample == 0 ? 1 : (uint32_t)sample;
}

double prom_odds_detection(uint32_t items, uint32_t wrong, uint32_t sample)
{
    const uint32_t draws = wrong < sample ? wrong : sample; /* it is the same to draw the wrong ones among the sample */
    const uint32_t marked = wrong < sample ? sample : wrong;
    double missed = 1;
    double found = 0; /* kept apart: 1 - missed has no digits left where little is found */
    for (uint32_t i = 0; i < draws && missed > SURE; i++) {
        const uint32_t left = items - i; /* is not below 0: marked is above i */
        if (left <= marked) {
            return 1;
        }
        const double hit = (double)marked / (double)left;
        found += missed * hit;
        missed *= 1 - hit;
    }
    return missed < 0.5 ? 1 - missed : found;
}

double prom_odds_with_rolls(double detection, double rolls)
{
    return pow(detection, fmax(rolls, 1));
}

double prom_odds_ibiss_stake(double p, double c, double markup)
{
    const double s = c * (1 + markup);
    return fmax(c / p - s, 0);
}

double prom_odds_interest(double amount, uint32_t interest, double blocks)
{
    return amount * interest / BASIS * blocks / BLOCKS_A_YEAR;
}

prom_odds_bribe prom_odds_bribe_of(unsigned bought, double right, double told, double failed)
{
    const double each = fmax(right - told, 0);
    return (prom_odds_bribe){
        .each = each,
        .together = bought * each,
        .promised = bought * fmax(right - failed, 0),
    };
}
