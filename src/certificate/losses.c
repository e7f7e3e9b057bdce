#include "certificate/losses.h"

#include <math.h>

#include "prometheus/contract/tree.h"

/* Who is asked about, as players: an arbiter is one of H, who keep the rules. */
static const struct {
    const char *name;
    const char *letters;
    unsigned players; /* bits */
} PARTIES[PROM_LOSS_PARTIES] = {
    [PROM_LOSS_C] = {"client", "C", PROM_GAME_PLAYER(PROM_GAME_C)},
    [PROM_LOSS_OWN] = {"client that is its own verifier", "C+V",
                       PROM_GAME_PLAYER(PROM_GAME_C) | PROM_GAME_PLAYER(PROM_GAME_V)},
    [PROM_LOSS_W] = {"worker", "W", PROM_GAME_PLAYER(PROM_GAME_W)},
    [PROM_LOSS_V] = {"verifier", "V", PROM_GAME_PLAYER(PROM_GAME_V)},
    [PROM_LOSS_A] = {"arbiter", "A", PROM_GAME_PLAYER(PROM_GAME_H)},
};

static bool is_client(prom_loss_party party)
{
    return (PARTIES[party].players & PROM_GAME_PLAYER(PROM_GAME_C)) != 0;
}

bool prom_loss_party_is(prom_loss_party party, const prom_game_question *question)
{
    return party != PROM_LOSS_OWN || question->setting.audit == 0;
}

const char *prom_loss_party_name(prom_loss_party party)
{
    return PARTIES[party].name;
}

const char *prom_loss_party_letters(prom_loss_party party)
{
    return PARTIES[party].letters;
}

/* A game, and room for one pass over it. */
typedef struct room {
    prom_game *game;
    double *weights; /* [ending] */
    double *scratch; /* [node] */
} room;

static prom_result make_room(prom_arena *arena, room *made, const prom_game_question *question, uint32_t m,
                             prom_error *error)
{
    PROM_TRY(prom_game_build(arena, &made->game, question, m, error));
    PROM_TRY_NEW(made->weights, arena, made->game->tree.ending_count, error);
    PROM_TRY_NEW(made->scratch, arena, made->game->tree.node_count, error);
    return prom_ok();
}

/* Returns for how many persons the player's sums stand. */
static double persons_of(const prom_game *game, prom_game_player player)
{
    return player == PROM_GAME_H ? (double)game->question->P.n - game->m : 1;
}

typedef enum counted {
    COUNTED_ALL,
    COUNTED_NO_RESULT, /* the client has no right result */
    COUNTED_NOTHING,   /* it has nothing that passes the check */
} counted;

static bool is_counted(const prom_game_outcome *outcome, counted which)
{
    enum { PASSED = PROM_GAME_GOOD | PROM_GAME_SHOWN };
    const bool right = (outcome->facts & PROM_GAME_RESULT) != 0;
    const bool passed = right || (outcome->facts & PASSED) == PASSED;
    return which == COUNTED_ALL || (which == COUNTED_NO_RESULT ? !right : !passed);
}

static void fill_weights(const room *in, unsigned players, counted which)
{
    const prom_game *game = in->game;
    for (size_t ending = 0; ending < game->tree.ending_count; ending++) {
        in->weights[ending] = is_counted(&game->outcomes[ending], which) ? 0 : INFINITY;
        for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_F; player++) {
            const bool in_party = (players & PROM_GAME_PLAYER(player)) != 0;
            const double money = game->money[ending * PROM_GAME_PLAYERS + player];
            in->weights[ending] += in_party ? money / persons_of(game, player) : 0;
        }
    }
}

/* Returns the least money, less the deposit, that all others, and chance, can leave a party who keeps the rules at the
 * endings that count; infinite where they cannot bring such a one about. */
static double least_money(const room *in, prom_loss_party party, counted which)
{
    const prom_game_tree *tree = &in->game->tree;
    const unsigned honest = PARTIES[party].players | PROM_GAME_PLAYER(PROM_GAME_H);
    fill_weights(in, PARTIES[party].players, which);
    for (size_t at = tree->node_count; at-- > 0;) {
        const prom_game_node *node = &tree->nodes[at];
        const bool keeps = node->kind == PROM_GAME_DECISION && (honest & PROM_GAME_PLAYER(node->player)) != 0;
        double least = node->kind == PROM_GAME_ENDING ? in->weights[node->ending] : INFINITY;
        for (uint32_t i = 0; i < node->child_count; i++) {
            least = !keeps || i == node->honest ? fmin(least, in->scratch[node->first_child + i]) : least;
        }
        in->scratch[at] = least;
    }
    return in->scratch[0];
}

static double deposit_of(const prom_game *game, prom_loss_party party)
{
    double sum = 0;
    for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_F; player++) {
        const bool in_party = (PARTIES[party].players & PROM_GAME_PLAYER(player)) != 0;
        sum += in_party ? prom_game_deposit(game, player) / persons_of(game, player) : 0;
    }
    return sum;
}

/* The client pays for all transactions but what worker and verifier pay of Tx0: the dearest way. */
static double fees_of(const prom_game *game, prom_loss_party party)
{
    static const struct {
        prom_game_player player;
        prom_party party;
    } payers[] = {{PROM_GAME_C, PROM_PARTY_C}, {PROM_GAME_W, PROM_PARTY_W}, {PROM_GAME_V, PROM_PARTY_V}};
    const prom_game_question *question = game->question;
    double most = 0;
    for (size_t ending = 0; ending < game->tree.ending_count && is_client(party); ending++) {
        const prom_game_outcome *outcome = &game->outcomes[ending];
        most = fmax(most, (double)outcome->vsize * question->feerate +
                              (double)PROM_ANCHOR_SAT * (1 + (double)outcome->anchors));
    }
    for (size_t i = 0; i < sizeof payers / sizeof *payers; i++) {
        const bool pays = (PARTIES[party].players & PROM_GAME_PLAYER(payers[i].player)) != 0;
        most += pays ? (double)question->sizes.tx0[payers[i].party] * question->feerate : 0;
    }
    return most;
}

prom_result prom_losses_of(prom_arena *arena, prom_loss *losses, const prom_game_question *question, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena own = {0};
    const uint32_t n = question->P.n;
    room some; /* n - k arbiters break the rules */
    room most; /* all but one, */
    room all;  /* and all do */
    prom_arena_init_within(&own, arena);
    PROM_TRY(make_room(&own, &some, question, prom_parameters_tolerated(&question->P), error));
    PROM_TRY(make_room(&own, &most, question, n - 1, error));
    PROM_TRY(make_room(&own, &all, question, n, error));
    for (prom_loss_party party = PROM_LOSS_C; party < PROM_LOSS_PARTIES; party++) {
        const room *worst = party == PROM_LOSS_A ? &most : &all;
        const double kept = least_money(&some, party, COUNTED_ALL);
        losses[party] = (prom_loss){
            .deposit = deposit_of(some.game, party),
            .kept = fmax(0, -kept),
            .gains = fmax(0, kept),
            .without_result = is_client(party) && kept < 0 && least_money(&some, party, COUNTED_NO_RESULT) <= kept,
            .for_nothing = is_client(party) ? fmax(0, -least_money(&some, party, COUNTED_NOTHING)) : 0,
            .worst = fmax(0, -least_money(worst, party, COUNTED_ALL)),
            .fees = fees_of(all.game, party),
        };
    }
    return prom_ok();
}
