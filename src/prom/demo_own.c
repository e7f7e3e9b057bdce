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

prom_result prom_demo_own_files(prom_demo_files *files, prom_demo_own_paths *paths, prom_error *error)
{
    char models[PATH_MAX];
    PROM_TRY(find_models(models, error));
    (void)snprintf(paths->model, PATH_MAX, "%.4000s/digits-cnn.onnx", models);
    (void)snprintf(paths->calibration, PATH_MAX, "%.4000s/digits-calibration.npy", models);
    (void)snprintf(paths->input, PATH_MAX, "%.4000s/digits-heldout-images.npy", models);
    (void)snprintf(paths->labels, PATH_MAX, "%.4000s/digits-heldout-labels.npy", models);
    *files = (prom_demo_files){paths->model, NULL, paths->calibration, paths->input, paths->labels, files->pictures};
    return prom_ok();
}
