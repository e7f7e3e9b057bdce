/* The graph of an ONNX file while it is read: what each of its names stands for. */
#ifndef ONNX_GRAPH_H
#define ONNX_GRAPH_H

#include "onnx/constant.h"
#include "prometheus/onnx/reader.h"
#include "quantise/network_build.h"

/* A value that depends on the network's input. */
typedef struct prom_onnx_activation {
    prom_build_value value;
    bool stored;      /* the integers themselves, between a QuantizeLinear and a DequantizeLinear */
    prom_dtype dtype; /* where stored: PROM_DTYPE_U8 or PROM_DTYPE_I8 */
    bool single;      /* one value for each item, without an axis; the builder's value has one axis, of size 1 */
} prom_onnx_activation;

typedef enum prom_onnx_kind {
    PROM_ONNX_UNMADE, /* no node has made it yet, or none will */
    PROM_ONNX_INITIALISER,
    PROM_ONNX_CONSTANT,
    PROM_ONNX_ACTIVATION,
} prom_onnx_kind;

typedef struct prom_onnx_value {
    const char *name;
    prom_onnx_kind kind;
    const PromOnnx__TensorProto *proto; /* of PROM_ONNX_INITIALISER, which is read when it is used first */
    prom_onnx_constant *constant;
    prom_onnx_activation activation;
    size_t node;   /* the node that makes it; SIZE_MAX where none does */
    size_t output; /* which of the node's outputs it is */
    bool needed;   /* by a node that is needed, or as the graph's output */
    size_t uses;   /* how often such read it */
    size_t first;  /* the first node that was found to do so, where all that do are QuantizeLinear nodes that do the
                    * same; SIZE_MAX else */
} prom_onnx_value;

typedef struct prom_onnx_node {
    const PromOnnx__NodeProto *proto;
    size_t at;
    prom_onnx_label label;
} prom_onnx_node;

/* Another file that constants lie in. */
typedef struct prom_onnx_external {
    const char *location;
    prom_span content;
} prom_onnx_external;

#define PROM_ONNX_NOTE 768 /* of what is left out: two sentences with three names each */

typedef struct prom_onnx_reader {
    prom_arena *scratch;
    prom_arena *folded; /* the elements of constants that are computed */
    const PromOnnx__GraphProto *graph;
    prom_builder builder;
    prom_onnx_value *values; /* sorted by name */
    size_t value_count;
    size_t batch;                 /* items at a time that the input is declared for; 0 where any number is */
    bool stored_input;            /* the input is integers, of a quantised model */
    const prom_shape *item;       /* of the inputs that there are, for what the file leaves open; NULL: none */
    const prom_onnx_files *files; /* NULL: constants in other files are refused */
    prom_onnx_external *externals;
    size_t external_count;
    size_t filled_left; /* bytes that the weights made of filled constants may still take */
    int64_t opset;
    const char *end_at;      /* the name of the value at which the network ends; NULL: the graph's one output */
    const char *end_at_name; /* in sentences, as of prom_onnx_request */
    const char *operators_name;
    prom_onnx_value *output; /* that value; where an ArgMax made it, what that read */
    size_t tail;             /* the Softmax or the like, at the end, that is left out; SIZE_MAX: none */
    size_t argmax;           /* and the ArgMax */
    char note[PROM_ONNX_NOTE];
} prom_onnx_reader;

/* Checks the graph's sizes and names, makes the table of values, and finds what the graph's output needs. */
PROM_MUST_USE prom_result prom_onnx_graph_init(prom_onnx_reader *reader, prom_error *error);

/* Returns the value of a name, or NULL when there is none. */
prom_onnx_value *prom_onnx_find(const prom_onnx_reader *reader, const char *name);

/* Returns whether the node makes something that is needed. */
bool prom_onnx_is_needed(const prom_onnx_reader *reader, const PromOnnx__NodeProto *node);
/* Returns the name of a node for people: many exporters leave it empty, and what it makes says as much. */
prom_onnx_label prom_onnx_node_label(const PromOnnx__NodeProto *node);

