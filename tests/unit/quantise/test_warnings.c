/* Which sentences there are, by what was found. */
#include "quantise/warnings.h"

#include <math.h>

#include "support.h"

enum { LAYERS = 2 };

/* A network of two layers with nothing to warn of. */
typedef struct found {
    prom_network_layer layers[LAYERS];
    prom_network network;
    prom_stretch stretches[5];
    prom_quantised quantised;
    prom_layer_fidelity measured[LAYERS];
    prom_fidelity fidelity;
} found;

static void all_is_well(found *in)
{
    const prom_layer_fidelity good = {
        .name = "conv", .kind = PROM_LAYER_CONV, .spread = 2, .error = 0.02, .varies = true, .signal_to_noise = 40};
    *in = (found){.layers = {{.name = "conv"}, {.name = "fc"}}, .measured = {good, good}};
    in->measured[1].name = "fc";
    in->measured[1].kind = PROM_LAYER_DENSE;
    in->network = (prom_network){.layer_count = LAYERS, .layers = in->layers};
    in->quantised = (prom_quantised){.stretches = in->stretches};
    in->fidelity = (prom_fidelity){.items = 100,
                                   .classes = true,
                                   .decided = 100,
                                   .agreeing = 95,
                                   .item = {.middle = 30, .worst = 3},
                                   .input = {.clamped = 0.01},
                                   .layer_count = LAYERS,
                                   .layers = in->measured};
}

static prom_fidelity_warnings warnings_of(const found *in, bool compared)
{
    const prom_fidelity_subject subject = {&in->network, &in->quantised, compared ? &in->fidelity : NULL, "test",
                                           "METHOD"};
    prom_fidelity_warnings warnings;
    prom_fidelity_warn(&warnings, &subject);
    return warnings;
}

/* There is one warning, and it says this. */
static void assert_warns(const found *in, const char *sentence)
{
    const prom_fidelity_warnings warnings = warnings_of(in, true);
    assert_int_equal(warnings.count, 1);
    assert_string_equal(warnings.sentences[0], sentence);
}

static void test_nothing_to_warn_of(void **state)
{
    found in;
    (void)state;
    all_is_well(&in);
    assert_int_equal(warnings_of(&in, true).count, 0);
    assert_int_equal(warnings_of(&in, false).count, 0);
}

static void test_stretches(void **state)
{
    found in;
    (void)state;
    all_is_well(&in);
    in.stretches[0] = (prom_stretch){7, 0, 1000};
    in.quantised.stretch_count = 1;
    assert_warns(&in,
                 "of the calibration set, ranges are stretched by item 7 (1e+03 times as far as others, in 'input'): "
                 "take away what the model will not see, or try METHOD");
    for (size_t i = 1; i < COUNT_OF(in.stretches); i++) {
        in.stretches[i] = (prom_stretch){i, (uint32_t)(i % 3), 20};
    }
    in.quantised.stretch_count = COUNT_OF(in.stretches);
    const prom_fidelity_warnings warnings = warnings_of(&in, false); /* known without a comparison */
    assert_int_equal(warnings.count, 1);
    assert_non_null(strstr(warnings.sentences[0], "item 1 (20 times as far as others, in 'conv'), item 2 (20 times as "
                                                  "far as others, in 'fc') and 2 more: take away"));
}

static void test_outputs(void **state)
{
    found in;
    (void)state;
    all_is_well(&in);
    in.fidelity.item.middle = 19.96;
    assert_warns(&in, "half of the items have a signal to noise below 20.0 dB");
    in.measured[1].kind = PROM_LAYER_RESHAPE; /* which does not round: no layer is to blame */
    in.measured[1].signal_to_noise = 10;
    in.measured[1].error = 0.6;
    assert_warns(&in, "the outputs' error is 30 % of what they vary by (10.0 dB)");
    in.measured[1].varies = false;
    in.measured[1].signal_to_noise = NAN;
    assert_warns(&in, "the outputs are the same for all items of the test set: there is nothing to measure");
    in.fidelity.items = 1;
    in.fidelity.item.middle = NAN;
    assert_int_equal(warnings_of(&in, true).count, 0);
}

static void test_classes_inputs_and_layers(void **state)
{
    found in;
    (void)state;
    all_is_well(&in);
    in.fidelity.agreeing = 94;
    assert_warns(&in, "float and integer give different classes for 6 of 100 items");
    in.fidelity.classes = false;
    assert_int_equal(warnings_of(&in, true).count, 0);
    in.fidelity.input.clamped = 0.25;
    assert_warns(&in, "25.00 % of the inputs lie beyond the range and are clamped: are they prepared as those that the "
                      "model was calibrated with?");
    in.fidelity.input.clamped = 0;
    in.measured[0].signal_to_noise = 12;
    assert_warns(&in, "precision is lost most in conv (12.0 dB)");
    in.measured[1].signal_to_noise = 5;
    assert_string_equal(warnings_of(&in, true).sentences[1], "precision is lost most in fc (5.0 dB), conv (12.0 dB)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_to_warn_of),
        cmocka_unit_test(test_stretches),
        cmocka_unit_test(test_outputs),
        cmocka_unit_test(test_classes_inputs_and_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
