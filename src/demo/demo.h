/* The demo, on a devnet of its own: a market of nodes, or one contract that parties play as a story says. */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include <jansson.h>

#include "demo/market.h"
#include "demo/play.h"

typedef struct prom_demo {
    prom_arena arena;
    prom_demo_show show;
    const prom_scheme *scheme; /* of the proof */
    prom_demo_job job;
    prom_demo_market market; /* of the story that is played by nodes */
    prom_demo_cast cast;     /* of all others */
    prom_demo_play play;
    prom_devnet *devnet;
    const char *output_path;
    double accuracy; /* of the result; below 0: not known */
    bool has_result; /* the client has read it */
} prom_demo;

/* Plays the story of demo->play on a prepared cast, and saves the client's result. */
PROM_MUST_USE prom_result prom_demo_story_run(prom_demo *demo, prom_error *error);
/* Has the job done on an open market, and saves the result. */
PROM_MUST_USE prom_result prom_demo_market_run(prom_demo *demo, prom_error *error);

/* Prints who got what in a story; returns the part of the JSON that is a story's (story_tell.c). */
void prom_demo_story_print(const prom_demo *demo);
PROM_MUST_USE json_t *prom_demo_story_json(const prom_demo *demo);

/* Prints the summary for people; returns it for programs, or NULL when memory ran out or a name is not UTF-8. */
void prom_demo_print(const prom_demo *demo);
PROM_MUST_USE json_t *prom_demo_json(const prom_demo *demo);

#endif
