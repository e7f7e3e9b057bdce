#include "prometheus/bitcoin/descriptor.h"

#include <string.h>

#include "prometheus/bitcoin/script.h"
#include "prometheus/bitcoin/transaction.h"
#include "prometheus/crypto/hash.h"

enum {
    TEXT_MAX = 16384,
    LEAVES_MAX = 64,
    TERMS_MAX = 8,
    DEPTH_MAX = 16,
};

struct parser {
    const prom_curve *curve;
    prom_arena *arena;
    const char *text;
    const char *at;
    prom_descriptor *descriptor; /* its leaves are these, until their number is known */
    prom_leaf leaves[LEAVES_MAX];
    prom_taproot_leaf taproot[LEAVES_MAX];
    prom_error *error;
};

static prom_result expected(const struct parser *parser, const char *what)
{
    return prom_fail(parser->error, PROM_CATEGORY_BAD_INPUT, "descriptor, character %zu: expected %s, found '%.12s'",
                     (size_t)(parser->at - parser->text) + 1, what, parser->at);
}

/* Goes past `token` when it is next. */
static bool accept(struct parser *parser, const char *token)
{
    const size_t length = strlen(token);
    if (strncmp(parser->at, token, length) != 0) {
        return false;
    }
    parser->at += length;
    return true;
}

static prom_result expect(struct parser *parser, const char *token)
{
    return accept(parser, token) ? prom_ok() : expected(parser, token);
}

static prom_result parse_hex32(struct parser *parser, prom_bytes32 *value)
{
    const size_t digits = strspn(parser->at, "0123456789abcdef");
    if (digits != 64 || !prom_hex_parse(value->bytes, sizeof value->bytes, parser->at, digits)) {
        return expected(parser, "64 lower-case hex digits");
    }
    parser->at += digits;
    return prom_ok();
}

static prom_result parse_key(struct parser *parser, prom_bytes32 *key)
{
    const char *start = parser->at;
    PROM_TRY(parse_hex32(parser, key));
    if (!prom_public_key_valid(parser->curve, key)) {
        parser->at = start;
        return expected(parser, "an x-only key on the curve");
    }
    return prom_ok();
}

static prom_result parse_term(struct parser *parser, prom_term *term)
{
    if (accept(parser, "pk(")) {
        term->kind = PROM_TERM_PK;
        PROM_TRY(parse_key(parser, &term->value));
    } else if (accept(parser, "sha256(")) {
        term->kind = PROM_TERM_SHA256;
        PROM_TRY(parse_hex32(parser, &term->value));
    } else {
        return expected(parser, "pk(, sha256( or and_v(v:");
    }
    return expect(parser, ")");
}

static prom_result parse_leaf(struct parser *parser, prom_leaf *leaf)
{
    prom_term terms[TERMS_MAX];
    size_t open = 0;
    bool last = false;
    while (!last) {
        if (leaf->term_count == TERMS_MAX) {
            return expected(parser, "no more terms");
        }
        last = !accept(parser, "and_v(v:");
        PROM_TRY(parse_term(parser, &terms[leaf->term_count++]));
        if (!last) {
            PROM_TRY(expect(parser, ","));
            open++;
        }
    }
    for (; open > 0; open--) {
        PROM_TRY(expect(parser, ")"));
    }
    PROM_TRY_NEW(leaf->terms, parser->arena, leaf->term_count, parser->error);
    memcpy(leaf->terms, terms, leaf->term_count * sizeof *terms);
    return prom_ok();
}

/* The opcodes of the terms that check something, as the last of a leaf and followed by others (miniscript's v:). */
static uint8_t opcode(uint8_t plain, uint8_t verifying, bool last)
{
    return last ? plain : verifying;
}

static void write_term(prom_writer *script, const prom_term *term, bool last)
{
    enum { OP_EQUAL = 0x87 };
    switch (term->kind) {
    case PROM_TERM_PK:
        prom_script_push(script, prom_span_of32(&term->value));
        prom_write_u8(script, opcode(PROM_OP_CHECKSIG, PROM_OP_CHECKSIGVERIFY, last));
        break;
    case PROM_TERM_SHA256:
        prom_write_u8(script, PROM_OP_SIZE);
        prom_script_push_number(script, sizeof term->value.bytes);
        prom_write_u8(script, PROM_OP_EQUALVERIFY);
        prom_write_u8(script, PROM_OP_SHA256);
        prom_script_push(script, prom_span_of32(&term->value));
        prom_write_u8(script, opcode(OP_EQUAL, PROM_OP_EQUALVERIFY, last));
        break;
    }
}

