// cuBLASLt, opened at run time: a program that never touches a GPU neither needs it nor loads its
// half gigabyte.
#pragma once

#include <cublasLt.h>

#include <string>

namespace lmos::cuda {

// The functions of the library that products use. Kept open to the end of the process.
struct CublasLt {
  decltype(&cublasLtCreate) create;
  decltype(&cublasLtDestroy) destroy;
  decltype(&cublasLtMatmul) matmul;
  decltype(&cublasLtMatmulAlgoGetHeuristic) get_heuristic;
  decltype(&cublasLtMatmulAlgoConfigGetAttribute) algorithm_get;
  decltype(&cublasLtMatmulDescCreate) desc_create;
  decltype(&cublasLtMatmulDescDestroy) desc_destroy;
  decltype(&cublasLtMatmulDescSetAttribute) desc_set;
  decltype(&cublasLtMatrixLayoutCreate) layout_create;
  decltype(&cublasLtMatrixLayoutDestroy) layout_destroy;
  decltype(&cublasLtMatrixLayoutSetAttribute) layout_set;
  decltype(&cublasLtMatmulPreferenceCreate) preference_create;
  decltype(&cublasLtMatmulPreferenceDestroy) preference_destroy;
  decltype(&cublasLtMatmulPreferenceSetAttribute) preference_set;
  decltype(&cublasLtGetStatusString) status_string;
};

// Opens the library from `folder`, or, where that is empty, from the loader's path and then from
// the CUDA toolkit that this was built with. Throws std::runtime_error that says where it looked.
CublasLt open_cublaslt(const std::string& folder);

}  // namespace lmos::cuda
