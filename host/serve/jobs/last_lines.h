// The end of a text file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lmos::serve {

struct LastLines {
  std::vector<std::string> lines;  // complete ones, without their line feeds
  uint64_t end = 0;                // of the last of them in the file
  bool earlier = false;            // the file holds lines before them
};

// The last `count` lines, at most `bytes` of them. A file that is absent, or no regular file of its
// own, is empty.
LastLines last_lines(const std::filesystem::path& path, size_t count, size_t bytes);

// The complete lines from the byte `begin` on, at most `bytes` of them.
LastLines lines_from(const std::filesystem::path& path, uint64_t begin, size_t bytes);

}  // namespace lmos::serve
