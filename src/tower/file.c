#include "tower/file.h"

#include <string.h>

#include "prometheus/crypto/hash.h"

static const char MAGIC[] = "PRMTOWER";
enum { VERSION = 2, MAGIC_BYTES = sizeof MAGIC - 1 };
_Static_assert(PROM_BRANCH_TX1 == 0 && PROM_BRANCH_TX5 == 4 && PROM_BRANCH_TXA == 5 && PROM_BRANCH_TX6 == 6,
               "these numbers stand in files");

/* Which branches a file has, without and with an appeal. Of two that spend one output the first is preferred. */
static const prom_branch_id plain[] = {PROM_BRANCH_TX1, PROM_BRANCH_TX5, PROM_BRANCH_TX6};
static const prom_branch_id appealing[] = {PROM_BRANCH_TX1, PROM_BRANCH_TXA, PROM_BRANCH_TX5, PROM_BRANCH_TX6};

static const prom_branch_id *branches_of(bool appeal, size_t *count)
{
    *count = appeal ? sizeof appealing / sizeof appealing[0] : sizeof plain / sizeof plain[0];
    return appeal ? appealing : plain;
}

/* Known by it are files that a disk or a line has damaged; it keeps nobody from making one. */
static void seal_of(prom_bytes32 *seal, prom_span content)
{
    prom_tagged_hash(seal, "prometheus/tower", content);
}

/* -- Writing -- */

static void write_sized(prom_writer *writer, prom_span bytes)
{
    prom_write_u32(writer, (uint32_t)bytes.length);
    prom_write_span(writer, bytes);
}

static void write_branch(prom_writer *writer, const prom_tower_branch *branch)
{
    prom_write_u8(writer, (uint8_t)branch->id);
    prom_write_u32(writer, branch->opens);
    prom_write_u32(writer, branch->closes);
    prom_write_u8(writer, (uint8_t)branch->lateness);
    prom_write_amount(writer, branch->at_risk);
    prom_write_amount(writer, branch->fee);
    write_sized(writer, branch->tx);
}

static prom_result write_appeal(prom_arena *arena, prom_writer *writer, const prom_tower_appeal *appeal,
                                prom_error *error)
{
    prom_write_bytes32(writer, &appeal->client);
    prom_write_u8(writer, appeal->quorum);
    prom_write_u8(writer, appeal->arbiter_count);
    for (size_t i = 0; i < appeal->arbiter_count; i++) {
        const prom_tower_arbiter *arbiter = &appeal->arbiters[i];
        prom_write_bytes32(writer, &arbiter->words);
        prom_write_u8(writer, arbiter->address.length);
        prom_write_span(writer, prom_span_of(arbiter->address.bytes, arbiter->address.length));
    }
    prom_write_bytes32(writer, &appeal->h_p);
    prom_write_u8(writer, (uint8_t)appeal->evidence.count);
    for (size_t i = 0; i < appeal->evidence.count; i++) {
        prom_span statement;
        PROM_TRY(prom_attestation_write(arena, &statement, &appeal->evidence.list[i], error));
        prom_write_u16(writer, (uint16_t)statement.length);
        prom_write_span(writer, statement);
    }
    write_sized(writer, appeal->packages[0]);
    write_sized(writer, appeal->packages[1]);
    return prom_ok();
}

prom_result prom_tower_file_write(prom_arena *arena, prom_span *bytes, const prom_tower_file *file, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_bytes32 seal;
    prom_write_text(&writer, MAGIC);
    prom_write_u8(&writer, VERSION);
    prom_write_bytes32(&writer, &file->genesis);
    prom_write_bytes32(&writer, &file->contract_id);
    prom_write_u32(&writer, file->first_block);
    prom_write_u8(&writer, file->appeal.there);
    for (size_t i = 0; i < file->branch_count; i++) {
        write_branch(&writer, &file->branches[i]);
    }
    if (file->appeal.there) {
        PROM_TRY(write_appeal(arena, &writer, &file->appeal, error));
    }
    PROM_TRY(prom_writer_finish(&writer, bytes, error));
    seal_of(&seal, *bytes);
    prom_write_bytes32(&writer, &seal);
    return prom_writer_finish(&writer, bytes, error);
}

