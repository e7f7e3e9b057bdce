#include "prometheus/scheme/scheme.h"

#include <string.h>

#include "scheme/replay.h"
#include "scheme/sumcheck.h"

static const prom_scheme *const schemes[] = {&prom_scheme_replay, &prom_scheme_sumcheck};

enum { SCHEMES = sizeof schemes / sizeof schemes[0] };

const prom_scheme *prom_scheme_by_number(uint16_t number)
{
    for (size_t i = 0; i < SCHEMES; i++) {
        if (schemes[i]->number == number) {
            return schemes[i];
        }
    }
    return NULL;
}

const prom_scheme *prom_scheme_by_name(const char *name)
{
    for (size_t i = 0; i < SCHEMES; i++) {
        if (strcmp(schemes[i]->name, name) == 0) {
            return schemes[i];
        }
    }
    return NULL;
}
