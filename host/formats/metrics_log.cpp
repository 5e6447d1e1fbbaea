#include "formats/metrics_log.h"

#include <cmath>
#include <string>
#include <string_view>

#include "errors/error.h"
#include "formats/json_text.h"
#include "formats/mapped_file.h"

namespace lmos {
namespace {

namespace fs = std::filesystem;

// Bytes of the leading lines of steps up to `last_step`.
uint64_t kept_bytes(const fs::path& path, int64_t last_step) {
  MappedFile file(path);
  std::string_view text(reinterpret_cast<const char*>(file.bytes().data()), file.size());
  size_t kept = 0;
  for (size_t line_number = 1;; ++line_number) {
    size_t end = text.find('\n', kept);
    if (end == std::string_view::npos) return kept;  // the end, or a torn line
    std::string where = path.string() + ":" + std::to_string(line_number);
    int64_t step = 0;
    try {
      step = parse_json(text.substr(kept, end - kept), where).at("step", where).as_int64(where);
    } catch (const Error&) {
      // A power loss can leave a last line of zeros.
      if (end + 1 == text.size()) return kept;
      throw;
    }
    if (step > last_step) return kept;
    kept = end + 1;
  }
}

bool is_finite(const Json& value) {
  return !value.is_number() || std::isfinite(value.as_double("metric"));
}

}  // namespace

MetricsLog::MetricsLog(const fs::path& path, int64_t last_step)
    : file_(path, OutputFile::Mode::kAppend) {
  file_.truncate(last_step < 0 ? 0 : kept_bytes(path, last_step));
}

void MetricsLog::append(int64_t step, const Json::Object& metrics) {
  Json::Object line{{"step", step}};
  for (const JsonMember& metric : metrics)
    line.push_back({metric.key, is_finite(metric.value) ? metric.value : Json()});
  file_.write(compact_json(line) + '\n');
}

}  // namespace lmos
