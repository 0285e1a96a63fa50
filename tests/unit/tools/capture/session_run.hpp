// A simulated camera against the server's own session, in memory and in virtual time, and what they said to each other
// as packets.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/dualcam/session.hpp"
#include "tests/unit/tools/capture/made.hpp"
#include "tools/sim/camera.hpp"
#include "tools/sim/plan.hpp"

namespace captures::test {

struct Said {
  enum class What : std::uint8_t { open, bytes, device_ends, server_ends, reset };
  unsigned connection = 0;
  What what = What::bytes;
  bool from_device = false;
  base::Bytes bytes;
};

class SessionRun : public sim::CameraObserver {
 public:
  SessionRun(const sim::CameraOptions& options, const sim::FaultOptions& faults, const sim::PlanOptions& plan);

  bool run();  // true: the camera was done
  void on_acknowledged(const sim::FileSpec& spec) override { acknowledged.push_back(contents(spec)); }
  void on_abandoned(const sim::FileSpec& spec, std::uint32_t) override { abandoned.push_back(contents(spec)); }

  std::vector<base::Bytes> acknowledged, abandoned;
  std::vector<Said> said;

 private:
  base::Bytes contents(const sim::FileSpec& spec) const { return maker_->open(spec)->all(); }
  void say(Said::What what, bool from_device, base::ByteView bytes = {});
  void feed(base::ByteView bytes);
  void carry_out(dualcam::Actions& actions);
  void see(const dualcam::Send& action);
  void see(const dualcam::Deadline& action);
  void see(const dualcam::Identify& action);
  void see(const dualcam::Open& action);
  void see(const dualcam::Write& action);
  void see(const dualcam::StartOver& action);
  void see(const dualcam::Finish& action);
  void see(const dualcam::Close& action);
  template <class Other>
  void see(const Other& /*action*/) {}
  void answer_camera();

  std::shared_ptr<const sim::FileMaker> maker_;
  std::optional<sim::Camera> camera_;
  dualcam::SessionOptions session_options_;
  std::optional<dualcam::Session> session_;
  base::Bytes inbox_, answer_, kept_;
  bool close_ = false;
  sim::Time now_{0};
  std::optional<sim::Time> deadline_;
  std::map<std::string, base::Bytes> partials_;
  unsigned connection_ = 0;
};

// As segments of at most `largest` bytes, from the number `first` on; a microsecond between two packets.
struct Wire {
  Raw raw;
  unsigned connection = 0;
  bool from_device = false;
};
std::vector<Wire> packets_of(const std::vector<Said>& said, std::size_t largest, std::uint32_t first);
std::vector<Raw> in_time(std::vector<Wire> packets);

}  // namespace captures::test
