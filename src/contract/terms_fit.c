/* Whether terms that are valid suit who is to sign them, now and with what it can do; docs/protocol.md, section 6. */
#include "prometheus/contract/terms.h"

#include "contract/bounds.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* Seconds that a block takes, for work that has to fit between blocks: they may come faster than every 600. */
enum { WORK_BLOCK = 400, TRANSFER_BLOCK = 600, VERIFICATION_BLOCK = 200 };

prom_result prom_terms_check_fresh(const prom_terms *terms, const prom_bytes32 *seen, size_t count, prom_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const bool is_h = prom_bytes32_equal(&terms->h, &seen[i]);
        if (is_h || prom_bytes32_equal(&terms->k_h, &seen[i])) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                             "%s stands in another contract already: what opens the one would open the other",
                             is_h ? "h" : "k_h");
        }
    }
    return prom_ok();
}

prom_result prom_parameters_check_limits(const prom_curve *curve, const prom_parameters *P,
                                         const prom_terms_limits *limits, prom_error *error)
{
    const struct amount_bound bounds[] = {
        BOUND_MAX("w of a P with 3 arbiters", P->w, limits->three_max, "our own limit, as they are cheap to own"),
    };
    if (P->n == PROM_ARBITERS_MIN) {
        PROM_TRY(prom_check_amount_bounds(bounds, COUNT_OF(bounds), error));
    }
    if (!limits->any_fund && !prom_parameters_fund_is_nobodys(curve, P)) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the common fund F of P is not the key that nobody has: whoever has F's gains from every "
                         "failure, and our own limit is to take no such P");
    }
    return prom_ok();
}

prom_result prom_terms_check_limits(const prom_curve *curve, const prom_terms *terms, const prom_terms_limits *limits,
                                    prom_error *error)
{
    const uint64_t payload = terms->job.program_bytes > UINT64_MAX - terms->job.input_bytes
                                 ? UINT64_MAX
                                 : terms->job.program_bytes + terms->job.input_bytes;
    const struct number_bound bounds[] = {
        BOUND_MAX("the size of program and input in bytes", payload, limits->payload_bytes, "our own limit"),
        BOUND_MAX("the largest package in bytes", terms->package_max, limits->package_bytes, "our own limit"),
        BOUND_MAX("the feerate in sat/vB", terms->feerate, limits->feerate, "our own limit"),
    };
    const struct amount_bound reward = BOUND_MAX("the reward c", terms->c, limits->reward_max, "our own limit");
    PROM_TRY(prom_check_number_bounds(bounds, COUNT_OF(bounds), "", error));
    if (!prom_amount_is_zero(limits->reward_max)) {
        PROM_TRY(prom_check_amount_bounds(&reward, 1, error));
    }
    return prom_parameters_check_limits(curve, &terms->P, limits, error);
}

/* The snapshot is a block of our chain, and P is deep enough below it. */
static prom_result check_snapshot(const prom_terms *terms, const prom_terms_view *view, uint32_t offer_age,
                                  prom_error *error)
{
    const struct number_bound bounds[] = {
        BOUND_MIN("the snapshot", terms->snapshot_height, (uint64_t)view->p_height + offer_age,
                  "P and the blocks it must be deep"),
    };
    PROM_TRY(prom_check_number_bounds(bounds, COUNT_OF(bounds), "", error));
    if (view->snapshot == NULL || !prom_bytes32_equal(view->snapshot, &terms->snapshot_hash)) {
        char theirs[PROM_HEX32];
        char ours[PROM_HEX32] = "no block";
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the snapshot is block %s at height %u, and our chain has %s there",
                         prom_hex32_reversed(theirs, &terms->snapshot_hash), terms->snapshot_height,
                         view->snapshot == NULL ? ours : prom_hex32_reversed(ours, view->snapshot));
    }
    return prom_ok();
}

prom_result prom_terms_check_seat(const prom_terms *terms, const prom_terms_view *view, prom_error *error)
{
    const prom_chain_parameters *network = prom_terms_network(terms);
    if (network == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this program does not know the chain of the terms");
    }
    const struct number_bound bounds[] = {
        BOUND_MIN("the tip", view->tip, (uint64_t)terms->snapshot_height + network->snapshot_depth.low,
                  "the snapshot and the blocks it must be deep"),
        BOUND_MIN("the height of the setup's deadline", terms->setup_deadline,
                  (uint64_t)view->tip + network->safety_margin, "the tip and s: no time is left to publish Tx0"),
        BOUND_MAX("the height of the setup's deadline", terms->setup_deadline,
                  (uint64_t)view->tip + network->setup_time.high, "the tip and the time a setup may take"),
    };
    PROM_TRY(prom_check_number_bounds(bounds, COUNT_OF(bounds), "", error));
    return check_snapshot(terms, view, network->offer_age, error);
}

