#include "onnx/constant.h"

#include <string.h>

#include "base/printable.h"
#include "onnx/graph.h"
#include "prometheus/base/bytes.h"

/* Each type of constant that is read, by its places in the file. */
static const struct {
    int32_t onnx_type;
    prom_dtype dtype;
} types[] = {
    {PROM_ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, PROM_DTYPE_F32},
    {PROM_ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16, PROM_DTYPE_F32}, /* widened when they are read */
    {PROM_ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16, PROM_DTYPE_F32},
    {PROM_ONNX__TENSOR_PROTO__DATA_TYPE__INT64, PROM_DTYPE_I64},
    {PROM_ONNX__TENSOR_PROTO__DATA_TYPE__INT32, PROM_DTYPE_I32},
    {PROM_ONNX__TENSOR_PROTO__DATA_TYPE__INT8, PROM_DTYPE_I8},
    {PROM_ONNX__TENSOR_PROTO__DATA_TYPE__UINT8, PROM_DTYPE_U8},
    {PROM_ONNX__TENSOR_PROTO__DATA_TYPE__BOOL, PROM_DTYPE_U8},
};
#define TYPE_COUNT (sizeof types / sizeof types[0])

/* ONNX, TensorProto.DataType, by number. */
static const char *const type_names[] = {
    "undefined", "float32",      "uint8",          "int8",       "uint16",         "int16",  "int32",     "int64",
    "string",    "bool",         "float16",        "float64",    "uint32",         "uint64", "complex64", "complex128",
    "bfloat16",  "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4",  "int4",      "float4e2m1",
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

const char *prom_onnx_type_name(int32_t type)
{
    return type >= 0 && (size_t)type < sizeof type_names / sizeof type_names[0] ? type_names[type] : "unknown";
}

static bool is_half(int32_t onnx_type)
{
    return onnx_type == PROM_ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16 ||
           onnx_type == PROM_ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16;
}

static prom_result read_type(prom_dtype *dtype, const PromOnnx__TensorProto *proto, prom_error *error)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (types[i].onnx_type == proto->data_type) {
            *dtype = types[i].dtype;
            return prom_ok();
        }
    }
    const bool is_double = proto->data_type == PROM_ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE;
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "it holds %s values; float32, float16, bfloat16, int64, int32, int8 and uint8 are supported%s",
                     prom_onnx_type_name(proto->data_type),
                     is_double
                         ? ": export the model in float32, with torch.onnx.export(model.float(), x.float(), ...), "
                           "or from scikit-learn with FloatTensorType inputs"
                         : "");
}

static prom_result read_dims(prom_tensor *tensor, const PromOnnx__TensorProto *proto, prom_error *error)
{
    bool fits = proto->n_dims <= PROM_RANK_MAX;
    for (size_t i = 0; fits && i < proto->n_dims; i++) {
        fits = (uint64_t)proto->dims[i] <= PROM_COUNT_MAX; /* a negative one becomes huge */
        tensor->shape.sizes[i] = fits ? (size_t)proto->dims[i] : 0;
    }
    tensor->shape.rank = fits ? proto->n_dims : 0;
    if (!fits || !prom_shape_count(&tensor->count, &tensor->shape)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its dimensions are negative, too large or more than %u",
                         PROM_RANK_MAX);
    }
    return prom_ok();
}

static bool is_little_endian(void)
{
    const uint16_t one = 1;
    uint8_t first = 0;
    memcpy(&first, &one, 1);
    return first == 1;
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

/* The schema's memory comes from an arena, so it is aligned for any element and need not be copied. That is left for a
 * place in another file. */
static prom_result read_raw(prom_arena *arena, prom_tensor *tensor, prom_span raw, prom_error *error)
{
    const size_t width = prom_dtype_width(tensor->dtype);
    if (width == 1 || (is_little_endian() && (uintptr_t)raw.data % width == 0)) {
        tensor->data = raw.data;
        return prom_ok();
    }
    void *data = NULL;
    PROM_TRY(prom_arena_alloc(arena, &data, tensor->count, width, error));
    copy_raw(data, raw, width);
    tensor->data = data;
    return prom_ok();
}

/* Elements of one byte, which are listed as int32. */
static prom_result read_narrow(prom_arena *arena, prom_tensor *tensor, const int32_t *listed, prom_error *error)
{
    const bool is_signed = tensor->dtype == PROM_DTYPE_I8;
    uint8_t *data = NULL;
    PROM_TRY_NEW(data, arena, tensor->count, error);
    for (size_t i = 0; i < tensor->count; i++) {
        if (listed[i] < (is_signed ? INT8_MIN : 0) || listed[i] > (is_signed ? INT8_MAX : UINT8_MAX)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its element %zu, %d, is no %s", i, (int)listed[i],
                             prom_dtype_name(tensor->dtype));
        }
        data[i] = (uint8_t)listed[i];
    }
    tensor->data = data;
    return prom_ok();
}

