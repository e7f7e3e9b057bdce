/* What only moves values. */
#include <string.h>

#include "onnx/axes.h"
#include "onnx/fold.h"
#include "onnx/linear.h"
#include "onnx/operators.h"

/* The shape of a whole batch. */
static prom_shape with_batch(const prom_onnx_reader *reader, const prom_build_value *value)
{
    const prom_shape *item = prom_build_shape(&reader->builder, value->index);
    prom_shape shape = {.rank = item->rank + 1, .sizes = {1}};
    memcpy(shape.sizes + 1, item->sizes, item->rank * sizeof item->sizes[0]);
    return shape;
}

static prom_shape without_batch(const prom_shape *shape)
{
    prom_shape item = {.rank = shape->rank - 1};
    memcpy(item.sizes, shape->sizes + 1, item.rank * sizeof item.sizes[0]);
    return item;
}

prom_result prom_onnx_identity(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_activation input;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    PROM_TRY(prom_onnx_any_at(reader, &input, node, 0, error));
    prom_onnx_give(reader, node, input);
    return prom_ok();
}

prom_result prom_onnx_dropout(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_attribute known[] = {{.name = "ratio", .kind = PROM_ONNX_FLOAT},
                                   {.name = "seed", .kind = PROM_ONNX_INTEGER}};
    prom_onnx_activation input;
    const prom_onnx_constant *training = NULL;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_any_at(reader, &input, node, 0, error));
    if (prom_onnx_has(node, 2)) {
        PROM_TRY(prom_onnx_constant_at(reader, &training, node, 2, error));
        if (training->tensor.count != 1 || training->tensor.dtype != PROM_DTYPE_U8 ||
            prom_onnx_integer(training, 0) != 0) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "it is made for training: export the model for inference (model.eval())");
        }
    }
    prom_onnx_give(reader, node, input);
    return prom_ok();
}

static prom_result give_reshaped(prom_onnx_reader *reader, const prom_onnx_node *node, prom_onnx_activation input,
                                 const prom_shape *item, prom_error *error)
{
    if (item->rank >= PROM_RANK_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it leaves an item with %zu axes beside the batch: at most %u are supported", item->rank,
                         PROM_RANK_MAX - 1);
    }
    const prom_shape one = {1, {1}};
    input.single = item->rank == 0;
    PROM_TRY(prom_build_reshape(&reader->builder, &input.value, node->label.text, input.single ? &one : item, error));
    prom_onnx_give(reader, node, input);
    return prom_ok();
}

prom_result prom_onnx_flatten(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_attribute known[] = {{.name = "axis", .kind = PROM_ONNX_INTEGER, .integer = 1}};
    prom_onnx_activation input;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_activation_at(reader, &input, node, 0, error));
    prom_shape shape = with_batch(reader, &input.value);
    if (known[0].integer != 1 && known[0].integer != 1 - (int64_t)shape.rank) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "axis %lld is not supported: the batch must stay apart, axis 1", (long long)known[0].integer);
    }
    prom_shape item = {1, {1}};
    for (size_t i = 1; i < shape.rank; i++) {
        item.sizes[0] *= shape.sizes[i];
    }
    return give_reshaped(reader, node, input, &item, error);
}

/* The batch stands first in the target: as what it is, copied by a 0, or left over by a -1. */
static bool keeps_batch(const prom_onnx_reader *reader, const prom_onnx_constant *target, bool allows_zero)
{
    if (target->tensor.count == 0 || target->batch > 1) {
        return false;
    }
    const int64_t first = prom_onnx_integer(target, 0);
    return target->batch == 1 || first == -1 || (first == 0 && !allows_zero) ||
           (reader->batch != 0 && first == (int64_t)reader->batch);
}

prom_result prom_onnx_reshape(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_attribute known[] = {{.name = "allowzero", .kind = PROM_ONNX_INTEGER}};
    prom_onnx_activation input;
    const prom_onnx_constant *target = NULL;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_activation_at(reader, &input, node, 0, error));
    PROM_TRY(prom_onnx_list_at(reader, &target, node, 1, error));
    prom_shape shape = with_batch(reader, &input.value);
    if (target->tensor.count > PROM_RANK_MAX || !keeps_batch(reader, target, known[0].integer != 0)) {
        char text[PROM_SHAPE_TEXT];
        const prom_shape item = without_batch(&shape);
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "its target shape does not keep the batch of %s first: the items must stay apart",
                         prom_shape_batch_text(text, &item));
    }
    /* With a batch of 1 in its place the rest is what it makes of an item. A -1 there leaves nothing over for others.
     */
    int64_t sizes[PROM_RANK_MAX] = {1};
    const bool first_open = target->batch == 0 && prom_onnx_integer(target, 0) == -1;
    for (size_t i = 1; i < target->tensor.count; i++) {
        sizes[i] = prom_onnx_integer(target, i);
        sizes[i] = first_open && sizes[i] == -1 ? INT64_MIN : sizes[i];
    }
    const prom_onnx_constant single = {
        .tensor = {.dtype = PROM_DTYPE_I64, .count = target->tensor.count, .data = sizes}};
    if (!prom_onnx_reshaped(&shape, &single, known[0].integer != 0)) {
        char text[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "its target shape does not fit %s: it must keep the number of values of an item",
                         prom_shape_batch_text(text, prom_build_shape(&reader->builder, input.value.index)));
    }
    const prom_shape item = without_batch(&shape);
    return give_reshaped(reader, node, input, &item, error);
}

