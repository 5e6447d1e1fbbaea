#include "pipeline/compute_type.h"

#include "errors/error.h"

namespace lmos {
namespace {

struct ComputeName {
  std::string_view name, alias;
  lmos_dtype dtype;
};

constexpr ComputeName kComputeNames[] = {
    {"float32", "f32", LMOS_F32},
    {"bfloat16", "bf16", LMOS_BF16},
    {"float16", "f16", LMOS_F16},
};

}  // namespace

lmos_dtype compute_type_from(std::string_view name) {
  for (const ComputeName& known : kComputeNames)
    if (name == known.name || name == known.alias) return known.dtype;
  throw Error(ErrorKind::kConfiguration, "there is no compute type '" + std::string(name) + "'");
}

std::vector<std::string> compute_type_names() {
  std::vector<std::string> names;
  for (const ComputeName& known : kComputeNames) names.emplace_back(known.name);
  return names;
}

std::map<std::string, std::string> compute_type_aliases() {
  std::map<std::string, std::string> aliases;
  for (const ComputeName& known : kComputeNames) aliases.emplace(known.alias, known.name);
  return aliases;
}

}  // namespace lmos
