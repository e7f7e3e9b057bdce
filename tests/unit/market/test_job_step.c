/* Whole jobs in a world of workers that do what they like, with crashes at any moment, words that come twice, late or
 * in another order, and blocks in between. What is true is the world's; the job hears of it. */
#include "market/orders.h"

enum {
    WORLDS = 200,
    TURNS_MAX = 6000,
    WORKERS = 14,
    ITEMS_MAX = 60,
};

/* What becomes of a contract, whatever the job thinks. */
typedef enum fate {
    HANGS,       /* in its setup */
    REFUSED,     /* its setup ends */
    SILENT,      /* #1 */
    BAD,         /* #4 */
    GOOD,        /* #3 */
    VERIFIER,    /* #2, with a result */
    APPEALED,    /* #7, with a result, after all seemed lost */
    UNDECIDED,   /* #5 */
    PACKAGELESS, /* #2, and nobody has the package */
    FATES,
} fate;

struct contract {
    bool there; /* begun */
    fate fate;
    unsigned age; /* turns since it was begun */
    bool live;
    bool over;
    uint8_t end;
    bool lost;   /* it is certain, and may be told, that it gives nothing */
    bool result; /* its output is here */
};

struct world {
    fixture *test;
    prom_market_job *job; /* in memory */
    prom_span disk;       /* what of it is written */
    prom_arena arena;     /* of this turn */
    prom_arena kept[2];   /* what is on disk, one after the other */
    unsigned turn;
    uint64_t random;
    uint32_t tip;
    struct contract contracts[PROM_JOB_ATTEMPTS_MAX + 1]; /* by attempt */
    prom_order order;
    size_t crashes;
};

static uint64_t dice(struct world *world, uint64_t sides)
{
    return random_below(&world->random, sides);
}

/* -- The disk -- */

static void write_job(struct world *world)
{
    prom_error *error = &world->test->error;
    prom_arena *arena = &world->kept[world->turn++ % 2];
    prom_span bytes;
    prom_arena_free(arena);
    assert_ok(prom_market_job_write(arena, &bytes, world->job, error), error);
    world->disk = bytes;
}

/* What was in memory is gone; what is read is what was written, to the byte. */
static void crash(struct world *world)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_market_job *read = NULL;
    prom_span again;
    prom_error *error = &world->test->error;
    prom_arena_init(&scratch, (size_t)1 << 24);
    assert_ok(prom_market_job_read(&scratch, &read, world->disk, error), error);
    assert_ok(prom_market_job_write(&scratch, &again, read, error), error);
    assert_true(prom_span_equal(again, world->disk));
    *world->job = *read;
    world->crashes++;
}

/* -- What must hold -- */

static bool overlap(const prom_attempt *a, const prom_attempt *b)
{
    return a->first < b->first + b->items && b->first < a->first + a->items;
}

/* A new attempt: nobody else can give these items any more, the worker has not failed with one of them, no cap is
 * exceeded. */
static void check_placement(const struct world *world)
{
    const prom_market_job *job = world->job;
    const prom_attempt *new = &job->attempts[job->attempt_count - 1];
    for (size_t i = 0; i + 1 < job->attempt_count; i++) {
        const prom_attempt *old = &job->attempts[i];
        const struct contract *truth = &world->contracts[old->number];
        if (overlap(old, new)) {
            assert_true(truth->lost || (truth->over && !truth->live));
            const bool fault = old->loss != PROM_MISHAP_CANCELLED && old->loss != PROM_MISHAP_NEEDLESS;
            assert_false(fault && prom_bytes32_equal(&old->worker, &new->worker));
        }
    }
    const prom_job_sums sums = prom_market_job_sums(job);
    const prom_amount all = prom_amount_add(prom_amount_add(sums.spent, sums.promised), sums.fees);
    assert_true(prom_amount_at_least(job->order.caps.job, all));
    assert_true(prom_amount_at_least(job->order.caps.fees, sums.fees));
    assert_true(prom_amount_at_least(job->order.caps.peer, prom_market_job_with(job, &new->worker)));
}

