#include "support.h"

#include "wire/frame.h"
#include "wire/packet.h"

static void test_frames_in_every_part(void **state)
{
    (void)state;
    uint8_t frame[PROM_FRAME_HEAD + 7] = {0};
    prom_span packet;
    size_t needed = 0;
    prom_frame_head(frame, 5);
    for (size_t come = 0; come < PROM_FRAME_HEAD + 5; come++) {
        assert_int_equal(prom_frame_find(&packet, &needed, prom_span_of(frame, come)), PROM_FRAME_MORE);
        assert_int_equal(needed, come < PROM_FRAME_HEAD ? 0 : PROM_FRAME_HEAD + 5);
    }
    for (size_t come = PROM_FRAME_HEAD + 5; come <= sizeof frame; come++) {
        assert_int_equal(prom_frame_find(&packet, &needed, prom_span_of(frame, come)), PROM_FRAME_WHOLE);
        assert_int_equal(packet.length, 5);
        assert_ptr_equal(packet.data, frame + PROM_FRAME_HEAD);
    }
}

static void test_lengths_that_cannot_be(void **state)
{
    (void)state;
    uint8_t head[PROM_FRAME_HEAD];
    prom_span packet;
    size_t needed = 0;
    const size_t wrong[] = {0, PROM_FRAME_MAX + 1, UINT32_MAX};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        prom_frame_head(head, wrong[i]);
        assert_int_equal(prom_frame_find(&packet, &needed, prom_span_of(head, sizeof head)), PROM_FRAME_NONE);
        assert_int_equal(needed, 0);
    }
    prom_frame_head(head, PROM_FRAME_MAX);
    assert_int_equal(prom_frame_find(&packet, &needed, prom_span_of(head, sizeof head)), PROM_FRAME_MORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_in_every_part),
        cmocka_unit_test(test_lengths_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
