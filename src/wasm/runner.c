#include "wasm/runner.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "wasm/answer.h"
#include "wasm/build.h"
#include "wasm/find.h"
#include "wasm/link.h"

static const int ASK_MS = 100; /* after which whoever waits is asked whether to go on */

struct prom_runner_session {
    prom_module_limits limits;
    prom_wasm_link link;
};

static prom_span head_of(uint8_t head[PROM_WASM_HEAD], prom_wasm_kind kind, size_t length)
{
    head[0] = (uint8_t)kind;
    for (size_t i = 1; i < PROM_WASM_HEAD; i++) {
        head[i] = (uint8_t)(length >> 8 * (PROM_WASM_HEAD - 1 - i));
    }
    return prom_span_of(head, PROM_WASM_HEAD);
}

/* -- Opening -- */

static prom_result failure_of(const prom_wasm_answer *answer, prom_error *error)
{
    if (answer->kind == PROM_WASM_REFUSED) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s", answer->sentence);
    }
    return prom_fail(error, PROM_CATEGORY_IO, "prom-wasm cannot go on: %s", answer->sentence);
}

/* What another build says, be it that a module cannot be run, is no answer: its rules may be others. */
static prom_result check_hello(const prom_wasm_answer *answer, prom_error *error)
{
    if (answer->kind == PROM_WASM_FAULT) {
        return failure_of(answer, error);
    }
    if (answer->kind != PROM_WASM_HELLO) {
        return prom_fail(
            error, PROM_CATEGORY_IO,
            "prom-wasm does not say of which build it is: it is of another one than this program (" PROM_WASM_BUILD
            "); install both from the same sources");
    }
    return strcmp(answer->sentence, PROM_WASM_BUILD) == 0
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_IO,
                           "prom-wasm is of another build (%.120s) than this program (" PROM_WASM_BUILD
                           "); install both from the same sources, and start again what runs",
                           answer->sentence);
}

/* What has come of the two answers: of which build prom-wasm is, and what it makes of the program. */
struct opening {
    prom_wasm_answer answer;
    bool greeted;
    bool whole;
};

static prom_result take_answers(struct opening *opening, prom_span piece, prom_error *error)
{
    while (piece.length > 0) {
        bool read = false;
        PROM_TRY(prom_wasm_answer_read(&opening->answer, &read, &piece, NULL, NULL, error));
        if (opening->whole || (opening->greeted && opening->answer.kind == PROM_WASM_HELLO)) {
            return prom_fail(error, PROM_CATEGORY_BROKEN, "prom-wasm says more than it was asked");
        }
        if (read && !opening->greeted) {
            PROM_TRY(check_hello(&opening->answer, error));
            opening->greeted = true;
            prom_wasm_answer_begin(&opening->answer);
        } else {
            opening->whole = read;
        }
    }
    return prom_ok();
}

/* Sends what is in these two spans, and waits for the answer. */
static prom_result ask(prom_wasm_link *link, struct opening *opening, prom_span parts[2], const prom_progress *progress,
                       prom_error *error)
{
    prom_wasm_answer_begin(&opening->answer);
    while (!opening->whole) {
        for (size_t i = 0; i < 2; i++) {
            const size_t count = prom_wasm_link_put(link, parts[i]);
            parts[i] = prom_span_of(parts[i].data + count, parts[i].length - count);
        }
        PROM_TRY(prom_wasm_link_turn(link, ASK_MS, error));
        PROM_TRY(take_answers(opening, prom_wasm_link_take(link, SIZE_MAX), error));
        PROM_TRY(opening->whole ? prom_ok() : prom_progress_report(progress, 0, 1, error));
    }
    return prom_ok();
}

static prom_result prepare(prom_runner_session *session, prom_wasm_kind kind, const prom_module *module,
                           const prom_progress *progress, prom_error *error)
{
    prom_arena arena PROM_SCOPED(prom_arena_free);
    struct opening opening = {.greeted = false};
    uint8_t head[PROM_WASM_HEAD];
    prom_span program;
    prom_arena_init(&arena, SIZE_MAX);
    PROM_TRY(prom_module_write(&arena, &program, &module->limits, module->code, error));
    prom_span parts[] = {head_of(head, kind, program.length), program};
    PROM_TRY(ask(&session->link, &opening, parts, progress, error));
    return opening.answer.kind == PROM_WASM_READY ? prom_ok() : failure_of(&opening.answer, error);
}

static void close_session(prom_runner_session *session)
{
    if (session != NULL) {
        prom_wasm_link_end(&session->link);
        free(session);
    }
}

static prom_result start(const prom_runner *runner, prom_runner_session **session, prom_wasm_kind kind,
                         const prom_module *module, const prom_progress *progress, prom_error *error)
{
    char path[PATH_MAX];
    const char *helper = runner->context;
    *session = NULL;
    prom_runner_session *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "there is no memory for a session of prom-wasm");
    }
    made->limits = module->limits;
    if (helper == NULL) {
        helper = prom_wasm_find(path, sizeof path, "prom-wasm", getenv("PATH"));
    }
    prom_result result = prom_wasm_link_start(&made->link, helper, error);
    if (prom_is_ok(result)) {
        result = prepare(made, kind, module, progress, error);
    }
    if (!prom_is_ok(result)) {
        close_session(made);
        return result;
    }
    *session = made;
    return prom_ok();
}

static prom_result open_session(const prom_runner *runner, prom_runner_session **session, const prom_module *module,
                                const prom_progress *progress, prom_error *error)
{
    return start(runner, session, PROM_WASM_PROGRAM, module, progress, error);
}

