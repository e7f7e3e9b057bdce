/* Measures how fast integer programs run on one thread. Without arguments, prints a table of random programs of three
 * well-known shapes, for each set of kernels that this machine can run. With a program and inputs of it, prints one
 * line of JSON for these.
 *
 *   bench_infer [FILE.prom INPUT.npy] [--batch B] [--kernels NAME]
 */
#include "program/random_program.h"
#include "tensor/files.h"

#include <time.h>

#include "prometheus/program/run.h"

#define BENCH_MEMORY ((size_t)1 << 30)

enum { ROUNDS = 5 };

#define ROUND_SECONDS 0.12 /* of the least: all rounds take more than half a second */

static double seconds(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int compare_doubles(const void *a, const void *b)
{
    const double first = *(const double *)a;
    const double second = *(const double *)b;
    return (first > second) - (first < second);
}

/* -- Programs -- */

/* The layers of a network, in words: a letter of the table below, then the number of output channels where that is
 * free, then an s where the window goes two places at a time. */
struct network {
    const char *name;
    prom_shape input;
    const char *layers;
};

static const struct network networks[] = {
    {"VGG-16 on 3x32x32",
     {3, {3, 32, 32}},
     "c64 c64 ms c128 c128 ms c256 c256 c256 ms c512 c512 c512 ms c512 c512 c512 ms f d512 d10"},
    {"MobileNet on 3x224x224",
     {3, {3, 224, 224}},
     "c32s w p64 ws p128 w p128 ws p256 w p256 ws p512 w p512 w p512 w p512 w p512 w p512 ws p1024 w p1024 a f d1000"},
    {"MLP 784-1024-1024-1024-1024-10", {1, {784}}, "d1024 d1024 d1024 d1024 d10"},
    {"LeNet on 1x28x28", {3, {1, 28, 28}}, "v20 ms v50 ms f d256 d120 d84 d10"},
};

static const struct word {
    char letter;
    prom_layer_kind kind;
    uint32_t kernel; /* 0: the whole image */
    uint32_t pad;
} words[] = {
    {'c', PROM_LAYER_CONV, 3, 1},     {'v', PROM_LAYER_CONV, 5, 0},
    {'p', PROM_LAYER_CONV, 1, 0},     {'w', PROM_LAYER_CONV, 3, 1}, /* depthwise */
    {'m', PROM_LAYER_MAX_POOL, 2, 0}, {'a', PROM_LAYER_AVERAGE_POOL, 0, 0},
    {'d', PROM_LAYER_DENSE, 0, 0},    {'f', PROM_LAYER_RESHAPE, 0, 0},
};

/* Weights of a bell's shape, and multipliers that keep the outputs' spread. */
static void fill_weights(random_maker *maker, prom_layer *layer, size_t outputs)
{
    const size_t count = outputs * layer->weight_count;
    int8_t *weights = new_bytes(maker->arena, count, 1);
    uint32_t *multipliers = new_bytes(maker->arena, outputs, sizeof *multipliers);
    double spread = 1;
    while (spread * spread < (double)layer->weight_count) {
        spread += 1;
    }
    for (size_t i = 0; i < count; i++) {
        const uint64_t draw = next_random(maker->random);
        weights[i] = (int8_t)((int)(draw & 63) + (int)(draw >> 8 & 63) - 63);
    }
    for (size_t i = 0; i < outputs; i++) {
        multipliers[i] = (uint32_t)(65536 / (20 * spread)) + 1;
    }
    layer->weights = weights;
    layer->biases = new_bytes(maker->arena, outputs, sizeof *layer->biases);
    layer->rescale = (prom_rescale){16, 0, outputs, multipliers};
}

static void make_window(prom_layer *layer, const struct word *word, uint32_t stride, const prom_shape *input)
{
    for (size_t i = 0; i < PROM_WINDOW_AXES; i++) {
        const uint32_t kernel = word->kernel > 0 ? word->kernel : (uint32_t)input->sizes[1 + i];
        layer->window.axes[i] = (prom_window_axis){kernel, stride, 1, word->pad, word->pad};
    }
}

static void make_layer(random_maker *maker, prom_layer *layer, const char *text)
{
    const prom_value *input = random_value(maker, random_newest(maker));
    const struct word *word = words;
    char *rest = NULL;
    while (word->letter != text[0]) {
        word++;
    }
    const size_t written = strtoul(text + 1, &rest, 10);
    const size_t outputs = written > 0 ? written : input->shape.sizes[0];
    layer->kind = word->kind;
    if (layer->kind == PROM_LAYER_DENSE) {
        layer->weight_count = input->count;
        fill_weights(maker, layer, outputs);
    } else if (layer->kind == PROM_LAYER_RESHAPE) {
        layer->output.shape = (prom_shape){1, {input->count}};
    } else {
        make_window(layer, word, rest[0] == 's' ? 2 : 1, &input->shape);
    }
    if (layer->kind == PROM_LAYER_CONV) {
        layer->groups = written > 0 ? 1 : (uint32_t)outputs;
        layer->weight_count = input->shape.sizes[0] / layer->groups * word->kernel * word->kernel;
        fill_weights(maker, layer, outputs);
    } else if (layer->kind == PROM_LAYER_AVERAGE_POOL) {
        uint32_t *multiplier = new_bytes(maker->arena, 1, sizeof *multiplier);
        *multiplier = (uint32_t)(65536 / (input->count / input->shape.sizes[0]));
        layer->rescale = (prom_rescale){16, 0, 1, multiplier};
    }
}

static const prom_program *make_program(prom_arena *arena, const struct network *network)
{
    uint64_t random = 1;
    random_maker *maker = random_maker_new(arena, &random, &network->input, 0, 0);
    maker->contents.input.range = (prom_range){0, 255};
    maker->contents.input_zero = 0;
    for (const char *word = network->layers; word != NULL; word = strchr(word, ' ')) {
        word += word[0] == ' ';
        uint32_t *newest = new_bytes(arena, 1, sizeof *newest);
        prom_layer *layer = &maker->layers[maker->contents.layer_count];
        *newest = random_newest(maker);
        *layer = (prom_layer){.input_count = 1, .inputs = newest, .groups = 1, .output.range = {0, 255}};
        make_layer(maker, layer, word);
        maker->contents.layer_count++;
        maker->program = build_program(arena, &maker->contents);
    }
    return maker->program;
}

/* -- Measuring -- */

/* Inputs of one run, and where its outputs go. */
struct load {
    const prom_executor *executor;
    uint8_t *outputs;
    const uint8_t *inputs;
    size_t batch;
};

static double time_runs(const struct load *load, size_t runs)
{
    prom_error error = {""};
    const double start = seconds();
    for (size_t i = 0; i < runs; i++) {
        assert_ok(prom_executor_run(
                      load->executor, load->outputs,
                      &(prom_executor_request){.inputs = load->inputs, .items = load->batch, .memory = BENCH_MEMORY},
                      &error),
                  &error);
    }
    return seconds() - start;
}

/* Items per second of one thread: the median of some rounds, after one that warms up and counts how many runs fill the
 * time of a round. */
static double measure(const struct load *load)
{
    double times[ROUNDS];
    size_t runs = 1;
    while (time_runs(load, runs) < ROUND_SECONDS) {
        runs *= 2;
    }
    for (size_t i = 0; i < ROUNDS; i++) {
        times[i] = time_runs(load, runs);
    }
    qsort(times, ROUNDS, sizeof *times, compare_doubles);
    return (double)(runs * load->batch) / times[ROUNDS / 2];
}

static double measure_program(const prom_program *program, const prom_program_kernels *kernels, const uint8_t *inputs,
                              size_t batch)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_error error = {""};
    prom_executor *executor = NULL;
    prom_arena_init(&arena, BENCH_MEMORY);
    assert_ok(prom_executor_new(&arena, &executor, program, kernels, NULL, &error), &error);
    const struct load load = {executor, new_bytes(&arena, batch * prom_program_output(program)->count, 1), inputs,
                              batch};
    return measure(&load);
}

