#include "storage/files/sha256.hpp"

#include <openssl/evp.h>

#include <array>

namespace storage {

void Sha256::Free::operator()(evp_md_ctx_st* context) const noexcept {
  EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  usable_ = context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1;
}

void Sha256::feed(base::ByteView bytes) noexcept {
  usable_ = usable_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
}

base::Result<std::string> Sha256::hex() {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (!usable_ || EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1)
    return base::fail(base::Errc::unavailable, "OpenSSL cannot compute SHA-256: memory may be short.");
  return base::to_hex(base::ByteView(digest).first(size));
}

}  // namespace storage
