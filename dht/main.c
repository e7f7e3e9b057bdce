/* prom-dht: see README.md. Commands come in lines of JSON on standard input, and events go out on standard output. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <jansson.h>

#include "keys.h"
#include "output.h"
#include "traffic.h"

enum {
    PROTOCOL = 1,
    LINE_BYTES_MAX = 4096,
    HOST_BYTES_MAX = 255,
    BOOTSTRAPS_MAX = 16,
    MEMORY_MIB = 256,
    TURN_MS = 250,
    END_SECONDS = 5,
};

struct options {
    uint16_t port;
    uint32_t network;
    uint32_t memory_mib;
    bool stay;
    const char *bootstraps[BOOTSTRAPS_MAX];
    int bootstrap_count;
};

/* A host name or an address, of the characters that they are made of. */
static bool is_host(const char *host)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:_%";
    const size_t length = strlen(host);
    return length > 0 && length <= HOST_BYTES_MAX && strspn(host, allowed) == length;
}

static const char *bootstrap(dht_runner *runner, const char *host, json_int_t port)
{
    char service[8];
    if (!is_host(host) || port < 1 || port > UINT16_MAX) {
        return "a bootstrap node has a host and a port from 1 to 65535";
    }
    (void)snprintf(service, sizeof service, "%d", (int)port);
    dht_runner_bootstrap(runner, host, service);
    return NULL;
}

/* "HOST:PORT", "[HOST]:PORT". */
static const char *bootstrap_of(dht_runner *runner, const char *word)
{
    char host[HOST_BYTES_MAX + 1];
    char *end = NULL;
    const char *colon = strrchr(word, ':');
    const bool bracketed = colon != NULL && word[0] == '[' && colon > word + 1 && colon[-1] == ']';
    const char *begin = bracketed ? word + 1 : word;
    const size_t length = colon == NULL ? 0 : (size_t)(colon - begin) - (bracketed ? 1 : 0);
    if (length == 0 || length >= sizeof host) {
        return "a bootstrap node is HOST:PORT";
    }
    memcpy(host, begin, length);
    host[length] = '\0';
    const long port = strtol(colon + 1, &end, 10);
    return bootstrap(runner, host, end != colon + 1 && *end == '\0' ? port : 0);
}

static const char *tell_status(dht_runner *runner)
{
    const traffic now = traffic_now();
    output_put("{\"is\":\"status\",\"port\":%u,\"keys\":%d,\"bytes_in\":%" PRIu64 ",\"bytes_out\":%" PRIu64
               ",\"packets_in\":%" PRIu64 ",\"packets_out\":%" PRIu64 ",\"dropped\":%" PRIu64 "}",
               dht_runner_get_bound_port(runner, AF_INET), keys_count(), now.bytes_in, now.bytes_out, now.packets_in,
               now.packets_out, output_dropped_count());
    return NULL;
}

static const char *obey(dht_runner *runner, const json_t *command)
{
    const char *what = json_string_value(json_object_get(command, "do"));
    const char *key = json_string_value(json_object_get(command, "key"));
    const char *value = json_string_value(json_object_get(command, "value"));
    const char *host = json_string_value(json_object_get(command, "host"));
    if (what == NULL) {
        return "a command is {\"do\":...}";
    }
    if (strcmp(what, "status") == 0) {
        return tell_status(runner);
    }
    if (strcmp(what, "bootstrap") == 0) {
        return bootstrap(runner, host == NULL ? "" : host, json_integer_value(json_object_get(command, "port")));
    }
    if (strcmp(what, "put") == 0) {
        return keys_put(runner, key == NULL ? "" : key, value == NULL ? "" : value);
    }
    static const struct {
        const char *name;
        const char *(*does)(dht_runner *runner, const char *key);
    } others[] = {{"listen", keys_listen}, {"get", keys_get}, {"forget", keys_forget}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(what, others[i].name) == 0) {
            return others[i].does(runner, key == NULL ? "" : key);
        }
    }
    return "there is no such command";
}

static void take_line(dht_runner *runner, const char *line, size_t length)
{
    json_error_t error;
    json_t *command = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
    const char *why = command == NULL ? "a command is one JSON object on a line" : obey(runner, command);
    if (why != NULL) {
        json_t *event = json_pack("{s:s, s:s}", "is", "error", "why", why);
        char *text = json_dumps(event, JSON_COMPACT | JSON_ENSURE_ASCII);
        output_put("%s", text == NULL ? "{\"is\":\"error\"}" : text);
        free(text);
        json_decref(event);
    }
    json_decref(command);
}

struct input {
    char bytes[LINE_BYTES_MAX];
    size_t length;
    bool too_long; /* the rest of this line is passed over */
};

