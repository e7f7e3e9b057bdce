/* An attack told as a story, block by block. */
#ifndef CERTIFICATE_STORY_H
#define CERTIFICATE_STORY_H

#include "base/sentence.h"
#include "prometheus/game/solution.h"

/* The height of Tx0's block in the story. */
#define PROM_STORY_BEGINS 900000

enum { PROM_STORY_STEPS_MAX = 24 };

typedef struct prom_story_step {
    uint32_t height; /* of the block */
    prom_sentence text;
} prom_story_step;

typedef struct prom_story {
    prom_story_step steps[PROM_STORY_STEPS_MAX];
    size_t count;
} prom_story;

/* Tells the attack by the rules of the contract. Transactions are in the first block in which they can be; the times
 * that each has are those of prom_deadline_window. */
void prom_story_tell(prom_story *story, const prom_game_attack *attack);

#endif
