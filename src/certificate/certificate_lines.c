/* The five lines of a certificate. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "advice/words.h"
#include "certificate/certificate_parts.h"
#include "outlook/words.h"
#include "prometheus/contract/draw.h"

static const struct {
    const char *name;
    const char *heading;
} LINES[PROM_LINES] = {
    [PROM_LINE_LOSE] = {"lose", "You can lose at most"},
    [PROM_LINE_ATTACK] = {"attack", "The cheapest attack"},
    [PROM_LINE_COLLUDE] = {"collude", "To collude they need"},
    [PROM_LINE_TRUE] = {"true_as_long_as", "True as long as"},
    [PROM_LINE_NOT_COVERED] = {"not_covered", "Not covered"},
};

const char *prom_certificate_line_name(prom_certificate_line line)
{
    return LINES[line].name;
}

const char *prom_certificate_line_heading(prom_certificate_line line)
{
    return LINES[line].heading;
}

const char *prom_certificate_verdict_text(const prom_certificate_facts *facts)
{
    switch (facts->verdict) {
    case PROM_VERDICT_SAFE:
        return "Nobody who keeps the rules can be robbed, and nothing pays better than to keep them.";
    case PROM_VERDICT_WARNING:
        if (prom_game_finding_of(facts->solution, PROM_RISK_WORKER_IS_VERIFIER) != NULL) {
            return "Nobody who keeps the rules can be robbed by any of the others, but a client whose worker and "
                   "verifier are one person pays for garbage. See the warnings.";
        }
        return "Nobody who keeps the rules can be robbed. But somebody can do better by breaking them, or would not "
               "come: see the warnings.";
    case PROM_VERDICT_REFUSED:
        return "Somebody who keeps the rules can be robbed, or others gain at its cost. Do not sign.";
    case PROM_VERDICT_BOUND:
        return "It breaks a bound of the protocol, and no node accepts it.";
    }
    return "";
}

static void add_paragraph(json_t *list, const prom_sentence *sentence)
{
    (void)json_array_append_new(list, json_string(sentence->text));
}

static uint32_t tolerated(const prom_certificate_facts *facts)
{
    return prom_parameters_tolerated(&facts->question->P);
}

/* "while no more than 1 of the 3 arbiters is against you" */
static void add_assumption(prom_sentence *text, const prom_certificate_facts *facts)
{
    const uint32_t few = tolerated(facts);
    if (few == 0) {
        prom_sentence_add(text, "while no arbiter is against you");
    } else {
        prom_sentence_add(text, "while no more than %" PRIu32 " of the %u arbiters %s against you", few,
                          (unsigned)facts->question->P.n, few == 1 ? "is" : "are");
    }
}

/* -- You can lose at most -- */

/* "; all of the 137,833 that you lock if more are". */
static void add_worst(prom_sentence *text, const prom_loss *loss)
{
    char shown[2][PROM_ADVICE_SAT];
    if (loss->worst > loss->kept) {
        const bool all = loss->worst >= loss->deposit;
        prom_sentence_add(text, "; %s of the %s that you lock if more are",
                          all ? "all" : prom_advice_sat(shown[0], loss->worst),
                          prom_advice_sat(shown[1], loss->deposit));
    }
}

/* "137,833 sat, and get no right result for it, while no more than 1 of the 3 arbiters is against you; all of the
 * 137,833 that you lock if more are" */
static void add_loss(prom_sentence *text, const prom_certificate_facts *facts, const prom_loss *loss)
{
    char shown[PROM_ADVICE_SAT];
    if (loss->kept < 1) {
        prom_sentence_add(text, "nothing, ");
    } else {
        prom_sentence_add(text, "%s sat%s, ", prom_advice_sat(shown, loss->kept),
                          loss->without_result ? ", and get no right result for it" : "");
    }
    add_assumption(text, facts);
    add_worst(text, loss);
}

