# Installs BUILD under SCRATCH, moves the tree, and uses it as a newcomer would, without the source tree.
function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${SCRATCH}" RESULT_VARIABLE status
                  OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}: ${status}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${SCRATCH}")
file(MAKE_DIRECTORY "${SCRATCH}")
set(ENV{XDG_CACHE_HOME} "${SCRATCH}/cache")
run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${SCRATCH}/first")
file(RENAME "${SCRATCH}/first" "${SCRATCH}/moved")
set(bin "${SCRATCH}/moved/bin")
foreach(program llmasos llmasosd)
  run("${bin}/${program}" --help)
endforeach()
if(NOT EXISTS "${bin}/llmasos-worker")
  message(FATAL_ERROR "llmasosd starts llmasos-worker beside itself, which is not installed")
endif()

run("${bin}/llmasos" plugins --json)
string(JSON plugins LENGTH "${output}")
file(GLOB built "${BUILD}/lib/llmasos/plugins/*.so")
list(LENGTH built expected)
if(NOT plugins EQUAL expected OR output MATCHES "refused")
  message(FATAL_ERROR "${plugins} plugins instead of ${expected}, or one was refused:\n${output}")
endif()

run("${CMAKE_COMMAND}" -E env "CMAKE_PREFIX_PATH=${SCRATCH}/moved"
    "${CMAKE_COMMAND}" -G "${GENERATOR}" "-DCMAKE_CXX_COMPILER=${CXX_COMPILER}"
    -S "${SCRATCH}/moved/share/llmasos/template" -B "${SCRATCH}/template")
run("${CMAKE_COMMAND}" --build "${SCRATCH}/template")
run("${bin}/llmasos-plugin-check" "${SCRATCH}/template/libbigram.so")
file(WRITE "${SCRATCH}/bigram.yaml" "
version: 1
kind: train
backend: {plugin: reference}
tokenizer: {plugin: bpe, train: {vocab_size: 300}}
dataset: {plugin: text, path: moved/share/llmasos/LICENSE, sequence: 16}
model: {plugin: bigram, embed: 8, mlp: 16}
optimizer: {kind: adamw, lr: 1.0e-3}
train: {steps: 2, batch: 2}
checkpoint: {folder: run}
")
run("${bin}/llmasos" run bigram.yaml --plugins template)
if(NOT EXISTS "${SCRATCH}/run/model/model.safetensors")
  message(FATAL_ERROR "training left no model:\n${output}")
endif()
file(REMOVE_RECURSE "${SCRATCH}")
