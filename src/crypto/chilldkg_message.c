#include <string.h>

#include "crypto/chilldkg_parts.h"

/* In a message: a point, a scalar, a signature. */
enum { POINT = sizeof(prom_point), SCALAR = sizeof(prom_bytes32), SIGNATURE = sizeof(prom_signature) };

static void write_points(prom_writer *writer, const prom_point *points, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        prom_write_span(writer, prom_span_of(points[i].bytes, sizeof points[i].bytes));
    }
}

static void write_elements(prom_writer *writer, const prom_curve *curve, const prom_element *elements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const prom_point point = prom_element_serialize(curve, &elements[i]);
        write_points(writer, &point, 1);
    }
}

static void write_scalars(prom_writer *writer, const prom_scalar *scalars, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        prom_bytes32 bytes;
        prom_scalar_serialize(&bytes, &scalars[i]);
        prom_write_bytes32(writer, &bytes);
    }
}

static void write_signatures(prom_writer *writer, const prom_signature *signatures, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        prom_write_span(writer, prom_span_of(signatures[i].bytes, sizeof signatures[i].bytes));
    }
}

static prom_result check_length(prom_span message, size_t due, prom_error *error)
{
    return message.length == due ? prom_ok()
                                 : prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a message of %zu bytes where %zu are due",
                                             message.length, due);
}

static void read_bytes(prom_reader *reader, uint8_t *bytes, size_t length)
{
    const prom_span read = prom_read_span(reader, length);
    memset(bytes, 0, length);
    if (read.length == length) {
        memcpy(bytes, read.data, length);
    }
}

static void read_points(prom_reader *reader, prom_point *points, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        read_bytes(reader, points[i].bytes, sizeof points[i].bytes);
    }
}

static void read_signatures(prom_reader *reader, prom_signature *signatures, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        read_bytes(reader, signatures[i].bytes, sizeof signatures[i].bytes);
    }
}

static prom_result read_elements(prom_reader *reader, const prom_curve *curve, prom_element *elements, size_t count,
                                 const char *what, prom_error *error)
{
    for (size_t i = 0; i < count; i++) {
        prom_point point;
        read_points(reader, &point, 1);
        if (!prom_element_parse_or_infinity(curve, &elements[i], &point)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%s %zu is not a point of secp256k1", what, i);
        }
    }
    return prom_ok();
}

static prom_result read_scalars(prom_reader *reader, prom_scalar *scalars, size_t count, prom_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const prom_bytes32 bytes = prom_read_bytes32(reader);
        if (!prom_scalar_parse(&scalars[i], &bytes)) {
            return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "encrypted share %zu is not below the order of secp256k1",
                             i);
        }
    }
    return prom_ok();
}

prom_result prom_dkg_write_deal(prom_arena *arena, const prom_curve *curve, prom_span *message,
                                const prom_dkg_session *session, const prom_dkg_deal *deal, prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    write_elements(&writer, curve, deal->commitment.terms, session->threshold);
    write_signatures(&writer, &deal->proof, 1);
    write_points(&writer, &deal->nonce, 1);
    write_scalars(&writer, deal->shares, session->count);
    return prom_writer_finish(&writer, message, error);
}

prom_result prom_dkg_read_deal(const prom_curve *curve, prom_dkg_deal *deal, const prom_dkg_session *session,
                               prom_span message, prom_error *error)
{
    const size_t n = session->count;
    const size_t t = session->threshold;
    prom_reader reader = prom_reader_of(message);
    PROM_TRY(check_length(message, t * POINT + SIGNATURE + POINT + n * SCALAR, error));
    deal->commitment.count = t;
    PROM_TRY(read_elements(&reader, curve, deal->commitment.terms, t, "commitment", error));
    read_signatures(&reader, &deal->proof, 1);
    read_points(&reader, &deal->nonce, 1);
    return read_scalars(&reader, deal->shares, n, error);
}

prom_result prom_dkg_write_round(prom_arena *arena, const prom_curve *curve, prom_span *message,
                                 const prom_dkg_session *session, const prom_dkg_round *round, prom_error *error)
{
    const prom_dkg_transcript *transcript = &round->transcript;
    prom_writer writer = prom_writer_in(arena);
    write_elements(&writer, curve, round->secrets, session->count);
    write_elements(&writer, curve, transcript->sum.terms + 1, session->threshold - 1);
    write_signatures(&writer, round->proofs, session->count);
    write_points(&writer, transcript->nonces, session->count);
    write_scalars(&writer, transcript->shares, session->count);
    return prom_writer_finish(&writer, message, error);
}

