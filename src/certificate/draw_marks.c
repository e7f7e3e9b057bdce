/* Which ways are marked. The game that is drawn is not the one that was solved: there honest arbiters choose, too. */
#include <string.h>

#include "certificate/draw_parts.h"

/* Finds in a game the ending of another one that is the same but for what the other arbiters may do, who keep the rules
 * there: node by node, by what is done. */
static uint32_t find_ending(const prom_game *game, const prom_game *other, uint32_t ending)
{
    const prom_game_node *nodes = game->tree.nodes;
    uint32_t steps[UINT8_MAX];
    size_t count = 0;
    uint32_t at = 0;
    for (uint32_t step = ending; step != 0 && count < UINT8_MAX; step = other->tree.nodes[step].parent) {
        steps[count++] = step;
    }
    while (nodes[at].kind != PROM_GAME_ENDING) {
        const prom_game_node *step = count > 0 ? &other->tree.nodes[steps[count - 1]] : NULL;
        uint32_t next = nodes[at].first_child + nodes[at].honest;
        for (uint32_t i = 0; i < nodes[at].child_count && nodes[at].player != PROM_GAME_H && step != NULL; i++) {
            const prom_game_node *child = &nodes[nodes[at].first_child + i];
            if (strcmp(child->action, step->action) == 0 && strcmp(child->object, step->object) == 0) {
                next = nodes[at].first_child + i;
            }
        }
        count -= nodes[at].player != PROM_GAME_H && count > 0;
        at = next;
    }
    return at;
}

prom_picture_marks prom_picture_marks_of(const prom_game *game, const prom_game_solution *solution,
                                         const prom_game_attack *attack)
{
    prom_picture_marks marks = {PROM_PICTURE_NO_ENDING, PROM_PICTURE_NO_ENDING};
    if (attack != NULL) {
        marks.attack = find_ending(game, attack->game, attack->ending);
    }
    if (solution->equilibrium_count > 0) {
        marks.play = find_ending(game, solution->games[0], solution->equilibrium_ending);
    }
    return marks;
}
