/* Makes the transactions of one contract for tests/functional/test_schemes.py: reads a request in JSON from standard
 * input, writes JSON to standard output. All keys and secrets are made from names (tests/unit/contract/cast.h).
 *
 * The request has any of: n; w, v, a, c, rho, in sat; alpha, beta, gamma, delta, epsilon, mu, sigma, t1 to t4; feerate;
 * "change", what the coins of C, W and V hold beyond their deposits; "coins", how many each of them brings;
 * "joint_key", "named" for a Y whose secret has a name, or "generated" for one that the arbiters generate and sign with
 * by k of them.
 *
 * Without "funding" the answer is the list of outputs that the contract spends: coins of C, W and V, then the offers.
 * With "funding" and "first", the txid and the index from which these outputs stand, it is the contract, with all its
 * transactions signed by all parties, or only those in "transactions". */
#include "contract/session.h"

#include "prometheus/crypto/chilldkg.h"
#include "prometheus/crypto/frost.h"

/* Y: the key of one secret, or one that the arbiters share. */
struct joint_key {
    bool generated;
    size_t threshold;
    size_t count;
    prom_dkg_output share[PROM_ARBITERS_MAX];
};

struct driver {
    fixture *test;
    json_t *request;
    struct session session;
    struct joint_key Y;
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

/* All arbiters and the coordinator, in one place, make a key by ChillDKG. */
static void generate_joint_key(fixture *test, struct joint_key *Y)
{
    prom_dkg_session session = {.threshold = Y->threshold, .count = Y->count};
    prom_dkg_participant participant[PROM_ARBITERS_MAX];
    prom_dkg_outcome outcome[PROM_ARBITERS_MAX + 1]; /* the last one is the coordinator's */
    prom_dkg_output public;
    prom_dkg_blame blame;
    prom_signature signature[PROM_ARBITERS_MAX];
    prom_span first[PROM_ARBITERS_MAX];
    prom_span second[PROM_ARBITERS_MAX];
    prom_span message;
    prom_span recovery;
    const prom_bytes32 auxiliary = {{0}};
    for (size_t i = 0; i < Y->count; i++) {
        const prom_bytes32 secret = named("host secret", i);
        assert_ok(prom_point_of_secret(test->curve, &session.host_keys[i], &secret, &test->error), &test->error);
    }
    for (size_t i = 0; i < Y->count; i++) {
        const prom_bytes32 secret = named("host secret", i);
        const prom_bytes32 randomness = named("generation", i);
        assert_ok(prom_dkg_participant_step1(&(prom_dkg_context){.arena = &test->arena, .curve = test->curve},
                                             &participant[i], &first[i], &session,
                                             &(prom_dkg_secrets){&secret, &randomness}, &test->error),
                  &test->error);
    }
    assert_ok(prom_dkg_coordinator_step1(
                  &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &outcome[Y->count],
                  &message, &session, &(prom_dkg_messages){first, Y->count}, &test->error),
              &test->error);
    for (size_t i = 0; i < Y->count; i++) {
        const prom_bytes32 secret = named("host secret", i);
        assert_ok(prom_dkg_participant_step2(
                      &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &outcome[i],
                      &signature[i], &participant[i], &(prom_dkg_secrets){&secret, &auxiliary}, message, &test->error),
                  &test->error);
        second[i] = prom_span_of(signature[i].bytes, sizeof signature[i].bytes);
    }
    assert_ok(prom_dkg_coordinator_finalize(
                  &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &public, &message,
                  &recovery, &outcome[Y->count], &(prom_dkg_messages){second, Y->count}, &test->error),
              &test->error);
    for (size_t i = 0; i < Y->count; i++) {
        assert_ok(prom_dkg_participant_finalize(
                      &(prom_dkg_context){.arena = &test->arena, .curve = test->curve, .blame = &blame}, &Y->share[i],
                      &recovery, &outcome[i], message, &test->error),
                  &test->error);
    }
}

/* The first `count` arbiters of S sign by FROST, where they say that `threshold` are enough. */
static prom_result sign_jointly(const struct driver *driver, prom_signature *signature, const prom_bytes32 *hash,
                                uint32_t S, size_t count, size_t threshold)
{
    fixture *test = driver->test;
    const struct joint_key *Y = &driver->Y;
    const prom_span message = prom_span_of32(hash);
    prom_frost_secret_nonce secret[PROM_ARBITERS_MAX];
    prom_frost_nonce public[PROM_ARBITERS_MAX];
    prom_point public_shares[PROM_ARBITERS_MAX];
    prom_bytes32 share[PROM_ARBITERS_MAX];
    uint32_t ids[PROM_ARBITERS_MAX];
    prom_frost_session *session = NULL;
    size_t culprit = 0;
    size_t found = 0;
    for (uint32_t i = 0; i < Y->count && found < count; i++) {
        if ((S >> i & 1) == 0) {
            continue;
        }
        const prom_bytes32 randomness = named("nonce", i);
        const prom_frost_nonce_input input = {.secret_share = &Y->share[i].secret_share, .message = &message};
        ids[found] = i;
        public_shares[found] = Y->share[i].public_shares[i];
        PROM_TRY(
            prom_frost_nonce_new(test->curve, &secret[found], &public[found], &randomness, &input, &test -> error));
        found++;
    }
    prom_frost_terms terms = {.participants = Y->count,
                              .threshold = threshold,
                              .key = Y->share[0].key,
                              .ids = ids,
                              .public_shares = public_shares,
                              .count = found,
                              .message = message};
    PROM_TRY(prom_frost_nonce_sum(test->curve, &terms.nonce, &culprit, public, found, &test->error));
    PROM_TRY(prom_frost_session_new(&test->arena, test->curve, &session, &terms, &test->error));
    for (size_t i = 0; i < found; i++) {
        PROM_TRY(prom_frost_sign(test->curve, &share[i], &secret[i], session, ids[i], &Y->share[ids[i]].secret_share,
                                 &test->error));
    }
    return prom_frost_signature(test->curve, signature, &culprit, session, share, found, &test->error);
}

/* Y's signature of a decision. One arbiter fewer makes none, whatever threshold they say there is. */
static prom_signature sign_decision(const struct driver *driver, const prom_tree_tx *tx)
{
    fixture *test = driver->test;
    const size_t k = driver->Y.threshold;
    prom_signature signature;
    prom_bytes32 hash;
    assert_ok(prom_tree_sighash(&test->arena, &hash, tx, 0, &test->error), &test->error);
    if (!driver->Y.generated) {
        return sign_hash(test, &driver->session.cast.Y, &hash);
    }
    assert_fails(sign_jointly(driver, &signature, &hash, tx->deciders, k - 1, k), PROM_CATEGORY_BAD_INPUT, &test->error,
                 "");
    assert_fails(sign_jointly(driver, &signature, &hash, tx->deciders, k - 1, k - 1), PROM_CATEGORY_BAD_INPUT,
                 &test->error, "");
    assert_ok(sign_jointly(driver, &signature, &hash, tx->deciders, k, k), &test->error);
    return signature;
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

/* What the client holds, with all that the transaction waits for. */
static prom_tx *finish(struct driver *driver, const prom_tree_tx *tx)
{
    fixture *test = driver->test;
    struct session *session = &driver->session;
    if (tx == &session->tree->tx[PROM_TX0]) {
        return finish_tx0(test, &session->cast, &session->terms, session->tree);
    }
    const prom_signature V = sign_branch(test, tx, &session->cast.party[PROM_PARTY_V]);
    prom_publication with = {.V = &V, .h_p = &session->cast.h_p, .k_p = &session->cast.k_p};
    prom_signature decision;
    if ((tx->waits_for & PROM_WAITS_Y) != 0) {
        decision = sign_decision(driver, tx);
        with.Y = &decision;
    }
    prom_tx *finished = NULL;
    assert_ok(prom_signing_finish(&test->arena, &finished, session->at[PROM_PARTY_C], tx, &with, &test->error),
              &test->error);
    return finished;
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
    const prom_tx *finished = finish(driver, tx);
    return json_pack("{s:s, s:s, s:s, s:i, s:I, s:o, s:o, s:o}", "name", tx->name, "txid",
                     prom_hex32_reversed(txid, &tx->txid), "spends",
                     prom_hex32_reversed(parent, &tx->tx->inputs[0].outpoint.txid), "lock", (int)prom_tree_lock(tx, 0),
                     "weight", (json_int_t)tx->weight, "fee", amount_json(tx->fee), "unsigned",
                     tx_json(driver->test, tx->tx), "signed", tx_json(driver->test, finished));
}

/* Under the name, with a number behind it where that is not 0. */
static void add(json_t *object, const char *name, size_t number, json_t *value)
{
    char numbered[48];
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
    place_funding(driver->request, &session->terms);
    open_session(test, session);
    sign_tree(test, session);
    close_session(session);
    for (size_t i = 0; i < session->tree->tx_count; i++) {
        if (wanted(driver, session->tree->tx[i].name)) {
            assert_int_equal(json_array_append_new(transactions, tree_tx_json(driver, &session->tree->tx[i])), 0);
        }
    }
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        assert_int_equal(json_array_append_new(fees, amount_json(session->tree->tx0_fee[i])), 0);
    }
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
