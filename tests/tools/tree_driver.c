/* Makes the transactions of one contract for tests/functional/tree_contract.py: reads a request in JSON from standard
 * input, writes JSON to standard output. All keys and secrets are made from names (tests/unit/contract/cast.h).
 *
 * The request has any of: n; w, v, a, c, rho, in sat; alpha, beta, gamma, delta, epsilon, mu, sigma, t1 to t4; feerate;
 * "change", what the coins of C, W and V hold beyond their deposits; "coins", how many each of them brings;
 * "joint_key", "named" for a Y whose secret has a name, or "generated" for one that the arbiters generate and sign with
 * by k of them; "publisher", who completes the transactions from what is on its disk: 0, 1, 2 for C, W, V, then the
 * arbiters; "forge", true for signatures by other keys beside the good ones.
 * "folder" makes the publisher's data folder, see data_folder.h; h_p and k_p are those of its seed then.
 *
 * Without "funding" the answer is the list of outputs that the contract spends: coins of C, W and V, then the offers.
 * With "funding" and "first", the txid and the index from which these outputs stand, it is the contract, with all its
 * transactions signed by all parties, or only those in "transactions". */
#include "data_folder.h"
#include "forgery.h"

#include "prometheus/crypto/seal.h"

struct driver {
    fixture *test;
    json_t *request;
    struct session session;
    struct joint_key Y;
    size_t place; /* the publisher's */
    prom_signing *publisher;
    prom_span stored; /* what it has on its disk: ALL's signatures */
    prom_bytes32 h_p; /* as it knows it */
};

static json_t *hex_json(prom_span bytes)
{
    char *text = malloc(2 * bytes.length + 1);
    assert_non_null(text);
    json_t *string = json_string(prom_hex(text, bytes.data, bytes.length));
    free(text);
    return string;
}

static json_t *hash_json(const prom_bytes32 *hash)
{
    return hex_json(prom_span_of32(hash));
}

static json_t *amount_json(prom_amount amount)
{
    uint64_t sat = 0;
    assert_true(prom_amount_get(amount, &sat));
    return json_integer((json_int_t)sat);
}

static json_t *tx_json(fixture *test, const prom_tx *tx)
{
    prom_span bytes;
    assert_ok(prom_tx_serialize(&test->arena, &bytes, tx, true, &test->error), &test->error);
    return hex_json(bytes);
}

/* A number of the request, or what the cast has. */
static uint64_t number_or(const json_t *request, const char *name, uint64_t otherwise)
{
    return json_object_get(request, name) != NULL ? member_number(request, name) : otherwise;
}

static void read_amount(const json_t *request, const char *name, prom_amount *amount)
{
    if (json_object_get(request, name) != NULL) {
        *amount = prom_amount_of(member_number(request, name));
    }
}

static void read_parameters(const json_t *request, prom_parameters *P)
{
    const struct {
        const char *name;
        uint16_t *field;
    } fields[] = {
        {"alpha", &P->alpha},     {"beta", &P->beta}, {"gamma", &P->gamma}, {"delta", &P->delta},
        {"epsilon", &P->epsilon}, {"mu", &P->mu},     {"sigma", &P->sigma}, {"t1", &P->t1},
        {"t2", &P->t2},           {"t3", &P->t3},     {"t4", &P->t4},
    };
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        *fields[i].field = (uint16_t)number_or(request, fields[i].name, *fields[i].field);
    }
    read_amount(request, "w", &P->w);
    read_amount(request, "v", &P->v);
    read_amount(request, "a", &P->a);
}

/* What the parties' coins hold beyond their deposits, in the first coin; each other one holds 10,000 sat. */
static void read_coins(const json_t *request, prom_terms *terms)
{
    const json_t *change = json_object_get(request, "change");
    const json_t *coins = json_object_get(request, "coins");
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        const json_t *extra = json_array_get(change, party);
        const json_t *count = json_array_get(coins, party);
        prom_party_terms *it = &terms->parties[party];
        it->coin_count = count == NULL ? 1 : (size_t)json_integer_value(count);
        assert_in_range(it->coin_count, 1, PROM_COINS_MAX);
        it->coins[0].value =
            prom_amount_add(prom_terms_deposit(terms, party),
                            prom_amount_of(extra == NULL ? 100000 : (uint64_t)json_integer_value(extra)));
        for (size_t i = 1; i < it->coin_count; i++) {
            it->coins[i] = it->coins[0];
            it->coins[i].value = prom_amount_of(10000);
        }
    }
}