/* -- Reading -- */

static prom_span read_sized(prom_reader *reader, size_t most)
{
    const uint32_t length = prom_read_u32(reader);
    reader->failed = reader->failed || length > most;
    return prom_read_span(reader, length);
}

static prom_result refuse(prom_error *error, const char *why)
{
    return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "this is no file for a watchtower: %s", why);
}

static prom_result parse_tx(prom_arena *arena, prom_tower_branch *branch, prom_error *error)
{
    prom_tx *tx = NULL;
    const prom_result parsed = prom_tx_parse(arena, &tx, branch->tx, error);
    if (parsed.category == PROM_CATEGORY_MEMORY) {
        return parsed;
    }
    if (!prom_is_ok(parsed) || tx->input_count != 1 || tx->output_count == 0 || tx->inputs[0].witness_count == 0) {
        return refuse(error, "a transaction in it is none of a contract");
    }
    branch->spends = tx->inputs[0].outpoint;
    return prom_tx_id(arena, &branch->txid, tx, error);
}

static prom_result read_branch(prom_arena *arena, prom_tower_branch *branch, prom_reader *reader, prom_branch_id id,
                               prom_error *error)
{
    const uint8_t kind = prom_read_u8(reader);
    branch->id = id;
    branch->opens = prom_read_u32(reader);
    branch->closes = prom_read_u32(reader);
    const uint8_t lateness = prom_read_u8(reader);
    branch->lateness = lateness == PROM_LATE_COSTS_MONEY ? PROM_LATE_COSTS_MONEY : PROM_LATE_COSTS_TIME;
    branch->at_risk = prom_read_amount(reader);
    branch->fee = prom_read_amount(reader);
    branch->tx = read_sized(reader, PROM_TOWER_TX_MAX);
    if (reader->failed || kind != (uint8_t)id || lateness != (uint8_t)branch->lateness || branch->opens > UINT16_MAX ||
        (branch->closes != PROM_TOWER_OPEN && branch->closes > UINT16_MAX)) {
        return refuse(error, "a branch of it is not as it should be");
    }
    return parse_tx(arena, branch, error);
}

/* Into the list, which has room for it. */
static prom_result read_statement(prom_tower_file *file, prom_reader *reader, prom_error *error)
{
    prom_evidence *evidence = &file->appeal.evidence;
    prom_attestation *statement = &evidence->list[evidence->count];
    const uint16_t length = prom_read_u16(reader);
    const prom_span bytes = prom_read_span(reader, length);
    if (reader->failed || !prom_is_ok(prom_attestation_read(statement, bytes, error)) ||
        !prom_bytes32_equal(&statement->contract_id, &file->contract_id)) {
        return refuse(error, "a statement in it is none of its contract");
    }
    evidence->count++;
    return prom_ok();
}

static prom_result read_arbiters(prom_tower_appeal *appeal, prom_reader *reader, prom_error *error)
{
    appeal->client = prom_read_bytes32(reader);
    appeal->quorum = prom_read_u8(reader);
    appeal->arbiter_count = prom_read_u8(reader);
    if (reader->failed || appeal->arbiter_count > PROM_ARBITERS_MAX || appeal->quorum == 0 ||
        appeal->quorum > appeal->arbiter_count) {
        return refuse(error, "its appeal names no arbiters, or more than there can be");
    }
    for (size_t i = 0; i < appeal->arbiter_count; i++) {
        prom_tower_arbiter *arbiter = &appeal->arbiters[i];
        arbiter->words = prom_read_bytes32(reader);
        arbiter->address.length = prom_read_u8(reader);
        const prom_span address = prom_read_span(reader, arbiter->address.length);
        if (reader->failed) {
            return refuse(error, "an address of an arbiter is cut");
        }
        if (address.length > 0) {
            memcpy(arbiter->address.bytes, address.data, address.length);
        }
    }
    return prom_ok();
}

