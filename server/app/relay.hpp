// The relay put together, and shown to the HTTP API: where settings name a file for it.
#pragma once

#include <prometheus/registry.h>

#include <functional>
#include <memory>
#include <string>

#include "server/app/settings.hpp"
#include "server/endpoints/relay.hpp"
#include "server/http/feed.hpp"
#include "server/http/live_view.hpp"
#include "server/http/relay.hpp"
#include "server/recorder/recorder.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/intake.hpp"

namespace app {

// Reads the file and says whether it can be used, its rules included; opens nothing.
base::Result<endpoints::Config> read_relay_file(const std::string& path);

base::Result<> check_relay_file(const std::string& path);

class RelayService {
 public:
  // Null: there is no file for it. Opens its sockets. `asked` is told when it has asked a DualCam for a file.
  // Everything given outlives it.
  static base::Result<std::unique_ptr<RelayService>> create(const Settings& settings, storage::Catalog& catalog,
                                                            storage::Intake& intake, std::function<void()> asked,
                                                            http::Feed& feed, prometheus::Registry& registry,
                                                            recorder::Recorder* recorder = nullptr);
  ~RelayService();

  void start();
  void stop();              // what is pending stays in the catalog
  base::Result<> reload();  // the rules of the file

  http::Relay& api() noexcept;
  // Null: no such camera, or one without pictures.
  std::shared_ptr<http::LiveView> live_view(std::string_view camera) const;
  // Hints for the rules, from any thread: something has happened to a device; a file was stored. Neither blocks.
  void look_at_devices();
  void stored(const storage::Media& media);

 private:
  struct Parts;
  explicit RelayService(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace app
