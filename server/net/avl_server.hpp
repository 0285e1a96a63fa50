// The trackers' side of the server: their links over TCP and TLS, and datagrams, on a thread of its own.
#pragma once

#include <prometheus/registry.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/avl/session.hpp"
#include "server/base/imei.hpp"
#include "server/base/result.hpp"
#include "server/net/admission.hpp"
#include "server/net/devices.hpp"
#include "server/net/listen_address.hpp"
#include "server/net/proxy_greeting.hpp"
#include "server/net/tls.hpp"
#include "server/recorder/recorder.hpp"
#include "server/tracking/record_writer.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace net {

struct AvlServerOptions {
  std::vector<ListenAddress> listen;  // TCP
  std::vector<ListenAddress> udp;
  TlsFiles tls;               // for the listeners that want it
  Networks balancers;         // connections from there begin with a PROXY header
  unsigned threads = 1;       // one serves thousands of trackers
  AdmissionLimits admission;  // per_device does not count: a tracker has one link
  avl::SessionOptions session;
  DevicePolicy policy = DevicePolicy::open;
  std::string device_list;  // file, for allow_list
  std::string node;
  // How often links here are compared with the catalog's: a link that has moved to another node lives on so long.
  std::chrono::milliseconds compare_interval = std::chrono::seconds{3};
};

// All outlive the server.
struct AvlServices {
  storage::TrackingCatalog& tracking;
  tracking::RecordWriter& writer;
  // Both must not block, and may be called from several threads. May be empty.
  std::function<void(const base::Imei& imei)> linked;                       // the catalog knows of its link
  std::function<void(const base::Imei& imei, std::string_view text)> said;  // as it came; pieces are not joined
  recorder::Recorder* recorder = nullptr;                                   // null: nothing is recorded
};

class AvlServer {
 public:
  // Binds and listens at once; accepts from start() on. Errors name the address. Blocks: links that an earlier run of
  // this node has left in the catalog are removed.
  static base::Result<std::unique_ptr<AvlServer>> create(AvlServerOptions options, AvlServices services,
                                                         prometheus::Registry& registry);
  ~AvlServer();
  AvlServer(const AvlServer&) = delete;
  AvlServer& operator=(const AvlServer&) = delete;

  void start();
  // The addresses taken, in the order of the options, with the real ports.
  const std::vector<ListenAddress>& listening() const;
  const std::vector<ListenAddress>& listening_udp() const;

  // Puts a command onto the tracker's link (Codec 12). Any thread, does not block. False: no link of it is here, or no
  // command is so long. True is no proof that it arrived: only an answer is.
  bool send(const base::Imei& imei, std::string_view command);
  bool linked(const base::Imei& imei) const;
  std::size_t live() const;  // links

  // Reads certificates and the device list again; on an error the old ones stay.
  base::Result<> reload();

  // Takes no more connections and datagrams, ends the links, those whose records are under way once they are answered,
  // and notes that none is left. Blocks for some seconds at most; call once, from any thread but the server's own.
  void drain();

 private:
  struct State;
  explicit AvlServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace net
