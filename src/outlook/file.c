#include "outlook/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "prometheus/bitcoin/script.h"
#include "system/file.h"

#define BYTES_MAX ((size_t)1 << 20)
#define U40_MAX ((UINT64_C(1) << 40) - 1)
#define OUTPOINT_TEXT (PROM_HEX32 + 16)

typedef enum field_kind {
    FIELD_NUMBER,   /* an unsigned integer of the member's size */
    FIELD_AMOUNT,   /* sat */
    FIELD_HEX32,    /* a hash or a key */
    FIELD_TXID,     /* as Bitcoin shows it */
    FIELD_OUTPOINT, /* "txid:index" */
    FIELD_SCRIPT,   /* of a P2TR output, hex; the member is its key */
    FIELD_BYTES,    /* hex */
    FIELD_NETWORK,  /* its name; the member is the genesis hash */
    FIELD_COMMENT,  /* for people; there is no member */
    FIELD_OBJECT,   /* has a table of its own */
    FIELD_LIST,     /* of objects that have a table of their own */
} field_kind;

typedef enum field_need {
    NEEDED_ALWAYS,
    NEEDED_FOR_WHOLE,
    PART_OF_WHOLE, /* with a default */
    NEEDED_NEVER,
} field_need;

struct field {
    const char *name;
    field_kind kind;
    field_need need;
    size_t offset;
    size_t size;
    uint64_t most; /* of an amount */
};

#define FIELD(name, kind, need, type, member)                                                                          \
    {                                                                                                                  \
        name, kind, need, offsetof(type, member), sizeof(((type *)0)->member), 0                                       \
    }
#define AMOUNT(name, need, type, member, most)                                                                         \
    {                                                                                                                  \
        name, FIELD_AMOUNT, need, offsetof(type, member), sizeof(prom_amount), most                                    \
    }
#define PARAMETER(name, kind) FIELD(#name, kind, NEEDED_ALWAYS, prom_terms, P.name)
#define STAKE(name) AMOUNT(#name, NEEDED_ALWAYS, prom_terms, P.name, U40_MAX)
#define FOR_WHOLE(name, kind, type) FIELD(#name, kind, NEEDED_FOR_WHOLE, type, name)
#define OF_WHOLE(name, kind, type) FIELD(#name, kind, PART_OF_WHOLE, type, name)

static const struct field TERMS_FIELDS[] = {
    {"comment", FIELD_COMMENT, NEEDED_NEVER, 0, 0, 0},
    FIELD("network", FIELD_NETWORK, NEEDED_NEVER, prom_terms, genesis),
    FIELD("signet_challenge", FIELD_BYTES, NEEDED_NEVER, prom_terms, signet_challenge),
    STAKE(w),
    STAKE(v),
    STAKE(a),
    PARAMETER(n, FIELD_NUMBER),
    PARAMETER(F, FIELD_HEX32),
    PARAMETER(alpha, FIELD_NUMBER),
    PARAMETER(beta, FIELD_NUMBER),
    PARAMETER(gamma, FIELD_NUMBER),
    PARAMETER(delta, FIELD_NUMBER),
    PARAMETER(epsilon, FIELD_NUMBER),
    PARAMETER(mu, FIELD_NUMBER),
    PARAMETER(sigma, FIELD_NUMBER),
    PARAMETER(varsigma, FIELD_NUMBER),
    PARAMETER(t1, FIELD_NUMBER),
    PARAMETER(t2, FIELD_NUMBER),
    PARAMETER(t3, FIELD_NUMBER),
    PARAMETER(t4, FIELD_NUMBER),
    PARAMETER(t5, FIELD_NUMBER),
    AMOUNT("c", NEEDED_ALWAYS, prom_terms, c, PROM_AMOUNT_MAX),
    AMOUNT("retainer", NEEDED_NEVER, prom_terms, retainer, PROM_AMOUNT_MAX),
    FIELD("feerate", FIELD_NUMBER, NEEDED_ALWAYS, prom_terms, feerate),
    FOR_WHOLE(p_txid, FIELD_TXID, prom_terms),
    FOR_WHOLE(h, FIELD_HEX32, prom_terms),
    FOR_WHOLE(k_h, FIELD_HEX32, prom_terms),
    FOR_WHOLE(Y, FIELD_HEX32, prom_terms),
    FOR_WHOLE(snapshot_height, FIELD_NUMBER, prom_terms),
    FOR_WHOLE(snapshot_hash, FIELD_TXID, prom_terms),
    OF_WHOLE(draw_height, FIELD_NUMBER, prom_terms),
    OF_WHOLE(earlier, FIELD_BYTES, prom_terms),
    FOR_WHOLE(setup_deadline, FIELD_NUMBER, prom_terms),
    FIELD("most_package", FIELD_NUMBER, NEEDED_FOR_WHOLE, prom_terms, package_max),
    FOR_WHOLE(retention, FIELD_NUMBER, prom_terms),
    OF_WHOLE(frost_revision, FIELD_NUMBER, prom_terms),
    OF_WHOLE(dkg_revision, FIELD_NUMBER, prom_terms),
    OF_WHOLE(flags, FIELD_NUMBER, prom_terms),
    FOR_WHOLE(job, FIELD_OBJECT, prom_terms),
    FIELD("client", FIELD_OBJECT, NEEDED_FOR_WHOLE, prom_terms, parties[PROM_PARTY_C]),
    FIELD("worker", FIELD_OBJECT, NEEDED_FOR_WHOLE, prom_terms, parties[PROM_PARTY_W]),
    FIELD("verifier", FIELD_OBJECT, NEEDED_FOR_WHOLE, prom_terms, parties[PROM_PARTY_V]),
    FOR_WHOLE(arbiters, FIELD_LIST, prom_terms),
};