/* Returns whether the node has an operand `at`, which may be left out in the middle by an empty name. */
bool prom_onnx_has(const prom_onnx_node *node, size_t at);
/* Finds out whether operand `at` is a constant. Fails when it is nothing at all, or not made yet. */
PROM_MUST_USE prom_result prom_onnx_is_constant(prom_onnx_reader *reader, bool *is_constant, const prom_onnx_node *node,
                                                size_t at, prom_error *error);

/* Takes operand `at`, which must be a constant; and one of real numbers. */
PROM_MUST_USE prom_result prom_onnx_constant_at(prom_onnx_reader *reader, const prom_onnx_constant **constant,
                                                const prom_onnx_node *node, size_t at, prom_error *error);
PROM_MUST_USE prom_result prom_onnx_reals_at(prom_onnx_reader *reader, const prom_onnx_constant **constant,
                                             const prom_onnx_node *node, size_t at, prom_error *error);
/* Takes a constant of int64 or int32, of rank 0 or 1. */
PROM_MUST_USE prom_result prom_onnx_list_at(prom_onnx_reader *reader, const prom_onnx_constant **constant,
                                            const prom_onnx_node *node, size_t at, prom_error *error);
/* Takes an activation of any shape, and one that is not stored, for operators on each value by itself. */
PROM_MUST_USE prom_result prom_onnx_any_at(prom_onnx_reader *reader, prom_onnx_activation *activation,
                                           const prom_onnx_node *node, size_t at, prom_error *error);
PROM_MUST_USE prom_result prom_onnx_each_at(prom_onnx_reader *reader, prom_onnx_activation *activation,
                                            const prom_onnx_node *node, size_t at, prom_error *error);
/* Takes an activation whose items have axes. */
PROM_MUST_USE prom_result prom_onnx_activation_at(prom_onnx_reader *reader, prom_onnx_activation *activation,
                                                  const prom_onnx_node *node, size_t at, prom_error *error);
/* Takes an activation that is not stored, as almost all operators do. */
PROM_MUST_USE prom_result prom_onnx_floats_at(prom_onnx_reader *reader, prom_build_value *value,
                                              const prom_onnx_node *node, size_t at, prom_error *error);

/* Says what the node's first output is. */
void prom_onnx_give(prom_onnx_reader *reader, const prom_onnx_node *node, prom_onnx_activation activation);
void prom_onnx_give_floats(prom_onnx_reader *reader, const prom_onnx_node *node, prom_build_value value);
PROM_MUST_USE prom_result prom_onnx_give_constant(prom_onnx_reader *reader, const prom_onnx_node *node,
                                                  const prom_onnx_constant *constant, prom_error *error);

/* -- Where the network ends (output.c): at the graph's output or at another of its values, and before what only makes
 * probabilities or an index of the classes -- */

/* Finds the value at which the network ends, and the nodes behind the classes that are left out. */
PROM_MUST_USE prom_result prom_onnx_find_output(prom_onnx_reader *reader, prom_error *error);

/* Checks what was made of that value: that it depends on the input, that it is what the graph declares, where it
 * declares it, and that an ArgMax which was left out looked for the class. */
PROM_MUST_USE prom_result prom_onnx_check_output(prom_onnx_reader *reader, prom_error *error);

/* -- Constants in files beside the model (external.c; ONNX, "External Data"). No file is opened here: the caller hands
 * them in -- */

/* Returns whether the constant's data are in another file. */
bool prom_onnx_is_external(const PromOnnx__TensorProto *proto);

/* Reads the bytes of the constant. What the file's length allows to computed constants and weights grows by that of
 * each file that is read. */
PROM_MUST_USE prom_result prom_onnx_external_data(prom_onnx_reader *reader, prom_span *data,
                                                  const PromOnnx__TensorProto *proto, prom_error *error);

#endif
