/* The parts of a game's picture. */
#ifndef CERTIFICATE_DRAW_PARTS_H
#define CERTIFICATE_DRAW_PARTS_H

#include "certificate/draw.h"

enum {
    PICTURE_ENDINGS_MAX = 24,
    PICTURE_SPOTS_MAX = 128, /* each has two children at least, or is an ending */
    PICTURE_WORDS_MAX = 8,   /* lines of what leads to a spot */
    PICTURE_BRANCHES_MAX = 16,
    PICTURE_CELLS_MAX = 5,
};

/* A node of the tree that is shown. */
typedef struct prom_picture_spot {
    uint32_t node;
    size_t parent; /* spot; the first is its own */
    bool on_path;  /* honest players come by */
    bool attacked; /* so does the attack, */
    bool played;   /* and so do players who each look after themselves */
    double gain;   /* to who decides at the parent, against what the rules would have it do there, when all others keep
                      them: marked where above 0 */
    size_t word_count;
    char words[PICTURE_WORDS_MAX][64]; /* what is done on the way from the parent */
    int column;
    int y;
    int top; /* of the words */
} prom_picture_spot;

/* A column of the table of endings: a player, and how many persons it is. */
typedef struct prom_picture_cell {
    prom_game_player player;
    uint32_t persons;
    const char *head;
} prom_picture_cell;

/* Endings, as nodes, the ways to which are marked; or PROM_PICTURE_NO_ENDING. */
#define PROM_PICTURE_NO_ENDING UINT32_MAX
typedef struct prom_picture_marks {
    uint32_t attack;
    uint32_t play; /* of players who each look after themselves */
} prom_picture_marks;

struct prom_game_picture {
    const prom_game *game;
    bool play_is_mixed; /* who look after themselves draw what they do, and what is marked is the likeliest */
    prom_picture_spot spots[PICTURE_SPOTS_MAX]; /* children behind their parent; the honest one first */
    size_t count;
    size_t ending_count;
    prom_picture_cell cells[PICTURE_CELLS_MAX];
    int cell_count;
    int cell_width;
    int columns;
    int width;
    int height;
};

/* Returns the endings of the attack, which may be NULL, and of the solution's first equilibrium, in the game that is
 * drawn. */
prom_picture_marks prom_picture_marks_of(const prom_game *game, const prom_game_solution *solution,
                                         const prom_game_attack *attack);

/* Marks which nodes are shown, `shown` [node_count]; the endings of `marks` are among them. */
PROM_MUST_USE prom_result prom_picture_choose(prom_arena *arena, bool *shown, const prom_game *game,
                                              const prom_picture_marks *marks, prom_error *error);

/* Fills in the spots, but not where they stand. */
PROM_MUST_USE prom_result prom_picture_spots(prom_game_picture *picture, const bool *shown,
                                             const prom_picture_marks *marks, prom_error *error);

#endif
