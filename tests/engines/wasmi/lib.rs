//! All of wasmi's C interface, and the one switch that it lacks.
pub use wasmi_c_api::*;

/// Sets how many calls, and how many bytes of values, the stack may hold.
///
/// # Safety
///
/// `wasm_config_t` is `#[repr(C)]` with a `Config` as its only field, in the version that Cargo.toml pins.
#[no_mangle]
pub unsafe extern "C" fn prometheus_wasmi_stack(config: *mut wasm_config_t, frames: usize, bytes: usize) {
    let config = unsafe { &mut *config.cast::<wasmi::Config>() };
    config.set_max_recursion_depth(frames);
    config.set_max_stack_height(bytes);
}
