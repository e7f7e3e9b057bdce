/* What the policies of the four roles share. */
#ifndef CHANNEL_STEP_H
#define CHANNEL_STEP_H

#include "prometheus/channel/channel.h"
#include "prometheus/contract/deadline.h"

/* One step under way. */
struct step {
    prom_channel *channel;
    prom_actions *actions;
    prom_error *error;
};

/* Who may send a message. */
enum {
    FROM_CLIENT = 1 << PROM_PARTY_C,
    FROM_WORKER = 1 << PROM_PARTY_W,
    FROM_VERIFIER = 1 << PROM_PARTY_V,
    FROM_ARBITER = 1 << PROM_PARTIES,
    FROM_STRANGER = 1 << (PROM_PARTIES + 1), /* the terms do not name the sender yet */
    FROM_ANY_PARTY = FROM_CLIENT | FROM_WORKER | FROM_VERIFIER | FROM_ARBITER,
};

#define PROM_NO_PLACE SIZE_MAX

/* One message as its receiver sees it. */
struct received {
    const prom_bytes32 *from;
    size_t place; /* of the sender, or PROM_NO_PLACE */
    prom_span body;
};

/* A message that a role takes: from whom, in which stages, and what it does. Before its first stage it waits; after its
 * last it is refused. */
struct rule {
    prom_message_kind kind;
    unsigned from;
    prom_stage first;
    prom_stage last;
    prom_result (*take)(struct step *step, const struct received *message);
};

/* A role's policy. An event whose entry is NULL does not happen to the role. */
struct policy {
    const struct rule *rules;
    size_t rule_count;
    prom_result (*start)(struct step *step);
    prom_result (*output)(struct step *step, const prom_event *event);
    prom_result (*tried)(struct step *step, const prom_event *event);
    prom_result (*keygen)(struct step *step, const prom_event *event);
    prom_result (*computed)(struct step *step, const prom_event *event);
    prom_result (*verified)(struct step *step, const prom_event *event);
    /* Called after every event, again and again while it changes the stage. */
    prom_result (*advance)(struct step *step);
};

extern const struct policy prom_policy_client;
extern const struct policy prom_policy_worker;
extern const struct policy prom_policy_verifier;
extern const struct policy prom_policy_arbiter;

/* Actions. Bodies and bytes must live in the channel's arena. */
PROM_MUST_USE prom_result prom_channel_act_send(struct step *step, const prom_bytes32 *to, prom_message_kind kind,
                                                prom_span body);
/* To everybody named in the terms but ourselves: the three parties, and the arbiters from PROM_STAGE_AGREED on. */
PROM_MUST_USE prom_result prom_channel_act_send_all(struct step *step, prom_message_kind kind, prom_span body);
PROM_MUST_USE prom_result prom_channel_act_store(struct step *step, const char *name, prom_span bytes);
PROM_MUST_USE prom_result prom_channel_act_look_up(struct step *step, const prom_outpoint *outpoint);
PROM_MUST_USE prom_result prom_channel_act_look_up_block(struct step *step, uint32_t height);
PROM_MUST_USE prom_result prom_channel_act_watch(struct step *step, const prom_outpoint *outpoint);
PROM_MUST_USE prom_result prom_channel_act(struct step *step, prom_action action);
/* Stores the transaction, then broadcasts it. */
PROM_MUST_USE prom_result prom_channel_act_publish(struct step *step, const char *name, const prom_tx *tx);
PROM_MUST_USE prom_result prom_channel_act_close(struct step *step, prom_stage stage, const char *reason);

/* Keeps a party's message for its stage, the first of its kind (early.c). */
PROM_MUST_USE prom_result prom_channel_defer(struct step *step, const prom_bytes32 *from, const prom_message *message);

/* Whether the same message was taken from that place before; notes one that was taken (repeated.c). */
bool prom_channel_is_repeated(const prom_channel *channel, size_t place, const prom_message *message);
void prom_channel_note_taken(prom_channel *channel, size_t place, const prom_message *message);

