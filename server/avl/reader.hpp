// Takes big-endian numbers from the front of bytes, and never more than there are. Internal to server/avl.
#pragma once

#include <concepts>

#include "server/base/bytes.hpp"

namespace avl {

// Reads zeros once something was not there; good() tells, and is to be asked before a value is believed.
class Reader {
 public:
  explicit Reader(base::ByteView bytes) : bytes_(bytes) {}

  template <std::unsigned_integral T>
  T number() noexcept {
    const base::ByteView taken = take(sizeof(T));
    return taken.size() == sizeof(T) ? base::load_be<T>(taken.data()) : T{0};
  }
  // Nothing when fewer are left.
  base::ByteView take(std::size_t size) noexcept {
    if (size > left()) {
      good_ = false;
      at_ = bytes_.size();
      return {};
    }
    at_ += size;
    return bytes_.subspan(at_ - size, size);
  }
  bool good() const noexcept { return good_; }
  std::size_t at() const noexcept { return at_; }
  std::size_t left() const noexcept { return bytes_.size() - at_; }

 private:
  base::ByteView bytes_;
  std::size_t at_ = 0;
  bool good_ = true;
};

template <std::unsigned_integral T>
void append_be(base::Bytes& out, T value) {
  out.resize(out.size() + sizeof value);
  base::store_be(out.data() + out.size() - sizeof value, value);
}

}  // namespace avl
