//! Nothing of our own: all of Wasmtime's C interface.
pub use wasmtime_c_api::*;
