#include <algorithm>
#include <cstdio>

#include "formats/json_text.h"
#include "formats/model_info.h"
#include "formats/quote.h"
#include "formats/tensor_view.h"
#include "programs/commands/command.h"
#include "programs/progress.h"
#include "programs/sizes.h"

namespace lmos {
namespace {

void print_fact(const char* name, const std::string& value) {
  std::printf("%-14s %s\n", name, value.c_str());
}

void print_size(const char* name, const std::optional<int64_t>& size) {
  if (size) print_fact(name, format_count(*size));
}

// Text from a file, without its quotes; a terminal's control characters are escaped.
std::string shown(const std::string& text) {
  const std::string quoted = quote_text(text);
  return quoted.substr(1, quoted.size() - 2);
}

std::string encodings(const ModelInfo& info) {
  std::string text;
  for (const auto& [encoding, parameters] : info.parameters_by_encoding)
    text += (text.empty() ? "" : ", ") + encoding + " " + format_magnitude(parameters);
  return text;
}

void print_table(const ModelInfo& info) {
  print_fact("path", info.path);
  print_fact("format", info.format);
  if (info.architecture) print_fact("architecture", shown(*info.architecture));
  print_fact("parameters",
             format_magnitude(info.parameters) + " (" + format_count(info.parameters) + ")");
  print_fact("types", encodings(info));
  print_fact("bytes", format_bytes(info.bytes));
  print_size("context", info.context);
  print_size("vocabulary", info.vocabulary);
  if (info.tokenizer) print_fact("tokenizer", shown(*info.tokenizer));
  print_size("layers", info.layers);
  print_size("embed", info.embed);
  print_size("heads", info.heads);
  print_size("kv heads", info.kv_heads);
  print_size("mlp", info.mlp);
  print_fact("tensors", format_count(static_cast<int64_t>(info.tensors.size())));
}

void print_tensors(const ModelInfo& info) {
  size_t widest = 0;
  for (const TensorFacts& tensor : info.tensors)
    widest = std::max(widest, shown(tensor.name).size());
  for (const TensorFacts& tensor : info.tensors)
    std::printf("%-*s  %-7s  %10s  %s\n", static_cast<int>(widest), shown(tensor.name).c_str(),
                tensor.encoding.c_str(), format_bytes(tensor.bytes).c_str(),
                shape_text(tensor.shape).c_str());
}

int info(const Arguments& arguments, Session&) {
  const ModelInfo info = model_info(arguments.text("PATH").value());
  const bool tensors = arguments.flag("tensors");
  if (arguments.flag("json")) {
    std::fputs(indented_json(as_json(info, tensors)).c_str(), stdout);
    return 0;
  }
  print_table(info);
  if (tensors) {
    std::puts("");
    print_tensors(info);
  }
  return 0;
}

}  // namespace

Command info_command() {
  return {
      {.name = "info",
       .summary = "Show what a model file or folder holds.",
       .detail = "Hugging Face folders, GGUF, safetensors and PyTorch files. Reads headers only, "
                 "however large the model.",
       .positionals = {{.name = "PATH", .doc = "A model file or folder."}},
       .options = {{.name = "tensors", .value = {}, .doc = "List every tensor."}, json_option()}},
      info};
}

}  // namespace lmos
