#include <string.h>

#include "crypto/chilldkg_parts.h"

/* What a participant restores its share with; wiped as one. */
struct restoring {
    prom_scalar pads[PROM_DKG_MAX];
    prom_scalar share;
};

static void wipe_restoring(struct restoring *restoring)
{
    prom_wipe(restoring, sizeof *restoring);
}

static prom_result restore_share(const prom_curve *curve, prom_dkg_output *output, const prom_dkg_session *session,
                                 const prom_dkg_transcript *transcript, const prom_scalar *tweak,
                                 const prom_bytes32 *host_secret, prom_error *error)
{
    PROM_SCOPED(wipe_restoring) struct restoring restoring = {0};
    prom_element point;
    size_t id = 0;
    size_t culprit = 0;
    PROM_TRY(prom_dkg_find_participant(curve, &id, session, host_secret, error));
    const prom_dkg_receiver receiver = {session, id, host_secret};
    PROM_TRY(prom_dkg_pads(curve, restoring.pads, &culprit, &receiver, transcript->nonces, error));
    prom_dkg_open_sum(&restoring.share, &transcript->shares[id], restoring.pads, session->count);
    prom_scalar_add(&restoring.share, &restoring.share, tweak);
    prom_element_of_scalar(curve, &point, &restoring.share);
    const prom_point public_share = prom_element_serialize(curve, &point);
    if (memcmp(&public_share, &output->public_shares[id], sizeof public_share) != 0) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "participant %zu's share is not the one committed to", id);
    }
    prom_scalar_serialize(&output->secret_share, &restoring.share);
    return prom_ok();
}

static prom_result recover(prom_arena *arena, const prom_curve *curve, prom_dkg_output *output,
                           prom_dkg_session *session, const prom_bytes32 *host_secret, prom_span recovery,
                           prom_error *error)
{
    prom_dkg_transcript transcript;
    prom_span bytes;
    prom_span certificate;
    prom_scalar tweak;
    size_t culprit = 0;
    PROM_TRY(prom_dkg_read_recovery(curve, &transcript, session, &bytes, &certificate, recovery, error));
    PROM_TRY(prom_dkg_check_session(curve, session, error));
    PROM_TRY(prom_dkg_certificate_check(arena, curve, &culprit, session, bytes, certificate, error));
    PROM_TRY(prom_dkg_derive_output(curve, output, &tweak, &transcript.sum, session->count, error));
    return host_secret == NULL ? prom_ok()
                               : restore_share(curve, output, session, &transcript, &tweak, host_secret, error);
}

prom_result prom_dkg_recover(prom_arena *arena, const prom_curve *curve, prom_dkg_output *output,
                             prom_dkg_session *session, const prom_bytes32 *host_secret, prom_span recovery,
                             prom_error *error)
{
    *output = (prom_dkg_output){.count = 0};
    *session = (prom_dkg_session){.count = 0};
    const prom_result recovered = recover(arena, curve, output, session, host_secret, recovery, error);
    if (!prom_is_ok(recovered)) {
        prom_wipe(output, sizeof *output);
        prom_wipe(session, sizeof *session);
    }
    return prom_within(recovered, error, "the recovery data");
}
