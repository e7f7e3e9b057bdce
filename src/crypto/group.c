#include "crypto/group.h"

#include <string.h>

#include "crypto/curve.h"
#include "crypto/secret_flow.h"

static const prom_point infinity_bytes = {{0}};

prom_element prom_element_infinity(void)
{
    return (prom_element){.infinite = true};
}

bool prom_element_parse(const prom_curve *curve, prom_element *element, const prom_point *point)
{
    *element = prom_element_infinity();
    element->infinite =
        secp256k1_ec_pubkey_parse(curve->context, &element->point, point->bytes, sizeof point->bytes) != 1;
    return !element->infinite;
}

bool prom_element_parse_or_infinity(const prom_curve *curve, prom_element *element, const prom_point *point)
{
    return prom_element_parse(curve, element, point) || memcmp(point, &infinity_bytes, sizeof *point) == 0;
}

prom_point prom_element_serialize(const prom_curve *curve, const prom_element *element)
{
    prom_point point = infinity_bytes;
    size_t length = sizeof point.bytes;
    if (!element->infinite) {
        (void)secp256k1_ec_pubkey_serialize(curve->context, point.bytes, &length, &element->point,
                                            SECP256K1_EC_COMPRESSED);
    }
    return point;
}

prom_bytes32 prom_element_x(const prom_curve *curve, const prom_element *element)
{
    const prom_point point = prom_element_serialize(curve, element);
    prom_bytes32 x;
    memcpy(x.bytes, point.bytes + 1, sizeof x.bytes);
    return x;
}

bool prom_element_odd(const prom_curve *curve, const prom_element *element)
{
    return prom_element_serialize(curve, element).bytes[0] == 3;
}

bool prom_element_equal(const prom_curve *curve, const prom_element *a, const prom_element *b)
{
    const prom_point a_bytes = prom_element_serialize(curve, a);
    const prom_point b_bytes = prom_element_serialize(curve, b);
    return memcmp(&a_bytes, &b_bytes, sizeof a_bytes) == 0;
}

void prom_element_add(const prom_curve *curve, prom_element *sum, const prom_element *a, const prom_element *b)
{
    if (a->infinite || b->infinite) {
        *sum = a->infinite ? *b : *a;
        return;
    }
    const secp256k1_pubkey *const terms[] = {&a->point, &b->point};
    prom_element added = prom_element_infinity();
    added.infinite = secp256k1_ec_pubkey_combine(curve->context, &added.point, terms, 2) != 1;
    *sum = added;
}

void prom_element_negate_if(const prom_curve *curve, prom_element *element, bool negate)
{
    if (negate && !element->infinite) {
        element->infinite = secp256k1_ec_pubkey_negate(curve->context, &element->point) != 1; /* never */
    }
}

void prom_element_multiply_vartime(const prom_curve *curve, prom_element *product, const prom_element *element,
                                   const prom_scalar *scalar)
{
    prom_bytes32 factor;
    prom_scalar_serialize(&factor, scalar);
    *product = *element;
    if (!product->infinite && secp256k1_ec_pubkey_tweak_mul(curve->context, &product->point, factor.bytes) != 1) {
        *product = prom_element_infinity(); /* the factor is 0 */
    }
}

void prom_element_of_scalar(const prom_curve *curve, prom_element *element, const prom_scalar *scalar)
{
    prom_bytes32 secret;
    prom_scalar_serialize(&secret, scalar);
    *element = prom_element_infinity();
    element->infinite = !prom_succeeded(secp256k1_ec_pubkey_create(curve->context, &element->point, secret.bytes));
    prom_declare_public(&element->point, sizeof element->point);
    prom_wipe32(&secret);
}
