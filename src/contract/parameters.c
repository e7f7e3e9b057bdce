#include "prometheus/contract/parameters.h"

#include "contract/bounds.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/bitcoin/taproot.h"
#include "prometheus/crypto/hash.h"

uint32_t prom_arbiters_count(uint32_t arbiters)
{
    uint32_t count = 0;
    for (; arbiters != 0; arbiters &= arbiters - 1) {
        count++;
    }
    return count;
}

uint32_t prom_parameters_quorum(const prom_parameters *parameters)
{
    return ((uint32_t)parameters->mu * parameters->n + PROM_BASIS_POINTS_ONE - 1) / PROM_BASIS_POINTS_ONE;
}

uint32_t prom_parameters_tolerated(const prom_parameters *parameters)
{
    return parameters->n - prom_parameters_quorum(parameters);
}

uint32_t prom_parameters_duration(const prom_parameters *parameters)
{
    return (uint32_t)parameters->t3 + 2U * ((uint32_t)parameters->t2 - (uint32_t)parameters->t1) + parameters->t5;
}

/* Returns n - k + 1: so many arbiters can keep a decision from being made. */
static uint32_t blockers(const prom_parameters *parameters)
{
    return prom_parameters_tolerated(parameters) + 1;
}

uint32_t prom_parameters_arbitration(const prom_parameters *parameters, const prom_chain_parameters *network)
{
    return network->echo_round * blockers(parameters) + network->safety_margin + network->verification +
           3 * network->vote_step;
}

static prom_result check_amounts(const prom_parameters *P, prom_error *error)
{
    const prom_amount one = prom_amount_of(1);
    const prom_amount most = prom_amount_of((UINT64_C(1) << 40) - 1);
    const struct amount_bound bounds[] = {
        BOUND_MIN("w", P->w, one, "a stake"),
        BOUND_MIN("v", P->v, P->w, "w"),
        BOUND_MIN("a", P->a, prom_amount_add(P->v, one), "more than v"),
        BOUND_MAX("a", P->a, most, "an amount of P has 40 bits"),
    };
    return prom_check_amount_bounds(bounds, sizeof bounds / sizeof bounds[0], error);
}

/* gamma < epsilon makes [gamma w] <= [epsilon w], from which #5 takes it. */
static prom_result check_fractions(const prom_parameters *P, prom_error *error)
{
    enum { ONE = PROM_BASIS_POINTS_ONE };
    const struct number_bound bounds[] = {
        BOUND_MIN("alpha", P->alpha, 1, "above 0"),
        BOUND_MAX("alpha", P->alpha, ONE, "the whole"),
        BOUND_MIN("beta", P->beta, 1, "above 0"),
        BOUND_MAX("beta", P->beta, ONE, "the whole"),
        BOUND_MIN("gamma", P->gamma, 1, "above 0"),
        BOUND_MIN("epsilon", P->epsilon, (uint64_t)P->gamma + 1, "more than gamma"),
        BOUND_MAX("epsilon", P->epsilon, ONE, "the whole"),
        BOUND_MAX("delta", P->delta, ONE, "the whole"),
        BOUND_MIN("mu", P->mu, ONE / 2 + 1, "more than half"),
        BOUND_MAX("mu", P->mu, ONE, "the whole"),
        BOUND_MIN("sigma", P->sigma, 1, "above 0"),
        BOUND_MAX("sigma", P->sigma, ONE, "the whole"),
        BOUND_MIN("varsigma", P->varsigma, 1, "above 0"),
        BOUND_MAX("varsigma", P->varsigma, ONE, "the whole"),
    };
    return prom_check_number_bounds(bounds, sizeof bounds / sizeof bounds[0], "basis points", error);
}

/* Of fractions and an n that are in range. */
static prom_result check_times(const prom_parameters *P, const prom_chain_parameters *network, prom_error *error)
{
    const uint32_t s = network->safety_margin;
    const uint32_t vt = network->verification;
    const struct number_bound bounds[] = {
        BOUND_MIN("t1", P->t1, 3 * s + 1, "3s + 1"),
        BOUND_MIN("t2", P->t2, P->t1 + 2 * s + vt + 2, "t1 + 2s + vt + 2"),
        BOUND_MIN("t3", P->t3, P->t2 + 4 * s, "t2 + 4s"),
        BOUND_MIN("t4", P->t4, prom_parameters_arbitration(P, network) + s + 1, "e (n - k + 1) + 2s + vt + 3p + 1"),
        BOUND_MAX("t5", P->t5, 0, "the audit window is not yet supported"),
        BOUND_MAX("t3 + 2 (t2 - t1) + t5", prom_parameters_duration(P), UINT16_MAX, "16 bits of blocks"),
    };
    return prom_check_number_bounds(bounds, sizeof bounds / sizeof bounds[0], "", error);
}

