#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "advice/report.h"
#include "advice/words.h"
#include "base/sentence.h"
#include "outlook/own_verifier.h"
#include "outlook/paragraph.h"
#include "outlook/verdict.h"
#include "outlook/words.h"

/* -- Verdict -- */

static const char *severity_name(prom_game_severity severity)
{
    switch (severity) {
    case PROM_SEVERITY_BOUND:
        return "not valid";
    case PROM_SEVERITY_REFUSED:
        return "refused";
    case PROM_SEVERITY_WARNING:
        return "warning";
    }
    return "";
}

static bool is_accepted(const prom_advice_report *report, prom_game_risk risk)
{
    return (report->advice->accepted & (UINT32_C(1) << risk)) != 0;
}

/* How many findings refuse the contract, and how many of these are accepted. */
static void count_refusing(const prom_advice_report *report, size_t *refusing, size_t *accepted)
{
    *refusing = 0;
    *accepted = 0;
    for (size_t i = 0; i < report->solution->finding_count; i++) {
        const prom_game_risk risk = report->solution->findings[i].risk;
        if (prom_game_risk_severity(risk) != PROM_SEVERITY_WARNING) {
            *refusing += !is_accepted(report, risk);
            *accepted += is_accepted(report, risk);
        }
    }
}

static void print_verdict(const prom_advice_report *report)
{
    const prom_game_solution *solution = report->solution;
    prom_sentence means = {.length = 0};
    size_t refusing = 0;
    size_t accepted = 0;
    count_refusing(report, &refusing, &accepted);
    const size_t warnings = solution->finding_count - refusing - accepted;
    const char *s = warnings == 1 ? "" : "s";
    prom_contract_say_safety(&means, solution);
    switch (report->verdict) {
    case PROM_VERDICT_SAFE:
    case PROM_VERDICT_WARNING:
        prom_paragraph(0, "Verdict: %s, with %zu warning%s. %s", accepted == 0 ? "safe" : "NOT SAFE, and accepted",
                       warnings, s, means.text);
        break;
    case PROM_VERDICT_REFUSED:
        prom_paragraph(0, "Verdict: REFUSED, by %zu finding%s below, beside %zu warning%s. %s", refusing,
                       refusing == 1 ? "" : "s", warnings, s, means.text);
        break;
    case PROM_VERDICT_BOUND:
        prom_paragraph(0, "Verdict: NOT VALID. %s.", solution->bound.sentence);
        break;
    }
}

/* "worker-is-verifier. What it means. Who does what." */
static void print_finding(const char *before, int indent, const prom_game_finding *finding)
{
    char attack[PROM_ADVICE_ATTACK] = "";
    char sat[PROM_ADVICE_SAT];
    if (finding->has_attack) {
        (void)prom_advice_attack(attack, &finding->attack);
    } else if (finding->amount > 0) {
        (void)snprintf(attack, sizeof attack, "This is about %s sat.", prom_advice_sat(sat, finding->amount));
    }
    prom_paragraph(indent, "%s%s. %s%s%s", before, prom_game_risk_name(finding->risk),
                   prom_game_risk_meaning(finding->risk), attack[0] == '\0' ? "" : " ", attack);
}

static void print_beginning(const prom_advice_report *report)
{
    const prom_game_question *question = report->solution->question;
    const prom_game_finding *weakest = prom_game_weakest(report->solution);
    const bool paper = question->rules == PROM_GAME_RULES_PAPER;
    prom_paragraph(0, "The game of a contract on %s with n = %u arbiters, of whom k = %" PRIu32 " decide%s",
                   prom_contract_network(question->network), (unsigned)question->P.n,
                   prom_parameters_quorum(&question->P), paper ? ", by the rules of the paper as it is written" : "");
    (void)printf("\n");
    print_verdict(report);
    (void)printf("\n");
    if (weakest == NULL) {
        prom_paragraph(0, "Weakest point: none was found.");
    } else {
        print_finding("Weakest point: ", 0, weakest);
    }
}

