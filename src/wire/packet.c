#include "wire/packet.h"

#include <string.h>

#include "prometheus/crypto/hash.h"
#include "wire/fields.h"
#include "wire/messages.pb-c.h"
#include "wire/unpack.h"

/* -- Hello -- */

#define ODD_BITS UINT64_C(0xaaaaaaaaaaaaaaaa)

prom_hello prom_hello_of(const prom_bytes32 *genesis, const prom_bytes32 *node)
{
    return (prom_hello){
        .version_min = PROM_WIRE_VERSION, .version_max = PROM_WIRE_VERSION, .genesis = *genesis, .node = *node};
}

void prom_hello_hash(prom_bytes32 *hash, const prom_hello *hello, prom_link_side side, const prom_bytes32 *binding)
{
    enum { LAYOUT = 1 };
    prom_hasher hasher;
    prom_hasher_init(&hasher, "prometheus/link");
    prom_hasher_add_number(&hasher, LAYOUT, 1);
    prom_hasher_add_number(&hasher, side, 1);
    prom_hasher_add(&hasher, prom_span_of32(&hello->genesis));
    prom_hasher_add(&hasher, prom_span_of32(&hello->node));
    prom_hasher_add(&hasher, prom_span_of32(binding));
    prom_hasher_finish(&hasher, hash);
}

bool prom_hello_signed(const prom_curve *curve, const prom_hello *hello, prom_link_side side,
                       const prom_bytes32 *binding)
{
    prom_bytes32 hash;
    prom_hello_hash(&hash, hello, side, binding);
    return prom_signature_valid(curve, &hello->signature, prom_span_of32(&hash), &hello->node);
}

prom_result prom_hello_check(bool *lenient, const prom_hello *theirs, const prom_hello *ours, prom_error *error)
{
    const uint64_t unknown = theirs->features & ~PROM_FEATURES_KNOWN;
    *lenient = (unknown & ODD_BITS) != 0;
    if (!prom_bytes32_equal(&theirs->genesis, &ours->genesis)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "the peer is on another chain");
    }
    if (theirs->version_min > ours->version_max || theirs->version_max < ours->version_min ||
        theirs->version_min > theirs->version_max) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "the peer speaks the versions %u to %u of the messages, we %u to %u: the older one is to be "
                         "brought up to date",
                         theirs->version_min, theirs->version_max, ours->version_min, ours->version_max);
    }
    if ((unknown & ~ODD_BITS) != 0) {
        return prom_fail(error, PROM_CATEGORY_PEER,
                         "the peer asks for a feature that this version does not know (bits %llx): a newer one may",
                         (unsigned long long)(unknown & ~ODD_BITS));
    }
    return prom_ok();
}

/* -- Envelope -- */

void prom_envelope_hash(prom_bytes32 *hash, const prom_envelope *envelope)
{
    prom_hasher hasher;
    prom_bytes32 body;
    prom_sha256(&body, envelope->body);
    prom_hasher_init(&hasher, "prometheus/envelope");
    prom_hasher_add_number(&hasher, PROM_WIRE_VERSION, 1);
    prom_hasher_add(&hasher, prom_span_of32(&envelope->channel));
    prom_hasher_add(&hasher, prom_span_of32(&envelope->sender));
    prom_hasher_add(&hasher, prom_span_of32(&envelope->receiver));
    prom_hasher_add_number(&hasher, envelope->generation, 4);
    prom_hasher_add_number(&hasher, envelope->number, 8);
    prom_hasher_add_number(&hasher, envelope->acknowledged_generation, 4);
    prom_hasher_add_number(&hasher, envelope->acknowledged, 8);
    prom_hasher_add(&hasher, prom_span_of32(&body));
    prom_hasher_finish(&hasher, hash);
}

bool prom_envelope_signed(const prom_curve *curve, const prom_envelope *envelope)
{
    prom_bytes32 hash;
    prom_envelope_hash(&hash, envelope);
    return prom_signature_valid(curve, &envelope->signature, prom_span_of32(&hash), &envelope->sender);
}

/* -- Walks -- */

