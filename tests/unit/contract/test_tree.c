#include "contract/cast.h"

#include "prometheus/contract/payout.h"

/* A contract and its tree. */
struct contract {
    struct cast cast;
    prom_terms terms;
    prom_tree *tree;
};

static prom_result try_build(fixture *test, struct contract *contract)
{
    assert_ok(prom_terms_check(test->curve, &contract->terms, &test->error), &test->error);
    return prom_tree_build(test->curve, &test->arena, &contract->tree, &contract->terms, &test->error);
}

static struct contract make_contract(fixture *test, uint8_t n)
{
    struct contract contract = {.cast = make_cast(test)};
    contract.terms = valid_terms(test, &contract.cast, n);
    contract.terms.P.mu = 10000; /* so that t4 suffices for all n */
    return contract;
}

static struct contract build_contract(fixture *test, uint8_t n)
{
    struct contract contract = make_contract(test, n);
    assert_ok(try_build(test, &contract), &test->error);
    return contract;
}

static prom_signature sign_tree_input(fixture *test, const prom_tree_tx *tx, size_t input, const prom_key *key)
{
    prom_bytes32 hash;
    assert_ok(prom_tree_sighash(&test->arena, &hash, tx, input, &test->error), &test->error);
    return sign_hash(test, key, &hash);
}

static void give_key_path_witness(fixture *test, prom_tx_input *input, const prom_signature *signature)
{
    prom_span *witness = NULL;
    assert_ok(prom_arena_alloc(&test->arena, (void **)&witness, 1, sizeof *witness, &test->error), &test->error);
    assert_ok(prom_span_copy(&test->arena, witness, prom_span_of(signature->bytes, 64), &test->error), &test->error);
    input->witness = witness;
    input->witness_count = 1;
}

/* The owner of a coin of Tx0. */
static prom_party owner_of(const prom_terms *terms, size_t input)
{
    prom_party party = PROM_PARTY_V;
    while (input < prom_tree_party_input(terms, party)) {
        party--;
    }
    return party;
}

/* The witness of a leaf, made with all keys and all secrets that there are. */
static void give_leaf_witness(fixture *test, const struct contract *contract, const prom_tree_tx *tree_tx,
                              prom_tx_input *input, size_t index)
{
    prom_keyed_signature keyed[PROM_PARTIES + PROM_ARBITERS_MAX + 1];
    prom_bytes32 preimages[2 + PROM_ARBITERS_MAX] = {contract->cast.h_p, contract->cast.k_p};
    size_t count = 0;
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        keyed[count++].public_key = contract->cast.party[i].public_key;
        keyed[count - 1].signature = sign_tree_input(test, tree_tx, index, &contract->cast.party[i]);
    }
    for (size_t i = 0; i < contract->terms.arbiter_count; i++) {
        preimages[2 + i] = contract->cast.x[i];
        keyed[count++].public_key = contract->cast.arbiter[i].public_key;
        keyed[count - 1].signature = sign_tree_input(test, tree_tx, index, &contract->cast.arbiter[i]);
    }
    keyed[count++].public_key = contract->cast.Y.public_key;
    keyed[count - 1].signature = sign_tree_input(test, tree_tx, index, &contract->cast.Y);
    const prom_satisfaction with = {keyed, count, preimages, 2 + contract->terms.arbiter_count};
    assert_ok(prom_tree_witness(&test->arena, input, tree_tx, index, &with, &test->error), &test->error);
}

/* A transaction of the tree with its whole witness. */
static prom_tx *sign_whole(fixture *test, const struct contract *contract, const prom_tree_tx *tree_tx)
{
    prom_tx *tx = NULL;
    assert_ok(prom_tree_copy(&test->arena, &tx, tree_tx, &test->error), &test->error);
    for (size_t i = 0; i < tx->input_count; i++) {
        if (tree_tx->descriptor[i] != NULL) {
            give_leaf_witness(test, contract, tree_tx, &tx->inputs[i], i);
            continue;
        }
        const prom_signature signature =
            sign_tree_input(test, tree_tx, i, &contract->cast.coin[owner_of(&contract->terms, i)]);
        give_key_path_witness(test, &tx->inputs[i], &signature);
    }
    return tx;
}

static prom_tx *sign_tx0(fixture *test, const struct contract *contract)
{
    return sign_whole(test, contract, &contract->tree->tx[PROM_TX0]);
}

