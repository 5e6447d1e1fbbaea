#include "components/tokenizer.h"

#include "components/sinks.h"
#include "errors/error.h"
#include "llmasos/text.hpp"
#include "pipeline/config_service.h"
#include "runtime/status.h"

namespace lmos::components {
namespace {

using runtime::check;
using sdk::borrow;

// lmos_text_source over a TextSource. An exception of the source is kept and thrown again after the
// plugin's call.
struct SourceAdapter {
  lmos_text_source source{};
  TextSource next;
  std::exception_ptr failure;

  SourceAdapter(TextSource text, uint64_t total_bytes) : next(std::move(text)) {
    source.struct_size = sizeof(source);
    source.context = this;
    source.total_bytes = total_bytes;
    source.next = [](lmos_text_source* self, lmos_string* piece) -> lmos_status {
      auto& adapter = *static_cast<SourceAdapter*>(self->context);
      try {
        std::string_view view;
        if (!adapter.next(view)) return LMOS_END;
        *piece = borrow(view);
        return LMOS_OK;
      } catch (...) {
        adapter.failure = std::current_exception();
        return LMOS_FAILED;
      }
    };
  }
};

}  // namespace

std::unique_ptr<Tokenizer> Tokenizer::open(const lmos_tokenizer_interface& interface,
                                           const lmos_host* host,
                                           const std::filesystem::path& path) {
  lmos_tokenizer* handle = nullptr;
  const lmos_status status = interface.open(host, borrow(path.native()), &handle);
  if (status == LMOS_UNSUPPORTED) return nullptr;
  check(status, "reading the tokenizer " + path.string());
  return std::unique_ptr<Tokenizer>(new Tokenizer(interface, handle));
}

std::unique_ptr<Tokenizer> Tokenizer::train(const lmos_tokenizer_interface& interface,
                                            const lmos_host* host, const ConfigTree& options,
                                            uint64_t total_bytes, TextSource text) {
  SourceAdapter adapter(std::move(text), total_bytes);
  lmos_tokenizer* handle = nullptr;
  const lmos_status status = interface.train(host, config_node(options), &adapter.source, &handle);
  if (adapter.failure) std::rethrow_exception(adapter.failure);
  check(status, "training the tokenizer");
  return std::unique_ptr<Tokenizer>(new Tokenizer(interface, handle));
}

uint32_t Tokenizer::vocab_size() const { return interface_->vocab_size(handle_.get()); }

std::vector<int32_t> Tokenizer::encode(std::string_view text, bool special) const {
  std::vector<int32_t> ids;
  check(interface_->encode(handle_.get(), borrow(text), special ? LMOS_ENCODE_SPECIAL : 0,
                           collect(ids)),
        "tokenising");
  return ids;
}

std::string Tokenizer::decode(std::span<const int32_t> ids, bool skip_special) const {
  std::string text;
  check(interface_->decode(handle_.get(), ids.data(), ids.size(),
                           skip_special ? LMOS_DECODE_SKIP_SPECIAL : 0, collect(text)),
        "decoding tokens");
  return text;
}

int32_t Tokenizer::token_to_id(std::string_view token) const {
  return interface_->token_to_id(handle_.get(), borrow(token));
}

std::string Tokenizer::json() const {
  std::string text;
  check(interface_->save(handle_.get(), collect(text)), "writing the tokenizer");
  return text;
}

Tokenizer::Stream::Stream(const Tokenizer& tokenizer, bool skip_special)
    : interface_(&tokenizer.interface()), stream_(nullptr, interface_->stream_close) {
  lmos_token_stream* stream = nullptr;
  check(interface_->stream_open(tokenizer.handle(), skip_special ? LMOS_DECODE_SKIP_SPECIAL : 0,
                                &stream),
        "decoding tokens");
  stream_.reset(stream);
}

std::string Tokenizer::Stream::push(int32_t id) {
  std::string text;
  check(interface_->stream_push(stream_.get(), id, collect(text)), "decoding tokens");
  return text;
}

std::string Tokenizer::Stream::finish() {
  std::string text;
  check(interface_->stream_finish(stream_.get(), collect(text)), "decoding tokens");
  return text;
}

}  // namespace lmos::components
