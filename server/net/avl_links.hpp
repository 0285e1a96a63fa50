// The live links of trackers here: one for each, the newest. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/base/imei.hpp"
#include "server/net/mailbox.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace net {

class AvlConnection;

// Whether the catalog knows of a link.
enum class LinkNote : std::uint8_t { waiting, failed, done };

struct AvlLink {
  storage::TrackerLink row;  // as the catalog has it, or will
  std::weak_ptr<AvlConnection> connection;
  std::shared_ptr<Mailbox> mailbox;  // of the connection's thread
  LinkNote note = LinkNote::waiting;

  // The connection ends soon, on its thread.
  void end(std::string reason) const;
};

class AvlLinks {
 public:
  // The link that it takes the place of, where there is one.
  std::optional<AvlLink> enter(AvlLink link);
  // False: another session has taken its place before.
  bool leave(const base::Imei& imei, const std::string& session);

  std::optional<AvlLink> find(const base::Imei& imei) const;
  bool live(const base::Imei& imei, const std::string& session) const;
  void set_note(const base::Imei& imei, const std::string& session, LinkNote note);
  std::vector<AvlLink> all() const;
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<base::Imei, AvlLink> links_;
};

}  // namespace net
