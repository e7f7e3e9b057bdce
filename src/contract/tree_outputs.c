#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "contract/tree_parts.h"
#include "prometheus/contract/signing.h"

/* Five keys and hashes of 64 digits at most, and what stands between them. */
#define DESCRIPTOR_MAX 1024

static prom_result describe(const prom_tree_builder *builder, const prom_curve *curve, prom_tree_output output,
                            const char *format, ...) PROM_PRINTF(4, 5);
static prom_result describe(const prom_tree_builder *builder, const prom_curve *curve, prom_tree_output output,
                            const char *format, ...)
{
    prom_tree *tree = builder->tree;
    char text[DESCRIPTOR_MAX];
    prom_descriptor *parsed = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof text) {
        return prom_fail(builder->error, PROM_CATEGORY_BROKEN, "a descriptor of the tree is too long");
    }
    PROM_TRY(prom_descriptor_parse(curve, builder->arena, &parsed, text, builder->error));
    PROM_TRY(prom_musig_key_tweak(curve, &tree->key_path[output], &tree->all, &parsed->tweak, builder->error));
    if (!prom_bytes32_equal(&tree->key_path[output].public_key, &parsed->output_key)) {
        return prom_fail(builder->error, PROM_CATEGORY_BROKEN, "ALL does not sign for the key path of %s",
                         tree->output[output].name);
    }
    tree->output[output].descriptor = parsed;
    return prom_ok();
}

static prom_result make_all(const prom_tree_builder *builder, const prom_curve *curve)
{
    prom_bytes32 keys[PROM_PLACES_MAX];
    const size_t count = PROM_PARTIES + builder->terms->arbiter_count;
    for (size_t i = 0; i < count; i++) {
        keys[i] = *prom_place_joint_key(builder->terms, i);
    }
    return prom_musig_key_new(curve, &builder->tree->all, keys, count, builder->error);
}

/* Whether a key signs for the tree itself: ALL, as it is or tweaked for one of the outputs. */
static bool is_of_the_tree(const prom_tree *tree, const prom_bytes32 *key)
{
    bool same = prom_bytes32_equal(&tree->all.public_key, key);
    for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
        same = same || prom_bytes32_equal(&tree->key_path[i].public_key, key);
    }
    return same;
}

static prom_result refuse_key(const prom_tree_builder *builder, const char *whose, const char *what)
{
    return prom_fail(builder->error, PROM_CATEGORY_BAD_INPUT,
                     "%s %s is the joint key of everybody, which signs the tree: each must have its own", whose, what);
}

/* Nobody names ALL as its own: were it V's, what all sign beforehand would be the verdict; were it Y, the decision. */
static prom_result check_own_keys(const prom_tree_builder *builder)
{
    const prom_terms *terms = builder->terms;
    const prom_tree *tree = builder->tree;
    char name[PROM_PLACE_NAME];
    char whose[PROM_PLACE_NAME + 2];
    for (size_t i = 0; i < PROM_PARTIES + terms->arbiter_count; i++) {
        const bool party = i < PROM_PARTIES;
        const prom_party_terms *of_party = party ? &terms->parties[i] : NULL;
        const prom_arbiter_terms *of_arbiter = party ? NULL : &terms->arbiters[i - PROM_PARTIES];
        const struct {
            const char *what;
            const prom_bytes32 *key;
        } keys[] = {{"key", prom_place_key(terms, i)},
                    {"payout", party ? &of_party->payout : &of_arbiter->payout},
                    {party ? "change" : "offer key", party ? &of_party->change : &of_arbiter->offer_key}};
        for (size_t j = 0; j < sizeof keys / sizeof keys[0]; j++) {
            if (is_of_the_tree(tree, keys[j].key)) {
                (void)snprintf(whose, sizeof whose, "%s's", prom_place_name(name, i));
                return refuse_key(builder, whose, keys[j].what);
            }
        }
    }
    if (is_of_the_tree(tree, &terms->parties[PROM_PARTY_V].seal_key)) {
        return refuse_key(builder, "the verifier's", "seal key");
    }
    if (is_of_the_tree(tree, &terms->P.F)) {
        return refuse_key(builder, "the common fund's", "key F");
    }
    return is_of_the_tree(tree, &terms->Y) ? refuse_key(builder, "the arbiters'", "joint key Y") : prom_ok();
}

/* protocol 4: the three outputs. ALL is their internal key and signs in every leaf. */
prom_result prom_tree_describe(const prom_tree_builder *builder, const prom_curve *curve)
{
    static const char *const names[PROM_TREE_OUTPUTS] = {"O0", "OV0", "OA"};
    const prom_terms *terms = builder->terms;
    char all[PROM_HEX32];
    char V[PROM_HEX32];
    char Y[PROM_HEX32];
    char h[PROM_HEX32];
    char k_h[PROM_HEX32];
    PROM_TRY(make_all(builder, curve));
    for (size_t i = 0; i < PROM_TREE_OUTPUTS; i++) {
        builder->tree->output[i].name = names[i];
    }
    (void)prom_hex32(all, &builder->tree->all.public_key);
    (void)prom_hex32(V, &terms->parties[PROM_PARTY_V].key);
    (void)prom_hex32(Y, &terms->Y);
    (void)prom_hex32(h, &terms->h);
    (void)prom_hex32(k_h, &terms->k_h);
    PROM_TRY(describe(builder, curve, PROM_OUTPUT_O0,
                      "tr(%s,{and_v(v:sha256(%s),and_v(v:pk(%s),pk(%s))),"
                      "{and_v(v:sha256(%s),pk(%s)),and_v(v:pk(%s),pk(%s))}})",
                      all, h, V, all, h, all, V, all));
    PROM_TRY(describe(builder, curve, PROM_OUTPUT_OV0, "tr(%s,and_v(v:sha256(%s),pk(%s)))", all, k_h, all));
    PROM_TRY(describe(builder, curve, PROM_OUTPUT_OA,
                      "tr(%s,{and_v(v:pk(%s),pk(%s)),and_v(v:sha256(%s),and_v(v:pk(%s),pk(%s)))})", all, Y, all, h, Y,
                      all));
    return check_own_keys(builder);
}
