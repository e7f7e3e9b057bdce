#include "support.h"

#include <unistd.h>

#include "daemon/config.h"

#define TXID "00000000000000000000000000000000000000000000000000000000000000ff"
#define KEY "ab00000000000000000000000000000000000000000000000000000000000001"

static prom_config config_of(fixture *test, const char *text)
{
    prom_config config;
    assert_ok(
        prom_config_parse(&config, "prom.conf", prom_span_of((const uint8_t *)text, strlen(text)), NULL, &test->error),
        &test->error);
    return config;
}

static prom_result selling_of(fixture *test, prom_selling *selling, const prom_config *config)
{
    return prom_config_selling(config, &test->arena, selling, &test->error);
}

static void what_the_file_says_is_sold(void **state)
{
    fixture *test = *state;
    const prom_config config = config_of(
        test, "network = regtest\nprice_macs = 3\nprice_fuel = 16\nfuel_per_second = 17\nprice_bytes = 4\nprice_effort "
              "= 5\nprice_steps = 6\n"
              "reward_min = 700\nquote_blocks = 8\nmacs_per_second = 9\neffort_per_second = 10\n"
              "job_max = 21\nday_max = 22\npeer_max = 23\nfees_max = 24\nsteps_per_second = 11\nbytes_per_second = "
              "12\nprover_memory_mb = 13\n"
              "worker_contracts_max = 14\nverifier_contracts_max = 15\nclient_disk_mb = 1\nworker_disk_mb = 2\n"
              "verifier_disk_mb = 3\narbiter_disk_mb = 4\naccept_p = " TXID "  " TXID "\n");
    prom_node_policy policies[PROM_ROLES];
    prom_selling selling;
    assert_ok(selling_of(test, &selling, &config), &test->error);
    for (prom_role role = PROM_ROLE_WORKER; role <= PROM_ROLE_VERIFIER; role++) {
        const prom_rates *rates = &selling.rates[role];
        assert_int_equal(rates->macs, 3);
        assert_int_equal(rates->bytes, 4);
        assert_int_equal(rates->fuel, 16);
        assert_int_equal(rates->effort, role == PROM_ROLE_WORKER ? 5 : 6);
        assert_true(prom_amount_equal(rates->least, prom_amount_of(700)));
    }
    assert_int_equal(selling.quote_blocks, 8);
    assert_int_equal(selling.machine.macs_per_second, 9);
    assert_int_equal(selling.machine.effort_per_second, 10);
    assert_int_equal(selling.machine.fuel_per_second, 17);
    assert_int_equal(selling.machine.steps_per_second, 11);
    assert_int_equal(selling.machine.bytes_per_second, 12);
    assert_int_equal(selling.machine.memory, 13 << 20);
    assert_true(prom_amount_equal(selling.standing.job, prom_amount_of(21)));
    assert_true(prom_amount_equal(selling.standing.day, prom_amount_of(22)));
    assert_true(prom_amount_equal(selling.standing.peer, prom_amount_of(23)));
    assert_true(prom_amount_equal(selling.standing.fees, prom_amount_of(24)));
    assert_int_equal(selling.accepted.count, 2);
    assert_int_equal(selling.accepted.keys[1].bytes[0], 0xff); /* a txid is written from its end */
    assert_int_equal(selling.allowed.count + selling.denied.count, 0);
    prom_config_policies(&config, policies);
    assert_int_equal(policies[PROM_ROLE_WORKER].channels_max, 14);
    assert_int_equal(policies[PROM_ROLE_VERIFIER].channels_max, 15);
    assert_int_equal(policies[PROM_ROLE_CLIENT].channels_max, 0);
    for (prom_role role = PROM_ROLE_CLIENT; role < PROM_ROLES; role++) {
        static const uint64_t expected[PROM_ROLES] = {[PROM_ROLE_CLIENT] = 1 << 20,
                                                      [PROM_ROLE_WORKER] = 2 << 20,
                                                      [PROM_ROLE_VERIFIER] = 3 << 20,
                                                      [PROM_ROLE_ARBITER] = 4 << 20};
        assert_int_equal(policies[role].disk_max, expected[role]);
    }
}

