// The data set that the plugin gives the host; the functions are called by sdk::dataset_interface.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "dataset_files/files.h"
#include "document_reader.h"
#include "llmasos/config.hpp"
#include "llmasos/sink.hpp"
#include "options.h"

namespace lmos::text {

enum class Side { kBefore, kAfter };

// The part of the text before or after a byte, counted through all files.
struct Part {
  Side side;
  uint64_t cut;
};

class TextDataset {
 public:
  // Throws Error(LMOS_UNSUPPORTED) if the section describes no such split.
  static std::unique_ptr<TextDataset> open(const sdk::Config& section, std::string_view split);

  // `part`: none for all of the files.
  TextDataset(const Options& options, std::vector<files::DataFile> files, std::optional<Part> part);

  void fingerprint(lmos_sink text) const;
  uint64_t total_bytes() const;
  bool next(lmos_sink document);
  void rewind();

 private:
  bool next_document(Document& document);
  // Whether a document that begins at this byte of the current file belongs to the part.
  bool belongs(uint64_t begin) const;
  // Opens the next file that the part touches; false after the last.
  bool open_file();
  [[noreturn]] void fail_empty() const;

  Options options_;
  std::vector<files::DataFile> files_;
  std::optional<Part> part_;

  size_t file_ = 0;         // the next to open
  uint64_t file_base_ = 0;  // bytes of the files before the open one
  uint64_t next_base_ = 0;  // and of those before the next
  std::unique_ptr<DocumentReader> reader_;
  bool empty_ = true;  // no document was given since the last rewind
};

}  // namespace lmos::text
