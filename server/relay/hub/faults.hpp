// Everything that is wrong with something, as one error.
#pragma once

#include <cstddef>
#include <string>

#include "server/base/result.hpp"

namespace hub {

class Faults {
 public:
  // "rule "pitch": do[1] has no target" in one message with the others.
  void add(const std::string& where, const std::string& what) {
    if (++count_ > most_told) return;
    if (!text_.empty()) text_ += "; ";
    text_ += where;
    if (!where.empty()) text_ += ": ";
    text_ += what;
  }
  bool none() const noexcept { return count_ == 0; }
  base::Result<> result() const {
    if (none()) return {};
    const std::size_t more = count_ > most_told ? count_ - most_told : 0;
    return base::fail(base::Errc::invalid,
                      text_ + (more == 0 ? std::string(".") : "; and " + std::to_string(more) + " more."));
  }

 private:
  static constexpr std::size_t most_told = 50;  // nobody reads more
  std::size_t count_ = 0;
  std::string text_;
};

}  // namespace hub
