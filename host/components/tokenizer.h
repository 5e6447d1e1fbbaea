// A tokenizer plugin's instance as the host uses it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "components/encoding.h"
#include "llmasos/tokenizer.h"

namespace lmos {
class ConfigTree;
}

namespace lmos::components {

// Gives the next piece of text, valid to the next call; false after the last.
using TextSource = std::function<bool(std::string_view& text)>;

// All members may be called on any thread.
class Tokenizer {
 public:
  // From a file that the plugin reads, or a folder that holds one. None if the file is of another
  // kind of tokenizer.
  static std::unique_ptr<Tokenizer> open(const lmos_tokenizer_interface& interface,
                                         const lmos_host* host, const std::filesystem::path& path);
  // The same from the text of a tokenizer.json; `where` names what it came from.
  static std::unique_ptr<Tokenizer> open_json(const lmos_tokenizer_interface& interface,
                                              const lmos_host* host, std::string_view json,
                                              std::string_view where);
  // Learns from all of `text`, `total_bytes` long (0: unknown). `options`: the resolved
  // `tokenizer.train` section.
  static std::unique_ptr<Tokenizer> train(const lmos_tokenizer_interface& interface,
                                          const lmos_host* host, const ConfigTree& options,
                                          uint64_t total_bytes, TextSource text);

  uint32_t vocab_size() const;
  std::vector<int32_t> encode(std::string_view text, bool special) const;
  // One text, or a pair, as one encoding; with options.overflow more where a text is longer than
  // options.max_length allows: they cover it all, in order.
  std::vector<Encoding> encode_texts(std::string_view first, std::optional<std::string_view> second,
                                     const EncodeOptions& options) const;
  // What the tokenizer's file says about truncation and padding.
  lmos_length_settings length_settings() const;
  std::string decode(std::span<const int32_t> ids, bool skip_special) const;
  // -1 if there is none.
  int32_t token_to_id(std::string_view token) const;
  // As the vocabulary spells it.
  std::string id_to_token(int32_t id) const;
  // The content of its tokenizer.json.
  std::string json() const;

  // Text that becomes certain as ids arrive; never part of a character. The tokenizer outlives it.
  // One thread at a time.
  class Stream {
   public:
    Stream(const Tokenizer& tokenizer, bool skip_special);
    std::string push(int32_t id);
    std::string finish();

   private:
    const lmos_tokenizer_interface* interface_;
    std::unique_ptr<lmos_token_stream, void (*)(lmos_token_stream*)> stream_;
  };

  const lmos_tokenizer_interface& interface() const { return *interface_; }
  const lmos_tokenizer* handle() const { return handle_.get(); }

 private:
  Tokenizer(const lmos_tokenizer_interface& interface, lmos_tokenizer* handle)
      : interface_(&interface), handle_(handle, interface.close) {}

  const lmos_tokenizer_interface* interface_;
  std::unique_ptr<lmos_tokenizer, void (*)(lmos_tokenizer*)> handle_;
};

}  // namespace lmos::components
