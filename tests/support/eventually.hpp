// Waiting for what another thread or process will do, by asking again and again, never by sleeping for a guessed time.
#pragma once

#include <chrono>
#include <thread>

namespace tests {

// Long enough for a loaded machine under a sanitizer: only failing tests wait so long.
constexpr std::chrono::milliseconds patience{20'000};

template <class Condition>
bool eventually(Condition&& condition, std::chrono::milliseconds limit = patience) {
  constexpr std::chrono::milliseconds interval{2};
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(interval);
  }
  return true;
}

}  // namespace tests