prom_result prom_dkg_read_round(const prom_curve *curve, prom_dkg_round *round, const prom_dkg_session *session,
                                prom_span message, prom_error *error)
{
    const size_t n = session->count;
    const size_t t = session->threshold;
    prom_dkg_transcript *transcript = &round->transcript;
    prom_dkg_commitment *sum = &transcript->sum;
    prom_reader reader = prom_reader_of(message);
    PROM_TRY(check_length(message, n * (POINT + SIGNATURE + POINT + SCALAR) + (t - 1) * POINT, error));
    PROM_TRY(read_elements(&reader, curve, round->secrets, n, "the commitment to a secret", error));
    sum->count = t;
    sum->terms[0] = prom_element_infinity();
    for (size_t i = 0; i < n; i++) {
        prom_element_add(curve, &sum->terms[0], &sum->terms[0], &round->secrets[i]);
    }
    PROM_TRY(read_elements(&reader, curve, sum->terms + 1, t - 1, "the sum of commitments", error));
    read_signatures(&reader, round->proofs, n);
    read_points(&reader, transcript->nonces, n);
    return read_scalars(&reader, transcript->shares, n, error);
}

prom_result prom_dkg_write_evidence(prom_arena *arena, const prom_curve *curve, prom_span *message,
                                    const prom_dkg_session *session, const prom_dkg_evidence *evidence,
                                    prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    write_scalars(&writer, evidence->shares, session->count);
    write_elements(&writer, curve, evidence->public_shares, session->count);
    return prom_writer_finish(&writer, message, error);
}

prom_result prom_dkg_read_evidence(const prom_curve *curve, prom_dkg_evidence *evidence,
                                   const prom_dkg_session *session, prom_span message, prom_error *error)
{
    const size_t n = session->count;
    prom_reader reader = prom_reader_of(message);
    PROM_TRY(check_length(message, n * (SCALAR + POINT), error));
    PROM_TRY(read_scalars(&reader, evidence->shares, n, error));
    return read_elements(&reader, curve, evidence->public_shares, n, "public share", error);
}

prom_result prom_dkg_write_transcript(prom_arena *arena, const prom_curve *curve, prom_span *bytes,
                                      const prom_dkg_session *session, const prom_dkg_transcript *transcript,
                                      prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_u32(&writer, (uint32_t)session->threshold);
    write_elements(&writer, curve, transcript->sum.terms, session->threshold);
    write_points(&writer, session->host_keys, session->count);
    write_points(&writer, transcript->nonces, session->count);
    write_scalars(&writer, transcript->shares, session->count);
    return prom_writer_finish(&writer, bytes, error);
}

prom_result prom_dkg_write_recovery(prom_arena *arena, prom_span *recovery, prom_span transcript, prom_span certificate,
                                    prom_error *error)
{
    prom_writer writer = prom_writer_in(arena);
    prom_write_span(&writer, transcript);
    prom_write_span(&writer, certificate);
    return prom_writer_finish(&writer, recovery, error);
}

prom_result prom_dkg_read_recovery(const prom_curve *curve, prom_dkg_transcript *transcript, prom_dkg_session *session,
                                   prom_span *bytes, prom_span *certificate, prom_span recovery, prom_error *error)
{
    enum { EACH = POINT + POINT + SCALAR + SIGNATURE };
    prom_reader reader = prom_reader_of(recovery);
    session->threshold = prom_read_u32(&reader);
    if (session->threshold > PROM_DKG_MAX || reader.left < session->threshold * POINT) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "%zu bytes are too few for a threshold of %zu",
                         recovery.length, session->threshold);
    }
    transcript->sum.count = session->threshold;
    PROM_TRY(read_elements(&reader, curve, transcript->sum.terms, session->threshold, "the sum of commitments", error));
    session->count = reader.left / EACH;
    if (reader.left % EACH != 0 || session->count > PROM_DKG_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT,
                         "%zu bytes are not of a whole number of participants, at most %d", recovery.length,
                         PROM_DKG_MAX);
    }
    read_points(&reader, session->host_keys, session->count);
    read_points(&reader, transcript->nonces, session->count);
    PROM_TRY(read_scalars(&reader, transcript->shares, session->count, error));
    *bytes = prom_span_of(recovery.data, recovery.length - reader.left);
    *certificate = prom_read_span(&reader, session->count * SIGNATURE);
    return prom_ok();
}
