#include "outlook/prospects.h"

#include "prometheus/bitcoin/transaction.h"
#include "prometheus/contract/draw.h"
#include "prometheus/game/odds.h"
#include "prometheus/scheme/scheme.h"

const uint32_t prom_contract_feerates[PROM_CONTRACT_FEERATES] = {1, 10, 100, 1000};
const unsigned prom_contract_shares[PROM_CONTRACT_SHARES] = {10, 20, 30};

prom_result prom_contract_endings(prom_contract_ending endings[PROM_CONTRACT_ENDINGS], size_t *count,
                                  const prom_contract_outlook *outlook, prom_error *error)
{
    const prom_terms *terms = outlook->terms;
    const prom_parameters *P = &terms->P;
    const prom_stakes stakes = {P, terms->c, terms->retainer};
    *count = 0;
    for (unsigned scheme = 1; scheme <= PROM_SCHEMES; scheme++) {
        const bool decided = scheme >= 6;
        const uint32_t last = decided ? P->n : 0;
        for (uint32_t m = decided ? prom_parameters_quorum(P) : 0; m <= last; m++) {
            prom_contract_ending *ending = &endings[(*count)++];
            *ending = (prom_contract_ending){.scheme = scheme, .m = m};
            PROM_TRY(prom_payouts_of(&ending->payouts, &stakes, scheme, m, error));
        }
    }
    return prom_ok();
}

prom_amount prom_contract_anchors(const prom_contract_path *path)
{
    return prom_amount_multiply(prom_amount_of(PROM_ANCHOR_SAT), path->count);
}

prom_amount prom_contract_cost(const prom_contract_path *path, uint32_t feerate)
{
    return prom_amount_add(prom_fee(feerate, path->vsize), prom_contract_anchors(path));
}

prom_amount prom_contract_client_fees(const prom_contract_outlook *outlook)
{
    const prom_tree *tree = outlook->tree;
    const prom_amount tx0 = prom_amount_add(tree->tx0_fee[PROM_PARTY_C], prom_amount_of(PROM_ANCHOR_SAT));
    return prom_amount_add(tree->reserve, tx0);
}

prom_amount prom_contract_retainers(const prom_terms *terms)
{
    return prom_amount_multiply(terms->retainer, terms->P.n);
}

enum { SECONDS_BITS = 26 }; /* more than t1 and vt can be: 65535 blocks of 400 seconds */

/* Returns the most seconds that `check` lets pass in `seconds` of `time`; false when it lets none. */
static bool find_most(const prom_terms *terms, prom_job_time *time, uint64_t *seconds,
                      prom_result (*check)(const prom_terms *terms, const prom_job_time *time, prom_error *error))
{
    *seconds = 0;
    if (!prom_is_ok(check(terms, time, NULL))) {
        return false;
    }
    for (unsigned bit = SECONDS_BITS; bit-- > 0;) {
        *seconds |= UINT64_C(1) << bit;
        if (!prom_is_ok(check(terms, time, NULL))) {
            *seconds &= ~(UINT64_C(1) << bit);
        }
    }
    return true;
}

prom_contract_job prom_contract_job_fit(const prom_terms *terms)
{
    prom_job_time time = {.bytes_per_second = PROM_CONTRACT_LINE,
                          .two_rounds = terms->P.varsigma != PROM_BASIS_POINTS_ONE};
    prom_contract_job job = {.two_rounds = time.two_rounds};
    job.fits = find_most(terms, &time, &time.compute_seconds, prom_terms_check_work);
    job.fetched = find_most(terms, &time, &time.verify_seconds, prom_terms_check_verification);
    job.compute_seconds = time.compute_seconds;
    job.verify_seconds = time.verify_seconds;
    const prom_scheme *scheme = prom_scheme_by_number(terms->job.scheme);
    const bool samples = scheme != NULL && scheme->open_sample != NULL;
    job.checked = samples ? prom_odds_sample(terms->job.items, terms->P.varsigma) : terms->job.items;
    for (size_t i = 0; i < PROM_CONTRACT_LIES; i++) {
        const uint32_t wrong = i == 0 ? 1 : prom_odds_sample(terms->job.items, PROM_BASIS_POINTS_ONE / 10);
        job.lies[i] = (prom_contract_lie){wrong, prom_odds_detection(terms->job.items, wrong, job.checked)};
    }
    return job;
}
