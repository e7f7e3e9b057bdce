#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "advice/report.h"
#include "advice/words.h"
#include "base/sentence.h"
#include "outlook/paragraph.h"
#include "outlook/prospects.h"
#include "outlook/verdict.h"
#include "prometheus/contract/draw.h"

enum { MARGINS_SHOWN = 10, PERCENT = 100 };

/* -- Seats -- */

static void add_chances(prom_sentence *text, const prom_game_seats *seats, const prom_game_question *question)
{
    const prom_game_setting *setting = &question->setting;
    prom_sentence_add(text, " Who owns ");
    for (size_t i = 0; i < PROM_CONTRACT_SHARES; i++) {
        prom_sentence_add(text, "%s%u",
                          i == 0                         ? ""
                          : i + 1 < PROM_CONTRACT_SHARES ? ", "
                                                         : " or ",
                          prom_contract_shares[i]);
    }
    prom_sentence_add(text, "~%% of a large pool is drawn for them with a chance of ");
    for (size_t i = 0; i < PROM_CONTRACT_SHARES; i++) {
        const double share = (double)prom_contract_shares[i] / PERCENT;
        prom_sentence_add(text, "%s%.2g",
                          i == 0                         ? ""
                          : i + 1 < PROM_CONTRACT_SHARES ? ", "
                                                         : " or ",
                          PERCENT * prom_pool_chance_of_share(question->P.n, seats->m, share));
    }
    prom_sentence_add(text, "~%%.");
    if (seats->chance >= 0) {
        prom_sentence_add(text, " With %" PRIu32 " of %" PRIu32 " offers it is %.2g~%%.", setting->owned, setting->pool,
                          PERCENT * seats->chance);
    }
}

/* What so many arbiters are worth to whom, and what they ask. */
static void add_price(prom_sentence *text, const prom_game_seats *seats, const prom_game_question *question)
{
    char group[PROM_CONTRACT_GROUP];
    char ending[PROM_CONTRACT_ENDING];
    char sat[PROM_ADVICE_SAT];
    if (seats->worth > 0) {
        prom_sentence_add(text, " To %s they are worth %s", prom_contract_group_text(group, &seats->best.group),
                          prom_advice_sat(sat, seats->worth));
        prom_sentence_add(text, ", by %s.",
                          prom_contract_ending_name(ending, prom_contract_attack_scheme(&seats->best)));
    }
    add_chances(text, seats, question);
    if (seats->bribe_each > 0) {
        prom_sentence_add(text, " Bought after the draw, each asks %s", prom_advice_sat(sat, seats->bribe_each));
        prom_sentence_add(text, " at least, all together %s.", prom_advice_sat(sat, seats->bribe_each * seats->m));
    } else {
        prom_sentence_add(text, " Bought after the draw, each loses nothing by a false decision that succeeds; what "
                                "holds it is that it cannot know whether the others do as told.");
    }
    prom_sentence_add(text, " Who pays them only if the attack fails has to promise %s.",
                      prom_advice_sat(sat, seats->bribe_promised));
}

static void print_seats(const prom_advice_report *report)
{
    static const char *const what[] = {"can keep a decision from being made", "make every decision"};
    const prom_game_question *question = report->solution->question;
    const prom_game_seats *seats = report->solution->seats;
    const bool same = seats[0].m == seats[1].m; /* as where n is odd and k is the least majority */
    (void)printf("\nSeats, and their price, sat\n\n");
    for (size_t i = same; i < sizeof what / sizeof *what; i++) {
        prom_sentence text = {.length = 0};
        prom_sentence_add(&text, "%" PRIu32 " of %u arbiters %s%s%s.", seats[i].m, (unsigned)question->P.n,
                          same ? what[0] : "", same ? ", and " : "", what[i]);
        add_price(&text, &seats[i], question);
        prom_paragraph(4, "  %s", text.text);
    }
    if (question->setting.pool > 0) {
        char sat[2][PROM_ADVICE_SAT];
        const bool one = question->setting.owned == 1;
        prom_paragraph(4,
                       "  The owner of %" PRIu32 " offer%s may expect %s of its seats in a contract in which it is a "
                       "party as well; the offer%s %s in that time.",
                       question->setting.owned, one ? "" : "s",
                       prom_advice_sat(sat[0], report->solution->seats_expected), one ? " costs" : "s cost",
                       prom_advice_sat(sat[1], report->solution->seats_cost));
    }
}

