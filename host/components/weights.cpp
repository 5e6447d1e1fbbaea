#include "components/weights.h"

#include <set>
#include <vector>

#include "formats/tensor_check.h"

namespace lmos::components {
namespace {

void add_converted(runtime::TensorStore& store, runtime::Stream& stream, const std::string& name,
                   const StoredTensor& tensor, const graph::TensorType& type) {
  const TensorEncoding target{type.dtype, nullptr};
  std::vector<std::byte> values;
  values.reserve(encoded_bytes(target, tensor.shape).value_or(0));
  read_tensor(tensor, target, name, [&](std::span<const std::byte> piece) {
    values.insert(values.end(), piece.begin(), piece.end());
  });
  store.allocate(name, type, runtime::MemoryCategory::kParameters);
  store.upload(stream, name, values);
}

}  // namespace

void load_weights(runtime::TensorStore& store, runtime::Stream& stream, const graph::Graph& graph,
                  const Weights& weights, lmos_dtype storage, const std::string& where,
                  bool share) {
  std::vector<ExpectedTensor> expected;
  for (const graph::Parameter& parameter : graph.parameters)
    expected.push_back({parameter.name, graph.type(parameter.value).dims});
  const StoredTensors& tensors = weights.tensors();
  std::set<const std::byte*> used;
  for (const ExpectedTensor& tensor : expected)
    if (const auto place = tensors.find(tensor.name); place != tensors.end())
      used.insert(place->second.data.data());
  // Older files hold the frequencies of rotary embeddings, which follow from the configuration; and
  // a tied tensor may be there under several names, in PyTorch's files as the same data.
  check_tensors(expected, shapes_of(tensors), where, [&](std::string_view name) {
    return name.ends_with("rotary_emb.inv_freq") || name == "lm_head.weight" ||
           used.contains(tensors.find(name)->second.data.data());
  });
  for (const graph::Parameter& parameter : graph.parameters) {
    const StoredTensor& tensor = tensors.find(parameter.name)->second;
    const graph::TensorType type{storage, graph.type(parameter.value).dims};
    if (!tensor.lies_as(storage)) {
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
