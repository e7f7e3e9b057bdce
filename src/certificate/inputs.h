/* The question that a certificate answers: as JSON, back again, and its hash. */
#ifndef CERTIFICATE_INPUTS_H
#define CERTIFICATE_INPUTS_H

#include <jansson.h>

#include "prometheus/crypto/key.h"
#include "prometheus/game/question.h"

/* Returns the question as a JSON object, which the caller owns; NULL when memory ran out. */
json_t *prom_game_inputs_json(const prom_game_question *question);

/* Reads such an object, whoever wrote it; whether F is nobody's is computed. PROM_CATEGORY_BAD_INPUT names the first
 * field that is missing, unknown, of another kind or out of range. Says no more about the question: see
 * prom_game_question_check. */
PROM_MUST_USE prom_result prom_game_inputs_read(prom_game_question *question, const prom_curve *curve,
                                                const json_t *inputs, prom_error *error);

/* Computes the tagged hash `prometheus/game-inputs` of the question (docs/game.md, section 9). Two questions have
 * the same one when nothing of them differs. */
PROM_MUST_USE prom_result prom_game_inputs_hash(prom_bytes32 *hash, const prom_game_question *question,
                                                prom_error *error);

#endif
