#include "tools/sim/interrupt.hpp"

#include <atomic>

namespace sim {

namespace {
std::atomic<bool> interrupted = false;
}

CatchInterrupt::CatchInterrupt() {
  interrupted = false;
  struct sigaction action{};
  action.sa_handler = [](int) { interrupted = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, &old_int_);
  sigaction(SIGTERM, &action, &old_term_);
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, nullptr);
}

CatchInterrupt::~CatchInterrupt() {
  sigaction(SIGINT, &old_int_, nullptr);
  sigaction(SIGTERM, &old_term_, nullptr);
}

bool CatchInterrupt::caught() noexcept {
  return interrupted;
}

}  // namespace sim
