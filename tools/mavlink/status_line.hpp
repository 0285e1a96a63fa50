// One line on a terminal that says what is waited for, and since when.
#pragma once

#include <optional>
#include <string>

#include "server/base/clock.hpp"

namespace mavlink::tool {

class StatusLine {
 public:
  // Draws on standard error, where that is a terminal and `wanted`.
  explicit StatusLine(bool wanted);
  ~StatusLine();  // leaves an empty line
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  void wait_for(std::string what, base::SteadyTime now);
  void draw(base::SteadyTime now);
  void clear();  // before something else is printed
  std::optional<base::SteadyTime> next_draw() const;

  // Without control characters, shorter than `width`.
  static std::string line(const std::string& what, std::chrono::seconds waited, unsigned width);

 private:
  const bool draws_;
  bool drawn_ = false;
  std::string what_;
  base::SteadyTime since_, last_;
};

}  // namespace mavlink::tool
