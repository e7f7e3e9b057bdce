/* Messages as values: their names, where their spans are, and how much these may hold. */
#include "prometheus/channel/message.h"

#include <string.h>

#include "prometheus/channel/facts.h"

/* The largest that anybody honest sends: n = 9, k = 5, sixteen coins of each party, an earlier setup in the terms. */
enum {
    BRANCHES_MAX = PROM_TREE_NAMED - 1 + 2 * 256, /* Tx1 to Tx6, and #6 and #7 for each S of five or more of nine */
    TERMS_BYTES_MAX = 1 << 14,
    ANNOUNCEMENT_BYTES_MAX = 3 * 32 + 36 + 8 + 1 + PROM_ADDRESS_MAX + 64,
    NONCES_BYTES_MAX = PROM_SIGNING_NONCES_BYTES(BRANCHES_MAX),
    PARTIALS_BYTES_MAX = PROM_SIGNING_PARTIALS_BYTES(PROM_PLACES_MAX, BRANCHES_MAX),
    WORD_HEAD = 6,
    PROOF_HEAD = 1 + PROM_ARBITERS_MAX + sizeof(prom_bytes32), /* the seats, and Y */
    /* Everybody's words of an attempt, and what ended it. */
    PROOF_BYTES_MAX = PROOF_HEAD + PROM_PLACES_MAX * (NONCES_BYTES_MAX + PARTIALS_BYTES_MAX + 2 * WORD_HEAD) +
                      NONCES_BYTES_MAX + WORD_HEAD,
    REASON_BYTES_MAX = 191,
    KEYGEN_BYTES_MAX = 1 << 13,
    TX0_BYTES_MAX = 4 * PROM_TX0_VSIZE_MAX,
    DECISION_BYTES_MAX = 4 + PROM_ARBITERS_MAX * 66,
};

/* What a kind is called, where its span lies (0: it has none), and the most bytes of all its spans. */
struct shape {
    const char *name;
    size_t span;
    size_t max;
};

#define AT(member) offsetof(prom_message, as.member)

static const struct shape shapes[PROM_MESSAGE_KINDS] = {
    [PROM_MESSAGE_PROPOSAL] = {"proposal", AT(proposal.terms), TERMS_BYTES_MAX},
    [PROM_MESSAGE_ACCEPTANCE] = {"acceptance", AT(acceptance.earlier), TERMS_BYTES_MAX},
    [PROM_MESSAGE_ANNOUNCEMENTS] = {"announcements", 0, (size_t)PROM_CANDIDATES_MAX *ANNOUNCEMENT_BYTES_MAX},
    [PROM_MESSAGE_DIGEST] = {"digest", 0, 0},
    [PROM_MESSAGE_NONCES] = {"nonces", AT(bytes), NONCES_BYTES_MAX},
    [PROM_MESSAGE_PARTIALS] = {"partials", AT(bytes), PARTIALS_BYTES_MAX},
    [PROM_MESSAGE_TX0_SIGNATURES] = {"tx0-signatures", AT(bytes), PROM_COINS_MAX * sizeof(prom_signature)},
    [PROM_MESSAGE_STATEMENT] = {"statement", 0, 0},
    [PROM_MESSAGE_VERDICT] = {"verdict", 0, 0},
    [PROM_MESSAGE_REFUSAL] = {"refusal", AT(bytes), REASON_BYTES_MAX},
    [PROM_MESSAGE_KEYGEN] = {"keygen", AT(keygen.bytes), KEYGEN_BYTES_MAX},
    [PROM_MESSAGE_TX0] = {"tx0", AT(bytes), TX0_BYTES_MAX},
    [PROM_MESSAGE_BASE_TERMS] = {"base-terms", AT(base_terms.terms), TERMS_BYTES_MAX},
    [PROM_MESSAGE_BASE_SIGNATURE] = {"base-signature", 0, 0},
    [PROM_MESSAGE_INVITATION] = {"invitation", AT(invitation.signed_terms), TERMS_BYTES_MAX},
    [PROM_MESSAGE_SEAT] = {"seat", AT(seat.announcement.address), PROM_ADDRESS_MAX},
    [PROM_MESSAGE_LOSS] = {"loss", AT(loss.proof), PROOF_BYTES_MAX},
    [PROM_MESSAGE_QUESTION] = {"question", 0, 0},
    [PROM_MESSAGE_KEY] = {"key", 0, 0},
    [PROM_MESSAGE_ECHO] = {"echo", 0, 0},
    [PROM_MESSAGE_DECISION] = {"decision", AT(decision.bytes), DECISION_BYTES_MAX},
};

static const struct shape *shape_of(prom_message_kind kind)
{
    static const struct shape unknown = {"unknown", 0, 0};
    return (unsigned)kind < PROM_MESSAGE_KINDS && shapes[kind].name != NULL ? &shapes[kind] : &unknown;
}

const char *prom_message_name(prom_message_kind kind)
{
    return shape_of(kind)->name;
}

size_t prom_message_bytes_max(prom_message_kind kind)
{
    return shape_of(kind)->max;
}

static prom_result copy_list(prom_arena *arena, prom_span_list *copy, prom_error *error)
{
    prom_span *items = NULL;
    PROM_TRY_NEW(items, arena, copy->count, error);
    for (size_t i = 0; i < copy->count; i++) {
        PROM_TRY(prom_span_copy(arena, &items[i], copy->items[i], error));
    }
    copy->items = items;
    return prom_ok();
}

prom_result prom_message_copy(prom_arena *arena, prom_message *copy, const prom_message *message, prom_error *error)
{
    const size_t at = shape_of(message->kind)->span;
    *copy = *message;
    if (message->kind == PROM_MESSAGE_ANNOUNCEMENTS) {
        return copy_list(arena, &copy->as.announcements, error);
    }
    if (at != 0) {
        prom_span *span = (prom_span *)(void *)((uint8_t *)copy + at);
        PROM_TRY(prom_span_copy(arena, span, *span, error));
    }
    return prom_ok();
}

bool prom_address_equal(const prom_address *a, const prom_address *b)
{
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}
