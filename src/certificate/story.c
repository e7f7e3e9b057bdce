#include "certificate/story.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "advice/actions.h"
#include "advice/words.h"
#include "base/units.h"
#include "outlook/outlook.h"
#include "outlook/verdict.h"
#include "prometheus/contract/deadline.h"

/* An attack's way through the tree, and how far it is told. Blocks are counted from Tx0's. */
typedef struct telling {
    prom_story *story;
    const prom_game_attack *attack;
    const prom_game *game;
    const prom_game_question *question;
    uint32_t steps[UINT8_MAX]; /* nodes, from the root's child to the ending */
    size_t count;
    bool delivered;     /* the verifier has the package: it decides what to do with it */
    uint32_t milestone; /* of Tx0, TxV0 or TxA, the latest */
    uint32_t now;       /* of what was told last */
} telling;

static const prom_game_node *node_at(const telling *it, size_t step)
{
    return &it->game->tree.nodes[it->steps[step]];
}

static bool is_silence(const telling *it, size_t step)
{
    return prom_action_is_silence(&it->game->tree, it->steps[step]);
}

static void find_steps(telling *it)
{
    const prom_game_node *nodes = it->game->tree.nodes;
    for (uint32_t at = it->attack->ending; at != 0 && it->count < UINT8_MAX; at = it->game->tree.nodes[at].parent) {
        it->count++;
    }
    size_t place = it->count;
    for (uint32_t at = it->attack->ending; place > 0; at = it->game->tree.nodes[at].parent) {
        const prom_game_node *parent = &nodes[nodes[at].parent];
        it->delivered = it->delivered || (parent->kind == PROM_GAME_DECISION && parent->player == PROM_GAME_V &&
                                          nodes[at].object[0] == '\0');
        it->steps[--place] = at;
    }
}

/* Begins the text of what happens in a block, but not before what was told. NULL when the story is full. */
static prom_sentence *add_step(telling *it, uint32_t block)
{
    if (it->story->count == PROM_STORY_STEPS_MAX) {
        return NULL;
    }
    prom_story_step *step = &it->story->steps[it->story->count++];
    it->now = block > it->now ? block : it->now;
    step->height = PROM_STORY_BEGINS + it->now;
    return &step->text;
}

/* -- Times -- */

/* The row of the tree's table that is called so; NULL for what the audit window adds. */
static const prom_branch *branch_named(const char *name)
{
    for (prom_branch_id id = 0; id < PROM_BRANCHES; id++) {
        if (strcmp(prom_branch_of(id)->name, name) == 0) {
            return prom_branch_of(id);
        }
    }
    return NULL;
}

static prom_tip_window window_of(const telling *it, prom_deadline_id id)
{
    return prom_deadline_window(id, &it->question->P, it->question->network, PROM_STORY_BEGINS + it->milestone);
}

/* The first block that can have the transaction. */
static uint32_t first_block(const telling *it, const char *name)
{
    const prom_branch *branch = branch_named(name);
    const prom_game_setting *setting = &it->question->setting;
    if (branch == NULL) {
        return it->milestone + 1;
    }
    const uint32_t first = (uint32_t)(window_of(it, branch->window).earliest + 1 - PROM_STORY_BEGINS);
    const uint32_t ready =
        it->delivered ? setting->compute + setting->verify + 1 : 0; /* the verdict is not there before */
    const bool verdict = branch->spends == PROM_OUTPUT_O0 && (branch->waits_for & PROM_WAITS_V) != 0;
    return verdict && ready > first ? ready : first;
}

/* "; blocks 900,146 to 900,281 are the time for it" */
static void add_time(const telling *it, prom_sentence *text, prom_deadline_id id)
{
    const prom_tip_window window = window_of(it, id);
    char first[PROM_UNITS];
    char last[PROM_UNITS];
    if (window.latest == PROM_WINDOW_OPEN) {
        prom_sentence_add(text, "; block %s is the first that can have it",
                          prom_units_number(first, (uint64_t)(window.earliest + 1)));
    } else {
        prom_sentence_add(text, "; blocks %s to %s are the time for it",
                          prom_units_number(first, (uint64_t)(window.earliest + 1)),
                          prom_units_number(last, (uint64_t)(window.latest + 1)));
    }
}

/* -- Who does what -- */

static void add_actor(const telling *it, prom_sentence *text, unsigned player)
{
    static const char *const names[PROM_GAME_PLAYERS] = {[PROM_GAME_C] = "the client",
                                                         [PROM_GAME_W] = "the worker",
                                                         [PROM_GAME_V] = "the verifier",
                                                         [PROM_GAME_F] = "the owner of F"};
    if (names[player] != NULL) {
        prom_sentence_add(text, "%s", names[player]);
    } else if (player == PROM_GAME_H) {
        prom_sentence_add(text, it->game->m == 0 ? "each arbiter" : "each other arbiter");
    } else {
        prom_sentence_add(text, it->game->m == 1 ? "the one arbiter" : "each of the %" PRIu32 " arbiters", it->game->m);
    }
}