/* The outputs that the contract spends are those of the funding transaction, one behind the other. */
static void place_funding(const json_t *request, prom_terms *terms)
{
    uint32_t index = (uint32_t)member_number(request, "first");
    prom_bytes32 txid;
    assert_true(prom_hex32_parse_reversed(&txid, member_text(request, "funding")));
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        for (size_t j = 0; j < terms->parties[i].coin_count; j++) {
            terms->parties[i].coins[j].outpoint = (prom_outpoint){txid, index++};
        }
    }
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        terms->arbiters[i].offer = (prom_outpoint){txid, index++};
    }
}

static void read_request(struct driver *driver)
{
    fixture *test = driver->test;
    const json_t *request = driver->request;
    struct session *session = &driver->session;
    prom_terms *terms = &session->terms;
    const char *kind = json_string_value(json_object_get(request, "joint_key"));
    const uint64_t n = number_or(request, "n", PROM_ARBITERS_MIN);
    assert_in_range(n, PROM_ARBITERS_MIN, PROM_ARBITERS_MAX);
    session->cast = make_cast(test);
    *terms = valid_terms(test, &session->cast, (uint8_t)n);
    read_parameters(request, &terms->P);
    read_amount(request, "c", &terms->c);
    read_amount(request, "rho", &terms->retainer);
    assert_ok(prom_parameters_fund(test->curve, &terms->P.F, &terms->P, &test->error), &test->error);
    driver->place = (size_t)number_or(request, "publisher", PROM_PARTY_C);
    assert_in_range(driver->place, 0, PROM_PARTIES + n - 1);
    terms->feerate = (uint32_t)number_or(request, "feerate", terms->feerate);
    read_coins(request, terms);
    driver->Y.threshold = prom_parameters_quorum(&terms->P);
    driver->Y.count = terms->arbiter_count;
    driver->Y.generated = kind != NULL && strcmp(kind, "generated") == 0;
    if (driver->Y.generated) {
        generate_joint_key(test, &driver->Y);
        memcpy(terms->Y.bytes, driver->Y.share[0].key.bytes + 1, sizeof terms->Y.bytes); /* x of the compressed point */
    }
}

static json_t *output_json(prom_amount value, prom_span script)
{
    return json_pack("{s:o, s:o}", "value", amount_json(value), "script", hex_json(script));
}

static void add_funding(fixture *test, json_t *outputs, prom_amount value, const prom_bytes32 *key)
{
    assert_int_equal(json_array_append_new(outputs, output_json(value, p2tr_script(test, key))), 0);
}

/* What a transaction must hold for the contract to be funded from it. */
static json_t *funding_json(struct driver *driver)
{
    fixture *test = driver->test;
    const prom_terms *terms = &driver->session.terms;
    json_t *outputs = json_array();
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        for (size_t j = 0; j < terms->parties[i].coin_count; j++) {
            add_funding(test, outputs, terms->parties[i].coins[j].value, &terms->parties[i].coins[j].key);
        }
    }
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        add_funding(test, outputs, terms->P.a, &terms->arbiters[i].offer_key);
    }
    return json_pack("{s:o}", "funding", outputs);
}

/* The publisher comes back with nothing but its disk. All have the same on theirs. V has h_p from E_V. */
static void open_publisher(struct driver *driver)
{
    fixture *test = driver->test;
    struct session *session = &driver->session;
    const struct cast *cast = &session->cast;
    const prom_terms *terms = &session->terms;
    prom_sealed_key sealed;
    for (size_t i = 0; i < session->count; i++) {
        prom_span stored;
        assert_ok(prom_signing_write(&test->arena, &stored, session->at[i], &test->error), &test->error);
        assert_true(i == 0 || prom_span_equal(stored, driver->stored));
        driver->stored = stored;
    }
    assert_ok(prom_signing_new(test->curve, &test->arena, &driver->publisher, terms, session->tree, driver->place,
                               &test->error),
              &test->error);
    assert_ok(prom_signing_load(driver->publisher, driver->stored, &test->error), &test->error);
    driver->h_p = cast->h_p;
    if (driver->place == PROM_PARTY_V) {
        memset(&driver->h_p, 0, sizeof driver->h_p);
        assert_ok(prom_sealed_key_make(test->curve, &sealed, &cast->h_p, &session->tree->contract_id,
                                       &terms->parties[PROM_PARTY_V].seal_key, &test->error),
                  &test->error);
        assert_ok(prom_sealed_key_open(test->curve, &driver->h_p, &sealed, &session->tree->contract_id, &cast->seal,
                                       &terms->h, &test->error),
                  &test->error);
    }
}

/* What a branch waits for, and nothing else. */
struct late {
    prom_signature V;
    prom_signature Y;
    prom_publication with;
};

