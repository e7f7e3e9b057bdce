#include "contract/contracts.h"

/* All branches signed by everybody. */
static void sign_contract(fixture *test, struct session *it)
{
    open_session(test, it);
    sign_tree(test, it);
    close_session(it);
}

static prom_tx *sign_whole(fixture *test, struct session *it, const prom_tree_tx *tx)
{
    return tx == &it->tree->tx[PROM_TX0] ? sign_tx0(test, it) : finish_branch(test, it, PROM_PARTY_C, tx);
}

static void whole_witnesses_have_the_weight_that_was_paid_for(void **state)
{
    fixture *test = *state;
    for (uint8_t n = PROM_ARBITERS_MIN; n <= 7; n += 2) {
        struct session it = make_contract(test, n);
        sign_contract(test, &it);
        for (size_t i = 0; i < it.tree->tx_count; i++) {
            const prom_tree_tx *tx = &it.tree->tx[i];
            check_measures(test, tx, sign_whole(test, &it, tx), it.terms.feerate);
        }
    }
}

static size_t vsize_of(fixture *test, struct session *it, const prom_tree_tx *tx)
{
    size_t weight = 0;
    assert_ok(prom_tx_weight(&test->arena, &weight, sign_whole(test, it, tx), &test->error), &test->error);
    return prom_vsize(weight);
}

/* protocol 4: the sizes in vB, to the byte, n = 3 and n = 9, of Tx0 with a coin and change for C, W and V, and of
 * transactions with every output that their scheme can have. */
static void sizes_are_those_of_the_protocol(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *name;
        size_t vsize[2];
    } table[] = {
        {"Tx0", {588, 933}}, {"Tx1", {382, 640}}, {"Tx3", {391, 649}}, {"Tx4", {407, 665}},  {"TxV0", {182, 182}},
        {"Tx5", {382, 640}}, {"TxA", {160, 160}}, {"Tx6", {382, 640}}, {"Tx7[", {346, 604}}, {"Tx8[", {364, 622}},
    };
    for (size_t i = 0; i < 2; i++) {
        struct session it = make_contract(test, i == 0 ? 3 : 9);
        it.terms.P.mu = 5500;
        it.terms.P.v = it.terms.P.w;
        it.terms.feerate = 20; /* so that what is left of the reserve is worth an output wherever it can be */
        sign_contract(test, &it);
        for (size_t j = 0; j < COUNT_OF(table); j++) {
            size_t largest = 0;
            for (size_t k = 0; k < it.tree->tx_count; k++) {
                const prom_tree_tx *tx = &it.tree->tx[k];
                const size_t length = strlen(table[j].name);
                const bool exact = table[j].name[length - 1] != '[';
                if (strncmp(tx->name, table[j].name, length) == 0 && (!exact || tx->name[length] == '\0')) {
                    const size_t vsize = vsize_of(test, &it, tx);
                    largest = vsize > largest ? vsize : largest;
                }
            }
            assert_int_equal(largest, table[j].vsize[i]);
        }
    }
}

/* Known before there is a tree, for every n. */
static void the_largest_branch_is_known_beforehand(void **state)
{
    fixture *test = *state;
    for (uint8_t n = PROM_ARBITERS_MIN; n <= PROM_ARBITERS_MAX; n++) {
        struct session it = make_contract(test, n);
        size_t largest = 0;
        it.terms.feerate = 20; /* so that C has an output in Tx4 */
        assert_ok(prom_tree_build(test->curve, &test->arena, &it.tree, &it.terms, &test->error), &test->error);
        for (size_t i = PROM_TX1; i < it.tree->tx_count; i++) {
            const size_t vsize = prom_vsize(it.tree->tx[i].weight);
            largest = vsize > largest ? vsize : largest;
        }
        assert_int_equal(prom_branch_vsize_max(n), largest);
    }
}

