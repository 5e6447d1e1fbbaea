// The pickle of a dictionary of tensors, as torch.save would write it.
#pragma once

#include <span>
#include <string>

#include "formats/tensor_view.h"

namespace lmos {

// Protocol 2. Tensor i is contiguous and alone in the storage whose key is i.
std::string pickle_of_tensors(std::span<const TensorSpec> tensors);

}  // namespace lmos
