/* Add, Sub, Mul, Div, Sum, and what is done to each number by itself: Relu and its kin, Clip, Max and Min. */
#include <math.h>

#include "onnx/linear.h"
#include "onnx/operators.h"

/* The axes of an item along which a constant that is broadcast to it changes, as `first` to `last` of `affine`, with
 * the number of their places. */
static prom_result spread(prom_affine *affine, const prom_shape *item, const prom_shape *constant, prom_error *error)
{
    const size_t rank = item->rank + 1;
    bool fits = constant->rank <= rank;
    bool varies = false;
    *affine = (prom_affine){.count = 1};
    for (size_t i = 0; fits && i < constant->rank; i++) {
        const size_t size = constant->sizes[i];
        const size_t axis = rank - constant->rank + i; /* of the batch */
        fits = size == 1 || (axis > 0 && size == item->sizes[axis - 1]);
        if (fits && size > 1) {
            affine->first = varies ? affine->first : axis - 1;
            affine->last = axis - 1;
            varies = true;
        }
    }
    if (!fits) {
        char text[PROM_SHAPE_TEXT];
        char has[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "a constant of shape %s cannot be spread over %s: it must be the same for each item",
                         prom_shape_text(text, constant), prom_shape_batch_text(has, item));
    }
    for (size_t i = affine->first; varies && i <= affine->last; i++) {
        affine->count *= item->sizes[i];
    }
    return prom_ok();
}

/* The constant's element for place `at` of the axes along which it changes. */
static size_t spread_place(const prom_affine *affine, const prom_shape *item, const prom_shape *constant, size_t at)
{
    size_t place = 0;
    size_t stride = 1;
    for (size_t axis = affine->last + 1; affine->count > 1 && axis-- > affine->first;) {
        const size_t behind = item->rank - axis; /* axes from this one on */
        const size_t size = behind <= constant->rank ? constant->sizes[constant->rank - behind] : 1;
        const size_t step = at % item->sizes[axis];
        at /= item->sizes[axis];
        place += size > 1 ? step * stride : 0;
        stride *= size;
    }
    return place;
}

prom_result prom_onnx_build_arithmetic(prom_onnx_reader *reader, const prom_onnx_node *node, prom_build_value *value,
                                       const prom_onnx_constant *constant, char operation, bool constant_first,
                                       prom_error *error)
{
    const prom_shape *item = prom_build_shape(&reader->builder, value->index);
    prom_affine affine;
    float *numbers = NULL;
    float *signs = NULL;
    PROM_TRY(spread(&affine, item, &constant->tensor.shape, error));
    PROM_TRY_NEW(numbers, reader->folded, affine.count, error);
    for (size_t i = 0; i < affine.count; i++) {
        const float number = prom_onnx_real(constant, spread_place(&affine, item, &constant->tensor.shape, i));
        if (operation == 'D' && number == 0) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it divides by 0, at place %zu of its constant", i);
        }
        numbers[i] = operation == 'D' ? 1 / number : (operation == 'S' && !constant_first ? -number : number);
    }
    affine.factors = operation == 'M' || operation == 'D' ? numbers : NULL;
    affine.offsets = operation == 'A' || operation == 'S' ? numbers : NULL;
    if (operation == 'S' && constant_first) {
        PROM_TRY_NEW(signs, reader->folded, affine.count, error);
        for (size_t i = 0; i < affine.count; i++) {
            signs[i] = -1;
        }
        affine.factors = signs;
    }
    if (operation == 'D' && constant_first) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it divides a constant by what the network computes");
    }
    return prom_build_affine(&reader->builder, value, node->label.text, &affine, error);
}

prom_result prom_onnx_build_sum(prom_onnx_reader *reader, const prom_onnx_node *node, prom_build_value *value,
                                prom_build_value other, prom_error *error)
{
    prom_build_layer *layer = NULL;
    const prom_build_value both[] = {*value, other};
    PROM_TRY(prom_build_add(&reader->builder, &layer, node->label.text, both, 2, error));
    *value = (prom_build_value){layer->index, true};
    return prom_ok();
}

/* What has no axis gets none from a constant: beside one value for each item that has but one value and no more axes.
 */
static prom_result check_single(const prom_onnx_activation *input, const prom_onnx_constant *constant,
                                prom_error *error)
{
    return !input->single || (constant->tensor.count == 1 && constant->tensor.shape.rank <= 1)
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "it computes with one value for each item, without an axis: only a constant of a single "
                           "value is supported");
}

prom_result prom_onnx_arithmetic(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    const char operation = node->proto->op_type[0]; /* of Add, Sub, Mul or Div */
    bool is_constant[2];
    prom_onnx_activation input;
    prom_onnx_activation other;
    const prom_onnx_constant *constant = NULL;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    for (size_t i = 0; i < 2; i++) {
        PROM_TRY(prom_onnx_is_constant(reader, &is_constant[i], node, i, error));
    }
    PROM_TRY(prom_onnx_each_at(reader, &input, node, is_constant[0] ? 1 : 0, error));
    if (is_constant[0] || is_constant[1]) {
        PROM_TRY(prom_onnx_reals_at(reader, &constant, node, is_constant[0] ? 0 : 1, error));
        PROM_TRY(check_single(&input, constant, error));
        PROM_TRY(prom_onnx_build_arithmetic(reader, node, &input.value, constant, operation, is_constant[0], error));
    } else if (operation == 'A') {
        PROM_TRY(prom_onnx_each_at(reader, &other, node, 1, error));
        if (input.single != other.single) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "it adds one value for each item, without an axis, to items with axes");
        }
        PROM_TRY(prom_onnx_build_sum(reader, node, &input.value, other.value, error));
    } else {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it takes two values that the network computes: of those only an Add is supported, %s must "
                         "have a constant",
                         node->proto->op_type);
    }
    prom_onnx_give(reader, node, input);
    return prom_ok();
}

