/* What contracts cost in fees, and what it costs to rob somebody by them: tools/sim --fees. */
#include <stdio.h>
#include <string.h>

#include "fees.h"

static const char usage[] = "usage: prom_sim_fees [--sample]\n"
                            "  writes docs/fees.md's tables; --sample: a few of them, as a test\n";

int main(int count, char **arguments)
{
    const bool sample = count == 2 && strcmp(arguments[1], "--sample") == 0;
    if (count > 1 && !sample) {
        (void)fputs(usage, stderr);
        return 2;
    }
    prom_sim_keep_memory();
    if (sample) {
        const int wrong = prom_fees_tables(0, 1);
        return wrong | (prom_fees_budgets(0, true) > 0);
    }
    int wrong = prom_fees_tables(0, prom_fees_scale_count);
    for (size_t i = 0; i < prom_fees_scale_count; i++) {
        wrong |= prom_fees_budgets(i, false) > 0;
    }
    return wrong;
}
