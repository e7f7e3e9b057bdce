/* Windows over images: their attributes, the pools, and Pad. */
#include "onnx/axes.h"
#include "onnx/linear.h"
#include "onnx/operators.h"

enum {
    CHANNEL_AXIS = 0,
    HEIGHT_AXIS = 1,
    IMAGE_RANK = 3,
    NUMBER_MAX = 1 << 24, /* of strides and the like: more than any image has */
};

static const prom_window_axis one_place = {1, 1, 1, 0, 0};

prom_result prom_onnx_image(prom_onnx_reader *reader, const prom_onnx_node *node, prom_build_value *value, size_t *axes,
                            prom_error *error)
{
    const prom_shape shape = *prom_build_shape(&reader->builder, value->index);
    *axes = shape.rank - 1;
    if (shape.rank != IMAGE_RANK && shape.rank != IMAGE_RANK - 1) {
        char text[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it gets %s: one or two axes behind batch and channels are supported",
                         prom_shape_batch_text(text, &shape));
    }
    const prom_shape image = {IMAGE_RANK, {shape.sizes[0], *axes == 2 ? shape.sizes[1] : 1, shape.sizes[*axes]}};
    return prom_build_reshape(&reader->builder, value, node->label.text, &image, error);
}

prom_result prom_onnx_from_image(prom_onnx_reader *reader, const prom_onnx_node *node, prom_build_value *value,
                                 size_t axes, prom_error *error)
{
    const prom_shape *image = prom_build_shape(&reader->builder, value->index);
    const prom_shape list = {IMAGE_RANK - 1, {image->sizes[0], image->sizes[2]}};
    return axes == 2 ? prom_ok() : prom_build_reshape(&reader->builder, value, node->label.text, &list, error);
}

/* -- Attributes -- */

/* Element `at` of a list of `count` numbers from `least` on, or what it is where the list is not given. */
static prom_result read_number(uint32_t *number, const prom_onnx_attribute *list, size_t at, size_t count,
                               int64_t least, prom_error *error)
{
    if (!list->given) {
        return prom_ok();
    }
    if (list->count != count) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s has %zu numbers, it should have %zu", list->name,
                         list->count, count);
    }
    const int64_t value = list->integers[at];
    if (value < least || value > NUMBER_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s has the number %lld; %lld to %d are supported", list->name,
                         (long long)value, (long long)least, NUMBER_MAX);
    }
    *number = (uint32_t)value;
    return prom_ok();
}

/* SAME_UPPER and SAME_LOWER: as many windows as strides fit, with an odd pad at that end. */
static void pad_same(prom_window_axis *axis, size_t size, bool upper)
{
    const uint64_t windows = (size + axis->stride - 1) / axis->stride;
    const uint64_t covered = (windows - 1) * axis->stride + (uint64_t)(axis->kernel - 1) * axis->dilation + 1;
    const uint64_t pads = covered > size ? covered - size : 0;
    const uint64_t smaller = pads / 2;
    axis->pad_before = (uint32_t)(upper ? smaller : pads - smaller);
    axis->pad_after = (uint32_t)(upper ? pads - smaller : smaller);
}

static prom_result read_axis(prom_window_axis *axis, const prom_onnx_attribute *known, size_t at, size_t axes,
                             size_t size, prom_error *error)
{
    const prom_onnx_attribute *automatic = &known[PROM_ONNX_AUTO_PAD];
    PROM_TRY(read_number(&axis->kernel, &known[PROM_ONNX_KERNEL], at, axes, 1, error));
    PROM_TRY(read_number(&axis->stride, &known[PROM_ONNX_STRIDES], at, axes, 1, error));
    PROM_TRY(read_number(&axis->dilation, &known[PROM_ONNX_DILATIONS], at, axes, 1, error));
    if ((uint64_t)axis->dilation * (axis->kernel - 1) > NUMBER_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its window is larger than any image");
    }
    if (prom_onnx_says(automatic, "SAME_UPPER") || prom_onnx_says(automatic, "SAME_LOWER")) {
        pad_same(axis, size, prom_onnx_says(automatic, "SAME_UPPER"));
        return prom_ok();
    }
    if (prom_onnx_says(automatic, "VALID")) {
        return prom_ok();
    }
    if (automatic->given && !prom_onnx_says(automatic, "NOTSET")) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "auto_pad is none of NOTSET, VALID, SAME_UPPER and SAME_LOWER");
    }
    PROM_TRY(read_number(&axis->pad_before, &known[PROM_ONNX_PADS], at, 2 * axes, 0, error));
    return read_number(&axis->pad_after, &known[PROM_ONNX_PADS], axes + at, 2 * axes, 0, error);
}

