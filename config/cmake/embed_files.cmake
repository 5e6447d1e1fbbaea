# Writes a C++ file that holds the bytes of others. Usage:
#   cmake -DOUTPUT=FILE -DHEADER=serve/page.h -DFUNCTION=lmos::serve::page_files -DTYPE=lmos::serve::PageFile -DFILES=A;B -P embed_files.cmake
# FUNCTION returns a std::span of TYPE, an aggregate of two std::string_view: a file's name and its bytes.
set(arrays "")
set(entries "")
set(index 0)
foreach(file ${FILES})
  get_filename_component(name "${file}" NAME)
  file(READ "${file}" bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "const unsigned char kBytes${index}[] = {${bytes}};\n")
  string(APPEND entries "    {\"${name}\", {reinterpret_cast<const char*>(kBytes${index}), sizeof kBytes${index}}},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUTPUT}"
"// Made by embed_files.cmake.
#include \"${HEADER}\"

namespace {
${arrays}
const ${TYPE} kFiles[] = {
${entries}};
}  // namespace

std::span<const ${TYPE}> ${FUNCTION}() { return kFiles; }
")
