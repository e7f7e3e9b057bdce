#include "onnx/allowance.h"

enum {
    BYTES_MIN = 1 << 20,
    FOLDED_PER_BYTE = 4,   /* of the file: what its computed constants may take */
    WEIGHTS_PER_BYTE = 16, /* and its weights: int8 become floats beside themselves, and some are shared */
};

/* per_byte * length, at most a quarter of what can be counted. */
static size_t multiplied(size_t length, size_t per_byte)
{
    const size_t most = SIZE_MAX / 4 / per_byte;
    return per_byte * (length < most ? length : most);
}

size_t prom_onnx_allowed_folded(size_t length)
{
    return BYTES_MIN + multiplied(length, FOLDED_PER_BYTE);
}

size_t prom_onnx_allowed_weights(size_t length)
{
    return BYTES_MIN + multiplied(length, WEIGHTS_PER_BYTE);
}

static void add_at_most(size_t *sum, size_t more)
{
    *sum = *sum > SIZE_MAX / 2 - more ? SIZE_MAX / 2 : *sum + more;
}

void prom_onnx_allow_more(prom_onnx_reader *reader, size_t length)
{
    add_at_most(&reader->folded->limit, multiplied(length, FOLDED_PER_BYTE));
    add_at_most(&reader->builder.weights_left, multiplied(length, WEIGHTS_PER_BYTE));
}
