#include "onnx/fold.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "onnx/axes.h"
#include "onnx/linear.h"
#include "onnx/operators.h"
#include "prometheus/program/program.h"

prom_result prom_onnx_new_constant(prom_onnx_reader *reader, prom_onnx_constant *constant, void **elements,
                                   prom_dtype dtype, const prom_shape *shape, prom_error *error)
{
    *constant = (prom_onnx_constant){.tensor = {.dtype = dtype, .shape = *shape}};
    if (!prom_shape_count(&constant->tensor.count, shape)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it makes a constant that is too large");
    }
    const size_t width = prom_dtype_width(dtype);
    if (constant->tensor.count > (reader->folded->limit - reader->folded->used) / width) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the constants that the nodes compute would take more memory than a model of this length may");
    }
    PROM_TRY(prom_arena_alloc(reader->folded, elements, constant->tensor.count, width, error));
    constant->tensor.data = *elements;
    return prom_ok();
}

prom_result prom_onnx_new_filled(prom_onnx_reader *reader, prom_onnx_constant *constant, void **elements,
                                 prom_dtype dtype, const prom_shape *shape, prom_error *error)
{
    PROM_TRY(prom_onnx_new_constant(reader, constant, elements, dtype, &(prom_shape){.rank = 0}, error));
    constant->filled = true;
    constant->tensor.shape = *shape;
    return prom_shape_count(&constant->tensor.count, shape)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it makes a constant that is too large");
}

/* -- The Constant node -- */

prom_result prom_onnx_constant_node(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { VALUE, FLOAT, FLOATS, INTEGER, INTEGERS };
    prom_onnx_attribute known[] = {{.name = "value", .kind = PROM_ONNX_TENSOR},
                                   {.name = "value_float", .kind = PROM_ONNX_FLOAT},
                                   {.name = "value_floats", .kind = PROM_ONNX_FLOATS},
                                   {.name = "value_int", .kind = PROM_ONNX_INTEGER},
                                   {.name = "value_ints", .kind = PROM_ONNX_INTEGERS}};
    prom_onnx_constant constant = {.axis = 0};
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    if (known[VALUE].given) {
        PROM_TRY(prom_within(prom_onnx_constant_read(reader->folded, &constant, known[VALUE].tensor, NULL, error),
                             error, "its value"));
        return prom_onnx_give_constant(reader, node, &constant, error);
    }
    const bool is_float = known[FLOAT].given || known[FLOATS].given;
    const bool is_list = known[FLOATS].given || known[INTEGERS].given;
    if (!is_float && !known[INTEGER].given && !known[INTEGERS].given) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it has no value");
    }
    const size_t count = known[FLOATS].given ? known[FLOATS].count : known[INTEGERS].count;
    const prom_shape shape = {is_list ? 1 : 0, {count}};
    void *elements = NULL;
    PROM_TRY(prom_onnx_new_constant(reader, &constant, &elements, is_float ? PROM_DTYPE_F32 : PROM_DTYPE_I64, &shape,
                                    error));
    const void *from = is_float ? (is_list ? (const void *)known[FLOATS].numbers : &known[FLOAT].number)
                                : (is_list ? (const void *)known[INTEGERS].integers : &known[INTEGER].integer);
    if (constant.tensor.count > 0) {
        memcpy(elements, from, constant.tensor.count * prom_dtype_width(constant.tensor.dtype));
    }
    return prom_onnx_give_constant(reader, node, &constant, error);
}

/* -- Other shapes of the same elements -- */

static prom_result give_reshaped(prom_onnx_reader *reader, const prom_onnx_node *node,
                                 const prom_onnx_constant *constant, const prom_shape *shape, prom_error *error)
{
    prom_onnx_constant result = *constant;
    if (constant->scale_count > 1) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "constants with a scale for each channel cannot change their shape");
    }
    result.tensor.shape = *shape;
    return prom_onnx_give_constant(reader, node, &result, error);
}

prom_result prom_onnx_identity_constant(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    const prom_onnx_constant *constant = NULL;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    PROM_TRY(prom_onnx_constant_at(reader, &constant, node, 0, error));
    return prom_onnx_give_constant(reader, node, constant, error);
}

