/* What endings are worth. */
#include "game/walk.h"
#include "prometheus/game/odds.h"

static double profit_or_nothing(double income, double cost)
{
    return income > cost ? income - cost : 0;
}

static void set_symbols(prom_game *game)
{
    const prom_game_question *question = game->question;
    const prom_game_setting *setting = &question->setting;
    const bool paper = question->rules == PROM_GAME_RULES_PAPER;
    const prom_stakes stakes = {&question->P, question->c, paper ? prom_amount_zero() : question->retainer};
    const double years = (double)setting->future / PROM_BASIS_POINTS_ONE;
    prom_amount quantities[PROM_QUANTITIES];
    double *symbols = game->symbols;
    prom_quantities_of(quantities, &stakes);
    for (unsigned i = 0; i < PROM_QUANTITIES; i++) {
        symbols[i] = prom_game_sat(quantities[i]);
    }
    symbols[PROM_SYMBOL_Z] = prom_game_sat(setting->z);
    symbols[PROM_SYMBOL_Y] = prom_game_sat(setting->y);
    symbols[PROM_SYMBOL_ARBITRATION] = prom_game_sat(setting->arbitration);
    symbols[PROM_SYMBOL_CHECK] = prom_game_sat(setting->check);
    symbols[PROM_SYMBOL_BENEFIT] = prom_game_sat(setting->benefit);
    symbols[PROM_SYMBOL_BOND] = symbols[PROM_QUANTITY_EPSILON_W];
    symbols[PROM_SYMBOL_BOND_OVER_N] =
        prom_game_sat(prom_amount_divide(prom_amount_fraction(question->P.w, question->P.epsilon), question->P.n));
    symbols[PROM_SYMBOL_FEERATE] = question->feerate;
    symbols[PROM_SYMBOL_SAT] = 1;
    symbols[PROM_SYMBOL_FUTURE_W] = years * profit_or_nothing(symbols[PROM_QUANTITY_SHARE_W], symbols[PROM_SYMBOL_Z]);
    symbols[PROM_SYMBOL_FUTURE_V] = years * profit_or_nothing(symbols[PROM_QUANTITY_SHARE_V], symbols[PROM_SYMBOL_Y]);
    symbols[PROM_SYMBOL_FUTURE_A] = years * symbols[PROM_QUANTITY_RHO];
}

/* -- Forms -- */

static void add_payout(prom_game_form *form, const game_payout *payout, double times)
{
    for (unsigned i = 0; i < PROM_SYMBOLS; i++) {
        form->of[i] += times * ((double)(payout->plus >> i & 1) - (double)(payout->minus >> i & 1));
    }
}

/* How many of each payee a player is. */
typedef struct seats {
    double of[PROM_PAYEE_F];
} seats;

static seats seats_of(const prom_game *game, const prom_game_outcome *outcome, prom_game_player player)
{
    const double m = game->m;
    const double rest = (double)game->question->P.n - m;
    const bool decided = outcome->deciders_a + outcome->deciders_h > 0;
    seats it = {{0}};
    switch (player) {
    case PROM_GAME_C:
        it.of[PROM_PAYEE_C] = 1;
        break;
    case PROM_GAME_W:
        it.of[PROM_PAYEE_W] = 1;
        break;
    case PROM_GAME_V:
        it.of[PROM_PAYEE_V] = 1;
        break;
    case PROM_GAME_A:
        it.of[PROM_PAYEE_A_PLUS] = decided ? outcome->deciders_a : m;
        it.of[PROM_PAYEE_A_MINUS] = decided ? m - outcome->deciders_a : 0;
        break;
    case PROM_GAME_H:
        it.of[PROM_PAYEE_A_PLUS] = decided ? outcome->deciders_h : rest;
        it.of[PROM_PAYEE_A_MINUS] = decided ? rest - outcome->deciders_h : 0;
        break;
    case PROM_GAME_F:
    case PROM_GAME_PLAYERS:
        break;
    }
    return it;
}

/* w and v over |S| are no symbols of one value: they are written as shares of w and v. */
static void divide_by_deciders(prom_game_form *form, const prom_game_outcome *outcome)
{
    const double deciders = outcome->deciders_a + outcome->deciders_h;
    form->of[PROM_QUANTITY_W] += deciders > 0 ? form->of[PROM_SYMBOL_W_OVER_S] / deciders : 0;
    form->of[PROM_SYMBOL_W_OVER_S] = 0;
}

