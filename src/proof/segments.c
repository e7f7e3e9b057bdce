#include "proof/segments.h"

#include <stdlib.h>
#include <string.h>

/* A place on its way to its segment. */
typedef struct sorted {
    place at;
    size_t number;  /* of the place */
    size_t weights; /* number of its point, among all that differ */
} sorted;

static int compare_sizes(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare_points(const sorted *a, const sorted *b)
{
    const int lengths = compare_sizes(a->at.log_length, b->at.log_length);
    return lengths != 0 || a->at.log_length == 0
               ? lengths
               : memcmp(a->at.point, b->at.point, a->at.log_length * sizeof *a->at.point);
}

static int by_points(const void *a, const void *b)
{
    return compare_points(a, b);
}

static bool is_long(const sorted *entry)
{
    return entry->at.log_length > LOG_PIECE;
}

static int compare_segments(const sorted *a, const sorted *b)
{
    const int lengths = (int)is_long(b) - (int)is_long(a);
    const int offsets = compare_sizes(a->at.offset, b->at.offset);
    return lengths != 0 ? lengths : offsets != 0 ? offsets : compare_sizes(a->weights, b->weights);
}

static int by_segments(const void *a, const void *b)
{
    return compare_segments(a, b);
}

/* One table for each point. */
static prom_result make_weights(prom_arena *arena, prom_equality_tables *weights, const prom_field_kernels *kernels,
                                sorted *places, size_t count, prom_error *error)
{
    size_t made = 0;
    qsort(places, count, sizeof *places, by_points);
    for (size_t i = 0; i < count; i++) {
        const place *at = &places[i].at;
        if (i == 0 || compare_points(&places[i - 1], &places[i]) != 0) {
            PROM_TRY(prom_equality_tables_new(arena, &weights[made], at->log_length, error));
            prom_equality_tables_set(&weights[made++], kernels, at->point, at->log_length);
        }
        places[i].weights = made - 1;
    }
    return prom_ok();
}

prom_result prom_segments_new(prom_arena *arena, row_segments *made, size_t *segment_of,
                              const prom_field_kernels *kernels, const place *places, size_t count, prom_error *error)
{
    sorted *order = NULL;
    prom_equality_tables *weights = NULL;
    *made = (row_segments){.count = 0};
    PROM_TRY_NEW(order, arena, count, error);
    PROM_TRY_NEW(weights, arena, count, error);
    PROM_TRY_NEW(made->all, arena, count, error);
    for (size_t i = 0; i < count; i++) {
        order[i] = (sorted){.at = places[i], .number = i};
    }
    PROM_TRY(make_weights(arena, weights, kernels, order, count, error));
    qsort(order, count, sizeof *order, by_segments);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || compare_segments(&order[i - 1], &order[i]) != 0) {
            const place *at = &order[i].at;
            made->all[made->count++] = (row_segment){at->offset, at->log_length, &weights[order[i].weights]};
            made->long_count += is_long(&order[i]);
        }
        segment_of[order[i].number] = made->count - 1;
    }
    return prom_ok();
}

size_t prom_segments_from_piece(const row_segments *segments, size_t piece)
{
    size_t low = segments->long_count;
    size_t high = segments->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (segments->all[middle].offset >> LOG_PIECE < piece) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool prom_segment_in_piece(const row_segment *segment, size_t piece, size_t *start, size_t *end)
{
    const size_t length = (size_t)1 << segment->log_length;
    const size_t piece_start = piece << LOG_PIECE;
    const size_t piece_end = (piece + 1) << LOG_PIECE;
    *start = segment->offset > piece_start ? segment->offset : piece_start;
    *end = segment->offset + length < piece_end ? segment->offset + length : piece_end;
    return *start < *end;
}
