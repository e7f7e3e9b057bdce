#include "node/host.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "store/faulty_vfs.h"

#include "rpc/client.h"
#include "rpc/events.h"
#include "rpc/server.h"

struct served {
    struct host *host;
    prom_rpc_host rpc;
    prom_rpc_server *server;
};

static void serve(struct served *served, fixture *test)
{
    served->host = host_new(test, PROM_ROLE_WORKER);
    served->rpc = (prom_rpc_host){.node = served->host->node, .folder = served->host->folder};
    assert_ok(prom_rpc_server_open(&served->server, &served->rpc, &test->error), &test->error);
}

static void end(struct served *served)
{
    prom_rpc_server_close(served->server);
    host_free(served->host);
}

static int connect_to(const struct served *served)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s/rpc", served->host->folder);
    const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(connect(made, (const struct sockaddr *)&name, sizeof name), 0);
    return made;
}

static void turn(const struct served *served)
{
    for (int i = 0; i < 8; i++) {
        prom_rpc_server_turn(served->server);
    }
}

static void say(const struct served *served, int socket, const char *text)
{
    assert_int_equal(send(socket, text, strlen(text), MSG_NOSIGNAL), strlen(text));
    turn(served);
}

static size_t hear(int socket, char *text, size_t room)
{
    size_t length = 0;
    ssize_t got = 1;
    while (length < room - 1 && (got = recv(socket, text + length, room - 1 - length, MSG_DONTWAIT)) > 0) {
        length += (size_t)got;
    }
    text[length] = '\0';
    return length;
}

static bool is_closed(int socket)
{
    char byte;
    return recv(socket, &byte, 1, MSG_DONTWAIT) == 0;
}

#define INFO "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"node.info\"}\n"

static void lines_are_answered(void **state)
{
    fixture *test = *state;
    struct served served = {0};
    struct stat status;
    char path[128];
    char text[65536];
    serve(&served, test);
    (void)snprintf(path, sizeof path, "%s/rpc", served.host->folder);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    const int client = connect_to(&served);
    say(&served, client, "{\"jsonrpc\":\"2.0\",\"id\":1,");
    assert_int_equal(hear(client, text, sizeof text), 0);
    say(&served, client, "\"method\":\"node.info\"}\n\n  \n" INFO "garbage\n" INFO);
    assert_true(hear(client, text, sizeof text) > 0);
    size_t answers = 0;
    for (const char *at = text; (at = strstr(at, "\"tip\"")) != NULL; at++) {
        answers++;
    }
    assert_int_equal(answers, 3);
    assert_non_null(strstr(text, "-32700"));
    assert_int_equal(prom_rpc_server_clients(served.server), 1);
    /* Who has said all is answered, and let go of. */
    assert_int_equal(send(client, INFO, strlen(INFO), MSG_NOSIGNAL), strlen(INFO));
    assert_int_equal(shutdown(client, SHUT_WR), 0);
    turn(&served);
    assert_true(hear(client, text, sizeof text) > 0);
    assert_true(is_closed(client));
    assert_int_equal(prom_rpc_server_clients(served.server), 0);
    (void)close(client);
    end(&served);
    assert_int_equal(access(path, F_OK), -1);
}

static void what_has_no_end_is_refused(void **state)
{
    fixture *test = *state;
    struct served served = {0};
    char text[65536];
    serve(&served, test);
    const int client = connect_to(&served);
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 4; i++) {
        (void)!send(client, text, sizeof text, MSG_NOSIGNAL | MSG_DONTWAIT);
        turn(&served);
    }
    assert_true(hear(client, text, sizeof text) > 0);
    assert_non_null(strstr(text, "one line of at most 65536 bytes"));
    turn(&served);
    assert_int_equal(prom_rpc_server_clients(served.server), 0);
    (void)close(client);
    end(&served);
}

static void the_idlest_makes_room(void **state)
{
    fixture *test = *state;
    struct served served = {0};
    int clients[PROM_RPC_CLIENTS_MAX + 1];
    char text[8192];
    serve(&served, test);
    for (size_t i = 0; i < PROM_RPC_CLIENTS_MAX; i++) {
        clients[i] = connect_to(&served);
        turn(&served);
        (void)usleep(2000);
    }
    say(&served, clients[0], INFO);
    assert_true(hear(clients[0], text, sizeof text) > 0);
    clients[PROM_RPC_CLIENTS_MAX] = connect_to(&served);
    say(&served, clients[PROM_RPC_CLIENTS_MAX], INFO);
    assert_true(hear(clients[PROM_RPC_CLIENTS_MAX], text, sizeof text) > 0);
    assert_false(is_closed(clients[0]));
    assert_true(is_closed(clients[1]));
    assert_int_equal(prom_rpc_server_clients(served.server), PROM_RPC_CLIENTS_MAX);
    for (size_t i = 0; i <= PROM_RPC_CLIENTS_MAX; i++) {
        (void)close(clients[i]);
    }
    end(&served);
}

