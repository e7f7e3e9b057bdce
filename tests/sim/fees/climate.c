/* What others pay. */
#include <string.h>

#include "market.h"

enum {
    FLAT_1 = 1000,
    FLAT_10 = 10000,
    FLAT_100 = 100000,
    BEFORE = 2000,
    TIMES = 50,
    WITHIN = 12,       /* blocks of a rise */
    HALVED_AFTER = 12, /* blocks of a spike */
};

const char *prom_climate_name(market_climate climate)
{
    static const char *const names[CLIMATES] = {"flat 1", "flat 10", "flat 100", "rise", "spike"};
    return names[climate];
}

uint32_t prom_climate_at(market_climate climate, int64_t since)
{
    static const uint32_t flat[] = {FLAT_1, FLAT_10, FLAT_100};
    /* 50^(i/12), in thousandths. */
    static const uint32_t rise[WITHIN + 1] = {1000, 1385,  1919,  2659,  3684,  5104, 7071,
                                              9797, 13572, 18803, 26050, 36090, 50000};
    if (climate < CLIMATE_RISE) {
        return flat[climate];
    }
    if (since < 0) {
        return BEFORE;
    }
    if (climate == CLIMATE_RISE) {
        return BEFORE / 1000 * rise[since < WITHIN ? since : WITHIN];
    }
    const int64_t halves = since / HALVED_AFTER;
    const uint32_t now = halves < 16 ? BEFORE * TIMES >> halves : 0;
    return now > BEFORE ? now : BEFORE;
}
