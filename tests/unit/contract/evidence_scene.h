/* A running contract and what its parties and arbiters have said, for the tests of evidence. */
#ifndef PROMETHEUS_TEST_EVIDENCE_SCENE_H
#define PROMETHEUS_TEST_EVIDENCE_SCENE_H

#include "contract/cast.h"

#include "prometheus/contract/attestation.h"
#include "prometheus/contract/evidence.h"

enum {
    ARBITERS = 5,
    QUORUM = 3,              /* mu = 0.6 */
    START = 200,             /* H0 */
    LAST = START + 12,       /* H0 + t1: where receipts end */
    MARGIN = 2,              /* s of regtest */
    BLOCK_X = LAST - MARGIN, /* the last height that a notice may name */
    LEAD = 2,                /* from a notice's receipt to its block, on regtest */
};

struct scene {
    struct cast cast;
    prom_terms terms;
    prom_bytes32 contract_id;
    prom_evidence evidence;
};

static inline struct scene *make_scene(fixture *test)
{
    struct scene *scene = NULL;
    void *room = NULL;
    assert_ok(prom_arena_alloc(&test->arena, &room, 1, sizeof *scene, &test->error), &test->error);
    scene = room;
    *scene = (struct scene){.cast = make_cast(test)};
    scene->terms = valid_terms(test, &scene->cast, ARBITERS);
    assert_int_equal(prom_parameters_quorum(&scene->terms.P), QUORUM);
    assert_int_equal(scene->terms.P.t1, LAST - START);
    assert_ok(prom_terms_contract_id(&test->arena, &scene->contract_id, &scene->terms, &test->error), &test->error);
    return scene;
}

/* The same, of a scheme that samples. */
static inline struct scene *make_sampling_scene(fixture *test)
{
    struct scene *scene = make_scene(test);
    scene->terms.P.varsigma = 5000;
    return scene;
}

static inline prom_case case_of(const struct scene *scene)
{
    return (prom_case){&scene->terms, START, &scene->evidence};
}

static inline prom_attestation sign(fixture *test, const struct scene *scene, prom_attestation said)
{
    const prom_bytes32 auxiliary = {{0}};
    const prom_key *key = said.place == PROM_PLACE_W ? &scene->cast.party[PROM_PARTY_W]
                                                     : &scene->cast.arbiter[said.place - PROM_PLACE_ARBITER];
    said.contract_id = scene->contract_id;
    assert_ok(prom_attestation_sign(test->curve, &said, key, &auxiliary, &test->error), &test->error);
    return said;
}

/* Takes what is said as it comes from a link: bytes, read, checked, added. Returns whether it was new. */
static inline bool take(fixture *test, struct scene *scene, prom_attestation said)
{
    const prom_attestation made = sign(test, scene, said);
    prom_attestation back;
    prom_span bytes;
    assert_ok(prom_attestation_write(&test->arena, &bytes, &made, &test->error), &test->error);
    assert_ok(prom_attestation_read(&back, bytes, &test->error), &test->error);
    assert_ok(prom_attestation_check(test->curve, &back, &scene->terms, &scene->contract_id, &test->error),
              &test->error);
    return add_evidence(test, &scene->evidence, &back);
}

static inline prom_attestation package_of(prom_round round, size_t number)
{
    return (prom_attestation){
        .kind = PROM_ATTESTATION_PACKAGE, .place = PROM_PLACE_W, .as.package = {round, named("package", number)}};
}

/* Of package A `number`. */
static inline prom_attestation notice_of(size_t number, uint32_t height)
{
    return (prom_attestation){
        .kind = PROM_ATTESTATION_NOTICE, .place = PROM_PLACE_W, .as.notice = {named("package", number), height}};
}

static inline prom_attestation receipt_of(size_t arbiter, prom_round round, const prom_bytes32 *hash, uint32_t height)
{
    return (prom_attestation){
        .kind = PROM_ATTESTATION_RECEIPT, .place = PROM_PLACE_ARBITER + arbiter, .as.receipt = {round, *hash, height}};
}

static inline prom_attestation package_receipt(size_t arbiter, prom_round round, size_t number, uint32_t height)
{
    const prom_bytes32 hash = named("package", number);
    return receipt_of(arbiter, round, &hash, height);
}

static inline prom_bytes32 notice_hash(const struct scene *scene, prom_attestation notice)
{
    prom_bytes32 hash;
    notice.contract_id = scene->contract_id;
    prom_attestation_hash(&hash, &notice);
    return hash;
}

static inline prom_attestation notice_receipt(const struct scene *scene, size_t arbiter, prom_attestation notice,
                                              uint32_t height)
{
    const prom_bytes32 hash = notice_hash(scene, notice);
    return receipt_of(arbiter, PROM_ROUND_NOTICE, &hash, height);
}

static inline prom_attestation answer_of(size_t arbiter, uint32_t tip)
{
    return (prom_attestation){
        .kind = PROM_ATTESTATION_ANSWER, .place = PROM_PLACE_ARBITER + arbiter, .as.answer = {.tip = tip}};
}

static inline prom_attestation listing(prom_attestation answer, prom_attestation receipt)
{
    answer.as.answer.receipts[answer.as.answer.count++] = receipt.as.receipt;
    return answer;
}

/* The first `count` arbiters give receipts for what W has signed. */
static inline void receipt_package(fixture *test, struct scene *scene, prom_round round, size_t number, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(take(test, scene, package_receipt(i, round, number, LAST)));
    }
}

static inline void receipt_notice(fixture *test, struct scene *scene, prom_attestation notice, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(take(test, scene, notice_receipt(scene, i, notice, notice.as.notice.height - LEAD)));
    }
}

#endif
