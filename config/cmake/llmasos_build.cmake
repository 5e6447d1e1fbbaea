# Build rules shared by every folder: one function for each kind of target.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(LLMASOS_PLUGIN_DIRECTORY "${CMAKE_BINARY_DIR}/lib/llmasos/plugins")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()

add_compile_options("$<$<COMPILE_LANGUAGE:C,CXX>:-Wall;-Wextra;-Wno-missing-field-initializers>")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-Wno-restrict>)  # false alarm of GCC 12 at "text" + std::string (GCC bug 105651)
endif()
if(LLMASOS_SANITIZE)
  add_compile_options(-fsanitize=${LLMASOS_SANITIZE} -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${LLMASOS_SANITIZE})
  if(LLMASOS_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
if(LLMASOS_FUZZERS)
  # libFuzzer is guided by the branches that the parsers themselves take.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# A static library of the host: sources are the folder's own .cpp files; included as "<folder>/<file>.h".
# Usage: llmasos_host_library(graph LIBRARIES llmasos_errors ...)
function(llmasos_host_library name)
  cmake_parse_arguments(ARG "" "" "LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  add_library(llmasos_${name} STATIC ${sources})
  target_include_directories(llmasos_${name} PUBLIC "${CMAKE_SOURCE_DIR}/host")
  target_link_libraries(llmasos_${name} PUBLIC ${ARG_LIBRARIES})
endfunction()

# A plugin: a shared library that exports lmos_plugin_query_v1 and nothing else.
# Usage: llmasos_plugin(tokenizer_bpe SOURCES a.cpp b.cpp LIBRARIES ...)
function(llmasos_plugin name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(${name} MODULE ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE llmasos_sdk ${ARG_LIBRARIES})
  set_target_properties(${name} PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY "${LLMASOS_PLUGIN_DIRECTORY}"
    CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_link_options(${name} PRIVATE
    "LINKER:--version-script=${CMAKE_SOURCE_DIR}/config/cmake/plugin.map" "LINKER:--exclude-libs,ALL")
  set_target_properties(${name} PROPERTIES LINK_DEPENDS "${CMAKE_SOURCE_DIR}/config/cmake/plugin.map")
endfunction()

# An installed tree has bin/ and lib/llmasos/plugins/ beside each other, as the build folder has: programs find plugins and each other from where they lie,
# so the tree may be moved. What is no plugin is left alone.
function(llmasos_install_plugin name)
  if(NOT TARGET ${name})
    return()
  endif()
  get_target_property(type ${name} TYPE)
  if(type STREQUAL "MODULE_LIBRARY")
    set_target_properties(${name} PROPERTIES INSTALL_RPATH "$ORIGIN/..")  # libraries that Debian has not lie in lib/llmasos
    install(TARGETS ${name} DESTINATION lib/llmasos/plugins)
  endif()
endfunction()
function(llmasos_install_program name)
  install(TARGETS ${name} DESTINATION bin)
endfunction()

# Tests run once for each time that they are compiled, so their own files are optimised less than what they test.
set(LLMASOS_TEST_OPTIMISATION $<$<CONFIG:Release>:-O1>)
if(LLMASOS_SANITIZE MATCHES "address")
  set(LLMASOS_TEST_OPTIMISATION -O0)
endif()

# A GoogleTest program, one ctest entry. LONG: among those that take longest, above all under sanitizers; it is optimised as the rest is, and
# started first, so that it does not run alone at the end.
# Usage: llmasos_test(graph_test SOURCES a.cpp LIBRARIES llmasos_graph [TIMEOUT seconds] [LONG])
function(llmasos_test name)
  cmake_parse_arguments(ARG "LONG" "TIMEOUT" "SOURCES;LIBRARIES;DEPENDS" ${ARGN})
  if(NOT LLMASOS_TESTS)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} GTest::gtest GTest::gtest_main Threads::Threads)
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}/tests")
  target_compile_definitions(${name} PRIVATE
    LLMASOS_PLUGIN_DIRECTORY="${LLMASOS_PLUGIN_DIRECTORY}"
    LLMASOS_PROGRAM_DIRECTORY="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}"
    LLMASOS_SOURCE_DIRECTORY="${CMAKE_SOURCE_DIR}")
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
  if(ARG_LONG)
    set_tests_properties(${name} PROPERTIES COST 1000)
  else()
    target_compile_options(${name} PRIVATE ${LLMASOS_TEST_OPTIMISATION})
  endif()
endfunction()

# A libFuzzer program over one parser; tests/fuzz/CMakeLists.txt says how to add one.
function(llmasos_fuzzer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT LLMASOS_FUZZERS)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES})
  target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()
