#include "node/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prometheus/contract/keygen.h"
#include "prometheus/scheme/delivery.h"
#include "system/clock.h"
#include "system/file.h"
#include "system/random.h"

struct prom_job_task {
    prom_task task;
    prom_job_order order;
    prom_arena arena;
    prom_curve *curve; /* of this task alone */
    prom_terms terms;  /* full ones where there are any, else base terms */
    prom_bytes32 contract_id;
    prom_span bytes; /* the order's, copied */
    prom_done_event event;
    bool has_work;
    prom_work work;     /* open job */
    atomic_size_t done; /* of `total`, as it was told last; 0: not yet */
    atomic_size_t total;
    prom_job_task *next; /* of the list */
    prom_error reason;
};

enum { PROM_JOB_COMPILE_MS = PROM_WORK_COMPILE_SECONDS * 1000 };

/* What a job may take of memory, where its owner says nothing. */
#define JOB_MEMORY ((size_t)1 << 33)

/* Whoever asks, in another thread, may see one number before the other is there. */
static bool report(void *context, size_t done, size_t total)
{
    prom_job_task *task = context;
    if (done > 0) {
        atomic_store(&task->total, total);
        atomic_store(&task->done, done);
    }
    return !atomic_load(&task->task.stop);
}

static prom_delivery_context context_of(const prom_job_task *task, const prom_scheme_job *job)
{
    return (prom_delivery_context){task->curve, &task->terms, &task->contract_id, job};
}

/* Where all of it can be read after all the next fetch finds that, and asks nobody. */
static void set_aside(const char *path, uint64_t channel)
{
    char part[PATH_MAX];
    prom_body_part(part, path, channel);
    (void)rename(path, part);
}

/* Its hash was right when it came: that it cannot be read now, or is another, is our own fault and nobody's answer. It
 * is not here any more then, as the event says. What was changed is worth nothing to anybody; what the worker has made
 * nobody can send it, so that may lie there for its owner to look at. */
static prom_result read_body(prom_job_task *task, prom_span *bytes, prom_body_kind kind, prom_error *error)
{
    const prom_job_files *files = &task->order.files;
    const bool made = task->order.role == PROM_ROLE_WORKER && kind >= PROM_BODY_PACKAGE_A;
    const prom_result result = prom_file_load(&task->arena, bytes, files->body[kind], PROM_PAYLOAD_MAX, error);
    prom_bytes32 hash;
    if (result.category == PROM_CATEGORY_MEMORY) {
        return result;
    }
    if (prom_is_ok(result)) {
        prom_body_hash(&hash, kind, &task->contract_id, *bytes);
        if (prom_bytes32_equal(&hash, &files->hash[kind])) {
            return prom_ok();
        }
    }
    task->event.lost = (prom_lost_body){true, kind, files->hash[kind]};
    if (!prom_is_ok(result)) {
        if (!made) {
            set_aside(files->body[kind], task->order.channel);
        }
        return (prom_result){PROM_CATEGORY_IO};
    }
    if (!made) {
        (void)unlink(files->body[kind]);
    }
    return prom_fail(error, PROM_CATEGORY_IO, "%s was changed on the disk", files->body[kind]);
}

static prom_result read_job(prom_job_task *task, prom_job_bytes *bytes, prom_error *error)
{
    *bytes = (prom_job_bytes){.runner = task->order.runner};
    PROM_TRY(read_body(task, &bytes->program, PROM_BODY_PROGRAM, error));
    return read_body(task, &bytes->input, PROM_BODY_INPUT, error);
}

static prom_result open_job(prom_job_task *task, const prom_scheme_job **job, prom_error *error)
{
    prom_job_bytes bytes;
    PROM_TRY(read_job(task, &bytes, error));
    bytes.tried = true; /* before the terms were signed */
    return prom_delivery_open_job(&task->arena, job, &bytes, &task->terms.job, error);
}

/* Nobody signs for a module that takes long to compile here: when it must be done, the machine may be busy. */
struct trying {
    prom_job_task *task;
    int64_t until;
};

static bool may_go_on(void *context, size_t done, size_t total)
{
    const struct trying *trying = context;
    return report(trying->task, done, total) && prom_clock_milliseconds() < trying->until;
}

