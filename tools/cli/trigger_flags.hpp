// The command line of `dualcam trigger` and its subcommands.
#pragma once

#include <functional>

#include "tools/trigger/direct.hpp"

namespace cli {

struct TriggerFlags {
  trigger::EdgertronicOptions edgertronic;
  trigger::ShogunOptions shogun;
  trigger::ListenOptions listen;
  std::function<trigger::Outcome()> run;  // the command that was given
};

}  // namespace cli
