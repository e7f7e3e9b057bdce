#include "prom/model_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"

json_t *prom_text_shape_json(const prom_shape *shape)
{
    json_t *list = json_array();
    for (size_t i = 0; i < shape->rank; i++) {
        (void)json_array_append_new(list, json_integer((json_int_t)shape->sizes[i]));
    }
    return list;
}

json_t *prom_text_range_json(prom_range range)
{
    return json_pack("[i, i]", (int)range.low, (int)range.high);
}

const char *prom_text_range(char text[PROM_MODEL_RANGE], prom_range range)
{
    (void)snprintf(text, PROM_MODEL_RANGE, "%d to %d", (int)range.low, (int)range.high);
    return text;
}

void prom_text_print_size(const prom_program *program)
{
    char text[PROM_UNITS];
    (void)printf("  size        %s\n", prom_units_bytes(text, program->bytes.length));
    (void)printf("  parameters  %s\n", prom_units_number(text, program->parameters));
    (void)printf("  MACs        %s per item\n", prom_units_number(text, program->multiplications));
}

prom_text_step prom_text_step_of_layer(const prom_layer *layer)
{
    return (prom_text_step){
        layer->kind,    layer->input_count, layer->inputs, &layer->output.shape,
        &layer->window, layer->groups,      layer->axis,   layer->permutation,
    };
}

prom_text_step prom_text_step_of_network_layer(const prom_network_layer *layer)
{
    return (prom_text_step){
        layer->kind,    layer->input_count, layer->inputs, &layer->shape,
        &layer->window, layer->groups,      layer->axis,   layer->permutation,
    };
}

static bool has_window(const prom_text_step *step)
{
    return step->kind == PROM_LAYER_CONV || step->kind == PROM_LAYER_MAX_POOL || step->kind == PROM_LAYER_AVERAGE_POOL;
}

/* -- Text -- */

/* Puts more behind what `text` holds; what has no room is left out, and "..." stands for it. */
PROM_PRINTF(2, 3)
static void append(char text[PROM_MODEL_STEP], const char *format, ...)
{
    static const char more[] = "...";
    const size_t at = strlen(text);
    const size_t room = PROM_MODEL_STEP - sizeof more - at;
    va_list values;
    if (at >= sizeof more - 1 && strcmp(text + at - (sizeof more - 1), more) == 0) {
        return;
    }
    va_start(values, format);
    const int length = vsnprintf(text + at, room, format, values);
    va_end(values);
    if (length < 0 || (size_t)length >= room) {
        (void)snprintf(text + at, sizeof more, "%s", more);
    }
}

const char *prom_text_inputs(char text[PROM_MODEL_STEP], const prom_text_step *step)
{
    text[0] = '\0';
    for (size_t i = 0; i < step->input_count; i++) {
        append(text, i == 0 ? "" : ", ");
        if (step->inputs[i] == 0) {
            append(text, "input");
        } else {
            append(text, "%u", (unsigned)(step->inputs[i] - 1));
        }
    }
    return text;
}

/* " stride 2", or " stride 2x1" where the axes differ, or nothing where both are `usual`. */
static void append_pair(char text[PROM_MODEL_STEP], const char *name, uint32_t height, uint32_t width, uint32_t usual)
{
    if (height == usual && width == usual) {
        return;
    }
    append(text, " %s %u", name, (unsigned)height);
    if (width != height) {
        append(text, "x%u", (unsigned)width);
    }
}

static void append_window(char text[PROM_MODEL_STEP], const prom_window *window)
{
    const prom_window_axis *height = &window->axes[PROM_WINDOW_HEIGHT];
    const prom_window_axis *width = &window->axes[PROM_WINDOW_WIDTH];
    append(text, "%ux%u", (unsigned)height->kernel, (unsigned)width->kernel);
    append_pair(text, "stride", height->stride, width->stride, 1);
    append_pair(text, "dilation", height->dilation, width->dilation, 1);
    if (height->pad_before == height->pad_after && width->pad_before == width->pad_after) {
        append_pair(text, "pad", height->pad_before, width->pad_before, 0);
    } else {
        append(text, " pad %u-%ux%u-%u", (unsigned)height->pad_before, (unsigned)height->pad_after,
               (unsigned)width->pad_before, (unsigned)width->pad_after);
    }
}

const char *prom_text_geometry(char text[PROM_MODEL_STEP], const prom_text_step *step)
{
    text[0] = '\0';
    if (has_window(step)) {
        append_window(text, step->window);
    }
    if (step->kind == PROM_LAYER_CONV && step->groups != 1) {
        append(text, " groups %u", (unsigned)step->groups);
    }
    if (step->kind == PROM_LAYER_CONCAT) {
        append(text, "axis %u", (unsigned)step->axis);
    }
    for (size_t i = 0; step->kind == PROM_LAYER_TRANSPOSE && i < step->shape->rank; i++) {
        append(text, "%s %u", i == 0 ? "axes" : "", (unsigned)step->permutation[i]);
    }
    return text;
}

/* -- JSON -- */

static json_t *window_json(const prom_window *window)
{
    const prom_window_axis *height = &window->axes[PROM_WINDOW_HEIGHT];
    const prom_window_axis *width = &window->axes[PROM_WINDOW_WIDTH];
    return json_pack("{s:[I, I], s:[I, I], s:[I, I], s:[[I, I], [I, I]]}",                  //
                     "kernel", (json_int_t)height->kernel, (json_int_t)width->kernel,       //
                     "stride", (json_int_t)height->stride, (json_int_t)width->stride,       //
                     "dilation", (json_int_t)height->dilation, (json_int_t)width->dilation, //
                     "pads", (json_int_t)height->pad_before, (json_int_t)height->pad_after, //
                     (json_int_t)width->pad_before, (json_int_t)width->pad_after);
}

static json_t *inputs_json(const prom_text_step *step)
{
    json_t *list = json_array();
    for (size_t i = 0; i < step->input_count; i++) {
        (void)json_array_append_new(list,
                                    step->inputs[i] == 0 ? json_null() : json_integer((json_int_t)step->inputs[i] - 1));
    }
    return list;
}

static json_t *permutation_json(const prom_text_step *step)
{
    json_t *list = json_array();
    for (size_t i = 0; i < step->shape->rank; i++) {
        (void)json_array_append_new(list, json_integer(step->permutation[i]));
    }
    return list;
}

void prom_text_step_json(json_t *object, const prom_text_step *step)
{
    const struct {
        const char *name;
        json_t *value;
    } fields[] = {
        {"kind", json_string(prom_layer_kind_name(step->kind))},
        {"inputs", inputs_json(step)},
        {"shape", prom_text_shape_json(step->shape)},
        {"window", has_window(step) ? window_json(step->window) : json_null()},
        {"groups", step->kind == PROM_LAYER_CONV ? json_integer((json_int_t)step->groups) : json_null()},
        {"axis", step->kind == PROM_LAYER_CONCAT ? json_integer((json_int_t)step->axis) : json_null()},
        {"permutation", step->kind == PROM_LAYER_TRANSPOSE ? permutation_json(step) : json_null()},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        (void)json_object_set_new(object, fields[i].name, fields[i].value);
    }
}