prom_result prom_onnx_flatten_constant(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_attribute known[] = {{.name = "axis", .kind = PROM_ONNX_INTEGER, .integer = 1}};
    const prom_onnx_constant *constant = NULL;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_constant_at(reader, &constant, node, 0, error));
    const prom_tensor *tensor = &constant->tensor;
    const int64_t rank = (int64_t)tensor->shape.rank;
    const int64_t axis = known[0].integer < 0 ? known[0].integer + rank : known[0].integer;
    if (axis < 0 || axis > rank) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "axis %lld is none of its input's",
                         (long long)known[0].integer);
    }
    prom_shape shape = {2, {1, 1}};
    for (size_t i = 0; i < tensor->shape.rank; i++) {
        shape.sizes[(int64_t)i < axis ? 0 : 1] *= tensor->shape.sizes[i];
    }
    return give_reshaped(reader, node, constant, &shape, error);
}

/* 0 copies the size at its place, one -1 is what is left over: ONNX, Reshape. */
bool prom_onnx_reshaped(prom_shape *shape, const prom_onnx_constant *target, bool allows_zero)
{
    const prom_shape from = *shape;
    size_t count = 0;
    size_t made = 0;
    size_t open = SIZE_MAX; /* the place of the -1 */
    bool fits = prom_shape_count(&count, &from) && target->tensor.count <= PROM_RANK_MAX;
    *shape = (prom_shape){.rank = fits ? target->tensor.count : 0};
    for (size_t i = 0; fits && i < shape->rank; i++) {
        const int64_t size = prom_onnx_integer(target, i);
        const bool left_over = size == -1 && open == SIZE_MAX;
        const bool copied = size == 0 && !allows_zero && i < from.rank;
        fits = copied || left_over || (size > 0 && size <= PROM_PROGRAM_VALUES_MAX);
        shape->sizes[i] = copied ? from.sizes[i] : (left_over || !fits ? 1 : (size_t)size);
        open = left_over ? i : open;
    }
    fits = fits && prom_shape_count(&made, shape) && made > 0 && count % made == 0;
    if (fits && open != SIZE_MAX) {
        shape->sizes[open] = count / made;
        made = count;
    }
    return fits && made == count;
}

prom_result prom_onnx_reshape_constant(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_attribute known[] = {{.name = "allowzero", .kind = PROM_ONNX_INTEGER}};
    const prom_onnx_constant *constant = NULL;
    const prom_onnx_constant *target = NULL;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_constant_at(reader, &constant, node, 0, error));
    PROM_TRY(prom_onnx_list_at(reader, &target, node, 1, error));
    if (target->batch != 0 || constant->batch != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the shape of a constant cannot depend on the batch");
    }
    prom_shape shape = constant->tensor.shape;
    if (!prom_onnx_reshaped(&shape, target, known[0].integer != 0)) {
        char text[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its target shape has another number of values than %s",
                         prom_shape_text(text, &constant->tensor.shape));
    }
    return give_reshaped(reader, node, constant, &shape, error);
}

static prom_result change_axes(prom_onnx_reader *reader, const prom_onnx_node *node, bool added, prom_error *error)
{
    prom_onnx_attribute known[] = {{.name = "axes", .kind = PROM_ONNX_INTEGERS}};
    const prom_onnx_constant *constant = NULL;
    prom_onnx_axes axes;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_constant_at(reader, &constant, node, 0, error));
    prom_shape shape = constant->tensor.shape;
    PROM_TRY(prom_onnx_axes_of(reader, &axes, node, known, shape.rank, added, error));
    if (added) {
        prom_onnx_unsqueezed(&shape, &axes);
    } else {
        PROM_TRY(prom_onnx_squeezed(&shape, &axes, error));
    }
    return give_reshaped(reader, node, constant, &shape, error);
}

prom_result prom_onnx_squeeze_constant(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    return change_axes(reader, node, false, error);
}

prom_result prom_onnx_unsqueeze_constant(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    return change_axes(reader, node, true, error);
}

/* -- Transpose -- */

