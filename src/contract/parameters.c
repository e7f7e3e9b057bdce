#include "prometheus/contract/parameters.h"

#include <string.h>

#include "prometheus/bitcoin/script.h"

/* Genesis hashes as bitcoind shows them, turned around: internal byte order. */
static const prom_chain_parameters networks[] = {
    {"main",
     "bc",
     {{0x6f, 0xe2, 0x8c, 0x0a, 0xb6, 0xf1, 0xb3, 0x72, 0xc1, 0xa6, 0xa2, 0x46, 0xae, 0x63, 0xf7, 0x4f,
       0x93, 0x1e, 0x83, 0x65, 0xe1, 0x5a, 0x08, 0x9c, 0x68, 0xd6, 0x19, 0x00, 0x00, 0x00, 0x00, 0x00}},
     6,
     22,
     6},
    {"regtest",
     "bcrt",
     {{0x06, 0x22, 0x6e, 0x46, 0x11, 0x1a, 0x0b, 0x59, 0xca, 0xaf, 0x12, 0x60, 0x43, 0xeb, 0x5b, 0xbf,
       0x28, 0xc3, 0x4f, 0x3a, 0x5e, 0x33, 0x2a, 0x1f, 0xc7, 0xb2, 0xb7, 0x3c, 0xf1, 0x88, 0x91, 0x0f}},
     2,
     1,
     1},
};

enum { NETWORKS = sizeof networks / sizeof networks[0] };

const prom_chain_parameters *prom_chain_parameters_by_name(const char *name)
{
    for (size_t i = 0; i < NETWORKS; i++) {
        if (strcmp(networks[i].name, name) == 0) {
            return &networks[i];
        }
    }
    return NULL;
}

const prom_chain_parameters *prom_chain_parameters_by_genesis(const prom_bytes32 *genesis)
{
    for (size_t i = 0; i < NETWORKS; i++) {
        if (prom_bytes32_equal(&networks[i].genesis, genesis)) {
            return &networks[i];
        }
    }
    return NULL;
}

uint32_t prom_parameters_quorum(const prom_parameters *parameters)
{
    return ((uint32_t)parameters->mu * parameters->n + PROM_BASIS_POINTS_ONE - 1) / PROM_BASIS_POINTS_ONE;
}

uint32_t prom_parameters_stake_lock(const prom_parameters *parameters)
{
    return (uint32_t)parameters->t3 + 2U * ((uint32_t)parameters->t2 - (uint32_t)parameters->t1) + parameters->t5;
}

static bool fraction(uint16_t basis_points)
{
    return basis_points > 0 && basis_points <= PROM_BASIS_POINTS_ONE;
}

prom_result prom_parameters_check(const prom_curve *curve, const prom_parameters *P,
                                  const prom_chain_parameters *network, prom_error *error)
{
    const uint32_t s = network->safety_margin;
    const uint32_t vt = network->verification;
    const bool counted = P->n >= PROM_ARBITERS_MIN && P->n <= PROM_ARBITERS_MAX;
    /* Blocks that an arbitration may take: the echo rounds, commit, reveal and signing, and the verification. */
    const uint32_t at = counted ? P->n - prom_parameters_quorum(P) + 4 + vt : 0;
    const struct {
        bool holds;
        const char *bound;
    } bounds[] = {
        {prom_amount_above(P->w, prom_amount_zero()), "w > 0"},
        {prom_amount_at_least(P->v, P->w), "w <= v"},
        {prom_amount_above(P->a, P->v), "v < a"},
        {counted, "3 <= n <= 9"},
        {prom_public_key_valid(curve, &P->F), "F is an x-only key on the curve"},
        {fraction(P->alpha), "0 < alpha <= 1"},
        {fraction(P->beta), "0 < beta <= 1"},
        {P->gamma > 0 && P->gamma < P->epsilon, "0 < gamma < epsilon"},
        {fraction(P->epsilon), "0 < epsilon <= 1"},
        {P->delta <= PROM_BASIS_POINTS_ONE, "0 <= delta <= 1"},
        {P->mu > PROM_BASIS_POINTS_ONE / 2 && P->mu <= PROM_BASIS_POINTS_ONE, "0.5 < mu <= 1"},
        {fraction(P->sigma), "0 < sigma <= 1"},
        {fraction(P->varsigma), "0 < varsigma <= 1"},
        {P->t1 >= 3 * s + 1, "t1 >= 3s + 1"},
        {P->t2 >= P->t1 + s + vt + 2, "t2 - t1 >= s + vt + 2"},
        {P->t3 >= P->t2 + s + 1, "t3 - t2 >= s + 1"},
        {P->t4 >= at + s + 1, "t4 >= n - k + 4 + vt + s + 1"},
        {P->t5 == 0, "t5 = 0 (the audit window is not yet supported)"},
        {P->t2 >= P->t1 && prom_parameters_stake_lock(P) <= UINT16_MAX, "t3 + 2 (t2 - t1) + t5 <= 65535"},
    };
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        if (!bounds[i].holds) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "P breaks the bound %s (on %s: s = %u, vt = %u)",
                             bounds[i].bound, network->name, s, vt);
        }
    }
    return prom_ok();
}

static const uint8_t magic[4] = {'P', 'R', 'M', '1'};

static void write_u40_amount(prom_writer *writer, prom_amount amount)
{
    uint64_t sat = 0;
    writer->failed = !prom_amount_get(amount, &sat) || writer->failed;
    prom_write_u40(writer, sat);
}

void prom_parameters_write(prom_writer *writer, const prom_parameters *P)
{
    const uint16_t fractions_and_times[] = {P->alpha,    P->beta, P->gamma, P->delta, P->epsilon, P->mu, P->sigma,
                                            P->varsigma, P->t1,   P->t2,    P->t3,    P->t4,      P->t5};
    prom_write_span(writer, prom_span_of(magic, sizeof magic));
    write_u40_amount(writer, P->w);
    write_u40_amount(writer, P->v);
    write_u40_amount(writer, P->a);
    prom_write_u8(writer, P->n);
    prom_write_bytes32(writer, &P->F);
    for (size_t i = 0; i < sizeof fractions_and_times / sizeof fractions_and_times[0]; i++) {
        prom_write_u16(writer, fractions_and_times[i]);
    }
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
