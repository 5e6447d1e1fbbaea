#include "serve/tiny_classifier.h"

#include <stdexcept>

#include "formats/json_text.h"

namespace lmos::test {
namespace {

namespace fs = std::filesystem;

constexpr int kTokens = 320;

std::string letters_tokenizer() {
  Json vocabulary = Json::Object();
  for (const char* special : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"})
    vocabulary.set(special, vocabulary.as_object("vocab").size());
  for (const char* before : {"", "##"})
    for (char letter = 'a'; letter <= 'z'; ++letter)
      vocabulary.set(before + std::string(1, letter), vocabulary.as_object("vocab").size());
  while (vocabulary.as_object("vocab").size() < kTokens)
    vocabulary.set("<" + std::to_string(vocabulary.as_object("vocab").size()) + ">",
                   vocabulary.as_object("vocab").size());
  return R"({"version":"1.0","added_tokens":[
      {"id":0,"content":"[PAD]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
      {"id":2,"content":"[CLS]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
      {"id":3,"content":"[SEP]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
    "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
    "pre_tokenizer":{"type":"BertPreTokenizer"},
    "post_processor":{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]},
    "decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
    "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":)" +
         compact_json(vocabulary) + "}}";
}

}  // namespace

TinyClassifier::TinyClassifier() {
  fs::create_directory(folder_ / "base");
  for (const char* file : {"config.json", "model.safetensors"})
    fs::copy(fs::path(LLMASOS_SOURCE_DIRECTORY "/tests/models/data/tiny-bert") / file,
             folder_ / "base" / file);
  write_text(folder_ / "base" / "tokenizer.json", letters_tokenizer());
  std::string records;
  for (int i = 0; i < 12; ++i)
    records += std::string(static_cast<size_t>(i) + 1, static_cast<char>('a' + i)) + "\t" +
               std::to_string(i % 3) + "\n";
  write_text(folder_ / "records.tsv", records);
  write_text(folder_ / "run.yaml",
             "version: 1\nkind: train\nseed: 5\n"
             "backend: {plugin: cpu, compute: float32, threads: 1}\n"
             "dataset: {plugin: records, path: " +
                 (folder_ / "records.tsv").string() +
                 ", columns: [text, label], validation_fraction: 0.25, sequence: 40}\n"
                 "task: {kind: sequence_classification, classes: 3}\nmodel: {path: " +
                 (folder_ / "base").string() +
                 "}\noptimizer: {lr: 1.0e-2}\ntrain: {steps: 1, batch: 8}\n"
                 "checkpoint: {folder: " +
                 (folder_ / "run").string() + "}\n");
  const Outcome outcome = llmasos({"train", (folder_ / "run.yaml").string()});
  if (outcome.code != 0) throw std::runtime_error("no classifier was trained: " + outcome.err);
}

}  // namespace lmos::test