static prom_result try_job(prom_job_task *task, const prom_scheme_job **job, prom_job_bytes *bytes, prom_error *error)
{
    struct trying trying = {task, prom_clock_milliseconds() + PROM_JOB_COMPILE_MS};
    const prom_progress progress = {may_go_on, &trying};
    bytes->progress = &progress;
    const prom_result result = prom_delivery_open_job(&task->arena, job, bytes, &task->terms.job, error);
    bytes->progress = NULL;
    return result.category == PROM_CATEGORY_STOPPED && !atomic_load(&task->task.stop)
               ? prom_fail(error, PROM_CATEGORY_BAD_INPUT, "its module takes more than %d seconds to compile here",
                           PROM_JOB_COMPILE_MS / 1000)
               : result;
}

/* What is the other side's fault is an answer; what is ours is none. */
static prom_result answer(prom_job_task *task, prom_result result)
{
    if (result.category == PROM_CATEGORY_PEER || result.category == PROM_CATEGORY_BAD_INPUT) {
        task->event.checked = PROM_CHECKED_BAD;
        return prom_ok();
    }
    task->event.checked = prom_is_ok(result) ? PROM_CHECKED_GOOD : PROM_CHECKED_UNKNOWN;
    return result;
}

/* -- One function for each job -- */

/* protocol 6: before the base terms are signed. */
static prom_result do_open_job(prom_job_task *task, prom_error *error)
{
    const prom_scheme_job *job = NULL;
    prom_job_bytes bytes;
    prom_result result = read_job(task, &bytes, error);
    if (prom_is_ok(result) && bytes.runner == NULL && prom_module_is(bytes.program)) {
        result = prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                           "its program is a module, and this node takes integer programs alone");
    }
    if (prom_is_ok(result)) {
        result = try_job(task, &job, &bytes, error);
    }
    if (prom_is_ok(result)) {
        result = prom_work_of_job(&task->arena, &task->work, job, error);
        task->has_work = prom_is_ok(result);
    }
    if (prom_is_ok(result)) {
        result = prom_delivery_fits(job, &task->terms, error);
    }
    if (prom_is_ok(result) && !task->order.judged && task->order.role == PROM_ROLE_WORKER) {
        result = prom_delivery_fits_memory(job, task->order.config.memory_max, error);
    }
    return answer(task, result);
}

static prom_result keep_package(prom_job_task *task, prom_round round, prom_span package, prom_error *error)
{
    PROM_TRY(prom_file_write(task->order.files.made, package, error));
    prom_package_hash(&task->event.body.hash, &task->contract_id, round, package);
    task->event.body.here = true;
    task->event.body.length = package.length;
    task->event.checked = PROM_CHECKED_GOOD;
    return prom_ok();
}

/* A worker that lies delivers what its proof does not prove. */
static prom_result falsify_output(prom_job_task *task, prom_delivery *delivery, prom_error *error)
{
    prom_span copy;
    if (task->order.falsify != PROM_FALSIFY_OUTPUT || delivery->output.length == 0) {
        return prom_ok();
    }
    PROM_TRY(prom_span_copy(&task->arena, &copy, delivery->output, error));
    uint8_t *last = NULL;
    PROM_TRY_NEW(last, &task->arena, copy.length, error);
    memcpy(last, copy.data, copy.length);
    last[copy.length - 1] ^= 1;
    delivery->output = prom_span_of(last, copy.length);
    return prom_ok();
}

static prom_delivery_secrets seal_secrets(const prom_job_task *task)
{
    prom_delivery_secrets secrets = {.h_p = task->order.secrets.h_p};
    const prom_bytes32 random = prom_random_bytes32();
    memcpy(secrets.nonce.bytes, random.bytes, sizeof secrets.nonce.bytes);
    return secrets;
}

static prom_result do_compute(prom_job_task *task, prom_error *error)
{
    const prom_scheme_job *job = NULL;
    const prom_progress progress = {report, task};
    prom_delivery delivery;
    prom_bytes32 root;
    prom_span package;
    PROM_TRY(open_job(task, &job, error));
    PROM_TRY(job->scheme->deliver(&task->arena, &delivery, &root, job, &progress, error));
    PROM_TRY(falsify_output(task, &delivery, error));
    const prom_delivery_context context = context_of(task, job);
    prom_delivery_secrets secrets = seal_secrets(task);
    const prom_result sealed = prom_delivery_seal(&context, &task->arena, &package, &root, &delivery, &secrets, error);
    prom_wipe(&secrets, sizeof secrets);
    PROM_TRY(sealed);
    return keep_package(task, PROM_ROUND_A, package, error);
}

