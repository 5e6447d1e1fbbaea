// The types that matrix products and activations may have, as pipelines and command lines name
// them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "llmasos/types.h"

namespace lmos {

// "float32" or a short name of it. Error(kConfiguration) for another name.
lmos_dtype compute_type_from(std::string_view name);

std::vector<std::string> compute_type_names();
// Short names, each with the name that it stands for.
std::map<std::string, std::string> compute_type_aliases();

}  // namespace lmos
