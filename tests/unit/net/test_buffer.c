#include "support.h"

#include "net/buffer.h"

enum { ROOM_MAX = 1 << 16 };

/* Against a plain copy of what should wait. */
static void test_bytes_come_out_as_they_went_in(void **state)
{
    (void)state;
    uint64_t random = 1;
    prom_net_room room = {ROOM_MAX, 0};
    prom_net_buffer buffer = {0};
    static uint8_t plain[ROOM_MAX];
    size_t waiting = 0;
    for (size_t i = 0; i < 20000; i++) {
        uint8_t bytes[600];
        const size_t length = random_below(&random, sizeof bytes + 1);
        random_bytes(&random, bytes, length);
        if (prom_net_buffer_add(&buffer, &room, prom_span_of(bytes, length))) {
            memcpy(plain + waiting, bytes, length);
            waiting += length;
        }
        const size_t gone = random_below(&random, waiting / 2 + 2) % (waiting + 1);
        prom_net_buffer_drop(&buffer, &room, gone);
        memmove(plain, plain + gone, waiting - gone);
        waiting -= gone;
        assert_true(prom_span_equal(prom_net_buffer_bytes(&buffer), prom_span_of(plain, waiting)));
        assert_true(room.taken <= room.most && room.taken == buffer.size);
    }
    prom_net_buffer_drop(&buffer, &room, waiting);
    assert_int_equal(room.taken, 0); /* an empty one holds nothing */
    assert_null(buffer.data);
}

static void test_the_room_is_shared(void **state)
{
    (void)state;
    prom_net_room room = {ROOM_MAX, 0};
    prom_net_buffer a = {0};
    prom_net_buffer b = {0};
    assert_true(prom_net_buffer_reserve(&a, &room, ROOM_MAX - 4096));
    assert_false(prom_net_buffer_reserve(&b, &room, 4097));
    assert_int_equal(prom_net_buffer_free_bytes(&b), 0);
    assert_true(prom_net_buffer_reserve(&b, &room, 4096));
    assert_false(prom_net_buffer_reserve(&b, &room, SIZE_MAX - 4096));
    assert_int_equal(room.taken, ROOM_MAX);
    prom_net_buffer_free(&a, &room);
    assert_true(prom_net_buffer_reserve(&b, &room, ROOM_MAX / 2));
    prom_net_buffer_free(&b, &room);
    assert_int_equal(room.taken, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_come_out_as_they_went_in),
        cmocka_unit_test(test_the_room_is_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