static void followers_are_told(void **state)
{
    fixture *test = *state;
    struct served served = {0};
    static char text[1 << 20];
    json_t *event = json_pack("{s:s}", "text", "something \"happens\"\n");
    serve(&served, test);
    const int quiet = connect_to(&served);
    const int client = connect_to(&served);
    say(&served, client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"events.follow\"}\n");
    prom_rpc_server_tell(served.server, event);
    assert_true(hear(client, text, sizeof text) > 0);
    assert_non_null(strstr(text, "\"follows\":true"));
    assert_non_null(strstr(text, "something \\\"happens\\\"\\n"));
    assert_int_equal(hear(quiet, text, sizeof text), 0);
    /* One that takes nothing misses some, and is told how many. */
    for (int i = 0; i < 20000; i++) {
        prom_rpc_server_tell(served.server, event);
    }
    for (int i = 0; i < 100 && hear(client, text, sizeof text) > 0 && strstr(text, "\"lost\"") == NULL; i++) {
        turn(&served);
        prom_rpc_server_tell(served.server, event);
    }
    assert_non_null(strstr(text, "\"method\":\"lost\""));
    (void)close(client);
    turn(&served);
    prom_rpc_server_tell(served.server, event);
    json_decref(event);
    (void)close(quiet);
    end(&served);
}

static void pass_on(void *context, const prom_report *report)
{
    struct served *served = context;
    json_t *event = prom_rpc_event(&served->rpc, report);
    prom_rpc_server_tell(served->server, event);
    json_decref(event);
}

