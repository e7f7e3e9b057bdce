#include "prom/demo_own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Beside the folder of the program, in a source tree or where it is installed. */
static prom_result find_models(char folder[PATH_MAX], prom_error *error)
{
    static const char *const places[] = {"../models", "../share/prometheus/models"};
    char program[PATH_MAX] = {0};
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash = length > 0 ? strrchr(program, '/') : NULL;
    if (slash != NULL) {
        *slash = '\0';
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
            char candidate[PATH_MAX];
            (void)snprintf(candidate, sizeof candidate, "%.4000s/%s", program, places[i]);
            if (realpath(candidate, folder) != NULL) {
                return prom_ok();
            }
        }
    }
    return prom_fail(error, PROM_CATEGORY_IO,
                     "the models that come with prom are not there: give --model, --calibrate and --input");
}

static prom_result take_own(prom_demo_files *files, prom_demo_own_paths *paths, prom_error *error)
{
    char models[PATH_MAX];
    PROM_TRY(find_models(models, error));
    (void)snprintf(paths->model, PATH_MAX, "%.4000s/digits-cnn.onnx", models);
    (void)snprintf(paths->calibration, PATH_MAX, "%.4000s/digits-calibration.npy", models);
    (void)snprintf(paths->input, PATH_MAX, "%.4000s/digits-heldout-images.npy", models);
    (void)snprintf(paths->labels, PATH_MAX, "%.4000s/digits-heldout-labels.npy", models);
    files->model = paths->model;
    files->calibration = paths->calibration;
    files->input = paths->input;
    files->labels = paths->labels;
    return prom_ok();
}

/* An option that only a network has a use for; NULL: none is given. */
static const char *network_option(const prom_demo_files *files, const prom_batch_options *batch)
{
    const struct {
        const char *name;
        bool given;
    } options[] = {
        {"--model", files->model != NULL},   {"--calibrate", files->calibration != NULL},
        {"--labels", files->labels != NULL}, {"--end-at", files->end_at != NULL},
        {"--resize", batch->resize},         {"--mean", batch->mean != NULL},
        {"--std", batch->deviation != NULL},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (options[i].given) {
            return options[i].name;
        }
    }
    return NULL;
}

static prom_result check_module(const prom_demo_files *files, const char *network, prom_error *error)
{
    if (network != NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is for networks, and --program gives a module", network);
    }
    return files->input != NULL ? prom_ok()
                                : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                            "--program needs --input: a file, or a folder, with its items");
}

prom_result prom_demo_own_find(prom_demo_files *files, prom_demo_own_paths *paths, const prom_batch_options *batch,
                               prom_error *error)
{
    const char *network = network_option(files, batch);
    const char *own = files->model == NULL && files->input != NULL ? "--input" : network;
    if (files->module != NULL) {
        return check_module(files, network, error);
    }
    if (files->kind != NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "--items is for a module: give it by --program");
    }
    if (files->model != NULL && files->input != NULL) {
        return prom_ok();
    }
    if (own != NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%s is for a model and a batch of your own: give both --model and --input%s", own,
                         files->calibration == NULL ? ", and --calibrate where it is a float model" : "");
    }
    return take_own(files, paths, error);
}
