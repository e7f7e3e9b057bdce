#include "demo/words.h"

#include <stdio.h>

const char *prom_demo_words_change(char text[PROM_DEMO_CHANGE], prom_amount locked, prom_amount got)
{
    char amount[PROM_AMOUNT_GROUPED];
    const bool gained = prom_amount_at_least(got, locked);
    const prom_amount change = gained ? prom_amount_subtract(got, locked) : prom_amount_subtract(locked, got);
    (void)snprintf(text, PROM_DEMO_CHANGE, "%s%s", prom_amount_is_zero(change) ? "" : (gained ? "+" : "-"),
                   prom_amount_grouped(amount, change));
    return text;
}

void prom_demo_words_print(bool normal)
{
    (void)printf("A contract can end in seven ways, the schemes #1 to #7. r is what the verifier says of the worker's\n"
                 "package: 1, it is good, or 0.%s\n",
                 normal ? " In scheme #3 all keep the rules: r = 1, and Tx4 pays everybody and shows\nh_p, the key to "
                          "the encrypted result, whose hash h all have signed before."
                        : "");
}
