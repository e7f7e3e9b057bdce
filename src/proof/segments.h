/* What claims on the rows of a matrix have in common: the weights of a row's values. A claim's polynomial either fills
 * whole rows, whose numbers its first coordinates choose, or is a part of one. The other coordinates are a point in
 * that segment of each row, and claims that differ in their rows alone share it. */
#ifndef PROOF_SEGMENTS_H
#define PROOF_SEGMENTS_H

#include "prometheus/proof/multilinear.h"

/* Where a claim's values are. */
typedef struct place {
    size_t first_row;
    size_t log_row_count;
    size_t offset; /* in the row: a multiple of the length */
    size_t log_length;
    const prom_extension *row_point; /* log_row_count coordinates */
    const prom_extension *point;     /* log_length coordinates */
} place;

/* The weights are those of a point from `offset` on, for as many values as they have, and zero beside it. */
typedef struct row_segment {
    size_t offset;
    size_t log_length;
    const prom_equality_tables *weights;
} row_segment;

/* Rows are passed over piece by piece: a piece stays in the processor's cache while all segments of it pass. */
enum { LOG_PIECE = PROM_LOG_BLOCK + 3 };

/* First those longer than a piece, then the others, each of them in one piece, by their offsets. */
typedef struct row_segments {
    size_t count;
    size_t long_count;
    row_segment *all;
} row_segments;

/* The segments of `count` places; that of places[i] is number segment_of[i]. */
PROM_MUST_USE prom_result prom_segments_new(prom_arena *arena, row_segments *made, size_t *segment_of,
                                            const prom_field_kernels *kernels, const place *places, size_t count,
                                            prom_error *error);

/* The first that is not a long one and lies in piece `piece` of a row or after it. */
size_t prom_segments_from_piece(const row_segments *segments, size_t piece);

/* Writes from where to where a segment and a piece of a row overlap; false when they do not. */
bool prom_segment_in_piece(const row_segment *segment, size_t piece, size_t *start, size_t *end);

/* The weight of the block of values at `at` of a row, which is in the segment, before the inner weights. */
static inline prom_extension segment_outer_weight(const row_segment *segment, size_t at)
{
    return prom_planes_get(segment->weights->outer, (at - segment->offset) >> segment->weights->inner_variables);
}

#endif
