/* The library's front: a trained network as a program over integers, run, proven and verified. Stable: functions are
 * added to it, and what is here keeps its meaning. The rooms below it, whose headers may change, have all that it
 * leaves out. A model does not change once it is there: any number of threads may use it at a time. */
#ifndef PROMETHEUS_API_MODEL_H
#define PROMETHEUS_API_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prometheus/base/declarations.h"
#include "prometheus/base/progress.h"
#include "prometheus/base/result.h"

PROM_DECLARATIONS_BEGIN

typedef struct prom_model prom_model;

#define PROM_MODEL_RANK_MAX 8
#define PROM_MODEL_DIGEST_BYTES 32
#define PROM_MODEL_THREADS_MAX 256

/* What a model takes, or gives, for one item. Values lie in row-major order. In memory each is a byte, its code: the
 * code c stands for the integer c + low, and that for the real number scale * (c + low). */
typedef struct prom_model_value {
    size_t rank;
    size_t sizes[PROM_MODEL_RANK_MAX];
    size_t count; /* of values: the product of the sizes */
    float scale;
    int32_t low; /* the integers are those from low to high */
    int32_t high;
    /* In a file of integers, as in a network that was quantised before it was compiled, the integer n stands as
     * n + zero_point; low + zero_point and high + zero_point both fit uint8_t, or else both int8_t. */
    int32_t zero_point;
} prom_model_value;

/* How a computation is done; what it gives does not depend on it. All zero, as NULL: the defaults. */
typedef struct prom_model_options {
    /* 0: one for each processor that this process may use. More than PROM_MODEL_THREADS_MAX are
     * PROM_CATEGORY_BAD_INPUT where threads are used. */
    uint32_t threads;
    size_t memory_max; /* bytes; 0: as much as the machine has. What works at the same time is counted apart */
    /* Told hundredths of the whole, from one thread at a time but not always the caller's; `report` may be NULL. When
     * it returns false the function gives up as soon as it can, with PROM_CATEGORY_STOPPED. */
    prom_progress progress;
} prom_model_options;

/* Bytes that the library allocated; prom_buffer_free frees them. */
typedef struct prom_buffer {
    uint8_t *bytes;
    size_t length;
} prom_buffer;

/* Frees the bytes and leaves the buffer empty; an empty one may be given. */
void prom_buffer_free(prom_buffer *buffer);

/* Makes a model of the ONNX file whose bytes are `onnx`. `calibration` are inputs like those that the model will see,
 * [items][item_values], from which the scales come: some hundred items are enough. It may be NULL, with 0 and 0, where
 * the file gives all scales. Neither is needed afterwards. options->threads is not used. A Softmax, LogSoftmax, Sigmoid
 * or ArgMax of the classes at the network's end is left out: the outputs are what it reads. Then the network and the
 * program are both run over the calibration set: prom_model_warning has what was lost.
 *
 * Writes to `model` what prom_model_free frees; NULL on failure. PROM_CATEGORY_BAD_INPUT when the network is none that
 * can be compiled (the sentence names the node), when the calibration set is missing, when item_values is not what the
 * network takes, or when a value is not finite; PROM_CATEGORY_MEMORY when memory is not there; PROM_CATEGORY_STOPPED.
 */
PROM_MUST_USE prom_result prom_model_compile(prom_model **model, const void *onnx, size_t onnx_length,
                                             const float *calibration, size_t items, size_t item_values,
                                             const prom_model_options *options, prom_error *error);

/* Which range of values a calibration set gives. */
typedef enum prom_model_calibration {
    PROM_MODEL_CALIBRATION_MAX,        /* all of them are inside */
    PROM_MODEL_CALIBRATION_PERCENTILE, /* all but those of one item in a hundred, and of one at least, at either end */
    PROM_MODEL_CALIBRATION_MSE,        /* the one with the least mean square of the errors, of rounding and clamping */
} prom_model_calibration;

