/* `prom`, whose node breaks the rules: what functional tests have among honest nodes. The environment says how:
 *
 *   PROM_LIE=LIE        in all contracts. LIE is one of `lies` below
 *   PROM_LIES=FILE      has lines "LIE ID": in the contract of that id, or in those whose job has an input of that
 * hash; all but `withhold`. The file is read whenever it matters PROM_LIE_TOLD=FILE  gets a line "LIE ID" whenever
 * there was a lie: the contract's id, or the hash where none is known
 *
 * Everything else is the program's. A client that lies so finds the same of its own results. Lies about results of
 * modules are told in liar/results.c, those in what is said and signed in liar/words.c. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/step.h"
#include "liar/liar.h"
#include "net/net.h"
#include "prometheus/crypto/hash.h"
#include "prometheus/scheme/delivery.h"
#include "settlement/arbitration.h"

int prom_main(int argc, char **argv);
/* The linker puts the second of each pair in place of a function, whose own name is then the first. */
prom_result __real_prom_delivery_seal(const prom_delivery_context *context, prom_arena *arena, prom_span *package,
                                      const prom_bytes32 *root, const prom_delivery *delivery,
                                      const prom_delivery_secrets *secrets, prom_error *error);
prom_result __wrap_prom_delivery_seal(const prom_delivery_context *context, prom_arena *arena, prom_span *package,
                                      const prom_bytes32 *root, const prom_delivery *delivery,
                                      const prom_delivery_secrets *secrets, prom_error *error);
prom_checked __real_prom_delivery_check(const prom_delivery_context *context, prom_arena *arena, prom_span *output,
                                        const prom_delivery_packages *packages, const prom_bytes32 *h_p,
                                        const prom_progress *progress, prom_error *error);
prom_checked __wrap_prom_delivery_check(const prom_delivery_context *context, prom_arena *arena, prom_span *output,
                                        const prom_delivery_packages *packages, const prom_bytes32 *h_p,
                                        const prom_progress *progress, prom_error *error);
bool __real_prom_node_serve(void *context, const prom_bytes32 *peer, const prom_fetch *fetch, prom_net_served *served);
bool __wrap_prom_node_serve(void *context, const prom_bytes32 *peer, const prom_fetch *fetch, prom_net_served *served);
prom_result __real_prom_give_verdict(struct step *step, bool *changed);
prom_result __wrap_prom_give_verdict(struct step *step, bool *changed);
prom_result __real_prom_session_send(struct step *step, const prom_decision_session *session, uint32_t arbiters,
                                     prom_decision_step kind, prom_span bytes);
prom_result __wrap_prom_session_send(struct step *step, const prom_decision_session *session, uint32_t arbiters,
                                     prom_decision_step kind, prom_span bytes);
prom_result __real_prom_session_add_nonce(struct step *step, prom_decision_session *session, size_t from,
                                          prom_span bytes, prom_reception *reception);
prom_result __wrap_prom_session_add_nonce(struct step *step, prom_decision_session *session, size_t from,
                                          prom_span bytes, prom_reception *reception);
prom_result __real_prom_session_add_share(struct step *step, prom_decision_session *session, size_t from,
                                          prom_span bytes);
prom_result __wrap_prom_session_add_share(struct step *step, prom_decision_session *session, size_t from,
                                          prom_span bytes);

static const struct {
    const char *name;
    const char *what;
} lies[] = {
    /* As a worker: in package A, of a proof of the whole batch. */
    {"output", "another last byte of the output than what it proves, under a root that fits"},
    {"proof", "another last byte of the proof, likewise"},
    {"withhold", "it signs its package, and gives it to nobody"},
    /* As a worker: in package A, of a module. */
    {"ok", "of the first item that traps a good result, which all folds above and the root follow from"},
    {"fold", "of the first fold another first byte, likewise"},
    {"operand", "of the first item another first byte, under the root of the right results"},
    /* As a worker: in the sample and package B. */
    {"sample", "it opens another sample than the one that is drawn"},
    {"unopened", "it leaves out the first node that has to be opened"},
    {"made-up", "it opens, and names, the sample of a block that is not there"},
    /* As a worker: in what it signs. */
    {"mined", "its notice names its tip, whose block it knows"},
    {"two-notices", "once it knows what is drawn it signs another notice, of a later block, for the verifier alone"},
    {"two-packages", "once it knows what is drawn it signs another package A"},
    /* As a verifier or an arbiter. */
    {"reject", "good packages are bad"},
    {"accept", "bad packages are good"},
    {"own-seed", "it draws by another block than the one that package B names"},
    {"silent", "as a verifier: no verdict, ever"},
    /* As the first of the arbiters: in what it signs. */
    {"two-receipts", "it dates package A twice"},
    {"back-dated", "it receipts a notice when its block is there, and dates that to when it was still to come"},
    /* As an arbiter: in the signature of a decision. */
    {"share", "its shares are wrong, and it puts none together"},
    {"stop", "it gives nonces and no shares, and puts none together"},
    {"lists", "it coordinates, lists others, and tells the last of them other nonces"},
};

