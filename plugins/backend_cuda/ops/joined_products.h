// Products of tens to hundreds of rows with what stands around them: a batch of sequences that
// decode. The products are cuBLASLt's; two of one shape that read one x run as one.
#pragma once

#include "operation.h"

namespace lmos::backend_cuda {

// Whether these kernels are meant for so many rows: more take so long that what stands around a
// product no longer counts, and fewer have kernels that do it all at once.
bool joins_products(int64_t rows);

Prepared prepare_joined_rms_norm_linear(const Node& node, const Device& device);
Prepared prepare_joined_rms_norm_swiglu(const Node& node, const Device& device);
Prepared prepare_joined_linear_add(const Node& node, const Device& device);

}  // namespace lmos::backend_cuda