prom_result prom_parameters_check(const prom_curve *curve, const prom_parameters *P,
                                  const prom_chain_parameters *network, prom_error *error)
{
    PROM_TRY(check_amounts(P, error));
    if (P->n < PROM_ARBITERS_MIN || P->n > PROM_ARBITERS_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "n is %u, and %u to %u arbiters are possible", P->n,
                         PROM_ARBITERS_MIN, PROM_ARBITERS_MAX);
    }
    if (!prom_public_key_valid(curve, &P->F)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "F is no key: it is not the x coordinate of a point");
    }
    PROM_TRY(check_fractions(P, error));
    return check_times(P, network, error);
}

static const uint8_t magic[4] = {'P', 'R', 'M', '1'};

static void write_u40_amount(prom_writer *writer, prom_amount amount)
{
    uint64_t sat = 0;
    writer->failed = !prom_amount_get(amount, &sat) || writer->failed;
    prom_write_u40(writer, sat);
}

static void write_stakes(prom_writer *writer, const prom_parameters *P)
{
    write_u40_amount(writer, P->w);
    write_u40_amount(writer, P->v);
    write_u40_amount(writer, P->a);
    prom_write_u8(writer, P->n);
}

static void write_fractions_and_times(prom_writer *writer, const prom_parameters *P)
{
    const uint16_t numbers[] = {P->alpha,    P->beta, P->gamma, P->delta, P->epsilon, P->mu, P->sigma,
                                P->varsigma, P->t1,   P->t2,    P->t3,    P->t4,      P->t5};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        prom_write_u16(writer, numbers[i]);
    }
}

void prom_parameters_write(prom_writer *writer, const prom_parameters *parameters)
{
    prom_write_span(writer, prom_span_of(magic, sizeof magic));
    write_stakes(writer, parameters);
    prom_write_bytes32(writer, &parameters->F);
    write_fractions_and_times(writer, parameters);
}

prom_result prom_parameters_fund(const prom_curve *curve, prom_bytes32 *F, const prom_parameters *parameters,
                                 prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, SIZE_MAX);
    prom_writer writer = prom_writer_in(&arena);
    prom_span fields;
    prom_bytes32 shift;
    bool odd = false;
    write_stakes(&writer, parameters);
    write_fractions_and_times(&writer, parameters);
    PROM_TRY(prom_writer_finish(&writer, &fields, error));
    prom_tagged_hash(&shift, "prometheus/fund", fields);
    return prom_public_key_tweak(curve, F, &odd, &prom_unspendable_key, &shift, error);
}

bool prom_parameters_fund_is_nobodys(const prom_curve *curve, const prom_parameters *parameters)
{
    prom_bytes32 nobodys;
    return prom_is_ok(prom_parameters_fund(curve, &nobodys, parameters, NULL)) &&
           prom_bytes32_equal(&nobodys, &parameters->F);
}

void prom_parameters_read(prom_reader *reader, prom_parameters *P)
{
    uint16_t *const fractions_and_times[] = {&P->alpha, &P->beta,  &P->gamma,    &P->delta, &P->epsilon,
                                             &P->mu,    &P->sigma, &P->varsigma, &P->t1,    &P->t2,
                                             &P->t3,    &P->t4,    &P->t5};
    const prom_span found = prom_read_span(reader, sizeof magic);
    reader->failed = reader->failed || !prom_span_equal(found, prom_span_of(magic, sizeof magic));
    P->w = prom_amount_of(prom_read_u40(reader));
    P->v = prom_amount_of(prom_read_u40(reader));
    P->a = prom_amount_of(prom_read_u40(reader));
    P->n = prom_read_u8(reader);
    P->F = prom_read_bytes32(reader);
    for (size_t i = 0; i < sizeof fractions_and_times / sizeof fractions_and_times[0]; i++) {
        *fractions_and_times[i] = prom_read_u16(reader);
    }
}

prom_result prom_parameters_script(prom_arena *arena, prom_span *script, const prom_parameters *parameters,
                                   prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_span data;
    prom_parameters_write(&writer, parameters);
    PROM_TRY(prom_writer_finish(&writer, &data, error));
    return prom_script_op_return(arena, script, data, error);
}
