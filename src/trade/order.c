#include "trade/order.h"

#include <stdio.h>

#include "channel/codec.h"

enum { MAGIC = 0x504f, VERSION = 1 };

static void code_optional_amount(struct codec *codec, prom_amount *amount)
{
    uint64_t sat = 0;
    bool there = codec->writes && prom_amount_get(*amount, &sat);
    prom_code_bool(codec, &there);
    prom_code_u64(codec, &sat);
    *amount = there ? prom_amount_of(sat) : prom_amount_invalid();
    prom_codec_must(codec, there ? prom_amount_is_valid(*amount) : sat == 0);
}

static void code_amount(struct codec *codec, prom_amount *amount)
{
    code_optional_amount(codec, amount);
    prom_codec_must(codec, prom_amount_is_valid(*amount));
}

static void code_wishes(struct codec *codec, prom_order_wishes *wishes)
{
    prom_code_u32(codec, &wishes->parts_min);
    prom_code_u32(codec, &wishes->workers_min);
    prom_code_u32(codec, &wishes->height);
    code_optional_amount(codec, &wishes->reward);
    code_amount(codec, &wishes->retainer);
    prom_code_u32(codec, &wishes->feerate);
    prom_code_address(codec, &wishes->verifier);
    prom_code_count(codec, &wishes->worker_count, PROM_ORDER_WORKERS_MAX);
    for (size_t i = 0; i < wishes->worker_count; i++) {
        prom_code_bytes32(codec, &wishes->workers[i].key);
        prom_code_address(codec, &wishes->workers[i].address);
    }
}

static void code_all(struct codec *codec, prom_ordered *ordered, size_t *attempts)
{
    uint16_t magic = MAGIC;
    uint16_t version = VERSION;
    prom_code_u16(codec, &magic);
    prom_code_u16(codec, &version);
    prom_codec_must(codec, magic == MAGIC && version == VERSION);
    code_wishes(codec, &ordered->wishes);
    prom_code_count(codec, attempts, PROM_JOB_ATTEMPTS_MAX);
    for (size_t i = 0; i < *attempts; i++) {
        prom_attempt_terms *terms = &ordered->terms[i];
        prom_code_address(codec, &terms->worker);
        prom_code_address(codec, &terms->verifier);
        code_amount(codec, &terms->c);
        prom_code_u64(codec, &terms->package_max);
    }
}

prom_result prom_ordered_write(prom_arena *arena, prom_span *bytes, const prom_ordered *ordered, prom_error *error)
{
    PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
    prom_ordered *copy = NULL;
    size_t attempts = ordered->job->attempt_count;
    prom_span head;
    prom_span facts;
    prom_arena_init_within(&scratch, arena);
    PROM_TRY_NEW(copy, &scratch, 1, error);
    *copy = *ordered; /* the walk is one for both ways, and so has no const */
    struct codec codec = prom_codec_writer(&scratch);
    code_all(&codec, copy, &attempts);
    PROM_TRY(prom_within(prom_codec_written(&codec, &head, error), error, "a job"));
    PROM_TRY(prom_market_job_write(&scratch, &facts, ordered->job, error));
    prom_writer writer = prom_writer_in(arena);
    prom_write_u32(&writer, (uint32_t)head.length);
    prom_write_span(&writer, head);
    prom_write_span(&writer, facts);
    return prom_writer_finish(&writer, bytes, error);
}

prom_result prom_ordered_read(prom_arena *arena, prom_ordered **ordered, prom_span bytes, prom_error *error)
{
    prom_reader reader = prom_reader_of(bytes);
    const prom_span head = prom_read_span(&reader, prom_read_u32(&reader));
    prom_ordered *read = NULL;
    size_t attempts = 0;
    *ordered = NULL;
    if (reader.failed) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a job of %zu bytes is cut", bytes.length);
    }
    PROM_TRY_NEW(read, arena, 1, error);
    struct codec codec = prom_codec_reader(arena, head);
    code_all(&codec, read, &attempts);
    PROM_TRY(prom_within(prom_codec_read(&codec, error), error, "a job"));
    PROM_TRY(prom_market_job_read(arena, &read->job, prom_span_of(reader.at, reader.left), error));
    if (attempts != read->job->attempt_count) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a job has %zu attempts, and terms of %zu",
                         read->job->attempt_count, attempts);
    }
    *ordered = read;
    return prom_ok();
}

const char *prom_attempt_name(char name[PROM_ATTEMPT_NAME], const prom_bytes32 *job, uint32_t attempt)
{
    enum { SHOWN = 32 };
    char hex[PROM_HEX32];
    (void)snprintf(name, PROM_ATTEMPT_NAME, "job-%.*s-%u", SHOWN, prom_hex32(hex, job), (unsigned)attempt);
    return name;
}
