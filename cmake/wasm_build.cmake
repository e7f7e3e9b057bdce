# wasm/build.h, by which prom and prom-wasm see that they are of one build: all that decides what a node's result is, the
# rules that a module is held to and metered by, how the engine is used, and which engine it is, goes into its text. So it
# changes with each of these, and nobody has to remember that.
file(GLOB WASM_RULES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/module/*.[ch] ${CMAKE_SOURCE_DIR}/wasm/*.[ch]
     ${CMAKE_SOURCE_DIR}/include/prometheus/module/*.h ${CMAKE_SOURCE_DIR}/src/wasm/frames.h
     ${CMAKE_SOURCE_DIR}/tools/wasmtime-c-api/Cargo.*)
set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${WASM_RULES})
set(hashes "")
foreach(file ${WASM_RULES}) # a glob is in order
  file(SHA256 ${file} hash)
  string(APPEND hashes ${hash})
endforeach()
string(SHA256 WASM_SOURCES "${hashes}")
string(SUBSTRING ${WASM_SOURCES} 0 16 WASM_SOURCES)

file(STRINGS ${CMAKE_SOURCE_DIR}/include/prometheus/module/module.h INTERFACE REGEX "^#define PROM_MODULE_VERSION ")
string(REGEX REPLACE "[^0-9]" "" INTERFACE "${INTERFACE}")
file(STRINGS ${CMAKE_SOURCE_DIR}/tools/wasmtime-c-api/Cargo.toml WASMTIME_PINNED REGEX "^version = \"=")
string(REGEX REPLACE "[^0-9.]" "" WASMTIME_PINNED "${WASMTIME_PINNED}")

file(CONFIGURE OUTPUT ${GENERATED}/wasm/build.h @ONLY CONTENT
     "/* Made by cmake/wasm_build.cmake. */
#ifndef WASM_BUILD_H
#define WASM_BUILD_H

#define PROM_WASM_BUILD \"interface version @INTERFACE@, sources @WASM_SOURCES@, Wasmtime @WASMTIME_PINNED@\"

#endif
")
