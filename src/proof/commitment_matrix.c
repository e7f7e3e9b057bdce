#include "proof/commitment_matrix.h"

#include <string.h>

#include "proof/opening.h"

const prom_commitment *prom_committed_commitment(const prom_committed *committed)
{
    return &committed->public;
}

/* Messages, and where their codewords go, one after the other. */
typedef struct encode_task {
    const prom_commitment_setup *setup;
    const prom_ntt *ntt;
    const codeword_messages *messages;
    prom_element *codewords;
} encode_task;

static void encode_column(void *argument, size_t index)
{
    const encode_task *task = argument;
    const uint8_t log_blowup = task->setup->parameters.log_blowup;
    const size_t log_rows = task->messages->log_rows;
    const size_t width = (size_t)1 << (log_rows + log_blowup);
    prom_element *codeword = task->codewords + index * width;
    prom_ntt_encode(task->ntt, codeword, task->messages->coefficients[index], log_rows, log_blowup);
    task->setup->field->values(&codeword->residue, codeword, width);
}

prom_result prom_codeword_matrix_new(prom_arena *arena, codeword_matrix *made, const prom_commitment_setup *setup,
                                     const prom_ntt *ntt, const codeword_messages *messages, prom_error *error)
{
    encode_task task = {.setup = setup, .ntt = ntt, .messages = messages};
    made->columns = messages->count;
    made->log_width = messages->log_rows + setup->parameters.log_blowup;
    PROM_TRY_NEW(task.codewords, arena, made->columns << made->log_width, error);
    PROM_TRY_NEW(made->values, arena, made->columns, error);
    prom_parallel_run(setup->parallel, encode_column, &task, made->columns);
    for (size_t i = 0; i < made->columns; i++) {
        made->values[i] = &task.codewords[i << made->log_width].residue;
    }
    const proof_leaves leaves = {made->values, made->columns};
    return prom_hash_tree_new(arena, &made->tree, setup->hash, setup->parallel, &leaves, made->log_width, error);
}

prom_result prom_codeword_matrix_open(prom_arena *arena, prom_writer *writer, const codeword_matrix *opened,
                                      const uint32_t *queries, size_t count, prom_error *error)
{
    size_t *positions = NULL;
    PROM_TRY_NEW(positions, arena, count, error);
    count = prom_opening_positions(positions, queries, count, opened->log_width);
    for (size_t i = 0; i < count; i++) {
        for (size_t c = 0; c < opened->columns; c++) {
            prom_write_u32(writer, opened->values[c][positions[i]]);
        }
    }
    return prom_hash_tree_open(arena, writer, &opened->tree, positions, count, error);
}

/* Polynomials, and the matrix that they lie in. */
typedef struct copy_task {
    const prom_commitment_layout *layout;
    const prom_element *const *polynomials;
    prom_element *data;
} copy_task;

static void copy_polynomial(void *argument, size_t index)
{
    const copy_task *task = argument;
    memcpy(task->data + task->layout->starts[index], task->polynomials[index],
           sizeof *task->data << task->layout->variables[index]);
}

prom_result prom_commitment_make_of_rows(prom_arena *arena, prom_committed **committed,
                                         const prom_commitment_setup *setup, const prom_commitment_layout *layout,
                                         const prom_element *rows, prom_error *error)
{
    prom_committed *made = NULL;
    const prom_element **coefficients = NULL;
    *committed = NULL;
    prom_commitment_layout own;
    PROM_TRY(prom_commitment_layout_new(arena, &own, &setup->parameters, layout->variables, layout->polynomial_count,
                                        error));
    if (own.log_rows != layout->log_rows || own.columns != layout->columns) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "rows are laid out for a commitment with other parameters");
    }
    PROM_TRY_NEW(made, arena, 1, error);
    PROM_TRY_NEW(coefficients, arena, layout->columns, error);
    for (size_t i = 0; i < layout->columns; i++) {
        coefficients[i] = rows + (i << layout->log_rows);
    }
    made->public.layout = own;
    made->data = rows;
    PROM_TRY(prom_ntt_new(arena, &made->ntt, setup->field, layout->log_rows + setup->parameters.log_blowup, error));
    const codeword_messages messages = {coefficients, layout->columns, layout->log_rows};
    PROM_TRY(prom_codeword_matrix_new(arena, &made->matrix, setup, &made->ntt, &messages, error));
    made->public.root = prom_hash_tree_root(&made->matrix.tree);
    *committed = made;
    return prom_ok();
}

prom_result prom_commitment_make(prom_arena *arena, prom_committed **committed, const prom_commitment_setup *setup,
                                 const prom_element *const *polynomials, const size_t *variables, size_t count,
                                 prom_error *error)
{
    prom_commitment_layout layout;
    prom_element *rows = NULL;
    *committed = NULL;
    PROM_TRY(prom_commitment_layout_new(arena, &layout, &setup->parameters, variables, count, error));
    PROM_TRY_NEW(rows, arena, layout.columns << layout.log_rows, error);
    copy_task task = {&layout, polynomials, rows};
    prom_parallel_run(setup->parallel, copy_polynomial, &task, count);
    return prom_commitment_make_of_rows(arena, committed, setup, &layout, rows, error);
}
