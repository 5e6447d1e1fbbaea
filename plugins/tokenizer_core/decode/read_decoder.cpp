#include "tokenizer_core/decode/read_decoder.h"

#include "tokenizer_core/decode/byte_stages.h"
#include "tokenizer_core/decode/editing_stages.h"
#include "tokenizer_core/decode/joining_stages.h"
#include "tokenizer_core/decode/sentencepiece_stage.h"
#include "tokenizer_core/decode/word_stages.h"
#include "tokenizer_core/text/growth.h"

namespace lmos::tokenizer {
namespace {

class Reader {
 public:
  void read(const JsonCursor& json) {
    const JsonCursor type_place = json.at("type");
    const std::string_view type = type_place.string();
    if (const std::optional<JsonCursor> exact = json.find("sentencepiece")) {
      add<SentencePieceStage>(std::make_shared<const SentencePieceDecoding>(*exact));
    } else if (type == "Sequence") {
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
      add<StripStage>(std::string(json.at("content").character()),
                      json.at("start").unsigned_integer(), json.at("stop").unsigned_integer());
    } else if (type == "Metaspace") {
      add<MetaspaceStage>(std::string(json.at("replacement").character()),
                          json.string_or("prepend_scheme", "always") != "never" &&
                              json.boolean_or("add_prefix_space", true));
    } else if (type == "BPEDecoder") {
      add<WordSuffixStage>(std::string(json.string_or("suffix", "</w>")));
    } else if (type == "WordPiece") {
      add<WordPieceStage>(std::string(json.string_or("prefix", "##")),
                          json.boolean_or("cleanup", true));
    } else if (type == "CTC") {
      CtcOptions options;
      options.pad_token = json.string_or("pad_token", "<pad>");
      options.word_delimiter_token = json.string_or("word_delimiter_token", "|");
      options.cleanup = json.boolean_or("cleanup", true);
      add<CtcStage>(options);
    } else {
      type_place.fail("decoder '" + std::string(type) +
                      "' is not supported; supported are Sequence, ByteLevel, ByteFallback, Fuse, "
                      "Replace, Strip, Metaspace, BPEDecoder, WordPiece and CTC");
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