static prom_result change_axes(prom_onnx_reader *reader, const prom_onnx_node *node, bool added, prom_error *error)
{
    prom_onnx_attribute known[] = {{.name = "axes", .kind = PROM_ONNX_INTEGERS}};
    prom_onnx_activation input;
    prom_onnx_axes axes;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_activation_at(reader, &input, node, 0, error));
    prom_shape shape = with_batch(reader, &input.value);
    PROM_TRY(prom_onnx_axes_of(reader, &axes, node, known, shape.rank, added, error));
    /* Whether all axes of size 1 are to go depends on the batch, where that is one of them. */
    if ((axes.set & 1) != 0 || (!axes.given && (added || reader->batch == 1))) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its axes do not leave the batch where it is, first");
    }
    if (added) {
        prom_onnx_unsqueezed(&shape, &axes);
    } else {
        shape.sizes[0] = 2; /* anything that is not left out */
        PROM_TRY(prom_onnx_squeezed(&shape, &axes, error));
    }
    const prom_shape item = without_batch(&shape);
    return give_reshaped(reader, node, input, &item, error);
}

prom_result prom_onnx_squeeze(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    return change_axes(reader, node, false, error);
}

prom_result prom_onnx_unsqueeze(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    return change_axes(reader, node, true, error);
}

prom_result prom_onnx_transpose(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_attribute known[] = {{.name = "perm", .kind = PROM_ONNX_INTEGERS}};
    prom_onnx_activation input;
    uint8_t permutation[PROM_RANK_MAX];
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_activation_at(reader, &input, node, 0, error));
    const size_t rank = prom_build_shape(&reader->builder, input.value.index)->rank + 1;
    PROM_TRY(prom_onnx_permutation(permutation, known, rank, error));
    if (permutation[0] != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its perm does not leave the batch where it is, first");
    }
    bool moves = false;
    for (size_t i = 0; i + 1 < rank; i++) {
        permutation[i] = (uint8_t)(permutation[i + 1] - 1);
        moves = moves || permutation[i] != i;
    }
    if (moves) {
        prom_build_layer *layer = NULL;
        PROM_TRY(prom_build_transpose(&reader->builder, &layer, node->label.text, input.value, permutation, error));
        input.value = (prom_build_value){layer->index, true};
    }
    prom_onnx_give(reader, node, input);
    return prom_ok();
}

/* Integers that are joined must have one scale and zero point, for what comes out has but one. */
static prom_result check_alike(const prom_onnx_reader *reader, const prom_onnx_activation *first,
                               const prom_onnx_activation *other, prom_error *error)
{
    const prom_quantisation a = prom_build_quantisation(&reader->builder, first->value.index);
    const prom_quantisation b = prom_build_quantisation(&reader->builder, other->value.index);
    const bool alike = first->stored == other->stored &&
                       (!first->stored || (first->dtype == other->dtype && prom_quantisation_equal(&a, &b)));
    return alike ? prom_ok()
                 : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "it joins integers of different scales, zero points or types: DequantizeLinear nodes "
                             "should stand before it");
}

prom_result prom_onnx_build_concat(prom_onnx_reader *reader, const prom_onnx_node *node, prom_build_value *values,
                                   size_t count, int64_t given_axis, prom_error *error)
{
    size_t axis = 0;
    PROM_TRY(prom_onnx_axis(&axis, given_axis, prom_build_shape(&reader->builder, values[0].index)->rank + 1, error));
    if (axis == 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it joins along the batch: the items must stay apart");
    }
    if (count > 1) {
        prom_build_layer *layer = NULL;
        PROM_TRY(prom_build_concat(&reader->builder, &layer, node->label.text, values, count, axis - 1, error));
        values[0] = (prom_build_value){layer->index, true};
    }
    return prom_ok();
}

prom_result prom_onnx_concat(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_attribute known[] = {{.name = "axis", .kind = PROM_ONNX_INTEGER}};
    prom_build_value *values = NULL;
    prom_onnx_activation first = {.stored = false};
    const size_t count = node->proto->n_input;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY_NEW(values, reader->scratch, count, error);
    for (size_t i = 0; i < count; i++) {
        prom_onnx_activation other;
        PROM_TRY(prom_onnx_activation_at(reader, &other, node, i, error));
        first = i == 0 ? other : first;
        values[i] = other.value;
        PROM_TRY(check_alike(reader, &first, &other, error));
    }
    PROM_TRY(prom_onnx_build_concat(reader, node, values, count, known[0].integer, error));
    first.value = values[0];
    prom_onnx_give(reader, node, first);
    return prom_ok();
}
