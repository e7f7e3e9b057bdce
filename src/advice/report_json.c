#include <math.h>

#include "advice/margins.h"
#include "advice/report.h"
#include "advice/words.h"
#include "outlook/verdict.h"
#include "prometheus/contract/draw.h"

static json_t *json_finding(const prom_game_finding *finding)
{
    json_t *answer = prom_contract_finding_json(finding);
    (void)json_object_set_new(answer, "deviations",
                              finding->has_attack ? prom_advice_deviations_json(&finding->attack) : json_null());
    return answer;
}

static json_t *json_findings(const prom_game_solution *solution)
{
    json_t *list = json_array();
    for (size_t i = 0; i < solution->finding_count; i++) {
        (void)json_array_append_new(list, json_finding(&solution->findings[i]));
    }
    return list;
}

static json_t *json_accepted(uint32_t accepted)
{
    json_t *list = json_array();
    for (prom_game_risk risk = 0; risk < PROM_RISKS; risk++) {
        if ((accepted & (UINT32_C(1) << risk)) != 0) {
            (void)json_array_append_new(list, json_string(prom_game_risk_name(risk)));
        }
    }
    return list;
}

/* Every number of the question: its value, its unit, and whether a file that says nothing would have the same. */
static json_t *json_assumptions(const prom_game_question *question)
{
    prom_game_question defaults = *question;
    json_t *answer = json_object();
    defaults.setting = prom_game_setting_default(&question->P, question->c);
    for (size_t i = 0; i < prom_game_parameter_count(); i++) {
        const prom_game_parameter *it = prom_game_parameter_at(i);
        const double value = prom_game_parameter_get(question, i);
        const bool usual = it->of_setting && fabs(value - prom_game_parameter_get(&defaults, i)) < 0.5;
        (void)json_object_set_new(answer, it->name,
                                  json_pack("{s:o, s:s, s:s, s:b, s:b}", "value", prom_advice_number(value), "unit",
                                            it->unit, "what", it->what, "of_setting", it->of_setting, "default",
                                            usual));
    }
    return answer;
}

static json_t *json_account(const prom_game_solution *solution, prom_game_player player)
{
    const prom_advice_account account = prom_advice_account_of(solution, player);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "paid", prom_advice_number(account.paid), "benefit",
                     prom_advice_number(account.benefit), "work", prom_advice_number(account.work), "fees",
                     prom_advice_number(account.fees), "interest", prom_advice_number(account.interest), "result",
                     prom_advice_number(account.result));
}

static json_t *json_honest(const prom_game_solution *solution)
{
    static const prom_game_player players[] = {PROM_GAME_C, PROM_GAME_W, PROM_GAME_V, PROM_GAME_A};
    json_t *answer = json_object();
    for (size_t i = 0; i < sizeof players / sizeof *players; i++) {
        json_t *account = json_account(solution, players[i]);
        (void)json_object_set_new(account, "promised", prom_advice_number(solution->promised[players[i]]));
        (void)json_object_set_new(answer, prom_advice_player_letter(players[i]), account);
    }
    return answer;
}

static json_t *json_players(unsigned players)
{
    static const prom_game_player order[] = {PROM_GAME_C, PROM_GAME_W, PROM_GAME_V, PROM_GAME_F};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if ((players & PROM_GAME_PLAYER(order[i])) != 0) {
            (void)json_array_append_new(list, json_string(prom_advice_player_letter(order[i])));
        }
    }
    return list;
}

static json_t *json_attack(const prom_game_attack *attack)
{
    json_t *victim =
        attack->victim < PROM_GAME_PLAYERS ? json_string(prom_advice_player_letter(attack->victim)) : json_null();
    return json_pack("{s:o, s:i, s:o, s:o, s:o, s:i, s:o}", "players", json_players(attack->group.players), "arbiters",
                     (int)attack->group.m, "gain", prom_advice_number(attack->gain), "victim", victim, "loss",
                     prom_advice_number(attack->loss), "scheme", (int)prom_contract_attack_scheme(attack), "deviations",
                     prom_advice_deviations_json(attack));
}

static json_t *json_groups(const prom_game_solution *solution)
{
    json_t *list = json_array();
    for (size_t players = 0; players < PROM_GAME_GROUPS; players++) {
        for (size_t m = players == 0 ? 1 : 0; m <= PROM_ARBITERS_MAX; m++) {
            if (solution->gains[players][m].game != NULL) {
                (void)json_array_append_new(list, json_attack(&solution->gains[players][m]));
            }
        }
    }
    return list;
}

