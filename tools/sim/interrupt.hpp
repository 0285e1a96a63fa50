// Ctrl-C and SIGTERM end a run, not the program: what came of it is still told. A second one kills.
#pragma once

#include <csignal>

namespace sim {

// One at a time. SIGPIPE is ignored from then on.
class CatchInterrupt {
 public:
  CatchInterrupt();
  ~CatchInterrupt();
  CatchInterrupt(const CatchInterrupt&) = delete;
  CatchInterrupt& operator=(const CatchInterrupt&) = delete;

  static bool caught() noexcept;

 private:
  struct sigaction old_int_{};
  struct sigaction old_term_{};
};

}  // namespace sim