/* Gives the files in which an ONNX model has constants that are not in its own ("external data"). */
typedef struct prom_model_files {
    /* Writes where the whole content of the file `location` is, which is a path relative to the model's folder, without
     * ".."; whether it leads out of that by a link is for this function to find out. The bytes stay until the model is
     * compiled. Each file is asked for once, in the caller's thread. Returns false, with a sentence in `error`, when
     * they cannot be given; the compilation fails then with PROM_CATEGORY_BAD_INPUT. */
    bool (*read)(void *context, const void **bytes, size_t *length, const char *location, prom_error *error);
    void *context;
} prom_model_files;

/* What a model is made of. All zero or NULL but for `onnx`: as prom_model_compile without a calibration set. */
typedef struct prom_model_source {
    const void *onnx; /* the bytes of an ONNX file */
    size_t onnx_length;
    const float *calibration; /* [items][an item's sizes], as of prom_model_compile; or NULL */
    size_t items;
    size_t item_rank;         /* of an item of the calibration set, at most PROM_MODEL_RANK_MAX */
    const size_t *item_sizes; /* sizes that the file leaves open, as a height and width, are these */
    prom_model_calibration method;
    const char *end_at;     /* the value at which the network ends; NULL: the graph's one output */
    prom_model_files files; /* `read` may be NULL: constants in other files are refused */
} prom_model_source;

/* Makes a model as prom_model_compile does, of more. PROM_CATEGORY_BAD_INPUT also when the calibration set's items are
 * not shaped as the network's, when there is no value `end_at`, and when a file cannot be given or is too short. */
PROM_MUST_USE prom_result prom_model_compile_from(prom_model **model, const prom_model_source *source,
                                                  const prom_model_options *options, prom_error *error);

/* Returns what was left out or chosen when the model was compiled, in sentences for people: a last Softmax, say, or the
 * sizes of an open input; NULL where there is nothing to say, and for a model that was loaded. It is the model's. */
const char *prom_model_note(const prom_model *model);

/* Returns warning `at`, from 0 on, of the compilation, a sentence for people: an item of the calibration set that
 * stretches a range, outputs or layers that lost their precision, classes that changed, as `prom compile` says them.
 * NULL behind the last one, and for a model that was loaded. It is the model's. */
const char *prom_model_warning(const prom_model *model, size_t at);

/* Calls `each` with the name of every operator that a network may be made of: "Conv", or "com.microsoft.QGemm", with
 * the domain, where that is not ONNX's own. */
void prom_model_operators(void (*each)(void *context, const char *name), void *context);

/* Reads a model from the bytes of prom_model_bytes, or of a file that `prom compile` wrote, which may be any: they are
 * copied and checked. Writes to `model` what prom_model_free frees; NULL on failure. PROM_CATEGORY_BAD_INPUT when they
 * are no such bytes; PROM_CATEGORY_MEMORY when memory is not there. */
PROM_MUST_USE prom_result prom_model_load(prom_model **model, const void *bytes, size_t length, prom_error *error);

/* Frees the model; NULL may be given. */
void prom_model_free(prom_model *model);

/* Writes where the model's canonical bytes are, and how many: what prom_model_load reads. They are the model's, and
 * valid until prom_model_free. */
void prom_model_bytes(const prom_model *model, const uint8_t **bytes, size_t *length);

/* Writes the digest by which contracts name the program. */
void prom_model_digest(const prom_model *model, uint8_t digest[PROM_MODEL_DIGEST_BYTES]);

/* Writes what the model takes, and what it gives. */
void prom_model_input(const prom_model *model, prom_model_value *input);
void prom_model_output(const prom_model *model, prom_model_value *output);

/* Writes to `codes` the codes of `inputs`, both [items][input count]: each value divided by the scale, rounded to the
 * nearest integer, halves away from zero, and clamped to the integers that there are. Writes to `clamped`, which may be
 * NULL, how many values lay more than half a step beyond these, and so outside what the calibration set showed.
 * PROM_CATEGORY_BAD_INPUT when a value is infinite or not a number; the sentence says which. */