static prom_tx *sign_tx4(fixture *test, const struct contract *contract)
{
    return sign_whole(test, contract, &contract->tree->tx[PROM_TX4]);
}

/* The tree's word on id, weight and fee of a transaction is what the signed transaction has. */
static void check_measures(fixture *test, const prom_tree_tx *contract, const prom_tx *tx, uint32_t feerate)
{
    prom_bytes32 txid;
    size_t weight = 0;
    prom_amount spent = prom_amount_zero();
    assert_ok(prom_tx_weight(&test->arena, &weight, tx, &test->error), &test->error);
    assert_int_equal(weight, contract->weight);
    assert_ok(prom_tx_id(&test->arena, &txid, tx, &test->error), &test->error);
    assert_true(prom_bytes32_equal(&txid, &contract->txid));
    for (size_t i = 0; i < tx->input_count; i++) {
        spent = prom_amount_add(spent, contract->spent[i].value);
    }
    assert_true(prom_amount_equal(contract->fee, prom_amount_subtract(spent, prom_tx_output_sum(tx))));
    assert_true(prom_amount_at_least(contract->fee, prom_fee(feerate, prom_vsize(weight))));
    assert_int_equal(tx->version, 3);
    assert_int_equal(tx->locktime, 0);
}

/* Every transaction of the tree, for every number of arbiters. */
static void whole_witnesses_have_the_weight_that_was_paid_for(void **state)
{
    fixture *test = *state;
    for (uint8_t n = PROM_ARBITERS_MIN; n <= PROM_ARBITERS_MAX; n += 2) {
        const struct contract contract = build_contract(test, n);
        for (size_t i = 0; i < contract.tree->tx_count; i++) {
            const prom_tree_tx *tx = &contract.tree->tx[i];
            check_measures(test, tx, sign_whole(test, &contract, tx), contract.terms.feerate);
        }
    }
}

static void check_output(fixture *test, const prom_tx_output *output, prom_amount value, const prom_bytes32 *key)
{
    char wanted[PROM_AMOUNT_TEXT];
    char got[PROM_AMOUNT_TEXT];
    assert_string_equal(prom_amount_text(got, output->value), prom_amount_text(wanted, value));
    assert_true(prom_span_equal(output->script, p2tr_script(test, key)));
}

static void tx0_has_its_outputs_in_order(void **state)
{
    fixture *test = *state;
    const struct contract contract = build_contract(test, 3);
    const prom_tree *tree = contract.tree;
    const prom_tx *tx = tree->tx[PROM_TX0].tx;
    prom_span mark;
    assert_int_equal(tx->input_count, 6);
    assert_int_equal(tx->output_count, 1 + 3 + 1 + 3 + 1);
    assert_true(prom_amount_equal(tx->outputs[0].value,
                                  prom_amount_add(prom_amount_of(1000000 + 2000000 + 2500000), tree->reserve)));
    assert_true(prom_span_equal(tx->outputs[0].script, tree->output[PROM_OUTPUT_O0].descriptor->script));
    for (size_t i = 0; i < 3; i++) {
        assert_true(prom_amount_equal(tx->outputs[1 + i].value, contract.terms.P.a));
        assert_true(prom_span_equal(tx->outputs[1 + i].script, tree->S[i]->script));
        assert_true(prom_outpoint_equal(&tx->inputs[3 + i].outpoint, &contract.terms.arbiters[i].offer));
    }
    assert_ok(prom_contract_mark(&test->arena, &mark, &contract.terms.p_txid, &test->error), &test->error);
    assert_true(prom_span_equal(tx->outputs[4].script, mark));
    assert_true(prom_amount_is_zero(tx->outputs[4].value));
    /* C's 100,000 sat pay reserve, anchor and fee; exactly the fee that was agreed. */
    const prom_tree_tx *tx0 = &tree->tx[PROM_TX0];
    assert_true(prom_amount_equal(tx0->fee, prom_fee(contract.terms.feerate, prom_vsize(tx0->weight))));
    const prom_amount cost = prom_amount_add(prom_amount_add(tree->reserve, tx0->fee), prom_amount_of(240));
    check_output(test, &tx->outputs[5], prom_amount_subtract(prom_amount_of(100000), cost),
                 &contract.terms.parties[PROM_PARTY_C].change);
    check_output(test, &tx->outputs[6], prom_amount_of(100000), &contract.terms.parties[PROM_PARTY_W].change);
    check_output(test, &tx->outputs[7], prom_amount_of(100000), &contract.terms.parties[PROM_PARTY_V].change);
    assert_hex(tx->outputs[8].script, "51024e73");
    assert_true(prom_amount_equal(tx->outputs[8].value, prom_amount_of(240)));
    for (size_t i = 0; i < tx->input_count; i++) {
        assert_int_equal(tx->inputs[i].sequence, 0xfffffffd);
    }
}