prom_result prom_onnx_window(prom_window *window, const prom_onnx_attribute *known, size_t axes,
                             const prom_shape *shape, const size_t *kernel, prom_error *error)
{
    *window = (prom_window){{one_place, one_place}};
    if (kernel == NULL && !known[PROM_ONNX_KERNEL].given) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it has no kernel_shape");
    }
    for (size_t i = 0; i < axes; i++) {
        const size_t place = PROM_WINDOW_AXES - axes + i;
        prom_window_axis *axis = &window->axes[place];
        if (kernel != NULL && kernel[i] <= NUMBER_MAX) {
            axis->kernel = (uint32_t)kernel[i];
        }
        PROM_TRY(read_axis(axis, known, i, axes, shape->sizes[HEIGHT_AXIS + place], error));
        if (kernel != NULL && axis->kernel != kernel[i]) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its kernel_shape is not that of its weights");
        }
    }
    return prom_ok();
}

/* -- Pools -- */

/* With ceil_mode a last window that hangs over the end counts, if it starts before what is padded behind, and so does
 * the only window of an image that is smaller than it by less than a stride: what is missing is padded too. Returns the
 * places so added. */
static uint32_t round_up(prom_window_axis *axis, size_t size)
{
    const uint64_t reach = (uint64_t)axis->dilation * (axis->kernel - 1) + 1;
    const uint64_t padded = (uint64_t)size + axis->pad_before + axis->pad_after;
    if (padded < reach && reach - padded >= axis->stride) {
        return 0;
    }
    uint64_t windows = (padded + axis->stride - 1 - reach) / axis->stride + 1; /* never below 0: see above */
    if (windows > 1 && (windows - 1) * axis->stride >= (uint64_t)size + axis->pad_before) {
        windows--;
    }
    const uint64_t covered = (windows - 1) * axis->stride + reach;
    const uint32_t added = covered > padded ? (uint32_t)(covered - padded) : 0;
    axis->pad_after += added;
    return added;
}

static prom_result build_pool(prom_onnx_reader *reader, const prom_onnx_node *node, prom_build_value *value,
                              prom_layer_kind kind, const prom_window *window, bool counts_padding, prom_error *error)
{
    prom_build_layer *layer = NULL;
    PROM_TRY(prom_build_pool(&reader->builder, &layer, node->label.text, *value, kind, window, error));
    layer->layer.counts_padding = counts_padding;
    *value = (prom_build_value){layer->index, true};
    return prom_ok();
}

prom_result prom_onnx_max_pool(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { CEIL_MODE = PROM_ONNX_WINDOW_ATTRIBUTES, STORAGE_ORDER };
    prom_onnx_attribute known[] = {PROM_ONNX_KNOWN_WINDOW,
                                   {.name = "ceil_mode", .kind = PROM_ONNX_INTEGER},
                                   {.name = "storage_order", .kind = PROM_ONNX_INTEGER}};
    prom_onnx_activation input;
    prom_window window;
    size_t axes = 0;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    if (known[STORAGE_ORDER].integer != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "storage_order 1 is not supported");
    }
    PROM_TRY(prom_onnx_activation_at(reader, &input, node, 0, error));
    PROM_TRY(prom_onnx_image(reader, node, &input.value, &axes, error));
    const prom_shape *image = prom_build_shape(&reader->builder, input.value.index);
    PROM_TRY(prom_onnx_window(&window, known, axes, image, NULL, error));
    for (size_t i = 0; i < PROM_WINDOW_AXES && known[CEIL_MODE].integer != 0; i++) {
        (void)round_up(&window.axes[i], image->sizes[HEIGHT_AXIS + i]);
    }
    PROM_TRY(build_pool(reader, node, &input.value, PROM_LAYER_MAX_POOL, &window, false, error));
    PROM_TRY(prom_onnx_from_image(reader, node, &input.value, axes, error));
    prom_onnx_give(reader, node, input);
    return prom_ok();
}

/* An average that counts the padding, but, as ONNX has it, not what ceil_mode adds to it: the zeros become part of the
 * image first. */
static prom_result pad_first(prom_onnx_reader *reader, const prom_onnx_node *node, prom_build_value *value,
                             prom_window *window, const uint32_t *added, prom_error *error)
{
    prom_window pads = *window;
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        pads.axes[i].pad_after -= added[i];
        window->axes[i].pad_before = 0;
        window->axes[i].pad_after = added[i];
    }
    return prom_build_pad(&reader->builder, value, node->label.text, &pads, error);
}

