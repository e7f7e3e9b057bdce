/* How each kind of want is begun. */
#include <stdio.h>
#include <string.h>

#include "node/state.h"
#include "prometheus/crypto/hash.h"
#include "system/file.h"

static prom_result begin_sign(prom_node *node, prom_node_channel *channel, bool *begun, const prom_want *want,
                              const prom_bytes32 *name, prom_error *error)
{
    (void)error;
    *begun = node->to_sign_count < PROM_TO_SIGN_MAX;
    if (*begun) {
        prom_node_sign_later(node, channel, want, name);
    } else {
        channel->wants_due = true; /* at the next turn */
    }
    return prom_ok();
}

/* -- Jobs -- */

/* Program and input lie here by the names that the terms give them: the client's too, which fetched neither. */
static prom_result name_bodies(const prom_node *node, const prom_channel *channel, prom_job_order *order,
                               prom_error *error)
{
    const prom_job *job = &channel->terms.job;
    const prom_body *bodies = channel->facts.batches[order->batch].evidence.bodies;
    const prom_bytes32 *hashes[PROM_BODIES] = {&job->program_digest, &job->input_hash,
                                               &bodies[PROM_BODY_PACKAGE_A].hash, &bodies[PROM_BODY_PACKAGE_B].hash};
    for (prom_body_kind what = 0; what < PROM_BODIES; what++) {
        uint64_t length;
        order->files.hash[what] = *hashes[what];
        if (prom_node_has_body(node, order->channel, what, hashes[what], &length)) {
            PROM_TRY(prom_node_body_path(node, order->files.body[what], order->channel, what, hashes[what], error));
        }
    }
    return prom_ok();
}

/* Where a job puts what it makes. */
static prom_result name_made(const prom_node *node, char path[PATH_MAX], const prom_facts *facts, prom_job_kind job,
                             prom_error *error)
{
    char hex[PROM_HEX32];
    const int length = job == PROM_JOB_RESULT && node->result[0] != '\0'
                           ? snprintf(path, PATH_MAX, "%s", node->result)
                           : snprintf(path, PATH_MAX, "%s/bodies/made-%s-%u", node->folder,
                                      prom_hex32(hex, &facts->own.words), (unsigned)job);
    return length > 0 && length < PATH_MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "the folder %s has too long a name", node->folder);
}

prom_result prom_node_output_path(const prom_node *node, char path[PATH_MAX], const prom_facts *facts,
                                  prom_error *error)
{
    return name_made(node, path, facts, PROM_JOB_RESULT, error);
}

static prom_result name_files(const prom_node *node, const prom_channel *channel, prom_job_order *order,
                              prom_error *error)
{
    PROM_TRY(name_bodies(node, channel, order, error));
    return name_made(node, order->files.made, &channel->facts, order->want.job, error);
}

/* The same whenever the seats are the same: of one session there is one deal, ever. */
static prom_result keygen_randomness(const prom_node *node, const prom_channel *channel, prom_job_order *order,
                                     prom_error *error)
{
    const prom_bytes32 *seating = &channel->facts.setup.seating;
    uint8_t both[2 * sizeof(prom_bytes32)];
    prom_bytes32 secret;
    PROM_TRY(prom_wallet_secret_of(&node->wallet, &secret, channel->facts.number, PROM_WALLET_DKG, 0, error));
    memcpy(both, secret.bytes, sizeof secret.bytes);
    memcpy(both + sizeof secret.bytes, seating->bytes, sizeof seating->bytes);
    prom_tagged_hash(&order->secrets.randomness, "prometheus/keygen-randomness", prom_span_of(both, sizeof both));
    prom_wipe(both, sizeof both);
    prom_wipe32(&secret);
    return prom_ok();
}

static prom_result find_secrets(const prom_node *node, const prom_channel *channel, prom_job_order *order,
                                prom_error *error)
{
    const uint64_t number = channel->facts.number;
    const prom_money *money = &channel->facts.batches[order->batch].money;
    switch (order->want.job) {
    case PROM_JOB_COMPUTE:
    case PROM_JOB_OPENINGS:
        return prom_wallet_secret_of(&node->wallet, &order->secrets.h_p, number, PROM_WALLET_H_P, order->batch, error);
    case PROM_JOB_OPEN_KEY:
        return prom_wallet_contract_key(&node->wallet, &order->secrets.seal_key, number, PROM_WALLET_SEAL, error);
    case PROM_JOB_CHECK:
    case PROM_JOB_RESULT:
        order->secrets.h_p = money->h_p;
        return prom_ok();
    case PROM_JOB_KEYGEN:
        if (channel->facts.role == PROM_ROLE_ARBITER) {
            PROM_TRY(
                prom_wallet_contract_key(&node->wallet, &order->secrets.host_key, number, PROM_WALLET_HOST, error));
        }
        return keygen_randomness(node, channel, order, error);
    case PROM_JOB_OPEN_JOB:
    case PROM_JOBS:
        break;
    }
    return prom_ok();
}

