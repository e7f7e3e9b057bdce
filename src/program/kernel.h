/* The inner loops of running a program, for one set of instructions each. All work on codes: of an image, the codes of
 * one place lie side by side, channel after channel. A sum of products begins with its bias, in which the range's low
 * end stands for every value: so what it is on its way is the sum of some other input, and within PROM_PROGRAM_BOUND.
 */
#ifndef PROGRAM_KERNEL_H
#define PROGRAM_KERNEL_H

#include "prometheus/base/cpu.h"
#include "prometheus/program/run.h"

enum {
    PROM_BLOCK_OUTPUTS = 16, /* whose packed weights lie side by side */
    PROM_QUAD = 4,           /* codes of one row that are multiplied at once */
    PROM_QUAD_BYTES = 64,    /* of the weights of 16 outputs for so many codes */
    PROM_ALIGNMENT = 64,     /* of packed weights */
    PROM_SLACK = 16,         /* bytes after the codes of a row that may be read, and count for nothing */
};

/* The code of a sum: ((multiplier * sum + raise) >> shift) - lower, clamped to 0 .. most. A multiple of 2^shift in
 * `raise` keeps what is shifted positive; what the shift makes of it is part of `lower`, as is the range's low end. */
typedef struct prom_scale {
    uint64_t raise;
    int64_t lower;
    int32_t most;
    uint8_t shift;
    bool wide; /* 64 bits are needed */
} prom_scale;

static inline uint8_t prom_clamp_code(int32_t code, int32_t most)
{
    const int32_t raised = code > 0 ? code : 0;
    return (uint8_t)(raised < most ? raised : most);
}

prom_scale prom_scale_of(const prom_rescale *rescale, prom_range range);

/* Rows of codes times a matrix of weights. A row is gathered from one piece of codes for each tap: a place under a
 * window, or some side by side. */
typedef struct prom_product {
    size_t taps;
    size_t quads;   /* in the piece of one tap: a quarter of its codes, rounded up */
    size_t outputs; /* of one row */
    /* [outputs / 16, rounded up][taps][quads][16][4], zeros where there is no code or no output; depthwise:
     * [outputs / 16, rounded up][taps / 4, rounded up][16][4]. */
    const int8_t *weights;
    /* As many as there are outputs in `weights`. The range's low end times the weights is part of the biases. */
    const int32_t *biases;
    const uint32_t *multipliers;
    prom_scale scale;
} prom_product;

typedef struct prom_rows {
    /* [taps][pitch]: where the piece of each row starts, less `offset`. Depthwise: [4 * quads][pitch], where those
     * after the last tap can be read, and count for nothing. */
    const uint8_t *const *pieces;
    size_t pitch;
    size_t offset;
    size_t count;
    int32_t *sums; /* [row][stride], as the outputs: where the sums go, too; NULL: nowhere */
} prom_rows;

/* What lies under a window, inside the image. */
typedef struct prom_patch {
    const uint8_t *codes; /* of the first place */
    size_t height;
    size_t width;
    size_t down;  /* bytes from one place to the next below it */
    size_t right; /* to the next beside it */
} prom_patch;

struct prom_program_kernels {
    const char *name;
    /* outputs[row * stride + i] for each row and output i. */
    void (*multiply)(uint8_t *outputs, size_t stride, const prom_product *product, const prom_rows *rows);
    /* The same, where output i reads channel i alone. */
    void (*multiply_depthwise)(uint8_t *outputs, size_t stride, const prom_product *product, const prom_rows *rows);
    /* The largest code of each channel. */
    void (*largest)(uint8_t *outputs, const prom_patch *patch, size_t channels);
    /* The rescaled sum of `bias` and the codes of each channel. */
    void (*average)(uint8_t *outputs, const prom_patch *patch, size_t channels, int32_t bias, uint32_t multiplier,
                    const prom_scale *scale);
    /* The rescaled sum of two codes, each times its multiplier; `scale.raise` has the ranges' low ends in it. */
    void (*add)(uint8_t *outputs, const uint8_t *const inputs[2], const uint32_t multipliers[2], size_t count,
                const prom_scale *scale);
};

extern const prom_program_kernels prom_program_kernels_portable;
#if defined(__x86_64__)
extern const prom_program_kernels prom_program_kernels_avx2;
extern const prom_program_kernels prom_program_kernels_avx512;
extern const prom_program_kernels prom_program_kernels_avx512vnni;
#endif

#endif
