// The names that a pickle may mention.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "llmasos/types.h"

namespace lmos {

enum class KnownRole : uint8_t {
  kDict,              // () or ([]) -> an empty dictionary
  kSequence,          // (iterable) -> it, or () -> an empty list
  kOpaque,            // (…) -> something nobody asks for
  kStorageType,       // in the id of a storage; with its dtype, or none for raw bytes
  kDtype,             // a torch.dtype; none: one that LLMasOS has no type for
  kRebuildTensorV2,   // (storage, offset, size, stride, requires_grad, hooks[, metadata])
  kRebuildTensorV3,   // (storage, offset, size, stride, requires_grad, hooks, dtype[, metadata])
  kRebuildParameter,  // (tensor, requires_grad, hooks[, state]) -> tensor
};

struct KnownName {
  std::string_view module, name;
  KnownRole role;
  std::optional<lmos_dtype> dtype = {};
};

// Index in the table; nothing for other names.
std::optional<size_t> find_known_name(std::string_view module, std::string_view name);
const KnownName& known_name(size_t index);

// How torch names the type of storages of an element type: "FloatStorage"; empty where tensors of
// this type are stored as raw bytes. And the type itself: "float32".
std::string_view torch_storage_name(lmos_dtype dtype);
std::string_view torch_dtype_name(lmos_dtype dtype);

}  // namespace lmos
