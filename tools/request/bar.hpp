// One line on a terminal, drawn again and again: how far a request is, and what is waited for.
#pragma once

#include <chrono>
#include <string>

namespace request {

class Bar {
 public:
  // Draws on standard error, where that is a terminal and `wanted`.
  explicit Bar(bool wanted);
  ~Bar();  // leaves an empty line
  Bar(const Bar&) = delete;
  Bar& operator=(const Bar&) = delete;

  bool draws() const noexcept { return draws_; }
  void update(unsigned percent, const std::string& what, std::chrono::milliseconds elapsed);

  // The line, without control characters, shorter than `width`.
  static std::string line(unsigned percent, const std::string& what, std::chrono::milliseconds elapsed, unsigned width);

 private:
  const bool draws_;
  bool drawn_ = false;
};

}  // namespace request