static const struct field JOB_FIELDS[] = {
    FOR_WHOLE(scheme, FIELD_NUMBER, prom_job),        FOR_WHOLE(program_digest, FIELD_HEX32, prom_job),
    FOR_WHOLE(program_bytes, FIELD_NUMBER, prom_job), FOR_WHOLE(input_hash, FIELD_HEX32, prom_job),
    FOR_WHOLE(input_bytes, FIELD_NUMBER, prom_job),   FOR_WHOLE(items, FIELD_NUMBER, prom_job),
};

#define OF_EVERY_PARTY                                                                                                 \
    FOR_WHOLE(key, FIELD_HEX32, prom_party_terms), FOR_WHOLE(joint_key, FIELD_HEX32, prom_party_terms),                \
        FOR_WHOLE(payout, FIELD_HEX32, prom_party_terms), FOR_WHOLE(change, FIELD_HEX32, prom_party_terms),            \
        FOR_WHOLE(coins, FIELD_LIST, prom_party_terms)

static const struct field PARTY_FIELDS[] = {OF_EVERY_PARTY};

static const struct field VERIFIER_FIELDS[] = {FOR_WHOLE(seal_key, FIELD_HEX32, prom_party_terms), OF_EVERY_PARTY};

static const struct field COIN_FIELDS[] = {
    FOR_WHOLE(outpoint, FIELD_OUTPOINT, prom_coin),
    AMOUNT("value", NEEDED_FOR_WHOLE, prom_coin, value, PROM_AMOUNT_MAX),
    FIELD("script", FIELD_SCRIPT, NEEDED_FOR_WHOLE, prom_coin, key),
};

static const struct field ARBITER_FIELDS[] = {
    FOR_WHOLE(offer, FIELD_OUTPOINT, prom_arbiter_terms), OF_WHOLE(offer_key, FIELD_HEX32, prom_arbiter_terms),
    FOR_WHOLE(key, FIELD_HEX32, prom_arbiter_terms),      FOR_WHOLE(joint_key, FIELD_HEX32, prom_arbiter_terms),
    FOR_WHOLE(payout, FIELD_HEX32, prom_arbiter_terms),
};

/* The fields of an object. */
struct form {
    const struct field *fields;
    size_t count;
};

#define FORM(fields)                                                                                                   \
    {                                                                                                                  \
        fields, sizeof(fields) / sizeof *(fields)                                                                      \
    }

