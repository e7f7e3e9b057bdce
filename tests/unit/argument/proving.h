/* Statements and their proofs, small enough for tests, of random programs. */
#ifndef TEST_ARGUMENT_PROVING_H
#define TEST_ARGUMENT_PROVING_H

#include "program/random_program.h"
#include "program/reference.h"

#include "argument/layout.h"
#include "argument/prover.h"

#define PROVING_MEMORY ((size_t)1 << 32)

/* A statement that is true, and all that its prover knows. */
typedef struct proving {
    prom_arena *arena;
    prom_statement statement;
    uint8_t *outputs; /* of the statement */
    prom_argument argument;
    prom_witness witness;
} proving;

/* The proof that a machine with instructions of `cpu` makes. */
static inline prom_span proof_by(const proving *made, prom_cpu cpu)
{
    const proof_request request = {&made->argument, &made->witness, &made->statement, cpu, NULL, NULL};
    argument_prover prover;
    prom_error error = {""};
    prom_span proof;
    prom_argument_prover_init(&prover, made->arena, made->arena, &request);
    assert_ok(prom_argument_prove(&prover, &proof, &error), &error);
    return proof;
}

static inline bool provable(prom_arena *arena, const prom_program *program, size_t items)
{
    enum { LEAVES = 16 }; /* shifts are drawn, and small ones make large tables */
    prom_argument argument;
    return prom_is_ok(prom_argument_new(arena, &argument, program, items, NULL)) && argument.leaf_variables <= LEAVES;
}

static inline proving prove_ready(prom_arena *arena, uint64_t *random, const prom_program *program, size_t items)
{
    prom_error error = {""};
    proving made = {.arena = arena, .statement = {program, items, NULL, NULL}};
    made.outputs = new_bytes(arena, items * prom_program_output(program)->count, 1);
    made.statement.inputs = random_inputs(arena, random, program, items);
    made.statement.outputs = made.outputs;
    assert_ok(prom_argument_new(arena, &made.argument, program, items, &error), &error);
    const witness_request request = {&made.argument, made.statement.inputs, NULL, NULL};
    assert_ok(prom_witness_new(arena, &made.witness, made.outputs, &request, &error), &error);
    return made;
}

/* Of a random program of so many layers. */
static inline proving random_proving(prom_arena *arena, uint64_t *random, size_t layers, size_t items)
{
    const prom_program *program = NULL;
    do {
        program = random_program(arena, random, layers);
    } while (!provable(arena, program, items));
    return prove_ready(arena, random, program, items);
}

static inline prom_span honest_proof(const proving *made)
{
    return proof_by(made, prom_cpu_of_machine());
}

/* That the proof is refused, as a peer's fault. */
static inline void assert_refuted(prom_arena *arena, const prom_statement *statement, prom_span proof)
{
    prom_error error = {""};
    const prom_result checked = prom_statement_verify(arena, statement, proof, NULL, &error);
    assert_int_equal(checked.category, PROM_CATEGORY_PEER);
    assert_true(error.sentence[0] != '\0');
}

#endif
