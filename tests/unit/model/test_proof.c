#include "model/random_program.h"
#include "model/reference.h"
#include "prometheus/model/proof.h"

#include "model/argument.h"

#define MEMORY ((size_t)1 << 32)

typedef struct proven {
    prom_statement statement;
    prom_span proof;
} proven;

/* One whose proof is small enough for a test: shifts are drawn, and small ones make large tables. */
static const prom_program *provable_program(prom_arena *arena, uint64_t *random, size_t layers, size_t items)
{
    enum { LEAVES = 17 };
    for (;;) {
        const prom_program *program = random_program(arena, random, layers);
        prom_argument argument;
        if (prom_is_ok(prom_argument_new(arena, &argument, program, items, NULL)) &&
            argument.leaf_variables <= LEAVES) {
            return program;
        }
    }
}

static proven prove_random(prom_arena *arena, uint64_t *random, size_t layers, size_t items)
{
    prom_error error = {""};
    proven made = {{provable_program(arena, random, layers, items), items, NULL, NULL}, {NULL, 0}};
    const size_t outputs = items * prom_program_output(made.statement.program)->count;
    uint8_t *codes = new_bytes(arena, outputs, 1);
    uint8_t *wanted = new_bytes(arena, outputs, 1);
    made.statement.inputs = random_inputs(arena, random, made.statement.program, items);
    assert_ok(prom_proof_make(arena, &made.proof, codes, &made.statement, NULL, NULL, &error), &error);
    reference_run(wanted, made.statement.program, made.statement.inputs, items);
    assert_memory_equal(codes, wanted, outputs);
    made.statement.outputs = codes;
    return made;
}

static void test_random_programs(void **state)
{
    uint64_t random = 5;
    (void)state;
    for (size_t n = 0; n < 300; n++) {
        PROM_SCOPED(prom_arena_free) prom_arena arena;
        prom_error error = {""};
        prom_arena_init(&arena, MEMORY);
        const proven made = prove_random(&arena, &random, 1 + n % 6, 1 + n % 3);
        if (n % 37 == 0)
            print_message(
                "%zu layers, last %s, %zu items, %zu bytes\n", made.statement.program->layer_count,
                prom_layer_kind_name(made.statement.program->layers[made.statement.program->layer_count - 1].kind),
                made.statement.items, made.proof.length);
        assert_ok(prom_proof_check(&arena, &made.statement, made.proof, &error), &error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_random_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