/* How many places the contract has: three parties, and the arbiters of the terms. */
size_t prom_channel_place_count(const prom_channel *channel);
/* The own-words key of a place. */
const prom_bytes32 *prom_channel_place_key(const prom_channel *channel, size_t place);

/* What is said under the own-words keys (statement.c). */

/* Our signature of Tx4's input by our own-words key: the verdict r = 1, when we are V; checks V's. */
PROM_MUST_USE prom_result prom_channel_sign_verdict(struct step *step, prom_signature *signature);
PROM_MUST_USE prom_result prom_channel_check_verdict(struct step *step, const prom_signature *signature);
/* Makes Tx4 of the verdict and h_p, and publishes it. */
PROM_MUST_USE prom_result prom_channel_publish_tx4(struct step *step, const prom_signature *verdict,
                                                   const prom_bytes32 *h_p);

/* What is known of the running contract, for the rules of evidence. */
prom_case prom_channel_case(const prom_channel *channel);
/* Signs a statement of ours and writes its bytes, which are to be stored before they are sent. */
PROM_MUST_USE prom_result prom_channel_attest(struct step *step, prom_span *bytes, prom_attestation *statement);
/* Reads and checks somebody's statement of that kind; it must be the sender's own where `place` is not PROM_NO_PLACE.
 */
PROM_MUST_USE prom_result prom_channel_read_statement(struct step *step, prom_attestation *statement, prom_span bytes,
                                                      prom_attestation_kind kind, size_t place);
/* A delivered package: W's signature of it, checked, and the bytes of the package in the message. */
PROM_MUST_USE prom_result prom_channel_read_package(struct step *step, prom_attestation *claim, prom_span *package,
                                                    const struct received *message);

/* An arbiter's receipt: kept, and on the disk for the final question and an appeal. */
PROM_MUST_USE prom_result prom_channel_take_receipt(struct step *step, const struct received *message);

/* A body that is one signature. */
PROM_MUST_USE prom_result prom_channel_signature_body(struct step *step, prom_span *body,
                                                      const prom_signature *signature);
PROM_MUST_USE prom_result prom_channel_read_signature(struct step *step, prom_signature *signature, prom_span body);

/* Setup, as all roles do it (setup.c). */

/* Whether the base terms can be signed now: what hangs on the height of the tip. That the snapshot is a block of our
 * chain the chain is asked later (prom_channel_take_snapshot). */
PROM_MUST_USE prom_result prom_channel_check_when(struct step *step, const prom_terms *terms);
/* Whether the terms are on the P that we know, and ask for no more than our owner's limits. */
PROM_MUST_USE prom_result prom_channel_check_owner(struct step *step, const prom_terms *terms);
/* Whether h and k_h are of this contract alone. */
PROM_MUST_USE prom_result prom_channel_check_fresh(struct step *step, const prom_terms *terms);

/* W, V: a proposal fits us; takes it as our base terms, with our own part filled in. */
PROM_MUST_USE prom_result prom_channel_take_proposal(struct step *step, const struct received *message,
                                                     prom_party party);
/* W, V: the payload is what the proposal names; answers with our acceptance. */
PROM_MUST_USE prom_result prom_channel_take_payload(struct step *step, const struct received *message);
/* W, V, A: the full terms. */
PROM_MUST_USE prom_result prom_channel_take_terms(struct step *step, const struct received *message);
/* The full terms stand: builds the tree, asks the chain for the inputs, tells everybody the digest. */
PROM_MUST_USE prom_result prom_channel_agree(struct step *step);
/* W, V, A: opens program and input, as the terms name them. */
PROM_MUST_USE prom_result prom_channel_open_payload(struct step *step, prom_span body);
/* W, V: Tx0 is buried, and no arbiter shall lack program and input, without which it gives no receipt. */
PROM_MUST_USE prom_result prom_channel_serve_payload(struct step *step);
/* The chain's answer about the snapshot of the full terms; and whether there is still time for Tx0. */
PROM_MUST_USE prom_result prom_channel_take_snapshot(struct step *step, const prom_event *event);

