#include "prometheus/proof/soundness.h"

#include <math.h>
#include <stdio.h>

#include "proof/opening.h"

enum { TERM_CLAIMS, TERM_REDUCTION, TERM_JOIN, TERM_FOLD, TERM_QUERIES, TERM_HASH, OPENING_TERMS };

/* Rounds that share a kind: their number, and how many challenges of the worst one are fatal. */
typedef struct error_tally {
    size_t rounds;
    double worst;
    double all;
} error_tally;

static void count_round(error_tally *tally, double fatal)
{
    tally->rounds++;
    tally->all += fatal;
    tally->worst = fatal > tally->worst ? fatal : tally->worst;
}

static double field_bits(void)
{
    return PROM_EXTENSION_DEGREE * log2((double)PROM_FIELD_PRIME);
}

static double codeword(const prom_commitment_parameters *parameters, size_t log_rows)
{
    return ldexp(1, (int)(log_rows + parameters->log_blowup));
}

/* The first sumcheck: a polynomial of degree 2, and a fold of the rows of each commitment that still has several. */
static error_tally count_reduction(const prom_commitment_parameters *parameters, const opening_schedule *schedule,
                                   const prom_commitment_layout *const *layouts, size_t count)
{
    error_tally counted = {0};
    for (size_t left = schedule->variables; left > 0; left--) {
        double fatal = 2;
        for (size_t j = 0; j < count; j++) {
            const bool folds = left <= layout_variables(layouts[j]) && left > layouts[j]->log_rows;
            fatal += folds ? codeword(parameters, layouts[j]->log_rows) : 0;
        }
        count_round(&counted, fatal);
    }
    return counted;
}

static error_tally count_joins(const prom_commitment_parameters *parameters,
                               const prom_commitment_layout *const *layouts, size_t count, size_t rows)
{
    error_tally counted = {0};
    bool first = true;
    for (size_t j = 0; j < count; j++) {
        if (layouts[j]->log_rows == rows && first) {
            first = false; /* the one that has nothing to join yet */
        } else {
            count_round(&counted, codeword(parameters, layouts[j]->log_rows) + 1);
        }
    }
    return counted;
}

static error_tally count_folds(const prom_commitment_parameters *parameters, const opening_schedule *schedule)
{
    error_tally counted = {0};
    for (size_t t = 0; t < schedule->oracles; t++) {
        for (size_t left = schedule->log_rows[t]; left > schedule->log_rows[t + 1]; left--) {
            count_round(&counted, codeword(parameters, schedule->log_rows[t + 1]) + 1);
        }
    }
    return counted;
}

prom_soundness prom_soundness_of(const prom_commitment_parameters *parameters,
                                 const prom_commitment_layout *const *layouts, size_t commitment_count,
                                 size_t claim_count)
{
    const double field = field_bits();
    const double rate = ldexp(1, -(int)parameters->log_blowup);
    const double queries = -parameters->queries * log2((1 + rate) / 2);
    opening_schedule schedule;
    error_tally tallies[TERM_QUERIES] = {{0}};
    prom_opening_plan(&schedule, parameters, layouts, commitment_count);
    count_round(&tallies[TERM_CLAIMS], (double)claim_count - 1);
    tallies[TERM_REDUCTION] = count_reduction(parameters, &schedule, layouts, commitment_count);
    tallies[TERM_JOIN] = count_joins(parameters, layouts, commitment_count, schedule.log_rows[0]);
    tallies[TERM_FOLD] = count_folds(parameters, &schedule);
    prom_soundness found = {.terms = {[TERM_CLAIMS].name = "claims are combined",
                                      [TERM_REDUCTION].name = "a round of the first sumcheck, rows are folded",
                                      [TERM_JOIN].name = "a commitment joins",
                                      [TERM_FOLD].name = "a round of the second sumcheck, an oracle is folded",
                                      [TERM_QUERIES] = {"queries", 1, queries},
                                      [TERM_HASH] = {"collisions of hashes of 224 bits", 1, 112}},
                            .term_count = OPENING_TERMS};
    double all = 0;
    for (size_t i = 0; i < TERM_QUERIES; i++) {
        found.terms[i].rounds = tallies[i].rounds;
        found.terms[i].bits = field - log2(tallies[i].worst);
        all += tallies[i].all;
    }
    found.worst = queries;
    for (size_t i = 0; i < OPENING_TERMS; i++) {
        found.worst = found.terms[i].bits < found.worst ? found.terms[i].bits : found.worst;
    }
    found.sum = -log2(exp2(-queries) + all * exp2(-field));
    return found;
}

void prom_soundness_add(prom_soundness *soundness, const char *name, size_t rounds, double worst, double all)
{
    if (rounds == 0 || soundness->term_count == PROM_SOUNDNESS_TERMS_MAX) {
        return;
    }
    const double bits = field_bits() - log2(worst);
    soundness->terms[soundness->term_count++] = (prom_soundness_term){name, rounds, bits};
    soundness->worst = bits < soundness->worst ? bits : soundness->worst;
    soundness->sum = -log2(exp2(-soundness->sum) + all * exp2(-field_bits()));
}

prom_result prom_soundness_text(prom_arena *arena, prom_span *text, const prom_soundness *soundness, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    char line[128];
    prom_write_text(&writer, "| kind of round | rounds | bits |\n|---|---|---|\n");
    for (size_t i = 0; i < soundness->term_count; i++) {
        const prom_soundness_term *term = &soundness->terms[i];
        if (term->rounds > 0 && isfinite(term->bits)) {
            (void)snprintf(line, sizeof line, "| %s | %zu | %.1f |\n", term->name, term->rounds, term->bits);
            prom_write_text(&writer, line);
        }
    }
    (void)snprintf(line, sizeof line, "| the worst round | | %.1f |\n| all rounds together | | %.1f |\n",
                   soundness->worst, soundness->sum);
    prom_write_text(&writer, line);
    return prom_writer_finish(&writer, text, error);
}
