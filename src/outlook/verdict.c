#include "outlook/verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/sentence.h"
#include "base/suggest.h"
#include "outlook/file.h"
#include "outlook/paragraph.h"

/* -- Words -- */

/* Whole sat, without the sign. What is no amount, as infinity, is invalid. */
static prom_amount whole(double sat)
{
    const double size = sat < 0 ? -sat : sat;
    return size < (double)PROM_AMOUNT_MAX ? prom_amount_of((uint64_t)(size + 0.5)) : prom_amount_invalid();
}

/* "1,200 sat" */
static const char *sat_text(char text[PROM_AMOUNT_GROUPED + 8], double sat)
{
    char number[PROM_AMOUNT_GROUPED];
    (void)snprintf(text, PROM_AMOUNT_GROUPED + 8, "%s sat", prom_amount_grouped(number, whole(sat)));
    return text;
}

static json_t *json_sat(double sat)
{
    return prom_amount_is_valid(whole(sat)) ? json_integer((json_int_t)(sat < 0 ? sat - 0.5 : sat + 0.5)) : json_null();
}

/* The players of whom each is one person; arbiters are counted. */
static const struct {
    prom_game_player player;
    const char *name;
    const char *letter;
} PERSONS[] = {
    {PROM_GAME_C, "the client", "C"},
    {PROM_GAME_W, "the worker", "W"},
    {PROM_GAME_V, "the verifier", "V"},
    {PROM_GAME_F, "the owner of F", "F"},
};

enum { PERSON_COUNT = sizeof PERSONS / sizeof *PERSONS };

static bool is_in(const prom_game_group *group, prom_game_player player)
{
    return (group->players & PROM_GAME_PLAYER(player)) != 0;
}

const char *prom_contract_group_text(char text[PROM_CONTRACT_GROUP], const prom_game_group *group)
{
    const char *names[PERSON_COUNT + 1];
    char arbiters[32];
    size_t count = 0;
    prom_sentence out = {.length = 0};
    for (size_t i = 0; i < PERSON_COUNT; i++) {
        if (is_in(group, PERSONS[i].player)) {
            names[count++] = PERSONS[i].name;
        }
    }
    if (group->m > 0) {
        (void)snprintf(arbiters, sizeof arbiters, "%" PRIu32 " arbiter%s", group->m, group->m == 1 ? "" : "s");
        names[count++] = arbiters;
    }
    for (size_t i = 0; i < count; i++) {
        prom_sentence_add(&out, "%s%s", i == 0 ? "" : i + 1 == count ? " and " : ", ", names[i]);
    }
    return prom_sentence_copy(text, PROM_CONTRACT_GROUP, &out);
}

/* Whether the group is one word, so that it "gains" and does not "gain". */
static bool is_single(const prom_game_group *group)
{
    size_t persons = group->m;
    for (size_t i = 0; i < PERSON_COUNT; i++) {
        persons += is_in(group, PERSONS[i].player);
    }
    return persons == 1;
}

unsigned prom_contract_attack_scheme(const prom_game_attack *attack)
{
    const prom_game *game = attack->game;
    return game->outcomes[game->tree.nodes[attack->ending].ending].scheme;
}

const char *prom_contract_ending_name(char text[PROM_CONTRACT_ENDING], unsigned scheme)
{
    static const char *const names[PROM_GAME_SCHEMES + 1] = {[PROM_GAME_SCHEME_LOCKED] = "locked",
                                                             [PROM_GAME_SCHEME_GOOD] = "TxGood",
                                                             [PROM_GAME_SCHEME_BAD] = "TxBad",
                                                             [PROM_GAME_SCHEME_WORKER] = "TxWorker",
                                                             [PROM_GAME_SCHEME_UNDECIDED] = "TxU"};
    if (scheme <= PROM_GAME_SCHEMES && names[scheme] != NULL) {
        (void)snprintf(text, PROM_CONTRACT_ENDING, "%s", names[scheme]);
    } else {
        (void)snprintf(text, PROM_CONTRACT_ENDING, "#%u", scheme);
    }
    return text;
}