static void add_fees(prom_sentence *text, const prom_loss *loss)
{
    char shown[PROM_ADVICE_SAT];
    if (loss->fees >= 1) {
        prom_sentence_add(text, " Besides at most %s sat of fees, where nothing has to be hurried.",
                          prom_advice_sat(shown, loss->fees));
    }
}

/* By default the client is its own verifier: both deposits are its own, and it pays for nothing that it has not
 * checked.
 */
static void tell_client(json_t *list, const prom_certificate_facts *facts)
{
    const prom_loss *own = &facts->losses[PROM_LOSS_OWN];
    const bool may = prom_loss_party_is(PROM_LOSS_OWN, facts->question);
    char shown[2][PROM_ADVICE_SAT];
    prom_sentence it = {.length = 0};
    prom_sentence_add(&it, "As the client who keeps the rules: ");
    if (may) {
        prom_sentence_add(&it,
                          "if you are your own verifier: %s sat for a result that passes your check, %s sat where you "
                          "have none, ",
                          prom_advice_sat(shown[0], own->kept), prom_advice_sat(shown[1], own->for_nothing));
        add_assumption(&it, facts);
        add_worst(&it, own);
        prom_sentence_add(&it, "; if the verifier is somebody else: ");
    }
    add_loss(&it, facts, &facts->losses[PROM_LOSS_C]);
    prom_sentence_add(&it, ".");
    add_fees(&it, &facts->losses[may ? PROM_LOSS_OWN : PROM_LOSS_C]);
    add_paragraph(list, &it);
}

/* What the default, client and verifier as one person, does to the worker. */
static void tell_default(json_t *list, const prom_certificate_facts *facts)
{
    const double share = facts->solution->games[0]->symbols[PROM_QUANTITY_SHARE_W];
    const prom_loss *worker = &facts->losses[PROM_LOSS_W];
    char shown[PROM_ADVICE_SAT];
    prom_sentence it = {.length = 0};
    if (!prom_loss_party_is(PROM_LOSS_OWN, facts->question) || worker->gains < share - PROM_GAME_TOLERANCE) {
        return;
    }
    prom_sentence_add(&it,
                      "By default the client is its own verifier. A worker who keeps the rules loses nothing by that: "
                      "it ends with at least its stake and its part of the reward, %s sat, whatever client and "
                      "verifier do together, ",
                      prom_advice_sat(shown, worker->deposit + worker->gains));
    add_assumption(&it, facts);
    prom_sentence_add(&it, ".");
    add_paragraph(list, &it);
}

static void tell_losses(json_t *list, const prom_certificate_facts *facts)
{
    tell_client(list, facts);
    for (prom_loss_party party = PROM_LOSS_W; party < PROM_LOSS_PARTIES; party++) {
        prom_sentence it = {.length = 0};
        prom_sentence_add(&it, "As %s %s who keeps the rules: ", party == PROM_LOSS_A ? "an" : "the",
                          prom_loss_party_name(party));
        add_loss(&it, facts, &facts->losses[party]);
        prom_sentence_add(&it, ".");
        add_fees(&it, &facts->losses[party]);
        add_paragraph(list, &it);
    }
    tell_default(list, facts);
    prom_sentence own = {.length = 0};
    prom_sentence_add(&own, "Your own work, and what your coins would have earned elsewhere, come on top.");
    add_paragraph(list, &own);
}

/* -- The cheapest attack -- */

