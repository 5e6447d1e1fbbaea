#include "formats/gguf_tokenizer_config.h"

#include <utility>
#include <vector>

#include "formats/utf8.h"

namespace lmos {

Json tokenizer_config_from_gguf(const GgufMetadata& metadata) {
  Json config = Json::Object{{"tokenizer_class", "PreTrainedTokenizerFast"},
                             {"clean_up_tokenization_spaces", false}};
  const GgufValue* tokens = metadata.find("tokenizer.ggml.tokens");
  const std::vector<std::string_view> texts =
      tokens != nullptr ? tokens->as_strings(metadata.place("tokenizer.ggml.tokens"))
                        : std::vector<std::string_view>();
  for (const auto& [key, name] :
       {std::pair("bos", "bos_token"), std::pair("eos", "eos_token"),
        std::pair("unknown", "unk_token"), std::pair("padding", "pad_token"),
        std::pair("cls", "cls_token"), std::pair("mask", "mask_token")}) {
    const std::string full = "tokenizer.ggml." + std::string(key) + "_token_id";
    const GgufValue* id = metadata.find(full);
    if (!id) continue;
    const int64_t index = id->as_int64(metadata.place(full));
    if (index >= 0 && static_cast<uint64_t>(index) < texts.size())
      config.set(name, texts[static_cast<size_t>(index)]);
  }
  constexpr std::string_view kTemplate = "tokenizer.chat_template";
  if (const GgufValue* chat = metadata.find(kTemplate)) {
    const std::string_view text = chat->as_string(metadata.place(kTemplate));
    if (is_utf8(text)) config.set("chat_template", text);
  }
  return config;
}

}  // namespace lmos
