#include "formats/append_order.h"

#include "errors/error.h"
#include "formats/quote.h"

namespace lmos {

AppendOrder::AppendOrder(std::vector<Item> items) : items_(std::move(items)) {
  if (!items_.empty()) missing_bytes_ = items_[0].bytes;
  skip_finished();
}

void AppendOrder::skip_finished() {
  while (next_ < items_.size() && missing_bytes_ == 0) {
    if (++next_ < items_.size()) missing_bytes_ = items_[next_].bytes;
  }
}

bool AppendOrder::accept(std::string_view name, uint64_t bytes) {
  if (complete() || items_[next_].name != name)
    throw Error(
        ErrorKind::kInternal,
        "the data of tensor " + quote_text(name) + " came when " +
            (complete() ? "the file was complete" : quote_text(items_[next_].name) + " was due"));
  if (bytes > missing_bytes_)
    throw Error(ErrorKind::kInternal, "tensor " + quote_text(name) + " got " +
                                          std::to_string(bytes - missing_bytes_) +
                                          " bytes more than were declared");
  missing_bytes_ -= bytes;
  const bool finished = missing_bytes_ == 0;
  skip_finished();
  return finished;
}

void AppendOrder::check_complete() const {
  if (!complete())
    throw Error(ErrorKind::kInternal, "tensor " + quote_text(items_[next_].name) + " lacks " +
                                          std::to_string(missing_bytes_) + " bytes");
}

}  // namespace lmos
