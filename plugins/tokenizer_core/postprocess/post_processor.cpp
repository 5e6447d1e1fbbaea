#include "tokenizer_core/postprocess/post_processor.h"

#include <algorithm>
#include <utility>

#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {

class PostProcessor::Reader {
 public:
  explicit Reader(const TokenText& token_text) : token_text_(token_text) {}

  void read(const JsonCursor& json) {
    const JsonCursor type_place = json.at("type");
    const std::string_view type = type_place.string();
    if (type == "Sequence") {
      const JsonCursor parts = json.at("processors");
      for (size_t i = 0; i < parts.size(); ++i) read(parts[i]);
    } else if (type == "TemplateProcessing") {
      Step step;
      step.single = read_template(json, json.at("single"), 1);
      const std::optional<JsonCursor> pair = json.find("pair");
      step.pair = pair ? read_template(json, *pair, 2) : Template{{0, {}, 0}, {1, {}, 1}};
      steps.push_back(std::move(step));
    } else if (type == "BertProcessing") {
      const Ids cls = read_named_id(json.at("cls")), sep = read_named_id(json.at("sep"));
      Step step;
      step.single = {{-1, cls, 0}, {0, {}, 0}, {-1, sep, 0}};
      step.pair = {{-1, cls, 0}, {0, {}, 0}, {-1, sep, 0}, {1, {}, 1}, {-1, sep, 1}};
      steps.push_back(std::move(step));
    } else if (type == "RobertaProcessing") {
      const Ids cls = read_named_id(json.at("cls")), sep = read_named_id(json.at("sep"));
      Ids between = sep;
      between.insert(between.end(), sep.begin(), sep.end());
      Step step = read_trimming(json);
      step.single = {{-1, cls, 0}, {0, {}, 0}, {-1, sep, 0}};
      step.pair = {{-1, cls, 0}, {0, {}, 0}, {-1, between, 0}, {1, {}, 0}, {-1, sep, 0}};
      steps.push_back(std::move(step));
    } else if (type == "ByteLevel") {
      steps.push_back(read_trimming(json));
    } else {
      type_place.fail("post-processor '" + std::string(type) +
                      "' is not supported; supported are Sequence, TemplateProcessing, "
                      "BertProcessing, RobertaProcessing and ByteLevel");
    }
  }

  std::vector<Step> steps;

 private:
  using Ids = std::vector<TokenId>;

  static Step read_trimming(const JsonCursor& json) {
    Step step;
    step.trims = json.boolean_or("trim_offsets", true);
    step.keeps_prefix = json.boolean_or("add_prefix_space", true);
    return step;
  }

  TokenId read_id(const JsonCursor& json) const {
    const uint64_t id = json.unsigned_integer();
    if (id >= kNoToken || token_text_(static_cast<TokenId>(id)).empty())
      json.fail("id " + std::to_string(id) + " is not in the vocabulary");
    return static_cast<TokenId>(id);
  }

  // ["[CLS]", 101]
  Ids read_named_id(const JsonCursor& json) const { return {read_id(json[1])}; }

  static int32_t read_type(const JsonCursor& json) {
    const std::optional<JsonCursor> type = json.find("type_id");
    if (!type) return 0;
    if (type->unsigned_integer() > INT32_MAX) type->fail("the token type is too large");
    return static_cast<int32_t>(type->unsigned_integer());
  }

  Template read_template(const JsonCursor& json, const JsonCursor& pieces, int texts) const {
    Template parts;
    std::vector<bool> seen(static_cast<size_t>(texts));
    for (size_t i = 0; i < pieces.size(); ++i) {
      const JsonCursor piece = pieces[i];
      Part part;
      if (const std::optional<JsonCursor> special = piece.find("SpecialToken")) {
        const JsonCursor name = special->at("id");
        const JsonCursor ids = json.at("special_tokens").at(name.string()).at("ids");
        for (size_t j = 0; j < ids.size(); ++j) part.ids.push_back(read_id(ids[j]));
        part.type_id = read_type(*special);
      } else {
        const JsonCursor sequence = piece.at("Sequence");
        const std::string_view id = sequence.at("id").string();
        part.text = id == "A" ? 0 : id == "B" ? 1 : texts;
        if (part.text >= texts || seen[static_cast<size_t>(part.text)])
          piece.fail(texts == 1 ? "a template for one text holds sequence 'A' once and no other"
                                : "a template for two texts holds sequences 'A' and 'B' once each");
        seen[static_cast<size_t>(part.text)] = true;
        part.type_id = read_type(sequence);
      }
      parts.push_back(std::move(part));
    }
    if (std::find(seen.begin(), seen.end(), false) != seen.end())
      pieces.fail("the template lacks a sequence");
    return parts;
  }

  const TokenText& token_text_;
};

