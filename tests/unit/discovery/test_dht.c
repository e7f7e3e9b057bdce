/* Against helpers that are shell scripts: they say and write down what the test tells them to. */
#include "support.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "discovery/dht.h"

#define READY "echo '{\"is\":\"ready\",\"version\":1,\"port\":4222}'\n"
#define KEY "00112233445566778899aabbccddeeff00112233"
#define WRITES "while read -r line; do echo \"$line\" >> \"$0.log\"; done\n"

struct home {
    fixture *test;
    prom_dht *dht;
    char folder[64];
    size_t ups;
    size_t downs;
    size_t values;
    char reason[512];
    uint8_t last[PROM_DHT_VALUE_MAX];
    size_t last_length;
    int64_t now; /* of the test's own clock */
};

static void on_value(void *context, const prom_dht_key *key, prom_span value)
{
    struct home *home = context;
    (void)key;
    home->values++;
    home->last_length = value.length;
    memcpy(home->last, value.data, value.length);
}

static void on_change(void *context, const char *reason)
{
    struct home *home = context;
    home->ups += reason == NULL;
    home->downs += reason != NULL;
    (void)snprintf(home->reason, sizeof home->reason, "%s", reason == NULL ? "" : reason);
}

static prom_dht_key some_key(uint8_t last)
{
    prom_dht_key key;
    assert_true(prom_hex_parse(key.bytes, sizeof key.bytes, KEY, strlen(KEY)));
    key.bytes[19] = last;
    return key;
}

/* A helper that does this. */
static void open_home(struct home *home, fixture *test, const char *script)
{
    *home = (struct home){.test = test, .now = 1000000};
    (void)snprintf(home->folder, sizeof home->folder, "/tmp/prom-test-dht-XXXXXX");
    assert_non_null(mkdtemp(home->folder));
    prom_dht_options options = {.network = 7, .bootstrap_count = 1, .bootstraps = {{"127.0.0.1", 4000}}};
    (void)snprintf(options.program, sizeof options.program, "%s/helper", home->folder);
    FILE *file = fopen(options.program, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "#!/bin/sh\nPATH=/usr/bin:/bin\n%s", script) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(options.program, 0700), 0);
    const prom_dht_events events = {home, on_value, on_change};
    assert_ok(prom_dht_new(&home->dht, &options, &events, &test->error), &test->error);
}

static void close_home(struct home *home)
{
    char path[128];
    prom_dht_free(home->dht);
    (void)snprintf(path, sizeof path, "%s/helper", home->folder);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/helper.log", home->folder);
    (void)unlink(path);
    assert_int_equal(rmdir(home->folder), 0);
}

/* Turns until `*count` is at least `wanted`, with the test's clock standing still. */
static void turn_until(struct home *home, const size_t *count, size_t wanted)
{
    for (int i = 0; i < 1000 && *count < wanted; i++) {
        struct pollfd readable = {.fd = prom_dht_descriptor(home->dht), .events = POLLIN};
        prom_dht_turn(home->dht, home->now);
        (void)poll(&readable, 1, 20);
    }
    assert_true(*count >= wanted);
}

/* What the helper was told, when it was told so many lines. */
static const char *told(struct home *home, char *text, size_t room, size_t lines)
{
    char path[128];
    size_t seen = 0;
    (void)snprintf(path, sizeof path, "%s/helper.log", home->folder);
    for (int i = 0; i < 1000 && seen < lines; i++) {
        struct pollfd readable = {.fd = prom_dht_descriptor(home->dht), .events = POLLIN};
        prom_dht_turn(home->dht, home->now);
        (void)poll(&readable, 1, 10);
        FILE *file = fopen(path, "r");
        const size_t length = file == NULL ? 0 : fread(text, 1, room - 1, file);
        text[length] = '\0';
        seen = 0;
        for (size_t j = 0; j < length; j++) {
            seen += text[j] == '\n';
        }
        if (file != NULL) {
            (void)fclose(file);
        }
    }
    assert_int_equal(seen, lines);
    return text;
}