static void walk_hello(struct walk *walk, void *fields, prom_packet *packet)
{
    PrometheusWire__Hello *it = fields;
    prom_hello *hello = &packet->as.hello;
    prom_walk_u32(walk, &it->version_min, &hello->version_min);
    prom_walk_u32(walk, &it->version_max, &hello->version_max);
    prom_walk_u64(walk, &it->features, &hello->features);
    prom_walk_bytes32(walk, &it->genesis, &hello->genesis);
    prom_walk_bytes32(walk, &it->node, &hello->node);
    prom_walk_signature(walk, &it->signature, &hello->signature);
}

static void walk_envelope(struct walk *walk, void *fields, prom_packet *packet)
{
    PrometheusWire__Envelope *it = fields;
    prom_envelope *envelope = &packet->as.envelope;
    uint32_t version = PROM_WIRE_VERSION;
    prom_walk_u32(walk, &it->version, &version);
    prom_walk_must(walk, version == PROM_WIRE_VERSION);
    prom_walk_bytes32(walk, &it->channel, &envelope->channel);
    prom_walk_bytes32(walk, &it->sender, &envelope->sender);
    prom_walk_bytes32(walk, &it->receiver, &envelope->receiver);
    prom_walk_u32(walk, &it->generation, &envelope->generation);
    prom_walk_u64(walk, &it->number, &envelope->number);
    prom_walk_u32(walk, &it->acknowledged_generation, &envelope->acknowledged_generation);
    prom_walk_u64(walk, &it->acknowledged, &envelope->acknowledged);
    prom_walk_span(walk, &it->body, &envelope->body);
    prom_walk_signature(walk, &it->signature, &envelope->signature);
    prom_walk_must(walk, envelope->number != 0 || envelope->body.length == 0);
}

static void walk_what(struct walk *walk, uint32_t *field, prom_body_kind *what)
{
    uint8_t number = (uint8_t)*what;
    prom_walk_u8(walk, field, &number);
    prom_walk_must(walk, number < PROM_BODIES);
    *what = number < PROM_BODIES ? (prom_body_kind)number : PROM_BODY_PROGRAM;
}

static void walk_fetch(struct walk *walk, void *fields, prom_packet *packet)
{
    PrometheusWire__Fetch *it = fields;
    prom_fetch *fetch = &packet->as.fetch;
    prom_walk_bytes32(walk, &it->channel, &fetch->channel);
    walk_what(walk, &it->what, &fetch->what);
    prom_walk_bytes32(walk, &it->hash, &fetch->hash);
    prom_walk_u32(walk, &it->back, &fetch->back);
    prom_walk_must(walk, fetch->back < PROM_CHUNKS_MAX);
}

/* The first chunk of a body has no state before it. */
static void walk_state(struct walk *walk, ProtobufCBinaryData *field, prom_piece *piece)
{
    if (!walk->packs) {
        piece->first = field->len == 0;
    }
    if (!piece->first) {
        prom_walk_bytes32(walk, field, &piece->state);
    }
}

static void walk_piece(struct walk *walk, void *fields, prom_packet *packet)
{
    PrometheusWire__Piece *it = fields;
    prom_piece *piece = &packet->as.piece;
    prom_walk_bytes32(walk, &it->channel, &piece->channel);
    walk_what(walk, &it->what, &piece->what);
    prom_walk_bytes32(walk, &it->hash, &piece->hash);
    prom_walk_u32(walk, &it->back, &piece->back);
    prom_walk_u64(walk, &it->total, &piece->total);
    walk_state(walk, &it->state, piece);
    prom_walk_u32(walk, &it->length, &piece->length);
    prom_walk_must(walk, piece->total <= PROM_PAYLOAD_MAX && piece->back < PROM_CHUNKS_MAX &&
                             piece->length <= PROM_CHUNK_BYTES && piece->length <= piece->total &&
                             (piece->total > 0 ? piece->length > 0 : piece->first));
}

static void walk_begin(struct walk *walk, void *fields, prom_packet *packet)
{
    PrometheusWire__Begin *it = fields;
    prom_begin *begin = &packet->as.begin;
    prom_walk_bytes32(walk, &it->channel, &begin->channel);
    prom_walk_role(walk, &it->role, &begin->role);
    prom_walk_span(walk, &it->terms, &begin->terms);
    prom_walk_must(walk, begin->terms.length <= PROM_BEGIN_TERMS_MAX);
}

