#include "outlook/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "outlook/outlook.h"

#define MINUTES_PER_BLOCK 10U

static const struct {
    unsigned bit;
    const char *name;
} SIGNERS[] = {
    {PROM_SIGNER_C, "C"}, {PROM_SIGNER_W, "W"}, {PROM_SIGNER_V, "V"}, {PROM_SIGNER_A, "A"}, {PROM_SIGNER_Y, "Y"},
};

enum { SIGNER_COUNT = sizeof SIGNERS / sizeof *SIGNERS };

json_t *prom_contract_signers_json(unsigned signers)
{
    json_t *list = json_array();
    for (size_t i = 0; i < SIGNER_COUNT; i++) {
        if ((signers & SIGNERS[i].bit) != 0) {
            (void)json_array_append_new(list, json_string(SIGNERS[i].name));
        }
    }
    return list;
}

const char *prom_contract_signers_text(char text[PROM_CONTRACT_SIGNERS], unsigned signers, const char *none)
{
    int at = snprintf(text, PROM_CONTRACT_SIGNERS, "%s", signers == 0 ? none : "");
    for (size_t i = 0; i < SIGNER_COUNT; i++) {
        if ((signers & SIGNERS[i].bit) != 0) {
            at +=
                snprintf(text + at, (size_t)(PROM_CONTRACT_SIGNERS - at), "%s%s", at == 0 ? "" : ", ", SIGNERS[i].name);
        }
    }
    return text;
}

double prom_contract_hours(uint32_t blocks)
{
    return (double)blocks * MINUTES_PER_BLOCK / 60;
}

const char *prom_contract_hours_text(char text[PROM_CONTRACT_HOURS], uint32_t blocks)
{
    (void)snprintf(text, PROM_CONTRACT_HOURS, "%.*f h", blocks % (60 / MINUTES_PER_BLOCK) == 0 ? 0 : 1,
                   prom_contract_hours(blocks));
    return text;
}

const char *prom_contract_m_text(char text[PROM_CONTRACT_M], uint32_t m)
{
    text[0] = '\0';
    if (m != 0) {
        (void)snprintf(text, PROM_CONTRACT_M, "m=%" PRIu32, m);
    }
    return text;
}

json_t *prom_contract_amount_json(prom_amount amount)
{
    uint64_t sat = 0;
    return prom_amount_get(amount, &sat) ? json_integer((json_int_t)sat) : json_null();
}

const char *prom_contract_network(const prom_chain_parameters *network)
{
    return strcmp(network->name, "main") == 0 ? "mainnet" : network->name;
}
