#include "client/tls_stream.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

#include "errors/error.h"

namespace lmos::client {
namespace {

struct FreeTls {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeTls>;

std::string reason() {
  const char* text = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return text == nullptr ? "unknown reason" : text;
}

TlsContext context_for(const Trust& trust) {
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  if (!context) throw Error(ErrorKind::kResource, "OpenSSL does not begin: " + reason());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), trust.anyone ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  if (trust.authorities.empty())
    SSL_CTX_set_default_verify_paths(context.get());
  else if (SSL_CTX_load_verify_file(context.get(), trust.authorities.c_str()) != 1)
    throw Error(ErrorKind::kUsage, trust.authorities.string() +
                                       ": no certificates in PEM form can be read from it (" +
                                       reason() + ")");
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(context.get(), kHttp11, sizeof kHttp11 - 1);
  return context;
}

bool is_ip_address(const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

// OpenSSL works on memory here; the stream below carries the bytes, waits, and gives up.
class TlsStream final : public ByteStream {
 public:
  TlsStream(std::unique_ptr<ByteStream> plain, const Address& address, const Trust& trust)
      : plain_(std::move(plain)), url_(address.url()), context_(context_for(trust)) {
    session_.reset(SSL_new(context_.get()));
    received_ = BIO_new(BIO_s_mem());
    unsent_ = BIO_new(BIO_s_mem());
    if (!session_ || received_ == nullptr || unsent_ == nullptr) throw std::bad_alloc();
    BIO_set_mem_eof_return(received_, -1);
    SSL_set_bio(session_.get(), received_, unsent_);  // which owns them now
    if (is_ip_address(address.host)) {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session_.get()), address.host.c_str());
    } else {
      SSL_set_tlsext_host_name(session_.get(), address.host.c_str());
      SSL_set1_host(session_.get(), address.host.c_str());
    }
    complete([&] { return SSL_connect(session_.get()); });
  }

  size_t read(std::span<char> bytes) override {
    const int count = complete(
        [&] { return SSL_read(session_.get(), bytes.data(), static_cast<int>(bytes.size())); });
    return static_cast<size_t>(std::max(count, 0));
  }

  void write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const int piece = static_cast<int>(std::min<size_t>(bytes.size(), 16'384));
      const int count = complete([&] { return SSL_write(session_.get(), bytes.data(), piece); });
      if (count <= 0) return;  // what the server said before it closed can still be read
      bytes.remove_prefix(static_cast<size_t>(count));
    }
  }

  bool is_stale() override { return SSL_pending(session_.get()) > 0 || plain_->is_stale(); }

 private:
  // Calls until it has what it needs from the server. Returns its result; 0 at the end.
  template <class Call>
  int complete(const Call& call) {
    for (;;) {
      ERR_clear_error();
      const int result = call();
      const int error = SSL_get_error(session_.get(), result);
      send();
      if (result > 0) return result;
      if (error == SSL_ERROR_ZERO_RETURN) return 0;
      if (error != SSL_ERROR_WANT_READ) fail();
      std::array<char, 16'384> bytes;
      const size_t count = plain_->read(bytes);
      if (count == 0) {
        if (!SSL_is_init_finished(session_.get())) fail();
        return 0;  // without its farewell: whether an answer is whole, HTTP tells
      }
      BIO_write(received_, bytes.data(), static_cast<int>(count));
    }
  }

  void send() {
    std::array<char, 16'384> bytes;
    while (BIO_ctrl_pending(unsent_) > 0) {
      const int count = BIO_read(unsent_, bytes.data(), static_cast<int>(bytes.size()));
      if (count <= 0) return;
      plain_->write({bytes.data(), static_cast<size_t>(count)});
    }
  }

  [[noreturn]] void fail() {
    const long verified = SSL_get_verify_result(session_.get());
    if (verified != X509_V_OK)
      throw Error(ErrorKind::kResource,
                  url_ + " is not trusted: " + X509_verify_cert_error_string(verified) +
                      "; --ca FILE names certificates to trust, --insecure trusts anyone");
    if (ERR_peek_last_error() == 0)
      throw Error(ErrorKind::kResource, url_ + " closed the connection; does it speak https?");
    throw Error(ErrorKind::kResource, url_ + ": TLS failed: " + reason());
  }

  const std::unique_ptr<ByteStream> plain_;
  const std::string url_;
  const TlsContext context_;
  std::unique_ptr<SSL, FreeTls> session_;
  BIO* received_ = nullptr;  // from the server, to be decrypted
  BIO* unsent_ = nullptr;    // encrypted, for the server
};

}  // namespace

std::unique_ptr<ByteStream> secure_stream(std::unique_ptr<ByteStream> plain, const Address& address,
                                          const Trust& trust) {
  return std::make_unique<TlsStream>(std::move(plain), address, trust);
}

}  // namespace lmos::client
