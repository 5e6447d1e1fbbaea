#include <string>

#include "errors/error.h"
#include "graph/graph.h"

namespace lmos::graph {
namespace {

enum class Class { kFloat, kInteger };

struct Dtype {
  std::string_view name;
  uint64_t bytes;
  Class kind;
};

// Indexed by lmos_dtype.
constexpr Dtype kDtypes[] = {
    {"unknown", 0, Class::kInteger}, {"f64", 8, Class::kFloat},    {"f32", 4, Class::kFloat},
    {"bf16", 2, Class::kFloat},      {"f16", 2, Class::kFloat},    {"i64", 8, Class::kInteger},
    {"i32", 4, Class::kInteger},     {"i16", 2, Class::kInteger},  {"i8", 1, Class::kInteger},
    {"u8", 1, Class::kInteger},      {"bool", 1, Class::kInteger}, {"f8_e4m3", 1, Class::kFloat},
    {"f8_e5m2", 1, Class::kFloat},   {"u16", 2, Class::kInteger},  {"u32", 4, Class::kInteger},
    {"u64", 8, Class::kInteger},
};
static_assert(std::size(kDtypes) == LMOS_U64 + 1);

const Dtype& find(lmos_dtype dtype) {
  return dtype >= LMOS_F64 && dtype <= LMOS_U64 ? kDtypes[dtype] : kDtypes[0];
}

}  // namespace

std::string_view dtype_name(lmos_dtype dtype) { return find(dtype).name; }

uint64_t dtype_bytes(lmos_dtype dtype) {
  const Dtype& found = find(dtype);
  if (found.bytes == 0) {
    throw Error(ErrorKind::kInternal, "there is no dtype " + std::to_string(dtype));
  }
  return found.bytes;
}

bool is_float(lmos_dtype dtype) { return find(dtype).kind == Class::kFloat; }

bool is_integer(lmos_dtype dtype) { return find(dtype).bytes != 0 && !is_float(dtype); }

}  // namespace lmos::graph