/* One event, which a crash may swallow before it is written. Returns whether it was taken. */
static bool tell(struct world *world, prom_job_event event)
{
    prom_job_outcome outcome;
    prom_error *error = &world->test->error;
    const size_t attempts = world->job->attempt_count;
    assert_ok(prom_market_job_step(world->job, &event, &outcome, error), error);
    assert_ok(prom_market_job_check(world->job, error), error);
    if (dice(world, 40) == 0) {
        crash(world); /* the step was never written */
        return false;
    }
    if (world->job->attempt_count > attempts) {
        check_placement(world);
    }
    write_job(world);
    return outcome.changed;
}

/* -- The world -- */

static uint8_t end_of(fate what)
{
    static const uint8_t ends[FATES] = {
        [SILENT] = 1, [BAD] = 4, [GOOD] = 3, [VERIFIER] = 2, [APPEALED] = 7, [UNDECIDED] = 5, [PACKAGELESS] = 2};
    return ends[what];
}

/* A contract gets older. */
static void age(struct world *world, struct contract *it)
{
    it->age++;
    if (it->over && !it->live) {
        return;
    }
    if (!it->live) {
        const bool refused = it->fate == REFUSED && it->age > 3;
        it->over = refused;
        it->lost = refused;
        it->live = it->fate > REFUSED && it->age > 2 + dice(world, 6);
        return;
    }
    const bool fails = it->fate == SILENT || it->fate == BAD || it->fate == UNDECIDED || it->fate == APPEALED;
    it->lost = it->lost || (fails && it->age > 20 + dice(world, 20)) || (it->fate == PACKAGELESS && it->age > 60);
    it->result = it->result || ((it->fate == GOOD || it->fate == VERIFIER) && it->age > 12 + dice(world, 30)) ||
                 (it->fate == APPEALED && it->age > 55);
    if (it->age > 30 + dice(world, 40)) {
        it->over = true;
        it->end = end_of(it->fate);
        it->lost = it->lost || fails;
        it->result = it->result || it->fate == APPEALED;
    }
}

/* Everything that is true of a contract now, one thing of it: in any order, as often as it comes. */
static prom_job_event news_of(struct world *world, uint32_t number)
{
    const struct contract *it = &world->contracts[number];
    const unsigned phase = it->age / 8 + 1;
    switch (dice(world, 6)) {
    case 0:
        if (it->there) {
            return begun(number, 1000 + number);
        }
        break;
    case 1:
        if (it->live) {
            return about(PROM_JOB_EVENT_LIVE, number);
        }
        break;
    case 2:
        if (it->live) {
            return at_phase(number, phase < PROM_ATTEMPT_OVER ? (prom_attempt_phase)phase : PROM_ATTEMPT_VERDICT);
        }
        break;
    case 3:
        if (it->lost && it->live) {
            return lost(number, it->fate == BAD           ? PROM_MISHAP_BAD
                                : it->fate == PACKAGELESS ? PROM_MISHAP_OUTPUT
                                                          : PROM_MISHAP_SILENT);
        }
        break;
    case 4:
        if (it->result) {
            return result(number);
        }
        break;
    default:
        if (it->over) {
            return closed(number, it->end);
        }
        break;
    }
    return tip(world->tip);
}

/* -- The driver: does what is wanted, of facts that are written -- */

static void place(struct world *world, const prom_job_part *part)
{
    const prom_job_part wanted = *part;
    const uint32_t items = dice(world, 3) == 0 ? 1 + (uint32_t)dice(world, wanted.items) : wanted.items;
    prom_job_event event = placed(wanted.first, items, (size_t)dice(world, WORKERS));
    event.as.placed.cost = prom_amount_of(500 + dice(world, 1000));
    if (dice(world, 5) == 0) {
        const prom_job_event none = {.kind = PROM_JOB_EVENT_UNPLACED,
                                     .as.unplaced = {.first = wanted.first, .reason = PROM_REASON_BUSY}};
        (void)tell(world, none);
        return;
    }
    (void)tell(world, event);
    if (dice(world, 4) == 0) {
        (void)tell(world, event); /* once more: the part does not wait any longer, or is another one */
    }
}