static const struct form TERMS_FORM = FORM(TERMS_FIELDS);
static const struct form JOB_FORM = FORM(JOB_FIELDS);
static const struct form PARTY_FORMS[PROM_PARTIES] = {FORM(PARTY_FIELDS), FORM(PARTY_FIELDS), FORM(VERIFIER_FIELDS)};
static const struct form COIN_FORM = FORM(COIN_FIELDS);
static const struct form ARBITER_FORM = FORM(ARBITER_FIELDS);

/* What all steps of reading share. */
struct reading {
    prom_arena *arena;
    prom_contract_extent extent;
    bool *refused;
    prom_error *error;
};

static prom_result must_be(const struct reading *reading, const struct field *field, const char *what)
{
    return prom_fail(reading->error, PROM_CATEGORY_BAD_INPUT, "'%s' must be %s", field->name, what);
}

/* The unsigned integer of `size` bytes at `member`, and back. */
static void store_number(void *member, size_t size, uint64_t value)
{
    if (size == sizeof(uint8_t)) {
        *(uint8_t *)member = (uint8_t)value;
    } else if (size == sizeof(uint16_t)) {
        *(uint16_t *)member = (uint16_t)value;
    } else if (size == sizeof(uint32_t)) {
        *(uint32_t *)member = (uint32_t)value;
    } else {
        *(uint64_t *)member = value;
    }
}

static uint64_t load_number(const void *member, size_t size)
{
    return size == sizeof(uint8_t)    ? *(const uint8_t *)member
           : size == sizeof(uint16_t) ? *(const uint16_t *)member
           : size == sizeof(uint32_t) ? *(const uint32_t *)member
                                      : *(const uint64_t *)member;
}

static prom_result read_number(const struct reading *reading, void *member, const struct field *field,
                               const json_t *value)
{
    const bool amount = field->kind == FIELD_AMOUNT;
    const uint64_t most = amount ? field->most : UINT64_MAX >> (64 - 8 * field->size);
    const json_int_t number = json_integer_value(value);
    if (!json_is_integer(value)) {
        return must_be(reading, field, "a whole number");
    }
    if (number < 0 || (uint64_t)number > most) {
        *reading->refused = true;
        return prom_fail(reading->error, PROM_CATEGORY_BAD_INPUT, "the contract breaks the bound 0 <= %s <= %" PRIu64,
                         field->name, most);
    }
    if (amount) {
        *(prom_amount *)member = prom_amount_of((uint64_t)number);
    } else {
        store_number(member, field->size, (uint64_t)number);
    }
    return prom_ok();
}

/* "txid:index", the index a decimal number without leading zeros. */
static bool parse_outpoint(prom_outpoint *outpoint, const char *text)
{
    char txid[PROM_HEX32];
    char again[OUTPOINT_TEXT];
    const char *colon = strchr(text, ':');
    if (colon == NULL || colon - text != PROM_HEX32 - 1 || strlen(colon) > 11) {
        return false;
    }
    (void)snprintf(txid, sizeof txid, "%s", text);
    const unsigned long long index = strtoull(colon + 1, NULL, 10);
    (void)snprintf(again, sizeof again, ":%llu", index);
    outpoint->index = (uint32_t)index;
    return strcmp(again, colon) == 0 && index <= UINT32_MAX && prom_hex32_parse_reversed(&outpoint->txid, txid);
}

static prom_result read_bytes(const struct reading *reading, prom_span *span, const struct field *field,
                              const char *text)
{
    const size_t length = strlen(text) / 2;
    uint8_t *bytes = NULL;
    PROM_TRY_NEW(bytes, reading->arena, length, reading->error);
    if (!prom_hex_parse(bytes, length, text, strlen(text))) {
        return must_be(reading, field, "an even number of hex digits");
    }
    *span = prom_span_of(bytes, length);
    return prom_ok();
}

static prom_result read_script(const struct reading *reading, prom_bytes32 *key, const struct field *field,
                               const char *text)
{
    prom_span script;
    PROM_TRY(read_bytes(reading, &script, field, text));
    if (!prom_script_is_p2tr(script)) {
        *reading->refused = true;
        return prom_fail(reading->error, PROM_CATEGORY_BAD_INPUT,
                         "'%s' is not that of a P2TR output, 5120 and its key, and only such coins are taken",
                         field->name);
    }
    memcpy(key->bytes, script.data + script.length - sizeof key->bytes, sizeof key->bytes);
    return prom_ok();
}

