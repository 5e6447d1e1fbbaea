// Activations of the hidden layer and their gradients.
#pragma once

#include <cuda_runtime_api.h>

#include "cuda/float_type.h"

namespace lmos::cuda {

// y = silu(gate) · up.
void swiglu(cudaStream_t stream, Float type, int64_t count, const void* gate, const void* up,
            void* y);
void swiglu_grad(cudaStream_t stream, Float type, int64_t count, const void* dy, const void* gate,
                 const void* up, void* dgate, void* dup);

// y = x Φ(x), by the error function or, approximate, by the hyperbolic tangent.
void gelu(cudaStream_t stream, Float type, bool approximate, int64_t count, const void* x, void* y);
void gelu_grad(cudaStream_t stream, Float type, bool approximate, int64_t count, const void* dy,
               const void* x, void* dx);

}  // namespace lmos::cuda
