#include <string.h>

#include "prometheus/argument/proof.h"

static const char MAGIC[] = "PRMP";

prom_result prom_proof_wrap(prom_arena *arena, prom_span *file, prom_span proof, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_text(&writer, MAGIC);
    prom_write_u32(&writer, PROM_PROOF_VERSION);
    prom_write_span(&writer, proof);
    return prom_writer_finish(&writer, file, error);
}

prom_result prom_proof_unwrap(prom_span *proof, prom_span file, prom_error *error)
{
    prom_reader reader = prom_reader_of(file);
    const prom_span magic = prom_read_span(&reader, sizeof MAGIC - 1);
    const uint32_t version = prom_read_u32(&reader);
    *proof = prom_span_of(NULL, 0);
    if (reader.failed || memcmp(magic.data, MAGIC, sizeof MAGIC - 1) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this is no proof: 'prom prove' writes one");
    }
    if (version != PROM_PROOF_VERSION) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this is a proof of version %u; version %u is known here",
                         version, PROM_PROOF_VERSION);
    }
    *proof = prom_span_of(reader.at, reader.left);
    return prom_ok();
}
