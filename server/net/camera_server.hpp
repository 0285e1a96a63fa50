// The camera side of the server: a thread per core, on each its own listeners (SO_REUSEPORT) and connections.
#pragma once

#include <prometheus/registry.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/base/result.hpp"
#include "server/dualcam/session.hpp"
#include "server/net/admission.hpp"
#include "server/net/camera_connection.hpp"
#include "server/net/devices.hpp"
#include "server/net/listen_address.hpp"
#include "server/net/proxy_greeting.hpp"
#include "server/net/storm_breaker.hpp"
#include "server/net/tls.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/intake.hpp"

namespace net {

struct CameraServerOptions {
  std::vector<ListenAddress> listen;
  TlsFiles tls;        // for the listeners that want it
  Networks balancers;  // connections from there begin with a PROXY header
  unsigned threads = 1;
  unsigned disk_threads = 2;    // short writes into the page cache
  unsigned store_threads = 16;  // wait for fsync and commits, which they share
  AdmissionLimits admission;
  ProgressRule progress;
  StormLimits storm;
  dualcam::SessionOptions session;
  dualcam::ClassOrder class_order = dualcam::photos_first;
  DevicePolicy policy = DevicePolicy::open;
  std::string device_list;                    // file, for allow_list
  std::uint64_t chunk_budget = 256ULL << 20;  // bytes of chunks in memory before transfers are held shorter
  std::string node;
  storage::CapturePatience patience;  // with the files of capture requests
};

class CameraServer {
 public:
  // Binds and listens at once; accepts from start() on. Errors name the address. Services outlive the server.
  static base::Result<std::unique_ptr<CameraServer>> create(CameraServerOptions options, storage::Intake& intake,
                                                            storage::Catalog& catalog, prometheus::Registry& registry,
                                                            storage::Nodes* nodes = nullptr,
                                                            recorder::Recorder* recorder = nullptr);
  ~CameraServer();

  void start();
  // Where there are other nodes: what is kept here of files that no camera brings at present, because of a crash or of
  // a store that was down, is left for them. Returns at once; to be called now and then.
  void leave_kept();
  // The addresses taken, in the order of options.listen, with the real ports.
  const std::vector<ListenAddress>& listening() const;

  // Another node has a newer connection that brings this file: the one here is ended. Any thread.
  void let_go(const std::string& file);

  // Reads certificates and the device list again; on an error the old ones stay.
  base::Result<> reload();

  // Takes no more connections, ends idle ones, gives the others `grace` to finish the file they are at, then ends them
  // too, and returns when every kept byte is in the spool. `hurry` is asked many times a second meanwhile; once it says
  // true the grace is over. Blocks; call once, from any thread but the server's own.
  void drain(std::chrono::milliseconds grace, const std::function<bool()>& hurry);

  // Newest first; among them those that have ended and are not yet in the catalog.
  std::vector<storage::Transfer> live_transfers() const;

 private:
  struct State;
  explicit CameraServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace net
