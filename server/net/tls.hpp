// TLS for the camera listeners: the same protocol inside, version 1.2 and up, no client certificates.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "server/base/result.hpp"

struct ssl_ctx_st;

namespace net {

struct TlsFiles {
  std::string certificate_chain;  // PEM
  std::string private_key;        // PEM
  bool configured() const noexcept { return !certificate_chain.empty(); }
};

using TlsContext = std::shared_ptr<ssl_ctx_st>;

// Reads both files and checks that they belong together.
base::Result<TlsContext> load_tls_context(const TlsFiles& files);

// The context in use, exchanged by SIGHUP: connections keep the one they began with. Thread-safe.
class TlsSource {
 public:
  base::Result<> load(const TlsFiles& files);  // on an error the old context stays
  TlsContext current() const;

 private:
  mutable std::mutex mutex_;
  TlsContext context_;
};

}  // namespace net
