#include "contract/evidence_scene.h"

/* One of each kind, with all its parts set. */
static size_t one_of_each(prom_attestation *list)
{
    const prom_bytes32 hash = named("hash", 1);
    const prom_attestation receipt = receipt_of(1, PROM_ROUND_B, &hash, 0x01020304);
    prom_attestation answer = listing(answer_of(1, 0x05060708), package_receipt(1, PROM_ROUND_A, 0, 7));
    const prom_attestation made[] = {
        package_of(PROM_ROUND_B, 1),
        notice_of(1, 0x01020304),
        receipt,
        answer_of(0, 9),
        listing(listing(answer, receipt), receipt_of(1, PROM_ROUND_NOTICE, &hash, 3)),
        {.kind = PROM_ATTESTATION_ECHO, .place = PROM_PLACE_ARBITER + 2, .as.echo = hash},
        {.kind = PROM_ATTESTATION_COMMITMENT, .place = PROM_PLACE_ARBITER + 3, .as.commitment = hash},
        {.kind = PROM_ATTESTATION_VOTE, .place = PROM_PLACE_ARBITER + 4, .as.vote = {PROM_DECISION_WORKER, hash}},
    };
    memcpy(list, made, sizeof made);
    return COUNT_OF(made);
}

enum { KINDS = 8 };

static prom_span write(fixture *test, const prom_attestation *said)
{
    prom_span bytes;
    assert_ok(prom_attestation_write(&test->arena, &bytes, said, &test->error), &test->error);
    return bytes;
}

static void bytes_and_hashes_are_those_of_the_vectors(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("evidence/evidence.json");
    const json_t *vector = NULL;
    size_t i = 0;
    json_array_foreach(member(vectors, "attestations"), i, vector)
    {
        const prom_span content = span_of_hex(test, member_text(vector, "content"));
        prom_writer writer = prom_writer_in(&test->arena);
        prom_attestation said;
        prom_bytes32 hash;
        prom_span bytes;
        prom_write_span(&writer, content);
        prom_write_span(&writer, prom_span_of((const uint8_t[64]){0}, 64));
        assert_ok(prom_writer_finish(&writer, &bytes, &test->error), &test->error);
        assert_ok(prom_attestation_read(&said, bytes, &test->error), &test->error);
        assert_int_equal(said.kind, member_number(vector, "kind"));
        assert_true(prom_span_equal(write(test, &said), bytes));
        prom_attestation_hash(&hash, &said);
        assert_hex32(&hash, member_text(vector, "hash"));
    }
    assert_int_equal(i, KINDS);
    json_decref(vectors);
}

static void hashes_are_those_of_the_vectors(void **state)
{
    fixture *test = *state;
    json_t *vectors = load_vectors("evidence/evidence.json");
    const json_t *package = member(vectors, "package");
    const json_t *sealed = member(vectors, "commitment");
    const json_t *vote = member(vectors, "vote");
    const json_t *key = member(vectors, "shown_key");
    const prom_span bytes = span_of_hex(test, member_text(package, "bytes"));
    prom_bytes32 id = bytes32_of_hex(member_text(package, "contract_id"));
    prom_bytes32 hash;
    prom_package_hash(&hash, &id, (prom_round)member_number(package, "round"), bytes);
    assert_hex32(&hash, member_text(package, "hash"));
    prom_openings_root(&hash, bytes);
    assert_hex32(&hash, member_text(package, "openings_root"));

    id = bytes32_of_hex(member_text(sealed, "contract_id"));
    const prom_bytes32 its_key = bytes32_of_hex(member_text(sealed, "h_p"));
    const prom_bytes32 root = bytes32_of_hex(member_text(sealed, "root"));
    prom_package_commitment(&hash, &id, &its_key, &root);
    assert_hex32(&hash, member_text(sealed, "commitment"));

    id = bytes32_of_hex(member_text(vote, "contract_id"));
    const prom_vote made = {(prom_decision)member_number(vote, "decision"), bytes32_of_hex(member_text(vote, "nonce"))};
    prom_vote_commitment(&hash, &id, member_number(vote, "place"), &made);
    assert_hex32(&hash, member_text(vote, "commitment"));

    id = bytes32_of_hex(member_text(key, "contract_id"));
    const prom_bytes32 h_p = bytes32_of_hex(member_text(key, "h_p"));
    prom_shown_key_hash(&hash, &id, &h_p);
    assert_hex32(&hash, member_text(key, "hash"));
    json_decref(vectors);
}