prom_result prom_onnx_sum(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_build_value value;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    PROM_TRY(prom_onnx_floats_at(reader, &value, node, 0, error));
    for (size_t i = 1; i < node->proto->n_input; i++) {
        prom_build_value other;
        PROM_TRY(prom_onnx_floats_at(reader, &other, node, i, error));
        PROM_TRY(prom_onnx_build_sum(reader, node, &value, other, error));
    }
    prom_onnx_give_floats(reader, node, value);
    return prom_ok();
}

prom_result prom_onnx_relu(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_activation input;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    PROM_TRY(prom_onnx_each_at(reader, &input, node, 0, error));
    PROM_TRY(prom_build_clamp(&reader->builder, &input.value, node->label.text, 0, INFINITY, error));
    prom_onnx_give(reader, node, input);
    return prom_ok();
}

/* The bound that operand `at` gives, or what it is where that is left out. */
static prom_result read_bound(prom_onnx_reader *reader, float *bound, const prom_onnx_node *node, size_t at,
                              prom_error *error)
{
    const prom_onnx_constant *constant = NULL;
    if (!prom_onnx_has(node, at)) {
        return prom_ok();
    }
    PROM_TRY(prom_onnx_reals_at(reader, &constant, node, at, error));
    if (constant->tensor.count != 1) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its bound is no single value");
    }
    *bound = prom_onnx_real(constant, 0);
    return prom_ok();
}

static prom_result clamp(prom_onnx_reader *reader, const prom_onnx_node *node, prom_onnx_activation *input, float low,
                         float high, prom_error *error)
{
    if (!(low <= 0) || !(high >= 0)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it clamps to [%g, %g]: only a range that holds 0 is supported", (double)low, (double)high);
    }
    PROM_TRY(prom_build_clamp(&reader->builder, &input->value, node->label.text, low, high, error));
    prom_onnx_give(reader, node, *input);
    return prom_ok();
}

prom_result prom_onnx_clip(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { LOW, HIGH };
    prom_onnx_attribute known[] = {{.name = "min", .kind = PROM_ONNX_FLOAT, .number = -INFINITY},
                                   {.name = "max", .kind = PROM_ONNX_FLOAT, .number = INFINITY}};
    prom_onnx_activation input;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_each_at(reader, &input, node, 0, error));
    for (size_t i = 0; i < 2; i++) {
        PROM_TRY(read_bound(reader, &known[i].number, node, i + 1, error));
    }
    return clamp(reader, node, &input, known[LOW].number, known[HIGH].number, error);
}

/* Max or Min of what the network computes and of single constants, which is a clamp. */
prom_result prom_onnx_bound(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    const bool is_max = prom_onnx_same(node->proto->op_type, "Max");
    float bound = is_max ? -INFINITY : INFINITY;
    size_t computed = 0;
    size_t at = 0;
    prom_onnx_activation input;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    for (size_t i = 0; i < node->proto->n_input; i++) {
        bool is_constant = false;
        float number = bound;
        PROM_TRY(prom_onnx_is_constant(reader, &is_constant, node, i, error));
        if (is_constant) {
            PROM_TRY(read_bound(reader, &number, node, i, error));
            bound = is_max ? fmaxf(bound, number) : fminf(bound, number);
        } else {
            computed++;
            at = i;
        }
    }
    if (computed != 1) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it takes %zu values that the network computes: %s is supported of one and of constants",
                         computed, node->proto->op_type);
    }
    PROM_TRY(prom_onnx_each_at(reader, &input, node, at, error));
    return clamp(reader, node, &input, is_max ? bound : -INFINITY, is_max ? INFINITY : bound, error);
}

prom_result prom_onnx_leaky_relu(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_attribute alpha = {.name = "alpha", .kind = PROM_ONNX_FLOAT, .number = 0.01F};
    prom_onnx_activation input;
    PROM_TRY(prom_onnx_attributes(&alpha, 1, node->proto, error));
    PROM_TRY(prom_onnx_each_at(reader, &input, node, 0, error));
    const prom_affine slopes = {.count = 1, .factors = &alpha.number};
    PROM_TRY(prom_build_leaky(&reader->builder, &input.value, node->label.text, &slopes, error));
    prom_onnx_give(reader, node, input);
    return prom_ok();
}

prom_result prom_onnx_prelu(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_activation input;
    const prom_onnx_constant *constant = NULL;
    prom_affine slopes;
    float *numbers = NULL;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    PROM_TRY(prom_onnx_each_at(reader, &input, node, 0, error));
    PROM_TRY(prom_onnx_reals_at(reader, &constant, node, 1, error));
    PROM_TRY(check_single(&input, constant, error));
    const prom_shape *item = prom_build_shape(&reader->builder, input.value.index);
    PROM_TRY(spread(&slopes, item, &constant->tensor.shape, error));
    PROM_TRY_NEW(numbers, reader->folded, slopes.count, error);
    for (size_t i = 0; i < slopes.count; i++) {
        numbers[i] = prom_onnx_real(constant, spread_place(&slopes, item, &constant->tensor.shape, i));
    }
    slopes.factors = numbers;
    PROM_TRY(prom_build_leaky(&reader->builder, &input.value, node->label.text, &slopes, error));
    prom_onnx_give(reader, node, input);
    return prom_ok();
}
