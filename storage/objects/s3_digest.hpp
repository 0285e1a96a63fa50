// The digests S3 is made of. MD5 is no protection against people: S3 uses it as the checksum of what arrived.
// Without memory they throw std::bad_alloc; nothing else can go wrong.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "server/base/bytes.hpp"

struct evp_md_ctx_st;

namespace storage::s3 {

using Sha256 = std::array<std::uint8_t, 32>;
using Md5 = std::array<std::uint8_t, 16>;

// A digest of bytes that come in pieces; finish() once. One thread at a time.
template <class Digest>
class DigestStream {
 public:
  DigestStream();
  void feed(base::ByteView bytes);
  Digest finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};
extern template class DigestStream<Sha256>;
extern template class DigestStream<Md5>;

Sha256 sha256(base::ByteView bytes);
Sha256 hmac_sha256(base::ByteView key, base::ByteView message);
Md5 md5(base::ByteView bytes);
std::string to_base64(base::ByteView bytes);

}  // namespace storage::s3
