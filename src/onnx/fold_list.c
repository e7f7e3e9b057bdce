/* Lists of integers, as exporters compute them to say what shape a Reshape makes. The size of the batch may be among
 * them; nothing can be computed with it, but it keeps its place. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "onnx/axes.h"
#include "onnx/fold.h"
#include "onnx/operators.h"

enum { DIMENSION_MAX = INT32_MAX }; /* of a dimension of what ConstantOfShape makes */

/* A list, or a single value, that is being made. */
typedef struct new_list {
    prom_onnx_constant constant;
    int64_t *elements;
} new_list;

static prom_result start_list(prom_onnx_reader *reader, new_list *list, const prom_shape *shape, prom_error *error)
{
    void *elements = NULL;
    PROM_TRY(prom_onnx_new_constant(reader, &list->constant, &elements, PROM_DTYPE_I64, shape, error));
    list->elements = elements;
    return prom_ok();
}

bool prom_onnx_is_batch(const prom_onnx_constant *list, size_t at)
{
    return at < PROM_ONNX_BATCH_PLACES && (list->batch >> at & 1) != 0;
}

static prom_result set_batch(new_list *list, size_t at, prom_error *error)
{
    if (at >= PROM_ONNX_BATCH_PLACES) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the size of the batch stands at place %zu of a list", at);
    }
    list->constant.batch |= UINT64_C(1) << at;
    return prom_ok();
}

/* Element `from` of `list` becomes element `at`. */
static prom_result take(new_list *made, size_t at, const prom_onnx_constant *list, size_t from, prom_error *error)
{
    made->elements[at] = prom_onnx_integer(list, from);
    return prom_onnx_is_batch(list, from) ? set_batch(made, at, error) : prom_ok();
}

prom_result prom_onnx_part_of_shape(size_t *first, size_t *end, const prom_onnx_node *node, size_t rank,
                                    prom_error *error)
{
    enum { START, END };
    const int64_t axes = (int64_t)rank;
    prom_onnx_attribute known[] = {{.name = "start", .kind = PROM_ONNX_INTEGER},
                                   {.name = "end", .kind = PROM_ONNX_INTEGER, .integer = INT64_MAX}};
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    int64_t ends[] = {known[START].integer, known[END].integer};
    for (size_t i = 0; i < 2; i++) {
        ends[i] = ends[i] < 0 ? (ends[i] < -axes ? 0 : ends[i] + axes) : (ends[i] > axes ? axes : ends[i]);
    }
    *first = (size_t)ends[START];
    *end = (size_t)(ends[END] > ends[START] ? ends[END] : ends[START]);
    return prom_ok();
}

prom_result prom_onnx_shape(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_activation input;
    new_list list;
    size_t first = 0;
    size_t end = 0;
    PROM_TRY(prom_onnx_activation_at(reader, &input, node, 0, error));
    const prom_shape *item = prom_build_shape(&reader->builder, input.value.index);
    PROM_TRY(prom_onnx_part_of_shape(&first, &end, node, item->rank + 1, error));
    PROM_TRY(start_list(reader, &list, &(prom_shape){1, {end - first}}, error));
    for (size_t axis = first; axis < end; axis++) {
        list.elements[axis - first] = (int64_t)(axis == 0 ? reader->batch : item->sizes[axis - 1]);
        if (axis == 0) {
            PROM_TRY(set_batch(&list, 0, error));
        }
    }
    return prom_onnx_give_constant(reader, node, &list.constant, error);
}

prom_result prom_onnx_gather(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_attribute known[] = {{.name = "axis", .kind = PROM_ONNX_INTEGER}};
    const prom_onnx_constant *data = NULL;
    const prom_onnx_constant *places = NULL;
    new_list list;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_list_at(reader, &data, node, 0, error));
    PROM_TRY(prom_onnx_list_at(reader, &places, node, 1, error));
    size_t axis = 0;
    PROM_TRY(prom_onnx_axis(&axis, known[0].integer, data->tensor.shape.rank, error));
    PROM_TRY(start_list(reader, &list, &places->tensor.shape, error));
    for (size_t i = 0; i < places->tensor.count; i++) {
        size_t place = 0;
        PROM_TRY(prom_within(prom_onnx_axis(&place, prom_onnx_integer(places, i), data->tensor.count, error), error,
                             "the place that it gathers"));
        PROM_TRY(take(&list, i, data, place, error));
    }
    return prom_onnx_give_constant(reader, node, &list.constant, error);
}

/* The one number of the attribute, which is where a Slice has it up to operator set 9, or of operand `at`; what it is
 * where both are left out. */
