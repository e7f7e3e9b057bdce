/* After Tx0 nobody can hold up what is others' (E9, E18): whoever is left out of all later steps, the others end the
 * contract without it, by transactions with whole witnesses, and each is paid what its own rules earn it. */
#include "contract/session.h"

#include "prometheus/contract/payout.h"

/* A scene: where the contract's money lies when somebody goes missing, who that is, and who of W and V has broken its
 * rules; PROM_PARTIES: nobody has. */
struct scene {
    const struct session *it;
    prom_tree_output at;
    uint32_t missing; /* bits of places */
    size_t liar;
};

static bool is_present(const struct scene *scene, size_t place)
{
    return (scene->missing >> place & 1) == 0;
}

/* Present, and with nothing but its rules in mind. */
static bool is_honest(const struct scene *scene, size_t place)
{
    return is_present(scene, place) && place != scene->liar;
}

/* The arbiters that are there, as a set S. */
static uint32_t present_arbiters(const struct scene *scene)
{
    const uint32_t all = (1U << scene->it->terms.arbiter_count) - 1;
    return all & ~(scene->missing >> PROM_PARTIES);
}

/* W's delivery is good, for all that those who are there know: it has shown k_p, and h_p where it must. */
static bool is_delivered(const struct scene *scene)
{
    return is_honest(scene, PROM_PARTY_W);
}

/* What can be said under the keys of those who are there, all of them honest: V's verdict, the arbiters' decision, W's
 * preimages. A liar gives nothing, and whoever is missing neither. */
static bool can_publish(fixture *test, const struct scene *scene, const prom_tree_tx *tx)
{
    const struct session *it = scene->it;
    const bool accepts = tx->scheme == 3;
    const bool against_verifier = tx->scheme == 7;
    const bool verdict = is_honest(scene, PROM_PARTY_V) && accepts == is_delivered(scene);
    const bool decision =
        tx->deciders == present_arbiters(scene) &&
        against_verifier == (scene->liar == PROM_PARTY_V && is_delivered(scene)); /* h_p is not shown: W's fault */
    const prom_signature V = sign_branch(test, tx, &it->cast.party[PROM_PARTY_V]);
    const prom_signature Y = sign_branch(test, tx, &it->cast.Y);
    const prom_publication with = {verdict ? &V : NULL, decision ? &Y : NULL,
                                   is_delivered(scene) ? &it->cast.h_p : NULL,
                                   is_delivered(scene) ? &it->cast.k_p : NULL};
    prom_tx *finished = NULL;
    size_t publisher = 0;
    while (!is_present(scene, publisher)) {
        publisher++;
    }
    return prom_is_ok(prom_signing_finish(&test->arena, &finished, it->at[publisher], tx, &with, &test->error));
}

static prom_amount paid_to(fixture *test, const struct scene *scene, const prom_tree_tx *tx, size_t place)
{
    const prom_terms *terms = &scene->it->terms;
    const prom_span script = p2tr_script(test, place < PROM_PARTIES ? &terms->parties[place].payout
                                                                    : &terms->arbiters[place - PROM_PARTIES].payout);
    prom_amount sum = prom_amount_zero();
    for (size_t i = 0; i < tx->tx->output_count; i++) {
        if (prom_span_equal(tx->tx->outputs[i].script, script)) {
            sum = prom_amount_add(sum, tx->tx->outputs[i].value);
        }
    }
    return sum;
}

/* What a place that keeps its rules is promised at least. C pays W's share only where h_p is shown, and V's only with a
 * verdict or a decision. */
static prom_amount promised(const struct scene *scene, const prom_tree_tx *tx, size_t place)
{
    const prom_terms *terms = &scene->it->terms;
    const prom_amount to_worker = prom_share_of_worker(&terms->P, terms->c);
    const prom_amount to_verifier = prom_share_of_verifier(&terms->P, terms->c);
    const bool shown = (tx->waits_for & PROM_WAITS_H_P) != 0;
    const bool judged = (tx->waits_for & (PROM_WAITS_V | PROM_WAITS_Y)) != 0;
    if (place == PROM_PARTY_C) {
        const prom_amount left = shown ? prom_amount_subtract(terms->c, to_worker) : terms->c;
        return shown && judged ? prom_amount_subtract(left, to_verifier) : left;
    }
    if (place == PROM_PARTY_W) {
        return prom_amount_add(terms->P.w, to_worker);
    }
    return place == PROM_PARTY_V ? terms->P.v : prom_amount_add(terms->P.a, terms->retainer);
}

static bool pays_all(fixture *test, const struct scene *scene, const prom_tree_tx *tx)
{
    bool all = tx->scheme != 0;
    for (size_t place = 0; place < scene->it->count; place++) {
        all = all && (!is_honest(scene, place) ||
                      prom_amount_at_least(paid_to(test, scene, tx, place), promised(scene, tx, place)));
    }
    return all;
}

