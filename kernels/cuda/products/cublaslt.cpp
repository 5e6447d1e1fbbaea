#include "cuda/products/cublaslt.h"

#include <dlfcn.h>

#include <stdexcept>
#include <vector>

namespace lmos::cuda {
namespace {

constexpr const char* kLibrary = "libcublasLt.so." LMOS_CUDA_MAJOR;

void* open_library(const std::string& folder) {
  std::vector<std::string> places;
  if (!folder.empty()) {
    places = {folder + "/" + kLibrary};
  } else {
    places = {kLibrary, std::string(LMOS_CUDA_LIBRARY_FOLDER) + "/" + kLibrary};
  }
  std::string reasons;
  for (const std::string& place : places) {
    if (void* library = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
    reasons += std::string(reasons.empty() ? "" : "; ") + dlerror();
  }
  throw std::runtime_error(
      "matrix products need cuBLASLt, which can't be opened (" + reasons +
      "); install CUDA's cuBLAS, or name its folder in `backend: {cublas: FOLDER}`");
}

template <class Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr)
    throw std::runtime_error(std::string(kLibrary) + " has no function " + name);
}

}  // namespace

CublasLt open_cublaslt(const std::string& folder) {
  void* library = open_library(folder);
  CublasLt functions;
  find(library, "cublasLtCreate", functions.create);
  find(library, "cublasLtDestroy", functions.destroy);
  find(library, "cublasLtMatmul", functions.matmul);
  find(library, "cublasLtMatmulAlgoGetHeuristic", functions.get_heuristic);
  find(library, "cublasLtMatmulAlgoConfigGetAttribute", functions.algorithm_get);
  find(library, "cublasLtMatmulDescCreate", functions.desc_create);
  find(library, "cublasLtMatmulDescDestroy", functions.desc_destroy);
  find(library, "cublasLtMatmulDescSetAttribute", functions.desc_set);
  find(library, "cublasLtMatrixLayoutCreate", functions.layout_create);
  find(library, "cublasLtMatrixLayoutDestroy", functions.layout_destroy);
  find(library, "cublasLtMatrixLayoutSetAttribute", functions.layout_set);
  find(library, "cublasLtMatmulPreferenceCreate", functions.preference_create);
  find(library, "cublasLtMatmulPreferenceDestroy", functions.preference_destroy);
  find(library, "cublasLtMatmulPreferenceSetAttribute", functions.preference_set);
  find(library, "cublasLtGetStatusString", functions.status_string);
  return functions;
}

}  // namespace lmos::cuda
