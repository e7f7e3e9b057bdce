/* Reads a float network out of an ONNX file. */
#ifndef PROMETHEUS_ONNX_READER_H
#define PROMETHEUS_ONNX_READER_H

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/declarations.h"
#include "prometheus/base/result.h"
#include "prometheus/quantise/network.h"

PROM_DECLARATIONS_BEGIN

#define PROM_ONNX_OPSET_MIN 7
#define PROM_ONNX_OPSET_MAX 25

/* Bytes that weights filled by ConstantOfShape may take: as much as one ONNX file, whose format ends at 2 GiB, can
 * store as numbers. */
#define PROM_ONNX_FILLED_MAX ((size_t)1 << 31)

/* Gives the files beside a model in which some of its constants lie. */
typedef struct prom_onnx_files {
    /* Gives the whole of the file that `location` names, a relative path without "..", which stays as long as the
     * arena. Whether that leads out of the model's folder by a link is for it to find out. */
    prom_result (*read)(void *context, prom_span *content, const char *location, prom_error *error);
    void *context;
} prom_onnx_files;

/* What to read. */
typedef struct prom_onnx_request {
    prom_span file;         /* the bytes of an ONNX file, which must stay as long as the arena */
    const char *end_at;     /* the name of the value at which the network ends; NULL: the graph's one output */
    const prom_shape *item; /* of the inputs that there are: sizes that the file leaves open are theirs; NULL: none */
    const prom_onnx_files *files; /* NULL: constants in other files are refused */
    size_t filled_max;            /* bytes that weights filled by ConstantOfShape may take; 0: PROM_ONNX_FILLED_MAX */
    /* What those who read sentences call `end_at`, and what lists the operators for them; NULL: as the program prom has
     * both, "--end-at" and "'prom compile --operators'". */
    const char *end_at_name;
    const char *operators_name;
} prom_onnx_request;

/* Reads the network from the one input, whose first dimension is the batch, to one output; constants are folded. A
 * Softmax, LogSoftmax, Sigmoid or ArgMax of the classes at the end is left out, and the network's note says so.
 * PROM_CATEGORY_BAD_INPUT, with NULL written, for anything that is not supported: the sentence names the node. Memory
 * and time are linear in the length of the files and in `filled_max`. */
PROM_MUST_USE prom_result prom_onnx_read_part(prom_arena *arena, const prom_network **network,
                                              const prom_onnx_request *request, prom_error *error);

/* Reads the whole network of `file`. */
PROM_MUST_USE prom_result prom_onnx_read(prom_arena *arena, const prom_network **network, prom_span file,
                                         prom_error *error);

/* Calls `each` with the name of every operator that is supported, "Conv" or "com.microsoft.QGemm". */
void prom_onnx_operators(void (*each)(void *context, const char *name), void *context);

PROM_DECLARATIONS_END

#endif
