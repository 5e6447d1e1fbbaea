#include "tokenizer_core/pretokenize/chain.h"

#include <utility>

#include "tokenizer_core/pretokenize/prefix.h"
#include "tokenizer_core/pretokenize/split.h"
#include "tokenizer_core/pretokenize/stretches.h"
#include "tokenizer_core/text/unicode.h"
#include "tokenizer_core/text/utf8.h"

namespace lmos::tokenizer {

const char* const kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

namespace {

using Steps = std::vector<std::unique_ptr<PreTokenizer>>;

constexpr const char* kWordsOrSymbols =
    R"([\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\s]+)";

constexpr std::pair<std::string_view, DelimiterBehavior> kBehaviors[] = {
    {"Removed", DelimiterBehavior::kRemoved},
    {"Isolated", DelimiterBehavior::kIsolated},
    {"MergedWithPrevious", DelimiterBehavior::kMergedWithPrevious},
    {"MergedWithNext", DelimiterBehavior::kMergedWithNext},
    {"Contiguous", DelimiterBehavior::kContiguous},
};

DelimiterBehavior read_behavior(const JsonCursor& json) {
  for (const auto& [name, behavior] : kBehaviors) {
    if (json.string() == name) return behavior;
  }
  json.fail("behaviour '" + std::string(json.string()) +
            "' is not one of Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous");
}

PrependScheme read_scheme(const JsonCursor& json) {
  const std::optional<JsonCursor> scheme = json.find("prepend_scheme");
  if (!scheme)
    return json.boolean_or("add_prefix_space", true) ? PrependScheme::kAlways
                                                     : PrependScheme::kNever;
  if (scheme->string() == "always") return PrependScheme::kAlways;
  if (scheme->string() == "first") return PrependScheme::kFirst;
  if (scheme->string() == "never") return PrependScheme::kNever;
  scheme->fail("expected 'always', 'first' or 'never'");
}

// Each step is one of the classes above; the types of the file are combinations of them.
class Reader {
 public:
  void read(const JsonCursor& json) {
    const JsonCursor type_place = json.at("type");
    const std::string_view type = type_place.string();
    if (type == "Sequence") {
      const JsonCursor parts = json.at("pretokenizers");
      for (size_t i = 0; i < parts.size(); ++i) read(parts[i]);
    } else if (type == "ByteLevel") {
      if (json.boolean_or("add_prefix_space", true)) add<SpacePrefix>();
      if (json.boolean_or("use_regex", true))
        add<Split>(Pattern::regex(kGpt2Pattern), DelimiterBehavior::kIsolated, false);
      if (std::exchange(has_byte_characters_, true))
        json.fail("a second ByteLevel would encode bytes twice, which is not supported");
      byte_characters_at_ = steps.size();
      add<ByteCharacters>();
    } else if (type == "Split") {
      add<Split>(Pattern::read(json.at("pattern")), read_behavior(json.at("behavior")),
                 json.boolean_or("invert", false));
    } else if (type == "Metaspace") {
      metaspace(json);
    } else if (type == "Digits") {
      add_split(is_numeric, json.boolean_or("individual_digits", false)
                                ? DelimiterBehavior::kIsolated
                                : DelimiterBehavior::kContiguous);
    } else if (type == "Punctuation") {
      const std::optional<JsonCursor> behavior = json.find("behavior");
      add_split(is_punctuation, behavior ? read_behavior(*behavior) : DelimiterBehavior::kIsolated);
    } else if (type == "BertPreTokenizer") {
      add_split(is_white_space, DelimiterBehavior::kRemoved);
      add_split(is_punctuation, DelimiterBehavior::kIsolated);
    } else if (type == "WhitespaceSplit") {
      add_split(is_white_space, DelimiterBehavior::kRemoved);
    } else if (type == "Whitespace") {
      add<Split>(Pattern::regex(kWordsOrSymbols), DelimiterBehavior::kRemoved, true);
    } else if (type == "CharDelimiterSplit" || type == "Delimiter") {
      add<Split>(Pattern::literal(json.at("delimiter").character()), DelimiterBehavior::kRemoved,
                 false);
    } else if (type == "UnicodeScripts") {
      add<ScriptSplit>();
    } else if (type == "FixedLength") {
      const std::optional<JsonCursor> length = json.find("length");
      if (length && length->unsigned_integer() == 0) length->fail("expected at least 1");
      add<FixedLengthSplit>(length ? length->unsigned_integer() : 5);
    } else {
      type_place.fail("pre-tokenizer '" + std::string(type) +
                      "' is not supported; supported are Sequence, ByteLevel, Split, Metaspace, "
                      "Digits, Punctuation, BertPreTokenizer, Whitespace, WhitespaceSplit, "
                      "CharDelimiterSplit, UnicodeScripts and FixedLength");
    }
  }

  // Whether the last step is the byte alphabet's; it is removed then, for the model to do.
  bool take_final_byte_characters() {
    if (!has_byte_characters_ || byte_characters_at_ + 1 != steps.size()) return false;
    steps.pop_back();
    return true;
  }

  Steps steps;

 private:
  template <typename Step, typename... Arguments>
  void add(Arguments&&... arguments) {
    steps.push_back(std::make_unique<Step>(std::forward<Arguments>(arguments)...));
  }

  void add_split(Pattern::CharacterSet delimiters, DelimiterBehavior behavior) {
    add<Split>(Pattern::characters(delimiters), behavior, false);
  }

  void metaspace(const JsonCursor& json) {
    const std::string replacement(json.at("replacement").character());
    add<MetaspaceReplacement>(replacement, read_scheme(json));
    if (json.boolean_or("split", true))
      add<Split>(Pattern::literal(replacement), DelimiterBehavior::kMergedWithNext, false);
  }

  bool has_byte_characters_ = false;
  size_t byte_characters_at_ = 0;
};

// Passes what one step gives to the next, and the words to the sink behind the last.
class Relay final : public PieceSink {
 public:
  Relay(const std::unique_ptr<PreTokenizer>* step, const std::unique_ptr<PreTokenizer>* end,
        PieceSink& sink)
      : step_(step), end_(end), sink_(sink) {}

  void piece(Piece piece) override {
    if (piece.text.empty()) return;
    if (step_ == end_) return sink_.piece(piece);
    Relay next(step_ + 1, end_, sink_);
    (*step_)->split(piece, next);
  }

 private:
  const std::unique_ptr<PreTokenizer>*step_, *end_;
  PieceSink& sink_;
};

}  // namespace

PreTokenizerChain::PreTokenizerChain(const std::optional<JsonCursor>& json, bool may_end_in_bytes) {
  if (!json) return;
  Reader reader;
  reader.read(*json);
  ends_in_bytes_ = may_end_in_bytes && reader.take_final_byte_characters();
  steps_ = std::move(reader.steps);
}

void PreTokenizerChain::split(Piece piece, PieceSink& sink) const {
  Relay(steps_.data(), steps_.data() + steps_.size(), sink).piece(piece);
}

}  // namespace lmos::tokenizer
