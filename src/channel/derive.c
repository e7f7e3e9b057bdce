/* What follows from facts, and so is not written: terms, tree, our place, the signing session. */
#include "channel/step.h"

static const size_t first_place[PROM_ROLES] = {PROM_PARTY_C, PROM_PARTY_W, PROM_PARTY_V, PROM_PARTIES};

/* What we have on disk was read before it was kept. */
static prom_result broken(prom_result result, prom_error *error)
{
    if (result.category != PROM_CATEGORY_BAD_INPUT && result.category != PROM_CATEGORY_PEER) {
        return result;
    }
    return prom_within((prom_result){PROM_CATEGORY_BROKEN}, error, "what a channel has on disk does not fit together");
}

static prom_result build_tree(prom_channel *channel, const prom_tree *shared, prom_error *error)
{
    prom_tree *tree = NULL;
    if (shared != NULL) {
        PROM_SCOPED(prom_arena_free) prom_arena scratch = {0};
        prom_bytes32 id;
        prom_arena_init_within(&scratch, channel->arena);
        PROM_TRY(prom_terms_contract_id(&scratch, &id, &channel->terms, error));
        if (prom_bytes32_equal(&shared->contract_id, &id)) {
            channel->tree = shared;
            return prom_ok();
        }
    }
    PROM_TRY(broken(prom_tree_build(channel->curve, channel->arena, &tree, &channel->terms, error), error));
    channel->tree = tree;
    return prom_ok();
}

static prom_result find_place(prom_channel *channel, prom_error *error)
{
    const prom_facts *facts = &channel->facts;
    size_t place = first_place[facts->role];
    while (place < prom_place_count(channel) &&
           !prom_bytes32_equal(prom_place_key(&channel->terms, place), &facts->own.words)) {
        place++;
    }
    if (place >= prom_place_count(channel) || (facts->role != PROM_ROLE_ARBITER && place != first_place[facts->role])) {
        return prom_fail(error, PROM_CATEGORY_BROKEN,
                         "what a channel has on disk does not fit together: its terms are not ours");
    }
    channel->place = place;
    return prom_ok();
}

/* Whether the last attempt that the disk knows still waited for our partial signatures. Where we had all signatures
 * before it, somebody else has begun it, who lost them: what we have said or taken of it is lost with our nonces, and
 * nobody brings it again. */
static bool is_waited_for(const prom_facts *facts)
{
    prom_reader partials = prom_reader_of(facts->kept[PROM_KEPT_PARTIALS]);
    return facts->setup.attempt > prom_read_u32(&partials);
}

/* Begins the attempt after the last one that the disk knows: secret nonces are gone with the memory that they were in.
 * Where there is none left the session is not begun, and says so (prom_signing_attempt). */
static prom_result open_signing(prom_channel *channel, prom_error *error)
{
    const prom_span signatures = channel->facts.kept[PROM_KEPT_SIGNATURES];
    const uint32_t last = channel->facts.setup.attempt;
    PROM_TRY(prom_signing_new(channel->curve, channel->arena, &channel->signing, &channel->terms, channel->tree,
                              channel->place, error));
    if (last < PROM_SIGNING_ATTEMPTS_MAX) {
        PROM_TRY(prom_signing_begin(channel->signing, last, error));
    }
    if (signatures.length > 0) {
        PROM_TRY(broken(prom_signing_load(channel->signing, signatures, error), error));
        if (is_waited_for(&channel->facts)) {
            prom_signing_go_on(channel->signing);
        }
    }
    return prom_ok();
}

prom_result prom_channel_derive(prom_channel *channel, const prom_tree *tree, prom_error *error)
{
    const prom_span *kept = channel->facts.kept;
    const prom_setup_phase phase = channel->facts.setup.phase;
    channel->place = channel->facts.role == PROM_ROLE_ARBITER ? PROM_NO_PLACE : first_place[channel->facts.role];
    const prom_span base = kept[kept[PROM_KEPT_BASE].length > 0 ? PROM_KEPT_BASE : PROM_KEPT_PROPOSAL];
    if (base.length > 0) {
        PROM_TRY(broken(prom_terms_read_base(&channel->terms, base, error), error));
    }
    if (kept[PROM_KEPT_TERMS].length == 0 || phase < PROM_SETUP_AGREED || phase == PROM_SETUP_OVER) {
        return prom_ok(); /* of terms that we have not agreed to, or no longer */
    }
    PROM_TRY(broken(prom_terms_read(&channel->terms, kept[PROM_KEPT_TERMS], error), error));
    PROM_TRY(find_place(channel, error));
    PROM_TRY(build_tree(channel, tree, error));
    return open_signing(channel, error);
}
