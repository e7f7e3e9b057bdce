#include "onnx/graph.h"

#include <string.h>

#include "onnx/decode.h"

enum {
    FILES_MAX = 1024, /* some exporters write one for each constant */
    LOCATION_MAX = 1023,
    DIGITS_MAX = 15, /* of an offset or a length */
};

bool prom_onnx_is_external(const PromOnnx__TensorProto *proto)
{
    return proto->data_location == PROM_ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL || proto->n_external_data > 0;
}

/* Where a constant lies: keys and values that are text. */
typedef struct place {
    const char *location;
    size_t offset;
    size_t length; /* SIZE_MAX: to the end */
} place;

static prom_result parse_number(size_t *number, const char *text, const char *key, prom_error *error)
{
    const size_t digits = strlen(text);
    *number = 0;
    for (size_t i = 0; i < digits && digits <= DIGITS_MAX && text[i] >= '0' && text[i] <= '9'; i++) {
        *number = *number * 10 + (size_t)(text[i] - '0');
        if (i + 1 == digits) {
            return prom_ok();
        }
    }
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its %s in another file is '%s', not a number of bytes", key,
                     prom_onnx_label_of(text).text);
}

/* A path that stays inside the folder which it starts from, as far as its letters say. */
static bool stays_inside(const char *location)
{
    const size_t length = strlen(location);
    bool stays = length > 0 && length <= LOCATION_MAX && location[0] != '/' && location[length - 1] != '/';
    for (const char *part = location; stays && part != NULL;) {
        const char *end = strchr(part, '/');
        const size_t size = end != NULL ? (size_t)(end - part) : strlen(part);
        stays = size > 0 && !(size == 2 && part[0] == '.' && part[1] == '.');
        part = end != NULL ? end + 1 : NULL;
    }
    for (size_t i = 0; stays && i < length; i++) {
        stays = (unsigned char)location[i] >= ' ' && location[i] != '\\';
    }
    return stays;
}

static prom_result read_place(place *found, const PromOnnx__TensorProto *proto, prom_error *error)
{
    *found = (place){.length = SIZE_MAX};
    for (size_t i = 0; i < proto->n_external_data; i++) {
        const char *key = proto->external_data[i]->key;
        const char *value = proto->external_data[i]->value;
        value = value != NULL ? value : "";
        if (prom_onnx_same(key, "location")) {
            found->location = value;
        } else if (prom_onnx_same(key, "offset")) {
            PROM_TRY(parse_number(&found->offset, value, "offset", error));
        } else if (prom_onnx_same(key, "length")) {
            PROM_TRY(parse_number(&found->length, value, "length", error));
        }
    }
    if (found->location == NULL || !stays_inside(found->location)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "it lies in another file, '%s', which is not named by a path inside the model's folder",
                         prom_onnx_label_of(found->location).text);
    }
    return prom_ok();
}

/* Each file is read once. */
static prom_result open_file(prom_onnx_reader *reader, prom_span *content, const char *location, prom_error *error)
{
    for (size_t i = 0; i < reader->external_count; i++) {
        if (strcmp(reader->externals[i].location, location) == 0) {
            *content = reader->externals[i].content;
            return prom_ok();
        }
    }
    if (reader->external_count == FILES_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the model's constants lie in more than %d other files",
                         FILES_MAX);
    }
    if (reader->externals == NULL) {
        PROM_TRY_NEW(reader->externals, reader->scratch, FILES_MAX, error);
    }
    PROM_TRY(reader->files->read(reader->files->context, content, location, error));
    reader->externals[reader->external_count++] = (prom_onnx_external){location, *content};
    prom_onnx_allow_more(reader, content->length);
    return prom_ok();
}

prom_result prom_onnx_external_data(prom_onnx_reader *reader, prom_span *data, const PromOnnx__TensorProto *proto,
                                    prom_error *error)
{
    place found;
    prom_span content;
    if (reader->files == NULL) {
        return prom_fail(
            error, PROM_CATEGORY_BAD_INPUT,
            "it lies in another file, which is not given here: save the model as one, with "
            "torch.onnx.export(..., external_data=False) or onnx.save(onnx.load(\"m.onnx\"), \"one.onnx\")");
    }
    PROM_TRY(read_place(&found, proto, error));
    PROM_TRY(open_file(reader, &content, found.location, error));
    if (found.offset > content.length || (found.length != SIZE_MAX && found.length > content.length - found.offset)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "it lies beyond the end of '%s', which has %zu bytes",
                         prom_onnx_label_of(found.location).text, content.length);
    }
    const size_t length = found.length != SIZE_MAX ? found.length : content.length - found.offset;
    *data = prom_span_of(content.data + found.offset, length);
    return prom_ok();
}
