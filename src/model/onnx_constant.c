#include "onnx_constant.h"

#include <string.h>

#include "printable.h"
#include "prometheus/base/bytes.h"

/* Each type of constant that is read, by its places in the file. */
static const struct {
    prom_dtype dtype;
    int32_t onnx_type;
} types[] = {
    {PROM_DTYPE_F32, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT},
    {PROM_DTYPE_I64, ONNX__TENSOR_PROTO__DATA_TYPE__INT64},
};

prom_onnx_label prom_onnx_label_of(const char *name)
{
    prom_onnx_label label;
    (void)prom_printable(label.text, sizeof label.text, name != NULL ? name : "", name != NULL ? strlen(name) : 0);
    return label;
}

bool prom_onnx_same(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static prom_result check_type(const Onnx__TensorProto *proto, prom_dtype dtype, prom_error *error)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].dtype == dtype && types[i].onnx_type == proto->data_type) {
            return prom_ok();
        }
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its element type is number %d of ONNX's, it should be %s",
                     (int)proto->data_type, prom_dtype_name(dtype));
}

static prom_result read_dims(prom_tensor *tensor, const Onnx__TensorProto *proto, prom_error *error)
{
    bool fits = proto->n_dims <= PROM_RANK_MOST;
    for (size_t i = 0; fits && i < proto->n_dims; i++) {
        fits = (uint64_t)proto->dims[i] <= PROM_COUNT_MOST; /* a negative one becomes huge */
        tensor->shape.sizes[i] = fits ? (size_t)proto->dims[i] : 0;
    }
    tensor->shape.rank = fits ? proto->n_dims : 0;
    if (!fits || !prom_shape_count(&tensor->count, &tensor->shape)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its dimensions are negative, too large or more than %u",
                         PROM_RANK_MOST);
    }
    return prom_ok();
}

/* Little-endian elements, of 4 or 8 bytes, to the machine's own. */
static void copy_raw(uint8_t *to, prom_span raw, size_t width)
{
    prom_reader reader = prom_reader_of(raw);
    for (; reader.left > 0; to += width) {
        if (width == sizeof(int64_t)) {
            const uint64_t bits = prom_read_u64_le(&reader);
            memcpy(to, &bits, sizeof bits);
        } else {
            const uint32_t bits = prom_read_u32_le(&reader);
            memcpy(to, &bits, sizeof bits);
        }
    }
}

static prom_result read_elements(prom_arena *arena, prom_tensor *tensor, const Onnx__TensorProto *proto,
                                 prom_error *error)
{
    const size_t width = prom_dtype_width(tensor->dtype);
    const bool is_float = tensor->dtype == PROM_DTYPE_F32;
    const void *listed = is_float ? (const void *)proto->float_data : (const void *)proto->int64_data;
    const size_t listed_count = is_float ? proto->n_float_data : proto->n_int64_data;
    const size_t raw_length = proto->has_raw_data ? proto->raw_data.len : 0;
    if (proto->has_raw_data ? raw_length != tensor->count * width || listed_count != 0
                            : listed_count != tensor->count) {
        char shape[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its data are not what its shape %s takes",
                         prom_shape_text(shape, &tensor->shape));
    }
    void *data = NULL;
    PROM_TRY(prom_arena_alloc(arena, &data, tensor->count, width, error));
    if (raw_length > 0) {
        copy_raw(data, prom_span_of(proto->raw_data.data, raw_length), width);
    } else if (listed_count > 0) {
        memcpy(data, listed, listed_count * width);
    }
    tensor->data = data;
    return prom_ok();
}

prom_result prom_onnx_constant(prom_arena *arena, prom_tensor *tensor, const Onnx__TensorProto *proto, prom_dtype dtype,
                               prom_error *error)
{
    *tensor = (prom_tensor){.dtype = dtype};
    const prom_onnx_label label = prom_onnx_label_of(proto->name);
    if (proto->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL || proto->n_external_data > 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "constant '%s' lies in another file: save the model as one file, without external data",
                         label.text);
    }
    PROM_TRY(prom_within(check_type(proto, dtype, error), error, "constant '%s'", label.text));
    PROM_TRY(prom_within(read_dims(tensor, proto, error), error, "constant '%s'", label.text));
    return prom_within(read_elements(arena, tensor, proto, error), error, "constant '%s'", label.text);
}

prom_result prom_onnx_declared_shape(prom_shape *shape, const Onnx__ValueInfoProto *info, prom_error *error)
{
    const prom_onnx_label label = prom_onnx_label_of(info->name);
    const Onnx__TypeProto *type = info->type;
    *shape = (prom_shape){0};
    if (type == NULL || type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE ||
        type->tensor_type->elem_type != ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT || type->tensor_type->shape == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%s' is not declared as a float32 tensor with a shape",
                         label.text);
    }
    const Onnx__TensorShapeProto *declared = type->tensor_type->shape;
    if (declared->n_dim < 2 || declared->n_dim > PROM_RANK_MOST) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "'%s' is declared with %zu dimensions: the batch and 1 to %u more are supported", label.text,
                         declared->n_dim, PROM_RANK_MOST - 1);
    }
    for (size_t i = 0; i < declared->n_dim; i++) {
        const Onnx__TensorShapeProto__Dimension *dimension = declared->dim[i];
        const bool fixed = dimension->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        if (fixed && (uint64_t)dimension->dim_value > PROM_COUNT_MOST) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%s' is declared with a dimension of size %lld",
                             label.text, (long long)dimension->dim_value);
        }
        shape->sizes[i] = fixed ? (size_t)dimension->dim_value : 0;
    }
    shape->rank = declared->n_dim;
    return prom_ok();
}

static prom_result read_attribute(prom_onnx_attribute *known, size_t count, const Onnx__AttributeProto *given,
                                  prom_error *error)
{
    const prom_onnx_label label = prom_onnx_label_of(given->name);
    for (size_t i = 0; i < count; i++) {
        if (!prom_onnx_same(known[i].name, given->name)) {
            continue;
        }
        if (known[i].is_float ? !given->has_f : !given->has_i) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "attribute '%s' has no %s value", label.text,
                             known[i].is_float ? "float" : "integer");
        }
        known[i].number = given->f;
        known[i].integer = given->i;
        return prom_ok();
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "attribute '%s' is not known for this operator", label.text);
}

prom_result prom_onnx_attributes(prom_onnx_attribute *known, size_t count, const Onnx__NodeProto *node,
                                 prom_error *error)
{
    for (size_t i = 0; i < node->n_attribute; i++) {
        PROM_TRY(read_attribute(known, count, node->attribute[i], error));
    }
    return prom_ok();
}