/* The payouts in their order, and what the reserve holds beyond this path's anchors and fees, to C on top. */
static void tx4_pays_by_scheme_3(void **state)
{
    fixture *test = *state;
    const struct session it = build_contract(test, 3);
    const prom_tree_tx *tx4 = &it.tree->tx[PROM_TX4];
    assert_true(prom_outpoint_equal(&tx4->tx->inputs[0].outpoint, &it.tree->root.outpoint));
    assert_int_equal(tx4->scheme, 3);
    assert_int_equal(tx4->tx->output_count, 7);
    assert_true(prom_amount_equal(tx4->fee, prom_fee(it.terms.feerate, prom_vsize(tx4->weight))));
    const prom_amount left = minus(it.tree->reserve, plus(tx4->fee, sat(240)));
    check_output(test, &tx4->tx->outputs[0], left, &it.terms.parties[PROM_PARTY_C].payout);
    check_output(test, &tx4->tx->outputs[1], sat(2900000), &it.terms.parties[PROM_PARTY_W].payout);
    check_output(test, &tx4->tx->outputs[2], sat(2600000), &it.terms.parties[PROM_PARTY_V].payout);
    for (size_t i = 0; i < 3; i++) {
        check_output(test, &tx4->tx->outputs[3 + i], sat(3005000), &it.terms.arbiters[i].payout);
    }
    assert_hex(tx4->tx->outputs[6].script, "51024e73");
    assert_true(prom_amount_equal(tx4->tx->outputs[6].value, sat(240)));
}

/* What each transaction spends, how, after how many blocks, by which scheme it settles and what it waits for: t1 = 12,
 * t2 = 20, t3 = 28, t4 = 14. */
static void tree_hangs_together(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *name;
        prom_tree_output spends;
        prom_tree_id parent;
        size_t leaf;
        uint32_t lock;
        unsigned scheme;
        unsigned waits_for;
    } table[] = {
        [PROM_TX1] = {"Tx1", PROM_OUTPUT_O0, PROM_TX0, PROM_KEY_PATH, 28, 1, 0},
        [PROM_TX3] = {"Tx3", PROM_OUTPUT_O0, PROM_TX0, 1, 20, 2, PROM_WAITS_H_P},
        [PROM_TX4] = {"Tx4", PROM_OUTPUT_O0, PROM_TX0, 0, 0, 3, PROM_WAITS_V | PROM_WAITS_H_P},
        [PROM_TXV0] = {"TxV0", PROM_OUTPUT_O0, PROM_TX0, 2, 12, 0, PROM_WAITS_V},
        [PROM_TX5] = {"Tx5", PROM_OUTPUT_OV0, PROM_TXV0, PROM_KEY_PATH, 8, 4, 0},
        [PROM_TXA] = {"TxA", PROM_OUTPUT_OV0, PROM_TXV0, 0, 0, 0, PROM_WAITS_K_P},
        [PROM_TX6] = {"Tx6", PROM_OUTPUT_OA, PROM_TXA, PROM_KEY_PATH, 14, 5, 0},
    };
    const struct session it = build_contract(test, 3);
    const prom_tree *tree = it.tree;
    for (size_t i = PROM_TX1; i < COUNT_OF(table); i++) {
        const prom_tree_tx *tx = &tree->tx[i];
        const prom_outpoint spent = {tree->tx[table[i].parent].txid, 0};
        assert_string_equal(tx->name, table[i].name);
        assert_int_equal(tx->tx->input_count, 1);
        assert_int_equal(tx->spends, table[i].spends);
        assert_true(prom_outpoint_equal(&tx->tx->inputs[0].outpoint, &spent));
        assert_int_equal(tx->leaf[0], table[i].leaf);
        assert_int_equal(prom_tree_lock(tx, 0), table[i].lock);
        assert_int_equal(tx->scheme, table[i].scheme);
        assert_int_equal(tx->waits_for, table[i].waits_for);
        assert_true(prom_amount_equal(tx->spent[0].value, tree->tx[table[i].parent].tx->outputs[0].value));
    }
    for (size_t i = PROM_TREE_NAMED; i < tree->tx_count; i++) {
        const bool worker = tree->tx[i].scheme == 6;
        assert_int_equal(tree->tx[i].leaf[0], worker ? PROM_LEAF_WORKER : PROM_LEAF_VERIFIER);
        assert_int_equal(tree->tx[i].waits_for, worker ? PROM_WAITS_Y : PROM_WAITS_Y | PROM_WAITS_H_P);
        assert_int_equal(prom_tree_lock(&tree->tx[i], 0), 0);
    }
}

/* Of the schemes, and of none. */
static void some_schemes_show_the_key(void **state)
{
    static const bool shows[] = {false, false, true, true, false, false, false, true}; /* 0: none */
    (void)state;
    for (unsigned scheme = 0; scheme < COUNT_OF(shows); scheme++) {
        assert_int_equal(prom_scheme_shows_key(scheme), shows[scheme]);
    }
}