/* The arbiters' key generation (keygen.c). */

/* C: asks the seated arbiters for their joint key. */
PROM_MUST_USE prom_result prom_channel_start_keygen(struct step *step);
/* C: an arbiter's message of the step under way. */
PROM_MUST_USE prom_result prom_channel_take_arbiter_keygen(struct step *step, const struct received *message);
/* C: the coordinator's step is done. PROM_STAGE_KEYED when it was the last: the terms hold Y. */
PROM_MUST_USE prom_result prom_channel_coordinator_keygen_done(struct step *step, const prom_event *event);
/* A: the coordinator's message; our own step is done. */
PROM_MUST_USE prom_result prom_channel_take_coordinator_keygen(struct step *step, const struct received *message);
PROM_MUST_USE prom_result prom_channel_arbiter_keygen_done(struct step *step, const prom_event *event);

/* A: the terms hold the Y that we took part in making, with the k and the arbiters that it was made with. */
PROM_MUST_USE prom_result prom_channel_check_session(struct step *step, const prom_terms *terms);

/* From the full terms to Tx0 (signing.c). */

/* The body of our own digest. */
PROM_MUST_USE prom_result prom_channel_digest_body(struct step *step, prom_span *body);
/* Somebody's digest: the same as ours, or the setup is over. Whoever may not have known us when ours came gets it
 * again.
 */
PROM_MUST_USE prom_result prom_channel_take_digest(struct step *step, const struct received *message);
/* What the chain's answer about an output says. */
prom_input_view prom_channel_input_view(const prom_event *event);
/* C, W, V: the chain's answer about an input of Tx0. */
PROM_MUST_USE prom_result prom_channel_take_input(struct step *step, const prom_event *event);
/* From AGREED to COMPARED, when all digests, and all inputs that we look at, are there; then our nonces, our partial
 * signatures when everybody's nonces are there, and the signatures when everybody's partial ones are. In SIGNED, the
 * same for whoever has crashed and begun anew. */
PROM_MUST_USE prom_result prom_channel_compare_and_sign(struct step *step);
/* Somebody's nonces; somebody's partial signatures. */
PROM_MUST_USE prom_result prom_channel_take_nonces(struct step *step, const struct received *message);
PROM_MUST_USE prom_result prom_channel_take_partials(struct step *step, const struct received *message);
/* After a failure: who is proven at fault in signing the tree, and the proof to be stored, once. */
PROM_MUST_USE prom_result prom_channel_keep_fault(struct step *step);
/* W, V, A: prom_channel_compare_and_sign; and when all is signed, our signatures of Tx0, for the client. */
PROM_MUST_USE prom_result prom_channel_sign_tree(struct step *step);
/* C: somebody's signatures of Tx0. */
PROM_MUST_USE prom_result prom_channel_take_tx0_signatures(struct step *step, const struct received *message);
/* W, V, A: Tx0 as C has published it, which anybody may publish again. */
PROM_MUST_USE prom_result prom_channel_take_tx0(struct step *step, const struct received *message);
/* Our own signatures of Tx0. */
PROM_MUST_USE prom_result prom_channel_sign_tx0(struct step *step, prom_span *signatures);

/* The tips of a step that is counted from Tx0. */
prom_tip_window prom_channel_window(const prom_channel *channel, prom_deadline_id id);
/* Whether `confirmations` of the block at `height` are reached. */
bool prom_channel_buried(const prom_channel *channel, uint32_t height, uint32_t confirmations);
/* s of the contract's network. */
uint32_t prom_channel_safety_margin(const prom_channel *channel);

#endif
