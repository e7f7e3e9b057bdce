;; Grows its memory by 512 MiB; the result has as many bytes as there were pages, and 7 where it does not grow.
;; grow.wasm is `wat2wasm grow.wat` of this, by WABT 1.0.32.
(module
  (memory (export "memory") 1)
  (func (export "prom_alloc") (param i32) (result i32) (i32.const 0))
  (func (export "map") (param i32 i32) (result i64)
    (i64.extend_i32_u (i32.and (memory.grow (i32.const 8192)) (i32.const 7)))))