static void begin_action(const telling *it, prom_sentence *text, size_t step)
{
    const prom_game_node *node = node_at(it, step);
    const char *object = node->object;
    add_actor(it, text, it->game->tree.nodes[node->parent].player);
    prom_sentence_add(text,
                      is_silence(it, step) ? " %s (%s)"
                      : object[0] == '\0'  ? " %s%s"
                                           : " %s %s",
                      node->action, object);
    prom_sentence_begin(text);
}

/* Whether somebody else has still to give something before what is done here is in a block. */
static bool is_completed_later(const telling *it, size_t step)
{
    bool later = false;
    for (size_t i = step + 1; i < it->count; i++) {
        later = later || (strcmp(node_at(it, i)->object, node_at(it, step)->object) == 0 && !is_silence(it, i));
    }
    return later;
}

static void tell_transaction(telling *it, size_t step)
{
    const prom_game_node *node = node_at(it, step);
    const prom_branch *branch = branch_named(node->object);
    const bool silent = is_silence(it, step);
    const bool waits = !silent && is_completed_later(it, step);
    const uint32_t block = first_block(it, node->object);
    const prom_tip_window window =
        branch == NULL ? (prom_tip_window){.latest = PROM_WINDOW_OPEN} : window_of(it, branch->window);
    const bool closes = silent && window.latest != PROM_WINDOW_OPEN;
    prom_sentence *text = add_step(it, closes  ? (uint32_t)(window.latest + 1 - PROM_STORY_BEGINS)
                                       : waits ? block - 1
                                               : block);
    if (text == NULL) {
        return;
    }
    begin_action(it, text, step);
    if (branch != NULL && !waits) {
        add_time(it, text, branch->window);
    }
    prom_sentence_add(text, ".");
    it->milestone = silent || waits ? it->milestone : block;
}

/* What is neither a transaction nor about one, as far as the table of deadlines has a row for it: the delivery, the key
 * that the worker shows to the arbiters, votes. */
static bool find_row(const telling *it, size_t step, prom_deadline_id *row)
{
    const prom_game_node *node = node_at(it, step);
    const prom_game_player player = (prom_game_player)it->game->tree.nodes[node->parent].player;
    const bool votes = player == PROM_GAME_A || player == PROM_GAME_H;
    const bool shows = player == PROM_GAME_W && strcmp(node->object, "h_p") == 0;
    *row = votes ? PROM_DEADLINE_COMMIT : shows ? PROM_DEADLINE_SHOW_KEY : PROM_DEADLINE_DELIVER;
    return votes || shows || step == 0;
}

static void tell_other(telling *it, size_t step)
{
    const prom_game_node *node = node_at(it, step);
    const prom_game_setting *setting = &it->question->setting;
    const bool verifies = it->game->tree.nodes[node->parent].player == PROM_GAME_V && node->object[0] == '\0';
    prom_deadline_id row;
    const bool timed = find_row(it, step, &row);
    const uint64_t last = (uint64_t)window_of(it, row).latest;
    const uint32_t delivery = it->delivered ? setting->compute : 0;
    prom_sentence *text = add_step(it, step == 0  ? delivery
                                       : verifies ? delivery + setting->verify
                                       : timed    ? (uint32_t)(last - PROM_STORY_BEGINS)
                                                  : it->now);
    char shown[PROM_UNITS];
    if (text == NULL) {
        return;
    }
    begin_action(it, text, step);
    if (timed) {
        prom_sentence_add(text, step == 0 ? "; what is delivered by block %s counts" : "; block %s is the last for it",
                          prom_units_number(shown, last));
    }
    prom_sentence_add(text, ".");
}

/* Whether who does not do this does something else later: then that tells enough. */
static bool is_told_later(const telling *it, size_t step)
{
    const prom_game_node *nodes = it->game->tree.nodes;
    const unsigned player = nodes[node_at(it, step)->parent].player;
    bool later = false;
    for (size_t i = step + 1; i < it->count; i++) {
        const prom_game_node *parent = &nodes[node_at(it, i)->parent];
        later = later || (parent->kind == PROM_GAME_DECISION && parent->player == player &&
                          prom_action_is_about_transaction(node_at(it, i)) && !is_silence(it, i));
    }
    return later;
}

/* Whether the client looks at what it got, or chance has it do so: where it got nothing there is no more to tell of
 * that than what it does then. */