static prom_result add_leaf(struct parser *parser, size_t depth)
{
    prom_descriptor *descriptor = parser->descriptor;
    if (descriptor->leaf_count == LEAVES_MAX) {
        return expected(parser, "no more leaves");
    }
    prom_leaf *leaf = &descriptor->leaves[descriptor->leaf_count];
    prom_taproot_leaf *taproot = &descriptor->taproot[descriptor->leaf_count++];
    PROM_TRY(parse_leaf(parser, leaf));
    prom_writer script = prom_writer_in(parser->arena);
    for (size_t i = 0; i < leaf->term_count; i++) {
        write_term(&script, &leaf->terms[i], i + 1 == leaf->term_count);
    }
    taproot->version = PROM_TAPSCRIPT_VERSION;
    taproot->depth = depth;
    return prom_writer_finish(&script, &taproot->script, parser->error);
}

/* TREE, without recursion: `side` remembers, for each open brace, whether its right half has begun. */
static prom_result parse_tree(struct parser *parser)
{
    bool right[DEPTH_MAX] = {false};
    size_t depth = 0;
    for (;;) {
        while (accept(parser, "{")) {
            if (depth == DEPTH_MAX) {
                return expected(parser, "a flatter tree");
            }
            right[depth++] = false;
        }
        PROM_TRY(add_leaf(parser, depth));
        while (depth > 0 && right[depth - 1]) {
            PROM_TRY(expect(parser, "}"));
            depth--;
        }
        if (depth == 0) {
            return prom_ok();
        }
        PROM_TRY(expect(parser, ","));
        right[depth - 1] = true;
    }
}

static prom_result parse_output(struct parser *parser)
{
    prom_descriptor *descriptor = parser->descriptor;
    if (accept(parser, "rawtr(")) {
        PROM_TRY(parse_key(parser, &descriptor->output_key));
        return expect(parser, ")");
    }
    PROM_TRY(accept(parser, "tr(") ? prom_ok() : expected(parser, "tr( or rawtr("));
    PROM_TRY(parse_key(parser, &descriptor->internal_key));
    if (accept(parser, ",")) {
        PROM_TRY(parse_tree(parser));
    }
    PROM_TRY(expect(parser, ")"));
    const prom_taproot taproot = {
        .internal_key = &descriptor->internal_key, .leaves = descriptor->taproot, .leaf_count = descriptor->leaf_count};
    prom_bytes32 root;
    PROM_TRY(prom_taproot_build(parser->curve, parser->arena, &descriptor->output_key, &root, &taproot, parser->error));
    prom_taproot_tweak(&descriptor->tweak, &descriptor->internal_key, descriptor->leaf_count > 0 ? &root : NULL);
    return prom_ok();
}

static prom_result keep_leaves(struct parser *parser)
{
    prom_descriptor *descriptor = parser->descriptor;
    const size_t count = descriptor->leaf_count;
    PROM_TRY_NEW(descriptor->leaves, parser->arena, count, parser->error);
    PROM_TRY_NEW(descriptor->taproot, parser->arena, count, parser->error);
    memcpy(descriptor->leaves, parser->leaves, count * sizeof *parser->leaves);
    memcpy(descriptor->taproot, parser->taproot, count * sizeof *parser->taproot);
    return prom_ok();
}

prom_result prom_descriptor_parse(const prom_curve *curve, prom_arena *arena, prom_descriptor **descriptor,
                                  const char *text, prom_error *error)
{
    struct parser parser = {.curve = curve, .arena = arena, .text = text, .at = text, .error = error};
    if (strlen(text) >= TEXT_MAX) {
        return prom_fail(error, PROM_CATEGORY_BAD_INPUT, "a descriptor is longer than %d characters", TEXT_MAX - 1);
    }
    PROM_TRY_NEW(parser.descriptor, arena, 1, error);
    parser.descriptor->leaves = parser.leaves;
    parser.descriptor->taproot = parser.taproot;
    PROM_TRY(parse_output(&parser));
    if (*parser.at != '\0') {
        return expected(&parser, "the end");
    }
    PROM_TRY(keep_leaves(&parser));
    prom_span copy;
    PROM_TRY(prom_span_copy(arena, &copy, prom_span_of((const uint8_t *)text, strlen(text) + 1), error));
    parser.descriptor->text = (const char *)copy.data;
    *descriptor = parser.descriptor;
    return prom_script_p2tr(arena, &parser.descriptor->script, &parser.descriptor->output_key, error);
}