static void add_deposit(prom_game_form *form, const prom_game *game, const game_rules *rules, prom_game_player player,
                        double times)
{
    const double n = game->question->P.n;
    switch (player) {
    case PROM_GAME_C:
        form->of[PROM_QUANTITY_C] += times;
        form->of[PROM_QUANTITY_RHO] += rules->retainers ? times * n : 0;
        form->of[PROM_SYMBOL_BOND] += rules->audit ? times : 0;
        break;
    case PROM_GAME_W:
        form->of[PROM_QUANTITY_W] += times;
        break;
    case PROM_GAME_V:
        form->of[PROM_QUANTITY_V] += times;
        break;
    case PROM_GAME_A:
        form->of[PROM_QUANTITY_A] += times * game->m;
        break;
    case PROM_GAME_H:
        form->of[PROM_QUANTITY_A] += times * (n - game->m);
        break;
    case PROM_GAME_F:
    case PROM_GAME_PLAYERS:
        break;
    }
}

static double deposit_of(const prom_game *game, const game_rules *rules, prom_game_player player)
{
    prom_game_form form = {{0}};
    add_deposit(&form, game, rules, player, 1);
    return prom_game_form_value(&form, game);
}

double prom_game_deposit(const prom_game *game, prom_game_player player)
{
    game_rules rules;
    prom_game_rules_of(&rules, game->question);
    return deposit_of(game, &rules, player);
}

static void set_interest(prom_game *game, const game_rules *rules)
{
    const uint32_t rate = game->question->setting.interest;
    game->symbols[PROM_SYMBOL_INTEREST_C] = prom_odds_interest(deposit_of(game, rules, PROM_GAME_C), rate, 1);
    game->symbols[PROM_SYMBOL_INTEREST_W] = prom_odds_interest(deposit_of(game, rules, PROM_GAME_W), rate, 1);
    game->symbols[PROM_SYMBOL_INTEREST_V] = prom_odds_interest(deposit_of(game, rules, PROM_GAME_V), rate, 1);
    game->symbols[PROM_SYMBOL_INTEREST_A] = prom_odds_interest(game->symbols[PROM_QUANTITY_A], rate, 1);
}

/* The paper: until TxA an arbiter's stake is in no contract, and not lost with it. */
static void add_free_stakes(prom_game_form *form, const prom_game *game, const game_rules *rules,
                            const prom_game_outcome *outcome, prom_game_player player)
{
    const bool arbiters = player == PROM_GAME_A || player == PROM_GAME_H;
    if (arbiters && rules->loose_stakes && (outcome->facts & PROM_GAME_APPEALED) == 0) {
        add_deposit(form, game, rules, player, 1);
    }
}

/* What a closing transaction pays a player other than F. */
static void add_row(prom_game_form *form, const prom_game *game, const game_rules *rules,
                    const prom_game_outcome *outcome, prom_game_player player, double times)
{
    prom_game_form paid = {{0}};
    const seats it = seats_of(game, outcome, player);
    for (prom_payee payee = PROM_PAYEE_C; payee < PROM_PAYEE_F; payee++) {
        add_payout(&paid, &rules->payouts[outcome->scheme][payee], times * it.of[payee]);
    }
    divide_by_deciders(&paid, outcome);
    for (unsigned i = 0; i < PROM_SYMBOLS; i++) {
        form->of[i] += paid.of[i];
    }
}

/* What the closing transaction pays a player; nothing where the coins are locked for ever. F gets what is left. */
static void add_paid(prom_game_form *form, const prom_game *game, const game_rules *rules,
                     const prom_game_outcome *outcome, prom_game_player player)
{
    if (outcome->scheme == PROM_GAME_SCHEME_LOCKED) {
        add_free_stakes(form, game, rules, outcome, player);
    } else if (player != PROM_GAME_F) {
        add_row(form, game, rules, outcome, player, 1);
    } else {
        for (prom_game_player other = PROM_GAME_C; other < PROM_GAME_F; other++) {
            add_deposit(form, game, rules, other, 1);
            add_row(form, game, rules, outcome, other, -1);
        }
    }
}

/* What a player spends or wins outside of the closing transaction: so much of some symbols. */
typedef struct costs {
    unsigned count;
    struct {
        unsigned symbol;
        double factor;
    } terms[8];
} costs;

static void add_cost(costs *it, unsigned symbol, double factor)
{
    if (factor < 0 || factor > 0) {
        it->terms[it->count].symbol = symbol;
        it->terms[it->count++].factor = factor;
    }
}

static double is_set(const prom_game_outcome *outcome, unsigned fact)
{
    return (outcome->facts & fact) != 0 ? 1 : 0;
}

