#include "certificate/inputs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "prometheus/base/bytes.h"
#include "prometheus/crypto/hash.h"

/* Objects of the JSON: the whole, and those in it. */
enum group { WHOLE, OF_P, OF_SETTING, OF_SIZES, GROUPS };

static const char *const group_names[GROUPS] = {NULL, "P", "setting", "sizes"};

enum kind {
    AMOUNT, /* sat; 8 bytes */
    NUMBER, /* an unsigned integer of the member's size */
    FLAG,   /* 1 byte */
    KEY,    /* 32 bytes, hex */
};

struct field {
    const char *name;
    enum group group;
    enum kind kind;
    size_t offset; /* in the question */
    size_t size;
    uint64_t most;
};

#define U40_MAX ((UINT64_C(1) << 40) - 1)
#define MEMBER(member) offsetof(prom_game_question, member), sizeof(((prom_game_question *)0)->member)
#define VALUE_MAX(member) (UINT64_MAX >> (64 - 8 * sizeof(((prom_game_question *)0)->member)))

#define NUMBER_OF(group, name, member)                                                                                 \
    {                                                                                                                  \
        name, group, NUMBER, MEMBER(member), VALUE_MAX(member)                                                         \
    }
#define OF_PARAMETERS(name) NUMBER_OF(OF_P, #name, P.name)
#define OF_SETTINGS(name) NUMBER_OF(OF_SETTING, #name, setting.name)
#define STAKE(name)                                                                                                    \
    {                                                                                                                  \
#name, OF_P, AMOUNT, MEMBER(P.name), U40_MAX                                                                   \
    }
#define COST(name)                                                                                                     \
    {                                                                                                                  \
#name, OF_SETTING, AMOUNT, MEMBER(setting.name), PROM_AMOUNT_MAX                                               \
    }
#define BRANCH(name, id) NUMBER_OF(OF_SIZES, name, sizes.branch[id])

/* In the order of the hash: docs/game.md, section 9. The rules and the network stand before them. */
static const struct field fields[] = {
    STAKE(w),
    STAKE(v),
    STAKE(a),
    OF_PARAMETERS(n),
    {"F", OF_P, KEY, MEMBER(P.F), 0},
    OF_PARAMETERS(alpha),
    OF_PARAMETERS(beta),
    OF_PARAMETERS(gamma),
    OF_PARAMETERS(delta),
    OF_PARAMETERS(epsilon),
    OF_PARAMETERS(mu),
    OF_PARAMETERS(sigma),
    OF_PARAMETERS(varsigma),
    OF_PARAMETERS(t1),
    OF_PARAMETERS(t2),
    OF_PARAMETERS(t3),
    OF_PARAMETERS(t4),
    OF_PARAMETERS(t5),
    {"c", WHOLE, AMOUNT, MEMBER(c), PROM_AMOUNT_MAX},
    {"retainer", WHOLE, AMOUNT, MEMBER(retainer), PROM_AMOUNT_MAX},
    NUMBER_OF(WHOLE, "feerate", feerate),
    NUMBER_OF(WHOLE, "items", items),
    {"samples", WHOLE, FLAG, MEMBER(samples), 1},
    COST(z),
    COST(y),
    COST(arbitration),
    COST(check),
    COST(benefit),
    {"price", OF_SETTING, NUMBER, MEMBER(setting.price), INT64_MAX}, /* what JSON holds */
    OF_SETTINGS(interest),
    OF_SETTINGS(q),
    OF_SETTINGS(known),
    OF_SETTINGS(rolls),
    OF_SETTINGS(audit),
    OF_SETTINGS(compute),
    OF_SETTINGS(verify),
    OF_SETTINGS(pool),
    OF_SETTINGS(owned),
    OF_SETTINGS(future),
    NUMBER_OF(OF_SIZES, "tx0_client", sizes.tx0[PROM_PARTY_C]),
    NUMBER_OF(OF_SIZES, "tx0_worker", sizes.tx0[PROM_PARTY_W]),
    NUMBER_OF(OF_SIZES, "tx0_verifier", sizes.tx0[PROM_PARTY_V]),
    BRANCH("Tx1", PROM_BRANCH_TX1),
    BRANCH("Tx3", PROM_BRANCH_TX3),
    BRANCH("Tx4", PROM_BRANCH_TX4),
    BRANCH("TxV0", PROM_BRANCH_TXV0),
    BRANCH("Tx5", PROM_BRANCH_TX5),
    BRANCH("TxA", PROM_BRANCH_TXA),
    BRANCH("Tx6", PROM_BRANCH_TX6),
    BRANCH("Tx7", PROM_BRANCH_TX7),
    BRANCH("Tx8", PROM_BRANCH_TX8),
    NUMBER_OF(OF_SIZES, "payout", sizes.payout),
};

