/* What is wrong with a contract, and how bad it is. */
#include "game/solution_parts.h"

/* Returns where the finding of that risk stands, or how many there are. */
static size_t find(const prom_game_solution *solution, prom_game_risk risk)
{
    size_t at = 0;
    while (at < solution->finding_count && solution->findings[at].risk != risk) {
        at++;
    }
    return at;
}

static bool is_worse(const prom_game_finding *noted, const prom_game_attack *attack, double amount)
{
    const double tolerance = attack != NULL ? prom_game_tolerance(attack->game) : 0;
    if (amount > noted->amount + tolerance) {
        return true;
    }
    return amount > noted->amount - tolerance && attack != NULL && noted->has_attack &&
           prom_game_breaches(&attack->game->tree, attack->ending) <
               prom_game_breaches(&noted->attack.game->tree, noted->attack.ending);
}

void prom_game_note(prom_game_solution *solution, prom_game_risk risk, const prom_game_attack *attack, double amount)
{
    const size_t at = find(solution, risk);
    prom_game_finding *noted = &solution->findings[at];
    if (at == solution->finding_count) {
        solution->finding_count++;
    } else if (!is_worse(noted, attack, amount)) {
        return;
    }
    *noted = (prom_game_finding){.risk = risk, .has_attack = attack != NULL, .amount = amount};
    if (attack != NULL) {
        noted->attack = *attack;
    }
}

/* Returns what the same group gains without one of its members. */
static double gain_without(const prom_game_solution *solution, size_t index, uint32_t m, unsigned member)
{
    return solution->gains[index & ~(size_t)member][m].gain;
}

/* Returns whether all that the attack breaks of the rules is that this player does not do what makes the fact. */
static bool only_omits(const prom_game_attack *attack, prom_game_player player, unsigned fact)
{
    const prom_game *game = attack->game;
    uint32_t breach = 0;
    if (prom_game_breaches(&game->tree, attack->ending) != 1 ||
        !prom_game_find_breach(&game->tree, attack->ending, &breach) || game->tree.nodes[breach].player != player) {
        return false;
    }
    const prom_game_outcome *kept = prom_game_outcome_at(game, prom_game_follow(&game->tree, breach, 0, NULL));
    return (kept->facts & ~prom_game_outcome_at(game, attack->ending)->facts & fact) != 0;
}

/* Where nobody outside loses by what a group gains it is laziness, if all that it does is not to look. What else its
 * members save among themselves is nobody's loss, and no risk. */
static prom_game_risk classify_harmless(const prom_game_attack *attack)
{
    if (only_omits(attack, PROM_GAME_V, PROM_GAME_VERIFIED)) {
        return PROM_RISK_LAZY_VERIFIER;
    }
    return only_omits(attack, PROM_GAME_C, PROM_GAME_CHECKED) ? PROM_RISK_LAZY_CLIENT : PROM_RISKS;
}

/* Which risk it is that a group within the assumption gains; PROM_RISKS: none. */
static prom_game_risk classify(const prom_game_solution *solution, size_t index, uint32_t m)
{
    enum { W = 2, V = 4, F = 8 };
    const prom_game_attack *attack = &solution->gains[index][m];
    if (attack->game == NULL || !(attack->gain > 0)) {
        return PROM_RISKS;
    }
    if ((index & F) != 0) {
        const bool by_fund = attack->gain > gain_without(solution, index, m, F) + prom_game_tolerance(attack->game);
        return by_fund ? PROM_RISK_FUND_OWNED : PROM_RISKS;
    }
    if (attack->victim == PROM_GAME_PLAYERS) {
        return classify_harmless(attack);
    }
    if (!prom_game_robs(attack)) {
        return PROM_RISK_DEFAULT_PAYS;
    }
    const bool garbage = (index & (W | V)) == (W | V) && attack->victim == PROM_GAME_C;
    return garbage ? PROM_RISK_WORKER_IS_VERIFIER : PROM_RISK_COALITION_GAINS;
}

/* Of each risk the smallest group, and of those the one that gains most. */
void prom_game_find_gains(prom_game_solution *solution)
{
    const uint32_t tolerated = prom_parameters_tolerated(&solution->question->P);
    const size_t count = prom_game_group_count(solution->question);
    unsigned smallest[PROM_RISKS] = {0};
    for (unsigned size = 1; size <= PROM_GAME_PLAYERS + tolerated; size++) {
        for (uint32_t m = 0; m <= tolerated; m++) {
            for (size_t index = 0; index < count; index++) {
                const prom_game_attack *attack = &solution->gains[index][m];
                const prom_game_risk risk =
                    prom_game_group_size(&attack->group) == size ? classify(solution, index, m) : PROM_RISKS;
                if (risk != PROM_RISKS && (smallest[risk] == 0 || smallest[risk] == size)) {
                    smallest[risk] = size;
                    prom_game_note(solution, risk, attack, attack->gain);
                }
            }
        }
    }
}

/* Who keeps the rules and would do better by staying away: staying away gives 0. */
void prom_game_find_unpaid(prom_game_solution *solution)
{
    static const struct {
        prom_game_risk risk;
        prom_game_player player;
    } kinds[] = {{PROM_RISK_WORKER_UNPAID, PROM_GAME_W},
                 {PROM_RISK_VERIFIER_UNPAID, PROM_GAME_V},
                 {PROM_RISK_CLIENT_UNPAID, PROM_GAME_C},
                 {PROM_RISK_ARBITER_UNPAID, PROM_GAME_A}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const double utility = solution->honest[kinds[i].player];
        if (utility < -prom_game_tolerance(solution->games[0])) {
            prom_game_note(solution, kinds[i].risk, NULL, -utility);
        }
    }
}

static double loss_of(const prom_game_finding *finding)
{
    return finding->has_attack ? finding->attack.loss : 0;
}

/* The severe ones first; of those that are alike, the ones by which somebody loses most; then in the order of their
 * names. */
static bool stands_before(const prom_game_finding *a, const prom_game_finding *b)
{
    const prom_game_severity severe[] = {prom_game_risk_severity(a->risk), prom_game_risk_severity(b->risk)};
    if (severe[0] != severe[1]) {
        return severe[0] < severe[1];
    }
    return loss_of(a) != loss_of(b) ? loss_of(a) > loss_of(b) : a->risk < b->risk;
}

void prom_game_sort_findings(prom_game_solution *solution)
{
    for (size_t i = 1; i < solution->finding_count; i++) {
        const prom_game_finding moved = solution->findings[i];
        size_t at = i;
        for (; at > 0 && stands_before(&moved, &solution->findings[at - 1]); at--) {
            solution->findings[at] = solution->findings[at - 1];
        }
        solution->findings[at] = moved;
    }
}

const prom_game_finding *prom_game_weakest(const prom_game_solution *solution)
{
    return solution->finding_count > 0 ? &solution->findings[0] : NULL;
}

const prom_game_finding *prom_game_finding_of(const prom_game_solution *solution, prom_game_risk risk)
{
    const size_t at = find(solution, risk);
    return at < solution->finding_count ? &solution->findings[at] : NULL;
}

const prom_game_finding *prom_game_refusal(const prom_game_solution *solution, uint32_t accepted)
{
    for (size_t i = 0; i < solution->finding_count; i++) {
        const prom_game_finding *finding = &solution->findings[i];
        const prom_game_severity severity = prom_game_risk_severity(finding->risk);
        const bool taken = severity == PROM_SEVERITY_REFUSED && (accepted >> finding->risk & 1U) != 0;
        if (severity != PROM_SEVERITY_WARNING && !taken) {
            return finding;
        }
    }
    return NULL;
}
