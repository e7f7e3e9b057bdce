#include "prometheus/proof/message.h"

void prom_prover_send(const prom_prover *prover, const char *label, const prom_extension *elements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        prom_write_extension(prover->proof, &elements[i]);
    }
    prom_transcript_absorb_extensions(prover->transcript, label, elements, count);
}

prom_result prom_verifier_receive(const prom_verifier *verifier, const char *label, prom_extension *elements,
                                  size_t count, prom_error *error)
{
    for (size_t i = 0; i < count; i++) {
        elements[i] = prom_read_extension(verifier->proof);
    }
    if (verifier->proof->failed) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the proof ends at, or has a number that is not below the field's prime in, '%s'", label);
    }
    prom_transcript_absorb_extensions(verifier->transcript, label, elements, count);
    return prom_ok();
}