static void what_is_signed_is_read_and_checked(void **state)
{
    fixture *test = *state;
    const struct scene *scene = make_scene(test);
    prom_attestation list[KINDS];
    assert_int_equal(one_of_each(list), KINDS);
    for (size_t i = 0; i < KINDS; i++) {
        const prom_attestation said = sign(test, scene, list[i]);
        const prom_span bytes = write(test, &said);
        prom_attestation back;
        assert_true(bytes.length <= PROM_ATTESTATION_MAX);
        assert_ok(prom_attestation_read(&back, bytes, &test->error), &test->error);
        assert_true(prom_attestation_same(&said, &back));
        assert_memory_equal(&said.signature, &back.signature, sizeof said.signature);
        assert_ok(prom_attestation_check(test->curve, &back, &scene->terms, &scene->contract_id, &test->error),
                  &test->error);
        assert_true(prom_span_equal(write(test, &back), bytes));
    }
}

/* Whatever byte is another, the bytes are refused or the signature is; no shorter or longer ones are read. */
static void every_byte_counts(void **state)
{
    fixture *test = *state;
    const struct scene *scene = make_scene(test);
    prom_attestation list[KINDS];
    (void)one_of_each(list);
    for (size_t i = 0; i < KINDS; i++) {
        const prom_attestation said = sign(test, scene, list[i]);
        const prom_span bytes = write(test, &said);
        prom_attestation back;
        for (size_t at = 0; at < bytes.length; at++) {
            uint8_t *other = exact_copy(bytes.data, bytes.length);
            other[at] ^= (uint8_t)(1U << at % 8);
            if (prom_is_ok(prom_attestation_read(&back, prom_span_of(other, bytes.length), &test->error))) {
                assert_false(at < bytes.length - 64 && prom_attestation_same(&said, &back));
                assert_fails(
                    prom_attestation_check(test->curve, &back, &scene->terms, &scene->contract_id, &test->error),
                    PROM_CATEGORY_PEER, &test->error, "statement");
            }
            free(other);
        }
        for (size_t length = 0; length <= bytes.length + 1; length++) {
            uint8_t *cut = calloc(1, length + 1);
            assert_non_null(cut);
            memcpy(cut, bytes.data, length < bytes.length ? length : bytes.length);
            const prom_result read = prom_attestation_read(&back, prom_span_of(cut, length), &test->error);
            assert_int_equal(prom_is_ok(read), length == bytes.length);
            assert_int_equal(back.kind == said.kind, length == bytes.length);
            free(cut);
        }
    }
}

/* What is well formed, but not for its signer to say, or beyond its range. */
static void what_nobody_may_say_is_refused(void **state)
{
    fixture *test = *state;
    const prom_attestation zero = {.signature = {{0}}};
    prom_attestation bad[14];
    size_t count = 0;
    for (size_t place = 0; place < 4; place++) {
        if (place != PROM_PLACE_W) {
            bad[count] = package_of(PROM_ROUND_A, 0);
            bad[count++].place = place;
        }
        if (place < PROM_PLACE_ARBITER) {
            bad[count] = answer_of(0, 0);
            bad[count++].place = place;
        }
    }
    bad[count] = notice_of(0, 0);
    bad[count++].place = PROM_PLACE_ARBITER;
    bad[count++] = answer_of(PROM_ARBITERS_MAX, 0);
    bad[count++] = package_of(PROM_ROUND_NOTICE, 0);
    bad[count++] = package_receipt(0, (prom_round)3, 0, 0);
    bad[count] = listing(answer_of(0, 0), package_receipt(0, PROM_ROUND_B, 0, 0));
    bad[count] = listing(bad[count], package_receipt(0, PROM_ROUND_B, 1, 0)); /* not rising */
    count++;
    bad[count++] = (prom_attestation){
        .kind = PROM_ATTESTATION_VOTE, .place = PROM_PLACE_ARBITER, .as.vote.decision = (prom_decision)2};
    bad[count] = package_of(PROM_ROUND_A, 0);
    bad[count++].kind = (prom_attestation_kind)0;
    assert_true(count <= COUNT_OF(bad));
    for (size_t i = 0; i < count; i++) {
        prom_attestation back = {.kind = PROM_ATTESTATION_VOTE};
        assert_fails(prom_attestation_read(&back, write(test, &bad[i]), &test->error), PROM_CATEGORY_PEER, &test->error,
                     "these bytes are no signed statement of a contract");
        assert_memory_equal(&back, &zero, sizeof back);
    }
}

