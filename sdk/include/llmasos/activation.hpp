// The names of activations, in pipelines and in Hugging Face configurations.
#pragma once

#include <string>
#include <string_view>

#include "llmasos/config.hpp"
#include "llmasos/nn.hpp"

namespace lmos::sdk::nn {

// In the `model` section of a pipeline.
inline constexpr lmos_string kActivations[] = {borrow("gelu"),       borrow("gelu_tanh"),
                                               borrow("quick_gelu"), borrow("relu"),
                                               borrow("silu"),       borrow("tanh")};
inline constexpr const char* kActivationMeaning =
    "The MLP's activation. `gelu` is the exact form, `gelu_tanh` the one with tanh, `quick_gelu` "
    "x · sigmoid(1.702 x), `silu` x · sigmoid(x).";

struct NamedActivation {
  Activation function = Activation::kGelu;
  std::string_view name = "gelu";  // in a config.json; static
};

// transformers has several names for some functions. They are kept, so that a configuration is
// written as it was read.
inline constexpr NamedActivation kHuggingFaceActivations[] = {
    {Activation::kGelu, "gelu"},
    {Activation::kGelu, "gelu_python"},
    {Activation::kGeluTanh, "gelu_new"},
    {Activation::kGeluTanh, "gelu_pytorch_tanh"},
    {Activation::kGeluTanh, "gelu_fast"},
    {Activation::kGeluTanh, "gelu_accurate"},
    {Activation::kGeluTanh, "gelu_python_tanh"},
    {Activation::kQuickGelu, "quick_gelu"},
    {Activation::kRelu, "relu"},
    {Activation::kSilu, "silu"},
    {Activation::kSilu, "swish"},
    {Activation::kTanh, "tanh"},
};

// From the member `key` of a section or of a config.json.
inline NamedActivation read_activation(const Config& config, std::string_view key,
                                       std::string_view otherwise) {
  const std::string given = config.string_or(key, otherwise);
  const std::string_view name = given == "gelu_tanh" ? "gelu_new" : std::string_view(given);
  std::string known;
  for (const NamedActivation& activation : kHuggingFaceActivations) {
    if (activation.name == name) return activation;
    known += (known.empty() ? "" : ", ") + std::string(activation.name);
  }
  config.fail("`" + std::string(key) + "` is `" + given + "`; supported are " + known);
}

}  // namespace lmos::sdk::nn
