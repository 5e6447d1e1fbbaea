// tokenizer_train bpe|wordpiece|unigram VOCAB_SIZE TEXT_FILE OUT.json: trains on a file, line by
// line, and prints the seconds that it took; for comparing with other programs.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "tokenizer_bpe/train/training.h"
#include "tokenizer_unigram/train/training.h"
#include "tokenizer_wordpiece/train/training.h"

namespace {

using namespace lmos::tokenizer;

Tokenizer train(std::string_view kind, uint64_t vocab_size, const TrainingText& text) {
  if (kind == "unigram") return train_unigram({.vocab_size = vocab_size}, text);
  if (kind == "wordpiece") return train_wordpiece({.vocab_size = vocab_size}, text);
  TrainingOptions options;
  options.vocab_size = vocab_size;
  return train_tokenizer(options, text);
}

}  // namespace

int main(int count, char** words) {
  if (count != 5) {
    std::fprintf(stderr, "tokenizer_train bpe|wordpiece|unigram VOCAB_SIZE TEXT_FILE OUT.json\n");
    return 2;
  }
  std::ifstream stream(words[3], std::ios::binary);
  const std::string all(std::istreambuf_iterator<char>(stream), {});
  std::string_view rest = all;
  const TrainingText text = {[&]() -> std::optional<std::string_view> {
                               if (rest.empty()) return std::nullopt;
                               const size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
                               const std::string_view line = rest.substr(0, end);
                               rest.remove_prefix(end);
                               return line;
                             },
                             all.size(), [](std::string_view, uint64_t, uint64_t) {}};
  const auto begin = std::chrono::steady_clock::now();
  const Tokenizer tokenizer = train(words[1], std::strtoull(words[2], nullptr, 10), text);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::printf("%.3f\n", seconds.count());
  std::ofstream(words[4]) << tokenizer.json();
}