enum { FIELDS = sizeof fields / sizeof *fields };

static const char *const rules_names[] = {[PROM_GAME_RULES_CONTRACT] = "contract", [PROM_GAME_RULES_PAPER] = "paper"};
enum { RULES = sizeof rules_names / sizeof *rules_names };

static uint64_t load(const struct field *field, const void *member)
{
    uint64_t value = 0;
    switch (field->kind) {
    case AMOUNT: /* one that is none, and would be 0 here, fails in the hash */
        return prom_amount_get(*(const prom_amount *)member, &value) ? value : 0;
    case FLAG:
        return *(const bool *)member ? 1 : 0;
    case NUMBER:
        switch (field->size) {
        case sizeof(uint8_t):
            return *(const uint8_t *)member;
        case sizeof(uint16_t):
            return *(const uint16_t *)member;
        case sizeof(uint32_t):
            return *(const uint32_t *)member;
        default:
            return *(const uint64_t *)member;
        }
    case KEY:
        break;
    }
    return 0;
}

static void store(const struct field *field, void *member, uint64_t value)
{
    switch (field->kind) {
    case AMOUNT:
        *(prom_amount *)member = prom_amount_of(value);
        break;
    case FLAG:
        *(bool *)member = value != 0;
        break;
    case NUMBER:
        switch (field->size) {
        case sizeof(uint8_t):
            *(uint8_t *)member = (uint8_t)value;
            break;
        case sizeof(uint16_t):
            *(uint16_t *)member = (uint16_t)value;
            break;
        case sizeof(uint32_t):
            *(uint32_t *)member = (uint32_t)value;
            break;
        default:
            *(uint64_t *)member = value;
        }
        break;
    case KEY:
        break;
    }
}

json_t *prom_game_inputs_json(const prom_game_question *question)
{
    json_t *objects[GROUPS];
    for (size_t i = 0; i < GROUPS; i++) {
        objects[i] = json_object();
    }
    (void)json_object_set_new(objects[WHOLE], "rules", json_string(rules_names[question->rules]));
    (void)json_object_set_new(objects[WHOLE], "network", json_string(question->network->name));
    for (size_t i = 0; i < FIELDS; i++) {
        const struct field *field = &fields[i];
        const void *member = (const uint8_t *)question + field->offset;
        char hex[PROM_HEX32];
        json_t *value = field->kind == KEY    ? json_string(prom_hex32(hex, member))
                        : field->kind == FLAG ? json_boolean(load(field, member) != 0)
                                              : json_integer((json_int_t)load(field, member));
        (void)json_object_set_new(objects[field->group], field->name, value);
    }
    for (size_t i = WHOLE + 1; i < GROUPS; i++) {
        (void)json_object_set_new(objects[WHOLE], group_names[i], objects[i]);
    }
    return objects[WHOLE];
}