static void do_want(struct world *world, const prom_job_want *want)
{
    if (want->kind == PROM_JOB_WANT_PLACE) {
        place(world, want->part);
        return;
    }
    if (want->kind == PROM_JOB_WANT_MERGE) {
        (void)tell(world, about(PROM_JOB_EVENT_MERGED, 0));
        return;
    }
    struct contract *it = &world->contracts[want->attempt->number];
    if (want->kind == PROM_JOB_WANT_BEGIN && !it->there && !it->over) {
        it->there = true;
        it->fate = (fate)dice(world, FATES);
    } else if (want->kind == PROM_JOB_WANT_GIVE_UP && !it->live) {
        it->over = true;
        it->lost = true;
        it->end = PROM_ATTEMPT_UNSIGNED;
    }
}

static void turn(struct world *world)
{
    prom_job_want wants[PROM_JOB_WANTS_MAX];
    if (dice(world, 3) == 0) {
        world->tip += 1;
        (void)tell(world, tip(world->tip));
    }
    for (uint32_t i = 1; i <= world->job->attempt_count; i++) {
        if (world->contracts[i].there) {
            age(world, &world->contracts[i]);
        }
        if (dice(world, 2) == 0) {
            (void)tell(world, news_of(world, i));
        }
    }
    const size_t count = prom_market_job_wants(world->job, wants);
    if (count > 0 && dice(world, 2) == 0) {
        do_want(world, &wants[dice(world, count)]);
    }
    if (dice(world, 60) == 0) {
        crash(world);
    }
    if (dice(world, 900) == 0) {
        (void)tell(world, about(PROM_JOB_EVENT_CANCEL, 0));
    }
}

/* What was paid is what the world's contracts cost; every item that has an output has one. */
static void check_end(const struct world *world)
{
    const prom_market_job *job = world->job;
    uint64_t paid = 0;
    uint32_t done = 0;
    for (uint32_t i = 1; i <= job->attempt_count; i++) {
        const struct contract *it = &world->contracts[i];
        assert_true(it->over);
        paid += it->end == 2 || it->end == 3 || it->end == 7 ? 1000 : 0;
    }
    assert_int_equal(sat_of(prom_market_job_sums(job).spent), paid);
    assert_int_equal(sat_of(prom_market_job_sums(job).promised), 0);
    for (size_t i = 0; i < job->part_count; i++) {
        if (job->parts[i].state == PROM_PART_DONE) {
            done += job->parts[i].items;
            assert_true(world->contracts[job->parts[i].attempt].result);
        }
    }
    assert_int_equal(done == job->order.items, job->end == PROM_JOB_END_DONE);
    assert_int_equal(done > 0, job->end == PROM_JOB_END_DONE || job->end == PROM_JOB_END_PARTLY);
    assert_int_equal(done > 0, job->merged);
}

static void play(fixture *test, uint64_t seed, size_t *ends, size_t *crashes)
{
    static struct world world;
    unsigned turns = 0;
    world = (struct world){.test = test, .random = seed, .tip = BEGIN_TIP};
    prom_arena_init(&world.kept[0], (size_t)1 << 24);
    prom_arena_init(&world.kept[1], (size_t)1 << 24);
    world.order = plain_order(1 + (uint32_t)dice(&world, ITEMS_MAX));
    world.order.failures_max = (uint8_t)(1 + dice(&world, 6));
    world.order.search_blocks = 30 + (uint32_t)dice(&world, 60);
    if (dice(&world, 2) == 0) {
        world.order.caps.job = prom_amount_of(1500 + dice(&world, 9000));
        world.order.caps.peer = prom_amount_of(1000 + dice(&world, 4000));
        world.order.caps.fees = prom_amount_of(100 + dice(&world, 900));
    }
    world.job = new_job(test, &world.order);
    write_job(&world);
    while (world.job->state != PROM_JOB_ENDED) {
        if (turns++ == TURNS_MAX) {
            fail_msg("world %llu does not end", (unsigned long long)seed);
        }
        turn(&world);
    }
    check_end(&world);
    ends[world.job->end]++;
    *crashes += world.crashes;
    prom_arena_free(&world.kept[0]);
    prom_arena_free(&world.kept[1]);
}

