/* Verifies, without running the model, that outputs are what it makes of inputs.
 *
 *   verify MODEL INPUTS OUTPUTS PROOF
 *
 * All four as of prove.c. Exits with 0 when the proof holds, with 1 when it does not, with 2 when that could not be
 * found out. */
#include <prometheus/prometheus.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "files.h"

enum { EXIT_HOLDS, EXIT_FALSE, EXIT_UNKNOWN };

typedef struct file {
    const char *path;
    void *bytes;
    size_t length;
} file;

/* How many items of so many float32 values each the file has; 0 when it has none, or a part of one. */
static size_t items_in(const file *from, size_t count)
{
    const size_t item = count * sizeof(float);
    return from->length % item == 0 ? from->length / item : 0;
}

/* Both become the model's integers. An output that is not one that the model can give is false already; but only of a
 * proof that is of these inputs may that be said, and so the proof is looked at first. */
static prom_result verify_codes(const prom_model *model, uint8_t *input_codes, uint8_t *output_codes, const file *files,
                                size_t items, prom_error *error)
{
    PROM_TRY(prom_model_encode(model, input_codes, NULL, files[1].bytes, items, error));
    PROM_TRY(prom_model_match_proof(model, input_codes, items, files[3].bytes, files[3].length, NULL, error));
    PROM_TRY(prom_model_encode_outputs(model, output_codes, files[2].bytes, items, error));
    return prom_model_verify(model, input_codes, output_codes, items, files[3].bytes, files[3].length, NULL, error);
}

static prom_result verify(const prom_model *model, const file *files, prom_error *error)
{
    prom_model_value input;
    prom_model_value output;
    prom_model_input(model, &input);
    prom_model_output(model, &output);
    const size_t items = items_in(&files[1], input.count);
    if (items == 0 || items != items_in(&files[2], output.count)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s and %s do not have as many items, of %zu and %zu float32 values each", files[1].path,
                         files[2].path, input.count, output.count);
    }
    uint8_t *input_codes = malloc(items * input.count);
    uint8_t *output_codes = malloc(items * output.count);
    prom_result result;
    if (input_codes == NULL || output_codes == NULL) {
        result = prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    } else {
        result = verify_codes(model, input_codes, output_codes, files, items, error);
    }
    free(input_codes);
    free(output_codes);
    return result;
}

static int run(const file *files)
{
    prom_error error = {""};
    prom_model *model = NULL;
    prom_result result = prom_model_load(&model, files[0].bytes, files[0].length, &error);
    if (prom_is_ok(result)) {
        result = verify(model, files, &error);
    }
    prom_model_free(model);
    if (prom_is_ok(result)) {
        (void)puts("the proof holds");
        return EXIT_HOLDS;
    }
    const bool false_claim = result.category == PROM_CATEGORY_PEER;
    (void)fprintf(stderr, "%s: %s\n", false_claim ? "not valid" : prom_category_name(result.category), error.sentence);
    return false_claim ? EXIT_FALSE : EXIT_UNKNOWN;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        (void)fprintf(stderr, "usage: %s MODEL INPUTS OUTPUTS PROOF\n", argv[0]);
        return EXIT_UNKNOWN;
    }
    file files[4] = {{NULL, NULL, 0}};
    int code = EXIT_HOLDS;
    for (int i = 0; i < 4 && code == EXIT_HOLDS; i++) {
        files[i].path = argv[i + 1];
        code = read_file(files[i].path, &files[i].bytes, &files[i].length) ? EXIT_HOLDS : EXIT_UNKNOWN;
    }
    if (code == EXIT_HOLDS) {
        code = run(files);
    }
    for (int i = 0; i < 4; i++) {
        free(files[i].bytes);
    }
    return code;
}
