# How tests and benchmarks written in C++ join the build.

# Everything that `tools/dev test` and `tools/dev bench` build before they run.
add_custom_target(KeelTests)
add_custom_target(KeelBenchmarks)

# Their names, for test/run-tests.py and tools/dev: a binary whose target is gone is not run.
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/test/gtests.txt
     CONTENT "$<JOIN:$<TARGET_PROPERTY:KeelTests,KEEL_EXECUTABLES>,\n>\n")
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/benchmark/benchmarks.txt
     CONTENT "$<JOIN:$<TARGET_PROPERTY:KeelBenchmarks,KEEL_EXECUTABLES>,\n>\n")

function(_keel_add_test_executable name aggregate folder)
  cmake_parse_arguments(PARSE_ARGV 3 ARG "" "" "LIBS;DEPENDS")
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  add_dependencies(${name} KeelHeaders ${ARG_DEPENDS})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS})
  target_compile_definitions(${name} PRIVATE
    KEEL_SOURCE_DIR="${CMAKE_SOURCE_DIR}" KEEL_BINARY_DIR="${CMAKE_BINARY_DIR}")
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${folder})
  add_dependencies(${aggregate} ${name})
  set_property(TARGET ${aggregate} APPEND PROPERTY KEEL_EXECUTABLES ${name})
endfunction()

# add_keel_gtest(NAME sources... LIBS libraries... [DEPENDS targets...])
# A GoogleTest executable, build/test/NAME. Tests find files by KEEL_SOURCE_DIR and
# built tools by KEEL_BINARY_DIR, never by the current directory.
function(add_keel_gtest name)
  find_package(GTest REQUIRED)
  _keel_add_test_executable(${name} KeelTests test ${ARGN} LIBS GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
endfunction()

# add_keel_benchmark(NAME sources... LIBS libraries... [DEPENDS targets...])
# A Google Benchmark executable, build/benchmark/NAME.
function(add_keel_benchmark name)
  find_package(benchmark REQUIRED)
  _keel_add_test_executable(${name} KeelBenchmarks benchmark ${ARGN} LIBS benchmark::benchmark_main)
endfunction()
