# What `make install` installs of the library: shared and static, its headers, and what tells pkg-config and CMake where
# these are. The installed tree may be moved as a whole.
include(CMakePackageConfigHelpers)

install(TARGETS prometheus EXPORT prometheus)
install(TARGETS prometheus_static EXPORT prometheus_static)
# The libsecp256k1 that we have built is in the shared library, and goes along with the static one, under a name of its own.
set(SECP256K1_ARCHIVE "")
set(PC_SECP256K1 "${NEEDED_SECP256K1}, ")
set(PC_SECP256K1_LIBS "")
if(SECP256K1_FOLDER)
  set(SECP256K1_ARCHIVE libprometheus_secp256k1.a)
  set(PC_SECP256K1 "")
  set(PC_SECP256K1_LIBS " -lprometheus_secp256k1")
  install(FILES ${SECP256K1_FOLDER}/lib/libsecp256k1.a DESTINATION ${CMAKE_INSTALL_LIBDIR} RENAME ${SECP256K1_ARCHIVE})
  install(FILES ${SECP256K1_FOLDER}/COPYING DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/prometheus RENAME libsecp256k1)
endif()
install(DIRECTORY include/prometheus DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

# Relative to the file itself, unless the packager has named absolute folders.
set(PC_FOLDER ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
set(PC_LIBDIR ${CMAKE_INSTALL_LIBDIR})
set(PC_INCLUDEDIR ${CMAKE_INSTALL_INCLUDEDIR})
set(PC_PREFIX ${CMAKE_INSTALL_PREFIX})
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  file(RELATIVE_PATH PC_UP /${PC_FOLDER} /)
  string(REGEX REPLACE "/$" "" PC_UP "${PC_UP}")
  set(PC_PREFIX "\${pcfiledir}/${PC_UP}")
  set(PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
string(REPLACE ">=" " >= " PC_REQUIRES "${PC_SECP256K1}${NEEDED_SODIUM}, ${NEEDED_PROTOBUF_C}")
configure_file(cmake/prometheus.pc.in ${GENERATED}/prometheus.pc @ONLY)
install(FILES ${GENERATED}/prometheus.pc DESTINATION ${PC_FOLDER})

set(PACKAGE_FOLDER ${CMAKE_INSTALL_LIBDIR}/cmake/prometheus)
install(EXPORT prometheus NAMESPACE prometheus:: DESTINATION ${PACKAGE_FOLDER} FILE prometheus-targets.cmake)
install(EXPORT prometheus_static NAMESPACE prometheus:: DESTINATION ${PACKAGE_FOLDER}
        FILE prometheus-static-targets.cmake)
configure_package_config_file(cmake/prometheus-config.cmake.in ${GENERATED}/prometheus-config.cmake
                              INSTALL_DESTINATION ${PACKAGE_FOLDER} PATH_VARS CMAKE_INSTALL_LIBDIR)
# Before version 1 a new minor number may change what is stable.
write_basic_package_version_file(${GENERATED}/prometheus-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${GENERATED}/prometheus-config.cmake ${GENERATED}/prometheus-config-version.cmake
        DESTINATION ${PACKAGE_FOLDER})
