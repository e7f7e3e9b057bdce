/* What the files of the settlement share: all that the parties do from Tx0 to the payment. */
#ifndef SETTLEMENT_SETTLEMENT_H
#define SETTLEMENT_SETTLEMENT_H

#include "channel/step.h"

/* -- Statements (statements.c) -- */

/* Decides on a statement of ours: from now on it will be signed, and no other of its kind and round. */
PROM_MUST_USE prom_result prom_intend(struct step *step, uint16_t batch, const prom_attestation *statement);
/* Whether a statement of that kind and round (of packages and receipts) of ours is signed or decided. */
bool prom_is_intended(const prom_channel *channel, uint16_t batch, prom_attestation_kind kind, prom_round round);
/* Somebody's statement; a signature of ours that was made. */
prom_take prom_take_statement;
prom_take_event prom_statement_signed;
prom_add_wants prom_want_statements;

/* -- Bodies (bodies.c) -- */

/* A body has come: in the setup and in the running contract. */
prom_take_event prom_body_fetched;
/* A job could not read a body that should be here: it is here no more, and is fetched again. */
prom_take_event prom_body_lost;
prom_add_wants prom_want_bodies;
/* Whether W's one package of the round is on our disk; that of every round. */
bool prom_package_at_hand(const prom_channel *channel, uint16_t batch, prom_round round);
bool prom_packages_at_hand(const prom_channel *channel, uint16_t batch);
/* What the jobs that check packages are about: the hashes of those on our disk. */
void prom_packages_subject(const prom_channel *channel, uint16_t batch, prom_bytes32 *subject);
/* Keeps a job's reason, cut where it is too long; none where there is none. */
void prom_keep_reason(char *kept, size_t size, const char *reason);
PROM_MUST_USE prom_result prom_want_add_job(struct step *step, prom_wants *wants, uint16_t batch, prom_job_kind job,
                                            const prom_bytes32 *subject);

/* -- The worker (worker.c) -- */

prom_result prom_sign_packages(struct step *step, bool *changed);
prom_result prom_deliver_packages(struct step *step, bool *changed);
prom_result prom_sign_notice(struct step *step, bool *changed);
prom_result prom_release_worker(struct step *step, bool *changed);
prom_result prom_appeal(struct step *step, bool *changed);
prom_take prom_take_verdict;
prom_take_event prom_compute_done;
prom_take_event prom_openings_done;
prom_take_event prom_key_given;
prom_add_wants prom_want_worker;

/* -- The verifier (verifier.c) -- */

prom_result prom_see_notice(struct step *step, bool *changed);
prom_result prom_give_verdict(struct step *step, bool *changed);
prom_result prom_ask_arbiters(struct step *step, bool *changed);
prom_result prom_release_verifier(struct step *step, bool *changed);
prom_take_event prom_verdict_signed;
prom_take_event prom_open_key_done;
prom_take_event prom_check_done;
prom_add_wants prom_want_verifier;

/* -- The client (client.c) -- */

/* Whether W has signed this package of the round, and our check has not found it bad. */
bool prom_result_may_be(const prom_channel *channel, uint16_t batch, prom_round round, const prom_bytes32 *hash);
prom_take_event prom_result_done;
prom_add_wants prom_want_client;

/* -- The arbitration -- */

/* Whether a statement that comes by itself still counts at an arbiter: before D_0 has passed; elsewhere always. */
bool prom_arbitration_takes(const prom_channel *channel, uint16_t batch, const prom_attestation *statement);
/* A checked commitment or vote, ours or another's. */
PROM_MUST_USE prom_result prom_vote_known(struct step *step, uint16_t batch, const prom_attestation *statement,
                                          bool *added);

/* -- Transactions of the tree that are wanted in a block (publish.c) -- */

prom_add_wants prom_want_publications;

#endif
