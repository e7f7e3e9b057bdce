/* Words that both forms of a certificate share; all are from its JSON, as made here. */
#ifndef CERTIFICATE_PAGE_H
#define CERTIFICATE_PAGE_H

#include <jansson.h>

#include "base/sentence.h"

/* Returns a text of an object, "" when there is none. */
const char *prom_page_text(const json_t *object, const char *name);
/* Returns the height of a step of the story. */
json_int_t prom_page_height(const json_t *step);

/* Adds what the contract is, from the whole. */
void prom_page_add_contract(prom_sentence *text, const json_t *root);
/* Adds what was found: "Warning, lazy-verifier: ...". */
void prom_page_add_finding(prom_sentence *text, const json_t *finding);
/* Returns the verdict as it is shown: "SAFE, WITH WARNINGS". */
const char *prom_page_verdict(const json_t *root);

#endif