PostProcessor::PostProcessor(const std::optional<JsonCursor>& json, const TokenText& token_text,
                             std::function<bool(TokenId)> takes_space)
    : token_text_(token_text), takes_space_(std::move(takes_space)) {
  Reader reader(token_text);
  if (json) reader.read(*json);
  steps_ = std::move(reader.steps);
}

size_t PostProcessor::special_tokens(size_t texts) const {
  size_t count = 0;
  for (const Step& step : steps_) {
    for (const Part& part : texts > 1 ? step.pair : step.single) count += part.ids.size();
  }
  return count;
}

namespace {

bool shows_as_space(char32_t character) {
  constexpr char32_t kSpaceOfTheByteAlphabet = 0x120;
  return character == kSpaceOfTheByteAlphabet || is_white_space(character);
}

size_t leading_spaces(std::string_view token) {
  size_t count = 0;
  for (size_t position = 0; position < token.size(); ++count) {
    if (!shows_as_space(next_character(token, position))) break;
  }
  return count;
}

size_t trailing_spaces(std::string_view token) {
  size_t count = 0;
  for (; !token.empty() && shows_as_space(last_character(token)); ++count)
    token.remove_suffix(encoded_bytes(last_character(token)));
  return count;
}

uint32_t after_characters(std::string_view text, ByteRange range, size_t count) {
  size_t begin = range.begin;
  for (; count > 0 && begin < range.end; --count) begin += character_bytes(text[begin]);
  return static_cast<uint32_t>(std::min<size_t>(begin, range.end));
}

// Stays at the range's end where the text before it has not as many characters.
uint32_t before_characters(std::string_view text, ByteRange range, size_t count) {
  size_t end = range.end;
  for (; count > 0 && end > 0; --count) end -= encoded_bytes(last_character(text.substr(0, end)));
  return count > 0 ? range.end : static_cast<uint32_t>(std::max<size_t>(end, range.begin));
}

// The tokens of one part in the windows that it is made of.
Windows special_tokens_alone(const std::vector<TokenId>& ids, int32_t type_id) {
  Encoding tokens;
  tokens.ids = ids;
  tokens.type_ids.assign(ids.size(), type_id);
  tokens.texts.assign(ids.size(), -1);
  tokens.words.assign(ids.size(), -1);
  tokens.special.assign(ids.size(), 1);
  tokens.offsets.resize(ids.size());
  return {std::move(tokens)};
}

// The first windows together first; then those of `left` with all of `right`.
Windows joined(const Windows& left, const Windows& right) {
  if (left.empty()) return right;
  Windows result;
  const auto join = [&](const Encoding& a, const Encoding& b) {
    result.push_back(a);
    result.back().append(b);
  };
  join(left[0], right[0]);
  for (size_t i = 1; i < left.size(); ++i) {
    for (const Encoding& window : right) join(left[i], window);
  }
  for (size_t i = 1; i < right.size(); ++i) join(left[0], right[i]);
  return result;
}

}  // namespace

void PostProcessor::trim(Encoding& encoding, bool keeps_prefix,
                         const std::vector<std::string_view>& originals) const {
  for (size_t i = 0; i < encoding.size(); ++i) {
    if (encoding.texts[i] < 0) continue;
    const std::string_view original = originals[static_cast<size_t>(encoding.texts[i])];
    ByteRange& range = encoding.offsets[i];
    const std::string_view token = takes_space_(encoding.ids[i])
                                       ? original.substr(range.begin, range.end - range.begin)
                                       : token_text_(encoding.ids[i]);
    const size_t leading = leading_spaces(token), trailing = trailing_spaces(token);
    if (!(keeps_prefix && (i == 0 || range.begin == 0)))
      range.begin = after_characters(original, range, leading);
    range.end = before_characters(original, range, trailing);
  }
}

Windows PostProcessor::process(std::vector<Windows> texts, bool add_special,
                               const std::vector<std::string_view>& originals) const {
  for (const Step& step : steps_) {
    for (Windows& windows : texts) {
      for (Encoding& encoding : windows) {
        if (step.trims) trim(encoding, step.keeps_prefix, originals);
      }
    }
    const Template& parts = texts.size() > 1 ? step.pair : step.single;
    if (parts.empty()) continue;
    Windows together;
    for (const Part& part : parts) {
      if (part.text >= 0) {
        Windows& windows = texts[static_cast<size_t>(part.text)];
        for (Encoding& encoding : windows) encoding.type_ids.assign(encoding.size(), part.type_id);
        together = joined(together, windows);
      } else if (add_special) {
        together = joined(together, special_tokens_alone(part.ids, part.type_id));
      }
    }
    texts = {std::move(together)};
  }
  return texts.size() > 1 ? joined(texts[0], texts[1]) : std::move(texts[0]);
}

}  // namespace lmos::tokenizer