static prom_result read_appeal(prom_arena *arena, prom_tower_file *file, prom_reader *reader, prom_error *error)
{
    prom_tower_appeal *appeal = &file->appeal;
    PROM_TRY(read_arbiters(appeal, reader, error));
    appeal->h_p = prom_read_bytes32(reader);
    const uint8_t count = prom_read_u8(reader);
    if (reader->failed || count == 0 || count > PROM_EVIDENCE_MAX) {
        return refuse(error, "its appeal has no evidence, or more than there can be");
    }
    PROM_TRY(prom_evidence_new(arena, &appeal->evidence, count, error));
    for (uint8_t i = 0; i < count; i++) {
        PROM_TRY(read_statement(file, reader, error));
    }
    appeal->packages[0] = read_sized(reader, PROM_TOWER_PACKAGE_MAX);
    appeal->packages[1] = read_sized(reader, PROM_TOWER_PACKAGE_MAX);
    return reader->failed || appeal->packages[0].length == 0 ? refuse(error, "its appeal has no package") : prom_ok();
}

/* That Tx5 and TxA spend the same output, Tx6 what TxA makes, and all else differs. */
static prom_result check_way(const prom_tower_file *file, prom_error *error)
{
    const prom_tower_branch *first = &file->branches[0];
    const prom_tower_branch *middle = &file->branches[1];
    const prom_tower_branch *last = &file->branches[file->branch_count - 1];
    const prom_tower_branch *tx5 = &file->branches[file->branch_count - 2];
    const bool follows = !file->appeal.there || (prom_outpoint_equal(&middle->spends, &tx5->spends) &&
                                                 prom_bytes32_equal(&middle->txid, &last->spends.txid));
    const bool differ = !prom_outpoint_equal(&first->spends, &tx5->spends) &&
                        !prom_outpoint_equal(&first->spends, &last->spends) &&
                        !prom_outpoint_equal(&tx5->spends, &last->spends);
    return follows && differ ? prom_ok() : refuse(error, "its transactions do not follow one another");
}

static prom_result read_content(prom_arena *arena, prom_tower_file *file, prom_reader *reader, prom_error *error)
{
    file->genesis = prom_read_bytes32(reader);
    file->contract_id = prom_read_bytes32(reader);
    file->first_block = prom_read_u32(reader);
    const uint8_t appeal = prom_read_u8(reader);
    if (reader->failed || appeal > 1 || file->first_block == 0 || file->first_block > INT32_MAX) {
        return refuse(error, "its head is not as it should be");
    }
    file->appeal.there = appeal == 1;
    size_t count = 0;
    const prom_branch_id *ids = branches_of(file->appeal.there, &count);
    file->branch_count = count;
    for (size_t i = 0; i < count; i++) {
        PROM_TRY(read_branch(arena, &file->branches[i], reader, ids[i], error));
    }
    PROM_TRY(check_way(file, error));
    if (file->appeal.there) {
        PROM_TRY(read_appeal(arena, file, reader, error));
    }
    return prom_reader_done(reader) ? prom_ok() : refuse(error, "bytes are left over");
}

prom_result prom_tower_file_read(prom_arena *arena, prom_tower_file *file, prom_span bytes, prom_error *error)
{
    prom_bytes32 seal;
    memset(file, 0, sizeof *file);
    if (bytes.length < MAGIC_BYTES + 1 + sizeof seal || memcmp(bytes.data, MAGIC, MAGIC_BYTES) != 0) {
        return refuse(error, "it does not begin like one");
    }
    if (bytes.data[MAGIC_BYTES] != VERSION) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "this file for a watchtower is of version %u, and %d is known here: export it again with this "
                         "program",
                         (unsigned)bytes.data[MAGIC_BYTES], VERSION);
    }
    const prom_span content = prom_span_of(bytes.data, bytes.length - sizeof seal);
    seal_of(&seal, content);
    if (!prom_span_equal(prom_span_of32(&seal), prom_span_of(bytes.data + content.length, sizeof seal))) {
        return refuse(error, "it is damaged or cut: export it again");
    }
    prom_reader reader = prom_reader_of(content);
    (void)prom_read_span(&reader, MAGIC_BYTES + 1);
    return read_content(arena, file, &reader, error);
}
