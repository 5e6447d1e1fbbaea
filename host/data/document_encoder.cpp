#include "data/document_encoder.h"

#include <exception>
#include <utility>

#include "errors/error.h"

namespace lmos::data {
namespace {

// A batch is closed by whichever comes first; enough for every thread, little next to the
// vocabulary.
constexpr uint64_t kBatchBytes = uint64_t{8} << 20;
constexpr size_t kBatchDocuments = 4096;

}  // namespace

DocumentEncoder::DocumentEncoder(const TextDocuments& documents, const TextEncoder& encoder,
                                 const TokenizeOptions& options, const TokenizeServices& services)
    : documents_(documents), encoder_(encoder), options_(options), services_(services) {}

const EncodedDocument* DocumentEncoder::next() {
  if (given_ == batch_.size()) {
    if (!read_batch()) return nullptr;
    encode_batch();
    given_ = 0;
  }
  return &batch_[given_++];
}

bool DocumentEncoder::read_batch() {
  texts_.clear();
  uint64_t bytes = 0;
  std::string text;
  while (!ended_ && bytes < kBatchBytes && texts_.size() < kBatchDocuments) {
    if (documents_.next(text)) {
      bytes += text.size();
      texts_.push_back(std::move(text));
    } else {
      ended_ = true;
    }
  }
  return !texts_.empty();
}

void DocumentEncoder::encode_batch() {
  batch_.assign(texts_.size(), {});
  std::vector<std::exception_ptr> failures(texts_.size());
  const auto encode_one = [&](int64_t i) {
    try {
      batch_[i] = encode(texts_[i]);
    } catch (...) {
      failures[i] = std::current_exception();
    }
  };
  if (services_.parallel_for) {
    services_.parallel_for(std::ssize(texts_), encode_one);
  } else {
    for (int64_t i = 0; i < std::ssize(texts_); ++i) encode_one(i);
  }
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);

  for (const std::string& text : texts_) done_bytes_ += text.size();
  if (services_.progress) services_.progress(done_bytes_, documents_.total_bytes);
}

EncodedDocument DocumentEncoder::encode(const std::string& text) const {
  EncodedDocument document = {encoder_.encode(text), text.size()};
  if (document.ids.empty()) return document;
  if (options_.begin_of_text >= 0)
    document.ids.insert(document.ids.begin(), options_.begin_of_text);
  if (options_.end_of_text >= 0) document.ids.push_back(options_.end_of_text);
  for (int32_t id : document.ids)
    if (id < 0 || static_cast<uint32_t>(id) >= encoder_.vocab_size)
      throw Error(ErrorKind::kPlugin, "the tokenizer gave id " + std::to_string(id) +
                                          ", outside its vocabulary of " +
                                          std::to_string(encoder_.vocab_size) + " tokens");
  return document;
}

}  // namespace lmos::data
