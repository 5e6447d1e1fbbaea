#include "formats/pytorch/known_names.h"

#include <algorithm>
#include <iterator>

namespace lmos {
namespace {

using enum KnownRole;

constexpr KnownName kNames[] = {
    {"collections", "OrderedDict", kDict},
    {"builtins", "dict", kDict},
    {"builtins", "list", kSequence},
    {"builtins", "set", kSequence},
    {"builtins", "frozenset", kSequence},
    {"__builtin__", "set", kSequence},
    {"__builtin__", "frozenset", kSequence},
    {"torch", "Size", kSequence},
    {"torch", "device", kOpaque},
    {"_codecs", "encode", kOpaque},  // how protocol 2 spells bytes
    {"torch._utils", "_rebuild_tensor_v2", kRebuildTensorV2},
    {"torch._utils", "_rebuild_tensor_v3", kRebuildTensorV3},
    {"torch._utils", "_rebuild_parameter", kRebuildParameter},
    {"torch._utils", "_rebuild_parameter_with_state", kRebuildParameter},
    {"torch", "DoubleStorage", kStorageType, LMOS_F64},
    {"torch", "FloatStorage", kStorageType, LMOS_F32},
    {"torch", "HalfStorage", kStorageType, LMOS_F16},
    {"torch", "BFloat16Storage", kStorageType, LMOS_BF16},
    {"torch", "LongStorage", kStorageType, LMOS_I64},
    {"torch", "IntStorage", kStorageType, LMOS_I32},
    {"torch", "ShortStorage", kStorageType, LMOS_I16},
    {"torch", "CharStorage", kStorageType, LMOS_I8},
    {"torch", "ByteStorage", kStorageType, LMOS_U8},
    {"torch", "BoolStorage", kStorageType, LMOS_BOOL},
    {"torch", "UntypedStorage", kStorageType},
    {"torch.storage", "UntypedStorage", kStorageType},
    {"torch", "float64", kDtype, LMOS_F64},
    {"torch", "float32", kDtype, LMOS_F32},
    {"torch", "float16", kDtype, LMOS_F16},
    {"torch", "bfloat16", kDtype, LMOS_BF16},
    {"torch", "float8_e4m3fn", kDtype, LMOS_F8_E4M3},
    {"torch", "float8_e5m2", kDtype, LMOS_F8_E5M2},
    {"torch", "int64", kDtype, LMOS_I64},
    {"torch", "int32", kDtype, LMOS_I32},
    {"torch", "int16", kDtype, LMOS_I16},
    {"torch", "int8", kDtype, LMOS_I8},
    {"torch", "uint8", kDtype, LMOS_U8},
    {"torch", "uint16", kDtype, LMOS_U16},
    {"torch", "uint32", kDtype, LMOS_U32},
    {"torch", "uint64", kDtype, LMOS_U64},
    {"torch", "bool", kDtype, LMOS_BOOL},
    {"torch", "complex64", kDtype},
    {"torch", "complex128", kDtype},
};

std::string_view name_of(KnownRole role, lmos_dtype dtype) {
  for (const KnownName& row : kNames)
    if (row.role == role && row.dtype == dtype) return row.name;
  return {};
}

}  // namespace

std::optional<size_t> find_known_name(std::string_view module, std::string_view name) {
  const auto row = std::ranges::find_if(
      kNames, [&](const KnownName& known) { return known.module == module && known.name == name; });
  if (row == std::end(kNames)) return std::nullopt;
  return static_cast<size_t>(row - std::begin(kNames));
}

const KnownName& known_name(size_t index) { return kNames[index]; }

std::string_view torch_storage_name(lmos_dtype dtype) { return name_of(kStorageType, dtype); }

std::string_view torch_dtype_name(lmos_dtype dtype) { return name_of(kDtype, dtype); }

}  // namespace lmos
