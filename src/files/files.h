/* Models and what goes through them, as files: ONNX, integer programs, .npy arrays, folders of pictures, labels. Every
 * failure names the file. */
#ifndef FILES_FILES_H
#define FILES_FILES_H

#include "image/image.h"
#include "prometheus/base/arena.h"
#include "prometheus/base/result.h"
#include "prometheus/onnx/reader.h"
#include "prometheus/program/program.h"
#include "prometheus/quantise/network.h"
#include "prometheus/tensor/tensor.h"

/* Reads what to do with pictures from a command's options: `mean` and `deviation` are NULL, "0.5" or "0.5,0.4,0.3". */
PROM_MUST_USE prom_result prom_files_picture_options(prom_image_options *pictures, bool resize, const char *mean,
                                                     const char *deviation, prom_error *error);

/* Reads the network of an ONNX file up to where the request says, whose `file` is filled in here.
 * PROM_CATEGORY_BAD_INPUT for anything else. */
PROM_MUST_USE prom_result prom_files_read_part(prom_arena *arena, const prom_network **network, const char *path,
                                               prom_onnx_request *request, prom_error *error);

/* Reads the program in a file that `prom compile` wrote. PROM_CATEGORY_BAD_INPUT for anything else. */
PROM_MUST_USE prom_result prom_files_read_program(prom_arena *arena, const prom_program **program, const char *path,
                                                  prom_error *error);

/* Reads one or the other, as the file begins; NULL for what it is not. A network is read up to where the request says;
 * `end_at` in it is PROM_CATEGORY_BAD_INPUT for a program. */
PROM_MUST_USE prom_result prom_files_read_either(prom_arena *arena, const prom_network **network,
                                                 const prom_program **program, const char *path,
                                                 prom_onnx_request *request, prom_error *error);

/* Reads the batch of items of shape `item` at `path`, a .npy file or a folder of pictures, as finite float32 numbers;
 * integers are taken as numbers. `integers`, which may be NULL, gets whether they were some. */
PROM_MUST_USE prom_result prom_files_read_inputs(prom_arena *arena, prom_tensor *inputs, const char *path,
                                                 const prom_shape *item, const prom_image_options *pictures,
                                                 bool *integers, prom_error *error);

/* Finds the shape of the items in a .npy file. False when it is no such file; why is for prom_files_read_inputs to say.
 */
bool prom_files_item_of(prom_shape *item, const char *path);

/* A batch, and how it is read. */
typedef struct prom_files_batch {
    const char *path;
    const prom_image_options *pictures;
    bool as_numbers; /* integers are numbers like floats, not what the program computes with */
} prom_files_batch;

/* A batch as a program takes it. */
typedef struct prom_files_codes {
    uint8_t *codes; /* [items][input count] */
    size_t items;
    size_t clamped; /* numbers that lay beyond the input's range */
    bool own;       /* the batch held the program's own integers, no numbers */
} prom_files_codes;

/* Reads a batch as codes of the program's input: floats are divided by the scale, and integers are what the program
 * computes with (value + input_zero), unless they are taken as numbers. */
PROM_MUST_USE prom_result prom_files_read_codes(prom_arena *arena, prom_files_codes *read, const prom_program *program,
                                                const prom_files_batch *batch, prom_error *error);

/* Reads one integer for each of `items` items, each of them the index of one of `classes` outputs. Where `path` is a
 * folder of folders with pictures, the class of each is the place of its folder among them. */
PROM_MUST_USE prom_result prom_files_read_labels(prom_arena *arena, const int64_t **labels, const char *path,
                                                 size_t items, size_t classes, prom_error *error);

/* Returns where the largest of the values stands; the first, of equals. */
size_t prom_files_class_of_codes(const uint8_t *codes, size_t count);
size_t prom_files_class_of_floats(const float *values, size_t count);

/* Makes an array of the program's outputs, [items][output count]: float32 numbers, or what the program computed
 * (value + output_zero) as uint8 where that fits, else as int8. */
PROM_MUST_USE prom_result prom_files_output_numbers(prom_arena *arena, prom_tensor *output, const prom_program *program,
                                                    const uint8_t *codes, size_t items, prom_error *error);
PROM_MUST_USE prom_result prom_files_output_integers(prom_arena *arena, prom_tensor *output,
                                                     const prom_program *program, const uint8_t *codes, size_t items,
                                                     prom_error *error);

/* Reads outputs back from such a file of integers, for `items` items: the array is as it is there. */
PROM_MUST_USE prom_result prom_files_read_outputs(prom_arena *arena, prom_tensor *outputs, const char *path,
                                                  const prom_program *program, size_t items, prom_error *error);

/* Makes the codes of outputs that were read from `path`. PROM_CATEGORY_PEER for an integer that the program cannot have
 * put out, so that other outputs are told from a file that cannot be used. */
PROM_MUST_USE prom_result prom_files_codes_of_outputs(prom_arena *arena, uint8_t **codes, const prom_tensor *outputs,
                                                      const prom_program *program, const char *path, prom_error *error);

/* Writes a .npy file. */
PROM_MUST_USE prom_result prom_files_write_tensor(const char *path, const prom_tensor *tensor, prom_error *error);

#endif