/* mu = 0.6: any two of three decide, or all. */
static void every_quorum_has_its_decisions(void **state)
{
    fixture *test = *state;
    static const struct {
        uint32_t S;
        const char *name;
    } quorums[] = {{3, "Tx7[1,2]"}, {5, "Tx7[1,3]"}, {6, "Tx7[2,3]"}, {7, "Tx7[1,2,3]"}};
    const struct session it = build_contract(test, 3);
    const prom_outpoint OA = {it.tree->tx[PROM_TXA].txid, 0};
    assert_int_equal(it.tree->decision_count, COUNT_OF(quorums));
    assert_int_equal(it.tree->tx_count, PROM_TREE_NAMED + 2 * COUNT_OF(quorums));
    for (unsigned scheme = 6; scheme <= 7; scheme++) {
        for (size_t i = 0; i < COUNT_OF(quorums); i++) {
            const prom_tree_tx *tx = prom_tree_decision(it.tree, scheme, quorums[i].S);
            assert_ptr_equal(tx, &it.tree->tx[PROM_TREE_NAMED + (scheme - 6) * COUNT_OF(quorums) + i]);
            assert_string_equal(tx->name + 3, quorums[i].name + 3);
            assert_int_equal(tx->name[2], scheme == 6 ? '7' : '8');
            assert_true(prom_outpoint_equal(&tx->tx->inputs[0].outpoint, &OA));
        }
        assert_null(prom_tree_decision(it.tree, scheme, 1));
    }
    assert_null(prom_tree_decision(it.tree, 5, 3));
}

/* The 512 S of nine arbiters, of which 256 have five or more: seven named branches and two decisions for each. */
static void nine_arbiters_have_519_branches(void **state)
{
    fixture *test = *state;
    struct session it = make_contract(test, 9);
    it.terms.P.mu = 5500;
    build(test, &it);
    assert_int_equal(it.tree->tx_count - 1, 519);
}

/* What a branch pays to everybody together is what it spends, less its fee. A decision pays a, rho and [w/n] to each of
 * S and nothing to the others, F's part below dust to the fee. */
static void decisions_pay_their_signers(void **state)
{
    fixture *test = *state;
    const struct session it = build_contract(test, 3);
    const prom_tree_tx *tx7 = prom_tree_decision(it.tree, 6, 5);
    assert_int_equal(tx7->tx->output_count, 6); /* C, V, A_1, A_3, F, anchor */
    check_output(test, &tx7->tx->outputs[1], sat(2500000), &it.terms.parties[PROM_PARTY_V].payout);
    check_output(test, &tx7->tx->outputs[2], sat(3005000 + 666666), &it.terms.arbiters[0].payout);
    check_output(test, &tx7->tx->outputs[3], sat(3005000 + 666666), &it.terms.arbiters[2].payout);
    check_output(test, &tx7->tx->outputs[4], sat(3005000 + 2000000 - 2 * 666666), &it.terms.P.F);
    const prom_tree_tx *all = prom_tree_decision(it.tree, 6, 7);
    assert_int_equal(all->tx->output_count, 6); /* the 2 sat that 3 does not divide are no output of F */
    assert_true(prom_span_equal(all->tx->outputs[4].script, p2tr_script(test, &it.terms.arbiters[2].payout)));
    assert_true(prom_amount_equal(all->fee, plus(prom_fee(it.terms.feerate, prom_vsize(all->weight)), sat(2))));
    const prom_tree_tx *tx8 = prom_tree_decision(it.tree, 7, 6);
    assert_true(prom_span_equal(tx8->tx->outputs[0].script, p2tr_script(test, &it.terms.parties[PROM_PARTY_W].payout)));
    assert_true(prom_amount_equal(tx8->tx->outputs[0].value, sat(3000000)));
}