/* to's elements in row-major order, each taken from where the permutation says that it lies in `from`. */
static void transpose(uint8_t *to, const prom_tensor *from, const prom_shape *shape, const uint8_t *permutation)
{
    size_t strides[PROM_RANK_MAX]; /* of from, by its own axes */
    size_t places[PROM_RANK_MAX] = {0};
    const size_t width = prom_dtype_width(from->dtype);
    size_t stride = 1;
    for (size_t i = from->shape.rank; i-- > 0;) {
        strides[i] = stride;
        stride *= from->shape.sizes[i];
    }
    size_t at = 0;
    for (size_t n = 0; n < from->count; n++) {
        memcpy(to + n * width, (const uint8_t *)from->data + at * width, width);
        for (size_t i = shape->rank; i-- > 0;) {
            at += strides[permutation[i]];
            if (++places[i] < shape->sizes[i]) {
                break;
            }
            at -= strides[permutation[i]] * shape->sizes[i];
            places[i] = 0;
        }
    }
}

prom_result prom_onnx_transpose_constant(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_attribute known[] = {{.name = "perm", .kind = PROM_ONNX_INTEGERS}};
    const prom_onnx_constant *constant = NULL;
    uint8_t permutation[PROM_RANK_MAX];
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_constant_at(reader, &constant, node, 0, error));
    const prom_tensor *from = &constant->tensor;
    PROM_TRY(prom_onnx_permutation(permutation, known, from->shape.rank, error));
    if (constant->batch != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it computes with the size of the batch");
    }
    prom_shape shape = from->shape;
    size_t axis = 0;
    for (size_t i = 0; i < shape.rank; i++) {
        shape.sizes[i] = from->shape.sizes[permutation[i]];
        axis = permutation[i] == constant->axis ? i : axis;
    }
    prom_onnx_constant result = *constant;
    void *elements = NULL;
    result.tensor.shape = shape;
    result.axis = axis;
    if (!constant->filled) {
        prom_onnx_constant moved;
        PROM_TRY(prom_onnx_new_constant(reader, &moved, &elements, from->dtype, &shape, error));
        transpose(elements, from, &shape, permutation);
        result.tensor = moved.tensor;
    }
    return prom_onnx_give_constant(reader, node, &result, error);
}

/* -- Scales -- */

prom_result prom_onnx_set_scales(prom_onnx_reader *reader, prom_onnx_constant *constant, const prom_onnx_node *node,
                                 size_t at, prom_error *error)
{
    const prom_onnx_constant *scales = NULL;
    const prom_onnx_constant *zeros = NULL;
    const prom_shape *shape = &constant->tensor.shape;
    PROM_TRY(prom_onnx_reals_at(reader, &scales, node, at, error));
    const size_t count = scales->tensor.count;
    if (scales->tensor.shape.rank > 1 || scales->tensor.dtype != PROM_DTYPE_F32 ||
        (count != 1 && (constant->axis >= shape->rank || count != shape->sizes[constant->axis]))) {
        char text[PROM_SHAPE_TEXT];
        char has[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "its scales have shape %s and the constant %s: one for all, or one for each place along axis "
                         "%zu, is supported",
                         prom_shape_text(text, &scales->tensor.shape), prom_shape_text(has, shape), constant->axis);
    }
    int32_t *own = NULL;
    float *copies = NULL;
    PROM_TRY_NEW(own, reader->folded, count, error);
    PROM_TRY_NEW(copies, reader->folded, count, error);
    constant->scale_count = count;
    constant->scales = copies;
    constant->zeros = own;
    for (size_t i = 0; i < count; i++) {
        copies[i] = prom_onnx_real(scales, i);
        if (!(constant->scales[i] >= FLT_MIN) || isinf(constant->scales[i])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "scale %zu is not a positive number", i);
        }
    }
    if (!prom_onnx_has(node, at + 1)) {
        return prom_ok();
    }
    PROM_TRY(prom_onnx_constant_at(reader, &zeros, node, at + 1, error));
    if ((zeros->tensor.count != count && zeros->tensor.count != 1) || zeros->tensor.dtype != constant->tensor.dtype) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it has %zu zero points of type %s: there must be as many as scales, or one, of the "
                         "constant's type",
                         zeros->tensor.count, prom_dtype_name(zeros->tensor.dtype));
    }
    for (size_t i = 0; i < count; i++) {
        own[i] = (int32_t)prom_onnx_integer(zeros, zeros->tensor.count == 1 ? 0 : i);
    }
    return prom_ok();
}

