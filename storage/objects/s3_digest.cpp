#include "storage/objects/s3_digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <new>

namespace storage::s3 {

namespace {
void require(bool done) {
  if (!done) throw std::bad_alloc();
}

const EVP_MD* algorithm_of(const Sha256&) noexcept {
  return EVP_sha256();
}
const EVP_MD* algorithm_of(const Md5&) noexcept {
  return EVP_md5();
}

template <class Digest>
Digest digest_of(base::ByteView bytes) {
  Digest digest{};
  require(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm_of(digest), nullptr) == 1);
  return digest;
}
}  // namespace

template <class Digest>
void DigestStream<Digest>::Free::operator()(evp_md_ctx_st* context) const noexcept {
  EVP_MD_CTX_free(context);
}

template <class Digest>
DigestStream<Digest>::DigestStream() : context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr && EVP_DigestInit_ex(context_.get(), algorithm_of(Digest{}), nullptr) == 1);
}

template <class Digest>
void DigestStream<Digest>::feed(base::ByteView bytes) {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

template <class Digest>
Digest DigestStream<Digest>::finish() {
  Digest digest{};
  require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
  return digest;
}

template class DigestStream<Sha256>;
template class DigestStream<Md5>;

Sha256 sha256(base::ByteView bytes) {
  return digest_of<Sha256>(bytes);
}

Md5 md5(base::ByteView bytes) {
  return digest_of<Md5>(bytes);
}

Sha256 hmac_sha256(base::ByteView key, base::ByteView message) {
  Sha256 digest{};
  unsigned size = 0;
  // OpenSSL takes a null key for "the one of before".
  static constexpr std::uint8_t none = 0;
  require(HMAC(EVP_sha256(), key.empty() ? &none : key.data(), static_cast<int>(key.size()), message.data(),
               message.size(), digest.data(), &size) != nullptr);
  return digest;
}

std::string to_base64(base::ByteView bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a NUL
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace storage::s3
