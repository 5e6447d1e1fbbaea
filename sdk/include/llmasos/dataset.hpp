// The table of lmos.dataset/1 for a C++ class:
//
//   class Dataset {
//     static std::unique_ptr<Dataset> open(const Config& section, std::string_view split);
//     void fingerprint(lmos_sink text);
//     uint64_t total_bytes() const;
//     bool next(lmos_sink document);  // false after the last document, and then nothing is written
//     void rewind();
//     // Optional; false after the last record, and then nothing is put or written.
//     bool next_record(ConfigWriter& record, lmos_sink place);
//   };
#pragma once

#include <span>

#include "llmasos/config.hpp"
#include "llmasos/dataset.h"

namespace lmos::sdk {

// `fields` has static storage.
template <class Dataset>
constexpr lmos_dataset_interface dataset_interface(std::span<const lmos_field> fields) {
  lmos_dataset_interface table = {};
  table.struct_size = sizeof(lmos_dataset_interface);
  table.fields = fields.data();
  table.field_count = fields.size();
  table.open = [](const lmos_host*, const lmos_config* section, lmos_string split,
                  lmos_dataset** dataset) {
    return guarded([&] { give(Dataset::open(Config(section), view(split)), dataset); });
  };
  table.close = [](lmos_dataset* dataset) { destroy<Dataset>(dataset); };
  table.fingerprint = [](lmos_dataset* dataset, lmos_sink text) {
    return guarded([&] { object<Dataset>(dataset).fingerprint(text); });
  };
  table.total_bytes = [](const lmos_dataset* dataset) {
    return guarded_or<uint64_t>(0, [&] { return object<Dataset>(dataset).total_bytes(); });
  };
  table.next = [](lmos_dataset* dataset, lmos_sink document) {
    return guarded([&]() -> lmos_status {
      return object<Dataset>(dataset).next(document) ? LMOS_OK : LMOS_END;
    });
  };
  table.rewind = [](lmos_dataset* dataset) {
    return guarded([&] { object<Dataset>(dataset).rewind(); });
  };
  if constexpr (requires(Dataset & dataset, ConfigWriter & record, lmos_sink place) {
                  dataset.next_record(record, place);
                })
    table.next_record = [](lmos_dataset* dataset, lmos_config_writer* record, lmos_sink place) {
      return guarded([&]() -> lmos_status {
        ConfigWriter writer(record);
        return object<Dataset>(dataset).next_record(writer, place) ? LMOS_OK : LMOS_END;
      });
    };
  return table;
}

}  // namespace lmos::sdk
