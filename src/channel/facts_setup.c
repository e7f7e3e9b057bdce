/* The setup session's bytes. What counts seconds is not among them: the view's clock begins anew with the node. */
#include <string.h>

#include "channel/codec.h"
#include "prometheus/contract/keygen.h"

enum {
    PARTY_BITS = (1 << PROM_PARTIES) - 1,
    PLACE_BITS = (1 << PROM_PLACES_MAX) - 1,
};

/* The address lies in the candidate, and is read into it. */
static void code_announcement(struct codec *codec, prom_candidate *candidate)
{
    prom_announcement announcement = candidate->seat.announcement;
    prom_span bytes = {0};
    announcement.address = prom_span_of(candidate->address.bytes, candidate->address.length);
    if (codec->writes) {
        const prom_result result = prom_announcement_write(codec->arena, &bytes, &announcement, NULL);
        codec->starved = codec->starved || result.category == PROM_CATEGORY_MEMORY;
        prom_codec_must(codec, prom_is_ok(result));
        prom_code_span(codec, &bytes);
        return;
    }
    prom_code_span(codec, &bytes);
    const prom_result result = prom_announcement_read(&announcement, bytes, NULL);
    prom_codec_must(codec, prom_is_ok(result));
    if (!prom_codec_failed(codec)) {
        candidate->address.length = (uint8_t)announcement.address.length;
        memcpy(candidate->address.bytes, announcement.address.data, announcement.address.length);
        announcement.address = prom_span_of(candidate->address.bytes, candidate->address.length);
        candidate->seat.announcement = announcement;
    }
}

static void code_seat(struct codec *codec, prom_seat *seat)
{
    prom_code_bool(codec, &seat->yes);
    if (codec->writes) {
        prom_arbiter_terms_write(&codec->writer, &seat->terms);
    } else {
        prom_arbiter_terms_read(&codec->reader, &seat->terms);
    }
    prom_code_bytes32(codec, &seat->host_key);
    prom_code_signature(codec, &seat->signature);
    for (size_t i = 0; i < PROM_SEAT_KEYS; i++) {
        prom_code_signature(codec, &seat->by[i]);
    }
}

/* What says that it has lost its seat, or may lose it. */
static void code_loss(struct codec *codec, prom_candidate *candidate)
{
    prom_code_bool(codec, &candidate->lost);
    prom_code_u8_up_to(codec, &candidate->loss, PROM_LOSS_WORDS);
    prom_code_kept_span(codec, &candidate->proof);
    prom_code_bytes32(codec, &candidate->question);
    prom_code_bool(codec, &candidate->silent);
    prom_code_u8_up_to(codec, &candidate->silent_by, PARTY_BITS);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        if ((candidate->silent_by >> i & 1) != 0) {
            prom_code_bytes32(codec, &candidate->silent_seatings[i]);
            prom_code_signature(codec, &candidate->silent_words[i]);
        }
    }
}

static void code_candidate(struct codec *codec, prom_candidate *candidate)
{
    prom_code_outpoint(codec, &candidate->offer);
    prom_code_bool(codec, &candidate->announced);
    prom_code_bool(codec, &candidate->asked);
    prom_code_u32(codec, &candidate->asked_tip);
    prom_code_bool(codec, &candidate->answered);
    prom_code_bool(codec, &candidate->has_seat_word);
    const bool has_word = candidate->has_seat_word || candidate->answered; /* A: our own, before it is signed */
    if (candidate->announced || has_word) {
        code_announcement(codec, candidate);
    }
    if (has_word) {
        code_seat(codec, &candidate->seat);
    }
    code_loss(codec, candidate);
}

static void code_candidates(struct codec *codec, prom_setup_session *setup)
{
    prom_code_count(codec, &setup->candidate_count, PROM_CANDIDATES_MAX);
    if (!codec->writes) {
        void *memory = NULL;
        const prom_result result =
            prom_arena_alloc(codec->arena, &memory, setup->candidate_count, sizeof *setup->candidates, NULL);
        codec->starved = codec->starved || !prom_is_ok(result);
        prom_codec_must(codec, !codec->starved);
        setup->candidates = memory;
    }
    for (size_t i = 0; i < setup->candidate_count && !prom_codec_failed(codec); i++) {
        code_candidate(codec, &setup->candidates[i]);
    }
}