/* At any feerate every transaction pays for itself, and the dearest path leaves nothing. */
static void reserve_is_the_dearest_path(void **state)
{
    fixture *test = *state;
    static const uint32_t feerates[] = {1, 2, 50, 300};
    for (size_t i = 0; i < COUNT_OF(feerates); i++) {
        struct session it = make_contract(test, 3);
        it.terms.feerate = feerates[i];
        it.terms.parties[PROM_PARTY_C].coins[0].value = sat(9000000);
        build(test, &it);
        for (size_t j = 0; j < it.tree->tx_count; j++) {
            const prom_tree_tx *tx = &it.tree->tx[j];
            assert_true(prom_amount_at_least(tx->fee, prom_fee(feerates[i], prom_vsize(tx->weight))));
        }
        /* TxV0, TxA and Tx8 of all, with C, W, A_1 to A_3, F and anchor: 182 + 160 + 407 vB. */
        assert_true(prom_amount_equal(it.tree->reserve, sat(3 * 240 + feerates[i] * (182 + 160 + 407))));
        const prom_tree_tx *dearest = prom_tree_decision(it.tree, 7, 7);
        const prom_bytes32 *client = &it.terms.parties[PROM_PARTY_C].payout;
        assert_false(prom_span_equal(dearest->tx->outputs[0].script, p2tr_script(test, client)));
    }
}

/* A tree hangs on any output that holds what the terms demand: what is more goes to C, less is refused. */
static void tree_hangs_on_any_root(void **state)
{
    fixture *test = *state;
    const struct session it = build_contract(test, 3);
    prom_tree *other = NULL;
    prom_bytes32 hash;
    prom_tree_root root = {{named("another transaction", 0), 5}, it.tree->root.value};
    assert_ok(prom_tree_plan(test->curve, &test->arena, &other, &it.terms, &test->error), &test->error);
    assert_true(prom_amount_equal(other->reserve, it.tree->reserve));
    assert_true(
        prom_span_equal(other->output[PROM_OUTPUT_O0].descriptor->script, it.tree->tx[PROM_TX0].tx->outputs[0].script));
    root.value = plus(root.value, sat(777));
    assert_ok(prom_tree_grow(&test->arena, other, &it.terms, &root, &test->error), &test->error);
    assert_true(prom_bytes32_equal(&other->tx[PROM_TX0].txid, &root.outpoint.txid));
    assert_null(other->tx[PROM_TX0].tx);
    assert_fails(prom_tree_sighash(&test->arena, &hash, &other->tx[PROM_TX0], 0, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "Tx0 has no input 0");
    for (size_t i = PROM_TX1; i < PROM_TREE_NAMED; i++) {
        const prom_tree_tx *tx = &other->tx[i];
        assert_true(tx->spends != PROM_OUTPUT_O0 || prom_outpoint_equal(&tx->tx->inputs[0].outpoint, &root.outpoint));
        assert_int_equal(tx->weight, it.tree->tx[i].weight);
        assert_true(prom_amount_equal(tx->fee, it.tree->tx[i].fee));
        if (tx->scheme != 0) {
            assert_true(
                prom_amount_equal(tx->tx->outputs[0].value, plus(it.tree->tx[i].tx->outputs[0].value, sat(777))));
        }
    }
    assert_false(prom_bytes32_equal(&other->digest, &it.tree->digest));
    root = it.tree->root; /* on the same root it is the same tree */
    assert_ok(prom_tree_grow(&test->arena, other, &it.terms, &root, &test->error), &test->error);
    assert_true(prom_bytes32_equal(&other->digest, &it.tree->digest));
    root.value = minus(root.value, sat(1));
    assert_fails(prom_tree_grow(&test->arena, other, &it.terms, &root, &test->error), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "are needed: all deposits and the reserve");
}

/* h_p is shown by the witness of Tx4, and by nothing else. */
static void payment_shows_h_p(void **state)
{
    fixture *test = *state;
    struct session it = make_contract(test, 3);
    sign_contract(test, &it);
    const prom_outpoint O0 = {it.tree->tx[PROM_TX0].txid, 0};
    const prom_outpoint other = {it.tree->tx[PROM_TX0].txid, 1};
    prom_bytes32 found;
    prom_tx *tx = sign_whole(test, &it, &it.tree->tx[PROM_TX4]);
    assert_true(prom_tree_find_preimage(&found, tx, &O0, &it.terms.h));
    assert_true(prom_bytes32_equal(&found, &it.cast.h_p));
    assert_false(prom_tree_find_preimage(&found, tx, &other, &it.terms.h));
    assert_false(prom_tree_find_preimage(&found, tx, &O0, &it.terms.k_h));
    assert_false(prom_tree_find_preimage(&found, it.tree->tx[PROM_TX4].tx, &O0, &it.terms.h));
    assert_false(prom_tree_find_preimage(&found, sign_tx0(test, &it), &O0, &it.terms.h));

    prom_span stack[2] = {prom_span_of32(&it.cast.k_p), prom_span_of((const uint8_t *)"h_p 0", 5)};
    prom_bytes32 short_hash; /* the hash of what is no 32 bytes */
    prom_sha256(&short_hash, stack[1]);
    tx->inputs[0].witness = stack;
    tx->inputs[0].witness_count = 2;
    assert_false(prom_tree_find_preimage(&found, tx, &O0, &it.terms.h));
    assert_false(prom_tree_find_preimage(&found, tx, &O0, &short_hash));
}

/* All who sign are in ALL, and nobody else: it is the internal key of every output, and each output's own key for its
 * key path. */
static void all_holds_the_outputs(void **state)
{
    fixture *test = *state;
    const struct session it = build_contract(test, 9);
    const prom_tree *tree = it.tree;
    assert_int_equal(tree->all.count, 12);
    for (size_t i = 0; i < 12; i++) {
        const prom_point point = prom_point_of_public_key(&joint_key_of(&it.cast, i)->public_key);
        assert_memory_equal(tree->all.signers[i].bytes, point.bytes, sizeof point.bytes);
    }
    for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
        const prom_descriptor *output = tree->output[i].descriptor;
        assert_true(prom_bytes32_equal(&output->internal_key, &tree->all.public_key));
        assert_true(prom_bytes32_equal(&output->output_key, &tree->key_path[i].public_key));
        for (size_t j = 0; j < i; j++) {
            assert_false(prom_bytes32_equal(&output->output_key, &tree->key_path[j].public_key));
        }
    }
}

