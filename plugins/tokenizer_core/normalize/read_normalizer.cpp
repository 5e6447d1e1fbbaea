#include <functional>
#include <utility>
#include <vector>

#include "tokenizer_core/normalize/character_steps.h"
#include "tokenizer_core/normalize/normalizer.h"
#include "tokenizer_core/normalize/precompiled.h"
#include "tokenizer_core/normalize/sentencepiece_normalizer.h"
#include "tokenizer_core/text/growth.h"
#include "tokenizer_core/text/pattern.h"
#include "tokenizer_core/text/unicode.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {
namespace {

using Step = std::function<void(AlignedText& text)>;

class StepNormalizer : public Normalizer {
 public:
  explicit StepNormalizer(std::vector<Step> steps) : steps_(std::move(steps)) {}
  void apply(AlignedText& text) const override {
    for (const Step& step : steps_) step(text);
  }

 private:
  std::vector<Step> steps_;
};

void prepend(AlignedText& text, std::string_view prefix) {
  if (text.text().empty()) return;
  AlignedText::Rewriter rewriter(text);
  rewriter.prepend(prefix);
  rewriter.finish();
}

// `json`: a Sequence with the member `sentencepiece`; its Precompiled step, if it has one, is the
// first.
std::unique_ptr<Normalizer> read_sentencepiece(const JsonCursor& json) {
  std::unique_ptr<const Charsmap> charsmap;
  const JsonCursor steps = json.at("normalizers");
  if (steps.size() > 0 && steps[0].at("type").string() == "Precompiled")
    charsmap = std::make_unique<const Charsmap>(read_charsmap(steps[0]));
  return std::make_unique<SentencePieceNormalizer>(json.at("sentencepiece"), std::move(charsmap));
}

class Reader {
 public:
  void read(const JsonCursor& json) {
    const std::string_view type = json.at("type").string();
    if (type == "Sequence") {
      const JsonCursor parts = json.at("normalizers");
      for (size_t i = 0; i < parts.size(); ++i) read(parts[i]);
    } else if (type == "Precompiled") {
      auto charsmap = std::make_shared<const Charsmap>(read_charsmap(json));
      growth_.add(json, static_cast<double>(charsmap->growth()));
      add([charsmap](AlignedText& text) { normalize_precompiled(text, *charsmap); });
    } else if (type == "Prepend") {
      add([prefix = std::string(json.at("prepend").string())](AlignedText& text) {
        prepend(text, prefix);
      });
    } else if (type == "Replace") {
      Pattern pattern = Pattern::read(json.at("pattern"));
      std::string content(json.at("content").string());
      growth_.add(json, pattern, content);
      add([pattern = std::move(pattern), content = std::move(content)](AlignedText& text) {
        pattern.replace(text, content);
      });
    } else if (type == "Strip") {
      const bool left = json.boolean_or("strip_left", true);
      const bool right = json.boolean_or("strip_right", true);
      add([=](AlignedText& text) { strip(text, left, right); });
    } else if (type == "BertNormalizer") {
      bert(json);
    } else if (type == "Lowercase") {
      add(lowercase);
    } else if (type == "StripAccents") {
      add(strip_accents);
    } else if (type == "Nmt") {
      add(clean_like_nmt);
    } else if (type == "ByteLevel") {
      growth_.add(json, 2);
      add(to_byte_characters);
    } else if (type == "NFC") {
      normal_form(NormalForm::kNfc);
    } else if (type == "NFD") {
      normal_form(NormalForm::kNfd);
    } else if (type == "NFKC") {
      normal_form(NormalForm::kNfkc);
    } else if (type == "NFKD") {
      normal_form(NormalForm::kNfkd);
    } else {
      json.at("type").fail(
          "normalizer '" + std::string(type) +
          "' is not supported; supported are Sequence, Precompiled, Prepend, "
          "Replace, Strip, StripAccents, Lowercase, BertNormalizer, Nmt, ByteLevel, NFC, NFD, "
          "NFKC and NFKD");
    }
  }

  std::vector<Step> steps;

 private:
  void add(Step step) { steps.push_back(std::move(step)); }

  void normal_form(NormalForm form) {
    add([form](AlignedText& text) { to_normal_form(text, form); });
  }

  void bert(const JsonCursor& json) {
    BertNormalization options;
    options.clean_text = json.boolean_or("clean_text", true);
    options.handle_chinese_chars = json.boolean_or("handle_chinese_chars", true);
    options.lowercase = json.boolean_or("lowercase", true);
    options.strip_accents = json.boolean_or("strip_accents", options.lowercase);
    add([options](AlignedText& text) { normalize_like_bert(text, options); });
  }

  ReplacementGrowth growth_;
};

}  // namespace

std::unique_ptr<Normalizer> read_normalizer(const JsonCursor& json) {
  if (json.find("sentencepiece")) return read_sentencepiece(json);
  Reader reader;
  reader.read(json);
  return std::make_unique<StepNormalizer>(std::move(reader.steps));
}

}  // namespace lmos::tokenizer
