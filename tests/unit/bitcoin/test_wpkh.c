#include "support.h"

#include "bitcoin/wpkh.h"
#include "prometheus/bitcoin/script.h"

/* The example of BIP 143 that spends a P2WPKH output: its second input. */
#define UNSIGNED                                                                                                       \
    "0100000002fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f0000000000eeffffffef51e1b804cc89d182d2" \
    "79655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffffffff02202cb206000000001976a9148280b37df378db99f66f85c9" \
    "5a783a76ac7a6d5988ac9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac11000000"
#define SCRIPT "00141d0f172a0ecb48aee1be1f2687d2963ae33f71a1"
#define KEY "025476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07aeee6357"
#define SIGNATURE                                                                                                      \
    "304402203609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a0220573a954c4518331561406f90300e8f3358f5" \
    "192"                                                                                                              \
    "8d43c212a8caed02de67eebee"

struct example {
    fixture *test;
    prom_tx *tx;
    prom_tx_output spent;
    prom_span witness[3];
    prom_tx_input input;
};

static struct example example_of(fixture *test)
{
    struct example made = {.test = test};
    assert_ok(prom_tx_parse_unsigned(&test->arena, &made.tx, span_of_hex(test, UNSIGNED), &test->error), &test->error);
    made.spent = (prom_tx_output){prom_amount_of(600000000), span_of_hex(test, SCRIPT)};
    made.witness[0] = span_of_hex(test, SIGNATURE "01");
    made.witness[1] = span_of_hex(test, KEY);
    made.input.witness_count = 2;
    return made;
}

static prom_result check(struct example *example)
{
    example->input.witness = example->witness;
    const prom_wpkh_input input = {example->tx, 1, &example->spent, &example->input};
    return prom_wpkh_check(example->test->curve, &example->test->arena, &input, &example->test->error);
}

static void the_example_of_the_bip(void **state)
{
    struct example example = example_of(*state);
    assert_ok(check(&example), &example.test->error);
}

/* Whatever of the transaction changes, or of what is spent: nothing else was signed. */
static void nothing_else_is_signed(void **state)
{
    fixture *test = *state;
    for (unsigned i = 0; i < 9; i++) {
        struct example example = example_of(test);
        prom_tx *tx = example.tx;
        uint32_t *const numbers[] = {&tx->version,
                                     &tx->locktime,
                                     &tx->inputs[0].sequence,
                                     &tx->inputs[1].sequence,
                                     &tx->inputs[0].outpoint.index,
                                     &tx->inputs[1].outpoint.index};
        if (i < COUNT_OF(numbers)) {
            *numbers[i] ^= 1;
        } else if (i == 6) {
            tx->outputs[1].value = prom_amount_of(1);
        } else if (i == 7) {
            tx->outputs[0].script = tx->outputs[1].script;
        } else {
            example.spent.value = prom_amount_of(600000001);
        }
        assert_fails(check(&example), PROM_CATEGORY_BAD_INPUT, &test->error, "its signature does not hold");
    }
}

static void what_is_no_witness(void **state)
{
    fixture *test = *state;
    static const struct {
        const char *signature;
        const char *key;
        size_t count;
        const char *says;
    } wrong[] = {
        {SIGNATURE "01", KEY, 0, "not a signature and a compressed key"},
        {SIGNATURE "01", KEY, 1, "not a signature and a compressed key"},
        {SIGNATURE "01", KEY, 3, "not a signature and a compressed key"},
        {"", KEY, 2, "not a signature and a compressed key"},
        {SIGNATURE "01", KEY "00", 2, "not a signature and a compressed key"},
        {SIGNATURE "01", "035476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07aeee6357", 2,
         "is not the one that may spend it"},
        {SIGNATURE "02", KEY, 2, "must be of the type ALL"},
        {SIGNATURE "81", KEY, 2, "must be of the type ALL"},
        {"01", KEY, 2, "its signature does not hold"},
        {SIGNATURE "0001", KEY, 2, "its signature does not hold"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct example example = example_of(test);
        example.witness[0] =
            wrong[i].signature[0] == '\0' ? prom_span_of(NULL, 0) : span_of_hex(test, wrong[i].signature);
        example.witness[1] = span_of_hex(test, wrong[i].key);
        example.witness[2] = example.witness[1];
        example.input.witness_count = wrong[i].count;
        assert_fails(check(&example), PROM_CATEGORY_BAD_INPUT, &test->error, wrong[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(the_example_of_the_bip),
        FIXTURE_TEST(nothing_else_is_signed),
        FIXTURE_TEST(what_is_no_witness),
    };
    return cmocka_run_group_tests_name("bitcoin/wpkh", tests, NULL, NULL);
}
