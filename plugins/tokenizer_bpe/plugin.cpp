// lmos.tokenizer/1 over the engine.
#include "llmasos/plugin.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "llmasos/field.hpp"
#include "llmasos/sink.hpp"
#include "llmasos/tokenizer.hpp"
#include "tokenizer_bpe/errors.h"
#include "tokenizer_bpe/tokenizer.h"
#include "tokenizer_bpe/train/training.h"

namespace lmos::bpe {
namespace {

using sdk::borrow;
using sdk::Config;
using sdk::Field;

constexpr std::string_view kByteLevel = "byte_level", kCharacters = "characters";
constexpr lmos_string kKinds[] = {borrow(kByteLevel), borrow(kCharacters)};

constexpr lmos_field kTrainFields[] = {
    Field::string("kind",
                  "byte_level: bytes and merges of them, so that any text can be encoded; "
                  "characters: the distinct characters of the text, without merges.")
        .otherwise(kByteLevel)
        .choices(kKinds),
    Field::integer("vocab_size",
                   "Tokens to learn, special ones and single bytes included; with kind: characters "
                   "the most that the text may hold.")
        .otherwise("32000")
        .minimum(1)
        .maximum(INT32_MAX),
    Field::list("special_tokens", "Texts that become one token each; they get the ids from 0.",
                LMOS_FIELD_STRING)
        .otherwise("[]"),
    Field::integer("min_frequency", "How often a pair must occur to be merged (kind: byte_level).")
        .otherwise("2")
        .minimum(1),
    Field::string("pattern",
                  "Regular expression that splits text into words (kind: byte_level); empty: "
                  "GPT-2's.")
        .otherwise("\"\""),
    Field::string("unknown_token",
                  "The special token for characters that the text did not hold (kind: "
                  "characters); empty: they are dropped.")
        .otherwise("\"\""),
};

// The engine's errors are about its input.
template <typename Body>
auto reported(Body&& body) {
  try {
    return body();
  } catch (const OtherTokenizerKind& error) {
    throw sdk::unsupported(error.what());
  } catch (const TokenizerError& error) {
    throw sdk::invalid(error.what());
  }
}

TokenId checked(int32_t id) {
  if (id < 0) throw sdk::invalid("token id " + std::to_string(id) + " is negative");
  return static_cast<TokenId>(id);
}

TrainingOptions read_options(const Config& section) {
  TrainingOptions options;
  options.kind = section.string_or("kind", kByteLevel) == kCharacters ? TrainingKind::kCharacters
                                                                      : TrainingKind::kByteLevel;
  options.vocab_size = static_cast<uint64_t>(section.int_or("vocab_size", 32000));
  options.min_frequency = static_cast<uint64_t>(section.int_or("min_frequency", 2));
  options.pattern = section.string_or("pattern", "");
  options.unknown_token = section.string_or("unknown_token", "");
  for (const Config& token : section.find("special_tokens").elements())
    options.special_tokens.emplace_back(token.as_string());
  return options;
}

class PluginTokenizer {
 public:
  explicit PluginTokenizer(Tokenizer tokenizer) : tokenizer_(std::move(tokenizer)) {}

  static std::unique_ptr<PluginTokenizer> open(std::string_view path) {
    return reported([&] {
      return std::make_unique<PluginTokenizer>(Tokenizer::from_file(std::filesystem::path(path)));
    });
  }

  static std::unique_ptr<PluginTokenizer> train(const Config& section, sdk::TextSource& text) {
    const TrainingOptions options = read_options(section);
    return reported([&] {
      return std::make_unique<PluginTokenizer>(train_tokenizer(
          options, [&] { return text.next(); }, text.total_bytes(), sdk::report_progress));
    });
  }

  void save(lmos_sink json) const { sdk::write(json, std::string_view(tokenizer_.json())); }

  uint32_t vocab_size() const { return tokenizer_.vocab_size(); }

  void encode(std::string_view text, uint32_t flags, lmos_sink sink) const {
    const std::vector<TokenId> ids =
        reported([&] { return tokenizer_.encode(text, (flags & LMOS_ENCODE_SPECIAL) != 0); });
    // Ids are below 2^31: as int32_t they are the same bytes.
    sdk::write(sink, std::span(ids));
  }

  void decode(std::span<const int32_t> ids, uint32_t flags, lmos_sink sink) const {
    Stream stream(*this, flags);
    std::string text;
    for (const int32_t id : ids) stream.push(id, text);
    stream.finish(text);
    sdk::write(sink, std::string_view(text));
  }

  int32_t token_to_id(std::string_view token) const {
    const TokenId id = tokenizer_.token_to_id(token);
    return id == kNoToken ? -1 : static_cast<int32_t>(id);
  }

  void id_to_token(int32_t id, lmos_sink token) const {
    if (checked(id) >= tokenizer_.vocab_size())
      throw sdk::invalid("token id " + std::to_string(id) +
                         " is out of range; the vocabulary has " +
                         std::to_string(tokenizer_.vocab_size()) + " ids");
    sdk::write(token, tokenizer_.id_to_token(checked(id)));
  }

  class Stream {
   public:
    Stream(const PluginTokenizer& tokenizer, uint32_t flags)
        : stream_(tokenizer.tokenizer_, (flags & LMOS_DECODE_SKIP_SPECIAL) != 0) {}

    void push(int32_t id, std::string& text) {
      reported([&] { stream_.push(checked(id), text); });
    }
    void finish(std::string& text) { stream_.finish(text); }

    void push(int32_t id, lmos_sink sink) {
      text_.clear();
      push(id, text_);
      sdk::write(sink, std::string_view(text_));
    }
    void finish(lmos_sink sink) {
      text_.clear();
      finish(text_);
      sdk::write(sink, std::string_view(text_));
    }

   private:
    DecodeStream stream_;
    std::string text_;
  };

 private:
  Tokenizer tokenizer_;
};

constexpr lmos_tokenizer_interface kTable = sdk::tokenizer_interface<PluginTokenizer>(kTrainFields);
constexpr sdk::Interface kInterfaces[] = {{LMOS_TOKENIZER_ID, &kTable}};
constexpr sdk::PluginDefinition kPlugin = {
    .name = "bpe",
    .version = "0.1.0",
    .description = "Byte pair encoding: Hugging Face tokenizer.json files and training",
    .licence = "Apache-2.0",
    .interfaces = kInterfaces,
};

}  // namespace
}  // namespace lmos::bpe

LMOS_DEFINE_PLUGIN(lmos::bpe::kPlugin)