static double loses_name(const prom_game_outcome *outcome, prom_game_player player)
{
    return (outcome->at_fault & PROM_GAME_PLAYER(player)) != 0 ? 1 : 0;
}

static void client_costs(costs *it, const prom_game_question *question, const prom_game_outcome *outcome)
{
    add_cost(it, PROM_SYMBOL_BENEFIT, is_set(outcome, PROM_GAME_RESULT));
    add_cost(it, PROM_SYMBOL_CHECK, -is_set(outcome, PROM_GAME_CHECKED));
    add_cost(it, PROM_SYMBOL_FEERATE, -((double)question->sizes.tx0[PROM_PARTY_C] + outcome->vsize));
    add_cost(it, PROM_SYMBOL_SAT, -(double)PROM_ANCHOR_SAT * (1 + outcome->anchors));
    add_cost(it, PROM_SYMBOL_INTEREST_C, -(double)outcome->blocks);
}

static void worker_costs(costs *it, const prom_game_question *question, const prom_game_outcome *outcome)
{
    const double items = question->items;
    const double skipped = is_set(outcome, PROM_GAME_SKIPPED) * (items - 1) / items;
    add_cost(it, PROM_SYMBOL_Z, -is_set(outcome, PROM_GAME_COMPUTED) - skipped);
    add_cost(it, PROM_SYMBOL_FEERATE, -(double)question->sizes.tx0[PROM_PARTY_W]);
    add_cost(it, PROM_SYMBOL_INTEREST_W, -(double)outcome->blocks);
    add_cost(it, PROM_SYMBOL_FUTURE_W, -loses_name(outcome, PROM_GAME_W));
}

static void verifier_costs(costs *it, const prom_game_question *question, const prom_game_outcome *outcome)
{
    add_cost(it, PROM_SYMBOL_Y, -is_set(outcome, PROM_GAME_VERIFIED));
    add_cost(it, PROM_SYMBOL_FEERATE, -(double)question->sizes.tx0[PROM_PARTY_V]);
    add_cost(it, PROM_SYMBOL_INTEREST_V, -(double)outcome->blocks);
    add_cost(it, PROM_SYMBOL_FUTURE_V, -loses_name(outcome, PROM_GAME_V));
}

static void arbiters_costs(costs *it, const prom_game *game, const prom_game_outcome *outcome, bool ours)
{
    const double size = ours ? game->m : (double)game->question->P.n - game->m;
    const bool decided = outcome->deciders_a + outcome->deciders_h > 0;
    const double deciders = ours ? outcome->deciders_a : outcome->deciders_h;
    const unsigned worked = ours ? PROM_GAME_ARBITRATED_A : PROM_GAME_ARBITRATED_H;
    add_cost(it, PROM_SYMBOL_ARBITRATION, -size * is_set(outcome, worked));
    add_cost(it, PROM_SYMBOL_INTEREST_A, -size * outcome->blocks);
    add_cost(it, PROM_SYMBOL_FUTURE_A, decided ? deciders - size : 0);
}

static costs costs_of(const prom_game *game, const prom_game_outcome *outcome, prom_game_player player)
{
    costs it = {.count = 0};
    switch (player) {
    case PROM_GAME_C:
        client_costs(&it, game->question, outcome);
        break;
    case PROM_GAME_W:
        worker_costs(&it, game->question, outcome);
        break;
    case PROM_GAME_V:
        verifier_costs(&it, game->question, outcome);
        break;
    case PROM_GAME_A:
    case PROM_GAME_H:
        arbiters_costs(&it, game, outcome, player == PROM_GAME_A);
        break;
    case PROM_GAME_F:
    case PROM_GAME_PLAYERS:
        break;
    }
    return it;
}

static void add_utility(prom_game_form *form, const prom_game *game, const game_rules *rules,
                        const prom_game_outcome *outcome, prom_game_player player)
{
    add_paid(form, game, rules, outcome, player);
    add_deposit(form, game, rules, player, -1);
    const costs spent = costs_of(game, outcome, player);
    for (unsigned i = 0; i < spent.count; i++) {
        form->of[spent.terms[i].symbol] += spent.terms[i].factor;
    }
}

void prom_game_form_of(prom_game_form *form, const prom_game *game, uint32_t ending, unsigned coalition)
{
    game_rules rules;
    prom_game_rules_of(&rules, game->question);
    *form = (prom_game_form){{0}};
    for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_PLAYERS; player++) {
        if ((coalition & PROM_GAME_PLAYER(player)) != 0) {
            add_utility(form, game, &rules, &game->outcomes[ending], player);
        }
    }
}