static void walk_begun(struct walk *walk, void *fields, prom_packet *packet)
{
    PrometheusWire__Begun *it = fields;
    prom_begun *begun = &packet->as.begun;
    prom_walk_bytes32(walk, &it->channel, &begun->channel);
    prom_walk_role(walk, &it->role, &begun->role);
    prom_walk_bytes32(walk, &it->words, &begun->words);
    prom_walk_node(walk, &it->node, &begun->node);
}

static void walk_declined(struct walk *walk, void *fields, prom_packet *packet)
{
    PrometheusWire__Declined *it = fields;
    prom_declined *declined = &packet->as.declined;
    prom_walk_bytes32(walk, &it->channel, &declined->channel);
    prom_walk_role(walk, &it->role, &declined->role);
    prom_walk_reason(walk, &it->reason, &declined->reason);
}

/* Of those who are found by it: all but clients. */
static void walk_listed_role(struct walk *walk, uint32_t *field, prom_role *role)
{
    uint8_t number = (uint8_t)*role;
    prom_walk_u8(walk, field, &number);
    prom_walk_must(walk, number >= PROM_ROLE_WORKER && number <= PROM_ROLE_ARBITER);
    *role = number >= PROM_ROLE_WORKER && number <= PROM_ROLE_ARBITER ? (prom_role)number : PROM_ROLE_WORKER;
}

/* So many bytes in each item at most, and at least one; and in all of them. */
static void must_be_short(struct walk *walk, const prom_span_list *list, size_t each, size_t all)
{
    size_t sum = 0;
    for (size_t i = 0; i < list->count; i++) {
        prom_walk_must(walk, list->items[i].length > 0 && list->items[i].length <= each);
        sum += list->items[i].length;
    }
    prom_walk_must(walk, sum <= all);
}

static void walk_get_pointers(struct walk *walk, void *fields, prom_packet *packet)
{
    PrometheusWire__GetPointers *it = fields;
    prom_get_pointers *get = &packet->as.get_pointers;
    prom_walk_bytes32(walk, &it->p_txid, &get->p_txid);
    walk_listed_role(walk, &it->role, &get->role);
    prom_walk_u32(walk, &it->most, &get->most);
    prom_walk_must(walk, get->most <= PROM_POINTERS_MAX);
}

static void walk_pointers(struct walk *walk, void *fields, prom_packet *packet)
{
    PrometheusWire__Pointers *it = fields;
    prom_pointers *pointers = &packet->as.pointers;
    prom_walk_bytes32(walk, &it->p_txid, &pointers->p_txid);
    walk_listed_role(walk, &it->role, &pointers->role);
    prom_walk_spans(walk, &it->n_pointers, &it->pointers, &pointers->pointers, PROM_POINTERS_MAX);
    must_be_short(walk, &pointers->pointers, PROM_POINTER_CARRIED_MAX, SIZE_MAX);
}

static void walk_get_listings(struct walk *walk, void *fields, prom_packet *packet)
{
    PrometheusWire__GetListings *it = fields;
    prom_get_listings *get = &packet->as.get_listings;
    prom_walk_bytes32(walk, &it->p_txid, &get->p_txid);
    walk_listed_role(walk, &it->role, &get->role);
}

static void walk_listings(struct walk *walk, void *fields, prom_packet *packet)
{
    PrometheusWire__Listings *it = fields;
    prom_listings *listings = &packet->as.listings;
    prom_walk_bytes32(walk, &it->p_txid, &listings->p_txid);
    walk_listed_role(walk, &it->role, &listings->role);
    prom_walk_spans(walk, &it->n_listings, &it->listings, &listings->listings, PROM_LISTINGS_MAX);
    must_be_short(walk, &listings->listings, PROM_LISTING_CARRIED_MAX, PROM_LISTINGS_CARRIED_MAX);
}

static void walk_ping(struct walk *walk, void *fields, prom_packet *packet)
{
    PrometheusWire__Ping *it = fields;
    prom_walk_u64(walk, &it->number, &packet->as.ping);
}

static void walk_bodies(struct walk *walk, void *fields, prom_packet *packet)
{
    (void)walk;
    (void)fields;
    (void)packet;
}