static double gmac(const prom_program *program, double items_per_second)
{
    return items_per_second * (double)program->multiplications / 1e9;
}

/* -- What is asked for -- */

struct request {
    const char *program;
    const char *input;
    size_t batch;        /* 0: 1 and 64 */
    const char *kernels; /* NULL: all; for a program of the user's, the fastest */
};

static void bench_network(const struct request *request, const struct network *network)
{
    static const size_t batches[] = {1, 64};
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, BENCH_MEMORY);
    uint64_t random = 2;
    const prom_program *program = make_program(&arena, network);
    const size_t most = request->batch > 64 ? request->batch : 64;
    uint8_t *inputs = new_bytes(&arena, most * program->input.count, 1);
    random_codes(&random, inputs, most * program->input.count, program->input.range);
    for (size_t at = 0; prom_program_kernels_name_at(at) != NULL; at++) {
        const char *name = prom_program_kernels_name_at(at);
        const prom_program_kernels *kernels = prom_program_kernels_by_name(name);
        if (kernels == NULL || (request->kernels != NULL && strcmp(request->kernels, name) != 0)) {
            continue;
        }
        for (size_t i = 0; i < (request->batch > 0 ? 1 : COUNT_OF(batches)); i++) {
            const size_t batch = request->batch > 0 ? request->batch : batches[i];
            const double speed = measure_program(program, kernels, inputs, batch);
            (void)printf("| %s | %.1f | %.1f | %s | %zu | %.0f | %.1f |\n", network->name,
                         (double)program->parameters / 1e6, (double)program->multiplications / 1e6, name, batch, speed,
                         gmac(program, speed));
            (void)fflush(stdout);
        }
    }
}

