/* Trees for tests: a list of nodes, the children of the first one next, then those of the second, and so on. */
#ifndef PROMETHEUS_TEST_EQUILIBRIUM_SKETCH_H
#define PROMETHEUS_TEST_EQUILIBRIUM_SKETCH_H

#include "support.h"

#include "prometheus/equilibrium/tree.h"

enum { SKETCH_NODES_MAX = 32, SKETCH_PLAYERS_MAX = 4 };

/* A node: who decides, which child the rules take and how many there are; or a chance; or an ending. `chance` is that
 * of a node behind a chance. */
typedef struct sketch {
    prom_game_kind kind;
    uint8_t player;
    uint8_t honest;
    uint8_t children;
    double chance;
    double values[SKETCH_PLAYERS_MAX];
} sketch;

#define DECIDES(who, rule, count) .kind = PROM_GAME_DECISION, .player = (who), .honest = (rule), .children = (count)
#define CHANCE(count) .kind = PROM_GAME_CHANCE, .children = (count)
#define ENDS .kind = PROM_GAME_ENDING

/* What a sketch becomes. */
typedef struct drawn {
    prom_game_tree tree;
    prom_game_node nodes[SKETCH_NODES_MAX];
    double values[SKETCH_NODES_MAX * SKETCH_PLAYERS_MAX];
} drawn;

static inline void draw(drawn *made, size_t players, const sketch *sketches, size_t count)
{
    uint32_t next = 1;
    size_t endings = 0;
    assert_true(count <= SKETCH_NODES_MAX && players <= SKETCH_PLAYERS_MAX);
    memset(made, 0, sizeof *made);
    for (uint32_t at = 0; at < count; at++) {
        const sketch *from = &sketches[at];
        made->nodes[at].kind = from->kind;
        made->nodes[at].player = from->player;
        made->nodes[at].honest = from->honest;
        made->nodes[at].child_count = from->children;
        made->nodes[at].first_child = next;
        made->nodes[at].information = at;
        made->nodes[at].ending = (uint32_t)endings;
        made->nodes[at].chance = from->chance;
        made->nodes[at].action = "acts";
        made->nodes[at].object = "";
        for (uint8_t child = 0; child < from->children; child++) {
            assert_true(next < count);
            made->nodes[next++].parent = at;
        }
        if (from->kind == PROM_GAME_ENDING) {
            memcpy(&made->values[endings++ * players], from->values, players * sizeof *from->values);
        }
    }
    assert_int_equal(next, count);
    made->tree = (prom_game_tree){players, made->nodes, count, made->values, endings};
}

#define DRAW(made, players, sketches) draw((made), (players), (sketches), COUNT_OF(sketches))

static inline void assert_near(double value, double wanted)
{
    if (!(value - wanted < 1e-9 && wanted - value < 1e-9)) {
        print_error("wanted %.17g, got %.17g\n", wanted, value);
        fail();
    }
}

#endif