static prom_result read_network(const struct reading *reading, prom_bytes32 *genesis, const struct field *field,
                                const char *name)
{
    const prom_chain_parameters *network = prom_chain_parameters_by_name(strcmp(name, "mainnet") == 0 ? "main" : name);
    if (network == NULL) {
        return must_be(reading, field, "\"mainnet\", \"testnet4\", \"signet\" or \"regtest\"");
    }
    *genesis = network->genesis;
    return prom_ok();
}

/* Reads one field. An object's and a list's content has its own reader. */
static prom_result read_field(const struct reading *reading, void *member, const struct field *field,
                              const json_t *value)
{
    const char *text = json_is_string(value) ? json_string_value(value) : "-"; /* which is right for no field */
    switch (field->kind) {
    case FIELD_NUMBER:
    case FIELD_AMOUNT:
        return read_number(reading, member, field, value);
    case FIELD_HEX32:
        return prom_hex32_parse(member, text) ? prom_ok() : must_be(reading, field, "64 hex digits");
    case FIELD_TXID:
        return prom_hex32_parse_reversed(member, text) ? prom_ok() : must_be(reading, field, "64 hex digits");
    case FIELD_OUTPOINT:
        return parse_outpoint(member, text) ? prom_ok() : must_be(reading, field, "of the form \"txid:index\"");
    case FIELD_SCRIPT:
        return read_script(reading, member, field, text);
    case FIELD_BYTES:
        return read_bytes(reading, member, field, text);
    case FIELD_NETWORK:
        return read_network(reading, member, field, text);
    case FIELD_COMMENT:
        return json_is_string(value) ? prom_ok() : must_be(reading, field, "text");
    case FIELD_OBJECT:
        return json_is_object(value) ? prom_ok() : must_be(reading, field, "an object");
    case FIELD_LIST:
        return json_is_array(value) ? prom_ok() : must_be(reading, field, "a list");
    }
    return prom_fail(reading->error, PROM_CATEGORY_BROKEN, "a field is of no known kind");
}

static prom_result check_names(const struct reading *reading, const struct form *form, json_t *object)
{
    const char *name = NULL;
    json_t *value = NULL;
    if (!json_is_object(object)) {
        return prom_fail(reading->error, PROM_CATEGORY_BAD_INPUT, "this must be an object, {...}");
    }
    json_object_foreach(object, name, value)
    {
        bool known = false;
        for (size_t i = 0; i < form->count; i++) {
            known = known || strcmp(form->fields[i].name, name) == 0;
        }
        if (!known) {
            char shown[64];
            return prom_fail(reading->error, PROM_CATEGORY_BAD_INPUT, "unknown field '%s'",
                             prom_printable(shown, sizeof shown, name, strlen(name)));
        }
    }
    return prom_ok();
}

/* Reads the fields of one object to `into`, as far as they are wanted. */
static prom_result read_fields(const struct reading *reading, void *into, const struct form *form, json_t *object)
{
    PROM_TRY(check_names(reading, form, object));
    for (size_t i = 0; i < form->count; i++) {
        const struct field *field = &form->fields[i];
        const json_t *value = json_object_get(object, field->name);
        const bool whole = field->need == NEEDED_FOR_WHOLE || field->need == PART_OF_WHOLE;
        const bool wanted = !whole || reading->extent == PROM_CONTRACT_WHOLE;
        if (wanted && value != NULL) {
            PROM_TRY(read_field(reading, (uint8_t *)into + field->offset, field, value));
        } else if (wanted && (field->need == NEEDED_ALWAYS || field->need == NEEDED_FOR_WHOLE)) {
            return prom_fail(reading->error, PROM_CATEGORY_BAD_INPUT, "'%s' is missing", field->name);
        }
    }
    return prom_ok();
}

/* A list of objects, and where they go. */
struct list {
    const char *name;
    const struct form *form; /* of each */
    void *elements;
    size_t size; /* of each, in bytes */
    size_t count_max;
};

