#include "market/preflight.h"

#include "market/fees.h"
#include "prometheus/argument/proof.h"
#include "prometheus/scheme/scheme.h"

/* What all looks share. */
struct look {
    const prom_preflight *asked;
    const prom_work *work;
    prom_terms terms; /* the asked ones, with the job in them */
    prom_preflight_found *found;
    prom_reasons *reasons;
};

static void look_at_scheme(struct look *it)
{
    const prom_scheme *scheme = prom_scheme_by_number(it->work->scheme);
    if (scheme == NULL) {
        prom_reasons_add(it->reasons, PROM_REASON_SCHEME, it->work->scheme, PROM_SCHEME_SUMCHECK);
    } else if (scheme->open_sample == NULL && it->terms.P.varsigma != PROM_BASIS_POINTS_ONE) {
        prom_reasons_add(it->reasons, PROM_REASON_SAMPLE, PROM_BASIS_POINTS_ONE, it->terms.P.varsigma);
    }
}

static void look_at_sizes(struct look *it)
{
    const uint64_t payload = prom_count_add(it->work->program_bytes, it->work->input_bytes);
    prom_reasons_need(it->reasons, PROM_REASON_PAYLOAD, payload, PROM_PAYLOAD_MAX);
    prom_reasons_need(it->reasons, PROM_REASON_PACKAGE, it->work->package_bytes, it->terms.package_max);
    prom_reasons_need(it->reasons, PROM_REASON_PACKAGE_LIMIT, it->terms.package_max, PROM_PAYLOAD_MAX);
}

static void look_at_limits(struct look *it)
{
    const prom_terms_limits *limits = it->asked->limits;
    const prom_parameters *P = &it->terms.P;
    if (limits == NULL) {
        return;
    }
    const uint64_t payload = prom_count_add(it->work->program_bytes, it->work->input_bytes);
    prom_reasons_need(it->reasons, PROM_REASON_PAYLOAD, payload, limits->payload_bytes);
    prom_reasons_need(it->reasons, PROM_REASON_PACKAGE_LIMIT, it->terms.package_max, limits->package_bytes);
    prom_reasons_need(it->reasons, PROM_REASON_FEERATE, it->terms.feerate, limits->feerate);
    if (P->n == PROM_ARBITERS_MIN) {
        prom_reasons_need_amount(it->reasons, PROM_REASON_THREE_ARBITERS, P->w, limits->three_max);
    }
    if (!prom_amount_is_zero(limits->reward_max)) {
        prom_reasons_need_amount(it->reasons, PROM_REASON_CAP_PRICE, it->terms.c, limits->reward_max);
    }
    if (!limits->any_fund && !prom_parameters_fund_is_nobodys(it->asked->curve, P)) {
        prom_reasons_add(it->reasons, PROM_REASON_FUND, 0, 0);
    }
}

/* What is under way may be due at the same time: all of it and this one must fit. */
static prom_job_time time_of(const struct look *it)
{
    prom_job_time time = prom_work_time(it->work, it->asked->machine, &it->terms.P);
    const uint64_t jobs = (uint64_t)it->asked->work_ahead + 1;
    time.compute_seconds = prom_count_times(time.compute_seconds, jobs);
    time.verify_seconds = prom_count_times(time.verify_seconds, jobs);
    return time;
}

/* The result is C's s blocks after Tx4, which follows s blocks after a delivery that takes all it may. */
static void look_at_wish(struct look *it, const prom_chain_parameters *network)
{
    const uint64_t setup = prom_count_add(it->asked->tip, network->setup_time.low);
    const uint64_t verdict = 2 * (uint64_t)network->safety_margin;
    it->found->ready_height = prom_count_add(setup, prom_count_add(it->found->t1_needed, verdict));
    if (it->asked->wished != 0) {
        prom_reasons_need(it->reasons, PROM_REASON_WISHED, it->found->ready_height, it->asked->wished);
    }
}

static void look_at_time(struct look *it)
{
    const prom_chain_parameters *network = prom_terms_network(&it->terms);
    if (network == NULL) {
        prom_reasons_add(it->reasons, PROM_REASON_CHAIN, 0, 0);
        return;
    }
    if (it->asked->machine == NULL) {
        return;
    }
    const prom_job_time time = time_of(it);
    if (it->asked->role == PROM_ROLE_WORKER) {
        it->found->t1_needed = prom_terms_work_blocks(&it->terms, &time);
        prom_reasons_need(it->reasons, PROM_REASON_DEADLINE, it->found->t1_needed, it->terms.P.t1);
        look_at_wish(it, network);
    } else {
        it->found->verification_seconds = prom_terms_verification_seconds(&it->terms, &time);
        it->found->verification_allowed = prom_terms_verification_allowed(&it->terms);
        prom_reasons_need(it->reasons, PROM_REASON_VERIFICATION, it->found->verification_seconds,
                          it->found->verification_allowed);
    }
}