static void find_late(const struct driver *driver, struct late *late, const prom_tree_tx *tx)
{
    const struct cast *cast = &driver->session.cast;
    late->with = (prom_publication){.V = NULL};
    if ((tx->waits_for & PROM_WAITS_V) != 0) {
        late->V = sign_branch(driver->test, tx, &cast->party[PROM_PARTY_V]);
        late->with.V = &late->V;
    }
    if ((tx->waits_for & PROM_WAITS_Y) != 0) {
        late->Y = sign_decision(driver->test, &driver->Y, tx);
        late->with.Y = &late->Y;
    }
    late->with.h_p = (tx->waits_for & PROM_WAITS_H_P) != 0 ? &driver->h_p : NULL;
    late->with.k_p = (tx->waits_for & PROM_WAITS_K_P) != 0 ? &cast->k_p : NULL;
}

/* What the publisher holds, with what the transaction waits for. */
static prom_tx *finish(struct driver *driver, const prom_tree_tx *tx, const struct late *late)
{
    fixture *test = driver->test;
    struct session *session = &driver->session;
    prom_tx *finished = NULL;
    if (tx == &session->tree->tx[PROM_TX0]) {
        return finish_tx0(test, &session->cast, &session->terms, session->tree);
    }
    assert_ok(prom_signing_finish(&test->arena, &finished, driver->publisher, tx, &late->with, &test->error),
              &test->error);
    return finished;
}

static json_t *signature_json(const prom_signature *signature)
{
    return hex_json(prom_span_of(signature->bytes, sizeof signature->bytes));
}

/* A branch's signatures by who made them, and those of others in their places. */
static void add_forgeries(const struct driver *driver, json_t *object, const prom_tree_tx *tx, const struct late *late)
{
    const size_t bytes = sizeof late->V.bytes;
    const size_t branch = (size_t)(tx - driver->session.tree->tx) - 1;
    struct forgeries forgeries = {.count = 0};
    json_t *good = json_pack("{s:o}", "ALL", hex_json(prom_span_of(driver->stored.data + bytes * branch, bytes)));
    json_t *forged = json_array();
    if (late->with.V != NULL) {
        assert_int_equal(json_object_set_new(good, "V", signature_json(&late->V)), 0);
    }
    if (late->with.Y != NULL) {
        assert_int_equal(json_object_set_new(good, "Y", signature_json(&late->Y)), 0);
    }
    forge(driver->test, &forgeries, &driver->session, &driver->Y, tx);
    for (size_t i = 0; i < forgeries.count; i++) {
        const struct forgery *it = &forgeries.it[i];
        json_t *entry =
            json_pack("{s:s, s:s, s:o}", "of", it->of, "by", it->by, "signature", signature_json(&it->signature));
        assert_int_equal(json_array_append_new(forged, entry), 0);
    }
    assert_int_equal(json_object_set_new(object, "signatures", good), 0);
    assert_int_equal(json_object_set_new(object, "forged", forged), 0);
}

static bool wanted(const struct driver *driver, const char *name)
{
    const json_t *names = json_object_get(driver->request, "transactions");
    bool found = names == NULL;
    for (size_t i = 0; i < json_array_size(names); i++) {
        found = found || strcmp(json_string_value(json_array_get(names, i)), name) == 0;
    }
    return found;
}

static json_t *tree_tx_json(struct driver *driver, const prom_tree_tx *tx)
{
    char txid[PROM_HEX32];
    char parent[PROM_HEX32];
    struct late late;
    find_late(driver, &late, tx);
    const prom_tx *finished = finish(driver, tx, &late);
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:i, s:I, s:o, s:o, s:o}", "name", tx->name, "txid", prom_hex32_reversed(txid, &tx->txid),
        "spends", prom_hex32_reversed(parent, &tx->tx->inputs[0].outpoint.txid), "lock", (int)prom_tree_lock(tx, 0),
        "weight", (json_int_t)tx->weight, "fee", amount_json(tx->fee), "unsigned", tx_json(driver->test, tx->tx),
        "signed", tx_json(driver->test, finished));
    if (json_is_true(json_object_get(driver->request, "forge")) && tx != &driver->session.tree->tx[PROM_TX0]) {
        add_forgeries(driver, object, tx, &late);
    }
    return object;
}

/* Under the name, with a number behind it where that is not 0. */
static void add(json_t *object, const char *name, size_t number, json_t *value)
{
    char numbered[48]; /* a name and 20 digits at most */
    if (number == 0) {
        (void)snprintf(numbered, sizeof numbered, "%s", name);
    } else {
        (void)snprintf(numbered, sizeof numbered, "%s%zu", name, number);
    }
    assert_int_equal(json_object_set_new(object, numbered, value), 0);
}

