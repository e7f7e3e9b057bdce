/* A certificate: what a contract can do to those who sign it, for people who are no economists, with all from which a
 * program can check it again. docs/game.md says what is in it. */
#ifndef CERTIFICATE_CERTIFICATE_H
#define CERTIFICATE_CERTIFICATE_H

#include <jansson.h>
#include <stdio.h>

#include "certificate/draw.h"
#include "prometheus/game/solution.h"

/* Of the JSON. */
#define PROM_CERTIFICATE_VERSION 1

typedef struct prom_certificate {
    json_t *root; /* all that is said */
    prom_game_picture *picture;
    bool refused; /* honest players can be robbed, or a bound is broken */
} prom_certificate;

/* Makes the certificate of a question. `margins` [prom_game_parameter_count()] are those of prom_game_margins; what is
 * not finite in them says that there is none. `program` is the version that is named as the maker.
 * PROM_CATEGORY_BAD_INPUT when the question is none, or is about the paper's rules. */
PROM_MUST_USE prom_result prom_certificate_make(prom_certificate *certificate, prom_arena *arena,
                                                const prom_curve *curve, const prom_game_question *question,
                                                const prom_game_margin *margins, const char *program,
                                                prom_error *error);
/* Frees what is not in the arena. Fits PROM_SCOPED for what is all zero, too. */
void prom_certificate_free(prom_certificate *certificate);

/* Prints it as text, 80 columns wide. */
void prom_certificate_print(const prom_certificate *certificate);
/* Writes it as one page in SVG, with the picture, and the JSON as its metadata. */
void prom_certificate_page(FILE *to, const prom_certificate *certificate);

/* What a certificate was found to be. */
typedef enum prom_certificate_state {
    PROM_CERTIFICATE_VALID,
    PROM_CERTIFICATE_OF_DANGER,  /* valid, and it says that the contract is refused */
    PROM_CERTIFICATE_WRONG,      /* it says something that is not so */
    PROM_CERTIFICATE_UNREADABLE, /* it is none, or of another version */
} prom_certificate_state;

/* Checks a certificate, JSON or page, at `path`, by computing it again from its inputs; the margins, by looking at both
 * sides of each. `other`, which may be NULL, is a question that it is to be about. The error says what is wrong, and
 * is empty where nothing is. Fails when memory is short. */
PROM_MUST_USE prom_result prom_certificate_verify(prom_certificate_state *state, prom_arena *arena,
                                                  const prom_curve *curve, const char *path,
                                                  const prom_game_question *other, prom_error *error);

#endif