static void look_at_memory(struct look *it)
{
    const prom_work *work = it->work;
    if (it->asked->machine == NULL) {
        return;
    }
    const uint64_t there = it->asked->machine->memory;
    if (it->asked->role != PROM_ROLE_WORKER) {
        it->found->memory = work->check_memory;
        prom_reasons_need(it->reasons, PROM_REASON_MEMORY_CHECK, work->check_memory, there);
        return;
    }
    it->found->memory = work->prove_memory > work->run_memory ? work->prove_memory : work->run_memory;
    prom_reasons_need(it->reasons, PROM_REASON_MEMORY_RUN, work->run_memory, there);
    if (work->prove_effort > 0) {
        prom_reasons_need(it->reasons, PROM_REASON_MEMORY_PROVE, work->prove_memory, there);
    }
}

static void look_at_stakes(struct look *it)
{
    const prom_terms *terms = &it->terms;
    it->found->reward_max = prom_stakes_reward_max(&terms->P, terms->retainer);
    if (prom_amount_is_zero(it->found->reward_max)) {
        prom_reasons_add(it->reasons, PROM_REASON_STAKES_UNSAFE, 1, 0);
    }
    if (prom_amount_is_zero(terms->c)) {
        return;
    }
    const prom_stakes stakes = {&terms->P, terms->c, terms->retainer};
    prom_reasons_need_amount(it->reasons, PROM_REASON_REWARD_MAX, terms->c, it->found->reward_max);
    if (prom_reasons_find(it->reasons, PROM_REASON_REWARD_MAX) == NULL &&
        !prom_is_ok(prom_stakes_check(&stakes, NULL))) {
        prom_reasons_need_amount(it->reasons, PROM_REASON_STAKES_UNSAFE,
                                 prom_amount_add(it->found->reward_max, prom_amount_of(1)), it->found->reward_max);
    }
}

static void look_at_price(struct look *it)
{
    const prom_role role = it->asked->role;
    const prom_terms *terms = &it->terms;
    if (it->asked->rates == NULL || role == PROM_ROLE_CLIENT) {
        return;
    }
    const prom_contract_fees fees = prom_contract_fees_of(role, terms->P.n, terms->feerate, it->asked->coins);
    it->found->price = prom_price_of(it->asked->rates, it->work, &terms->P, role, fees.normal);
    if (!prom_amount_is_valid(it->found->price)) {
        prom_reasons_add(it->reasons, PROM_REASON_ARITHMETIC, 0, 0);
    } else if (!prom_amount_is_zero(terms->c)) {
        it->found->share = role == PROM_ROLE_WORKER ? prom_share_of_worker(&terms->P, terms->c)
                                                    : prom_share_of_verifier(&terms->P, terms->c);
        prom_reasons_need_amount(it->reasons, PROM_REASON_REWARD_MIN, it->found->price, it->found->share);
    }
}

static void look_at_funds(struct look *it)
{
    if (it->asked->has_funds) {
        it->found->locks =
            prom_amount_add(prom_contract_locks(it->asked->role, &it->terms, it->asked->coins), it->asked->fee_coin);
        prom_reasons_need_amount(it->reasons, PROM_REASON_STAKE, it->found->locks, it->asked->funds);
    }
}

void prom_preflight_look(prom_preflight_found *found, const prom_preflight *preflight)
{
    struct look it = {.asked = preflight,
                      .work = preflight->work,
                      .terms = *preflight->terms,
                      .found = found,
                      .reasons = &found->reasons};
    *found = (prom_preflight_found){.reasons = {.count = 0}};
    it.terms.job.program_bytes = it.work->program_bytes;
    it.terms.job.input_bytes = it.work->input_bytes;
    it.terms.job.items = it.work->items;
    it.terms.package_max = it.terms.package_max != 0 ? it.terms.package_max : it.work->package_bytes;
    look_at_scheme(&it);
    look_at_sizes(&it);
    look_at_limits(&it);
    look_at_time(&it);
    look_at_memory(&it);
    look_at_stakes(&it);
    look_at_price(&it);
    look_at_funds(&it);
}