static bool is_look_at_nothing(const telling *it, size_t step)
{
    const prom_game_node *node = node_at(it, step);
    const prom_game_node *parent = &it->game->tree.nodes[node->parent];
    const bool looks =
        parent->kind == PROM_GAME_CHANCE || (parent->player == PROM_GAME_C && !prom_action_is_move(node));
    return looks && !it->delivered;
}

static void tell_step(telling *it, size_t step)
{
    const prom_game_node *node = node_at(it, step);
    const bool by_rules = prom_action_is_by_rules(&it->game->tree, it->steps[step]);
    if (is_look_at_nothing(it, step)) {
        return;
    }
    if (it->game->tree.nodes[node->parent].kind == PROM_GAME_CHANCE) {
        prom_sentence *text = add_step(it, it->now);
        if (text != NULL) {
            prom_sentence_add(text, "By chance, %.3g %%, %s.", 100 * node->chance, node->action);
        }
    } else if (is_silence(it, step) && (by_rules || is_told_later(it, step))) {
        return;
    } else if (prom_action_is_about_transaction(node)) {
        tell_transaction(it, step);
    } else {
        tell_other(it, step);
    }
}

/* -- Beginning and end -- */

static void tell_beginning(telling *it)
{
    const prom_game_question *question = it->question;
    const prom_game_group *group = &it->attack->group;
    prom_sentence *text = add_step(it, 0);
    char amounts[3][PROM_AMOUNT_GROUPED];
    char client[PROM_ADVICE_SAT];
    char names[PROM_CONTRACT_GROUP];
    if (text == NULL) {
        return;
    }
    prom_sentence_add(
        text,
        "The client locks %s sat, the worker %s, the verifier %s and each of the %u arbiters %s: Tx0 is in "
        "this block.",
        prom_advice_sat(client, prom_game_deposit(it->game, PROM_GAME_C)),
        prom_amount_grouped(amounts[0], question->P.w), prom_amount_grouped(amounts[1], question->P.v),
        (unsigned)question->P.n, prom_amount_grouped(amounts[2], question->P.a));
    (void)prom_contract_group_text(names, group);
    if (strstr(names, " and ") != NULL) {
        prom_sentence_add(text, " Nobody knows that %s %s.", names, group->m > 0 ? "act as one" : "are one person");
    }
}

static const char *result_text(unsigned facts)
{
    static const char *const texts[] = {[PROM_RESULT_NONE] = "The client has no result.",
                                        [PROM_RESULT_WRONG] = "What the client has got is wrong.",
                                        [PROM_RESULT_RIGHT] = "The client has a right result."};
    return texts[prom_client_result_of(facts)];
}

static void tell_end(telling *it)
{
    static const prom_game_player players[] = {PROM_GAME_C, PROM_GAME_W, PROM_GAME_V, PROM_GAME_A, PROM_GAME_H};
    const char *const names[] = {"client", "worker", "verifier", "each of their arbiters",
                                 it->game->m == 0 ? "each arbiter" : "each other arbiter"};
    const uint32_t ending = it->game->tree.nodes[it->attack->ending].ending;
    const prom_game_outcome *outcome = &it->game->outcomes[ending];
    const uint32_t sizes[] = {1, 1, 1, it->game->m, it->question->P.n - it->game->m};
    prom_sentence *text = add_step(it, outcome->blocks);
    if (text == NULL) {
        return;
    }
    if (outcome->scheme == PROM_GAME_SCHEME_LOCKED) {
        prom_sentence_add(text, "Nobody can spend the coins any more. ");
    } else {
        prom_sentence_add(text, "The contract is settled, by #%u. ", (unsigned)outcome->scheme);
    }
    prom_sentence_add(text, "%s In coins, against what each locked:", result_text(outcome->facts));
    for (size_t i = 0; i < sizeof players / sizeof *players; i++) {
        const double money = it->game->money[(size_t)ending * PROM_GAME_PLAYERS + players[i]] / sizes[i];
        char sat[PROM_ADVICE_SAT];
        if (sizes[i] > 0) {
            prom_sentence_add(text, "%s %s %s%s", i == 0 ? "" : ",", names[i], round(money) > 0 ? "+" : "",
                              prom_advice_sat(sat, round(money)));
        }
    }
    prom_sentence_add(text, ".");
}

void prom_story_tell(prom_story *story, const prom_game_attack *attack)
{
    telling it = {.story = story, .attack = attack, .game = attack->game, .question = attack->game->question};
    *story = (prom_story){.count = 0};
    find_steps(&it);
    tell_beginning(&it);
    for (size_t i = 0; i < it.count; i++) {
        tell_step(&it, i);
    }
    tell_end(&it);
}
