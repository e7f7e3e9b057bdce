#include "onnx/axes.h"

prom_result prom_onnx_axis(size_t *axis, int64_t given, size_t rank, prom_error *error)
{
    const int64_t axes = (int64_t)rank;
    *axis = 0;
    if (given < -axes || given >= axes) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "axis %lld is none of its input's %zu", (long long)given,
                         rank);
    }
    *axis = (size_t)(given < 0 ? given + axes : given);
    return prom_ok();
}

static prom_result add_axis(prom_onnx_axes *axes, int64_t given, size_t rank, prom_error *error)
{
    size_t axis = 0;
    PROM_TRY(prom_onnx_axis(&axis, given, rank, error));
    if ((axes->set & 1U << axis) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "axis %lld is given twice", (long long)given);
    }
    axes->set |= 1U << axis;
    axes->count++;
    return prom_ok();
}

prom_result prom_onnx_axes_of(prom_onnx_reader *reader, prom_onnx_axes *axes, const prom_onnx_node *node,
                              const prom_onnx_attribute *attribute, size_t rank, bool added, prom_error *error)
{
    const prom_onnx_constant *list = NULL;
    *axes = (prom_onnx_axes){.given = attribute->given};
    if (!attribute->given && prom_onnx_has(node, 1)) {
        PROM_TRY(prom_onnx_list_at(reader, &list, node, 1, error));
        axes->given = true;
    }
    const size_t count = list != NULL ? list->tensor.count : attribute->count;
    if (count > PROM_RANK_MAX || (added && rank + count > PROM_RANK_MAX)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it names %zu axes, or makes more than %u", count,
                         PROM_RANK_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        const int64_t axis = list != NULL ? prom_onnx_integer(list, i) : attribute->integers[i];
        PROM_TRY(add_axis(axes, axis, added ? rank + count : rank, error));
    }
    return prom_ok();
}

prom_result prom_onnx_squeezed(prom_shape *shape, const prom_onnx_axes *axes, prom_error *error)
{
    const prom_shape from = *shape;
    shape->rank = 0;
    for (size_t i = 0; i < from.rank; i++) {
        const bool chosen = (axes->set & 1U << i) != 0;
        if (chosen && from.sizes[i] != 1) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "axis %zu has the size %zu: it cannot be left out", i,
                             from.sizes[i]);
        }
        if (!chosen && (axes->given || from.sizes[i] != 1)) {
            shape->sizes[shape->rank++] = from.sizes[i];
        }
    }
    return prom_ok();
}

void prom_onnx_unsqueezed(prom_shape *shape, const prom_onnx_axes *axes)
{
    const prom_shape from = *shape;
    shape->rank = from.rank + axes->count;
    for (size_t i = 0, taken = 0; i < shape->rank; i++) {
        shape->sizes[i] = (axes->set & 1U << i) != 0 ? 1 : from.sizes[taken++];
    }
}

prom_result prom_onnx_permutation(uint8_t *permutation, const prom_onnx_attribute *attribute, size_t rank,
                                  prom_error *error)
{
    unsigned seen = 0;
    for (size_t i = 0; i < rank; i++) {
        permutation[i] = (uint8_t)(rank - 1 - i);
    }
    if (!attribute->given) {
        return prom_ok();
    }
    for (size_t i = 0; i < rank && attribute->count == rank; i++) {
        const int64_t axis = attribute->integers[i];
        permutation[i] = (uint8_t)(axis >= 0 && axis < (int64_t)rank ? axis : 0);
        seen |= axis >= 0 && axis < (int64_t)rank ? 1U << axis : 0;
    }
    if (attribute->count != rank || seen != (1U << rank) - 1) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "perm is no permutation of its input's %zu axes", rank);
    }
    return prom_ok();
}
