#include "dataset.h"

#include <sstream>

#include "write_fields.h"

namespace lmos::records {

namespace {

std::string names(const std::vector<files::DataFile>& files) {
  std::string all;
  for (const files::DataFile& file : files) all += (all.empty() ? "`" : ", `") + file.path + "`";
  return all;
}

}  // namespace

std::unique_ptr<RecordDataset> RecordDataset::open(const sdk::Config& section,
                                                   std::string_view split) {
  Options options = read_options(section);
  const bool validation = files::is_validation(section, options.splits, split);
  const bool own_files = validation && !options.splits.validation_paths.empty();
  std::vector<files::DataFile> files =
      files::find_files(own_files ? options.splits.validation_paths : options.splits.paths);
  auto dataset = std::make_unique<RecordDataset>(std::move(options), std::move(files));
  if (dataset->options_.splits.validation_fraction > 0) dataset->cut(validation);
  return dataset;
}

RecordDataset::RecordDataset(Options options, std::vector<files::DataFile> files)
    : options_(std::move(options)), files_(std::move(files)) {}

void RecordDataset::cut(bool validation) {
  uint64_t count = 0;
  for (Record record; read_any(record);) ++count;
  const auto border =
      static_cast<uint64_t>(static_cast<double>(count) * (1 - options_.splits.validation_fraction));
  (validation ? range_.begin : range_.end) = border;
  if (range_.begin >= std::min(range_.end, count))
    throw sdk::invalid(names(files_) + ": " + std::to_string(count) +
                       " records are too few for this `validation_fraction`");
  rewind();
}

void RecordDataset::fingerprint(lmos_sink text) const {
  std::ostringstream lines;
  lines << "records 1\n";
  for (const files::DataFile& file : files_)
    lines << file.path << '\n' << file.bytes << ' ' << file.modified_ns << '\n';
  lines << range_.begin << ' ' << range_.end << '\n'
        << options_.format << '\n'
        << options_.each << '\n'
        << options_.text << '\n'
        << options_.skip_invalid << '\n';
  for (const std::string& column : options_.columns) lines << column << '\n';
  sdk::write(text, lines.str());
}

uint64_t RecordDataset::total_bytes() const {
  const Range all;
  const bool whole = range_.begin == all.begin && range_.end == all.end;
  return whole ? files::total_bytes(files_) : 0;
}

bool RecordDataset::read_any(Record& record) {
  for (;;) {
    if (reader_ == nullptr) {
      if (file_ == files_.size()) return false;
      reader_ = open_reader(files_[file_++], options_);
    }
    try {
      if (reader_->next(record)) return true;
      reader_.reset();
    } catch (const sdk::Error& error) {
      if (!options_.skip_invalid || error.status() != LMOS_INVALID) throw;
      if (skipped_++ == 0) first_skipped_ = error.what();
    }
  }
}

bool RecordDataset::read(Record& record) {
  while (position_ < range_.end && read_any(record))
    if (position_++ >= range_.begin) return true;
  if (position_ == 0) throw sdk::invalid(names(files_) + ": there is no record");
  report_skipped();
  return false;
}

void RecordDataset::report_skipped() const {
  if (skipped_ != 0)
    sdk::log(LMOS_LOG_WARNING,
             std::to_string(skipped_) +
                 " lines were no records and were skipped; the first: " + first_skipped_);
}

bool RecordDataset::next(lmos_sink document) {
  Record record;
  if (!read(record)) return false;
  const boost::json::value* text = record.fields.if_contains(options_.text);
  if (text == nullptr || !text->is_string())
    throw sdk::invalid(record.place + ": the record has no text in a field `" + options_.text +
                       "`; set `text` to the one that holds it");
  sdk::write(document, std::string_view(text->get_string().data(), text->get_string().size()));
  return true;
}

bool RecordDataset::next_record(sdk::ConfigWriter& writer, lmos_sink place) {
  Record record;
  if (!read(record)) return false;
  write_fields(writer, record);
  sdk::write(place, record.place);
  return true;
}

void RecordDataset::rewind() {
  file_ = 0;
  reader_.reset();
  position_ = 0;
  skipped_ = 0;
}

}  // namespace lmos::records
