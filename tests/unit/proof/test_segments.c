#include "proof/segments.h"

#include "proof/argument.h"

enum { POINTS = 4, COORDINATES = 15, PLACES = 60, LOG_ROWS = 15 };

/* Places of all lengths at random multiples of them, with few points, of which the shorter are the beginnings of the
 * longer ones. */
static void some_places(uint64_t *random, place places[PLACES], prom_extension points[POINTS][COORDINATES])
{
    for (size_t i = 0; i < POINTS * COORDINATES; i++) {
        points[i / COORDINATES][i % COORDINATES] = some_extension(random);
    }
    for (size_t i = 0; i < PLACES; i++) {
        const size_t log_length = random_below(random, LOG_ROWS + 1);
        const size_t offset = random_below(random, (size_t)1 << (LOG_ROWS - log_length)) << log_length;
        const prom_extension *point = points[random_below(random, POINTS)];
        places[i] =
            (place){.offset = random_below(random, 2) == 0 ? 0 : offset, .log_length = log_length, .point = point};
    }
}

static bool are_alike(const place *a, const place *b)
{
    return a->offset == b->offset && a->log_length == b->log_length && (a->log_length == 0 || a->point == b->point);
}

/* The weights are the equality polynomial at the place's point. */
static void check_weights(const row_segment *segment, const place *at, uint64_t *random)
{
    const size_t index = random_below(random, (size_t)1 << at->log_length);
    prom_extension corner[COORDINATES];
    for (size_t i = 0; i < at->log_length; i++) {
        const bool set = (index >> (at->log_length - 1 - i) & 1) != 0;
        corner[i] = set ? prom_extension_one() : prom_extension_zero();
    }
    const size_t inner = index & (((size_t)1 << segment->weights->inner_variables) - 1);
    const prom_extension inner_weight = prom_planes_get(segment->weights->inner, inner);
    const prom_extension outer_weight = segment_outer_weight(segment, at->offset + index - inner);
    const prom_extension weight = prom_extension_multiply(&outer_weight, &inner_weight);
    const prom_extension expected = prom_equality(at->point, corner, at->log_length);
    assert_true(prom_extension_equal(&weight, &expected));
}

static void test_segments(void **state)
{
    fixture *test = *state;
    uint64_t random = 1;
    const prom_field_kernels *kernels = prom_field_kernels_for(prom_cpu_of_machine());
    for (size_t tries = 0; tries < 30; tries++) {
        prom_extension points[POINTS][COORDINATES];
        place places[PLACES];
        size_t segment_of[PLACES];
        row_segments made;
        some_places(&random, places, points);
        assert_ok(prom_segments_new(&test->arena, &made, segment_of, kernels, places, PLACES, &test->error),
                  &test->error);
        for (size_t i = 0; i < PLACES; i++) {
            const row_segment *segment = &made.all[segment_of[i]];
            assert_int_equal(segment->offset, places[i].offset);
            assert_int_equal(segment->log_length, places[i].log_length);
            check_weights(segment, &places[i], &random);
            for (size_t j = 0; j < i; j++) {
                const bool shared = are_alike(&places[i], &places[j]);
                assert_int_equal(segment_of[i] == segment_of[j], shared);
                assert_true(!shared || made.all[segment_of[j]].weights == segment->weights);
            }
        }
        prom_arena_free(&test->arena);
    }
}

/* Piece by piece, each value of each segment is met once. */
static void test_pieces(void **state)
{
    fixture *test = *state;
    uint64_t random = 2;
    prom_extension points[POINTS][COORDINATES];
    place places[PLACES];
    size_t segment_of[PLACES];
    size_t met[PLACES] = {0};
    row_segments made;
    some_places(&random, places, points);
    assert_ok(prom_segments_new(&test->arena, &made, segment_of, &prom_field_portable, places, PLACES, &test->error),
              &test->error);
    for (size_t piece = 0; piece < (size_t)1 << (LOG_ROWS - LOG_PIECE); piece++) {
        const size_t short_end = prom_segments_from_piece(&made, piece + 1);
        for (size_t i = 0; i < made.count; i++) {
            size_t start = 0;
            size_t end = 0;
            const bool overlaps = prom_segment_in_piece(&made.all[i], piece, &start, &end);
            const bool is_long = i < made.long_count;
            assert_true(is_long == (made.all[i].log_length > LOG_PIECE));
            assert_true(is_long || overlaps == (i >= prom_segments_from_piece(&made, piece) && i < short_end));
            met[i] += overlaps ? end - start : 0;
            assert_true(!overlaps || (start >> LOG_PIECE == piece && (end - 1) >> LOG_PIECE == piece));
        }
    }
    for (size_t i = 0; i < made.count; i++) {
        assert_int_equal(met[i], (size_t)1 << made.all[i].log_length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(test_segments), FIXTURE_TEST(test_pieces)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
