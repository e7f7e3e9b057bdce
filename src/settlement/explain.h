/* What the two files that explain a channel share. */
#ifndef SETTLEMENT_EXPLAIN_H
#define SETTLEMENT_EXPLAIN_H

#include "prometheus/channel/explain.h"
#include "settlement/settlement.h"

/* Fills the reasons in (explain_why.c). */
void prom_explain_reasons(prom_explanation *explanation, const prom_channel *channel, uint16_t batch);

#endif
