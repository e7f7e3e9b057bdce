#include <math.h>

#include "advice/margins.h"
#include "advice/words.h"
#include "certificate/certificate_parts.h"
#include "certificate/inputs.h"
#include "outlook/verdict.h"

/* Whole sat; null where it is not finite. */
static json_t *json_sat(double sat)
{
    return isfinite(sat) && fabs(sat) < (double)PROM_AMOUNT_MAX * 2 ? json_integer((json_int_t)llround(sat))
                                                                    : json_null();
}

static json_t *json_findings(const prom_game_solution *solution)
{
    json_t *list = json_array();
    for (size_t i = 0; i < solution->finding_count; i++) {
        (void)json_array_append_new(list, prom_contract_finding_json(&solution->findings[i]));
    }
    return list;
}

static json_t *json_losses(const prom_certificate_facts *facts)
{
    json_t *list = json_array();
    for (prom_loss_party party = PROM_LOSS_C; party < PROM_LOSS_PARTIES; party++) {
        const prom_loss *loss = &facts->losses[party];
        if (!prom_loss_party_is(party, facts->question)) {
            continue;
        }
        (void)json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:b, s:o, s:o}",                    //
                                                    "party", prom_loss_party_letters(party),             //
                                                    "deposit", json_sat(loss->deposit),                  //
                                                    "keeping_the_rules", json_sat(loss->kept),           //
                                                    "without_a_right_result", (int)loss->without_result, //
                                                    "worst", json_sat(loss->worst),                      //
                                                    "fees", json_sat(loss->fees)));
    }
    return list;
}

static json_t *json_cheapest(const prom_cheapest *cheapest)
{
    if (cheapest->attack == NULL) {
        return json_null();
    }
    const prom_game_attack *attack = cheapest->attack;
    const bool hurts = attack->victim != PROM_GAME_PLAYERS;
    char who[PROM_ADVICE_LETTERS];
    return json_pack("{s:s, s:o, s:o, s:o, s:I, s:o, s:I, s:o}",                                             //
                     "who", prom_advice_letters(who, &attack->group),                                        //
                     "gain", json_sat(attack->gain),                                                         //
                     "victim", hurts ? json_string(prom_advice_player_letter(attack->victim)) : json_null(), //
                     "loss", json_sat(attack->loss),                                                         //
                     "scheme", (json_int_t)prom_contract_attack_scheme(attack),                              //
                     "locks", json_sat(cheapest->locks),                                                     //
                     "blocks", (json_int_t)cheapest->blocks,                                                 //
                     "deviations", prom_advice_deviations_json(attack));
}

static json_t *json_seats(const prom_game_solution *solution)
{
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof solution->seats / sizeof *solution->seats; i++) {
        const prom_game_seats *seats = &solution->seats[i];
        (void)json_array_append_new(
            list,
            json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}",                                                        //
                      "seats", (json_int_t)seats->m,                                                           //
                      "gain", json_sat(seats->best.gain),                                                      //
                      "worth", json_sat(seats->worth),                                                         //
                      "chance", seats->chance < 0 ? json_null() : json_real(round(seats->chance * 1e6) / 1e6), //
                      "bribe_each", json_sat(seats->bribe_each),                                               //
                      "bribe_promised", json_sat(seats->bribe_promised)));
    }
    return list;
}

static json_t *json_story(const prom_certificate_facts *facts)
{
    json_t *list = json_array();
    for (size_t i = 0; i < facts->story.count; i++) {
        const prom_story_step *step = &facts->story.steps[i];
        (void)json_array_append_new(
            list, json_pack("{s:I, s:s}", "height", (json_int_t)step->height, "text", step->text.text));
    }
    return list;
}

static json_t *json_lines(const prom_certificate_facts *facts)
{
    json_t *object = json_object();
    for (prom_certificate_line line = PROM_LINE_LOSE; line < PROM_LINES; line++) {
        (void)json_object_set_new(object, prom_certificate_line_name(line), prom_certificate_line_json(line, facts));
    }
    return object;
}

static prom_result make_root(json_t **root, const prom_certificate_facts *facts, const char *program, prom_error *error)
{
    const prom_game_solution *solution = facts->solution;
    const bool bound = solution->bound.sentence[0] != '\0';
    prom_bytes32 hash;
    char hex[PROM_HEX32];
    PROM_TRY(prom_game_inputs_hash(&hash, facts->question, error));
    *root = json_pack("{s:i, s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", //
                      "certificate", PROM_CERTIFICATE_VERSION,                                  //
                      "program", program,                                                       //
                      "inputs_hash", prom_hex32(hex, &hash),                                    //
                      "inputs", prom_game_inputs_json(facts->question),                         //
                      "verdict", prom_advice_verdict_name(facts->verdict),                      //
                      "meaning", prom_certificate_verdict_text(facts),                          //
                      "bound", bound ? json_string(solution->bound.sentence) : json_null(),     //
                      "findings", json_findings(solution),                                      //
                      "losses", json_losses(facts),                                             //
                      "attack", json_cheapest(&facts->cheapest),                                //
                      "seats", json_seats(solution),                                            //
                      "margins", prom_margins_json(facts->margins, facts->question),            //
                      "lines", json_lines(facts),                                               //
                      "story", json_story(facts));
    return *root != NULL ? prom_ok() : prom_fail(error, PROM_CATEGORY_MEMORY, "there is no memory for the certificate");
}

prom_result prom_certificate_make(prom_certificate *certificate, prom_arena *arena, const prom_curve *curve,
                                  const prom_game_question *question, const prom_game_margin *margins,
                                  const char *program, prom_error *error)
{
    prom_certificate_facts *facts = NULL;
    prom_game_solution *solution = NULL;
    if (question->rules != PROM_GAME_RULES_CONTRACT) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "there are no certificates of the paper's game");
    }
    PROM_TRY_NEW(facts, arena, 1, error);
    PROM_TRY(prom_game_solve(arena, &solution, curve, question, error));
    if (solution->games[0] == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "there is no game to certify: %s", solution->bound.sentence);
    }
    facts->question = question;
    facts->solution = solution;
    facts->margins = margins;
    facts->verdict = prom_advice_verdict_of(solution, 0);
    facts->cheapest = prom_cheapest_find(solution);
    PROM_TRY(prom_losses_of(arena, facts->losses, question, error));
    if (facts->cheapest.attack != NULL) {
        prom_story_tell(&facts->story, facts->cheapest.attack);
    }
    PROM_TRY(prom_game_picture_make(arena, &certificate->picture, solution, facts->cheapest.attack, error));
    certificate->refused = facts->verdict >= PROM_VERDICT_REFUSED;
    return make_root(&certificate->root, facts, program, error);
}

void prom_certificate_free(prom_certificate *certificate)
{
    json_decref(certificate->root);
    certificate->root = NULL;
}