PROM_MUST_USE prom_result prom_model_encode(const prom_model *model, uint8_t *codes, size_t *clamped,
                                            const float *inputs, size_t items, prom_error *error);

/* Writes to `values` the numbers that the outputs' codes stand for, both [items][output count]. */
void prom_model_decode(const prom_model *model, float *values, const uint8_t *codes, size_t items);

/* Writes to `codes` the codes for which prom_model_decode writes `values`, bit for bit, both [items][output count].
 * PROM_CATEGORY_PEER when a value is one that the model never gives; the sentence says which. See
 * prom_model_match_proof, which comes first where there is a proof. */
PROM_MUST_USE prom_result prom_model_encode_outputs(const prom_model *model, uint8_t *codes, const float *values,
                                                    size_t items, prom_error *error);

/* Writes to `outputs`, [items][output count], what the model makes of `inputs`, [items][input count], both codes. The
 * bytes are the same on every machine. `options` may be NULL. The first call makes the model ready to run, and it keeps
 * what that takes, about as many bytes as its weights: the next ones are faster. PROM_CATEGORY_BAD_INPUT when there are
 * no items, or a code lies outside the input's; PROM_CATEGORY_MEMORY when memory is not there, PROM_CATEGORY_IO when
 * threads are not; PROM_CATEGORY_STOPPED. */
PROM_MUST_USE prom_result prom_model_infer(const prom_model *model, uint8_t *outputs, const uint8_t *inputs,
                                           size_t items, const prom_model_options *options, prom_error *error);

/* Does the same, and proves it: writes to `proof` the bytes that prom_model_verify and `prom verify` read, which
 * prom_buffer_free frees; empty on failure. The bytes are the same on every machine. A proof shows that the outputs are
 * right and hides nothing: who verifies it has model, inputs and outputs. PROM_CATEGORY_BAD_INPUT also when the model
 * cannot be proven for so many items; PROM_CATEGORY_MEMORY, before anything is computed, when proving them may take
 * more than options->memory_max. */
PROM_MUST_USE prom_result prom_model_prove(const prom_model *model, prom_buffer *proof, uint8_t *outputs,
                                           const uint8_t *inputs, size_t items, const prom_model_options *options,
                                           prom_error *error);

/* Succeeds when `proof`, whose bytes may be any, is a proof that says to be of this model and these inputs, and when
 * options->memory_max is enough to verify it. Whoever turns numbers into codes asks this first:
 * prom_model_encode_outputs speaks against the outputs, and so against whoever gave the proof, which is right only
 * where the proof is of them. PROM_CATEGORY_BAD_INPUT, as the exit code 2 of `prom verify`, when nothing can be said of
 * any outputs: the bytes are no proof of this version, or one that says to be of another program or of other inputs,
 * which whoever verifies has of their own; and as of prom_model_prove. PROM_CATEGORY_MEMORY, in a sentence with the
 * need, when memory_max is less. The other options are not used. */
PROM_MUST_USE prom_result prom_model_match_proof(const prom_model *model, const uint8_t *inputs, size_t items,
                                                 const void *proof, size_t proof_length,
                                                 const prom_model_options *options, prom_error *error);

/* Succeeds when `proof`, whose bytes may be any, proves that these are the model's outputs for these inputs: a false
 * statement is accepted with a probability below 2^-100 only. Fails as prom_model_match_proof does, before it looks at
 * the outputs. PROM_CATEGORY_PEER, with the reason, when it does not prove that, with another sentence when the proof
 * says to be of other outputs. options->threads is not used. */
PROM_MUST_USE prom_result prom_model_verify(const prom_model *model, const uint8_t *inputs, const uint8_t *outputs,
                                            size_t items, const void *proof, size_t proof_length,
                                            const prom_model_options *options, prom_error *error);

PROM_DECLARATIONS_END

#endif