static prom_result single_at(prom_onnx_reader *reader, int64_t *number, const prom_onnx_node *node, size_t at,
                             const prom_onnx_attribute *attribute, prom_error *error)
{
    const prom_onnx_constant *list = NULL;
    if (!attribute->given && !prom_onnx_has(node, at)) {
        return prom_ok();
    }
    if (!attribute->given) {
        PROM_TRY(prom_onnx_list_at(reader, &list, node, at, error));
    }
    if (list != NULL ? list->tensor.count != 1 || list->batch != 0 : attribute->count != 1) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a Slice is supported along one axis, by numbers that are known");
    }
    *number = list != NULL ? prom_onnx_integer(list, 0) : attribute->integers[0];
    return prom_ok();
}

static int64_t within(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : (value > high ? high : value);
}

/* The places along an axis that a Slice takes: `count` of them from `start` on, `step` apart. */
typedef struct slice_places {
    int64_t start;
    int64_t step;
    size_t count;
} slice_places;

/* ONNX, Slice: what is negative counts from the end, and all is clamped to the axis. */
static slice_places places_of(int64_t start, int64_t end, int64_t given_step, int64_t size)
{
    const bool forward = given_step > 0;
    const int64_t first =
        within(start < 0 ? within(start, -size - 1, -1) + size : start, forward ? 0 : -1, forward ? size : size - 1);
    const int64_t last = within(end < 0 ? within(end, -size - 1, -1) + size : end, forward ? 0 : -1, size);
    const int64_t step = within(given_step, -size - 1, size + 1);
    const int64_t span = forward ? last - first : first - last;
    const int64_t pace = forward ? step : -step;
    return (slice_places){first, step, span > 0 ? (size_t)((span + pace - 1) / pace) : 0};
}

prom_result prom_onnx_slice(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { START, END, AXIS, STEP, NUMBERS };
    int64_t numbers[NUMBERS] = {[STEP] = 1};
    prom_onnx_attribute known[NUMBERS] = {[START] = {.name = "starts", .kind = PROM_ONNX_INTEGERS},
                                          [END] = {.name = "ends", .kind = PROM_ONNX_INTEGERS},
                                          [AXIS] = {.name = "axes", .kind = PROM_ONNX_INTEGERS},
                                          [STEP] = {.name = "", .kind = PROM_ONNX_INTEGERS}};
    const prom_onnx_constant *data = NULL;
    new_list list;
    size_t axis = 0;
    PROM_TRY(prom_onnx_attributes(known, STEP, node->proto, error));
    PROM_TRY(prom_onnx_constant_at(reader, &data, node, 0, error));
    for (size_t i = 0; i < NUMBERS; i++) {
        if (i <= END && !known[i].given && !prom_onnx_has(node, i + 1)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it does not say where it starts and ends");
        }
        PROM_TRY(single_at(reader, &numbers[i], node, i + 1, &known[i], error));
    }
    if (prom_onnx_is_real(data) || numbers[STEP] == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "only integers are sliced, by a step that is not 0");
    }
    prom_shape shape = data->tensor.shape;
    PROM_TRY(prom_onnx_axis(&axis, numbers[AXIS], shape.rank, error));
    const size_t size = shape.sizes[axis];
    size_t inner = 1;
    for (size_t i = axis + 1; i < shape.rank; i++) {
        inner *= shape.sizes[i];
    }
    const slice_places places = places_of(numbers[START], numbers[END], numbers[STEP], (int64_t)size);
    shape.sizes[axis] = places.count;
    PROM_TRY(start_list(reader, &list, &shape, error));
    for (size_t i = 0; i < list.constant.tensor.count; i++) {
        const size_t row = i / inner;
        const size_t place = (size_t)(places.start + (int64_t)(row % places.count) * places.step);
        PROM_TRY(take(&list, i, data, (row / places.count * size + place) * inner + i % inner, error));
    }
    return prom_onnx_give_constant(reader, node, &list.constant, error);
}

prom_result prom_onnx_concat_lists(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_attribute known[] = {{.name = "axis", .kind = PROM_ONNX_INTEGER}};
    const prom_onnx_constant *from = NULL;
    new_list list;
    size_t count = 0;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    for (size_t i = 0; i < node->proto->n_input; i++) {
        size_t axis = 0;
        PROM_TRY(prom_onnx_list_at(reader, &from, node, i, error));
        PROM_TRY(prom_onnx_axis(&axis, known[0].integer, from->tensor.shape.rank, error));
        count += from->tensor.count; /* as many as the file has bytes, for each of its operands at most */
    }
    PROM_TRY(start_list(reader, &list, &(prom_shape){1, {count}}, error));
    for (size_t i = 0, at = 0; i < node->proto->n_input; i++) {
        PROM_TRY(prom_onnx_list_at(reader, &from, node, i, error));
        for (size_t e = 0; e < from->tensor.count; e++) {
            PROM_TRY(take(&list, at++, from, e, error));
        }
    }
    return prom_onnx_give_constant(reader, node, &list.constant, error);
}

