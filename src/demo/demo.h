/* The demo: one contract on a devnet of its own, played as a story says. */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include <jansson.h>

#include "demo/play.h"

typedef struct prom_demo {
    prom_arena arena;
    prom_demo_show show;
    const prom_scheme *scheme; /* of the proof */
    prom_demo_job job;
    prom_demo_cast cast;
    prom_demo_play play;
    prom_devnet *devnet;
    const char *output_path;
    double accuracy; /* of the result; below 0: not known */
    bool has_result; /* the client has read it */
} prom_demo;

/* Plays the story of demo->play on a prepared cast, and saves the client's result. */
PROM_MUST_USE prom_result prom_demo_run(prom_demo *demo, prom_error *error);

/* Prints the summary for people; returns it for programs, or NULL when memory ran out or a name is not UTF-8. */
void prom_demo_print(const prom_demo *demo);
PROM_MUST_USE json_t *prom_demo_json(const prom_demo *demo);

#endif
