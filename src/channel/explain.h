/* What the two files that explain a channel share. */
#ifndef CHANNEL_EXPLAIN_H
#define CHANNEL_EXPLAIN_H

#include "channel/step.h"
#include "prometheus/channel/explain.h"

/* Fills the reasons in (explain_why.c). */
void prom_explain_reasons(prom_explanation *explanation, const prom_channel *channel, uint16_t batch);

#endif
