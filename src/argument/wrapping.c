#include <string.h>

#include "prometheus/argument/proof.h"
#include "prometheus/crypto/hash.h"

#define MAGIC "PRMP"
enum { MAGIC_BYTES = sizeof MAGIC - 1, WITHOUT_HEADER = 1 };

_Static_assert(PROM_PROOF_HEADER_BYTES == MAGIC_BYTES + 4 + 8 + 3 * sizeof(prom_bytes32), "the fields of a header");

static prom_bytes32 digest_of(const uint8_t *codes, size_t length)
{
    prom_bytes32 digest;
    prom_sha256(&digest, prom_span_of(codes, length));
    return digest;
}

prom_proof_header prom_proof_header_of(const prom_statement *statement)
{
    const prom_program *program = statement->program;
    return (prom_proof_header){
        .items = statement->items,
        .program = program->digest,
        .inputs = digest_of(statement->inputs, statement->items * program->input.count),
        .outputs = digest_of(statement->outputs, statement->items * prom_program_output(program)->count),
    };
}

prom_result prom_proof_wrap(prom_arena *arena, prom_span *file, const prom_statement *statement, prom_span proof,
                            prom_error *error)
{
    const prom_proof_header header = prom_proof_header_of(statement);
    prom_writer writer = prom_writer_in(arena);
    prom_write_text(&writer, MAGIC);
    prom_write_u32(&writer, PROM_PROOF_FILE_VERSION);
    prom_write_u64(&writer, header.items);
    prom_write_bytes32(&writer, &header.program);
    prom_write_bytes32(&writer, &header.inputs);
    prom_write_bytes32(&writer, &header.outputs);
    prom_write_span(&writer, proof);
    return prom_writer_finish(&writer, file, error);
}

prom_result prom_proof_read_header(prom_proof_header *header, prom_span *proof, prom_span file, prom_error *error)
{
    prom_reader reader = prom_reader_of(file);
    const prom_span magic = prom_read_span(&reader, MAGIC_BYTES);
    const uint32_t version = prom_read_u32(&reader);
    *proof = prom_span_of(NULL, 0);
    *header = (prom_proof_header){0};
    if (reader.failed || memcmp(magic.data, MAGIC, MAGIC_BYTES) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this is no proof: 'prom prove' writes one");
    }
    if (version == WITHOUT_HEADER) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "this is a proof in a file of version %d, which does not say what it is a proof of; version "
                         "%u is known here: 'prom prove' makes it anew",
                         WITHOUT_HEADER, PROM_PROOF_FILE_VERSION);
    }
    if (version != PROM_PROOF_FILE_VERSION) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "this is a proof in a file of version %u; version %u is known here", version,
                         PROM_PROOF_FILE_VERSION);
    }
    header->items = prom_read_u64(&reader);
    header->program = prom_read_bytes32(&reader);
    header->inputs = prom_read_bytes32(&reader);
    header->outputs = prom_read_bytes32(&reader);
    if (reader.failed) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this is no whole proof: its file ends at byte %zu of %u",
                         file.length, PROM_PROOF_HEADER_BYTES);
    }
    *proof = prom_span_of(reader.at, reader.left);
    return prom_ok();
}

/* "the proof is of WHAT: A, and B here" when the digests differ. */
static prom_result check_digest(const prom_bytes32 *named, const prom_bytes32 *here, const char *what,
                                prom_category category, prom_error *error)
{
    char named_text[PROM_HEX32];
    char here_text[PROM_HEX32];
    if (memcmp(named, here, sizeof *named) == 0) {
        return prom_ok();
    }
    return prom_fail(error, category, "the proof is of %s: digest %s, and here it is %s", what,
                     prom_hex32(named_text, named), prom_hex32(here_text, here));
}

/* That the header is of this program and of these inputs. */
static prom_result check_ours(const prom_proof_header *named, const prom_statement *statement, prom_error *error)
{
    const prom_program *program = statement->program;
    PROM_TRY(check_digest(&named->program, &program->digest, "another program", PROM_CATEGORY_BAD_INPUT, error));
    if (named->items != statement->items) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "the proof is of other inputs: %llu in number, and here they are %llu",
                         (unsigned long long)named->items, (unsigned long long)statement->items);
    }
    const prom_bytes32 inputs = digest_of(statement->inputs, statement->items * program->input.count);
    return check_digest(&named->inputs, &inputs, "other inputs", PROM_CATEGORY_BAD_INPUT, error);
}

prom_result prom_proof_match(prom_proof_header *header, prom_span *proof, const prom_statement *statement,
                             prom_span file, prom_error *error)
{
    prom_span wrapped;
    *proof = prom_span_of(NULL, 0);
    PROM_TRY(prom_proof_read_header(header, &wrapped, file, error));
    PROM_TRY(check_ours(header, statement, error));
    *proof = wrapped;
    return prom_ok();
}

prom_result prom_proof_match_outputs(const prom_proof_header *header, const prom_statement *statement,
                                     prom_error *error)
{
    const size_t count = prom_program_output(statement->program)->count;
    const prom_bytes32 outputs = digest_of(statement->outputs, statement->items * count);
    return check_digest(&header->outputs, &outputs, "other outputs", PROM_CATEGORY_PEER, error);
}
