#include "store/place.h"

#include "store/journal.h"

static prom_journal_answer ask(const struct place *place, prom_store *store, const prom_journal_key *key, uint8_t hash)
{
    prom_journal_answer answer = PROM_JOURNAL_OTHER;
    assert_ok(prom_store_journal_find(store, &answer, key, &(prom_bytes32){{hash}}, place->error), place->error);
    return answer;
}

static void line_stays(void **state)
{
    const struct place *place = *state;
    prom_store *store = open_store(place);
    const uint64_t one = make_channel(place, store, "one");
    const uint64_t two = make_channel(place, store, "two");
    const prom_journal_key key = {one, 2, 3, {{4}}};
    const prom_journal_key others[] = {{two, 2, 3, {{4}}}, {one, 1, 3, {{4}}}, {one, 2, 4, {{4}}}, {one, 2, 3, {{5}}}};
    assert_int_equal(ask(place, store, &key, 1), PROM_JOURNAL_NEW);
    assert_fails(prom_store_journal_add(store, &key, &(prom_bytes32){{1}}, place->error), PROM_CATEGORY_MISUSE,
                 place->error, "outside of a transaction");
    begin(place, store);
    assert_ok(prom_store_journal_add(store, &key, &(prom_bytes32){{1}}, place->error), place->error);
    commit(place, store);
    begin(place, store);
    assert_fails(prom_store_journal_add(store, &key, &(prom_bytes32){{2}}, place->error), PROM_CATEGORY_MISUSE,
                 place->error, "UNIQUE constraint failed");
    prom_store_rollback(store);
    prom_store_close(store);
    store = open_store(place);
    assert_int_equal(ask(place, store, &key, 1), PROM_JOURNAL_SAME);
    assert_int_equal(ask(place, store, &key, 2), PROM_JOURNAL_OTHER);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_int_equal(ask(place, store, &others[i], 1), PROM_JOURNAL_NEW);
    }
    prom_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {STORE_TEST(line_stays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
