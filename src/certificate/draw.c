#include "certificate/draw_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "advice/actions.h"
#include "advice/words.h"
#include "outlook/outlook.h"
#include "outlook/words.h"

/* Pixels. */
enum {
    MARGIN = 28,
    HEADER = 118, /* up to the first row's words */
    FOOTER = 136,
    COLUMN = 226, /* from one disc to the next */
    DISC = 13,    /* radius */
    RING = 18,    /* of the ring around one */
    TRUNK = 24,   /* from a disc's middle to where its lines part */
    WORD_LINE = 14,
    ROW_MIN = 40,
    BESIDE = 5,   /* of the way of those who look after themselves from the one that it goes along with */
    ENDING = 196, /* what the table says of an ending */
    CELL_MIN = 96,
    DIGIT = 8, /* of the large amounts */
};

/* -- Amounts -- */

static const char *amount_text(char text[PROM_ADVICE_SAT], double sat)
{
    char number[PROM_ADVICE_SAT];
    (void)snprintf(text, PROM_ADVICE_SAT, "%s%s", round(sat) > 0 ? "+" : "", prom_advice_sat(number, round(sat)));
    return text;
}

/* What an ending is worth to one of the persons of a column, and the coins of it. */
static double worth_of(const prom_game_picture *picture, const prom_picture_spot *spot, const prom_picture_cell *cell,
                       const double *values)
{
    const size_t ending = picture->game->tree.nodes[spot->node].ending;
    return values[ending * PROM_GAME_PLAYERS + cell->player] / cell->persons;
}

static int cell_width(const prom_game_picture *picture)
{
    int width = CELL_MIN;
    for (int j = 0; j < picture->cell_count; j++) {
        const int needed = DIGIT * (int)strlen(picture->cells[j].head) + 12;
        width = needed > width ? needed : width;
    }
    for (size_t i = 0; i < picture->count; i++) {
        const bool ends = picture->game->tree.nodes[picture->spots[i].node].kind == PROM_GAME_ENDING;
        for (int j = 0; j < picture->cell_count && ends; j++) {
            const prom_picture_cell *cell = &picture->cells[j];
            char text[PROM_ADVICE_SAT];
            const double worth = worth_of(picture, &picture->spots[i], cell, picture->game->tree.values);
            const int needed = DIGIT * (int)strlen(amount_text(text, worth)) + 12;
            width = needed > width ? needed : width;
        }
    }
    return width;
}

/* -- Where everything stands -- */

/* Each ending has a row, and so has what leads to it without a turn. */
static void place(prom_game_picture *picture)
{
    size_t most = 1; /* lines of words in the row */
    int y = HEADER - ROW_MIN / 2;
    for (size_t i = 0; i < picture->count; i++) {
        prom_picture_spot *spot = &picture->spots[i];
        picture->columns = spot->column + 1 > picture->columns ? spot->column + 1 : picture->columns;
        most = spot->word_count + (spot->gain > 0) > most ? spot->word_count + (spot->gain > 0) : most;
        if (picture->game->tree.nodes[spot->node].kind != PROM_GAME_ENDING) {
            continue;
        }
        const int height = (int)most * WORD_LINE + 14;
        y += height > ROW_MIN ? height : ROW_MIN;
        spot->y = y;
        most = 1;
    }
    /* Any other has the row of its first child, which is written last. */
    for (size_t i = picture->count; i-- > 1;) {
        picture->spots[picture->spots[i].parent].y = picture->spots[i].y;
    }
    picture->height = y + FOOTER;
    picture->width =
        2 * MARGIN + DISC + COLUMN * (picture->columns - 1) + ENDING + picture->cell_count * picture->cell_width;
}

static int middle_of(const prom_picture_spot *spot)
{
    return MARGIN + DISC + COLUMN * spot->column;
}

/* Where the table of endings begins. */
static int table_left(const prom_game_picture *picture)
{
    return MARGIN + DISC + COLUMN * (picture->columns - 1);
}

/* The arbiters stand in the table as one column, or those of the attack in one of their own. */
static void set_cells(prom_game_picture *picture)
{
    const uint32_t m = picture->game->m;
    const uint32_t others = picture->game->question->P.n - m;
    const prom_picture_cell cells[PICTURE_CELLS_MAX] = {
        {PROM_GAME_C, 1, "client"},
        {PROM_GAME_W, 1, "worker"},
        {PROM_GAME_V, 1, "verifier"},
        {PROM_GAME_A, m, "arbiter, theirs"},
        {PROM_GAME_H, others, m == 0 ? "each arbiter" : "arbiter, other"},
    };
    for (size_t i = 0; i < PICTURE_CELLS_MAX; i++) {
        if (cells[i].persons > 0) {
            picture->cells[picture->cell_count++] = cells[i];
        }
    }
}