/* Arbiters who act as one, or who all keep the rules, are one player: what it loses is a sum. */
static void add_arbiters(prom_sentence *text, const prom_game_attack *attack)
{
    const prom_game *game = attack->game;
    const uint32_t n = game->question->P.n;
    const uint32_t count = attack->victim == PROM_GAME_A ? game->m : n - game->m;
    const bool others = attack->group.m > 0;
    if (count == 1) {
        prom_sentence_add(text, "%s arbiter ends", others ? "another" : "an");
    } else {
        prom_sentence_add(text, "%s%" PRIu32 " arbiters together end",
                          others       ? "the other "
                          : count == n ? "the "
                                       : "",
                          count);
    }
}

/* Appends ", the worker ends worse off by 12 sat". */
static void add_victim(prom_sentence *text, const prom_game_attack *attack)
{
    char sat[PROM_AMOUNT_GROUPED + 8];
    prom_sentence_add(text, ", ");
    for (size_t i = 0; i < PERSON_COUNT; i++) {
        if (PERSONS[i].player == attack->victim) {
            prom_sentence_add(text, "%s ends", PERSONS[i].name);
        }
    }
    if (attack->victim == PROM_GAME_A || attack->victim == PROM_GAME_H) {
        add_arbiters(text, attack);
    }
    prom_sentence_add(text, " worse off by %s", sat_text(sat, attack->loss));
}

const char *prom_contract_attack_text(char text[PROM_CONTRACT_ATTACK], const prom_game_attack *attack)
{
    char group[PROM_CONTRACT_GROUP];
    char sat[PROM_AMOUNT_GROUPED + 8];
    prom_sentence out = {.length = 0};
    const char *s = is_single(&attack->group) ? "s" : "";
    char ending[PROM_CONTRACT_ENDING];
    const unsigned scheme = prom_contract_attack_scheme(attack);
    prom_sentence_add(&out, "%s %s%s %s", prom_contract_group_text(group, &attack->group),
                      attack->gain < 0 ? "spend" : "gain", s, sat_text(sat, attack->gain));
    if (attack->victim != PROM_GAME_PLAYERS) {
        add_victim(&out, attack);
    }
    if (scheme == PROM_GAME_SCHEME_LOCKED) {
        prom_sentence_add(&out, ", and the coins are locked for ever");
    } else {
        prom_sentence_add(&out, ", by %s", prom_contract_ending_name(ending, scheme));
    }
    return prom_sentence_copy(text, PROM_CONTRACT_ATTACK, &out);
}

/* Appends "It means this. Here the worker gains 12 sat, by #3." A meaning is a whole sentence. */
static void add_finding(prom_sentence *text, const prom_game_finding *finding)
{
    char attack[PROM_CONTRACT_ATTACK];
    char sat[PROM_AMOUNT_GROUPED + 8];
    prom_sentence_add(text, "%s", prom_game_risk_meaning(finding->risk));
    if (finding->has_attack) {
        prom_sentence_add(text, " Here %s.", prom_contract_attack_text(attack, &finding->attack));
    } else if (finding->amount > 0) {
        prom_sentence_add(text, " Here it is %s.", sat_text(sat, finding->amount));
    }
}

/* -- Risks that are taken -- */

static uint32_t bit(prom_game_risk risk)
{
    return UINT32_C(1) << risk;
}

/* The names that can be taken. */
static void add_names(prom_sentence *text)
{
    bool first = true;
    for (prom_game_risk risk = 0; risk < PROM_RISKS; risk++) {
        if (prom_game_risk_severity(risk) == PROM_SEVERITY_REFUSED) {
            prom_sentence_add(text, "%s%s", first ? "" : ", ", prom_game_risk_name(risk));
            first = false;
        }
    }
}

