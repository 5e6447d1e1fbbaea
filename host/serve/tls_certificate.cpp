#include "serve/tls_certificate.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/ssl/context.hpp>
#include <cerrno>
#include <cstring>

#include "errors/error.h"

namespace lmos::serve {
namespace {

namespace ssl = boost::asio::ssl;

[[noreturn]] void refuse_file(const std::filesystem::path& file, const std::string& why) {
  throw Error(ErrorKind::kConfiguration, file.string() + ": " + why);
}

void check_readable(const std::filesystem::path& file, const char* key) {
  if (access(file.c_str(), R_OK) != 0)
    refuse_file(file, std::string("listen.tls.") + key + " can't be read: " + std::strerror(errno));
}

// Of OpenSSL's queue, which is empty afterwards.
std::string last_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "unknown" : reason;
}

int never_a_password(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

// A client that offers protocols, and not this one, is told so.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, size, kHttp11, sizeof kHttp11 - 1, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

void load_files(SSL_CTX* context, const TlsConfig& files) {
  check_readable(files.certificate, "certificate");
  check_readable(files.key, "key");
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    refuse_file(files.certificate,
                "this is no certificate in PEM form (" + last_reason() +
                    "); listen.tls.certificate is a file of the certificate and those between it "
                    "and a root");
  bool encrypted = false;
  SSL_CTX_set_default_passwd_cb(context, never_a_password);
  SSL_CTX_set_default_passwd_cb_userdata(context, &encrypted);
  const bool loaded =
      SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) == 1;
  const bool mismatched = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
                          ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH;
  SSL_CTX_set_default_passwd_cb(context, nullptr);
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  if (encrypted)
    refuse_file(files.key,
                "this key is encrypted, and a daemon has nobody to ask for its password; "
                "`openssl pkey` writes it without, and file permissions protect it");
  if (mismatched || (loaded && SSL_CTX_check_private_key(context) != 1)) {
    ERR_clear_error();
    refuse_file(files.key,
                "this key does not belong to the certificate " + files.certificate.string());
  }
  if (!loaded) refuse_file(files.key, "this is no private key in PEM form (" + last_reason() + ")");
}

void warn_of_files(SSL_CTX* context, const TlsConfig& files) {
  struct stat status {};
  if (stat(files.key.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0)
    spdlog::warn("{}: everybody on this machine can read this key; chmod o-r", files.key.string());
  const X509* certificate = SSL_CTX_get0_certificate(context);
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
    spdlog::warn("{}: this certificate has expired", files.certificate.string());
}

std::shared_ptr<ssl::context> load_context(const TlsConfig& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20");  // of TLS 1.2
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                  SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // of idle connections
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  load_files(native, files);
  warn_of_files(native, files);
  return context;
}

}  // namespace

TlsCertificate::TlsCertificate(const TlsConfig& files)
    : files_(files), stamps_(stamps()), context_(load_context(files)) {}

std::array<TlsCertificate::Stamp, 2> TlsCertificate::stamps() const {
  std::array<Stamp, 2> stamps{};
  const std::filesystem::path* paths[] = {&files_.certificate, &files_.key};
  for (size_t i = 0; i < stamps.size(); ++i) {
    struct stat status {};
    if (stat(paths[i]->c_str(), &status) != 0) continue;
    stamps[i] = {static_cast<int64_t>(status.st_dev), static_cast<int64_t>(status.st_ino),
                 static_cast<int64_t>(status.st_size),
                 status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
  }
  return stamps;
}

void TlsCertificate::reload() {
  stamps_ = stamps();
  try {
    context_ = load_context(files_);
    spdlog::info("{}: new connections get this certificate", files_.certificate.string());
  } catch (const Error& error) {
    spdlog::error("the certificate before this change stays: {}", error.what());
  }
}

void TlsCertificate::reload_if_changed() {
  if (stamps() != stamps_) reload();
}

}  // namespace lmos::serve
