#include "store/place.h"

#include "store/record.h"

static void write_one(const struct place *place, prom_store *store, const prom_store_payment *payment,
                      prom_category category)
{
    prom_error *error = place->error;
    assert_ok(prom_store_begin(store, error), error);
    const prom_result put = prom_store_payment_put(store, payment, error);
    assert_int_equal(put.category, category);
    if (prom_is_ok(put)) {
        assert_ok(prom_store_commit(store, error), error);
    } else {
        prom_store_rollback(store);
    }
}

struct seen {
    size_t count;
    prom_payment_state state[4];
    uint8_t first[4];
    uint64_t fee[4];
};

static prom_result see(void *context, const prom_store_payment *payment, prom_error *error)
{
    struct seen *seen = context;
    (void)error;
    seen->state[seen->count] = payment->state;
    seen->first[seen->count] = payment->bytes.data[0];
    seen->fee[seen->count] = payment->fee;
    assert_int_equal(payment->made, 1700000000);
    seen->count++;
    return prom_ok();
}

/* A PSBT that went out gets its transaction; what is signed stays. */
static void payments_are_kept(void **state)
{
    const struct place *place = *state;
    prom_error *error = place->error;
    prom_store *store = open_store(place);
    static const uint8_t bytes[] = {1, 2, 3};
    prom_store_payment one = {.txid = {{1}}, .state = PROM_PAYMENT_OPEN, .fee = 10, .made = 1700000000};
    prom_store_payment other = {.number = 1, .txid = {{2}}, .state = PROM_PAYMENT_OUT, .fee = 20, .made = 1700000000};
    struct seen seen = {.count = 0};
    one.bytes = prom_span_of(&bytes[0], 1);
    other.bytes = prom_span_of(&bytes[1], 1);
    write_one(place, store, &one, PROM_CATEGORY_OK);
    write_one(place, store, &other, PROM_CATEGORY_OK);
    write_one(place, store, &one, PROM_CATEGORY_MISUSE);
    prom_store_payment third = {.number = 1, .txid = {{3}}, .bytes = one.bytes, .made = 1700000000};
    write_one(place, store, &third, PROM_CATEGORY_MISUSE); /* another one has its number */
    other.state = PROM_PAYMENT_OPEN;
    other.bytes = prom_span_of(&bytes[2], 1);
    write_one(place, store, &other, PROM_CATEGORY_OK);
    assert_ok(prom_store_begin(store, error), error);
    assert_ok(prom_store_payment_over(store, &one.txid, error), error);
    assert_ok(prom_store_commit(store, error), error);
    assert_ok(prom_store_payment_each(store, see, &seen, error), error);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.state[0], PROM_PAYMENT_OVER);
    assert_int_equal(seen.state[1], PROM_PAYMENT_OPEN);
    assert_int_equal(seen.first[1], 3);
    assert_int_equal(seen.fee[1], 20);
    prom_store_close(store);
}

static prom_result see_reference(void *context, const prom_store_payment *payment, prom_error *error)
{
    char(*seen)[16] = context;
    (void)error;
    (void)snprintf(seen[payment->number], sizeof seen[0], "%s", payment->reference != NULL ? payment->reference : "-");
    return prom_ok();
}

/* Of one reference there is one payment; without any, many. */
static void references_are_of_one_payment(void **state)
{
    const struct place *place = *state;
    prom_store *store = open_store(place);
    static const uint8_t bytes[] = {1};
    char seen[4][16] = {""};
    for (uint32_t i = 0; i < 4; i++) {
        prom_store_payment payment = {.number = i, .txid = {{(uint8_t)(i + 1)}}, .state = PROM_PAYMENT_OPEN};
        payment.bytes = prom_span_of(bytes, 1);
        payment.reference = i < 2 ? NULL : "rent";
        write_one(place, store, &payment, i < 3 ? PROM_CATEGORY_OK : PROM_CATEGORY_MISUSE);
    }
    assert_ok(prom_store_payment_each(store, see_reference, seen, place->error), place->error);
    assert_string_equal(seen[0], "-");
    assert_string_equal(seen[1], "-");
    assert_string_equal(seen[2], "rent");
    assert_string_equal(seen[3], "");
    prom_store_close(store);
}

static void counts_only_rise(void **state)
{
    const struct place *place = *state;
    prom_error *error = place->error;
    prom_store *store = open_store(place);
    prom_store_used used = {7, 7, 7};
    assert_ok(prom_store_used_get(store, &used, error), error);
    assert_int_equal(used.addresses + used.channels + used.own, 0);
    assert_ok(prom_store_begin(store, error), error);
    assert_ok(prom_store_used_raise(store, &(prom_store_used){.addresses = 5, .own = 3}, error), error);
    assert_ok(prom_store_used_raise(store, &(prom_store_used){.addresses = 4, .channels = 9}, error), error);
    assert_ok(prom_store_used_raise(store, &(prom_store_used){.channels = 8, .own = 2}, error), error);
    assert_ok(prom_store_commit(store, error), error);
    assert_ok(prom_store_used_get(store, &used, error), error);
    assert_true(used.addresses == 5 && used.channels == 9 && used.own == 3);
    prom_store_channel channel = {.role = 1, .name = "a"};
    assert_ok(prom_store_begin(store, error), error);
    assert_ok(prom_store_channel_add(store, &channel, error), error);
    assert_ok(prom_store_commit(store, error), error);
    assert_int_equal((uint32_t)channel.number, 10); /* no number that a payment has taken */
    assert_fails(prom_store_used_raise(store, &used, error), PROM_CATEGORY_MISUSE, error, "");
    prom_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(payments_are_kept),
        STORE_TEST(references_are_of_one_payment),
        STORE_TEST(counts_only_rise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