static void tell_attack(json_t *list, const prom_certificate_facts *facts)
{
    const prom_cheapest *cheapest = &facts->cheapest;
    char attack[PROM_ADVICE_ATTACK];
    char text[2][PROM_ADVICE_SAT];
    char time[PROM_CONTRACT_HOURS];
    prom_sentence it = {.length = 0};
    if (cheapest->attack == NULL) {
        prom_sentence_add(&it, "None was found: nobody can gain, and nobody can hurt another.");
        add_paragraph(list, &it);
        return;
    }
    const double gain = cheapest->attack->gain;
    prom_sentence_add(&it, "%s", prom_advice_attack(attack, cheapest->attack));
    add_paragraph(list, &it);
    it = (prom_sentence){.length = 0};
    if (gain < -PROM_GAME_TOLERANCE) {
        prom_sentence_add(&it, "It costs them %s sat, and gains nothing.", prom_advice_sat(text[0], -gain));
    } else {
        prom_sentence_add(&it, "It costs them nothing that honest players do not pay, and gains %s sat more.",
                          prom_advice_sat(text[0], gain));
    }
    prom_sentence_add(&it, " For it they lock %s sat for %s", prom_advice_sat(text[1], cheapest->locks),
                      prom_contract_hours_text(time, cheapest->blocks));
    if (cheapest->attack->group.m > 0) {
        prom_sentence_add(&it, ", and need %" PRIu32 " of the %u arbiters", cheapest->attack->group.m,
                          (unsigned)facts->question->P.n);
    }
    prom_sentence_add(&it, ".");
    add_paragraph(list, &it);
}

/* -- To collude they need -- */

/* The chance by share of the offers, as explain tells it. */
static void tell_chances(json_t *list, const prom_certificate_facts *facts)
{
    static const unsigned shares[] = {10, 20, 30};
    const prom_game_question *question = facts->question;
    const prom_parameters *P = &question->P;
    const uint32_t k = prom_parameters_quorum(P);
    prom_sentence it = {.length = 0};
    prom_sentence_add(&it, "Arbiters are drawn by lot. Who owns");
    for (size_t i = 0; i < 3; i++) {
        prom_sentence_add(&it, "%s %u", i == 0 ? "" : i == 2 ? " or" : ",", shares[i]);
    }
    prom_sentence_add(&it, " %% of the offers has %" PRIu32 " seats in", k);
    for (size_t i = 0; i < 3; i++) {
        prom_sentence_add(&it, "%s %.2g",
                          i == 0   ? ""
                          : i == 2 ? " or"
                                   : ",",
                          100 * prom_pool_chance_of_share(P->n, k, shares[i] / 100.0));
    }
    prom_sentence_add(&it, " %% of draws.");
    if (question->setting.pool > 0) {
        char locks[PROM_AMOUNT_GROUPED];
        prom_sentence_add(&it,
                          " Here it is taken that one person has at most %" PRIu32 " of %" PRIu32
                          " offers: %.2g %% of draws, for %s sat that it locks.",
                          question->setting.owned, question->setting.pool, 100 * facts->solution->seats[1].chance,
                          prom_amount_grouped(locks, prom_amount_multiply(P->a, question->setting.owned)));
    }
    add_paragraph(list, &it);
}

static void tell_collusion(json_t *list, const prom_certificate_facts *facts)
{
    const uint32_t n = facts->question->P.n;
    const prom_game_seats *seats = facts->solution->seats;
    prom_sentence it = {.length = 0};
    if (seats[0].m == seats[1].m) {
        prom_sentence_add(&it,
                          "%" PRIu32 " of the %" PRIu32
                          " arbiters, to decide as they like, or to keep a decision from being made.",
                          seats[1].m, n);
    } else {
        prom_sentence_add(&it,
                          "%" PRIu32 " of the %" PRIu32 " arbiters, to decide as they like, or %" PRIu32
                          " to keep a decision from being made, or a worker from showing that it delivered in time.",
                          seats[1].m, n, seats[0].m);
    }
    add_paragraph(list, &it);
    tell_chances(list, facts);
    it = (prom_sentence){.length = 0};
    if (seats[1].bribe_each >= 1) {
        char text[2][PROM_ADVICE_SAT];
        prom_sentence_add(&it,
                          "Bought after the draw, each asks for %s sat at least, all together for %s: so much it loses "
                          "by a false decision.",
                          prom_advice_sat(text[0], seats[1].bribe_each),
                          prom_advice_sat(text[1], seats[1].m * seats[1].bribe_each));
    } else {
        char text[PROM_ADVICE_SAT];
        prom_sentence_add(
            &it,
            "An arbiter that is bought after the draw loses nothing by a false decision that succeeds. Who "
            "buys has to promise %s sat for the case that it fails, and pays nothing when it does not.",
            prom_advice_sat(text, seats[1].bribe_promised));
    }
    add_paragraph(list, &it);
    if (!facts->question->fund_is_nobodys) {
        (void)json_array_append_new(list, json_string("The common fund F is not the key that nobody has: whoever has "
                                                      "it is one party more, and gains from every failure."));
    }
}