/* The scripts by which everybody is paid. */
static json_t *payees_json(struct driver *driver)
{
    static const char *const names[PROM_PARTIES] = {"C", "W", "V"};
    static const char *const changes[PROM_PARTIES] = {"change of C", "change of W", "change of V"};
    fixture *test = driver->test;
    const prom_terms *terms = &driver->session.terms;
    json_t *payees = json_object();
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        add(payees, names[i], 0, hex_json(p2tr_script(test, &terms->parties[i].payout)));
        add(payees, changes[i], 0, hex_json(p2tr_script(test, &terms->parties[i].change)));
    }
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        add(payees, "A", i + 1, hex_json(p2tr_script(test, &terms->arbiters[i].payout)));
    }
    add(payees, "F", 0, hex_json(p2tr_script(test, &terms->P.F)));
    return payees;
}

/* All secrets of the contract, so that anybody can sign it again. */
static json_t *secrets_json(const struct driver *driver)
{
    const struct cast *cast = &driver->session.cast;
    static const char *const names[PROM_PARTIES] = {"C", "W", "V"};
    static const char *const joint[PROM_PARTIES] = {"joint key of C", "joint key of W", "joint key of V"};
    static const char *const coins[PROM_PARTIES] = {"coin of C", "coin of W", "coin of V"};
    json_t *secrets = json_object();
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        add(secrets, names[i], 0, hash_json(&cast->party[i].secret));
        add(secrets, joint[i], 0, hash_json(&cast->party_joint[i].secret));
        add(secrets, coins[i], 0, hash_json(&cast->coin[i].secret));
    }
    for (size_t i = 0; i < driver->session.terms.arbiter_count; i++) {
        add(secrets, "A", i + 1, hash_json(&cast->arbiter[i].secret));
        add(secrets, "joint key of A", i + 1, hash_json(&cast->arbiter_joint[i].secret));
        add(secrets, "offer of A", i + 1, hash_json(&cast->offer[i].secret));
    }
    add(secrets, "h_p", 0, hash_json(&cast->h_p));
    add(secrets, "k_p", 0, hash_json(&cast->k_p));
    if (!driver->Y.generated) {
        add(secrets, "Y", 0, hash_json(&cast->Y.secret));
    }
    return secrets;
}

static json_t *descriptors_json(const struct driver *driver)
{
    const prom_tree *tree = driver->session.tree;
    json_t *outputs = json_object();
    for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
        add(outputs, tree->output[i].name, 0, json_string(tree->output[i].descriptor->text));
    }
    return outputs;
}

static json_t *contract_json(struct driver *driver)
{
    fixture *test = driver->test;
    struct session *session = &driver->session;
    json_t *transactions = json_array();
    json_t *fees = json_array();
    prom_span terms;
    struct data_folder folder = {.test = test, .request = json_object_get(driver->request, "folder")};
    place_funding(driver->request, &session->terms);
    if (folder.request != NULL) {
        folder_begin(&folder, session, driver->place);
    }
    open_session(test, session);
    sign_tree(test, session);
    open_publisher(driver);
    if (folder.request != NULL) {
        folder_finish(&folder, session, driver->place);
    }
    close_session(session);
    for (size_t i = 0; i < session->tree->tx_count; i++) {
        if (wanted(driver, session->tree->tx[i].name)) {
            assert_int_equal(json_array_append_new(transactions, tree_tx_json(driver, &session->tree->tx[i])), 0);
        }
    }
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        assert_int_equal(json_array_append_new(fees, amount_json(session->tree->tx0_fee[i])), 0);
    }
    prom_signing_wipe(driver->publisher);
    assert_ok(prom_terms_write(&test->arena, &terms, &session->terms, &test->error), &test->error);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "secrets", secrets_json(driver), "terms",
                     hex_json(terms), "contract_id", hash_json(&session->tree->contract_id), "joint_key",
                     hash_json(&session->tree->all.public_key), "digest", hash_json(&session->tree->digest), "reserve",
                     amount_json(session->tree->reserve), "tx0_fees", fees, "payees", payees_json(driver),
                     "descriptors", descriptors_json(driver), "transactions", transactions);
}

int main(void)
{
    void *state = NULL;
    json_error_t error;
    struct driver driver = {.request = json_loadf(stdin, 0, &error)};
    if (driver.request == NULL || fixture_make(&state) != 0) {
        (void)fprintf(stderr, "tree_driver: the request cannot be read: %s\n", error.text);
        return 1;
    }
    driver.test = state;
    read_request(&driver);
    json_t *answer =
        json_object_get(driver.request, "funding") == NULL ? funding_json(&driver) : contract_json(&driver);
    const int failed = json_dumpf(answer, stdout, JSON_COMPACT);
    (void)putchar('\n');
    json_decref(answer);
    json_decref(driver.request);
    return fixture_free(&state) != 0 || failed != 0;
}
