#include "tokenizer_core/formats/read_file.h"

#include <fstream>

namespace lmos::tokenizer {
namespace {

constexpr uintmax_t kFileLimitBytes = 1 << 30;

}  // namespace

std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::error_code error;
  std::string bytes;
  const uintmax_t size = stream ? std::filesystem::file_size(file, error) : 0;
  if (size > kFileLimitBytes && !error)
    throw TokenizerError("'" + file.string() +
                         "' is larger than 1 GiB, which no tokenizer's file is");
  if (stream && !error) {
    bytes.resize(size);
    stream.read(bytes.data(), static_cast<std::streamsize>(size));
  }
  if (!stream || error) throw TokenizerError("can't read '" + file.string() + "'");
  return bytes;
}

}  // namespace lmos::tokenizer
