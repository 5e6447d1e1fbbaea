// Bytes to and from a server.
#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "client/address.h"

namespace lmos::client {

// How long calls wait, and what ends them before.
struct Waiting {
  double connect_seconds = 10;
  double silence_seconds = 600;  // in which the server says or takes nothing; 0: any time
  // May be null. When it becomes true, what waits ends within 0.1 s with Error(kInterrupted).
  const std::atomic<bool>* interrupted = nullptr;
};

// Which servers a client talks to over https.
struct Trust {
  std::filesystem::path authorities;  // certificates in PEM form; empty: those of the system
  bool anyone = false;                // whatever certificate it shows
};

// Errors are Error(kResource) that name the server, and kInterrupted.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // At least one byte; 0 at the end.
  virtual size_t read(std::span<char> bytes) = 0;
  virtual void write(std::string_view bytes) = 0;
  // The server has closed it, or sent what nobody asked for: not to be used for a further request.
  virtual bool is_stale() = 0;
};

// Connects, and shakes hands where the address is secure. `waiting` is read at each call and
// outlives the stream. Errors also as of secure_stream().
std::unique_ptr<ByteStream> open_stream(const Address& address, const Trust& trust,
                                        const Waiting& waiting);

}  // namespace lmos::client