static prom_result unknown_risk(const char *name, size_t length, prom_error *error)
{
    prom_sentence names = {.length = 0};
    prom_suggestion near = prom_suggestion_for(name, length);
    for (prom_game_risk risk = 0; risk < PROM_RISKS; risk++) {
        prom_suggestion_consider(&near, prom_game_risk_name(risk));
    }
    add_names(&names);
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "there is no risk '%.*s'%s%s%s; --accept takes %s",
                     (int)(length < 64 ? length : 64), name, near.best != NULL ? " (did you mean '" : "",
                     near.best != NULL ? near.best : "", near.best != NULL ? "'?)" : "", names.text);
}

prom_result prom_contract_risks_read(uint32_t *risks, const char *names, prom_error *error)
{
    *risks = 0;
    for (const char *at = names; at != NULL;) {
        char name[64];
        const size_t length = strcspn(at, ",");
        (void)snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name), at);
        const prom_game_risk risk = prom_game_risk_find(name);
        if (risk == PROM_RISKS) {
            return unknown_risk(at, length, error);
        }
        if (prom_game_risk_severity(risk) == PROM_SEVERITY_BOUND) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%s' cannot be accepted: bounds are never lifted", name);
        }
        *risks |= bit(risk);
        at = at[length] == ',' ? at + length + 1 : NULL;
    }
    return prom_ok();
}

static bool refuses(const prom_game_finding *finding)
{
    return prom_game_risk_severity(finding->risk) != PROM_SEVERITY_WARNING;
}

/* The names of all risks that make the contract refused, or of those among them that are accepted. */
static void add_refusing(prom_sentence *text, const prom_contract_verdict *verdict, bool accepted)
{
    const prom_game_solution *solution = verdict->solution;
    bool first = true;
    for (size_t i = 0; i < solution->finding_count; i++) {
        const prom_game_risk risk = solution->findings[i].risk;
        if (refuses(&solution->findings[i]) && ((verdict->accepted & bit(risk)) != 0) == accepted) {
            prom_sentence_add(text, "%s%s", first ? "" : ",", prom_game_risk_name(risk));
            first = false;
        }
    }
}

/* Which F would be nobody's. */
static prom_result add_fund(prom_sentence *text, const prom_contract_outlook *outlook, prom_error *error)
{
    char hex[PROM_HEX32];
    prom_bytes32 F;
    PROM_TRY(prom_parameters_fund(outlook->curve, &F, &outlook->terms->P, error));
    prom_sentence_add(text, " The key that nobody has is, for this P, %s.", prom_hex32(hex, &F));
    return prom_ok();
}

static prom_result refuse(const prom_contract_verdict *verdict, const prom_contract_outlook *outlook,
                          const prom_game_finding *finding, prom_error *error)
{
    prom_sentence text = {.length = 0};
    prom_sentence names = {.length = 0};
    if (prom_game_risk_severity(finding->risk) == PROM_SEVERITY_BOUND) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s", verdict->solution->bound.sentence);
    }
    add_refusing(&names, verdict, false);
    add_finding(&text, finding);
    if (finding->risk == PROM_RISK_FUND_OWNED) {
        PROM_TRY(add_fund(&text, outlook, error));
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s: %s It is taken all the same with --accept %s",
                     prom_game_risk_name(finding->risk), text.text, names.text);
}

prom_result prom_contract_verdict_check(const prom_contract_verdict *verdict, const prom_contract_outlook *outlook,
                                        prom_error *error)
{
    const prom_game_finding *finding = prom_game_refusal(verdict->solution, verdict->accepted);
    return finding == NULL ? prom_ok() : refuse(verdict, outlook, finding, error);
}

/* -- Shown -- */

static bool is_safe(const prom_contract_verdict *verdict)
{
    return prom_game_refusal(verdict->solution, 0) == NULL;
}

static void print_warnings(const prom_game_solution *solution)
{
    prom_sentence names = {.length = 0};
    for (size_t i = 0; i < solution->finding_count; i++) {
        if (!refuses(&solution->findings[i])) {
            prom_sentence_add(&names, "%s%s", names.length == 0 ? "" : ", ",
                              prom_game_risk_name(solution->findings[i].risk));
        }
    }
    prom_paragraph(10, "Warnings: %s\n", names.length == 0 ? "none" : names.text);
}

