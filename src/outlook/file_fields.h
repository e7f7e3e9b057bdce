/* The fields of a file of terms: one table that reading and writing go by. */
#ifndef OUTLOOK_FILE_FIELDS_H
#define OUTLOOK_FILE_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "prometheus/contract/terms.h"
#include "prometheus/game/question.h"

typedef enum prom_field_kind {
    PROM_FIELD_NUMBER,   /* an unsigned integer of the member's size */
    PROM_FIELD_AMOUNT,   /* sat */
    PROM_FIELD_HEX32,    /* a hash or a key */
    PROM_FIELD_TXID,     /* as Bitcoin shows it */
    PROM_FIELD_OUTPOINT, /* "txid:index" */
    PROM_FIELD_SCRIPT,   /* of a P2TR output, hex; the member is its key */
    PROM_FIELD_BYTES,    /* hex */
    PROM_FIELD_NETWORK,  /* its name; the member is the genesis hash */
    PROM_FIELD_COMMENT,  /* for people; there is no member */
    PROM_FIELD_OBJECT,   /* has a table of its own */
    PROM_FIELD_LIST,     /* of objects that have a table of their own */
} prom_field_kind;

typedef enum prom_field_need {
    PROM_NEEDED_ALWAYS,
    PROM_NEEDED_FOR_WHOLE,
    PROM_PART_OF_WHOLE, /* with a default */
    PROM_NEEDED_NEVER,
} prom_field_need;

struct prom_field {
    const char *name;
    prom_field_kind kind;
    prom_field_need need;
    size_t offset;
    size_t size;
    uint64_t most; /* of an amount */
};

/* The fields of an object. */
struct prom_form {
    const struct prom_field *fields;
    size_t count;
};

extern const struct prom_form prom_terms_form;
extern const struct prom_form prom_setting_form;
extern const struct prom_form prom_job_form;
extern const struct prom_form prom_party_forms[PROM_PARTIES];
extern const struct prom_form prom_coin_form;
extern const struct prom_form prom_arbiter_form;

#endif
