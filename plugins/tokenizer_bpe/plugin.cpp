// The plugin for byte pair encoding.
#include "llmasos/plugin.hpp"

#include "llmasos/field.hpp"
#include "tokenizer_bpe/model/bpe_model.h"
#include "tokenizer_bpe/train/training.h"
#include "tokenizer_core/plugin/plugin_tokenizer.h"

namespace lmos::tokenizer {
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

TrainingOptions read_options(const Config& section) {
  TrainingOptions options;
  options.kind = section.string_or("kind", kByteLevel) == kCharacters ? TrainingKind::kCharacters
                                                                      : TrainingKind::kByteLevel;
  options.vocab_size = static_cast<uint64_t>(section.int_or("vocab_size", 32000));
  options.min_frequency = static_cast<uint64_t>(section.int_or("min_frequency", 2));
  options.pattern = section.string_or("pattern", "");
  options.unknown_token = section.string_or("unknown_token", "");
  options.special_tokens = string_list(section.find("special_tokens"));
  return options;
}

struct Bpe {
  static const ModelKind& kind() { return BpeModel::kKind; }
  static Tokenizer train(const Config& section, const TrainingText& text) {
    return train_tokenizer(read_options(section), text);
  }
};

constexpr lmos_tokenizer_interface kTable =
    sdk::tokenizer_interface<PluginTokenizer<Bpe>>(kTrainFields);
constexpr sdk::Interface kInterfaces[] = {{LMOS_TOKENIZER_ID, &kTable}};
constexpr sdk::PluginDefinition kPlugin = {
    .name = "bpe",
    .version = "0.1.0",
    .description = "Byte pair encoding: Hugging Face tokenizer.json files and training",
    .licence = "Apache-2.0",
    .interfaces = kInterfaces,
};

}  // namespace
}  // namespace lmos::tokenizer

LMOS_DEFINE_PLUGIN(lmos::tokenizer::kPlugin)