/* Takes what is there. False at the end of the input. */
static bool take_input(dht_runner *runner, struct input *input)
{
    const ssize_t count = read(STDIN_FILENO, input->bytes + input->length, sizeof input->bytes - input->length);
    if (count <= 0) {
        return count < 0 && (errno == EAGAIN || errno == EINTR);
    }
    input->length += (size_t)count;
    char *end = memchr(input->bytes, '\n', input->length);
    while (end != NULL) {
        const size_t length = (size_t)(end - input->bytes);
        if (!input->too_long) {
            take_line(runner, input->bytes, length);
        }
        input->too_long = false;
        input->length -= length + 1;
        memmove(input->bytes, end + 1, input->length);
        end = memchr(input->bytes, '\n', input->length);
    }
    if (input->length == sizeof input->bytes) {
        output_put("{\"is\":\"error\",\"why\":\"a line has 4096 bytes at most\"}");
        input->too_long = true;
        input->length = 0;
    }
    return true;
}

static volatile sig_atomic_t asked_to_end;

static void on_signal(int signal)
{
    (void)signal;
    asked_to_end = 1;
}

static void loop(dht_runner *runner, bool stay)
{
    struct input input = {.length = 0};
    bool closed = false;
    bool left = false;
    bool open = true;
    while (!asked_to_end && !closed && (open || stay)) {
        struct pollfd watched[] = {{.fd = open ? STDIN_FILENO : -1, .events = POLLIN},
                                   {.fd = output_wake(), .events = POLLIN},
                                   {.fd = left ? STDOUT_FILENO : -1, .events = POLLOUT}};
        if (poll(watched, 3, TURN_MS) < 0 && errno != EINTR) {
            break;
        }
        if ((watched[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
            open = take_input(runner, &input);
        }
        keys_turn(runner);
        left = output_flush(&closed);
        closed = closed && !stay;
    }
}

static bool number_of(uint64_t *number, const char *word, uint64_t most)
{
    char *end = NULL;
    errno = 0;
    *number = word == NULL ? 0 : strtoull(word, &end, 10);
    return word != NULL && word[0] >= '0' && word[0] <= '9' && *end == '\0' && errno == 0 && *number <= most;
}

static bool read_options(struct options *options, char **words)
{
    uint64_t number = 0;
    for (int i = 1; words[i] != NULL; i++) {
        const char *word = words[i];
        if (strcmp(word, "--stay") == 0) {
            options->stay = true;
        } else if (strcmp(word, "--port") == 0 && number_of(&number, words[++i], UINT16_MAX)) {
            options->port = (uint16_t)number;
        } else if (strcmp(word, "--network") == 0 && number_of(&number, words[++i], UINT32_MAX)) {
            options->network = (uint32_t)number;
        } else if (strcmp(word, "--memory") == 0 && number_of(&number, words[++i], 1 << 20)) {
            options->memory_mib = (uint32_t)number;
        } else if (strcmp(word, "--bootstrap") == 0 && words[i + 1] != NULL &&
                   options->bootstrap_count < BOOTSTRAPS_MAX) {
            options->bootstraps[options->bootstrap_count++] = words[++i];
        } else {
            return false;
        }
    }
    return true;
}

/* Strangers choose what is stored here: never more than so much of it. */
static bool limit_memory(uint32_t mib)
{
    const struct rlimit limit = {(rlim_t)mib << 20, (rlim_t)mib << 20};
    return setrlimit(RLIMIT_DATA, &limit) == 0;
}

static dht_runner *start(const struct options *options)
{
    dht_runner_config config;
    dht_runner *runner = dht_runner_new();
    dht_runner_config_default(&config);
    config.dht_config.node_config.network = options->network;
    config.threaded = true;
    config.peer_discovery = false;
    config.peer_publish = false;
    config.log = false;
    const int failure = dht_runner_run_config(runner, options->port, &config);
    if (failure != 0 || dht_runner_get_bound_port(runner, AF_INET) == 0) {
        (void)fprintf(stderr, "prom-dht: cannot listen at port %u: %s\n", options->port, strerror(failure));
        dht_runner_delete(runner);
        return NULL;
    }
    return runner;
}

int main(int count, char **words)
{
    struct options options = {.memory_mib = MEMORY_MIB};
    const struct sigaction ends = {.sa_handler = on_signal};
    (void)count;
    if (!read_options(&options, words)) {
        (void)fprintf(stderr, "usage: prom-dht [--port N] [--network N] [--bootstrap HOST:PORT]... [--memory MIB] "
                              "[--stay]\n");
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigaction(SIGTERM, &ends, NULL);
    (void)sigaction(SIGINT, &ends, NULL);
    if (!limit_memory(options.memory_mib) || !output_open()) {
        (void)fprintf(stderr, "prom-dht: the system refuses: %s\n", strerror(errno));
        return 1;
    }
    dht_runner *runner = start(&options);
    if (runner == NULL) {
        return 1;
    }
    output_put("{\"is\":\"ready\",\"version\":%d,\"port\":%u}", PROTOCOL, dht_runner_get_bound_port(runner, AF_INET));
    for (int i = 0; i < options.bootstrap_count; i++) {
        const char *why = bootstrap_of(runner, options.bootstraps[i]);
        if (why != NULL) {
            (void)fprintf(stderr, "prom-dht: %s: %s\n", options.bootstraps[i], why);
            return 2;
        }
    }
    loop(runner, options.stay);
    (void)alarm(END_SECONDS); /* what it says to others at its end may hang: that is no reason to stay */
    dht_runner_delete(runner);
    return 0;
}