double prom_game_form_value(const prom_game_form *form, const prom_game *game)
{
    double value = 0;
    for (unsigned i = 0; i < PROM_SYMBOLS; i++) {
        value += form->of[i] * game->symbols[i];
    }
    return value;
}

/* Money hangs on the scheme and on which blocs are in S, and of coins that are locked on whether TxA is there: each
 * such row is computed once. */
enum { MONEY_ROWS = 4 * (PROM_GAME_SCHEMES + 1) };

typedef struct money_row {
    bool known;
    double of[PROM_GAME_PLAYERS];
    uint32_t outputs; /* that pay somebody */
} money_row;

/* Returns what a closing transaction pays one payee. */
static double pays(const prom_game *game, const game_rules *rules, const prom_game_outcome *outcome, prom_payee payee)
{
    prom_game_form form = {{0}};
    add_payout(&form, &rules->payouts[outcome->scheme][payee], 1);
    divide_by_deciders(&form, outcome);
    return prom_game_form_value(&form, game);
}

/* The client's output is counted in always, as what is left of the reserve goes there. What nobody gets has no output,
 * nor has F's part below dust where arbiters decided (docs/protocol.md, 7). */
static uint32_t count_outputs(const prom_game *game, const game_rules *rules, const prom_game_outcome *outcome,
                              double fund)
{
    enum { DUST = 330 };
    const uint32_t n = game->question->P.n;
    const uint32_t decided = (uint32_t)outcome->deciders_a + outcome->deciders_h;
    const uint32_t plus = decided != 0 ? decided : n;
    uint32_t count = 1 + (fund >= (decided != 0 ? DUST : 1));
    count += pays(game, rules, outcome, PROM_PAYEE_W) > 0;
    count += pays(game, rules, outcome, PROM_PAYEE_V) > 0;
    count += pays(game, rules, outcome, PROM_PAYEE_A_PLUS) > 0 ? plus : 0;
    return count + (pays(game, rules, outcome, PROM_PAYEE_A_MINUS) > 0 ? n - plus : 0);
}

static const money_row *money_of(money_row *table, const prom_game *game, const game_rules *rules,
                                 const prom_game_outcome *outcome)
{
    const bool appealed = outcome->scheme == PROM_GAME_SCHEME_LOCKED && (outcome->facts & PROM_GAME_APPEALED) != 0;
    const size_t at = 4U * outcome->scheme + (appealed ? 1U : 0) + (outcome->deciders_a != 0 ? 2U : 0) +
                      (outcome->deciders_h != 0 ? 1U : 0);
    money_row *row = &table[at];
    if (row->known) {
        return row;
    }
    row->known = true;
    for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_PLAYERS; player++) {
        prom_game_form form = {{0}};
        add_paid(&form, game, rules, outcome, player);
        add_deposit(&form, game, rules, player, -1);
        row->of[player] = prom_game_form_value(&form, game);
    }
    row->outputs =
        outcome->scheme != PROM_GAME_SCHEME_LOCKED ? count_outputs(game, rules, outcome, row->of[PROM_GAME_F]) : 0;
    return row;
}

static double utility_of(const prom_game *game, const prom_game_outcome *outcome, prom_game_player player, double paid)
{
    const costs spent = costs_of(game, outcome, player);
    double value = paid;
    for (unsigned i = 0; i < spent.count; i++) {
        value += spent.terms[i].factor * game->symbols[spent.terms[i].symbol];
    }
    return value;
}

prom_result prom_game_evaluate(prom_arena *arena, prom_game *game, prom_game_outcome *outcomes, const game_rules *rules,
                               prom_error *error)
{
    const size_t count = game->tree.ending_count * PROM_GAME_PLAYERS;
    money_row table[MONEY_ROWS] = {{.known = false}};
    double *values = NULL;
    double *money = NULL;
    PROM_TRY_NEW(values, arena, count, error);
    PROM_TRY_NEW(money, arena, count, error);
    set_symbols(game);
    set_interest(game, rules);
    for (size_t ending = 0; ending < game->tree.ending_count; ending++) {
        prom_game_outcome *outcome = &outcomes[ending];
        const money_row *row = money_of(table, game, rules, outcome);
        outcome->vsize += (outcome->weight + row->outputs * game->question->sizes.payout + 3) / 4;
        for (prom_game_player player = PROM_GAME_C; player < PROM_GAME_PLAYERS; player++) {
            const size_t at = ending * PROM_GAME_PLAYERS + player;
            money[at] = row->of[player];
            values[at] = utility_of(game, outcome, player, row->of[player]);
        }
    }
    game->tree.values = values;
    game->money = money;
    return prom_ok();
}
