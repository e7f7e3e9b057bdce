/* `prom`, whose node breaks the rules: what functional tests have among honest nodes. The environment says how:
 *
 *   PROM_LIE=output     as a worker: another last byte of the output than what it proves, under a root that fits
 *   PROM_LIE=proof      as a worker: another last byte of the proof, likewise
 *   PROM_LIE=withhold   as a worker: it signs its package, and gives it to nobody
 *   PROM_LIE=reject     as a verifier or an arbiter: good packages are bad
 *   PROM_LIE=accept     as a verifier or an arbiter: bad packages are good
 *   PROM_LIE=silent     as a verifier: no verdict, ever
 *   PROM_LIE=share      as an arbiter: its shares of the decision's signature are wrong, and it puts none together
 *   PROM_LIE=stop       as an arbiter: it gives nonces for that signature and no shares, and puts none together
 *   PROM_LIE=lists      as an arbiter that coordinates: it lists others, and tells the last of them other nonces
 *
 *   PROM_LIES=FILE      has lines "LIE CONTRACT": one of the above, in the contract of that id alone; all but
 * `withhold`. The file is read whenever it matters PROM_LIE_TOLD=FILE  gets a line "LIE CONTRACT" whenever a verifier
 * or an arbiter lies
 *
 * Everything else is the program's. A client that lies so finds the same of its own results. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/step.h"
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

static const char *const lies[] = {"output", "proof", "withhold", "reject", "accept",
                                   "silent", "share", "stop",     "lists"};

static bool is_listed(const char *lie, const prom_bytes32 *contract_id)
{
    const char *path = getenv("PROM_LIES");
    FILE *file = path == NULL ? NULL : fopen(path, "r");
    char id[PROM_HEX32];
    char its[16];
    char contract[PROM_HEX32];
    bool listed = false;
    (void)prom_hex32(id, contract_id);
    while (file != NULL && !listed && fscanf(file, "%15s %64s", its, contract) == 2) {
        listed = strcmp(its, lie) == 0 && strcmp(contract, id) == 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return listed;
}

/* Without a contract: whether it does so in all. */
static bool lies_so(const char *lie, const prom_bytes32 *contract_id)
{
    const char *its = getenv("PROM_LIE");
    return (its != NULL && strcmp(its, lie) == 0) || (contract_id != NULL && is_listed(lie, contract_id));
}

static void tell(const char *lie, const prom_bytes32 *contract_id)
{
    const char *path = getenv("PROM_LIE_TOLD");
    FILE *file = path == NULL ? NULL : fopen(path, "a");
    char id[PROM_HEX32];
    if (file != NULL) {
        (void)fprintf(file, "%s %s\n", lie, prom_hex32(id, contract_id));
        (void)fclose(file);
    }
}

/* -- Workers -- */

static prom_result change_last(prom_arena *arena, prom_span *bytes, prom_error *error)
{
    uint8_t *changed = NULL;
    PROM_TRY_NEW(changed, arena, bytes->length, error);
    memcpy(changed, bytes->data, bytes->length);
    changed[bytes->length - 1] ^= 1;
    *bytes = prom_span_of(changed, bytes->length);
    return prom_ok();
}

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
    const bool output = lies_so("output", context->contract_id);
    if (!output && !lies_so("proof", context->contract_id)) {
        return __real_prom_delivery_seal(context, arena, package, root, delivery, secrets, error);
    }
    if (!prom_bytes32_equal(&fitting, root)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "this root of the scheme is one that liars do not know");
    }
    PROM_TRY(change_last(arena, output ? &changed.output : &changed.proof, error));
    const prom_bytes32 its = root_of(&changed);
    return __real_prom_delivery_seal(context, arena, package, &its, &changed, secrets, error);
}

bool __wrap_prom_node_serve(void *context, const prom_bytes32 *peer, const prom_fetch *fetch, prom_net_served *served)
{
    return !(lies_so("withhold", NULL) && fetch->what >= PROM_BODY_PACKAGE_A) &&
           __real_prom_node_serve(context, peer, fetch, served);
}

/* -- Verifiers and arbiters -- */

prom_checked __wrap_prom_delivery_check(const prom_delivery_context *context, prom_arena *arena, prom_span *output,
                                        const prom_delivery_packages *packages, const prom_bytes32 *h_p,
                                        const prom_progress *progress, prom_error *error)
{
    const prom_checked found = __real_prom_delivery_check(context, arena, output, packages, h_p, progress, error);
    if (found == PROM_CHECKED_GOOD && lies_so("reject", context->contract_id)) {
        tell("reject", context->contract_id);
        return prom_is_ok(prom_fail(error, PROM_CATEGORY_PEER, "this is a lie")) ? found : PROM_CHECKED_BAD;
    }
    if (found == PROM_CHECKED_BAD && lies_so("accept", context->contract_id)) {
        tell("accept", context->contract_id);
        return PROM_CHECKED_GOOD;
    }
    return found;
}

static const prom_bytes32 *contract_of(const struct step *step)
{
    return step->channel->tree == NULL ? NULL : &step->channel->tree->contract_id;
}

prom_result __wrap_prom_give_verdict(struct step *step, bool *changed)
{
    if (lies_so("silent", contract_of(step))) {
        tell("silent", contract_of(step));
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
    tell("lists", contract_of(step));
    return __real_prom_session_send(step, session, last, PROM_DECISION_LIST, list);
}

prom_result __wrap_prom_session_send(struct step *step, const prom_decision_session *session, uint32_t arbiters,
                                     prom_decision_step kind, prom_span bytes)
{
    const prom_bytes32 *contract = contract_of(step);
    if (kind == PROM_DECISION_LIST && lies_so("lists", contract)) {
        return send_lists(step, session, arbiters, bytes);
    }
    if (kind == PROM_DECISION_SHARE && lies_so("stop", contract)) {
        tell("stop", contract);
        return prom_ok();
    }
    if (kind == PROM_DECISION_SHARE && lies_so("share", contract)) {
        tell("share", contract);
        PROM_TRY(change_last(step->arena, &bytes, step->error));
    }
    return __real_prom_session_send(step, session, arbiters, kind, bytes);
}

prom_result __wrap_prom_session_add_nonce(struct step *step, prom_decision_session *session, size_t from,
                                          prom_span bytes, prom_reception *reception)
{
    const bool own = session->own && from == prom_own_arbiter(step->channel);
    return own && lies_so("lists", contract_of(step))
               ? prom_ok()
               : __real_prom_session_add_nonce(step, session, from, bytes, reception);
}

prom_result __wrap_prom_session_add_share(struct step *step, prom_decision_session *session, size_t from,
                                          prom_span bytes)
{
    const prom_bytes32 *contract = contract_of(step);
    return lies_so("share", contract) || lies_so("stop", contract)
               ? prom_ok()
               : __real_prom_session_add_share(step, session, from, bytes);
}

int main(int argc, char **argv)
{
    bool known = getenv("PROM_LIE") == NULL;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        known = known || lies_so(lies[i], NULL);
    }
    if (!known) {
        (void)fprintf(stderr, "liar: there is no lie '%s'\n", getenv("PROM_LIE"));
        return EXIT_FAILURE;
    }
    return prom_main(argc, argv);
}