prom_result prom_onnx_build_average_pool(prom_onnx_reader *reader, const prom_onnx_node *node, prom_build_value *value,
                                         prom_error *error)
{
    enum { CEIL_MODE = PROM_ONNX_WINDOW_ATTRIBUTES, COUNT_INCLUDE_PAD, CHANNELS_LAST };
    prom_onnx_attribute known[] = {PROM_ONNX_KNOWN_WINDOW,
                                   {.name = "ceil_mode", .kind = PROM_ONNX_INTEGER},
                                   {.name = "count_include_pad", .kind = PROM_ONNX_INTEGER},
                                   {.name = "channels_last", .kind = PROM_ONNX_INTEGER}};
    prom_window window;
    size_t axes = 0;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    if (known[CHANNELS_LAST].integer != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "channels_last is not supported");
    }
    PROM_TRY(prom_onnx_image(reader, node, value, &axes, error));
    const prom_shape *image = prom_build_shape(&reader->builder, value->index);
    PROM_TRY(prom_onnx_window(&window, known, axes, image, NULL, error));
    uint32_t added[PROM_WINDOW_AXES] = {0};
    for (size_t i = 0; i < PROM_WINDOW_AXES && known[CEIL_MODE].integer != 0; i++) {
        added[i] = round_up(&window.axes[i], image->sizes[HEIGHT_AXIS + i]);
    }
    bool counts_padding = known[COUNT_INCLUDE_PAD].integer != 0;
    if (counts_padding && (added[0] > 0 || added[1] > 0)) {
        PROM_TRY(pad_first(reader, node, value, &window, added, error));
        counts_padding = false;
    }
    PROM_TRY(build_pool(reader, node, value, PROM_LAYER_AVERAGE_POOL, &window, counts_padding, error));
    return prom_onnx_from_image(reader, node, value, axes, error);
}

prom_result prom_onnx_average_pool(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_build_value value;
    PROM_TRY(prom_onnx_floats_at(reader, &value, node, 0, error));
    PROM_TRY(prom_onnx_build_average_pool(reader, node, &value, error));
    prom_onnx_give_floats(reader, node, value);
    return prom_ok();
}

/* -- Pools of the whole image -- */

static prom_result pool_axes(prom_onnx_reader *reader, const prom_onnx_node *node, prom_build_value *value,
                             prom_layer_kind kind, unsigned whole, prom_error *error)
{
    prom_window window = {{one_place, one_place}};
    size_t axes = 0;
    PROM_TRY(prom_onnx_image(reader, node, value, &axes, error));
    const prom_shape *image = prom_build_shape(&reader->builder, value->index);
    for (size_t i = 0; i < axes; i++) {
        const size_t place = PROM_WINDOW_AXES - axes + i;
        if ((whole & 1U << i) != 0) {
            window.axes[place].kernel = (uint32_t)image->sizes[HEIGHT_AXIS + place];
        }
    }
    PROM_TRY(build_pool(reader, node, value, kind, &window, false, error));
    return prom_onnx_from_image(reader, node, value, axes, error);
}

prom_result prom_onnx_build_global_pool(prom_onnx_reader *reader, const prom_onnx_node *node, prom_build_value *value,
                                        prom_layer_kind kind, prom_error *error)
{
    return pool_axes(reader, node, value, kind, UINT32_MAX, error);
}

prom_result prom_onnx_global_average_pool(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_build_value value;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    PROM_TRY(prom_onnx_floats_at(reader, &value, node, 0, error));
    PROM_TRY(prom_onnx_build_global_pool(reader, node, &value, PROM_LAYER_AVERAGE_POOL, error));
    prom_onnx_give_floats(reader, node, value);
    return prom_ok();
}

prom_result prom_onnx_global_max_pool(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    prom_onnx_activation input;
    PROM_TRY(prom_onnx_attributes(NULL, 0, node->proto, error));
    PROM_TRY(prom_onnx_activation_at(reader, &input, node, 0, error));
    PROM_TRY(prom_onnx_build_global_pool(reader, node, &input.value, PROM_LAYER_MAX_POOL, error));
    prom_onnx_give(reader, node, input);
    return prom_ok();
}

/* A mean, or the largest, over spatial axes is a pool whose window they fill. */
static prom_result reduce(prom_onnx_reader *reader, const prom_onnx_node *node, prom_layer_kind kind, prom_error *error)
{
    enum { AXES, KEEPDIMS };
    prom_onnx_attribute known[] = {{.name = "axes", .kind = PROM_ONNX_INTEGERS},
                                   {.name = "keepdims", .kind = PROM_ONNX_INTEGER, .integer = 1},
                                   {.name = "noop_with_empty_axes", .kind = PROM_ONNX_INTEGER}};
    prom_build_value value;
    prom_onnx_axes axes;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_floats_at(reader, &value, node, 0, error));
    const size_t rank = prom_build_shape(&reader->builder, value.index)->rank + 1;
    PROM_TRY(prom_onnx_axes_of(reader, &axes, node, &known[AXES], rank, false, error));
    if (axes.count == 0 || (axes.set & 3) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it is supported over the axes behind batch and channels only");
    }
    PROM_TRY(pool_axes(reader, node, &value, kind, axes.set >> 2, error));
    if (known[KEEPDIMS].integer == 0) {
        prom_shape item = *prom_build_shape(&reader->builder, value.index);
        const prom_onnx_axes left_out = {true, axes.set >> 1, axes.count};
        PROM_TRY(prom_onnx_squeezed(&item, &left_out, error));
        PROM_TRY(prom_build_reshape(&reader->builder, &value, node->label.text, &item, error));
    }
    prom_onnx_give_floats(reader, node, value);
    return prom_ok();
}

