#include <stdint.h>
#include <string.h>

#include "files/beside.h"
#include "files/bytes.h"
#include "files/files.h"
#include "prometheus/module/module.h"

#define FILE_MAX ((size_t)1 << 34) /* of one beside the model */

static const char MAGIC[] = "PRMI"; /* of an integer program; ONNX files have none */

/* A file that somebody gives is never empty, unless what was to write it failed. */
prom_result prom_files_read_bytes(prom_arena *arena, prom_span *file, const char *path, const prom_file_limit *limit,
                                  prom_error *error)
{
    PROM_TRY(prom_file_read_part(arena, file, NULL, path, limit, error));
    return file->length > 0 ? prom_ok() : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is empty", path);
}

_Static_assert(PROM_PROGRAM_BYTES_MAX == INT32_MAX, "programs may have as many bytes as ONNX files");

static prom_result model_bytes_max(void *context, size_t *most, prom_span head, prom_error *error)
{
    (void)context;
    (void)head;
    (void)error;
    *most = PROM_PROGRAM_BYTES_MAX; /* of ONNX files because protobuf has no larger ones */
    return prom_ok();
}

static prom_result read_model(prom_arena *arena, prom_span *file, const char *path, prom_error *error)
{
    static const prom_file_limit limit = {.find = model_bytes_max, .why = ", the most that a model's file may have"};
    return prom_files_read_bytes(arena, file, path, &limit, error);
}

static bool begins_with(prom_span file, const char *magic)
{
    return file.length >= strlen(magic) && memcmp(file.data, magic, strlen(magic)) == 0;
}

static bool is_program(prom_span file)
{
    return begins_with(file, MAGIC);
}

/* What else of ours, or of those that people have, was given in a model's place: known by how it begins. */
static prom_result check_kind(prom_span file, const char *path, prom_error *error)
{
    static const char *const kinds[][2] = {
        {"\x93NUMPY", "an array of NumPy"},
        {"PRMP", "a proof"},
        {"PK\x03\x04", "a ZIP archive, as .npz and .pt are"},
        {"\x89PNG", "a picture"},
        {"\xff\xd8\xff", "a picture"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (begins_with(file, kinds[i][0])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "%s is %s, and stands where a model belongs: the model comes first", path, kinds[i][1]);
        }
    }
    return prom_ok();
}

static prom_result read_onnx(prom_arena *arena, const prom_network **network, const char *path,
                             const prom_onnx_request *request, prom_error *error)
{
    prom_beside_model model = {arena, path, FILE_MAX};
    const prom_onnx_files files = {prom_beside_read, &model};
    prom_onnx_request with_files = *request;
    with_files.files = &files;
    PROM_TRY(check_kind(request->file, path, error));
    return prom_within(prom_onnx_read_part(arena, network, &with_files, error), error, "%s", path);
}

prom_result prom_files_read_either(prom_arena *arena, const prom_network **network, const prom_program **program,
                                   const char *path, prom_onnx_request *request, prom_error *error)
{
    *network = NULL;
    *program = NULL;
    PROM_TRY(read_model(arena, &request->file, path, error));
    if (prom_module_is(request->file)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is a program with a module: 'prom program check' shows it",
                         path);
    }
    if (!is_program(request->file)) {
        return read_onnx(arena, network, path, request, error);
    }
    if (request->end_at != NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s is an integer program, which ends where it ends: --end-at is for ONNX models", path);
    }
    return prom_within(prom_program_parse(arena, program, request->file, error), error, "%s", path);
}

prom_result prom_files_read_part(prom_arena *arena, const prom_network **network, const char *path,
                                 prom_onnx_request *request, prom_error *error)
{
    PROM_TRY(read_model(arena, &request->file, path, error));
    if (is_program(request->file)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s is an integer program already: give the ONNX model that it was made from", path);
    }
    return read_onnx(arena, network, path, request, error);
}

prom_result prom_files_read_program(prom_arena *arena, const prom_program **program, const char *path,
                                    prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0}; /* the program keeps a copy of its bytes */
    prom_span file;
    prom_arena_init(&scratch, FILE_MAX);
    PROM_TRY(read_model(&scratch, &file, path, error));
    PROM_TRY(check_kind(file, path, error));
    if (prom_module_is(file)) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "%s is a program with a module: 'prom program check' shows it, 'prom program run' runs it, and 'prom "
            "program verify' computes a share of its results again",
            path);
    }
    if (!is_program(file)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s is no integer program; if it is an ONNX model, compile it first: 'prom compile %s'", path,
                         path);
    }
    return prom_within(prom_program_parse(arena, program, file, error), error, "%s", path);
}