prom_result prom_terms_check_now(const prom_terms *terms, const prom_terms_view *view, prom_error *error)
{
    const prom_chain_parameters *network = prom_terms_network(terms);
    if (network == NULL) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this program does not know the chain of the terms");
    }
    const uint64_t tip = view->tip;
    const uint64_t snapshot = terms->snapshot_height;
    const struct number_bound fresh[] = {
        BOUND_MIN("the tip", tip, snapshot + network->snapshot_depth.low,
                  "the snapshot and the blocks it must be deep"),
        BOUND_MAX("the tip", tip, snapshot + network->snapshot_depth.high,
                  "the snapshot and the blocks it may be deep"),
        BOUND_MIN("the height of the draw's block", terms->draw_height, tip + PROM_DRAW_LEAD,
                  "the tip and 3: nobody may know its hash"),
    };
    const struct number_bound drawn[] = {
        BOUND_MIN("the tip", tip, terms->draw_height, "the block of the earlier setup's draw, which stands"),
    };
    const struct number_bound bounds[] = {
        BOUND_MIN("the height of the setup's deadline", terms->setup_deadline, tip + network->setup_time.low,
                  "the tip and the time a setup takes"),
        BOUND_MAX("the height of the setup's deadline", terms->setup_deadline, tip + network->setup_time.high,
                  "the tip and the time a setup may take"),
    };
    if (terms->earlier.length == 0) {
        PROM_TRY(prom_check_number_bounds(fresh, COUNT_OF(fresh), "", error));
    } else {
        PROM_TRY(prom_check_number_bounds(drawn, COUNT_OF(drawn), "", error));
    }
    PROM_TRY(prom_check_number_bounds(bounds, COUNT_OF(bounds), "", error));
    return check_snapshot(terms, view, network->offer_age, error);
}

static uint64_t divide_up(uint64_t amount, uint64_t by)
{
    return amount / by + (amount % by != 0);
}

/* Returns the blocks that a transfer takes. */
static uint64_t transfer_blocks(uint64_t bytes, const prom_job_time *time)
{
    return divide_up(divide_up(bytes, time->bytes_per_second), TRANSFER_BLOCK);
}

/* That what is computed from the terms is of their sizes: beyond these bounds a sum could wrap, and a package of 2^63
 * bytes would fit any line. */
static prom_result check_line(const prom_terms *terms, const prom_job_time *time, prom_error *error)
{
    const struct number_bound bounds[] = {
        BOUND_MAX("the number of arbiters", terms->P.n, PROM_ARBITERS_MAX, "no P has more"),
        BOUND_MAX("the program's size in bytes", terms->job.program_bytes, PROM_PAYLOAD_MAX, "1 GiB"),
        BOUND_MAX("the input's size in bytes", terms->job.input_bytes, PROM_PAYLOAD_MAX, "1 GiB"),
        BOUND_MAX("the largest package in bytes", terms->package_max, PROM_PAYLOAD_MAX, "1 GiB"),
    };
    if (prom_terms_network(terms) == NULL || time->bytes_per_second == 0) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "a line must carry at least 1 byte a second, on a known chain");
    }
    return prom_check_number_bounds(bounds, COUNT_OF(bounds), "", error);
}

uint64_t prom_terms_work_blocks(const prom_terms *terms, const prom_job_time *time)
{
    if (!prom_is_ok(check_line(terms, time, NULL))) {
        return UINT64_MAX;
    }
    const prom_chain_parameters *network = prom_terms_network(terms);
    const uint64_t s = network->safety_margin;
    const uint64_t n = terms->P.n;
    const uint64_t packages = (n + 2) * terms->package_max;
    const uint64_t payloads = n * (terms->job.program_bytes + terms->job.input_bytes);
    const uint64_t compute = divide_up(3 * divide_up(time->compute_seconds, WORK_BLOCK), 2);
    const uint64_t one_round = s + compute + transfer_blocks(packages + payloads, time) + s;
    return time->two_rounds ? one_round + network->sampling_lead + 2 * s + transfer_blocks(packages, time) : one_round;
}

uint64_t prom_terms_verification_seconds(const prom_terms *terms, const prom_job_time *time)
{
    if (!prom_is_ok(check_line(terms, time, NULL))) {
        return UINT64_MAX;
    }
    const uint64_t fetch = divide_up((time->two_rounds ? 2 : 1) * terms->package_max, time->bytes_per_second);
    return fetch > UINT64_MAX - time->verify_seconds ? UINT64_MAX : fetch + time->verify_seconds;
}

uint64_t prom_terms_verification_allowed(const prom_terms *terms)
{
    const prom_chain_parameters *network = prom_terms_network(terms);
    return network == NULL ? 0 : (uint64_t)network->verification * VERIFICATION_BLOCK;
}

prom_result prom_terms_check_work(const prom_terms *terms, const prom_job_time *time, prom_error *error)
{
    PROM_TRY(check_line(terms, time, error));
    const struct number_bound bounds[] = {
        BOUND_MIN("t1", terms->P.t1, prom_terms_work_blocks(terms, time),
                  time->two_rounds
                      ? "2s, half as long again as the work takes, both transfers, the block for the sample "
                        "and 2s"
                      : "2s, half as long again as the work takes, and the transfer"),
    };
    return prom_check_number_bounds(bounds, COUNT_OF(bounds), "", error);
}

prom_result prom_terms_check_verification(const prom_terms *terms, const prom_job_time *time, prom_error *error)
{
    PROM_TRY(check_line(terms, time, error));
    const struct number_bound bounds[] = {
        BOUND_MAX("the time to fetch and verify the worst package, in seconds,",
                  prom_terms_verification_seconds(terms, time), prom_terms_verification_allowed(terms),
                  "vt blocks of 200 seconds"),
    };
    return prom_check_number_bounds(bounds, COUNT_OF(bounds), "", error);
}
