// Texts beside the ones that they should be like: translations, summaries, answers.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "evaluate/questions.h"
#include "formats/json.h"
#include "metrics/bleu.h"

namespace lmos::evaluate {

enum class TextSource {
  kPrompt,      // a model is to write the text
  kPrediction,  // it is there
};

struct WrittenText {
  std::string prompt;                   // with kPrompt, unless there are messages
  Json messages;                        // with kPrompt: a conversation up to the answer, or null
  std::string prediction;               // with kPrediction; else for the caller to fill
  std::vector<std::string> references;  // at least one
  std::string where;                    // "FILE:LINE"
};

// JSON lines, all of one kind: with kPrediction {"prediction": …, "references": ["…", …]}, with
// kPrompt {"prompt": …, "references": […]} or {"messages": [{"role": …, "content": …}, …]}, whose
// last message is the assistant's answer and the reference. Other members are passed over, but
// neither tools nor their calls. Error(kInput) with the file and the line for anything else.
std::vector<WrittenText> read_written_texts(const std::filesystem::path& path, TextSource source);

struct TextScores {
  // Of all texts: bleu and chrf (0 to 100, without standard errors, as they are no means); rouge1,
  // rouge2, rougeL, exact_match and f1 (0 to 1).
  std::vector<Metric> metrics;
  // Of each text: {"prediction", "references", "rouge1", …, "f1"}, a record of kPrediction again.
  std::vector<Json> records;
};

// exact_match and f1 are those of SQuAD 1.1's script: a text without words has f1 0, whatever the
// reference.
TextScores score_texts(std::span<const WrittenText> texts, metrics::BleuTokenizer tokenizer);

}  // namespace lmos::evaluate
