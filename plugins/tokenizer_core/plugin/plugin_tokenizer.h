// lmos.tokenizer/1 over the engine, for the plugin of any kind of model:
//
//   struct WordPiece {
//     static const ModelKind& kind();
//     static Tokenizer train(const sdk::Config& section, const TrainingText& text);
//   };
//   constexpr lmos_tokenizer_interface kTable =
//       sdk::tokenizer_interface<PluginTokenizer<WordPiece>>(kTrainFields);
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "llmasos/sink.hpp"
#include "llmasos/tokenizer.hpp"
#include "tokenizer_core/errors.h"
#include "tokenizer_core/plugin/encoding_views.h"
#include "tokenizer_core/tokenizer.h"
#include "tokenizer_core/train/training_text.h"

namespace lmos::tokenizer {

// The engine's errors are about its input.
template <typename Body>
auto reported(Body&& body) {
  try {
    return body();
  } catch (const OtherTokenizerKind& error) {
    throw sdk::unsupported(error.what());
  } catch (const TokenizerError& error) {
    throw sdk::invalid(error.what());
  }
}

inline TokenId checked_id(int32_t id) {
  if (id < 0) throw sdk::invalid("token id " + std::to_string(id) + " is negative");
  return static_cast<TokenId>(id);
}

inline std::vector<std::string> string_list(const sdk::Config& list) {
  std::vector<std::string> strings;
  for (const sdk::Config& element : list.elements()) strings.emplace_back(element.as_string());
  return strings;
}

template <class Kind>
class PluginTokenizer {
 public:
  explicit PluginTokenizer(Tokenizer tokenizer) : tokenizer_(std::move(tokenizer)) {}

  static std::unique_ptr<PluginTokenizer> open(std::string_view path) {
    return reported([&] {
      return std::make_unique<PluginTokenizer>(
          Tokenizer::from_file(std::filesystem::path(path), Kind::kind()));
    });
  }

  static std::unique_ptr<PluginTokenizer> open_json(std::string_view json) {
    return reported([&] {
      return std::make_unique<PluginTokenizer>(
          Tokenizer::from_json(std::string(json), Kind::kind()));
    });
  }

  static std::unique_ptr<PluginTokenizer> train(const sdk::Config& section,
                                                sdk::TextSource& source) {
    const TrainingText text = {[&source] { return source.next(); }, source.total_bytes(),
                               sdk::report_progress};
    return reported([&] { return std::make_unique<PluginTokenizer>(Kind::train(section, text)); });
  }

  void save(lmos_sink json) const { sdk::write(json, std::string_view(tokenizer_.json())); }

  uint32_t vocab_size() const { return tokenizer_.vocab_size(); }

  void encode(std::string_view text, uint32_t flags, lmos_sink sink) const {
    const std::vector<TokenId> ids =
        reported([&] { return tokenizer_.encode(text, (flags & LMOS_ENCODE_SPECIAL) != 0); });
    // Ids are below 2^31: as int32_t they are the same bytes.
    sdk::write(sink, std::span(ids));
  }

  void encode_texts(std::string_view first, std::optional<std::string_view> second,
                    const lmos_encode_options& options, lmos_encoding_sink sink) const {
    const Windows windows = reported([&] {
      return tokenizer_.encode(first, second, (options.flags & LMOS_ENCODE_SPECIAL) != 0,
                               truncation_of(options));
    });
    hand_on(windows, first, second, sink);
  }

  void length_settings(lmos_length_settings& settings) const {
    fill_length_settings(tokenizer_, settings);
  }

  void decode(std::span<const int32_t> ids, uint32_t flags, lmos_sink sink) const {
    Stream stream(*this, flags);
    std::string text;
    for (const int32_t id : ids) stream.push(id, text);
    stream.finish(text);
    sdk::write(sink, std::string_view(text));
  }

  int32_t token_to_id(std::string_view token) const {
    const TokenId id = tokenizer_.token_to_id(token);
    return id == kNoToken ? -1 : static_cast<int32_t>(id);
  }

  void id_to_token(int32_t id, lmos_sink token) const {
    if (checked_id(id) >= tokenizer_.vocab_size())
      throw sdk::invalid("token id " + std::to_string(id) +
                         " is out of range; the vocabulary has " +
                         std::to_string(tokenizer_.vocab_size()) + " ids");
    sdk::write(token, tokenizer_.id_to_token(checked_id(id)));
  }

  class Stream {
   public:
    Stream(const PluginTokenizer& tokenizer, uint32_t flags)
        : stream_(tokenizer.tokenizer_, (flags & LMOS_DECODE_SKIP_SPECIAL) != 0) {}

    void push(int32_t id, std::string& text) {
      reported([&] { stream_.push(checked_id(id), text); });
    }
    void finish(std::string& text) { stream_.finish(text); }

    void push(int32_t id, lmos_sink sink) {
      text_.clear();
      push(id, text_);
      sdk::write(sink, std::string_view(text_));
    }
    void finish(lmos_sink sink) {
      text_.clear();
      finish(text_);
      sdk::write(sink, std::string_view(text_));
    }

   private:
    DecodeStream stream_;
    std::string text_;
  };

 private:
  Tokenizer tokenizer_;
};

}  // namespace lmos::tokenizer
