#include <functional>
#include <utility>
#include <vector>

#include "tokenizer_bpe/normalize/normalizer.h"
#include "tokenizer_bpe/text/growth.h"
#include "tokenizer_bpe/text/pattern.h"
#include "tokenizer_bpe/text/unicode.h"
#include "tokenizer_bpe/text/utf8.h"

namespace lmos::bpe {
namespace {

using Step = std::function<void(std::string& text)>;

class StepNormalizer : public Normalizer {
 public:
  explicit StepNormalizer(std::vector<Step> steps) : steps_(std::move(steps)) {}
  void apply(std::string& text) const override {
    for (const Step& step : steps_) step(text);
  }

 private:
  std::vector<Step> steps_;
};

void strip(std::string& text, bool left, bool right) {
  size_t begin = 0, end = text.size();
  for (size_t next = 0; left && next < end; begin = next) {
    if (!is_white_space(next_character(text, next))) break;
  }
  while (right && end > begin) {
    const char32_t last = last_character(std::string_view(text).substr(begin, end - begin));
    if (!is_white_space(last)) break;
    std::string bytes;
    append_character(bytes, last);
    end -= bytes.size();
  }
  text = text.substr(begin, end - begin);
}

class Reader {
 public:
  void read(const JsonCursor& json) {
    const std::string_view type = json.at("type").string();
    if (type == "Sequence") {
      const JsonCursor parts = json.at("normalizers");
      for (size_t i = 0; i < parts.size(); ++i) read(parts[i]);
    } else if (type == "Prepend") {
      steps.push_back([prefix = std::string(json.at("prepend").string())](std::string& text) {
        if (!text.empty()) text.insert(0, prefix);
      });
    } else if (type == "Replace") {
      Pattern pattern = Pattern::read(json.at("pattern"));
      std::string content(json.at("content").string());
      growth_.add(json, pattern, content);
      steps.push_back([pattern = std::move(pattern), content = std::move(content)](
                          std::string& text) { text = pattern.replace(text, content); });
    } else if (type == "Strip") {
      const bool left = json.boolean_or("strip_left", true);
      const bool right = json.boolean_or("strip_right", true);
      steps.push_back([=](std::string& text) { strip(text, left, right); });
    } else if (type == "Lowercase") {
      steps.emplace_back(to_lowercase);
    } else if (type == "NFC") {
      normal_form(NormalForm::kNfc);
    } else if (type == "NFD") {
      normal_form(NormalForm::kNfd);
    } else if (type == "NFKC") {
      normal_form(NormalForm::kNfkc);
    } else if (type == "NFKD") {
      normal_form(NormalForm::kNfkd);
    } else {
      json.at("type").fail("normalizer '" + std::string(type) +
                           "' is not supported; supported are Sequence, Prepend, Replace, Strip, "
                           "Lowercase, NFC, NFD, NFKC and NFKD");
    }
  }

  std::vector<Step> steps;

 private:
  void normal_form(NormalForm form) {
    steps.push_back([form](std::string& text) { to_normal_form(text, form); });
  }

  ReplacementGrowth growth_;
};

}  // namespace

std::unique_ptr<Normalizer> read_normalizer(const JsonCursor& json) {
  Reader reader;
  reader.read(json);
  return std::make_unique<StepNormalizer>(std::move(reader.steps));
}

}  // namespace lmos::bpe