/* Reads the member `list` of `object`. */
static prom_result read_list(const struct reading *reading, size_t *count, const struct list *list,
                             const json_t *object)
{
    const json_t *array = json_object_get(object, list->name);
    if (json_array_size(array) > list->count_max) {
        *reading->refused = true;
        return prom_fail(reading->error, PROM_CATEGORY_BAD_INPUT, "'%s' has %zu elements, at most %zu are possible",
                         list->name, json_array_size(array), list->count_max);
    }
    for (*count = 0; *count < json_array_size(array); (*count)++) {
        uint8_t *element = (uint8_t *)list->elements + *count * list->size;
        PROM_TRY(prom_within(read_fields(reading, element, list->form, json_array_get(array, *count)), reading->error,
                             "%s[%zu]", list->name, *count));
    }
    return prom_ok();
}

static prom_result read_party(const struct reading *reading, prom_terms *terms, prom_party party, json_t *object)
{
    prom_party_terms *own = &terms->parties[party];
    const struct list coins = {"coins", &COIN_FORM, own->coins, sizeof *own->coins, PROM_COINS_MAX};
    PROM_TRY(read_fields(reading, own, &PARTY_FORMS[party], object));
    return read_list(reading, &own->coin_count, &coins, object);
}

/* What an arbiter leaves out: it speaks with the key of its offer. */
static void default_offer_keys(prom_terms *terms, const json_t *arbiters)
{
    for (size_t i = 0; i < terms->arbiter_count; i++) {
        prom_arbiter_terms *arbiter = &terms->arbiters[i];
        if (json_object_get(json_array_get(arbiters, i), "offer_key") == NULL) {
            arbiter->offer_key = arbiter->key;
        }
    }
}

uint32_t prom_contract_draw_height(const prom_terms *terms)
{
    const prom_chain_parameters *network = prom_terms_network(terms);
    return terms->snapshot_height + (network == NULL ? 0 : network->snapshot_depth.low) + PROM_DRAW_LEAD;
}

static prom_result read_whole(const struct reading *reading, prom_terms *terms, json_t *root)
{
    const struct list arbiters = {"arbiters", &ARBITER_FORM, terms->arbiters, sizeof *terms->arbiters,
                                  PROM_ARBITERS_MAX};
    PROM_TRY(
        prom_within(read_fields(reading, &terms->job, &JOB_FORM, json_object_get(root, "job")), reading->error, "job"));
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        const char *name = prom_party_name(party);
        PROM_TRY(
            prom_within(read_party(reading, terms, party, json_object_get(root, name)), reading->error, "%s", name));
    }
    PROM_TRY(read_list(reading, &terms->arbiter_count, &arbiters, root));
    default_offer_keys(terms, json_object_get(root, arbiters.name));
    if (json_object_get(root, "draw_height") == NULL) {
        terms->draw_height = prom_contract_draw_height(terms);
    }
    return prom_ok();
}

/* Whether there is a field that the parameters alone do not have. */
static bool has_more(const json_t *root)
{
    bool more = false;
    for (size_t i = 0; i < TERMS_FORM.count; i++) {
        const struct field *field = &TERMS_FORM.fields[i];
        const bool of_whole = field->need == NEEDED_FOR_WHOLE || field->need == PART_OF_WHOLE;
        more = more || (of_whole && json_object_get(root, field->name) != NULL);
    }
    return more;
}

static prom_result read_terms(const struct reading *reading, prom_terms *terms, json_t *root)
{
    PROM_TRY(read_fields(reading, terms, &TERMS_FORM, root));
    terms->signet_challenge = prom_signet_challenge(terms->signet_challenge);
    return reading->extent == PROM_CONTRACT_WHOLE ? read_whole(reading, terms, root) : prom_ok();
}

