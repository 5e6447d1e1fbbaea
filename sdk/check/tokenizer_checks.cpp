#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "check.h"
#include "components/sinks.h"
#include "components/tokenizer.h"
#include "plugin_under_check.h"

namespace lmos::check {

namespace {

namespace fs = std::filesystem;
using components::Tokenizer;

constexpr std::string_view kTexts[] = {
    "",
    " ",
    "The quick brown fox jumps over the lazy dog.",
    "  two  spaces,\ttabs\tand\r\nline breaks \n\n",
    "na\xC3\xAFve caf\xC3\xA9, 12345.678, it's",
    "\xE4\xBD\xA0\xE5\xA5\xBD\xEF\xBC\x8C\xE4\xB8\x96\xE7\x95\x8C",   // Chinese
    "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB \xF0\x9F\x98\x80",  // emoji with a joiner
    "a\xCC\x81 \xD9\x85\xD8\xB1\xD8\xAD\xD8\xA8\xD8\xA7",             // combining, Arabic
};

std::unique_ptr<Tokenizer> make(PluginUnderCheck& plugin) {
  const auto& table = plugin.table<lmos_tokenizer_interface>(LMOS_TOKENIZER_ID);
  if (const std::string& file = plugin.given().tokenizer_file; !file.empty()) {
    auto tokenizer = Tokenizer::open(table, plugin.host(), file);
    expect(tokenizer != nullptr, "it does not open " + file);
    return tokenizer;
  }
  const ConfigTree options =
      plugin.section("tokenizer", table.train_fields, table.train_field_count);
  size_t next = 0;
  const components::TextSource texts = [&next](std::string_view& text) {
    if (next == 100 * std::size(kTexts)) return false;
    text = kTexts[next++ % std::size(kTexts)];
    return true;
  };
  try {
    return Tokenizer::train(table, plugin.host(), options, 0, texts);
  } catch (const std::exception& error) {
    throw Skipped(std::string("it learned no vocabulary: ") + error.what() +
                  "; give --tokenizer-file or --tokenizer");
  }
}

void decoding_is_stable(PluginUnderCheck& plugin) {
  const auto tokenizer = make(plugin);
  for (std::string_view text : kTexts) {
    const std::string once = tokenizer->decode(tokenizer->encode(text, false), true);
    const std::string twice = tokenizer->decode(tokenizer->encode(once, false), true);
    expect(once == twice, "`" + once + "` becomes `" + twice + "` by encoding and decoding");
  }
}

void streaming_equals_decoding(PluginUnderCheck& plugin) {
  const auto tokenizer = make(plugin);
  for (std::string_view text : kTexts) {
    const auto ids = tokenizer->encode(text, true);
    Tokenizer::Stream stream(*tokenizer, false);
    std::string streamed;
    for (int32_t id : ids) streamed += stream.push(id);
    streamed += stream.finish();
    const std::string whole = tokenizer->decode(ids, false);
    expect(streamed == whole, "streamed `" + streamed + "`, decoded `" + whole + "`");
  }
}

void ids_stay_in_the_vocabulary(PluginUnderCheck& plugin) {
  const auto tokenizer = make(plugin);
  const auto size = static_cast<int64_t>(tokenizer->vocab_size());
  for (std::string_view text : kTexts)
    for (int32_t id : tokenizer->encode(text, true))
      expect(id >= 0 && id < size,
             "id " + std::to_string(id) + " is outside the vocabulary of " + std::to_string(size));
}

void encodings_hold_the_ids(PluginUnderCheck& plugin) {
  const auto tokenizer = make(plugin);
  for (std::string_view text : kTexts) {
    for (const bool special : {false, true}) {
      const auto encodings = tokenizer->encode_texts(text, std::nullopt, {.special = special});
      expect(encodings.size() == 1, "without a limit, `" + std::string(text) + "` is cut");
      expect(encodings[0].ids == tokenizer->encode(text, special),
             "`" + std::string(text) + "` has other ids in its encoding");
    }
    const auto pair = tokenizer->encode_texts(text, text, {.special = false}).at(0);
    for (size_t i = 0; i < pair.size(); ++i) {
      const lmos_text_range range = pair.byte_offsets[i];
      expect(range.begin <= range.end && range.end <= text.size(),
             "a token's offsets are outside the text");
      expect(pair.texts[i] == 0 || pair.texts[i] == 1, "a token is of neither text");
    }
  }
}

void long_texts_are_cut(PluginUnderCheck& plugin) {
  const auto tokenizer = make(plugin);
  constexpr uint64_t kLimit = 5;
  for (std::string_view text : kTexts) {
    std::vector<int32_t> together;
    for (const auto& encoding : tokenizer->encode_texts(
             text, std::nullopt, {.special = false, .max_length = kLimit, .overflow = true})) {
      expect(encoding.size() <= kLimit, "an encoding is longer than max_length");
      together.insert(together.end(), encoding.ids.begin(), encoding.ids.end());
    }
    expect(together == tokenizer->encode(text, false), "the cut encodings lose tokens");
  }
}

void foreign_ids_are_refused(PluginUnderCheck& plugin) {
  const auto tokenizer = make(plugin);
  const auto& table = tokenizer->interface();
  std::string text;
  for (int32_t id : {-1, static_cast<int32_t>(tokenizer->vocab_size())}) {
    expect_status(LMOS_INVALID,
                  table.decode(tokenizer->handle(), &id, 1, 0, components::collect(text)),
                  "decode of id " + std::to_string(id));
    expect_status(LMOS_INVALID,
                  table.id_to_token(tokenizer->handle(), id, components::collect(text)),
                  "id_to_token of id " + std::to_string(id));
  }
}

void tokens_have_their_ids(PluginUnderCheck& plugin) {
  const auto tokenizer = make(plugin);
  const auto& table = tokenizer->interface();
  const auto size = static_cast<int32_t>(std::min<uint32_t>(tokenizer->vocab_size(), 100'000));
  for (int32_t id = 0; id < size; ++id) {
    std::string token, again;
    // A vocabulary may have holes.
    if (table.id_to_token(tokenizer->handle(), id, components::collect(token)) != LMOS_OK) continue;
    const int32_t found = tokenizer->token_to_id(token);
    expect(found >= 0, "token `" + token + "` of id " + std::to_string(id) + " has no id");
    expect_status(LMOS_OK,
                  table.id_to_token(tokenizer->handle(), found, components::collect(again)),
                  "id_to_token");
    expect(token == again, "token `" + token + "` has the id of `" + again + "`");
  }
}

void saved_file_opens_the_same(PluginUnderCheck& plugin) {
  const auto tokenizer = make(plugin);
  std::string pattern = (fs::temp_directory_path() / "llmasos-check-XXXXXX").native();
  const fs::path folder = mkdtemp(pattern.data());
  std::ofstream(folder / "tokenizer.json", std::ios::binary) << tokenizer->json();
  std::unique_ptr<Tokenizer> opened;
  try {
    opened = Tokenizer::open(tokenizer->interface(), plugin.host(), folder);
  } catch (...) {
    fs::remove_all(folder);
    throw;
  }
  fs::remove_all(folder);
  expect(opened != nullptr, "it does not open the folder of a tokenizer.json that it saved");
  expect(opened->vocab_size() == tokenizer->vocab_size(), "the vocabulary has another size");
  for (std::string_view text : kTexts)
    expect(opened->encode(text, true) == tokenizer->encode(text, true),
           "`" + std::string(text) + "` has other ids");
}

constexpr Check kChecks[] = {
    {"decodes what it encodes to a stable text", decoding_is_stable},
    {"streams the text that it decodes", streaming_equals_decoding},
    {"gives ids of its vocabulary", ids_stay_in_the_vocabulary},
    {"gives the same ids with offsets", encodings_hold_the_ids},
    {"cuts long texts without loss", long_texts_are_cut},
    {"refuses ids outside its vocabulary", foreign_ids_are_refused},
    {"finds the ids of its tokens", tokens_have_their_ids},
    {"opens what it saved", saved_file_opens_the_same},
};

}  // namespace

std::span<const Check> tokenizer_checks() { return kChecks; }

}  // namespace lmos::check
