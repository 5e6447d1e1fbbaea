#include "components/dataset.h"

#include <cstddef>

#include "components/config_writer.h"
#include "components/sinks.h"
#include "llmasos/text.hpp"
#include "pipeline/config_service.h"
#include "runtime/status.h"

namespace lmos::components {

std::unique_ptr<Dataset> Dataset::open(const lmos_dataset_interface& interface,
                                       const lmos_host* host, const ConfigTree& section,
                                       const std::string& split) {
  lmos_dataset* handle = nullptr;
  const lmos_status status =
      interface.open(host, config_node(section), sdk::borrow(split), &handle);
  if (status == LMOS_UNSUPPORTED) return nullptr;
  runtime::check_reading(status, "opening the " + split + " data");
  return std::unique_ptr<Dataset>(new Dataset(interface, handle));
}

std::string Dataset::fingerprint() {
  std::string text;
  runtime::check(interface_->fingerprint(handle_.get(), collect(text)), "looking at the data");
  return text;
}

bool Dataset::next(std::string& document) {
  document.clear();
  const lmos_status status = interface_->next(handle_.get(), collect(document));
  if (status == LMOS_END) return false;
  runtime::check_reading(status, "reading the data");
  return true;
}

bool Dataset::has_records() const {
  // Appended to the table after it was frozen.
  constexpr uint64_t kEnd =
      offsetof(lmos_dataset_interface, next_record) + sizeof(interface_->next_record);
  return interface_->struct_size >= kEnd && interface_->next_record != nullptr;
}

bool Dataset::next_record(Record& record) {
  ConfigTreeWriter fields;
  std::string place;
  const lmos_status status =
      interface_->next_record(handle_.get(), fields.writer(), collect(place));
  if (status == LMOS_END) return false;
  runtime::check_reading(status, "reading the data");
  record = Record(fields.take(), std::move(place));
  return true;
}

void Dataset::rewind() {
  runtime::check(interface_->rewind(handle_.get()), "reading the data again");
}

}  // namespace lmos::components
