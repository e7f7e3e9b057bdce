/* The watcher's thread: what it tells arrives in order and bounded, jobs run, and it ends whatever bitcoind does. */
#include "chain/fake_node.h"

#include <poll.h>
#include <stdatomic.h>

#include "chain/chain.h"
#include "chain/watcher_thread.h"
#include "system/clock.h"

enum { LONG = 3600000, PATIENCE = 10000 };

static prom_watcher_thread *watch(fake_node *node, uint32_t height, int64_t interval)
{
    const prom_watcher_thread_start start = {
        .start = {.network = node->network, .height = height, .needed = UINT32_MAX},
        .url = node->url,
        .cookie_file = node->cookie_file,
        .interval = interval,
    };
    prom_watcher_thread *thread = NULL;
    assert_ok(prom_watcher_thread_new(&thread, &start, &node->error), &node->error);
    return thread;
}

/* The next event, waited for by the descriptor. */
static prom_watcher_event next(prom_watcher_thread *thread)
{
    prom_watcher_event event;
    struct pollfd readable = {.fd = prom_watcher_thread_descriptor(thread), .events = POLLIN};
    assert_int_equal(poll(&readable, 1, PATIENCE), 1);
    assert_true(prom_watcher_thread_next(thread, &event));
    return event;
}

static void assert_nothing_waits(prom_watcher_thread *thread)
{
    prom_watcher_event event;
    struct pollfd readable = {.fd = prom_watcher_thread_descriptor(thread), .events = POLLIN};
    assert_int_equal(poll(&readable, 1, 0), 0);
    assert_false(prom_watcher_thread_next(thread, &event));
}

static void blocks_arrive_in_order(void **state)
{
    (void)state;
    fake_node *node = fake_node_start("regtest", NULL, NULL);
    fake_mine(node, 400, 0); /* more than the queue holds */
    prom_watcher_thread *thread = watch(node, 0, LONG);
    size_t healths = 0;
    for (uint32_t height = 0; height < 400;) {
        PROM_SCOPED(prom_watcher_event_free) prom_watcher_event event = next(thread);
        if (event.kind == PROM_WATCHER_HEALTH) {
            healths++;
            continue;
        }
        const prom_bytes32 hash = fake_hash_at(node, ++height);
        assert_int_equal(event.kind, PROM_WATCHER_CONNECTED);
        assert_int_equal(event.told.block.height, height);
        assert_true(prom_bytes32_equal(&event.told.block.hash, &hash));
        assert_int_equal(event.told.block.txs[0]->output_count, 1);
    }
    PROM_SCOPED(prom_watcher_event_free) prom_watcher_event last = next(thread);
    assert_int_equal(last.health.trouble, PROM_CHAIN_FINE);
    assert_true(healths >= 1);
    assert_nothing_waits(thread);
    fake_reorganise(node, 1, 2, 1);
    prom_watcher_thread_look(thread);
    static const prom_watcher_event_kind KINDS[] = {PROM_WATCHER_DISCONNECTED, PROM_WATCHER_CONNECTED,
                                                    PROM_WATCHER_CONNECTED};
    for (size_t i = 0; i < COUNT_OF(KINDS); i++) {
        PROM_SCOPED(prom_watcher_event_free) prom_watcher_event event = next(thread);
        assert_int_equal(event.kind, KINDS[i]);
        assert_int_equal(event.kind == PROM_WATCHER_DISCONNECTED ? event.height : event.told.block.height,
                         i == 2 ? 401 : 400);
    }
    prom_watcher_thread_free(&thread);
    fake_node_stop(node);
}

static void queue_is_bounded(void **state)
{
    (void)state;
    fake_node *node = fake_node_start("regtest", NULL, NULL);
    fake_mine(node, 600, 0);
    prom_watcher_thread *thread = watch(node, 0, LONG);
    size_t calls = 0;
    for (size_t still = 0; still < 5;) { /* until it asks for no further blocks */
        const struct pollfd nothing = {.fd = -1};
        struct pollfd waits = nothing;
        (void)poll(&waits, 1, 100);
        (void)pthread_mutex_lock(&node->lock);
        still = node->calls > calls ? 0 : still + 1;
        calls = node->calls;
        (void)pthread_mutex_unlock(&node->lock);
    }
    size_t waiting = 0;
    size_t healths = 0;
    prom_watcher_event event;
    fake_mine(node, 1, 0);
    (void)pthread_mutex_lock(&node->lock); /* so that no more come in between */
    while (prom_watcher_thread_next(thread, &event)) {
        waiting += event.kind == PROM_WATCHER_CONNECTED;
        healths += event.kind == PROM_WATCHER_HEALTH;
        prom_watcher_event_free(&event);
    }
    (void)pthread_mutex_unlock(&node->lock);
    assert_in_range(waiting, PROM_WATCHER_QUEUE_MAX - 1, PROM_WATCHER_QUEUE_MAX);
    assert_int_equal(healths, 1);
    for (uint32_t height = (uint32_t)waiting; height < 601; height += event.kind == PROM_WATCHER_CONNECTED) {
        event = next(thread);
        prom_watcher_event_free(&event);
    }
    prom_watcher_thread_free(&thread);
    fake_node_stop(node);
}

typedef struct question {
    size_t number;
    uint32_t height;
    bool answered;
    bool dropped;
    prom_error error;
} question;

static void drop(void *context)
{
    question *asked = context;
    asked->dropped = true;
}

static void ask(void *context, prom_rpc *rpc)
{
    question *asked = context;
    prom_chain_info info;
    asked->answered = prom_is_ok(prom_chain_get_info(rpc, &info, &asked->error));
    asked->height = info.height;
}

