/* How an executor runs a program: one step after the other, each from some places of memory into another. Whatever
 * depends on the program alone is decided here, once. */
#ifndef PROGRAM_PLAN_H
#define PROGRAM_PLAN_H

#include "program/kernel.h"
#include "prometheus/base/parallel.h"

/* The order in which the codes of a value lie in memory. */
typedef enum prom_order {
    PROM_ORDER_ROWS,  /* row-major, as the program has it */
    PROM_ORDER_IMAGE, /* of a CxHxW: height, width, channels */
} prom_order;

#define PROM_ORDERS 2U

/* A value in one order. What no step makes has no bytes. */
typedef struct prom_form {
    size_t bytes; /* of one item */
    uint32_t buffer;
    uint32_t last_step; /* that reads it */
    bool made;
} prom_form;

/* A copy in another order: for each index of `sizes` in row-major order, the code at the sum of index times stride. */
typedef struct prom_copying {
    size_t rank;
    size_t sizes[PROM_RANK_MAX];
    size_t strides[PROM_RANK_MAX];
} prom_copying;

/* What a window slides over. A dense layer has a window of one place over an image of one row. */
typedef struct prom_sliding {
    size_t channels;
    size_t sizes[PROM_WINDOW_AXES];
    size_t output_sizes[PROM_WINDOW_AXES];
    prom_window window;
    size_t places; /* side by side that one piece of a product holds: 1, or as many as the kernel is wide */
} prom_sliding;

typedef enum prom_operation {
    PROM_OPERATION_MULTIPLY,
    PROM_OPERATION_MULTIPLY_DEPTHWISE,
    PROM_OPERATION_MAXIMUM,
    PROM_OPERATION_AVERAGE,
    PROM_OPERATION_ADD,
    PROM_OPERATION_JOIN,
    PROM_OPERATION_COPY,
} prom_operation;

typedef struct prom_step {
    prom_operation operation;
    const prom_layer *layer; /* NULL of a copy that only changes the order of a value */
    size_t input_count;
    const uint32_t *inputs;    /* forms */
    uint32_t output;           /* form */
    int16_t input_low;         /* least value of the (first) input */
    prom_sliding sliding;      /* multiplications, largest, average */
    prom_product product;      /* multiplications: of the first group */
    size_t rows;               /* that are multiplied at once */
    size_t pieces;             /* gathered for them */
    size_t group_weights;      /* bytes of one group in product.weights */
    size_t group_outputs;      /* their biases and multipliers there */
    prom_scale scale;          /* average, add */
    uint32_t multipliers[2];   /* add */
    size_t join_count;         /* join: how often a run of each input follows on one of the last */
    const size_t *join_bytes;  /* the length of each input's run */
    const uint8_t *join_raise; /* what is added to each input's codes: its range may begin above the output's */
    prom_copying copying;
} prom_step;

struct prom_executor {
    const prom_program *program;
    const prom_program_kernels *kernels;
    size_t step_count;
    prom_step *steps;
    prom_form *forms; /* of value i in order o: i * PROM_ORDERS + o */
    size_t buffer_count;
    size_t *buffers; /* bytes of one item */
    size_t bytes;    /* of all buffers */
    size_t pieces;   /* the most that a product gathers at once */
    size_t padding;  /* bytes of the longest piece */
    size_t edges;    /* of all pieces of a product that has pieces of many places */
    uint32_t input;  /* form */
    uint32_t output; /* form */
};

/* How a value of that shape that lies in `order` is copied into row-major order. */
prom_copying prom_copying_to_rows(const prom_shape *shape, prom_order order);

/* Returns the bytes of the layer's weights as a plan packs them, of its biases and multipliers; 0 where it has none. */
uint64_t prom_plan_packed_bytes(const prom_program *program, const prom_layer *layer);

/* Fills in all of an executor but its program and kernels, which are given. */
PROM_MUST_USE prom_result prom_plan(prom_arena *arena, prom_executor *executor, const prom_parallel *parallel,
                                    prom_error *error);

#endif
