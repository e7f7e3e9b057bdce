#include "certificate/certificate_parts.h"

static double deposits_of(const prom_game_attack *attack)
{
    double sum = attack->group.m > 0 ? prom_game_deposit(attack->game, PROM_GAME_A) : 0;
    for (prom_game_player player = PROM_GAME_C; player <= PROM_GAME_V; player++) {
        const bool in = (attack->group.players & PROM_GAME_PLAYER(player)) != 0;
        sum += in ? prom_game_deposit(attack->game, player) : 0;
    }
    return sum;
}

static prom_cheapest cheapest_of(const prom_game_attack *attack)
{
    const uint32_t ending = attack->game->tree.nodes[attack->ending].ending;
    return (prom_cheapest){
        .attack = attack, .locks = deposits_of(attack), .blocks = attack->game->outcomes[ending].blocks};
}

static bool gains_and_hurts(const prom_game_attack *attack)
{
    return attack->gain > PROM_GAME_TOLERANCE && attack->victim != PROM_GAME_PLAYERS;
}

prom_cheapest prom_cheapest_find(const prom_game_solution *solution)
{
    for (size_t i = 0; i < solution->finding_count; i++) {
        const prom_game_finding *finding = &solution->findings[i];
        if (finding->has_attack && gains_and_hurts(&finding->attack)) {
            return cheapest_of(&finding->attack);
        }
    }
    for (size_t i = 0; i < sizeof solution->seats / sizeof *solution->seats; i++) {
        const prom_game_seats *seats = &solution->seats[i];
        if (seats->worth > PROM_GAME_TOLERANCE && gains_and_hurts(&seats->best)) {
            return cheapest_of(&seats->best);
        }
    }
    return solution->grief_count > 0 ? cheapest_of(&solution->griefs[0].attack) : (prom_cheapest){.attack = NULL};
}