/* The same for operands 1 and 2, along an axis that is an attribute; which says nothing where one scale is for all. */
static prom_result read_scales(prom_onnx_reader *reader, prom_onnx_constant *constant, const prom_onnx_node *node,
                               int64_t axis, prom_error *error)
{
    const size_t rank = constant->tensor.shape.rank;
    const int64_t counted = axis < 0 ? axis + (int64_t)rank : axis;
    constant->axis = counted >= 0 && counted < (int64_t)rank ? (size_t)counted : PROM_RANK_MAX;
    return prom_onnx_set_scales(reader, constant, node, 1, error);
}

static prom_result check_quantiser(const prom_onnx_attribute *block_size, prom_error *error)
{
    return block_size->integer == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "scales for blocks (block_size) are not supported");
}

prom_result prom_onnx_dequantise_constant(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { AXIS, BLOCK_SIZE, OUTPUT_TYPE };
    prom_onnx_attribute known[] = {{.name = "axis", .kind = PROM_ONNX_INTEGER, .integer = 1},
                                   {.name = "block_size", .kind = PROM_ONNX_INTEGER},
                                   {.name = "output_dtype", .kind = PROM_ONNX_INTEGER}};
    const prom_onnx_constant *constant = NULL;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(check_quantiser(&known[BLOCK_SIZE], error));
    PROM_TRY(prom_onnx_check_real_type(&known[OUTPUT_TYPE], error));
    PROM_TRY(prom_onnx_constant_at(reader, &constant, node, 0, error));
    const prom_dtype dtype = constant->tensor.dtype;
    if (prom_onnx_is_real(constant) || dtype == PROM_DTYPE_I64) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it takes int8, uint8 or int32 values, not %s",
                         prom_dtype_name(dtype));
    }
    prom_onnx_constant result = *constant;
    PROM_TRY(read_scales(reader, &result, node, known[AXIS].integer, error));
    return prom_onnx_give_constant(reader, node, &result, error);
}

/* ONNX, QuantizeLinear: halves to even, and what lies beyond the type becomes its end. */
prom_result prom_onnx_quantise_constant(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { AXIS, BLOCK_SIZE, SATURATE, PRECISION };
    prom_onnx_attribute known[] = {{.name = "axis", .kind = PROM_ONNX_INTEGER, .integer = 1},
                                   {.name = "block_size", .kind = PROM_ONNX_INTEGER},
                                   {.name = "saturate", .kind = PROM_ONNX_INTEGER, .integer = 1},
                                   {.name = "precision", .kind = PROM_ONNX_INTEGER}};
    const prom_onnx_constant *constant = NULL;
    const prom_onnx_constant *zeros = NULL;
    prom_dtype dtype = PROM_DTYPE_U8;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(check_quantiser(&known[BLOCK_SIZE], error));
    PROM_TRY(prom_onnx_check_real_type(&known[PRECISION], error));
    PROM_TRY(prom_onnx_reals_at(reader, &constant, node, 0, error));
    if (prom_onnx_has(node, 2)) {
        PROM_TRY(prom_onnx_constant_at(reader, &zeros, node, 2, error));
        dtype = zeros->tensor.dtype;
    }
    if (dtype != PROM_DTYPE_U8 && dtype != PROM_DTYPE_I8) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it makes %s values: int8 and uint8 are supported",
                         prom_dtype_name(dtype));
    }
    prom_onnx_constant result;
    void *elements = NULL;
    PROM_TRY(prom_onnx_new_constant(reader, &result, &elements, dtype, &constant->tensor.shape, error));
    prom_onnx_constant scaled = result;
    PROM_TRY(read_scales(reader, &scaled, node, known[AXIS].integer, error));
    const float low = dtype == PROM_DTYPE_I8 ? INT8_MIN : 0;
    const float high = dtype == PROM_DTYPE_I8 ? INT8_MAX : UINT8_MAX;
    for (size_t i = 0; i < result.tensor.count; i++) {
        const size_t scale = prom_onnx_scale_at(&scaled, i);
        const float whole = nearbyintf(prom_onnx_real(constant, i) / scaled.scales[scale]);
        const float stored = fmaxf(low, fminf(whole + (float)scaled.zeros[scale], high));
        ((uint8_t *)elements)[i] = (uint8_t)(int)stored;
    }
    return prom_onnx_give_constant(reader, node, &result, error);
}
