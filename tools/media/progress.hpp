// One line on a terminal, drawn again and again, for what takes longer than two seconds.
#pragma once

#include <chrono>
#include <string>

#include "server/base/clock.hpp"

namespace media {

class Progress {
 public:
  // Draws on standard error, where that is a terminal and `wanted`.
  Progress(std::string what, bool wanted);
  ~Progress();  // leaves an empty line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Called about once a second.
  void update(unsigned percent);

  // The line, without control characters.
  static std::string line(const std::string& what, unsigned percent, std::chrono::milliseconds elapsed, unsigned width);

 private:
  const std::string what_;
  const bool draws_;
  const base::SteadyTime started_ = base::steady_now();
  bool drawn_ = false;
};

}  // namespace media
