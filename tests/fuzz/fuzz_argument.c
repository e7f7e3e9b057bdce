#include "fuzz.h"
#include "prometheus/proof/fractions.h"
#include "prometheus/proof/product.h"

enum { VARIABLES_MAX = 16 };

/* The first byte is the number of variables; a proof that is read has the length that all such proofs have. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    const prom_extension claim = prom_extension_one();
    prom_reader reader = prom_reader_of(prom_span_of(data, length));
    const size_t variables = prom_read_u8(&reader) % (VARIABLES_MAX + 1);
    prom_extension point[VARIABLES_MAX];
    prom_extension product;
    prom_fraction values;
    prom_transcript transcript;
    if (reader.failed) {
        return 0;
    }
    for (size_t part = 0; part < 2; part++) {
        prom_error error = {{0}};
        prom_reader proof = reader;
        const prom_verifier verifier = {&transcript, &proof};
        prom_transcript_init(&transcript, "fuzz", part);
        const prom_result result = part == 0
                                       ? prom_product_verify(&verifier, variables, &claim, point, &product, &error)
                                       : prom_fractions_verify(&verifier, variables, point, &values, &error);
        const size_t elements = part == 0 ? 2 * variables : variables * variables + 3 * variables + 1;
        if (prom_is_ok(result)) {
            must(!proof.failed && reader.left - proof.left == elements * PROM_EXTENSION_BYTES);
        } else {
            must_be_refusal(result, &error);
        }
    }
    return 0;
}
