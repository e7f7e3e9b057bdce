/* The files beside an ONNX model in which some of its constants lie. */
#ifndef FILES_BESIDE_H
#define FILES_BESIDE_H

#include "prometheus/base/arena.h"
#include "prometheus/base/bytes.h"
#include "prometheus/base/result.h"

/* A model that is being read. */
typedef struct prom_beside_model {
    prom_arena *arena; /* for what is read */
    const char *path;
    size_t most; /* bytes of a file */
} prom_beside_model;

/* Reads the file that `location` names from the model's folder, as prom_onnx_files wants it; `context` is a
 * prom_beside_model. PROM_CATEGORY_BAD_INPUT when there is none, or when a link leads out of the folder. */
PROM_MUST_USE prom_result prom_beside_read(void *context, prom_span *content, const char *location, prom_error *error);

#endif
