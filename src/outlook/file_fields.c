#include "outlook/file_fields.h"

#define U40_MAX ((UINT64_C(1) << 40) - 1)

#define FIELD(name, kind, need, type, member)                                                                          \
    {                                                                                                                  \
        name, kind, need, offsetof(type, member), sizeof(((type *)0)->member), 0                                       \
    }
#define AMOUNT(name, need, type, member, most)                                                                         \
    {                                                                                                                  \
        name, PROM_FIELD_AMOUNT, need, offsetof(type, member), sizeof(prom_amount), most                               \
    }
#define PARAMETER(name, kind) FIELD(#name, kind, PROM_NEEDED_ALWAYS, prom_terms, P.name)
#define STAKE(name) AMOUNT(#name, PROM_NEEDED_ALWAYS, prom_terms, P.name, U40_MAX)
#define OF_SETTING(name) FIELD(#name, PROM_FIELD_NUMBER, PROM_NEEDED_NEVER, prom_game_setting, name)
#define COST(name) AMOUNT(#name, PROM_NEEDED_NEVER, prom_game_setting, name, PROM_AMOUNT_MAX)
#define COMMENT                                                                                                        \
    {                                                                                                                  \
        "comment", PROM_FIELD_COMMENT, PROM_NEEDED_NEVER, 0, 0, 0                                                      \
    }
#define FOR_WHOLE(name, kind, type) FIELD(#name, kind, PROM_NEEDED_FOR_WHOLE, type, name)
#define OF_WHOLE(name, kind, type) FIELD(#name, kind, PROM_PART_OF_WHOLE, type, name)

static const struct prom_field TERMS_FIELDS[] = {
    COMMENT,
    {"game", PROM_FIELD_OBJECT, PROM_NEEDED_NEVER, 0, 0, 0},
    FIELD("network", PROM_FIELD_NETWORK, PROM_NEEDED_NEVER, prom_terms, genesis),
    FIELD("signet_challenge", PROM_FIELD_BYTES, PROM_NEEDED_NEVER, prom_terms, signet_challenge),
    STAKE(w),
    STAKE(v),
    STAKE(a),
    PARAMETER(n, PROM_FIELD_NUMBER),
    PARAMETER(F, PROM_FIELD_HEX32),
    PARAMETER(alpha, PROM_FIELD_NUMBER),
    PARAMETER(beta, PROM_FIELD_NUMBER),
    PARAMETER(gamma, PROM_FIELD_NUMBER),
    PARAMETER(delta, PROM_FIELD_NUMBER),
    PARAMETER(epsilon, PROM_FIELD_NUMBER),
    PARAMETER(mu, PROM_FIELD_NUMBER),
    PARAMETER(sigma, PROM_FIELD_NUMBER),
    PARAMETER(varsigma, PROM_FIELD_NUMBER),
    PARAMETER(t1, PROM_FIELD_NUMBER),
    PARAMETER(t2, PROM_FIELD_NUMBER),
    PARAMETER(t3, PROM_FIELD_NUMBER),
    PARAMETER(t4, PROM_FIELD_NUMBER),
    PARAMETER(t5, PROM_FIELD_NUMBER),
    AMOUNT("c", PROM_NEEDED_ALWAYS, prom_terms, c, PROM_AMOUNT_MAX),
    AMOUNT("retainer", PROM_NEEDED_NEVER, prom_terms, retainer, PROM_AMOUNT_MAX),
    FIELD("feerate", PROM_FIELD_NUMBER, PROM_NEEDED_ALWAYS, prom_terms, feerate),
    FOR_WHOLE(p_txid, PROM_FIELD_TXID, prom_terms),
    FOR_WHOLE(h, PROM_FIELD_HEX32, prom_terms),
    FOR_WHOLE(k_h, PROM_FIELD_HEX32, prom_terms),
    FOR_WHOLE(Y, PROM_FIELD_HEX32, prom_terms),
    FOR_WHOLE(snapshot_height, PROM_FIELD_NUMBER, prom_terms),
    FOR_WHOLE(snapshot_hash, PROM_FIELD_TXID, prom_terms),
    OF_WHOLE(draw_height, PROM_FIELD_NUMBER, prom_terms),
    OF_WHOLE(earlier, PROM_FIELD_BYTES, prom_terms),
    FOR_WHOLE(setup_deadline, PROM_FIELD_NUMBER, prom_terms),
    FIELD("most_package", PROM_FIELD_NUMBER, PROM_NEEDED_FOR_WHOLE, prom_terms, package_max),
    FOR_WHOLE(retention, PROM_FIELD_NUMBER, prom_terms),
    OF_WHOLE(frost_revision, PROM_FIELD_NUMBER, prom_terms),
    OF_WHOLE(dkg_revision, PROM_FIELD_NUMBER, prom_terms),
    OF_WHOLE(flags, PROM_FIELD_NUMBER, prom_terms),
    FOR_WHOLE(job, PROM_FIELD_OBJECT, prom_terms),
    FIELD("client", PROM_FIELD_OBJECT, PROM_NEEDED_FOR_WHOLE, prom_terms, parties[PROM_PARTY_C]),
    FIELD("worker", PROM_FIELD_OBJECT, PROM_NEEDED_FOR_WHOLE, prom_terms, parties[PROM_PARTY_W]),
    FIELD("verifier", PROM_FIELD_OBJECT, PROM_NEEDED_FOR_WHOLE, prom_terms, parties[PROM_PARTY_V]),
    FOR_WHOLE(arbiters, PROM_FIELD_LIST, prom_terms),
};

