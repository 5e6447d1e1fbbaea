// A BERT that tells three kinds of texts apart, as a fine-tuning leaves it.
#pragma once

#include <filesystem>

#include "end_to_end/program.h"

namespace lmos::test {

// tiny-bert with a tokenizer of letters, and a classifier that was trained for a step.
class TinyClassifier {
 public:
  TinyClassifier();
  std::filesystem::path path() const { return folder_ / "run" / "model"; }

 private:
  TemporaryFolder folder_;
};

}  // namespace lmos::test
