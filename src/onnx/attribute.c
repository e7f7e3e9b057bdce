#include "onnx/attribute.h"

#include <string.h>

#include "onnx/constant.h"

/* What each kind is called, and the schema's name of it. */
static const struct {
    const char *name;
    PromOnnx__AttributeProto__AttributeType type;
} kinds[] = {
    [PROM_ONNX_FLOAT] = {"float", PROM_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT},
    [PROM_ONNX_INTEGER] = {"integer", PROM_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT},
    [PROM_ONNX_INTEGERS] = {"list of integers", PROM_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS},
    [PROM_ONNX_FLOATS] = {"list of floats", PROM_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS},
    [PROM_ONNX_STRING] = {"string", PROM_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING},
    [PROM_ONNX_TENSOR] = {"tensor", PROM_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR},
};

/* False when the value is of another kind. Old files do not name the kind; those that do may leave out a value that is
 * zero or empty, as proto3 writes it. */
static bool read_value(prom_onnx_attribute *attribute, const PromOnnx__AttributeProto *given)
{
    const bool is_typed = given->has_type != 0;
    if (given->has_type && given->type != kinds[attribute->kind].type) {
        return false;
    }
    switch (attribute->kind) {
    case PROM_ONNX_FLOAT:
        attribute->number = given->f;
        return is_typed || given->has_f != 0;
    case PROM_ONNX_INTEGER:
        attribute->integer = given->i;
        return is_typed || given->has_i != 0;
    case PROM_ONNX_INTEGERS:
        attribute->count = given->n_ints;
        attribute->integers = given->ints;
        return !given->has_f && !given->has_i && !given->has_s;
    case PROM_ONNX_FLOATS:
        attribute->count = given->n_floats;
        attribute->numbers = given->floats;
        return !given->has_f && !given->has_i && !given->has_s;
    case PROM_ONNX_STRING:
        attribute->string = prom_span_of(given->s.data, given->s.len);
        return is_typed || given->has_s != 0;
    case PROM_ONNX_TENSOR:
        attribute->tensor = given->t;
        return given->t != NULL;
    }
    return false;
}

static prom_result read_attribute(prom_onnx_attribute *known, size_t count, const PromOnnx__AttributeProto *given,
                                  prom_error *error)
{
    const prom_onnx_label label = prom_onnx_label_of(given->name);
    for (size_t i = 0; i < count; i++) {
        if (!prom_onnx_same(known[i].name, given->name)) {
            continue;
        }
        known[i].given = read_value(&known[i], given);
        if (!known[i].given) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "attribute '%s' has no %s value", label.text,
                             kinds[known[i].kind].name);
        }
        return prom_ok();
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "attribute '%s' is not known for this operator", label.text);
}

prom_result prom_onnx_attributes(prom_onnx_attribute *known, size_t count, const PromOnnx__NodeProto *node,
                                 prom_error *error)
{
    for (size_t i = 0; i < node->n_attribute; i++) {
        PROM_TRY(read_attribute(known, count, node->attribute[i], error));
    }
    return prom_ok();
}

bool prom_onnx_says(const prom_onnx_attribute *attribute, const char *text)
{
    return attribute->given && prom_span_equal(attribute->string, prom_span_of((const uint8_t *)text, strlen(text)));
}

prom_result prom_onnx_check_real_type(const prom_onnx_attribute *attribute, prom_error *error)
{
    return attribute->integer == PROM_ONNX__TENSOR_PROTO__DATA_TYPE__UNDEFINED ||
                   attribute->integer == PROM_ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "attribute '%s' asks for another type of reals: float32 is supported", attribute->name);
}
