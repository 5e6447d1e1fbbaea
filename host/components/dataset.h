// A data set plugin's instance as the host uses it: documents or records of one split, in
// order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "components/record.h"
#include "llmasos/dataset.h"

namespace lmos::components {

// One thread at a time.
class Dataset {
 public:
  // `section`: the resolved `dataset` section. `split`: "train" or "validation"; none if the data
  // has no such split.
  static std::unique_ptr<Dataset> open(const lmos_dataset_interface& interface,
                                       const lmos_host* host, const ConfigTree& section,
                                       const std::string& split);

  // Changes when the documents may have changed.
  std::string fingerprint();
  uint64_t total_bytes() const { return interface_->total_bytes(handle_.get()); }
  // Replaces `document` by the next one; false after the last.
  bool next(std::string& document);
  // Whether it gives records as well.
  bool has_records() const;
  // Replaces `record` by the next one; false after the last. Only where has_records().
  bool next_record(Record& record);
  void rewind();

  const lmos_dataset_interface& interface() const { return *interface_; }
  lmos_dataset* handle() const { return handle_.get(); }

 private:
  Dataset(const lmos_dataset_interface& interface, lmos_dataset* handle)
      : interface_(&interface), handle_(handle, interface.close) {}

  const lmos_dataset_interface* interface_;
  std::unique_ptr<lmos_dataset, void (*)(lmos_dataset*)> handle_;
};

}  // namespace lmos::components