/* -- Mixed play -- */

static void add_play(prom_sentence *text, const prom_game_solution *solution, const prom_mixed_equilibrium *play,
                     size_t player)
{
    static const char *const names[PROM_MIXED_PLAYERS] = {"worker", "verifier", "client"};
    const char *between = "";
    if (solution->choices.actions[player] < 2) {
        return;
    }
    prom_sentence_add(text, "%s%s: ", player == 0 ? "" : "; ", names[player]);
    for (size_t action = 0; action < solution->choices.actions[player]; action++) {
        const double chance = play->chance[player][action];
        if (chance > 0.9995) {
            prom_sentence_add(text, "%s", prom_advice_choice(solution, player, action));
        } else if (chance > 0) {
            prom_sentence_add(text, "%s%s (%.3g~%%)", between, prom_advice_choice(solution, player, action),
                              PERCENT * chance);
            between = ", ";
        }
    }
}

static void print_choices(const prom_advice_report *report)
{
    const prom_game_solution *solution = report->solution;
    (void)printf("\nWhere nobody sees what the others do: equilibria of worker, verifier and client\n\n");
    for (size_t i = 0; i < solution->equilibrium_count; i++) {
        const prom_mixed_equilibrium *play = &solution->equilibria[i];
        char sat[3][PROM_ADVICE_SAT];
        prom_sentence text = {.length = 0};
        for (size_t player = 0; player < PROM_MIXED_PLAYERS; player++) {
            add_play(&text, solution, play, player);
        }
        prom_paragraph(4, "  %zu %s. They may expect %s, %s and %s sat.", i + 1, text.text,
                       prom_advice_sat(sat[0], play->expected[0]), prom_advice_sat(sat[1], play->expected[1]),
                       prom_advice_sat(sat[2], play->expected[2]));
    }
    if (solution->equilibrium_count == 0) {
        (void)printf("  none was found\n");
    } else {
        char way[PROM_ADVICE_ATTACK];
        prom_paragraph(2, "\n  As %s is likeliest to go: %s", solution->equilibrium_count == 1 ? "it" : "the first",
                       prom_advice_way(way, solution->games[0], solution->equilibrium_ending));
    }
    prom_paragraph(
        2,
        "\n  Of the verifier these are all ways that there are here: it verifies and says what it saw, signs "
        "blindly, accuses blindly, or is silent. Afterwards the worker does its best, and the others keep "
        "the rules.%s",
        solution->equilibrium_count == PROM_GAME_EQUILIBRIA
            ? " There may be more equilibria: no more than 8 are looked for."
            : "");
}

/* -- What hurts, and what it costs -- */

static const char *victim_name(prom_game_player victim)
{
    return victim == PROM_GAME_A || victim == PROM_GAME_H ? "arbiters" : prom_game_player_name(victim);
}

static void print_griefs(const prom_advice_report *report)
{
    const prom_game_solution *solution = report->solution;
    (void)printf("\nGriefing: what one can spend to hurt another, sat\n\n  %-9s%-11s%-10s%16s%15s%9s\n", "ends", "who",
                 "hurts", "spends", "victim loses", "factor");
    for (size_t i = 0; i < solution->grief_count; i++) {
        const prom_game_grief *grief = &solution->griefs[i];
        char letters[PROM_ADVICE_LETTERS];
        char sat[PROM_ADVICE_SAT];
        char ends[PROM_CONTRACT_ENDING];
        char spends[PROM_ADVICE_SAT + 8];
        const double gain = grief->attack.gain;
        (void)snprintf(spends, sizeof spends, "%s%s", gain > 0 ? "gains " : "", prom_advice_fit(sat, fabs(gain), 10));
        (void)printf("  %-9s%-11s%-10s%16s",
                     prom_contract_ending_name(ends, prom_contract_attack_scheme(&grief->attack)),
                     prom_advice_letters(letters, &grief->attack.group), victim_name(grief->attack.victim), spends);
        (void)printf("%15s", prom_advice_fit(sat, grief->attack.loss, 14));
        if (isfinite(grief->factor)) {
            (void)printf("%9.2g\n", grief->factor);
        } else {
            (void)printf("%9s\n", "infinite");
        }
    }
    if (solution->grief_count == 0) {
        (void)printf("  nobody can\n");
    }
}

