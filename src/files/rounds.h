/* Rounds that feed each other, in a folder: the state of each, and which round is under way, so that whoever was killed
 * goes on where it was. docs/programs.md describes the files; nobody but one command at a time works in a folder.
 *
 *     round-0000 (the first state) ──> a job ──> round-0001 ──> a job ──> round-0002 ...
 *
 * Each change is on the disk before the function that makes it returns. */
#ifndef FILES_ROUNDS_H
#define FILES_ROUNDS_H

#include <limits.h>

#include "prometheus/base/arena.h"
#include "prometheus/module/module.h"

#define PROM_ROUNDS_MAX UINT32_C(1000000)
#define PROM_ROUNDS_ID 65 /* a job's id or a node's key, in hexadecimal digits */

/* What a folder's rounds are of: the digest of the program, and the SHA-256 of the data and of the first state. */
typedef struct prom_rounds_subject {
    prom_bytes32 program;
    prom_bytes32 data;
    prom_bytes32 first;
} prom_rounds_subject;

typedef struct prom_rounds {
    char folder[PATH_MAX];
    int lock;
    prom_rounds_subject subject;
    uint32_t done;                 /* rounds that are */
    bool still;                    /* the last of them left the state as it was */
    prom_span state;               /* after them; in the arena that the rounds were opened or added with */
    bool ordering;                 /* the next one is being ordered, or was, also where `job` is empty */
    char node[PROM_ROUNDS_ID];     /* the key of the node that it orders it; "": it is not being ordered */
    char job[PROM_ROUNDS_ID];      /* the order of the next one; "": none is known */
    char given_up[PROM_ROUNDS_ID]; /* an order of it that came to nothing, and is not to be taken up; "": none */
} prom_rounds;

/* Opens the rounds in `folder`, which is made where it is missing: new ones, that begin with `first`, or those that
 * were there. PROM_CATEGORY_BAD_INPUT when another process works there, they are of something else, or a file of them
 * is not as it was left. prom_rounds_close is to be called in any case. */
PROM_MUST_USE prom_result prom_rounds_open(prom_rounds *rounds, prom_arena *arena, const char *folder,
                                           const prom_rounds_subject *subject, prom_span first, prom_error *error);
/* Lets others work there. Fits PROM_SCOPED; `rounds` is zero before it is opened. */
void prom_rounds_close(prom_rounds *rounds);

/* Writes down that the next round is about to be ordered by the node of this key, or that it certainly was not, as its
 * order was refused; then, that this job is the order; then, that it came to nothing, and another one is about to be
 * ordered. */
PROM_MUST_USE prom_result prom_rounds_order(prom_rounds *rounds, const char *node, prom_error *error);
PROM_MUST_USE prom_result prom_rounds_refused(prom_rounds *rounds, prom_error *error);
PROM_MUST_USE prom_result prom_rounds_ordered(prom_rounds *rounds, const char *job, prom_error *error);
PROM_MUST_USE prom_result prom_rounds_give_up(prom_rounds *rounds, prom_error *error);
/* Writes down that the next round is done, and the state that it gave, whose bytes must outlive the rounds. */
PROM_MUST_USE prom_result prom_rounds_add(prom_rounds *rounds, prom_span state, prom_error *error);

/* Names the file of the state after so many rounds. Returns `path`. */
const char *prom_rounds_path(char path[PATH_MAX], const prom_rounds *rounds, uint32_t round);

/* Makes the items of a round: each is the length of the state (4 bytes, little-endian), the state, and an item of the
 * data. PROM_CATEGORY_BAD_INPUT when they have more bytes than the items of a job may have. */
PROM_MUST_USE prom_result prom_rounds_items(prom_arena *arena, prom_items *items, prom_span state,
                                            const prom_items *data, prom_error *error);

#endif
