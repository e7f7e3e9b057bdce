/* What is played: the start values of the design page with c = 2w/3, the demo's P, and the demo's stories. */
#include "fees.h"

#define BIT(place) (UINT32_C(1) << (place))

enum {
    W = BIT(PLACE_W),
    V = BIT(PLACE_V),
    ARBITERS = ((1 << PROM_ARBITERS_MAX) - 1) << PLACE_A,
};

/* The fractions that all start values for public networks have. */
#define OPEN_P .alpha = 2500, .beta = 7500, .gamma = 500, .delta = 5000, .sigma = 9000, .varsigma = 1000

static const struct {
    const char *name;
    bool open;
    uint32_t w, v, a, c, retainer;
    prom_parameters P;
} scales[] = {
    {"demo",
     false,
     2000000,
     2500000,
     3000000,
     1000000,
     1500,
     {.n = 3,
      .alpha = 5000,
      .beta = 5000,
      .gamma = 2000,
      .delta = 5000,
      .epsilon = 3000,
      .mu = 6000,
      .sigma = 9000,
      .varsigma = 10000,
      .t1 = 12,
      .t2 = 20,
      .t3 = 28,
      .t4 = 12}},
    {"small",
     true,
     200000,
     200000,
     250000,
     133333,
     1500,
     {.n = 3, .mu = 6000, .epsilon = 2500, .t1 = 144, .t2 = 288, .t3 = 432, .t4 = 144, OPEN_P}},
    {"medium",
     true,
     2000000,
     2000000,
     2500000,
     1333333,
     3500,
     {.n = 5, .mu = 6000, .epsilon = 2000, .t1 = 288, .t2 = 432, .t3 = 576, .t4 = 144, OPEN_P}},
    {"large",
     true,
     20000000,
     20000000,
     25000000,
     13333333,
     20000,
     {.n = 9, .mu = 5500, .epsilon = 1500, .t1 = 432, .t2 = 720, .t3 = 864, .t4 = 288, OPEN_P}},
};
const size_t prom_fees_scale_count = sizeof scales / sizeof *scales;

fees_scale prom_fees_scale(size_t number)
{
    fees_scale scale = {.name = scales[number].name};
    scale.set = (sim_set){.name = scale.name,
                          .open = scales[number].open,
                          .n = scales[number].P.n,
                          .mu = scales[number].P.mu,
                          .varsigma = scales[number].P.varsigma};
    scale.terms = (sim_terms){
        .P = scales[number].P, .c = scales[number].c, .retainer = scales[number].retainer, .spare = 5000000};
    scale.terms.P.w = prom_amount_of(scales[number].w);
    scale.terms.P.v = prom_amount_of(scales[number].v);
    scale.terms.P.a = prom_amount_of(scales[number].a);
    return scale;
}

const fees_story prom_fees_stories[] = {
    {.name = "normal", .scheme = 3},
    {.name = "self-verified", .scheme = 3, .own_verifier = true},
    {.name = "worker-silent", .scheme = 4, .kill_at = FEES_LOCKED, .kill = W},
    {.name = "nobody-moves", .scheme = 1, .kill_at = FEES_LOCKED, .kill = W | V},
    {.name = "worker-lies", .scheme = 4, .liars = W, .kill_at = FEES_DELIVERED, .kill = W},
    {.name = "worker-vanishes", .scheme = 3, .kill_at = FEES_DELIVERED, .kill = W},
    {.name = "verifier-silent", .scheme = 2, .kill_at = FEES_LOCKED, .kill = V},
    {.name = "verifier-lies", .scheme = 7, .liars = V},
    {.name = "appeal-lost", .scheme = 6, .liars = W},
    {.name = "no-decision", .scheme = 5, .liars = V, .kill_at = FEES_ACCUSED, .kill = ARBITERS},
    {.name = "reorg", .scheme = 3, .reorganise = true},
};
const size_t prom_fees_story_count = sizeof prom_fees_stories / sizeof *prom_fees_stories;
