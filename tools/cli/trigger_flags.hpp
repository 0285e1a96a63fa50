// The command line of `dualcam trigger` and its subcommands.
#pragma once

#include "tools/trigger/direct.hpp"
#include "tools/trigger/remote.hpp"

namespace cli {

struct TriggerFlags {
  trigger::EdgertronicOptions edgertronic;
  trigger::ShogunOptions shogun;
  trigger::ListenOptions listen;
  trigger::SendOptions send;
  trigger::EventOptions event;
  trigger::ListOptions list;
  trigger::WatchOptions watch;
  trigger::CamerasOptions cameras;
  trigger::ArmOptions arm;
  trigger::ArmOptions disarm{.armed = false};
  trigger::RulesOptions rules;
  trigger::DryRunOptions dry_run;
};

}  // namespace cli
