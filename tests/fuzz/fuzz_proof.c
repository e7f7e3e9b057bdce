#include <string.h>

#include "fuzz.h"
#include "prometheus/argument/proof.h"

enum { SIDE = 3, VALUES = SIDE * SIDE, ITEMS = 2, OUTPUTS = 2, PROGRAMS = 3 };

static const uint32_t first_input[] = {0};
static const uint32_t second_input[] = {1};
static const uint32_t multipliers[] = {900, 1100};
static const int32_t biases[] = {5, -7};
static const int8_t weights[OUTPUTS * VALUES] = {1, -2, 3, -4, 5, -6, 7, -8, 9, 9, 8, -7, 6, 5, -4, 3, 2, 1};

/* A dense layer, the same with a split, and a max pool before a dense layer. */
static const prom_program *program_of(prom_arena *arena, unsigned which)
{
    const prom_window_axis axis = {2, 1, 1, 0, 0};
    const bool pools = which == 2;
    const size_t inputs = pools ? SIDE - 1 : VALUES;
    prom_layer layers[2] = {{.kind = PROM_LAYER_MAX_POOL, .input_count = 1, .inputs = first_input, .groups = 1}, {0}};
    prom_layer *dense = &layers[pools];
    prom_program parts = {.input_scale = 1, .output_scale = 1, .layer_count = 1 + (size_t)pools, .layers = layers};
    const prom_program *program = NULL;
    layers[0].window = (prom_window){{axis, axis}};
    parts.input.shape = pools ? (prom_shape){3, {1, SIDE, SIDE}} : (prom_shape){1, {VALUES}};
    parts.input.range = (prom_range){-8, 7};
    *dense = (prom_layer){.kind = PROM_LAYER_DENSE, .input_count = 1, .inputs = pools ? second_input : first_input};
    dense->groups = 1;
    dense->weight_count = inputs;
    dense->weights = weights;
    dense->biases = biases;
    dense->output.range = (prom_range){-100, 100};
    dense->rescale = (prom_rescale){which == 1 ? 26 : 22, which == 1 ? 4 : 0, OUTPUTS, multipliers};
    must(prom_is_ok(prom_program_build(arena, &program, &parts, NULL)));
    return program;
}

/* Where, in 24 bits, and what to add: changes to an honest proof. What is left over at the end shortens it. */
static prom_span patched(prom_arena *arena, prom_span honest, prom_reader *reader)
{
    prom_span proof;
    uint8_t *bytes = NULL;
    must(prom_is_ok(prom_span_copy(arena, &proof, honest, NULL)));
    memcpy(&bytes, &proof.data, sizeof bytes);
    while (reader->left >= 4) {
        const size_t at = ((size_t)prom_read_u8(reader) << 16 | prom_read_u16(reader)) % proof.length;
        bytes[at] = (uint8_t)(bytes[at] + prom_read_u8(reader));
    }
    proof.length -= reader->left;
    return proof;
}

/* A true statement and its proof. */
typedef struct proven {
    prom_arena arena;
    uint8_t inputs[ITEMS * VALUES];
    uint8_t outputs[ITEMS * VALUES];
    prom_statement statement;
    prom_span proof;
} proven;

static void prove(proven *made, unsigned which)
{
    prom_error error = {{0}};
    prom_arena_init(&made->arena, FUZZ_MEMORY);
    for (size_t i = 0; i < sizeof made->inputs; i++) {
        made->inputs[i] = (uint8_t)(7 * i % 16);
    }
    made->statement = (prom_statement){program_of(&made->arena, which), ITEMS, made->inputs, made->outputs};
    must(prom_is_ok(
        prom_statement_prove(&made->arena, &made->proof, made->outputs, &made->statement, NULL, NULL, &error)));
}

/* The first byte chooses the program, and whether the others are a proof or changes to a true one. Nothing but the true
 * proof is accepted. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    static proven all[PROGRAMS]; /* made once: proving takes longer than checking */
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_error error = {{0}};
    prom_reader reader = prom_reader_of(prom_span_of(data, length));
    const unsigned choice = prom_read_u8(&reader);
    proven *honest = &all[choice % PROGRAMS];
    prom_arena_init(&arena, FUZZ_MEMORY);
    if (honest->proof.data == NULL) {
        prove(honest, choice % PROGRAMS);
    }
    const prom_span proof =
        choice / PROGRAMS % 2 == 0 ? prom_read_span(&reader, reader.left) : patched(&arena, honest->proof, &reader);
    const prom_result checked = prom_statement_verify(&arena, &honest->statement, proof, NULL, &error);
    if (prom_is_ok(checked)) {
        must(prom_span_equal(proof, honest->proof));
    } else {
        must(checked.category == PROM_CATEGORY_PEER && error.sentence[0] != '\0');
    }
    return 0;
}