/* What a request gives rise to is told to who asked, too, who may be gone by then. */
static void a_follower_goes_in_its_own_request(void **state)
{
    static const char requests[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"events.follow\"}\n"
                                   "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"wallet.address\"}\n" INFO;
    struct served served = {0};
    static char text[65536];
    faulty_install();
    serve(&served, *state);
    served.host->node->observer = (prom_observer){pass_on, &served};
    for (unsigned stays = 0; stays < 2; stays++) {
        const int client = connect_to(&served);
        assert_int_equal(send(client, requests, sizeof requests - 1, MSG_NOSIGNAL), sizeof requests - 1);
        if (stays == 0) {
            (void)close(client);
        }
        faulty.kind = FAULTY_FULL; /* no address is given, and all are told that the disk is full */
        faulty.without_room = true;
        served.host->node->disk_short = false;
        turn(&served);
        faulty.without_room = false;
        faulty.kind = FAULTY_NONE;
        assert_int_equal(prom_rpc_server_clients(served.server), stays);
        assert_true(served.host->node->disk_short);
        if (stays != 0) {
            assert_true(hear(client, text, sizeof text) > 0);
            assert_non_null(strstr(text, "the disk does not take what is written"));
            assert_non_null(strstr(text, "\"tip\""));
            (void)close(client);
        }
    }
    end(&served);
}

struct waiting {
    struct served served;
    unsigned tries;
    bool over;
};

/* What the full disk is told of has no answer before that is over: as a method that waits for an errand. */
static void wait_with_answer(void *context, const prom_report *report)
{
    struct waiting *waiting = context;
    (void)report;
    waiting->tries++;
    waiting->served.rpc.later = !waiting->over;
    waiting->served.host->node->disk_short = false;
}

/* Nothing more is done for who hears no answer: it thinks that it is not done. Who only says nothing more waits. */
static void what_waits_ends_with_who_asked(void **state)
{
    static const char request[] = "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"wallet.address\"}\n";
    struct waiting waiting = {.tries = 0};
    const struct served *served = &waiting.served;
    char text[4096];
    faulty_install();
    serve(&waiting.served, *state);
    served->host->node->observer = (prom_observer){wait_with_answer, &waiting};
    for (unsigned stays = 0; stays < 2; stays++) {
        const int client = connect_to(served);
        faulty.kind = FAULTY_FULL;
        faulty.without_room = true;
        say(served, client, request);
        assert_int_equal(hear(client, text, sizeof text), 0);
        assert_int_equal(prom_rpc_server_clients(served->server), 1);
        assert_int_equal(stays != 0 ? shutdown(client, SHUT_WR) : close(client), 0);
        const unsigned before = waiting.tries;
        assert_true(before > 1);
        turn(served);
        assert_int_equal(waiting.tries > before, stays != 0);
        assert_int_equal(prom_rpc_server_clients(served->server), stays);
        waiting.over = true;
        turn(served);
        assert_int_equal(waiting.tries > before, stays != 0);
        if (stays != 0) {
            assert_true(hear(client, text, sizeof text) > 0);
            assert_non_null(strstr(text, "\"error\""));
            assert_true(is_closed(client));
            (void)close(client);
        }
        waiting.over = false;
        faulty.without_room = false;
        faulty.kind = FAULTY_NONE;
    }
    end(&waiting.served);
}

/* Large files are read and copied before there is an answer. */
static void files_are_waited_for(void **state)
{
    (void)state;
    assert_int_equal(prom_rpc_client_patience("node.info"), 60);
    assert_int_equal(prom_rpc_client_patience("job.quote"), 3600);
    assert_int_equal(prom_rpc_client_patience("job.run"), 3600);
}

/* A node that takes a request and is gone: nobody knows what became of it. */
static void what_is_not_answered_may_be_done(void **state)
{
    fixture *test = *state;
    char folder[] = "/tmp/prom-rpc-XXXXXX";
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    prom_rpc_client *client = NULL;
    json_t *result = NULL;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s/" PROM_RPC_SOCKET, folder);
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_ok(prom_rpc_client_open(&client, folder, &test->error), &test->error);
    const pid_t child = fork();
    if (child == 0) {
        char text[4096];
        const int taken = accept(listener, NULL, NULL);
        (void)!recv(taken, text, sizeof text, 0);
        _exit(0);
    }
    assert_fails(prom_rpc_client_call(client, &result, "wallet.withdraw", NULL, &test->error), PROM_CATEGORY_IO,
                 &test->error, "wallet.withdraw, and may still do it: look before you ask it to pay again");
    assert_non_null(strstr(test->error.sentence, "closed the connection"));
    assert_null(result);
    (void)waitpid(child, NULL, 0);
    prom_rpc_client_close(&client);
    (void)close(listener);
    (void)unlink(name.sun_path);
    (void)rmdir(folder);
}

/* The client's side, against a process of its own that serves. */
static void a_command_asks(void **state)
{
    fixture *test = *state;
    struct served served = {0};
    prom_rpc_client *client = NULL;
    json_t *result = NULL;
    serve(&served, test);
    assert_ok(prom_rpc_client_open(&client, "/nowhere", &test->error), &test->error);
    assert_null(client);
    assert_ok(prom_rpc_client_open(&client, served.host->folder, &test->error), &test->error);
    assert_non_null(client);
    const pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 500; i++) {
            prom_rpc_server_turn(served.server);
            (void)usleep(2000);
        }
        _exit(0);
    }
    assert_ok(prom_rpc_client_call(client, &result, "node.info", NULL, &test->error), &test->error);
    assert_string_equal(json_string_value(json_array_get(json_object_get(result, "roles"), 0)), "worker");
    json_decref(result);
    assert_fails(prom_rpc_client_call(client, &result, "channel.show", json_pack("{s:s}", "id", "none"), &test->error),
                 PROM_CATEGORY_BAD_INPUT, &test->error, "there is no channel none");
    assert_null(result);
    assert_ok(prom_rpc_client_call(client, &result, "events.follow", NULL, &test->error), &test->error);
    json_decref(result);
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    prom_rpc_client_close(&client);
    char *text = prom_rpc_client_text("log.level", json_pack("{s:s}", "level", "info"));
    assert_string_equal(text,
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"log.level\",\"params\":{\"level\":\"info\"}}");
    free(text);
    end(&served);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(lines_are_answered),
        FIXTURE_TEST(what_has_no_end_is_refused),
        FIXTURE_TEST(the_idlest_makes_room),
        FIXTURE_TEST(followers_are_told),
        FIXTURE_TEST(a_command_asks),
        FIXTURE_TEST(a_follower_goes_in_its_own_request),
        FIXTURE_TEST(what_is_not_answered_may_be_done),
        FIXTURE_TEST(what_waits_ends_with_who_asked),
        FIXTURE_TEST(files_are_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
