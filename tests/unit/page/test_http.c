#include "port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "page/http.h"
#include "system/clock.h"

enum { ANSWERS_MAX = 1 << 23, LARGE = 3 << 20 };

struct site {
    prom_http *http;
    uint16_t port;
    unsigned asked;
};

static void answer(void *context, const prom_request *request, prom_http_answer *to)
{
    struct site *site = context;
    site->asked++;
    to->text = "hello\n";
    to->length = strlen(to->text);
    to->follows = strcmp(request->path, "/events") == 0;
    if (strcmp(request->path, "/large") == 0) {
        to->owned = calloc(1, LARGE);
        assert_non_null(to->owned);
        memset(to->owned, 'x', LARGE);
        to->length = LARGE;
    }
}

static void begin(struct site *site, fixture *test)
{
    *site = (struct site){.port = free_port(AF_INET)};
    assert_ok(prom_http_open(&site->http, site->port, answer, site, &test->error), &test->error);
}

static int connect_to(const struct site *site)
{
    const struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(site->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int room = 1 << 16; /* else the kernel takes megabytes for one who takes nothing */
    assert_int_equal(setsockopt(made, SOL_SOCKET, SO_RCVBUF, &room, sizeof room), 0);
    assert_int_equal(connect(made, (const struct sockaddr *)&name, sizeof name), 0);
    return made;
}

static void turn(const struct site *site)
{
    for (int i = 0; i < 8; i++) {
        prom_http_turn(site->http);
    }
}

static void say(const struct site *site, int socket, const char *text)
{
    (void)!send(socket, text, strlen(text), MSG_NOSIGNAL);
    turn(site);
}

/* All that comes; `closed` says whether the other end has closed. */
static size_t hear(const struct site *site, int socket, char *text, size_t room, bool *closed)
{
    size_t length = 0;
    ssize_t got = 1;
    for (int idle = 0; idle < 20 && got != 0 && length < room - 1;) {
        got = recv(socket, text + length, room - 1 - length, MSG_DONTWAIT);
        length += got > 0 ? (size_t)got : 0;
        idle = got > 0 ? 0 : idle + 1;
        if (got < 0) {
            turn(site);
            (void)usleep(500);
        }
    }
    *closed = got == 0;
    text[length] = '\0';
    return length;
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
#define HEAD(path) "HEAD " path " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

static char *heard_of(const struct site *site, const char *request, size_t *length, bool *closed)
{
    char *text = calloc(1, ANSWERS_MAX);
    const int client = connect_to(site);
    assert_non_null(text);
    say(site, client, request);
    *length = hear(site, client, text, ANSWERS_MAX, closed);
    (void)close(client);
    return text;
}

static void requests_are_answered(void **state)
{
    struct site site;
    size_t length = 0;
    bool closed = false;
    begin(&site, *state);
    char *text = heard_of(&site, GET("/"), &length, &closed);
    assert_true(closed);
    assert_memory_equal(text, "HTTP/1.1 200 OK\r\n", 17);
    static const char *const headers[] = {
        "\r\nContent-Length: 6\r\n",
        "\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n",
        "\r\nX-Content-Type-Options: nosniff\r\n",
        "\r\nReferrer-Policy: no-referrer\r\n",
        "\r\nCross-Origin-Resource-Policy: same-origin\r\n",
        "\r\nConnection: close\r\n",
        "\r\n\r\nhello\n",
    };
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        assert_non_null(strstr(text, headers[i]));
    }
    free(text);
    text = heard_of(&site, HEAD("/"), &length, &closed);
    assert_non_null(strstr(text, "\r\nContent-Length: 6\r\n"));
    assert_string_equal(text + length - 4, "\r\n\r\n");
    free(text);
    text = heard_of(&site, "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", &length, &closed);
    assert_memory_equal(text, "HTTP/1.1 405 ", 13);
    assert_non_null(strstr(text, "\r\nAllow: GET, HEAD\r\n"));
    free(text);
    /* What is behind a request is no second one. */
    const unsigned before = site.asked;
    text = heard_of(&site, GET("/") GET("/") GET("/"), &length, &closed);
    assert_true(closed);
    assert_int_equal(site.asked, before + 1);
    free(text);
    text = heard_of(&site, GET("/large"), &length, &closed);
    assert_true(closed);
    assert_true(length > LARGE);
    /* Who has closed its own side takes all of its answer, too. */
    const int client = connect_to(&site);
    (void)!send(client, GET("/large"), strlen(GET("/large")), MSG_NOSIGNAL);
    assert_int_equal(shutdown(client, SHUT_WR), 0);
    turn(&site);
    assert_true(hear(&site, client, text, ANSWERS_MAX, &closed) > LARGE);
    assert_true(closed);
    (void)close(client);
    free(text);
    prom_http_close(site.http);
}

/* A turn answers a few of those who ask at once; the others wait for the next. */
static void a_turn_is_short(void **state)
{
    struct site site;
    int clients[20];
    begin(&site, *state);
    for (size_t i = 0; i < COUNT_OF(clients); i++) {
        clients[i] = connect_to(&site);
        (void)!send(clients[i], GET("/"), strlen(GET("/")), MSG_NOSIGNAL);
    }
    for (unsigned before = 0; site.asked < COUNT_OF(clients); before = site.asked) {
        prom_http_turn(site.http);
        assert_true(site.asked > before && site.asked <= before + 4);
    }
    for (size_t i = 0; i < COUNT_OF(clients); i++) {
        (void)close(clients[i]);
    }
    prom_http_close(site.http);
}

/* As many as there are places say nothing, and others half of what they should. */
static void the_silent_make_room(void **state)
{
    struct site site;
    int silent[3 * PROM_HTTP_CLIENTS_MAX];
    size_t length = 0;
    bool closed = false;
    begin(&site, *state);
    for (size_t i = 0; i < COUNT_OF(silent); i++) {
        silent[i] = connect_to(&site);
        say(&site, silent[i], i % 2 == 0 ? "GET / HTTP/1.1\r\nHo" : "");
    }
    char *text = heard_of(&site, GET("/"), &length, &closed);
    assert_memory_equal(text, "HTTP/1.1 200 OK\r\n", 17);
    free(text);
    for (size_t i = 0; i < COUNT_OF(silent); i++) {
        (void)close(silent[i]);
    }
    prom_http_close(site.http);
}

static void answers_that_nobody_takes_are_bounded(void **state)
{
    struct site site;
    int greedy[40];
    size_t length = 0;
    bool closed = false;
    begin(&site, *state);
    for (size_t i = 0; i < COUNT_OF(greedy); i++) {
        greedy[i] = connect_to(&site);
        say(&site, greedy[i], GET("/large"));
    }
    char *text = heard_of(&site, GET("/"), &length, &closed);
    assert_memory_equal(text, "HTTP/1.1 200 OK\r\n", 17);
    free(text);
    size_t cut = 0;
    text = calloc(1, ANSWERS_MAX);
    for (size_t i = 0; i < COUNT_OF(greedy); i++) {
        cut += hear(&site, greedy[i], text, ANSWERS_MAX, &closed) < LARGE ? 1 : 0;
        (void)close(greedy[i]);
    }
    free(text);
    assert_true(cut >= COUNT_OF(greedy) - PROM_HTTP_WAITING_MAX / LARGE - 1);
    prom_http_close(site.http);
}

static void followers_are_told(void **state)
{
    struct site site;
    int followers[PROM_HTTP_FOLLOWERS_MAX];
    static char text[1 << 20];
    size_t length = 0;
    bool closed = false;
    begin(&site, *state);
    for (size_t i = 0; i < COUNT_OF(followers); i++) {
        followers[i] = connect_to(&site);
        say(&site, followers[i], GET("/events"));
    }
    assert_int_equal(prom_http_followers(site.http), PROM_HTTP_FOLLOWERS_MAX);
    prom_http_tell(site.http, "node", "{\"tip\":7}");
    assert_true(hear(&site, followers[0], text, sizeof text, &closed) > 0);
    assert_false(closed);
    assert_null(strstr(text, "Content-Length"));
    assert_non_null(strstr(text, "\r\n\r\nevent: node\ndata: {\"tip\":7}\n\n"));
    /* Others are answered while all places of followers are taken, and silent ones take no follower's place. */
    int silent[2 * PROM_HTTP_CLIENTS_MAX];
    for (size_t i = 0; i < COUNT_OF(silent); i++) {
        silent[i] = connect_to(&site);
        turn(&site);
    }
    char *hello = heard_of(&site, GET("/"), &length, &closed);
    assert_memory_equal(hello, "HTTP/1.1 200 OK\r\n", 17);
    free(hello);
    assert_int_equal(prom_http_followers(site.http), PROM_HTTP_FOLLOWERS_MAX);
    /* One that takes nothing misses some, and is told how many. */
    static char data[8192];
    memset(data, 'x', sizeof data - 1);
    for (int i = 0; i < 2000; i++) {
        prom_http_tell(site.http, "happened", data);
    }
    bool lost = false;
    for (int i = 0; i < 200 && !lost; i++) {
        (void)hear(&site, followers[0], text, sizeof text, &closed);
        prom_http_tell(site.http, "happened", "{}");
        lost = strstr(text, "event: lost\ndata: {\"lost\":") != NULL;
    }
    assert_true(lost);
    /* HEAD of the events ends. */
    free(heard_of(&site, HEAD("/events"), &length, &closed));
    assert_true(closed);
    for (size_t i = 0; i < COUNT_OF(followers); i++) {
        (void)close(followers[i]);
    }
    for (size_t i = 0; i < COUNT_OF(silent); i++) {
        (void)close(silent[i]);
    }
    turn(&site);
    turn(&site);
    turn(&site);
    assert_int_equal(prom_http_followers(site.http), 0);
    prom_http_close(site.http);
}

/* The oldest gives way and is told; before it one that takes nothing. Whoever comes is told what happens. */
static void whoever_comes_may_follow(void **state)
{
    struct site site;
    int followers[100];
    static char text[1 << 20];
    bool closed = false;
    begin(&site, *state);
    for (size_t i = 0; i < COUNT_OF(followers); i++) {
        followers[i] = connect_to(&site);
        say(&site, followers[i], GET("/events"));
        assert_int_equal(prom_http_followers(site.http), i < PROM_HTTP_FOLLOWERS_MAX ? i + 1 : PROM_HTTP_FOLLOWERS_MAX);
    }
    prom_http_tell(site.http, "node", "{\"tip\":7}");
    for (size_t i = 0; i < COUNT_OF(followers); i++) {
        const bool stays = i >= COUNT_OF(followers) - PROM_HTTP_FOLLOWERS_MAX;
        (void)hear(&site, followers[i], text, sizeof text, &closed);
        assert_int_equal(closed, !stays);
        assert_int_equal(strstr(text, "event: replaced\n") != NULL, !stays);
        assert_int_equal(strstr(text, "data: {\"tip\":7}\n") != NULL, stays);
    }
    /* The newest takes nothing any more. */
    static char data[1 << 16];
    memset(data, 'x', sizeof data - 1);
    for (int i = 0; i < 100; i++) {
        prom_http_tell(site.http, "happened", data);
        for (size_t j = COUNT_OF(followers) - PROM_HTTP_FOLLOWERS_MAX; j < COUNT_OF(followers) - 1; j++) {
            while (recv(followers[j], text, sizeof text, MSG_DONTWAIT) > 0) {
            }
        }
        turn(&site);
    }
    const int last = connect_to(&site);
    say(&site, last, GET("/events"));
    const size_t oldest = COUNT_OF(followers) - PROM_HTTP_FOLLOWERS_MAX;
    (void)hear(&site, followers[oldest], text, sizeof text, &closed);
    assert_false(closed);
    (void)close(followers[COUNT_OF(followers) - 1]);
    turn(&site);
    assert_int_equal(prom_http_followers(site.http), PROM_HTTP_FOLLOWERS_MAX);
    for (size_t i = 0; i < COUNT_OF(followers) - 1; i++) {
        (void)close(followers[i]);
    }
    (void)close(last);
    prom_http_close(site.http);
}

static void slow_ones_are_dropped(void **state)
{
    struct site site;
    char text[256];
    bool closed = false;
    begin(&site, *state);
    const int client = connect_to(&site);
    say(&site, client, "GET / HT");
    const int64_t began = prom_clock_milliseconds();
    while (!closed && prom_clock_milliseconds() - began < 2 * PROM_HTTP_REQUEST_MS) {
        (void)usleep(100000);
        (void)send(client, "T", 1, MSG_NOSIGNAL); /* a byte now and then is no request either */
        turn(&site);
        const ssize_t got = recv(client, text, sizeof text, MSG_DONTWAIT);
        closed = got == 0 || (got < 0 && errno == ECONNRESET);
    }
    assert_true(closed);
    assert_true(prom_clock_milliseconds() - began >= PROM_HTTP_REQUEST_MS - 100);
    (void)close(client);
    prom_http_close(site.http);
}

static void a_port_in_use_is_named(void **state)
{
    fixture *test = *state;
    struct site site;
    prom_http *second = NULL;
    begin(&site, test);
    assert_fails(prom_http_open(&second, site.port, answer, &site, &test->error), PROM_CATEGORY_IO, &test->error,
                 "of 127.0.0.1 cannot be listened at");
    assert_null(second);
    prom_http_close(site.http);
    prom_http_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(requests_are_answered), FIXTURE_TEST(a_turn_is_short),
        FIXTURE_TEST(the_silent_make_room),  FIXTURE_TEST(answers_that_nobody_takes_are_bounded),
        FIXTURE_TEST(followers_are_told),    FIXTURE_TEST(whoever_comes_may_follow),
        FIXTURE_TEST(slow_ones_are_dropped), FIXTURE_TEST(a_port_in_use_is_named),
    };
    return cmocka_run_group_tests_name("page/http", tests, NULL, NULL);
}
