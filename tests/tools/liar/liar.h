/* What the files of tool.liar share. */
#ifndef LIAR_LIAR_H
#define LIAR_LIAR_H

#include <stdbool.h>

#include "prometheus/base/arena.h"
#include "prometheus/contract/terms.h"

/* Returns whether the node tells this lie in the contract, or about the job; either may be NULL. */
bool liar_lies(const char *lie, const prom_bytes32 *contract_id, const prom_job *job);
/* Notes that it was told, with the contract's id or, where that is not known, the hash of the job's input. */
void liar_tell(const char *lie, const prom_bytes32 *id);

/* Puts a copy in place of the bytes, in which the last bit of one of them is another. */
PROM_MUST_USE prom_result liar_change(prom_arena *arena, prom_span *bytes, size_t at, prom_error *error);

#endif