/* -- True as long as -- */

enum { MARGINS_TOLD = 6, MARGINS_OF_RISK = 2 };

/* What others think or do can change; what is signed cannot. Only what makes it worse is told. */
static bool is_told(const prom_game_margin *margin)
{
    const prom_game_parameter *parameter = prom_game_parameter_at(margin->parameter);
    const bool changes = parameter->of_setting || strcmp(parameter->name, "feerate") == 0;
    return changes && isfinite(margin->change) && margin->comes;
}

/* Adds what a number is of: "the time until the delivery stays". */
static void add_subject(prom_sentence *text, const prom_game_parameter *parameter)
{
    static const char *const several[] = {"pool", "owned", "known", "rolls", "future"};
    static const char *const times[] = {"t1", "t2", "t3", "t4", "compute", "verify"}; /* "until the delivery" */
    bool time = false;
    const char *verb = "stays";
    for (size_t i = 0; i < sizeof several / sizeof *several; i++) {
        verb = strcmp(parameter->name, several[i]) == 0 ? "stay" : verb;
    }
    if (strcmp(parameter->name, "owned") == 0) {
        prom_sentence_add(text, "the offers of one person");
    } else {
        for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
            time = time || strcmp(parameter->name, times[i]) == 0;
        }
        prom_sentence_add(text, "%s%s", time ? "the time " : "", parameter->what);
    }
    prom_sentence_add(text, " %s", verb);
}

/* "119,487 sat", "3.76 %", "80 blocks". */
static void add_number(prom_sentence *text, const prom_game_parameter *parameter, double value)
{
    char number[PROM_ADVICE_SAT];
    if (strcmp(parameter->unit, "bp") == 0) {
        prom_sentence_add(text, "%.2f %%", value / 100);
    } else {
        prom_sentence_add(text, "%s%s%s", prom_advice_sat(number, value), parameter->unit[0] == '\0' ? "" : " ",
                          parameter->unit);
    }
}

static void tell_margin(json_t *list, const prom_certificate_facts *facts, const prom_game_margin *margin)
{
    const prom_game_parameter *parameter = prom_game_parameter_at(margin->parameter);
    const bool grows = margin->change > 0;
    prom_sentence it = {.length = 0};
    if (strcmp(parameter->name, "price") == 0) {
        prom_sentence_add(&it, "bitcoin's price does not %s by %.3g %% or more", grows ? "rise" : "fall",
                          100 * fabs(margin->change));
    } else {
        add_subject(&it, parameter);
        prom_sentence_add(&it, grows ? " below " : " above ");
        add_number(&it, parameter, margin->value);
        prom_sentence_add(&it, " (here: ");
        add_number(&it, parameter, prom_game_parameter_get(facts->question, margin->parameter));
        prom_sentence_add(&it, ")");
    }
    prom_sentence_add(&it, ". Else: %s", prom_game_risk_meaning(margin->risk));
    prom_sentence_begin(&it);
    add_paragraph(list, &it);
}

