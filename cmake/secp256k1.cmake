# libsecp256k1, with the module for MuSig2 and all else that we call: the system's where that has it all, else the static
# one that tools/secp256k1 built. Gives the target prometheus::secp256k1; in the second case SECP256K1_FOLDER is the
# folder that it is in.
set(NEEDED_SECP256K1 "libsecp256k1>=0.6")
set(SECP256K1_FOLDER "")
pkg_check_modules(PROM_SECP256K1 QUIET IMPORTED_TARGET ${NEEDED_SECP256K1})
if(PROM_SECP256K1_FOUND)
  try_compile(SECP256K1_HAS_ALL ${CMAKE_BINARY_DIR}/secp256k1 SOURCES ${CMAKE_SOURCE_DIR}/cmake/secp256k1_used.c
              LINK_LIBRARIES PkgConfig::PROM_SECP256K1)
endif()
if(PROM_SECP256K1_FOUND AND SECP256K1_HAS_ALL)
  add_library(prometheus::secp256k1 INTERFACE IMPORTED)
  target_link_libraries(prometheus::secp256k1 INTERFACE PkgConfig::PROM_SECP256K1)
else()
  execute_process(COMMAND ${CMAKE_SOURCE_DIR}/tools/secp256k1 ${CMAKE_SYSTEM_PROCESSOR} RESULT_VARIABLE status
                  OUTPUT_VARIABLE SECP256K1_FOLDER OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "there is no libsecp256k1 with all that is used of it: pkg-config knows none of version 0.6 or "
                        "newer with the modules ecdh, extrakeys, musig and schnorrsig, and tools/secp256k1 has built none "
                        "for ${CMAKE_SYSTEM_PROCESSOR}; run 'make deps'")
  endif()
  add_library(prometheus::secp256k1 STATIC IMPORTED)
  set_target_properties(prometheus::secp256k1 PROPERTIES
                        IMPORTED_LOCATION ${SECP256K1_FOLDER}/lib/libsecp256k1.a
                        INTERFACE_INCLUDE_DIRECTORIES ${SECP256K1_FOLDER}/include)
endif()