prom_result prom_onnx_reduce_mean(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    return reduce(reader, node, PROM_LAYER_AVERAGE_POOL, error);
}

prom_result prom_onnx_reduce_max(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    return reduce(reader, node, PROM_LAYER_MAX_POOL, error);
}

/* -- Pad -- */

/* What Pad puts before and behind axis i of a batch: pads[i] and pads[rank + i]. Up to operator set 10 they are an
 * attribute, from then on operand 1. */
static prom_result read_pads(prom_onnx_reader *reader, uint32_t *pads, const prom_onnx_node *node,
                             const prom_onnx_attribute *attribute, size_t rank, prom_error *error)
{
    const prom_onnx_constant *list = NULL;
    const prom_onnx_constant *axes = NULL;
    if (!attribute->given) {
        PROM_TRY(prom_onnx_list_at(reader, &list, node, 1, error));
    }
    if (prom_onnx_has(node, 3)) {
        PROM_TRY(prom_onnx_list_at(reader, &axes, node, 3, error));
    }
    const size_t count = axes != NULL ? axes->tensor.count : rank;
    const size_t listed = list != NULL ? list->tensor.count : attribute->count;
    if (listed != 2 * count || (list != NULL && list->batch != 0) || count > rank) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it has %zu pads for %zu axes", listed, count);
    }
    for (size_t i = 0; i < count; i++) {
        size_t axis = i;
        if (axes != NULL) {
            PROM_TRY(prom_onnx_axis(&axis, prom_onnx_integer(axes, i), rank, error));
        }
        for (size_t side = 0; side < 2; side++) {
            const size_t at = side * count + i;
            const int64_t pad = list != NULL ? prom_onnx_integer(list, at) : attribute->integers[at];
            if (pad < 0 || pad > NUMBER_MAX || (pad > 0 && axis < 2)) {
                return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                 "it pads axis %zu by %lld: 0 to %d are supported, on axes behind batch and channels",
                                 axis, (long long)pad, NUMBER_MAX);
            }
            pads[side * rank + axis] = (uint32_t)pad;
        }
    }
    return prom_ok();
}

prom_result prom_onnx_pad(prom_onnx_reader *reader, const prom_onnx_node *node, prom_error *error)
{
    enum { MODE, PADS, VALUE };
    prom_onnx_attribute known[] = {{.name = "mode", .kind = PROM_ONNX_STRING},
                                   {.name = "pads", .kind = PROM_ONNX_INTEGERS},
                                   {.name = "value", .kind = PROM_ONNX_FLOAT}};
    const prom_onnx_constant *filling = NULL;
    prom_build_value value;
    uint32_t pads[2 * PROM_RANK_MAX] = {0};
    size_t axes = 0;
    PROM_TRY(PROM_ONNX_ATTRIBUTES(known, node->proto, error));
    PROM_TRY(prom_onnx_floats_at(reader, &value, node, 0, error));
    if (prom_onnx_has(node, 2)) {
        PROM_TRY(prom_onnx_reals_at(reader, &filling, node, 2, error));
    }
    if ((known[MODE].given && !prom_onnx_says(&known[MODE], "constant")) || known[VALUE].number != 0 ||
        (filling != NULL && (filling->tensor.count != 1 || prom_onnx_real(filling, 0) != 0))) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "only padding with zeros (mode constant) is supported");
    }
    const size_t rank = prom_build_shape(&reader->builder, value.index)->rank + 1;
    PROM_TRY(read_pads(reader, pads, node, &known[PADS], rank, error));
    prom_window window = {{one_place, one_place}};
    bool pads_any = false;
    for (size_t i = 0; i < 2 * rank; i++) {
        pads_any = pads_any || pads[i] > 0;
    }
    for (size_t i = 2; i < rank && rank <= IMAGE_RANK + 1; i++) { /* another rank is refused below */
        prom_window_axis *axis = &window.axes[PROM_WINDOW_AXES + i - rank];
        axis->pad_before = pads[i];
        axis->pad_after = pads[rank + i];
    }
    if (pads_any) {
        PROM_TRY(prom_onnx_image(reader, node, &value, &axes, error));
        PROM_TRY(prom_build_pad(&reader->builder, &value, node->label.text, &window, error));
        PROM_TRY(prom_onnx_from_image(reader, node, &value, axes, error));
    }
    prom_onnx_give_floats(reader, node, value);
    return prom_ok();
}