/* -- How far it holds -- */

static void print_least_row(const char *name, const char *unit, double least, double now, const char *what)
{
    char text[PROM_ADVICE_SAT];
    (void)printf("  %-10s%15s", name, least < 0 ? "no value" : prom_advice_fit(text, least, 14));
    (void)printf("%15s %-4s %s\n", isnan(now) ? "" : prom_advice_fit(text, now, 14), unit, what);
}

static double number_now(const prom_game_question *question, const char *name)
{
    return prom_game_parameter_get(question, prom_game_parameter_find(name));
}

static void print_least(const prom_advice_report *report)
{
    const prom_game_least *least = &report->least;
    const prom_game_question *question = report->solution->question;
    const prom_game *game = report->solution->games[0];
    (void)printf("\nLeast values\n\n  %-10s%15s%15s\n", "", "least", "now");
    print_least_row("w", "sat", least->w, number_now(question, "w"), "bounds hold, computing pays");
    print_least_row("q", "bp", least->q < 0 ? least->q : PROM_BASIS_POINTS_ONE * least->q, number_now(question, "q"),
                    "computing pays for sure");
    print_least_row("varsigma", "bp", least->varsigma, number_now(question, "varsigma"), "no item is skipped");
    print_least_row("retainer", "sat", least->retainer, number_now(question, "retainer"), "arbiters come");
    print_least_row("share_w", "sat", least->share_w, game == NULL ? NAN : game->symbols[PROM_QUANTITY_SHARE_W],
                    "a worker comes");
    print_least_row("share_v", "sat", least->share_v, game == NULL ? NAN : game->symbols[PROM_QUANTITY_SHARE_V],
                    "a verifier comes");
    print_least_row("c", "sat", least->c, number_now(question, "c"), "both come");
    print_least_row("benefit", "sat", least->benefit, number_now(question, "benefit"), "a client comes");
    prom_paragraph(2, "\n  Of w: v and a are as now; where w is above v, v is w, and a as many times v as now.");
}

/* A change that is next to none: a number that stands at its bound, as w where it is v. */
static bool is_tiny(const prom_game_margin *margin)
{
    const double tiny = 1e-4;
    return fabs(margin->change) < tiny;
}

static void print_margin(const prom_game_margin *margin)
{
    const prom_game_parameter *it = prom_game_parameter_at(margin->parameter);
    char change[32];
    char sat[PROM_ADVICE_SAT];
    (void)snprintf(change, sizeof change, "%+.3g %%", PERCENT * margin->change);
    (void)printf("  %-12s%12s%16s %-7s%s %s\n", it->name, change, prom_advice_fit(sat, margin->value, 15), it->unit,
                 prom_game_risk_name(margin->risk), margin->comes ? "comes" : "goes");
}

/* Prints those of the setting, or those of the contract, as long as there is room; returns how many there are. */
static size_t print_margins_of(const prom_advice_report *report, bool of_setting, size_t *shown)
{
    size_t count = 0;
    for (size_t i = 0; i < prom_game_parameter_count(); i++) {
        const prom_game_margin *margin = &report->margins[i];
        if (!isfinite(margin->change) || is_tiny(margin) ||
            prom_game_parameter_at(margin->parameter)->of_setting != of_setting) {
            continue;
        }
        count++;
        if (*shown < MARGINS_SHOWN) {
            print_margin(margin);
            ++*shown;
        }
    }
    return count;
}

