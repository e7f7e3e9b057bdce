#include "outlook/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "outlook/file_fields.h"
#include "prometheus/bitcoin/script.h"
#include "system/file.h"

#define BYTES_MAX ((size_t)1 << 20)
#define OUTPOINT_TEXT (PROM_HEX32 + 16)

/* What all steps of reading share. */
struct reading {
    prom_arena *arena;
    prom_contract_extent extent;
    bool *refused;
    prom_error *error;
};

static prom_result must_be(const struct reading *reading, const struct prom_field *field, const char *what)
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

static prom_result read_number(const struct reading *reading, void *member, const struct prom_field *field,
                               const json_t *value)
{
    const bool amount = field->kind == PROM_FIELD_AMOUNT;
    const uint64_t most = amount ? field->most : UINT64_MAX >> (64 - 8 * field->size);
    const json_int_t number = json_integer_value(value);
    if (!json_is_integer(value)) {
        return must_be(reading, field, "a whole number");
    }
    if (number < 0 || (uint64_t)number > most) {
        *reading->refused = true;
        return prom_fail(reading->error, PROM_CATEGORY_BAD_INPUT,
                         "%s is %" JSON_INTEGER_FORMAT ", and 0 to %" PRIu64 " can be written", field->name, number,
                         most);
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

static prom_result read_bytes(const struct reading *reading, prom_span *span, const struct prom_field *field,
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

static prom_result read_script(const struct reading *reading, prom_bytes32 *key, const struct prom_field *field,
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

static prom_result read_network(const struct reading *reading, prom_bytes32 *genesis, const struct prom_field *field,
                                const char *name)
{
    const prom_chain_parameters *network = prom_chain_parameters_by_name(strcmp(name, "mainnet") == 0 ? "main" : name);
    if (network == NULL) {
        return must_be(reading, field, "\"mainnet\" (or \"main\"), \"testnet4\", \"signet\" or \"regtest\"");
    }
    *genesis = network->genesis;
    return prom_ok();
}

/* Reads one field. An object's and a list's content has its own reader. */
static prom_result read_field(const struct reading *reading, void *member, const struct prom_field *field,
                              const json_t *value)
{
    const char *text = json_is_string(value) ? json_string_value(value) : "-"; /* which is right for no field */
    switch (field->kind) {
    case PROM_FIELD_NUMBER:
    case PROM_FIELD_AMOUNT:
        return read_number(reading, member, field, value);
    case PROM_FIELD_HEX32:
        return prom_hex32_parse(member, text) ? prom_ok() : must_be(reading, field, "64 hex digits");
    case PROM_FIELD_TXID:
        return prom_hex32_parse_reversed(member, text) ? prom_ok() : must_be(reading, field, "64 hex digits");
    case PROM_FIELD_OUTPOINT:
        return parse_outpoint(member, text) ? prom_ok() : must_be(reading, field, "of the form \"txid:index\"");
    case PROM_FIELD_SCRIPT:
        return read_script(reading, member, field, text);
    case PROM_FIELD_BYTES:
        return read_bytes(reading, member, field, text);
    case PROM_FIELD_NETWORK:
        return read_network(reading, member, field, text);
    case PROM_FIELD_COMMENT:
        return json_is_string(value) ? prom_ok() : must_be(reading, field, "text");
    case PROM_FIELD_OBJECT:
        return json_is_object(value) ? prom_ok() : must_be(reading, field, "an object");
    case PROM_FIELD_LIST:
        return json_is_array(value) ? prom_ok() : must_be(reading, field, "a list");
    }
    return prom_fail(reading->error, PROM_CATEGORY_BROKEN, "a field is of no known kind");
}

static prom_result check_names(const struct reading *reading, const struct prom_form *form, json_t *object)
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
static prom_result read_fields(const struct reading *reading, void *into, const struct prom_form *form, json_t *object)
{
    PROM_TRY(check_names(reading, form, object));
    for (size_t i = 0; i < form->count; i++) {
        const struct prom_field *field = &form->fields[i];
        const json_t *value = json_object_get(object, field->name);
        const bool whole = field->need == PROM_NEEDED_FOR_WHOLE || field->need == PROM_PART_OF_WHOLE;
        const bool wanted = !whole || reading->extent == PROM_CONTRACT_WHOLE;
        if (wanted && value != NULL) {
            PROM_TRY(read_field(reading, (uint8_t *)into + field->offset, field, value));
        } else if (wanted && (field->need == PROM_NEEDED_ALWAYS || field->need == PROM_NEEDED_FOR_WHOLE)) {
            return prom_fail(reading->error, PROM_CATEGORY_BAD_INPUT, "'%s' is missing", field->name);
        }
    }
    return prom_ok();
}

/* A list of objects, and where they go. */
struct list {
    const char *name;
    const struct prom_form *form; /* of each */
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
    const struct list coins = {"coins", &prom_coin_form, own->coins, sizeof *own->coins, PROM_COINS_MAX};
    PROM_TRY(read_fields(reading, own, &prom_party_forms[party], object));
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
    const struct list arbiters = {"arbiters", &prom_arbiter_form, terms->arbiters, sizeof *terms->arbiters,
                                  PROM_ARBITERS_MAX};
    PROM_TRY(prom_within(read_fields(reading, &terms->job, &prom_job_form, json_object_get(root, "job")),
                         reading->error, "job"));
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
    for (size_t i = 0; i < prom_terms_form.count; i++) {
        const struct prom_field *field = &prom_terms_form.fields[i];
        const bool of_whole = field->need == PROM_NEEDED_FOR_WHOLE || field->need == PROM_PART_OF_WHOLE;
        more = more || (of_whole && json_object_get(root, field->name) != NULL);
    }
    return more;
}

static prom_result read_terms(const struct reading *reading, prom_terms *terms, json_t *root)
{
    PROM_TRY(read_fields(reading, terms, &prom_terms_form, root));
    terms->signet_challenge = prom_signet_challenge(terms->signet_challenge);
    return reading->extent == PROM_CONTRACT_WHOLE ? read_whole(reading, terms, root) : prom_ok();
}

/* What the players think. A number that has no room there says nothing about the contract. */
static prom_result read_setting(const struct reading *reading, prom_contract_file *file, const json_t *root)
{
    bool refused = false;
    const struct reading of_setting = {reading->arena, reading->extent, &refused, reading->error};
    json_t *game = json_object_get(root, "game");
    file->setting = prom_game_setting_default(&file->terms.P, file->terms.c);
    return game == NULL ? prom_ok()
                        : prom_within(read_fields(&of_setting, &file->setting, &prom_setting_form, game),
                                      reading->error, "game");
}

static prom_result read_all(const struct reading *reading, prom_contract_file *file, json_t *root)
{
    PROM_TRY(read_terms(reading, &file->terms, root));
    return read_setting(reading, file, root);
}

prom_result prom_contract_file_read(prom_arena *arena, prom_contract_file *file, const char *path,
                                    prom_contract_extent extent, prom_error *error)
{
    struct reading reading = {arena, extent, &file->refused, error};
    prom_span content;
    json_error_t fault;
    char shown[JSON_ERROR_TEXT_LENGTH];
    *file = (prom_contract_file){.terms = {.genesis = prom_chain_parameters_by_name("main")->genesis,
                                           .retainer = prom_amount_zero(),
                                           .frost_revision = PROM_FROST_REVISION,
                                           .dkg_revision = PROM_DKG_REVISION}};
    PROM_TRY(prom_file_read(arena, &content, path, BYTES_MAX, error));
    const char *text = content.length > 0 ? (const char *)content.data : ""; /* jansson takes no NULL */
    json_auto_t *root = json_loadb(text, content.length, JSON_REJECT_DUPLICATES, &fault);
    if (root == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%.256s is not JSON: line %d, column %d: %s", path, fault.line,
                         fault.column, prom_printable(shown, sizeof shown, fault.text, strlen(fault.text)));
    }
    reading.extent = has_more(root) ? PROM_CONTRACT_WHOLE : extent;
    file->whole = reading.extent == PROM_CONTRACT_WHOLE;
    return prom_within(read_all(&reading, file, root), error, "%.256s", path);
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
static json_t *json_field(const struct prom_field *field, const void *member, const char *comment)
{
    char text[PROM_HEX32];
    uint64_t sat = 0;
    switch (field->kind) {
    case PROM_FIELD_NUMBER:
        return json_integer((json_int_t)load_number(member, field->size));
    case PROM_FIELD_AMOUNT:
        return prom_amount_get(*(const prom_amount *)member, &sat) ? json_integer((json_int_t)sat) : NULL;
    case PROM_FIELD_HEX32:
        return json_string(prom_hex32(text, member));
    case PROM_FIELD_TXID:
        return json_string(prom_hex32_reversed(text, member));
    case PROM_FIELD_OUTPOINT:
        return json_outpoint(member);
    case PROM_FIELD_SCRIPT:
        return json_sprintf("5120%s", prom_hex32(text, member)); /* OP_1 and 32 bytes */
    case PROM_FIELD_BYTES:
        return json_bytes(member);
    case PROM_FIELD_NETWORK:
        return json_string(prom_chain_parameters_by_genesis(member)->name);
    case PROM_FIELD_COMMENT:
        return json_string(comment);
    case PROM_FIELD_OBJECT:
    case PROM_FIELD_LIST:
        return NULL;
    }
    return NULL;
}

static json_t *json_fields(const struct prom_form *form, const void *from, const char *comment)
{
    json_t *object = json_object();
    for (size_t i = 0; i < form->count; i++) {
        const struct prom_field *field = &form->fields[i];
        json_t *value = json_field(field, (const uint8_t *)from + field->offset, comment);
        if (value != NULL) {
            (void)json_object_set_new(object, field->name, value);
        }
    }
    return object;
}

static json_t *json_list(const struct prom_form *form, const void *from, size_t count, size_t size)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, json_fields(form, (const uint8_t *)from + i * size, NULL));
    }
    return list;
}

json_t *prom_contract_file_json(const prom_terms *terms, const char *comment)
{
    json_t *root = json_fields(&prom_terms_form, terms, comment);
    (void)json_object_set_new(root, "job", json_fields(&prom_job_form, &terms->job, NULL));
    for (prom_party party = PROM_PARTY_C; party < PROM_PARTIES; party++) {
        const prom_party_terms *own = &terms->parties[party];
        json_t *object = json_fields(&prom_party_forms[party], own, NULL);
        (void)json_object_set_new(object, "coins",
                                  json_list(&prom_coin_form, own->coins, own->coin_count, sizeof *own->coins));
        (void)json_object_set_new(root, prom_party_name(party), object);
    }
    (void)json_object_set_new(
        root, "arbiters",
        json_list(&prom_arbiter_form, terms->arbiters, terms->arbiter_count, sizeof *terms->arbiters));
    return root;
}

json_t *prom_contract_setting_json(const prom_game_setting *setting)
{
    return json_fields(&prom_setting_form, setting, NULL);
}