/* "no more than 1 of the 3 arbiters acts against them" */
static void add_assumption(prom_sentence *text, const prom_game_solution *solution)
{
    const prom_parameters *P = &solution->question->P;
    const unsigned few = prom_parameters_tolerated(P);
    if (few == 0) {
        prom_sentence_add(text, "none of the %u arbiters acts against them", (unsigned)P->n);
    } else {
        prom_sentence_add(text, "no more than %u of the %u arbiters act%s against them", few, (unsigned)P->n,
                          few == 1 ? "s" : "");
    }
}

/* Names what refuses the contract, and how many arbiters it takes: "stalling-pays takes 2 of them". */
static void add_beyond(prom_sentence *text, const prom_game_solution *solution)
{
    for (size_t i = 0; i < solution->finding_count; i++) {
        const prom_game_finding *finding = &solution->findings[i];
        if (refuses(finding) && finding->has_attack) {
            prom_sentence_add(text, " '%s' takes %" PRIu32 " of them.", prom_game_risk_name(finding->risk),
                              finding->attack.group.m);
        } else if (refuses(finding)) {
            prom_sentence_add(text, " '%s' tells at what price somebody has more of them.",
                              prom_game_risk_name(finding->risk));
        }
    }
}

/* Whether what refuses the contract takes no more arbiters than are assumed to act together. */
static bool is_within(const prom_game_solution *solution)
{
    const prom_parameters *P = &solution->question->P;
    const uint32_t few = prom_parameters_tolerated(P);
    for (size_t i = 0; i < solution->finding_count; i++) {
        const prom_game_finding *finding = &solution->findings[i];
        if (refuses(finding) && finding->has_attack && finding->attack.group.m <= few) {
            return true;
        }
    }
    return false;
}

void prom_contract_say_safety(prom_sentence *text, const prom_game_solution *solution)
{
    if (!solution->immune) {
        prom_sentence_add(text, "Honest players can be robbed even when ");
        add_assumption(text, solution);
        prom_sentence_add(text, ".");
        return;
    }
    if (is_within(solution)) {
        prom_sentence_add(text, "Nobody who keeps the rules ends with less than it is promised, but some gain by "
                                "breaking them, at others' cost, even when ");
        add_assumption(text, solution);
        prom_sentence_add(text, ".");
        return;
    }
    prom_sentence_add(text, "Nobody who keeps the rules can be robbed by any of the others, as long as ");
    add_assumption(text, solution);
    if (prom_game_finding_of(solution, PROM_RISK_WORKER_IS_VERIFIER) != NULL) {
        prom_sentence_add(text, "; but a client whose worker and verifier are one person pays for garbage");
    }
    prom_sentence_add(text, ".");
    add_beyond(text, solution);
}

/* What the file says, or by its silence takes for granted. */
static void print_setting(const prom_game_setting *setting)
{
    char text[5][PROM_AMOUNT_GROUPED];
    prom_paragraph(0,
                   "This takes it that computing costs the worker %s sat, verifying the verifier %s, a vote an arbiter "
                   "%s, that a right result is worth %s to the client, and that interest is %" PRIu32 ".%02" PRIu32
                   "~%% a year. The object 'game' of FILE can say otherwise.\n",
                   prom_amount_grouped(text[0], setting->z), prom_amount_grouped(text[1], setting->y),
                   prom_amount_grouped(text[2], setting->arbitration), prom_amount_grouped(text[3], setting->benefit),
                   setting->interest / 100, setting->interest % 100);
    if (setting->audit > 0) {
        prom_paragraph(0,
                       "And that there is an audit window of %" PRIu32
                       " blocks, which is designed, but which no contract "
                       "can have yet: without it the verdict is another one.\n",
                       setting->audit);
    }
}

