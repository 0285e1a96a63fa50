// One line on a terminal, drawn again and again, for what takes longer than two seconds.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "server/base/clock.hpp"

namespace verify {

class Progress {
 public:
  // Draws on standard error, where that is a terminal and `wanted`.
  explicit Progress(bool wanted);
  ~Progress();  // leaves an empty line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // What comes next, and how many bytes it is about; 0: not known.
  void begin(std::string what, std::uint64_t total_bytes);
  void add(std::uint64_t bytes) noexcept { done_ += bytes; }  // from any thread
  // Call now and then, on the thread of begin(). Draws when it is time to.
  void tick();

  // The line, without colours or control characters.
  static std::string line(const std::string& what, std::uint64_t done, std::uint64_t total,
                          std::chrono::milliseconds elapsed, unsigned width);

 private:
  const bool draws_;
  const base::SteadyTime started_ = base::steady_now();
  base::SteadyTime begun_ = started_;
  base::SteadyTime next_ = started_;
  std::string what_;
  std::uint64_t total_ = 0;
  std::atomic<std::uint64_t> done_ = 0;
  bool drawn_ = false;
};

}  // namespace verify