/* Whether from here on some way of transactions that can be published ends with what is promised. */
static bool ends_well(fixture *test, const struct scene *scene)
{
    const prom_tree *tree = scene->it->tree;
    bool well = false;
    for (size_t i = PROM_TX1; i < tree->tx_count && !well; i++) {
        const prom_tree_tx *tx = &tree->tx[i];
        struct scene next = *scene;
        if (tx->spends != scene->at || (tx->scheme != 0 && !pays_all(test, scene, tx)) ||
            !can_publish(test, scene, tx)) {
            continue;
        }
        next.at = i == PROM_TXV0 ? PROM_OUTPUT_OV0 : PROM_OUTPUT_OA;
        well = tx->scheme != 0 || ends_well(test, &next);
    }
    return well;
}

static uint32_t count_bits(uint32_t mask)
{
    uint32_t count = 0;
    for (; mask != 0; mask &= mask - 1) {
        count++;
    }
    return count;
}

/* Every set of places that may be missing: one of C, W and V or none, and as many arbiters as the protocol bears. With
 * a verdict r = 0 in a block one of W and V has lied. */
static void nobody_can_hold_the_tree_up(void **state)
{
    fixture *test = *state;
    static const uint8_t counts[] = {3, 5};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct session it;
        begin_session(test, &it, counts[i]);
        sign_tree(test, &it);
        close_session(&it);
        const uint32_t most = counts[i] - prom_parameters_quorum(&it.terms.P);
        for (uint32_t missing = 0; missing < 1U << it.count; missing++) {
            if (count_bits(missing & 7) > 1 || count_bits(missing >> PROM_PARTIES) > most) {
                continue;
            }
            for (prom_tree_output at = PROM_OUTPUT_O0; at < PROM_TREE_OUTPUTS; at++) {
                for (size_t liar = PROM_PARTY_W; liar <= PROM_PARTIES; liar++) {
                    const struct scene scene = {&it, at, missing, liar};
                    const bool accused = at != PROM_OUTPUT_O0;
                    if (accused != (liar != PROM_PARTIES)) {
                        continue;
                    }
                    if (!ends_well(test, &scene)) {
                        fail_msg("n = %u: from %s no ending pays all when the places of mask %x are missing and place "
                                 "%zu has lied",
                                 counts[i], it.tree->output[at].name, missing, liar);
                    }
                }
            }
        }
    }
}

/* With all but one honest place gone, its coins are not locked for ever: time alone ends the contract from anywhere. */
static void time_alone_ends_it(void **state)
{
    fixture *test = *state;
    static const prom_tree_id by_time[PROM_TREE_OUTPUTS] = {
        [PROM_OUTPUT_O0] = PROM_TX1, [PROM_OUTPUT_OV0] = PROM_TX5, [PROM_OUTPUT_OA] = PROM_TX6};
    const prom_publication nothing = {NULL, NULL, NULL, NULL};
    struct session it;
    begin_signed(test, &it);
    for (size_t place = 0; place < it.count; place++) {
        for (prom_tree_output at = PROM_OUTPUT_O0; at < PROM_TREE_OUTPUTS; at++) {
            const prom_tree_tx *tx = &it.tree->tx[by_time[at]];
            prom_tx *finished = NULL;
            assert_int_equal(tx->spends, at);
            assert_ok(prom_signing_finish(&test->arena, &finished, it.at[place], tx, &nothing, &test->error),
                      &test->error);
        }
    }
}

/* What a branch waits for is V, Y, h_p and k_p, as its bits say: no other key and no other hash stands in what it
 * spends, and ALL has signed already. */
static void nobody_else_is_waited_for(void **state)
{
    fixture *test = *state;
    struct session it;
    begin_signed(test, &it);
    const prom_bytes32 *const needs[] = {&it.terms.parties[PROM_PARTY_V].key, &it.terms.h, &it.terms.k_h, &it.terms.Y,
                                         &it.tree->all.public_key};
    const unsigned all = 1U << 4;
    for (size_t i = PROM_TX1; i < it.tree->tx_count; i++) {
        const prom_tree_tx *tx = &it.tree->tx[i];
        const prom_tx_input *input = &finish_branch(test, &it, 0, tx)->inputs[0];
        unsigned found = 0;
        assert_int_equal(tx->tx->input_count, 1); /* no stake that its owner could spend elsewhere */
        if (input->witness_count == 1) {          /* the key path: ALL's, and nothing else */
            assert_int_equal(tx->leaf[0], PROM_KEY_PATH);
            assert_int_equal(input->witness[0].length, 64);
            assert_int_equal(tx->waits_for, 0);
            continue;
        }
        prom_reader script = prom_reader_of(input->witness[input->witness_count - 2]);
        while (script.left > 0) {
            const uint8_t opcode = prom_read_u8(&script);
            const prom_span pushed = prom_read_span(&script, opcode <= 75 ? opcode : 0);
            unsigned known = 0;
            for (size_t j = 0; j < COUNT_OF(needs); j++) {
                known |= prom_span_equal(pushed, prom_span_of32(needs[j])) ? 1U << j : 0;
            }
            assert_true(pushed.length < 32 || known != 0);
            found |= known;
        }
        assert_int_equal(found, all | tx->waits_for);
        assert_int_equal(input->witness_count - 2, count_bits(found));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(nobody_can_hold_the_tree_up),
        FIXTURE_TEST(time_alone_ends_it),
        FIXTURE_TEST(nobody_else_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