prom_result prom_game_picture_make(prom_arena *arena, prom_game_picture **picture, const prom_game_solution *solution,
                                   const prom_game_attack *attack, prom_error *error)
{
    bool *shown = NULL;
    prom_game *game = NULL;
    prom_game_picture *made = NULL;
    if (attack != NULL && attack->group.m > 0) {
        PROM_TRY(prom_game_build(arena, &game, solution->question, attack->group.m, error));
    } else {
        PROM_TRY(prom_game_build_whole(arena, &game, solution->question, 0, error));
    }
    const prom_picture_marks marks = prom_picture_marks_of(game, solution, attack);
    PROM_TRY_NEW(shown, arena, game->tree.node_count, error);
    PROM_TRY_NEW(made, arena, 1, error);
    made->game = game;
    made->play_is_mixed = solution->equilibrium_count > 0 && !solution->equilibria[0].pure;
    PROM_TRY(prom_picture_choose(arena, shown, game, &marks, error));
    PROM_TRY(prom_picture_spots(made, shown, &marks, error));
    set_cells(made);
    made->cell_width = cell_width(made);
    place(made);
    *picture = made;
    return prom_ok();
}

int prom_game_picture_width(const prom_game_picture *picture)
{
    return picture->width;
}

int prom_game_picture_height(const prom_game_picture *picture)
{
    return picture->height;
}

/* -- Looks -- */

const prom_drawing_look prom_game_picture_looks[] = {
    {"rules", "#1b7f4d", "#e6f4ec", "4"},
    {"other", "#98a4b0", "#ffffff", "1.3"},
    {"attack", "#c2410c", "#fdeee6", "2.5"},
    {"play", "#1d4ed8", "#ffffff", "2"},
};
const size_t prom_game_picture_look_count = sizeof prom_game_picture_looks / sizeof *prom_game_picture_looks;
const char prom_game_picture_style[] =
    ".letter{text-anchor:middle;font-weight:bold;font-size:13px}.gains{fill:#b45309;font-weight:bold}\n"
    ".up{fill:#1b7f4d}.down{fill:#b42318}.worth{text-anchor:end;font-weight:bold;font-size:12px}\n"
    ".money{text-anchor:end;fill:#5b6772;font-size:10.5px}.head{font-weight:bold;fill:#3b4754}\n"
    ".same{fill:none;stroke:#7c5cc4;stroke-width:1.6;stroke-dasharray:5 "
    "4}.set{font-size:10px;fill:#7c5cc4;text-anchor:end}\n";

static const char *look_of(const prom_picture_spot *spot)
{
    return spot->on_path ? "rules" : spot->attacked ? "attack" : "other";
}

/* -- Lines and what is done -- */

static void print_way(FILE *to, const prom_game_picture *picture, const prom_picture_spot *spot)
{
    const prom_picture_spot *parent = &picture->spots[spot->parent];
    const bool ends = picture->game->tree.nodes[spot->node].kind == PROM_GAME_ENDING;
    const int trunk = middle_of(parent) + TRUNK;
    const int end = ends ? table_left(picture) - 6 : middle_of(spot) - DISC;
    const char *look = look_of(spot);
    (void)fprintf(to, "<path class=\"%s\" d=\"M%d %dH%dV%dH%d\"", look, middle_of(parent) + DISC, parent->y, trunk,
                  spot->y, end);
    (void)fprintf(to, ends ? " marker-end=\"url(#%s-arrow)\"/>\n" : "/>\n", look);
}

/* Beside the line that is there: the rules or the attack may go the same way. */
static void print_play(FILE *to, const prom_game_picture *picture, const prom_picture_spot *spot)
{
    const prom_picture_spot *parent = &picture->spots[spot->parent];
    const bool ends = picture->game->tree.nodes[spot->node].kind == PROM_GAME_ENDING;
    const int end = ends ? table_left(picture) - 6 : middle_of(spot) - DISC;
    (void)fprintf(to, "<path class=\"play\" d=\"M%d %dH%dV%dH%d\"", middle_of(parent) + DISC, parent->y + BESIDE,
                  middle_of(parent) + TRUNK - BESIDE, spot->y + BESIDE, end);
    (void)fprintf(to, ends ? " marker-end=\"url(#play-arrow)\"/>\n" : "/>\n");
}

