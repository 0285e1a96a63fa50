#include "tools/mavlink/loop.hpp"

#include <csignal>
#include <cstdio>
#include <utility>

namespace mavlink::tool {

Interrupts::Interrupts(asio::io_context& context, std::function<void()> interrupted)
    : signals_(context, SIGINT, SIGTERM), interrupted_(std::move(interrupted)) {
  wait();
}

void Interrupts::wait() {
  signals_.async_wait([this](std::error_code error, int) {
    if (error) return;
    wait();
    interrupted_();
  });
}

bool print_line(const std::string& line) {
  return std::fputs((line + '\n').c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
}

}  // namespace mavlink::tool
