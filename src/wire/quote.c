#include "wire/quote.h"

#include "wire/messages.pb-c.h"

/* -- Hashes -- */

static void add_u64(prom_hasher *hasher, uint64_t number)
{
    prom_hasher_add_number(hasher, number, 8);
}

static void add_sat(prom_hasher *hasher, prom_amount amount)
{
    uint64_t sat = 0;
    if (!prom_amount_get(amount, &sat)) {
        sat = UINT64_MAX; /* no quote that was read has one */
    }
    add_u64(hasher, sat);
}

void prom_ask_hash(prom_bytes32 *hash, const prom_ask *ask)
{
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/ask");
    prom_hasher_add(&hasher, prom_span_of32(&ask->nonce));
    prom_hasher_add_number(&hasher, ask->role, 1);
    prom_hasher_add(&hasher, prom_span_of32(&ask->genesis));
    prom_hasher_add(&hasher, prom_span_of32(&ask->p_txid));
    prom_hasher_add_number(&hasher, ask->scheme, 2);
    prom_hasher_add(&hasher, prom_span_of32(&ask->program_digest));
    const uint64_t numbers[] = {ask->program_bytes, ask->input_bytes, ask->package_bytes,
                                ask->macs,          ask->effort,      ask->memory};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        add_u64(&hasher, numbers[i]);
    }
    prom_hasher_add_number(&hasher, ask->items, 4);
    prom_hasher_add_number(&hasher, ask->deadline, 4);
    if (ask->fuel != 0) { /* what others hash who know of no modules stays as it is */
        add_u64(&hasher, ask->fuel);
    }
    prom_hasher_finish(&hasher, hash);
}

void prom_quote_hash(prom_bytes32 *hash, const prom_quote *quote)
{
    prom_hasher hasher;
    const prom_rates *rates = &quote->rates;
    const prom_machine *machine = &quote->machine;
    prom_hasher_init(&hasher, "prometheus/quote");
    prom_hasher_add(&hasher, prom_span_of32(&quote->ask));
    prom_hasher_add(&hasher, prom_span_of32(&quote->node));
    add_sat(&hasher, quote->price);
    add_u64(&hasher, rates->macs);
    add_u64(&hasher, rates->bytes);
    add_u64(&hasher, rates->effort);
    add_sat(&hasher, rates->least);
    const uint64_t speeds[] = {machine->macs_per_second, machine->effort_per_second, machine->steps_per_second,
                               machine->bytes_per_second, machine->memory};
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++) {
        add_u64(&hasher, speeds[i]);
    }
    prom_hasher_add_number(&hasher, quote->begins, 4);
    prom_hasher_add_number(&hasher, quote->capacity, 4);
    prom_hasher_add_number(&hasher, quote->valid_until, 4);
    prom_hasher_add_number(&hasher, quote->reason_count, 1);
    for (size_t i = 0; i < quote->reason_count; i++) {
        prom_hasher_add_number(&hasher, quote->reasons[i].code, 2);
        prom_hasher_add_number(&hasher, quote->reasons[i].unit, 1);
        add_u64(&hasher, quote->reasons[i].needed);
        add_u64(&hasher, quote->reasons[i].there);
    }
    if (rates->fuel != 0 || machine->fuel_per_second != 0) {
        add_u64(&hasher, rates->fuel);
        add_u64(&hasher, machine->fuel_per_second);
    }
    prom_hasher_finish(&hasher, hash);
}

bool prom_quote_signed(const prom_curve *curve, const prom_quote *quote)
{
    prom_bytes32 hash;
    prom_quote_hash(&hash, quote);
    return prom_signature_valid(curve, &quote->signature, prom_span_of32(&hash), &quote->node);
}

/* -- Walks -- */

static void walk_u16(struct walk *walk, uint32_t *field, uint16_t *value)
{
    uint32_t number = *value;
    prom_walk_u32(walk, field, &number);
    prom_walk_must(walk, number <= UINT16_MAX);
    *value = (uint16_t)number;
}

static void walk_amount(struct walk *walk, uint64_t *field, prom_amount *amount)
{
    uint64_t sat = 0;
    prom_walk_must(walk, !walk->packs || prom_amount_get(*amount, &sat));
    prom_walk_u64(walk, field, &sat);
    *amount = prom_amount_of(sat);
    prom_walk_must(walk, prom_amount_is_valid(*amount));
}

