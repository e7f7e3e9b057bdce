# The simulator: the rooms from base to steps as they are, but for the crypto behind include/prometheus/crypto, whose
# place tests/sim/crypto_*.c take; hashes are the real ones.
file(GLOB SIM_SOURCES CONFIGURE_DEPENDS tests/sim/*.c)
file(GLOB SIM_ROOMS CONFIGURE_DEPENDS src/base/*.c src/bitcoin/*.c src/contract/*.c src/channel/*.c
     src/setup/*.c src/settlement/*.c src/steps/*.c src/crypto/sha256*.c)
list(FILTER SIM_ROOMS EXCLUDE REGEX "/bitcoin/(psbt|wpkh)[^/]*\\.c$") # nobody signs elsewhere
add_executable(prom_sim ${SIM_SOURCES} ${SIM_ROOMS} src/crypto/hash.c src/crypto/hash_many.c src/crypto/merkle.c)
target_include_directories(prom_sim PRIVATE include src tests/sim)
target_compile_definitions(prom_sim PRIVATE _POSIX_C_SOURCE=200809L)
target_link_libraries(prom_sim PRIVATE PkgConfig::PROM_SODIUM)

# A sample of what `make soak` plays for hours; some 40 s of one core. With sanitizers a run takes ten times as long.
set(SIM_RUNS 10000 CACHE STRING "Contracts that the simulator plays as a test")
set(SIM_RUNS_HERE ${SIM_RUNS})
if(PROM_SANITIZE OR PROM_SANITIZE_THREAD OR CMAKE_CROSSCOMPILING)
  math(EXPR SIM_RUNS_HERE "${SIM_RUNS} / 40")
endif()
add_test(NAME sim.random COMMAND prom_sim --runs ${SIM_RUNS_HERE})
math(EXPR SIM_SETUPS "${SIM_RUNS_HERE} / 10")
add_test(NAME sim.setups COMMAND prom_sim --setup --runs ${SIM_SETUPS})
add_test(NAME sim.stories COMMAND prom_sim --story all --runs 40)
add_test(NAME sim.backups COMMAND prom_sim --backups --runs 2)
# A worker alone and a verifier alone, with one move each; `make soak` plays every coalition.
foreach(SIM_ALONE 2 4)
  add_test(NAME sim.exhaustive.${SIM_ALONE} COMMAND prom_sim --exhaustive 1 --coalition ${SIM_ALONE})
  set_tests_properties(sim.exhaustive.${SIM_ALONE} PROPERTIES TIMEOUT 1200 LABELS sim)
endforeach()
set_tests_properties(sim.random sim.setups sim.stories sim.backups PROPERTIES TIMEOUT 1200 LABELS sim)
set_tests_properties(sim.random PROPERTIES COST 100)
# Every story has many seeds, as each of its ends must be reached: once is enough, whatever the build.
set_property(TEST sim.stories APPEND PROPERTY LABELS once)

# The rules broken one at a time (docs/mutants.md): that every mutant can still be made, and that some are found.
add_test(NAME sim.mutants.table COMMAND ${CMAKE_SOURCE_DIR}/tools/mutate --check)
add_test(NAME sim.mutants COMMAND ${CMAKE_SOURCE_DIR}/tools/mutate --sample 2 worker-gives-no-arbiter
                                  worker-does-not-appeal)
set_tests_properties(sim.mutants.table sim.mutants PROPERTIES TIMEOUT 1800 LABELS "sim;once")

# The same parties, whose transactions compete for blocks: docs/fees.md. The broadcast is the node's own; what it asks of
# bitcoind is answered by a market.
file(GLOB SIM_FEES_SOURCES CONFIGURE_DEPENDS tests/sim/fees/*.c)
set(SIM_SHARED_SOURCES ${SIM_SOURCES})
list(FILTER SIM_SHARED_SOURCES EXCLUDE REGEX "/main\\.c$")
add_executable(prom_sim_fees ${SIM_FEES_SOURCES} ${SIM_SHARED_SOURCES} ${SIM_ROOMS} src/chain/broadcast.c
               src/crypto/hash.c src/crypto/hash_many.c src/crypto/merkle.c)
target_include_directories(prom_sim_fees PRIVATE include src tests/sim)
target_compile_definitions(prom_sim_fees PRIVATE _POSIX_C_SOURCE=200809L)
target_link_libraries(prom_sim_fees PRIVATE PkgConfig::PROM_SODIUM)
add_executable(unit.sim.market tests/sim/fees/unit/test_market.c tests/sim/fees/market.c tests/sim/fees/mempool.c
               tests/sim/fees/climate.c)
target_include_directories(unit.sim.market PRIVATE include src tests/sim tests/unit)
target_compile_definitions(unit.sim.market PRIVATE VECTORS="${CMAKE_CURRENT_SOURCE_DIR}/tests/vectors")
target_compile_options(unit.sim.market PRIVATE -Wno-missing-prototypes)
target_link_libraries(unit.sim.market PRIVATE prometheus_static PkgConfig::CMOCKA PkgConfig::JANSSON)
add_test(NAME unit.sim.market COMMAND unit.sim.market)
set_tests_properties(unit.sim.market PROPERTIES TIMEOUT 300 LABELS unit)
add_test(NAME sim.fees COMMAND prom_sim_fees --sample)
set_tests_properties(sim.fees PROPERTIES TIMEOUT 300 LABELS sim)