/* ALL, bare or tweaked, is nobody's own key: were it V's, the signature that all give beforehand would be the verdict.
 */
static void nobody_names_the_joint_key_as_its_own(void **state)
{
    fixture *test = *state;
    struct session it = build_contract(test, 3);
    const prom_tree *tree = it.tree;
    const prom_bytes32 all[] = {tree->all.public_key, tree->key_path[PROM_OUTPUT_OV0].public_key};
    struct {
        prom_bytes32 *at;
        const char *sentence;
    } cases[] = {
        {&it.terms.parties[PROM_PARTY_V].key, "the verifier's key is the joint key of everybody"},
        {&it.terms.parties[PROM_PARTY_W].key, "the worker's key is the joint key of everybody"},
        {&it.terms.parties[PROM_PARTY_V].seal_key, "the verifier's seal key is the joint key of everybody"},
        {&it.terms.parties[PROM_PARTY_W].payout, "the worker's payout is the joint key of everybody"},
        {&it.terms.parties[PROM_PARTY_C].change, "the client's change is the joint key of everybody"},
        {&it.terms.arbiters[2].key, "arbiter 3's key is the joint key of everybody"},
        {&it.terms.arbiters[0].payout, "arbiter 1's payout is the joint key of everybody"},
        {&it.terms.arbiters[1].offer_key, "arbiter 2's offer key is the joint key of everybody"},
        {&it.terms.Y, "the arbiters' joint key Y is the joint key of everybody"},
        {&it.terms.P.F, "the common fund's key F is the joint key of everybody"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (size_t j = 0; j < COUNT_OF(all); j++) {
            const prom_bytes32 own = *cases[i].at;
            *cases[i].at = all[j];
            assert_fails(try_build(test, &it), PROM_CATEGORY_BAD_INPUT, &test->error, cases[i].sentence);
            *cases[i].at = own;
        }
    }
    build(test, &it);
}

static void what_is_not_there_is_misuse(void **state)
{
    fixture *test = *state;
    const struct session it = build_contract(test, 3);
    const prom_tree_tx *tx0 = &it.tree->tx[PROM_TX0];
    prom_tx_input input;
    prom_bytes32 hash;
    assert_fails(prom_tree_sighash(&test->arena, &hash, tx0, 6, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "Tx0 has no input 6");
    assert_fails(prom_tree_witness(&test->arena, &input, tx0, 6, NULL, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "Tx0 has no input 6");
}

static json_t *hex_json(prom_span bytes)
{
    char *text = malloc(2 * bytes.length + 1);
    assert_non_null(text);
    json_t *string = json_string(prom_hex(text, bytes.data, bytes.length));
    free(text);
    return string;
}

static json_t *hash_json(const prom_bytes32 *hash)
{
    return hex_json(prom_span_of32(hash));
}

static json_t *tx_json(fixture *test, const prom_tree_tx *tree_tx)
{
    char txid[PROM_HEX32];
    char fee[PROM_AMOUNT_TEXT];
    prom_span bytes;
    assert_ok(prom_tx_serialize(&test->arena, &bytes, tree_tx->tx, false, &test->error), &test->error);
    return json_pack("{s:s, s:s, s:o, s:I, s:s}", "name", tree_tx->name, "txid",
                     prom_hex32_reversed(txid, &tree_tx->txid), "unsigned", hex_json(bytes), "weight",
                     (json_int_t)tree_tx->weight, "fee", prom_amount_text(fee, tree_tx->fee));
}

/* What tests/vectors/tree.json holds of a contract. */
static json_t *vector_of(fixture *test, const struct session *it)
{
    char reserve[PROM_AMOUNT_TEXT];
    prom_span terms;
    prom_bytes32 setup_id;
    json_t *outputs = json_object();
    json_t *txs = json_array();
    assert_ok(prom_terms_write(&test->arena, &terms, &it->terms, &test->error), &test->error);
    assert_ok(prom_terms_setup_id(&test->arena, &setup_id, &it->terms, &test->error), &test->error);
    for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
        const prom_tree_node *output = &it->tree->output[i];
        assert_int_equal(json_object_set_new(outputs, output->name, hex_json(output->descriptor->script)), 0);
    }
    for (size_t i = 0; i < it->tree->tx_count; i++) {
        assert_int_equal(json_array_append_new(txs, tx_json(test, &it->tree->tx[i])), 0);
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o}", "terms", hex_json(terms), "setup_id",
                     hash_json(&setup_id), "contract_id", hash_json(&it->tree->contract_id), "joint_key",
                     hash_json(&it->tree->all.public_key), "digest", hash_json(&it->tree->digest), "reserve",
                     prom_amount_text(reserve, it->tree->reserve), "outputs", outputs, "transactions", txs);
}

/* Two of three arbiters decide: four S; nine of nine. */
static json_t *all_vectors(fixture *test)
{
    struct session large = make_contract(test, PROM_ARBITERS_MAX);
    const struct session small = build_contract(test, PROM_ARBITERS_MIN);
    large.terms.P.mu = 10000;
    build(test, &large);
    return json_pack("[o, o]", vector_of(test, &small), vector_of(test, &large));
}

/* Frozen: a tree that changes its bytes cannot settle the contracts that were signed before. */
static void trees_are_those_of_the_vectors(void **state)
{
    fixture *test = *state;
    json_t *expected = load_vectors("tree.json");
    json_t *vectors = all_vectors(test);
    assert_true(json_equal(vectors, expected));
    json_decref(vectors);
    json_decref(expected);
}

/* `unit.contract.tree --print` gives the vector file. */
static int print_vectors(void)
{
    void *state = NULL;
    if (fixture_make(&state) != 0) {
        return 1;
    }
    json_t *vectors = all_vectors(state);
    const int failed = json_dumpf(vectors, stdout, JSON_INDENT(2));
    (void)putchar('\n');
    json_decref(vectors);
    return fixture_free(&state) != 0 || failed != 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(whole_witnesses_have_the_weight_that_was_paid_for),
        FIXTURE_TEST(sizes_are_those_of_the_protocol),
        FIXTURE_TEST(the_largest_branch_is_known_beforehand),
        FIXTURE_TEST(tx4_pays_by_scheme_3),
        FIXTURE_TEST(tree_hangs_together),
        FIXTURE_TEST(some_schemes_show_the_key),
        FIXTURE_TEST(every_quorum_has_its_decisions),
        FIXTURE_TEST(nine_arbiters_have_519_branches),
        FIXTURE_TEST(decisions_pay_their_signers),
        FIXTURE_TEST(reserve_is_the_dearest_path),
        FIXTURE_TEST(tree_hangs_on_any_root),
        FIXTURE_TEST(payment_shows_h_p),
        FIXTURE_TEST(all_holds_the_outputs),
        FIXTURE_TEST(nobody_names_the_joint_key_as_its_own),
        FIXTURE_TEST(what_is_not_there_is_misuse),
        FIXTURE_TEST(trees_are_those_of_the_vectors),
    };
    if (argc == 2 && strcmp(argv[1], "--print") == 0) {
        return print_vectors();
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