/* A witness under construction: the elements from the bottom of the stack to its top. */
struct stack {
    prom_span elements[TERMS_MAX + 2];
    size_t count;
    const prom_satisfaction *with; /* NULL: zeros of the right size */
    prom_error *error;
};

static const uint8_t zeros[64];

static void push(struct stack *stack, prom_span element)
{
    stack->elements[stack->count++] = element;
}

static prom_result push_signature(struct stack *stack, const prom_bytes32 *key)
{
    if (stack->with == NULL) {
        push(stack, prom_span_of(zeros, sizeof(prom_signature)));
        return prom_ok();
    }
    for (size_t i = 0; i < stack->with->signature_count; i++) {
        const prom_keyed_signature *keyed = &stack->with->signatures[i];
        if (prom_bytes32_equal(&keyed->public_key, key)) {
            push(stack, prom_span_of(keyed->signature.bytes, sizeof keyed->signature.bytes));
            return prom_ok();
        }
    }
    char text[PROM_HEX32];
    return prom_fail(stack->error, PROM_CATEGORY_BAD_INPUT, "it needs the signature of %s, which is not there",
                     prom_hex32(text, key));
}

static prom_result push_preimage(struct stack *stack, const prom_bytes32 *hash)
{
    if (stack->with == NULL) {
        push(stack, prom_span_of(zeros, sizeof hash->bytes));
        return prom_ok();
    }
    for (size_t i = 0; i < stack->with->preimage_count; i++) {
        prom_bytes32 image;
        prom_sha256(&image, prom_span_of32(&stack->with->preimages[i]));
        if (prom_bytes32_equal(&image, hash)) {
            push(stack, prom_span_of32(&stack->with->preimages[i]));
            return prom_ok();
        }
    }
    char text[PROM_HEX32];
    return prom_fail(stack->error, PROM_CATEGORY_BAD_INPUT, "it needs the preimage of %s, which is not there",
                     prom_hex32(text, hash));
}

static prom_result push_term(struct stack *stack, const prom_term *term)
{
    switch (term->kind) {
    case PROM_TERM_PK:
        return push_signature(stack, &term->value);
    case PROM_TERM_SHA256:
        return push_preimage(stack, &term->value);
    }
    return prom_fail(stack->error, PROM_CATEGORY_BROKEN, "a leaf has a term of no known kind");
}

/* The stack that spends by a leaf (BIP 342), or by the key path: one signature under the output key (BIP 341). */
static prom_result fill_stack(struct stack *stack, const prom_descriptor *descriptor, size_t leaf)
{
    if (leaf == PROM_KEY_PATH) {
        return push_signature(stack, &descriptor->output_key);
    }
    if (leaf >= descriptor->leaf_count) {
        return prom_fail(stack->error, PROM_CATEGORY_MISUSE, "there is no leaf %zu in this output", leaf);
    }
    const prom_leaf *terms = &descriptor->leaves[leaf];
    for (size_t i = terms->term_count; i-- > 0;) { /* the first term takes its elements from the top */
        PROM_TRY(push_term(stack, &terms->terms[i]));
    }
    push(stack, descriptor->taproot[leaf].script);
    push(stack, descriptor->taproot[leaf].control);
    return prom_ok();
}

prom_result prom_descriptor_witness(prom_arena *arena, const prom_span **witness, size_t *witness_count,
                                    const prom_descriptor *descriptor, size_t leaf, const prom_satisfaction *with,
                                    prom_error *error)
{
    struct stack stack = {.with = with, .error = error};
    prom_span *elements = NULL;
    PROM_TRY(fill_stack(&stack, descriptor, leaf));
    PROM_TRY_NEW(elements, arena, stack.count, error);
    for (size_t i = 0; i < stack.count; i++) { /* copies: signatures and preimages are the caller's */
        PROM_TRY(prom_span_copy(arena, &elements[i], stack.elements[i], error));
    }
    *witness = elements;
    *witness_count = stack.count;
    return prom_ok();
}

size_t prom_descriptor_witness_bytes(const prom_descriptor *descriptor, size_t leaf)
{
    struct stack stack = {.with = NULL};
    return prom_is_ok(fill_stack(&stack, descriptor, leaf)) ? prom_witness_bytes(stack.elements, stack.count) : 0;
}
