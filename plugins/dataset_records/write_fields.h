// A record on its way to the host.
#pragma once

#include "llmasos/config.hpp"
#include "record.h"

namespace lmos::records {

// Puts the fields into the map that the host began. Throws Error(LMOS_INVALID) with the record's
// place for a member without a name, and for a number beyond 64 bits.
void write_fields(sdk::ConfigWriter& writer, const Record& record);

}  // namespace lmos::records
