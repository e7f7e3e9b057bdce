#include "store/place.h"

#include <sqlite3.h>

#include "prometheus/crypto/hash.h"
#include "store/schema.h"

/* What was released never changes: a database of that version is out there. */
static void released_migrations_stay(void **state)
{
    static const char *const released[] = {"04f3e7b150bb84d16947edb6f9540f07ddb6af83eaef9effe83df58655d1c738"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(released); i++) {
        prom_bytes32 hash;
        prom_sha256(&hash, span_of_text(prom_schema_migrations[i]));
        assert_hex32(&hash, released[i]);
    }
}

static void tables_hold_what_they_are_for(void **state)
{
    static const char *const refused[] = {
        "INSERT INTO meta VALUES (2, zeroblob(32), 1, 1, 0, 0, 0)",
        "INSERT INTO meta VALUES (1, zeroblob(31), 1, 1, 0, 0, 0)",
        "INSERT INTO meta VALUES (1, zeroblob(32), 0, 1, 0, 0, 0)",
        "INSERT INTO meta VALUES (1, zeroblob(32), 1, 2147483647, 0, 0, 0)",
        "INSERT INTO channel VALUES (1, 'worker', 'one', 0, 0, 0, 0)",
        "INSERT INTO channel VALUES (1, 1, 'one', 0, 0, 2, 0)",
        "INSERT INTO channel VALUES (1, 1, 'one', 0, 0, 0, 3)",
        "INSERT INTO block VALUES (1, 'hash')",
        "INSERT INTO block VALUES (1, zeroblob(33))",
        "INSERT INTO seen_hash VALUES (zeroblob(20), 1)",
        "INSERT INTO coin VALUES (zeroblob(32), 1)",
        "INSERT INTO index_owner VALUES (2, zeroblob(32))",
        "INSERT INTO index_block VALUES (1, zeroblob(31))",
        "INSERT INTO index_coin VALUES (0, 1, zeroblob(32), 5, zeroblob(32), 0, 0, zeroblob(32))",
        "INSERT INTO index_coin VALUES (0, 1, zeroblob(36), 5, zeroblob(32), 2, 0, zeroblob(32))",
        "INSERT INTO draw VALUES (1, zeroblob(31), x'05', 7)",
        "INSERT INTO used VALUES (2, 0, 0)",
        "INSERT INTO used VALUES (1, -1, 0)",
        "INSERT INTO used VALUES (1, 0, -1)",
        "INSERT INTO payment VALUES (1, 0, zeroblob(31), 1, x'05', 7, 8, x'', NULL)",
        "INSERT INTO payment VALUES (1, 0, zeroblob(32), 3, x'05', 7, 8, x'', NULL)",
        "INSERT INTO job VALUES (1, zeroblob(31), 7, 0, 1, x'05')",
        "INSERT INTO job VALUES (1, zeroblob(32), 7, 2, 1, x'05')",
        "INSERT INTO job VALUES (1, zeroblob(32), 7, 0, 0, x'05')",
    };
    sqlite3 *database = NULL;
    (void)state;
    assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
    for (size_t i = 0; i < PROM_SCHEMA_VERSION; i++) {
        assert_int_equal(sqlite3_exec(database, prom_schema_migrations[i], NULL, NULL, NULL), SQLITE_OK);
    }
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        if (sqlite3_exec(database, refused[i], NULL, NULL, NULL) != SQLITE_CONSTRAINT) {
            fail_msg("not refused: %s", refused[i]);
        }
    }
    assert_int_equal(
        sqlite3_exec(database, "INSERT INTO meta VALUES (1, zeroblob(32), 1, 1, 0, 0, 0)", NULL, NULL, NULL),
        SQLITE_OK);
    (void)sqlite3_close(database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(released_migrations_stay),
        cmocka_unit_test(tables_hold_what_they_are_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
