#include "store/place.h"

#include "daemon/config.h"
#include "prometheus/contract/parameters.h"

static prom_result parse(prom_config *config, const char *text, const char *network, prom_error *error)
{
    return prom_config_parse(config, "prom.conf", prom_span_of((const uint8_t *)text, strlen(text)), network, error);
}

static void what_is_not_said_has_a_default(void **state)
{
    fixture *test = *state;
    prom_config config;
    assert_ok(parse(&config, "", NULL, &test->error), &test->error);
    assert_string_equal(config.network, "signet");
    assert_int_equal(config.contracts_max, 64);
    assert_int_equal(config.roles, 1 << PROM_ROLE_CLIENT);
    assert_true(config.log_stderr);
    assert_string_equal(config.listen, "");
    /* On main there are caps, unless the owner says more. */
    assert_ok(parse(&config, "", "main", &test->error), &test->error);
    assert_int_equal(config.contracts_max, 4);
    assert_int_equal(config.reward_max, 1000000);
    assert_int_equal(config.day_max, 8000000);
    assert_int_equal(config.fees_max, 50000);
    assert_ok(parse(&config, "contracts_max=5\nnetwork=main\n", NULL, &test->error), &test->error);
    assert_int_equal(config.contracts_max, 5);
    assert_int_equal(config.reward_max, 1000000);
    assert_ok(parse(&config, "network = main\n", "regtest", &test->error), &test->error);
    assert_string_equal(config.network, "regtest");
    assert_int_equal(config.contracts_max, 64);
}

static void lines_are_read(void **state)
{
    fixture *test = *state;
    prom_config config;
    assert_ok(parse(&config,
                    "# a comment\r\n\n\t network=regtest  \r\n  # another = one\nlisten = /tmp/a b=c#d\n"
                    "roles = worker,verifier  arbiter\nlog_stderr = no\nany_pool = yes\nfeerate_max = 0012\nbackup=",
                    NULL, &test->error),
              &test->error);
    assert_string_equal(config.network, "regtest");
    assert_string_equal(config.listen, "/tmp/a b=c#d");
    assert_int_equal(config.roles, 14);
    assert_false(config.log_stderr);
    assert_true(config.any_pool);
    assert_int_equal(config.feerate_max, 12);
    assert_string_equal(config.backup, "");
}