static size_t listed_count(const PromOnnx__TensorProto *proto, prom_dtype dtype)
{
    return dtype == PROM_DTYPE_F32 ? proto->n_float_data
                                   : (dtype == PROM_DTYPE_I64 ? proto->n_int64_data : proto->n_int32_data);
}

/* float16 and bfloat16, raw or listed as int32, become float32. */
static prom_result read_halves(prom_arena *arena, prom_tensor *tensor, const PromOnnx__TensorProto *proto,
                               const prom_span *raw, prom_error *error)
{
    const bool is_bfloat = proto->data_type == PROM_ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16;
    const size_t count = tensor->count;
    prom_reader reader = prom_reader_of(raw != NULL ? *raw : prom_span_of(NULL, 0));
    float *values = NULL;
    uint16_t *halves = NULL;
    PROM_TRY_NEW(halves, arena, count, error);
    for (size_t i = 0; i < count; i++) {
        halves[i] = raw != NULL ? prom_read_u16_le(&reader) : (uint16_t)proto->int32_data[i];
    }
    if (!is_bfloat) {
        const prom_tensor stored = {PROM_DTYPE_F16, tensor->shape, count, halves};
        return prom_tensor_as_float(arena, tensor, &stored, error);
    }
    PROM_TRY_NEW(values, arena, count, error);
    for (size_t i = 0; i < count; i++) {
        const uint32_t bits = (uint32_t)halves[i] << 16; /* the upper half of a float32 */
        memcpy(&values[i], &bits, sizeof bits);
    }
    tensor->data = values;
    return prom_ok();
}

static prom_result read_elements(prom_arena *arena, prom_tensor *tensor, const PromOnnx__TensorProto *proto,
                                 const prom_span *external, prom_error *error)
{
    const bool are_halves = is_half(proto->data_type);
    const size_t width = are_halves ? sizeof(uint16_t) : prom_dtype_width(tensor->dtype);
    const size_t listed = are_halves ? proto->n_int32_data : listed_count(proto, tensor->dtype);
    const prom_span own = prom_span_of(proto->raw_data.data, proto->has_raw_data ? proto->raw_data.len : 0);
    const prom_span *raw = external != NULL ? external : (proto->has_raw_data ? &own : NULL);
    if (raw != NULL ? raw->length != tensor->count * width || listed != 0 : listed != tensor->count) {
        char shape[PROM_SHAPE_TEXT];
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its data are not what its shape %s takes",
                         prom_shape_text(shape, &tensor->shape));
    }
    if (are_halves) {
        return read_halves(arena, tensor, proto, raw, error);
    }
    if (raw != NULL && raw->length > 0) {
        return read_raw(arena, tensor, *raw, error);
    }
    if (width == 1) {
        return read_narrow(arena, tensor, proto->int32_data, error);
    }
    tensor->data = tensor->dtype == PROM_DTYPE_F32
                       ? (const void *)proto->float_data
                       : (tensor->dtype == PROM_DTYPE_I64 ? (const void *)proto->int64_data : proto->int32_data);
    return prom_ok();
}

prom_result prom_onnx_constant_read(prom_arena *arena, prom_onnx_constant *constant, const PromOnnx__TensorProto *proto,
                                    const prom_span *external, prom_error *error)
{
    *constant = (prom_onnx_constant){.axis = 0};
    if (external == NULL && prom_onnx_is_external(proto)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it lies in another file: only an initialiser of the graph may");
    }
    PROM_TRY(read_type(&constant->tensor.dtype, proto, error));
    PROM_TRY(read_dims(&constant->tensor, proto, error));
    return read_elements(arena, &constant->tensor, proto, external, error);
}

