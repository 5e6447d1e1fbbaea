// What the daemon proves its name with.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "serve/config.h"

namespace boost::asio::ssl {
class context;
}

namespace lmos::serve {

// TLS 1.2 and 1.3, HTTP/1.1 by ALPN. The loop's thread only.
class TlsCertificate {
 public:
  // Reads the files. Error(kConfiguration) that says which one is at fault, and why.
  explicit TlsCertificate(const TlsConfig& files);

  // For new connections; those that have one keep it.
  const std::shared_ptr<boost::asio::ssl::context>& context() const { return context_; }
  // Reads the files anew. What is wrong with them is logged, and the certificate before it stays.
  void reload();
  // The same, if one of the files is another than when they were read.
  void reload_if_changed();

 private:
  // Which file a path leads to, and which state of it: device, inode, size, time of change in
  // nanoseconds.
  using Stamp = std::array<int64_t, 4>;
  std::array<Stamp, 2> stamps() const;

  const TlsConfig files_;
  std::array<Stamp, 2> stamps_;  // when the files were read, or tried to be
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace lmos::serve
