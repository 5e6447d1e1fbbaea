#include "formats/convert/conversion.h"

#include "errors/error.h"
#include "formats/convert/copy_tensors.h"
#include "formats/convert/gguf_model.h"
#include "formats/convert/model_folder.h"
#include "formats/convert/source.h"
#include "formats/convert/target_encoding.h"
#include "formats/path_exists.h"
#include "formats/pytorch/pytorch_writer.h"
#include "formats/quote.h"
#include "formats/safetensors_writer.h"

namespace lmos {
namespace {

namespace fs = std::filesystem;

enum class TargetKind { kFolder, kSafetensors, kGguf, kPytorch };

TargetKind target_kind(const fs::path& out) {
  const std::string extension = out.extension().string();
  if (extension == ".gguf") return TargetKind::kGguf;
  if (extension == ".safetensors") return TargetKind::kSafetensors;
  if (extension == ".pt" || extension == ".pth" || extension == ".bin") return TargetKind::kPytorch;
  if (extension.empty() || fs::is_directory(out)) return TargetKind::kFolder;
  throw Error(ErrorKind::kUsage,
              out.string() + ": the extension " + quote_text(extension) +
                  " names no format; use .gguf, .safetensors, .pt, .pth or .bin, or none for a "
                  "Hugging Face folder");
}

// Nothing that is no model may be lost.
void check_replaceable(const ConversionOptions& options) {
  if (!path_exists(options.out)) return;
  const std::string out = options.out.string();
  std::error_code ignored;
  if (fs::equivalent(options.in, options.out, ignored))
    throw Error(ErrorKind::kUsage, out + ": the source and the target are the same");
  if (fs::is_directory(options.out)) {
    if (fs::is_empty(options.out, ignored)) return;
    if (!path_exists(options.out / kConfigFile))
      throw Error(ErrorKind::kUsage,
                  out + ": this folder holds something other than a model; name a new one");
  }
  if (!options.overwrite) throw Error(ErrorKind::kUsage, out + " exists; --overwrite replaces it");
}

// Files of weights alone.
template <typename MakeWriter>
ConversionResult convert_weights(const ConversionSource& source, const ConversionOptions& options,
                                 const ConversionEvents& events, MakeWriter make_writer) {
  ConversionPlan plan;
  std::vector<TensorSpec> specs;
  for (const auto& [name, tensor] : source.weights.tensors()) {
    const TensorEncoding target = dense_target(tensor.encoding, options.encoding);
    plan.emplace(name, PlannedTensor{tensor, target});
    specs.push_back({name, target.dtype, tensor.shape});
  }
  check_plan(plan, options.in.string());
  auto writer = make_writer(std::move(specs));
  return copy_tensors(plan, writer, events);
}

}  // namespace

std::optional<TensorEncoding> encoding_of_option(std::string_view name) {
  if (name == "f32") return TensorEncoding{LMOS_F32, nullptr};
  if (name == "f16") return TensorEncoding{LMOS_F16, nullptr};
  if (name == "bf16") return TensorEncoding{LMOS_BF16, nullptr};
  if (name == "q8_0") return TensorEncoding{LMOS_F32, find_block_format("Q8_0")};
  return std::nullopt;
}

ConversionResult convert_model(const ConversionOptions& options, const ConversionEvents& events) {
  const TargetKind kind = target_kind(options.out);
  if (options.encoding && options.encoding->blocks && kind != TargetKind::kGguf)
    throw Error(ErrorKind::kUsage, options.out.string() + ": only GGUF holds " +
                                       std::string(options.encoding->blocks->name) +
                                       "; choose f32, f16 or bf16");
  check_replaceable(options);
  const ConversionSource source = open_source(options.in);
  switch (kind) {
    case TargetKind::kGguf:
      return convert_to_gguf(source, options, events);
    case TargetKind::kFolder:
      return convert_to_folder(source, options, events);
    case TargetKind::kSafetensors:
      return convert_weights(source, options, events, [&](std::vector<TensorSpec> specs) {
        // Transformers refuses safetensors files that do not name their framework.
        return SafetensorsWriter(options.out, std::move(specs), {{"format", "pt"}});
      });
    default:
      return convert_weights(source, options, events, [&](std::vector<TensorSpec> specs) {
        return PytorchWriter(options.out, std::move(specs));
      });
  }
}

}  // namespace lmos
