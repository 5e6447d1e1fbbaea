#include "data/shard_format.h"

#include <cstddef>
#include <cstdio>
#include <span>

#include "data/checksum.h"

namespace lmos::data {

std::string shard_name(uint32_t index) {
  char name[32];
  std::snprintf(name, sizeof name, "shard-%05u.tokens", index);
  return name;
}

uint64_t footer_checksum(const ShardFooter& footer) {
  Checksum sum;
  sum.update(std::as_bytes(std::span(&footer, 1)).first(offsetof(ShardFooter, footer_checksum)));
  return sum.value();
}

}  // namespace lmos::data
