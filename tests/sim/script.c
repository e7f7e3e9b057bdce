/* Taproot spends, checked from the output's script alone: not by the descriptors that made the witness. */
#include <string.h>

#include "chain.h"
#include "prometheus/bitcoin/script.h"
#include "prometheus/bitcoin/taproot.h"
#include "prometheus/crypto/hash.h"

enum { STACK_MAX = 16, OP_EQUAL = 0x87, LEAF_MASK = 0xfe, ANNEX = 0x50 };

struct machine {
    const prom_curve *curve;
    prom_bytes32 sighash;
    prom_span stack[STACK_MAX];
    size_t depth;
    prom_bytes32 hashes[4]; /* that OP_SHA256 made */
    size_t hash_count;
    uint8_t numbers[4];
    size_t number_count;
};

static bool pop(struct machine *machine, prom_span *value)
{
    if (machine->depth == 0) {
        return false;
    }
    *value = machine->stack[--machine->depth];
    return true;
}

static bool push(struct machine *machine, prom_span value)
{
    if (machine->depth == STACK_MAX) {
        return false;
    }
    machine->stack[machine->depth++] = value;
    return true;
}

static bool push_number(struct machine *machine, size_t number)
{
    if (machine->number_count == sizeof machine->numbers || number > 127) {
        return false;
    }
    uint8_t *made = &machine->numbers[machine->number_count++];
    *made = (uint8_t)number;
    return push(machine, prom_span_of(made, number > 0));
}

static bool is_true(prom_span value)
{
    return value.length > 0 && value.data[value.length - 1] != 0;
}

static bool signature_holds(const struct machine *machine, prom_span signature, const prom_bytes32 *key)
{
    prom_signature copy;
    if (signature.length != sizeof copy) {
        return false;
    }
    memcpy(&copy, signature.data, sizeof copy);
    return prom_signature_valid(machine->curve, &copy, prom_span_of32(&machine->sighash), key);
}

static bool check_sig(struct machine *machine, bool verify)
{
    prom_span key;
    prom_span signature;
    prom_bytes32 copy;
    if (!pop(machine, &key) || !pop(machine, &signature) || key.length != sizeof copy) {
        return false;
    }
    memcpy(&copy, key.data, sizeof copy);
    if (signature.length > 0 && !signature_holds(machine, signature, &copy)) {
        return false; /* BIP 342: a signature is right or empty */
    }
    return verify ? signature.length > 0 : push_number(machine, signature.length > 0);
}

static bool equal(struct machine *machine, bool verify)
{
    prom_span a;
    prom_span b;
    if (!pop(machine, &a) || !pop(machine, &b)) {
        return false;
    }
    const bool same = prom_span_equal(a, b);
    return verify ? same : push_number(machine, same);
}

static bool hash(struct machine *machine)
{
    prom_span value;
    if (!pop(machine, &value) || machine->hash_count == sizeof machine->hashes / sizeof machine->hashes[0]) {
        return false;
    }
    prom_bytes32 *made = &machine->hashes[machine->hash_count++];
    prom_sha256(made, value);
    return push(machine, prom_span_of32(made));
}

static bool size(struct machine *machine)
{
    return machine->depth > 0 && push_number(machine, machine->stack[machine->depth - 1].length);
}

static bool execute(struct machine *machine, prom_span script)
{
    prom_reader reader = prom_reader_of(script);
    bool holds = true;
    while (holds && reader.left > 0) {
        const uint8_t opcode = prom_read_u8(&reader);
        if (opcode > PROM_OP_0 && opcode < PROM_OP_PUSHDATA1) {
            const prom_span bytes = prom_read_span(&reader, opcode);
            holds = !reader.failed && push(machine, bytes);
        } else if (opcode >= PROM_OP_1 && opcode <= PROM_OP_16) {
            holds = push_number(machine, (size_t)(opcode - PROM_OP_1 + 1));
        } else if (opcode == PROM_OP_CHECKSIG || opcode == PROM_OP_CHECKSIGVERIFY) {
            holds = check_sig(machine, opcode == PROM_OP_CHECKSIGVERIFY);
        } else if (opcode == OP_EQUAL || opcode == PROM_OP_EQUALVERIFY) {
            holds = equal(machine, opcode == PROM_OP_EQUALVERIFY);
        } else if (opcode == PROM_OP_SHA256) {
            holds = hash(machine);
        } else {
            holds = opcode == PROM_OP_SIZE && size(machine);
        }
    }
    return holds && machine->depth == 1 && is_true(machine->stack[0]);
}