static void what_cannot_be_is_refused(void **state)
{
    static const char *const wrong[][2] = {
        {"\nnonsense\n", "prom.conf, line 2: neither a comment, which begins with '#', nor 'name = value'"},
        {"reward_mni = 5", "line 1: there is no setting 'reward_mni' (did you mean 'reward_min'?)"},
        {"network = mainnet", "line 1: network = 'mainnet' cannot be: give one of main, testnet4, signet, regtest"},
        {"threads = 0", "threads = '0' cannot be: give a whole number from 1 to 64"},
        {"threads = 65", "from 1 to 64"},
        {"threads = -1", "from 1 to 64"},
        {"threads = 1.5", "from 1 to 64"},
        {"threads = 1e3", "from 1 to 64"},
        {"threads =", "from 1 to 64"},
        {"reward_max = 99999999999999999999999", "whole number"},
        {"log_stderr = true", "log_stderr = 'true' cannot be: give yes or no"},
        {"log_file = ~/log", "an absolute path"},
        {"roles = baker", "some of client, worker, verifier, arbiter"},
        {"roles = ,", "one or more of client"},
        {"threads = 2\n\nthreads = 2", "line 3: threads stands in line 1 already"},
        {"network = \x1b[31m", "network = '?[31m' cannot be"},
    };
    fixture *test = *state;
    prom_config config;
    char longer[2 * PROM_CONFIG_TEXT];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_fails(parse(&config, wrong[i][0], NULL, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                     wrong[i][1]);
    }
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_fails(parse(&config, longer, NULL, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "line 1: longer than 1023 bytes");
    static const uint8_t zeros[] = "net\0work = main";
    assert_fails(prom_config_parse(&config, "prom.conf", prom_span_of(zeros, sizeof zeros - 1), NULL, &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "line 1: no text");
    assert_fails(parse(&config, "", "mainnet", &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "'mainnet' is not a network: give one of main");
}

/* What may stand several times is read in the order of the lines. */
static void lists_are_read(void **state)
{
    fixture *test = *state;
    prom_config config;
    char text[4096] = "";
    assert_ok(parse(&config, "peer = a@b\nthreads = 2\npeer=c d\npeer =\ndht_bootstrap = x:1\n", NULL, &test->error),
              &test->error);
    assert_int_equal(config.peers.count, 2);
    assert_string_equal(config.peers.items[0], "a@b");
    assert_string_equal(config.peers.items[1], "c d");
    assert_int_equal(config.dht_bootstraps.count, 1);
    for (size_t i = 0; i <= PROM_CONFIG_ITEMS_MAX; i++) {
        (void)strcat(text, "peer = x\n");
    }
    assert_fails(parse(&config, text, NULL, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "line 17: peer stands there more than 16 times already");
    text[0] = '\0';
    for (size_t i = 0; i < 65; i++) {
        (void)strcat(text, i % 2 == 0 ? "dht_bootstrap=\n" : "peer =\n");
    }
    assert_fails(parse(&config, text, NULL, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, "line 65: more than");
    (void)snprintf(text, sizeof text, "\npeer = %0400d", 1);
    assert_fails(parse(&config, text, NULL, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "cannot be: give a shorter text");
    prom_config other;
    assert_ok(parse(&config, "peer = a\npeer = b", NULL, &test->error), &test->error);
    assert_ok(parse(&other, "peer = b\npeer = a", NULL, &test->error), &test->error);
    assert_string_equal(prom_config_changed(&config, &other)->name, "peer");
    assert_ok(parse(&other, "peer=a\n\npeer=b", NULL, &test->error), &test->error);
    assert_null(prom_config_changed(&config, &other));
}

#define KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void what_follows_for_discovery(void **state)
{
    static const char *const wrong[][2] = {
        {"peer = 0011@127.0.0.1:7067", "`peer` in prom.conf: '0011@127.0.0.1:7067' is not KEY@ADDRESS"},
        {"peer = " KEY, "is not KEY@ADDRESS"},
        {"peer = 0000000000000000000000000000000000000000000000000000000000000000@127.0.0.1:7067", "a key of zeros"},
        {"peer = " KEY "@", "is not KEY@ADDRESS"},
        {"peer = " KEY "00@127.0.0.1:7067", "is not KEY@ADDRESS"},
        {"peer = " KEY "@127.0.0.1", "`peer` in prom.conf"},
        {"dht = yes\ndht_bootstrap = nowhere", "`dht_bootstrap` in prom.conf: 'nowhere' is not HOST:PORT"},
        {"dht = yes\ndht_bootstrap = x:0", "is not HOST:PORT"},
        {"dht = yes\ndht_bootstrap = x:65536", "is not HOST:PORT"},
        {"dht = yes\ndht_bootstrap = x:5y", "is not HOST:PORT"},
        {"dht = yes\ndht_bootstrap = [::1:5", "is not HOST:PORT"},
        {"dht = yes\nproxy = 127.0.0.1:9050", "prom-dht speaks UDP, which no SOCKS5 proxy carries"},
    };
    fixture *test = *state;
    prom_config config;
    prom_config_discovery found;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_ok(parse(&config, wrong[i][0], NULL, &test->error), &test->error);
        assert_fails(prom_config_discovery_of(&config, &found, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                     wrong[i][1]);
    }
    assert_ok(parse(&config, "proxy = 127.0.0.1:9050\ndht_bootstrap = x", NULL, &test->error), &test->error);
    assert_ok(prom_config_discovery_of(&config, &found, &test->error), &test->error); /* the DHT is off */
    assert_true(found.on);
    assert_false(found.dht_on);
    assert_int_equal(found.peer_count, 0);
    assert_ok(parse(&config,
                    "network=regtest\ndht=yes\ndht_port=77\ndht_bootstrap = node.example:4222\n"
                    "dht_bootstrap = [2001:db8::1]:4223\npeer = " KEY "@127.0.0.1:7067\ndiscovery=no",
                    NULL, &test->error),
              &test->error);
    assert_ok(prom_config_discovery_of(&config, &found, &test->error), &test->error);
    assert_false(found.on);
    assert_int_equal(found.peer_count, 1);
    assert_hex32(&found.peers[0].node, KEY);
    assert_int_equal(found.peers[0].address.length, strlen("127.0.0.1:7067"));
    assert_int_equal(found.dht.bootstrap_count, 2);
    assert_string_equal(found.dht.bootstraps[0].name, "node.example");
    assert_int_equal(found.dht.bootstraps[0].port, 4222);
    assert_string_equal(found.dht.bootstraps[1].name, "2001:db8::1");
    assert_int_equal(found.dht.bootstraps[1].port, 4223);
    assert_int_equal(found.dht.port, 77);
    assert_int_equal(found.dht.network, prom_dht_network_of(&prom_config_network(&config)->genesis));
    assert_non_null(strstr(found.dht.program, "/tests/prom-dht")); /* beside this program */
    assert_ok(parse(&config, "dht=yes\ndht_program=/opt/dht", NULL, &test->error), &test->error);
    assert_ok(prom_config_discovery_of(&config, &found, &test->error), &test->error);
    assert_string_equal(found.dht.program, "/opt/dht");
}

/* The file that is written to begin with says what holds without it; and what is taken out of its comments is read. */
static void what_is_written_is_read(void **state)
{
    fixture *test = *state;
    prom_config written;
    prom_config standard;
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    assert_non_null(file);
    prom_config_write(file, "regtest");
    (void)fclose(file);
    assert_ok(parse(&written, text, NULL, &test->error), &test->error);
    assert_ok(parse(&standard, "", "regtest", &test->error), &test->error);
    assert_memory_equal(&written, &standard, sizeof standard);
    for (const prom_setting *at = prom_settings + 1; at->name != NULL; at++) {
        char line[128];
        (void)snprintf(line, sizeof line, "\n# %s =", at->name);
        char *found = strstr(text, line);
        assert_non_null(found);
        assert_null(strstr(found + 1, line));
        found[1] = ' ';
    }
    assert_ok(parse(&written, text, NULL, &test->error), &test->error);
    assert_memory_equal(&written, &standard, sizeof standard);
    free(text);
}

static void the_table_is_whole(void **state)
{
    (void)state;
    for (const prom_setting *at = prom_settings; at->name != NULL; at++) {
        assert_non_null(at->text);
        assert_non_null(at->standard);
        assert_true(at->kind != PROM_SETTING_NUMBER || at->max >= at->min);
        for (const prom_setting *other = prom_settings; other != at; other++) {
            assert_string_not_equal(at->name, other->name);
            assert_true(at->target != other->target);
        }
    }
}

static void what_follows_for_the_node(void **state)
{
    fixture *test = *state;
    prom_config config;
    prom_channel_config policy = {.answer_seconds = 0};
    prom_config_links links;
    char url[PROM_CONFIG_TEXT];
    char path[PATH_MAX];
    prom_log_options log;
    assert_ok(parse(&config,
                    "network=regtest\nroles=worker\nreward_max=7\nretainer_max=8\npayload_max_mb=2\nlisten=/tmp/"
                    "x\nlog_level=debug\n"
                    "log_max_mb=3\n",
                    NULL, &test->error),
              &test->error);
    prom_config_policy(&config, &policy);
    assert_true(prom_amount_equal(policy.limits.reward_max, prom_amount_of(7)));
    assert_true(prom_amount_equal(policy.retainer_max, prom_amount_of(8)));
    assert_true(policy.limits.payload_bytes == 2 << 20);
    assert_int_equal(policy.answer_seconds, 600);
    assert_true(prom_bytes32_equal(&policy.genesis, &prom_chain_parameters_by_name("regtest")->genesis));
    assert_ok(prom_config_links_of(&config, &links, &test->error), &test->error);
    assert_int_equal(links.listen_count, 1);
    assert_int_equal(links.told.length, 6);
    assert_int_equal(links.proxy.length, 0);
    (void)snprintf(config.listen, sizeof config.listen, "127.0.0.1:9735, [::1]:9735");
    (void)snprintf(config.advertise, sizeof config.advertise, "node.example:9735");
    assert_ok(prom_config_links_of(&config, &links, &test->error), &test->error);
    assert_int_equal(links.listen_count, 2);
    assert_int_equal(links.listen[1].length, strlen("[::1]:9735"));
    assert_int_equal(links.told.length, strlen("node.example:9735"));
    (void)snprintf(config.listen, sizeof config.listen, "/a /b /c /d /e");
    assert_fails(prom_config_links_of(&config, &links, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "more than 4");
    (void)snprintf(config.listen, sizeof config.listen, "127.0.0.1:0");
    assert_fails(prom_config_links_of(&config, &links, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "`listen`");
    config.listen[0] = '\0';
    (void)snprintf(config.proxy, sizeof config.proxy, "nowhere");
    assert_fails(prom_config_links_of(&config, &links, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error, "`proxy`");
    assert_int_equal(setenv("HOME", "/home-of-test", 1), 0);
    assert_ok(prom_config_bitcoind(&config, url, path, &test->error), &test->error);
    assert_string_equal(url, "http://127.0.0.1:18443");
    assert_string_equal(path, "/home-of-test/.bitcoin/regtest/.cookie");
    (void)snprintf(config.network, sizeof config.network, "main");
    assert_ok(prom_config_bitcoind(&config, url, path, &test->error), &test->error);
    assert_string_equal(path, "/home-of-test/.bitcoin/.cookie");
    (void)snprintf(config.bitcoind_auth, sizeof config.bitcoind_auth, "/etc/auth");
    assert_ok(prom_config_bitcoind(&config, url, path, &test->error), &test->error);
    assert_string_equal(path, "/etc/auth");
    (void)snprintf(config.bitcoind_cookie, sizeof config.bitcoind_cookie, "/etc/cookie");
    assert_fails(prom_config_bitcoind(&config, url, path, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "leave one of them out");
    assert_ok(prom_config_log(&config, &log, path, "/folder", &test->error), &test->error);
    assert_string_equal(log.path, "/folder/node.log");
    assert_int_equal(log.level, PROM_LOG_DEBUG);
    assert_int_equal(log.max_bytes, 3 << 20);
    config.disk_max_mb = 100;
    assert_int_equal(prom_config_disk_max(&config), 100 << 20);
}

static void what_changes_is_found(void **state)
{
    fixture *test = *state;
    prom_config now;
    prom_config next;
    assert_ok(parse(&now, "", NULL, &test->error), &test->error);
    assert_ok(parse(&next, "reward_min=5\nlog_level=debug\nany_fund=yes\n", NULL, &test->error), &test->error);
    assert_null(prom_config_changed(&now, &next));
    assert_ok(parse(&next, "reward_min=5\nthreads=3\n", NULL, &test->error), &test->error);
    assert_string_equal(prom_config_changed(&now, &next)->name, "threads");
    assert_ok(parse(&next, "listen=/x\n", NULL, &test->error), &test->error);
    assert_string_equal(prom_config_changed(&now, &next)->name, "listen");
}

static void the_page_is_what_the_table_says(void **state)
{
    static char kept[131072];
    char *printed = NULL;
    size_t length = 0;
    (void)state;
    FILE *page = open_memstream(&printed, &length);
    assert_non_null(page);
    prom_config_write_page(page);
    (void)fclose(page);
    FILE *file = fopen(MODELS "/../docs/configuration.md", "rb");
    assert_non_null(file);
    kept[fread(kept, 1, sizeof kept - 1, file)] = '\0';
    (void)fclose(file);
    assert_string_equal(printed, kept); /* if not: prom help --configuration > docs/configuration.md */
    free(printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_is_not_said_has_a_default),
        FIXTURE_TEST(lines_are_read),
        FIXTURE_TEST(what_cannot_be_is_refused),
        FIXTURE_TEST(lists_are_read),
        FIXTURE_TEST(what_follows_for_discovery),
        FIXTURE_TEST(what_is_written_is_read),
        FIXTURE_TEST(the_table_is_whole),
        FIXTURE_TEST(what_follows_for_the_node),
        FIXTURE_TEST(what_changes_is_found),
        FIXTURE_TEST(the_page_is_what_the_table_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
