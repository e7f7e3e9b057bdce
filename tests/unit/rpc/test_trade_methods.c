/* market.* between two nodes that have a part in it. */
#include "trade/pair.h"

#include "market/jobs.h"
#include "node/asked.h"
#include "rpc/method.h"
#include "trade/answerer.h"
#include "trade/inquiries.h"

struct scene {
    struct pair pair;
    struct asked published;
    prom_answerer *answerers[2];
    prom_inquiries *inquiries[2];
};

static struct host *host_of(const struct scene *scene, size_t which)
{
    return which == 0 ? scene->pair.asking : scene->pair.asked;
}

static void make_scene(fixture *test, struct scene *scene)
{
    prom_selling selling = {.machine = plain_machine(), .quote_blocks = 6};
    *scene = (struct scene){.pair = pair_new(test, PROM_ROLE_WORKER)};
    scene->published = asked_publish_p(scene->pair.asked);
    (void)host_pay(scene->pair.asked, 4);
    host_mine_to(scene->pair.asked, VALID_TIP);
    selling.rates[PROM_ROLE_WORKER] = plain_rates();
    for (size_t i = 0; i < 2; i++) {
        prom_node *node = host_of(scene, i)->node;
        assert_ok(prom_answerer_open(&scene->answerers[i], node, &selling, &test->error), &test->error);
        assert_ok(prom_inquiries_open(&scene->inquiries[i], node, &test->error), &test->error);
    }
}

static void end_scene(struct scene *scene)
{
    pair_free(&scene->pair);
    for (size_t i = 0; i < 2; i++) {
        prom_answerer_close(scene->answerers[i]);
        prom_inquiries_close(scene->inquiries[i]);
    }
}

/* The answer's result, or error; the caller frees it. */
static json_t *call(const struct scene *scene, size_t which, const char *method, json_t *params, const char *member)
{
    prom_rpc_host on = {
        .node = host_of(scene, which)->node, .answerer = scene->answerers[which], .inquiries = scene->inquiries[which]};
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

static json_t *asked_json(const struct scene *scene, const char *role)
{
    char key[PROM_HEX32];
    char p[PROM_HEX32];
    const prom_address *address = &scene->pair.asked->options.config.address;
    return json_pack("{s:s, s:s%, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "node",
                     prom_hex32(key, pair_key(scene->pair.asked)), "address", (const char *)address->bytes,
                     (size_t)address->length, "role", role, "p", prom_hex32_reversed(p, &scene->published.terms.p_txid),
                     "scheme", 2, "program_bytes", 1000, "input_bytes", 100, "package_bytes", 1000, "macs", 1000,
                     "effort", 1000, "memory", 1000, "items", 10);
}

/* Asks, and waits for the answer; the caller frees it. */
static json_t *answer(const struct scene *scene, const char *role)
{
    json_auto_t *asked = call(scene, 0, "market.ask", asked_json(scene, role), "result");
    const char *id = json_string_value(json_object_get(asked, "id"));
    for (unsigned i = 0; i < PAIR_TURNS; i++) {
        json_t *answer = call(scene, 0, "market.answer", json_pack("{s:s}", "id", id), "result");
        if (strcmp(json_string_value(json_object_get(answer, "state")), "waits") != 0) {
            return answer;
        }
        assert_true(json_is_null(json_object_get(answer, "quote")));
        json_decref(answer);
        pair_turn(&scene->pair);
    }
    fail_msg("no answer");
    return NULL;
}

static json_int_t number(const json_t *object, const char *name)
{
    const json_t *member = json_object_get(object, name);
    assert_true(json_is_integer(member));
    return json_integer_value(member);
}

static void a_node_is_asked_and_its_answer_told(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    json_auto_t *yes = answer(&scene, "worker");
    const json_t *quote = json_object_get(yes, "quote");
    assert_string_equal(json_string_value(json_object_get(yes, "state")), "quoted");
    assert_true(number(quote, "price") > 0);
    assert_int_equal(number(json_object_get(quote, "rates"), "effort"), 50000);
    assert_int_equal(number(json_object_get(quote, "rates"), "least"), 1000);
    assert_int_equal(number(json_object_get(quote, "machine"), "memory"), INT64_C(8) << 30);
    assert_int_equal(number(quote, "valid_until"), VALID_TIP + 6);
    assert_int_equal(json_array_size(json_object_get(quote, "reasons")), 0);
    json_auto_t *no = answer(&scene, "verifier");
    const json_t *reason = json_array_get(json_object_get(json_object_get(no, "quote"), "reasons"), 0);
    assert_true(json_is_null(json_object_get(json_object_get(no, "quote"), "price")));
    assert_int_equal(number(reason, "code"), PROM_REASON_ROLE);
    assert_string_equal(json_string_value(json_object_get(reason, "name")), "role");
    assert_non_null(strstr(json_string_value(json_object_get(reason, "text")), "does not take this role"));
    json_auto_t *told = call(&scene, 1, "market.selling", json_object(), "result");
    assert_int_equal(number(told, "asks"), 2);
    assert_int_equal(number(told, "quoted"), 1);
    assert_int_equal(number(told, "refused"), 1);
    assert_true(json_is_true(json_object_get(json_object_get(told, "worker"), "on")));
    assert_true(json_is_false(json_object_get(json_object_get(told, "verifier"), "on")));
    assert_true(number(json_object_get(told, "worker"), "capacity") > 0);
    end_scene(&scene);
}

static void assert_refused(const struct scene *scene, const char *method, json_t *params, const char *says)
{
    json_auto_t *error = call(scene, 0, method, params, "error");
    const char *sentence = json_string_value(json_object_get(error, "message"));
    if (strstr(sentence, says) == NULL) {
        fail_msg("it says: %s", sentence);
    }
}

static void what_is_wrong_is_said(void **state)
{
    struct scene scene;
    make_scene(*state, &scene);
    json_t *wrong = asked_json(&scene, "worker");
    (void)json_object_set_new(wrong, "node", json_string("zz"));
    assert_refused(&scene, "market.ask", wrong, "node must be 64 hexadecimal digits");
    wrong = asked_json(&scene, "worker");
    (void)json_object_set_new(wrong, "program", json_string("zz"));
    assert_refused(&scene, "market.ask", wrong, "program must be 64 hexadecimal digits");
    wrong = asked_json(&scene, "worker");
    (void)json_object_set_new(wrong, "address", json_string("nowhere"));
    assert_refused(&scene, "market.ask", wrong, "it has no port");
    assert_refused(&scene, "market.ask", asked_json(&scene, "baker"), "role must be one of");
    assert_refused(&scene, "market.answer", json_pack("{s:s}", "id", "zz"), "id must be 64 hexadecimal digits");
    char none[PROM_HEX32];
    const prom_bytes32 nothing = named("nothing", 0);
    assert_refused(&scene, "market.answer", json_pack("{s:s}", "id", prom_hex32(none, &nothing)),
                   "nothing was asked under that id");
    prom_answerer *kept = scene.answerers[0];
    scene.answerers[0] = NULL;
    assert_refused(&scene, "market.selling", json_object(), "no part in the market");
    scene.answerers[0] = kept;
    end_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_node_is_asked_and_its_answer_told),
        FIXTURE_TEST(what_is_wrong_is_said),
    };
    return cmocka_run_group_tests_name("rpc/trade_methods", tests, NULL, NULL);
}