static bool is_listed(const char *lie, const prom_bytes32 *id)
{
    const char *path = getenv("PROM_LIES");
    FILE *file = path == NULL || id == NULL ? NULL : fopen(path, "r");
    char wanted[PROM_HEX32];
    char its[16];
    char hex[PROM_HEX32];
    bool listed = false;
    while (file != NULL && !listed && fscanf(file, "%15s %64s", its, hex) == 2) {
        listed = strcmp(its, lie) == 0 && strcmp(hex, prom_hex32(wanted, id)) == 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return listed;
}

bool liar_lies(const char *lie, const prom_bytes32 *contract_id, const prom_job *job)
{
    const char *its = getenv("PROM_LIE");
    return (its != NULL && strcmp(its, lie) == 0) || is_listed(lie, contract_id) ||
           is_listed(lie, job == NULL ? NULL : &job->input_hash);
}

void liar_tell(const char *lie, const prom_bytes32 *id)
{
    const char *path = getenv("PROM_LIE_TOLD");
    FILE *file = path == NULL ? NULL : fopen(path, "a");
    char hex[PROM_HEX32];
    if (file != NULL) {
        (void)fprintf(file, "%s %s\n", lie, prom_hex32(hex, id));
        (void)fclose(file);
    }
}

prom_result liar_change(prom_arena *arena, prom_span *bytes, size_t at, prom_error *error)
{
    uint8_t *changed = NULL;
    if (at >= bytes->length) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "there is no byte %zu to lie about", at);
    }
    PROM_TRY_NEW(changed, arena, bytes->length, error);
    memcpy(changed, bytes->data, bytes->length);
    changed[at] ^= 1;
    *bytes = prom_span_of(changed, bytes->length);
    return prom_ok();
}

/* -- Workers -- */

/* docs/protocol.md, section 8: that of a proof of the whole batch. */
static prom_bytes32 root_of(const prom_delivery *delivery)
{
    uint8_t length[8];
    prom_bytes32 root;
    prom_hasher hasher;
    for (unsigned i = 0; i < sizeof length; i++) {
        length[i] = (uint8_t)((uint64_t)delivery->output.length >> (56 - 8 * i));
    }
    prom_hasher_init(&hasher, "prometheus/sumcheck");
    prom_hasher_add(&hasher, prom_span_of(length, sizeof length));
    prom_hasher_add(&hasher, delivery->output);
    prom_hasher_add(&hasher, delivery->proof);
    prom_hasher_finish(&hasher, &root);
    return root;
}

prom_result __wrap_prom_delivery_seal(const prom_delivery_context *context, prom_arena *arena, prom_span *package,
                                      const prom_bytes32 *root, const prom_delivery *delivery,
                                      const prom_delivery_secrets *secrets, prom_error *error)
{
    prom_delivery changed = *delivery;
    const prom_bytes32 fitting = root_of(delivery);
    const prom_job *job = &context->terms->job;
    const bool output = liar_lies("output", context->contract_id, job);
    if (!output && !liar_lies("proof", context->contract_id, job)) {
        return __real_prom_delivery_seal(context, arena, package, root, delivery, secrets, error);
    }
    if (!prom_bytes32_equal(&fitting, root)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "this root of the scheme is one that liars do not know");
    }
    prom_span *bytes = output ? &changed.output : &changed.proof;
    PROM_TRY(liar_change(arena, bytes, bytes->length - 1, error));
    const prom_bytes32 its = root_of(&changed);
    return __real_prom_delivery_seal(context, arena, package, &its, &changed, secrets, error);
}

bool __wrap_prom_node_serve(void *context, const prom_bytes32 *peer, const prom_fetch *fetch, prom_net_served *served)
{
    return !(liar_lies("withhold", NULL, NULL) && fetch->what >= PROM_BODY_PACKAGE_A) &&
           __real_prom_node_serve(context, peer, fetch, served);
}

/* -- Verifiers and arbiters -- */

/* The packages as they are for somebody who draws by another block: the first byte of its hash is another. */
static prom_result other_block(prom_arena *arena, prom_delivery_packages *packages, prom_span *round_b,
                               prom_error *error)
{
    enum { BLOCK = 2 + 32 /* docs/protocol.md, section 8: behind version and commitment */ };
    *round_b = packages->round_b == NULL ? prom_span_of(NULL, 0) : *packages->round_b;
    packages->round_b = round_b;
    return liar_change(arena, round_b, BLOCK, error);
}

