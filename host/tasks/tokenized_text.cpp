#include "tasks/tokenized_text.h"

#include "data/tokenize.h"
#include "errors/error.h"
#include "tasks/end_of_text.h"
#include "tasks/sentences.h"

namespace lmos::tasks {
namespace {

// Stands before the first sentence of a document, where no text has it: the ASCII record separator.
constexpr char kFirst = '\x1e';

// The sentences of a data set's documents, one by one.
class SentenceReader {
 public:
  explicit SentenceReader(components::Dataset& dataset) : dataset_(dataset) {}

  bool next(std::string& sentence) {
    while (given_ == sentences_.size()) {
      if (!dataset_.next(document_)) return false;
      sentences_ = sentences(document_);
      given_ = 0;
    }
    sentence.clear();
    if (given_ == 0) sentence += kFirst;
    sentence += sentences_[given_++];
    return true;
  }

 private:
  components::Dataset& dataset_;
  std::string document_;
  std::vector<std::string_view> sentences_;  // of document_
  size_t given_ = 0;
};

std::shared_ptr<const data::TokenStream> tokenized(const Sources& sources,
                                                   const data::TextDocuments& documents,
                                                   const data::TextEncoder& encoder,
                                                   int32_t end_of_text) {
  data::TokenizeOptions options;
  options.cache_folder = sources.cache;
  options.end_of_text = end_of_text;
  runtime::HostServices& host = sources.catalogue.services();
  data::TokenizeServices services;
  services.progress = [&](uint64_t done, uint64_t total) {
    if (!host.report_progress("tokenise", done, total))
      throw Error(
          ErrorKind::kInterrupted,
          "interrupted while tokenising; nothing was lost, the same command starts it again");
  };
  services.warn = sources.note;
  services.parallel_for = [&](int64_t count, const std::function<void(int64_t)>& body) {
    host.threads().parallel_for(count, 1, [&](int64_t begin, int64_t end, int32_t) {
      for (int64_t i = begin; i < end; ++i) body(i);
    });
  };
  return std::make_shared<const data::TokenStream>(
      data::tokenize(documents, encoder, options, services));
}

}  // namespace

std::shared_ptr<const data::TokenStream> tokenized_text(const Sources& sources,
                                                        const DatasetSection& section,
                                                        const std::string& split) {
  const auto dataset = sources.catalogue.open_dataset(section, split);
  if (!dataset) return nullptr;
  const components::Tokenizer& tokenizer = sources.tokenizer;
  return tokenized(sources,
                   {[&] { return dataset->fingerprint(); }, dataset->total_bytes(),
                    [&](std::string& document) { return dataset->next(document); }},
                   {tokenizer.json(), tokenizer.vocab_size(),
                    [&](std::string_view text) { return tokenizer.encode(text, false); }},
                   end_of_text_id(tokenizer));
}

std::shared_ptr<const data::TokenStream> tokenized_sentences(const Sources& sources,
                                                             const DatasetSection& section,
                                                             const std::string& split,
                                                             int32_t begin) {
  const auto dataset = sources.catalogue.open_dataset(section, split);
  if (!dataset) return nullptr;
  const components::Tokenizer& tokenizer = sources.tokenizer;
  SentenceReader reader(*dataset);
  const auto encode = [&](std::string_view text) {
    const bool first = text.starts_with(kFirst);
    std::vector<int32_t> ids = tokenizer.encode(text.substr(first ? 1 : 0), false);
    if (first) ids.insert(ids.begin(), begin);
    return ids;
  };
  return tokenized(sources,
                   {[&] { return "sentences " + dataset->fingerprint(); }, dataset->total_bytes(),
                    [&](std::string& sentence) { return reader.next(sentence); }},
                   {tokenizer.json(), tokenizer.vocab_size(), encode}, -1);
}

}  // namespace lmos::tasks
