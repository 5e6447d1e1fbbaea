#include "formats/byte_reader.h"

#include "errors/error.h"

namespace lmos {

void ByteReader::refuse_short(uint64_t count, std::string_view what) const {
  throw Error(ErrorKind::kInput, where_ + ": " + std::string(what) + " at byte " +
                                     std::to_string(position_) + " needs " + std::to_string(count) +
                                     " bytes but only " + std::to_string(left()) +
                                     " are left; the file is damaged or incomplete: fetch or save "
                                     "it again");
}

}  // namespace lmos
