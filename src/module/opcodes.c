#include "module/opcodes.h"

#include <stddef.h>

#define FC(number) PROM_OPCODE_PREFIXED(0xFC, number)
#define FD(number) PROM_OPCODE_PREFIXED(0xFD, number)

enum {
    FREE = PROM_OPCODE_FREE,
    ENDS = PROM_OPCODE_ENDS,
    BULK = PROM_OPCODE_BULK | PROM_OPCODE_ENDS,
    FLOAT = PROM_OPCODE_FLOAT,
    SIMD = PROM_OPCODE_SIMD,
    SIMD_FLOAT = SIMD | FLOAT,
};

static const char exceptions[] = "exceptions";
static const char tail_calls[] = "tail calls";
static const char references[] = "typed function references";
static const char collection[] = "garbage collection";
static const char atomics[] = "threads and atomics";
static const char relaxed[] = "relaxed SIMD";

/* Rising; what stands between the rows is no instruction. */
static const prom_opcodes rows[] = {
    {0x00, 0x00, PROM_IMMEDIATE_NONE, ENDS, NULL},         /* unreachable */
    {0x01, 0x01, PROM_IMMEDIATE_NONE, FREE, NULL},         /* nop */
    {0x02, 0x02, PROM_IMMEDIATE_BLOCK, FREE | ENDS, NULL}, /* block */
    {0x03, 0x03, PROM_IMMEDIATE_BLOCK, ENDS, NULL},        /* loop */
    {0x04, 0x04, PROM_IMMEDIATE_BLOCK, ENDS, NULL},        /* if */
    {0x05, 0x05, PROM_IMMEDIATE_NONE, FREE | ENDS, NULL},  /* else */
    {0x06, 0x0A, PROM_IMMEDIATE_NONE, 0, exceptions},      /* try, catch, throw, rethrow, throw_ref */
    {0x0B, 0x0B, PROM_IMMEDIATE_NONE, FREE | ENDS, NULL},  /* end */
    {0x0C, 0x0D, PROM_IMMEDIATE_LABEL, ENDS, NULL},        /* br, br_if */
    {0x0E, 0x0E, PROM_IMMEDIATE_LABELS, ENDS, NULL},       /* br_table */
    {0x0F, 0x0F, PROM_IMMEDIATE_NONE, ENDS, NULL},         /* return */
    {0x10, 0x10, PROM_IMMEDIATE_FUNCTION, ENDS, NULL},     /* call */
    {0x11, 0x11, PROM_IMMEDIATE_INDIRECT, ENDS, NULL},     /* call_indirect */
    {0x12, 0x13, PROM_IMMEDIATE_NONE, 0, tail_calls},      /* return_call, return_call_indirect */
    {0x14, 0x14, PROM_IMMEDIATE_NONE, 0, references},      /* call_ref */
    {0x15, 0x15, PROM_IMMEDIATE_NONE, 0, tail_calls},      /* return_call_ref */
    {0x18, 0x19, PROM_IMMEDIATE_NONE, 0, exceptions},      /* delegate, catch_all */
    {0x1A, 0x1B, PROM_IMMEDIATE_NONE, 0, NULL},            /* drop, select */
    {0x1C, 0x1C, PROM_IMMEDIATE_TYPES, 0, NULL},           /* select of a type */
    {0x1F, 0x1F, PROM_IMMEDIATE_NONE, 0, exceptions},      /* try_table */
    {0x20, 0x22, PROM_IMMEDIATE_LOCAL, 0, NULL},           /* local.get, .set, .tee */
    {0x23, 0x24, PROM_IMMEDIATE_GLOBAL, 0, NULL},          /* global.get, .set */
    {0x25, 0x26, PROM_IMMEDIATE_TABLE, 0, NULL},           /* table.get, .set */
    {0x28, 0x3E, PROM_IMMEDIATE_MEMORY, 0, NULL},          /* loads and stores */
    {0x3F, 0x3F, PROM_IMMEDIATE_ZERO, 0, NULL},            /* memory.size */
    {0x40, 0x40, PROM_IMMEDIATE_ZERO, BULK, NULL},         /* memory.grow */
    {0x41, 0x41, PROM_IMMEDIATE_I32, 0, NULL},             /* i32.const */
    {0x42, 0x42, PROM_IMMEDIATE_I64, 0, NULL},             /* i64.const */
    {0x43, 0x43, PROM_IMMEDIATE_4, 0, NULL},               /* f32.const */
    {0x44, 0x44, PROM_IMMEDIATE_8, 0, NULL},               /* f64.const */
    {0x45, 0x5A, PROM_IMMEDIATE_NONE, 0, NULL},            /* i32.eqz to i64.ge_u */
    {0x5B, 0x66, PROM_IMMEDIATE_NONE, FLOAT, NULL},        /* f32.eq to f64.ge */
    {0x67, 0x8A, PROM_IMMEDIATE_NONE, 0, NULL},            /* i32.clz to i64.rotr */
    {0x8B, 0xA6, PROM_IMMEDIATE_NONE, FLOAT, NULL},        /* f32.abs to f64.copysign */
    {0xA7, 0xA7, PROM_IMMEDIATE_NONE, 0, NULL},            /* i32.wrap_i64 */
    {0xA8, 0xAB, PROM_IMMEDIATE_NONE, FLOAT, NULL},        /* i32.trunc of floats */
    {0xAC, 0xAD, PROM_IMMEDIATE_NONE, 0, NULL},            /* i64.extend_i32 */
    {0xAE, 0xBB, PROM_IMMEDIATE_NONE, FLOAT, NULL},        /* i64.trunc to f64.promote */
    {0xBC, 0xBF, PROM_IMMEDIATE_NONE, 0, NULL},            /* reinterpret */
    {0xC0, 0xC4, PROM_IMMEDIATE_NONE, 0, NULL},            /* extend8_s to extend32_s */
    {0xD0, 0xD0, PROM_IMMEDIATE_REFERENCE, 0, NULL},       /* ref.null */
    {0xD1, 0xD1, PROM_IMMEDIATE_NONE, 0, NULL},            /* ref.is_null */
    {0xD2, 0xD2, PROM_IMMEDIATE_FUNCTION, 0, NULL},        /* ref.func */
    {0xD3, 0xD3, PROM_IMMEDIATE_NONE, 0, collection},      /* ref.eq */
    {0xD4, 0xD6, PROM_IMMEDIATE_NONE, 0, references},      /* ref.as_non_null, br_on_null, br_on_non_null */
    {0xFB, 0xFB, PROM_IMMEDIATE_NONE, 0, collection},
    {0xFE, 0xFE, PROM_IMMEDIATE_NONE, 0, atomics},
    {FC(0), FC(7), PROM_IMMEDIATE_NONE, FLOAT, NULL}, /* trunc_sat */
    {FC(8), FC(8), PROM_IMMEDIATE_NONE, 0, "memory.init"},
    {FC(9), FC(9), PROM_IMMEDIATE_NONE, 0, "data.drop"},
    {FC(10), FC(10), PROM_IMMEDIATE_ZEROS, BULK, NULL}, /* memory.copy */
    {FC(11), FC(11), PROM_IMMEDIATE_ZERO, BULK, NULL},  /* memory.fill */
    {FC(12), FC(12), PROM_IMMEDIATE_NONE, 0, "table.init"},
    {FC(13), FC(13), PROM_IMMEDIATE_NONE, 0, "elem.drop"},
    {FC(14), FC(14), PROM_IMMEDIATE_NONE, 0, "table.copy"},
    {FC(15), FC(15), PROM_IMMEDIATE_NONE, 0, "table.grow"},
    {FC(16), FC(16), PROM_IMMEDIATE_TABLE, 0, NULL}, /* table.size */
    {FC(17), FC(17), PROM_IMMEDIATE_NONE, 0, "table.fill"},
    {FC(19), FC(22), PROM_IMMEDIATE_NONE, 0, "wide arithmetic"},
    {FD(0), FD(11), PROM_IMMEDIATE_MEMORY, SIMD, NULL},        /* v128.load to v128.store */
    {FD(12), FD(13), PROM_IMMEDIATE_16, SIMD, NULL},           /* v128.const, i8x16.shuffle */
    {FD(14), FD(20), PROM_IMMEDIATE_NONE, SIMD, NULL},         /* swizzle, splat */
    {FD(21), FD(34), PROM_IMMEDIATE_LANE, SIMD, NULL},         /* extract_lane, replace_lane */
    {FD(35), FD(64), PROM_IMMEDIATE_NONE, SIMD, NULL},         /* comparisons of integers */
    {FD(65), FD(76), PROM_IMMEDIATE_NONE, SIMD_FLOAT, NULL},   /* and of floats */
    {FD(77), FD(83), PROM_IMMEDIATE_NONE, SIMD, NULL},         /* v128.not to v128.any_true */
    {FD(84), FD(91), PROM_IMMEDIATE_MEMORY_LANE, SIMD, NULL},  /* load_lane, store_lane */
    {FD(92), FD(93), PROM_IMMEDIATE_MEMORY, SIMD, NULL},       /* load32_zero, load64_zero */
    {FD(94), FD(95), PROM_IMMEDIATE_NONE, SIMD_FLOAT, NULL},   /* demote, promote */
    {FD(96), FD(102), PROM_IMMEDIATE_NONE, SIMD, NULL},        /* i8x16.abs to narrow_i16x8_u */
    {FD(103), FD(106), PROM_IMMEDIATE_NONE, SIMD_FLOAT, NULL}, /* f32x4.ceil to nearest */
    {FD(107), FD(115), PROM_IMMEDIATE_NONE, SIMD, NULL},       /* i8x16.shl to sub_sat_u */
    {FD(116), FD(117), PROM_IMMEDIATE_NONE, SIMD_FLOAT, NULL}, /* f64x2.ceil, floor */
    {FD(118), FD(121), PROM_IMMEDIATE_NONE, SIMD, NULL},       /* i8x16.min_s to max_u */
    {FD(122), FD(122), PROM_IMMEDIATE_NONE, SIMD_FLOAT, NULL}, /* f64x2.trunc */
    {FD(123), FD(147), PROM_IMMEDIATE_NONE, SIMD, NULL},       /* i8x16.avgr_u to i16x8.sub_sat_u */
    {FD(148), FD(148), PROM_IMMEDIATE_NONE, SIMD_FLOAT, NULL}, /* f64x2.nearest */
    {FD(149), FD(153), PROM_IMMEDIATE_NONE, SIMD, NULL},       /* i16x8.mul to max_u */
    {FD(155), FD(161), PROM_IMMEDIATE_NONE, SIMD, NULL},       /* i16x8.avgr_u to i32x4.neg */
    {FD(163), FD(164), PROM_IMMEDIATE_NONE, SIMD, NULL},       /* i32x4.all_true, bitmask */
    {FD(167), FD(174), PROM_IMMEDIATE_NONE, SIMD, NULL},       /* i32x4.extend_low to add */
    {FD(177), FD(177), PROM_IMMEDIATE_NONE, SIMD, NULL},       /* i32x4.sub */
    {FD(181), FD(186), PROM_IMMEDIATE_NONE, SIMD, NULL},       /* i32x4.mul to dot */
    {FD(188), FD(193), PROM_IMMEDIATE_NONE, SIMD, NULL},       /* i32x4.extmul_low to i64x2.neg */
    {FD(195), FD(196), PROM_IMMEDIATE_NONE, SIMD, NULL},       /* i64x2.all_true, bitmask */
    {FD(199), FD(206), PROM_IMMEDIATE_NONE, SIMD, NULL},       /* i64x2.extend_low to add */
    {FD(209), FD(209), PROM_IMMEDIATE_NONE, SIMD, NULL},       /* i64x2.sub */
    {FD(213), FD(223), PROM_IMMEDIATE_NONE, SIMD, NULL},       /* i64x2.mul to extmul_high_u */
    {FD(224), FD(225), PROM_IMMEDIATE_NONE, SIMD_FLOAT, NULL}, /* f32x4.abs, neg */
    {FD(227), FD(237), PROM_IMMEDIATE_NONE, SIMD_FLOAT, NULL}, /* f32x4.sqrt to f64x2.neg */
    {FD(239), FD(255), PROM_IMMEDIATE_NONE, SIMD_FLOAT, NULL}, /* f64x2.sqrt to convert_low_i32x4_u */
    {FD(256), FD(303), PROM_IMMEDIATE_NONE, 0, relaxed},
};

const prom_opcodes *prom_opcodes_of(uint32_t opcode)
{
    size_t low = 0;
    size_t high = sizeof rows / sizeof *rows;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (opcode > rows[middle].last) {
            low = middle + 1;
        } else if (opcode < rows[middle].first) {
            high = middle;
        } else {
            return &rows[middle];
        }
    }
    return NULL;
}

uint32_t prom_wasm_opcode(prom_wasm_cursor *cursor)
{
    const uint32_t first = prom_wasm_u8(cursor);
    if (first != 0xFC && first != 0xFD) {
        return first;
    }
    const uint32_t number = prom_wasm_u32(cursor);
    return PROM_OPCODE_PREFIXED(first, number <= UINT16_MAX ? number : UINT16_MAX); /* which is none, too */
}
