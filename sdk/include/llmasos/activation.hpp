// The activation of an MLP, as Hugging Face configurations and pipelines name it.
#pragma once

#include <string>
#include <string_view>

#include "llmasos/config.hpp"
#include "llmasos/nn.hpp"

namespace lmos::sdk::nn {

// In the `model` section of a pipeline.
inline constexpr lmos_string kActivations[] = {borrow("gelu"), borrow("gelu_tanh")};

// From the member `key` of a section or of a config.json. transformers has several names for the
// form with tanh.
inline Activation read_activation(const Config& config, std::string_view key,
                                  std::string_view otherwise) {
  const std::string name = config.string_or(key, otherwise);
  if (name == "gelu") return Activation::kGelu;
  for (const char* tanh : {"gelu_tanh", "gelu_new", "gelu_pytorch_tanh", "gelu_fast"})
    if (name == tanh) return Activation::kGeluTanh;
  config.fail("`" + std::string(key) + "` is `" + name +
              "`; gelu and, for its form with tanh, gelu_new are supported");
}

// The name in a config.json.
inline const char* hugging_face_name(Activation activation) {
  return activation == Activation::kGelu ? "gelu" : "gelu_new";
}

}  // namespace lmos::sdk::nn