static const struct prom_field SETTING_FIELDS[] = {
    COMMENT,
    COST(z),
    COST(y),
    COST(arbitration),
    COST(check),
    COST(benefit),
    OF_SETTING(price),
    OF_SETTING(interest),
    OF_SETTING(q),
    OF_SETTING(known),
    OF_SETTING(rolls),
    OF_SETTING(audit),
    OF_SETTING(compute),
    OF_SETTING(verify),
    OF_SETTING(pool),
    OF_SETTING(owned),
    OF_SETTING(future),
};

static const struct prom_field JOB_FIELDS[] = {
    FOR_WHOLE(scheme, PROM_FIELD_NUMBER, prom_job),        FOR_WHOLE(program_digest, PROM_FIELD_HEX32, prom_job),
    FOR_WHOLE(program_bytes, PROM_FIELD_NUMBER, prom_job), FOR_WHOLE(input_hash, PROM_FIELD_HEX32, prom_job),
    FOR_WHOLE(input_bytes, PROM_FIELD_NUMBER, prom_job),   FOR_WHOLE(items, PROM_FIELD_NUMBER, prom_job),
};

#define OF_EVERY_PARTY                                                                                                 \
    FOR_WHOLE(key, PROM_FIELD_HEX32, prom_party_terms), FOR_WHOLE(joint_key, PROM_FIELD_HEX32, prom_party_terms),      \
        FOR_WHOLE(payout, PROM_FIELD_HEX32, prom_party_terms), FOR_WHOLE(change, PROM_FIELD_HEX32, prom_party_terms),  \
        FOR_WHOLE(coins, PROM_FIELD_LIST, prom_party_terms)

static const struct prom_field PARTY_FIELDS[] = {OF_EVERY_PARTY};

static const struct prom_field VERIFIER_FIELDS[] = {FOR_WHOLE(seal_key, PROM_FIELD_HEX32, prom_party_terms),
                                                    OF_EVERY_PARTY};

static const struct prom_field COIN_FIELDS[] = {
    FOR_WHOLE(outpoint, PROM_FIELD_OUTPOINT, prom_coin),
    AMOUNT("value", PROM_NEEDED_FOR_WHOLE, prom_coin, value, PROM_AMOUNT_MAX),
    FIELD("script", PROM_FIELD_SCRIPT, PROM_NEEDED_FOR_WHOLE, prom_coin, key),
};

static const struct prom_field ARBITER_FIELDS[] = {
    FOR_WHOLE(offer, PROM_FIELD_OUTPOINT, prom_arbiter_terms),
    OF_WHOLE(offer_key, PROM_FIELD_HEX32, prom_arbiter_terms),
    FOR_WHOLE(key, PROM_FIELD_HEX32, prom_arbiter_terms),
    FOR_WHOLE(joint_key, PROM_FIELD_HEX32, prom_arbiter_terms),
    FOR_WHOLE(payout, PROM_FIELD_HEX32, prom_arbiter_terms),
};

#define FORM(fields)                                                                                                   \
    {                                                                                                                  \
        fields, sizeof(fields) / sizeof *(fields)                                                                      \
    }

const struct prom_form prom_terms_form = FORM(TERMS_FIELDS);
const struct prom_form prom_setting_form = FORM(SETTING_FIELDS);
const struct prom_form prom_job_form = FORM(JOB_FIELDS);
const struct prom_form prom_party_forms[PROM_PARTIES] = {FORM(PARTY_FIELDS), FORM(PARTY_FIELDS), FORM(VERIFIER_FIELDS)};
const struct prom_form prom_coin_form = FORM(COIN_FIELDS);
const struct prom_form prom_arbiter_form = FORM(ARBITER_FIELDS);