/* Says of the numbers that have no line of their own why. */
static void print_other_margins(const prom_advice_report *report)
{
    prom_sentence at_bound = {.length = 0};
    prom_sentence none = {.length = 0};
    prom_sentence zero = {.length = 0};
    for (size_t i = 0; i < prom_game_parameter_count(); i++) {
        const prom_game_margin *margin = &report->margins[i];
        const char *name = prom_game_parameter_at(margin->parameter)->name;
        const double now = prom_game_parameter_get(report->solution->question, margin->parameter);
        if (isfinite(margin->change) && is_tiny(margin)) {
            prom_sentence_add(&at_bound, "%s%s %s (%s %s)", at_bound.length == 0 ? "" : ", ", name,
                              margin->change < 0 ? "down" : "up", prom_game_risk_name(margin->risk),
                              margin->comes ? "comes" : "goes");
        } else if (!isfinite(margin->change)) {
            prom_sentence *list = now > 0 ? &none : &zero;
            prom_sentence_add(list, "%s%s", list->length == 0 ? "" : ", ", name);
        }
    }
    if (at_bound.length > 0) {
        prom_paragraph(2, "  At a bound, so that the least change flips one: %s.", at_bound.text);
    }
    if (none.length > 0) {
        prom_paragraph(2, "  Tried from a tenth to ten times of what they are, and nothing flips: %s.", none.text);
    }
    if (zero.length > 0) {
        prom_paragraph(2, "  Not varied, as they are 0: %s.", zero.text);
    }
}

static void print_margins(const prom_advice_report *report)
{
    size_t shown = 0;
    (void)printf("\nMargins: the least change of one number that flips a verdict\n\n");
    const size_t own = print_margins_of(report, true, &shown);
    const size_t count = own + print_margins_of(report, false, &shown);
    prom_paragraph(2,
                   "%s  %zu of %zu are shown: first the %zu of what can change by itself, then those of the contract; "
                   "the weakest of each first.",
                   shown > 0 ? "\n" : "", shown, count, own);
    print_other_margins(report);
}

/* -- Conditions -- */

/* The values of the symbols that the conditions speak of. */
static void print_symbols(const prom_advice_report *report)
{
    prom_sentence text = {.length = 0};
    const prom_game *game = report->solution->games[0];
    for (unsigned symbol = 0; symbol < PROM_SYMBOLS && game != NULL; symbol++) {
        bool used = false;
        char sat[PROM_ADVICE_SAT];
        for (size_t i = 0; i < report->condition_count; i++) {
            used = used || report->conditions[i].form.of[symbol] != 0;
        }
        if (used && symbol != PROM_SYMBOL_SAT) {
            const double value = game->symbols[symbol];
            const bool whole = fabs(value - round(value)) < 0.005;
            (void)snprintf(sat, sizeof sat, "%.2f", value);
            prom_sentence_add(&text, "%s%s~= %s", text.length == 0 ? "" : "; ", prom_game_symbol_name(symbol),
                              whole ? prom_advice_sat(sat, value) : sat);
        }
    }
    if (text.length > 0) {
        prom_paragraph(2, "\n  Now, in sat: %s. [~] rounds down; i_C and so on: interest on a deposit for one block.",
                       text.text);
    }
}

static void print_claim(const prom_advice_report *report, prom_game_claim claim)
{
    char text[PROM_GAME_FORM_TEXT];
    char sat[PROM_ADVICE_SAT];
    size_t count = 0;
    for (size_t i = 0; i < report->condition_count; i++) {
        const prom_game_condition *condition = &report->conditions[i];
        if (condition->claim == claim) {
            if (count++ == 0) {
                prom_paragraph(4, "  %s", prom_game_claim_text(claim));
            }
            prom_paragraph(8, "    %s >=~0   (now~%s%s)", prom_game_form_text(text, &condition->form),
                           prom_advice_sat(sat, condition->value), condition->local ? "; local" : "");
        }
    }
    if (count == 0) {
        prom_paragraph(4, "  %s: always", prom_game_claim_text(claim));
    }
}

static void print_conditions(const prom_advice_report *report)
{
    prom_paragraph(0, "\nConditions: each claim holds if and only if all that stands below it does; what is called "
                      "local is not always needed with other numbers than these\n");
    prom_paragraph(2, "  Claims of worker, verifier and client are asked from the start of the contract, those of an "
                      "arbiter and of an appeal at every such decision. No claim but that of stalling has arbiters "
                      "who act together with others.\n");
    for (prom_game_claim claim = 0; claim < PROM_CLAIMS; claim++) {
        print_claim(report, claim);
    }
    print_symbols(report);
}

void prom_advice_report_print_limits(const prom_advice_report *report)
{
    if (report->solution->games[0] == NULL) {
        return;
    }
    print_seats(report);
    print_choices(report);
    print_griefs(report);
    print_least(report);
    print_margins(report);
    print_conditions(report);
}