static void test_it_is_told_and_tells(void **state)
{
    struct home home;
    char text[4096];
    const prom_dht_key key = some_key(0x33);
    open_home(&home, *state,
              READY "echo '{\"is\":\"value\",\"key\":\"" KEY "\",\"value\":\"c0ffee\"}'\n"
                    "echo \"$@\" >> \"$0.log\"\n" WRITES);
    assert_ok(prom_dht_listen(home.dht, &key, NULL), &home.test->error);
    assert_ok(prom_dht_put(home.dht, &key, prom_span_of((const uint8_t *)"\xab", 1), NULL), &home.test->error);
    turn_until(&home, &home.values, 1);
    assert_int_equal(home.ups, 1);
    assert_int_equal(home.last_length, 3);
    assert_string_equal(told(&home, text, sizeof text, 4),
                        "--port 0 --network 7\n"
                        "{\"do\":\"bootstrap\",\"host\":\"127.0.0.1\",\"port\":4000}\n"
                        "{\"do\":\"listen\",\"key\":\"" KEY "\"}\n"
                        "{\"do\":\"put\",\"key\":\"" KEY "\",\"value\":\"ab\"}\n");
    assert_int_equal(prom_dht_status_of(home.dht).port, 4222);
    assert_ok(prom_dht_put(home.dht, &key, prom_span_of((const uint8_t *)"\xcd", 1), NULL), &home.test->error);
    assert_true(prom_dht_due(home.dht) <= home.now);
    assert_non_null(strstr(told(&home, text, sizeof text, 5), "\"value\":\"cd\""));
    assert_true(prom_dht_due(home.dht) > home.now);
    prom_dht_unlisten(home.dht, &key); /* and goes on putting */
    const char *lines = told(&home, text, sizeof text, 7);
    const char *forgotten = strstr(lines, "\"do\":\"forget\"");
    assert_non_null(forgotten);
    assert_non_null(strstr(forgotten, "\"value\":\"cd\""));
    assert_null(strstr(forgotten, "\"do\":\"listen\""));
    prom_dht_forget(home.dht, &key);
    assert_non_null(strstr(strstr(told(&home, text, sizeof text, 8), "\"value\":\"cd\"") + 20, "\"do\":\"forget\""));
    home.now += PROM_DHT_ASK_MS;
    assert_non_null(strstr(told(&home, text, sizeof text, 9), "\"do\":\"status\""));
    close_home(&home);
}

/* One that dies is started again, after a while that grows, and told all again. */
static void test_it_is_started_again(void **state)
{
    struct home home;
    char text[4096];
    const prom_dht_key key = some_key(1);
    open_home(
        &home, *state,
        READY
        "read -r line\necho \"$line\" >> \"$0.log\"\nread -r line\necho \"$line\" >> \"$0.log\"\necho 'out of luck'\n");
    assert_ok(prom_dht_listen(home.dht, &key, NULL), &home.test->error);
    int64_t wait = PROM_DHT_AGAIN_MIN_MS;
    for (size_t i = 1; i <= 4; i++) {
        turn_until(&home, &home.downs, i);
        assert_string_equal(home.reason, "prom-dht has ended: out of luck");
        assert_int_equal(prom_dht_status_of(home.dht).starts, i);
        assert_false(prom_dht_status_of(home.dht).up);
        assert_int_equal(prom_dht_due(home.dht), home.now + wait);
        home.now += wait - 1;
        prom_dht_turn(home.dht, home.now);
        assert_int_equal(prom_dht_status_of(home.dht).starts, i); /* not before its time */
        home.now += i < 4;                                        /* and no fifth one */
        wait *= 2;
    }
    assert_int_equal(home.ups, 4);
    const char *all = told(&home, text, sizeof text, 8);
    size_t listens = 0;
    for (const char *at = strstr(all, "listen"); at != NULL; at = strstr(at + 1, "listen")) {
        listens++;
    }
    assert_int_equal(listens, 4);
    close_home(&home);
}

static void test_backoff_has_an_end(void **state)
{
    struct home home;
    open_home(&home, *state, "exit 1\n");
    for (size_t i = 1; i <= 12; i++) {
        turn_until(&home, &home.downs, i);
        assert_true(prom_dht_due(home.dht) - home.now <= PROM_DHT_AGAIN_MAX_MS);
        home.now = prom_dht_due(home.dht);
    }
    assert_int_equal(home.ups, 0);
    close_home(&home);
}

/* What is wrong with it, and what it says that it should not. */
static void test_bad_helpers(void **state)
{
    static const struct {
        const char *script;
        const char *reason;
        int64_t after;
    } bad[] = {
        {"sleep 100\n", "was not ready in time", PROM_DHT_READY_MS},
        {READY "sleep 100\n", "does not answer", PROM_DHT_ASK_MS + PROM_DHT_PATIENCE_MS},
        {"echo '{\"is\":\"ready\",\"version\":2,\"port\":1}'\nsleep 100\n", "of another version", 0},
        {READY "yes x | tr -d '\\n'\n", "a line without an end", 0},
        {"echo 'cannot open \001 libopendht' >&2\nexit 127\n", "has ended: cannot open ? libopendht", 0},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct home home;
        open_home(&home, *state, bad[i].script);
        if (bad[i].after > 0) {
            prom_dht_turn(home.dht, home.now);
            if (i == 1) {
                turn_until(&home, &home.ups, 1);
            }
            home.now += bad[i].after - 1;
            prom_dht_turn(home.dht, home.now);
            assert_int_equal(home.downs, 0);
            home.now++;
        }
        turn_until(&home, &home.downs, 1);
        assert_non_null(strstr(home.reason, bad[i].reason));
        close_home(&home);
    }
}

