/* Makes and checks proofs of runs, for tests/functional/test_proof_vectors.py and tests/vectors/proof/make_proofs.py.
 *
 *   proof make PROGRAM INPUTS OUTPUTS PROOF    reads a program and a batch of inputs; writes the batch of outputs and
 * the proof proof check PROGRAM INPUTS OUTPUTS PROOF   fails, with the reason on standard error, when the proof does
 * not hold proof random SEED LAYERS ITEMS PROGRAM INPUTS    writes a program of all kinds of layers, and inputs for it
 */
#include "prometheus/argument/proof.h"
#include "program/random_program.h"
#include "prometheus/program/batch.h"

#include "argument/layout.h"

enum { LEAVES_MAX = 17 }; /* of a random program's proof, as the logarithm: what a plain verifier does in a second */

typedef struct tool {
    prom_arena arena;
    prom_error error;
} tool;

static void must(const tool *at, prom_result result)
{
    if (!prom_is_ok(result)) {
        (void)fprintf(stderr, "proof: %s: %s\n", prom_category_name(result.category), at->error.sentence);
        exit(1);
    }
}

static void stop(const char *what, const char *path)
{
    (void)fprintf(stderr, "proof: %s: %s\n", path, what);
    exit(2);
}

/* May be empty, as a proof may. */
static prom_span read_file(tool *at, const char *path)
{
    const size_t most = (size_t)1 << 24;
    uint8_t *bytes = new_bytes(&at->arena, most, 1);
    FILE *file = fopen(path, "rb");
    const size_t length = file == NULL ? most : fread(bytes, 1, most, file);
    if (length == most || fclose(file) != 0) {
        stop("cannot be read, or is too large", path);
    }
    return prom_span_of(bytes, length);
}

static void write_file(const char *path, prom_span bytes)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes.data, 1, bytes.length, file) != bytes.length || fclose(file) != 0) {
        stop("cannot be written", path);
    }
}

static void write_batch(tool *at, const char *path, size_t items, size_t values, const uint8_t *codes)
{
    const prom_batch batch = {(uint32_t)items, (uint32_t)values, codes};
    prom_span written;
    must(at, prom_batch_write(&at->arena, &written, &batch, &at->error));
    write_file(path, written);
}

static prom_batch read_batch(tool *at, const char *path, size_t values)
{
    prom_batch batch;
    must(at, prom_batch_read(&batch, read_file(at, path), &at->error));
    if (batch.values != values) {
        stop("its items have another number of values than the program's", path);
    }
    return batch;
}

static prom_statement read_statement(tool *at, char **paths)
{
    prom_statement statement = {0};
    must(at, prom_program_parse(&at->arena, &statement.program, read_file(at, paths[0]), &at->error));
    const prom_batch inputs = read_batch(at, paths[1], statement.program->input.count);
    statement.items = inputs.items;
    statement.inputs = inputs.data;
    return statement;
}

static void make(tool *at, char **paths)
{
    const prom_statement statement = read_statement(at, paths);
    const size_t values = prom_program_output(statement.program)->count;
    uint8_t *outputs = new_bytes(&at->arena, statement.items * values, 1);
    prom_span proof;
    must(at, prom_statement_prove(&at->arena, &proof, outputs, &statement, NULL, NULL, &at->error));
    write_batch(at, paths[2], statement.items, values, outputs);
    write_file(paths[3], proof);
}

static void check(tool *at, char **paths)
{
    prom_statement statement = read_statement(at, paths);
    const prom_batch outputs = read_batch(at, paths[2], prom_program_output(statement.program)->count);
    if (outputs.items != statement.items) {
        stop("it has another number of items than the inputs", paths[2]);
    }
    statement.outputs = outputs.data;
    must(at, prom_statement_verify(&at->arena, &statement, read_file(at, paths[3]), NULL, &at->error));
}

static void write_random(tool *at, char **arguments)
{
    uint64_t random = strtoull(arguments[0], NULL, 10);
    const size_t layers = strtoul(arguments[1], NULL, 10);
    const size_t items = strtoul(arguments[2], NULL, 10);
    const prom_program *program = NULL;
    prom_argument argument = {.leaf_variables = LEAVES_MAX + 1};
    while (argument.leaf_variables > LEAVES_MAX) {
        program = random_program(&at->arena, &random, layers);
        if (!prom_is_ok(prom_argument_new(&at->arena, &argument, program, items, &at->error))) {
            argument.leaf_variables = LEAVES_MAX + 1;
        }
    }
    write_file(arguments[3], program->bytes);
    write_batch(at, arguments[4], items, program->input.count, random_inputs(&at->arena, &random, program, items));
}

static const struct verb {
    const char *name;
    int arguments;
    void (*run)(tool *at, char **arguments);
} verbs[] = {{"make", 4, make}, {"check", 4, check}, {"random", 5, write_random}};

int main(int argument_count, char **arguments)
{
    static tool at;
    prom_arena_init(&at.arena, (size_t)1 << 33);
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (argument_count == verbs[i].arguments + 2 && strcmp(arguments[1], verbs[i].name) == 0) {
            verbs[i].run(&at, arguments + 2);
            prom_arena_free(&at.arena);
            return 0;
        }
    }
    stop("see the head of this program's source", arguments[0]);
}