bool prom_onnx_is_real(const prom_onnx_constant *constant)
{
    return constant->tensor.dtype == PROM_DTYPE_F32 || constant->scale_count > 0;
}

int64_t prom_onnx_integer(const prom_onnx_constant *constant, size_t at)
{
    const void *data = constant->tensor.data;
    at = constant->filled ? 0 : at;
    switch (constant->tensor.dtype) {
    case PROM_DTYPE_I8:
        return ((const int8_t *)data)[at];
    case PROM_DTYPE_U8:
        return ((const uint8_t *)data)[at];
    case PROM_DTYPE_I32:
        return ((const int32_t *)data)[at];
    case PROM_DTYPE_I64:
        return ((const int64_t *)data)[at];
    case PROM_DTYPE_BOOL:
    case PROM_DTYPE_I16:
    case PROM_DTYPE_U16:
    case PROM_DTYPE_U32:
    case PROM_DTYPE_U64:
    case PROM_DTYPE_F16:
    case PROM_DTYPE_F32:
    case PROM_DTYPE_F64:
        return 0; /* floats, and what no constant is read as */
    }
    return 0;
}

size_t prom_onnx_scale_at(const prom_onnx_constant *constant, size_t at)
{
    if (constant->scale_count == 1) {
        return 0;
    }
    size_t inner = 1;
    for (size_t i = constant->axis + 1; i < constant->tensor.shape.rank; i++) {
        inner *= constant->tensor.shape.sizes[i];
    }
    return at / inner % constant->scale_count;
}

float prom_onnx_real(const prom_onnx_constant *constant, size_t at)
{
    if (constant->tensor.dtype == PROM_DTYPE_F32) {
        return ((const float *)constant->tensor.data)[constant->filled ? 0 : at];
    }
    const size_t scale = prom_onnx_scale_at(constant, at);
    return (float)(prom_onnx_integer(constant, at) - constant->zeros[scale]) * constant->scales[scale];
}

static prom_result read_declared_type(prom_dtype *dtype, const PromOnnx__ValueInfoProto *info, prom_error *error)
{
    const PromOnnx__TypeProto *type = info->type;
    const bool is_tensor = type != NULL && type->value_case == PROM_ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE &&
                           type->tensor_type->shape != NULL;
    for (size_t i = 0; is_tensor && i < TYPE_COUNT; i++) {
        const prom_dtype found = types[i].dtype;
        if (types[i].onnx_type == type->tensor_type->elem_type && found != PROM_DTYPE_I64 && found != PROM_DTYPE_I32 &&
            types[i].onnx_type != PROM_ONNX__TENSOR_PROTO__DATA_TYPE__BOOL && !is_half(types[i].onnx_type)) {
            *dtype = found;
            return prom_ok();
        }
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                     "'%s' is not declared as a tensor of float32 (or, of a quantised model, of uint8 or int8) with a "
                     "shape",
                     prom_onnx_label_of(info->name).text);
}

prom_result prom_onnx_declared_shape(prom_shape *shape, prom_dtype *dtype, const PromOnnx__ValueInfoProto *info,
                                     prom_error *error)
{
    const prom_onnx_label label = prom_onnx_label_of(info->name);
    *shape = (prom_shape){0};
    PROM_TRY(read_declared_type(dtype, info, error));
    const PromOnnx__TensorShapeProto *declared = info->type->tensor_type->shape;
    if (declared->n_dim < 1 || declared->n_dim > PROM_RANK_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "'%s' is declared with %zu dimensions: the batch and 1 to %u more are supported", label.text,
                         declared->n_dim, PROM_RANK_MAX - 1);
    }
    for (size_t i = 0; i < declared->n_dim; i++) {
        const PromOnnx__TensorShapeProto__Dimension *dimension = declared->dim[i];
        const bool fixed = dimension->value_case == PROM_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE &&
                           dimension->dim_value != -1; /* which some exporters write for an open one */
        if (fixed && (uint64_t)dimension->dim_value > PROM_COUNT_MAX) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%s' is declared with a dimension of size %lld",
                             label.text, (long long)dimension->dim_value);
        }
        shape->sizes[i] = fixed ? (size_t)dimension->dim_value : 0;
    }
    shape->rank = declared->n_dim;
    return prom_ok();
}