static void print_words(FILE *to, const prom_game_picture *picture, const prom_picture_spot *spot)
{
    const int x = middle_of(&picture->spots[spot->parent]) + TRUNK + 7;
    int y = spot->y - 6;
    char text[PROM_ADVICE_SAT];
    if (spot->gain > 0) {
        prom_drawing_text(to, "gains", x, y, "pays %s more", prom_advice_sat(text, spot->gain));
        y -= WORD_LINE;
    }
    for (size_t i = spot->word_count; i-- > 0; y -= WORD_LINE) {
        prom_drawing_text(to, NULL, x, y, "%s", spot->words[i]);
    }
}

static void print_disc(FILE *to, const prom_game_picture *picture, const prom_picture_spot *spot)
{
    static const char *const letters[PROM_GAME_PLAYERS] = {"C", "W", "V", "A", "A", "F"};
    const prom_game_node *node = &picture->game->tree.nodes[spot->node];
    (void)fprintf(to, "<circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"%d\"/>\n", look_of(spot), middle_of(spot), spot->y,
                  DISC);
    prom_drawing_text(to, "letter", middle_of(spot), spot->y + 5, "%s",
                      node->kind == PROM_GAME_CHANCE ? "?" : letters[node->player]);
}

static bool same_information(const prom_game_picture *picture, size_t a, size_t b)
{
    const prom_game_node *first = &picture->game->tree.nodes[picture->spots[a].node];
    const prom_game_node *second = &picture->game->tree.nodes[picture->spots[b].node];
    return first->kind == PROM_GAME_DECISION && second->kind == PROM_GAME_DECISION &&
           first->information == second->information;
}

/* What a player cannot tell apart has dashed rings with one number, and a dashed line where they stand below each
 * other. */
static void print_information(FILE *to, const prom_game_picture *picture)
{
    unsigned numbers[PICTURE_SPOTS_MAX] = {0};
    unsigned last = 0;
    for (size_t i = 0; i < picture->count; i++) {
        const prom_picture_spot *spot = &picture->spots[i];
        const prom_picture_spot *above = NULL;
        for (size_t j = 0; j < i; j++) {
            if (same_information(picture, i, j)) {
                numbers[i] = numbers[j] == 0 ? ++last : numbers[j];
                numbers[j] = numbers[i];
                above = picture->spots[j].column == spot->column ? &picture->spots[j] : above;
            }
        }
        if (above != NULL) {
            (void)fprintf(to, "<path class=\"same\" d=\"M%d %dV%d\"/>\n", middle_of(spot), above->y + RING,
                          spot->y - RING);
        }
    }
    for (size_t i = 0; i < picture->count; i++) {
        if (numbers[i] > 0) {
            const prom_picture_spot *spot = &picture->spots[i];
            (void)fprintf(to, "<circle class=\"same\" cx=\"%d\" cy=\"%d\" r=\"%d\"/>\n", middle_of(spot), spot->y,
                          RING);
            prom_drawing_text(to, "set", middle_of(spot) - RING, spot->y - DISC, "%u", numbers[i]);
        }
    }
}

/* -- The table of endings -- */

static const char *scheme_name(unsigned scheme)
{
    static const char *const others[] = {"challenge refused", "both at fault", "worker at fault", "audit undecided"};
    return scheme <= PROM_SCHEMES ? prom_contract_scheme_name(scheme) : others[scheme - PROM_GAME_SCHEME_GOOD];
}

static const char *result_of(const prom_game_outcome *outcome)
{
    static const char *const texts[] = {
        [PROM_RESULT_NONE] = "no result", [PROM_RESULT_WRONG] = "wrong result", [PROM_RESULT_RIGHT] = "right result"};
    return texts[prom_client_result_of(outcome->facts)];
}

