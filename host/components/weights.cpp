#include "components/weights.h"

#include <cstring>
#include <vector>

#include "errors/error.h"
#include "formats/half.h"
#include "formats/tensor_check.h"

namespace lmos::components {
namespace {

// Of `bytes`, which may lie at any address.
template <class Element>
std::vector<Element> elements(std::span<const std::byte> bytes) {
  std::vector<Element> values(bytes.size() / sizeof(Element));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

std::vector<float> to_float(const TensorView& tensor, const std::string& name) {
  switch (tensor.dtype) {
    case LMOS_F32:
      return elements<float>(tensor.data);
    case LMOS_F64: {
      const auto wide = elements<double>(tensor.data);
      return std::vector<float>(wide.begin(), wide.end());
    }
    case LMOS_BF16:
    case LMOS_F16: {
      const auto half = elements<uint16_t>(tensor.data);
      std::vector<float> values(half.size());
      tensor.dtype == LMOS_BF16 ? f32_from_bf16(half, values) : f32_from_f16(half, values);
      return values;
    }
    default:
      throw Error(ErrorKind::kInput, "the tensor `" + name +
                                         "` is of a type that no weights are read from; "
                                         "convert it to float32, bfloat16 or float16");
  }
}

void add_converted(runtime::TensorStore& store, runtime::Stream& stream, const std::string& name,
                   const TensorView& tensor, const graph::TensorType& type) {
  const std::vector<float> values = to_float(tensor, name);
  store.allocate(name, type, runtime::MemoryCategory::kParameters);
  if (type.dtype == LMOS_F32) {
    store.upload(stream, name, std::as_bytes(std::span(values)));
    return;
  }
  std::vector<uint16_t> half(values.size());
  bf16_from_f32(values, half);
  store.upload(stream, name, std::as_bytes(std::span(half)));
}

}  // namespace

void load_weights(runtime::TensorStore& store, runtime::Stream& stream, const graph::Graph& graph,
                  const SafetensorsWeights& weights, lmos_dtype storage, const std::string& where,
                  bool share) {
  std::vector<ExpectedTensor> expected;
  for (const graph::Parameter& parameter : graph.parameters)
    expected.push_back({parameter.name, graph.type(parameter.value).dims});
  // Older files hold the frequencies of rotary embeddings, which follow from the configuration; and
  // a tied head may be there twice.
  check_tensors(expected, weights.tensors(), where, [](std::string_view name) {
    return name.ends_with("rotary_emb.inv_freq") || name == "lm_head.weight";
  });
  for (const graph::Parameter& parameter : graph.parameters) {
    const TensorView& tensor = weights.tensors().find(parameter.name)->second;
    const graph::TensorType type{storage, graph.type(parameter.value).dims};
    if (tensor.dtype != storage) {
      add_converted(store, stream, parameter.name, tensor, type);
    } else if (share) {
      store.add_constant(stream, parameter.name, type, tensor.data,
                         runtime::MemoryCategory::kParameters);
    } else {
      store.allocate(parameter.name, type, runtime::MemoryCategory::kParameters);
      store.upload(stream, parameter.name, tensor.data);
    }
  }
}

}  // namespace lmos::components
