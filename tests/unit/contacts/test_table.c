/* Against a prom-dht that is a shell script. */
#include "contacts/meeting.h"

#include <sys/stat.h>

#define READY "echo '{\"is\":\"ready\",\"version\":1,\"port\":4222}'\n"
#define WRITES "while read -r line; do echo \"$line\" >> \"$0.log\"; done\n"

/* A node whose prom-dht does this. */
static struct guest *with_table(fixture *test, prom_dht_options *options, const char *script)
{
    struct guest *guest = guest_new(test, PROM_ROLE_WORKER, 1);
    *options = (prom_dht_options){.network = 7};
    (void)snprintf(options->program, sizeof options->program, "%s/helper", guest->host->folder);
    FILE *file = fopen(options->program, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "#!/bin/sh\nPATH=/usr/bin:/bin\n%s", script) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(options->program, 0700), 0);
    guest->options.dht = options;
    return guest;
}

/* Whether the helper was told so, within some time. */
static bool was_told(struct guest *guest, const char *what, const char *key)
{
    char wanted[128];
    char text[1 << 14];
    char path[128];
    bool found = false;
    (void)snprintf(wanted, sizeof wanted, "\"do\":\"%s\",\"key\":\"%s\"", what, key);
    (void)snprintf(path, sizeof path, "%s/helper.log", guest->host->folder);
    for (int i = 0; i < 1000 && !found; i++) {
        guest_turn(guest);
        (void)usleep(2000);
        FILE *file = fopen(path, "r");
        const size_t length = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
        text[length] = '\0';
        found = strstr(text, wanted) != NULL;
        if (file != NULL) {
            (void)fclose(file);
        }
    }
    return found;
}

static void key_text(const struct guest *guest, char key[41], const prom_bytes32 *p_txid, prom_role role)
{
    prom_bytes32 place;
    prom_pointer_place(&place, &guest->host->network.genesis, p_txid, role);
    (void)prom_hex(key, prom_dht_key_of(&place).bytes, PROM_DHT_KEY_BYTES);
}

/* Our pointer is put, who is looked for is listened for; and forgotten with whom nobody looks for any more. */
static void what_is_looked_for_is_listened_for(void **state)
{
    prom_dht_options options;
    struct guest *guest = with_table(*state, &options, READY WRITES);
    char worker[41];
    char verifier[41];
    guest_serve(guest, PROM_ROLE_WORKER);
    guest_start(guest);
    const struct market market = publish(guest->host, 0);
    const prom_tx *tx = market.published;
    host_block(guest->host, &tx, 1);
    key_text(guest, worker, &market.p_txid, PROM_ROLE_WORKER);
    key_text(guest, verifier, &market.p_txid, PROM_ROLE_VERIFIER);
    prom_contacts_want(guest->contacts, &market.p_txid, PROM_ROLE_VERIFIER);
    assert_true(was_told(guest, "put", worker));
    assert_true(was_told(guest, "listen", verifier));
    prom_contacts_forget(guest->contacts, &market.p_txid, PROM_ROLE_VERIFIER);
    assert_true(was_told(guest, "forget", verifier));
    const prom_policy none[PROM_ROLES] = {{0}};
    prom_contacts_set_policies(guest->contacts, none);
    assert_true(was_told(guest, "forget", worker));
    guest_free(guest);
}