static void print_ending(FILE *to, const prom_game_picture *picture, const prom_picture_spot *spot)
{
    const prom_game *game = picture->game;
    const uint32_t ending = game->tree.nodes[spot->node].ending;
    const prom_game_outcome *outcome = &game->outcomes[ending];
    const int left = table_left(picture);
    char time[PROM_CONTRACT_HOURS];
    (void)fprintf(to, "<g class=\"ending\">\n");
    if (outcome->scheme == PROM_GAME_SCHEME_LOCKED) {
        prom_drawing_text(to, "head", left, spot->y - 3, "locked for ever");
    } else {
        prom_drawing_text(to, "head", left, spot->y - 3, "#%u %s", (unsigned)outcome->scheme,
                          scheme_name(outcome->scheme));
    }
    prom_drawing_text(to, "note", left, spot->y + 11, "%s, after %s", result_of(outcome),
                      prom_contract_hours_text(time, outcome->blocks));
    for (int i = 0; i < picture->cell_count; i++) {
        const prom_picture_cell *cell = &picture->cells[i];
        const double worth = worth_of(picture, spot, cell, game->tree.values);
        const double money = worth_of(picture, spot, cell, game->money);
        const char *class = worth >= 0.5 ? "worth up" : worth <= -0.5 ? "worth down" : "worth";
        const int x = left + ENDING + picture->cell_width * (i + 1);
        char text[PROM_ADVICE_SAT];
        prom_drawing_text(to, class, x, spot->y - 3, "%s", amount_text(text, worth));
        prom_drawing_text(to, "money", x, spot->y + 11, "%s", amount_text(text, money));
    }
    (void)fprintf(to, "</g>\n");
}

static void print_table_head(FILE *to, const prom_game_picture *picture)
{
    const int left = table_left(picture);
    prom_drawing_text(to, "head", left, HEADER - 38, "how it ends");
    for (int i = 0; i < picture->cell_count; i++) {
        prom_drawing_text(to, "head amount", left + ENDING + picture->cell_width * (i + 1), HEADER - 38, "%s",
                          picture->cells[i].head);
    }
}

/* -- The whole -- */

static void print_frame(FILE *to, const prom_game_picture *picture)
{
    const prom_game_question *question = picture->game->question;
    const bool paper = question->rules == PROM_GAME_RULES_PAPER;
    char text[5][PROM_AMOUNT_GROUPED];
    (void)fprintf(to, "<text x=\"%d\" y=\"38\" font-size=\"18\" font-weight=\"bold\">%s</text>\n", MARGIN,
                  paper ? "The game of the paper, as it is written" : "The game of a contract");
    char retainer[PROM_AMOUNT_GROUPED + 16] = "";
    if (!paper) {
        (void)snprintf(retainer, sizeof retainer, ", retainer %s", prom_amount_grouped(text[1], question->retainer));
    }
    prom_drawing_text(
        to, "note", MARGIN, 60,
        "What each may do, and what it is worth to all. Reward %s%s; stakes: worker %s, verifier %s, each "
        "of %u arbiters %s. All amounts in sat.",
        prom_amount_grouped(text[0], question->c), retainer, prom_amount_grouped(text[2], question->P.w),
        prom_amount_grouped(text[3], question->P.v), (unsigned)question->P.n,
        prom_amount_grouped(text[4], question->P.a));
}

/* Whether the picture has such a way that is not the rules'. */
static bool has_attack(const prom_game_picture *picture)
{
    bool attacked = false;
    for (size_t i = 0; i < picture->count; i++) {
        attacked = attacked || (picture->spots[i].attacked && !picture->spots[i].on_path);
    }
    return attacked;
}

static bool has_play(const prom_game_picture *picture)
{
    return picture->count > 0 && picture->spots[0].played;
}

static void print_lines_legend(FILE *to, const prom_game_picture *picture, int y)
{
    const struct {
        const char *look;
        const char *says;
        bool shown;
    } lines[] = {
        {"rules", "the rules of the protocol", true},
        {"other", "another choice", true},
        {"attack", "the attack that is told", has_attack(picture)},
        {"play",
         picture->play_is_mixed ? "what players do most often who each look after themselves (an equilibrium)"
                                : "what players do who each look after themselves (an equilibrium)",
         has_play(picture)},
    };
    int x = MARGIN;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (lines[i].shown) {
            (void)fprintf(to, "<path class=\"%s\" d=\"M%d %dH%d\"/>\n", lines[i].look, x, y - 4, x + 36);
            prom_drawing_text(to, NULL, x + 44, y, "%s", lines[i].says);
            x += 230;
        }
    }
}

