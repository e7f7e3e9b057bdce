/* The proof schemes, of which the simulator needs no more than that there are some: packages are names here. */
#include "prometheus/scheme/scheme.h"

const prom_scheme *prom_scheme_by_number(uint16_t number)
{
    static const prom_scheme schemes[] = {{.number = 1, .name = "stand-in"}};
    return number == schemes[0].number ? schemes : NULL;
}
