/* A file for a watchtower, from anybody: with the seal that fits, which keeps nobody from making one. */
#include <string.h>

#include "fuzz.h"
#include "prometheus/crypto/hash.h"
#include "tower/file.h"

/* What is read is written again as the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_error error = {{0}};
    prom_tower_file file;
    prom_bytes32 seal;
    prom_writer writer;
    prom_span bytes;
    prom_arena_init(&arena, FUZZ_MEMORY);
    writer = prom_writer_in(&arena);
    prom_tagged_hash(&seal, "prometheus/tower", prom_span_of(data, length));
    prom_write_span(&writer, prom_span_of(data, length));
    prom_write_bytes32(&writer, &seal);
    must(prom_is_ok(prom_writer_finish(&writer, &bytes, &error)));
    const prom_result read = prom_tower_file_read(&arena, &file, bytes, &error);
    if (!prom_is_ok(read)) {
        must_be_refusal(read, &error);
        return 0;
    }
    prom_span again;
    must(prom_is_ok(prom_tower_file_write(&arena, &again, &file, &error)));
    must(prom_span_equal(again, bytes));
    return 0;
}
