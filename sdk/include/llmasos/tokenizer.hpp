// The table of lmos.tokenizer/1 for a C++ class:
//
//   class Tokenizer {
//     static std::unique_ptr<Tokenizer> open(std::string_view path);
//     static std::unique_ptr<Tokenizer> open_json(std::string_view json);
//     static std::unique_ptr<Tokenizer> train(const Config& options, TextSource& text);
//     void save(lmos_sink json) const;
//     uint32_t vocab_size() const;
//     void encode(std::string_view text, uint32_t flags, lmos_sink ids) const;
//     void encode_texts(std::string_view first, std::optional<std::string_view> second,
//                       const lmos_encode_options& options, lmos_encoding_sink encodings) const;
//     void length_settings(lmos_length_settings& settings) const;  // of zeroes, to be filled
//     void decode(std::span<const int32_t> ids, uint32_t flags, lmos_sink text) const;
//     int32_t token_to_id(std::string_view token) const;  // -1: none
//     void id_to_token(int32_t id, lmos_sink token) const;
//     class Stream {
//       Stream(const Tokenizer& tokenizer, uint32_t flags);
//       void push(int32_t id, lmos_sink text);
//       void finish(lmos_sink text);
//     };
//   };
#pragma once

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>

#include "llmasos/config.hpp"
#include "llmasos/tokenizer.h"

namespace lmos::sdk {

// The host's text to train on.
class TextSource {
 public:
  explicit TextSource(lmos_text_source* source) : source_(source) {}
  // 0 if unknown.
  uint64_t total_bytes() const { return source_->total_bytes; }
  // Valid to the next call; none after the last.
  std::optional<std::string_view> next() {
    lmos_string text = {};
    const lmos_status status = source_->next(source_, &text);
    if (status == LMOS_END) return std::nullopt;
    check(status);
    return view(text);
  }

 private:
  lmos_text_source* source_;
};

// `train_fields` has static storage.
template <class Tokenizer>
constexpr lmos_tokenizer_interface tokenizer_interface(std::span<const lmos_field> train_fields) {
  using Stream = typename Tokenizer::Stream;
  lmos_tokenizer_interface table = {};
  table.struct_size = sizeof(lmos_tokenizer_interface);
  table.train_fields = train_fields.data();
  table.train_field_count = train_fields.size();
  table.open = [](const lmos_host*, lmos_string path, lmos_tokenizer** tokenizer) {
    return guarded([&] { give(Tokenizer::open(view(path)), tokenizer); });
  };
  table.open_json = [](const lmos_host*, lmos_string json, lmos_tokenizer** tokenizer) {
    return guarded([&] { give(Tokenizer::open_json(view(json)), tokenizer); });
  };
  table.train = [](const lmos_host*, const lmos_config* options, lmos_text_source* text,
                   lmos_tokenizer** tokenizer) {
    return guarded([&] {
      TextSource source(text);
      give(Tokenizer::train(Config(options), source), tokenizer);
    });
  };
  table.close = [](lmos_tokenizer* tokenizer) { destroy<Tokenizer>(tokenizer); };
  table.save = [](const lmos_tokenizer* tokenizer, lmos_sink json) {
    return guarded([&] { object<Tokenizer>(tokenizer).save(json); });
  };
  table.vocab_size = [](const lmos_tokenizer* tokenizer) {
    return guarded_or<uint32_t>(0, [&] { return object<Tokenizer>(tokenizer).vocab_size(); });
  };
  table.encode = [](const lmos_tokenizer* tokenizer, lmos_string text, uint32_t flags,
                    lmos_sink ids) {
    return guarded([&] { object<Tokenizer>(tokenizer).encode(view(text), flags, ids); });
  };
  table.encode_texts = [](const lmos_tokenizer* tokenizer, lmos_string first,
                          const lmos_string* second, const lmos_encode_options* options,
                          lmos_encoding_sink encodings) {
    return guarded([&] {
      const std::optional<std::string_view> second_text =
          second == nullptr ? std::nullopt : std::optional(view(*second));
      object<Tokenizer>(tokenizer).encode_texts(view(first), second_text, *options, encodings);
    });
  };
  table.length_settings = [](const lmos_tokenizer* tokenizer, lmos_length_settings* settings) {
    return guarded([&] {
      lmos_length_settings filled = {};
      object<Tokenizer>(tokenizer).length_settings(filled);
      const uint32_t size = settings->struct_size;
      filled.struct_size = size;
      std::memcpy(settings, &filled, std::min<size_t>(size, sizeof filled));
    });
  };
  table.decode = [](const lmos_tokenizer* tokenizer, const int32_t* ids, uint64_t count,
                    uint32_t flags, lmos_sink text) {
    return guarded([&] {
      object<Tokenizer>(tokenizer).decode(std::span<const int32_t>(ids, count), flags, text);
    });
  };
  table.token_to_id = [](const lmos_tokenizer* tokenizer, lmos_string token) {
    return guarded_or<int32_t>(
        -1, [&] { return object<Tokenizer>(tokenizer).token_to_id(view(token)); });
  };
  table.id_to_token = [](const lmos_tokenizer* tokenizer, int32_t id, lmos_sink token) {
    return guarded([&] { object<Tokenizer>(tokenizer).id_to_token(id, token); });
  };
  table.stream_open = [](const lmos_tokenizer* tokenizer, uint32_t flags,
                         lmos_token_stream** stream) {
    return guarded(
        [&] { give(std::make_unique<Stream>(object<Tokenizer>(tokenizer), flags), stream); });
  };
  table.stream_push = [](lmos_token_stream* stream, int32_t id, lmos_sink text) {
    return guarded([&] { object<Stream>(stream).push(id, text); });
  };
  table.stream_finish = [](lmos_token_stream* stream, lmos_sink text) {
    return guarded([&] { object<Stream>(stream).finish(text); });
  };
  table.stream_close = [](lmos_token_stream* stream) { destroy<Stream>(stream); };
  return table;
}

}  // namespace lmos::sdk