static prom_result check_module(const prom_runner *runner, const prom_module *module, const prom_progress *progress,
                                prom_error *error)
{
    prom_runner_session *session = NULL;
    PROM_TRY(start(runner, &session, PROM_WASM_CHECK, module, progress, error));
    close_session(session);
    return prom_ok();
}

/* -- Running -- */

/* A batch on its way: what is sent of it, and what has come back. */
struct batch {
    const prom_module_call *calls;
    size_t count;
    size_t sent; /* calls that were put to the link as a whole */
    uint8_t head[PROM_WASM_HEAD + PROM_WASM_FOLD_HEAD];
    prom_span parts[3]; /* what is to be put of the next one; none: it has not begun */
    bool begun;
    prom_wasm_answer answer;
    prom_node_result *results;
    size_t done;
};

static void begin_call(struct batch *batch)
{
    const prom_module_call *call = &batch->calls[batch->sent];
    const size_t lengths = call->first.length + (call->fold ? PROM_WASM_FOLD_HEAD + call->second.length : 0);
    batch->parts[0] = head_of(batch->head, call->fold ? PROM_WASM_FOLD : PROM_WASM_MAP, lengths);
    if (call->fold) {
        for (size_t i = 0; i < PROM_WASM_FOLD_HEAD; i++) {
            batch->head[PROM_WASM_HEAD + i] = (uint8_t)(call->first.length >> 8 * (PROM_WASM_FOLD_HEAD - 1 - i));
        }
        batch->parts[0].length += PROM_WASM_FOLD_HEAD;
    }
    batch->parts[1] = call->first;
    batch->parts[2] = call->fold ? call->second : prom_span_of(NULL, 0);
    batch->begun = true;
}

/* Puts as many calls, and of the next as much, as the link has room for. */
static void put_calls(struct batch *batch, prom_wasm_link *link)
{
    while (batch->sent < batch->count) {
        if (!batch->begun) {
            begin_call(batch);
        }
        for (size_t i = 0; i < 3; i++) {
            if (batch->parts[i].length > 0) {
                const size_t put = prom_wasm_link_put(link, batch->parts[i]);
                batch->parts[i] = prom_span_of(batch->parts[i].data + put, batch->parts[i].length - put);
            }
            if (batch->parts[i].length > 0) {
                return;
            }
        }
        batch->sent++;
        batch->begun = false;
    }
}

static prom_result take_results(struct batch *batch, const prom_module_limits *limits, prom_span piece,
                                prom_arena *arena, prom_error *error)
{
    while (piece.length > 0) {
        bool whole = false;
        if (batch->done == batch->sent) {
            return prom_fail(error, PROM_CATEGORY_BROKEN, "prom-wasm gives a result that nobody asked for");
        }
        const bool fold = batch->calls[batch->done].fold;
        const prom_wasm_bounds bounds = {.bytes = fold ? limits->fold_bytes : limits->result_bytes,
                                         .fuel = fold ? limits->fold_fuel : limits->fuel};
        PROM_TRY(prom_wasm_answer_read(&batch->answer, &whole, &piece, arena, &bounds, error));
        if (whole && batch->answer.kind == PROM_WASM_FAULT) {
            return failure_of(&batch->answer, error);
        }
        if (whole) {
            batch->results[batch->done++] = batch->answer.node;
            prom_wasm_answer_begin(&batch->answer);
        }
    }
    return prom_ok();
}

static prom_result run_batch(struct batch *batch, prom_runner_session *session, prom_arena *arena,
                             const prom_progress *progress, prom_error *error)
{
    prom_wasm_answer_begin(&batch->answer);
    while (batch->done < batch->count) {
        put_calls(batch, &session->link);
        PROM_TRY(prom_wasm_link_turn(&session->link, ASK_MS, error));
        PROM_TRY(take_results(batch, &session->limits, prom_wasm_link_take(&session->link, SIZE_MAX), arena, error));
        PROM_TRY(prom_progress_report(progress, batch->done, batch->count, error));
    }
    return prom_ok();
}

static prom_result check_calls(const prom_runner_session *session, const prom_module_call *calls, size_t count,
                               prom_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const size_t most = calls[i].fold ? PROM_MODULE_RESULT_MAX : PROM_MODULE_INPUT_MAX;
        if (calls[i].first.length > most || (calls[i].fold && calls[i].second.length > most) ||
            (calls[i].fold ? !session->limits.folds : session->limits.folds_alone)) {
            return prom_fail(error, PROM_CATEGORY_MISUSE, "call %zu is none of this program", i);
        }
    }
    return prom_ok();
}

static prom_result run_session(prom_runner_session *session, prom_arena *arena, prom_node_result *results,
                               const prom_module_call *calls, size_t count, const prom_progress *progress,
                               prom_error *error)
{
    struct batch batch = {.calls = calls, .count = count, .results = results};
    PROM_TRY(check_calls(session, calls, count, error));
    const prom_result result = run_batch(&batch, session, arena, progress, error);
    if (!prom_is_ok(result)) {
        prom_wasm_link_end(&session->link); /* what it still says would answer other calls */
    }
    return result;
}

void prom_wasm_runner_init(prom_runner *runner, const char *helper)
{
    *runner = (prom_runner){
        .open = open_session,
        .check = check_module,
        .run = run_session,
        .close = close_session,
        /* NOLINTNEXTLINE(performance-no-int-to-ptr): it is only read */
        .context = (void *)(uintptr_t)helper,
    };
}
