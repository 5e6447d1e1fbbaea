// Element types as safetensors files name them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "llmasos/types.h"

namespace lmos {

// "F32", "BF16", …; `dtype` is one of the LMOS_ constants.
std::string_view safetensors_name(lmos_dtype dtype);
// Nothing for a name that LLMasOS has no type for.
std::optional<lmos_dtype> dtype_from_safetensors(std::string_view name);
// Bytes of one element.
uint64_t dtype_bytes(lmos_dtype dtype);
// Every name, separated by spaces, for messages.
std::string all_safetensors_names();
// Where the type stands in the order in which the reference implementation lays out tensors; larger
// comes first.
int safetensors_layout_rank(lmos_dtype dtype);

}  // namespace lmos