/* One of two, as the condition says for each element; the size of the batch may be chosen. */
prom_result prom_onnx_where(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { CONDITION, YES, NO, SIDES };
    const prom_onnx_constant *sides[SIDES] = {NULL};
    new_list list;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    PROM_TRY(prom_onnx_constant_at(reader, &sides[CONDITION], node, CONDITION, error));
    PROM_TRY(prom_onnx_list_at(reader, &sides[YES], node, YES, error));
    PROM_TRY(prom_onnx_list_at(reader, &sides[NO], node, NO, error));
    const prom_shape *shape = &sides[CONDITION]->tensor.shape;
    bool fits = !prom_onnx_is_real(sides[CONDITION]) && sides[CONDITION]->batch == 0;
    for (size_t i = YES; i < SIDES; i++) {
        const prom_shape *other = &sides[i]->tensor.shape;
        size_t count = 0;
        const bool is_single = prom_shape_count(&count, shape) && count == 1;
        fits = fits && (is_single || sides[i]->tensor.count == 1 || prom_shape_equal(shape, other));
        shape = is_single && (sides[i]->tensor.count != 1 || other->rank > shape->rank) ? other : shape;
    }
    if (!fits) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it chooses between constants of different shapes, or by other than truth values");
    }
    PROM_TRY(start_list(reader, &list, shape, error));
    for (size_t i = 0; i < list.constant.tensor.count; i++) {
        const size_t asked = sides[CONDITION]->tensor.count == 1 ? 0 : i;
        const prom_onnx_constant *side = sides[prom_onnx_integer(sides[CONDITION], asked) != 0 ? YES : NO];
        PROM_TRY(take(&list, i, side, side->tensor.count == 1 ? 0 : i, error));
    }
    return prom_onnx_give_constant(reader, node, &list.constant, error);
}

/* -- Other types -- */

/* What a Cast makes: integers, of which this program has but one width for computing, or floats. */
static prom_result cast_target(bool *to_float, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_attribute known[] = {{.name = "to", .kind = PROM_ONNX_INTEGER},
                                   {.name = "saturate", .kind = PROM_ONNX_INTEGER, .integer = 1},
                                   {.name = "round_mode", .kind = PROM_ONNX_STRING}}; /* for float8 */
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    *to_float = known[0].integer == PROM_ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    if (!*to_float && known[0].integer != PROM_ONNX__TENSOR_PROTO__DATA_TYPE__INT64 &&
        known[0].integer != PROM_ONNX__TENSOR_PROTO__DATA_TYPE__INT32) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a Cast to %s is not supported",
                         prom_onnx_type_name((int32_t)within(known[0].integer, -1, INT32_MAX)));
    }
    return prom_ok();
}

prom_result prom_onnx_cast(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    bool to_float = false;
    prom_onnx_activation input;
    PROM_TRY(cast_target(&to_float, node, error));
    PROM_TRY(prom_onnx_each_at(reader, &input, node, 0, error));
    if (!to_float) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a Cast to integers is supported for constants only");
    }
    prom_onnx_give(reader, node, input);
    return prom_ok();
}

prom_result prom_onnx_cast_constant(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    bool to_float = false;
    const prom_onnx_constant *from = NULL;
    PROM_TRY(cast_target(&to_float, node, error));
    PROM_TRY(prom_onnx_constant_at(reader, &from, node, 0, error));
    const bool is_float = prom_onnx_is_real(from);
    if (is_float && to_float) {
        return prom_onnx_give_constant(reader, node, from, error);
    }
    if (to_float && from->batch != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it computes with the size of the batch");
    }
    prom_onnx_constant made;
    void *elements = NULL;
    PROM_TRY((from->filled ? prom_onnx_new_filled : prom_onnx_new_constant)(
        reader, &made, &elements, to_float ? PROM_DTYPE_F32 : PROM_DTYPE_I64, &from->tensor.shape, error));
    made.batch = from->batch;
    for (size_t i = 0; i < (from->filled ? 1 : made.tensor.count); i++) {
        if (to_float) {
            ((float *)elements)[i] = (float)prom_onnx_integer(from, i);
            continue;
        }
        const float real = is_float ? prom_onnx_real(from, i) : 0;
        if (!(fabsf(real) < 0x1p31F)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "element %zu is no small integer", i);
        }
        ((int64_t *)elements)[i] = is_float ? (int64_t)real : prom_onnx_integer(from, i);
    }
    return prom_onnx_give_constant(reader, node, &made, error);
}