static prom_result do_openings(prom_job_task *task, prom_error *error)
{
    const prom_scheme_job *job = NULL;
    prom_delivery delivery;
    prom_bytes32 root;
    prom_sample sample;
    prom_span package_a;
    prom_span proof;
    prom_span package;
    PROM_TRY(open_job(task, &job, error));
    PROM_TRY(read_body(task, &package_a, PROM_BODY_PACKAGE_A, error));
    const prom_delivery_context context = context_of(task, job);
    PROM_TRY(prom_delivery_open(&context, &task->arena, &delivery, &root, package_a, &task->order.secrets.h_p, error));
    PROM_TRY(prom_delivery_sample(&context, &task->arena, &sample, package_a, &task->order.want.block, error));
    PROM_TRY(job->scheme->open_sample(&task->arena, &proof, job, delivery.output, &sample, error));
    prom_delivery_secrets secrets = seal_secrets(task);
    const prom_result sealed =
        prom_delivery_seal_openings(&context, &task->arena, &package, proof, &task->order.want.block, &secrets, error);
    prom_wipe(&secrets, sizeof secrets);
    PROM_TRY(sealed);
    task->event.body.block = task->order.want.block;
    return keep_package(task, PROM_ROUND_B, package, error);
}

static prom_result do_open_key(prom_job_task *task, prom_error *error)
{
    prom_span package;
    PROM_TRY(read_body(task, &package, PROM_BODY_PACKAGE_A, error));
    const prom_delivery_context context = context_of(task, NULL);
    return answer(task,
                  prom_delivery_open_key(&context, &task->event.h_p, package, &task->order.secrets.seal_key, error));
}

static prom_result do_check(prom_job_task *task, prom_error *error)
{
    const bool two = task->terms.P.varsigma != PROM_BASIS_POINTS_ONE;
    const prom_progress progress = {report, task};
    const prom_scheme_job *job = NULL;
    prom_delivery_packages packages = {0};
    prom_span round_b;
    prom_span output;
    PROM_TRY(open_job(task, &job, error));
    PROM_TRY(read_body(task, &packages.round_a, PROM_BODY_PACKAGE_A, error));
    if (two) {
        PROM_TRY(read_body(task, &round_b, PROM_BODY_PACKAGE_B, error));
        packages.round_b = &round_b;
    }
    const prom_delivery_context context = context_of(task, job);
    task->event.checked =
        prom_delivery_check(&context, &task->arena, &output, &packages, &task->order.secrets.h_p, &progress, error);
    if (task->event.checked == PROM_CHECKED_UNKNOWN) {
        return (prom_result){PROM_CATEGORY_IO};
    }
    if (task->order.falsify == PROM_FALSIFY_VERDICT) {
        task->event.checked = task->event.checked == PROM_CHECKED_GOOD ? PROM_CHECKED_BAD : PROM_CHECKED_GOOD;
    }
    const bool result = task->order.want.job == PROM_JOB_RESULT && task->event.checked == PROM_CHECKED_GOOD;
    return result ? prom_file_write(task->order.files.made, output, error) : prom_ok();
}

/* Of the host key's seed and the session: a deal is made once, and again after a crash it is the same. */
static prom_result do_keygen(prom_job_task *task, prom_error *error)
{
    const prom_keygen_order order = {.step = (prom_keygen_step)task->order.want.step,
                                     .bytes = task->bytes,
                                     .key = &task->order.secrets.host_key,
                                     .randomness = &task->order.secrets.randomness};
    prom_keygen_answer answer_;
    PROM_TRY(prom_keygen_work(task->curve, &task->arena, &answer_, &order, error));
    task->event.culprit = answer_.culprit;
    task->event.bytes = answer_.bytes;
    task->event.checked = PROM_CHECKED_GOOD;
    return prom_ok();
}

typedef prom_result do_job(prom_job_task *task, prom_error *error);

