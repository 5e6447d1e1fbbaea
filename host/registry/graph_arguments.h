// What crosses lmos.host.graph/1, as the host's own types. All throw Error(kInternal) for malformed
// arguments.
#pragma once

#include <string_view>

#include "graph/graph.h"
#include "llmasos/graph.h"

namespace lmos::registry {

std::string_view graph_text(lmos_string text);
graph::TensorType tensor_type(const lmos_tensor_info& info);
// `info.struct_size` is the caller's.
void write_tensor_info(const graph::TensorType& type, lmos_tensor_info& info);
// Without the type.
graph::Parameter parameter_description(const lmos_parameter& parameter);
graph::Attributes graph_attributes(const lmos_attribute* attributes, uint64_t count);

}  // namespace lmos::registry
