#include "advice/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/sentence.h"
#include "base/units.h"
#include "outlook/verdict.h"

/* -- Numbers -- */

const char *prom_advice_sat(char text[PROM_ADVICE_SAT], double sat)
{
    char digits[PROM_UNITS];
    const double size = fabs(sat);
    if (!isfinite(sat) || size > 1e18) {
        (void)snprintf(text, PROM_ADVICE_SAT, "%s", isnan(sat) ? "unknown" : sat > 0 ? "infinite" : "-infinite");
    } else if (size < 10 && fabs(size - round(size)) >= 0.005) {
        (void)snprintf(text, PROM_ADVICE_SAT, "%.2f", sat);
    } else {
        const bool below = sat < 0 && round(size) > 0;
        (void)snprintf(text, PROM_ADVICE_SAT, "%s%s", below ? "-" : "",
                       prom_units_number(digits, (uint64_t)round(size)));
    }
    return text;
}

const char *prom_advice_short(char text[PROM_ADVICE_SHORT], double sat)
{
    static const char *const units[] = {"", "k", "M", "G", "T", "P"};
    double size = fabs(sat);
    size_t unit = 0;
    if (!isfinite(sat)) {
        (void)snprintf(text, PROM_ADVICE_SHORT, "-");
        return text;
    }
    for (; size >= 999.5 && unit + 1 < sizeof units / sizeof *units; unit++) {
        size /= 1000;
    }
    const int decimals = unit == 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
    (void)snprintf(text, PROM_ADVICE_SHORT, "%s%.*f%s", sat < 0 && size >= 0.5 ? "-" : "", decimals, size, units[unit]);
    return text;
}

const char *prom_advice_fit(char text[PROM_ADVICE_SAT], double sat, size_t most)
{
    char shorter[PROM_ADVICE_SHORT];
    if (strlen(prom_advice_sat(text, sat)) > most) {
        (void)snprintf(text, PROM_ADVICE_SAT, "%s", prom_advice_short(shorter, sat));
    }
    return text;
}

json_t *prom_advice_number(double number)
{
    const double whole = round(number);
    if (!isfinite(number) || fabs(number) > 9e15) {
        return json_null();
    }
    if (fabs(number) >= 1e5 || fabs(number - whole) < 0.0005) {
        return json_integer((json_int_t)whole);
    }
    return json_real(round(number * 1000) / 1000);
}

/* -- Groups -- */

const char *prom_advice_player_letter(prom_game_player player)
{
    static const char *const letters[PROM_GAME_PLAYERS] = {"C", "W", "V", "A", "H", "F"};
    return letters[player];
}

const char *prom_advice_letters(char text[PROM_ADVICE_LETTERS], const prom_game_group *group)
{
    static const prom_game_player order[] = {PROM_GAME_C, PROM_GAME_W, PROM_GAME_V, PROM_GAME_F};
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if ((group->players & PROM_GAME_PLAYER(order[i])) != 0) {
            at += (size_t)snprintf(text + at, PROM_ADVICE_LETTERS - at, "%s%s", at == 0 ? "" : "+",
                                   prom_advice_player_letter(order[i]));
        }
    }
    if (group->m > 0) {
        (void)snprintf(text + at, PROM_ADVICE_LETTERS - at, "%s%" PRIu32 "A", at == 0 ? "" : "+", group->m);
    }
    return text;
}

/* -- Attacks -- */

enum { DEVIATIONS = 32 };

static bool is_in(const prom_game_group *group, unsigned player)
{
    return player == PROM_GAME_A ? group->m > 0 : (group->players & PROM_GAME_PLAYER(player)) != 0;
}

/* Which of the decisions on the way to an ending. */
typedef enum which {
    WHICH_ALL,
    WHICH_BREACHES,     /* against the rules */
    WHICH_OWN_BREACHES, /* by the group */
} which;

/* Finds the nodes that they lead to, from the root to the ending. Returns how many. */
static size_t decisions_of(uint32_t nodes[DEVIATIONS], const prom_game_attack *attack, which wanted)
{
    const prom_game_node *tree = attack->game->tree.nodes;
    uint32_t found[DEVIATIONS];
    size_t count = 0;
    for (uint32_t at = attack->ending; at != 0 && count < DEVIATIONS; at = tree[at].parent) {
        const prom_game_node *parent = &tree[tree[at].parent];
        const bool breach = at != parent->first_child + parent->honest;
        const bool own = is_in(&attack->group, parent->player);
        if (parent->kind == PROM_GAME_DECISION && (breach || wanted == WHICH_ALL) &&
            (own || wanted != WHICH_OWN_BREACHES)) {
            found[count++] = at;
        }
    }
    for (size_t i = 0; i < count; i++) {
        nodes[i] = found[count - 1 - i];
    }
    return count;
}

static const char *actor_name(char text[PROM_CONTRACT_GROUP], const prom_game_attack *attack, unsigned player)
{
    if (player == PROM_GAME_H) {
        (void)snprintf(text, PROM_CONTRACT_GROUP, "%s", attack->game->m == 0 ? "each arbiter" : "each other arbiter");
        return text;
    }
    const prom_game_group alone =
        player == PROM_GAME_A ? (prom_game_group){.m = attack->group.m} : (prom_game_group){.players = 1U << player};
    if (player == PROM_GAME_A && attack->group.m > 1) {
        (void)snprintf(text, PROM_CONTRACT_GROUP, "the bloc of %" PRIu32 " arbiters", attack->group.m);
        return text;
    }
    return prom_contract_group_text(text, &alone);
}

