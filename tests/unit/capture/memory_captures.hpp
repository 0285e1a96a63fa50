// The catalog of capture requests in memory, for tests of those who use it: the states a part goes through, as
// storage/catalog/capture_catalog.hpp promises them. Thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>

#include "storage/catalog/capture_catalog.hpp"

namespace tests {

class MemoryCaptures final : public storage::CaptureCatalog {
 public:
  using Part = storage::CapturePart;
  using Request = storage::CaptureRequest;
  using Time = base::UtcTime;

  // ---- For tests. While it is down every call is `unavailable`.
  void set_down(bool down);
  void link(const base::Imei& imei);  // its tracker, with the only node there is
  void unlink(const base::Imei& imei);
  void store(const base::Uuid& part_id);  // a file for each of its cameras
  Part part(const base::Uuid& request_id, std::size_t number = 0);
  Request request(const base::Uuid& id);
  std::size_t requests();
  unsigned calls();  // so far, also those in vain

  base::Result<storage::AddedCapture> add_capture(const Request& request) override;
  base::Result<std::optional<Request>> find_capture(const base::Uuid& id) override;
  base::Result<storage::CapturePage> list_captures(const storage::CaptureQuery& query) override;
  base::Result<std::optional<Request>> cancel_capture(const base::Uuid& id, Time now) override;
  base::Result<std::vector<storage::CaptureCount>> count_captures() override;
  base::Result<std::vector<Part>> take_captures(std::string_view node, std::uint32_t limit,
                                                const storage::CapturePatience& patience, Time now) override;
  base::Result<std::vector<Part>> take_captures(storage::CaptureChannel channel, std::string_view node,
                                                std::uint32_t limit, const storage::CapturePatience& patience,
                                                Time now) override;
  base::Result<bool> give_back_capture(const base::Uuid& part_id, std::string_view reason,
                                       std::chrono::milliseconds rest, Time now) override;
  base::Result<bool> capture_accepted(const base::Uuid& part_id, std::string_view reply,
                                      const storage::CapturePatience& patience, Time now) override;
  base::Result<bool> capture_refused(const base::Uuid& part_id, std::string_view reply, Time now) override;
  base::Result<std::vector<Part>> awaiting_reply(const base::Imei& imei, storage::CaptureChannel channel) override;
  base::Result<> camera_connected(const base::Imei& imei, const storage::CapturePatience& patience, Time now) override;
  base::Result<std::optional<base::Uuid>> capture_begins(const storage::OfferedFile& file,
                                                         const storage::CapturePatience& patience, Time now) override;
  base::Result<> capture_progress(const base::Uuid& part_id, std::uint32_t percent,
                                  const storage::CapturePatience& patience, Time now) override;
  base::Result<> capture_interrupted(const base::Uuid& part_id, std::string_view reason,
                                     const storage::CapturePatience& patience, Time now) override;
  base::Result<std::uint32_t> settle_captures(const storage::CapturePatience& patience, Time now,
                                              std::uint32_t limit) override;
  base::Result<std::uint32_t> forget_captures(Time before, std::uint32_t limit) override;
  base::Result<> set_capture_profile(const base::Imei& imei, std::string_view profile) override;
  base::Result<std::string> capture_profile(const base::Imei& imei) override;

 private:
  base::Result<> answer();  // counts the call; an error while it is down
  Part* find_part(const base::Uuid& id);
  bool may_be_taken(const Request& request, const Part& part, storage::CaptureChannel channel, Time now) const;
  bool has(const base::Imei& imei, const std::function<bool(const Part&)>& condition) const;

  std::mutex mutex_;
  bool down_ = false;
  unsigned calls_ = 0;
  std::set<base::Imei> linked_;
  std::map<base::Imei, std::string> profiles_;
  std::map<base::Uuid, Request> requests_;  // by id: the oldest first
};

}  // namespace tests
