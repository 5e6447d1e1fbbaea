#include "dataset.h"

#include <algorithm>
#include <sstream>

namespace lmos::text {

namespace {

// Where the text is cut, so that `fraction` of its bytes lie behind.
uint64_t cut_at(const std::vector<files::DataFile>& files, double fraction) {
  const uint64_t total = files::total_bytes(files);
  return std::min(total, static_cast<uint64_t>(static_cast<double>(total) * (1 - fraction)));
}

}  // namespace

std::unique_ptr<TextDataset> TextDataset::open(const sdk::Config& section, std::string_view split) {
  const Options options = read_options(section);
  const bool validation = files::is_validation(section, options.splits, split);
  if (validation && !options.splits.validation_paths.empty())
    return std::make_unique<TextDataset>(
        options, files::find_files(options.splits.validation_paths), std::nullopt);
  std::vector<files::DataFile> files = files::find_files(options.splits.paths);
  std::optional<Part> part;
  if (options.splits.validation_fraction > 0)
    part = Part{validation ? Side::kAfter : Side::kBefore,
                cut_at(files, options.splits.validation_fraction)};
  return std::make_unique<TextDataset>(options, std::move(files), part);
}

TextDataset::TextDataset(const Options& options, std::vector<files::DataFile> files,
                         std::optional<Part> part)
    : options_(options), files_(std::move(files)), part_(part) {}

void TextDataset::fingerprint(lmos_sink text) const {
  std::ostringstream lines;
  lines << "text 1\n";
  for (const files::DataFile& file : files_)
    lines << file.path << '\n' << file.bytes << ' ' << file.modified_ns << '\n';
  if (part_) lines << (part_->side == Side::kBefore ? "before " : "after ") << part_->cut << '\n';
  lines << options_.separator.size() << ' ' << options_.separator << '\n'
        << options_.json_field << '\n'
        << (options_.invalid == files::InvalidUtf8::kReplace) << '\n';
  sdk::write(text, lines.str());
}

uint64_t TextDataset::total_bytes() const {
  const uint64_t all = files::total_bytes(files_);
  if (!part_) return all;
  return part_->side == Side::kBefore ? part_->cut : all - part_->cut;
}

bool TextDataset::belongs(uint64_t begin) const {
  if (!part_) return true;
  return (file_base_ + begin < part_->cut) == (part_->side == Side::kBefore);
}

bool TextDataset::open_file() {
  while (file_ < files_.size()) {
    const files::DataFile& file = files_[file_++];
    file_base_ = next_base_;
    next_base_ += file.bytes;
    uint64_t begin = 0, end = file.bytes;
    const bool cut_here = part_ && file_base_ < part_->cut && part_->cut < next_base_;
    if (!cut_here && !belongs(0)) continue;
    // A file that is one document is cut between characters; others between documents.
    const bool one_document = !file.is_json_lines() && options_.separator.empty();
    if (cut_here && one_document) {
      const uint64_t cut = files::character_boundary(file.path, part_->cut - file_base_);
      (part_->side == Side::kBefore ? end : begin) = cut;
    }
    reader_ = std::make_unique<DocumentReader>(file, options_, begin, end);
    return true;
  }
  return false;
}

bool TextDataset::next_document(Document& document) {
  for (;;) {
    if (reader_ == nullptr && !open_file()) return false;
    while (reader_->next(document))
      if (belongs(document.begin)) return true;
    reader_.reset();
  }
}

void TextDataset::fail_empty() const {
  std::string names;
  for (const files::DataFile& file : files_)
    names += (names.empty() ? "`" : ", `") + file.path + "`";
  if (!part_) throw sdk::invalid(names + ": there is no text");
  throw sdk::invalid(names + ": no document begins " +
                     (part_->side == Side::kBefore ? "before" : "after") + " the cut at byte " +
                     std::to_string(part_->cut) +
                     "; change `validation_fraction`, or give files of their own as `validation`");
}

bool TextDataset::next(lmos_sink document) {
  Document next;
  if (!next_document(next)) {
    if (empty_) fail_empty();
    return false;
  }
  empty_ = false;
  sdk::write(document, next.text);
  return true;
}

void TextDataset::rewind() {
  file_ = 0;
  next_base_ = 0;
  reader_.reset();
  empty_ = true;
}

}  // namespace lmos::text