/* A flood is taken in turns, and takes no more memory than a line. */
static void test_a_flood_of_values(void **state)
{
    struct home home;
    open_home(&home, *state, READY "yes '{\"is\":\"value\",\"key\":\"" KEY "\",\"value\":\"00\"}'\n");
    turn_until(&home, &home.values, 1);
    const size_t before = home.values;
    prom_dht_turn(home.dht, home.now);
    assert_true(home.values - before <= 16 * 4096 / 70 + 16);
    assert_int_equal(home.downs, 0);
    close_home(&home);
}

/* One that takes nothing is told nothing more, and is given up in time. */
static void test_one_that_does_not_read(void **state)
{
    struct home home;
    const uint8_t value[PROM_DHT_VALUE_MAX] = {1};
    open_home(&home, *state, READY "sleep 100\n");
    turn_until(&home, &home.ups, 1);
    for (size_t i = 0; i < 5000; i++) {
        const prom_dht_key key = some_key((uint8_t)(i % PROM_DHT_KEYS_MAX));
        assert_ok(prom_dht_put(home.dht, &key, prom_span_of(value, sizeof value), NULL), &home.test->error);
        prom_dht_turn(home.dht, home.now);
    }
    assert_int_equal(home.downs, 0);
    home.now += PROM_DHT_ASK_MS + PROM_DHT_PATIENCE_MS;
    prom_dht_turn(home.dht, home.now);
    assert_int_equal(home.downs, 1);
    close_home(&home);
}

static void test_limits(void **state)
{
    struct home home;
    fixture *test = *state;
    const uint8_t value[PROM_DHT_VALUE_MAX + 1] = {0};
    const prom_dht_key first = some_key(0);
    open_home(&home, test, READY WRITES);
    assert_false(prom_is_ok(prom_dht_put(home.dht, &first, prom_span_of(value, sizeof value), &test->error)));
    assert_false(prom_is_ok(prom_dht_put(home.dht, &first, prom_span_of(value, 0), &test->error)));
    for (size_t i = 0; i < PROM_DHT_KEYS_MAX; i++) {
        const prom_dht_key key = some_key((uint8_t)i);
        assert_ok(prom_dht_listen(home.dht, &key, &test->error), &test->error);
    }
    const prom_dht_key more = some_key(PROM_DHT_KEYS_MAX);
    assert_fails(prom_dht_listen(home.dht, &more, &test->error), PROM_CATEGORY_MISUSE, &test->error, "64 keys");
    turn_until(&home, &home.ups, 1);
    for (size_t i = 0; i < 3 * (size_t)PROM_DHT_KEYS_MAX; i++) { /* a key that it knows takes no other place */
        prom_dht_turn(home.dht, home.now);
        prom_dht_forget(home.dht, &first);
        assert_ok(prom_dht_listen(home.dht, &first, &test->error), &test->error);
    }
    prom_dht_turn(home.dht, home.now);
    assert_int_equal(home.downs, 0);
    prom_dht_forget(home.dht, &first);
    assert_ok(prom_dht_listen(home.dht, &more, &test->error),
              &test->error); /* the helper has had 64: it begins again */
    turn_until(&home, &home.downs, 1);
    assert_non_null(strstr(home.reason, "used its keys up"));
    close_home(&home);

    prom_dht *dht = NULL;
    const prom_dht_events events = {NULL, on_value, on_change};
    const prom_dht_options bad = {.bootstrap_count = 1, .bootstraps = {{"a\nb", 1}}};
    assert_fails(prom_dht_new(&dht, &bad, &events, &test->error), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "bootstrap node 1");
    prom_dht_free(NULL);
}

static void test_keys_and_networks(void **state)
{
    (void)state;
    prom_bytes32 place;
    for (size_t i = 0; i < 32; i++) {
        place.bytes[i] = (uint8_t)i;
    }
    const prom_dht_key key = prom_dht_key_of(&place);
    assert_int_equal(key.bytes[19], 19);
    const uint32_t network = prom_dht_network_of(&place);
    place.bytes[0] ^= 1;
    assert_int_not_equal(prom_dht_network_of(&place), network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_it_is_told_and_tells),
        FIXTURE_TEST(test_it_is_started_again),
        FIXTURE_TEST(test_backoff_has_an_end),
        FIXTURE_TEST(test_bad_helpers),
        FIXTURE_TEST(test_a_flood_of_values),
        FIXTURE_TEST(test_one_that_does_not_read),
        FIXTURE_TEST(test_limits),
        FIXTURE_TEST(test_keys_and_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