static json_t *json_own_verifier(const prom_own_verifier *it)
{
    json_t *list = json_array();
    for (size_t i = 0; i < it->count; i++) {
        json_t *play = json_attack(it->play[i].attack);
        (void)json_object_set_new(play, "worker", prom_advice_number(it->play[i].worker));
        (void)json_array_append_new(list, play);
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "locked", prom_advice_number(it->locked), "honest",
                     prom_advice_number(it->honest), "promised", prom_advice_number(it->promised), "against", list);
}

static json_t *json_seat(const prom_game_solution *solution, const prom_game_seats *seats)
{
    json_t *shares = json_array();
    for (unsigned percent = 10; percent <= 50; percent += 10) {
        const double share = (double)percent / 100;
        const double chance = prom_pool_chance_of_share(solution->question->P.n, seats->m, share);
        (void)json_array_append_new(shares, json_pack("{s:f, s:f}", "share", share, "chance", chance));
    }
    return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o}",                                      //
                     "arbiters", (int)seats->m,                                                  //
                     "best", seats->best.game == NULL ? json_null() : json_attack(&seats->best), //
                     "worth", prom_advice_number(seats->worth),                                  //
                     "chance", seats->chance < 0 ? json_null() : json_real(seats->chance),       //
                     "chances", shares,                                                          //
                     "bribe_each", prom_advice_number(seats->bribe_each),                        //
                     "bribe_promised", prom_advice_number(seats->bribe_promised));
}

static json_t *json_seats(const prom_game_solution *solution)
{
    const bool known = solution->question->setting.pool > 0;
    return json_pack("{s:o, s:o, s:o, s:o}", "block", json_seat(solution, &solution->seats[0]), "decide",
                     json_seat(solution, &solution->seats[1]), "expected",
                     known ? prom_advice_number(solution->seats_expected) : json_null(), "cost",
                     known ? prom_advice_number(solution->seats_cost) : json_null());
}

/* -- What nobody sees -- */

static const char *const CHOOSERS[PROM_MIXED_PLAYERS] = {"W", "V", "C"};

static json_t *json_play(const prom_game_solution *solution, const prom_mixed_equilibrium *play)
{
    const prom_mixed_game *choices = &solution->choices;
    json_t *answer = json_pack("{s:b}", "pure", play->pure);
    json_t *expected = json_object();
    for (size_t player = 0; player < PROM_MIXED_PLAYERS; player++) {
        json_t *chances = json_object();
        for (size_t action = 0; action < choices->actions[player]; action++) {
            (void)json_object_set_new(chances, prom_advice_choice(solution, player, action),
                                      json_real(play->chance[player][action]));
        }
        (void)json_object_set_new(answer, CHOOSERS[player], chances);
        (void)json_object_set_new(expected, CHOOSERS[player], prom_advice_number(play->expected[player]));
    }
    (void)json_object_set_new(answer, "expected", expected);
    return answer;
}

static json_t *json_equilibria(const prom_game_solution *solution)
{
    json_t *list = json_array();
    for (size_t i = 0; i < solution->equilibrium_count; i++) {
        (void)json_array_append_new(list, json_play(solution, &solution->equilibria[i]));
    }
    return list;
}

/* What each gets, by what worker, verifier and client do, in this order. */
static json_t *json_choices(const prom_game_solution *solution)
{
    const prom_mixed_game *choices = &solution->choices;
    json_t *list = json_array();
    for (size_t w = 0; w < choices->actions[0]; w++) {
        for (size_t v = 0; v < choices->actions[1]; v++) {
            for (size_t c = 0; c < choices->actions[2]; c++) {
                const double *payoff = choices->payoff[w][v][c];
                (void)json_array_append_new(
                    list, json_pack("{s:s, s:s, s:s, s:[o, o, o]}", CHOOSERS[0], prom_advice_choice(solution, 0, w),
                                    CHOOSERS[1], prom_advice_choice(solution, 1, v), CHOOSERS[2],
                                    prom_advice_choice(solution, 2, c), "get", prom_advice_number(payoff[0]),
                                    prom_advice_number(payoff[1]), prom_advice_number(payoff[2])));
            }
        }
    }
    return list;
}

/* -- How far it holds -- */

static json_t *json_griefs(const prom_game_solution *solution)
{
    json_t *list = json_array();
    for (size_t i = 0; i < solution->grief_count; i++) {
        json_t *grief = json_attack(&solution->griefs[i].attack);
        (void)json_object_set_new(grief, "factor", prom_advice_number(solution->griefs[i].factor));
        (void)json_array_append_new(list, grief);
    }
    return list;
}

