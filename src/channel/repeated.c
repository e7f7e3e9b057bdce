/* Messages that come again: every one is safe to receive twice. What was taken from a party once is known by its hash,
 * and passed over in whatever stage; another of the same kind is not. */
#include "channel/step.h"
#include "prometheus/crypto/hash.h"

/* The signing session knows its own, and answers some of them. */
static bool is_known_by_hash(size_t place, prom_message_kind kind)
{
    return place != PROM_NO_PLACE && kind != PROM_MESSAGE_NONCES && kind != PROM_MESSAGE_PARTIALS;
}

bool prom_channel_is_repeated(const prom_channel *channel, size_t place, const prom_message *message)
{
    prom_bytes32 hash;
    bool repeated = false;
    if (!is_known_by_hash(place, message->kind) || channel->taken_count[place] == 0) {
        return false;
    }
    prom_sha256(&hash, message->body);
    for (size_t i = 0; i < PROM_TAKEN_MAX && i < channel->taken_count[place]; i++) {
        const prom_taken *taken = &channel->taken[place][i];
        repeated = repeated || (taken->kind == message->kind && prom_bytes32_equal(&taken->hash, &hash));
    }
    return repeated;
}

void prom_channel_note_taken(prom_channel *channel, size_t place, const prom_message *message)
{
    if (is_known_by_hash(place, message->kind)) {
        prom_taken *taken = &channel->taken[place][channel->taken_count[place]++ % PROM_TAKEN_MAX];
        taken->kind = message->kind;
        prom_sha256(&taken->hash, message->body);
    }
}