static void print_legend(FILE *to, const prom_game_picture *picture)
{
    const int y = picture->height - FOOTER + 46;
    const int signs = y + 24;
    print_lines_legend(to, picture, y);
    (void)fprintf(to, "<circle class=\"same\" cx=\"%d\" cy=\"%d\" r=\"9\"/>\n", MARGIN + 18, signs - 4);
    prom_drawing_text(to, NULL, MARGIN + 44, signs, "who decides cannot tell these apart");
    prom_drawing_text(to, "gains", MARGIN + 300, signs, "pays … more");
    prom_drawing_text(to, NULL, MARGIN + 392, signs, "to who decides, when all others keep the rules");
    prom_drawing_text(to, "note", MARGIN, y + 48,
                      "C client, W worker, V verifier, A arbiters, ? chance. In the table, large: what each ends with "
                      "against not taking part, its work, fees, the cost of locked coins and the worth of a right "
                      "result counted in; small: the coins alone.");
    prom_drawing_text(to, "note", MARGIN, y + 66,
                      "Choices that change nothing that is seen here, and those that need more than three breaches of "
                      "the rules, are left out: %zu of %zu endings are shown.",
                      picture->ending_count, picture->game->tree.ending_count);
}

void prom_game_picture_part(FILE *to, const prom_game_picture *picture, int left, int top)
{
    (void)fprintf(to, "<g transform=\"translate(%d %d)\">\n", left, top);
    print_frame(to, picture);
    print_table_head(to, picture);
    for (size_t i = picture->count; i-- > 1;) { /* the rules' way last, above the others */
        print_way(to, picture, &picture->spots[i]);
    }
    for (size_t i = 1; i < picture->count; i++) {
        if (picture->spots[i].played) {
            print_play(to, picture, &picture->spots[i]);
        }
    }
    print_information(to, picture);
    for (size_t i = 0; i < picture->count; i++) {
        const prom_picture_spot *spot = &picture->spots[i];
        print_words(to, picture, spot);
        if (picture->game->tree.nodes[spot->node].kind == PROM_GAME_ENDING) {
            print_ending(to, picture, spot);
        } else {
            print_disc(to, picture, spot);
        }
    }
    print_legend(to, picture);
    (void)fprintf(to, "</g>\n");
}

void prom_game_picture_print(FILE *to, const prom_game_picture *picture)
{
    const prom_drawing_page page = {
        .title = "The game of a contract",
        .style = prom_game_picture_style,
        .looks = prom_game_picture_looks,
        .look_count = prom_game_picture_look_count,
        .width = picture->width,
        .height = picture->height,
    };
    prom_drawing_begin(to, &page);
    prom_game_picture_part(to, picture, 0, 0);
    prom_drawing_end(to);
}

/* -- JSON -- */

static json_t *json_ending(const prom_game_picture *picture, const prom_picture_spot *spot)
{
    static const char *const letters[PROM_GAME_PLAYERS] = {"C", "W", "V", "A", "H", "F"};
    const prom_game *game = picture->game;
    const prom_game_outcome *outcome = &game->outcomes[game->tree.nodes[spot->node].ending];
    json_t *worth = json_object();
    json_t *money = json_object();
    for (int i = 0; i < picture->cell_count; i++) {
        const prom_picture_cell *cell = &picture->cells[i];
        const char *letter = letters[cell->player];
        (void)json_object_set_new(worth, letter, prom_advice_number(worth_of(picture, spot, cell, game->tree.values)));
        (void)json_object_set_new(money, letter, prom_advice_number(worth_of(picture, spot, cell, game->money)));
    }
    return json_pack("{s:i, s:s, s:I, s:b, s:b, s:o, s:o}", "scheme", (int)outcome->scheme, "result",
                     result_of(outcome), "blocks", (json_int_t)outcome->blocks, "by_rules", (int)spot->on_path,
                     "equilibrium", (int)spot->played, "worth", worth, "money", money);
}

json_t *prom_game_picture_json(const prom_game_picture *picture)
{
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    if (to == NULL) {
        return NULL;
    }
    json_t *endings = json_array();
    prom_game_picture_print(to, picture);
    const bool written = fclose(to) == 0;
    for (size_t i = 0; i < picture->count; i++) {
        if (picture->game->tree.nodes[picture->spots[i].node].kind == PROM_GAME_ENDING) {
            (void)json_array_append_new(endings, json_ending(picture, &picture->spots[i]));
        }
    }
    json_t *answer = json_pack("{s:s, s:o, s:I}", "svg", written ? text : "", "endings", endings, "of",
                               (json_int_t)picture->game->tree.ending_count);
    free(text);
    return answer;
}