static void tx4_pays_by_scheme_3(void **state)
{
    fixture *test = *state;
    const struct contract contract = build_contract(test, 3);
    const prom_tree_tx *tx4 = &contract.tree->tx[PROM_TX4];
    const prom_outpoint O0 = {contract.tree->tx[PROM_TX0].txid, 0};
    assert_true(prom_outpoint_equal(&tx4->tx->inputs[0].outpoint, &O0));
    assert_int_equal(tx4->scheme, 3);
    assert_int_equal(tx4->tx->output_count, 4);
    /* C gets what the reserve holds beyond this path's anchor and fee; the fund gets nothing. */
    assert_true(prom_amount_equal(tx4->fee, prom_fee(contract.terms.feerate, prom_vsize(tx4->weight))));
    const prom_amount left =
        prom_amount_subtract(contract.tree->reserve, prom_amount_add(tx4->fee, prom_amount_of(240)));
    check_output(test, &tx4->tx->outputs[0], left, &contract.terms.parties[PROM_PARTY_C].payout);
    check_output(test, &tx4->tx->outputs[1], prom_amount_of(2900000), &contract.terms.parties[PROM_PARTY_W].payout);
    check_output(test, &tx4->tx->outputs[2], prom_amount_of(2600000), &contract.terms.parties[PROM_PARTY_V].payout);
    assert_hex(tx4->tx->outputs[3].script, "51024e73");
    assert_true(prom_amount_equal(tx4->tx->outputs[3].value, prom_amount_of(240)));
}

/* What each transaction spends, after how many blocks, and by which scheme it settles: t1 = 12, t2 = 18, t3 = 24,
 * t4 = 12. */
static void tree_hangs_together(void **state)
{
    fixture *test = *state;
    static const struct {
        prom_tree_id id;
        const char *name;
        prom_tree_id parent;
        uint32_t lock;
        unsigned scheme;
    } table[] = {
        {PROM_TX1, "Tx1", PROM_TX0, 24, 1},   {PROM_TX3, "Tx3", PROM_TX0, 18, 2},
        {PROM_TX4, "Tx4", PROM_TX0, 0, 3},    {PROM_TXV0, "TxV0", PROM_TX0, 12, 0},
        {PROM_TXV1, "TxV1", PROM_TX0, 12, 0}, {PROM_TX4B, "Tx4b", PROM_TXV1, 0, 3},
        {PROM_TX1B, "Tx1b", PROM_TXV1, 6, 1}, {PROM_TX5, "Tx5", PROM_TXV0, 6, 4},
        {PROM_TXA, "TxA", PROM_TXV0, 0, 0},   {PROM_TX6, "Tx6", PROM_TXA, 12, 5},
    };
    const struct contract contract = build_contract(test, 3);
    const prom_tree *tree = contract.tree;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const prom_tree_tx *tx = &tree->tx[table[i].id];
        const prom_outpoint spent = {tree->tx[table[i].parent].txid, 0};
        assert_string_equal(tx->name, table[i].name);
        assert_true(prom_outpoint_equal(&tx->tx->inputs[0].outpoint, &spent));
        assert_int_equal(prom_tree_lock(tx, 0), table[i].lock);
        assert_int_equal(tx->scheme, table[i].scheme);
        assert_true(prom_amount_equal(tx->spent[0].value, tree->tx[table[i].parent].tx->outputs[0].value));
    }
    const prom_tree_tx *appeal = &tree->tx[PROM_TXA];
    assert_int_equal(appeal->tx->input_count, 4);
    for (size_t i = 0; i < 3; i++) {
        const prom_outpoint stake = {tree->tx[PROM_TX0].txid, (uint32_t)(1 + i)};
        assert_true(prom_outpoint_equal(&appeal->tx->inputs[1 + i].outpoint, &stake));
        assert_true(prom_amount_equal(appeal->spent[1 + i].value, contract.terms.P.a));
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
    struct contract contract = make_contract(test, 3);
    contract.terms.P.mu = 6000;
    assert_ok(try_build(test, &contract), &test->error);
    const prom_outpoint OA = {contract.tree->tx[PROM_TXA].txid, 0};
    assert_int_equal(contract.tree->decision_count, COUNT_OF(quorums));
    assert_int_equal(contract.tree->tx_count, PROM_TREE_NAMED + 2 * COUNT_OF(quorums));
    for (unsigned scheme = 6; scheme <= 7; scheme++) {
        for (size_t i = 0; i < COUNT_OF(quorums); i++) {
            const prom_tree_tx *tx = prom_tree_decision(contract.tree, scheme, quorums[i].S);
            assert_ptr_equal(tx, &contract.tree->tx[PROM_TREE_NAMED + (scheme - 6) * COUNT_OF(quorums) + i]);
            assert_string_equal(tx->name + 3, quorums[i].name + 3);
            assert_int_equal(tx->name[2], scheme == 6 ? '7' : '8');
            assert_true(prom_outpoint_equal(&tx->tx->inputs[0].outpoint, &OA));
            check_measures(test, tx, sign_whole(test, &contract, tx), contract.terms.feerate);
        }
        assert_null(prom_tree_decision(contract.tree, scheme, 1));
    }
    assert_null(prom_tree_decision(contract.tree, 5, 3));
}

