#include "tokenizer/expected.h"

#include <zlib.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <stdexcept>

namespace lmos::tokenizer {
namespace {

std::string unpack(const std::filesystem::path& file) {
  gzFile stream = gzopen(file.c_str(), "rb");
  if (stream == nullptr) throw std::runtime_error("can't open " + file.string());
  std::string text;
  char buffer[1 << 16];
  int read = 0;
  while ((read = gzread(stream, buffer, sizeof buffer)) > 0)
    text.append(buffer, static_cast<size_t>(read));
  gzclose(stream);
  if (read < 0) throw std::runtime_error("can't unpack " + file.string());
  return text;
}

}  // namespace

std::optional<std::filesystem::path> test_data_folder() {
  const char* folder = std::getenv("LLMASOS_TEST_DATA");
  if (folder == nullptr || !std::filesystem::is_directory(folder)) return std::nullopt;
  return folder;
}

std::vector<ExpectedText> read_expected(const std::filesystem::path& file) {
  const std::string lines = unpack(file);
  std::vector<ExpectedText> texts;
  for (size_t begin = 0; begin < lines.size();) {
    const size_t end = std::min(lines.find('\n', begin), lines.size());
    const boost::json::value line = boost::json::parse(lines.substr(begin, end - begin));
    const auto member = [&]<typename Value>(const char* key, Value absent) {
      const boost::json::value* value = line.as_object().if_contains(key);
      return value == nullptr ? absent : boost::json::value_to<Value>(*value);
    };
    texts.push_back({member("text", std::string()), member("ids", std::vector<TokenId>()),
                     member("ids_special", std::vector<TokenId>()),
                     member("offsets", std::vector<std::pair<uint64_t, uint64_t>>()),
                     member("decoded", std::string()), member("decoded_skip", std::string())});
    begin = end + 1;
  }
  return texts;
}

}  // namespace lmos::tokenizer
