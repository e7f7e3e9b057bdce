/* What is told of a demo that was kept: how to look around, and how to end it. */
#ifndef PROM_DEMO_KEPT_H
#define PROM_DEMO_KEPT_H

#include "demo/demo.h"

/* Prints it, with commands that a shell takes as they stand. */
void prom_demo_kept_print(const prom_demo *demo);

#endif
