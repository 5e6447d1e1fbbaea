// The plugin for WordPiece.
#include "llmasos/plugin.hpp"

#include "llmasos/field.hpp"
#include "tokenizer_core/plugin/plugin_tokenizer.h"
#include "tokenizer_wordpiece/model/wordpiece_model.h"
#include "tokenizer_wordpiece/train/training.h"

namespace lmos::tokenizer {
namespace {

using sdk::Config;
using sdk::Field;

constexpr lmos_field kTrainFields[] = {
    Field::integer("vocab_size", "Tokens to learn, special ones included.")
        .otherwise("30000")
        .minimum(1)
        .maximum(INT32_MAX),
    Field::integer("min_frequency", "How often a pair must occur to be merged.")
        .otherwise("2")
        .minimum(1),
    Field::integer("limit_alphabet",
                   "Characters that words may be made of: the most frequent ones of the text.")
        .otherwise("1000")
        .minimum(1),
    Field::boolean("lowercase", "Take text in lower case and without accents.").otherwise("true"),
    Field::list(
        "special_tokens",
        "Texts that become one token each; they get the ids from 0. [UNK] must be one; with "
        "[CLS] and [SEP], texts are put between them.",
        LMOS_FIELD_STRING)
        .otherwise("[\"[PAD]\", \"[UNK]\", \"[CLS]\", \"[SEP]\", \"[MASK]\"]"),
};

WordPieceTrainingOptions read_options(const Config& section) {
  WordPieceTrainingOptions options;
  options.vocab_size = static_cast<uint64_t>(section.int_or("vocab_size", 30000));
  options.min_frequency = static_cast<uint64_t>(section.int_or("min_frequency", 2));
  options.limit_alphabet = static_cast<uint64_t>(section.int_or("limit_alphabet", 1000));
  options.lowercase = section.bool_or("lowercase", true);
  if (const Config tokens = section.find("special_tokens"))
    options.special_tokens = string_list(tokens);
  return options;
}

struct WordPiece {
  static const ModelKind& kind() { return WordPieceModel::kKind; }
  static Tokenizer train(const Config& section, const TrainingText& text) {
    return train_wordpiece(read_options(section), text);
  }
};

constexpr lmos_tokenizer_interface kTable =
    sdk::tokenizer_interface<PluginTokenizer<WordPiece>>(kTrainFields);
constexpr sdk::Interface kInterfaces[] = {{LMOS_TOKENIZER_ID, &kTable}};
constexpr sdk::PluginDefinition kPlugin = {
    .name = "wordpiece",
    .version = "0.1.0",
    .description = "WordPiece, as BERT has it: Hugging Face tokenizer.json files and training",
    .licence = "Apache-2.0",
    .interfaces = kInterfaces,
};

}  // namespace
}  // namespace lmos::tokenizer

LMOS_DEFINE_PLUGIN(lmos::tokenizer::kPlugin)
