# The SDK for plugins outside LLMasOS's own tree: find_package(llmasos_sdk), with llmasos_sdk_DIR set to this folder, installed or in
# a source tree. Gives the target llmasos::sdk and the function llmasos_add_plugin.
find_path(llmasos_sdk_INCLUDE llmasos/plugin.h NO_DEFAULT_PATH REQUIRED
  PATHS "${CMAKE_CURRENT_LIST_DIR}/../include" "${CMAKE_CURRENT_LIST_DIR}/../../../include")
find_file(llmasos_sdk_EXPORTS plugin.map NO_DEFAULT_PATH REQUIRED
  PATHS "${CMAKE_CURRENT_LIST_DIR}" "${CMAKE_CURRENT_LIST_DIR}/../../config/cmake")

if(NOT TARGET llmasos::sdk)
  add_library(llmasos::sdk INTERFACE IMPORTED)
  target_include_directories(llmasos::sdk INTERFACE "${llmasos_sdk_INCLUDE}")
  target_compile_features(llmasos::sdk INTERFACE cxx_std_20)
endif()

# A shared library that exports lmos_plugin_query_v1 and nothing else.
# Usage: llmasos_add_plugin(my_plugin SOURCES a.cpp b.cpp LIBRARIES ...)
function(llmasos_add_plugin name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(${name} MODULE ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE llmasos::sdk ${ARG_LIBRARIES})
  set_target_properties(${name} PROPERTIES
    CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS "${llmasos_sdk_EXPORTS}")
  target_link_options(${name} PRIVATE
    "LINKER:--version-script=${llmasos_sdk_EXPORTS}" "LINKER:--exclude-libs,ALL")
endfunction()
