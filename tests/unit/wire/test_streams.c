/* Each message exactly once and in order, over links that lose, repeat and reorder, and through crashes of both sides.
 */
#include "support.h"

#include "wire/streams.h"

enum { MESSAGES = 400, ON_THE_WAY_MAX = 64, RUNS = 300 };

struct letter {
    bool back; /* an acknowledgement */
    uint32_t generation;
    uint64_t number;
};

/* What is on disk of both sides, what they hold in memory, and the link between them. */
struct run {
    uint64_t random;
    prom_outgoing out;
    uint64_t outbox_first; /* on disk: the outbox holds from here to its last */
    uint64_t outbox_last;
    prom_incoming in; /* on disk */
    uint64_t taken;   /* messages, at the receiver */
    struct letter way[ON_THE_WAY_MAX];
    size_t count;
    unsigned lost; /* in a hundred */
    unsigned repeated;
    unsigned crashes;
};

static bool chance(struct run *run, unsigned hundredths)
{
    return random_below(&run->random, 100) < hundredths;
}

static void put(struct run *run, struct letter letter)
{
    for (unsigned copies = chance(run, run->repeated) ? 2 : 1; copies > 0; copies--) {
        if (run->count < ON_THE_WAY_MAX && !chance(run, run->lost)) {
            run->way[run->count++] = letter;
        }
    }
}

static void acknowledge(struct run *run)
{
    put(run, (struct letter){true, run->in.generation, run->in.number});
}

static void take(struct run *run, struct letter letter)
{
    const prom_arrival arrival = prom_incoming_judge(&run->in, letter.generation, letter.number);
    if (arrival == PROM_ARRIVAL_NEXT) {
        if (chance(run, 10)) {
            return; /* it came too early for its channel: nothing is written, nothing acknowledged */
        }
        prom_incoming_take(&run->in, letter.generation, letter.number);
        run->taken++;
        assert_int_equal(letter.number, run->taken); /* in order, none twice, none left out */
    }
    if (arrival != PROM_ARRIVAL_GAP) {
        acknowledge(run);
    }
}

static void deliver(struct run *run)
{
    if (run->count == 0) {
        return;
    }
    const size_t at = random_below(&run->random, run->count);
    const struct letter letter = run->way[at];
    run->way[at] = run->way[--run->count];
    if (!letter.back) {
        take(run, letter);
    } else if (prom_outgoing_acknowledge(&run->out, letter.generation, letter.number)) {
        run->outbox_first = run->out.acknowledged + 1;
    }
}

static void send_some(struct run *run)
{
    uint64_t number = 0;
    while ((number = prom_outgoing_next(&run->out)) != 0) {
        assert_true(number >= run->outbox_first && number <= run->outbox_last);
        assert_true(number - run->out.acknowledged <= PROM_STREAM_WINDOW);
        put(run, (struct letter){false, run->out.generation, number});
        prom_outgoing_sent(&run->out);
    }
}

static void do_something(struct run *run)
{
    if (run->outbox_last < MESSAGES && chance(run, 20)) {
        run->outbox_last = prom_outgoing_add(&run->out);
    }
    if (chance(run, run->crashes)) { /* the sender's memory is gone, and the link's */
        run->out = prom_outgoing_loaded(run->out.generation, run->outbox_first, run->outbox_last);
        run->count = 0;
    }
    if (chance(run, 5)) {
        prom_outgoing_again(&run->out);
    }
    send_some(run);
    deliver(run);
}

static void test_each_exactly_once(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < RUNS; seed++) {
        struct run run = {.random = seed, .outbox_first = 1};
        run.out = prom_outgoing_loaded(3, 1, 0);
        run.lost = (unsigned)random_below(&run.random, 60);
        run.repeated = (unsigned)random_below(&run.random, 60);
        run.crashes = (unsigned)random_below(&run.random, 5);
        for (size_t i = 0; i < 400000 && run.outbox_first <= MESSAGES; i++) {
            do_something(&run);
        }
        assert_int_equal(run.taken, MESSAGES);
        assert_int_equal(run.out.acknowledged, MESSAGES);
    }
}

static void test_acknowledgements_that_cannot_be(void **state)
{
    (void)state;
    prom_outgoing out = prom_outgoing_loaded(2, 1, 0);
    for (size_t i = 0; i < 5; i++) {
        (void)prom_outgoing_add(&out);
    }
    assert_false(prom_outgoing_acknowledge(&out, 2, 6)); /* of what was never sent */
    assert_false(prom_outgoing_acknowledge(&out, 1, 3)); /* of the database before the restore */
    assert_false(prom_outgoing_acknowledge(&out, 3, 3));
    assert_true(prom_outgoing_acknowledge(&out, 2, 3));
    assert_false(prom_outgoing_acknowledge(&out, 2, 3)); /* again, and of before */
    assert_false(prom_outgoing_acknowledge(&out, 2, 2));
    assert_int_equal(out.acknowledged, 3);
    assert_int_equal(prom_outgoing_next(&out), 4); /* though 1 to 3 were not sent since the start */
}

static void test_a_start(void **state)
{
    (void)state;
    assert_int_equal(prom_outgoing_loaded(1, 4, 9).acknowledged, 3);
    assert_int_equal(prom_outgoing_loaded(1, 10, 9).acknowledged, 9); /* all were acknowledged */
    const prom_outgoing empty = prom_outgoing_loaded(1, 1, 0);
    assert_int_equal(prom_outgoing_next(&empty), 0);
}

static void test_generations(void **state)
{
    (void)state;
    prom_incoming in = {0};
    assert_int_equal(prom_incoming_judge(&in, 0, 1), PROM_ARRIVAL_NEXT);
    assert_int_equal(prom_incoming_judge(&in, 1, 1), PROM_ARRIVAL_NEXT);
    assert_int_equal(prom_incoming_judge(&in, 1, 2), PROM_ARRIVAL_GAP);
    prom_incoming_take(&in, 1, 1);
    assert_int_equal(prom_incoming_judge(&in, 1, 1), PROM_ARRIVAL_OLD);
    assert_int_equal(prom_incoming_judge(&in, 1, 2), PROM_ARRIVAL_NEXT);
    assert_int_equal(prom_incoming_judge(&in, 1, 3), PROM_ARRIVAL_GAP);
    assert_int_equal(prom_incoming_judge(&in, 2, 2), PROM_ARRIVAL_GAP); /* of a new database, from its beginning */
    assert_int_equal(prom_incoming_judge(&in, 2, 1), PROM_ARRIVAL_NEXT);
    prom_incoming_take(&in, 2, 1);
    assert_int_equal(prom_incoming_judge(&in, 1, 2), PROM_ARRIVAL_OLD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_exactly_once),
        cmocka_unit_test(test_acknowledgements_that_cannot_be),
        cmocka_unit_test(test_a_start),
        cmocka_unit_test(test_generations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
