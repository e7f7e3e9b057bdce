/* What a prover sends and a verifier receives. Whatever is sent is absorbed as it is sent, so that no challenge after
 * it is free of it. */
#ifndef PROMETHEUS_PROOF_MESSAGE_H
#define PROMETHEUS_PROOF_MESSAGE_H

#include "prometheus/base/declarations.h"
#include "prometheus/base/parallel.h"
#include "prometheus/field/kernels.h"
#include "prometheus/proof/encoding.h"
#include "prometheus/proof/transcript.h"

PROM_DECLARATIONS_BEGIN

/* What a prover works with. */
typedef struct prom_prover {
    const prom_field_kernels *kernels;
    const prom_parallel *parallel; /* NULL: one thread */
    prom_arena *scratch;           /* needed no more when the prover is done */
    prom_transcript *transcript;
    prom_writer *proof;
} prom_prover;

/* What a verifier works with. */
typedef struct prom_verifier {
    prom_transcript *transcript;
    prom_reader *proof;
} prom_verifier;

/* Absorbs these elements under this label, and writes them to the proof. */
void prom_prover_send(const prom_prover *prover, const char *label, const prom_extension *elements, size_t count);
/* Reads as many elements from the proof, and absorbs them under this label. PROM_CATEGORY_BAD_INPUT when the proof ends
 * too early, or when an element is not written as it should be. */
PROM_MUST_USE prom_result prom_verifier_receive(const prom_verifier *verifier, const char *label,
                                                prom_extension *elements, size_t count, prom_error *error);

PROM_DECLARATIONS_END

#endif
