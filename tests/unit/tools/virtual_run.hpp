// A camera and a MiniServer on a link in memory, in virtual time: minutes of transfer take milliseconds.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/tools/mini_server.hpp"
#include "tools/sim/camera.hpp"
#include "tools/sim/plan.hpp"

namespace sim {

class VirtualRun : public CameraObserver {
 public:
  VirtualRun(const CameraOptions& options, const FaultOptions& faults, const PlanOptions& plan = {});

  bool run(Time limit = Time{3'600'000'000});  // true when the camera was done before the limit

  void on_acknowledged(const FileSpec& spec) override { acknowledged.push_back(spec); }
  void on_abandoned(const FileSpec& spec, std::uint32_t) override { abandoned.push_back(spec); }
  void on_resumed(const FileSpec&, std::uint32_t offset, std::uint32_t sent) override {
    resumed.push_back({offset, sent});
  }

  std::shared_ptr<const FileMaker> maker;
  std::optional<Camera> camera;
  std::vector<StoredFile> stored;
  std::vector<FileSpec> acknowledged, abandoned;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> resumed;
  std::vector<std::string> complaints;
  unsigned connections = 0;
  Time now{0};
  std::vector<base::Bytes> segments;  // everything the camera sent, as it went out

 private:
  void step();
  void deliver(base::ByteView to_server);
  void hang_up(bool by_server);

  std::optional<MiniServer> server_;
};

// Equal as sets: each acknowledged file is stored once with its bytes, and nothing else is stored.
std::string compare(const VirtualRun& run);

}  // namespace sim
