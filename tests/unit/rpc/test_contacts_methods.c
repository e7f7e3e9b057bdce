#include "contacts/meeting.h"

#include "rpc/method.h"

/* The answer's result, or error; the caller frees it. */
static json_t *ask(struct guest *guest, const char *method, json_t *params, const char *member)
{
    prom_rpc_host on = {.node = guest->host->node, .contacts = guest->contacts};
    bool follows = false;
    json_auto_t *request =
        json_pack("{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", 1, "method", method, "params", params);
    char *text = json_dumps(request, 0);
    json_auto_t *answer = prom_rpc_answer(&on, text, strlen(text), &follows);
    free(text);
    json_t *found = json_object_get(answer, member);
    assert_non_null(found);
    return json_incref(found);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

static void who_is_looked_for_is_listed(void **state)
{
    fixture *test = *state;
    struct guest *guest = guest_new(test, PROM_ROLE_CLIENT, 1);
    const prom_bytes32 P = named("P", 0);
    char p_txid[PROM_HEX32];
    char node[PROM_HEX32];
    guest_start(guest);
    (void)prom_hex32_reversed(p_txid, &P);
    json_auto_t *looked =
        ask(guest, "contacts.look", json_pack("{s:s, s:s}", "p", p_txid, "role", "verifier"), "result");
    assert_int_equal(json_integer_value(json_object_get(looked, "seconds")), 600);
    for (size_t i = 0; i < 2; i++) {
        char address[32];
        (void)snprintf(address, sizeof address, "203.%zu.113.5:7067", i);
        guest_hears(guest, pointer_for(test, guest, &P, PROM_ROLE_VERIFIER, i == 0 ? "one" : "two", address));
    }
    json_auto_t *all = ask(guest, "contacts.list", json_object(), "result");
    const json_t *contacts = json_object_get(all, "contacts");
    assert_int_equal(json_array_size(contacts), 2);
    const json_t *first = json_array_get(contacts, 0);
    const prom_bytes32 one = named_key(test, "one", 0).public_key;
    const prom_bytes32 two = named_key(test, "two", 0).public_key;
    (void)prom_hex32(node, strncmp(text_of(first, "address"), "203.0", 5) == 0 ? &one : &two);
    assert_string_equal(text_of(first, "node"), node);
    assert_string_equal(text_of(first, "p"), p_txid);
    assert_string_equal(text_of(first, "role"), "verifier");
    assert_string_equal(text_of(first, "from"), "dht");
    assert_true(json_is_false(json_object_get(first, "reached")));
    assert_true(json_is_true(json_object_get(all, "discovery")));
    assert_true(json_is_null(json_object_get(all, "dht")));
    assert_true(json_is_false(json_object_get(all, "cut")));
    const json_t *topics = json_object_get(all, "topics");
    assert_int_equal(json_array_size(topics), 2); /* arbiters are looked for, too */
    assert_int_equal(json_integer_value(json_object_get(json_array_get(topics, 0), "dht")), 2);
    json_auto_t *some = ask(guest, "contacts.list", json_pack("{s:i}", "limit", 1), "result");
    assert_int_equal(json_array_size(json_object_get(some, "contacts")), 1);
    assert_true(json_is_true(json_object_get(some, "cut")));
    guest_free(guest);
}

static void what_is_wrong_is_said(void **state)
{
    struct guest *guest = guest_new(*state, PROM_ROLE_CLIENT, 1);
    char p_txid[PROM_HEX32];
    const prom_bytes32 P = named("P", 0);
    (void)prom_hex32_reversed(p_txid, &P);
    guest_start(guest);
    json_auto_t *no_txid = ask(guest, "contacts.look", json_pack("{s:s, s:s}", "p", "00", "role", "worker"), "error");
    assert_non_null(strstr(text_of(no_txid, "message"), "no transaction's id"));
    json_auto_t *client = ask(guest, "contacts.look", json_pack("{s:s, s:s}", "p", p_txid, "role", "client"), "error");
    assert_non_null(strstr(text_of(client, "message"), "role"));
    guest->contacts->options.quiet = true;
    json_auto_t *quiet = ask(guest, "contacts.look", json_pack("{s:s, s:s}", "p", p_txid, "role", "worker"), "error");
    assert_non_null(strstr(text_of(quiet, "message"), "discovery = no"));
    guest_free(guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(who_is_looked_for_is_listed),
        FIXTURE_TEST(what_is_wrong_is_said),
    };
    return cmocka_run_group_tests_name("rpc/contacts_methods", tests, NULL, NULL);
}