static void print_findings(const prom_advice_report *report)
{
    const prom_game_solution *solution = report->solution;
    (void)printf("\nFindings\n\n");
    for (size_t i = 0; i < solution->finding_count; i++) {
        const prom_game_finding *finding = &solution->findings[i];
        const prom_game_severity severity = prom_game_risk_severity(finding->risk);
        char before[32];
        (void)snprintf(before, sizeof before, "  %s%s: ", severity_name(severity),
                       severity != PROM_SEVERITY_WARNING && is_accepted(report, finding->risk) ? ", accepted" : "");
        print_finding(before, 4, finding);
    }
    if (solution->finding_count == 0) {
        (void)printf("  none\n");
    }
}

/* -- Assumptions -- */

static void print_assumptions(const prom_advice_report *report)
{
    const prom_game_question *question = report->solution->question;
    prom_game_question defaults = *question;
    char sat[PROM_ADVICE_SAT];
    defaults.setting = prom_game_setting_default(&question->P, question->c);
    (void)printf("\nAssumptions: what the contract does not say\n\n");
    for (size_t i = 0; i < prom_game_parameter_count(); i++) {
        const prom_game_parameter *it = prom_game_parameter_at(i);
        const double value = prom_game_parameter_get(question, i);
        if (it->of_setting) {
            const bool usual = fabs(value - prom_game_parameter_get(&defaults, i)) < 0.5;
            (void)printf("  %-11s%13s %-6s %s%s\n", it->name, prom_advice_fit(sat, value, 12), it->unit, it->what,
                         usual ? " *" : "");
        }
    }
    prom_paragraph(2, "\n  * the default. The object 'game' of FILE can say otherwise.");
}

/* -- What each gets -- */

static void print_account(const prom_advice_report *report, prom_game_player player, const char *name)
{
    const prom_advice_account account = prom_advice_account_of(report->solution, player);
    char sat[PROM_ADVICE_SAT];
    (void)printf("  %-8s%13s", name, prom_advice_fit(sat, account.paid, 12));
    (void)printf("%12s", prom_advice_fit(sat, account.benefit, 11));
    (void)printf("%12s", prom_advice_fit(sat, account.work, 11));
    (void)printf("%9s", prom_advice_fit(sat, account.fees, 8));
    (void)printf("%9s", prom_advice_fit(sat, account.interest, 8));
    (void)printf("%13s\n", prom_advice_fit(sat, account.result, 12));
}

static void print_accounts(const prom_advice_report *report)
{
    (void)printf("\nWhat each gets when all keep the rules, sat\n\n  %-8s%13s%12s%12s%9s%9s%13s\n", "", "paid",
                 "benefit", "work", "fees", "interest", "result");
    print_account(report, PROM_GAME_C, "client");
    print_account(report, PROM_GAME_W, "worker");
    print_account(report, PROM_GAME_V, "verifier");
    print_account(report, PROM_GAME_A, "arbiter");
    prom_paragraph(2, "\n  \"paid\" is beyond the deposit; \"benefit\" is what a right result is worth to the client; "
                      "anchors are in the fees. Who stays away gets 0.");
    const prom_game_solution *solution = report->solution;
    prom_paragraph(2,
                   "  To keep the rules is %sthe best that each can do alone%s; %s group of C, W, V and at most "
                   "%" PRIu32
                   " of the arbiters gains by breaking them, and %s brings an honest player below what it is "
                   "promised.",
                   solution->nash ? "" : "NOT ",
                   !solution->nash             ? ""
                   : solution->subgame_perfect ? ", whatever the others did before"
                                               : ", as long as the others do",
                   solution->coalition_proof ? "no" : "SOME", prom_parameters_tolerated(&solution->question->P),
                   solution->immune ? "none" : "SOME");
}

/* -- Groups -- */

enum { GROUP_COLUMNS = 4 };

/* The numbers of arbiters that are shown: none, n - k, n - k + 1, k. */
static size_t sizes_shown(uint32_t shown[GROUP_COLUMNS], const prom_game_solution *solution)
{
    const prom_parameters *P = &solution->question->P;
    const uint32_t k = prom_parameters_quorum(P);
    const uint32_t sizes[GROUP_COLUMNS] = {0, P->n - k, P->n - k + 1, k};
    size_t count = 0;
    for (size_t i = 0; i < GROUP_COLUMNS; i++) {
        if (solution->games[sizes[i]] != NULL && (count == 0 || sizes[i] > shown[count - 1])) {
            shown[count++] = sizes[i];
        }
    }
    return count;
}

