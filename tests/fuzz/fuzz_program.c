#include "fuzz.h"
#include "prometheus/model/program.h"

/* What parses is canonical: built from its parts, it has the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena;
    prom_arena_init(&arena, FUZZ_MEMORY);
    prom_error error = {{0}};
    const prom_program *program = NULL;
    const prom_program *built = NULL;
    const prom_result parsed = prom_program_parse(&arena, &program, prom_span_of(data, length), &error);
    if (!prom_is_ok(parsed)) {
        must_be_refusal(parsed, &error);
        return 0;
    }
    must(prom_is_ok(prom_program_build(&arena, &built, program, &error)));
    must(prom_span_equal(built->bytes, prom_span_of(data, length)));
    return 0;
}
