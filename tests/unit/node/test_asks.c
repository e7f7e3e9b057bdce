#include "node/host.h"

/* What bitcoind does not answer is asked again with the next block, and nobody waits for it meanwhile. */
static void a_question_without_answer_is_asked_again(void **state)
{
    struct host *host = host_new(*state, PROM_ROLE_CLIENT);
    prom_error *error = &host->test->error;
    char cookie[128];
    (void)snprintf(cookie, sizeof cookie, "%s/cookie", host->folder);
    FILE *file = fopen(cookie, "w");
    assert_non_null(file);
    assert_true(fputs("__cookie__:none", file) >= 0);
    assert_int_equal(fclose(file), 0);
    host->options.rpc_url = "http://127.0.0.1:1";
    host->options.cookie_file = cookie;
    host->options.poll_milliseconds = 50;
    prom_node_close(host->node);
    assert_ok(prom_node_open(&host->node, &host->options, error), error);
    prom_node_channel *channel = host_with(host, PLACE_C);
    const prom_want want = {.kind = PROM_WANT_LOOK_UP, .as.look_up = {named("coin", 0), 1}};
    bool begun = false;
    prom_bytes32 name;
    prom_watcher_event event;
    bool answered = false;
    prom_want_name(&name, &want);
    assert_ok(prom_node_begin_want(host->node, channel, &begun, &want, &name, error), error);
    assert_true(begun);
    for (unsigned i = 0; i < 600 && !answered; i++) {
        (void)usleep(20000);
        while (!answered && prom_watcher_thread_next(host->node->follower.thread, &event)) {
            answered = event.kind == PROM_WATCHER_DONE;
            if (answered) {
                assert_false(prom_node_is_round(&event.job));
                channel->wants_due = true;
                prom_node_answered(host->node, &event.job);
            }
            prom_watcher_event_free(&event);
        }
    }
    assert_true(answered);
    assert_false(channel->wants_due);
    host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_question_without_answer_is_asked_again),
    };
    return cmocka_run_group_tests_name("node/asks", tests, NULL, NULL);
}