static void jobs_run_in_their_order(void **state)
{
    (void)state;
    fake_node *node = fake_node_start("regtest", NULL, NULL);
    fake_mine(node, 3, 0);
    prom_watcher_thread *thread = watch(node, 3, LONG);
    question questions[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
    for (size_t i = 0; i < COUNT_OF(questions); i++) {
        const prom_watcher_job job = {ask, drop, &questions[i]};
        assert_ok(prom_watcher_thread_ask(thread, &job, &node->error), &node->error);
    }
    for (size_t done = 0; done < COUNT_OF(questions);) {
        PROM_SCOPED(prom_watcher_event_free) prom_watcher_event event = next(thread);
        if (event.kind == PROM_WATCHER_DONE) {
            const question *asked = event.job.context;
            assert_int_equal(asked->number, done++);
            assert_true(asked->answered && !asked->dropped);
            assert_int_equal(asked->height, 3);
        }
    }
    prom_watcher_thread_free(&thread);
    fake_node_stop(node);
}

/* Blocks wait, and nobody takes them: the answer is heard nevertheless. */
static void answers_pass_what_waits(void **state)
{
    (void)state;
    fake_node *node = fake_node_start("regtest", NULL, NULL);
    fake_mine(node, 3, 0);
    prom_watcher_thread *thread = watch(node, 0, LONG);
    PROM_SCOPED(prom_watcher_event_free) prom_watcher_event first = next(thread);
    assert_int_equal(first.kind, PROM_WATCHER_CONNECTED);
    question asked = {.number = 0};
    const prom_watcher_job job = {ask, drop, &asked};
    prom_watcher_event answer;
    assert_false(prom_watcher_thread_answer(thread, &answer));
    assert_ok(prom_watcher_thread_ask(thread, &job, &node->error), &node->error);
    const int64_t end = prom_clock_milliseconds() + PATIENCE;
    while (!prom_watcher_thread_answer(thread, &answer) && prom_clock_milliseconds() < end) {
        (void)poll(NULL, 0, 1);
    }
    assert_int_equal(answer.kind, PROM_WATCHER_DONE);
    assert_ptr_equal(answer.job.context, &asked);
    PROM_SCOPED(prom_watcher_event_free) prom_watcher_event second = next(thread);
    assert_int_equal(second.told.block.height, 2);
    prom_watcher_thread_free(&thread);
    fake_node_stop(node);
}

/* A listener that accepts and never answers. */
static void ends_though_bitcoind_does_not_answer(void **state)
{
    (void)state;
    fake_node *node = fake_node_start("regtest", NULL, NULL);
    (void)pthread_mutex_lock(&node->lock);
    prom_watcher_thread *thread = watch(node, 0, LONG);
    question asked = {.number = 0};
    const prom_watcher_job job = {ask, drop, &asked};
    assert_ok(prom_watcher_thread_ask(thread, &job, &node->error), &node->error);
    const struct pollfd nothing = {.fd = -1};
    struct pollfd waits = nothing;
    (void)poll(&waits, 1, 200);
    const int64_t began = prom_clock_milliseconds();
    prom_watcher_thread_free(&thread);
    assert_in_range(prom_clock_milliseconds() - began, 0, 5000);
    assert_true(!asked.answered && asked.dropped);
    (void)pthread_mutex_unlock(&node->lock);
    fake_node_stop(node);
}

static void start_is_checked(void **state)
{
    (void)state;
    const prom_watcher_thread_start remote = {.url = "http://192.0.2.1:8332", .cookie_file = "none"};
    const prom_watcher_thread_start odd = {
        .url = "http://127.0.0.1:1", .cookie_file = "none", .start = {.hash_count = 2}};
    prom_watcher_thread *thread = NULL;
    prom_error error = {{0}};
    assert_fails(prom_watcher_thread_new(&thread, &remote, &error), PROM_CATEGORY_BAD_INPUT, &error, "on this machine");
    assert_null(thread);
    assert_fails(prom_watcher_thread_new(&thread, &odd, &error), PROM_CATEGORY_MISUSE, &error, "no 2 blocks");
    assert_null(thread);
    prom_watcher_thread_free(&thread);
}

/* However fast questions follow each other, blocks are looked for as often as ever: whoever makes a node ask, by
 * messages say, does not blind it. */
static void questions_do_not_hide_blocks(void **state)
{
    (void)state;
    fake_node *node = fake_node_start("regtest", NULL, NULL);
    fake_mine(node, 1, 0);
    prom_watcher_thread *thread = watch(node, 0, 200);
    question asked = {.number = 0};
    const prom_watcher_job job = {ask, drop, &asked};
    const int64_t end = prom_clock_milliseconds() + PATIENCE;
    uint32_t height = 0;
    assert_ok(prom_watcher_thread_ask(thread, &job, &node->error), &node->error);
    while (height < 3 && prom_clock_milliseconds() < end) {
        PROM_SCOPED(prom_watcher_event_free) prom_watcher_event event = next(thread);
        if (event.kind == PROM_WATCHER_DONE) {
            assert_ok(prom_watcher_thread_ask(thread, &job, &node->error), &node->error);
        } else if (event.kind == PROM_WATCHER_CONNECTED) {
            height = event.told.block.height;
            fake_mine(node, 1, 0);
        }
    }
    assert_int_equal(height, 3);
    prom_watcher_thread_free(&thread);
    fake_node_stop(node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_arrive_in_order),  cmocka_unit_test(queue_is_bounded),
        cmocka_unit_test(jobs_run_in_their_order), cmocka_unit_test(questions_do_not_hide_blocks),
        cmocka_unit_test(answers_pass_what_waits), cmocka_unit_test(ends_though_bitcoind_does_not_answer),
        cmocka_unit_test(start_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