static void code_draw(struct codec *codec, prom_setup_session *setup)
{
    uint64_t counted = setup->counted;
    prom_code_bool(codec, &setup->drawn);
    prom_code_bytes32(codec, &setup->draw_block);
    prom_code_bytes32(codec, &setup->seed);
    prom_code_u64(codec, &counted);
    setup->counted = (size_t)counted;
    prom_code_u8_up_to(codec, &setup->announcements_from, PARTY_BITS);
    prom_code_u16(codec, &setup->announcements_sent);
    if (setup->phase < PROM_SETUP_GIVEN) { /* later nobody asks who else could have a seat */
        code_candidates(codec, setup);
    }
}

static void code_seating(struct codec *codec, prom_setup_session *setup)
{
    prom_code_bytes32(codec, &setup->seating);
    prom_code_count(codec, &setup->seat_count, PROM_ARBITERS_MAX);
    for (size_t i = 0; i < setup->seat_count; i++) {
        prom_code_u8_up_to(codec, &setup->seats[i], PROM_CANDIDATES_MAX - 1);
        prom_codec_must(codec, setup->phase >= PROM_SETUP_GIVEN || setup->seats[i] < setup->candidate_count);
    }
    prom_code_u32(codec, &setup->seating_tip);
    prom_code_u32(codec, &setup->told);
    prom_code_u32(codec, &setup->waiting_for);
    prom_code_u8_up_to(codec, &setup->keygen_step, PROM_KEYGEN_DONE);
    for (size_t i = 0; i < PROM_ARBITERS_MAX; i++) {
        prom_code_bool(codec, &setup->keygen_here[i]);
    }
    prom_code_bytes32(codec, &setup->Y);
}

static void code_attempts(struct codec *codec, prom_setup_session *setup)
{
    prom_code_u32(codec, &setup->attempt);
    if (setup->phase >= PROM_SETUP_GIVEN) {
        return; /* these seats are the last */
    }
    prom_code_u32(codec, &setup->left_attempt);
    prom_code_count(codec, &setup->left_count, PROM_LEFT_TREES_MAX);
    for (size_t i = 0; i < setup->left_count && !prom_codec_failed(codec); i++) {
        prom_code_bytes32(codec, &setup->left[i].contract_id);
        prom_code_u32(codec, &setup->left[i].attempt);
    }
}

void prom_code_setup(struct codec *codec, prom_setup_session *setup)
{
    CODE_ENUM(codec, setup->phase, PROM_SETUP_PHASES);
    prom_code_text(codec, setup->reason, sizeof setup->reason);
    if (codec->version >= 3) {
        prom_code_u8_up_to(codec, &setup->refused_by, PARTY_BITS);
    }
    prom_code_u32(codec, &setup->begun_tip);
    prom_code_bool(codec, &setup->job_open);
    prom_code_bool(codec, &setup->accepting);
    prom_code_bytes32(codec, &setup->inviter);
    prom_code_u8_up_to(codec, &setup->accepted, PARTY_BITS);
    prom_code_u8_up_to(codec, &setup->base_signed, PARTY_BITS);
    for (size_t i = 0; i < PROM_PARTIES; i++) {
        prom_code_signature(codec, &setup->base_signatures.by[i]);
    }
    prom_code_u32(codec, &setup->held_tip);
    code_draw(codec, setup);
    code_seating(codec, setup);
    prom_code_u16_up_to(codec, &setup->digest_same, PLACE_BITS);
    prom_code_bytes(codec, setup->inputs_found, sizeof setup->inputs_found);
    prom_code_bool(codec, &setup->passed_over_asked);
    code_attempts(codec, setup);
    prom_code_u16_up_to(codec, &setup->tx0_signed, PLACE_BITS);
    prom_code_bool(codec, &setup->tx0_tried);
}