static prom_span read_file(prom_arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    long length = 0;
    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (length = ftell(file)) < 0) {
        (void)fprintf(stderr, "bench_infer: '%s' cannot be read\n", path);
        exit(1);
    }
    rewind(file);
    uint8_t *bytes = new_bytes(arena, (size_t)length, 1);
    assert_int_equal(fread(bytes, 1, (size_t)length, file), length);
    (void)fclose(file);
    return prom_span_of(bytes, (size_t)length);
}

/* The codes of a file of real numbers, or of integers with the program's zero point. */
static const uint8_t *codes_of_tensor(prom_arena *arena, const prom_program *program, const prom_tensor *tensor,
                                      prom_error *error)
{
    size_t items = 0;
    size_t wrong = 0;
    uint8_t *codes = new_bytes(arena, tensor->count, 1);
    const int lowest = program->input.range.low + program->input_zero;
    assert_ok(prom_tensor_items(&items, tensor, &program->input.shape, tensor->dtype, error), error);
    if (tensor->dtype == PROM_DTYPE_F32) {
        assert_ok(prom_program_quantise(codes, program, tensor->data, tensor->count, error), error);
        return codes;
    }
    assert_true(tensor->dtype == PROM_DTYPE_U8 || tensor->dtype == PROM_DTYPE_I8);
    for (size_t i = 0; i < tensor->count; i++) {
        const int value =
            tensor->dtype == PROM_DTYPE_U8 ? ((const uint8_t *)tensor->data)[i] : ((const int8_t *)tensor->data)[i];
        codes[i] = (uint8_t)(value - lowest);
    }
    assert_true(prom_codes_in_range(&wrong, codes, tensor->count, program->input.range));
    return codes;
}

/* The inputs are taken in turn, from the start again when there are too few for the batch. */
static void bench_file(const struct request *request)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, BENCH_MEMORY);
    prom_error error = {""};
    prom_tensor tensor;
    const prom_program *program = NULL;
    const size_t batch = request->batch > 0 ? request->batch : 1;
    const prom_program_kernels *kernels =
        request->kernels == NULL ? prom_program_kernels_best() : prom_program_kernels_by_name(request->kernels);
    if (kernels == NULL) {
        (void)fprintf(stderr, "bench_infer: this machine has no kernels '%s'\n", request->kernels);
        exit(1);
    }
    assert_ok(prom_program_parse(&arena, &program, read_file(&arena, request->program), &error), &error);
    assert_ok(prom_npy_read(&arena, &tensor, read_file(&arena, request->input), &error), &error);
    const uint8_t *codes = codes_of_tensor(&arena, program, &tensor, &error);
    uint8_t *inputs = new_bytes(&arena, batch * program->input.count, 1);
    for (size_t i = 0; i < batch * program->input.count; i++) {
        inputs[i] = codes[i % tensor.count];
    }
    const double speed = measure_program(program, kernels, inputs, batch);
    (void)printf("{\"model\": \"%s\", \"batch\": %zu, \"kernels\": \"%s\", \"images_per_second\": %.2f, "
                 "\"gmac_per_second\": %.3f}\n",
                 request->program, batch, prom_program_kernels_name(kernels), speed, gmac(program, speed));
}

static bool parse_arguments(struct request *request, int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        const bool option = strncmp(arguments[i], "--", 2) == 0;
        if (option && i + 1 == count) {
            return false;
        }
        if (strcmp(arguments[i], "--batch") == 0) {
            request->batch = strtoul(arguments[++i], NULL, 10);
        } else if (strcmp(arguments[i], "--kernels") == 0) {
            request->kernels = arguments[++i];
        } else if (option || request->input != NULL) {
            return false;
        } else if (request->program == NULL) {
            request->program = arguments[i];
        } else {
            request->input = arguments[i];
        }
    }
    return (request->program == NULL) == (request->input == NULL);
}

int main(int count, char **arguments)
{
    struct request request = {0};
    if (!parse_arguments(&request, count, arguments)) {
        (void)fprintf(stderr, "usage: bench_infer [FILE.prom INPUT.npy] [--batch B] [--kernels NAME]\n");
        return 2;
    }
    if (request.program != NULL) {
        bench_file(&request);
        return 0;
    }
    (void)printf("| network | million parameters | million multiplications | kernels | batch | images/s | GMAC/s |\n"
                 "|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < COUNT_OF(networks); i++) {
        bench_network(&request, &networks[i]);
    }
    return 0;
}
