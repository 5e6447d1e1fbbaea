#include "tasks/tokenized_text.h"

#include "data/tokenize.h"
#include "errors/error.h"
#include "tasks/end_of_text.h"

namespace lmos::tasks {

std::shared_ptr<const data::TokenStream> tokenized_text(const Sources& sources,
                                                        const DatasetSection& section,
                                                        const std::string& split) {
  const auto dataset = sources.catalogue.open_dataset(section, split);
  if (!dataset) return nullptr;
  const data::TextDocuments documents{
      [&] { return dataset->fingerprint(); }, dataset->total_bytes(),
      [&](std::string& document) { return dataset->next(document); }};
  const components::Tokenizer& tokenizer = sources.tokenizer;
  const data::TextEncoder encoder{
      tokenizer.json(), tokenizer.vocab_size(),
      [&](std::string_view text) { return tokenizer.encode(text, false); }};
  data::TokenizeOptions options;
  options.cache_folder = sources.cache;
  options.end_of_text = end_of_text_id(tokenizer);
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

}  // namespace lmos::tasks