prom_result prom_contract_file_read(prom_arena *arena, prom_terms *terms, bool *refused, const char *path,
                                    prom_contract_extent extent, bool *whole, prom_error *error)
{
    struct reading reading = {arena, extent, refused, error};
    prom_span content;
    json_error_t fault;
    char shown[JSON_ERROR_TEXT_LENGTH];
    *terms = (prom_terms){.genesis = prom_chain_parameters_by_name("main")->genesis,
                          .retainer = prom_amount_zero(),
                          .frost_revision = PROM_FROST_REVISION,
                          .dkg_revision = PROM_DKG_REVISION};
    *refused = false;
    PROM_TRY(prom_file_read(arena, &content, path, BYTES_MAX, error));
    json_auto_t *root = json_loadb((const char *)content.data, content.length, JSON_REJECT_DUPLICATES, &fault);
    if (root == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.256s is not JSON: line %d, column %d: %s", path, fault.line,
                         fault.column, prom_printable(shown, sizeof shown, fault.text, strlen(fault.text)));
    }
    reading.extent = has_more(root) ? PROM_CONTRACT_WHOLE : extent;
    if (whole != NULL) {
        *whole = reading.extent == PROM_CONTRACT_WHOLE;
    }
    return prom_within(read_terms(&reading, terms, root), error, "%.256s", path);
}

static json_t *json_outpoint(const prom_outpoint *outpoint)
{
    char txid[PROM_HEX32];
    return json_sprintf("%s:%" PRIu32, prom_hex32_reversed(txid, &outpoint->txid), outpoint->index);
}

/* NULL for none at all: the field is left out. */
static json_t *json_bytes(const prom_span *bytes)
{
    char *text = bytes->length == 0 ? NULL : malloc(2 * bytes->length + 1);
    json_t *string = text == NULL ? NULL : json_string(prom_hex(text, bytes->data, bytes->length));
    free(text);
    return string;
}

/* NULL for an object and a list, which have their own writers, and when memory ran out. */
static json_t *json_field(const struct field *field, const void *member, const char *comment)
{
    char text[PROM_HEX32];
    uint64_t sat = 0;
    switch (field->kind) {
    case FIELD_NUMBER:
        return json_integer((json_int_t)load_number(member, field->size));
    case FIELD_AMOUNT:
        return prom_amount_get(*(const prom_amount *)member, &sat) ? json_integer((json_int_t)sat) : NULL;
    case FIELD_HEX32:
        return json_string(prom_hex32(text, member));
    case FIELD_TXID:
        return json_string(prom_hex32_reversed(text, member));
    case FIELD_OUTPOINT:
        return json_outpoint(member);
    case FIELD_SCRIPT:
        return json_sprintf("5120%s", prom_hex32(text, member)); /* OP_1 and 32 bytes */
    case FIELD_BYTES:
        return json_bytes(member);
    case FIELD_NETWORK:
        return json_string(prom_chain_parameters_by_genesis(member)->name);
    case FIELD_COMMENT:
        return json_string(comment);
    case FIELD_OBJECT:
    case FIELD_LIST:
        return NULL;
    }
    return NULL;
}

static json_t *json_fields(const struct form *form, const void *from, const char *comment)
{
    json_t *object = json_object();
    for (size_t i = 0; i < form->count; i++) {
        const struct field *field = &form->fields[i];
        json_t *value = json_field(field, (const uint8_t *)from + field->offset, comment);
        if (value != NULL) {
            (void)json_object_set_new(object, field->name, value);
        }
    }
    return object;
}

static json_t *json_list(const struct form *form, const void *from, size_t count, size_t size)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, json_fields(form, (const uint8_t *)from + i * size, NULL));
    }
    return list;
}

json_t *prom_contract_file_json(const prom_terms *terms, const char *comment)
{
    json_t *root = json_fields(&TERMS_FORM, terms, comment);
    (void)json_object_set_new(root, "job", json_fields(&JOB_FORM, &terms->job, NULL));
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        const prom_party_terms *own = &terms->parties[party];
        json_t *object = json_fields(&PARTY_FORMS[party], own, NULL);
        (void)json_object_set_new(object, "coins",
                                  json_list(&COIN_FORM, own->coins, own->coin_count, sizeof *own->coins));
        (void)json_object_set_new(root, prom_party_name(party), object);
    }
    (void)json_object_set_new(root, "arbiters",
                              json_list(&ARBITER_FORM, terms->arbiters, terms->arbiter_count, sizeof *terms->arbiters));
    return root;
}