void prom_contract_verdict_print(const prom_contract_verdict *verdict)
{
    const prom_game_solution *solution = verdict->solution;
    const prom_game_finding *weakest = prom_game_weakest(solution);
    prom_sentence names = {.length = 0};
    prom_sentence means = {.length = 0};
    prom_contract_say_safety(&means, solution);
    if (is_safe(verdict)) {
        prom_paragraph(0, "Verdict: safe. %s\n", means.text);
    } else {
        add_refusing(&names, verdict, true);
        prom_paragraph(0, "Verdict: NOT SAFE, and shown because --accept takes %s. %s\n", names.text, means.text);
    }
    if (weakest == NULL) {
        prom_paragraph(0, "Weakest point: none was found.\n");
    } else {
        prom_sentence text = {.length = 0};
        add_finding(&text, weakest);
        prom_paragraph(0, "Weakest point: %s. %s\n", prom_game_risk_name(weakest->risk), text.text);
    }
    print_warnings(solution);
    print_setting(&solution->question->setting);
}

static json_t *json_group(const prom_game_group *group)
{
    json_t *players = json_array();
    for (size_t i = 0; i < PERSON_COUNT; i++) {
        if (is_in(group, PERSONS[i].player)) {
            (void)json_array_append_new(players, json_string(PERSONS[i].letter));
        }
    }
    return json_pack("{s:o, s:I}", "players", players, "arbiters", (json_int_t)group->m);
}

static json_t *json_victim(prom_game_player victim)
{
    for (size_t i = 0; i < PERSON_COUNT; i++) {
        if (PERSONS[i].player == victim) {
            return json_string(PERSONS[i].letter);
        }
    }
    return victim == PROM_GAME_PLAYERS ? json_null() : json_string("A");
}

json_t *prom_contract_finding_json(const prom_game_finding *finding)
{
    static const char *const severities[] = {
        [PROM_SEVERITY_BOUND] = "bound", [PROM_SEVERITY_REFUSED] = "refused", [PROM_SEVERITY_WARNING] = "warning"};
    const prom_game_attack *attack = finding->has_attack ? &finding->attack : NULL;
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}",                      //
                     "name", prom_game_risk_name(finding->risk),                           //
                     "severity", severities[prom_game_risk_severity(finding->risk)],       //
                     "meaning", prom_game_risk_meaning(finding->risk),                     //
                     "amount", json_sat(finding->amount),                                  //
                     "group", attack == NULL ? json_null() : json_group(&attack->group),   //
                     "gain", attack == NULL ? json_null() : json_sat(attack->gain),        //
                     "victim", attack == NULL ? json_null() : json_victim(attack->victim), //
                     "loss", attack == NULL ? json_null() : json_sat(attack->loss),        //
                     "scheme",
                     attack == NULL ? json_null() : json_integer((json_int_t)prom_contract_attack_scheme(attack)));
}

json_t *prom_contract_verdict_json(const prom_contract_verdict *verdict)
{
    const prom_game_solution *solution = verdict->solution;
    const prom_game_finding *weakest = prom_game_weakest(solution);
    json_t *findings = json_array();
    json_t *accepted = json_array();
    for (size_t i = 0; i < solution->finding_count; i++) {
        const prom_game_finding *finding = &solution->findings[i];
        (void)json_array_append_new(findings, prom_contract_finding_json(finding));
        if (refuses(finding) && (verdict->accepted & bit(finding->risk)) != 0) {
            (void)json_array_append_new(accepted, json_string(prom_game_risk_name(finding->risk)));
        }
    }
    return json_pack("{s:s, s:o, s:s?, s:o, s:o}",                                           //
                     "verdict", is_safe(verdict) ? "safe" : "accepted",                      //
                     "accepted", accepted,                                                   //
                     "weakest", weakest == NULL ? NULL : prom_game_risk_name(weakest->risk), //
                     "findings", findings,                                                   //
                     "setting", prom_contract_setting_json(&solution->question->setting));
}
