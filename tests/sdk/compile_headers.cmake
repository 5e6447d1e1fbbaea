# Compiles every public header alone, with all warnings as errors: .h as C11 and C++20, .hpp as C++20.
# cmake -DINCLUDE=... -DC_COMPILER=... -DCXX_COMPILER=... -DSCRATCH=... -P compile_headers.cmake
file(GLOB headers RELATIVE "${INCLUDE}" "${INCLUDE}/llmasos/*.h" "${INCLUDE}/llmasos/*.hpp")
set(failures "")

# ISO C wants a declaration in each file; a header may consist of macros.
function(compile header extension compiler standard)
  set(source "${SCRATCH}/alone.${extension}")
  file(WRITE "${source}" "#include \"${header}\"\nextern int header_compiles_alone;\n")
  execute_process(
    COMMAND "${compiler}" ${standard} -Wall -Wextra -Wpedantic -Werror -fsyntax-only
            "-I${INCLUDE}" "${source}"
    RESULT_VARIABLE status ERROR_VARIABLE messages)
  if(NOT status EQUAL 0)
    message("${header} as ${standard}:\n${messages}")
    set(failures "${failures} ${header}" PARENT_SCOPE)
  endif()
endfunction()

foreach(header ${headers})
  compile("${header}" cpp "${CXX_COMPILER}" -std=c++20)
  if(header MATCHES "\\.h$")
    compile("${header}" c "${C_COMPILER}" -std=c11)
  endif()
endforeach()
if(failures)
  message(FATAL_ERROR "headers that do not compile alone:${failures}")
endif()
