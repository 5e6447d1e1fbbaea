#include "components/merge_adapter.h"

#include <cstring>
#include <vector>

#include "errors/error.h"
#include "formats/json_text.h"
#include "formats/path_exists.h"

namespace lmos::components {
namespace {

constexpr std::string_view kWeight = ".weight";

// A float32 matrix, row-major.
struct Matrix {
  int64_t rows = 0, columns = 0;
  std::vector<float> values;

  float* row(int64_t i) { return values.data() + i * columns; }
  const float* row(int64_t i) const { return values.data() + i * columns; }
};

Matrix read_matrix(const StoredTensors& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  if (found == tensors.end() || found->second.shape.size() != 2)
    throw Error(ErrorKind::kInput, "the matrix `" + name + "` is missing");
  Matrix matrix{found->second.shape[0], found->second.shape[1], {}};
  matrix.values.resize(static_cast<size_t>(matrix.rows * matrix.columns));
  auto* out = reinterpret_cast<std::byte*>(matrix.values.data());
  read_tensor(found->second, {LMOS_F32, nullptr}, name, [&](std::span<const std::byte> piece) {
    std::memcpy(out, piece.data(), piece.size());
    out += piece.size();
  });
  return matrix;
}

Matrix transposed(const Matrix& m) {
  Matrix result{m.columns, m.rows, std::vector<float>(m.values.size())};
  for (int64_t i = 0; i < m.rows; ++i)
    for (int64_t j = 0; j < m.columns; ++j) result.row(j)[i] = m.row(i)[j];
  return result;
}

// w += scale · left right
void add_product(Matrix& w, const Matrix& left, const Matrix& right, double scale,
                 const std::string& name) {
  if (left.rows != w.rows || right.columns != w.columns || left.columns != right.rows)
    throw Error(ErrorKind::kInput, "the adapter's matrices do not fit the weight `" + name + "`");
  for (int64_t i = 0; i < w.rows; ++i)
    for (int64_t k = 0; k < left.columns; ++k) {
      const auto factor = static_cast<float>(scale * left.row(i)[k]);
      const float* from = right.row(k);
      float* to = w.row(i);
      for (int64_t j = 0; j < w.columns; ++j) to[j] += factor * from[j];
    }
}

// What the merged weight is made of.
struct Merge {
  std::string module;
  passes::LoraModule lora;
  bool transposed;  // the weight is [in, out]
};

Matrix merged(const Weights& model, const std::string& name, const Merge& merge,
              const PeftAdapter& adapter) {
  const StoredTensors& tensors = adapter.weights().tensors();
  const Matrix a = read_matrix(tensors, passes::lora_parameter(merge.module, "lora_A"));
  const Matrix b = read_matrix(tensors, passes::lora_parameter(merge.module, "lora_B"));
  Matrix w = read_matrix(model.tensors(), name);
  if (merge.transposed)
    add_product(w, transposed(a), transposed(b), merge.lora.scale, name);
  else
    add_product(w, b, a, merge.lora.scale, name);
  return w;
}

std::map<std::string, Merge, std::less<>> merges(const graph::Graph& graph,
                                                 const PeftAdapter& adapter) {
  const auto layers = passes::linear_modules(graph);
  std::map<std::string, Merge, std::less<>> result;
  for (const auto& [module, lora] : adapter.modules())
    result[module + std::string(kWeight)] = {module, lora, layers.find(module)->second};
  return result;
}

// Blocks of quantised weights are written as float32.
lmos_dtype written_type(const StoredTensor& tensor) {
  return tensor.encoding.blocks ? lmos_dtype{LMOS_F32} : tensor.encoding.dtype;
}

}  // namespace

bool merge_adapter(const ModelFiles& model, const graph::Graph& graph, const PeftAdapter& adapter,
                   const std::string& tokenizer, const std::filesystem::path& output,
                   const std::function<bool(uint64_t, uint64_t)>& progress) {
  adapter.add_to(graph);  // refuses what does not fit
  const Weights weights = model.open_weights();
  const auto adapted = merges(graph, adapter);
  HuggingFaceFiles files;
  files.config = model.config();
  if (!model.generation_config_json().is_null())
    files.generation_config = model.generation_config_json();
  if (const auto path = adapter.folder() / kGenerationConfigFile; path_exists(path))
    files.generation_config = read_json_file(path);
  if (!tokenizer.empty()) files.tokenizer = tokenizer;
  // What the adapter was trained with.
  files.settings = tokenizer_settings(adapter.folder());
  files.settings.merge(tokenizer_settings(model));
  std::vector<TensorSpec> specs;
  uint64_t total = 0, done = 0;
  for (const auto& [name, tensor] : weights.tensors()) {
    specs.push_back({name, written_type(tensor), tensor.shape});
    total += tensor_bytes(specs.back());
  }
  HuggingFaceWriter writer(output, files, specs);
  for (const TensorSpec& spec : writer.tensors()) {
    const auto append = [&](std::span<const std::byte> piece) {
      writer.append(spec.name, piece);
      done += piece.size();
    };
    const TensorEncoding target{spec.dtype, nullptr};
    if (const auto merge = adapted.find(spec.name); merge != adapted.end()) {
      const Matrix sum = merged(weights, spec.name, merge->second, adapter);
      const StoredTensor view =
          stored({LMOS_F32, spec.shape, std::as_bytes(std::span(sum.values))});
      read_tensor(view, target, spec.name, append);
    } else {
      read_tensor(weights.tensors().find(spec.name)->second, target, spec.name, append);
    }
    if (!progress(done, total)) return false;
  }
  writer.commit();
  return true;
}

}  // namespace lmos::components
