#include "formats/safetensors_dtype.h"

#include <algorithm>
#include <iterator>

#include "errors/error.h"

namespace lmos {
namespace {

struct DtypeName {
  lmos_dtype dtype;
  std::string_view name;
  uint64_t bytes;
};

// In the reference implementation's order, which puts wide types later: laid out from the last to
// the first, every tensor is aligned to its element.
constexpr DtypeName kDtypes[] = {
    {LMOS_BOOL, "BOOL", 1},       {LMOS_U8, "U8", 1},           {LMOS_I8, "I8", 1},
    {LMOS_F8_E5M2, "F8_E5M2", 1}, {LMOS_F8_E4M3, "F8_E4M3", 1}, {LMOS_I16, "I16", 2},
    {LMOS_U16, "U16", 2},         {LMOS_F16, "F16", 2},         {LMOS_BF16, "BF16", 2},
    {LMOS_I32, "I32", 4},         {LMOS_U32, "U32", 4},         {LMOS_F32, "F32", 4},
    {LMOS_F64, "F64", 8},         {LMOS_I64, "I64", 8},         {LMOS_U64, "U64", 8},
};

const DtypeName& row_of(lmos_dtype dtype) {
  auto row = std::find_if(std::begin(kDtypes), std::end(kDtypes),
                          [&](const DtypeName& candidate) { return candidate.dtype == dtype; });
  if (row == std::end(kDtypes))
    throw Error(ErrorKind::kInternal, "dtype " + std::to_string(dtype) + " has no name in files");
  return *row;
}

}  // namespace

std::string_view safetensors_name(lmos_dtype dtype) { return row_of(dtype).name; }

std::optional<lmos_dtype> dtype_from_safetensors(std::string_view name) {
  for (const DtypeName& row : kDtypes) {
    if (row.name == name) return row.dtype;
  }
  return std::nullopt;
}

uint64_t dtype_bytes(lmos_dtype dtype) { return row_of(dtype).bytes; }

std::string all_safetensors_names() {
  std::string names;
  for (const DtypeName& row : kDtypes) {
    if (!names.empty()) names += ' ';
    names += row.name;
  }
  return names;
}

int safetensors_layout_rank(lmos_dtype dtype) { return static_cast<int>(&row_of(dtype) - kDtypes); }

}  // namespace lmos