static do_job *const jobs[PROM_JOBS] = {
    [PROM_JOB_OPEN_JOB] = do_open_job, [PROM_JOB_COMPUTE] = do_compute, [PROM_JOB_OPENINGS] = do_openings,
    [PROM_JOB_OPEN_KEY] = do_open_key, [PROM_JOB_CHECK] = do_check,     [PROM_JOB_RESULT] = do_check,
    [PROM_JOB_KEYGEN] = do_keygen,
};

static void run(prom_task *as_task)
{
    prom_job_task *task = prom_job_of_task(as_task);
    const prom_result result = jobs[task->order.want.job](task, &task->reason);
    task->event.unable = !prom_is_ok(result);
}

/* -- How far it is -- */

void prom_job_progress_of(prom_job_task *task, prom_job_progress *progress)
{
    const size_t done = atomic_load(&task->done);
    const size_t total = atomic_load(&task->total);
    *progress = (prom_job_progress){task->order.want.job, done < total ? done : total, total};
}

void prom_job_list(prom_job_task **list, prom_job_task *task)
{
    task->next = *list;
    *list = task;
}

void prom_job_unlist(prom_job_task **list, const prom_job_task *task)
{
    while (*list != NULL && *list != task) {
        list = &(*list)->next;
    }
    *list = *list != NULL ? task->next : NULL;
}

prom_job_task *prom_job_listed(prom_job_task *list, uint64_t channel, uint64_t entry)
{
    while (list != NULL && (list->order.channel != channel || list->order.entry != entry)) {
        list = list->next;
    }
    return list;
}

/* -- Tasks -- */

static prom_result copy_terms(prom_job_task *task, const prom_channel *channel, prom_error *error)
{
    const prom_kept_kind kind = channel->tree != NULL                            ? PROM_KEPT_TERMS
                                : channel->facts.kept[PROM_KEPT_BASE].length > 0 ? PROM_KEPT_BASE
                                                                                 : PROM_KEPT_PROPOSAL;
    prom_span bytes;
    PROM_TRY(prom_span_copy(&task->arena, &bytes, channel->facts.kept[kind], error));
    if (channel->tree != NULL) {
        task->contract_id = channel->tree->contract_id;
        return prom_terms_read(&task->terms, bytes, error);
    }
    return prom_terms_read_base(&task->terms, bytes, error);
}

prom_result prom_job_new(prom_job_task **task, const prom_job_order *order, const prom_channel *channel,
                         prom_error *error)
{
    const prom_bytes32 randomness = prom_random_bytes32();
    prom_job_task *made = calloc(1, sizeof *made);
    *task = NULL;
    if (made == NULL) {
        return prom_fail(error, PROM_CATEGORY_MEMORY, "out of memory");
    }
    made->task.run = run;
    made->order = *order;
    prom_arena_init(&made->arena, JOB_MEMORY);
    made->event = (prom_done_event){
        .job = order->want.job, .batch = order->batch, .subject = order->want.subject, .culprit = PROM_ARBITERS_MAX};
    prom_result result = prom_curve_new(&made->arena, &made->curve, &randomness, error);
    if (prom_is_ok(result)) {
        result = copy_terms(made, channel, error);
    }
    if (prom_is_ok(result)) {
        result = prom_span_copy(&made->arena, &made->bytes, order->want.bytes, error);
    }
    if (!prom_is_ok(result)) {
        prom_job_free(made);
        return result;
    }
    *task = made;
    return prom_ok();
}

prom_task *prom_job_as_task(prom_job_task *task)
{
    return &task->task;
}

prom_job_task *prom_job_of_task(prom_task *task)
{
    return (prom_job_task *)task; /* its first member */
}

const prom_job_order *prom_job_order_of(const prom_job_task *task)
{
    return &task->order;
}

const prom_work *prom_job_work(const prom_job_task *task)
{
    return task->has_work ? &task->work : NULL;
}

void prom_job_make_event(const prom_job_task *task, prom_event *event)
{
    *event = (prom_event){.kind = PROM_EVENT_DONE, .as.done = task->event};
    event->as.done.reason = task->reason.sentence[0] != '\0' ? task->reason.sentence : NULL;
}

void prom_job_free(prom_job_task *task)
{
    if (task != NULL) {
        prom_arena_free(&task->arena);
        prom_wipe(task, sizeof *task);
        free(task);
    }
}

void prom_job_drop(prom_task *task)
{
    prom_job_free(prom_job_of_task(task));
}
