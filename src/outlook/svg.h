/* The picture of a contract's transactions. */
#ifndef OUTLOOK_SVG_H
#define OUTLOOK_SVG_H

#include <stdio.h>

#include "outlook/outlook.h"

/* A transaction of the tree that a block has. */
typedef struct prom_contract_taken {
    prom_bytes32 txid;
    uint32_t height;
} prom_contract_taken;

/* The way that a contract has gone so far. */
typedef struct prom_contract_way {
    const prom_contract_taken *list;
    size_t count;
} prom_contract_way;

/* Writes the picture, an SVG document. Where a way is given it is drawn, what cannot come any more is pale, and the
 * colours are dark where the reader's are; NULL: nobody has begun. */
PROM_MUST_USE prom_result prom_contract_svg_write(FILE *to, const prom_contract_outlook *outlook,
                                                  const prom_contract_way *way, prom_error *error);

#endif