static void where_nothing_is_said(void **state)
{
    fixture *test = *state;
    const prom_config config = config_of(test, "");
    prom_selling selling;
    assert_ok(selling_of(test, &selling, &config), &test->error);
    assert_int_equal(selling.machine.memory, UINT64_C(4) << 30);
    assert_true(selling.machine.effort_per_second > 0 && selling.rates[PROM_ROLE_WORKER].effort > 0);
    assert_int_equal(selling.accepted.count, 0);
}

static void write_list(char path[64], const char *text)
{
    (void)snprintf(path, 64, "/tmp/prom-nodes-XXXXXX");
    const int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    assert_int_equal(close(file), 0);
}

static void nodes_stand_in_files(void **state)
{
    fixture *test = *state;
    prom_config config = config_of(test, "");
    prom_selling selling;
    char path[64];
    write_list(path, "# mine\n\n" KEY "   # the first\r\n\t" KEY);
    (void)snprintf(config.deny_nodes, sizeof config.deny_nodes, "%s", path);
    assert_ok(selling_of(test, &selling, &config), &test->error);
    assert_int_equal(selling.denied.count, 2);
    assert_int_equal(selling.denied.keys[1].bytes[0], 0xab);
    assert_int_equal(selling.denied.keys[1].bytes[31], 1);
    assert_int_equal(selling.allowed.count, 0);
    (void)snprintf(config.allow_nodes, sizeof config.allow_nodes, "%s", path);
    assert_ok(selling_of(test, &selling, &config), &test->error);
    assert_int_equal(selling.allowed.count, 2);
    (void)unlink(path);
}

static void what_is_no_list_is_said(void **state)
{
    fixture *test = *state;
    static const char *const wrong[] = {KEY "\n\nnonsense\n", KEY "\n\n" KEY "0\n", KEY "\n\n" KEY " " KEY "\n"};
    prom_config config = config_of(test, "accept_p = " TXID " zz\n");
    prom_selling selling;
    char path[64];
    assert_fails(selling_of(test, &selling, &config), PROM_CATEGORY_BAD_INPUT, &test->error, "`accept_p`");
    config = config_of(test, "accept_p = " TXID "0\n");
    assert_fails(selling_of(test, &selling, &config), PROM_CATEGORY_BAD_INPUT, &test->error, "64 hexadecimal digits");
    config.accept_p[0] = '\0';
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        write_list(path, wrong[i]);
        (void)snprintf(config.deny_nodes, sizeof config.deny_nodes, "%s", path);
        assert_fails(selling_of(test, &selling, &config), PROM_CATEGORY_BAD_INPUT, &test->error, ", line 3: no key");
        (void)unlink(path);
    }
    config.deny_nodes[0] = '\0';
    write_list(path, "# nobody\n");
    (void)snprintf(config.allow_nodes, sizeof config.allow_nodes, "%s", path);
    assert_fails(selling_of(test, &selling, &config), PROM_CATEGORY_BAD_INPUT, &test->error, "allows nobody");
    (void)unlink(path);
    assert_fails(selling_of(test, &selling, &config), PROM_CATEGORY_BAD_INPUT, &test->error, path);
}

static void a_file_has_so_many_at_most(void **state)
{
    fixture *test = *state;
    prom_config config = config_of(test, "");
    prom_selling selling;
    char path[64];
    write_list(path, "");
    (void)snprintf(config.deny_nodes, sizeof config.deny_nodes, "%s", path);
    for (unsigned more = 0; more < 2; more++) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        for (unsigned i = 0; i < PROM_CONFIG_NODES_MAX + more; i++) {
            assert_true(fputs(KEY "\n", file) >= 0);
        }
        assert_int_equal(fclose(file), 0);
        if (more == 0) {
            assert_ok(selling_of(test, &selling, &config), &test->error);
            assert_int_equal(selling.denied.count, PROM_CONFIG_NODES_MAX);
        } else {
            assert_fails(selling_of(test, &selling, &config), PROM_CATEGORY_BAD_INPUT, &test->error,
                         "line 4097: too many keys");
        }
    }
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_the_file_says_is_sold), FIXTURE_TEST(where_nothing_is_said),
        FIXTURE_TEST(nodes_stand_in_files),       FIXTURE_TEST(what_is_no_list_is_said),
        FIXTURE_TEST(a_file_has_so_many_at_most),
    };
    return cmocka_run_group_tests_name("daemon/config_selling", tests, NULL, NULL);
}
