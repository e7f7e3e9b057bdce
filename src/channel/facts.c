/* Facts as bytes: each part begins with the number of its layout, so that a later one can be told from it. */
#include <string.h>

#include "channel/codec.h"

enum {
    FACTS_VERSION = 3,
    FACTS_VERSION_MIN = 2, /* that is read: version 3 says who refused a setup */
};

static void code_own(struct codec *codec, prom_own *own)
{
    prom_bytes32 *const keys[] = {&own->words,  &own->joint,  &own->seal, &own->host, &own->node_key,
                                  &own->payout, &own->change, &own->h,    &own->k_h};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        prom_code_bytes32(codec, keys[i]);
    }
    prom_code_signature(codec, &own->node_signature);
    prom_code_count(codec, &own->coin_count, PROM_COINS_MAX);
    for (size_t i = 0; i < own->coin_count; i++) {
        prom_coin *coin = &own->coins[i];
        prom_code_outpoint(codec, &coin->outpoint);
        if (codec->writes) {
            prom_write_amount(&codec->writer, coin->value);
        } else {
            coin->value = prom_read_amount(&codec->reader);
        }
        prom_code_bytes32(codec, &coin->key);
    }
}

static void code_channel(struct codec *codec, prom_facts *facts)
{
    prom_code_u64(codec, &facts->number);
    CODE_ENUM(codec, facts->role, PROM_ROLES);
    prom_code_bool(codec, &facts->restored);
    prom_code_bool(codec, &facts->frozen);
    prom_code_text(codec, facts->frozen_reason, sizeof facts->frozen_reason);
    prom_code_bool(codec, &facts->given_up);
    prom_code_bool(codec, &facts->tx0_seen);
    code_own(codec, &facts->own);
    prom_code_bytes32(codec, &facts->client);
    for (size_t i = 0; i < PROM_PLACES_MAX; i++) {
        prom_code_address(codec, &facts->addresses[i]);
    }
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        prom_code_bytes32(codec, &facts->nodes[i].key);
        prom_code_signature(codec, &facts->nodes[i].signature);
    }
    prom_code_spend(codec, &facts->tx0);
    prom_code_spend(codec, &facts->spoilt);
    size_t batch_count = facts->batch_count;
    prom_code_count(codec, &batch_count, PROM_BATCHES_MAX);
    facts->batch_count = (uint16_t)batch_count;
}

static bool is_of_batch(prom_part part)
{
    return part == PROM_PART_MONEY || part == PROM_PART_EVIDENCE || part == PROM_PART_ARBITRATION;
}

static bool is_kept(prom_part part)
{
    return part >= PROM_PART_KEPT && part < PROM_PARTS;
}

/* Whether there is such a part at all, in whatever facts. */
static bool is_part(prom_part part, uint16_t batch)
{
    return is_of_batch(part) ? batch < PROM_BATCHES_MAX
                             : batch == 0 && (part == PROM_PART_CHANNEL || part == PROM_PART_SETUP || is_kept(part));
}

/* Whether there is something of the part to keep. */
static bool is_there(const prom_facts *facts, prom_part part, uint16_t batch)
{
    if (is_kept(part)) {
        return facts->kept[part - PROM_PART_KEPT].length > 0;
    }
    const bool arbitrates = batch < PROM_BATCHES_MAX && /* of C, W and V what they are told in the end */
                            (facts->role == PROM_ROLE_ARBITER || facts->batches[batch].arbitration.decided);
    return !is_of_batch(part) || (batch < facts->batch_count && (part != PROM_PART_ARBITRATION || arbitrates));
}

static void read_kept(struct codec *codec, prom_span *kept)
{
    const prom_span bytes = prom_read_span(&codec->reader, codec->reader.left);
    prom_codec_must(codec, bytes.length > 0);
    codec->starved = !prom_is_ok(prom_span_copy(codec->arena, kept, bytes, NULL));
}

static void code_version(struct codec *codec)
{
    codec->version = FACTS_VERSION;
    prom_code_u8(codec, &codec->version);
    prom_codec_must(codec, codec->version >= FACTS_VERSION_MIN && codec->version <= FACTS_VERSION);
}

static void code_part(struct codec *codec, prom_facts *facts, prom_part part, uint16_t batch)
{
    if (part == PROM_PART_CHANNEL) {
        code_channel(codec, facts);
    } else if (part == PROM_PART_SETUP) {
        prom_code_setup(codec, &facts->setup);
    } else if (part == PROM_PART_MONEY) {
        prom_code_money(codec, &facts->batches[batch].money);
    } else if (part == PROM_PART_EVIDENCE) {
        prom_code_evidence(codec, &facts->batches[batch].evidence);
    } else {
        prom_code_arbitration(codec, &facts->batches[batch].arbitration);
    }
}

/* Of the walk, which is the reader's too, and so takes what it could write to: what it goes through, and no more. */
static void copy_part(prom_facts *walked, const prom_facts *facts, prom_part part, uint16_t batch)
{
    if (part == PROM_PART_SETUP) {
        walked->setup = facts->setup;
    } else if (part == PROM_PART_MONEY) {
        walked->batches[batch].money = facts->batches[batch].money;
    } else if (part == PROM_PART_EVIDENCE) {
        walked->batches[batch].evidence = facts->batches[batch].evidence;
    } else if (part == PROM_PART_ARBITRATION) {
        walked->batches[batch].arbitration = facts->batches[batch].arbitration;
    } else {
        *walked = *facts;
    }
}

prom_result prom_facts_write(prom_arena *arena, prom_span *bytes, const prom_facts *facts, prom_part part,
                             uint16_t batch, prom_error *error)
{
    *bytes = prom_span_of(NULL, 0);
    if (!is_part(part, batch)) {
        return prom_fail(error, PROM_CATEGORY_MISUSE, "facts have no part %u of batch %u", (unsigned)part, batch);
    }
    if (!is_there(facts, part, batch)) {
        return prom_ok();
    }
    struct codec codec = prom_codec_writer(arena);
    code_version(&codec);
    if (is_kept(part)) {
        prom_write_span(&codec.writer, facts->kept[part - PROM_PART_KEPT]);
    } else {
        prom_facts walked;
        copy_part(&walked, facts, part, batch);
        code_part(&codec, &walked, part, batch);
    }
    return prom_codec_written(&codec, bytes, error);
}

prom_result prom_facts_read(prom_arena *arena, prom_facts *facts, prom_part part, uint16_t batch, prom_span bytes,
                            prom_error *error)
{
    struct codec codec = prom_codec_reader(arena, bytes);
    if (!is_part(part, batch)) {
        return prom_fail(error, PROM_CATEGORY_BROKEN,
                         "a channel on disk has a part %u of batch %u, which facts have not", (unsigned)part, batch);
    }
    if (bytes.length == 0) {
        return prom_ok();
    }
    code_version(&codec);
    if (is_kept(part)) {
        read_kept(&codec, &facts->kept[part - PROM_PART_KEPT]);
    } else {
        code_part(&codec, facts, part, batch);
    }
    return prom_codec_read(&codec, error);
}
