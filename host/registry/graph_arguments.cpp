#include "registry/graph_arguments.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "errors/error.h"
#include "llmasos/v1_sizes.h"

namespace lmos::registry {

namespace {

// Larger constants belong into parameters.
constexpr uint64_t kMostElements = 1 << 24;
constexpr uint64_t kLongestText = 4096;  // bytes
constexpr uint64_t kMostAttributes = 64;

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorKind::kInternal, what); }

void check_size(const char* type, uint32_t given, uint32_t v1_size) {
  if (given < v1_size)
    refuse(std::string(type) + " has struct_size " + std::to_string(given) + "; version 1 has " +
           std::to_string(v1_size));
}

template <class Element>
std::vector<Element> elements(const std::string& name, const Element* data, uint64_t count) {
  if (count > kMostElements)
    refuse("attribute " + name + " has " + std::to_string(count) + " elements; the most is " +
           std::to_string(kMostElements));
  if (count != 0 && data == nullptr) refuse("attribute " + name + " has a count but no elements");
  return count == 0 ? std::vector<Element>() : std::vector<Element>(data, data + count);
}

graph::Attribute attribute_value(const std::string& name, const lmos_attribute& attribute) {
  switch (attribute.kind) {
    case LMOS_ATTRIBUTE_INT:
      return attribute.int_value;
    case LMOS_ATTRIBUTE_FLOAT:
      return attribute.float_value;
    case LMOS_ATTRIBUTE_INTS:
      return elements(name, attribute.ints, attribute.count);
    case LMOS_ATTRIBUTE_FLOATS:
      return elements(name, attribute.floats, attribute.count);
    default:
      refuse("attribute " + name + " has the unknown kind " + std::to_string(attribute.kind));
  }
}

}  // namespace

std::string_view graph_text(lmos_string text) {
  if (text.size > kLongestText || (text.size != 0 && text.data == nullptr))
    refuse("a name has " + std::to_string(text.size) + " bytes or no text");
  return text.size == 0 ? std::string_view() : std::string_view(text.data, text.size);
}

graph::TensorType tensor_type(const lmos_tensor_info& info) {
  check_size("lmos_tensor_info", info.struct_size, LMOS_TENSOR_INFO_V1_SIZE);
  if (info.rank > LMOS_MAX_RANK)
    refuse("a tensor has rank " + std::to_string(info.rank) + "; the greatest is " +
           std::to_string(LMOS_MAX_RANK));
  return {info.dtype, {info.dims, info.dims + info.rank}};
}

void write_tensor_info(const graph::TensorType& type, lmos_tensor_info& info) {
  check_size("lmos_tensor_info", info.struct_size, LMOS_TENSOR_INFO_V1_SIZE);
  info.dtype = type.dtype;
  info.rank = static_cast<uint32_t>(type.rank());
  info.reserved = 0;
  std::memset(info.dims, 0, sizeof info.dims);
  std::copy(type.dims.begin(), type.dims.end(), info.dims);
}

graph::Parameter parameter_description(const lmos_parameter& parameter) {
  check_size("lmos_parameter", parameter.struct_size, LMOS_PARAMETER_V1_SIZE);
  graph::Parameter description;
  description.name = graph_text(parameter.name);
  if (parameter.init < LMOS_INIT_ZEROS || parameter.init > LMOS_INIT_NORMAL)
    refuse("parameter " + description.name + " has the unknown init " +
           std::to_string(parameter.init));
  if (parameter.axes == nullptr && parameter.info.rank != 0)
    refuse("parameter " + description.name + " does not name its axes");
  for (uint32_t i = 0; i < parameter.info.rank && i < LMOS_MAX_RANK; ++i)
    description.axes.emplace_back(graph_text(parameter.axes[i]));
  description.init = static_cast<graph::Init>(parameter.init);
  description.init_scale = parameter.init_scale;
  description.decay = parameter.decay != 0;
  return description;
}

graph::Attributes graph_attributes(const lmos_attribute* attributes, uint64_t count) {
  graph::Attributes result;
  if (count == 0) return result;
  if (attributes == nullptr || count > kMostAttributes)
    refuse("a node has " + std::to_string(count) + " attributes or none are given");
  const uint32_t stride = attributes->struct_size;
  check_size("lmos_attribute", stride, LMOS_ATTRIBUTE_V1_SIZE);
  const char* bytes = reinterpret_cast<const char*>(attributes);
  for (uint64_t i = 0; i < count; ++i) {
    lmos_attribute attribute = {};
    std::memcpy(&attribute, bytes + i * stride, LMOS_ATTRIBUTE_V1_SIZE);
    const std::string name(graph_text(attribute.name));
    if (result.has(name)) refuse("attribute " + name + " is given twice");
    result.set(name, attribute_value(name, attribute));
  }
  return result;
}

}  // namespace lmos::registry