/* Whether the control block says that the leaf is one of the output's. */
static bool committed(const prom_curve *curve, prom_span control, const prom_bytes32 *leaf, const uint8_t *output_key)
{
    prom_bytes32 node = *leaf;
    prom_bytes32 internal;
    prom_bytes32 tweak;
    prom_bytes32 tweaked;
    bool odd = false;
    prom_error error;
    if (control.length < 33 || (control.length - 33) % 32 != 0) {
        return false;
    }
    memcpy(internal.bytes, control.data + 1, 32);
    for (size_t at = 33; at < control.length; at += 32) {
        const bool first = memcmp(node.bytes, control.data + at, 32) < 0;
        uint8_t pair[64];
        memcpy(pair + (first ? 0 : 32), node.bytes, 32);
        memcpy(pair + (first ? 32 : 0), control.data + at, 32);
        prom_tagged_hash(&node, "TapBranch", prom_span_of(pair, sizeof pair));
    }
    prom_taproot_tweak(&tweak, &internal, &node);
    return prom_is_ok(prom_public_key_tweak(curve, &tweaked, &odd, &internal, &tweak, &error)) &&
           memcmp(tweaked.bytes, output_key, 32) == 0 && odd == ((control.data[0] & 1) != 0);
}

static bool leaf_holds(struct machine *machine, prom_arena *arena, const prom_signed_input *input, size_t count,
                       const uint8_t *output_key)
{
    const prom_span *witness = input->tx->inputs[input->index].witness;
    const prom_span script = witness[count - 2];
    const prom_span control = witness[count - 1];
    prom_writer writer = prom_writer_in(arena);
    prom_span bytes;
    prom_bytes32 leaf;
    prom_error error;
    prom_write_u8(&writer, PROM_TAPSCRIPT_VERSION);
    prom_write_compact_size(&writer, script.length);
    prom_write_span(&writer, script);
    if (!prom_is_ok(prom_writer_finish(&writer, &bytes, &error))) {
        return false;
    }
    prom_tagged_hash(&leaf, "TapLeaf", bytes);
    if (control.length == 0 || (control.data[0] & LEAF_MASK) != PROM_TAPSCRIPT_VERSION ||
        !committed(machine->curve, control, &leaf, output_key)) {
        return false;
    }
    prom_signed_input signed_input = *input;
    signed_input.leaf_hash = &leaf;
    if (!prom_is_ok(prom_tx_sighash(arena, &machine->sighash, &signed_input, &error))) {
        return false;
    }
    for (size_t i = 0; i + 2 < count; i++) {
        if (!push(machine, witness[i])) {
            return false;
        }
    }
    return execute(machine, script);
}

bool prom_sim_script_holds(const prom_curve *curve, prom_arena *arena, const prom_tx *tx, size_t index,
                           const prom_tx_output *spent)
{
    const prom_tx_input *its = &tx->inputs[index];
    const prom_signed_input input = {tx, spent, index, NULL, PROM_SIGHASH_DEFAULT};
    struct machine machine = {.curve = curve};
    const prom_span script = spent[index].script;
    prom_error error;
    prom_bytes32 key;
    if (!prom_script_is_p2tr(script) || its->script_sig.length != 0 || its->witness_count == 0 ||
        (its->witness_count > 1 && its->witness[its->witness_count - 1].length > 0 &&
         its->witness[its->witness_count - 1].data[0] == ANNEX)) {
        return false;
    }
    if (its->witness_count > 1) {
        return leaf_holds(&machine, arena, &input, its->witness_count, script.data + 2);
    }
    memcpy(key.bytes, script.data + 2, sizeof key.bytes);
    return prom_is_ok(prom_tx_sighash(arena, &machine.sighash, &input, &error)) &&
           signature_holds(&machine, its->witness[0], &key);
}
