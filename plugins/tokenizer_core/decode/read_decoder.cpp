#include "tokenizer_core/decode/read_decoder.h"

#include "tokenizer_core/decode/byte_stages.h"
#include "tokenizer_core/decode/editing_stages.h"
#include "tokenizer_core/decode/joining_stages.h"
#include "tokenizer_core/text/growth.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

std::string read_character(const JsonCursor& json) {
  const std::string_view text = json.string();
  if (text.empty() || character_bytes(text[0]) != text.size()) json.fail("expected one character");
  return std::string(text);
}

class Reader {
 public:
  void read(const JsonCursor& json) {
    const JsonCursor type_place = json.at("type");
    const std::string_view type = type_place.string();
    if (type == "Sequence") {
      const JsonCursor parts = json.at("decoders");
      for (size_t i = 0; i < parts.size(); ++i) read(parts[i]);
    } else if (type == "ByteLevel") {
      add<ByteLevelStage>();
    } else if (type == "ByteFallback") {
      add<ByteFallbackStage>();
    } else if (type == "Fuse") {
      add<FuseStage>();
    } else if (type == "Replace") {
      const Pattern pattern = Pattern::read(json.at("pattern"));
      const std::string content(json.at("content").string());
      growth_.add(json, pattern, content);
      add<ReplaceStage>(pattern, content);
    } else if (type == "Strip") {
      add<StripStage>(read_character(json.at("content")), json.at("start").unsigned_integer(),
                      json.at("stop").unsigned_integer());
    } else if (type == "Metaspace") {
      add<MetaspaceStage>(read_character(json.at("replacement")),
                          json.string_or("prepend_scheme", "always") != "never" &&
                              json.boolean_or("add_prefix_space", true));
    } else if (type == "BPEDecoder") {
      add<WordSuffixStage>(std::string(json.at("suffix").string()));
    } else {
      type_place.fail("decoder '" + std::string(type) +
                      "' is not supported; supported are Sequence, ByteLevel, ByteFallback, Fuse, "
                      "Replace, Strip, Metaspace and BPEDecoder");
    }
  }

  std::vector<DecodeStageFactory> stages;

 private:
  template <typename Stage, typename... Arguments>
  void add(Arguments... arguments) {
    stages.push_back(
        [=](DecodeStage& next) { return std::make_unique<Stage>(arguments..., next); });
  }

  ReplacementGrowth growth_;
};

}  // namespace

std::vector<DecodeStageFactory> read_decoder(const std::optional<JsonCursor>& json) {
  Reader reader;
  if (json) {
    reader.read(*json);
  } else {
    reader.stages.push_back(
        [](DecodeStage& next) { return std::make_unique<SpaceBetweenStage>(next); });
  }
  return std::move(reader.stages);
}

}  // namespace lmos::tokenizer