static void print_groups(const prom_advice_report *report)
{
    const prom_game_solution *solution = report->solution;
    const unsigned owners = solution->question->fund_is_nobodys ? PROM_GAME_GROUPS / 2 : PROM_GAME_GROUPS;
    uint32_t shown[GROUP_COLUMNS];
    const size_t count = sizes_shown(shown, solution);
    (void)printf("\nWhat groups that act as one person gain by breaking the rules, sat\n\n  %-14s", "");
    for (size_t i = 0; i < count; i++) {
        char label[24];
        (void)snprintf(label, sizeof label, shown[i] == 0 ? "without A" : "+ %" PRIu32 " of A", shown[i]);
        (void)printf("%13s", label);
    }
    (void)printf("\n");
    for (unsigned players = 0; players < owners; players++) {
        char letters[PROM_ADVICE_LETTERS];
        char sat[PROM_ADVICE_SAT];
        const prom_game_group group = {.players = (players & 7U) | (players > 7 ? PROM_GAME_PLAYER(PROM_GAME_F) : 0)};
        (void)printf("  %-14s", players == 0 ? "arbiters" : prom_advice_letters(letters, &group));
        for (size_t i = 0; i < count; i++) {
            (void)printf("%13s", players == 0 && shown[i] == 0
                                     ? ""
                                     : prom_advice_fit(sat, solution->gains[players][shown[i]].gain, 12));
        }
        (void)printf("\n");
    }
    prom_paragraph(2,
                   "\n  C client, W worker, V verifier%s; A arbiters, of whom %" PRIu32 " can keep a decision from "
                   "being made, and %" PRIu32 " make it.",
                   solution->question->fund_is_nobodys ? "" : ", F the owner of the fund",
                   prom_parameters_tolerated(&solution->question->P) + 1,
                   prom_parameters_quorum(&solution->question->P));
}

/* -- C = V -- */

static void print_own_play(const prom_own_verifier *it, const prom_own_verifier_play *play)
{
    char attack[PROM_ADVICE_ATTACK];
    char sat[PROM_ADVICE_SAT];
    prom_sentence with = {.length = 0};
    if (play->arbiters > 0) {
        prom_sentence_add(&with, " and %" PRIu32 " arbiter%s", play->arbiters, play->arbiters == 1 ? "" : "s");
    }
    prom_paragraph(4, "  Against both%s a worker that keeps the rules ends with %s at least%s. %s%s", with.text,
                   prom_advice_sat(sat, play->worker), prom_own_verifier_keeps(it, play) ? "" : ", LESS than that",
                   play->attack->gain > 0 ? "The best that they can do: " : "They gain nothing by breaking the rules.",
                   play->attack->gain > 0 ? prom_advice_attack(attack, play->attack) : "");
}

static void print_own_verifier(const prom_advice_report *report)
{
    const prom_own_verifier *it = &report->own_verifier;
    char sat[3][PROM_ADVICE_SAT];
    (void)printf("\nThe client as its own verifier, as it is by default, sat\n\n");
    prom_paragraph(4,
                   "  Client and verifier together lock %s and get %s when all keep the rules. The worker is promised "
                   "%s, its stake and its share.",
                   prom_advice_sat(sat[0], it->locked), prom_advice_sat(sat[1], it->honest),
                   prom_advice_sat(sat[2], it->promised));
    for (size_t i = 0; i < it->count; i++) {
        print_own_play(it, &it->play[i]);
    }
}

void prom_advice_report_print(const prom_advice_report *report)
{
    print_beginning(report);
    print_assumptions(report);
    if (report->solution->games[0] != NULL) {
        print_accounts(report);
    }
    print_findings(report);
    if (report->solution->games[0] != NULL) {
        print_groups(report);
        print_own_verifier(report);
    }
    prom_advice_report_print_limits(report);
}
