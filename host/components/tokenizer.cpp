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
  runtime::check_reading(status, "reading the tokenizer " + path.string());
  return std::unique_ptr<Tokenizer>(new Tokenizer(interface, handle));
}

std::unique_ptr<Tokenizer> Tokenizer::open_json(const lmos_tokenizer_interface& interface,
                                                const lmos_host* host, std::string_view json,
                                                std::string_view where) {
  lmos_tokenizer* handle = nullptr;
  const lmos_status status = interface.open_json(host, borrow(json), &handle);
  if (status == LMOS_UNSUPPORTED) return nullptr;
  runtime::check_reading(status, "reading the tokenizer of " + std::string(where));
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

namespace {

// Collects encodings. An exception is kept and thrown again after the plugin's call.
struct EncodingCollector {
  std::vector<Encoding> encodings;
  std::exception_ptr failure;

  lmos_encoding_sink sink() {
    return {this, [](void* context, const lmos_encoding* encoding) -> lmos_status {
              auto& self = *static_cast<EncodingCollector*>(context);
              try {
                self.take(*encoding);
                return LMOS_OK;
              } catch (...) {
                self.failure = std::current_exception();
                return LMOS_FAILED;
              }
            }};
  }

 private:
  void take(const lmos_encoding& given) {
    const uint64_t count = given.count;
    Encoding& own = encodings.emplace_back();
    own.ids.assign(given.ids, given.ids + count);
    own.type_ids.assign(given.type_ids, given.type_ids + count);
    own.texts.assign(given.texts, given.texts + count);
    own.words.assign(given.words, given.words + count);
    own.special.assign(given.special, given.special + count);
    own.attention.assign(count, 1);
    own.byte_offsets.assign(given.byte_offsets, given.byte_offsets + count);
    own.character_offsets.assign(given.character_offsets, given.character_offsets + count);
  }
};

}  // namespace

std::vector<Encoding> Tokenizer::encode_texts(std::string_view first,
                                              std::optional<std::string_view> second,
                                              const EncodeOptions& options) const {
  const lmos_encode_options given = {
      .struct_size = sizeof(lmos_encode_options),
      .flags = (options.special ? uint32_t{LMOS_ENCODE_SPECIAL} : 0u) |
               (options.overflow ? uint32_t{LMOS_ENCODE_OVERFLOW} : 0u),
      .max_length = options.max_length,
      .stride = options.stride,
      .strategy = options.strategy,
      .truncation_side = options.truncation_side};
  const lmos_string second_text = borrow(second.value_or(""));
  EncodingCollector collector;
  const lmos_status status = interface_->encode_texts(
      handle_.get(), borrow(first), second ? &second_text : nullptr, &given, collector.sink());
  if (collector.failure) std::rethrow_exception(collector.failure);
  check(status, "tokenising");
  return std::move(collector.encodings);
}

lmos_length_settings Tokenizer::length_settings() const {
  lmos_length_settings settings = {};
  settings.struct_size = sizeof settings;
  check(interface_->length_settings(handle_.get(), &settings), "reading the tokenizer's lengths");
  return settings;
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

std::string Tokenizer::id_to_token(int32_t id) const {
  std::string token;
  check(interface_->id_to_token(handle_.get(), id, collect(token)), "reading a token");
  return token;
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
