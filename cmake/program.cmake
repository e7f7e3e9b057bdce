# The program, its man pages and completion, and the models that it is tried with.
file(GLOB NODE_SOURCES CONFIGURE_DEPENDS src/system/*.c src/wire/*.c src/listing/*.c src/discovery/*.c src/store/*.c
     src/chain/*.c src/net/*.c src/wallet/*.c src/market/*.c src/node/*.c src/tower/*.c
     src/wasm/*.c src/contacts/*.c src/trade/*.c src/outlook/*.c src/rpc/*.c)
list(REMOVE_ITEM NODE_SOURCES ${CMAKE_SOURCE_DIR}/src/system/threads.c)

# What nodes say to each other, compiled to C; generated code is not held to our warnings.
set(WIRE_C ${GENERATED}/wire/messages.pb-c.c)
add_custom_command(OUTPUT ${WIRE_C} ${GENERATED}/wire/messages.pb-c.h
                   COMMAND ${PROTOC} --plugin=protoc-gen-c=${PROTOC_GEN_C} --c_out=${GENERATED}
                           -I ${CMAKE_SOURCE_DIR}/src wire/messages.proto
                   DEPENDS ${CMAKE_SOURCE_DIR}/src/wire/messages.proto VERBATIM)
add_library(wire_schema OBJECT ${WIRE_C})
target_compile_options(wire_schema PRIVATE -w)
target_include_directories(wire_schema SYSTEM PUBLIC ${GENERATED})
target_link_libraries(wire_schema PUBLIC PkgConfig::PROM_PROTOBUF_C)

add_library(prometheus_node STATIC ${NODE_SOURCES} $<TARGET_OBJECTS:wire_schema>)
target_include_directories(prometheus_node PUBLIC src)
target_compile_definitions(prometheus_node PUBLIC _GNU_SOURCE)
target_link_libraries(prometheus_node PUBLIC prometheus_static
                      PRIVATE wire_schema PkgConfig::PROM_PROTOBUF_C PkgConfig::CURL PkgConfig::JANSSON
                      PkgConfig::PROM_SODIUM PkgConfig::SQLITE PkgConfig::OPENSSL Threads::Threads)

# All of the program but its main file, so that tests can link it.
file(GLOB PROGRAM_SOURCES CONFIGURE_DEPENDS src/devnet/*.c src/image/*.c src/page/*.c src/files/*.c src/advice/*.c
     src/certificate/*.c src/daemon/*.c src/demo/*.c src/cli/*.c src/prom/*.c)
list(REMOVE_ITEM PROGRAM_SOURCES ${CMAKE_SOURCE_DIR}/src/prom/main.c)

# The page that a node shows, as bytes of the program.
set(PAGE_C ${GENERATED}/page/page_html.c)
add_custom_command(OUTPUT ${PAGE_C}
                   COMMAND ${CMAKE_COMMAND} -DFROM=${CMAKE_SOURCE_DIR}/src/page/page.html -DTO=${PAGE_C} -DNAME=prom_page_html
                           -DHEADER=page/page_html.h -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
                   DEPENDS ${CMAKE_SOURCE_DIR}/src/page/page.html ${CMAKE_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
add_library(prometheus_program STATIC ${PROGRAM_SOURCES} ${PAGE_C})
target_link_libraries(prometheus_program PUBLIC prometheus_node PRIVATE PkgConfig::JANSSON PkgConfig::PROM_SODIUM
                      PkgConfig::PNG PkgConfig::JPEG Threads::Threads)

add_executable(prom src/prom/main.c)
target_link_libraries(prom PRIVATE prometheus_program PkgConfig::JANSSON PkgConfig::PROM_SODIUM)

add_dependencies(product prom)
install(TARGETS prom)
install(DIRECTORY models/ DESTINATION ${CMAKE_INSTALL_DATADIR}/prometheus/models FILES_MATCHING PATTERN "*.onnx"
        PATTERN "*.npy")

# Man pages and completion: the program writes them from its table of commands, and so has to run here.
if(NOT CMAKE_CROSSCOMPILING)
  set(PAGES ${CMAKE_BINARY_DIR}/share)
  find_program(SCDOC scdoc)
  if(NOT SCDOC)
    message(STATUS "scdoc is not there: no man pages are made")
  endif()
  add_custom_command(OUTPUT ${PAGES}/zsh/site-functions/_prom
                     COMMAND ${CMAKE_SOURCE_DIR}/tools/pages $<TARGET_FILE:prom> ${PAGES} "$<$<BOOL:${SCDOC}>:${SCDOC}>"
                     DEPENDS prom ${CMAKE_SOURCE_DIR}/tools/pages VERBATIM)
  add_custom_target(pages ALL DEPENDS ${PAGES}/zsh/site-functions/_prom)
  add_dependencies(product pages)
  install(DIRECTORY ${PAGES}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR})
  install(DIRECTORY ${PAGES}/bash-completion ${PAGES}/zsh ${PAGES}/fish DESTINATION ${CMAKE_INSTALL_DATADIR})
endif()
