// SHA-256 of bytes that come piece by piece.
#pragma once

#include <memory>
#include <string>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"

struct evp_md_ctx_st;

namespace storage {

class Sha256 {
 public:
  Sha256();
  void feed(base::ByteView bytes) noexcept;
  base::Result<std::string> hex();  // 64 lower-case digits; once, at the end. `unavailable` when memory is short

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
  bool usable_ = false;
};

}  // namespace storage
