// TLS over the bytes of another stream.
#pragma once

#include <memory>

#include "client/stream.h"

namespace lmos::client {

// Shakes hands at once. Error(kResource) for a server that is not trusted or speaks no TLS,
// kUsage for a file of certificates that can't be read.
std::unique_ptr<ByteStream> secure_stream(std::unique_ptr<ByteStream> plain, const Address& address,
                                          const Trust& trust);

}  // namespace lmos::client
