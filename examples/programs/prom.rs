//! What a program for `prom` needs in Rust. docs/programs.md describes the interface, of version 1. A whole program,
//! whose result for an item is how many lines it has, and for two results their sum:
//!
//! ```ignore
//! #[path = "prom.rs"]
//! mod prom;
//!
//! fn lines(item: Vec<u8>) -> Vec<u8> {
//!     let count = item.iter().filter(|&&byte| byte == b'\n').count() as u64;
//!     count.to_le_bytes().to_vec()
//! }
//!
//! fn sum(first: Vec<u8>, second: Vec<u8>) -> Vec<u8> {
//!     let number = |bytes: Vec<u8>| u64::from_le_bytes(bytes.try_into().unwrap());
//!     (number(first) + number(second)).to_le_bytes().to_vec()
//! }
//!
//! prom_program!(lines, sum); // or prom_program!(lines): it maps only
//! ```
//!
//! Built with the target of `rustup target add wasm32-unknown-unknown`, or of Debian's libstd-rust-dev-wasm32:
//!
//! ```text
//! rustc --edition 2021 --crate-type cdylib --target wasm32-unknown-unknown \
//!   -C opt-level=2 -C panic=abort -C strip=symbols lines.rs
//! ```
//!
//! The standard library is there as far as it needs no system. A panic ends the node: its status is `trap`. Each call
//! has an instance of its own: nothing outlives it.

/// Gives memory for an operand, which `operand` takes back.
pub fn allocate(length: u32) -> *mut u8 {
    Box::into_raw(vec![0u8; length as usize].into_boxed_slice()) as *mut u8
}

/// Returns the operand that was written to such memory.
///
/// # Safety
///
/// `at` is what `allocate` returned for this length, and nobody has taken it before.
pub unsafe fn operand(at: *mut u8, length: u32) -> Vec<u8> {
    Box::from_raw(std::ptr::slice_from_raw_parts_mut(at, length as usize)).into_vec()
}

/// Returns the place and the length of a result, as the interface has them. It stays in memory.
pub fn result(bytes: Vec<u8>) -> u64 {
    let bytes = bytes.leak();
    (bytes.as_ptr() as u64) << 32 | bytes.len() as u64
}

/// Exports a function as `map`, and another one as `reduce`, if there is one; and `prom_alloc`. Once in a program.
#[macro_export]
macro_rules! prom_program {
    ($map:path) => {
        #[no_mangle]
        extern "C" fn prom_alloc(length: u32) -> *mut u8 {
            prom::allocate(length)
        }

        #[no_mangle]
        unsafe extern "C" fn map(at: *mut u8, length: u32) -> u64 {
            prom::result($map(prom::operand(at, length)))
        }
    };
    ($map:path, $reduce:path) => {
        $crate::prom_program!($map);

        #[no_mangle]
        unsafe extern "C" fn reduce(
            at: *mut u8,
            length: u32,
            second_at: *mut u8,
            second_length: u32,
        ) -> u64 {
            let first = prom::operand(at, length);
            prom::result($reduce(first, prom::operand(second_at, second_length)))
        }
    };
}
