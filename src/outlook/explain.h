/* What a contract means, told before anybody signs it. */
#ifndef OUTLOOK_EXPLAIN_H
#define OUTLOOK_EXPLAIN_H

#include <jansson.h>

#include "outlook/verdict.h"

/* Writes P as an OP_RETURN holds it, in hex. */
#define PROM_CONTRACT_ENCODING (2 * PROM_PARAMETERS_BYTES + 1)
PROM_MUST_USE prom_result prom_contract_encoding(char text[PROM_CONTRACT_ENCODING], const prom_parameters *P,
                                                 prom_error *error);

/* Prints the explanation, 80 columns wide. */
PROM_MUST_USE prom_result prom_contract_explain_print(const prom_contract_outlook *outlook,
                                                      const prom_contract_verdict *verdict, prom_error *error);
/* Prints its last part: the job, and who does what when. */
void prom_contract_print_work(const prom_terms *terms);
/* Writes the whole as JSON, which the caller owns, to `answer`. */
PROM_MUST_USE prom_result prom_contract_explain_json(json_t **answer, const prom_contract_outlook *outlook,
                                                     const prom_contract_verdict *verdict, prom_error *error);

#endif