/* Arbiters that our contracts may need are listened for now and then; our pointer stays there. */
static void arbiters_are_listened_for_now_and_then(void **state)
{
    prom_dht_options options;
    struct guest *guest = with_table(*state, &options, READY WRITES);
    guest_serve(guest, PROM_ROLE_WORKER);
    guest_start(guest);
    const struct market market = publish(guest->host, 0);
    const prom_tx *tx = market.published;
    host_block(guest->host, &tx, 1);
    prom_contacts_serve(guest->contacts);
    const prom_topic *arbiters = prom_contacts_topic_of(guest->contacts, &market.p_txid, PROM_ROLE_ARBITER);
    const prom_topic *workers = prom_contacts_topic_of(guest->contacts, &market.p_txid, PROM_ROLE_WORKER);
    const int64_t since = arbiters->needed_since;
    prom_contacts_table_turn(guest->contacts, since);
    assert_true(arbiters->listened);
    assert_false(workers->listened); /* they are relayed */
    prom_contacts_table_turn(guest->contacts, since + 11 * INT64_C(60000));
    assert_false(arbiters->listened);
    prom_contacts_table_turn(guest->contacts, since + 5 * INT64_C(3600000));
    assert_false(arbiters->listened);
    prom_contacts_table_turn(guest->contacts, since + 6 * INT64_C(3600000) + 1);
    assert_true(arbiters->listened);
    guest_free(guest);
}

static bool has_heard(void *context)
{
    struct guest *guest = context;
    const prom_bytes32 P = named("P", 0);
    return prom_directory_count(guest->contacts->directory, &P, PROM_ROLE_WORKER).heard_dht > 0;
}

/* What it tells of is taken as a stranger's: a pointer is, what is none is passed over. */
static void what_it_tells_is_taken(void **state)
{
    fixture *test = *state;
    prom_dht_options options;
    char script[4096];
    char hex[2 * PROM_POINTER_MAX + 1];
    const prom_bytes32 P = named("P", 0);
    char key[41];
    struct guest *guest = with_table(test, &options, "");
    const prom_span pointer = pointer_for(test, guest, &P, PROM_ROLE_WORKER, "worker", "203.0.113.5:7067");
    (void)prom_hex(hex, pointer.data, pointer.length);
    key_text(guest, key, &P, PROM_ROLE_WORKER);
    (void)snprintf(script, sizeof script,
                   "#!/bin/sh\n" READY "echo '{\"is\":\"value\",\"key\":\"%s\",\"value\":\"c0ffee\"}'\n"
                   "echo '{\"is\":\"value\",\"key\":\"%s\",\"value\":\"%s\"}'\nexec /bin/cat > /dev/null\n",
                   key, key, hex);
    FILE *file = fopen(options.program, "w");
    assert_non_null(file);
    assert_true(fputs(script, file) >= 0);
    assert_int_equal(fclose(file), 0);
    guest_start(guest);
    prom_contacts_want(guest->contacts, &P, PROM_ROLE_WORKER);
    meet(&guest, 1, has_heard, guest);
    assert_int_equal(prom_directory_count(guest->contacts->directory, &P, PROM_ROLE_WORKER).heard_dht, 1);
    guest_free(guest);
}

static bool was_told_of_its_end(void *context)
{
    struct guest *guest = context;
    return guest->host->reports[PROM_REPORT_ALARM] > 0;
}

/* Where it does not lie, or ends, the owner is told once, and the node goes on. */
static void its_end_is_told(void **state)
{
    prom_dht_options options;
    struct guest *guest = with_table(*state, &options, "exit 1\n");
    guest_start(guest);
    meet(&guest, 1, was_told_of_its_end, guest);
    assert_non_null(strstr(guest->host->last[PROM_REPORT_ALARM], "has ended"));
    for (int64_t i = 1; i < 10; i++) { /* it is tried again, more and more rarely */
        prom_contacts_table_turn(guest->contacts, INT64_C(1) << 40 | i * 1000000);
        (void)usleep(20000);
        prom_contacts_table_turn(guest->contacts, INT64_C(1) << 40 | (i * 1000000 + 1));
    }
    assert_int_equal(guest->host->reports[PROM_REPORT_ALARM], 1);
    assert_true(guest->host->reports[PROM_REPORT_NOTE] > 0);
    guest_free(guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_is_looked_for_is_listened_for),
        FIXTURE_TEST(arbiters_are_listened_for_now_and_then),
        FIXTURE_TEST(what_it_tells_is_taken),
        FIXTURE_TEST(its_end_is_told),
    };
    return cmocka_run_group_tests_name("contacts/table", tests, NULL, NULL);
}
