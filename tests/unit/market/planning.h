/* A batch, and workers of different prices that may take parts of it. */
#ifndef PROMETHEUS_TEST_MARKET_PLANNING_H
#define PROMETHEUS_TEST_MARKET_PLANNING_H

#include "market/jobs.h"

#include "market/fees.h"
#include "market/plan.h"

#define NONE prom_amount_of(PROM_AMOUNT_MAX)

enum { OFFERS = 4 };

/* A batch, and workers of different prices that may take parts of it. */
struct scene {
    fixture *test;
    prom_terms terms;
    prom_quote quotes[OFFERS];
    prom_plan_offer offers[OFFERS];
    prom_plan_request request;
};

static inline prom_result work_of(void *context, prom_work *work, uint32_t items, prom_error *error)
{
    const uint32_t *provable = context;
    *work = plain_work(items);
    return items <= *provable ? prom_ok()
                              : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "no proof of so many items can be made");
}

static uint32_t all_provable = UINT32_MAX;

static inline void sign_quote(struct scene *scene, size_t at)
{
    prom_bytes32 hash;
    const prom_key key = named_key(scene->test, "worker", at);
    scene->quotes[at].node = key.public_key;
    prom_quote_hash(&hash, &scene->quotes[at]);
    scene->quotes[at].signature = sign_hash(scene->test, &key, &hash);
}

static inline void make_scene(fixture *test, struct scene *scene)
{
    const struct cast cast = make_cast(test);
    *scene = (struct scene){.test = test, .terms = valid_terms(test, &cast, 3)};
    scene->terms.P.t1 = 60;
    scene->terms.c = prom_amount_zero();
    scene->terms.retainer = prom_amount_of(100);
    scene->terms.package_max = 0;
    for (size_t i = 0; i < OFFERS; i++) {
        scene->quotes[i] = (prom_quote){.ask = named("ask", i),
                                        .price = prom_amount_of(1),
                                        .rates = plain_rates(),
                                        .machine = plain_machine(),
                                        .begins = 1000,
                                        .capacity = 2,
                                        .valid_until = 1010};
        scene->quotes[i].rates.effort = 1000000 * (i + 1);
        scene->offers[i] = (prom_plan_offer){
            .quote = &scene->quotes[i], .ask = named("ask", i), .spent = prom_amount_zero(), .trust = 1000};
        sign_quote(scene, i);
    }
    scene->request = (prom_plan_request){.terms = &scene->terms,
                                         .source = {work_of, &all_provable},
                                         .first = 7,
                                         .items = 100,
                                         .caps = {NONE, NONE, NONE, NONE, NONE, 10000},
                                         .spent = {prom_amount_zero(), prom_amount_zero(), prom_amount_zero()},
                                         .curve = test->curve,
                                         .coins = 1,
                                         .tip = 1000};
}

/* Whatever the plan is: parts follow on each other, nobody has more than it takes, and the sums are sums. */
static inline prom_plan *make_plan(struct scene *scene)
{
    fixture *test = scene->test;
    prom_plan *plan = NULL;
    uint32_t next = scene->request.first;
    prom_amount cost = prom_amount_zero();
    prom_amount fees = prom_amount_zero();
    uint32_t parts[OFFERS] = {0};
    assert_ok(prom_plan_make(&test->arena, &plan, &scene->request, scene->offers, OFFERS, &test->error), &test->error);
    for (size_t i = 0; i < plan->part_count; i++) {
        const prom_plan_part *part = &plan->parts[i];
        assert_int_equal(part->first, next);
        assert_true(part->items > 0 && part->items <= plan->offers[part->offer].items_max);
        assert_true(++parts[part->offer] <= scene->quotes[part->offer].capacity);
        assert_true(prom_amount_at_least(prom_share_of_worker(&scene->terms.P, part->c), part->price_w));
        next += part->items;
        cost = prom_amount_add(cost, part->cost);
        fees = prom_amount_add(fees, part->fees);
    }
    assert_int_equal(next + plan->left, scene->request.first + scene->request.items);
    assert_true(prom_amount_equal(plan->cost, cost) && prom_amount_equal(plan->fees, fees));
    assert_int_equal(plan->left > 0, plan->reasons.count > 0);
    return plan;
}

#endif