static void test_worlds(void **state)
{
    size_t ends[PROM_JOB_ENDS] = {0};
    size_t crashes = 0;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        play(*state, seed, ends, &crashes);
    }
    for (unsigned end = PROM_JOB_END_DONE; end < PROM_JOB_ENDS; end++) {
        if (ends[end] == 0) {
            fail_msg("no job ended as '%s'", prom_job_end_name(end));
        }
    }
    assert_true(crashes > WORLDS);
}

/* -- On disk -- */

static void test_bytes_that_are_no_job(void **state)
{
    fixture *test = *state;
    const prom_order order = plain_order(9);
    prom_market_job *job = new_job(test, &order);
    prom_market_job *read = NULL;
    prom_span bytes;
    (void)take(test, job, placed(0, 4, 1));
    (void)take(test, job, placed(4, 5, 2));
    (void)take(test, job, result(1));
    job->parts[1].reason = PROM_REASON_BUSY;
    assert_ok(prom_market_job_write(&test->arena, &bytes, job, &test->error), &test->error);
    assert_ok(prom_market_job_read(&test->arena, &read, bytes, &test->error), &test->error);
    assert_int_equal(read->parts[1].reason, PROM_REASON_BUSY);
    assert_int_equal(read->attempts[1].since, BEGIN_TIP);
    for (size_t length = 0; length < bytes.length; length += 7) {
        assert_fails(prom_market_job_read(&test->arena, &read, prom_span_of(bytes.data, length), &test->error),
                     PROM_CATEGORY_BROKEN, &test->error, "job");
    }
    uint64_t random = 3;
    for (size_t i = 0; i < 3000; i++) { /* whatever is changed: another job that can be, or none */
        PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
        uint8_t *changed = exact_copy(bytes.data, bytes.length);
        prom_span again;
        prom_arena_init(&arena, (size_t)1 << 22);
        changed[random_below(&random, bytes.length)] ^= (uint8_t)(1 << random_below(&random, 8));
        changed[random_below(&random, bytes.length)] ^= (uint8_t)random_below(&random, 2);
        const prom_span mutant = prom_span_of(changed, bytes.length);
        if (prom_is_ok(prom_market_job_read(&arena, &read, mutant, &test->error))) {
            assert_ok(prom_market_job_write(&arena, &again, read, &test->error), &test->error);
            assert_true(prom_span_equal(again, mutant));
        }
        free(changed);
    }
}

/* Facts that no step makes are found out. */
static void test_facts_that_cannot_be(void **state)
{
    fixture *test = *state;
    const prom_order order = plain_order(9);
    prom_market_job *job = new_job(test, &order);
    (void)take(test, job, placed(0, 4, 1));
    (void)take(test, job, placed(4, 5, 2));
    (void)take(test, job, result(1));
    prom_market_job *bad = NULL;
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, (size_t)1 << 24);
    for (unsigned i = 0; i < 12; i++) {
        void *memory = NULL;
        assert_ok(prom_arena_alloc(&arena, &memory, 1, sizeof *bad, &test->error), &test->error);
        bad = memory;
        *bad = *job;
        switch (i) {
        case 0:
            bad->parts[1].first = 5;
            break;
        case 1:
            bad->parts[1].items = 4;
            break;
        case 2:
            bad->parts[0].attempt = 2;
            break;
        case 3:
            bad->parts[1].state = PROM_PART_WAITING;
            break;
        case 4:
            bad->parts[1].attempt = 0;
            break;
        case 5:
            bad->attempts[0].has_result = false;
            break;
        case 6:
            bad->attempts[1].number = 7;
            break;
        case 7:
            bad->attempts[1].phase = PROM_ATTEMPT_PROOF; /* and not live */
            break;
        case 8:
            bad->attempts[1].items = 6;
            break;
        case 9:
            bad->state = PROM_JOB_ENDED;
            break;
        case 10:
            bad->parts[1].failed_count = 7;
            break;
        default:
            bad->parts[1].attempt = 0; /* it waits, and somebody may still give it */
            bad->parts[1].state = PROM_PART_WAITING;
            break;
        }
        assert_fails(prom_market_job_check(bad, &test->error), PROM_CATEGORY_BROKEN, &test->error, "cannot be");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_worlds),
        FIXTURE_TEST(test_bytes_that_are_no_job),
        FIXTURE_TEST(test_facts_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
