#include "server/net/tls.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace net {

namespace {
std::unexpected<base::Error> tls_error(std::string_view what, const std::string& file) {
  const unsigned long code = ERR_get_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return base::fail(base::Errc::invalid,
                    fmt::format("{} {}: {}", what, file, reason == nullptr ? "unknown error" : reason));
}
}  // namespace

base::Result<TlsContext> load_tls_context(const TlsFiles& files) {
  TlsContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return tls_error("Cannot make a TLS context for", files.certificate_chain);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                         SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Buffers are given back while a connection is idle: 34 KB less for each of thousands of waiting cameras.
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A key behind a passphrase is an error, and no question on a terminal that nobody watches.
  SSL_CTX_set_default_passwd_cb(context.get(), [](char*, int, int, void*) { return 0; });
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate_chain.c_str()) != 1)
    return tls_error("Cannot read the TLS certificate chain", files.certificate_chain);
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.private_key.c_str(), SSL_FILETYPE_PEM) != 1)
    return tls_error("Cannot read the TLS private key", files.private_key);
  if (SSL_CTX_check_private_key(context.get()) != 1)
    return tls_error("The TLS private key does not belong to the certificate:", files.private_key);
  return context;
}

base::Result<> TlsSource::load(const TlsFiles& files) {
  auto context = load_tls_context(files);
  if (!context) return std::unexpected(context.error());
  const std::lock_guard lock(mutex_);
  context_ = std::move(*context);
  return {};
}

TlsContext TlsSource::current() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

}  // namespace net
