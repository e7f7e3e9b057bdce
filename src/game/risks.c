/* What can be wrong with a contract, by name. */
#include "game/risks.h"

#include <string.h>

#include "prometheus/game/solution.h"

#define REFUSED(risk, name, meaning) [PROM_RISK_##risk] = {name, PROM_SEVERITY_REFUSED, meaning},
#define WARNED(risk, name, meaning) [PROM_RISK_##risk] = {name, PROM_SEVERITY_WARNING, meaning},

static const struct risk {
    const char *name;
    prom_game_severity severity;
    const char *meaning;
} RISKS[PROM_RISKS] = {
    [PROM_RISK_BOUND] = {"bound", PROM_SEVERITY_BOUND, "A bound of the protocol is broken; it is never lifted."},
    GAME_RISKS_REFUSED(REFUSED) GAME_RISKS_WARNED(WARNED)};

const char *prom_game_risk_name(prom_game_risk risk)
{
    return RISKS[risk].name;
}

prom_game_severity prom_game_risk_severity(prom_game_risk risk)
{
    return RISKS[risk].severity;
}

const char *prom_game_risk_meaning(prom_game_risk risk)
{
    return RISKS[risk].meaning;
}

prom_game_risk prom_game_risk_find(const char *name)
{
    prom_game_risk risk = PROM_RISK_BOUND;
    while (risk < PROM_RISKS && strcmp(RISKS[risk].name, name) != 0) {
        risk++;
    }
    return risk;
}
