#include "outlook/verdict.h"

#include <string.h>

#include "support.h"

/* A solution of 3 arbiters, of whom 2 decide, that has nothing but findings. */
typedef struct found {
    prom_game_question question;
    prom_game_solution solution;
} found;

static void begin(found *it, bool immune)
{
    *it = (found){.question = {.P = {.n = 3, .mu = 5001}}};
    it->solution.question = &it->question;
    it->solution.immune = immune;
}

static void find(found *it, prom_game_risk risk, bool has_attack, uint32_t m)
{
    it->solution.findings[it->solution.finding_count++] =
        (prom_game_finding){.risk = risk, .has_attack = has_attack, .attack = {.group = {.m = m}}};
}

static void says(const found *it, const char *expected)
{
    prom_sentence text = {.length = 0};
    prom_contract_say_safety(&text, &it->solution);
    assert_string_equal(text.text, expected);
}

#define SAFE                                                                                                           \
    "Nobody who keeps the rules can be robbed by any of the others, as long as no more than 1 of the 3 arbiters acts " \
    "against them"

static void test_safe(void **state)
{
    found it;
    (void)state;
    begin(&it, true);
    says(&it, SAFE ".");
    find(&it, PROM_RISK_LAZY_VERIFIER, true, 0);
    says(&it, SAFE ".");
    find(&it, PROM_RISK_WORKER_IS_VERIFIER, true, 0);
    says(&it, SAFE "; but a client whose worker and verifier are one person pays for garbage.");
    it.question.P.mu = 10000;
    it.solution.finding_count = 0;
    says(&it, "Nobody who keeps the rules can be robbed by any of the others, as long as none of the 3 arbiters acts "
              "against them.");
    it.question.P = (prom_parameters){.n = 9, .mu = 6667};
    says(&it, "Nobody who keeps the rules can be robbed by any of the others, as long as no more than 2 of the 9 "
              "arbiters act against them.");
}

/* A risk that takes more arbiters than the assumption leaves honest players safe under it. */
static void test_beyond_the_assumption(void **state)
{
    found it;
    (void)state;
    begin(&it, true);
    find(&it, PROM_RISK_STALLING_PAYS, true, 2);
    says(&it, SAFE ". 'stalling-pays' takes 2 of them.");
    find(&it, PROM_RISK_SEATS_CHEAP, false, 0);
    says(&it, SAFE ". 'stalling-pays' takes 2 of them. 'seats-cheap' tells at what price somebody has more of them.");
}

static void test_within_the_assumption(void **state)
{
    found it;
    (void)state;
    begin(&it, true);
    find(&it, PROM_RISK_COALITION_GAINS, true, 1);
    find(&it, PROM_RISK_STALLING_PAYS, true, 2);
    says(&it,
         "Nobody who keeps the rules ends with less than it is promised, but some gain by breaking them, at others' "
         "cost, even when no more than 1 of the 3 arbiters acts against them.");
    it.solution.immune = false;
    says(&it, "Honest players can be robbed even when no more than 1 of the 3 arbiters acts against them.");
}

static void test_endings(void **state)
{
    static const char *const names[] = {"locked", "#1", "#2",     "#3",    "#4",       "#5",
                                        "#6",     "#7", "TxGood", "TxBad", "TxWorker", "TxU"};
    (void)state;
    for (unsigned scheme = 0; scheme <= PROM_GAME_SCHEMES; scheme++) {
        char text[PROM_CONTRACT_ENDING];
        assert_string_equal(prom_contract_ending_name(text, scheme), names[scheme]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_safe),
        cmocka_unit_test(test_beyond_the_assumption),
        cmocka_unit_test(test_within_the_assumption),
        cmocka_unit_test(test_endings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
