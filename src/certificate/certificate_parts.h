/* What the files that make a certificate share. */
#ifndef CERTIFICATE_CERTIFICATE_PARTS_H
#define CERTIFICATE_CERTIFICATE_PARTS_H

#include "advice/advice.h"
#include "certificate/certificate.h"
#include "certificate/losses.h"
#include "certificate/story.h"

/* The cheapest attack. */
typedef struct prom_cheapest {
    const prom_game_attack *attack; /* NULL: none was found */
    double locks;                   /* deposits of those who attack, sat */
    uint32_t blocks;                /* for which it is locked */
} prom_cheapest;

/* All that a certificate is made from. */
typedef struct prom_certificate_facts {
    const prom_game_question *question;
    const prom_game_solution *solution;
    prom_advice_verdict verdict;
    prom_loss losses[PROM_LOSS_PARTIES];
    prom_cheapest cheapest;
    const prom_game_margin *margins; /* [prom_game_parameter_count()], the smallest first */
    prom_story story;                /* of the cheapest attack */
} prom_certificate_facts;

/* Finds the attack that takes least: the worst that was found of those that gain and hurt somebody; else what arbiters
 * of its own bring somebody; else what hurts most for what it costs. */
prom_cheapest prom_cheapest_find(const prom_game_solution *solution);

/* The five lines, each one or more paragraphs. */
typedef enum prom_certificate_line {
    PROM_LINE_LOSE,
    PROM_LINE_ATTACK,
    PROM_LINE_COLLUDE,
    PROM_LINE_TRUE,
    PROM_LINE_NOT_COVERED,
    PROM_LINES,
} prom_certificate_line;

/* Returns the name in the JSON, and what people are shown. */
const char *prom_certificate_line_name(prom_certificate_line line);
const char *prom_certificate_line_heading(prom_certificate_line line);

/* Returns the paragraphs as a JSON array of texts, which the caller owns. */
json_t *prom_certificate_line_json(prom_certificate_line line, const prom_certificate_facts *facts);

/* Returns what the verdict means, in a sentence or two. */
const char *prom_certificate_verdict_text(const prom_certificate_facts *facts);

#endif