static void walk_ask(struct walk *walk, void *fields, prom_packet *packet)
{
    prom_walk_ask(walk, fields, &packet->as.ask);
}

static void walk_quote(struct walk *walk, void *fields, prom_packet *packet)
{
    prom_walk_quote(walk, fields, &packet->as.quote);
}

/* By the numbers of the fields, which are the kinds. */
static void (*const walks[])(struct walk *walk, void *fields, prom_packet *packet) = {
    [PROM_PACKET_HELLO] = walk_hello,
    [PROM_PACKET_ENVELOPE] = walk_envelope,
    [PROM_PACKET_FETCH] = walk_fetch,
    [PROM_PACKET_PIECE] = walk_piece,
    [PROM_PACKET_BEGIN] = walk_begin,
    [PROM_PACKET_BEGUN] = walk_begun,
    [PROM_PACKET_PING] = walk_ping,
    [PROM_PACKET_PONG] = walk_ping,
    [PROM_PACKET_BODIES] = walk_bodies,
    [PROM_PACKET_DECLINED] = walk_declined,
    [PROM_PACKET_GET_POINTERS] = walk_get_pointers,
    [PROM_PACKET_POINTERS] = walk_pointers,
    [PROM_PACKET_GET_LISTINGS] = walk_get_listings,
    [PROM_PACKET_LISTINGS] = walk_listings,
    [PROM_PACKET_ASK] = walk_ask,
    [PROM_PACKET_QUOTE] = walk_quote,
};

static const ProtobufCFieldDescriptor *field_of(unsigned kind)
{
    return protobuf_c_message_descriptor_get_field(&prometheus_wire__packet__descriptor, kind);
}

prom_result prom_packet_encode(prom_arena *arena, prom_span *bytes, const prom_packet *packet, prom_error *error)
{
    PrometheusWire__Packet outer = PROMETHEUS_WIRE__PACKET__INIT;
    const ProtobufCFieldDescriptor *field = field_of(packet->kind);
    struct walk walk = {.packs = true, .arena = arena};
    prom_packet walked = *packet;
    ProtobufCMessage *inner = NULL;
    if (field == NULL) {
        return prom_fail(error, PROM_CATEGORY_BROKEN, "a packet of ours is of no kind");
    }
    PROM_TRY(prom_wire_new(arena, &inner, field->descriptor, error));
    walks[packet->kind](&walk, inner, &walked);
    PROM_TRY(prom_walk_over(&walk, error));
    prom_wire_set_inner(&outer.base, field, inner);
    PROM_TRY(prom_wire_pack(arena, bytes, &outer.base, error));
    return bytes->length <= PROM_FRAME_MAX
               ? prom_ok()
               : prom_fail(error, PROM_CATEGORY_BROKEN, "a packet of ours has %zu bytes, more than a frame may",
                           bytes->length);
}

/* A packet holds one thing: of several, protobuf would take the last, at the cost of all. */
static bool holds_one(prom_span bytes)
{
    prom_reader reader = prom_reader_of(bytes);
    prom_wire_field field;
    size_t count = 0;
    while (prom_wire_next(&reader, &field)) {
        count++;
    }
    return !reader.failed && count == 1;
}

prom_result prom_packet_decode(prom_arena *arena, prom_packet *packet, prom_span bytes, bool lenient, prom_error *error)
{
    ProtobufCMessage *outer = NULL;
    struct walk walk = {.arena = arena};
    *packet = (prom_packet){0};
    if (bytes.length > PROM_FRAME_MAX || !holds_one(bytes)) {
        return prom_fail(error, PROM_CATEGORY_PEER, "a peer sent %zu bytes that are no packet", bytes.length);
    }
    PROM_TRY(prom_wire_unpack(arena, &outer, &prometheus_wire__packet__descriptor, bytes, lenient, error));
    const unsigned kind = (unsigned)((const PrometheusWire__Packet *)(const void *)outer)->of_case;
    if (kind == 0) {
        return prom_ok(); /* a field that we do not know, and need not */
    }
    packet->kind = (prom_packet_kind)kind;
    walks[kind](&walk, prom_wire_inner(outer, field_of(kind)), packet);
    return prom_walk_over(&walk, error);
}
