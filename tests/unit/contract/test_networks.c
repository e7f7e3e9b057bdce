#include "contract/cast.h"

static const char *const public_networks[] = {"main", "testnet4", "signet"};

/* The vectors are what bitcoind says of its chains: tests/functional/test_networks.py compares the two. */
static void networks_are_those_of_bitcoind(void **state)
{
    json_t *vectors = load_vectors("networks.json");
    const json_t *vector = NULL;
    size_t i = 0;
    (void)state;
    json_array_foreach(vectors, i, vector)
    {
        char text[PROM_HEX32];
        const prom_chain_parameters *network = prom_chain_parameters_by_name(member_text(vector, "chain"));
        assert_non_null(network);
        assert_string_equal(network->name, member_text(vector, "chain"));
        assert_string_equal(prom_hex32_reversed(text, &network->genesis), member_text(vector, "genesis"));
        assert_string_equal(network->address_prefix, member_text(vector, "address_prefix"));
        assert_int_equal(network->rpc_port, member_number(vector, "rpc_port"));
        assert_ptr_equal(prom_chain_parameters_by_genesis(&network->genesis), network);
        assert_ptr_equal(prom_chain_parameters_of(&network->genesis, prom_span_of(NULL, 0)), network);
        for (size_t j = 0; j < i; j++) { /* nodes of all networks can run on one machine */
            const char *other = member_text(json_array_get(vectors, j), "chain");
            assert_int_not_equal(network->node_port, prom_chain_parameters_by_name(other)->node_port);
        }
    }
    assert_int_equal(i, 4);
    json_decref(vectors);
    const prom_bytes32 nowhere = {{0}};
    assert_null(prom_chain_parameters_by_name("mainnet"));
    assert_null(prom_chain_parameters_by_genesis(&nowhere));
    assert_null(prom_chain_parameters_of(&nowhere, prom_span_of(NULL, 0)));
}

static void constants_are_those_of_the_protocol(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(public_networks) + 1; i++) {
        const bool is_public = i < COUNT_OF(public_networks);
        const prom_chain_parameters *network =
            prom_chain_parameters_by_name(is_public ? public_networks[i] : "regtest");
        assert_int_equal(network->safety_margin, is_public ? 6 : 2);
        assert_int_equal(network->verification, is_public ? 22 : 1);
        assert_int_equal(network->echo_round, is_public ? 3 : 1);
        assert_int_equal(network->vote_step, is_public ? 6 : 1);
        assert_int_equal(network->offer_age, is_public ? 6 : 1);
        assert_int_equal(network->snapshot_depth.low, is_public ? 6 : 1);
        assert_int_equal(network->snapshot_depth.high, is_public ? 36 : 1000);
        assert_int_equal(network->setup_time.low, is_public ? 12 : 6);
        assert_int_equal(network->setup_time.high, 144);
        assert_int_equal(network->sampling_lead, is_public ? 12 : 3);
        assert_int_equal(network->notice_lead, is_public ? 6 : 2);
        assert_int_equal(network->tip_seconds, is_public ? 3 * 3600 : 0);
        assert_int_equal(network->round_seconds, is_public ? 600 : 0);
        assert_true(network->first_block >= 1);
    }
}

/* All signets have one genesis block; an own one is told by its challenge, and none but signets has any. */
static void own_signets_have_a_challenge(void **state)
{
    fixture *test = *state;
    const prom_chain_parameters *signet = prom_chain_parameters_by_name("signet");
    const prom_chain_parameters *regtest = prom_chain_parameters_by_name("regtest");
    const uint8_t anybody[] = {PROM_OP_1};
    const prom_span own = prom_span_of(anybody, sizeof anybody);
    json_t *vectors = load_vectors("networks.json");
    const prom_span standard = span_of_hex(test, member_text(json_array_get(vectors, 2), "signet_challenge"));
    const prom_chain_parameters *network = prom_chain_parameters_of(&signet->genesis, own);
    assert_non_null(network);
    assert_ptr_not_equal(network, signet);
    assert_string_equal(network->name, "signet");
    assert_int_equal(network->safety_margin, 6);
    assert_int_equal(network->first_block, 1);                         /* it may be younger than this program */
    assert_null(prom_chain_parameters_of(&signet->genesis, standard)); /* it is left out: one chain, one form */
    assert_null(prom_chain_parameters_of(&regtest->genesis, own));
    assert_int_equal(prom_signet_challenge(standard).length, 0);
    assert_true(prom_span_equal(prom_signet_challenge(own), own));
    /* What tells them apart begins, as it is shown, like their genesis block's hash. */
    const prom_bytes32 id = prom_signet_id(own);
    const prom_bytes32 public_id = prom_signet_id(standard);
    assert_true(prom_bytes32_equal(&public_id, &signet->genesis) && prom_bytes32_equal(&signet->id, &signet->genesis));
    assert_memory_equal(id.bytes + 24, signet->genesis.bytes + 24, 8);
    assert_memory_not_equal(id.bytes, signet->genesis.bytes, 24);
    assert_ptr_equal(prom_chain_parameters_by_id(&id), network);
    assert_ptr_equal(prom_chain_parameters_by_id(&signet->genesis), signet);
    assert_ptr_equal(prom_chain_parameters_by_id(&regtest->id), regtest);
    assert_null(prom_chain_parameters_by_id(&(prom_bytes32){{1}}));
    json_decref(vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_are_those_of_bitcoind),
        cmocka_unit_test(constants_are_those_of_the_protocol),
        FIXTURE_TEST(own_signets_have_a_challenge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