static void statement_of_another_contract_or_signer_is_refused(void **state)
{
    fixture *test = *state;
    const struct scene *scene = make_scene(test);
    const prom_bytes32 other_id = named("another contract", 0);
    prom_attestation said = sign(test, scene, package_receipt(1, PROM_ROUND_A, 0, 7));
    assert_fails(prom_attestation_check(test->curve, &said, &scene->terms, &other_id, &test->error), PROM_CATEGORY_PEER,
                 &test->error, "the signed statement is of another contract");
    said.place++;
    assert_fails(prom_attestation_check(test->curve, &said, &scene->terms, &scene->contract_id, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "the signature of the statement is not valid");
    said.place = PROM_PLACE_ARBITER + ARBITERS; /* a seat that these terms do not have */
    assert_fails(prom_attestation_check(test->curve, &said, &scene->terms, &scene->contract_id, &test->error),
                 PROM_CATEGORY_PEER, &test->error, "the signed statement is of nobody who could make it");
}

/* An item of an arbitration counts in round r with the echoes of r different arbiters. */
static void echoes_are_counted_by_arbiter(void **state)
{
    fixture *test = *state;
    const struct scene *scene = make_scene(test);
    const prom_bytes32 item = named("item", 0);
    const prom_bytes32 other = named("item", 1);
    prom_attestation echoes[6];
    for (size_t i = 0; i < COUNT_OF(echoes); i++) {
        echoes[i] = sign(test, scene,
                         (prom_attestation){.kind = PROM_ATTESTATION_ECHO,
                                            .place = PROM_PLACE_ARBITER + i % ARBITERS,
                                            .as.echo = i == 1 ? other : item});
    }
    echoes[2].signature.bytes[0] ^= 1;
    echoes[3] = sign(test, scene,
                     (prom_attestation){
                         .kind = PROM_ATTESTATION_COMMITMENT, .place = PROM_PLACE_ARBITER + 3, .as.commitment = item});
    const uint32_t arbiters = prom_echoes_count(test->curve, &item, echoes, COUNT_OF(echoes), &scene->terms,
                                                &scene->contract_id); /* the sixth is the first's again */
    assert_int_equal(arbiters, 1U << 0 | 1U << 4);
    assert_int_equal(prom_arbiters_count(arbiters), 2);
}

static void vote_opens_its_own_commitment_alone(void **state)
{
    fixture *test = *state;
    const struct scene *scene = make_scene(test);
    prom_attestation vote = {.kind = PROM_ATTESTATION_VOTE,
                             .contract_id = scene->contract_id,
                             .place = PROM_PLACE_ARBITER,
                             .as.vote = {PROM_DECISION_WORKER, named("nonce", 0)}};
    prom_attestation commitment = {
        .kind = PROM_ATTESTATION_COMMITMENT, .contract_id = scene->contract_id, .place = PROM_PLACE_ARBITER};
    prom_vote_commitment(&commitment.as.commitment, &scene->contract_id, PROM_PLACE_ARBITER, &vote.as.vote);
    assert_true(prom_vote_opens(&vote, &commitment));
    vote.as.vote.decision = PROM_DECISION_VERIFIER;
    assert_false(prom_vote_opens(&vote, &commitment));
    vote.as.vote.decision = PROM_DECISION_WORKER;
    vote.as.vote.nonce.bytes[0] ^= 1;
    assert_false(prom_vote_opens(&vote, &commitment));
    vote.as.vote.nonce.bytes[0] ^= 1;
    vote.place++; /* a commitment that was copied is nobody's vote but its maker's */
    commitment.place++;
    assert_false(prom_vote_opens(&vote, &commitment));
    vote.place--;
    assert_false(prom_vote_opens(&vote, &commitment));
    commitment.place--;
    vote.kind = PROM_ATTESTATION_COMMITMENT;
    assert_false(prom_vote_opens(&vote, &commitment));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(bytes_and_hashes_are_those_of_the_vectors),
        FIXTURE_TEST(hashes_are_those_of_the_vectors),
        FIXTURE_TEST(what_is_signed_is_read_and_checked),
        FIXTURE_TEST(every_byte_counts),
        FIXTURE_TEST(what_nobody_may_say_is_refused),
        FIXTURE_TEST(statement_of_another_contract_or_signer_is_refused),
        FIXTURE_TEST(echoes_are_counted_by_arbiter),
        FIXTURE_TEST(vote_opens_its_own_commitment_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