static prom_result begin_job(prom_node *node, prom_node_channel *channel, bool *begun, const prom_want *want,
                             const prom_bytes32 *name, prom_error *error)
{
    prom_job_order order = {.channel = channel->record.number,
                            .entry = channel->entry,
                            .batch = want->batch,
                            .name = *name,
                            .want = want->as.job,
                            .config = node->config,
                            .runner = node->runner,
                            .role = channel->channel->facts.role,
                            .judged = prom_node_is_judged(node, channel->channel->facts.role),
                            .falsify = node->falsify};
    prom_job_task *task = NULL;
    prom_result result = name_files(node, channel->channel, &order, error);
    if (prom_is_ok(result)) {
        result = find_secrets(node, channel->channel, &order, error);
    }
    if (prom_is_ok(result)) {
        result = prom_job_new(&task, &order, channel->channel, error);
    }
    prom_wipe(&order.secrets, sizeof order.secrets);
    PROM_TRY(result);
    prom_task *as_task = prom_job_as_task(task);
    as_task->until = want->as.job.until;
    prom_job_list(&node->under_way, task);
    prom_pool_submit(node->pool, as_task);
    prom_node_report(node, PROM_REPORT_BUSY, channel->record.number, "begins");
    *begun = true;
    return prom_ok();
}

/* A package or a result that a job made takes its name. */
static prom_result keep_made(const prom_node *node, const prom_job_order *order, prom_event *event, prom_error *error)
{
    const bool package = order->want.job == PROM_JOB_COMPUTE || order->want.job == PROM_JOB_OPENINGS;
    const prom_body_kind what = order->want.job == PROM_JOB_COMPUTE ? PROM_BODY_PACKAGE_A : PROM_BODY_PACKAGE_B;
    char path[PATH_MAX];
    if (!package || event->as.done.unable) {
        return prom_ok();
    }
    PROM_TRY(prom_node_body_path(node, path, order->channel, what, &event->as.done.body.hash, error));
    return prom_file_rename(order->files.made, path, error); /* again, where the disk did not take the event before */
}

/* What the judge has against a job outweighs what else there is: it says all of it, with codes. */
static void judge(prom_node *node, const prom_node_channel *channel, const prom_job_task *task, prom_event *event,
                  prom_error *reason)
{
    const prom_job_order *order = prom_job_order_of(task);
    const prom_work *work = order->judged && order->want.job == PROM_JOB_OPEN_JOB ? prom_job_work(task) : NULL;
    if (work != NULL && channel->channel != NULL && !prom_is_ok(prom_node_judge_job(node, channel, work, reason))) {
        event->as.done.checked = PROM_CHECKED_BAD;
        event->as.done.reason = reason->sentence;
    }
}

/* Returns whether that is over: what the disk does not take now is told again. */
static bool job_over(prom_node *node, prom_job_task *task)
{
    const prom_job_order *order = prom_job_order_of(task);
    prom_node_channel *channel = prom_node_channel_of(node, order->channel);
    prom_event event;
    prom_node_step step;
    prom_error reason;
    prom_error judged;
    prom_job_make_event(task, &event);
    if (channel == NULL || channel->entry != order->entry) {
        return true; /* its channel is closed, and perhaps another has the number */
    }
    judge(node, channel, task, &event, &judged);
    prom_result result = keep_made(node, order, &event, &reason);
    const bool kept = prom_is_ok(result);
    if (kept) {
        result = prom_node_take_alone(node, channel, &step, &event, &reason);
    }
    if (!prom_is_ok(result)) {
        prom_node_report(node, PROM_REPORT_FAULT, order->channel, "%s", reason.sentence);
    }
    if (kept && result.category == PROM_CATEGORY_IO) {
        return false;
    }
    if (event.as.done.unable) {
        prom_node_report(node, PROM_REPORT_FAULT, order->channel, "%s",
                         event.as.done.reason != NULL ? event.as.done.reason : "a job failed");
    }
    prom_node_want_over(channel, &order->name);
    channel->wants_due = !event.as.done.unable; /* what failed is tried again with the next block */
    return true;
}

static prom_job_task *next_ended(prom_node *node)
{
    prom_task *ended = node->ended == NULL ? prom_pool_take(node->pool) : NULL;
    if (ended != NULL) {
        node->ended = prom_job_of_task(ended);
        prom_job_unlist(&node->under_way, node->ended);
        prom_node_report(node, PROM_REPORT_BUSY, prom_job_order_of(node->ended)->channel, "ends");
    }
    return node->ended;
}

bool prom_node_take_jobs(prom_node *node)
{
    bool any = false;
    for (prom_job_task *task = next_ended(node); task != NULL && job_over(node, task); task = next_ended(node)) {
        prom_job_free(task);
        node->ended = NULL;
        any = true;
    }
    return any;
}

/* -- All kinds -- */

static prom_result begin_ask(prom_node *node, prom_node_channel *channel, bool *begun, const prom_want *want,
                             const prom_bytes32 *name, prom_error *error)
{
    PROM_TRY(prom_node_ask(node, channel, want, name, error));
    *begun = true;
    return prom_ok();
}

typedef prom_result begin_want(prom_node *node, prom_node_channel *channel, bool *begun, const prom_want *want,
                               const prom_bytes32 *name, prom_error *error);

static begin_want *const beginners[] = {
    [PROM_WANT_SIGN] = begin_sign, [PROM_WANT_FETCH] = prom_node_begin_fetch,
    [PROM_WANT_JOB] = begin_job,   [PROM_WANT_LOOK_UP] = begin_ask,
    [PROM_WANT_TRY] = begin_ask,
};

prom_result prom_node_begin_want(prom_node *node, prom_node_channel *channel, bool *begun, const prom_want *want,
                                 const prom_bytes32 *name, prom_error *error)
{
    return beginners[want->kind](node, channel, begun, want, name, error);
}