prom_checked __wrap_prom_delivery_check(const prom_delivery_context *context, prom_arena *arena, prom_span *output,
                                        const prom_delivery_packages *packages, const prom_bytes32 *h_p,
                                        const prom_progress *progress, prom_error *error)
{
    const prom_job *job = &context->terms->job;
    prom_delivery_packages its = *packages;
    prom_span round_b;
    if (liar_lies("own-seed", context->contract_id, job)) {
        liar_tell("own-seed", context->contract_id);
        if (!prom_is_ok(other_block(arena, &its, &round_b, error))) {
            return PROM_CHECKED_UNKNOWN;
        }
    }
    const prom_checked found = __real_prom_delivery_check(context, arena, output, &its, h_p, progress, error);
    if (found == PROM_CHECKED_GOOD && liar_lies("reject", context->contract_id, job)) {
        liar_tell("reject", context->contract_id);
        return prom_is_ok(prom_fail(error, PROM_CATEGORY_PEER, "this is a lie")) ? found : PROM_CHECKED_BAD;
    }
    if (found == PROM_CHECKED_BAD && liar_lies("accept", context->contract_id, job)) {
        liar_tell("accept", context->contract_id);
        return PROM_CHECKED_GOOD;
    }
    return found;
}

static const prom_bytes32 *contract_of(const struct step *step)
{
    return step->channel->tree == NULL ? NULL : &step->channel->tree->contract_id;
}

static bool lies_in(const struct step *step, const char *lie)
{
    return liar_lies(lie, contract_of(step), &step->channel->terms.job);
}

prom_result __wrap_prom_give_verdict(struct step *step, bool *changed)
{
    if (lies_in(step, "silent")) {
        liar_tell("silent", contract_of(step));
        return prom_ok();
    }
    return __real_prom_give_verdict(step, changed);
}

/* -- Arbiters that sign their decision -- */

/* What the last of a list's signers is told: our own nonce in place of the others'. */
static prom_result other_list(struct step *step, const prom_decision_session *session, prom_span *list)
{
    uint8_t *changed = NULL;
    uint8_t *at = NULL;
    PROM_TRY_NEW(changed, step->arena, list->length, step->error);
    memcpy(changed, list->data, list->length);
    at = changed + sizeof session->signers;
    for (uint32_t signers = session->signers; (signers & (signers - 1)) != 0; signers &= signers - 1) {
        memcpy(at, &session->nonce, sizeof session->nonce);
        at += sizeof session->nonce;
    }
    *list = prom_span_of(changed, list->length);
    return prom_ok();
}

static prom_result send_lists(struct step *step, const prom_decision_session *session, uint32_t arbiters,
                              prom_span list)
{
    uint32_t last = arbiters;
    while ((last & (last - 1)) != 0) {
        last &= last - 1;
    }
    PROM_TRY(__real_prom_session_send(step, session, arbiters & ~last, PROM_DECISION_LIST, list));
    PROM_TRY(other_list(step, session, &list));
    liar_tell("lists", contract_of(step));
    return __real_prom_session_send(step, session, last, PROM_DECISION_LIST, list);
}

prom_result __wrap_prom_session_send(struct step *step, const prom_decision_session *session, uint32_t arbiters,
                                     prom_decision_step kind, prom_span bytes)
{
    const prom_bytes32 *contract = contract_of(step);
    if (kind == PROM_DECISION_LIST && lies_in(step, "lists")) {
        return send_lists(step, session, arbiters, bytes);
    }
    if (kind == PROM_DECISION_SHARE && lies_in(step, "stop")) {
        liar_tell("stop", contract);
        return prom_ok();
    }
    if (kind == PROM_DECISION_SHARE && lies_in(step, "share")) {
        liar_tell("share", contract);
        PROM_TRY(liar_change(step->arena, &bytes, bytes.length - 1, step->error));
    }
    return __real_prom_session_send(step, session, arbiters, kind, bytes);
}

prom_result __wrap_prom_session_add_nonce(struct step *step, prom_decision_session *session, size_t from,
                                          prom_span bytes, prom_reception *reception)
{
    const bool own = session->own && from == prom_own_arbiter(step->channel);
    return own && lies_in(step, "lists") ? prom_ok()
                                         : __real_prom_session_add_nonce(step, session, from, bytes, reception);
}

prom_result __wrap_prom_session_add_share(struct step *step, prom_decision_session *session, size_t from,
                                          prom_span bytes)
{
    return lies_in(step, "share") || lies_in(step, "stop") ? prom_ok()
                                                           : __real_prom_session_add_share(step, session, from, bytes);
}

/* -- The program -- */

int main(int argc, char **argv)
{
    bool known = getenv("PROM_LIE") == NULL;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        known = known || liar_lies(lies[i].name, NULL, NULL);
    }
    if (!known) {
        (void)fprintf(stderr, "liar: there is no lie '%s', but these:\n", getenv("PROM_LIE"));
        for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
            (void)fprintf(stderr, "  %-14s %s\n", lies[i].name, lies[i].what);
        }
        return EXIT_FAILURE;
    }
    return prom_main(argc, argv);
}
