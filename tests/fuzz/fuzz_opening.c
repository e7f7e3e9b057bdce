#include <string.h>

#include "fuzz.h"
#include "prometheus/proof/commitment.h"

enum { VARIABLES = 6, VALUES = 1 << VARIABLES };

struct opened_polynomial {
    prom_commitment_setup setup;
    prom_element values[VALUES];
    prom_extension point[VARIABLES];
    prom_claim claim;
    prom_committed *committed;
};

/* Always the same: small numbers, and the claim that is true of them. */
static void state(prom_arena *arena, struct opened_polynomial *opened)
{
    const prom_element *polynomial = opened->values;
    const size_t variables = VARIABLES;
    prom_extension folded[VALUES];
    opened->setup = prom_commitment_setup_for((prom_cpu){.avx2 = false});
    opened->setup.parameters = (prom_commitment_parameters){1, 1, 1, 2, 2};
    for (uint32_t i = 0; i < VALUES; i++) {
        opened->values[i] = prom_element_of(i * i + 1);
        folded[i] = prom_extension_of(opened->values[i]);
    }
    for (uint32_t i = 0; i < VARIABLES; i++) {
        const size_t half = VALUES >> (i + 1);
        opened->point[i] = prom_extension_of(prom_element_of(3 * i + 5));
        opened->point[i].coefficients[1] = prom_element_one();
        for (size_t k = 0; k < half; k++) {
            const prom_extension slope = prom_extension_subtract(&folded[k + half], &folded[k]);
            const prom_extension rise = prom_extension_multiply(&opened->point[i], &slope);
            folded[k] = prom_extension_add(&folded[k], &rise);
        }
    }
    opened->claim = (prom_claim){0, 0, opened->point, folded[0]};
    must(prom_is_ok(prom_commitment_make(arena, &opened->committed, &opened->setup, &polynomial, &variables, 1, NULL)));
}

/* The first byte says whether the others are a proof, or changes to a true one: where (16 bits), and what to add. */
static prom_span invented(prom_arena *arena, prom_span honest, const uint8_t *data, size_t length)
{
    prom_span proof = prom_span_of(data, length);
    prom_reader reader = prom_reader_of(proof);
    if (prom_read_u8(&reader) % 2 == 0) {
        return prom_read_span(&reader, reader.left);
    }
    must(prom_is_ok(prom_span_copy(arena, &proof, honest, NULL)));
    uint8_t *bytes = NULL;
    memcpy(&bytes, &proof.data, sizeof bytes);
    while (reader.left >= 3) {
        const size_t at = prom_read_u16(&reader) % proof.length;
        bytes[at] = (uint8_t)(bytes[at] + prom_read_u8(&reader));
    }
    proof.length -= reader.left;
    return proof;
}

/* Nothing but the true proof is accepted. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, FUZZ_MEMORY);
    prom_error error = {{0}};
    struct opened_polynomial opened;
    prom_span honest;
    state(&arena, &opened);
    const prom_committed *committed = opened.committed;
    const prom_commitment *commitment = prom_committed_commitment(committed);
    const prom_opening_statement statement = {&commitment, 1, &opened.claim, 1};
    prom_transcript transcript;
    prom_transcript_init(&transcript, "fuzz", 1);
    must(prom_is_ok(prom_commitment_open(&arena, &honest, &transcript, &opened.setup, &statement, &committed, NULL)));
    const prom_span proof = invented(&arena, honest, data, length);
    prom_transcript_init(&transcript, "fuzz", 1);
    const prom_result verified = prom_commitment_verify(&arena, &transcript, &opened.setup, &statement, proof, &error);
    if (prom_is_ok(verified)) {
        must(prom_span_equal(proof, honest));
    } else {
        must_be_refusal(verified, &error);
    }
    return 0;
}