/* "the worker computes nothing, delivers garbage; the verifier signs Tx4" */
static void add_decisions(prom_sentence *sentence, const prom_game_attack *attack, const uint32_t *nodes, size_t count)
{
    const prom_game_node *tree = attack->game->tree.nodes;
    unsigned last = PROM_GAME_PLAYERS;
    for (size_t i = 0; i < count; i++) {
        char actor[PROM_CONTRACT_GROUP];
        const prom_game_node *node = &tree[nodes[i]];
        const unsigned player = tree[node->parent].player;
        if (player != last) {
            prom_sentence_add(sentence, "%s%s ", i == 0 ? "" : "; ", actor_name(actor, attack, player));
        } else {
            prom_sentence_add(sentence, ", ");
        }
        prom_sentence_add(sentence, "%s%s%s", node->action, node->object[0] == '\0' ? "" : " ", node->object);
        last = player;
    }
}

/* What others do against the rules before is told, too, or nobody would know how it comes to what the group does. */
static void add_deviations(prom_sentence *sentence, const prom_game_attack *attack)
{
    uint32_t nodes[DEVIATIONS];
    const prom_game_node *tree = attack->game->tree.nodes;
    const size_t count = decisions_of(nodes, attack, WHICH_BREACHES);
    uint32_t own_nodes[DEVIATIONS];
    const size_t own = decisions_of(own_nodes, attack, WHICH_OWN_BREACHES);
    if (count == 0) {
        prom_sentence_add(sentence, "nobody breaks a rule");
        return;
    }
    add_decisions(sentence, attack, nodes, count);
    if (own < count && is_in(&attack->group, tree[tree[nodes[count - 1]].parent].player)) {
        prom_sentence_add(sentence, " all the same");
    }
}

const char *prom_advice_way(char text[PROM_ADVICE_ATTACK], const prom_game *game, uint32_t ending)
{
    const prom_game_attack way = {.game = game, .ending = ending};
    uint32_t nodes[DEVIATIONS];
    char name[PROM_CONTRACT_ENDING];
    prom_sentence sentence = {.length = 0};
    add_decisions(&sentence, &way, nodes, decisions_of(nodes, &way, WHICH_ALL));
    prom_sentence_begin(&sentence);
    if (prom_contract_attack_scheme(&way) == PROM_GAME_SCHEME_LOCKED) {
        prom_sentence_add(&sentence, ": the coins are locked for ever.");
    } else {
        prom_sentence_add(&sentence, ": it ends by %s.",
                          prom_contract_ending_name(name, prom_contract_attack_scheme(&way)));
    }
    return prom_sentence_copy(text, PROM_ADVICE_ATTACK, &sentence);
}

const char *prom_advice_attack(char text[PROM_ADVICE_ATTACK], const prom_game_attack *attack)
{
    char result[PROM_CONTRACT_ATTACK];
    prom_sentence sentence = {.length = 0};
    add_deviations(&sentence, attack);
    prom_sentence_begin(&sentence);
    prom_sentence_add(&sentence, ": %s.", prom_contract_attack_text(result, attack));
    return prom_sentence_copy(text, PROM_ADVICE_ATTACK, &sentence);
}

json_t *prom_advice_deviations_json(const prom_game_attack *attack)
{
    uint32_t nodes[DEVIATIONS];
    const prom_game_node *tree = attack->game->tree.nodes;
    const size_t count = decisions_of(nodes, attack, WHICH_OWN_BREACHES);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const prom_game_node *node = &tree[nodes[i]];
        const char *who = prom_advice_player_letter((prom_game_player)tree[node->parent].player);
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s}", "player", who, "action", node->action, "object", node->object));
    }
    return list;
}

/* -- Accounts -- */

/* Adds what an ending is worth to the account, by the chance that it comes. */
static void add_ending(prom_advice_account *account, const prom_game *game, const prom_game_form *form, double chance)
{
    for (unsigned symbol = 0; symbol < PROM_SYMBOLS; symbol++) {
        const double part = chance * form->of[symbol] * game->symbols[symbol];
        if (form->of[symbol] == 0) {
            continue;
        }
        account->result += part;
        if (symbol == PROM_SYMBOL_BENEFIT) {
            account->benefit += part;
        } else if (symbol == PROM_SYMBOL_FEERATE || symbol == PROM_SYMBOL_SAT) {
            account->fees += part;
        } else if (symbol >= PROM_SYMBOL_INTEREST_C && symbol <= PROM_SYMBOL_INTEREST_A) {
            account->interest += part;
        } else if (symbol >= PROM_SYMBOL_Z && symbol <= PROM_SYMBOL_CHECK) {
            account->work += part;
        } else {
            account->paid += part;
        }
    }
}

/* The chance that a node is reached when all keep the rules. */
static double honest_chance(const prom_game_tree *tree, uint32_t node)
{
    double chance = 1;
    for (uint32_t at = node; at != 0; at = tree->nodes[at].parent) {
        const prom_game_node *parent = &tree->nodes[tree->nodes[at].parent];
        if (parent->kind == PROM_GAME_CHANCE) {
            chance *= tree->nodes[at].chance;
        } else if (at != parent->first_child + parent->honest) {
            return 0;
        }
    }
    return chance;
}

prom_advice_account prom_advice_account_of(const prom_game_solution *solution, prom_game_player player)
{
    const prom_game *game = solution->games[player == PROM_GAME_A ? 1 : 0];
    prom_advice_account account = {0};
    for (uint32_t node = 0; node < game->tree.node_count; node++) {
        const prom_game_node *it = &game->tree.nodes[node];
        const double chance = it->kind == PROM_GAME_ENDING ? honest_chance(&game->tree, node) : 0;
        if (chance > 0) {
            prom_game_form form;
            prom_game_form_of(&form, game, it->ending, PROM_GAME_PLAYER(player));
            add_ending(&account, game, &form, chance);
        }
    }
    return account;
}
