/* The explanation's last part: the job, and who does what when. And P's bytes, which both forms of it show. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "outlook/explain.h"
#include "outlook/paragraph.h"
#include "outlook/prospects.h"
#include "prometheus/contract/deadline.h"
#include "prometheus/scheme/scheme.h"

prom_result prom_contract_encoding(char text[PROM_CONTRACT_ENCODING], const prom_parameters *P, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena arena = {0};
    prom_arena_init(&arena, SIZE_MAX);
    prom_writer writer = prom_writer_in(&arena);
    prom_span bytes;
    prom_parameters_write(&writer, P);
    PROM_TRY(prom_writer_finish(&writer, &bytes, error));
    (void)prom_hex(text, bytes.data, PROM_PARAMETERS_BYTES);
    return prom_ok();
}

/* In percent; what is not certain is not told as if it were. */
static double told_chance(double chance)
{
    const double almost = 99.9;
    return chance < 1 ? fmin(100 * chance, almost) : 100;
}

static void print_checks(const prom_contract_job *job, uint32_t items)
{
    const prom_contract_lie *one = &job->lies[0];
    const prom_contract_lie *tenth = &job->lies[1];
    char more[64] = "";
    if (job->checked == items) {
        return;
    }
    if (tenth->wrong > 1) {
        (void)snprintf(more, sizeof more, ", one of %" PRIu32 " with %.3g~%%", tenth->wrong, told_chance(tenth->found));
    }
    prom_paragraph(2,
                   "  Of the %" PRIu32 " items (of a module that folds: items and folds) %" PRIu32
                   ", drawn once all results are fixed, are computed again. One wrong item is found with a chance of "
                   "%.3g~%%%s.",
                   items, job->checked, told_chance(one->found), more);
}

static void print_job(const prom_terms *terms)
{
    const prom_contract_job job = prom_contract_job_fit(terms);
    (void)printf("The job\n\n");
    prom_paragraph(2,
                   "  Scheme '%s': a program of %" PRIu64 " bytes, an input of %" PRIu64 " bytes with %" PRIu32
                   " items; %s of at most %" PRIu64 " bytes.",
                   prom_scheme_by_number(terms->job.scheme)->name, terms->job.program_bytes, terms->job.input_bytes,
                   terms->job.items, job.two_rounds ? "two packages, the second for the sample," : "a package",
                   terms->package_max);
    print_checks(&job, terms->job.items);
    if (job.fits && job.compute_seconds > 0) {
        prom_paragraph(2,
                       "  On a line of 1 MB a second it fits t1 = %u blocks if the worker runs and proves it within "
                       "%" PRIu64 " s (%.1f h).",
                       (unsigned)terms->P.t1, job.compute_seconds, (double)job.compute_seconds / 3600);
    } else {
        prom_paragraph(2,
                       "  It does not fit t1 = %u blocks: margins%s and the transfers on a line of 1 MB a second leave "
                       "no time to run and prove it. Choose a P with a larger t1.",
                       (unsigned)terms->P.t1, job.two_rounds ? ", the block that draws the sample," : "");
    }
    if (job.fetched) {
        prom_paragraph(2,
                       "  Verifier and arbiters must be able to verify the worst package within %" PRIu64
                       " s on such a line.\n",
                       job.verify_seconds);
    } else {
        prom_paragraph(2, "  On such a line verifier and arbiters cannot even fetch the package in time.\n");
    }
}

/* The table of deadlines, with this contract's numbers. */
static void print_duties(const prom_terms *terms)
{
    const prom_chain_parameters *network = prom_terms_network(terms);
    (void)printf("Who does what, and when\n\n");
    prom_paragraph(2,
                   "  Tips of the chain, in blocks after what stands first. They follow from t1 to t4 and from what "
                   "belongs to the network: s = %" PRIu32 ", the blocks within which a transaction is taken to "
                   "confirm, and vt = %" PRIu32 ", those that a verification may take.\n",
                   network->safety_margin, network->verification);
    for (prom_deadline_id id = 0; id < PROM_DEADLINES; id++) {
        const prom_deadline *duty = prom_deadline_of(id);
        const prom_tip_window window = prom_deadline_window(id, &terms->P, network, 0);
        if (duty->sampled && terms->P.varsigma == PROM_BASIS_POINTS_ONE) {
            continue;
        }
        char last[24] = "on";
        if (window.latest != PROM_WINDOW_OPEN) {
            (void)snprintf(last, sizeof last, "to %" PRId64, window.latest);
        }
        prom_paragraph(38, "  %-14s from %5" PRId64 " %-8s  %s %s", prom_milestone_name(duty->from), window.earliest,
                       last, prom_actor_name(duty->who), duty->what);
    }
}

void prom_contract_print_work(const prom_terms *terms)
{
    print_job(terms);
    print_duties(terms);
}
