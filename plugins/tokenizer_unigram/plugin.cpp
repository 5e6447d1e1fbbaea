// The plugin for Unigram models.
#include "llmasos/plugin.hpp"

#include "llmasos/field.hpp"
#include "tokenizer_core/plugin/plugin_tokenizer.h"
#include "tokenizer_unigram/model/unigram_model.h"
#include "tokenizer_unigram/train/training.h"

namespace lmos::tokenizer {
namespace {

using sdk::Config;
using sdk::Field;

constexpr lmos_field kTrainFields[] = {
    Field::integer("vocab_size",
                   "Tokens to learn, special ones and all characters of the text included.")
        .otherwise("8000")
        .minimum(1)
        .maximum(INT32_MAX),
    Field::list("special_tokens",
                "Texts that become one token each; they get the ids from 0. The first is the "
                "unknown token.",
                LMOS_FIELD_STRING)
        .otherwise("[\"<unk>\", \"<s>\", \"</s>\"]"),
    Field::integer("max_piece_length", "Characters that a piece has at most.")
        .otherwise("16")
        .minimum(1)
        .maximum(1024),
    Field::integer("seed_size", "Pieces to begin with.").otherwise("1000000").minimum(1),
    Field::number("shrinking_factor", "What part of the pieces a round of pruning leaves.")
        .otherwise("0.75")
        .minimum(0.01)
        .maximum(0.99),
    Field::integer("sub_iterations", "Steps of expectation maximisation before a round of pruning.")
        .otherwise("2")
        .minimum(1)
        .maximum(100),
};

UnigramTrainingOptions read_options(const Config& section) {
  UnigramTrainingOptions options;
  options.vocab_size = static_cast<uint64_t>(section.int_or("vocab_size", 8000));
  if (const Config tokens = section.find("special_tokens"))
    options.special_tokens = string_list(tokens);
  options.max_piece_length = static_cast<uint64_t>(section.int_or("max_piece_length", 16));
  options.seed_size = static_cast<uint64_t>(section.int_or("seed_size", 1'000'000));
  options.shrinking_factor = section.float_or("shrinking_factor", 0.75);
  options.sub_iterations = static_cast<uint64_t>(section.int_or("sub_iterations", 2));
  return options;
}

struct Unigram {
  static const ModelKind& kind() { return UnigramModel::kKind; }
  static Tokenizer train(const Config& section, const TrainingText& text) {
    return train_unigram(read_options(section), text);
  }
};

constexpr lmos_tokenizer_interface kTable =
    sdk::tokenizer_interface<PluginTokenizer<Unigram>>(kTrainFields);
constexpr sdk::Interface kInterfaces[] = {{LMOS_TOKENIZER_ID, &kTable}};
constexpr sdk::PluginDefinition kPlugin = {
    .name = "unigram",
    .version = "0.1.0",
    .description =
        "Unigram models, as T5 has them: tokenizer.json and SentencePiece files, and training",
    .licence = "Apache-2.0",
    .interfaces = kInterfaces,
};

}  // namespace
}  // namespace lmos::tokenizer

LMOS_DEFINE_PLUGIN(lmos::tokenizer::kPlugin)