prom_result prom_onnx_constant_of_shape(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_attribute known[] = {{.name = "value", .kind = PROM_ONNX_TENSOR}};
    const prom_onnx_constant *sizes = NULL;
    prom_onnx_constant value = {.tensor = {.dtype = PROM_DTYPE_F32, .count = 1}};
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_list_at(reader, &sizes, node, 0, error));
    if (known[0].given) {
        PROM_TRY(prom_within(prom_onnx_constant_read(reader->folded, &value, known[0].tensor, NULL, error), error,
                             "its value"));
    }
    prom_shape shape = {.rank = sizes->tensor.count <= PROM_RANK_MAX ? sizes->tensor.count : 0};
    bool fits = sizes->tensor.count <= PROM_RANK_MAX && sizes->batch == 0 && value.tensor.count == 1;
    for (size_t i = 0; i < shape.rank; i++) {
        const int64_t size = prom_onnx_integer(sizes, i);
        fits = fits && size >= 0 && size <= DIMENSION_MAX;
        shape.sizes[i] = fits ? (size_t)size : 0;
    }
    if (!fits) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it must make a constant of at most %u dimensions, all of one value, whatever the batch",
                         PROM_RANK_MAX);
    }
    prom_onnx_constant made;
    void *elements = NULL;
    PROM_TRY(prom_onnx_new_filled(reader, &made, &elements, value.tensor.dtype, &shape, error));
    if (value.tensor.data != NULL) {
        memcpy(elements, value.tensor.data, prom_dtype_width(value.tensor.dtype));
    }
    return prom_onnx_give_constant(reader, node, &made, error);
}

/* -- Arithmetic -- */

static bool compute_integer(int64_t *result, char operation, int64_t a, int64_t b)
{
    switch (operation) {
    case 'A':
        return !__builtin_add_overflow(a, b, result);
    case 'S':
        return !__builtin_sub_overflow(a, b, result);
    case 'M':
        return !__builtin_mul_overflow(a, b, result);
    default:
        *result = b != 0 && !(a == INT64_MIN && b == -1) ? a / b : 0;
        return b != 0 && !(a == INT64_MIN && b == -1);
    }
}

static float compute_real(char operation, float a, float b)
{
    switch (operation) {
    case 'A':
        return a + b;
    case 'S':
        return a - b;
    case 'M':
        return a * b;
    default:
        return a / b;
    }
}

prom_result prom_onnx_check_batch(const prom_onnx_reader *reader, const prom_onnx_constant *constant, prom_error *error)
{
    return constant->batch == 0 || reader->batch != 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "it computes with the size of the batch: each item must stand for itself");
}

prom_result prom_onnx_compute(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    const prom_onnx_constant *sides[2] = {NULL, NULL};
    const char operation = node->proto->op_type[0]; /* of Add, Sub, Mul or Div */
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    for (size_t i = 0; i < 2; i++) {
        PROM_TRY(prom_onnx_constant_at(reader, &sides[i], node, i, error));
        PROM_TRY(prom_onnx_check_batch(reader, sides[i], error));
    }
    const bool is_real = prom_onnx_is_real(sides[0]);
    const prom_tensor *larger = &sides[0]->tensor;
    if (larger->count == 1 && (sides[1]->tensor.count != 1 || sides[1]->tensor.shape.rank > larger->shape.rank)) {
        larger = &sides[1]->tensor;
    }
    if (is_real != prom_onnx_is_real(sides[1]) ||
        (sides[0]->tensor.count != 1 && sides[1]->tensor.count != 1 &&
         !prom_shape_equal(&sides[0]->tensor.shape, &sides[1]->tensor.shape))) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "constants of different types or shapes: one must be a single value, or both of one shape");
    }
    prom_onnx_constant made;
    void *elements = NULL;
    const bool filled =
        (sides[0]->filled || sides[0]->tensor.count == 1) && (sides[1]->filled || sides[1]->tensor.count == 1);
    PROM_TRY((filled ? prom_onnx_new_filled : prom_onnx_new_constant)(
        reader, &made, &elements, is_real ? PROM_DTYPE_F32 : PROM_DTYPE_I64, &larger->shape, error));
    for (size_t i = 0; i < (filled ? 1 : made.tensor.count); i++) {
        const size_t a = sides[0]->tensor.count == 1 ? 0 : i;
        const size_t b = sides[1]->tensor.count == 1 ? 0 : i;
        if (is_real) {
            ((float *)elements)[i] = compute_real(operation, prom_onnx_real(sides[0], a), prom_onnx_real(sides[1], b));
        } else if (!compute_integer((int64_t *)elements + i, operation, prom_onnx_integer(sides[0], a),
                                    prom_onnx_integer(sides[1], b))) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "element %zu leaves 64 bits, or is divided by 0", i);
        }
    }
    return prom_onnx_give_constant(reader, node, &made, error);
}