void prom_walk_ask(struct walk *walk, void *fields, prom_ask *ask)
{
    PrometheusWire__Ask *it = fields;
    prom_walk_bytes32(walk, &it->nonce, &ask->nonce);
    prom_walk_role(walk, &it->role, &ask->role);
    prom_walk_bytes32(walk, &it->genesis, &ask->genesis);
    prom_walk_bytes32(walk, &it->p_txid, &ask->p_txid);
    walk_u16(walk, &it->scheme, &ask->scheme);
    prom_walk_bytes32(walk, &it->program_digest, &ask->program_digest);
    prom_walk_u64(walk, &it->program_bytes, &ask->program_bytes);
    prom_walk_u64(walk, &it->input_bytes, &ask->input_bytes);
    prom_walk_u64(walk, &it->package_bytes, &ask->package_bytes);
    prom_walk_u64(walk, &it->macs, &ask->macs);
    prom_walk_u64(walk, &it->effort, &ask->effort);
    prom_walk_u64(walk, &it->memory, &ask->memory);
    prom_walk_u32(walk, &it->items, &ask->items);
    prom_walk_u32(walk, &it->deadline, &ask->deadline);
    prom_walk_u64(walk, &it->fuel, &ask->fuel);
    prom_walk_must(walk, ask->items > 0 && ask->program_bytes > 0 && ask->input_bytes > 0);
    prom_walk_must(walk, ask->program_bytes <= PROM_PAYLOAD_MAX && ask->input_bytes <= PROM_PAYLOAD_MAX &&
                             ask->package_bytes <= PROM_PAYLOAD_MAX);
}

enum { REASON_BYTES = 2 + 1 + 8 + 8 };

static void read_reason(struct walk *walk, prom_quote_reason *reason, const ProtobufCBinaryData *field)
{
    prom_reader reader = prom_reader_of(prom_span_of(field->data, field->len));
    reason->code = prom_read_u16(&reader);
    reason->unit = prom_read_u8(&reader);
    reason->needed = prom_read_u64(&reader);
    reason->there = prom_read_u64(&reader);
    prom_walk_must(walk, prom_reader_done(&reader) && reason->code != 0);
}

static void write_reason(struct walk *walk, ProtobufCBinaryData *field, const prom_quote_reason *reason)
{
    prom_writer writer = prom_writer_in(walk->arena);
    prom_span bytes = {NULL, 0};
    prom_write_u16(&writer, reason->code);
    prom_write_u8(&writer, reason->unit);
    prom_write_u64(&writer, reason->needed);
    prom_write_u64(&writer, reason->there);
    prom_walk_must(walk, prom_is_ok(prom_writer_finish(&writer, &bytes, NULL)) && reason->code != 0);
    prom_walk_span(walk, field, &bytes);
}

void prom_walk_reason(struct walk *walk, ProtobufCBinaryData *field, prom_quote_reason *reason)
{
    if (walk->packs) {
        write_reason(walk, field, reason);
    } else {
        read_reason(walk, reason, field);
    }
}

static void walk_reasons(struct walk *walk, PrometheusWire__Quote *it, prom_quote *quote)
{
    quote->reason_count =
        prom_walk_list(walk, &it->n_reasons, &it->reasons, quote->reason_count, PROM_QUOTE_REASONS_MAX);
    for (size_t i = 0; i < quote->reason_count; i++) {
        prom_walk_reason(walk, &it->reasons[i], &quote->reasons[i]);
    }
}

void prom_walk_quote(struct walk *walk, void *fields, prom_quote *quote)
{
    PrometheusWire__Quote *it = fields;
    prom_rates *rates = &quote->rates;
    prom_machine *machine = &quote->machine;
    prom_walk_bytes32(walk, &it->ask, &quote->ask);
    prom_walk_bytes32(walk, &it->node, &quote->node);
    walk_amount(walk, &it->price, &quote->price);
    prom_walk_u64(walk, &it->rate_macs, &rates->macs);
    prom_walk_u64(walk, &it->rate_bytes, &rates->bytes);
    prom_walk_u64(walk, &it->rate_effort, &rates->effort);
    walk_amount(walk, &it->least, &rates->least);
    prom_walk_u64(walk, &it->macs_per_second, &machine->macs_per_second);
    prom_walk_u64(walk, &it->effort_per_second, &machine->effort_per_second);
    prom_walk_u64(walk, &it->steps_per_second, &machine->steps_per_second);
    prom_walk_u64(walk, &it->bytes_per_second, &machine->bytes_per_second);
    prom_walk_u64(walk, &it->memory, &machine->memory);
    prom_walk_u32(walk, &it->begins, &quote->begins);
    prom_walk_u32(walk, &it->capacity, &quote->capacity);
    prom_walk_u32(walk, &it->valid_until, &quote->valid_until);
    walk_reasons(walk, it, quote);
    prom_walk_signature(walk, &it->signature, &quote->signature);
    prom_walk_u64(walk, &it->rate_fuel, &rates->fuel);
    prom_walk_u64(walk, &it->fuel_per_second, &machine->fuel_per_second);
    /* It names a price, or says why not. */
    prom_walk_must(walk, quote->reason_count == 0 || prom_amount_is_zero(quote->price));
}