static void tell_margins(json_t *list, const prom_certificate_facts *facts)
{
    unsigned of_risk[PROM_RISKS] = {0};
    size_t told = 0;
    size_t more = 0;
    for (size_t i = 0; i < prom_game_parameter_count(); i++) {
        const prom_game_margin *margin = &facts->margins[i];
        if (!is_told(margin)) {
            continue;
        }
        if (told == MARGINS_TOLD || of_risk[margin->risk] == MARGINS_OF_RISK) {
            more++;
            continue;
        }
        tell_margin(list, facts, margin);
        of_risk[margin->risk]++;
        told++;
    }
    if (more > 0) {
        prom_sentence it = {.length = 0};
        prom_sentence_add(&it, "%zu more such limit%s, further off or of the same kind, %s in the JSON (margins).",
                          more, more == 1 ? "" : "s", more == 1 ? "is" : "are");
        add_paragraph(list, &it);
    }
    if (told == 0) {
        (void)json_array_append_new(
            list, json_string("No number that others choose, changed alone to anything between a tenth of it and ten "
                              "times as much, makes it worse."));
    }
}

/* -- Not covered -- */

/* Returns the feerate above which the client would pay more in fees than the reward, by the longest way, sat/vB. */
static double dearest_feerate(const prom_certificate_facts *facts)
{
    const prom_game_question *question = facts->question;
    double least = HUGE_VAL;
    for (uint32_t m = 0; m <= PROM_ARBITERS_MAX; m++) {
        const prom_game *game = facts->solution->games[m];
        for (size_t i = 0; game != NULL && i < game->tree.ending_count; i++) {
            const prom_game_outcome *outcome = &game->outcomes[i];
            const double anchors = (double)PROM_ANCHOR_SAT * (1 + outcome->anchors);
            const double vsize = (double)question->sizes.tx0[PROM_PARTY_C] + outcome->vsize;
            const double feerate = (game->symbols[PROM_QUANTITY_C] - anchors) / vsize;
            least = feerate < least ? feerate : least;
        }
    }
    return least > 0 ? floor(least) : 0;
}

static void tell_not_covered(json_t *list, const prom_certificate_facts *facts)
{
    const prom_game_question *question = facts->question;
    char most[PROM_ADVICE_SAT];
    prom_sentence it = {.length = 0};
    prom_sentence_add(&it,
                      "Fees above some %s sat/vB, where the longest way costs more than the reward; reorganisations "
                      "of more than %" PRIu32 " blocks; ",
                      prom_advice_sat(most, dearest_feerate(facts)), question->network->safety_margin);
    if (question->setting.pool > 0) {
        prom_sentence_add(&it, "somebody who owns more than %" PRIu32 " of %" PRIu32 " offers to arbitrate; ",
                          question->setting.owned, question->setting.pool);
    } else {
        prom_sentence_add(&it, "how many offers to arbitrate one person owns: nothing is taken of it; ");
    }
    prom_sentence_add(&it, "faults of programs and machines, lost keys, a wrong job. And what you think your work and "
                           "the result are worth is taken as you said it.");
    add_paragraph(list, &it);
    it = (prom_sentence){.length = 0};
    if (question->setting.audit == 0) {
        prom_sentence_add(&it, "There is no audit window (t5 = 0): nobody can punish a verifier that signs without "
                               "looking, and a worker and a verifier that are one person are paid for garbage. Be your "
                               "own verifier, by a second key, or take one from another source than the worker.");
    } else {
        prom_sentence_add(&it, "The audit window is designed, and not built yet.");
    }
    add_paragraph(list, &it);
}

json_t *prom_certificate_line_json(prom_certificate_line line, const prom_certificate_facts *facts)
{
    static void (*const tell[PROM_LINES])(json_t *, const prom_certificate_facts *) = {
        [PROM_LINE_LOSE] = tell_losses,
        [PROM_LINE_ATTACK] = tell_attack,
        [PROM_LINE_COLLUDE] = tell_collusion,
        [PROM_LINE_TRUE] = tell_margins,
        [PROM_LINE_NOT_COVERED] = tell_not_covered,
    };
    json_t *list = json_array();
    tell[line](list, facts);
    return list;
}