static prom_result read_field(prom_game_question *question, const struct field *field, const json_t *value,
                              prom_error *error)
{
    void *member = (uint8_t *)question + field->offset;
    if (field->kind == KEY) {
        const char *text = json_is_string(value) ? json_string_value(value) : "";
        return prom_hex32_parse(member, text)
                   ? prom_ok()
                   : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%s' must be 64 hex digits", field->name);
    }
    if (field->kind == FLAG) {
        store(field, member, json_is_true(value) ? 1 : 0);
        return json_is_boolean(value)
                   ? prom_ok()
                   : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%s' must be true or false", field->name);
    }
    const json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 0 || (uint64_t)number > field->most) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%s' must be a whole number from 0 to %" PRIu64, field->name,
                         field->most);
    }
    store(field, member, (uint64_t)number);
    return prom_ok();
}

/* Finds the object of a group: all of its fields, and no other. `others` are what it holds beside fields. */
static prom_result find_group(const json_t **object, const json_t *inputs, enum group group, prom_error *error)
{
    size_t others = group == WHOLE ? 2 + GROUPS - 1 : 0; /* rules, network, the other groups */
    *object = group == WHOLE ? inputs : json_object_get(inputs, group_names[group]);
    if (!json_is_object(*object)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%s' must be an object, {...}",
                         group == WHOLE ? "inputs" : group_names[group]);
    }
    for (size_t i = 0; i < FIELDS; i++) {
        if (fields[i].group == group && json_object_get(*object, fields[i].name) == NULL) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%s' is missing", fields[i].name);
        }
        others += fields[i].group == group;
    }
    return json_object_size(*object) == others
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'%s' has %zu fields, and %zu are known",
                           group == WHOLE ? "inputs" : group_names[group], json_object_size(*object), others);
}

static prom_result read_rules_and_network(prom_game_question *question, const json_t *inputs, prom_error *error)
{
    const char *rules = json_string_value(json_object_get(inputs, "rules"));
    const char *network = json_string_value(json_object_get(inputs, "network"));
    size_t id = 0;
    while (id < RULES && (rules == NULL || strcmp(rules_names[id], rules) != 0)) {
        id++;
    }
    if (id == RULES) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "'rules' must be \"contract\" or \"paper\"");
    }
    question->rules = (prom_game_rules_id)id;
    question->network = network == NULL ? NULL : prom_chain_parameters_by_name(network);
    return question->network != NULL ? prom_ok()
                                     : prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                                                 "'network' must be \"main\", \"testnet4\", \"signet\" or \"regtest\"");
}

prom_result prom_game_inputs_read(prom_game_question *question, const prom_curve *curve, const json_t *inputs,
                                  prom_error *error)
{
    const json_t *objects[GROUPS];
    *question = (prom_game_question){.network = NULL};
    for (enum group group = WHOLE; group < GROUPS; group++) {
        PROM_TRY(find_group(&objects[group], inputs, group, error));
    }
    PROM_TRY(read_rules_and_network(question, inputs, error));
    for (size_t i = 0; i < FIELDS; i++) {
        const json_t *value = json_object_get(objects[fields[i].group], fields[i].name);
        PROM_TRY(read_field(question, &fields[i], value, error));
    }
    question->fund_is_nobodys = prom_parameters_fund_is_nobodys(curve, &question->P);
    return prom_ok();
}

prom_result prom_game_inputs_hash(prom_bytes32 *hash, const prom_game_question *question, prom_error *error)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/game-inputs");
    prom_hasher_add_number(&hasher, (uint64_t)question->rules, 1);
    prom_hasher_add(&hasher, prom_span_of32(&question->network->genesis));
    for (size_t i = 0; i < FIELDS; i++) {
        const struct field *field = &fields[i];
        const void *member = (const uint8_t *)question + field->offset;
        if (field->kind == KEY) {
            prom_hasher_add(&hasher, prom_span_of32(member));
            continue;
        }
        if (field->kind == AMOUNT && !prom_amount_is_valid(*(const prom_amount *)member)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s is no amount", field->name);
        }
        prom_hasher_add_number(&hasher, load(field, member), field->size);
    }
    prom_hasher_finish(&hasher, hash);
    return prom_ok();
}
