/* The programs of the digits models, and proofs of runs of them. */
#ifndef TEST_ARGUMENT_DIGITS_H
#define TEST_ARGUMENT_DIGITS_H

#include "argument/proving.h"
#include "prometheus/onnx/reader.h"
#include "prometheus/quantise/quantise.h"

static inline const prom_program *digits_program(prom_arena *arena, const char *name)
{
    prom_error error = {""};
    const prom_network *network = NULL;
    prom_quantised quantised;
    const prom_tensor calibration = model_tensor(arena, "digits-calibration.npy");
    assert_ok(prom_onnx_read(arena, &network, model_file(arena, name), &error), &error);
    assert_ok(prom_network_quantise(arena, &quantised, network, &calibration, NULL, &error), &error);
    return quantised.program;
}

/* Every byte from `first` on, `step` apart, changed in one bit: all of these are refused. */
static inline void refuse_changed_bytes(const proving *made, prom_span proof, size_t first, size_t step)
{
    uint8_t *changed = new_bytes(made->arena, proof.length, 1);
    memcpy(changed, proof.data, proof.length);
    for (size_t at = first; at < proof.length; at += step) {
        prom_error error = {""};
        changed[at] ^= (uint8_t)(1U << (at / step + at) % 8);
        const prom_result checked =
            prom_statement_verify(made->arena, &made->statement, prom_span_of(changed, proof.length), NULL, &error);
        if (checked.category != PROM_CATEGORY_PEER || error.sentence[0] == '\0') {
            fail_msg("byte %zu of %zu changed: %s", at, proof.length, prom_category_name(checked.category));
        }
        changed[at] = proof.data[at];
    }
}

#endif
