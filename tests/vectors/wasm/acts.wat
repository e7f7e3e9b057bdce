;; What tests/unit/wasm/test_runner.c has prom-wasm do: the first byte of an item says which act.
;; acts.wasm is `wat2wasm acts.wat` of this, by WABT 1.0.32.
(module
  (type $nothing (func))
  (type $number (func (result i32)))
  (memory (export "memory") 1 8)
  (data (i32.const 16) "seed")
  (global $next (mut i32) (i32.const 1024))
  (global $calls (mut i32) (i32.const 0))
  (table 4 funcref)
  (elem (i32.const 0) $one)
  (func $one (type $number) (i32.const 1))

  ;; One place after another; an item of 13 bytes is asked for beyond all memory.
  (func (export "prom_alloc") (param $length i32) (result i32)
    (local $place i32)
    (if (i32.eq (local.get $length) (i32.const 13)) (then (return (i32.const 0xfffffff0))))
    (local.set $place (global.get $next))
    (global.set $next (i32.add (global.get $next) (local.get $length)))
    (local.get $place))

  (func $result (param $place i32) (param $length i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $place)) (i64.const 32)) (i64.extend_i32_u (local.get $length))))

  ;; A number of 32 bits, little-endian.
  (func $number_result (param $number i32) (result i64)
    (i32.store (i32.const 512) (local.get $number))
    (call $result (i32.const 512) (i32.const 4)))

  (func $deep (param $left i32) (result i32)
    (if (result i32) (local.get $left)
      (then (i32.add (call $deep (i32.sub (local.get $left) (i32.const 1))) (i32.const 1)))
      (else (i32.const 0))))

  ;; NaNs with a sign and a payload come in at $in, 8 bytes each; what arithmetic makes of them goes out.
  (func $nans (param $in i32) (result i64)
    (local $double v128)
    (local $single v128)
    (local.set $double (v128.load (local.get $in)))
    (local.set $single (v128.load offset=16 (local.get $in)))
    (f64.store (i32.const 512) (f64.add (f64.load (local.get $in)) (f64.const 1)))
    (f64.store (i32.const 520) (f64.sqrt (f64.const -1)))
    (f64.store (i32.const 528) (f64.promote_f32 (f32.load offset=16 (local.get $in))))
    (f32.store (i32.const 536) (f32.mul (f32.load offset=16 (local.get $in)) (f32.const 2)))
    (f32.store (i32.const 540) (f32.demote_f64 (f64.load (local.get $in))))
    (f32.store (i32.const 544) (f32.min (f32.load offset=16 (local.get $in)) (f32.const 0)))
    (f32.store (i32.const 548) (f32.nearest (f32.load offset=16 (local.get $in))))
    (v128.store (i32.const 552) (f64x2.div (local.get $double) (v128.const f64x2 3 3)))
    (v128.store (i32.const 568) (f32x4.max (local.get $single) (v128.const f32x4 1 1 1 1)))
    (v128.store (i32.const 584) (f32x4.demote_f64x2_zero (local.get $double)))
    (v128.store (i32.const 600) (f64x2.promote_low_f32x4 (local.get $single)))
    (call $result (i32.const 512) (i32.const 104)))

  (func $ask_other_type (result i64)
    (call_indirect (type $nothing) (i32.const 0))
    (i64.const 0))

  (func (export "map") (param $place i32) (param $length i32) (result i64)
    (local $act i32)
    (local $number i32)
    (if (i32.eqz (local.get $length)) (then (return (call $result (local.get $place) (i32.const 0)))))
    (local.set $act (i32.load8_u (local.get $place)))
    (if (i32.ge_u (local.get $length) (i32.const 5))
      (then (local.set $number (i32.load offset=1 (local.get $place)))))
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (block $other
    (block $load (block $nan (block $fresh (block $grow (block $at (block $deep (block $endless (block $conversion (block $overflow
    (block $division (block $type (block $null (block $table (block $bounds (block $unreachable (block $echo
      (br_table $echo $unreachable $bounds $table $null $type $division $overflow $conversion $endless $deep $at $grow
                $fresh $nan $load $other (local.get $act)))
      ;; echo: the item
      (return (call $result (local.get $place) (local.get $length))))
      (unreachable))
      (return (i64.load (i32.const 0x7ffffff0))))
      (return (call $number_result (call_indirect (type $number) (i32.const 4)))))
      (return (call $number_result (call_indirect (type $number) (i32.const 1)))))
      (return (call $ask_other_type)))
      (return (call $number_result (i32.div_u (i32.const 1) (i32.sub (local.get $act) (i32.const 6))))))
      (return (call $number_result
        (i32.div_s (i32.const 0x80000000) (i32.sub (i32.const 6) (local.get $act))))))
      (return (call $number_result (i32.trunc_f32_s (f32.const nan)))))
      (loop $again (br $again)))
      ;; deep: so many calls, one within another
      (return (call $number_result (call $deep (local.get $number)))))
      ;; at: a result at this place, of as many bytes as the item has
      (return (call $result (local.get $number) (local.get $length))))
      ;; grow: by so many pages; the pages before that, or -1, and what the last byte is then
      (i32.store (i32.const 512) (memory.grow (local.get $number)))
      (i32.store (i32.const 516) (i32.load8_u (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1))))
      (i32.store8 (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)) (i32.const 7))
      (return (call $result (i32.const 512) (i32.const 8))))
      ;; fresh: how often this was called, and memory that the last one changed
      (i32.store (i32.const 512) (global.get $calls))
      (i32.store (i32.const 516) (i32.load (i32.const 16)))
      (i32.store (i32.const 520) (i32.load (i32.const 60000)))
      (i32.store (i32.const 16) (i32.const -1))
      (i32.store (i32.const 60000) (i32.const -1))
      (return (call $result (i32.const 512) (i32.const 12))))
      (return (call $nans (i32.add (local.get $place) (i32.const 1)))))
      ;; load: the number at this place
      (return (call $number_result (i32.load (local.get $number)))))
    (unreachable))

  ;; Both, one behind the other; the first one 2 bytes long traps.
  (func (export "reduce") (param $a i32) (param $a_length i32) (param $b i32) (param $b_length i32) (result i64)
    (if (i32.eq (local.get $a_length) (i32.const 2)) (then (unreachable)))
    (memory.copy (i32.const 32768) (local.get $a) (local.get $a_length))
    (memory.copy (i32.add (i32.const 32768) (local.get $a_length)) (local.get $b) (local.get $b_length))
    (call $result (i32.const 32768) (i32.add (local.get $a_length) (local.get $b_length)))))
