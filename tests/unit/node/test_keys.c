#include "node/host.h"
#include "prometheus/crypto/hash.h"

/* Every channel has keys of its own; of what a party shows, all is there that its role needs. */
static void keys_are_of_one_channel(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_WORKER);
    prom_error *error = &host->test->error;
    static const prom_bytes32 none;
    prom_facts facts[2] = {{.number = (UINT64_C(1) << 32) + 1, .role = PROM_ROLE_WORKER},
                           {.number = (UINT64_C(1) << 32) + 2, .role = PROM_ROLE_WORKER}};
    prom_bytes32 hash;
    for (size_t i = 0; i < 2; i++) {
        assert_ok(prom_node_own_keys(host->node, &facts[i], error), error);
    }
    const prom_own *one = &facts[0].own;
    const prom_own *other = &facts[1].own;
    assert_false(prom_bytes32_equal(&one->words, &other->words) || prom_bytes32_equal(&one->joint, &other->joint) ||
                 prom_bytes32_equal(&one->h, &other->h) || prom_bytes32_equal(&one->k_h, &other->k_h) ||
                 prom_bytes32_equal(&one->payout, &other->payout) || prom_bytes32_equal(&one->h, &one->k_h));
    assert_true(prom_bytes32_equal(&one->seal, &none) && prom_bytes32_equal(&one->host, &none));
    prom_tagged_hash(&hash, "prometheus/node", prom_span_of32(&one->words));
    assert_true(prom_signature_valid(host->node->curve, &one->node_signature, prom_span_of32(&hash), &one->node_key));
    facts[0].role = PROM_ROLE_CLIENT;
    assert_ok(prom_node_own_keys(host->node, &facts[0], error), error);
    assert_true(prom_bytes32_equal(&facts[0].client, &facts[0].own.words));
    facts[0].role = PROM_ROLE_ARBITER;
    assert_ok(prom_node_own_keys(host->node, &facts[0], error), error);
    assert_false(prom_bytes32_equal(&facts[0].own.host, &none));
    facts[0].role = PROM_ROLES;
    assert_fails(prom_node_own_keys(host->node, &facts[0], error), PROM_CATEGORY_MISUSE, error, "role");
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(keys_are_of_one_channel),
    };
    return cmocka_run_group_tests_name("node/keys", tests, NULL, NULL);
}