/* At any feerate, every transaction pays for itself. */
static void reserve_covers_any_feerate(void **state)
{
    fixture *test = *state;
    static const uint32_t feerates[] = {1, 2, 50, 300};
    for (size_t i = 0; i < COUNT_OF(feerates); i++) {
        struct contract contract = make_contract(test, 3);
        contract.terms.feerate = feerates[i];
        contract.terms.parties[PROM_PARTY_C].coins[0].value = prom_amount_of(9000000);
        assert_ok(try_build(test, &contract), &test->error);
        for (size_t j = 0; j < contract.tree->tx_count; j++) {
            const prom_tree_tx *tx = &contract.tree->tx[j];
            assert_true(prom_amount_at_least(tx->fee, prom_fee(feerates[i], prom_vsize(tx->weight))));
        }
    }
}

/* What C's coin must hold so that its change is `change`: paid with a change output, or with what would be one. */
static prom_amount client_coin(const struct contract *with_change, prom_amount change)
{
    const prom_tree *tree = with_change->tree;
    prom_amount sum = prom_amount_add(with_change->terms.c, tree->reserve);
    sum = prom_amount_add(sum, prom_amount_of(PROM_ANCHOR_SAT));
    return prom_amount_add(prom_amount_add(sum, tree->tx[PROM_TX0].fee), change);
}

static void client_gets_change_unless_it_is_dust(void **state)
{
    fixture *test = *state;
    struct contract contract = build_contract(test, 3);
    prom_amount *coin = &contract.terms.parties[PROM_PARTY_C].coins[0].value;
    const prom_amount least = client_coin(&contract, prom_amount_of(330));
    *coin = least;
    assert_ok(try_build(test, &contract), &test->error);
    assert_int_equal(contract.tree->tx[PROM_TX0].tx->output_count, 9);
    check_output(test, &contract.tree->tx[PROM_TX0].tx->outputs[5], prom_amount_of(330),
                 &contract.terms.parties[PROM_PARTY_C].change);
    check_measures(test, &contract.tree->tx[PROM_TX0], sign_tx0(test, &contract), contract.terms.feerate);

    *coin = prom_amount_subtract(least, prom_amount_of(1)); /* 329 sat: to the fee */
    assert_ok(try_build(test, &contract), &test->error);
    assert_int_equal(contract.tree->tx[PROM_TX0].tx->output_count, 8);
    check_measures(test, &contract.tree->tx[PROM_TX0], sign_tx0(test, &contract), contract.terms.feerate);
}

