/* What every function that can fail returns, and the sentence that goes with a failure. */
#ifndef PROMETHEUS_BASE_RESULT_H
#define PROMETHEUS_BASE_RESULT_H

#include <stdbool.h>

#include "prometheus/base/declarations.h"

PROM_DECLARATIONS_BEGIN

#define PROM_MUST_USE __attribute__((warn_unused_result))
#define PROM_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))

/* Runs `function` with the address of the variable when it goes out of scope. */
#define PROM_SCOPED(function) __attribute__((cleanup(function)))

typedef enum prom_category {
    PROM_CATEGORY_OK = 0,
    PROM_CATEGORY_MISUSE,    /* the caller broke the function's contract */
    PROM_CATEGORY_BAD_INPUT, /* what the user gave cannot be used */
    PROM_CATEGORY_IO,        /* disk, process or network refused */
    PROM_CATEGORY_PEER,      /* a peer broke the protocol; of prom_model_verify: the proof does not hold */
    PROM_CATEGORY_BROKEN,    /* an invariant of our own does not hold */
    PROM_CATEGORY_STOPPED,   /* the caller asked for it: see progress.h */
    PROM_CATEGORY_MEMORY,    /* memory was refused, or would exceed a limit: with more of it the same may succeed */
} prom_category;

typedef struct prom_result {
    prom_category category;
} prom_result;

/* The sentence for the user: what was wrong, where, what to do. Empty after a success. */
typedef struct prom_error {
    char sentence[512];
} prom_error;

/* Returns a success. */
static inline prom_result prom_ok(void)
{
    const prom_result ok = {PROM_CATEGORY_OK};
    return ok;
}

/* Returns whether the result is a success. */
static inline bool prom_is_ok(prom_result result)
{
    return result.category == PROM_CATEGORY_OK;
}

/* Writes the sentence into `error` (which may be NULL) and returns a failed result of the given category.
 * Of a sentence longer than the buffer the middle is left out. */
PROM_MUST_USE prom_result prom_fail(prom_error *error, prom_category category, const char *format, ...)
    PROM_PRINTF(3, 4);

/* Puts "<context>: " before the sentence in `error` (which may be NULL); returns `result` as it is. */
PROM_MUST_USE prom_result prom_within(prom_result result, prom_error *error, const char *format, ...) PROM_PRINTF(3, 4);

/* Returns the result of reading what came from a peer: bad input becomes the peer's fault, all else stays. */
static inline prom_result prom_blame_peer(prom_result result)
{
    const prom_result peer = {PROM_CATEGORY_PEER};
    return result.category == PROM_CATEGORY_BAD_INPUT ? peer : result;
}

/* Returns the category in one word, for logs and for --json: "ok", "misuse", "bad input", "io", "peer", "broken",
 * "stopped", "memory". */
const char *prom_category_name(prom_category category);

#ifdef PROM_ANALYSED
/* Tells the analyser, which reads one file at a time, that prom_fail returns a failure and that prom_within returns
 * what it was given. Only tools/lint sees this. */
static inline prom_result prom_analysed(prom_result result, prom_result written)
{
    (void)written;
    return result;
}
#define prom_fail(error, category, ...)                                                                                \
    prom_analysed((prom_result){category}, prom_fail((error), (category), __VA_ARGS__))
#define prom_within(result, error, ...) prom_analysed((result), prom_within(prom_ok(), (error), __VA_ARGS__))
#endif

/* Returns from the calling function when `expression` failed. */
#define PROM_TRY(expression)                                                                                           \
    do {                                                                                                               \
        const prom_result prom_try_result_ = (expression);                                                             \
        if (!prom_is_ok(prom_try_result_)) {                                                                           \
            return prom_try_result_;                                                                                   \
        }                                                                                                              \
    } while (0)

PROM_DECLARATIONS_END

#endif