static json_t *json_at_least(double least)
{
    return least < 0 ? json_null() : prom_advice_number(least);
}

static json_t *json_least(const prom_game_least *least)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "w", json_at_least(least->w), "q",
                     least->q < 0 ? json_null() : json_real(least->q), "varsigma", json_at_least(least->varsigma),
                     "retainer", json_at_least(least->retainer), "share_w", json_at_least(least->share_w), "share_v",
                     json_at_least(least->share_v), "c", json_at_least(least->c), "benefit",
                     json_at_least(least->benefit));
}

static json_t *json_conditions(const prom_advice_report *report)
{
    json_t *list = json_array();
    for (size_t i = 0; i < report->condition_count; i++) {
        const prom_game_condition *it = &report->conditions[i];
        char text[PROM_GAME_FORM_TEXT];
        json_t *factors = json_object();
        for (unsigned symbol = 0; symbol < PROM_SYMBOLS; symbol++) {
            if (it->form.of[symbol] != 0) {
                (void)json_object_set_new(factors, symbol == PROM_SYMBOL_SAT ? "1" : prom_game_symbol_name(symbol),
                                          json_real(it->form.of[symbol]));
            }
        }
        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:s, s:o, s:o, s:b}", "claim", prom_game_claim_text(it->claim),
                                              "form", prom_game_form_text(text, &it->form), "factors", factors, "value",
                                              prom_advice_number(it->value), "local", (int)it->local));
    }
    return list;
}

static json_t *json_symbols(const prom_game *game)
{
    json_t *answer = json_object();
    for (unsigned symbol = 0; symbol < PROM_SYMBOLS; symbol++) {
        if (symbol != PROM_SYMBOL_SAT) {
            (void)json_object_set_new(answer, prom_game_symbol_name(symbol), prom_advice_number(game->symbols[symbol]));
        }
    }
    return answer;
}

static json_t *json_checkmate(const prom_advice_report *report)
{
    const prom_game_properties *it = &report->properties;
    return report->not_exported.sentence[0] != '\0'
               ? json_null()
               : json_pack("{s:b, s:b, s:b}", "weak_immunity", it->weak_immunity, "collusion_resilience",
                           it->collusion_resilience, "practicality", it->practicality);
}

json_t *prom_advice_report_json(const prom_advice_report *report)
{
    const prom_game_solution *solution = report->solution;
    const prom_game_question *question = solution->question;
    const prom_game_finding *weakest = prom_game_weakest(solution);
    json_t *answer =
        json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "network", question->network->name, "rules",
                  question->rules == PROM_GAME_RULES_PAPER ? "paper" : "contract", "verdict",
                  prom_advice_verdict_name(report->verdict), "accepted", json_accepted(report->advice->accepted),
                  "bound", solution->bound.sentence[0] == '\0' ? json_null() : json_string(solution->bound.sentence),
                  "weakest", weakest == NULL ? json_null() : json_string(prom_game_risk_name(weakest->risk)),
                  "findings", json_findings(solution));
    (void)json_object_set_new(answer, "assumptions", json_assumptions(question));
    if (solution->games[0] == NULL) {
        static const char *const absent[] = {
            "honest", "properties", "groups",  "client_as_verifier", "seats",   "choices",  "equilibria",
            "griefs", "least",      "margins", "conditions",         "symbols", "checkmate"};
        for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
            (void)json_object_set_new(answer, absent[i], json_null());
        }
        return answer;
    }
    (void)json_object_update_new(
        answer,
        json_pack("{s:o, s:{s:b, s:b, s:b, s:b}, s:o, s:o, s:o}", "honest", json_honest(solution), "properties", "nash",
                  solution->nash, "subgame_perfect", solution->subgame_perfect, "coalition_proof",
                  solution->coalition_proof, "immune", solution->immune, "groups", json_groups(solution),
                  "client_as_verifier", json_own_verifier(&report->own_verifier), "seats", json_seats(solution)));
    (void)json_object_update_new(
        answer,
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "choices", json_choices(solution), "equilibria",
                  json_equilibria(solution), "griefs", json_griefs(solution), "least", json_least(&report->least),
                  "margins", prom_margins_json(report->margins, question), "conditions", json_conditions(report),
                  "symbols", json_symbols(solution->games[0]), "checkmate", json_checkmate(report)));
    return answer;
}