static void client_that_is_short_is_refused(void **state)
{
    fixture *test = *state;
    struct contract contract = build_contract(test, 3);
    prom_amount *coin = &contract.terms.parties[PROM_PARTY_C].coins[0].value;
    /* Without a change output Tx0 is 43 vB smaller. */
    const prom_amount least =
        prom_amount_subtract(client_coin(&contract, prom_amount_zero()), prom_fee(contract.terms.feerate, 43));
    *coin = least;
    assert_ok(try_build(test, &contract), &test->error);
    const prom_tree_tx *tx0 = &contract.tree->tx[PROM_TX0];
    assert_true(prom_amount_equal(tx0->fee, prom_fee(contract.terms.feerate, prom_vsize(tx0->weight))));
    *coin = prom_amount_subtract(least, prom_amount_of(1));
    assert_fails(try_build(test, &contract), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "sat; reward, reserve, anchor and fee need");
    *coin = contract.terms.c;
    assert_fails(try_build(test, &contract), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "the client's coins hold 1000000 sat;");
}

static void worker_and_verifier_have_no_dust_as_change(void **state)
{
    fixture *test = *state;
    for (prom_party party = PROM_PARTY_W; party <= PROM_PARTY_V; party++) {
        struct contract contract = make_contract(test, 3);
        prom_amount *coin = &contract.terms.parties[party].coins[0].value;
        const prom_amount deposit = prom_terms_deposit(&contract.terms, party);
        char sentence[64];
        (void)snprintf(sentence, sizeof sentence, "the change of the %s would be dust", prom_party_name(party));
        *coin = deposit;
        assert_ok(try_build(test, &contract), &test->error);
        assert_int_equal(contract.tree->tx[PROM_TX0].tx->output_count, 8);
        check_measures(test, &contract.tree->tx[PROM_TX0], sign_tx0(test, &contract), contract.terms.feerate);
        *coin = prom_amount_add(deposit, prom_amount_of(1));
        assert_fails(try_build(test, &contract), PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
        *coin = prom_amount_add(deposit, prom_amount_of(329));
        assert_fails(try_build(test, &contract), PROM_CATEGORY_BAD_INPUT, &test->error, sentence);
        *coin = prom_amount_add(deposit, prom_amount_of(330));
        assert_ok(try_build(test, &contract), &test->error);
    }
}

/* Two coins of one party: its inputs stand together, and the next party's follow. */
static void parties_may_bring_several_coins(void **state)
{
    fixture *test = *state;
    struct contract contract = make_contract(test, 3);
    prom_party_terms *worker = &contract.terms.parties[PROM_PARTY_W];
    worker->coins[1] = worker->coins[0];
    worker->coins[1].outpoint.index = 77;
    worker->coin_count = 2;
    assert_ok(try_build(test, &contract), &test->error);
    assert_int_equal(prom_tree_party_input(&contract.terms, PROM_PARTY_W), 1);
    assert_int_equal(prom_tree_party_input(&contract.terms, PROM_PARTY_V), 3);
    assert_int_equal(prom_tree_arbiter_input(&contract.terms, 2), 6);
    assert_int_equal(contract.tree->tx[PROM_TX0].tx->inputs[2].outpoint.index, 77);
    check_measures(test, &contract.tree->tx[PROM_TX0], sign_tx0(test, &contract), contract.terms.feerate);
}

static void release_gives_the_stake_back(void **state)
{
    fixture *test = *state;
    const struct contract contract = build_contract(test, 3);
    prom_tree_tx release;
    for (size_t i = 0; i < 3; i++) {
        prom_tx *tx = NULL;
        assert_ok(prom_tree_release(&test->arena, &release, &contract.terms, contract.tree, i, &test->error),
                  &test->error);
        const prom_outpoint stake = {contract.tree->tx[PROM_TX0].txid, (uint32_t)(1 + i)};
        assert_true(prom_outpoint_equal(&release.tx->inputs[0].outpoint, &stake));
        const prom_keyed_signature keyed[] = {
            {contract.cast.party[PROM_PARTY_W].public_key,
             sign_tree_input(test, &release, 0, &contract.cast.party[PROM_PARTY_W])},
            {contract.cast.arbiter[i].public_key, sign_tree_input(test, &release, 0, &contract.cast.arbiter[i])}};
        const prom_satisfaction with = {keyed, 2, NULL, 0};
        const prom_satisfaction alone = {keyed, 1, NULL, 0};
        assert_ok(prom_tree_copy(&test->arena, &tx, &release, &test->error), &test->error);
        assert_fails(prom_tree_witness(&test->arena, &tx->inputs[0], &release, 0, &alone, &test->error),
                     PROM_CATEGORY_BAD_INPUT, &test->error, "");
        assert_ok(prom_tree_witness(&test->arena, &tx->inputs[0], &release, 0, &with, &test->error), &test->error);
        check_measures(test, &release, tx, contract.terms.feerate);
        assert_true(prom_amount_equal(release.fee, prom_fee(contract.terms.feerate, prom_vsize(release.weight))));
        check_output(test, &tx->outputs[0], prom_amount_subtract(contract.terms.P.a, release.fee),
                     &contract.terms.arbiters[i].payout);
    }
    assert_int_equal(prom_descriptor_lock(contract.tree->S[0], PROM_STAKE_LEAF_LATE), 24 + 2 * 6);
    assert_fails(prom_tree_release(&test->arena, &release, &contract.terms, contract.tree, 3, &test->error),
                 PROM_CATEGORY_MISUSE, &test->error, "the contract has no arbiter 3");
}

static void release_never_eats_the_stake(void **state)
{
    fixture *test = *state;
    struct contract contract = build_contract(test, 3);
    prom_tree_tx release;
    contract.terms.P.a = prom_amount_of(600); /* the fee is some 270 sat: 329 or so would be left */
    assert_fails(prom_tree_release(&test->arena, &release, &contract.terms, contract.tree, 0, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "the fee would eat the stake of arbiter 0");
    contract.terms.P.a = prom_amount_of(100); /* less than the fee */
    assert_fails(prom_tree_release(&test->arena, &release, &contract.terms, contract.tree, 0, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "the fee would eat the stake of arbiter 0");
}

/* h_p is shown by the witness of Tx4, and by nothing else. */
static void payment_shows_h_p(void **state)
{
    fixture *test = *state;
    const struct contract contract = build_contract(test, 3);
    const prom_outpoint O0 = {contract.tree->tx[PROM_TX0].txid, 0};
    const prom_outpoint other = {contract.tree->tx[PROM_TX0].txid, 1};
    prom_bytes32 found;
    prom_tx *tx = sign_tx4(test, &contract);
    assert_true(prom_tree_find_preimage(&found, tx, &O0, &contract.terms.h));
    assert_true(prom_bytes32_equal(&found, &contract.cast.h_p));
    assert_false(prom_tree_find_preimage(&found, tx, &other, &contract.terms.h));
    assert_false(prom_tree_find_preimage(&found, tx, &O0, &contract.terms.k_h));
    assert_false(prom_tree_find_preimage(&found, contract.tree->tx[PROM_TX4].tx, &O0, &contract.terms.h));
    assert_false(prom_tree_find_preimage(&found, sign_tx0(test, &contract), &O0, &contract.terms.h));

    prom_span stack[2] = {prom_span_of32(&contract.cast.k_p), prom_span_of((const uint8_t *)"h_p 0", 5)};
    prom_bytes32 short_hash; /* the hash of what is no 32 bytes */
    prom_sha256(&short_hash, stack[1]);
    tx->inputs[0].witness = stack;
    tx->inputs[0].witness_count = 2;
    assert_false(prom_tree_find_preimage(&found, tx, &O0, &contract.terms.h));
    assert_false(prom_tree_find_preimage(&found, tx, &O0, &short_hash));
}

/* Each output has an internal key of its own, which no other contract has. */
static void no_two_outputs_share_a_key(void **state)
{
    fixture *test = *state;
    const struct contract contract = build_contract(test, 9);
    struct contract other = make_contract(test, 9);
    other.terms.retention++;
    assert_ok(try_build(test, &other), &test->error);
    const prom_descriptor *outputs[2 * (PROM_TREE_OUTPUTS + 9)];
    size_t count = 0;
    for (size_t i = 0; i < 2; i++) {
        const prom_tree *tree = i == 0 ? contract.tree : other.tree;
        for (size_t j = 0; j < PROM_TREE_OUTPUTS; j++) {
            outputs[count++] = tree->output[j].descriptor;
        }
        for (size_t j = 0; j < 9; j++) {
            outputs[count++] = tree->S[j];
        }
    }
    for (size_t i = 0; i < count; i++) {
        assert_false(prom_bytes32_equal(&outputs[i]->internal_key, &prom_unspendable_key));
        for (size_t j = 0; j < i; j++) {
            assert_false(prom_bytes32_equal(&outputs[i]->internal_key, &outputs[j]->internal_key));
        }
    }
    assert_false(prom_bytes32_equal(&contract.tree->digest, &other.tree->digest));
}

static void what_is_not_there_is_misuse(void **state)
{
    fixture *test = *state;
    const struct contract contract = build_contract(test, 3);
    const prom_tree_tx *tx0 = &contract.tree->tx[PROM_TX0];
    prom_tx_input input;
    prom_bytes32 hash;
    assert_fails(prom_tree_sighash(&test->arena, &hash, tx0, 6, &test->error), PROM_CATEGORY_MISUSE, &test->error,
                 "Tx0 has no input 6");
    assert_fails(prom_tree_witness(&test->arena, &input, tx0, 6, NULL, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "input 6 of Tx0 spends no leaf");
    assert_fails(prom_tree_witness(&test->arena, &input, tx0, 0, NULL, &test->error), PROM_CATEGORY_MISUSE,
                 &test->error, "input 0 of Tx0 spends no leaf");
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

static json_t *tx_json(fixture *test, const prom_tree_tx *contract)
{
    char txid[PROM_HEX32];
    char fee[PROM_AMOUNT_TEXT];
    prom_span bytes;
    assert_ok(prom_tx_serialize(&test->arena, &bytes, contract->tx, false, &test->error), &test->error);
    return json_pack("{s:s, s:s, s:o, s:I, s:s}", "name", contract->name, "txid",
                     prom_hex32_reversed(txid, &contract->txid), "unsigned", hex_json(bytes), "weight",
                     (json_int_t)contract->weight, "fee", prom_amount_text(fee, contract->fee));
}

/* What tests/vectors/tree.json holds of a contract. */
static json_t *vector_of(fixture *test, const struct contract *contract)
{
    char reserve[PROM_AMOUNT_TEXT];
    prom_span terms;
    prom_bytes32 setup_id;
    json_t *outputs = json_object();
    json_t *txs = json_array();
    assert_ok(prom_terms_write(&test->arena, &terms, &contract->terms, &test->error), &test->error);
    assert_ok(prom_terms_setup_id(&test->arena, &setup_id, &contract->terms, &test->error), &test->error);
    for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
        const prom_tree_node *output = &contract->tree->output[i];
        assert_int_equal(json_object_set_new(outputs, output->name, hex_json(output->descriptor->script)), 0);
    }
    for (size_t i = 0; i < contract->terms.arbiter_count; i++) {
        char name[24];
        (void)snprintf(name, sizeof name, "S%zu", i + 1);
        assert_int_equal(json_object_set_new(outputs, name, hex_json(contract->tree->S[i]->script)), 0);
    }
    for (size_t i = 0; i < contract->tree->tx_count; i++) {
        assert_int_equal(json_array_append_new(txs, tx_json(test, &contract->tree->tx[i])), 0);
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:o}", "terms", hex_json(terms), "setup_id", hash_json(&setup_id),
                     "contract_id", hash_json(&contract->tree->contract_id), "digest",
                     hash_json(&contract->tree->digest), "reserve", prom_amount_text(reserve, contract->tree->reserve),
                     "outputs", outputs, "transactions", txs);
}

static json_t *all_vectors(fixture *test)
{
    struct contract small = make_contract(test, PROM_ARBITERS_MIN);
    const struct contract large = build_contract(test, PROM_ARBITERS_MAX);
    small.terms.P.mu = 6000; /* two of three decide: four S */
    assert_ok(try_build(test, &small), &test->error);
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
        FIXTURE_TEST(tx0_has_its_outputs_in_order),
        FIXTURE_TEST(tx4_pays_by_scheme_3),
        FIXTURE_TEST(tree_hangs_together),
        FIXTURE_TEST(every_quorum_has_its_decisions),
        FIXTURE_TEST(reserve_covers_any_feerate),
        FIXTURE_TEST(client_gets_change_unless_it_is_dust),
        FIXTURE_TEST(client_that_is_short_is_refused),
        FIXTURE_TEST(worker_and_verifier_have_no_dust_as_change),
        FIXTURE_TEST(parties_may_bring_several_coins),
        FIXTURE_TEST(release_gives_the_stake_back),
        FIXTURE_TEST(release_never_eats_the_stake),
        FIXTURE_TEST(payment_shows_h_p),
        FIXTURE_TEST(no_two_outputs_share_a_key),
        FIXTURE_TEST(what_is_not_there_is_misuse),
        FIXTURE_TEST(trees_are_those_of_the_vectors),
    };
    if (argc == 2 && strcmp(argv[1], "--print") == 0) {
        return print_vectors();
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
