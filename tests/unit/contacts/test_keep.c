#include "contacts/meeting.h"

#include <sys/stat.h>

#include "discovery/shelf.h"

static void path_in(const struct guest *guest, char path[256], const char *suffix)
{
    (void)snprintf(path, 256, "%s/" PROM_CONTACTS_FILE "%s", guest->host->folder, suffix);
}

static bool exists(const struct guest *guest, const char *suffix)
{
    char path[256];
    struct stat status;
    path_in(guest, path, suffix);
    return stat(path, &status) == 0;
}

static size_t known(struct guest *guest, const prom_bytes32 *p_txid)
{
    prom_contact list[64];
    return prom_contacts_list(guest->contacts, list, 64, p_txid, PROM_ROLE_WORKER);
}

/* A node that has heard of a worker, and of an offer; both are on the disk when it ends. */
static struct guest *knowing(fixture *test, struct market *market)
{
    struct guest *guest = guest_new(test, PROM_ROLE_CLIENT, 1);
    prom_announcement announcement;
    bool fresh = false;
    *market = publish(guest->host, 0);
    const prom_tx *txs[] = {market->published, offer_of(guest->host, market, 0, &announcement)};
    host_block(guest->host, txs, 2);
    guest_start(guest);
    prom_contacts_want(guest->contacts, &market->p_txid, PROM_ROLE_WORKER);
    guest_hears(guest, pointer_for(test, guest, &market->p_txid, PROM_ROLE_WORKER, "worker", "203.0.113.5:7067"));
    assert_ok(prom_node_hear(guest->host->node, &announcement, &fresh, &test->error), &test->error);
    prom_contacts_keep(guest->contacts, false); /* nothing was kept before, and it is not time to write */
    assert_false(exists(guest, ""));
    return guest;
}

static void restart_with_chain(struct guest *guest)
{
    guest_restart(guest);
    prom_contacts_keep(guest->contacts, false);
}

static void who_is_known_is_known_after_a_restart(void **state)
{
    struct market market;
    struct guest *guest = knowing(*state, &market);
    const prom_bytes32 salt = guest->contacts->salt;
    restart_with_chain(guest);
    assert_int_equal(known(guest, &market.p_txid), 1);
    assert_memory_equal(&guest->contacts->salt, &salt, sizeof salt);
    assert_memory_equal(&guest->contacts->directory->options.salt, &salt, sizeof salt);
    assert_non_null(prom_node_heard_at(guest->host->node, 0));
    assert_int_equal(prom_contacts_active(guest->contacts), 0); /* nobody looks for him now */
    guest_restart(guest);                                       /* one that ends before it knows the chain */
    guest->host->node->health.may_begin = false;
    prom_contacts_keep(guest->contacts, false);
    assert_int_equal(known(guest, &market.p_txid), 0);
    restart_with_chain(guest); /* has not written over what was there */
    assert_int_equal(known(guest, &market.p_txid), 1);
    assert_int_equal(guest->host->reports[PROM_REPORT_ALARM], 0);
    guest_free(guest);
}

/* Whatever is wrong with the file: it is set aside, the owner is told, and the node goes on. */
static void a_damaged_file_is_set_aside(void **state)
{
    struct market market;
    struct guest *guest = knowing(*state, &market);
    uint8_t bytes[1 << 16];
    char path[256];
    path_in(guest, path, "");
    guest_restart(guest);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t length = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    assert_true(length > 100);
    const size_t flipped[] = {0, 40, length / 2, length - 1};
    for (size_t i = 0; i < COUNT_OF(flipped) + 2; i++) {
        const size_t kept = i < COUNT_OF(flipped) ? length : i == COUNT_OF(flipped) ? length - 1 : 0;
        prom_contacts_close(guest->contacts);
        guest->contacts = NULL;
        bytes[flipped[i % COUNT_OF(flipped)]] ^= kept == length ? 1 : 0;
        file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, kept, file), kept);
        (void)fclose(file);
        bytes[flipped[i % COUNT_OF(flipped)]] ^= kept == length ? 1 : 0;
        host_reopen(guest->host);
        guest_start(guest);
        assert_int_equal(guest->host->reports[PROM_REPORT_ALARM], i + 1);
        assert_non_null(strstr(guest->host->last[PROM_REPORT_ALARM], "nothing else is lost"));
        assert_false(exists(guest, ""));
        assert_true(exists(guest, ".damaged"));
        prom_contacts_keep(guest->contacts, false);
        assert_int_equal(known(guest, &market.p_txid), 0);
    }
    prom_contacts_close(guest->contacts); /* and one that is a folder */
    guest->contacts = NULL;
    (void)unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    host_reopen(guest->host);
    guest_start(guest);
    prom_contacts_keep(guest->contacts, true);
    assert_non_null(strstr(guest->host->last[PROM_REPORT_NOTE], "not on the disk"));
    (void)rmdir(path);
    guest_free(guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(who_is_known_is_known_after_a_restart),
        FIXTURE_TEST(a_damaged_file_is_set_aside),
    };
    return cmocka_run_group_tests_name("contacts/keep", tests, NULL, NULL);
}
